//! Nothing queries without a database handle.

use nuages_tests::blog::*;

fn tags(post: &Post) {
    let _ = post.tags.load();
}

fn main() {}

//! `prefetch_related` of a column.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().prefetch_related(|p| p.title());
}

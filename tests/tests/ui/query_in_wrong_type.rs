//! A list of another type than the field's.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().filter(|p| p.id().in_(["a", "b"]));
}

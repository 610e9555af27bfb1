//! The author of a post is an author.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    let tag = Tag::builder().name("rust").build().unwrap();
    Post::builder().author(&tag);
}

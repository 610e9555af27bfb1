//! A sum of what is no number.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().values(|p| p.title().sum());
}

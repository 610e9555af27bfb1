//! `Option` is no operand: NULL has verbs of its own.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().filter(|p| p.published_at().eq(None));
}

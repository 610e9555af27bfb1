//! Conditions are joined by `&`.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().filter(|p| p.title().eq("a") && p.slug().eq("b"));
}

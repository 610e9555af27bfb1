//! Fields are compared by methods.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::objects().filter(|p| p.title() == "a");
}

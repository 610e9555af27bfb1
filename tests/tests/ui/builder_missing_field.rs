//! A required field is forgotten.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    let post = Post::builder().title("Hello").slug("hello").body("").build();
}

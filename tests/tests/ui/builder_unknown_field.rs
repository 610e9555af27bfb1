//! A setter of a field that the model does not have.

use nuages::prelude::*;
use nuages_tests::blog::Post;

fn main() {
    let _ = Post::builder().titel("Hello");
}

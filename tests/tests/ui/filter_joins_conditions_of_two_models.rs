//! Conditions on different models do not go together.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn both(post: Q<Post>, author: Q<Author>) -> Q<Post> {
    post & author
}

fn main() {}

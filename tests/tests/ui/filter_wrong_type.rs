//! A text is compared with a number.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::objects().filter(|p| p.title().eq(3));
}

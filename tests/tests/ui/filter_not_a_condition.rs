//! A field is no condition.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::objects().filter(|p| p.title());
}

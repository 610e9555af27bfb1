//! A choice is compared with a text.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::objects().filter(|p| p.status().eq("draft"));
}

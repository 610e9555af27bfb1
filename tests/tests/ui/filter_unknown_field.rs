//! A field that the model does not have.

use nuages::prelude::*;
use nuages_tests::blog::*;

fn main() {
    Post::objects().filter(|p| p.titel().eq("Hello"));
}

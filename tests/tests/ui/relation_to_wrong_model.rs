//! A relation compared with an object of another model.

use nuages::prelude::*;
use nuages_tests::blog::{Post, Tag};

fn main() {
    fn of(tag: &Tag) {
        let _ = Post::objects().filter(|p| p.author().eq(tag));
    }
}

//! A field that is no `Option` is not set to one.

use nuages::prelude::*;
use nuages_tests::blog::Post;

pub async fn untitled(db: &Database) -> nuages::Result<u64> {
    Post::objects().update(db, |p| p.title().set(None)).await
}

fn main() {}

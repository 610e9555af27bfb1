//! A key that must be there is not taken away.

use nuages::prelude::*;
use nuages_tests::blog::Post;

pub async fn orphans(db: &Database) -> nuages::Result<u64> {
    Post::objects().update(db, |p| p.author().set_null()).await
}

fn main() {}

//! A relation is given an object of a model that it does not lead to.

use nuages::Database;
use nuages_tests::blog::{Author, Post};

async fn wrong(db: &Database, alice: &Author, post: &Post) -> nuages::Result<()> {
    post.tags.add(db, [alice]).await
}

fn main() {}

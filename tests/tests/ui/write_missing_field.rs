//! An object is created before all of its required fields are set.

use nuages::Database;
use nuages::prelude::*;
use nuages_tests::blog::{Author, Post};

async fn wrong(db: &Database, alice: &Author) -> nuages::Result<Post> {
    Post::builder().slug("hello").author(alice).body("…").create(db).await
}

fn main() {}

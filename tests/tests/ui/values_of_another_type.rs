//! What `values` selects decides the type of the rows.

use nuages::prelude::*;
use nuages_tests::blog::*;

async fn titles(db: &Database) -> nuages::Result<Vec<i64>> {
    Post::objects().values(|p| p.title()).all(db).await
}

fn main() {}

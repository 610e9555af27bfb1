//! Chapter "Testing".

use blog::Author;
use nuages::Result;
use nuages::prelude::*;
use nuages::testing::rolled_back;

use crate::sample::MIGRATIONS;

// ANCHOR: own
use nuages::testing::TestDatabase;

#[tokio::test]
async fn an_author_without_posts_has_none() -> Result<()> {
    let db = TestDatabase::new("sqlite::memory:", &MIGRATIONS).await?;
    let eve = Author::builder()
        .name("Eve")
        .email("eve@example.org")
        .create(&db)
        .await?;
    assert_eq!(eve.posts.objects().count(&db).await?, 0);
    Ok(())
}
// ANCHOR_END: own

#[tokio::test]
async fn nothing_stays_of_what_is_rolled_back() -> Result<()> {
    let db = TestDatabase::new("sqlite::memory:", &MIGRATIONS).await?;
    // ANCHOR: rolled_back
    let count = rolled_back(&db, async |tx| {
        Author::builder()
            .name("Eve")
            .email("eve@example.org")
            .create(tx)
            .await?;
        Author::objects().count(tx).await
    })
    .await?;
    assert_eq!(count, 1);
    // ANCHOR_END: rolled_back
    assert_eq!(Author::objects().count(&db).await?, 0);
    Ok(())
}

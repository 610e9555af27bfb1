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

#[tokio::test]
async fn rows_come_from_a_fixture() -> Result<()> {
    let db = TestDatabase::new("sqlite::memory:", &MIGRATIONS).await?;
    // ANCHOR: fixture
    use nuages::fixture::{Models, load};

    let authors = r#"[
        {"model": "blog.author", "pk": 1, "fields": {"name": "Alice", "email": "alice@example.org"}},
        {"model": "blog.author", "pk": 2, "fields": {"name": "Bob", "email": "bob@example.org"}}
    ]"#;
    let loaded = load(&db, &Models::linked(), authors).await?;
    assert_eq!(loaded.rows, 2);
    assert_eq!(Author::objects().count(&db).await?, 2);
    // ANCHOR_END: fixture
    let mut rows = Vec::new();
    let authors = Models::linked().only(&["blog.Author".to_owned()])?;
    let count = nuages::fixture::dump(&db, &authors, |row| {
        rows.push(row);
        Ok(())
    });
    assert_eq!(count.await?, 2);
    assert_eq!(rows[1]["fields"]["name"], "Bob");
    let blog = Models::linked().only(&["blog".to_owned()])?;
    let tables = nuages::fixture::flush(&db, &blog).await?;
    assert!(tables.contains(&"blog_post_tags".to_owned()));
    assert_eq!(Author::objects().count(&db).await?, 0);
    Ok(())
}

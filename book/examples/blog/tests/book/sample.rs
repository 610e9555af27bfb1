//! A database in memory with the blog's tables, and a few rows whose answers are easy to tell.
//!
//! | post | author | category | tags | status | views | created |
//! |---|---|---|---|---|---|---|
//! | 1 Rust in a day | Alice | Tech | rust, async | published | 10 | 2024-01-15 |
//! | 2 Async explained | Alice | Tech | async | published | 20 | 2024-06-30 |
//! | 3 100% sure | Bob | – | – | draft | 0 | 2025-03-01 |
//! | 4 Bread | Bob | Life | rust, spam | in review | 5 | 2025-12-31 |
//! | 5 Été | Carla | Life | spam | published | 5 | 2026-01-01 |
//!
//! Dora has no posts. Post 1 has comments by Bob ("nice"), a guest ("spam") and Bob's answer to himself; post 2 has one
//! by Carla.

use nuages::prelude::*;

nuages::migrations!("migrations");

const ROWS: &str = "
INSERT INTO blog_author (id, name, email) VALUES
  (1, 'Alice', 'alice@example.org'), (2, 'Bob', 'bob@example.org'),
  (3, 'Carla', 'carla@example.org'), (4, 'Dora', 'dora@example.org');
INSERT INTO blog_category (id, name) VALUES (1, 'Tech'), (2, 'Life');
INSERT INTO blog_tag (id, name) VALUES (1, 'rust'), (2, 'async'), (3, 'spam');
INSERT INTO blog_post
  (id, title, slug, author_id, category_id, body, status, view_count, created_at, updated_at) VALUES
  (1, 'Rust in a day', 'rust', 1, 1, '…', 'published', 10, '2024-01-15 10:30:00', '2024-01-15 10:30:00'),
  (2, 'Async explained', 'async', 1, 1, '…', 'published', 20, '2024-06-30 23:59:59', '2024-06-30 23:59:59'),
  (3, '100% sure', 'sure', 2, NULL, '…', 'draft', 0, '2025-03-01 00:00:00', '2025-03-01 00:00:00'),
  (4, 'Bread', 'bread', 2, 2, '…', 'in_review', 5, '2025-12-31 23:00:00', '2025-12-31 23:00:00'),
  (5, 'Été', 'ete', 3, 2, '…', 'published', 5, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO blog_post_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (2, 2), (4, 1), (4, 3), (5, 3);
INSERT INTO blog_comment (id, post_id, parent_id, author_id, body) VALUES
  (1, 1, NULL, 2, 'nice'), (2, 1, NULL, NULL, 'spam'), (3, 1, 1, 2, 'very nice'), (4, 2, NULL, 3, 'hm');
";

/// A database in memory with the blog's tables and no rows.
pub async fn empty() -> Database {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    db.migrate(&MIGRATIONS).await.unwrap();
    db
}

/// The same, with the rows.
pub async fn blog() -> Database {
    let db = empty().await;
    db.batch(ROWS).await.unwrap();
    db
}

/// Holds a text that the book includes: `UPDATE_EXPECT=1 cargo test -p blog` writes it anew.
#[macro_export]
macro_rules! shown {
    ($file:literal, $text:expr) => {
        expect_test::expect_file![concat!("../../../../src/", $file)].assert_eq(&$text)
    };
}

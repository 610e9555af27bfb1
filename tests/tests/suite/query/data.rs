//! A small blog whose answers are easy to tell.
//!
//! | post | author | category | tags | status | views | day |
//! |---|---|---|---|---|---|---|
//! | 1 Rust | Alice | Tech | rust, async | published | 10 | 2024-01-15 |
//! | 2 Async | Alice | Tech | async | published | 20 | 2024-06-30 |
//! | 3 100% sure | Bob | – | – | draft | 0 | 2025-03-01 |
//! | 4 under_score | Bob | Life | rust, spam | in review | 5 | 2025-12-31 |
//! | 5 ÉTÉ | Carla | Life | spam | published | 5 | 2026-01-01 |
//!
//! Dora has no posts. Post 1 has comments by Bob ("nice"), a guest ("spam") and Bob's answer; post 2 has one by Carla.

use nuages::{Database, raw};
use nuages_tests::Outcome;

const AUTHORS: [&str; 4] = ["Alice", "Bob", "Carla", "Dora"];
/// Key, title, author, category, status, views, day.
type Post = (
    i64,
    &'static str,
    i64,
    Option<i64>,
    &'static str,
    i64,
    &'static str,
);

/// Key, post, answered comment, author, text.
type Comment = (i64, i64, Option<i64>, Option<i64>, &'static str);

const POSTS: [Post; 5] = [
    (
        1,
        "Rust",
        1,
        Some(1),
        "published",
        10,
        "2024-01-15 10:30:00.5",
    ),
    (
        2,
        "Async",
        1,
        Some(1),
        "published",
        20,
        "2024-06-30 23:59:59.999999",
    ),
    (3, "100% sure", 2, None, "draft", 0, "2025-03-01 00:00:00"),
    (
        4,
        "under_score",
        2,
        Some(2),
        "in_review",
        5,
        "2025-12-31 23:00:00",
    ),
    (5, "ÉTÉ", 3, Some(2), "published", 5, "2026-01-01 00:00:00"),
];
const TAGGED: [(i64, i64); 6] = [(1, 1), (1, 2), (2, 2), (4, 1), (4, 3), (5, 3)];
const COMMENTS: [Comment; 4] = [
    (1, 1, None, Some(2), "nice"),
    (2, 1, None, None, "spam"),
    (3, 1, Some(1), Some(2), "very nice"),
    (4, 2, None, Some(3), "hm"),
];

/// Writes the rows.
pub(crate) async fn fill(db: &Database) -> Outcome {
    for (id, name) in (1_i64..).zip(AUTHORS) {
        let email = format!("{}@example.org", name.to_lowercase());
        raw("INSERT INTO blog_author (id, name, email) VALUES ({}, {}, {})")
            .bind(id)
            .bind(name)
            .bind(email)
            .execute(db)
            .await?;
    }
    for (id, name) in [(1_i64, "Tech"), (2, "Life")] {
        raw("INSERT INTO blog_category (id, name) VALUES ({}, {})")
            .bind(id)
            .bind(name)
            .execute(db)
            .await?;
    }
    for (id, name) in [(1_i64, "rust"), (2, "async"), (3, "spam")] {
        raw("INSERT INTO blog_tag (id, name) VALUES ({}, {})")
            .bind(id)
            .bind(name)
            .execute(db)
            .await?;
    }
    for (id, title, author, category, status, views, day) in POSTS {
        let at = nuages::value::parse_date_time(day)
            .and_then(nuages::prelude::DateTime::from_timestamp_micros)
            .ok_or("a date")?;
        raw("INSERT INTO blog_post (id, title, slug, author_id, category_id, body, status, view_count, created_at, updated_at) \
             VALUES ({}, {}, {}, {}, {}, '', {}, {}, {}, {})")
            .bind(id)
            .bind(title)
            .bind(format!("post-{id}"))
            .bind(author)
            .bind(category)
            .bind(status)
            .bind(views)
            .bind(at)
            .bind(at)
            .execute(db)
            .await?;
    }
    for (post, tag) in TAGGED {
        raw("INSERT INTO blog_post_tags (post_id, tag_id) VALUES ({}, {})")
            .bind(post)
            .bind(tag)
            .execute(db)
            .await?;
    }
    for (id, post, parent, author, body) in COMMENTS {
        raw("INSERT INTO blog_comment (id, post_id, parent_id, author_id, body) VALUES ({}, {}, {}, {}, {})")
            .bind(id)
            .bind(post)
            .bind(parent)
            .bind(author)
            .bind(body)
            .execute(db)
            .await?;
    }
    Ok(())
}

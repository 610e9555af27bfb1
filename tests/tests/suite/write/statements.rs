//! The statements of each verb, as they reach each database.

use expect_test::{Expect, expect};
use nuages::prelude::*;
use nuages_tests::blog::{Category, Comment, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, Product, cases};

use super::record::{author, post};

pub(super) fn area() -> Area {
    Area::new("statements", cases![the_statements_are_these.on(&BLOG)])
}

async fn the_statements_are_these(given: Given) -> Outcome {
    let db = &given.db;
    let recording = db.record();
    let alice = author(&given, "Alice").await?;
    let mut post = post(&given, &alice, "x").await?;
    post.save(db).await?;
    post.save_fields(db, |p| (p.title(), p.author_id())).await?;
    post.refresh_fields(db, |p| p.view_count()).await?;
    let tags = [
        Tag::builder().name("a").build()?,
        Tag::builder().name("b").build()?,
    ];
    Tag::objects()
        .bulk_create(db, tags)
        .ignore_conflicts()
        .await?;
    let tags = Tag::objects().all(db).await?;
    Tag::objects().bulk_update(db, &tags, |t| t.name()).await?;
    post.tags.add(db, &tags).await?;
    post.tags.remove(db, &tags).await?;
    alice.posts.add(db, [&post]).await?;
    Category::objects()
        .filter(|c| c.name().eq("x"))
        .delete(db)
        .await?;
    Comment::objects().delete(db).await?;
    alice.delete(db).await?;
    let statements: Vec<String> = recording
        .statements()
        .into_iter()
        .map(|statement| statement.sql.to_string())
        .collect();
    expected(given.product).assert_eq(&format!("\n{}\n", statements.join("\n")));
    Ok(())
}

fn expected(product: Product) -> Expect {
    match product {
        Product::Postgres => expect![[r#"

            INSERT INTO "blog_author" ("name", "email") VALUES ($1, $2) RETURNING "id"
            INSERT INTO "blog_post" ("title", "slug", "author_id", "category_id", "body", "status", "view_count", "published_at", "created_at", "updated_at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING "id"
            UPDATE "blog_post" SET "title" = $1, "slug" = $2, "author_id" = $3, "category_id" = $4, "body" = $5, "status" = $6, "view_count" = $7, "published_at" = $8, "created_at" = $9, "updated_at" = $10 WHERE "id" = $11
            UPDATE "blog_post" SET "title" = $1, "author_id" = $2 WHERE "id" = $3
            SELECT "view_count" FROM "blog_post" WHERE "id" = $1
            INSERT INTO "blog_tag" ("name") SELECT * FROM unnest($1) ON CONFLICT DO NOTHING
            SELECT "id", "name" FROM "blog_tag" ORDER BY "name"
            UPDATE "blog_tag" SET "name" = t1."name" FROM unnest($1, $2) AS t1("id", "name") WHERE "blog_tag"."id" = t1."id"
            INSERT INTO "blog_post_tags" ("post_id", "tag_id") SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING
            DELETE FROM "blog_post_tags" WHERE "post_id" = $1 AND "tag_id" = ANY($2)
            UPDATE "blog_post" SET "author_id" = $1 WHERE "id" = ANY($2)
            BEGIN
            SELECT "id" FROM "blog_category" WHERE "name" = $1
            COMMIT
            BEGIN
            SELECT "id" FROM "blog_comment"
            COMMIT
            BEGIN
            SELECT "id" FROM "blog_post" WHERE "author_id" = ANY($1)
            SELECT "id" FROM "blog_comment" WHERE "post_id" = ANY($1)
            DELETE FROM "blog_post_tags" WHERE "post_id" = ANY($1)
            UPDATE "blog_comment" SET "author_id" = $1 WHERE "author_id" = ANY($2)
            DELETE FROM "blog_post" WHERE "id" = ANY($1)
            DELETE FROM "blog_author" WHERE "id" = ANY($1)
            COMMIT
        "#]],
        Product::Sqlite => expect![[r#"

            INSERT INTO "blog_author" ("name", "email") VALUES (?1, ?2) RETURNING "id"
            INSERT INTO "blog_post" ("title", "slug", "author_id", "category_id", "body", "status", "view_count", "published_at", "created_at", "updated_at") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING "id"
            UPDATE "blog_post" SET "title" = ?1, "slug" = ?2, "author_id" = ?3, "category_id" = ?4, "body" = ?5, "status" = ?6, "view_count" = ?7, "published_at" = ?8, "created_at" = ?9, "updated_at" = ?10 WHERE "id" = ?11
            UPDATE "blog_post" SET "title" = ?1, "author_id" = ?2 WHERE "id" = ?3
            SELECT "view_count" FROM "blog_post" WHERE "id" = ?1
            INSERT INTO "blog_tag" ("name") VALUES (?1), (?2) ON CONFLICT DO NOTHING
            SELECT "id", "name" FROM "blog_tag" ORDER BY "name"
            UPDATE "blog_tag" SET "name" = CASE WHEN "id" = ?1 THEN ?2 WHEN "id" = ?3 THEN ?4 END WHERE "id" IN (SELECT value FROM JSON_EACH(?5))
            INSERT INTO "blog_post_tags" ("post_id", "tag_id") VALUES (?1, ?2), (?3, ?4) ON CONFLICT DO NOTHING
            DELETE FROM "blog_post_tags" WHERE "post_id" = ?1 AND "tag_id" IN (SELECT value FROM JSON_EACH(?2))
            UPDATE "blog_post" SET "author_id" = ?1 WHERE "id" IN (SELECT value FROM JSON_EACH(?2))
            BEGIN
            SELECT "id" FROM "blog_category" WHERE "name" = ?1
            COMMIT
            BEGIN
            SELECT "id" FROM "blog_comment"
            COMMIT
            BEGIN
            SELECT "id" FROM "blog_post" WHERE "author_id" IN (SELECT value FROM JSON_EACH(?1))
            SELECT "id" FROM "blog_comment" WHERE "post_id" IN (SELECT value FROM JSON_EACH(?1))
            DELETE FROM "blog_post_tags" WHERE "post_id" IN (SELECT value FROM JSON_EACH(?1))
            UPDATE "blog_comment" SET "author_id" = ?1 WHERE "author_id" IN (SELECT value FROM JSON_EACH(?2))
            DELETE FROM "blog_post" WHERE "id" IN (SELECT value FROM JSON_EACH(?1))
            DELETE FROM "blog_author" WHERE "id" IN (SELECT value FROM JSON_EACH(?1))
            COMMIT
        "#]],
        Product::MySql => expect![[r#"

            INSERT INTO `blog_author` (`name`, `email`) VALUES (?, ?)
            INSERT INTO `blog_post` (`title`, `slug`, `author_id`, `category_id`, `body`, `status`, `view_count`, `published_at`, `created_at`, `updated_at`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            UPDATE `blog_post` SET `title` = ?, `slug` = ?, `author_id` = ?, `category_id` = ?, `body` = ?, `status` = ?, `view_count` = ?, `published_at` = ?, `created_at` = ?, `updated_at` = ? WHERE `id` = ?
            UPDATE `blog_post` SET `title` = ?, `author_id` = ? WHERE `id` = ?
            SELECT `view_count` FROM `blog_post` WHERE `id` = ?
            INSERT INTO `blog_tag` (`name`) VALUES (?), (?) AS proposed ON DUPLICATE KEY UPDATE `name` = `blog_tag`.`name`
            SELECT `id`, `name` FROM `blog_tag` ORDER BY `name`
            UPDATE `blog_tag` SET `name` = CASE WHEN `id` = ? THEN ? WHEN `id` = ? THEN ? END WHERE `id` IN (?, ?)
            INSERT INTO `blog_post_tags` (`post_id`, `tag_id`) VALUES (?, ?), (?, ?) AS proposed ON DUPLICATE KEY UPDATE `post_id` = `blog_post_tags`.`post_id`
            DELETE FROM `blog_post_tags` WHERE `post_id` = ? AND `tag_id` IN (?, ?)
            UPDATE `blog_post` SET `author_id` = ? WHERE `id` IN (?)
            BEGIN
            SELECT `id` FROM `blog_category` WHERE `name` = ?
            COMMIT
            BEGIN
            SELECT `id` FROM `blog_comment`
            COMMIT
            BEGIN
            SELECT `id` FROM `blog_post` WHERE `author_id` IN (?)
            SELECT `id` FROM `blog_comment` WHERE `post_id` IN (?)
            DELETE FROM `blog_post_tags` WHERE `post_id` IN (?)
            UPDATE `blog_comment` SET `author_id` = ? WHERE `author_id` IN (?)
            DELETE FROM `blog_post` WHERE `id` IN (?)
            DELETE FROM `blog_author` WHERE `id` IN (?)
            COMMIT
        "#]],
        Product::MariaDb => expect![[r#"

            INSERT INTO `blog_author` (`name`, `email`) VALUES (?, ?) RETURNING `id`
            INSERT INTO `blog_post` (`title`, `slug`, `author_id`, `category_id`, `body`, `status`, `view_count`, `published_at`, `created_at`, `updated_at`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING `id`
            UPDATE `blog_post` SET `title` = ?, `slug` = ?, `author_id` = ?, `category_id` = ?, `body` = ?, `status` = ?, `view_count` = ?, `published_at` = ?, `created_at` = ?, `updated_at` = ? WHERE `id` = ?
            UPDATE `blog_post` SET `title` = ?, `author_id` = ? WHERE `id` = ?
            SELECT `view_count` FROM `blog_post` WHERE `id` = ?
            INSERT INTO `blog_tag` (`name`) VALUES (?), (?) ON DUPLICATE KEY UPDATE `name` = `blog_tag`.`name`
            SELECT `id`, `name` FROM `blog_tag` ORDER BY `name`
            UPDATE `blog_tag` SET `name` = CASE WHEN `id` = ? THEN ? WHEN `id` = ? THEN ? END WHERE `id` IN (?, ?)
            INSERT INTO `blog_post_tags` (`post_id`, `tag_id`) VALUES (?, ?), (?, ?) ON DUPLICATE KEY UPDATE `post_id` = `blog_post_tags`.`post_id`
            DELETE FROM `blog_post_tags` WHERE `post_id` = ? AND `tag_id` IN (?, ?)
            UPDATE `blog_post` SET `author_id` = ? WHERE `id` IN (?)
            BEGIN
            SELECT `id` FROM `blog_category` WHERE `name` = ?
            COMMIT
            BEGIN
            SELECT `id` FROM `blog_comment`
            COMMIT
            BEGIN
            SELECT `id` FROM `blog_post` WHERE `author_id` IN (?)
            SELECT `id` FROM `blog_comment` WHERE `post_id` IN (?)
            DELETE FROM `blog_post_tags` WHERE `post_id` IN (?)
            UPDATE `blog_comment` SET `author_id` = ? WHERE `author_id` IN (?)
            DELETE FROM `blog_post` WHERE `id` IN (?)
            DELETE FROM `blog_author` WHERE `id` IN (?)
            COMMIT
        "#]],
    }
}

//! The statements that add, alter and rename fields, on each database.

use expect_test::expect;

use super::*;

#[test]
fn a_field_with_a_literal_default_is_added_with_a_database_default() {
    let text = all(r#"
[[operations]]
op = "add_field"
model = "Post"
field = { name = "kind", type = "char", max_length = 10, default = "it's" }
"#);
    expect![[r#"
        === sqlite
        ALTER TABLE "blog_post" ADD COLUMN "kind" varchar(10) DEFAULT 'it''s' NOT NULL;
        --- backwards
        ALTER TABLE "blog_post" DROP COLUMN "kind";
        === postgres
        ALTER TABLE "blog_post" ADD COLUMN "kind" varchar(10) DEFAULT 'it''s' NOT NULL;
        --- backwards
        ALTER TABLE "blog_post" DROP COLUMN "kind";
        === mysql
        ALTER TABLE `blog_post` ADD COLUMN `kind` varchar(10) DEFAULT 'it''s' NOT NULL;
        --- backwards
        ALTER TABLE `blog_post` DROP COLUMN `kind`;
        === mariadb
        ALTER TABLE `blog_post` ADD COLUMN `kind` varchar(10) DEFAULT 'it''s' NOT NULL;
        --- backwards
        ALTER TABLE `blog_post` DROP COLUMN `kind`;
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_foreign_key_is_added_and_dropped_with_its_index() {
    let text = all(r#"
[[operations]]
op = "add_field"
model = "Tag"
field = { name = "owner", type = "foreign_key", to = "blog.Author", on_delete = "DB_CASCADE", null = true }
"#);
    expect![[r#"
        === sqlite
        ALTER TABLE "blog_tag" ADD COLUMN "owner_id" bigint NULL REFERENCES "blog_author" ("id") ON DELETE CASCADE;
        CREATE INDEX "blog_tag_owner_id_3c8290ca" ON "blog_tag" ("owner_id");
        --- backwards
        CREATE TABLE "new__blog_tag" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" varchar(50) NOT NULL
        );
        INSERT INTO "new__blog_tag" ("id", "name") SELECT "id", "name" FROM "blog_tag";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_tag';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_tag', seq FROM sqlite_sequence WHERE name = 'blog_tag';
        DROP TABLE "blog_tag";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_tag" RENAME TO "blog_tag";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_tag_name_c5718cc8" ON "blog_tag" ("name");
        === postgres
        ALTER TABLE "blog_tag" ADD COLUMN "owner_id" bigint NULL;
        ALTER TABLE "blog_tag" ADD CONSTRAINT "blog_tag_owner_id_3c8290ca_fk_blog_author_id" FOREIGN KEY ("owner_id") REFERENCES "blog_author" ("id") ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
        CREATE INDEX "blog_tag_owner_id_3c8290ca" ON "blog_tag" ("owner_id");
        --- backwards
        ALTER TABLE "blog_tag" DROP CONSTRAINT "blog_tag_owner_id_3c8290ca_fk_blog_author_id";
        DROP INDEX "blog_tag_owner_id_3c8290ca";
        ALTER TABLE "blog_tag" DROP COLUMN "owner_id";
        === mysql
        ALTER TABLE `blog_tag` ADD COLUMN `owner_id` bigint NULL;
        ALTER TABLE `blog_tag` ADD CONSTRAINT `blog_tag_owner_id_3c8290ca_fk_blog_author_id` FOREIGN KEY (`owner_id`) REFERENCES `blog_author` (`id`) ON DELETE CASCADE;
        --- backwards
        ALTER TABLE `blog_tag` DROP FOREIGN KEY `blog_tag_owner_id_3c8290ca_fk_blog_author_id`;
        ALTER TABLE `blog_tag` DROP COLUMN `owner_id`;
        === mariadb
        ALTER TABLE `blog_tag` ADD COLUMN `owner_id` bigint NULL;
        ALTER TABLE `blog_tag` ADD CONSTRAINT `blog_tag_owner_id_3c8290ca_fk_blog_author_id` FOREIGN KEY (`owner_id`) REFERENCES `blog_author` (`id`) ON DELETE CASCADE;
        --- backwards
        ALTER TABLE `blog_tag` DROP FOREIGN KEY `blog_tag_owner_id_3c8290ca_fk_blog_author_id`;
        ALTER TABLE `blog_tag` DROP COLUMN `owner_id`;
    "#]].assert_eq(&text);
}

#[test]
fn null_becomes_not_null_with_a_one_off_default() {
    let text = all(r#"
[[operations]]
op = "alter_field"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, default = "0.00" }
preserve_default = false
"#);
    expect![[r#"
        === sqlite
        CREATE TABLE "new__blog_post" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "title" varchar(200) NOT NULL,
            "author_id" bigint NOT NULL REFERENCES "blog_author" ("id"),
            "views" integer unsigned DEFAULT 0 NOT NULL CHECK ("views" >= 0),
            "status" varchar(20) DEFAULT 'draft' NOT NULL,
            "body" text DEFAULT '' NOT NULL,
            "data" text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
            "price" decimal DEFAULT '0.00' NOT NULL,
            "published_at" datetime NULL,
            "token" char(32) NULL,
            "live" bool DEFAULT 1 NOT NULL,
            CONSTRAINT "title_or_body" CHECK ("title" > '' OR "views" >= 1)
        );
        INSERT INTO "new__blog_post" ("id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live") SELECT "id", "title", "author_id", "views", "status", "body", "data", coalesce("price", '0.00'), "published_at", "token", "live" FROM "blog_post";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_post';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post', seq FROM sqlite_sequence WHERE name = 'blog_post';
        DROP TABLE "blog_post";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_post" RENAME TO "blog_post";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_post_author_id_dd7a8485" ON "blog_post" ("author_id");
        CREATE UNIQUE INDEX "blog_post_author_id_title_c015efcd_uniq" ON "blog_post" ("author_id", "title");
        CREATE INDEX "post_status_idx" ON "blog_post" ("status", "published_at" DESC);
        --- backwards
        CREATE TABLE "new__blog_post" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "title" varchar(200) NOT NULL,
            "author_id" bigint NOT NULL REFERENCES "blog_author" ("id"),
            "views" integer unsigned DEFAULT 0 NOT NULL CHECK ("views" >= 0),
            "status" varchar(20) DEFAULT 'draft' NOT NULL,
            "body" text DEFAULT '' NOT NULL,
            "data" text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
            "price" decimal NULL,
            "published_at" datetime NULL,
            "token" char(32) NULL,
            "live" bool DEFAULT 1 NOT NULL,
            CONSTRAINT "title_or_body" CHECK ("title" > '' OR "views" >= 1)
        );
        INSERT INTO "new__blog_post" ("id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live") SELECT "id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live" FROM "blog_post";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_post';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post', seq FROM sqlite_sequence WHERE name = 'blog_post';
        DROP TABLE "blog_post";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_post" RENAME TO "blog_post";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_post_author_id_dd7a8485" ON "blog_post" ("author_id");
        CREATE UNIQUE INDEX "blog_post_author_id_title_c015efcd_uniq" ON "blog_post" ("author_id", "title");
        CREATE INDEX "post_status_idx" ON "blog_post" ("status", "published_at" DESC);
        === postgres
        ALTER TABLE "blog_post" ALTER COLUMN "price" SET DEFAULT 0.00;
        UPDATE "blog_post" SET "price" = 0.00 WHERE "price" IS NULL;
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE "blog_post" ALTER COLUMN "price" SET NOT NULL;
        --- backwards
        ALTER TABLE "blog_post" ALTER COLUMN "price" DROP DEFAULT;
        ALTER TABLE "blog_post" ALTER COLUMN "price" DROP NOT NULL;
        === mysql
        UPDATE `blog_post` SET `price` = 0.00 WHERE `price` IS NULL;
        ALTER TABLE `blog_post` MODIFY COLUMN `price` numeric(10, 2) DEFAULT 0.00 NOT NULL;
        --- backwards
        ALTER TABLE `blog_post` MODIFY COLUMN `price` numeric(10, 2) NULL;
        === mariadb
        UPDATE `blog_post` SET `price` = 0.00 WHERE `price` IS NULL;
        ALTER TABLE `blog_post` MODIFY COLUMN `price` numeric(10, 2) DEFAULT 0.00 NOT NULL;
        --- backwards
        ALTER TABLE `blog_post` MODIFY COLUMN `price` numeric(10, 2) NULL;
    "#]].assert_eq(&text);
}

#[test]
fn the_type_of_a_primary_key_is_followed_by_what_refers_to_it() {
    let text = all(r#"
[[operations]]
op = "alter_field"
model = "Tag"
field = { name = "id", type = "auto", primary_key = true }
"#);
    expect![[r#"
        === sqlite
        CREATE TABLE "new__blog_post_tags" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "post_id" bigint NOT NULL REFERENCES "blog_post" ("id"),
            "tag_id" integer NOT NULL REFERENCES "blog_tag" ("id")
        );
        INSERT INTO "new__blog_post_tags" ("id", "post_id", "tag_id") SELECT "id", "post_id", "tag_id" FROM "blog_post_tags";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_post_tags';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post_tags', seq FROM sqlite_sequence WHERE name = 'blog_post_tags';
        DROP TABLE "blog_post_tags";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_post_tags" RENAME TO "blog_post_tags";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_post_tags_post_id_a1c71c8a" ON "blog_post_tags" ("post_id");
        CREATE INDEX "blog_post_tags_tag_id_0875c551" ON "blog_post_tags" ("tag_id");
        CREATE UNIQUE INDEX "blog_post_tags_post_id_tag_id_4925ec37_uniq" ON "blog_post_tags" ("post_id", "tag_id");
        CREATE TABLE "new__blog_tag" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" varchar(50) NOT NULL
        );
        INSERT INTO "new__blog_tag" ("id", "name") SELECT "id", "name" FROM "blog_tag";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_tag';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_tag', seq FROM sqlite_sequence WHERE name = 'blog_tag';
        DROP TABLE "blog_tag";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_tag" RENAME TO "blog_tag";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_tag_name_c5718cc8" ON "blog_tag" ("name");
        --- backwards
        CREATE TABLE "new__blog_post_tags" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "post_id" bigint NOT NULL REFERENCES "blog_post" ("id"),
            "tag_id" bigint NOT NULL REFERENCES "blog_tag" ("id")
        );
        INSERT INTO "new__blog_post_tags" ("id", "post_id", "tag_id") SELECT "id", "post_id", "tag_id" FROM "blog_post_tags";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_post_tags';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post_tags', seq FROM sqlite_sequence WHERE name = 'blog_post_tags';
        DROP TABLE "blog_post_tags";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_post_tags" RENAME TO "blog_post_tags";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_post_tags_post_id_a1c71c8a" ON "blog_post_tags" ("post_id");
        CREATE INDEX "blog_post_tags_tag_id_0875c551" ON "blog_post_tags" ("tag_id");
        CREATE UNIQUE INDEX "blog_post_tags_post_id_tag_id_4925ec37_uniq" ON "blog_post_tags" ("post_id", "tag_id");
        CREATE TABLE "new__blog_tag" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" varchar(50) NOT NULL
        );
        INSERT INTO "new__blog_tag" ("id", "name") SELECT "id", "name" FROM "blog_tag";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_tag';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_tag', seq FROM sqlite_sequence WHERE name = 'blog_tag';
        DROP TABLE "blog_tag";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_tag" RENAME TO "blog_tag";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_tag_name_c5718cc8" ON "blog_tag" ("name");
        === postgres
        ALTER TABLE "blog_post_tags" DROP CONSTRAINT "blog_post_tags_tag_id_0875c551_fk_blog_tag_id";
        ALTER TABLE "blog_post_tags" ALTER COLUMN "tag_id" TYPE integer USING "tag_id"::integer;
        ALTER TABLE "blog_tag" ALTER COLUMN "id" TYPE integer USING "id"::integer;
        ALTER TABLE "blog_post_tags" ADD CONSTRAINT "blog_post_tags_tag_id_0875c551_fk_blog_tag_id" FOREIGN KEY ("tag_id") REFERENCES "blog_tag" ("id") DEFERRABLE INITIALLY IMMEDIATE;
        --- backwards
        ALTER TABLE "blog_post_tags" DROP CONSTRAINT "blog_post_tags_tag_id_0875c551_fk_blog_tag_id";
        ALTER TABLE "blog_post_tags" ALTER COLUMN "tag_id" TYPE bigint USING "tag_id"::bigint;
        ALTER TABLE "blog_tag" ALTER COLUMN "id" TYPE bigint USING "id"::bigint;
        ALTER TABLE "blog_post_tags" ADD CONSTRAINT "blog_post_tags_tag_id_0875c551_fk_blog_tag_id" FOREIGN KEY ("tag_id") REFERENCES "blog_tag" ("id") DEFERRABLE INITIALLY IMMEDIATE;
        === mysql
        ALTER TABLE `blog_post_tags` DROP FOREIGN KEY `blog_post_tags_tag_id_0875c551_fk_blog_tag_id`;
        ALTER TABLE `blog_post_tags` MODIFY COLUMN `tag_id` integer NOT NULL;
        ALTER TABLE `blog_tag` MODIFY COLUMN `id` integer AUTO_INCREMENT NOT NULL;
        ALTER TABLE `blog_post_tags` ADD CONSTRAINT `blog_post_tags_tag_id_0875c551_fk_blog_tag_id` FOREIGN KEY (`tag_id`) REFERENCES `blog_tag` (`id`);
        --- backwards
        ALTER TABLE `blog_post_tags` DROP FOREIGN KEY `blog_post_tags_tag_id_0875c551_fk_blog_tag_id`;
        ALTER TABLE `blog_post_tags` MODIFY COLUMN `tag_id` bigint NOT NULL;
        ALTER TABLE `blog_tag` MODIFY COLUMN `id` bigint AUTO_INCREMENT NOT NULL;
        ALTER TABLE `blog_post_tags` ADD CONSTRAINT `blog_post_tags_tag_id_0875c551_fk_blog_tag_id` FOREIGN KEY (`tag_id`) REFERENCES `blog_tag` (`id`);
        === mariadb
        ALTER TABLE `blog_post_tags` DROP FOREIGN KEY `blog_post_tags_tag_id_0875c551_fk_blog_tag_id`;
        ALTER TABLE `blog_post_tags` MODIFY COLUMN `tag_id` integer NOT NULL;
        ALTER TABLE `blog_tag` MODIFY COLUMN `id` integer AUTO_INCREMENT NOT NULL;
        ALTER TABLE `blog_post_tags` ADD CONSTRAINT `blog_post_tags_tag_id_0875c551_fk_blog_tag_id` FOREIGN KEY (`tag_id`) REFERENCES `blog_tag` (`id`);
        --- backwards
        ALTER TABLE `blog_post_tags` DROP FOREIGN KEY `blog_post_tags_tag_id_0875c551_fk_blog_tag_id`;
        ALTER TABLE `blog_post_tags` MODIFY COLUMN `tag_id` bigint NOT NULL;
        ALTER TABLE `blog_tag` MODIFY COLUMN `id` bigint AUTO_INCREMENT NOT NULL;
        ALTER TABLE `blog_post_tags` ADD CONSTRAINT `blog_post_tags_tag_id_0875c551_fk_blog_tag_id` FOREIGN KEY (`tag_id`) REFERENCES `blog_tag` (`id`);
    "#]].assert_eq(&text);
}

#[test]
fn a_renamed_field_keeps_what_hangs_on_it() {
    let text = all(r#"
[[operations]]
op = "rename_field"
model = "Post"
old_name = "views"
new_name = "hits"
"#);
    expect![[r#"
        === sqlite
        ALTER TABLE "blog_post" RENAME COLUMN "views" TO "hits";
        --- backwards
        ALTER TABLE "blog_post" RENAME COLUMN "hits" TO "views";
        === postgres
        ALTER TABLE "blog_post" RENAME COLUMN "views" TO "hits";
        --- backwards
        ALTER TABLE "blog_post" RENAME COLUMN "hits" TO "views";
        === mysql
        ALTER TABLE `blog_post` DROP CHECK `blog_post_chk_1`;
        ALTER TABLE `blog_post` DROP CHECK `title_or_body`;
        ALTER TABLE `blog_post` RENAME COLUMN `views` TO `hits`;
        ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_chk_1` CHECK (`hits` >= 0);
        ALTER TABLE `blog_post` ADD CONSTRAINT `title_or_body` CHECK (`title` > '' OR `hits` >= 1);
        --- backwards
        ALTER TABLE `blog_post` DROP CHECK `blog_post_chk_1`;
        ALTER TABLE `blog_post` DROP CHECK `title_or_body`;
        ALTER TABLE `blog_post` RENAME COLUMN `hits` TO `views`;
        ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_chk_1` CHECK (`views` >= 0);
        ALTER TABLE `blog_post` ADD CONSTRAINT `title_or_body` CHECK (`title` > '' OR `views` >= 1);
        === mariadb
        ALTER TABLE `blog_post` RENAME COLUMN `views` TO `hits`;
        --- backwards
        ALTER TABLE `blog_post` RENAME COLUMN `hits` TO `views`;
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_field_becomes_unique_and_a_unique_one_plain() {
    let text = all(r#"
[[operations]]
op = "alter_field"
model = "Post"
field = { name = "status", type = "char", max_length = 20, default = "draft", unique = true }

[[operations]]
op = "alter_field"
model = "Author"
field = { name = "email", type = "email" }
"#);
    expect![[r#"
        === sqlite
        CREATE TABLE "new__blog_post" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "title" varchar(200) NOT NULL,
            "author_id" bigint NOT NULL REFERENCES "blog_author" ("id"),
            "views" integer unsigned DEFAULT 0 NOT NULL CHECK ("views" >= 0),
            "status" varchar(20) DEFAULT 'draft' NOT NULL UNIQUE,
            "body" text DEFAULT '' NOT NULL,
            "data" text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
            "price" decimal NULL,
            "published_at" datetime NULL,
            "token" char(32) NULL,
            "live" bool DEFAULT 1 NOT NULL,
            CONSTRAINT "title_or_body" CHECK ("title" > '' OR "views" >= 1)
        );
        INSERT INTO "new__blog_post" ("id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live") SELECT "id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live" FROM "blog_post";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_post';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post', seq FROM sqlite_sequence WHERE name = 'blog_post';
        DROP TABLE "blog_post";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_post" RENAME TO "blog_post";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_post_author_id_dd7a8485" ON "blog_post" ("author_id");
        CREATE UNIQUE INDEX "blog_post_author_id_title_c015efcd_uniq" ON "blog_post" ("author_id", "title");
        CREATE INDEX "post_status_idx" ON "blog_post" ("status", "published_at" DESC);
        CREATE TABLE "new__blog_author" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" varchar(100) NOT NULL,
            "email" varchar(254) NOT NULL
        );
        INSERT INTO "new__blog_author" ("id", "name", "email") SELECT "id", "name", "email" FROM "blog_author";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_author';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_author', seq FROM sqlite_sequence WHERE name = 'blog_author';
        DROP TABLE "blog_author";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_author" RENAME TO "blog_author";
        PRAGMA legacy_alter_table = OFF;
        --- backwards
        CREATE TABLE "new__blog_author" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" varchar(100) NOT NULL,
            "email" varchar(254) NOT NULL UNIQUE
        );
        INSERT INTO "new__blog_author" ("id", "name", "email") SELECT "id", "name", "email" FROM "blog_author";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_author';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_author', seq FROM sqlite_sequence WHERE name = 'blog_author';
        DROP TABLE "blog_author";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_author" RENAME TO "blog_author";
        PRAGMA legacy_alter_table = OFF;
        CREATE TABLE "new__blog_post" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "title" varchar(200) NOT NULL,
            "author_id" bigint NOT NULL REFERENCES "blog_author" ("id"),
            "views" integer unsigned DEFAULT 0 NOT NULL CHECK ("views" >= 0),
            "status" varchar(20) DEFAULT 'draft' NOT NULL,
            "body" text DEFAULT '' NOT NULL,
            "data" text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
            "price" decimal NULL,
            "published_at" datetime NULL,
            "token" char(32) NULL,
            "live" bool DEFAULT 1 NOT NULL,
            CONSTRAINT "title_or_body" CHECK ("title" > '' OR "views" >= 1)
        );
        INSERT INTO "new__blog_post" ("id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live") SELECT "id", "title", "author_id", "views", "status", "body", "data", "price", "published_at", "token", "live" FROM "blog_post";
        DELETE FROM sqlite_sequence WHERE name = 'new__blog_post';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post', seq FROM sqlite_sequence WHERE name = 'blog_post';
        DROP TABLE "blog_post";
        PRAGMA legacy_alter_table = ON;
        ALTER TABLE "new__blog_post" RENAME TO "blog_post";
        PRAGMA legacy_alter_table = OFF;
        CREATE INDEX "blog_post_author_id_dd7a8485" ON "blog_post" ("author_id");
        CREATE UNIQUE INDEX "blog_post_author_id_title_c015efcd_uniq" ON "blog_post" ("author_id", "title");
        CREATE INDEX "post_status_idx" ON "blog_post" ("status", "published_at" DESC);
        === postgres
        ALTER TABLE "blog_post" ADD CONSTRAINT "blog_post_status_594bade0_uniq" UNIQUE ("status");
        ALTER TABLE "blog_author" DROP CONSTRAINT "blog_author_email_key";
        --- backwards
        ALTER TABLE "blog_author" ADD CONSTRAINT "blog_author_email_key" UNIQUE ("email");
        ALTER TABLE "blog_post" DROP CONSTRAINT "blog_post_status_594bade0_uniq";
        === mysql
        ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_status_594bade0_uniq` UNIQUE (`status`);
        ALTER TABLE `blog_author` DROP INDEX `email`;
        --- backwards
        ALTER TABLE `blog_author` ADD CONSTRAINT `email` UNIQUE (`email`);
        ALTER TABLE `blog_post` DROP INDEX `blog_post_status_594bade0_uniq`;
        === mariadb
        ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_status_594bade0_uniq` UNIQUE (`status`);
        ALTER TABLE `blog_author` DROP INDEX `email`;
        --- backwards
        ALTER TABLE `blog_author` ADD CONSTRAINT `email` UNIQUE (`email`);
        ALTER TABLE `blog_post` DROP INDEX `blog_post_status_594bade0_uniq`;
    "#]].assert_eq(&text);
}

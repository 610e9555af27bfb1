--
-- Create model Author
--
CREATE TABLE "blog_author" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" varchar(100) NOT NULL,
    "email" text NOT NULL UNIQUE
);
--
-- Create model Category
--
CREATE TABLE "blog_category" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" varchar(50) NOT NULL UNIQUE
);
--
-- Create model Tag
--
CREATE TABLE "blog_tag" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" varchar(50) NOT NULL UNIQUE
);
--
-- Create model Post
--
CREATE TABLE "blog_post" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "title" varchar(200) NOT NULL,
    "slug" varchar(200) NOT NULL UNIQUE,
    "body" text NOT NULL,
    "status" varchar(20) DEFAULT 'draft' NOT NULL,
    "view_count" integer DEFAULT 0 NOT NULL,
    "published_at" datetime NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "author_id" bigint NOT NULL REFERENCES "blog_author" ("id"),
    "category_id" bigint NULL REFERENCES "blog_category" ("id")
);
CREATE INDEX "blog_post_author_id_dd7a8485" ON "blog_post" ("author_id");
CREATE INDEX "blog_post_category_id_c326dbf8" ON "blog_post" ("category_id");
CREATE TABLE "blog_post_tags" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "post_id" bigint NOT NULL REFERENCES "blog_post" ("id"),
    "tag_id" bigint NOT NULL REFERENCES "blog_tag" ("id")
);
CREATE INDEX "blog_post_tags_post_id_a1c71c8a" ON "blog_post_tags" ("post_id");
CREATE INDEX "blog_post_tags_tag_id_0875c551" ON "blog_post_tags" ("tag_id");
CREATE UNIQUE INDEX "blog_post_tags_post_id_tag_id_4925ec37_uniq" ON "blog_post_tags" ("post_id", "tag_id");
--
-- Create model Comment
--
CREATE TABLE "blog_comment" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "body" text NOT NULL,
    "author_id" bigint NULL REFERENCES "blog_author" ("id"),
    "parent_id" bigint NULL REFERENCES "blog_comment" ("id"),
    "post_id" bigint NOT NULL REFERENCES "blog_post" ("id")
);
CREATE INDEX "blog_comment_author_id_4f11e2e0" ON "blog_comment" ("author_id");
CREATE INDEX "blog_comment_parent_id_f2a027bb" ON "blog_comment" ("parent_id");
CREATE INDEX "blog_comment_post_id_580e96ef" ON "blog_comment" ("post_id");
--
-- Create index blog_post_status_8abfba_idx on field(s) status, -created_at of model Post
--
CREATE INDEX "blog_post_status_8abfba_idx" ON "blog_post" ("status", "created_at" DESC);
--
-- Create constraint views_not_negative on model Post
--
CREATE TABLE "new__blog_post" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "title" varchar(200) NOT NULL,
    "slug" varchar(200) NOT NULL UNIQUE,
    "body" text NOT NULL,
    "status" varchar(20) DEFAULT 'draft' NOT NULL,
    "view_count" integer DEFAULT 0 NOT NULL,
    "published_at" datetime NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "author_id" bigint NOT NULL REFERENCES "blog_author" ("id"),
    "category_id" bigint NULL REFERENCES "blog_category" ("id"),
    CONSTRAINT "views_not_negative" CHECK ("view_count" >= 0)
);
INSERT INTO "new__blog_post" ("id", "title", "slug", "body", "status", "view_count", "published_at", "created_at", "updated_at", "author_id", "category_id") SELECT "id", "title", "slug", "body", "status", "view_count", "published_at", "created_at", "updated_at", "author_id", "category_id" FROM "blog_post";
DELETE FROM sqlite_sequence WHERE name = 'new__blog_post';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new__blog_post', seq FROM sqlite_sequence WHERE name = 'blog_post';
DROP TABLE "blog_post";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "new__blog_post" RENAME TO "blog_post";
PRAGMA legacy_alter_table = OFF;
CREATE INDEX "blog_post_author_id_dd7a8485" ON "blog_post" ("author_id");
CREATE INDEX "blog_post_category_id_c326dbf8" ON "blog_post" ("category_id");
CREATE INDEX "blog_post_status_8abfba_idx" ON "blog_post" ("status", "created_at" DESC);

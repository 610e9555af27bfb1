//! Each rule of `migrate lint`: a migration in which it finds something, and its neighbour in which it does not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "cases")]

use std::collections::{BTreeMap, BTreeSet};

use nuages::db::editor_named;
use nuages::migrate::files::Migration;
use nuages::migrate::lint::{Finding, Known, LintSettings, Linter, Pattern, fix};
use nuages::sql::Severity;

use crate::command::all_rules;
use crate::sql_read;

/// The tables that migrations change here.
const FIRST: &str = r#"
format = 1
app = "blog"
name = "0001_initial"

[[operations]]
op = "create_model"
model = "Author"
table = "blog_author"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "char", max_length = 100 },
]

[[operations]]
op = "create_model"
model = "Post"
table = "blog_post"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "title", type = "char", max_length = 50 },
  { name = "code", type = "char", max_length = 10, index = true, default = "" },
  { name = "body", type = "text", null = true },
  { name = "views", type = "integer", default = 0 },
  { name = "score", type = "integer", db_default = 1, comment = "from 1 to 5" },
  { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE" },
]
indexes = [
  { name = "title_idx", fields = ["title"] },
]

[[operations]]
op = "create_model"
model = "Comment"
table = "blog_comment"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "post", type = "foreign_key", to = "blog.Post", on_delete = "DB_CASCADE" },
]
"#;

/// A rule, a database, a migration in which it finds something, and one in which it does not: keys of the file before
/// a line `---`, operations after it. An operation that does not begin with `op` is SQL.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    ("DS101", "postgres", "DROP SCHEMA old", "CREATE SCHEMA new"),
    (
        "DS102",
        "sqlite",
        r#"op = "delete_model" model = "Comment""#,
        "CREATE TABLE t (a int); DROP TABLE t",
    ),
    (
        "DS102",
        "postgres",
        "DROP TABLE blog_comment",
        r#"allow = ["data_loss"] phase = "contract" --- DROP TABLE blog_comment"#,
    ),
    (
        "DS103",
        "sqlite",
        r#"op = "remove_field" model = "Post" name = "body""#,
        r#"allow = ["data_loss"] phase = "contract" --- op = "remove_field" model = "Post" name = "body""#,
    ),
    (
        "DS103",
        "mysql",
        "ALTER TABLE blog_post DROP COLUMN body",
        "ALTER TABLE blog_post ADD COLUMN extra int",
    ),
    (
        "DS104",
        "postgres",
        "TRUNCATE blog_post",
        "DELETE FROM blog_post WHERE id < 5",
    ),
    (
        "DS105",
        "postgres",
        "ALTER TABLE blog_post DROP COLUMN body CASCADE",
        "ALTER TABLE blog_post DROP COLUMN body",
    ),
    (
        "BC101",
        "sqlite",
        r#"op = "rename_model" old_name = "Comment" new_name = "Remark""#,
        r#"op = "rename_model" old_name = "Comment" new_name = "Remark" +++ CREATE VIEW blog_comment AS SELECT * FROM blog_remark"#,
    ),
    (
        "BC101",
        "postgres",
        "ALTER TABLE blog_post RENAME TO blog_entry",
        "ALTER INDEX title_idx RENAME TO t_idx",
    ),
    (
        "BC102",
        "sqlite",
        r#"op = "rename_field" model = "Post" old_name = "body" new_name = "text""#,
        r#"op = "rename_field" model = "Post" old_name = "body" new_name = "text" +++ op = "add_field" model = "Post" field = { name = "body", type = "text", null = true }"#,
    ),
    (
        "BC102",
        "mysql",
        "ALTER TABLE blog_post RENAME COLUMN body TO text, ALGORITHM=INSTANT",
        "ALTER TABLE blog_post ADD COLUMN text text NULL, ALGORITHM=INSTANT",
    ),
    (
        "BC103",
        "postgres",
        "ALTER TABLE blog_post ADD COLUMN a int NOT NULL",
        "ALTER TABLE blog_post ADD COLUMN a int NOT NULL DEFAULT 0",
    ),
    (
        "BC104",
        "sqlite",
        r#"op = "add_field" model = "Post" field = { name = "key", type = "uuid", default = { fn = "uuid4" } }"#,
        r#"op = "add_field" model = "Post" field = { name = "key", type = "uuid", null = true }"#,
    ),
    (
        "BC105",
        "postgres",
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "float", default = 0 }"#,
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "big_integer", default = 0 }"#,
    ),
    (
        "BC106",
        "sqlite",
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "integer", default = 7 }"#,
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "integer", default = 0, help_text = "x" }"#,
    ),
    (
        "CD101",
        "postgres",
        r#"op = "alter_field" model = "Post" field = { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", db_constraint = false }"#,
        r#"op = "alter_field" model = "Post" field = { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", null = true }"#,
    ),
    (
        "MF101",
        "sqlite",
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 50, unique = true }"#,
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 60 }"#,
    ),
    (
        "MF101",
        "postgres",
        "CREATE UNIQUE INDEX CONCURRENTLY u ON blog_post (title)",
        "CREATE INDEX CONCURRENTLY u ON blog_post (title)",
    ),
    (
        "MF102",
        "postgres",
        r#"op = "alter_field" model = "Post" field = { name = "code", type = "char", max_length = 10, unique = true, default = "" }"#,
        r#"op = "add_index" model = "Post" index = { name = "v_idx", fields = ["views"] }"#,
    ),
    (
        "MF104",
        "sqlite",
        r#"op = "alter_field" model = "Post" field = { name = "body", type = "text" }"#,
        r#"UPDATE blog_post SET body = '' WHERE body IS NULL +++ op = "alter_field" model = "Post" field = { name = "body", type = "text" }"#,
    ),
    (
        "MF105",
        "postgres",
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 20 }"#,
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 70 }"#,
    ),
    (
        "NM101",
        "sqlite",
        r#"op = "create_model" model = "Odd" table = "Odd" fields = [{ name = "id", type = "big_auto", primary_key = true }]"#,
        r#"op = "create_model" model = "Even" table = "blog_even" fields = [{ name = "id", type = "big_auto", primary_key = true }]"#,
    ),
    (
        "NM102",
        "sqlite",
        r#"op = "add_field" model = "Post" field = { name = "Odd", type = "text", null = true }"#,
        r#"op = "add_field" model = "Post" field = { name = "even", type = "text", null = true }"#,
    ),
    (
        "NM103",
        "sqlite",
        r#"op = "add_index" model = "Post" index = { name = "Odd", fields = ["views"] }"#,
        r#"op = "add_index" model = "Post" index = { name = "even", fields = ["views"] }"#,
    ),
    (
        "NM104",
        "postgres",
        r#"op = "create_model" model = "Odd" table = "Odd" fields = [{ name = "id", type = "big_auto", primary_key = true }, { name = "post", type = "foreign_key", to = "blog.Post", on_delete = "CASCADE" }]"#,
        r#"op = "create_model" model = "Even" table = "blog_even" fields = [{ name = "id", type = "big_auto", primary_key = true }, { name = "post", type = "foreign_key", to = "blog.Post", on_delete = "CASCADE" }]"#,
    ),
    (
        "NM105",
        "sqlite",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "check", name = "Odd", condition = { views__gte = 0 } }"#,
        r#"op = "add_constraint" model = "Post" constraint = { kind = "check", name = "even", condition = { views__gte = 0 } }"#,
    ),
    (
        "NM106",
        "postgres",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "unique", name = "Odd", fields = ["views"] }"#,
        r#"op = "add_constraint" model = "Post" constraint = { kind = "unique", name = "even", fields = ["views"] }"#,
    ),
    (
        "TX101",
        "postgres",
        "BEGIN; UPDATE blog_post SET views = 0 WHERE id = 1; COMMIT",
        "UPDATE blog_post SET views = 0 WHERE id = 1",
    ),
    (
        "DM101",
        "postgres",
        r#"op = "remove_field" model = "Post" name = "body" +++ UPDATE blog_post SET views = 0 WHERE id = 1"#,
        r#"UPDATE blog_post SET views = 0 WHERE id = 1 +++ op = "remove_field" model = "Post" name = "body""#,
    ),
    (
        "DM101",
        "postgres",
        r#"op = "remove_field" model = "Post" name = "body" +++ op = "run_rust" forward = "blog.fill""#,
        r#"op = "create_model" model = "New" table = "blog_new" fields = [{ name = "id", type = "big_auto", primary_key = true }] +++ op = "run_rust" forward = "blog.fill""#,
    ),
    (
        "DM102",
        "mariadb",
        "UPDATE blog_post SET views = 0",
        "UPDATE blog_post SET views = 0 WHERE id < 10",
    ),
    (
        "ST101",
        "sqlite",
        "UPDATE blog_post SET views = 0 WHERE id = 1",
        r#"op = "run_sql" sql = "UPDATE blog_post SET views = 0 WHERE id = 1" reverse_sql = """#,
    ),
    (
        "ST102",
        "sqlite",
        r#"op = "add_field" model = "Post" field = { name = "slug", type = "char", max_length = 10, unique = true, default = "x" }"#,
        r#"op = "add_field" model = "Post" field = { name = "slug", type = "char", max_length = 10, unique = true, null = true }"#,
    ),
    (
        "LN101",
        "sqlite",
        r#"lint_allow = [{ code = "DS102", reason = "was there once" }] --- DELETE FROM blog_post WHERE id = 1"#,
        r#"lint_allow = [{ code = "DS102", on = "blog_comment", reason = "empty" }] --- op = "delete_model" model = "Comment""#,
    ),
    (
        "LN102",
        "sqlite",
        r#"lint_allow = [{ code = "XX999", reason = "?" }] --- DELETE FROM blog_post WHERE id = 1"#,
        r#"lint_allow = [{ code = "PG101", reason = "elsewhere" }] --- DELETE FROM blog_post WHERE id = 1"#,
    ),
    (
        "LN103",
        "postgres",
        "UPDAET blog_post SET views = 0",
        "UPDATE blog_post SET views = 0",
    ),
    (
        "LN104",
        "sqlite",
        r#"op = "create_extension" name = "citext""#,
        "DELETE FROM blog_post WHERE id = 1",
    ),
    (
        "PG101",
        "postgres",
        "CREATE INDEX i ON blog_post (views)",
        r#"op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
    ),
    (
        "PG101",
        "postgres",
        r#"atomic = true --- op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
    ),
    (
        "PG102",
        "postgres",
        "DROP INDEX title_idx",
        r#"op = "remove_index" model = "Post" name = "title_idx""#,
    ),
    (
        "PG103",
        "postgres",
        "CREATE INDEX CONCURRENTLY i ON blog_post (views)",
        "atomic = false --- CREATE INDEX CONCURRENTLY i ON blog_post (views)",
    ),
    (
        "PG103",
        "postgres",
        "VACUUM blog_post",
        "atomic = false --- VACUUM blog_post",
    ),
    (
        "PG104",
        "postgres:14.2",
        "atomic = false --- CREATE INDEX CONCURRENTLY i ON blog_post (views)",
        "atomic = false --- DROP INDEX CONCURRENTLY title_idx",
    ),
    (
        "PG105",
        "postgres",
        "atomic = false --- CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON blog_post (views)",
        "atomic = false --- CREATE INDEX CONCURRENTLY i ON blog_post (views)",
    ),
    (
        "PG201",
        "postgres",
        "ALTER TABLE blog_post ADD CONSTRAINT u UNIQUE (title)",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "unique", name = "u", fields = ["title"] }"#,
    ),
    (
        "PG202",
        "postgres",
        "ALTER TABLE blog_post ADD PRIMARY KEY (title)",
        "ALTER TABLE blog_post ADD CONSTRAINT p PRIMARY KEY USING INDEX i",
    ),
    (
        "PG203",
        "postgres",
        "ALTER TABLE blog_post ADD CONSTRAINT f FOREIGN KEY (views) REFERENCES blog_author (id)",
        "ALTER TABLE blog_post ADD CONSTRAINT f FOREIGN KEY (views) REFERENCES blog_author (id) NOT VALID",
    ),
    (
        "PG203",
        "postgres",
        "ALTER TABLE blog_post ADD COLUMN other bigint REFERENCES blog_author (id)",
        r#"op = "add_field" model = "Post" field = { name = "other", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", null = true }"#,
    ),
    (
        "PG204",
        "postgres",
        "ALTER TABLE blog_post ADD CONSTRAINT c CHECK (views >= 0)",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "check", name = "c", condition = { views__gte = 0 } }"#,
    ),
    (
        "PG205",
        "postgres",
        "ALTER TABLE blog_post ADD CONSTRAINT c CHECK (views >= 0) NOT VALID; ALTER TABLE blog_post VALIDATE CONSTRAINT c",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "check", name = "c", condition = { views__gte = 0 } } not_valid = true +++ op = "validate_constraint" model = "Post" name = "c""#,
    ),
    (
        "PG206",
        "postgres",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "exclude", name = "e", using = "gist", elements = [[{ f = "views" }, "="]] }"#,
        r#"op = "add_constraint" model = "Post" constraint = { kind = "check", name = "c", condition = { views__gte = 0 } }"#,
    ),
    (
        "PG207",
        "postgres",
        r#"op = "alter_field" model = "Post" field = { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", db_constraint = false }"#,
        r#"op = "remove_index" model = "Post" name = "title_idx""#,
    ),
    (
        "PG301",
        "postgres",
        "ALTER TABLE blog_post ALTER COLUMN body SET NOT NULL",
        r#"op = "alter_field" model = "Post" field = { name = "body", type = "text", default = "" }"#,
    ),
    (
        "PG302",
        "postgres",
        "ALTER TABLE blog_post ADD COLUMN k uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE blog_post ADD COLUMN k timestamptz DEFAULT now()",
    ),
    (
        "PG303",
        "postgres",
        r#"op = "add_field" model = "Post" field = { name = "twice", type = "generated", expression = { fn = "add", args = [{ f = "views" }, { f = "views" }] }, output = { type = "integer" }, stored = true }"#,
        r#"op = "add_field" model = "Post" field = { name = "twice", type = "integer", null = true }"#,
    ),
    (
        "PG304",
        "postgres",
        "ALTER TABLE blog_post ADD COLUMN n bigserial",
        "ALTER TABLE blog_post ADD COLUMN n bigint",
    ),
    (
        "PG305",
        "postgres",
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "big_integer", default = 0 }"#,
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 90 }"#,
    ),
    (
        "PG305",
        "postgres",
        "ALTER TABLE blog_post ALTER COLUMN views TYPE bigint",
        "ALTER TABLE blog_post ALTER COLUMN title TYPE varchar(90)",
    ),
    (
        "PG307",
        "postgres",
        r#"atomic = true --- op = "alter_field" model = "Post" field = { name = "body", type = "char", max_length = 9, default = "" }"#,
        r#"op = "alter_field" model = "Post" field = { name = "body", type = "text", default = "" }"#,
    ),
    (
        "PG401",
        "postgres",
        "ALTER TABLE blog_post ADD COLUMN k timestamp",
        "ALTER TABLE blog_post ADD COLUMN k timestamptz",
    ),
    (
        "PG402",
        "postgres",
        "CREATE INDEX a2345678901234567890123456789012345678901234567890123456789012345 ON blog_post (views)",
        "CREATE INDEX short ON blog_post (views)",
    ),
    (
        "PG403",
        "postgres",
        "ALTER TYPE mood ADD VALUE 'glad'",
        "atomic = false --- ALTER TYPE mood ADD VALUE 'glad' AFTER 'sad'",
    ),
    (
        "PG404",
        "postgres",
        "SET lock_timeout = 0",
        "SET lock_timeout = '2s'",
    ),
    (
        "PG405",
        "postgres",
        "atomic = false --- ALTER TABLE blog_post DROP COLUMN body",
        "atomic = false --- ALTER TABLE blog_post DROP COLUMN IF EXISTS body",
    ),
    (
        "PG406",
        "postgres",
        "DROP TABLE blog_post",
        "DROP TABLE public.blog_post",
    ),
    (
        "PG407",
        "postgres",
        "REINDEX TABLE blog_post",
        "atomic = false --- REINDEX TABLE CONCURRENTLY blog_post",
    ),
    (
        "PG408",
        "postgres",
        "ALTER DOMAIN price ADD CONSTRAINT c CHECK (VALUE > 0)",
        "ALTER DOMAIN price ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID",
    ),
    (
        "PG409",
        "postgres",
        "ALTER SCHEMA a RENAME TO b",
        "CREATE SCHEMA b",
    ),
    (
        "PG410",
        "postgres",
        r#"op = "add_field" model = "Post" field = { name = "other", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", null = true, index = false }"#,
        r#"op = "add_field" model = "Post" field = { name = "other", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", null = true }"#,
    ),
    (
        "PG412",
        "postgres",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "unique", name = "u", fields = ["title"], deferrable = "deferred" }"#,
        r#"op = "add_constraint" model = "Post" constraint = { kind = "unique", name = "u", fields = ["title"] }"#,
    ),
    (
        "MY101",
        "mariadb",
        "ALTER TABLE blog_post ADD COLUMN a int NOT NULL",
        "ALTER TABLE blog_post ADD COLUMN a int NOT NULL DEFAULT 0",
    ),
    (
        "MY102",
        "mysql:8.4",
        "ALTER TABLE blog_post ADD COLUMN other bigint REFERENCES blog_author (id)",
        "ALTER TABLE blog_post ADD CONSTRAINT f FOREIGN KEY (views) REFERENCES blog_author (id)",
    ),
    (
        "MY201",
        "mysql",
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "big_integer", default = 0 }"#,
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 60 }"#,
    ),
    (
        "MY202",
        "mysql",
        "ALTER TABLE blog_post ADD COLUMN a int, ALGORITHM=COPY",
        "ALTER TABLE blog_post ADD COLUMN a int, ALGORITHM=INSTANT",
    ),
    (
        "MY203",
        "mysql",
        "ALTER TABLE blog_post ADD COLUMN k varchar(36) DEFAULT (uuid()), ALGORITHM=INPLACE",
        "ALTER TABLE blog_post ADD COLUMN k varchar(36) DEFAULT 'x', ALGORITHM=INSTANT",
    ),
    (
        "MY204",
        "mariadb",
        r#"op = "add_field" model = "Post" field = { name = "other", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", null = true }"#,
        r#"op = "add_field" model = "Post" field = { name = "other", type = "big_integer", null = true }"#,
    ),
    (
        "MY205",
        "mysql",
        r#"op = "add_constraint" model = "Post" constraint = { kind = "check", name = "c", condition = { views__gte = 0 } }"#,
        r#"op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
    ),
    (
        "MY206",
        "mysql",
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 64 }"#,
        r#"op = "alter_field" model = "Post" field = { name = "title", type = "char", max_length = 63 }"#,
    ),
    (
        "MY207",
        "mariadb",
        "ALTER TABLE blog_post ADD COLUMN a int",
        "ALTER TABLE blog_post ADD COLUMN a int, ALGORITHM=INSTANT",
    ),
    (
        "MY208",
        "mysql",
        "ALTER TABLE blog_post MODIFY COLUMN score int NOT NULL",
        "ALTER TABLE blog_post MODIFY COLUMN score int NOT NULL DEFAULT 1 COMMENT 'from 1 to 5'",
    ),
    (
        "MY211",
        "mysql",
        "SET sql_mode = 'ANSI'",
        "SET sql_mode = 'STRICT_TRANS_TABLES'",
    ),
    (
        "MY213",
        "mariadb",
        r#"op = "add_field" model = "Post" field = { name = "long", type = "char", max_length = 1000, null = true, index = true }"#,
        r#"op = "add_field" model = "Post" field = { name = "long", type = "char", max_length = 700, null = true, index = true }"#,
    ),
    (
        "LT103",
        "sqlite",
        "DROP TABLE blog_post",
        "DROP TABLE blog_comment",
    ),
    (
        "LT104",
        "sqlite",
        "ALTER TABLE blog_post RENAME TO Blog_Post",
        "ALTER TABLE blog_post RENAME TO blog_entry",
    ),
    (
        "LT105",
        "sqlite",
        "ALTER TABLE blog_post ADD COLUMN a text DEFAULT \"x\"",
        "ALTER TABLE blog_post ADD COLUMN a text DEFAULT 'x'",
    ),
    (
        "LT106",
        "sqlite",
        r#"op = "alter_field" model = "Post" field = { name = "views", type = "big_integer", default = 0 }"#,
        r#"op = "add_field" model = "Post" field = { name = "other", type = "integer", null = true }"#,
    ),
];

/// The rules that only a live database, or one that is large, can show.
const OF_LIVE_DATABASES: &[&str] = &["MY212", "LN105"];

/// The second migration, of the words of a case.
fn migration(words: &str) -> Migration {
    let (head, operations) = words.split_once("---").unwrap_or(("", words));
    let mut text = "format = 1\napp = \"blog\"\nname = \"0002_next\"\ndependencies = [\"blog.0001_initial\"]\n".to_owned();
    text += &one_a_line(head);
    for operation in operations
        .split("+++")
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        text += "\n[[operations]]\n";
        if operation.starts_with("op =") {
            text += &one_a_line(operation);
        } else {
            text += &format!("op = \"run_sql\"\nsql = '''\n{operation}'''\n");
        }
    }
    Migration::parse("0002_next.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Keys and values, each on a line of its own: a word, ` = `, and a value up to the next such beginning on the top level.
fn one_a_line(words: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let mut quoted = false;
    let mut rest = words.trim();
    while let Some(c) = rest.chars().next() {
        match c {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            ' ' if !quoted && depth == 0 && begins_key(&rest[1..]) => {
                out.push('\n');
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out + "\n"
}

fn begins_key(rest: &str) -> bool {
    let word = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || "_.".contains(*c))
        .count();
    0 < word && rest[word..].starts_with(" = ")
}

fn settings() -> LintSettings {
    let named = ["NM101", "NM102", "NM103", "NM104", "NM105", "NM106"].map(|code| {
        let pattern = Pattern {
            text: "^[a-z]".to_owned(),
            fits: Box::new(|name| name.starts_with(|c: char| c.is_ascii_lowercase())),
        };
        (code.to_owned(), pattern)
    });
    LintSettings {
        severities: BTreeMap::from([("PG4".to_owned(), Severity::Warning)]),
        large: 1000,
        names: named.into(),
        waits_for_ever: false,
    }
}

fn lint(
    database: &str,
    second: &Migration,
    settings: &LintSettings,
    known: Option<&Known>,
) -> Result<Vec<Finding>, String> {
    let editor = editor_named(database).unwrap();
    let first = Migration::parse("0001_initial.toml", FIRST).unwrap();
    let linter = Linter {
        editor: &*editor,
        read: &sql_read::read,
        settings,
        known,
    };
    linter
        .lint(&[&first, second], &|key| key.name == "0002_next")
        .map_err(|error| {
            format!(
                "{error}
{}",
                second.print()
            )
        })
}

fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    let open = findings.iter().filter(|finding| finding.allowed.is_none());
    open.map(|finding| finding.rule.code).collect()
}

#[test]
fn each_rule_finds_its_case_and_leaves_its_neighbour_alone() {
    let settings = settings();
    let mut wrong = Vec::new();
    for (code, database, fires, quiet) in CASES {
        match lint(database, &migration(fires), &settings, None) {
            Ok(found) if codes(&found).contains(code) => {}
            Ok(found) => wrong.push(format!(
                "{code} does not find `{fires}` on {database}, but {:?}",
                codes(&found)
            )),
            Err(error) => wrong.push(error),
        }
        match lint(database, &migration(quiet), &settings, None) {
            Ok(found) if !codes(&found).contains(code) => {}
            Ok(found) => wrong.push(format!("{code} finds `{quiet}` on {database}: {found:#?}")),
            Err(error) => wrong.push(error),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let with_case: BTreeSet<&str> = CASES
        .iter()
        .map(|case| case.0)
        .chain(OF_LIVE_DATABASES.iter().copied())
        .collect();
    let all: BTreeSet<&str> = all_rules().iter().map(|(rule, _)| rule.code).collect();
    assert_eq!(with_case, all);
}

#[test]
fn what_is_allowed_says_why_and_nothing_else_is() {
    let settings = settings();
    let allowed = |entry: &str| {
        let words = format!(
            r#"lint_allow = [{{ code = "DS103", {entry}reason = "nobody reads it" }}] --- op = "remove_field" model = "Post" name = "body""#
        );
        lint("sqlite", &migration(&words), &settings, None).unwrap()
    };
    for on in ["", r#"on = "blog_post", "#, r#"on = "blog_post.body", "#] {
        let found = allowed(on);
        assert_eq!(codes(&found), BTreeSet::new(), "{found:#?}");
        assert_eq!(found[0].allowed.as_deref(), Some("nobody reads it"));
    }
    for on in [r#"on = "blog_post.title", "#, r#"on = "blog", "#] {
        assert_eq!(codes(&allowed(on)), BTreeSet::from(["DS103", "LN101"]));
    }
    let text = migration("DELETE FROM blog_post WHERE id = 1").print();
    let broken = text.replace(
        "[[operations]]",
        "lint_allow = [{ code = \"DS103\" }]\n[[operations]]",
    );
    let error = Migration::parse("x.toml", &broken).unwrap_err().to_string();
    assert!(error.contains("needs the key `reason`"), "{error}");
}

#[test]
fn severities_are_configured_by_code_and_by_how_codes_begin() {
    let second = migration("CREATE INDEX i ON blog_post (views)");
    let severity = |pairs: &[(&str, Severity)]| {
        let mut settings = settings();
        for (code, severity) in pairs {
            settings.severities.insert((*code).to_owned(), *severity);
        }
        let found = lint("postgres", &second, &settings, None).unwrap();
        let found = found.iter().find(|finding| finding.rule.code == "PG101");
        found.map(|finding| finding.severity)
    };
    assert_eq!(severity(&[]), Some(Severity::Error));
    assert_eq!(severity(&[("PG1", Severity::Info)]), Some(Severity::Info));
    let both = [("PG", Severity::Off), ("PG101", Severity::Warning)];
    assert_eq!(severity(&both), Some(Severity::Warning));
    assert_eq!(severity(&[("PG", Severity::Off)]), None);
}

#[test]
fn consent_and_the_contract_phase_make_a_loss_weigh_less() {
    let severity = |head: &str| {
        let words = format!(r#"{head} --- op = "remove_field" model = "Post" name = "body""#);
        let found = lint(
            "postgres",
            &migration(&words),
            &LintSettings::default(),
            None,
        )
        .unwrap();
        let found = found.iter().find(|finding| finding.rule.code == "DS103");
        found.map(|finding| finding.severity)
    };
    assert_eq!(severity(""), Some(Severity::Error));
    assert_eq!(
        severity(r#"allow = ["data_loss"]"#),
        Some(Severity::Warning)
    );
    assert_eq!(
        severity(r#"allow = ["data_loss"] phase = "contract""#),
        None
    );
}

#[test]
fn a_live_database_tells_what_is_there_and_how_much() {
    let known = |rows: &[(&str, u64)]| Known {
        applied: BTreeSet::from([nuages::migrate::files::MigrationKey::new(
            "blog",
            "0001_initial",
        )]),
        rows: rows
            .iter()
            .map(|(name, rows)| ((*name).to_owned(), Some(*rows)))
            .collect(),
        counts: BTreeMap::new(),
    };
    let settings = settings();
    let of = |database: &str, words: &str, known: &Known| {
        let found = lint(database, &migration(words), &settings, Some(known)).unwrap();
        codes(&found)
    };
    let retype = r#"op = "alter_field" model = "Post" field = { name = "views", type = "big_integer", default = 0 }"#;
    let empty = known(&[("blog_post", 0), ("blog_author", 0)]);
    let small = known(&[("blog_post", 10), ("blog_author", 0)]);
    let large = known(&[("blog_post", 5000), ("blog_author", 0)]);
    assert_eq!(of("mysql", retype, &empty), BTreeSet::new());
    assert_eq!(of("mysql", retype, &small), BTreeSet::from(["MY201"]));
    assert_eq!(
        of("mysql", retype, &large),
        BTreeSet::from(["MY201", "MY212"])
    );
    assert!(of("mysql", retype, &known(&[])).contains("LN105"));
    let write = "UPDATE blog_post SET views = 0";
    assert!(!of("postgres", write, &small).contains("DM102"));
    assert!(of("postgres", write, &large).contains("DM102"));
    // Rows that are counted turn what may be into what is.
    let not_null = r#"op = "alter_field" model = "Post" field = { name = "body", type = "text" }"#;
    let counted = |count: u64| {
        let mut known = known(&[("blog_post", 10)]);
        let query = "SELECT count(*) FROM \"blog_post\" WHERE \"body\" IS NULL";
        known.counts.insert(query.to_owned(), count);
        let found = lint("sqlite", &migration(not_null), &settings, Some(&known)).unwrap();
        let found = found
            .into_iter()
            .find(|finding| finding.rule.code == "MF104");
        found.map(|finding| (finding.severity, finding.detail))
    };
    assert_eq!(counted(0), None);
    let (severity, detail) = counted(3).unwrap();
    assert_eq!(severity, Severity::Error);
    assert!(detail.starts_with("3 rows have NULL"), "{detail}");
}

/// A case of a fix: the database, the migration, the code that goes, and what the file says afterwards.
const FIXES: &[(&str, &str, &str, &str)] = &[
    (
        "postgres",
        r#"atomic = true --- op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
        "PG101",
        r#"op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
    ),
    (
        "postgres",
        r#"op = "run_sql" sql.postgres = "CREATE INDEX i ON blog_post (views)""#,
        "PG101",
        r#"atomic = false --- op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
    ),
    (
        "postgres",
        r#"op = "run_sql" sql.postgres = "UPDATE blog_post SET views = 1 WHERE id = 1; CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
        "PG103",
        r#"atomic = false --- op = "run_sql" sql.postgres = "UPDATE blog_post SET views = 1 WHERE id = 1" +++ op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
    ),
    (
        "postgres",
        r#"op = "run_sql" sql = "BEGIN; UPDATE blog_post SET views = 1 WHERE id = 1; COMMIT""#,
        "TX101",
        r#"op = "run_sql" sql = "UPDATE blog_post SET views = 1 WHERE id = 1;""#,
    ),
    (
        "postgres",
        r#"atomic = false --- op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON blog_post (views)""#,
        "PG105",
        r#"atomic = false --- op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
    ),
    (
        "mysql",
        r#"op = "run_sql" sql.mysql = "ALTER TABLE blog_post ADD COLUMN a int""#,
        "MY207",
        r#"op = "run_sql" sql.mysql = "ALTER TABLE blog_post ADD COLUMN a int, ALGORITHM=INPLACE, LOCK=NONE""#,
    ),
    (
        "sqlite",
        "ALTER TABLE blog_post ADD COLUMN a text DEFAULT \"x\"",
        "LT105",
        "ALTER TABLE blog_post ADD COLUMN a text DEFAULT 'x'",
    ),
    (
        "sqlite",
        r#"lint_allow = [{ code = "DS102", reason = "was there once" }] --- DELETE FROM blog_post WHERE id = 1"#,
        "LN101",
        "DELETE FROM blog_post WHERE id = 1",
    ),
];

#[test]
fn a_fix_makes_its_finding_vanish_and_nothing_else_change() {
    let settings = settings();
    for (database, words, code, expected) in FIXES {
        let second = migration(words);
        let found = lint(database, &second, &settings, None).unwrap();
        let meant: Vec<&Finding> = found.iter().filter(|one| one.rule.code == *code).collect();
        assert!(!meant.is_empty(), "{code}: {found:#?}");
        let (fixed, count) = fix(&second, &meant).unwrap();
        assert_eq!(count, meant.len(), "{code}");
        assert_eq!(fixed.print(), migration(expected).print(), "{code}");
        let left = lint(database, &fixed, &settings, None).unwrap();
        assert!(!codes(&left).contains(code), "{code}: {left:#?}");
    }
    // SQL that all databases share is parted where one of them gets words of its own.
    let shared = migration("CREATE INDEX i ON blog_post (views)");
    let found = lint("postgres", &shared, &settings, None).unwrap();
    let (fixed, _) = fix(&shared, &found.iter().collect::<Vec<_>>()).unwrap();
    let text = fixed.print();
    assert!(text.contains(r#"sql.mysql = "CREATE INDEX i ON"#), "{text}");
    assert!(
        text.contains(r#"sql.postgres = "CREATE INDEX CONCURRENTLY i ON"#),
        "{text}"
    );
}

/// The table of the book; `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_book_lists_the_rules() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../book/src/output/lint_rules.md"
    );
    let mut table =
        "| code | severity | on | what is found | why it hurts |\n|---|---|---|---|---|\n"
            .to_owned();
    for (rule, databases) in all_rules() {
        let on = match databases.len() {
            4 => "all".to_owned(),
            _ => databases.join(", "),
        };
        let cells = [rule.code, rule.severity.word(), &on, rule.title, rule.why];
        table += &format!("| {} |\n", cells.join(" | "));
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written, table, "UPDATE_EXPECT=1 writes {path} anew");
}

//! Our tables beside those that Django itself makes of the same models: the same tables, column types and names.
//!
//! `tests/oracle/django_tables.py` has the models, and writes what Django makes of them.

use std::collections::{BTreeMap, BTreeSet};

use nuages::db::editor;
use nuages::migrate::Goal;
use nuages::schema::{ColumnType, Table};
use nuages_tests::{Case, Given, Outcome, Product, cases};
use serde::Deserialize;

use super::{chain, found, go};

pub(super) fn cases() -> Vec<Case> {
    cases![tables_are_those_that_django_makes]
}

#[derive(Deserialize)]
struct Theirs {
    columns: BTreeMap<String, String>,
    constraints: BTreeMap<String, Vec<String>>,
}

const MODELS: &str = r#"
[[operations]]
op = "create_model"
model = "Author"
table = "blog_author"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "char", max_length = 100 },
  { name = "email", type = "email", unique = true },
]

[[operations]]
op = "create_model"
model = "Tag"
table = "blog_tag"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "slug" },
]

[[operations]]
op = "create_model"
model = "Post"
table = "blog_post"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "title", type = "char", max_length = 200 },
  { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", related_name = "posts" },
  { name = "cover", type = "one_to_one", to = "blog.Tag", on_delete = "SET_NULL", null = true, related_name = "covered" },
  { name = "parent", type = "foreign_key", to = "blog.Post", on_delete = "CASCADE", null = true },
  { name = "views", type = "positive_integer" },
  { name = "small", type = "positive_small_integer" },
  { name = "big", type = "positive_big_integer" },
  { name = "number", type = "integer", index = true },
  { name = "little", type = "small_integer" },
  { name = "large", type = "big_integer" },
  { name = "body", type = "text" },
  { name = "data", type = "json", null = true },
  { name = "price", type = "decimal", max_digits = 10, decimal_places = 2 },
  { name = "ratio", type = "float" },
  { name = "day", type = "date" },
  { name = "at", type = "time" },
  { name = "published_at", type = "date_time", null = true },
  { name = "took", type = "duration" },
  { name = "token", type = "uuid" },
  { name = "raw", type = "binary" },
  { name = "address", type = "generic_ip_address" },
  { name = "site", type = "url" },
  { name = "live", type = "boolean" },
  { name = "tags", type = "many_to_many", to = "blog.Tag", related_name = "posts" },
]
options = { unique_together = [["author", "title"]] }
indexes = [
  { name = "blog_post_title_c617d2_idx", fields = ["title", "-views"] },
]
constraints = [
  { kind = "check", name = "views_not_negative", condition = { views__gte = 0 } },
  { kind = "unique", name = "one_title_a_day", fields = ["title", "day"] },
]

[[operations]]
op = "create_model"
model = "ARatherLongModelNameForTheSakeOfLongNames"
table = "blog_aratherlongmodelnameforthesakeoflongnames"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "a_rather_long_name_of_a_foreign_key_field", type = "foreign_key", to = "blog.Post", on_delete = "CASCADE" },
  { name = "another_rather_long_name_of_a_unique_field", type = "char", max_length = 20, unique = true },
  { name = "friends", type = "many_to_many", to = "blog.ARatherLongModelNameForTheSakeOfLongNames" },
]
"#;

const CHANGES: &str = r#"
[[operations]]
op = "add_field"
model = "Post"
field = { name = "slug", type = "char", max_length = 50, unique = true, null = true }

[[operations]]
op = "add_field"
model = "Post"
field = { name = "editor", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE", null = true, related_name = "edited" }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "site", type = "url", unique = true }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "little", type = "positive_small_integer" }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "ratio", type = "float", index = true }
"#;

async fn tables_are_those_that_django_makes(given: Given) -> Outcome {
    let text = match given.product {
        Product::Sqlite => include_str!("../../../oracle/tables.sqlite.json"),
        Product::Postgres => include_str!("../../../oracle/tables.postgres.json"),
        Product::MySql => include_str!("../../../oracle/tables.mysql.json"),
        Product::MariaDb => include_str!("../../../oracle/tables.mariadb.json"),
    };
    let theirs: BTreeMap<String, Theirs> = serde_json::from_str(text)?;
    go(
        &given.db,
        &chain(&[("", MODELS), ("", CHANGES)]),
        Goal::Newest,
    )
    .await?;
    let ours = found(&given.db).await?;
    assert_eq!(
        ours.tables.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>()
    );
    let editor = editor(given.db.server());
    for (table, theirs) in ours.tables.values().zip(theirs.values()) {
        let types = |columns: &BTreeMap<String, String>| -> BTreeMap<String, ColumnType> {
            columns
                .iter()
                .map(|(name, words)| (name.clone(), editor.parse_type(words)))
                .collect()
        };
        let own = table
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.ty.clone()))
            .collect();
        // One database tells JSON by a check that stands beside the type.
        let mut wanted = types(&theirs.columns);
        for (name, ty) in &mut wanted {
            let is_json = table
                .column(name)
                .is_some_and(|column| column.ty == ColumnType::Json);
            if is_json && given.product == Product::MariaDb {
                *ty = ColumnType::Json;
            }
        }
        assert_eq!(wanted, own, "the column types of {}", table.name);
        assert_eq!(
            names(table, given.product),
            their_names(theirs, table),
            "the names in {}",
            table.name
        );
    }
    Ok(())
}

/// MariaDB names the check of a column as the column, and Django does not see it there.
fn names(table: &Table, product: Product) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    names.extend(table.primary_key.iter().filter_map(|key| key.name.clone()));
    names.extend(
        table
            .uniques
            .iter()
            .filter_map(|unique| unique.name.clone()),
    );
    let checks = table.checks.iter().filter_map(|check| check.name.clone());
    names.extend(checks.filter(|name| product != Product::MariaDb || table.column(name).is_none()));
    names.extend(table.foreign_keys.iter().filter_map(|key| key.name.clone()));
    names.extend(table.indexes.iter().map(|index| index.name.clone()));
    names
}

/// Names that the database has none of are made up by Django; an index for LIKE beside each index of text is left to
/// the user here; a check that is JSON itself belongs to the type.
fn their_names(theirs: &Theirs, table: &Table) -> BTreeSet<String> {
    let made_up =
        |name: &str| name.starts_with("__") || name.starts_with("fk_") || name == "PRIMARY";
    let of_json = |name: &str| {
        table
            .column(name)
            .is_some_and(|column| column.ty == ColumnType::Json)
    };
    let kept = |name: &&String| !made_up(name) && !name.ends_with("_like") && !of_json(name);
    theirs.constraints.keys().filter(kept).cloned().collect()
}

//! Migrations on real databases: there and back with rows in the tables, raced, refused, broken off, gone on with.

mod backfill;
mod breadth;
mod crash;
mod history;
mod journey;
mod online;
mod operations;
mod oracle;
mod phased;
mod property;
mod race;
mod rebuild;
mod verify;

use std::any::Any;

use nuages::db::editor;
use nuages::driver::{Executor, Job, Statement};
use nuages::migrate::files::{Migration, MigrationSet};
use nuages::migrate::plan::Moment;
use nuages::migrate::verify::differences;
use nuages::migrate::{Goal, Migrator, introspect};
use nuages::schema::Schema;
use nuages::sql::SchemaEditor;
use nuages::{Database, Result, RowCursor, Value};
use nuages_tests::Area;

pub(crate) use crash::program;

pub(crate) fn area() -> Area {
    let mut cases = journey::cases();
    cases.extend(history::cases());
    cases.extend(race::cases());
    cases.extend(online::cases());
    cases.extend(rebuild::cases());
    cases.extend(oracle::cases());
    cases.extend(breadth::cases());
    cases.extend(crash::cases());
    cases.extend(operations::cases());
    cases.extend(property::cases());
    cases.extend(phased::cases());
    cases.extend(backfill::cases());
    cases.extend(verify::cases());
    Area::new("migrate", cases)
}

/// Two models and a relation between them.
const V1: &str = r#"
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
  { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE" },
  { name = "views", type = "positive_integer", default = 0 },
  { name = "body", type = "text", default = "" },
  { name = "data", type = "json", null = true },
  { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, null = true },
  { name = "published_at", type = "date_time", null = true },
  { name = "token", type = "uuid", null = true },
  { name = "live", type = "boolean", default = true },
  { name = "took", type = "duration", null = true },
  { name = "tags", type = "many_to_many", to = "blog.Tag" },
]
options = { unique_together = [["author", "title"]] }
indexes = [
  { name = "post_title_idx", fields = ["title", "-published_at"] },
]
constraints = [
  { kind = "check", name = "title_or_body", condition = { or = [{ title__gt = "" }, { views__gte = 1 }] } },
]
"#;

/// A migration of the app `blog`.
fn migration(name: &str, head: &str, operations: &str) -> Migration {
    let text = format!("format = 1\napp = \"blog\"\nname = \"{name}\"\n{head}\n{operations}");
    Migration::parse(&format!("blog/{name}.toml"), &text).expect("a migration")
}

/// Migrations that follow each other: their operations, with what else the file says.
fn chain(bodies: &[(&str, &str)]) -> MigrationSet {
    let mut set = MigrationSet::default();
    let mut dependency = String::new();
    for (at, (head, operations)) in bodies.iter().enumerate() {
        let name = format!("{:04}_m", at + 1);
        let head = format!("{dependency}\n{head}");
        set.insert(migration(&name, &head, operations));
        dependency = format!("dependencies = [\"blog.{name}\"]");
    }
    set
}

fn to(number: usize) -> Goal {
    Goal::Migration {
        app: "blog".to_owned(),
        name: format!("{number:04}"),
    }
}

/// The schema that a set of migrations leads to, by replay.
fn expected(set: &MigrationSet, count: usize, editor: &dyn SchemaEditor) -> Result<Schema> {
    let mut moment = Moment::default();
    for migration in set.migrations.values().take(count) {
        moment.replay(migration, editor)?;
    }
    Ok(Schema::clone(&moment.schema))
}

/// The schema that the catalogue shows, without the tables of the history.
async fn found(db: &Database) -> Result<Schema> {
    let mut schema = introspect::schema(db, &*editor(db.server())).await?;
    schema.tables.retain(|name, _| !name.starts_with("nuages_"));
    Ok(schema)
}

/// Asserts that the database holds what the first migrations of a set lead to.
async fn assert_there(db: &Database, set: &MigrationSet, count: usize) -> Result<()> {
    let editor = editor(db.server());
    let (wanted, found) = (expected(set, count, &*editor)?, found(db).await?);
    let difference = difference(&wanted, &found, &*editor);
    assert!(
        difference.is_none(),
        "after migration {count} {}",
        difference.unwrap_or_default()
    );
    Ok(())
}

/// Where two schemas differ in what a catalogue tells, in words.
fn difference(wanted: &Schema, found: &Schema, editor: &dyn SchemaEditor) -> Option<String> {
    let differences = differences(wanted, found, editor);
    let lines: Vec<String> = differences
        .iter()
        .map(|difference| format!("{}: {}", difference.table, difference.what))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A schema without the names that nobody gave, and without defaults that were for the rows of a moment.
fn nameless(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    for table in schema.tables.values_mut().map(std::sync::Arc::make_mut) {
        for column in &mut table.columns {
            column.default.take_if(|default| default.one_off);
        }
        for unique in table.uniques.iter_mut().filter(|unique| unique.implied) {
            unique.name = None;
        }
        for check in &mut table.checks {
            check.name.take_if(|_| check.implied_by.is_some());
        }
        for index in table.indexes.iter_mut().filter(|index| index.implied) {
            index.name = index
                .parts
                .iter()
                .filter_map(|part| part.column())
                .collect::<Vec<_>>()
                .join(" ");
        }
        for key in &mut table.foreign_keys {
            key.name = None;
        }
    }
    schema
}

/// Goes to a migration of a chain.
async fn go(db: &Database, set: &MigrationSet, goal: Goal) -> Result<()> {
    Migrator::new(db, set.clone())
        .allow_data_loss(true)
        .apply(goal)
        .await
        .map(drop)
}

/// The first column of a query, each value as text.
async fn values(db: &Database, sql: &str) -> Result<Vec<String>> {
    let job: Box<dyn Any> = db
        .run(Box::new(Values {
            query: Some(Statement::query(sql, Vec::new())),
            found: Vec::new(),
        }))
        .await?;
    Ok(job
        .downcast::<Values>()
        .map(|job| job.found)
        .unwrap_or_default())
}

/// The job of [`values`].
struct Values {
    query: Option<Statement>,
    found: Vec<String>,
}

impl Job for Values {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.query.take().into_iter().collect())
    }

    fn row(&mut self, _statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        self.found.extend(match row.value(0)? {
            Value::Int(number) => Some(number.to_string()),
            Value::Text(text) | Value::Decimal(text) => Some(text),
            other => Some(format!("{other:?}")),
        });
        Ok(())
    }
}

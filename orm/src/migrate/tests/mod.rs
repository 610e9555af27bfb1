//! What migrations tell each database, side by side, without a server.

mod ddl;
#[expect(
    clippy::too_many_lines,
    reason = "the SQL of four databases is as long as it is"
)]
mod fields;

use std::sync::Arc;

use crate::db::editor_named;
use crate::error::Result;
use crate::migrate::files::Migration;
use crate::migrate::graph::{GraphNode, MigrationGraph};
use crate::migrate::plan::{MigrationPlan, Moment};
use crate::migrate::state::ProjectState;
use crate::sql::SchemaEditor;

/// The databases by name.
pub(crate) const DATABASES: [&str; 4] = ["sqlite", "postgres", "mysql", "mariadb"];

/// Two models, many of the types, every kind of relation.
pub(crate) const INITIAL: &str = r#"
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
  { name = "status", type = "char", max_length = 20, default = "draft" },
  { name = "body", type = "text", default = "" },
  { name = "data", type = "json", null = true },
  { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, null = true },
  { name = "published_at", type = "date_time", null = true },
  { name = "token", type = "uuid", null = true },
  { name = "live", type = "boolean", default = true },
  { name = "tags", type = "many_to_many", to = "blog.Tag" },
]
options = { unique_together = [["author", "title"]] }
indexes = [
  { name = "post_status_idx", fields = ["status", "-published_at"] },
]
constraints = [
  { kind = "check", name = "title_or_body", condition = { or = [{ title__gt = "" }, { views__gte = 1 }] } },
]
"#;

pub(crate) fn editor(name: &str) -> Arc<dyn SchemaEditor> {
    editor_named(name).unwrap()
}

pub(crate) fn migration(text: &str) -> Migration {
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("name = "))
        .unwrap()
        .trim_matches('"');
    Migration::parse(&format!("blog/{name}.toml"), text).unwrap()
}

/// A migration of the app `blog` with these operations.
pub(crate) fn next(name: &str, operations: &str) -> Migration {
    migration(&format!(
        "format = 1\napp = \"blog\"\nname = \"{name}\"\n{operations}"
    ))
}

/// The plans of the last of several migrations, forwards and backwards.
pub(crate) fn plans(
    editor: &dyn SchemaEditor,
    migrations: &[Migration],
) -> Result<(MigrationPlan, MigrationPlan)> {
    let (last, earlier) = migrations.split_last().unwrap();
    let mut moment = Moment::default();
    for migration in earlier {
        moment.forwards(migration, editor)?;
    }
    let before = moment.clone();
    let forwards = moment.forwards(last, editor)?;
    Ok((forwards, before.backwards(last, editor)?))
}

/// What every database is told, one after the other.
pub(crate) fn all(operations: &str) -> String {
    let mut text = String::new();
    for database in DATABASES {
        let migrations = [migration(INITIAL), next("0002_next", operations)];
        text += &format!("=== {database}\n");
        match plans(&*editor(database), &migrations) {
            Ok((forwards, backwards)) => {
                text += &bare(&forwards);
                text += "--- backwards\n";
                text += &bare(&backwards);
            }
            Err(error) => text += &format!("{error}\n"),
        }
    }
    text
}

/// The statements of a plan without the comments.
pub(crate) fn bare(plan: &MigrationPlan) -> String {
    let sql = plan.to_sql();
    sql.lines()
        .filter(|line| !line.starts_with("--"))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Migrations one after the other, each of one operation on one of the models `M0`, `M1`, ….
fn long_history(models: usize, migrations: usize) -> Vec<Migration> {
    let operation = |at: usize| {
        let (model, round) = (at % models, at / models);
        if round == 0 {
            let link = match model {
                0 => String::new(),
                _ => format!(
                    r#", {{ name = "next", type = "foreign_key", to = "blog.M{}", on_delete = "CASCADE" }}"#,
                    model - 1
                ),
            };
            return format!(
                "op = \"create_model\"\nmodel = \"M{model}\"\ntable = \"blog_m{model}\"\nfields = [{{ name = \"id\", type = \
                 \"big_auto\", primary_key = true }}{link}]"
            );
        }
        let (op, length) = if round % 2 == 1 {
            ("add_field", 100)
        } else {
            ("alter_field", 200)
        };
        format!(
            "op = \"{op}\"\nmodel = \"M{model}\"\nfield = {{ name = \"f{}\", type = \"char\", max_length = {length}, default = \"\" }}",
            (round - 1) / 2
        )
    };
    let name = |at: usize| format!("{:05}_step", at + 1);
    let one = |at: usize| {
        let needs = match at {
            0 => String::new(),
            _ => format!("dependencies = [\"blog.{}\"]\n", name(at - 1)),
        };
        migration(&format!(
            "format = 1\napp = \"blog\"\nname = \"{}\"\n{needs}\n[[operations]]\n{}\n",
            name(at),
            operation(at)
        ))
    };
    (0..migrations).map(one).collect()
}

#[test]
fn a_history_of_ten_thousand_migrations_is_ordered_and_replayed() {
    let history = long_history(1000, 10_000);
    let graph = MigrationGraph::new(history.iter().map(GraphNode::from)).unwrap();
    let order = graph.order();
    assert!(
        order.into_iter().eq(history
            .iter()
            .map(Migration::key)
            .collect::<Vec<_>>()
            .iter())
    );
    assert_eq!(graph.forwards(&history[9_999].key()).unwrap().len(), 10_000);
    assert_eq!(graph.backwards(&history[0].key()).unwrap().len(), 10_000);
    let state = ProjectState::replay(&history).unwrap();
    assert_eq!(
        (
            state.models.len(),
            state.model("blog", "M7").unwrap().fields.len()
        ),
        (1000, 7)
    );
}

#[test]
fn an_operation_makes_anew_the_tables_that_it_touches_and_no_others() {
    let editor = editor("postgres");
    let history = long_history(50, 200);
    let mut moment = Moment::default();
    for migration in &history {
        let before = Arc::clone(&moment.schema);
        moment.replay(migration, &*editor).unwrap();
        let is_new = |(name, table): &(&String, &Arc<crate::schema::Table>)| {
            before
                .tables
                .get(*name)
                .is_none_or(|was| !Arc::ptr_eq(was, table))
        };
        assert_eq!(
            moment.schema.tables.iter().filter(is_new).count(),
            1,
            "{}",
            migration.key()
        );
    }
}

//! What fields, indexes and constraints can be beyond the plain, where the database can.

use nuages::db::editor;
use nuages::driver::Executor;
use nuages::migrate::Goal;
use nuages::sql::DdlFeatures;
use nuages_tests::{Case, Given, Outcome, cases};

use super::{V1, assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        columns_are_generated_and_have_database_defaults_and_comments,
        indexes_and_constraints_take_all_that_the_database_has,
        keys_are_composed_and_rows_have_an_order,
        the_database_and_the_state_can_go_apart,
    ]
}

async fn both_ways(given: &Given, operations: &str) -> Outcome {
    let set = chain(&[("", V1), ("allow = [\"data_loss\"]", operations)]);
    let db = &given.db;
    go(db, &set, to(1)).await?;
    db.batch("INSERT INTO blog_author (name, email) VALUES ('Alice', 'a@example.org')")
        .await?;
    db.batch("INSERT INTO blog_post (title, author_id, views, body) VALUES ('One', 1, 3, 'x'), ('Two', 1, 4, 'y')").await?;
    for _ in 0..2 {
        go(db, &set, to(2)).await?;
        assert_there(db, &set, 2).await?;
        go(db, &set, to(1)).await?;
        assert_there(db, &set, 1).await?;
    }
    go(db, &set, Goal::Newest).await?;
    Ok(())
}

fn features(given: &Given) -> DdlFeatures {
    editor(given.db.server()).features()
}

async fn columns_are_generated_and_have_database_defaults_and_comments(given: Given) -> Outcome {
    let virtually = if features(&given).virtual_generated {
        "false"
    } else {
        "true"
    };
    let operations = format!(
        r#"
[[operations]]
op = "add_field"
model = "Post"
field = {{ name = "twice", type = "generated", expression = {{ fn = "mul", args = [{{ f = "views" }}, 2] }}, output = {{ type = "integer" }}, stored = true }}

[[operations]]
op = "add_field"
model = "Post"
field = {{ name = "shouted", type = "generated", expression = {{ fn = "upper", args = [{{ f = "title" }}] }}, output = {{ type = "char", max_length = 200 }}, stored = {virtually} }}

[[operations]]
op = "add_field"
model = "Post"
field = {{ name = "made_at", type = "date_time", db_default = {{ fn = "now" }}, comment = "when it's made" }}

[[operations]]
op = "alter_field"
model = "Post"
field = {{ name = "title", type = "char", max_length = 200, comment = "the \"title\"" }}

[[operations]]
op = "alter_model_table_comment"
model = "Post"
comment = "what is written"

[[operations]]
op = "rename_field"
model = "Post"
old_name = "body"
new_name = "text"
"#
    );
    both_ways(&given, &operations).await?;
    assert_eq!(
        values(&given.db, "SELECT twice FROM blog_post ORDER BY id").await?,
        ["6", "8"]
    );
    assert_eq!(
        values(&given.db, "SELECT shouted FROM blog_post ORDER BY id").await?,
        ["ONE", "TWO"]
    );
    assert_eq!(
        values(&given.db, "SELECT count(made_at) FROM blog_post").await?,
        ["2"]
    );
    Ok(())
}

async fn indexes_and_constraints_take_all_that_the_database_has(given: Given) -> Outcome {
    let features = features(&given);
    let mut operations = String::new();
    let mut add = |can: bool, kind: &str, value: &str| {
        if can {
            operations += &format!(
                "\n[[operations]]\nop = \"add_{kind}\"\nmodel = \"Post\"\n{kind} = {{ {value} }}\n"
            );
        }
    };
    add(
        true,
        "index",
        r#"name = "two_ways", fields = ["views", "-title"]"#,
    );
    add(
        features.partial_indexes,
        "index",
        r#"name = "live_titles", fields = ["title"], condition = { live = true, views__gt = 0 }"#,
    );
    add(
        features.expression_indexes,
        "index",
        r#"name = "lower_title", expressions = [{ fn = "desc", args = [{ fn = "lower", args = [{ f = "title" }] }] }]"#,
    );
    add(
        features.included_columns,
        "index",
        r#"name = "with_views", fields = ["title"], include = ["views"]"#,
    );
    add(
        features.operator_classes,
        "index",
        r#"name = "title_like", fields = ["title"], opclasses = ["varchar_pattern_ops"]"#,
    );
    add(
        features.index_methods,
        "index",
        r#"name = "data_gin", fields = ["data"], using = "gin""#,
    );
    add(
        features.partial_indexes,
        "constraint",
        r#"kind = "unique", name = "one_live_title", fields = ["title"], condition = { live = true }"#,
    );
    add(
        features.deferrable_unique,
        "constraint",
        r#"kind = "unique", name = "later", fields = ["title", "views"], deferrable = "deferred""#,
    );
    add(
        features.nulls_not_distinct,
        "constraint",
        r#"kind = "unique", name = "nulls_too", fields = ["title", "token"], nulls_distinct = false"#,
    );
    add(
        features.exclusions,
        "constraint",
        r#"kind = "exclude", name = "no_twins", elements = [[{ f = "title" }, "="]], using = "btree""#,
    );
    add(
        true,
        "constraint",
        r#"kind = "check", name = "some_words", condition = { and = [{ title__in = ["One", "Two", "it's"] }, { not = { views__lt = 0 } }, { or = [{ price__isnull = true }, { price__gte = "0.50" }] }, { or = [{ published_at__isnull = true }, { published_at__gte = "2020-01-01T00:00:00Z" }] }] }"#,
    );
    both_ways(&given, &operations).await?;
    let refused = given
        .db
        .batch("INSERT INTO blog_post (title, author_id, views, body) VALUES ('Three', 1, 3, 'x')")
        .await;
    assert_eq!(
        refused
            .expect_err("the word is not allowed")
            .constraint()
            .and_then(|c| c.name.clone())
            .as_deref(),
        Some("some_words")
    );
    Ok(())
}

async fn keys_are_composed_and_rows_have_an_order(given: Given) -> Outcome {
    let operations = r#"
[[operations]]
op = "create_model"
model = "Seat"
table = "blog_seat"
fields = [
  { name = "pk", type = "composite_primary_key", fields = ["row", "number"] },
  { name = "row", type = "char", max_length = 3 },
  { name = "number", type = "small_integer" },
]

[[operations]]
op = "alter_order_with_respect_to"
model = "Post"
order_with_respect_to = "author"
"#;
    both_ways(&given, operations).await?;
    assert_eq!(
        values(&given.db, "SELECT _order FROM blog_post ORDER BY id").await?,
        ["0", "0"]
    );
    Ok(())
}

async fn the_database_and_the_state_can_go_apart(given: Given) -> Outcome {
    let operations = r#"
[[operations]]
op = "separate_database_and_state"
database_operations = [
  { op = "run_sql", sql = "ALTER TABLE blog_tag ADD COLUMN colour varchar(10) DEFAULT 'red' NOT NULL", reverse_sql = "ALTER TABLE blog_tag DROP COLUMN colour" },
]
state_operations = [
  { op = "add_field", model = "Tag", field = { name = "colour", type = "char", max_length = 10, default = "red" } },
]

[[operations]]
op = "run_sql"
sql = "ALTER TABLE blog_tag ADD COLUMN shade varchar(10) NULL"
reverse_sql = "ALTER TABLE blog_tag DROP COLUMN shade"
state_operations = [
  { op = "add_field", model = "Tag", field = { name = "shade", type = "char", max_length = 10, null = true } },
]

[[operations]]
op = "alter_field"
model = "Tag"
field = { name = "shade", type = "char", max_length = 10, default = "dark" }
"#;
    both_ways(&given, operations).await
}

//! v1 → v2 → v3 with rows in the tables, forwards, backwards, forwards.

use nuages::Database;
use nuages::driver::Executor;
use nuages::migrate::Goal;
use nuages_tests::{Case, Given, Outcome, Product, cases};

use super::{V1, assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        fields_come_change_and_go,
        models_and_fields_are_renamed,
        keys_change_their_type_and_their_kind,
        indexes_and_constraints_come_and_go,
        many_to_many_tables_come_and_go,
        functions_fill_each_row_by_itself,
    ]
}

const ADD: &str = r#"
[[operations]]
op = "add_field"
model = "Post"
field = { name = "status", type = "char", max_length = 20, default = "draft" }

[[operations]]
op = "add_field"
model = "Post"
field = { name = "rank", type = "integer", default = 7 }
preserve_default = false

[[operations]]
op = "add_field"
model = "Post"
field = { name = "editor", type = "foreign_key", to = "blog.Author", on_delete = "DB_SET_NULL", null = true, related_name = "edited" }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 12, decimal_places = 2, default = "1.50" }
preserve_default = false

[[operations]]
op = "alter_field"
model = "Author"
field = { name = "name", type = "text" }
"#;

const REMOVE: &str = r#"
[[operations]]
op = "remove_field"
model = "Post"
name = "body"

[[operations]]
op = "remove_field"
model = "Post"
name = "editor"

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "views", type = "big_integer", null = true }

[[operations]]
op = "alter_field"
model = "Author"
field = { name = "email", type = "email", null = true }
"#;

async fn rows(db: &Database, product: Product) -> Outcome {
    let quote = |sql: &str| {
        if matches!(product, Product::MySql | Product::MariaDb) {
            sql.replace('"', "`")
        } else {
            sql.to_owned()
        }
    };
    for sql in [
        r#"INSERT INTO "blog_author" ("name", "email") VALUES ('Alice', 'a@example.org'), ('Bob', 'b@example.org')"#,
        r#"INSERT INTO "blog_tag" ("name") VALUES ('red'), ('blue')"#,
        r#"INSERT INTO "blog_post" ("title", "author_id", "views", "body", "price") VALUES ('One', 1, 3, 'x', 9.25), ('Two', 2, 5, 'y', NULL)"#,
        r#"INSERT INTO "blog_post_tags" ("post_id", "tag_id") VALUES (1, 1), (1, 2), (2, 1)"#,
    ] {
        db.batch(&quote(sql)).await?;
    }
    Ok(())
}

async fn column(db: &Database, sql: &str) -> nuages::Result<Vec<String>> {
    values(db, sql).await
}

async fn there_and_back(given: &Given, steps: &[(&str, &str)]) -> Outcome {
    let mut bodies = vec![("", V1)];
    bodies.extend(steps);
    let set = chain(&bodies);
    let db = &given.db;
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    rows(db, given.product).await?;
    for _ in 0..2 {
        for count in 2..=bodies.len() {
            go(db, &set, to(count)).await?;
            assert_there(db, &set, count).await?;
        }
        for count in (1..bodies.len()).rev() {
            go(db, &set, to(count)).await?;
            assert_there(db, &set, count).await?;
        }
    }
    assert_eq!(
        column(db, "SELECT title FROM blog_post ORDER BY id").await?,
        ["One", "Two"]
    );
    assert_eq!(
        column(db, "SELECT name FROM blog_author ORDER BY id").await?,
        ["Alice", "Bob"]
    );
    Ok(())
}

async fn fields_come_change_and_go(given: Given) -> Outcome {
    let consent = "allow = [\"data_loss\"]";
    there_and_back(&given, &[("", ADD), (consent, REMOVE)]).await?;
    let db = &given.db;
    assert_eq!(
        column(db, "SELECT count(*) FROM blog_post_tags").await?,
        ["3"]
    );
    let set = chain(&[("", V1), ("", ADD)]);
    go(db, &set, Goal::Newest).await?;
    assert_eq!(
        column(db, "SELECT status FROM blog_post ORDER BY id").await?,
        ["draft", "draft"]
    );
    assert_eq!(
        column(
            db,
            "SELECT rank FROM blog_post ORDER BY id"
                .replace("rank", quoted(&given, "rank").as_str())
                .as_str()
        )
        .await?,
        ["7", "7"]
    );
    go(db, &set, Goal::Zero("blog".into())).await?;
    assert_there(db, &set, 0).await?;
    Ok(())
}

fn quoted(given: &Given, name: &str) -> String {
    match given.product {
        Product::MySql | Product::MariaDb => format!("`{name}`"),
        _ => format!("\"{name}\""),
    }
}

async fn models_and_fields_are_renamed(given: Given) -> Outcome {
    let rename = r#"
[[operations]]
op = "rename_field"
model = "Post"
old_name = "views"
new_name = "hits"

[[operations]]
op = "rename_field"
model = "Post"
old_name = "author"
new_name = "writer"

[[operations]]
op = "rename_model"
old_name = "Tag"
new_name = "Label"

[[operations]]
op = "rename_model"
old_name = "Post"
new_name = "Article"

[[operations]]
op = "alter_model_table"
model = "Author"
table = "people"
"#;
    let then = r#"
[[operations]]
op = "alter_field"
model = "Article"
field = { name = "hits", type = "integer", default = 0 }

[[operations]]
op = "rename_field"
model = "Article"
old_name = "tags"
new_name = "labels"
"#;
    there_and_back(&given, &[("", rename), ("", then)]).await
}

async fn keys_change_their_type_and_their_kind(given: Given) -> Outcome {
    let smaller = r#"
[[operations]]
op = "alter_field"
model = "Tag"
field = { name = "id", type = "auto", primary_key = true }

[[operations]]
op = "alter_field"
model = "Author"
field = { name = "id", type = "auto", primary_key = true }
"#;
    let plain = r#"
[[operations]]
op = "alter_field"
model = "Post"
field = { name = "author", type = "integer", column = "author_id" }
"#;
    there_and_back(&given, &[("", smaller), ("", plain)]).await?;
    assert_eq!(
        column(&given.db, "SELECT author_id FROM blog_post ORDER BY id").await?,
        ["1", "2"]
    );
    Ok(())
}

async fn indexes_and_constraints_come_and_go(given: Given) -> Outcome {
    let come = r#"
[[operations]]
op = "add_index"
model = "Post"
index = { name = "post_views_idx", fields = ["-views"] }

[[operations]]
op = "add_constraint"
model = "Post"
constraint = { kind = "unique", name = "one_title_a_day", fields = ["title", "published_at"] }

[[operations]]
op = "add_constraint"
model = "Post"
constraint = { kind = "check", name = "views_are_few", condition = { views__range = [0, 1000000] } }

[[operations]]
op = "alter_field"
model = "Author"
field = { name = "name", type = "char", max_length = 100, unique = true }
"#;
    let go = r#"
[[operations]]
op = "rename_index"
model = "Post"
old_name = "post_views_idx"
new_name = "post_hits_idx"

[[operations]]
op = "remove_constraint"
model = "Post"
name = "one_title_a_day"

[[operations]]
op = "remove_constraint"
model = "Post"
name = "title_or_body"

[[operations]]
op = "alter_unique_together"
model = "Post"
unique_together = []
"#;
    there_and_back(&given, &[("", come), ("", go)]).await
}

async fn many_to_many_tables_come_and_go(given: Given) -> Outcome {
    let come = r#"
[[operations]]
op = "add_field"
model = "Author"
field = { name = "friends", type = "many_to_many", to = "blog.Author" }

[[operations]]
op = "add_field"
model = "Tag"
field = { name = "fans", type = "many_to_many", to = "blog.Author", table = "tag_fans" }
"#;
    let go = r#"
[[operations]]
op = "remove_field"
model = "Author"
name = "friends"

[[operations]]
op = "create_model"
model = "Note"
table = "blog_note"
fields = [
  { name = "key", type = "char", max_length = 30, primary_key = true },
  { name = "post", type = "one_to_one", to = "blog.Post", on_delete = "CASCADE" },
]
"#;
    there_and_back(&given, &[("", come), ("allow = [\"data_loss\"]", go)]).await
}

async fn functions_fill_each_row_by_itself(given: Given) -> Outcome {
    let fill = r#"
[[operations]]
op = "add_field"
model = "Author"
field = { name = "uid", type = "uuid", default = { fn = "uuid4" }, unique = true }

[[operations]]
op = "add_field"
model = "Author"
field = { name = "since", type = "date_time", default = { fn = "now" } }
"#;
    there_and_back(&given, &[("", fill)]).await?;
    let set = chain(&[("", V1), ("", fill)]);
    go(&given.db, &set, Goal::Newest).await?;
    assert_eq!(
        column(&given.db, "SELECT count(DISTINCT uid) FROM blog_author").await?,
        ["2"]
    );
    Ok(())
}

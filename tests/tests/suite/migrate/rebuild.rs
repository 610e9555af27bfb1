//! What a table that is made anew must keep: its rows, its triggers, views over it, the numbers it gave out, and above
//! all the rows that refer to it.

use nuages::driver::Executor;
use nuages::migrate::Goal;
use nuages_tests::{Case, Given, Outcome, Product, cases};

use super::{assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_changed_table_keeps_all_that_hangs_on_it,
        rows_that_would_refer_to_nothing_are_refused
    ]
}

const TREE: &str = r#"
[[operations]]
op = "create_model"
model = "Node"
table = "tree_node"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "char", max_length = 20, null = true },
  { name = "parent", type = "foreign_key", to = "blog.Node", on_delete = "DB_CASCADE", null = true },
]

[[operations]]
op = "create_model"
model = "Leaf"
table = "tree_leaf"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "node", type = "foreign_key", to = "blog.Node", on_delete = "DB_CASCADE" },
]
"#;

const CHANGE: &str = r#"
[[operations]]
op = "alter_field"
model = "Node"
field = { name = "name", type = "char", max_length = 40, default = "?" }
"#;

async fn a_changed_table_keeps_all_that_hangs_on_it(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", TREE), ("", CHANGE)]);
    go(db, &set, to(1)).await?;
    for sql in [
        "INSERT INTO tree_node (name, parent_id) VALUES ('root', NULL)",
        "INSERT INTO tree_node (name, parent_id) VALUES (NULL, 1)",
        "INSERT INTO tree_node (name, parent_id) VALUES ('gone', 1)",
        "DELETE FROM tree_node WHERE name = 'gone'",
        "INSERT INTO tree_leaf (node_id) VALUES (1), (2)",
        "CREATE VIEW node_names AS SELECT id, parent_id FROM tree_node",
    ] {
        db.batch(sql).await?;
    }
    if given.product == Product::Sqlite {
        db.batch("CREATE TRIGGER shout AFTER INSERT ON tree_node BEGIN UPDATE tree_node SET name = upper(name) WHERE id = NEW.id; END")
            .await?;
    }
    for _ in 0..2 {
        go(db, &set, Goal::Newest).await?;
        assert_there(db, &set, 2).await?;
        assert_eq!(
            values(db, "SELECT name FROM tree_node ORDER BY id").await?,
            ["root", "?"]
        );
        assert_eq!(values(db, "SELECT count(*) FROM tree_leaf").await?, ["2"]);
        assert_eq!(
            values(db, "SELECT id FROM node_names ORDER BY id").await?,
            ["1", "2"]
        );
        go(db, &set, to(1)).await?;
        assert_there(db, &set, 1).await?;
    }
    go(db, &set, Goal::Newest).await?;
    db.batch("INSERT INTO tree_node (name, parent_id) VALUES ('new', 1)")
        .await?;
    let new = values(db, "SELECT name FROM tree_node WHERE id = 4").await?;
    let shouted = if given.product == Product::Sqlite {
        "NEW"
    } else {
        "new"
    };
    assert_eq!(
        new,
        [shouted],
        "a number that was given out is not given again"
    );
    db.batch("DELETE FROM tree_node WHERE id = 1").await?;
    assert_eq!(
        values(db, "SELECT count(*) FROM tree_leaf").await?,
        ["0"],
        "foreign keys hold again"
    );
    Ok(())
}

async fn rows_that_would_refer_to_nothing_are_refused(given: Given) -> Outcome {
    let db = &given.db;
    let orphan = "[[operations]]\nop = \"run_sql\"\nsql = \"INSERT INTO tree_leaf (node_id) VALUES (99)\"\nreverse_sql = \"\"\n";
    let set = chain(&[("", TREE), ("", orphan)]);
    go(db, &set, to(1)).await?;
    let error = go(db, &set, Goal::Newest)
        .await
        .expect_err("it refers to nothing");
    let message = error.to_string();
    assert!(
        message.contains("tree_leaf") || message.contains("tree_node"),
        "{message}"
    );
    assert_eq!(values(db, "SELECT count(*) FROM tree_leaf").await?, ["0"]);
    Ok(())
}

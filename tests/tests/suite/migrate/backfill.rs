//! Rows filled in batches: along keys of any kind, each row once, also after a kill in the middle.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nuages::driver::Executor;
use nuages::migrate::files::MigrationSet;
use nuages::migrate::{Goal, Migrator, Progress};
use nuages_tests::{Case, Given, Outcome, Product, cases};

use super::phased::{one, with_posts};
use super::{V1, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        batches_go_along_keys_of_any_kind_once,
        a_backfill_that_was_broken_off_goes_on
    ]
}

const KEYS: &str = r#"
[[operations]]
op = "create_model"
model = "Word"
table = "blog_word"
fields = [
  { name = "word", type = "char", max_length = 40, primary_key = true },
  { name = "times", type = "integer", default = 0 },
]

[[operations]]
op = "create_model"
model = "Seat"
table = "blog_seat"
fields = [
  { name = "pk", type = "composite_primary_key", fields = ["line", "number"] },
  { name = "line", type = "char", max_length = 10 },
  { name = "number", type = "integer" },
  { name = "times", type = "integer", default = 0 },
]

[[operations]]
op = "create_model"
model = "Token"
table = "blog_token"
fields = [
  { name = "token", type = "uuid", primary_key = true },
  { name = "times", type = "integer", default = 0 },
]

[[operations]]
op = "create_model"
model = "Day"
table = "blog_day"
fields = [
  { name = "day", type = "date", primary_key = true },
  { name = "times", type = "integer", default = 0 },
]
"#;

/// Forty rows in each table.
async fn with_keys(given: &Given) -> Outcome {
    let db = &given.db;
    let words = [
        "it''s",
        "Zoo",
        "zoo-2",
        "\u{e9}t\u{e9}",
        "a b",
        "%",
        "_",
        "10",
        "9",
    ];
    let words: Vec<String> = (0..40)
        .map(|at| format!("('{}{at}')", words[at % words.len()]))
        .collect();
    db.batch(&format!(
        "INSERT INTO blog_word (word) VALUES {}",
        words.join(", ")
    ))
    .await?;
    let seats: Vec<String> = (0..40)
        .map(|at| {
            format!(
                "('{}', {})",
                ["A", "a b", "C'''"][at % 3].replace("C'''", "C''"),
                at / 3
            )
        })
        .collect();
    db.batch(&format!(
        "INSERT INTO blog_seat (line, number) VALUES {}",
        seats.join(", ")
    ))
    .await?;
    let tokens: Vec<String> = (0..40)
        .map(|at| match given.product {
            Product::Postgres | Product::MariaDb => {
                format!("('{at:08}-0000-4000-8000-000000000000')")
            }
            _ => format!("('{at:08}000040008000000000000000')"),
        })
        .collect();
    db.batch(&format!(
        "INSERT INTO blog_token (token) VALUES {}",
        tokens.join(", ")
    ))
    .await?;
    let days: Vec<String> = (0..40)
        .map(|at| format!("('2024-{:02}-{:02}')", 1 + at / 20, 1 + at % 20))
        .collect();
    db.batch(&format!(
        "INSERT INTO blog_day (day) VALUES {}",
        days.join(", ")
    ))
    .await?;
    Ok(())
}

async fn batches_go_along_keys_of_any_kind_once(given: Given) -> Outcome {
    let db = &given.db;
    let fill = |model: &str| {
        format!(
            "[[operations]]\nop = \"backfill\"\nmodel = \"{model}\"\nset = {{ times = {{ fn = \"add\", args = [{{ f = \"times\" }}, 1] }} }}\n\
             where = {{ times__lt = 100 }}\nreverse = {{ times = {{ fn = \"sub\", args = [{{ f = \"times\" }}, 1] }} }}\nbatch_size = 7\n"
        )
    };
    let fills: String = ["Word", "Seat", "Token", "Day"].map(fill).concat();
    let set = chain(&[("", KEYS), ("", &fills)]);
    go(db, &set, to(1)).await?;
    with_keys(&given).await?;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    Migrator::new(db, set.clone())
        .throttle(Duration::ZERO)
        .on_progress(move |progress| {
            if let Progress::Fills { rows, total, .. } = progress {
                told.lock().unwrap().push((*rows, *total));
            }
        })
        .apply(Goal::Newest)
        .await?;
    let one_table = [7, 14, 21, 28, 35, 40].map(|rows| (rows, Some(40)));
    assert_eq!(*heard.lock().unwrap(), one_table.repeat(4));
    let times = |table: &str| format!("SELECT DISTINCT times FROM {table}");
    let tables = ["blog_word", "blog_seat", "blog_token", "blog_day"];
    for table in tables {
        assert_eq!(values(db, &times(table)).await?, ["1"], "{table}");
    }
    Migrator::new(db, set.clone()).apply(to(1)).await?;
    for table in tables {
        assert_eq!(values(db, &times(table)).await?, ["0"], "{table}");
    }
    Ok(())
}

/// What the program that is killed applies: each row is counted up once.
pub(super) fn counted() -> MigrationSet {
    let fill = "[[operations]]\nop = \"backfill\"\nmodel = \"Post\"\nset = { views = { fn = \"add\", args = [{ f = \"views\" }, 1000] } }\nbatch_size = 4\n";
    chain(&[("", V1), ("", fill)])
}

async fn a_backfill_that_was_broken_off_goes_on(given: Given) -> Outcome {
    let db = &given.db;
    let set = counted();
    go(db, &set, to(1)).await?;
    with_posts(db, 30).await?;
    let mut killed = 0;
    // A batch is a handful of statements: wherever the program is killed, a row is counted up once.
    for after in [20, 25, 31, 33, 38, 44] {
        if !super::crash::kill(&given.url, "counted", after).await? {
            break;
        }
        killed += 1;
    }
    assert!(0 < killed);
    let first = Arc::new(Mutex::new(None));
    let heard = Arc::clone(&first);
    Migrator::new(db, set.clone())
        .on_progress(move |progress| {
            if let Progress::Fills { rows, .. } = progress {
                heard.lock().unwrap().get_or_insert(*rows);
            }
        })
        .apply(Goal::Newest)
        .await?;
    let sums = "SELECT count(*) FROM blog_post WHERE views BETWEEN 1001 AND 1030";
    assert_eq!(one(db, sums).await?, "30");
    let steps = "SELECT count(*) FROM nuages_migration_steps";
    assert_eq!(one(db, steps).await?, "0");
    let first = first.lock().unwrap().unwrap_or(30);
    assert!(4 < first, "it went on behind what was done, not at {first}");
    Ok(())
}

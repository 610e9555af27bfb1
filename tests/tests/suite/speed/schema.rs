//! What is kept (shapes, prepared statements) is bounded, and is right after the schema has changed under it.

use nuages::driver::Executor;
use nuages::prelude::*;
use nuages_tests::{Case, Given, Outcome, Product, cases};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_schema_may_change_while_statements_are_kept,
        a_connection_keeps_so_many_prepared_statements,
    ]
}

/// A model whose table changes.
#[derive(Model, Debug, Clone)]
#[model(app = "speed", table = "speed_thing", ordering = ["id"])]
struct Thing {
    id: i64,
    #[field(max_length = 20)]
    name: String,
    size: i64,
}

/// The things as an executor reads them: whole, in part, and after a write.
async fn things(executor: &dyn Executor) -> nuages::Result<Vec<(i64, String, i64)>> {
    let whole = Thing::objects().all(executor).await?;
    let big = Thing::objects()
        .filter(|t| t.size().gt(0))
        .values(|t| (t.id(), t.name()))
        .all(executor)
        .await?;
    assert_eq!(whole.len(), big.len());
    let updated = Thing::objects()
        .filter(|t| t.id().eq(1))
        .update(executor, |t| t.size().set(t.size() + 1))
        .await?;
    assert_eq!(updated, 1);
    Ok(whole
        .into_iter()
        .map(|thing| (thing.id, thing.name, thing.size))
        .collect())
}

async fn a_schema_may_change_while_statements_are_kept(given: Given) -> Outcome {
    let Given { db, url, product } = given;
    let [create, widen] = match product {
        Product::Postgres => [
            "CREATE TABLE speed_thing (id bigint PRIMARY KEY, name varchar(20) NOT NULL, size integer NOT NULL)",
            "ALTER TABLE speed_thing ALTER COLUMN size TYPE bigint, ALTER COLUMN name TYPE text",
        ],
        Product::Sqlite => [
            "CREATE TABLE speed_thing (id integer PRIMARY KEY, name varchar(20) NOT NULL, size integer NOT NULL)",
            // A table built anew, as every change of a column is here.
            "CREATE TABLE anew (size bigint NOT NULL, extra varchar(5), name text NOT NULL, id integer PRIMARY KEY); \
             INSERT INTO anew SELECT size, extra, name, id FROM speed_thing; DROP TABLE speed_thing; \
             ALTER TABLE anew RENAME TO speed_thing",
        ],
        Product::MySql | Product::MariaDb => [
            "CREATE TABLE speed_thing (id bigint PRIMARY KEY, name varchar(20) NOT NULL, size integer NOT NULL)",
            "ALTER TABLE speed_thing MODIFY size bigint NOT NULL, MODIFY name varchar(200) NOT NULL FIRST",
        ],
    };
    db.batch(create).await?;
    db.batch("INSERT INTO speed_thing (id, name, size) VALUES (1, 'one', 10)")
        .await?;
    // One connection that keeps its statements, and another that changes the table.
    let held = db.session().await?;
    let other = Database::connect(&url).await?;
    let one = |size: i64| vec![(1, "one".to_owned(), size)];
    for size in 10..14 {
        assert_eq!(things(&held).await?, one(size));
    }
    other
        .batch("ALTER TABLE speed_thing ADD COLUMN extra varchar(5) DEFAULT 'x'")
        .await?;
    assert_eq!(things(&held).await?, one(14));
    other.batch(widen).await?;
    assert_eq!(things(&held).await?, one(15));
    other
        .batch("UPDATE speed_thing SET size = 3000000000")
        .await?;
    assert_eq!(things(&held).await?, one(3_000_000_000));
    other
        .batch("ALTER TABLE speed_thing RENAME COLUMN size TO width")
        .await?;
    let error = things(&held)
        .await
        .expect_err("the column has another name");
    assert!(error.to_string().contains("size"), "{error}");
    other
        .batch("ALTER TABLE speed_thing RENAME COLUMN width TO size")
        .await?;
    assert_eq!(things(&held).await?, one(3_000_000_001));
    // Columns that change places: what is read by position is still what it was asked for.
    other
        .batch("ALTER TABLE speed_thing RENAME COLUMN extra TO spare")
        .await?;
    other
        .batch("ALTER TABLE speed_thing RENAME COLUMN name TO extra")
        .await?;
    other
        .batch("ALTER TABLE speed_thing RENAME COLUMN spare TO name")
        .await?;
    assert_eq!(
        things(&held).await?,
        vec![(1, "x".to_owned(), 3_000_000_002)]
    );
    other
        .batch("ALTER TABLE speed_thing DROP COLUMN name")
        .await?;
    things(&held).await.expect_err("the column is gone");
    other
        .batch("ALTER TABLE speed_thing RENAME COLUMN extra TO name")
        .await?;
    assert_eq!(things(&held).await?[0].1, "one");
    drop(held);
    other.batch("DROP TABLE speed_thing").await?;
    Ok(())
}

async fn a_connection_keeps_so_many_prepared_statements(given: Given) -> Outcome {
    let separator = if given.url.contains('?') { '&' } else { '?' };
    let db = Database::connect(&format!("{}{separator}prepared_statements=4", given.url)).await?;
    let held = db.session().await?;
    for number in 0..40 {
        let rows = raw(format!("SELECT {number} + {{}}"))
            .bind(1_i64)
            .all::<(i64,)>(&held)
            .await?;
        assert_eq!(rows, [(number + 1,)]);
    }
    let counts = match given.product {
        Product::Postgres => "SELECT count(*) FROM pg_prepared_statements",
        // What was prepared and not closed; SQLite keeps its own count to itself.
        Product::MySql | Product::MariaDb => {
            "SHOW SESSION STATUS WHERE Variable_name IN ('Com_stmt_prepare', 'Com_stmt_close')"
        }
        Product::Sqlite => return Ok(()),
    };
    let rows = raw(counts).rows(&held).await?;
    let kept = match given.product {
        Product::Postgres => rows[0].get::<i64>("count")?,
        _ => {
            let mut numbers = std::collections::HashMap::new();
            for row in &rows {
                numbers.insert(
                    row.get::<String>("Variable_name")?,
                    row.get::<String>("Value")?.parse::<i64>()?,
                );
            }
            numbers["Com_stmt_prepare"] - numbers["Com_stmt_close"]
        }
    };
    assert!((1..=5).contains(&kept), "{kept} statements are kept");
    Ok(())
}

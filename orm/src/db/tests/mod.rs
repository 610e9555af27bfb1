//! A database's life on SQLite: connecting, transactions, cancellation, recording.

mod cancel;
mod raw_sql;
mod runtime;
mod transaction;
mod watch;

use std::time::Duration;

use super::*;
use crate::driver::{Outcome, RowCursor, Statement};
use crate::error::ErrorKind;
use crate::value::Value;

/// One statement and what it gave.
struct Ask {
    statement: Option<Statement>,
    rows: Vec<Vec<Value>>,
    outcome: Outcome,
}

impl Job for Ask {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.statement.take().into_iter().collect())
    }

    fn row(&mut self, _: usize, row: &mut dyn RowCursor) -> Result<()> {
        let values = (0..row.width()).map(|column| row.value(column));
        self.rows.push(values.collect::<Result<_>>()?);
        Ok(())
    }

    fn done(&mut self, _: usize, outcome: Outcome) -> Result<()> {
        self.outcome = outcome;
        Ok(())
    }
}

async fn ask(executor: &dyn Executor, statement: Statement) -> Result<Box<Ask>> {
    let job = Ask {
        statement: Some(statement),
        rows: Vec::new(),
        outcome: Outcome::default(),
    };
    Ok(crate::driver::downcast(executor.run(Box::new(job)).await?))
}

async fn query(executor: &dyn Executor, sql: &str) -> Result<Vec<Vec<Value>>> {
    Ok(ask(executor, Statement::query(sql, vec![])).await?.rows)
}

async fn execute(executor: &dyn Executor, sql: &str, params: Vec<Value>) -> Result<Outcome> {
    Ok(ask(executor, Statement::execute(sql, params))
        .await?
        .outcome)
}

async fn insert(executor: &dyn Executor, name: &str) -> Result<Outcome> {
    let sql = "INSERT INTO t (name) VALUES (?)";
    execute(executor, sql, vec![name.into()]).await
}

async fn count(executor: &dyn Executor) -> i64 {
    match query(executor, "SELECT count(*) FROM t").await.unwrap()[0][0] {
        Value::Int(count) => count,
        ref other => panic!("{other:?}"),
    }
}

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)";

/// A database in memory with a table `t`.
async fn memory() -> Database {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    db.batch(TABLE).await.unwrap();
    db
}

/// A database in a file of its own with a table `t`; the folder goes with the guard.
async fn file(options: &str) -> (Database, Folder) {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("nuages-db-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite://{}/t.db?{options}", folder.display());
    let db = Database::connect(&url).await.unwrap();
    db.batch(TABLE).await.unwrap();
    (db, Folder(folder))
}

struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn message(error: &Error) -> String {
    error.to_string()
}

#[tokio::test]
async fn memory_is_one_database_over_the_pool() {
    let db = memory().await;
    insert(&db, "a").await.unwrap();
    let tx = db.transaction().read_only().begin().await.unwrap();
    let (one, two) = tokio::join!(count(&tx), count(&db));
    assert_eq!((one, two), (1, 1));
    assert_eq!(db.status().size, 2);
    let other = Database::connect("sqlite::memory:").await.unwrap();
    assert!(query(&other, "SELECT * FROM t").await.is_err());
}

#[tokio::test]
async fn mistakes_in_connecting_are_told_apart() {
    let error =
        |url: &'static str| async move { message(&Database::connect(url).await.unwrap_err()) };
    assert!(
        error("sqlite:///no/such/folder/x.db")
            .await
            .contains("create it")
    );
    assert!(error("sqlite:///tmp").await.contains("this is a folder"));
    assert!(
        error("sqlite://no-such.db?mode=rw")
            .await
            .contains("no such file")
    );
    assert!(
        error("sqlite://x.db?journalmode=wal")
            .await
            .contains("did you mean `journal_mode`")
    );
    assert!(
        error("sqlite://x.db?pool_sice=1")
            .await
            .contains("did you mean `pool_size`")
    );
    assert!(
        error("sqlite://Cargo.toml?mode=ro")
            .await
            .contains("not an SQLite database")
    );
    assert!(
        error("oracle://x")
            .await
            .contains("no database has the scheme `oracle`")
    );
}

#[tokio::test]
async fn an_exhausted_pool_says_so() {
    let db = Database::builder("sqlite::memory:")
        .pool_size(1)
        .wait_timeout(Duration::from_millis(20))
        .connect()
        .await
        .unwrap();
    let tx = db.begin().await.unwrap();
    let error = query(&db, "SELECT 1").await.unwrap_err();
    assert!(error.is_pool_timeout(), "{error}");
    drop(tx);
    query(&db, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn constraints_are_named() {
    let db = memory().await;
    insert(&db, "a").await.unwrap();
    let error = insert(&db, "a").await.unwrap_err();
    assert!(error.is_unique_violation());
    let constraint = error.constraint().unwrap();
    assert_eq!(constraint.table.as_deref(), Some("t"));
    assert_eq!(constraint.columns, ["name"]);
    assert_eq!(error.sql(), Some("INSERT INTO t (name) VALUES (?)"));
    db.batch("CREATE TABLE c (t_id INTEGER REFERENCES t, n INT CONSTRAINT low CHECK (n < 3))")
        .await
        .unwrap();
    let error = execute(&db, "INSERT INTO c VALUES (99, 1)", vec![])
        .await
        .unwrap_err();
    assert!(error.is_foreign_key_violation());
    let error = execute(&db, "INSERT INTO c VALUES (1, 3)", vec![])
        .await
        .unwrap_err();
    assert_eq!(error.constraint().unwrap().name.as_deref(), Some("low"));
}

#[tokio::test]
async fn outcomes_count_rows_and_tell_the_first_key() {
    let db = memory().await;
    let sql = "INSERT INTO t (name) VALUES ('a'), ('b'), ('c')";
    let outcome = execute(&db, sql, vec![]).await.unwrap();
    assert_eq!((outcome.rows, outcome.last_insert_id), (3, Some(1)));
    let outcome = execute(&db, "UPDATE t SET name = name", vec![])
        .await
        .unwrap();
    assert_eq!((outcome.rows, outcome.last_insert_id), (3, None));
    let outcome = execute(&db, "CREATE TABLE u (x)", vec![]).await.unwrap();
    assert_eq!(outcome, Outcome::default());
    let error = execute(&db, "DELETE FROM t WHERE id = ?", vec![])
        .await
        .unwrap_err();
    assert!(message(&error).contains("1 placeholders and 0 values"));
}

#[tokio::test]
async fn values_keep_djangos_forms() {
    use crate::value::ValueType;
    let db = memory().await;
    let values = vec![
        Value::Bool(true),
        Value::Date(20_513),
        Value::DateTime(1_772_366_400_000_001),
        Value::Decimal("12.50".into()),
        Value::Uuid([0xab; 16]),
        Value::Duration(90_000_000),
        Value::Null(ValueType::Int),
        Value::List(
            ValueType::Text,
            vec!["a\"b".into(), Value::Null(ValueType::Text)],
        ),
    ];
    let sql = "SELECT ?, ?, ?, ?, ?, ?, ?, ?";
    let rows = ask(&db, Statement::query(sql, values)).await.unwrap().rows;
    let stored = [
        Value::Int(1),
        "2026-03-01".into(),
        "2026-03-01 12:00:00.000001".into(),
        "12.50".into(),
        "ab".repeat(16).into(),
        Value::Int(90_000_000),
        Value::Null(ValueType::Text),
        r#"["a\"b",null]"#.into(),
    ];
    assert_eq!(rows, [stored]);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    let db = Database::connect("sqlite::memory:?statement_timeout=30ms")
        .await
        .unwrap();
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    let error = query(&db, endless).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::StatementTimeout { .. }),
        "{error}"
    );
    query(&db, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_session_keeps_its_settings_to_itself() {
    let (db, _folder) = file("pool_size=1").await;
    let session = db.session().await.unwrap();
    session.batch("PRAGMA foreign_keys = OFF").await.unwrap();
    let tx = session.begin().await.unwrap();
    insert(&tx, "a").await.unwrap();
    assert!(message(&insert(&session, "b").await.unwrap_err()).contains("inner atomic"));
    drop(tx);
    let tx = session.begin().await.unwrap();
    assert_eq!(count(&tx).await, 0);
    insert(&tx, "a").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&session).await, 1);
    drop(session);
    let rows = query(&db, "PRAGMA foreign_keys").await.unwrap();
    assert_eq!(rows, [[Value::Int(1)]]);
}

#[tokio::test]
async fn a_closed_database_says_so() {
    let db = memory().await;
    db.close();
    assert!(message(&query(&db, "SELECT 1").await.unwrap_err()).contains("connect again"));
}

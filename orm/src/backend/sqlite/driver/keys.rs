//! Inserts whose keys are counted instead of asked for.
//!
//! `RETURNING` makes an insert cost more than twice as much. But SQLite gives each new row the key after the greatest, so
//! those of one statement follow each other up to the last, which it tells. That holds as long as nothing else was
//! written meanwhile (by a trigger, say) and the keys have not come to their end; both are looked at afterwards, and
//! where they do not hold, the insert is undone and run with `RETURNING`.

use rusqlite::Connection;

use super::clock::Clock;
use super::drive::{bind, run_through};
use super::error;
use crate::driver::{KeysApart, Statement};
use crate::error::{Error, Result};

/// What became of an insert.
pub(super) enum Inserted {
    /// So many rows, whose keys follow each other up to this one.
    Keys { last: i64, rows: u64 },
    /// Nothing was inserted: the keys must be asked for.
    Unclear,
    /// Another process holds the lock.
    Busy(Error),
}

/// Runs an insert without `RETURNING` and counts its keys.
pub(super) fn insert(
    connection: &Connection,
    clock: &Clock,
    statement: &Statement,
    keys: &KeysApart,
) -> Result<Inserted> {
    let failed = |failure: Failure| match failure {
        Failure::Sqlite(error) if error::is_busy(&error) => {
            Ok(Inserted::Busy(error::of_statement(error, &statement.sql)))
        }
        Failure::Sqlite(error) => Err(clock.judge(error, &statement.sql)),
        Failure::Other(error) => Err(error),
    };
    if keys.rows == 1 {
        let inserted = silently(connection, statement, keys);
        let rows = match inserted {
            Ok(rows) => rows,
            Err(failure) => return failed(failure),
        };
        let last = connection.last_insert_rowid();
        return Ok(Inserted::Keys { last, rows });
    }
    let alone = connection.is_autocommit();
    if let Err(error) = run(connection, "SAVEPOINT nuages_keys") {
        return failed(error.into());
    }
    let ended = match counted(connection, statement, keys) {
        Ok(Some(inserted)) => match run(connection, "RELEASE SAVEPOINT nuages_keys") {
            Ok(()) => return Ok(inserted),
            Err(error) => failed(error.into()),
        },
        Ok(None) => Ok(Inserted::Unclear),
        Err(failure) => failed(failure),
    };
    // Some errors have rolled back already; then there is nothing to undo, and SQLite says so.
    let _ = match alone {
        true => run(connection, "ROLLBACK"),
        false => run(connection, "ROLLBACK TO SAVEPOINT nuages_keys")
            .and_then(|()| run(connection, "RELEASE SAVEPOINT nuages_keys")),
    };
    ended
}

enum Failure {
    Sqlite(rusqlite::Error),
    Other(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sqlite(error)
    }
}

/// Runs the insert; gives how many rows it made.
fn silently(
    connection: &Connection,
    statement: &Statement,
    keys: &KeysApart,
) -> Result<u64, Failure> {
    let mut insert = connection.prepare_cached(&keys.insert)?;
    bind(&mut insert, &statement.params, &statement.sql).map_err(Failure::Other)?;
    run_through(&mut insert)?;
    Ok(connection.changes())
}

/// Runs the insert; gives its keys where they are certain.
fn counted(
    connection: &Connection,
    statement: &Statement,
    keys: &KeysApart,
) -> Result<Option<Inserted>, Failure> {
    let before = connection.total_changes();
    let rows = silently(connection, statement, keys)?;
    let last = connection.last_insert_rowid();
    if rows != keys.rows || connection.total_changes() - before != rows {
        return Ok(None);
    }
    let mut greatest = connection.prepare_cached(&keys.greatest)?;
    let mut greatest = greatest.raw_query();
    let greatest: Option<i64> = match greatest.next()? {
        Some(row) => row.get(0)?,
        None => None,
    };
    Ok((greatest == Some(last)).then_some(Inserted::Keys { last, rows }))
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    run_through(&mut *connection.prepare_cached(sql)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn database(more: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)";
        connection
            .execute_batch(&format!("{table}; {more}"))
            .unwrap();
        connection
    }

    fn insert_named(connection: &Connection, names: &[&str]) -> Result<Inserted> {
        let rows = vec!["(?)"; names.len()].join(", ");
        let sql = format!("INSERT INTO t (name) VALUES {rows}");
        let keys = KeysApart {
            insert: sql.as_str().into(),
            greatest: "SELECT id FROM t ORDER BY rowid DESC".into(),
            rows: u64::try_from(names.len()).unwrap(),
        };
        let params = names.iter().map(|name| Value::from(*name)).collect();
        insert(
            connection,
            &Clock::new(None),
            &Statement::query(sql, params),
            &keys,
        )
    }

    fn count(connection: &Connection) -> i64 {
        let count = connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
        count.unwrap()
    }

    #[test]
    fn keys_that_follow_each_other_are_counted() {
        let connection = database("INSERT INTO t VALUES (7, 'x')");
        let inserted = insert_named(&connection, &["a", "b", "c"]).unwrap();
        assert!(matches!(inserted, Inserted::Keys { last: 10, rows: 3 }));
        let one = insert_named(&connection, &["d"]).unwrap();
        assert!(matches!(one, Inserted::Keys { last: 11, rows: 1 }));
        assert!(connection.is_autocommit());
    }

    #[test]
    fn what_a_trigger_writes_makes_them_unclear() {
        let connection = database(
            "CREATE TRIGGER two AFTER INSERT ON t WHEN new.name NOT LIKE '% twin' \
             BEGIN INSERT INTO t (name) VALUES (new.name || ' twin'); END",
        );
        let inserted = insert_named(&connection, &["a", "b"]).unwrap();
        assert!(matches!(inserted, Inserted::Unclear));
        assert_eq!(count(&connection), 0);
        // One row's key is told whatever the trigger did.
        let one = insert_named(&connection, &["a"]).unwrap();
        assert!(matches!(one, Inserted::Keys { last: 1, rows: 1 }));
    }

    #[test]
    fn keys_at_their_end_are_unclear() {
        let connection = database(&format!("INSERT INTO t VALUES ({}, 'x')", i64::MAX));
        connection.execute_batch("BEGIN").unwrap();
        let inserted = insert_named(&connection, &["a", "b"]).unwrap();
        assert!(matches!(inserted, Inserted::Unclear));
        assert_eq!(count(&connection), 1);
        assert!(!connection.is_autocommit());
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let connection = database("INSERT INTO t VALUES (1, 'x')");
        let failed = insert_named(&connection, &["a", "x"]);
        assert!(failed.is_err_and(|error| error.is_unique_violation()));
        assert_eq!(count(&connection), 1);
        assert!(connection.is_autocommit());
        connection
            .execute_batch("BEGIN; INSERT INTO t VALUES (2, 'y')")
            .unwrap();
        assert!(insert_named(&connection, &["b", "x"]).is_err());
        assert_eq!(count(&connection), 2);
        assert!(!connection.is_autocommit());
    }
}

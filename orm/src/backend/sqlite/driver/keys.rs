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

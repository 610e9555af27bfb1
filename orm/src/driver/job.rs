//! Jobs: the statements of a piece of work, wave by wave, and what becomes of their rows.

use std::any::Any;
use std::sync::Arc;

use super::{BoxFuture, RowCursor};
use crate::error::Result;
use crate::value::Value;

/// A statement ready for the wire: its text and its values in the order of the placeholders.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The text; statements of one shape share it, and connections keep prepared handles by it.
    pub sql: Arc<str>,
    /// The values, one a placeholder.
    pub params: Vec<Value>,
    /// What the statement answers with.
    pub rows: Rows,
    /// Whether the database is to infer the types of the parameters: for text that a user wrote. Where it is not, each
    /// has the type of its value.
    pub inferred: bool,
    /// Of an insert that answers with the keys that the database makes: another way to them.
    pub keys: Option<Arc<KeysApart>>,
}

/// How the keys of an insert are found where it costs much to have them returned.
#[derive(Debug, PartialEq, Eq)]
pub struct KeysApart {
    /// The insert, which answers with a count only.
    pub insert: Arc<str>,
    /// The keys of the table, the greatest first.
    pub greatest: Arc<str>,
    /// How many rows are inserted.
    pub rows: u64,
}

/// What a statement answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Rows: a SELECT, or a write with RETURNING.
    Some,
    /// None, only a count.
    None,
}

/// What a statement did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that it matched or wrote (matched, not changed, on every database); rows read, for a SELECT.
    pub rows: u64,
    /// The first key that an INSERT made, where the database tells it that way (MySQL, MariaDB, SQLite).
    pub last_insert_id: Option<i64>,
}

/// A piece of work that owns what it needs and keeps what it gets.
///
/// Each [`wave`](Job::wave) is run whole before the next is asked for; an empty one ends the job. Rows arrive in the
/// order of the statement's answer; those of different statements of one wave in the order of the statements.
pub trait Job: Any + Send {
    /// The statements of the next wave.
    ///
    /// # Errors
    /// Where the rows so far cannot lead on.
    fn wave(&mut self) -> Result<Vec<Statement>>;

    /// Takes one row of a statement of the current wave.
    ///
    /// # Errors
    /// Where it cannot be decoded; this ends the job.
    fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()>;

    /// Takes note that a statement of the current wave has ended.
    ///
    /// # Errors
    /// Where its outcome is not what the job needs; this ends the job.
    fn done(&mut self, _statement: usize, _outcome: Outcome) -> Result<()> {
        Ok(())
    }

    /// For a job that hands its rows on while it runs: after how many rows [`flush`](Job::flush) must be awaited.
    /// It is asked once, before the first wave.
    fn chunk(&self) -> Option<usize> {
        None
    }

    /// Hands on the rows gathered so far, waiting for whoever takes them. Dropped while it waits, it has kept them.
    ///
    /// # Errors
    /// Where nobody takes them any more; this ends the job.
    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Statement {
    /// A statement that answers with rows.
    pub fn query(sql: impl Into<Arc<str>>, params: Vec<Value>) -> Self {
        Statement {
            sql: sql.into(),
            params,
            rows: Rows::Some,
            inferred: false,
            keys: None,
        }
    }

    /// A statement that answers with a count only.
    pub fn execute(sql: impl Into<Arc<str>>, params: Vec<Value>) -> Self {
        Statement {
            sql: sql.into(),
            params,
            rows: Rows::None,
            inferred: false,
            keys: None,
        }
    }

    /// Leaves the types of the parameters to the database.
    #[must_use]
    pub fn inferred(mut self) -> Self {
        self.inferred = true;
        self
    }
}

/// Gives a job back as what it was made as.
pub(crate) fn downcast<J: Job>(job: Box<dyn Job>) -> Box<J> {
    let job: Box<dyn Any> = job;
    match job.downcast::<J>() {
        Ok(job) => job,
        Err(_) => unreachable!("an executor gives back the job it was given"),
    }
}

//! The loop that runs a job's statements inside one call, up to where the call must be left to wait for something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::CachedStatement;
use rusqlite::fallible_iterator::FallibleIterator;
use tokio::runtime::Handle;

use super::error;
use super::turn::{Access, Turn, Turns};
use super::value::{Bound, Row};
use crate::driver::{Job, Outcome, Rows, Statement};
use crate::error::{Error, ErrorKind, Result};

/// An open database with what goes with it from thread to thread. The fields are dropped in their order: a
/// transaction ends before its turn does.
pub(super) struct Open {
    pub(super) connection: rusqlite::Connection,
    pub(super) turn: Option<(Access, Turn)>,
    pub(super) turns: Turns,
    pub(super) read_only: bool,
    pub(super) clock: Arc<Clock>,
}

/// Why a call was left.
pub(super) enum Step {
    /// All is done.
    Done,
    /// A statement needs a turn.
    Turn(Access),
    /// Another process holds the lock.
    Busy(Error),
}

/// A job on its way through its waves.
pub(super) struct Progress {
    pub(super) job: Box<dyn Job>,
    wave: Vec<Statement>,
    next: usize,
    /// For a stream on the connection's thread: the size of a chunk, and the runtime that waits for the taker.
    stream: Option<(usize, Handle)>,
}

/// The time-out of the statement under way, read by SQLite's progress handler.
pub(super) struct Clock {
    epoch: Instant,
    timeout: Option<Duration>,
    /// When the statement must have ended, in microseconds since `epoch`; 0 for no statement.
    deadline: AtomicU64,
    struck: AtomicBool,
}

impl Clock {
    pub(super) fn new(timeout: Option<Duration>) -> Arc<Self> {
        Arc::new(Clock {
            epoch: Instant::now(),
            timeout,
            deadline: AtomicU64::new(0),
            struck: AtomicBool::new(false),
        })
    }

    pub(super) fn has_timeout(&self) -> bool {
        self.timeout.is_some()
    }

    fn start(&self) {
        if let Some(timeout) = self.timeout {
            let deadline = self.micros().saturating_add(micros(timeout)).max(1);
            self.struck.store(false, Ordering::Relaxed);
            self.deadline.store(deadline, Ordering::Relaxed);
        }
    }

    /// Whether the time is over; notes it if so.
    pub(super) fn strikes(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        let over = deadline != 0 && deadline < self.micros();
        if over {
            self.struck.store(true, Ordering::Relaxed);
        }
        over
    }

    fn stop(&self) {
        self.deadline.store(0, Ordering::Relaxed);
    }

    /// The error of a statement: a time-out, if that is what interrupted it.
    fn judge(&self, error: rusqlite::Error, sql: &str) -> Error {
        match self.timeout {
            Some(timeout)
                if error::is_interrupted(&error) && self.struck.load(Ordering::Relaxed) =>
            {
                Error::new(ErrorKind::StatementTimeout {
                    seconds: timeout.as_secs_f64(),
                })
                .with_sql(sql)
            }
            _ => error::of_statement(error, sql),
        }
    }

    fn micros(&self) -> u64 {
        micros(self.epoch.elapsed())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Progress {
    pub(super) fn new(job: Box<dyn Job>, stream: Option<(usize, Handle)>) -> Self {
        Progress {
            job,
            wave: Vec::new(),
            next: 0,
            stream,
        }
    }
}

impl Open {
    /// Runs a job as far as it goes without waiting.
    pub(super) fn drive(&mut self, progress: &mut Progress) -> Result<Step> {
        let step = self.drive_waves(progress);
        self.clock.stop();
        self.give_back();
        step
    }

    fn drive_waves(&mut self, progress: &mut Progress) -> Result<Step> {
        loop {
            if progress.next == progress.wave.len() {
                progress.wave = progress.job.wave()?;
                progress.next = 0;
                if progress.wave.is_empty() {
                    return Ok(Step::Done);
                }
            }
            if let Some(step) = self.statement(progress)? {
                return Ok(step);
            }
            progress.next += 1;
        }
    }

    /// Runs the next statement; gives a step where it must wait instead.
    fn statement(&mut self, progress: &mut Progress) -> Result<Option<Step>> {
        let Progress {
            job,
            wave,
            next,
            stream,
        } = progress;
        let Statement {
            sql, params, rows, ..
        } = &wave[*next];
        let before = self.connection.total_changes();
        let mut prepared = match self.connection.prepare_cached(sql) {
            Ok(prepared) => prepared,
            Err(busy) if error::is_busy(&busy) => {
                return Ok(Some(Step::Busy(error::of_statement(busy, sql))));
            }
            Err(other) => return Err(error::of_statement(other, sql)),
        };
        let access = access(&prepared);
        if self.read_only && access == Access::Write {
            return Err(read_only(sql));
        }
        let has_turn = match &self.turn {
            Some((Access::Write, _)) => true,
            Some((Access::Read, _)) => access == Access::Read,
            None => false,
        };
        if !has_turn {
            self.turn = None;
            match self.turns.try_take(access) {
                Ok(turn) => self.turn = Some((access, turn)),
                Err(()) => return Ok(Some(Step::Turn(access))),
            }
        }
        bind(&mut prepared, params, sql)?;
        self.clock.start();
        let mut cursor = prepared.raw_query();
        let mut count = 0_u64;
        loop {
            match cursor.next() {
                Ok(Some(row)) if *rows == Rows::Some => {
                    job.row(*next, &mut Row::new(row))
                        .map_err(|error| error.with_sql(sql))?;
                    count += 1;
                    if let Some((chunk, runtime)) = stream
                        && count.is_multiple_of(u64::try_from(*chunk).unwrap_or(u64::MAX))
                    {
                        self.clock.stop();
                        runtime.block_on(job.flush())?;
                        self.clock.start();
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(busy) if count == 0 && error::is_busy(&busy) => {
                    return Ok(Some(Step::Busy(error::of_statement(busy, sql))));
                }
                Err(other) => return Err(self.clock.judge(other, sql)),
            }
        }
        drop(cursor);
        drop(prepared);
        let outcome = self.outcome(sql, *rows, count, before);
        job.done(*next, outcome)?;
        Ok(None)
    }

    fn outcome(&self, sql: &str, rows: Rows, count: u64, before: u64) -> Outcome {
        if rows == Rows::Some {
            return Outcome {
                rows: count,
                last_insert_id: None,
            };
        }
        if self.connection.total_changes() == before {
            return Outcome::default();
        }
        let rows = self.connection.changes();
        let inserts = sql
            .trim_start()
            .get(..6)
            .is_some_and(|verb| verb.eq_ignore_ascii_case("insert"));
        // SQLite tells the last key; those of one statement follow each other.
        let first = || {
            let last = self.connection.last_insert_rowid();
            i64::try_from(rows).map_or(last, |rows| last - rows + 1)
        };
        Outcome {
            rows,
            last_insert_id: (inserts && 0 < rows).then(first),
        }
    }

    /// Runs text that has no parameters. Inside a transaction its turn is there already.
    pub(super) fn batch(&mut self, sql: &str) -> Result<Step> {
        if self.turn.is_none() && self.connection.is_autocommit() {
            match self.turns.try_take(Access::Write) {
                Ok(turn) => self.turn = Some((Access::Write, turn)),
                Err(()) => return Ok(Step::Turn(Access::Write)),
            }
        }
        self.clock.start();
        let step = self.batch_statements(sql);
        self.clock.stop();
        self.give_back();
        step
    }

    fn batch_statements(&self, sql: &str) -> Result<Step> {
        let mut first = true;
        let mut batch = rusqlite::Batch::new(&self.connection, sql);
        loop {
            let ran = match batch.next() {
                Ok(None) => return Ok(Step::Done),
                Ok(Some(mut statement)) => run_through(&mut statement),
                Err(error) => Err(error),
            };
            match ran {
                Ok(()) => first = false,
                // Only the first statement may be tried again: those before another one stand already.
                Err(busy) if first && error::is_busy(&busy) => {
                    return Ok(Step::Busy(error::of_statement(busy, sql)));
                }
                Err(other) => return Err(self.clock.judge(other, sql)),
            }
        }
    }

    /// Begins a transaction; one that writes takes its turn and SQLite's lock at once, so that it never finds later
    /// that what it read is out of date.
    pub(super) fn begin(&mut self, read_only: &mut bool) -> Result<Step> {
        if *read_only {
            self.read_only = true;
            let step = self.batch_statements("PRAGMA query_only = ON; BEGIN DEFERRED");
            self.give_back();
            return step;
        }
        self.batch("BEGIN IMMEDIATE")
    }

    /// Gives the turn back where no transaction needs it any more.
    pub(super) fn give_back(&mut self) {
        if !self.connection.is_autocommit() {
            return;
        }
        self.turn = None;
        if self.read_only {
            self.read_only = false;
            // Without this the connection only refuses to write, which the next error would say.
            let _ = self.connection.execute_batch("PRAGMA query_only = OFF");
        }
    }
}

fn access(statement: &CachedStatement<'_>) -> Access {
    if statement.readonly() {
        Access::Read
    } else {
        Access::Write
    }
}

fn bind(
    statement: &mut CachedStatement<'_>,
    params: &[crate::value::Value],
    sql: &str,
) -> Result<()> {
    if statement.parameter_count() != params.len() {
        return Err(Error::query(format!(
            "the statement has {} placeholders and {} values were given",
            statement.parameter_count(),
            params.len()
        ))
        .with_sql(sql));
    }
    for (at, value) in params.iter().enumerate() {
        statement
            .raw_bind_parameter(at + 1, Bound(value))
            .map_err(|error| error::of_statement(error, sql))?;
    }
    Ok(())
}

/// Runs a statement to its end; rows that it gives are passed over.
fn run_through(statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()> {
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

fn read_only(sql: &str) -> Error {
    Error::new(ErrorKind::Transaction {
        message: "this transaction was begun as read-only; begin one without `read_only` to write"
            .to_owned(),
    })
    .with_sql(sql)
}

//! The loop that runs a job's statements inside one call, up to where the call must be left to wait for something.

use std::sync::Arc;

use rusqlite::CachedStatement;
use rusqlite::fallible_iterator::FallibleIterator;
use tokio::runtime::Handle;

use super::clock::{Clock, Marked, SLICE_MICROS};
use super::error;
use super::keys::{self, Inserted};
use super::place::in_place;
use super::turn::{Access, Turn, Turns};
use super::value::{Bound, Row, check};
use crate::driver::{Job, KeysApart, Outcome, Rows, Statement};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{OneValue, Value};

/// An open database with what goes with it from thread to thread. The fields are dropped in their order: a
/// transaction ends before its turn does.
pub(super) struct Open {
    pub(super) connection: rusqlite::Connection,
    pub(super) turn: Option<(Access, Turn)>,
    pub(super) turns: Turns,
    read_only: bool,
    clock: Arc<Clock>,
    /// Whether the database is in memory, so that no write waits for a disk.
    in_memory: bool,
    /// Statements that took less than a slice when they last ran.
    quick: Marked,
    /// Inserts whose keys did not turn out certain.
    unclear: Marked,
    /// For how many microseconds workers have been held since the last one was let go.
    held: u64,
}

/// Why a call was left.
pub(super) enum Step {
    /// All is done.
    Done,
    /// A statement needs a turn.
    Turn(Access),
    /// Another process holds the lock.
    Busy(Error),
    /// What is left takes too long for a slice on a worker.
    Late,
}

/// What the rows of a statement ended with.
enum End {
    /// All were handed over.
    Whole,
    /// The slice is over; there are more.
    Late,
    /// The slice is over, and the statement is to be run again.
    Again,
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
    pub(super) fn new(
        connection: rusqlite::Connection,
        turns: Turns,
        clock: Arc<Clock>,
        in_memory: bool,
    ) -> Self {
        Open {
            connection,
            turn: None,
            turns,
            read_only: false,
            clock,
            in_memory,
            quick: Marked::default(),
            unclear: Marked::default(),
            held: 0,
        }
    }

    /// Whether the next slice must wait until other tasks had their turn: a task that does nothing but read would
    /// otherwise never leave its worker.
    pub(super) fn must_yield(&mut self) -> bool {
        let must = SLICE_MICROS <= self.held;
        if must {
            self.held = 0;
        }
        must
    }

    /// Runs a job as far as it goes without waiting; `sliced`, on a worker and for no longer than a slice.
    pub(super) fn drive(&mut self, progress: &mut Progress, sliced: bool) -> Result<Step> {
        let began = self.clock.micros();
        let mut mark = began;
        if sliced {
            self.clock.begin_slice(began);
        }
        let step = self.drive_waves(progress, sliced, &mut mark);
        if sliced {
            self.held += 1 + mark - began;
        }
        self.clock.stop();
        self.clock.end_slice();
        self.give_back();
        step
    }

    fn drive_waves(
        &mut self,
        progress: &mut Progress,
        sliced: bool,
        mark: &mut u64,
    ) -> Result<Step> {
        loop {
            if progress.next == progress.wave.len() {
                progress.wave = progress.job.wave()?;
                progress.next = 0;
                if progress.wave.is_empty() {
                    return Ok(Step::Done);
                }
            }
            let sql = Arc::clone(&progress.wave[progress.next].sql);
            if sliced && (self.clock.is_over(*mark) || !self.quick.contains(&sql)) {
                return Ok(Step::Late);
            }
            if let Some(step) = self.statement(progress, sliced)? {
                return Ok(step);
            }
            progress.next += 1;
            let now = self.clock.micros();
            self.quick
                .set(&sql, now.saturating_sub(*mark) < SLICE_MICROS);
            *mark = now;
        }
    }

    /// Runs the next statement; gives a step where it must wait instead.
    fn statement(&mut self, progress: &mut Progress, sliced: bool) -> Result<Option<Step>> {
        let Progress {
            job,
            wave,
            next,
            stream,
        } = progress;
        let statement = &wave[*next];
        if let Some(keys) = &statement.keys
            && !self.unclear.contains(&statement.sql)
        {
            match self.keyed(job.as_mut(), *next, statement, keys, sliced)? {
                Keyed::Done => return Ok(None),
                Keyed::Wait(step) => return Ok(Some(step)),
                Keyed::Unclear => self.unclear.set(&statement.sql, true),
            }
        }
        let Statement {
            sql, params, rows, ..
        } = statement;
        self.clock.set_stoppable(false);
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
        if sliced {
            if access == Access::Write && !self.may_be_stopped() {
                return Ok(Some(Step::Late));
            }
            self.clock.set_stoppable(true);
        }
        if !take_turn(&mut self.turn, &self.turns, access) {
            return Ok(Some(Step::Turn(access)));
        }
        bind(&mut prepared, params, sql)?;
        self.clock.start();
        let mut reading = Reading {
            job: job.as_mut(),
            index: *next,
            sql,
            rows: *rows,
            stream: stream.as_ref(),
            turns: &self.turns,
            clock: &self.clock,
            count: 0,
        };
        let mut cursor = prepared.raw_query();
        let end = reading.read_all(&mut cursor)?;
        let count = reading.count;
        drop(cursor);
        drop(prepared);
        match end {
            End::Whole => {}
            End::Late | End::Again => return Ok(Some(Step::Late)),
            End::Busy(error) => return Ok(Some(Step::Busy(error))),
        }
        let outcome = self.outcome(sql, *rows, count, before);
        job.done(*next, outcome)?;
        Ok(None)
    }

    /// Whether a write may be stopped at the end of a slice: one that is ends its transaction. And one that reaches the
    /// disk may wait for it, which nothing ends.
    fn may_be_stopped(&self) -> bool {
        self.in_memory && self.connection.is_autocommit()
    }

    /// Runs an insert that answers with keys, without having them returned.
    fn keyed(
        &mut self,
        job: &mut dyn Job,
        index: usize,
        statement: &Statement,
        keys: &KeysApart,
        sliced: bool,
    ) -> Result<Keyed> {
        if self.read_only {
            return Err(read_only(&statement.sql));
        }
        if sliced && !self.may_be_stopped() {
            return Ok(Keyed::Wait(Step::Late));
        }
        if !take_turn(&mut self.turn, &self.turns, Access::Write) {
            return Ok(Keyed::Wait(Step::Turn(Access::Write)));
        }
        self.clock.set_stoppable(false);
        self.clock.start();
        match keys::insert(&self.connection, &self.clock, statement, keys)? {
            Inserted::Keys { last, rows } => {
                let first = last - i64::try_from(rows).unwrap_or_default();
                for key in first + 1..=last {
                    job.row(index, &mut OneValue::new(Value::Int(key)))
                        .map_err(|error| error.with_sql(&statement.sql))?;
                }
                let last_insert_id = None;
                job.done(
                    index,
                    Outcome {
                        rows,
                        last_insert_id,
                    },
                )?;
                Ok(Keyed::Done)
            }
            Inserted::Unclear => Ok(Keyed::Unclear),
            Inserted::Busy(error) => Ok(Keyed::Wait(Step::Busy(error))),
        }
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

/// The rows of a statement on their way into its job.
struct Reading<'r> {
    job: &'r mut dyn Job,
    index: usize,
    sql: &'r Arc<str>,
    rows: Rows,
    stream: Option<&'r (usize, Handle)>,
    turns: &'r Turns,
    clock: &'r Clock,
    count: u64,
}

impl Reading<'_> {
    /// Hands all rows over; those behind the end of the slice in place.
    fn read_all(&mut self, cursor: &mut rusqlite::Rows<'_>) -> Result<End> {
        match self.read(cursor)? {
            End::Late => {
                self.clock.end_slice();
                match in_place(|| self.read(cursor)) {
                    Ok(end) => end,
                    // Inside a `LocalSet`, which this thread finds out only now.
                    Err(read) => read(),
                }
            }
            end => Ok(end),
        }
    }

    /// Hands rows over, up to the last one or the end of the slice.
    fn read(&mut self, cursor: &mut rusqlite::Rows<'_>) -> Result<End> {
        loop {
            match cursor.next() {
                Ok(Some(row)) if self.rows == Rows::Some => {
                    self.job
                        .row(self.index, &mut Row::new(row))
                        .map_err(|error| error.with_sql(self.sql))?;
                    self.count += 1;
                    if self.count == 1 {
                        self.clock.set_stoppable(false);
                    }
                    if let Some((chunk, runtime)) = self.stream
                        && self
                            .count
                            .is_multiple_of(u64::try_from(*chunk).unwrap_or(u64::MAX))
                    {
                        self.clock.stop();
                        runtime.block_on(hand_on(self.job, self.turns))?;
                        self.clock.start();
                    }
                    if self.clock.is_late() {
                        return Ok(End::Late);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(End::Whole),
                Err(busy) if self.count == 0 && error::is_busy(&busy) => {
                    return Ok(End::Busy(error::of_statement(busy, self.sql)));
                }
                Err(late) if error::is_interrupted(&late) && self.clock.has_stopped() => {
                    return Ok(End::Again);
                }
                Err(other) => return Err(self.clock.judge(other, self.sql)),
            }
        }
    }
}

/// What became of an insert whose keys are counted.
enum Keyed {
    Done,
    /// It must wait for something, or for another place.
    Wait(Step),
    /// Nothing was inserted: the keys must be returned.
    Unclear,
}

/// Takes the turn that a statement needs, unless it is there; false where it must be waited for.
fn take_turn(turn: &mut Option<(Access, Turn)>, turns: &Turns, access: Access) -> bool {
    let has_turn = match turn {
        Some((Access::Write, _)) => true,
        Some((Access::Read, _)) => access == Access::Read,
        None => false,
    };
    if !has_turn {
        *turn = None;
        match turns.try_take(access) {
            Ok(taken) => *turn = Some((access, taken)),
            Err(()) => return false,
        }
    }
    true
}

/// Hands on a chunk of a stream. Where somebody waits for the database meanwhile (in memory, a writer does for all
/// readers), the job keeps it, and what is left is read at once: the taker of the rows may be the one that waits.
async fn hand_on(job: &mut dyn Job, turns: &Turns) -> Result<()> {
    tokio::select! {
        biased;
        () = turns.is_wanted() => Ok(()),
        flushed = job.flush() => flushed,
    }
}

fn access(statement: &CachedStatement<'_>) -> Access {
    if statement.readonly() {
        Access::Read
    } else {
        Access::Write
    }
}

pub(super) fn bind(statement: &mut CachedStatement<'_>, params: &[Value], sql: &str) -> Result<()> {
    if statement.parameter_count() != params.len() {
        return Err(Error::query(format!(
            "the statement has {} placeholders and {} values were given",
            statement.parameter_count(),
            params.len()
        ))
        .with_sql(sql));
    }
    for (at, value) in params.iter().enumerate() {
        check(value).map_err(|error| error.with_sql(sql))?;
        statement
            .raw_bind_parameter(at + 1, Bound(value))
            .map_err(|error| error::of_statement(error, sql))?;
    }
    Ok(())
}

/// Runs a statement to its end; rows that it gives are passed over.
pub(super) fn run_through(statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()> {
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

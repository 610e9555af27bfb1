//! How long a statement may take: up to its time-out, and up to the end of the slice that it has on a worker.
//!
//! A call in place costs the runtime 10 µs, since another thread is called up to go on with the worker's other tasks. So
//! a statement that is known to be quick runs on the worker itself, as the code around it does, for a slice of time that
//! no other task misses. SQLite's progress handler ends it there, and it is run again in place; where rows were handed
//! over already, or it may not be stopped, it goes on in place from there.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::error;
use crate::error::{Error, ErrorKind};

/// How long a worker is kept from its other tasks.
pub(super) const SLICE_MICROS: u64 = 100;
/// So many statements are marked; then they are learned anew.
const KNOWN: usize = 4096;

/// The limits of the statement under way, read by SQLite's progress handler, which runs on the statement's thread.
pub(super) struct Clock {
    epoch: Instant,
    timeout: Option<Duration>,
    /// When the statement must have ended, in microseconds since `epoch`; 0 for no limit.
    deadline: AtomicU64,
    struck: AtomicBool,
    /// When the slice ends, in microseconds since `epoch`; 0 where there is none.
    slice: AtomicU64,
    /// Whether the statement may be stopped at the end of the slice.
    stoppable: AtomicBool,
    late: AtomicBool,
}

impl Clock {
    pub(super) fn new(timeout: Option<Duration>) -> Self {
        Clock {
            epoch: Instant::now(),
            timeout,
            deadline: AtomicU64::new(0),
            struck: AtomicBool::new(false),
            slice: AtomicU64::new(0),
            stoppable: AtomicBool::new(false),
            late: AtomicBool::new(false),
        }
    }

    /// Begins the time of a statement.
    pub(super) fn start(&self) {
        if let Some(timeout) = self.timeout {
            let deadline = self.micros().saturating_add(micros(timeout)).max(1);
            self.struck.store(false, Ordering::Relaxed);
            self.deadline.store(deadline, Ordering::Relaxed);
        }
    }

    /// Ends it.
    pub(super) fn stop(&self) {
        self.deadline.store(0, Ordering::Relaxed);
    }

    /// Begins a slice.
    pub(super) fn begin_slice(&self, now: u64) {
        self.late.store(false, Ordering::Relaxed);
        self.stoppable.store(false, Ordering::Relaxed);
        self.slice.store(now + SLICE_MICROS, Ordering::Relaxed);
    }

    /// Ends it: what runs from here on holds up nobody.
    pub(super) fn end_slice(&self) {
        self.slice.store(0, Ordering::Relaxed);
        self.late.store(false, Ordering::Relaxed);
    }

    /// Whether the end of the slice stops the statement.
    pub(super) fn set_stoppable(&self, stoppable: bool) {
        self.stoppable.store(stoppable, Ordering::Relaxed);
    }

    /// Whether the slice is over now.
    pub(super) fn is_over(&self, now: u64) -> bool {
        let slice = self.slice.load(Ordering::Relaxed);
        slice != 0 && slice < now
    }

    /// Whether the slice was found to be over.
    pub(super) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// Whether the statement was stopped because the slice is over.
    pub(super) fn has_stopped(&self) -> bool {
        self.is_late()
            && self.stoppable.load(Ordering::Relaxed)
            && !self.struck.load(Ordering::Relaxed)
    }

    /// Looks at the time every thousand steps of SQLite's machine; says whether the statement is to be stopped.
    pub(super) fn strikes(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        let slice = self.slice.load(Ordering::Relaxed);
        if deadline == 0 && slice == 0 {
            return false;
        }
        let now = self.micros();
        if deadline != 0 && deadline < now {
            self.struck.store(true, Ordering::Relaxed);
            return true;
        }
        if slice != 0 && slice < now {
            self.late.store(true, Ordering::Relaxed);
            return self.stoppable.load(Ordering::Relaxed);
        }
        false
    }

    /// The error of a statement: a time-out, if that is what interrupted it.
    pub(super) fn judge(&self, error: rusqlite::Error, sql: &str) -> Error {
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

    /// Now, in microseconds since this was made.
    pub(super) fn micros(&self) -> u64 {
        micros(self.epoch.elapsed())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Statements of which something was learned, by where their text lies: another text that comes to lie there is only
/// misjudged once.
#[derive(Debug, Default)]
pub(super) struct Marked(HashSet<usize>);

impl Marked {
    pub(super) fn contains(&self, sql: &str) -> bool {
        self.0.contains(&(sql.as_ptr() as usize))
    }

    /// Takes note of whether a statement is one of them.
    pub(super) fn set(&mut self, sql: &str, is_one: bool) {
        let place = sql.as_ptr() as usize;
        if !is_one {
            self.0.remove(&place);
        } else if KNOWN <= self.0.len() {
            self.0.clear();
        } else {
            self.0.insert(place);
        }
    }
}

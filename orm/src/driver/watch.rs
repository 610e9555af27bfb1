//! What runs, made visible: a `tracing` event a statement, and recordings of a block.
//!
//! A job that somebody watches is wrapped in one that notes each statement as it passes; one that nobody watches runs
//! as it is, at the price of one atomic load. No backend knows of any of this.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::job::downcast;
use super::{BoxFuture, Job, Outcome, RowCursor, Statement};
use crate::error::Result;
use crate::value::Value;

/// Where the statements of one database are told, and who listens.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    listening: AtomicUsize,
    logs: Mutex<Vec<Weak<Log>>>,
    with_values: bool,
}

#[derive(Debug, Default)]
struct Log {
    statements: Mutex<Vec<Recorded>>,
    round_trips: AtomicUsize,
}

/// A statement that ran.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its text.
    pub sql: Arc<str>,
    /// Its values.
    pub params: Vec<Value>,
    /// How long it took; of pipelined statements, how long after the one before it.
    pub duration: Duration,
    /// The rows that it gave or wrote.
    pub rows: u64,
    /// Whether it failed or was cancelled.
    pub failed: bool,
    /// Whether it begins, ends or marks a transaction. Such statements are listed and not counted.
    pub control: bool,
}

/// The statements of a block: everything that runs on a database, in its transactions too and from whichever task,
/// as long as this exists.
#[derive(Debug)]
pub struct Recording {
    hub: Arc<Hub>,
    log: Arc<Log>,
}

impl Recording {
    /// Begins to record.
    pub(crate) fn start(hub: &Arc<Hub>) -> Self {
        let log = Arc::new(Log::default());
        hub.logs().push(Arc::downgrade(&log));
        hub.listening.fetch_add(1, Ordering::Relaxed);
        Recording {
            hub: hub.clone(),
            log,
        }
    }

    /// The statements so far, in the order in which they ended.
    pub fn statements(&self) -> Vec<Recorded> {
        self.log.statements().clone()
    }

    /// How many statements ran, those that begin, end or mark a transaction left out.
    pub fn count(&self) -> usize {
        self.log.statements().iter().filter(|s| !s.control).count()
    }

    /// How often the server was waited for: independent statements sent together are one round trip.
    pub fn round_trips(&self) -> usize {
        self.log.round_trips.load(Ordering::Relaxed)
    }

    /// Panics unless so many statements ran, and lists them; for tests.
    ///
    /// # Panics
    /// Where another number of statements ran.
    #[track_caller]
    pub fn assert_count(&self, expected: usize) {
        let found = self.count();
        assert!(
            found == expected,
            "expected {expected} queries, found {found}:\n{self}"
        );
    }

    /// The statements that ran several times with only other values, with what to do about them.
    pub fn report(&self) -> super::Report {
        super::Report::new(&self.log.statements())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.hub.listening.fetch_sub(1, Ordering::Relaxed);
        let own = Arc::as_ptr(&self.log);
        self.hub.logs().retain(|log| log.as_ptr() != own);
    }
}

impl fmt::Display for Recording {
    /// Prints the statements, one a line, with their durations and rows, and the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in self.log.statements().iter() {
            writeln!(f, "{statement}")?;
        }
        write!(f, "{}", self.report())
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recorded {
            sql,
            duration,
            rows,
            ..
        } = self;
        let failed = if self.failed { ", failed" } else { "" };
        write!(f, "{sql} -- {duration:.1?}, {rows} rows{failed}")
    }
}

impl Log {
    fn statements(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// A hub whose events carry the values of the parameters too, if asked.
    pub(crate) fn new(with_values: bool) -> Arc<Self> {
        Arc::new(Hub {
            with_values,
            ..Hub::default()
        })
    }

    /// Wraps a job if somebody watches.
    pub(crate) fn watch(self: &Arc<Self>, job: Box<dyn Job>) -> (Box<dyn Job>, Watching) {
        if !self.is_watched() {
            return (job, Watching(false));
        }
        let watched = Watched {
            inner: Some(job),
            hub: self.clone(),
            listener: Listener::here(),
            wave: Vec::new(),
            mark: Instant::now(),
        };
        (Box::new(watched), Watching(true))
    }

    /// Notes that a statement which begins, ends or marks a transaction starts.
    pub(crate) fn begin_control<'a>(&'a self, sql: &'a str) -> Option<Control<'a>> {
        self.note(sql, true)
    }

    /// Notes that text without parameters starts.
    pub(crate) fn begin_batch<'a>(&'a self, sql: &'a str) -> Option<Control<'a>> {
        self.note(sql, false)
    }

    fn note<'a>(&'a self, sql: &'a str, control: bool) -> Option<Control<'a>> {
        self.is_watched().then(|| {
            self.round_trip();
            Control {
                hub: self,
                sql,
                mark: Instant::now(),
                failed: true,
                control,
            }
        })
    }

    fn is_watched(&self) -> bool {
        self.is_recorded() || tracing::enabled!(target: "nuages", tracing::Level::DEBUG)
    }

    fn is_recorded(&self) -> bool {
        self.listening.load(Ordering::Relaxed) != 0
    }

    fn logs(&self) -> MutexGuard<'_, Vec<Weak<Log>>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn round_trip(&self) {
        for log in self.logs().iter().filter_map(Weak::upgrade) {
            log.round_trips.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn tell(&self, recorded: &Recorded) {
        let Recorded {
            sql, rows, failed, ..
        } = recorded;
        let micros = u64::try_from(recorded.duration.as_micros()).unwrap_or(u64::MAX);
        if self.with_values {
            let params = &recorded.params;
            tracing::debug!(target: "nuages", %sql, micros, rows, failed, ?params, "statement");
        } else {
            tracing::debug!(target: "nuages", %sql, micros, rows, failed, "statement");
        }
        for log in self.logs().iter().filter_map(Weak::upgrade) {
            log.statements().push(recorded.clone());
        }
    }
}

/// Whether a job was wrapped, to unwrap it again.
pub(crate) struct Watching(bool);

impl Watching {
    /// Gives the job back as it was before [`Hub::watch`].
    pub(crate) fn end(&self, result: Result<Box<dyn Job>>) -> Result<Box<dyn Job>> {
        let job = result?;
        if !self.0 {
            return Ok(job);
        }
        match downcast::<Watched>(job).inner.take() {
            Some(inner) => Ok(inner),
            None => unreachable!("a watched job keeps what it watches until it is taken here"),
        }
    }
}

/// A statement about a transaction, or a batch, while it runs. Dropped without `end`, it counts as failed.
pub(crate) struct Control<'a> {
    hub: &'a Hub,
    sql: &'a str,
    mark: Instant,
    failed: bool,
    control: bool,
}

impl Control<'_> {
    /// Notes how it went.
    pub(crate) fn end<T>(seen: Option<Self>, result: Result<T>) -> Result<T> {
        if let Some(mut seen) = seen {
            seen.failed = result.is_err();
        }
        result
    }
}

impl Drop for Control<'_> {
    fn drop(&mut self) {
        self.hub.tell(&Recorded {
            sql: self.sql.into(),
            params: Vec::new(),
            duration: self.mark.elapsed(),
            rows: 0,
            failed: self.failed,
            control: self.control,
        });
    }
}

/// A job whose statements are noted as they pass.
struct Watched {
    inner: Option<Box<dyn Job>>,
    hub: Arc<Hub>,
    listener: Listener,
    /// The statements of the current wave that have not ended yet.
    wave: Vec<Option<Pending>>,
    mark: Instant,
}

/// Who listens to events where a job is begun, and the span that it is begun in. The job may end on another thread.
struct Listener {
    dispatch: tracing::Dispatch,
    span: tracing::Span,
}

impl Listener {
    fn here() -> Self {
        Listener {
            dispatch: tracing::dispatcher::get_default(Clone::clone),
            span: tracing::Span::current(),
        }
    }

    fn tell(&self, hub: &Hub, recorded: &Recorded) {
        tracing::dispatcher::with_default(&self.dispatch, || {
            self.span.in_scope(|| hub.tell(recorded));
        });
    }
}

struct Pending {
    sql: Arc<str>,
    params: Vec<Value>,
    rows: u64,
}

impl Watched {
    fn inner(&mut self) -> &mut dyn Job {
        match &mut self.inner {
            Some(inner) => inner.as_mut(),
            None => unreachable!("a watched job keeps what it watches until it has ended"),
        }
    }

    fn tell(&mut self, pending: Pending, failed: bool) {
        let recorded = Recorded {
            sql: pending.sql,
            params: pending.params,
            duration: self.mark.elapsed(),
            rows: pending.rows,
            failed,
            control: false,
        };
        self.mark = Instant::now();
        self.listener.tell(&self.hub, &recorded);
    }
}

impl Job for Watched {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        let wave = self.inner().wave()?;
        if !wave.is_empty() {
            self.hub.round_trip();
        }
        let with_params = self.hub.with_values || self.hub.is_recorded();
        self.wave.clear();
        self.wave.extend(wave.iter().map(|statement| {
            Some(Pending {
                sql: statement.sql.clone(),
                params: match with_params {
                    true => statement.params.clone(),
                    false => Vec::new(),
                },
                rows: 0,
            })
        }));
        self.mark = Instant::now();
        Ok(wave)
    }

    fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        if let Some(Some(pending)) = self.wave.get_mut(statement) {
            pending.rows += 1;
        }
        self.inner().row(statement, row)
    }

    fn done(&mut self, statement: usize, outcome: Outcome) -> Result<()> {
        if let Some(mut pending) = self.wave.get_mut(statement).and_then(Option::take) {
            pending.rows = pending.rows.max(outcome.rows);
            self.tell(pending, false);
        }
        self.inner().done(statement, outcome)
    }

    fn chunk(&self) -> Option<usize> {
        self.inner.as_ref()?.chunk()
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        self.inner().flush()
    }
}

impl Drop for Watched {
    /// Tells of the statement in whose middle the job ended, by an error or because nobody waited any longer.
    fn drop(&mut self) {
        if let Some(pending) = self.wave.iter_mut().find_map(Option::take) {
            self.tell(pending, true);
        }
    }
}

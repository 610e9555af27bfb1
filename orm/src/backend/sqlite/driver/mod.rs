//! SQLite's connections: files are opened here, and calls sent to where they run.

mod clock;
mod drive;
mod error;
mod keys;
mod place;
mod turn;
mod value;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{InterruptHandle, OpenFlags};
use tokio::runtime::Handle;

use self::clock::Clock;
use self::drive::{Open, Progress, Step};
use self::place::{Worker, in_place, may_block};
use self::turn::{Patience, Turns};
use crate::backend::sqlite::functions;
use crate::driver::TransactionOptions;
use crate::driver::{Address, Backend, BoxFuture, Connection, Execution, Job, Server, Settings};
use crate::error::{Error, ErrorKind, Result, suggestion};

/// The options of a URL that only SQLite knows.
const OPTIONS: [&str; 3] = ["mode", "journal_mode", "synchronous"];

/// How long a statement waits for a lock where nothing else was asked for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// A file, or a database in memory, that connections are made to.
///
/// Connections to a file use WAL, so that readers and the one writer do not wait for each other; `journal_mode`,
/// `synchronous` and `mode` (`ro`, `rw`, `rwc`) in the URL say otherwise. Foreign keys are enforced. A database in memory
/// is one for all connections of its pool and lives as long as that; in it readers and writers take turns.
pub struct Sqlite(Arc<Shared>);

impl Sqlite {
    /// Takes the address and settings; nothing is opened yet.
    ///
    /// # Errors
    /// `Configuration`, for an option that is unknown or has a value that it cannot have.
    pub fn new(address: &Address, settings: &Settings) -> Result<Self> {
        let options = Options::read(address)?;
        let (place, turns) = match address.database.as_str() {
            "" => {
                return Err(configuration(
                    "the URL names no file: write `sqlite://path/to/file.db`, or `sqlite::memory:`",
                ));
            }
            ":memory:" => (Place::in_memory(), Turns::of_memory()),
            path => (Place::File(PathBuf::from(path)), Turns::of_file()),
        };
        let address = match &place {
            Place::File(path) => format!("sqlite://{}", path.display()),
            Place::Memory(..) => "sqlite::memory:".to_owned(),
        };
        Ok(Sqlite(Arc::new(Shared {
            address,
            place,
            options,
            settings: settings.clone(),
            turns,
        })))
    }
}

struct Shared {
    address: String,
    place: Place,
    options: Options,
    settings: Settings,
    turns: Turns,
}

enum Place {
    File(PathBuf),
    /// The name, and the connection that keeps the database alive while the pool has none.
    Memory(String, Mutex<Option<rusqlite::Connection>>),
}

impl Place {
    /// A database in memory of its own name, so that no other shares it.
    fn in_memory() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // The `memdb` file system keeps a database in memory for all connections that name it, while one is open.
        Place::Memory(format!("file:/nuages-{number}?vfs=memdb"), Mutex::new(None))
    }
}

/// What the URL may say of SQLite alone.
#[derive(Debug)]
struct Options {
    mode: OpenFlags,
    journal_mode: String,
    synchronous: Option<String>,
}

impl Options {
    fn read(address: &Address) -> Result<Self> {
        let mut options = Options {
            mode: OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            journal_mode: "wal".to_owned(),
            synchronous: None,
        };
        for (name, value) in &address.options {
            let value = value.to_lowercase();
            match name.as_str() {
                "mode" => {
                    options.mode = match value.as_str() {
                        "ro" => OpenFlags::SQLITE_OPEN_READ_ONLY,
                        "rw" => OpenFlags::SQLITE_OPEN_READ_WRITE,
                        "rwc" => options.mode,
                        _ => return Err(no_such_value(name, &value, &["ro", "rw", "rwc"])),
                    }
                }
                "journal_mode" => {
                    let known = ["wal", "delete", "truncate", "persist", "memory", "off"];
                    options.journal_mode = one_of(name, value, &known)?;
                }
                "synchronous" => {
                    let known = ["off", "normal", "full", "extra"];
                    options.synchronous = Some(one_of(name, value, &known)?);
                }
                _ => {
                    return Err(configuration(format!(
                        "no option `{name}` in the URL of an SQLite database{}",
                        suggestion(name, Settings::OPTIONS.into_iter().chain(OPTIONS))
                    )));
                }
            }
        }
        Ok(options)
    }

    fn is_read_only(&self) -> bool {
        self.mode.contains(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }
}

fn one_of(name: &str, value: String, known: &[&str]) -> Result<String> {
    if known.contains(&value.as_str()) {
        Ok(value)
    } else {
        Err(no_such_value(name, &value, known))
    }
}

fn no_such_value(name: &str, value: &str, known: &[&str]) -> Error {
    configuration(format!(
        "the option `{name}` cannot be `{value}`; it is one of {}",
        known.join(", ")
    ))
}

fn configuration(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration {
        message: message.into(),
    })
}

impl Shared {
    fn open(&self) -> Result<rusqlite::Connection> {
        let connection = match &self.place {
            Place::File(path) => {
                rusqlite::Connection::open_with_flags(path, self.options.mode | threading())
                    .map_err(|error| self.cannot_open(path, error))?
            }
            Place::Memory(name, anchor) => {
                let mut anchor = anchor
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let flags = OpenFlags::default() | threading();
                if anchor.is_none() {
                    let opened = rusqlite::Connection::open_with_flags(name, flags);
                    *anchor = Some(opened.map_err(|error| self.connect_error(error))?);
                }
                rusqlite::Connection::open_with_flags(name, flags)
                    .map_err(|error| self.connect_error(error))?
            }
        };
        self.prepare(&connection)
            .map_err(|error| self.connect_error(error))?;
        Ok(connection)
    }

    /// Sets a new connection up. Here, on a thread that may sleep, SQLite itself waits for locks; later it never does.
    fn prepare(&self, connection: &rusqlite::Connection) -> rusqlite::Result<()> {
        use rusqlite::config::DbConfig;
        connection.busy_timeout(self.lock_timeout())?;
        connection.set_prepared_statement_cache_capacity(self.settings.prepared_statements);
        // A misspelt column in double quotes is to be an error and not a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        // Without it, every value bound to a LIMIT has its statement prepared again: 9 µs a point read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        if matches!(self.place, Place::File(_)) && !self.options.is_read_only() {
            connection.pragma_update(None, "journal_mode", &self.options.journal_mode)?;
        }
        if let Some(synchronous) = &self.options.synchronous {
            connection.pragma_update(None, "synchronous", synchronous)?;
        }
        connection.pragma_update(None, "foreign_keys", true)?;
        functions::register(connection)?;
        // The first read of the file: that it is a database shows here, and not at the first query.
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        connection.busy_timeout(Duration::ZERO)
    }

    fn lock_timeout(&self) -> Duration {
        self.settings.lock_timeout.unwrap_or(LOCK_TIMEOUT)
    }

    fn cannot_open(&self, path: &Path, error: rusqlite::Error) -> Error {
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        let why = if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            format!("the folder {} does not exist; create it", folder.display())
        } else if path.is_dir() {
            "this is a folder, and a file is needed".to_owned()
        } else if !path.exists() && !self.options.mode.contains(OpenFlags::SQLITE_OPEN_CREATE) {
            "there is no such file, and `mode` says not to create it; leave `mode` out".to_owned()
        } else {
            return self.connect_error(error);
        };
        Error::new(ErrorKind::Connect {
            database: self.address.clone(),
            message: why,
        })
        .with_source(error)
    }

    fn connect_error(&self, error: rusqlite::Error) -> Error {
        use rusqlite::ffi::ErrorCode;
        let message = match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => {
                "the file is not an SQLite database (or is encrypted); is the path right?"
                    .to_owned()
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                format!(
                    "{error}; may this user read and write the file and its folder? `mode=ro` only reads"
                )
            }
            Some(ErrorCode::DatabaseBusy) => {
                format!("{error}; another process has locked it for itself")
            }
            _ => error.to_string(),
        };
        Error::new(ErrorKind::Connect {
            database: self.address.clone(),
            message,
        })
        .with_source(error)
    }
}

/// A connection is used by one thread at a time, which the types hold, so SQLite need not lock.
fn threading() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.address)
    }
}

impl Backend for Sqlite {
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        Box::pin(async {
            let shared = self.0.clone();
            let opening = tokio::task::spawn_blocking(move || shared.open());
            let connection = opening.await.map_err(|error| {
                Error::new(ErrorKind::Connect {
                    database: self.0.address.clone(),
                    message: error.to_string(),
                })
            })??;
            let connection = SqliteConnection::new(connection, &self.0)?;
            Ok(Box::new(connection) as Box<dyn Connection>)
        })
    }

    fn address(&self) -> &str {
        &self.0.address
    }
}

/// A connection; `open` is away while a call runs on the thread.
struct SqliteConnection {
    open: Option<Box<Open>>,
    worker: Option<Worker>,
    interrupt: InterruptHandle,
    thread_only: bool,
    lock_timeout: Duration,
    server: Server,
}

impl SqliteConnection {
    fn new(connection: rusqlite::Connection, shared: &Shared) -> Result<Self> {
        let clock = Arc::new(Clock::new(shared.settings.statement_timeout));
        let strikes = Arc::clone(&clock);
        connection
            .progress_handler(1000, Some(move || strikes.strikes()))
            .map_err(|error| shared.connect_error(error))?;
        let in_memory = matches!(shared.place, Place::Memory(..));
        let number = u32::try_from(rusqlite::version_number()).unwrap_or_default();
        Ok(SqliteConnection {
            interrupt: connection.get_interrupt_handle(),
            open: Some(Box::new(Open::new(
                connection,
                shared.turns.clone(),
                clock,
                in_memory,
            ))),
            worker: None,
            thread_only: shared.settings.execution == Execution::Thread,
            lock_timeout: shared.lock_timeout(),
            server: Server {
                product: "SQLite",
                version: (number / 1_000_000, number / 1000 % 1000, number % 1000),
            },
        })
    }

    /// Makes a call where calls run now. Dropped in the middle, the call ends on its thread and takes the open
    /// database with it, its transaction rolled back and its turn given to the next.
    async fn call<P: Send + 'static, T: Send + 'static>(
        &mut self,
        mut payload: P,
        thread_only: bool,
        work: fn(&mut Open, &mut P) -> T,
    ) -> Result<(P, T)> {
        let mut open = self.open.take().ok_or_else(gone)?;
        let call = move || {
            let value = work(&mut open, &mut payload);
            (open, payload, value)
        };
        let call = if thread_only || self.thread_only {
            call
        } else {
            match in_place(call) {
                Ok((open, payload, value)) => {
                    self.open = Some(open);
                    return Ok((payload, value));
                }
                Err(call) => call,
            }
        };
        if self.worker.is_none() {
            self.worker = Some(Worker::start()?);
        }
        let worker = self.worker.as_ref().ok_or_else(gone)?;
        let (open, payload, value) = worker.call(call).await?;
        self.open = Some(open);
        Ok((payload, value))
    }

    /// Makes a call again and again until it no longer has to wait.
    async fn persist<P: Send + 'static>(
        &mut self,
        mut payload: P,
        thread_only: bool,
        work: fn(&mut Open, &mut P) -> Result<Step>,
    ) -> Result<P> {
        let mut patience = Patience::new(self.lock_timeout);
        loop {
            let step;
            (payload, step) = self.call(payload, thread_only, work).await?;
            match step? {
                Step::Done => return Ok(payload),
                step => self.wait(step, &mut patience).await?,
            }
        }
    }

    /// Waits for what a call was left for.
    async fn wait(&mut self, step: Step, patience: &mut Patience) -> Result<()> {
        match step {
            Step::Done | Step::Late => Ok(()),
            Step::Busy(error) => patience.pause(error).await,
            Step::Turn(access) => {
                let open = self.open.as_mut().ok_or_else(gone)?;
                let turn = open.turns.take(access, patience).await?;
                open.turn = Some((access, turn));
                Ok(())
            }
        }
    }

    async fn run_job(&mut self, job: Box<dyn Job>) -> Result<Box<dyn Job>> {
        let chunk = job.chunk();
        let stream = chunk.and_then(|chunk| Some((chunk.max(1), Handle::try_current().ok()?)));
        let thread_only = stream.is_some();
        let mut progress = Progress::new(job, stream);
        if !thread_only && !self.thread_only && may_block() {
            let open = self.open.as_mut().ok_or_else(gone)?;
            if open.must_yield() {
                tokio::task::yield_now().await;
            }
            match open.drive(&mut progress, true)? {
                Step::Done => {}
                step => {
                    self.wait(step, &mut Patience::new(self.lock_timeout))
                        .await?;
                    progress = self.persist_job(progress, false).await?;
                }
            }
        } else {
            progress = self.persist_job(progress, thread_only).await?;
        }
        if chunk.is_some() {
            progress.job.flush().await?;
        }
        Ok(progress.job)
    }

    async fn persist_job(&mut self, progress: Progress, thread_only: bool) -> Result<Progress> {
        self.persist(progress, thread_only, |open, progress| {
            open.drive(progress, false)
        })
        .await
    }
}

impl Connection for SqliteConnection {
    fn run<'a>(&'a mut self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(self.run_job(job))
    }

    fn batch<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.persist(sql.to_owned(), false, |open, sql| open.batch(sql))
                .await?;
            Ok(())
        })
    }

    fn begin<'a>(&'a mut self, options: &'a TransactionOptions) -> BoxFuture<'a, Result<()>> {
        // Every transaction of SQLite is serializable, so any isolation level is met.
        Box::pin(async {
            self.persist(options.read_only, false, Open::begin).await?;
            Ok(())
        })
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        let alive = if self.is_broken() {
            Err(gone())
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(alive))
    }

    fn is_broken(&self) -> bool {
        self.open.is_none()
    }

    fn is_idle(&self) -> bool {
        self.open.is_some()
    }

    fn in_transaction(&self) -> Option<bool> {
        let open = self.open.as_ref()?;
        Some(!open.connection.is_autocommit())
    }

    fn rollback_now(&mut self) -> bool {
        let Some(open) = &mut self.open else {
            return false;
        };
        let rolled_back =
            open.connection.is_autocommit() || open.connection.execute_batch("ROLLBACK").is_ok();
        open.give_back();
        rolled_back
    }

    fn discard(self: Box<Self>) {
        self.interrupt.interrupt();
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::ConnectionLost {
        database: "SQLite".to_owned(),
        message: "an earlier call on it was cancelled or panicked".to_owned(),
    })
}

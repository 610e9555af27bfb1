//! The database as a user holds it: connected by URL, running jobs and transactions, showing what runs.
//!
//! This room joins the parts: it alone knows which backend a URL means.

mod assert_queries;
mod builder;
mod editor;
mod raw;
mod url;

use std::fmt;
use std::sync::Arc;

pub use builder::DatabaseBuilder;
pub use editor::{database_names, editor, editor_named};
pub use raw::{Bind, Raw, Row, raw};

use crate::backend;
use crate::driver::{
    self, Backend, BoxFuture, Executor, Hub, Isolation, Job, Pool, PoolStatus, Recording, Remote,
    Server, Session, Transaction, TransactionOptions,
};
use crate::error::{Error, Result};
use crate::sql::{Dialect, Version};
use url::{Kind, Parsed};

/// A database and its pool of connections. Cloning it is cheap and shares the pool.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    pool: Pool,
    hub: Arc<Hub>,
    remote: Remote,
}

impl Database {
    /// Connects to the database that a URL names; one connection is made at once, so that what is wrong shows now.
    ///
    /// | URL | database |
    /// |---|---|
    /// | `sqlite://path/to/file.db`, `sqlite:///absolute/path.db` | a file, made if it is not there |
    /// | `sqlite::memory:` | a database in memory, one for all connections of this pool, gone with it |
    /// | `postgres://user:password@host:port/name` | PostgreSQL (also `postgresql://`) |
    /// | `mysql://user:password@host:port/name` | MySQL or MariaDB, whichever answers (also `mariadb://`) |
    ///
    /// Options follow behind a `?`, joined by `&`. Durations are `30s`, `500ms`, `5m`, `1h`, or a number of seconds.
    ///
    /// | option | default | meaning |
    /// |---|---|---|
    /// | `pool_size` | 10 | the most connections at once |
    /// | `connect_timeout` | 10s | how long making a connection may take |
    /// | `wait_timeout` | 30s | how long to wait for a free connection |
    /// | `statement_timeout` | none | how long a statement may take |
    /// | `lock_timeout` | none (SQLite: 5s) | how long a statement may wait for another transaction |
    /// | `idle_timeout` | 10m | how long a connection may stand idle before it is closed |
    /// | `max_lifetime` | none | how old a connection may grow |
    /// | `prepared_statements` | 256 | how many prepared statements a connection keeps |
    /// | `tls` | prefer | `disable`, `prefer`, `require` (encrypted) or `verify` (encrypted, certificate checked) |
    /// | `tls_ca` | the system's | a file with the certificates to trust |
    /// | `execution` | auto | SQLite: `auto` runs in place where the runtime allows it, `thread` always on a thread |
    /// | `log_values` | false | whether `tracing` events carry the values of parameters |
    /// | `mode` | rwc | SQLite: `ro`, `rw` or `rwc` (made if not there) |
    /// | `journal_mode` | wal | SQLite: its journal; readers do not wait for writers in `wal` alone |
    /// | `synchronous` | full | SQLite: `off`, `normal`, `full`, `extra` |
    ///
    /// [`Database::builder`] sets the same in code. A runtime of tokio with its time driver must be there.
    ///
    /// # Errors
    /// `Configuration` for a URL or option that is wrong, and for a database whose cargo feature is not compiled in;
    /// `Connect` where no connection can be made, saying why and what to do.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder(url).connect().await
    }

    /// Begins with a URL, to set more in code.
    pub fn builder(url: &str) -> DatabaseBuilder {
        DatabaseBuilder::new(url)
    }

    /// Runs a block in a transaction: committed if it gives `Ok`, rolled back if it gives `Err` or is dropped at any
    /// point. Nested blocks, `tx.atomic(…)`, are savepoints.
    ///
    /// On SQLite the transaction takes its turn as the one writer at its beginning (`BEGIN IMMEDIATE`); one that only
    /// reads does not wait: `db.transaction().read_only().atomic(…)`.
    ///
    /// # Errors
    /// The block's own ([`Error::user`] carries one of another type), or what the database said.
    pub async fn atomic<T, F>(&self, block: F) -> Result<T>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T>,
    {
        self.transaction().atomic(block).await
    }

    /// [`atomic`](Database::atomic) with an error type of the caller's.
    ///
    /// # Errors
    /// As `atomic`.
    pub async fn try_atomic<T, E, F>(&self, block: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T, E>,
        E: From<Error>,
    {
        self.transaction().try_atomic(block).await
    }

    /// Begins a transaction and gives its handle: `commit` it, or it is rolled back when it is dropped.
    ///
    /// # Errors
    /// Where no connection is to be had, or what the database said.
    pub async fn begin(&self) -> Result<Transaction> {
        self.transaction().begin().await
    }

    /// A transaction to be, with an isolation level or for reading only.
    pub fn transaction(&self) -> TransactionBuilder<'_> {
        TransactionBuilder {
            database: self,
            options: TransactionOptions::default(),
        }
    }

    /// Takes one connection out of the pool and keeps it for the settings and locks that belong to a connection. It is
    /// closed afterwards, not given back.
    ///
    /// # Errors
    /// Where no connection is to be had.
    pub async fn session(&self) -> Result<Session> {
        Session::start(&self.0.pool, &self.0.hub, &self.0.remote).await
    }

    /// A connection beside those of the pool, closed afterwards: whoever migrates holds one of these already, and it
    /// may be the only one.
    pub(crate) async fn session_apart(&self) -> Result<Session> {
        Session::apart(&self.0.pool, &self.0.hub, &self.0.remote).await
    }

    /// Records the statements that run on this database, in its transactions too and from whichever task, until the
    /// recording is dropped.
    pub fn record(&self) -> Recording {
        Recording::start(&self.0.hub)
    }

    /// How many connections there are, and how many of them are free.
    pub fn status(&self) -> PoolStatus {
        self.0.pool.status()
    }

    /// The address, without the password.
    pub fn address(&self) -> &str {
        self.0.pool.address()
    }

    /// The product and version at the other end.
    pub fn server(&self) -> &Server {
        &self.0.remote.server
    }

    /// Closes the free connections now and the others as they come back; nothing can be asked afterwards.
    pub fn close(&self) {
        self.0.pool.close();
    }
}

impl Executor for Database {
    fn run<'a>(&'a self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(async move {
            let (job, watching) = self.0.hub.watch(job);
            watching.end(self.0.pool.run(job).await)
        })
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut leased = self.0.pool.lease().await?;
            let seen = self.0.hub.begin_batch(sql);
            driver::Control::end(seen, leased.batch(sql).await)
        })
    }

    fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(Database::begin(self))
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn server(&self) -> &Server {
        &self.0.remote.server
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.0.remote.dialect
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({}, {})", self.address(), self.0.remote.server)
    }
}

/// How a transaction is to begin.
#[derive(Debug, Clone)]
pub struct TransactionBuilder<'a> {
    database: &'a Database,
    options: TransactionOptions,
}

impl TransactionBuilder<'_> {
    /// Asks for an isolation level, or a stricter one where the database has only that.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.options.isolation = Some(isolation);
        self
    }

    /// Promises not to write; a write is an error then.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// Begins the transaction.
    ///
    /// # Errors
    /// As [`Database::begin`].
    pub async fn begin(self) -> Result<Transaction> {
        let inner = &self.database.0;
        driver::begin(&inner.pool, &inner.hub, &inner.remote, self.options).await
    }

    /// Runs a block in the transaction, as [`Database::atomic`] does.
    ///
    /// # Errors
    /// As [`Database::atomic`].
    pub async fn atomic<T, F>(self, block: F) -> Result<T>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T>,
    {
        self.begin().await?.finish(block).await
    }

    /// Runs a block in the transaction, with an error type of the caller's.
    ///
    /// # Errors
    /// As [`Database::atomic`].
    pub async fn try_atomic<T, E, F>(self, block: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T, E>,
        E: From<Error>,
    {
        self.begin().await?.finish(block).await
    }
}

/// An empty database in memory, where a URL names one that needs no server.
///
/// # Errors
/// Where the URL cannot be read, or the database is not compiled in.
pub(crate) async fn in_memory(url: &str) -> Result<Option<Database>> {
    match url::parse(url)?.kind {
        Kind::Sqlite => Database::connect("sqlite::memory:").await.map(Some),
        Kind::Postgres | Kind::Mysql => Ok(None),
    }
}

/// Makes the pool, and its first connection.
async fn open(parsed: Parsed) -> Result<Database> {
    let kind = parsed.kind;
    let backend = make_backend(&parsed)?;
    let pool = Pool::new(backend, parsed.pool)?;
    let leased = pool.lease().await?;
    let server = leased.server()?;
    drop(leased);
    Ok(Database(Arc::new(Inner {
        pool,
        hub: Hub::new(parsed.log_values),
        remote: Remote {
            dialect: dialect(kind, &server),
            server,
        },
    })))
}

/// The SQL of a server's product and version.
fn dialect(kind: Kind, server: &Server) -> &'static dyn Dialect {
    let (major, minor, patch) = server.version;
    let version = Version::new(major, minor, patch);
    match kind {
        Kind::Sqlite => backend::sqlite::dialect(version),
        Kind::Postgres => backend::postgres::dialect(version),
        Kind::Mysql if server.product == "MariaDB" => backend::mysql::mariadb_dialect(version),
        Kind::Mysql => backend::mysql::mysql_dialect(version),
    }
}

/// The backend that a URL means, if it is compiled in.
fn make_backend(parsed: &Parsed) -> Result<Box<dyn Backend>> {
    match parsed.kind {
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => Ok(Box::new(backend::sqlite::Sqlite::new(
            &parsed.address,
            &parsed.settings,
        )?)),
        #[cfg(feature = "postgres")]
        Kind::Postgres => Ok(Box::new(backend::postgres::Postgres::new(
            &parsed.address,
            &parsed.settings,
        )?)),
        #[cfg(feature = "mysql")]
        Kind::Mysql => Ok(Box::new(backend::mysql::Mysql::new(
            &parsed.address,
            &parsed.settings,
        )?)),
        #[allow(unreachable_patterns, reason = "reached where a feature is off")]
        kind => {
            let feature = match kind {
                Kind::Sqlite => "sqlite",
                Kind::Postgres => "postgres",
                Kind::Mysql => "mysql",
            };
            Err(url::configuration(format!(
                "`{}://` needs the cargo feature `{feature}`, which is not compiled in: write \
                 `nuages = {{ …, features = [\"{feature}\"] }}` in Cargo.toml",
                parsed.address.scheme
            )))
        }
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

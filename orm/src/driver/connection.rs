//! What a backend must bring: connections that run jobs, and the way to make one.
//!
//! A backend implements [`Connection`] and [`Backend`] and nothing else: pooling, transactions, hooks, recording and
//! cancellation are written once above, against these two. The rules that make this work:
//!
//! - A future of a connection may be dropped at any await point. Whoever drops one while a statement is under way
//!   [`discard`](Connection::discard)s the connection afterwards, so a backend need not be able to go on.
//! - After an error a connection is either as usable as before, or [`is_broken`](Connection::is_broken) says so. A
//!   backend drains or drops what the failed statement left on the wire.
//! - For every statement of a wave that succeeds, [`Job::done`] is called once, after its last row.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{BoxFuture, Job};
use crate::error::Result;

/// One connection to a server, or one handle of an embedded database.
pub trait Connection: Send {
    /// Runs a job wave by wave and gives it back. The statements of a wave may be pipelined. A job with a
    /// [`chunk`](Job::chunk) size is flushed after every so many rows, and once when it has ended.
    ///
    /// # Errors
    /// What the server or the job said, with the SQL of the statement.
    fn run<'a>(&'a mut self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>>;

    /// Runs text that has no parameters and gives no rows; several statements may stand in it, separated by `;`.
    ///
    /// # Errors
    /// What the server said about the first statement that failed; those before it stand.
    fn batch<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Begins a transaction. Savepoints, COMMIT and ROLLBACK are the same on all databases and come as batches.
    ///
    /// # Errors
    /// Where the database has no such isolation level, or what the server said.
    fn begin<'a>(&'a mut self, options: &'a TransactionOptions) -> BoxFuture<'a, Result<()>>;

    /// Asks the server for a sign of life; called only after the connection stood idle for long.
    ///
    /// # Errors
    /// Where none came.
    fn ping(&mut self) -> BoxFuture<'_, Result<()>>;

    /// Whether the connection is known to be of no more use, without asking the server.
    fn is_broken(&self) -> bool;

    /// Whether no statement is under way although a future was dropped: it was still waiting for its turn, say.
    fn is_idle(&self) -> bool {
        false
    }

    /// Whether a transaction is open, where the connection knows without asking. Some errors make a server roll back
    /// by itself; a handle that went on would then write outside of any transaction.
    fn in_transaction(&self) -> Option<bool> {
        None
    }

    /// Whether an error leaves the transaction unusable up to the next savepoint, as PostgreSQL does.
    fn aborts_on_error(&self) -> bool {
        false
    }

    /// Rolls an open transaction back without awaiting anything, if it can, and says whether it did.
    fn rollback_now(&mut self) -> bool {
        false
    }

    /// Gives the connection up, perhaps in the middle of a statement, which it stops on the server if it can.
    fn discard(self: Box<Self>) {}

    /// What is at the other end.
    fn server(&self) -> &Server;
}

/// Makes connections to one database.
pub trait Backend: Send + Sync + fmt::Debug {
    /// Makes a connection, ready for use: settings applied, server version known.
    ///
    /// # Errors
    /// `Connect`, saying which of these it was and what to do: no server there, wrong user or password, no such
    /// database, no TLS, too many connections.
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>>;

    /// The address without its password, for messages.
    fn address(&self) -> &str;
}

/// What is at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The product: `PostgreSQL`, `SQLite`, `MySQL`, `MariaDB`.
    pub product: &'static str,
    /// Major, minor and patch number.
    pub version: (u32, u32, u32),
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version;
        write!(f, "{} {major}.{minor}.{patch}", self.product)
    }
}

/// How a transaction is to begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// The isolation level; the server's default where none is given.
    pub isolation: Option<Isolation>,
    /// Whether the transaction only reads.
    pub read_only: bool,
}

/// The isolation levels of the SQL standard. A database may give a stricter one than asked for, never a weaker one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Sees what others have not committed yet.
    ReadUncommitted,
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// Every statement sees what was committed before the first.
    RepeatableRead,
    /// As if the transactions ran one after the other; may fail and ask to be tried again.
    Serializable,
}

impl Isolation {
    /// The level as SQL writes it.
    pub const fn as_sql(self) -> &'static str {
        match self {
            Isolation::ReadUncommitted => "READ UNCOMMITTED",
            Isolation::ReadCommitted => "READ COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        }
    }
}

/// Where a database is and who asks, as a URL says it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The scheme, as written: `postgres`, `mariadb`, …
    pub scheme: String,
    /// The host, `localhost` where none was given, or the folder of a Unix socket (it begins with `/`).
    pub host: String,
    /// The port, where one was given.
    pub port: Option<u16>,
    /// The user, where one was given.
    pub user: Option<String>,
    /// The password, where one was given.
    pub password: Option<String>,
    /// The name of the database, or the path of its file; empty where none was given.
    pub database: String,
    /// The options of the URL that only this backend knows, in their order.
    pub options: Vec<(String, String)>,
}

impl fmt::Display for Address {
    /// Prints the address without its password and options.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write!(f, "{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        let slash = if self.host.is_empty() { "" } else { "/" };
        write!(f, "{slash}{}", self.database)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What a connection must keep to, whichever the backend.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a statement may take; `StatementTimeout` after that. None: as long as it takes.
    pub statement_timeout: Option<Duration>,
    /// How long a statement may wait for the lock of another transaction. None: the server's default.
    pub lock_timeout: Option<Duration>,
    /// How many prepared statements a connection keeps.
    pub prepared_statements: usize,
    /// Whether and how the connection is encrypted.
    pub tls: Tls,
    /// A file with the certificates to trust instead of the system's.
    pub tls_ca: Option<PathBuf>,
    /// Where the statements of an embedded database run.
    pub execution: Execution,
}

/// Whether and how a connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    Disable,
    /// If the server can, without looking at its certificate.
    #[default]
    Prefer,
    /// Always, without looking at the server's certificate.
    Require,
    /// Always, with a certificate that is trusted and names the host.
    Verify,
}

/// Where the statements of an embedded database run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Execution {
    /// In place where the runtime allows it, else on the connection's own thread.
    #[default]
    Auto,
    /// On the connection's own thread.
    Thread,
}

impl Settings {
    /// The options that the URL of every database may have, in the order of the table at `Database::connect`.
    pub const OPTIONS: [&'static str; 12] = [
        "pool_size",
        "connect_timeout",
        "wait_timeout",
        "statement_timeout",
        "lock_timeout",
        "idle_timeout",
        "max_lifetime",
        "prepared_statements",
        "tls",
        "tls_ca",
        "execution",
        "log_values",
    ];
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            connect_timeout: Duration::from_secs(10),
            statement_timeout: None,
            lock_timeout: None,
            prepared_statements: 256,
            tls: Tls::default(),
            tls_ca: None,
            execution: Execution::default(),
        }
    }
}

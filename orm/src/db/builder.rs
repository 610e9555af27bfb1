//! Settings in code instead of in the URL.

use std::path::PathBuf;
use std::time::Duration;

use super::url::{self, Parsed};
use super::{Database, open};
use crate::driver::{Execution, Tls};
use crate::error::Result;

/// A database that is about to be connected to. What is set here wins over the URL.
#[derive(Debug)]
pub struct DatabaseBuilder(Result<Parsed>);

impl DatabaseBuilder {
    pub(super) fn new(url: &str) -> Self {
        DatabaseBuilder(url::parse(url))
    }

    /// Another database of the same server, or another file.
    #[must_use]
    pub fn database(self, name: impl Into<String>) -> Self {
        self.with(|parsed| parsed.address.database = name.into())
    }

    /// The most connections at once (10).
    #[must_use]
    pub fn pool_size(self, size: usize) -> Self {
        self.with(|parsed| parsed.pool.size = size.max(1))
    }

    /// How long making a connection may take (10 s).
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        self.with(|parsed| {
            parsed.pool.connect_timeout = timeout;
            parsed.settings.connect_timeout = timeout;
        })
    }

    /// How long to wait for a free connection (30 s).
    #[must_use]
    pub fn wait_timeout(self, timeout: Duration) -> Self {
        self.with(|parsed| parsed.pool.wait_timeout = timeout)
    }

    /// How long a statement may take (as long as it takes).
    #[must_use]
    pub fn statement_timeout(self, timeout: Option<Duration>) -> Self {
        self.with(|parsed| parsed.settings.statement_timeout = timeout)
    }

    /// How long a statement may wait for another transaction's lock (the server's default; SQLite 5 s).
    #[must_use]
    pub fn lock_timeout(self, timeout: Option<Duration>) -> Self {
        self.with(|parsed| parsed.settings.lock_timeout = timeout)
    }

    /// How long a connection may stand idle before it is closed (10 min).
    #[must_use]
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        self.with(|parsed| parsed.pool.idle_timeout = timeout)
    }

    /// How old a connection may grow (without end).
    #[must_use]
    pub fn max_lifetime(self, lifetime: Option<Duration>) -> Self {
        self.with(|parsed| parsed.pool.max_lifetime = lifetime)
    }

    /// How many prepared statements a connection keeps (256).
    #[must_use]
    pub fn prepared_statements(self, count: usize) -> Self {
        self.with(|parsed| parsed.settings.prepared_statements = count)
    }

    /// Whether and how connections are encrypted (if the server can).
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        self.with(|parsed| parsed.settings.tls = tls)
    }

    /// A file with the certificates to trust instead of the system's.
    #[must_use]
    pub fn tls_ca(self, path: impl Into<PathBuf>) -> Self {
        self.with(|parsed| parsed.settings.tls_ca = Some(path.into()))
    }

    /// Where SQLite's statements run (in place where the runtime allows it).
    #[must_use]
    pub fn execution(self, execution: Execution) -> Self {
        self.with(|parsed| parsed.settings.execution = execution)
    }

    /// Whether the `tracing` events of statements carry their values (no: they may be private).
    #[must_use]
    pub fn log_values(self, log_values: bool) -> Self {
        self.with(|parsed| parsed.log_values = log_values)
    }

    /// Connects: one connection is made now, so that what is wrong shows at once.
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn connect(self) -> Result<Database> {
        open(self.0?).await
    }

    fn with(mut self, change: impl FnOnce(&mut Parsed)) -> Self {
        if let Ok(parsed) = &mut self.0 {
            change(parsed);
        }
        self
    }
}

//! Databases for a service's own tests: one for each test, with every migration applied, in milliseconds.
//!
//! ```no_run
//! # static MIGRATIONS: nuages::migrate::files::EmbeddedMigrations =
//! #     nuages::migrate::files::EmbeddedMigrations { package: "blog", heads: "", files: &[] };
//! use nuages::testing::TestDatabase;
//!
//! #[tokio::test]
//! # async fn hidden() {}
//! async fn a_post_has_an_author() -> nuages::Result<()> {
//!     let db = TestDatabase::new("sqlite::memory:", &MIGRATIONS).await?;
//!     // … `&db` goes wherever a `&Database` does …
//!     Ok(())
//! }
//! ```
//!
//! The first test that asks replays the migrations once and keeps the result as a *snapshot*, which is known by a hash
//! of what the migrations mean; every test gets a copy of it. SQLite copies a file, PostgreSQL a template database,
//! MySQL and MariaDB run the statements that their server tells. A changed history has another snapshot, and the old
//! one stays until [`clear`].
//!
//! [`rolled_back`] is cheaper still, where a test commits nothing and uses one connection.

mod snapshot;

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use crate::db::Database;
use crate::driver::{BoxFuture, Executor, Job, Server, Transaction};
use crate::error::Result;
use crate::migrate::files::{EmbeddedMigrations, MigrationSet, linked_migrations};
use crate::sql::Dialect;
pub use snapshot::clear;

/// A database that belongs to one test, and is dropped with this handle.
pub struct TestDatabase {
    database: Database,
    place: Place,
}

/// Where a test's database is.
#[derive(Debug)]
enum Place {
    File(PathBuf),
    /// A database of a server, which the URL of another one leads to.
    Server {
        url: String,
        name: String,
    },
}

impl TestDatabase {
    /// A database of its own with a crate's migrations applied.
    ///
    /// The URL is that of SQLite (whatever file it names: the copy is a temporary one), or of a database on a server
    /// whose user may create others; nothing is written to that one. Its options hold for the copy.
    ///
    /// # Errors
    /// Where the URL leads nowhere, the user may not create databases, or a migration fails.
    pub async fn new(url: &str, migrations: &EmbeddedMigrations) -> Result<Self> {
        Self::with(url, migrations.load()?).await
    }

    /// A database of its own with the migrations of all linked crates applied.
    ///
    /// # Errors
    /// As [`TestDatabase::new`], and where two crates have migrations of one app.
    pub async fn with_all(url: &str) -> Result<Self> {
        Self::with(url, linked_migrations()?).await
    }

    /// A database of its own with a set of migrations applied.
    ///
    /// # Errors
    /// As [`TestDatabase::new`].
    pub async fn with(url: &str, migrations: MigrationSet) -> Result<Self> {
        snapshot::copy(url, migrations).await
    }

    fn clean(&self) {
        self.database.close();
        match &self.place {
            Place::File(path) => remove_file(path),
            Place::Server { url, name } => drop_on_a_thread(url.clone(), name.clone()),
        }
    }
}

/// Runs a block in a transaction that is rolled back in the end, whatever the block gives; `on_commit` hooks do not run.
///
/// # Errors
/// The block's own, or what the database said.
pub async fn rolled_back<T, F>(database: &Database, block: F) -> Result<T>
where
    F: AsyncFnOnce(&Transaction) -> Result<T>,
{
    let transaction = database.begin().await?;
    let outcome = block(&transaction).await;
    transaction.rollback().await?;
    outcome
}

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl Executor for TestDatabase {
    fn run<'a>(&'a self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        self.database.run(job)
    }

    fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        Executor::begin(&self.database)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        self.database.batch(sql)
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn server(&self) -> &Server {
        self.database.server()
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.database.dialect()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.clean();
    }
}

impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Test{:?}", self.database)
    }
}

/// Removes a database's file, and those that a write-ahead log leaves beside it.
fn remove_file(path: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        // What is not there need not be removed; a file that stays is one of the system's temporary files.
        let _ = std::fs::remove_file(name);
    }
}

/// Dropping cannot wait for a future, so a thread waits for it. A database that cannot be dropped stays until [`clear`].
fn drop_on_a_thread(url: String, name: String) {
    let dropped = std::thread::spawn(move || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(snapshot::drop_database(&url, &name)),
            Err(error) => Err(crate::error::Error::user(error)),
        }
    });
    if let Ok(Err(error)) = dropped.join() {
        tracing::warn!(%error, "a test's database was not dropped");
    }
}

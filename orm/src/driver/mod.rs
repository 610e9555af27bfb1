//! The wire, abstractly: what a connection must do, rows read where they are, and how work reaches them.
//!
//! Work is an owned [`Job`]: it names the statements of its next wave, is handed their rows one by one, and says when
//! it is done. A wave's statements are independent of each other, so a backend may pipeline them. Everything above
//! (queries, prefetching, writes) is a job, so that a tree of queries costs as many round trips as it is deep.

mod connection;
mod fold;
mod job;
mod pool;
mod report;
mod session;
#[allow(
    dead_code,
    reason = "used by the backends over a wire, where compiled in"
)]
mod sink;
mod statements;
mod stream;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;
mod watch;

pub use crate::value::RowCursor;
pub use connection::TransactionOptions;
pub use connection::{Address, Backend, Connection, Execution, Isolation, Server, Settings, Tls};
pub(crate) use fold::{execute, fold, read_rows};
pub(crate) use job::downcast;
pub use job::{Job, KeysApart, Outcome, Rows, Statement};
pub(crate) use pool::Pool;
pub use pool::{PoolSettings, PoolStatus};
pub use report::{Repeated, Report};
pub use session::Session;
#[allow(
    unused_imports,
    reason = "used by the backends over a wire, where compiled in"
)]
pub(crate) use sink::Sink;
pub use statements::PreparedStatements;
pub use stream::{Chunks, Outlet, stream};
pub use transaction::Transaction;
pub(crate) use transaction::begin;
pub(crate) use watch::{Control, Hub};
pub use watch::{Recorded, Recording};

use std::future::Future;
use std::pin::Pin;

use crate::error::Result;
use crate::sql::Dialect;

/// A future on the heap, as object-safe traits need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What runs jobs: a database (each job on a connection of the pool) or a transaction (all on its own).
pub trait Executor: Send + Sync {
    /// Runs a job to its end and gives it back; on an error what the job gathered is lost with it.
    ///
    /// # Errors
    /// Whatever the statements or the job's decoding gave; the SQL of the statement is in the error.
    fn run<'a>(&'a self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>>;

    /// Begins a transaction on a database, a savepoint within a transaction.
    ///
    /// # Errors
    /// Where none can begin here, or what the database said.
    fn begin(&self) -> BoxFuture<'_, Result<Transaction>>;

    /// Runs text that has no parameters and gives no rows; several statements may stand in it, separated by `;`.
    ///
    /// # Errors
    /// What the database said about the first statement that failed; outside of a transaction those before it stand.
    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Whether statements run in a transaction.
    fn in_transaction(&self) -> bool;

    /// The product and version at the other end.
    fn server(&self) -> &Server;

    /// The SQL that is spoken there, at that version.
    fn dialect(&self) -> &'static dyn Dialect;
}

/// Runs a block in a transaction of a database, or in a savepoint of a transaction: committed if it gives `Ok`, rolled
/// back if it gives `Err` or is dropped. `Database::atomic` and `Transaction::atomic` for either of them.
///
/// # Errors
/// The block's own, or what the database said.
pub async fn atomic<T, F>(executor: &dyn Executor, block: F) -> Result<T>
where
    F: AsyncFnOnce(&Transaction) -> Result<T>,
{
    executor.begin().await?.finish(block).await
}

/// What is at the other end of every connection of a database.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) server: Server,
    pub(crate) dialect: &'static dyn Dialect,
}

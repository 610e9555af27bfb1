//! A connection held without a transaction, for what belongs to a connection: its settings and its locks.

use std::sync::Arc;

use super::{
    BoxFuture, Executor, Hub, Job, Pool, Remote, Server, Transaction, TransactionOptions,
    transaction,
};
use crate::error::Result;
use crate::sql::Dialect;

/// One connection, held. Statements run on it each for itself, or in transactions that it begins. It is closed when
/// this is dropped, and what was set on it goes with it.
#[derive(Debug)]
pub struct Session(Transaction);

impl Session {
    /// Takes a connection out of the pool.
    pub(crate) async fn start(pool: &Pool, hub: &Arc<Hub>, remote: &Remote) -> Result<Self> {
        let mut leased = pool.lease().await?;
        leased.keep_out();
        Ok(Session(transaction::hold(leased, hub, remote, 1)))
    }

    /// Makes a connection beside the pool: what holds one of the pool's meanwhile need not leave room for it.
    pub(crate) async fn apart(pool: &Pool, hub: &Arc<Hub>, remote: &Remote) -> Result<Self> {
        let leased = pool.lease_apart().await?;
        Ok(Session(transaction::hold(leased, hub, remote, 1)))
    }

    /// Begins a transaction on this connection. While it is open, statements run on its handle alone.
    ///
    /// # Errors
    /// Where one is open already, or what the database said.
    pub async fn begin(&self) -> Result<Transaction> {
        self.0.begin().await
    }

    /// Begins a transaction with an isolation level, or for reading only.
    ///
    /// # Errors
    /// As [`begin`](Session::begin).
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction> {
        self.0.begin_with(options).await
    }
}

impl Executor for Session {
    fn run<'a>(&'a self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        self.0.run(job)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        self.0.batch(sql)
    }

    fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        Executor::begin(&self.0)
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn server(&self) -> &Server {
        self.0.server()
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.0.dialect()
    }
}

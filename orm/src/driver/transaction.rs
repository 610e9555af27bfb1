//! Transactions: a connection held, savepoints within it, and what is to happen once it is committed.
//!
//! A [`Transaction`] is one level: the outermost one, or a savepoint within another. Only the innermost open level may
//! run statements; they queue there. A level that is dropped without an end is rolled back: a savepoint before the
//! next statement of the level around it, the outermost one when its connection goes back to the pool.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pool::{Leased, Pool};
use super::watch::{Control, Hub};
use super::{BoxFuture, Executor, Job, Remote, Server, TransactionOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::Dialect;

/// A transaction, or a savepoint within one. Statements run in it by passing it where a database is asked for.
///
/// Dropping it without [`commit`](Transaction::commit) rolls it back.
pub struct Transaction {
    shared: Arc<Shared>,
    serial: u64,
    depth: usize,
}

struct Shared {
    /// None once the outermost level has ended.
    connection: tokio::sync::Mutex<Option<Leased>>,
    book: Mutex<Book>,
    hub: Arc<Hub>,
    remote: Remote,
    /// The depth of the level that is the transaction: 0, or 1 where a session holds the connection around it.
    ground: usize,
}

/// What the levels of a transaction know of each other.
#[derive(Default)]
struct Book {
    /// The open levels by their serial numbers, outermost first.
    levels: Vec<u64>,
    serials: u64,
    /// The depth of the outermost savepoint that was dropped and must be rolled back before the next statement.
    dropped: Option<usize>,
    /// Why no statement can run up to the next savepoint, where the database works so, and the level of the failure.
    failed: Option<(usize, String)>,
    /// Why the whole transaction is gone.
    lost: Option<String>,
    streaming: bool,
    /// What runs after the outermost commit, with the depth of the level that asked for it.
    hooks: Vec<(usize, Hook)>,
}

type Hook = BoxFuture<'static, ()>;

/// Begins a transaction on a connection of the pool.
pub(crate) async fn begin(
    pool: &Pool,
    hub: &Arc<Hub>,
    remote: &Remote,
    options: TransactionOptions,
) -> Result<Transaction> {
    let mut leased = pool.lease().await?;
    let seen = hub.begin_control("BEGIN");
    Control::end(seen, leased.begin(&options).await)?;
    Ok(hold(leased, hub, remote, 0))
}

/// Makes the outermost level of a connection.
pub(super) fn hold(leased: Leased, hub: &Arc<Hub>, remote: &Remote, ground: usize) -> Transaction {
    let book = Book {
        levels: vec![0],
        serials: 1,
        ..Book::default()
    };
    let shared = Shared {
        connection: tokio::sync::Mutex::new(Some(leased)),
        book: Mutex::new(book),
        hub: hub.clone(),
        remote: remote.clone(),
        ground,
    };
    Transaction {
        shared: Arc::new(shared),
        serial: 0,
        depth: 0,
    }
}

impl Transaction {
    /// Runs a block in a savepoint: committed if it gives `Ok`, rolled back if it gives `Err` or is dropped.
    ///
    /// Catch the errors of statements that may fail (a unique violation, say) around such a block: what it did is then
    /// undone, and the transaction around it can go on, on every database.
    ///
    /// # Errors
    /// The block's own, or what the database said of the savepoint.
    pub async fn atomic<T, F>(&self, block: F) -> Result<T>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T>,
    {
        self.begin().await?.finish(block).await
    }

    /// [`atomic`](Transaction::atomic) with an error type of the caller's.
    ///
    /// # Errors
    /// As `atomic`.
    pub async fn try_atomic<T, E, F>(&self, block: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T, E>,
        E: From<Error>,
    {
        self.begin().await?.finish(block).await
    }

    /// Sets a savepoint and gives its handle. While that is open, statements on this one fail.
    ///
    /// # Errors
    /// Where this level is not the innermost open one, or what the database said.
    pub async fn begin(&self) -> Result<Transaction> {
        self.begin_with(TransactionOptions::default()).await
    }

    pub(super) async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction> {
        let depth = self.depth + 1;
        let mut connection = self.enter().await?;
        let leased = connection.as_mut().ok_or_else(ended)?;
        if depth == self.shared.ground {
            let seen = self.shared.hub.begin_control("BEGIN");
            Control::end(seen, leased.begin(&options).await)?;
        } else {
            self.control(leased, &format!("SAVEPOINT nuages_{depth}"))
                .await?;
        }
        let mut book = self.shared.book();
        let serial = book.serials;
        book.serials += 1;
        book.levels.push(serial);
        Ok(Transaction {
            shared: self.shared.clone(),
            serial,
            depth,
        })
    }

    /// Commits: the outermost level for good, after which its `on_commit` hooks run in their order; a savepoint into
    /// the level around it.
    ///
    /// # Errors
    /// Where a level within this one is open, or the database refuses; everything is rolled back then.
    pub async fn commit(self) -> Result<()> {
        if self.depth == self.shared.ground {
            return self.commit_outermost().await;
        }
        let depth = self.depth;
        let mut connection = self.enter().await?;
        let leased = connection.as_mut().ok_or_else(ended)?;
        self.control(leased, &format!("RELEASE SAVEPOINT nuages_{depth}"))
            .await?;
        let mut book = self.shared.book();
        book.levels.pop();
        for (level, _) in &mut book.hooks {
            *level = (*level).min(depth - 1);
        }
        Ok(())
    }

    /// Rolls back what this level did and drops its `on_commit` hooks.
    ///
    /// # Errors
    /// Where the connection broke; the server has rolled back then, or will.
    pub async fn rollback(self) -> Result<()> {
        self.leave();
        let mut connection = self.shared.connection.lock().await;
        if self.depth == 0 {
            let Some(mut leased) = connection.take() else {
                return Ok(());
            };
            return self.shared.end(&mut leased, "ROLLBACK").await;
        }
        match connection.as_mut() {
            Some(leased) => self.shared.settle(leased).await,
            None => Ok(()),
        }
    }

    /// Lets a future run once the outermost transaction is committed. It is dropped if that fails, or if this level
    /// or one around it is rolled back.
    pub fn on_commit(&self, hook: impl Future<Output = ()> + Send + 'static) {
        let mut book = self.shared.book();
        if book.levels.contains(&self.serial) {
            book.hooks.push((self.depth, Box::pin(hook)));
        }
    }

    /// Runs a block in this level and ends the level as the block ended.
    pub(crate) async fn finish<T, E, F>(self, block: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T, E>,
        E: From<Error>,
    {
        match block(&self).await {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The block's error says more than that of a rollback, which a broken connection alone can fail.
                let _ = self.rollback().await;
                Err(error)
            }
        }
    }

    async fn commit_outermost(self) -> Result<()> {
        let mut connection = self.enter().await?;
        let leased = connection.as_mut().ok_or_else(ended)?;
        if let Err(error) = self.shared.end(leased, "COMMIT").await {
            if !leased.is_unusable() {
                // Some databases have rolled back already and say so; either way nothing is left open.
                let _ = self.shared.end(leased, "ROLLBACK").await;
                self.leave();
                self.shared.book().dropped = None;
                if self.depth == 0 {
                    connection.take();
                }
            }
            return Err(error.context("commit"));
        }
        if self.depth == 0 {
            connection.take();
        }
        drop(connection);
        let hooks = {
            let mut book = self.shared.book();
            book.levels.truncate(self.depth);
            std::mem::take(&mut book.hooks)
        };
        for (_, hook) in hooks {
            hook.await;
        }
        Ok(())
    }

    /// Waits for the connection; what was dropped is rolled back, and a statement may run on this handle.
    async fn enter(&self) -> Result<tokio::sync::MutexGuard<'_, Option<Leased>>> {
        self.check()?;
        let mut connection = self.shared.connection.lock().await;
        self.check()?;
        let leased = connection.as_mut().ok_or_else(ended)?;
        self.shared.settle(leased).await?;
        Ok(connection)
    }

    /// Runs a statement about savepoints.
    async fn control(&self, leased: &mut Leased, sql: &str) -> Result<()> {
        let seen = self.shared.hub.begin_control(sql);
        let result = Control::end(seen, leased.batch(sql).await);
        self.note(result, leased)
    }

    async fn run_here(&self, job: Box<dyn Job>) -> Result<Box<dyn Job>> {
        let mut connection = self.enter().await?;
        let leased = connection.as_mut().ok_or_else(ended)?;
        let _streaming = job.chunk().map(|_| Streaming::start(&self.shared));
        let (job, watching) = self.shared.hub.watch(job);
        let result = self.note(watching.end(leased.run(job).await), leased);
        self.release_if_ended(&mut connection);
        result
    }

    async fn batch_here(&self, sql: &str) -> Result<()> {
        let mut connection = self.enter().await?;
        let leased = connection.as_mut().ok_or_else(ended)?;
        let seen = self.shared.hub.begin_batch(sql);
        let result = self.note(Control::end(seen, leased.batch(sql).await), leased);
        self.release_if_ended(&mut connection);
        result
    }

    /// Gives the connection back where the outermost handle was dropped while a statement was under way.
    fn release_if_ended(&self, connection: &mut Option<Leased>) {
        if self.shared.book().levels.is_empty() {
            connection.take();
        }
    }

    /// Takes this level and those within it out of the book, with their hooks; says whether it was still open.
    fn leave(&self) -> bool {
        let mut book = self.shared.book();
        let Some(at) = book.levels.iter().position(|level| *level == self.serial) else {
            return false;
        };
        book.levels.truncate(at);
        book.hooks.retain(|(level, _)| *level < self.depth);
        if 0 < self.depth {
            book.dropped = Some(book.dropped.unwrap_or(self.depth).min(self.depth));
        }
        true
    }

    /// Whether a statement may run on this handle now; says what to do where not.
    fn check(&self) -> Result<()> {
        let book = self.shared.book();
        if let Some(why) = &book.lost
            && (book.dropped != Some(self.shared.ground) || self.shared.ground <= self.depth)
        {
            return Err(transaction_error(format!(
                "this transaction is gone ({why}): nothing of it is kept, run it again from its beginning"
            )));
        }
        if !book.levels.contains(&self.serial) {
            return Err(ended());
        }
        if book.levels.last() != Some(&self.serial) {
            return Err(transaction_error(
                "an inner atomic is open on this transaction: use its handle, or end it first",
            ));
        }
        if book.streaming {
            return Err(transaction_error(
                "a stream is open on this transaction: read it to its end or drop it first, or collect it with `all`",
            ));
        }
        match &book.failed {
            Some((_, why)) if book.dropped.is_none() => Err(transaction_error(format!(
                "an earlier statement of this transaction failed ({why}), and this database then refuses every other \
                 one up to a rollback: put what may fail into a nested `tx.atomic(async |tx| …)` and catch its error \
                 around that"
            ))),
            _ => Ok(()),
        }
    }

    /// Draws the consequences of an error for the statements to come.
    fn note<T>(&self, result: Result<T>, leased: &Leased) -> Result<T> {
        let Err(error) = &result else {
            return result;
        };
        if self.depth < self.shared.ground {
            return result;
        }
        let connection = leased.connection();
        let rolled_back = connection.is_some_and(|c| c.in_transaction() == Some(false));
        let aborted = connection.is_some_and(super::Connection::aborts_on_error);
        let mut book = self.shared.book();
        if rolled_back || error.is_serialization_failure() || error.is_connection_lost() {
            book.lost = Some(error.kind().to_string());
        } else if aborted && is_of_database(error) {
            book.failed = Some((self.depth, error.kind().to_string()));
        }
        drop(book);
        result
    }
}

/// Whether the database, and not the reading of its rows, gave the error.
fn is_of_database(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Database { .. }
            | ErrorKind::ConstraintViolation(_)
            | ErrorKind::StatementTimeout { .. }
            | ErrorKind::LockTimeout { .. }
            | ErrorKind::Transaction { .. }
    )
}

impl Executor for Transaction {
    fn run<'a>(&'a self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(self.run_here(job))
    }

    fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(Transaction::begin(self))
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.batch_here(sql))
    }

    fn in_transaction(&self) -> bool {
        self.shared.ground <= self.depth
    }

    fn server(&self) -> &Server {
        &self.shared.remote.server
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.shared.remote.dialect
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.leave() && self.depth == 0 {
            // Where a statement of another task is under way, that statement gives the connection back.
            if let Ok(mut connection) = self.shared.connection.try_lock() {
                connection.take();
            }
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rolls back what was dropped.
    async fn settle(&self, leased: &mut Leased) -> Result<()> {
        let (Some(depth), is_lost) = ({
            let book = self.book();
            (book.dropped, book.lost.is_some())
        }) else {
            return Ok(());
        };
        if depth == self.ground {
            self.end(leased, "ROLLBACK").await?;
        } else if !is_lost {
            let sql =
                format!("ROLLBACK TO SAVEPOINT nuages_{depth}; RELEASE SAVEPOINT nuages_{depth}");
            let seen = self.hub.begin_control(&sql);
            Control::end(seen, leased.batch(&sql).await)?;
        }
        let mut book = self.book();
        book.dropped = None;
        if depth == self.ground {
            book.lost = None;
        }
        if book.failed.as_ref().is_some_and(|(at, _)| depth <= *at) {
            book.failed = None;
        }
        Ok(())
    }

    async fn end(&self, leased: &mut Leased, sql: &str) -> Result<()> {
        let seen = self.hub.begin_control(sql);
        Control::end(seen, leased.end(sql).await)
    }
}

/// Marks a stream as open for as long as its statement runs.
struct Streaming<'a>(&'a Shared);

impl<'a> Streaming<'a> {
    fn start(shared: &'a Shared) -> Self {
        shared.book().streaming = true;
        Streaming(shared)
    }
}

impl Drop for Streaming<'_> {
    fn drop(&mut self) {
        self.0.book().streaming = false;
    }
}

fn ended() -> Error {
    transaction_error("this transaction has ended; begin a new one")
}

fn transaction_error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Transaction {
        message: message.into(),
    })
}

//! One program at a time migrates a database: how the others wait for it.
//!
//! Waiting is polling: nobody ever sleeps inside a query, since a query that waits holds a snapshot, for which other
//! work (building an index beside running writes) would wait in turn.

use std::time::{Duration, Instant};

use crate::db::Database;
use crate::driver::{Executor, Session, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::{ask, is_true};
use crate::sql::{MigrationLock, SchemaEditor};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A lock that is held.
pub(crate) enum Held {
    /// Each transaction is its own lock.
    ByTransactions,
    /// The connection that migrates holds it until it is told otherwise, or closed.
    BySession { release: &'static str },
    /// A transaction beside holds it.
    Beside(
        Transaction,
        #[expect(dead_code, reason = "holds the connection of the transaction")] Session,
    ),
}

/// Takes the lock, waiting at most so long.
///
/// # Errors
/// `LockTimeout` where another program has it all the while.
pub(crate) async fn take(
    database: &Database,
    session: &Session,
    editor: &dyn SchemaEditor,
    wait: Duration,
) -> Result<Held> {
    let deadline = Instant::now() + wait;
    match editor.migration_lock() {
        MigrationLock::Transaction => Ok(Held::ByTransactions),
        MigrationLock::SameConnection { take, release } => {
            let mut pause = FIRST_PAUSE;
            while !is_true(&ask(session, take, Vec::new()).await?) {
                pause = wait_for_turn(deadline, wait, pause).await?;
            }
            Ok(Held::BySession { release })
        }
        MigrationLock::OtherConnection { take } => {
            let beside = database.session().await?;
            let mut pause = FIRST_PAUSE;
            loop {
                let transaction = beside.begin().await?;
                if is_true(&ask(&transaction, take, Vec::new()).await?) {
                    return Ok(Held::Beside(transaction, beside));
                }
                transaction.rollback().await?;
                pause = wait_for_turn(deadline, wait, pause).await?;
            }
        }
    }
}

/// Gives the lock back.
pub(crate) async fn release(held: Held, session: &Session) -> Result<()> {
    match held {
        Held::ByTransactions => Ok(()),
        Held::BySession { release } => ask(session as &dyn Executor, release, Vec::new())
            .await
            .map(drop),
        Held::Beside(transaction, _) => transaction.rollback().await,
    }
}

async fn wait_for_turn(deadline: Instant, wait: Duration, pause: Duration) -> Result<Duration> {
    if deadline <= Instant::now() {
        return Err(Error::new(ErrorKind::LockTimeout {
            message: format!(
                "another program has been migrating this database for {} s; wait for it, or look whether it hangs",
                wait.as_secs()
            ),
        }));
    }
    tokio::time::sleep(pause).await;
    Ok((pause * 2).min(LONGEST_PAUSE))
}

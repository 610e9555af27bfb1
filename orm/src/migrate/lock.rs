//! One program at a time migrates a database: how the others wait for it.
//!
//! Waiting is polling: nobody ever sleeps inside a query, since a query that waits holds a snapshot, for which other
//! work (building an index beside running writes) would wait in turn.

use std::time::{Duration, Instant};

use crate::db::Database;
use crate::driver::{Executor, Session, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::{ask, is_true};
use crate::migrate::migrator::Progress;
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

/// How the lock is waited for.
pub(crate) struct Queue<'a> {
    pub(crate) database: &'a Database,
    pub(crate) session: &'a Session,
    pub(crate) editor: &'a dyn SchemaEditor,
    /// How long at most.
    pub(crate) wait: Duration,
    /// Who is told that it is waited for.
    pub(crate) tell: &'a (dyn Fn(&Progress<'_>) + Send + Sync),
}

impl Queue<'_> {
    /// Takes the lock.
    ///
    /// # Errors
    /// `LockTimeout` where another program has it all the while.
    pub(crate) async fn take(&self) -> Result<Held> {
        let mut turn = Turn {
            deadline: Instant::now() + self.wait,
            pause: FIRST_PAUSE,
            who: Vec::new(),
            is_told: false,
        };
        match self.editor.migration_lock() {
            MigrationLock::Transaction => Ok(Held::ByTransactions),
            MigrationLock::SameConnection { take, release } => {
                while !is_true(&ask(self.session, take, Vec::new()).await?) {
                    self.wait_for(&mut turn).await?;
                }
                Ok(Held::BySession { release })
            }
            MigrationLock::OtherConnection { take, hold } => {
                let beside = self.database.session_apart().await?;
                loop {
                    let transaction = beside.begin().await?;
                    if is_true(&ask(&transaction, take, Vec::new()).await?) {
                        transaction.batch(hold).await?;
                        return Ok(Held::Beside(transaction, beside));
                    }
                    transaction.rollback().await?;
                    self.wait_for(&mut turn).await?;
                }
            }
        }
    }

    async fn wait_for(&self, turn: &mut Turn) -> Result<()> {
        if let Some(query) = self.editor.migrating_query() {
            // Who may not ask is told nothing, and waits all the same.
            let rows = ask(self.session, query, Vec::new()).await;
            let who = rows.unwrap_or_default().into_iter();
            let who: Vec<String> = who.filter_map(|row| row.into_iter().next()?).collect();
            if !who.is_empty() {
                turn.who = who;
            }
        }
        if turn.deadline <= Instant::now() {
            let who = match turn.who.is_empty() {
                true => String::new(),
                false => format!(" ({})", turn.who.join("; ")),
            };
            return Err(Error::new(ErrorKind::LockTimeout {
                message: format!(
                    "another program{who} has been migrating this database for {} s; wait for it, or look whether it hangs",
                    self.wait.as_secs()
                ),
            }));
        }
        if !turn.is_told {
            (self.tell)(&Progress::Queues { who: &turn.who });
            turn.is_told = true;
        }
        tokio::time::sleep(turn.pause).await;
        turn.pause = (turn.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// How far the waiting has come.
struct Turn {
    deadline: Instant,
    pause: Duration,
    /// Who was seen migrating.
    who: Vec<String>,
    is_told: bool,
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

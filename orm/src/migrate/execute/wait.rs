//! Waiting for those who hold the tables: never for long in one go, since whoever comes later queues behind.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::Run;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::ask;
use crate::migrate::migrator::Progress;
use crate::migrate::plan::MigrationPlan;
use crate::sql::{DdlStatement, WaitLimit};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Run<'_> {
    /// How the database is told not to wait for ever.
    pub(super) fn wait_limit(&self) -> WaitLimit {
        match self.options.table_lock_timeout {
            Some(limit) => self.editor.limit_waiting(limit),
            None => WaitLimit::None,
        }
    }

    /// After an attempt that failed because somebody held a table: pauses and gives the number of the next one.
    ///
    /// # Errors
    /// The error, where it is another, or the attempts are used up; then it says who is in the way.
    pub(super) async fn wait(
        &self,
        plan: &MigrationPlan,
        statements: &[&DdlStatement],
        attempt: u32,
        error: Error,
    ) -> Result<u32> {
        let is_passing = error.is_lock_timeout() || error.is_serialization_failure();
        if !is_passing || self.wait_limit() == WaitLimit::None {
            return Err(error);
        }
        let who = self.who_is_in_the_way(statements).await;
        if self.options.table_lock_retries <= attempt {
            let message = format!(
                "a table could not be locked in {} attempts{}",
                attempt + 1,
                match who.is_empty() {
                    true => String::new(),
                    false => format!("; in the way: {}", who.join("; ")),
                }
            );
            return Err(match error.kind() {
                ErrorKind::LockTimeout { message: cause } => {
                    let message = format!("{message} ({cause})");
                    Error::new(ErrorKind::LockTimeout { message }).with_source(error)
                }
                _ => error.context(message),
            });
        }
        (self.tell)(&Progress::Waits {
            plan,
            who: &who,
            attempt: attempt + 1,
        });
        tokio::time::sleep(pause(attempt)).await;
        Ok(attempt + 1)
    }

    /// Who holds the tables of statements; nobody, where the database does not tell.
    async fn who_is_in_the_way(&self, statements: &[&DdlStatement]) -> Vec<String> {
        let tables: BTreeSet<&str> = statements
            .iter()
            .flat_map(|statement| statement.tables())
            .collect();
        let tables: Vec<&str> = tables.into_iter().collect();
        let query = self.editor.blockers_query(&tables);
        let Some(query) = query.filter(|_| !tables.is_empty()) else {
            return Vec::new();
        };
        // Who may not ask is told nothing; the migration goes on all the same.
        let rows = ask(self.session, query, Vec::new()).await;
        rows.unwrap_or_default()
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect()
    }
}

/// Longer with each attempt, and never the same for two programs.
fn pause(attempt: u32) -> Duration {
    let longest = (FIRST_PAUSE * 2_u32.saturating_pow(attempt.min(10))).min(LONGEST_PAUSE);
    let chance = RandomState::new().hash_one(attempt) % 1000;
    let part = u32::try_from(chance).unwrap_or_default();
    longest / 2 + longest * part / 2000
}

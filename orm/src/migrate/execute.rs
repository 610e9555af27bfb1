//! Carrying a plan out: the only place of migrations that changes a database.
//!
//! A migration whose statements fit one transaction runs in one. The others go on step by step with a journal
//! ([`units`]); who holds the tables is waited for, and named, in [`wait`]; what must be known before anything is
//! changed is asked in [`ahead`].

mod ahead;
mod batches;
mod units;
mod wait;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::db::Database;
use crate::driver::{Executor, Session, Transaction};
use crate::error::{Error, Result};
use crate::migrate::ask::ask;
use crate::migrate::drift::compare_tables;
use crate::migrate::files::{Migration, MigrationKey, MigrationSet};
use crate::migrate::migrator::{Options, Outcome, Progress};
use crate::migrate::plan::{Action, Direction, MigrationPlan};
use crate::migrate::record::History;
use crate::migrate::run_rust::{DataMigration, DataMoment};
use crate::migrate::state::ProjectState;
use crate::schema::Schema;
use crate::sql::{DdlStatement, SchemaEditor, WaitLimit};

pub use ahead::TableSize;
pub(super) use ahead::sizes;
pub(super) use units::fits_the_journal;

/// Migrations running on a connection that is held.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// Where a place to compare tables is made.
    pub(super) database: &'a Database,
    pub(super) session: &'a Session,
    pub(super) editor: &'a dyn SchemaEditor,
    pub(super) options: Options,
    /// All migrations: a squash notes those that it stands for as well.
    pub(super) set: &'a MigrationSet,
    /// Who is told what happens.
    pub(super) tell: &'a (dyn Fn(&Progress<'_>) + Send + Sync),
}

/// What is done in one transaction, and the words for it.
#[derive(Clone, Copy)]
struct Part<'a> {
    comment: &'a str,
    work: PartWork<'a>,
}

#[derive(Clone, Copy)]
enum PartWork<'a> {
    Sql(&'a [DdlStatement]),
    Rust(&'a str, &'a ProjectState),
}

impl Run<'_> {
    /// Carries one migration out, or notes it.
    pub(super) async fn migration(
        &self,
        migration: &Migration,
        plan: &MigrationPlan,
    ) -> Result<Outcome> {
        let located = |error: Error| {
            let way = if plan.direction == Direction::Forwards {
                "applying"
            } else {
                "taking back"
            };
            error.context(format!("{way} {}", plan.key))
        };
        let is_fake = self.options.fake
            || (self.options.fake_initial
                && self.is_there(migration, plan).await.map_err(located)?);
        if is_fake {
            return self.fake(migration, plan).await.map_err(located);
        }
        if self.editor.features().transactional && plan.atomic {
            self.atomic(migration, plan).await.map_err(located)
        } else {
            self.step_by_step(migration, plan).await.map_err(located)
        }
    }

    fn history<'b>(&'b self, executor: &'b dyn Executor) -> History<'b> {
        History {
            executor,
            editor: self.editor,
        }
    }

    /// Writes the line of history of a migration, and of those that it stands for.
    async fn note(
        &self,
        executor: &dyn Executor,
        migration: &Migration,
        plan: &MigrationPlan,
        began: Instant,
    ) -> Result<()> {
        let history = self.history(executor);
        let key = migration.key();
        match plan.direction {
            Direction::Forwards => {
                history
                    .add(&key, &migration.meaning_hash(), began.elapsed())
                    .await?;
                self.note_replaced(&history, migration).await
            }
            Direction::Backwards => {
                history.remove(&key).await?;
                for replaced in self.set.all_replaced(migration) {
                    history.remove(replaced).await?;
                }
                Ok(())
            }
        }
    }

    /// With a squash, or with the last of several that stand in together, all that is replaced is applied.
    async fn note_replaced(&self, history: &History<'_>, migration: &Migration) -> Result<()> {
        for sibling in self.set.squashes_of_the_same(migration) {
            if !history.contains(&sibling.key()).await? {
                return Ok(());
            }
        }
        for replaced in self.set.all_replaced(migration) {
            if !history.contains(replaced).await? {
                let file = self.set.get(replaced).unwrap_or(migration);
                let hash = file.meaning_hash();
                history.add(replaced, &hash, Duration::ZERO).await?;
            }
        }
        Ok(())
    }

    /// Whether another program did it since the plan was made.
    async fn is_done_elsewhere(
        &self,
        executor: &dyn Executor,
        plan: &MigrationPlan,
    ) -> Result<bool> {
        let wanted = plan.direction == Direction::Forwards;
        Ok(self.history(executor).contains(&plan.key).await? == wanted)
    }

    async fn fake(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        let transaction = self.session.begin().await?;
        if !self.is_done_elsewhere(&transaction, plan).await? {
            self.note(&transaction, migration, plan, Instant::now())
                .await?;
        }
        self.history(&transaction).clear(&plan.key).await?;
        transaction.commit().await?;
        Ok(Outcome::Faked)
    }

    /// All in one transaction, the line of history included.
    async fn atomic(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        if let Some(before) = self.editor.before_migration() {
            self.session.batch(before).await?;
        }
        let result = self.patiently(migration, plan).await;
        if let Some(after) = self.editor.after_migration() {
            self.session.batch(after).await?;
        }
        result.map_err(|error| error.context("nothing of it stays"))
    }

    /// Again where somebody held a table for too long: nothing of the attempt stayed.
    async fn patiently(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        let statements: Vec<&DdlStatement> = plan.statements().collect();
        let mut attempt = 0;
        loop {
            match self.in_transaction(migration, plan).await {
                Err(error) => attempt = self.wait(plan, &statements, attempt, error).await?,
                outcome => return outcome,
            }
        }
    }

    async fn in_transaction(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        let began = Instant::now();
        let transaction = self.session.begin().await?;
        if self.is_done_elsewhere(&transaction, plan).await? {
            transaction.rollback().await?;
            return Ok(Outcome::DoneElsewhere);
        }
        let parts: Vec<Part<'_>> = plan
            .steps
            .iter()
            .map(|step| Part {
                comment: &step.comment,
                work: match &step.action {
                    Action::Sql(statements) => PartWork::Sql(statements),
                    Action::Rust { function, state } => PartWork::Rust(function, state),
                },
            })
            .collect();
        self.together(&transaction, &parts).await?;
        self.note(&transaction, migration, plan, began).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    /// Parts that stand or fall together; rows that refer to nothing afterwards are a failure.
    async fn together(&self, transaction: &Transaction, parts: &[Part<'_>]) -> Result<()> {
        if let WaitLimit::Transaction(limit) = self.wait_limit() {
            transaction.batch(&limit).await?;
        }
        let before = self.violations(transaction).await?;
        for part in parts {
            self.part(transaction, part.work)
                .await
                .map_err(|error| error.context(part.comment.to_owned()))?;
        }
        let now = self.violations(transaction).await?;
        let new: Vec<String> = now.difference(&before).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        Err(Error::migration(format!(
            "it leaves rows that refer to nothing: {}",
            new.join("; ")
        )))
    }

    async fn violations(&self, executor: &dyn Executor) -> Result<BTreeSet<String>> {
        let Some(query) = self.editor.violations_query() else {
            return Ok(BTreeSet::new());
        };
        let rows = ask(executor, query, Vec::new()).await?;
        Ok(rows
            .into_iter()
            .map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" "))
            .collect())
    }

    async fn part(&self, transaction: &Transaction, work: PartWork<'_>) -> Result<()> {
        match work {
            PartWork::Rust(function, state) => self.rust(transaction, function, state).await,
            PartWork::Sql(statements) => {
                let mut restore = Vec::new();
                for statement in statements {
                    if let Some(query) = &statement.restore {
                        let rows = ask(transaction, query.as_str(), Vec::new()).await?;
                        restore.extend(
                            rows.into_iter()
                                .filter_map(|row| row.into_iter().next().flatten()),
                        );
                    }
                    let sql = self.with_true_name(transaction, statement).await?;
                    transaction
                        .batch(&sql)
                        .await
                        .map_err(|error| error.with_sql(&sql))?;
                }
                for sql in restore {
                    transaction
                        .batch(&sql)
                        .await
                        .map_err(|error| error.with_sql(&sql))?;
                }
                Ok(())
            }
        }
    }

    /// A statement that drops what nobody named, with the name that the catalogue has for it.
    async fn with_true_name<'s>(
        &self,
        executor: &dyn Executor,
        statement: &'s DdlStatement,
    ) -> Result<Cow<'s, str>> {
        let Some(nameless) = &statement.drops else {
            return Ok(Cow::Borrowed(&statement.sql));
        };
        let table = super::introspect::table(executor, self.editor, &nameless.table).await?;
        Ok(match super::introspect::true_name(&table, nameless) {
            Some(name) if name != nameless.name => {
                let (expected, found) =
                    (self.editor.quote(&nameless.name), self.editor.quote(&name));
                Cow::Owned(statement.sql.replace(&expected, &found))
            }
            _ => Cow::Borrowed(&statement.sql),
        })
    }

    async fn rust(
        &self,
        executor: &dyn Executor,
        function: &str,
        state: &ProjectState,
    ) -> Result<()> {
        let run = DataMigration::find(function)?;
        let moment = DataMoment::new(state, executor);
        run(&moment)
            .await
            .map_err(|error| error.context(format!("function `{function}`")))
    }

    /// Whether a first migration need not run because all that it makes is there.
    async fn is_there(&self, migration: &Migration, plan: &MigrationPlan) -> Result<bool> {
        let own = |key: &MigrationKey| key.app == migration.app;
        let is_first = migration
            .initial
            .unwrap_or_else(|| !migration.dependencies.iter().any(own));
        if plan.direction == Direction::Backwards || !is_first || plan.creates.is_empty() {
            return Ok(false);
        }
        let existing = self.history(self.session).tables().await?;
        let mut wanted = plan.creates.iter();
        if !wanted.any(|table| existing.contains(&table.name)) {
            return Ok(false);
        }
        let mut schema = Schema::default();
        for table in &plan.creates {
            schema.insert(table.clone());
        }
        let found = compare_tables(self.database, self.session, &schema, self.editor).await?;
        if found.is_empty() {
            return Ok(true);
        }
        let mut list = String::new();
        let mut table = "";
        for finding in &found {
            if table != finding.table {
                table = &finding.table;
                list += &format!("\n  {table}");
            }
            list += &format!("\n    {finding}");
        }
        Err(Error::migration(format!(
            "its tables are there, but not as it makes them; nothing was noted:{list}\nMake the models say what is there \
             (`migrate inspectdb` shows how) and write the migration anew, or bring the tables to what it makes. If they \
             may stay as they are, `migrate apply {} {} --fake` notes it without looking",
            plan.key.app, plan.key.name
        )))
    }
}

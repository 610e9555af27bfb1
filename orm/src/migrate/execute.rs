//! Carrying a plan out: the only file of migrations that changes a database.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::driver::{Executor, Session, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::ask;
use crate::migrate::files::{Migration, MigrationKey, MigrationSet};
use crate::migrate::migrator::{Options, Outcome};
use crate::migrate::name::digest;
use crate::migrate::plan::{Action, Direction, Loss, MigrationPlan};
use crate::migrate::record::History;
use crate::migrate::run_rust::{DataMigration, DataMoment};
use crate::migrate::state::ProjectState;
use crate::sql::{DdlStatement, SchemaEditor};

/// Migrations running on a connection that is held.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) editor: &'a dyn SchemaEditor,
    pub(super) options: Options,
    /// All migrations: a squash notes those that it stands for as well.
    pub(super) set: &'a MigrationSet,
}

/// One thing that is done or not.
enum Unit<'a> {
    Sql(&'a DdlStatement),
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
            self.journaled(migration, plan).await.map_err(located)
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
        let result = self.in_transaction(migration, plan).await;
        if let Some(after) = self.editor.after_migration() {
            self.session.batch(after).await?;
        }
        result.map_err(|error| error.context("nothing of it stays"))
    }

    async fn in_transaction(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        let began = Instant::now();
        let transaction = self.session.begin().await?;
        if self.is_done_elsewhere(&transaction, plan).await? {
            transaction.rollback().await?;
            return Ok(Outcome::DoneElsewhere);
        }
        let before = self.violations(&transaction).await?;
        for step in &plan.steps {
            self.step(&transaction, &step.action)
                .await
                .map_err(|error| error.context(step.comment.clone()))?;
        }
        let new: Vec<String> = self
            .violations(&transaction)
            .await?
            .difference(&before)
            .cloned()
            .collect();
        if !new.is_empty() {
            return Err(Error::migration(format!(
                "it leaves rows that refer to nothing: {}",
                new.join("; ")
            )));
        }
        self.note(&transaction, migration, plan, began).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
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

    async fn step(&self, transaction: &Transaction, action: &Action) -> Result<()> {
        match action {
            Action::Rust { function, state } => self.rust(transaction, function, state).await,
            Action::Sql(statements) => {
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

    /// Statement by statement, each noted in the journal, so that a run that was broken off can be gone on with.
    async fn journaled(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        let began = Instant::now();
        if self.is_done_elsewhere(self.session, plan).await? {
            return Ok(Outcome::DoneElsewhere);
        }
        let units = units(plan);
        let done = self.journal_so_far(plan, &units).await?;
        for (at, unit) in units.iter().enumerate().skip(done) {
            self.unit(plan, at, unit)
                .await
                .map_err(|error| stopped(plan, &units, at, error))?;
        }
        let transaction = self.session.begin().await?;
        self.note(&transaction, migration, plan, began).await?;
        self.history(&transaction).clear(&plan.key).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    /// How many units are done. What was done must still be what the plan says.
    async fn journal_so_far(&self, plan: &MigrationPlan, units: &[Unit<'_>]) -> Result<usize> {
        let history = self.history(self.session);
        let other = match plan.direction {
            Direction::Forwards => Direction::Backwards,
            Direction::Backwards => Direction::Forwards,
        };
        if !history.journal(&plan.key, other).await?.is_empty() {
            return Err(Error::migration(
                "it was broken off on its way in the other direction: go on in that one first",
            ));
        }
        let journal = history.journal(&plan.key, plan.direction).await?;
        for (at, entry) in &journal {
            if units.get(*at).is_none_or(|unit| unit.hash() != entry.hash) {
                return Err(Error::migration(format!(
                    "it was broken off at statement {}, and its file was changed since then: put the file back as it was, \
                     or bring the tables to its end by hand and use `--fake`",
                    at + 1
                )));
            }
        }
        Ok(journal.values().take_while(|entry| entry.is_done).count())
    }

    async fn unit(&self, plan: &MigrationPlan, at: usize, unit: &Unit<'_>) -> Result<()> {
        let history = self.history(self.session);
        let in_doubt = history
            .journal(&plan.key, plan.direction)
            .await?
            .contains_key(&at);
        if !in_doubt {
            history
                .begin_step(&plan.key, plan.direction, (at, &unit.hash()))
                .await?;
        }
        if unit.fits_a_transaction() {
            let transaction = self.session.begin().await?;
            match unit {
                Unit::Sql(statement) => transaction
                    .batch(&statement.sql)
                    .await
                    .map_err(|error| error.with_sql(&statement.sql))?,
                Unit::Rust(function, state) => self.rust(&transaction, function, state).await?,
            }
            self.history(&transaction)
                .end_step(&plan.key, plan.direction, at)
                .await?;
            return transaction.commit().await;
        }
        if let Unit::Sql(statement) = unit {
            let sql = self.with_true_name(self.session, statement).await?;
            match self.session.batch(&sql).await {
                // The statement may have been done when the program was killed before it could note that.
                Err(error) if in_doubt && self.editor.is_done_already(&error) => {}
                other => other.map_err(|error| error.with_sql(&sql))?,
            }
        }
        history.end_step(&plan.key, plan.direction, at).await
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
        if !plan
            .creates
            .iter()
            .any(|table| existing.contains(&table.name))
        {
            return Ok(false);
        }
        let mut faults = Vec::new();
        for wanted in &plan.creates {
            if !existing.contains(&wanted.name) {
                faults.push(format!("there is no table `{}`", wanted.name));
                continue;
            }
            let found = super::introspect::table(self.session, self.editor, &wanted.name).await?;
            for column in &wanted.columns {
                match found.column(&column.name) {
                    None => {
                        faults.push(format!("`{}` has no column `{}`", wanted.name, column.name))
                    }
                    Some(other)
                        if self.editor.told_type(other) != self.editor.told_type(column) =>
                    {
                        faults.push(format!(
                            "`{}.{}` is {} and should be {}",
                            wanted.name,
                            column.name,
                            self.editor.type_name(&other.ty),
                            self.editor.type_name(&column.ty)
                        ))
                    }
                    Some(_) => {}
                }
            }
        }
        if faults.is_empty() {
            return Ok(true);
        }
        Err(Error::migration(format!(
            "some of its tables are there, but not as it makes them: {}",
            faults.join("; ")
        )))
    }

    /// Going backwards over rows needs consent; over empty tables and columns it does not.
    pub(super) async fn refuse_loss_backwards(&self, plans: &[MigrationPlan]) -> Result<()> {
        if self.options.allow_data_loss || self.options.fake {
            return Ok(());
        }
        let existing = self.history(self.session).tables().await?;
        for plan in plans
            .iter()
            .filter(|plan| plan.direction == Direction::Backwards)
        {
            for loss in &plan.losses {
                if self.has_data(&existing, loss).await? {
                    let message = format!(
                        "nothing was done: taking back `{}` drops {}, which holds data; say `--allow-data-loss` if that is meant",
                        plan.key, loss
                    );
                    return Err(Error::new(ErrorKind::MigrationRefused { message }));
                }
            }
        }
        Ok(())
    }

    /// What is called otherwise by now is taken to hold data.
    async fn has_data(&self, existing: &BTreeSet<String>, loss: &Loss) -> Result<bool> {
        if !existing.contains(&loss.table) {
            return Ok(true);
        }
        let found = super::introspect::table(self.session, self.editor, &loss.table).await?;
        let table = self.editor.quote(&loss.table);
        let condition = match &loss.column {
            Some(column) if found.column(column).is_none() => return Ok(true),
            Some(column) => format!(" WHERE {} IS NOT NULL", self.editor.quote(column)),
            None => String::new(),
        };
        let rows = ask(
            self.session,
            format!("SELECT 1 FROM {table}{condition} LIMIT 1"),
            Vec::new(),
        )
        .await?;
        Ok(!rows.is_empty())
    }
}

impl Unit<'_> {
    fn hash(&self) -> String {
        match self {
            Unit::Sql(statement) => digest([statement.sql.as_str()], 32),
            Unit::Rust(function, _) => digest(["rust ", function], 32),
        }
    }

    fn describe(&self) -> &str {
        match self {
            Unit::Sql(statement) => statement.sql.trim(),
            Unit::Rust(function, _) => function,
        }
    }

    /// Whether it only writes rows; what changes structure would end a transaction by itself.
    fn fits_a_transaction(&self) -> bool {
        match self {
            Unit::Rust(..) => true,
            Unit::Sql(statement) => {
                let first = statement
                    .sql
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_ascii_uppercase();
                statement.writes_rows
                    && matches!(
                        first.as_str(),
                        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "WITH" | "SELECT"
                    )
            }
        }
    }
}

fn units(plan: &MigrationPlan) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for step in &plan.steps {
        match &step.action {
            Action::Sql(statements) => units.extend(statements.iter().map(Unit::Sql)),
            Action::Rust { function, state } => units.push(Unit::Rust(function, state)),
        }
    }
    units
}

/// What is done, what failed, and how to go on.
fn stopped(plan: &MigrationPlan, units: &[Unit<'_>], at: usize, error: Error) -> Error {
    let done: Vec<String> = units[..at]
        .iter()
        .map(|unit| format!("\n  done: {}", unit.describe()))
        .collect();
    let message = format!(
        "stopped at statement {} of {}. Here every statement commits by itself, so what is done stays:{}\n  failed: {}\n\
         Mend the cause and apply again: it goes on at statement {}. ({} has not been noted as applied.)",
        at + 1,
        units.len(),
        if done.is_empty() {
            "\n  done: nothing yet".to_owned()
        } else {
            done.concat()
        },
        units[at].describe(),
        at + 1,
        plan.key
    );
    let cause = error.to_string();
    match error.kind() {
        ErrorKind::ConnectionLost { .. } | ErrorKind::LockTimeout { .. } => error.context(message),
        _ => Error::migration(format!("{message}\nThe cause: {cause}")).with_source(error),
    }
}

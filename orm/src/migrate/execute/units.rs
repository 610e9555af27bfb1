//! Migrations that do not fit one transaction: one unit after the other, each noted in a journal, so that a run that
//! was broken off can be gone on with.
//!
//! Where structure changes within transactions, what can stand together does, with its line in the journal: it is done
//! or not. What runs outside of transactions, or commits by itself, may be done though nobody could note it; the
//! catalogue, or the server's refusal, tells.

use std::time::{Duration, Instant};

use super::{Part, PartWork, Run};
use crate::driver::{Executor, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::ask;
use crate::migrate::files::Migration;
use crate::migrate::introspect;
use crate::migrate::migrator::Outcome;
use crate::migrate::name::digest;
use crate::migrate::plan::{Action, Direction, MigrationPlan};
use crate::migrate::record::{History, JournalEntry};
use crate::sql::{DdlStatement, Effect, MigrationLock, Placement, SchemaEditor, WaitLimit, Walk};

/// How long to look away while somebody else builds an index.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What is done in one go.
enum Unit<'a> {
    /// One transaction.
    Together(Vec<Part<'a>>),
    /// One statement by itself.
    Alone(&'a DdlStatement),
    /// Many small transactions along a column.
    Batches(&'a DdlStatement, &'a Walk),
}

impl Run<'_> {
    /// Unit by unit, each noted in the journal.
    pub(super) async fn step_by_step(
        &self,
        migration: &Migration,
        plan: &MigrationPlan,
    ) -> Result<Outcome> {
        if let Some(before) = self.editor.before_migration() {
            self.session.batch(before).await?;
        }
        let limit = self.wait_limit();
        if let WaitLimit::Connection { set, .. } = &limit {
            self.session.batch(set).await?;
        }
        let result = self.journaled(migration, plan).await;
        if let WaitLimit::Connection { reset, .. } = limit {
            self.session.batch(reset).await?;
        }
        if let Some(after) = self.editor.after_migration() {
            self.session.batch(after).await?;
        }
        result
    }

    async fn journaled(&self, migration: &Migration, plan: &MigrationPlan) -> Result<Outcome> {
        let began = Instant::now();
        if self.is_done_elsewhere(self.session, plan).await? {
            return Ok(Outcome::DoneElsewhere);
        }
        let units = units(plan, self.editor);
        if units.iter().any(|unit| matches!(unit, Unit::Batches(..))) {
            self.history(self.session).prepare_progress().await?;
        }
        let done = self.journal_so_far(plan, &units).await?;
        for (at, unit) in units.iter().enumerate().skip(done) {
            let goes_on = self.unit(plan, at, unit);
            let goes_on = goes_on.await;
            if !goes_on.map_err(|error| stopped(plan, &units, at, error))? {
                return Ok(Outcome::DoneElsewhere);
            }
        }
        let transaction = self.session.begin().await?;
        if self.is_done_elsewhere(&transaction, plan).await? {
            transaction.rollback().await?;
            return Ok(Outcome::DoneElsewhere);
        }
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

    /// One unit; whether there is anything left to do after it.
    async fn unit(&self, plan: &MigrationPlan, at: usize, unit: &Unit<'_>) -> Result<bool> {
        let statements = unit.statements();
        let mut attempt = 0;
        loop {
            let result = match unit {
                Unit::Together(parts) => self.transaction(plan, (at, unit), parts).await,
                Unit::Alone(statement) => self.noted(plan, (at, unit), statement).await,
                Unit::Batches(statement, walk) => {
                    self.batches(plan, (at, &unit.hash()), (statement, walk))
                        .await
                }
            };
            match result {
                Err(error) => attempt = self.wait(plan, &statements, attempt, error).await?,
                goes_on => return goes_on,
            }
        }
    }

    /// A unit that is done or not, with its line in the journal. Where transactions are all that keeps programs apart,
    /// another one may have been faster.
    async fn transaction(
        &self,
        plan: &MigrationPlan,
        (at, unit): (usize, &Unit<'_>),
        parts: &[Part<'_>],
    ) -> Result<bool> {
        let transaction: Transaction = self.session.begin().await?;
        let history = self.history(&transaction);
        let journal = history.journal(&plan.key, plan.direction).await?;
        let is_done = journal.get(&at).is_some_and(|entry| entry.is_done);
        if is_done || self.is_ended_elsewhere(&transaction, plan).await? {
            transaction.rollback().await?;
            return Ok(is_done);
        }
        self.together(&transaction, parts).await?;
        if !journal.contains_key(&at) {
            history
                .begin_step(&plan.key, plan.direction, (at, &unit.hash()))
                .await?;
        }
        history.end_step(&plan.key, plan.direction, at).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Whether another program has come to the end meanwhile, where nothing else keeps programs apart.
    pub(super) async fn is_ended_elsewhere(
        &self,
        executor: &dyn Executor,
        plan: &MigrationPlan,
    ) -> Result<bool> {
        Ok(self.editor.migration_lock() == MigrationLock::Transaction
            && self.is_done_elsewhere(executor, plan).await?)
    }

    /// A statement that no transaction holds, with its line in the journal.
    async fn noted(
        &self,
        plan: &MigrationPlan,
        (at, unit): (usize, &Unit<'_>),
        statement: &DdlStatement,
    ) -> Result<bool> {
        let history = self.history(self.session);
        let journal = history.journal(&plan.key, plan.direction).await?;
        let in_doubt = journal.contains_key(&at);
        if !in_doubt {
            history
                .begin_step(&plan.key, plan.direction, (at, &unit.hash()))
                .await?;
        }
        self.alone(plan, statement, in_doubt).await?;
        history.end_step(&plan.key, plan.direction, at).await?;
        Ok(true)
    }

    /// A statement that no transaction holds; `in_doubt` where it was begun before.
    async fn alone(
        &self,
        plan: &MigrationPlan,
        statement: &DdlStatement,
        in_doubt: bool,
    ) -> Result<()> {
        if self.is_there_by_probe(statement, in_doubt).await? {
            return Ok(());
        }
        let mut named = statement.clone();
        named.sql = self
            .with_true_name(self.session, statement)
            .await?
            .into_owned();
        let mut result = self.session.batch(&named.sql).await;
        for weaker in &statement.weaker {
            match &result {
                Err(error) if self.editor.is_refusal(error) => {
                    self.refuse_copy_at_last(plan, statement, weaker).await?;
                    named.sql.clone_from(weaker);
                    named.sql = self
                        .with_true_name(self.session, &named)
                        .await?
                        .into_owned();
                    result = self.session.batch(&named.sql).await;
                }
                _ => break,
            }
        }
        match result {
            // The statement may have been done when the program was killed before it could note that.
            Err(error) if in_doubt && self.editor.is_done_already(&error) => Ok(()),
            Err(error) => {
                if self.editor.probe(statement).is_some() {
                    self.remove_what_is_broken(statement).await?;
                }
                let error = error.with_sql(&named.sql);
                Err(match self.editor.advice(statement, &error) {
                    Some(advice) => error.context(advice),
                    None => error,
                })
            }
            Ok(()) => Ok(()),
        }
    }

    /// Whether the catalogue says that a statement is done; what a broken-off one left is removed.
    async fn is_there_by_probe(&self, statement: &DdlStatement, in_doubt: bool) -> Result<bool> {
        loop {
            match self.probed(statement).await?.as_deref() {
                Some("busy") => tokio::time::sleep(LOOK_AGAIN).await,
                Some("broken") => self.remove_what_is_broken(statement).await?,
                Some("done") => return Ok(in_doubt),
                _ => return Ok(false),
            }
        }
    }

    async fn probed(&self, statement: &DdlStatement) -> Result<Option<String>> {
        if statement.place != Placement::Outside {
            return Ok(None);
        }
        if let Some(nameless) = &statement.drops {
            let table = introspect::table(self.session, self.editor, &nameless.table).await?;
            let is_gone = introspect::true_name(&table, nameless).is_none();
            return Ok(is_gone.then(|| "done".to_owned()));
        }
        let Some(query) = self.editor.probe(statement) else {
            return Ok(None);
        };
        let rows = ask(self.session, query, Vec::new()).await?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next()?))
    }

    async fn remove_what_is_broken(&self, statement: &DdlStatement) -> Result<()> {
        if self.probed(statement).await?.as_deref() != Some("broken") {
            return Ok(());
        }
        match self.editor.repair(statement) {
            Some(sql) => self
                .session
                .batch(&sql)
                .await
                .map_err(|error| error.with_sql(&sql)),
            None => Ok(()),
        }
    }

    /// The last way left to a server is to copy the table, which is only gone with consent.
    async fn refuse_copy_at_last(
        &self,
        plan: &MigrationPlan,
        statement: &DdlStatement,
        weaker: &str,
    ) -> Result<()> {
        let is_last = statement.weaker.last().is_some_and(|last| last == weaker);
        if !is_last || self.may_copy(plan) {
            return Ok(());
        }
        let table = [statement.table.clone()].into();
        let sizes = super::ahead::sizes(self.session, self.editor, &table).await?;
        let rows = sizes.get(&statement.table).and_then(|size| size.rows);
        if rows.is_none_or(|rows| rows <= self.options.copy_limit) {
            return Ok(());
        }
        let message = format!(
            "the server can only do it by copying `{}` ({} rows), and nobody can write to it meanwhile; say \
             `--allow-table-copy`, or write `allow = [\"table_copy\"]` into the file, if that is meant",
            statement.table,
            rows.unwrap_or_default()
        );
        Err(Error::new(ErrorKind::MigrationRefused { message }))
    }
}

/// Whether a run of a migration that was broken off went by this plan.
pub(in crate::migrate) async fn fits_the_journal(
    history: &History<'_>,
    plan: &MigrationPlan,
) -> Result<bool> {
    let journal = history.journal(&plan.key, plan.direction).await?;
    let units = units(plan, history.editor);
    let fits = |(at, entry): (&usize, &JournalEntry)| {
        units.get(*at).is_some_and(|unit| unit.hash() == entry.hash)
    };
    Ok(journal.iter().all(fits))
}

impl<'a> Unit<'a> {
    fn hash(&self) -> String {
        match self {
            Unit::Alone(statement) | Unit::Batches(statement, _) => {
                digest([statement.sql.as_str()], 32)
            }
            Unit::Together(parts) => {
                let words = parts.iter().flat_map(|part| match part.work {
                    PartWork::Sql(statements) => {
                        statements.iter().map(|one| one.sql.as_str()).collect()
                    }
                    PartWork::Rust(function, _) => vec!["rust ", function],
                });
                digest(words, 32)
            }
        }
    }

    fn describe(&self) -> String {
        let words: Vec<&str> = match self {
            Unit::Alone(statement) | Unit::Batches(statement, _) => vec![statement.sql.trim()],
            Unit::Together(parts) => parts
                .iter()
                .flat_map(|part| match part.work {
                    PartWork::Sql(statements) => {
                        statements.iter().map(|one| one.sql.trim()).collect()
                    }
                    PartWork::Rust(function, _) => vec![function],
                })
                .collect(),
        };
        words.join("; ")
    }

    fn statements(&self) -> Vec<&'a DdlStatement> {
        match self {
            Unit::Alone(statement) | Unit::Batches(statement, _) => vec![*statement],
            Unit::Together(parts) => parts
                .iter()
                .flat_map(|part| match part.work {
                    PartWork::Sql(statements) => statements,
                    PartWork::Rust(..) => &[],
                })
                .collect(),
        }
    }
}

fn units<'a>(plan: &'a MigrationPlan, editor: &dyn SchemaEditor) -> Vec<Unit<'a>> {
    let transactional = editor.features().transactional;
    let mut units = Vec::new();
    let mut parts: Vec<Part<'a>> = Vec::new();
    let flush = |parts: &mut Vec<Part<'a>>, units: &mut Vec<Unit<'a>>| {
        if !parts.is_empty() {
            units.push(Unit::Together(std::mem::take(parts)));
        }
    };
    for step in &plan.steps {
        let comment = step.comment.as_str();
        let whole = |work| Part { comment, work };
        match &step.action {
            Action::Rust { function, state } => {
                parts.push(whole(PartWork::Rust(function, state)));
            }
            Action::Sql(statements) => {
                let mut begin = 0;
                for (at, statement) in statements.iter().enumerate() {
                    let alone = place(plan, transactional, statement);
                    let Some(unit) = alone else {
                        continue;
                    };
                    if begin < at {
                        parts.push(whole(PartWork::Sql(&statements[begin..at])));
                    }
                    flush(&mut parts, &mut units);
                    begin = at + 1;
                    units.push(match unit {
                        Place::Apart => Unit::Together(vec![whole(PartWork::Sql(
                            std::slice::from_ref(statement),
                        ))]),
                        Place::Alone => Unit::Alone(statement),
                        Place::Batches(walk) => Unit::Batches(statement, walk),
                    });
                }
                if begin < statements.len() {
                    parts.push(whole(PartWork::Sql(&statements[begin..])));
                }
            }
        }
        if plan.stepwise || !transactional {
            flush(&mut parts, &mut units);
        }
    }
    flush(&mut parts, &mut units);
    units
}

enum Place<'a> {
    Apart,
    Alone,
    Batches(&'a Walk),
}

/// Where a statement runs that does not stand with those around it.
fn place<'a>(
    plan: &MigrationPlan,
    transactional: bool,
    statement: &'a DdlStatement,
) -> Option<Place<'a>> {
    match &statement.place {
        Placement::Batches(walk) => return Some(Place::Batches(walk)),
        Placement::Outside => return Some(Place::Alone),
        Placement::Apart => return Some(Place::Apart),
        Placement::Together => {}
    }
    if !transactional {
        return Some(match only_writes_rows(statement) {
            true => Place::Apart,
            false => Place::Alone,
        });
    }
    // What was written by hand into such a file may be what no transaction takes.
    let by_hand = statement.effect == Effect::Unknown;
    (plan.stepwise && by_hand).then_some(match only_writes_rows(statement) {
        true => Place::Apart,
        false => Place::Alone,
    })
}

/// Whether it only writes rows; what changes structure would end a transaction by itself.
fn only_writes_rows(statement: &DdlStatement) -> bool {
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

/// What is done, what failed, and how to go on.
fn stopped(plan: &MigrationPlan, units: &[Unit<'_>], at: usize, error: Error) -> Error {
    let done: Vec<String> = units[..at]
        .iter()
        .map(|unit| format!("\n  done: {}", unit.describe()))
        .collect();
    let message = format!(
        "stopped at statement {} of {}. What was done before is committed and stays:{}\n  failed: {}\n\
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
        ErrorKind::ConnectionLost { .. }
        | ErrorKind::LockTimeout { .. }
        | ErrorKind::MigrationRefused { .. } => error.context(message),
        _ => Error::migration(format!("{message}\nThe cause: {cause}")).with_source(error),
    }
}

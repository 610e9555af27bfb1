//! What a migration tells the database, as pure data: the one way from an [`Operation`] to SQL.
//!
//! A [`Moment`] is the state of the models and the schema that goes with it, replayed operation by operation. The
//! schema before and the schema after an operation are compared, through what the operation renames; the difference is
//! rendered by the database's [`SchemaEditor`]. The way back is the difference the other way round.

mod changes;
mod checks;
mod fill;
mod phase;
mod planner;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::migrate::carry::refuse_gone;
use crate::migrate::files::{Migration, MigrationKey};
use crate::migrate::operation::Operation;
use crate::migrate::renames::renames;
use crate::migrate::state::ProjectState;
use crate::migrate::to_schema::to_schema;
use crate::schema::change::{Renames, compare};
use crate::schema::{Schema, Table};
use crate::sql::{DdlStatement, Placement, SchemaEditor};
pub use changes::OperationChange;
pub use checks::{DataCheck, Fault};
use phase::Kept;
use planner::{Findings, Planner};

/// A point between two operations: the models, and the schema with the names that history gave.
#[derive(Debug, Clone, Default)]
pub struct Moment {
    /// The models.
    pub state: Arc<ProjectState>,
    /// The schema that goes with them.
    pub schema: Arc<Schema>,
}

/// Everything that one migration does, one way.
#[derive(Debug, Clone)]
pub struct MigrationPlan {
    /// The migration.
    pub key: MigrationKey,
    /// Which way it goes.
    pub direction: Direction,
    /// Whether all of it stands or falls together, where the database can.
    pub atomic: bool,
    /// Whether its file says that its steps stand each by itself.
    pub stepwise: bool,
    /// What its file has consent to do.
    pub allow: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What rows lose by it.
    pub losses: Vec<Loss>,
    /// The tables that it makes.
    pub creates: Vec<Table>,
    /// What its rows must be like.
    pub checks: Vec<DataCheck>,
    /// The tables that were there before, for the sake of whose users it does otherwise than it would.
    pub in_use: BTreeSet<String>,
}

/// What a migration takes tables for that it does not make itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Nobody uses them: everything is done in the plainest way.
    Plain,
    /// They are in use: nobody is kept waiting for longer than it takes. A migration whose file says `atomic = true`
    /// stays in one transaction all the same, where the database can.
    Online,
}

/// Which way a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It is applied.
    Forwards,
    /// It is taken back.
    Backwards,
}

/// What one operation does.
#[derive(Debug, Clone)]
pub struct Step {
    /// The number of its operation in the file.
    pub operation: usize,
    /// The operation, in words.
    pub comment: String,
    /// What is done.
    pub action: Action,
    /// What takes it back.
    pub reverse: Reverse,
}

/// What takes a step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reverse {
    /// The next step of the same operation has it.
    Later,
    /// These statements, in order; functions are named. What of it was lost does not come back.
    Steps {
        /// The statements.
        steps: Vec<String>,
        /// Whether all is as it was then, rows included.
        lossless: bool,
    },
    /// Nothing, for this reason.
    Never(String),
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Statements, in order; none where the database need not know.
    Sql(Vec<DdlStatement>),
    /// A function of the program, by its name, with the models of this moment.
    Rust {
        /// The name that it is registered by.
        function: String,
        /// The models as the function finds them.
        state: Arc<ProjectState>,
    },
}

/// Data that a step drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The table.
    pub table: String,
    /// The column, where the table itself stays.
    pub column: Option<String>,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "the column `{}.{column}`", self.table),
            None => write!(f, "the table `{}`", self.table),
        }
    }
}

impl MigrationPlan {
    /// The functions of the program that it needs.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::Rust { function, .. } => Some(function.as_str()),
            Action::Sql(_) => None,
        })
    }

    /// All as a script with comments, for people.
    pub fn to_sql(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            text += &format!("--\n-- {}\n--\n", step.comment);
            match &step.action {
                Action::Sql(statements) if statements.is_empty() => text += "-- (no-op)\n",
                Action::Sql(statements) => {
                    for statement in statements {
                        text += statement.sql.trim_end().trim_end_matches(';');
                        text += ";\n";
                    }
                }
                Action::Rust { function, .. } => {
                    text += &format!("-- runs the function `{function}` of the program\n")
                }
            }
        }
        text
    }
}

impl Moment {
    /// The moment that a state is, as if all of it were created now.
    ///
    /// # Errors
    /// As [`to_schema`].
    pub fn new(state: ProjectState, editor: &dyn SchemaEditor) -> Result<Moment> {
        let schema = to_schema(&state, editor)?;
        refuse_gone(&schema)?;
        Ok(Moment {
            state: Arc::new(state),
            schema: Arc::new(schema),
        })
    }

    /// Goes over a migration that is applied already.
    ///
    /// # Errors
    /// As [`Moment::forwards`].
    pub fn replay(&mut self, migration: &Migration, editor: &dyn SchemaEditor) -> Result<()> {
        for operation in &migration.operations {
            *self = Planner::new(&migration.app, editor, operation)
                .after(self)
                .map_err(|error| error.context(migration.key().to_string()))?;
        }
        Ok(())
    }

    /// Goes over a migration, and gives what it does in the plainest way.
    ///
    /// # Errors
    /// Where an operation does not fit the state, or the database lacks what it needs.
    pub fn forwards(
        &mut self,
        migration: &Migration,
        editor: &dyn SchemaEditor,
    ) -> Result<MigrationPlan> {
        self.forwards_as(migration, editor, Manner::Plain)
    }

    /// Goes over a migration, and gives what it does.
    ///
    /// # Errors
    /// As [`Moment::forwards`].
    pub fn forwards_as(
        &mut self,
        migration: &Migration,
        editor: &dyn SchemaEditor,
        manner: Manner,
    ) -> Result<MigrationPlan> {
        let mut plan = MigrationPlan::new(migration, Direction::Forwards);
        let mut findings = Findings::default();
        let mut made = BTreeSet::new();
        let mut kept = Kept::default();
        for (number, operation) in migration.operations.iter().enumerate() {
            let mut planner = Planner::new(&migration.app, editor, operation);
            let located = |error: Error| {
                error.context(format!("{}: {}", migration.key(), operation.describe()))
            };
            let after = planner.after(self).map_err(located)?;
            let now = made_so_far(&planner, &made, self, &after);
            planner.made = is_online(migration, editor, manner).then_some((&made, &now));
            findings.step = plan.steps.len();
            let lost = findings.losses.len();
            let actions = planner
                .forwards(self, &after, &mut findings)
                .map_err(located)?;
            if kept.holds(operation) {
                findings.losses.truncate(lost);
            }
            let back = planner.backwards(self, &after, &mut Findings::default());
            plan.push(
                (number, operation),
                actions,
                reverse_of(back, findings.losses.len() == lost),
            );
            plan.creates(self, &after, &now);
            made = now;
            *self = after;
        }
        plan.finish(findings, editor);
        Ok(plan)
    }

    /// What takes a migration back in the plainest way; the moment is the one before the migration, and stays.
    ///
    /// # Errors
    /// As [`Moment::forwards`], and where an operation cannot be taken back.
    pub fn backwards(
        &self,
        migration: &Migration,
        editor: &dyn SchemaEditor,
    ) -> Result<MigrationPlan> {
        self.backwards_as(migration, editor, Manner::Plain)
    }

    /// What takes a migration back; the moment is the one before the migration, and stays.
    ///
    /// # Errors
    /// As [`Moment::backwards`].
    pub fn backwards_as(
        &self,
        migration: &Migration,
        editor: &dyn SchemaEditor,
        manner: Manner,
    ) -> Result<MigrationPlan> {
        let mut plan = MigrationPlan::new(migration, Direction::Backwards);
        let mut findings = Findings::default();
        let kept = Kept::within(&migration.operations);
        let mut moments = vec![(self.clone(), BTreeSet::new())];
        for operation in &migration.operations {
            let planner = Planner::new(&migration.app, editor, operation);
            let Some((before, made)) = moments.last() else {
                break;
            };
            let after = planner.after(before)?;
            let made = made_so_far(&planner, made, before, &after);
            moments.push((after, made));
        }
        let operations = migration.operations.iter().enumerate();
        for ((number, operation), pair) in operations.zip(moments.windows(2)).rev() {
            let [(before, made), (after, now)] = pair else {
                continue;
            };
            let mut planner = Planner::new(&migration.app, editor, operation);
            planner.made = is_online(migration, editor, manner).then_some((made, now));
            let located = |error: Error| {
                error.context(format!("{}: {}", migration.key(), operation.describe()))
            };
            findings.step = plan.steps.len();
            let lost = findings.losses.len();
            let actions = planner
                .backwards(before, after, &mut findings)
                .map_err(located)?;
            if kept.comes_with(operation) {
                findings.losses.truncate(lost);
            }
            let again = planner.forwards(before, after, &mut Findings::default());
            plan.push((number, operation), actions, reverse_of(again, true));
        }
        plan.finish(findings, editor);
        Ok(plan)
    }
}

/// Where a transaction must hold all, what is in use waits.
fn is_online(migration: &Migration, editor: &dyn SchemaEditor, manner: Manner) -> bool {
    let is_fixed = migration.atomic == Some(true) && editor.features().transactional;
    manner == Manner::Online && !is_fixed
}

/// The tables that a migration has made up to a moment, under their names of then.
fn made_so_far(
    planner: &Planner<'_>,
    made: &BTreeSet<String>,
    before: &Moment,
    after: &Moment,
) -> BTreeSet<String> {
    let renames = renames(planner.app, planner.operation, &before.state, &after.state).reversed();
    let is_made = |name: &&String| {
        let old = renames.table(name);
        made.contains(old) || before.schema.table(old).is_none()
    };
    after
        .schema
        .tables
        .keys()
        .filter(is_made)
        .cloned()
        .collect()
}

fn reverse_of(actions: Result<Vec<Action>>, lossless: bool) -> Reverse {
    let actions = match actions {
        Ok(actions) => actions,
        Err(error) => return Reverse::Never(error.to_string()),
    };
    let words = |action: &Action| match action {
        Action::Sql(statements) => statements
            .iter()
            .map(|statement| statement.sql.clone())
            .collect(),
        Action::Rust { function, .. } => vec![format!("the function `{function}`")],
    };
    Reverse::Steps {
        steps: actions.iter().flat_map(words).collect(),
        lossless,
    }
}

impl MigrationPlan {
    fn new(migration: &Migration, direction: Direction) -> Self {
        MigrationPlan {
            key: migration.key(),
            direction,
            atomic: migration.atomic.unwrap_or(true),
            stepwise: migration.atomic == Some(false),
            allow: migration.allow.clone(),
            steps: Vec::new(),
            losses: Vec::new(),
            creates: Vec::new(),
            checks: Vec::new(),
            in_use: BTreeSet::new(),
        }
    }

    fn push(
        &mut self,
        (number, operation): (usize, &Operation),
        actions: Vec<Action>,
        reverse: Reverse,
    ) {
        let comment = match self.direction {
            Direction::Forwards => operation.describe(),
            Direction::Backwards => format!("Take back: {}", operation.describe()),
        };
        self.steps.extend(actions.into_iter().map(|action| Step {
            operation: number,
            comment: comment.clone(),
            action,
            reverse: Reverse::Later,
        }));
        if let Some(last) = self.steps.last_mut() {
            last.reverse = reverse;
        }
    }

    fn finish(&mut self, findings: Findings, editor: &dyn SchemaEditor) {
        self.losses = findings.losses;
        self.checks = findings.checks;
        self.in_use = findings.in_use;
        self.separate_rows_from_structure(editor);
        self.join_statements(editor);
        let together = |statement: &DdlStatement| statement.place == Placement::Together;
        self.atomic = self.atomic && self.statements().all(together);
    }

    /// Whether its file has consent to something.
    pub fn allows(&self, what: &str) -> bool {
        self.allow.iter().any(|consent| consent == what)
    }

    /// Its statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = &DdlStatement> {
        self.steps.iter().flat_map(|step| match &step.action {
            Action::Sql(statements) => statements.as_slice(),
            Action::Rust { .. } => &[],
        })
    }

    /// Tables are as they are in the end, and those that are gone by then do not count.
    fn creates(&mut self, before: &Moment, after: &Moment, made: &BTreeSet<String>) {
        let tables = &after.schema.tables;
        self.creates.retain_mut(|table| {
            tables
                .get(&table.name)
                .map(|now| *table = Table::clone(now))
                .is_some()
        });
        let new = tables
            .values()
            .filter(|table| made.contains(&table.name))
            .filter(|table| before.schema.table(&table.name).is_none());
        self.creates.extend(new.map(|table| Table::clone(table)));
    }

    /// Statements that each commit by themselves become one where the moment between them would be seen.
    fn join_statements(&mut self, editor: &dyn SchemaEditor) {
        if editor.features().transactional {
            return;
        }
        for at in 1..self.steps.len() {
            let (done, rest) = self.steps.split_at_mut(at);
            let (Some(before), Some(step)) = (done.last_mut(), rest.first_mut()) else {
                continue;
            };
            let (Action::Sql(first), Action::Sql(second)) = (&mut before.action, &mut step.action)
            else {
                continue;
            };
            if let ([.., one], [two, ..]) = (first.as_slice(), second.as_slice())
                && let Some(both) = editor.joined(one, two)
            {
                first.pop();
                second[0] = both;
            }
        }
    }

    /// Rows that were written may hold their table until their foreign keys have been looked at.
    fn separate_rows_from_structure(&mut self, editor: &dyn SchemaEditor) {
        let Some(words) = editor.after_rows() else {
            return;
        };
        let mut written = false;
        for step in &mut self.steps {
            match &mut step.action {
                Action::Rust { .. } => written = true,
                Action::Sql(statements) => {
                    if written && statements.iter().any(|statement| !statement.writes_rows) {
                        statements.insert(0, DdlStatement::setting(words));
                        written = false;
                    }
                    written |= statements.last().is_some_and(|last| last.writes_rows);
                }
            }
        }
    }
}

/// What leads from one schema to another, for what is compared without operations: names are paired as they are.
///
/// # Errors
/// `Unsupported`.
pub fn statements_between(
    before: &Schema,
    after: &Schema,
    editor: &dyn SchemaEditor,
) -> Result<Vec<DdlStatement>> {
    editor.change(&compare(before, after, &Renames::default()))
}

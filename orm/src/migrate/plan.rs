//! What a migration tells the database, as pure data: the one way from an [`Operation`] to SQL.
//!
//! A [`Moment`] is the state of the models and the schema that goes with it, replayed operation by operation. The
//! schema before and the schema after an operation are compared, through what the operation renames; the difference is
//! rendered by the database's [`SchemaEditor`]. The way back is the difference the other way round.

mod fill;
mod planner;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::migrate::carry::refuse_gone;
use crate::migrate::files::{Migration, MigrationKey};
use crate::migrate::operation::Operation;
use crate::migrate::state::ProjectState;
use crate::migrate::to_schema::to_schema;
use crate::schema::change::{Renames, compare};
use crate::schema::{Schema, Table};
use crate::sql::{DdlStatement, SchemaEditor};
use planner::Planner;

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
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What rows lose by it.
    pub losses: Vec<Loss>,
    /// The tables that it makes.
    pub creates: Vec<Table>,
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
    /// The operation, in words.
    pub comment: String,
    /// What is done.
    pub action: Action,
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
            let planner = Planner {
                app: &migration.app,
                editor,
                operation,
            };
            *self = planner
                .after(self)
                .map_err(|error| error.context(migration.key().to_string()))?;
        }
        Ok(())
    }

    /// Goes over a migration, and gives what it does.
    ///
    /// # Errors
    /// Where an operation does not fit the state, or the database lacks what it needs.
    pub fn forwards(
        &mut self,
        migration: &Migration,
        editor: &dyn SchemaEditor,
    ) -> Result<MigrationPlan> {
        let mut plan = MigrationPlan::new(migration, Direction::Forwards);
        for operation in &migration.operations {
            let planner = Planner {
                app: &migration.app,
                editor,
                operation,
            };
            let located = |error: Error| {
                error.context(format!("{}: {}", migration.key(), operation.describe()))
            };
            let after = planner.after(self).map_err(located)?;
            let actions = planner
                .forwards(self, &after, &mut plan.losses)
                .map_err(located)?;
            plan.push(operation, actions);
            plan.creates(self, &after);
            *self = after;
        }
        plan.separate_rows_from_structure(editor);
        Ok(plan)
    }

    /// What takes a migration back; the moment is the one before the migration, and stays.
    ///
    /// # Errors
    /// As [`Moment::forwards`], and where an operation cannot be taken back.
    pub fn backwards(
        &self,
        migration: &Migration,
        editor: &dyn SchemaEditor,
    ) -> Result<MigrationPlan> {
        let mut plan = MigrationPlan::new(migration, Direction::Backwards);
        let mut moments = vec![self.clone()];
        for operation in &migration.operations {
            let planner = Planner {
                app: &migration.app,
                editor,
                operation,
            };
            let before = moments.last().unwrap_or(self);
            moments.push(planner.after(before)?);
        }
        for (operation, pair) in migration.operations.iter().zip(moments.windows(2)).rev() {
            let planner = Planner {
                app: &migration.app,
                editor,
                operation,
            };
            let located = |error: Error| {
                error.context(format!("{}: {}", migration.key(), operation.describe()))
            };
            let actions = planner
                .backwards(&pair[0], &pair[1], &mut plan.losses)
                .map_err(located)?;
            plan.push(operation, actions);
        }
        plan.separate_rows_from_structure(editor);
        Ok(plan)
    }
}

impl MigrationPlan {
    fn new(migration: &Migration, direction: Direction) -> Self {
        MigrationPlan {
            key: migration.key(),
            direction,
            atomic: migration.atomic.unwrap_or(true),
            steps: Vec::new(),
            losses: Vec::new(),
            creates: Vec::new(),
        }
    }

    fn push(&mut self, operation: &Operation, actions: Vec<Action>) {
        let comment = match self.direction {
            Direction::Forwards => operation.describe(),
            Direction::Backwards => format!("Take back: {}", operation.describe()),
        };
        self.steps.extend(actions.into_iter().map(|action| Step {
            comment: comment.clone(),
            action,
        }));
    }

    /// Tables are as they are in the end, and those that are gone by then do not count.
    fn creates(&mut self, before: &Moment, after: &Moment) {
        let tables = &after.schema.tables;
        self.creates.retain_mut(|table| {
            tables
                .get(&table.name)
                .map(|now| *table = Table::clone(now))
                .is_some()
        });
        let new = tables
            .values()
            .filter(|table| before.schema.table(&table.name).is_none());
        self.creates.extend(new.map(|table| Table::clone(table)));
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
                        statements.insert(0, DdlStatement::new(words));
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

//! One operation: what it makes of a moment, and the actions that lead there and back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::checks::{DataCheck, checks};
use super::{Action, Direction, Loss, Moment};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::carry::{Touched, carry, refuse_gone};
use crate::migrate::operation::{Operation, RunSql, SqlText};
use crate::migrate::renames::renames;
use crate::migrate::split;
use crate::migrate::state::{ModelKey, ProjectState};
use crate::migrate::to_schema::follow;
use crate::schema::Schema;
use crate::schema::change::{Renames, SchemaChange, compare};
use crate::sql::{DdlStatement, Effect, Placement, SchemaEditor};

/// One operation of an app, on one database.
pub(super) struct Planner<'a> {
    pub(super) app: &'a str,
    pub(super) editor: &'a dyn SchemaEditor,
    pub(super) operation: &'a Operation,
    /// Where others use the tables: those that the migration itself made, before and after the operation.
    pub(super) made: Option<(&'a BTreeSet<String>, &'a BTreeSet<String>)>,
}

/// What comes to light while planning.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The number of the step that is being planned.
    pub(super) step: usize,
    pub(super) losses: Vec<Loss>,
    pub(super) checks: Vec<DataCheck>,
    pub(super) in_use: BTreeSet<String>,
}

impl<'a> Planner<'a> {
    /// An operation on tables that nobody uses.
    pub(super) fn new(
        app: &'a str,
        editor: &'a dyn SchemaEditor,
        operation: &'a Operation,
    ) -> Self {
        Planner {
            app,
            editor,
            operation,
            made: None,
        }
    }
}

impl Planner<'_> {
    pub(super) fn with<'b>(&'b self, operation: &'b Operation) -> Planner<'b> {
        Planner { operation, ..*self }
    }

    /// The moment after the operation.
    pub(super) fn after(&self, before: &Moment) -> Result<Moment> {
        let mut state = ProjectState::clone(&before.state);
        self.operation.apply(self.app, &mut state)?;
        let mut schema = follow(&before.schema, &before.state, &state, self.editor)?;
        let touched = self.touched(&state);
        let touched: Touched<'_> = touched
            .as_ref()
            .map(|(table, column)| (table.as_str(), column.as_str()));
        let renames = renames(self.app, self.operation, &before.state, &state);
        let settled = self.settled(&before.schema, &renames);
        carry(&settled, &mut schema, &renames, touched, self.editor);
        refuse_gone(&schema)?;
        self.give_one_off_default(&before.state, &state, &mut schema)?;
        Ok(Moment {
            state: Arc::new(state),
            schema: Arc::new(schema),
        })
    }

    /// A schema with the names that the database gives anew when tables are renamed.
    fn settled(&self, schema: &Schema, renames: &Renames) -> Schema {
        let mut schema = schema.clone();
        for (from, to) in &renames.tables {
            let checks = schema.table_mut(from).map(|table| &mut table.checks);
            for name in checks
                .into_iter()
                .flatten()
                .filter_map(|check| check.name.as_mut())
            {
                *name = self.editor.check_after_rename(name, from, to);
            }
        }
        schema
    }

    /// The actions that lead from before to after.
    pub(super) fn forwards(
        &self,
        before: &Moment,
        after: &Moment,
        findings: &mut Findings,
    ) -> Result<Vec<Action>> {
        match self.operation {
            Operation::Elidable(inner) => self.with(inner).forwards(before, after, findings),
            Operation::RunSql(op) => Ok(vec![Action::Sql(self.run_sql(&op.sql))]),
            Operation::RunRust(op) => Ok(vec![Action::Rust {
                function: op.forward.clone(),
                state: Arc::clone(&before.state),
            }]),
            Operation::CreateExtension(op) => Ok(vec![Action::Sql(vec![DdlStatement::new(
                self.editor.create_extension(&op.name)?,
            )])]),
            Operation::ValidateConstraint(op) => {
                let table = self.table(&after.state, &op.model)?;
                let sql = self.editor.validate_constraint(&table, &op.name)?;
                let effect = Effect::Validate(op.name.clone());
                let mut statement = DdlStatement::new(sql).on(&table, effect);
                // In a transaction of its own, lest the rows be looked at under the lock of what came before.
                if self.made.is_some() {
                    findings.in_use.insert(table);
                    statement.place = Placement::Apart;
                }
                Ok(vec![Action::Sql(vec![statement])])
            }
            Operation::SeparateDatabaseAndState(op) => {
                let mut moment = before.clone();
                let mut actions = Vec::new();
                for operation in &op.database_operations {
                    let planner = self.with(operation);
                    let next = planner.after(&moment)?;
                    actions.extend(planner.forwards(&moment, &next, findings)?);
                    moment = next;
                }
                Ok(actions)
            }
            Operation::AlterModelOptions(_) => Ok(vec![Action::Sql(Vec::new())]),
            Operation::KeepInStep(_)
            | Operation::StopKeepingInStep(_)
            | Operation::Backfill(_)
            | Operation::AddTableAlias(_)
            | Operation::RemoveTableAlias(_) => self.phase(before, Direction::Forwards, findings),
            _ => self.change(&self.changed(before, after)?, findings),
        }
    }

    /// What differs between before and after.
    pub(super) fn changed(&self, before: &Moment, after: &Moment) -> Result<SchemaChange> {
        let renames = renames(self.app, self.operation, &before.state, &after.state);
        let mut change = compare(
            &self.settled(&before.schema, &renames),
            &after.schema,
            &renames,
        );
        self.fill(&before.state, &after.state, &mut change)?;
        Ok(change)
    }

    /// The actions that lead back from after to before.
    pub(super) fn backwards(
        &self,
        before: &Moment,
        after: &Moment,
        findings: &mut Findings,
    ) -> Result<Vec<Action>> {
        let stuck = || {
            let message = "cannot be taken back: it says nothing about the way back".to_owned();
            Error::new(ErrorKind::MigrationRefused { message })
        };
        match self.operation {
            Operation::Elidable(inner) => self.with(inner).backwards(before, after, findings),
            Operation::RunSql(RunSql { reverse_sql, .. }) => Ok(vec![Action::Sql(
                self.run_sql(reverse_sql.as_ref().ok_or_else(stuck)?),
            )]),
            Operation::RunRust(op) => match op.reverse.as_deref() {
                None => Err(stuck()),
                Some("") => Ok(vec![Action::Sql(Vec::new())]),
                Some(function) => Ok(vec![Action::Rust {
                    function: function.to_owned(),
                    state: Arc::clone(&after.state),
                }]),
            },
            Operation::CreateExtension(op) => Ok(vec![Action::Sql(vec![DdlStatement::new(
                self.editor.drop_extension(&op.name)?,
            )])]),
            Operation::ValidateConstraint(_) | Operation::AlterModelOptions(_) => {
                Ok(vec![Action::Sql(Vec::new())])
            }
            Operation::KeepInStep(_)
            | Operation::StopKeepingInStep(_)
            | Operation::Backfill(_)
            | Operation::AddTableAlias(_)
            | Operation::RemoveTableAlias(_) => self.phase(after, Direction::Backwards, findings),
            Operation::SeparateDatabaseAndState(op) => {
                let mut moments = vec![before.clone()];
                for operation in &op.database_operations {
                    let next = self
                        .with(operation)
                        .after(moments.last().unwrap_or(before))?;
                    moments.push(next);
                }
                let mut actions = Vec::new();
                for (operation, pair) in op.database_operations.iter().zip(moments.windows(2)).rev()
                {
                    actions.extend(
                        self.with(operation)
                            .backwards(&pair[0], &pair[1], findings)?,
                    );
                }
                Ok(actions)
            }
            _ => {
                let renames =
                    renames(self.app, self.operation, &before.state, &after.state).reversed();
                let mut change = compare(
                    &self.settled(&after.schema, &renames),
                    &before.schema,
                    &renames,
                );
                self.fill(&after.state, &before.state, &mut change)?;
                self.fill_what_was_lost(&mut change);
                self.change(&change, findings)
            }
        }
    }

    fn change(&self, change: &SchemaChange, findings: &mut Findings) -> Result<Vec<Action>> {
        findings
            .losses
            .extend(change.dropped.iter().map(|table| Loss {
                table: table.name.clone(),
                column: None,
            }));
        for table in &change.altered {
            let stored = table
                .dropped_columns
                .iter()
                .filter(|column| column.generated.is_none());
            findings.losses.extend(stored.map(|column| Loss {
                table: table.old.name.clone(),
                column: Some(column.name.clone()),
            }));
        }
        let mut statements = self.editor.change(change)?;
        if let Operation::AddConstraint(op) = self.operation
            && op.not_valid
            && self.editor.features().not_valid
        {
            for statement in &mut statements {
                self.leave_rows_alone(statement)?;
            }
            return Ok(vec![Action::Sql(statements)]);
        }
        findings
            .checks
            .extend(checks(self.editor, change, findings.step));
        Ok(vec![Action::Sql(self.for_tables_in_use(
            change,
            statements,
            &mut findings.in_use,
        ))])
    }

    /// A constraint that looks at the rows later.
    fn leave_rows_alone(&self, statement: &mut DdlStatement) -> Result<()> {
        match &mut statement.effect {
            Effect::AddCheck { valid, .. } | Effect::AddForeignKey { valid, .. } => *valid = false,
            _ => return Ok(()),
        }
        statement.sql += self.editor.not_valid()?;
        Ok(())
    }

    /// The statements as they are to be where others use the tables; notes which tables make a difference.
    fn for_tables_in_use(
        &self,
        change: &SchemaChange,
        statements: Vec<DdlStatement>,
        in_use: &mut BTreeSet<String>,
    ) -> Vec<DdlStatement> {
        let Some((before, after)) = self.made else {
            return statements;
        };
        let is_new = |table: &str| {
            before.contains(table)
                || after.contains(table)
                || change.created.iter().any(|created| created.name == table)
        };
        let online = self.editor.online(statements.clone(), &is_new);
        let differs = |statement: &&DdlStatement| !statements.contains(statement);
        in_use.extend(
            online
                .iter()
                .filter(differs)
                .map(|statement| statement.table.clone()),
        );
        online
    }

    fn run_sql(&self, text: &SqlText) -> Vec<DdlStatement> {
        let words = [Some(self.editor.backend()), self.editor.fallback()];
        let sql = words
            .into_iter()
            .flatten()
            .find_map(|word| text.for_backend(word))
            .unwrap_or_default();
        let texts = if self.editor.features().transactional {
            vec![sql.to_owned()]
        } else {
            split::statements(sql)
        };
        texts
            .into_iter()
            .filter(|sql| !sql.trim().is_empty())
            .map(DdlStatement::rows)
            .collect()
    }

    pub(super) fn table(&self, state: &ProjectState, model: &str) -> Result<String> {
        Ok(state.table_of(state.expect(&ModelKey::new(self.app, model))?))
    }
}

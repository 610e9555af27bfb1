//! Changes by phases: triggers that keep columns in step, rows filled in batches, tables with two names.

use super::planner::{Findings, Planner};
use super::{Action, Direction, Moment};
use crate::error::{Error, Result};
use crate::meta::condition::Expression;
use crate::meta::literal::DefaultFunction;
use crate::migrate::expression::Scope;
use crate::migrate::name::digest;
use crate::migrate::operation::{Backfill, KeepInStep, Operation, TableAlias};
use crate::migrate::state::{FieldState, ModelKey};
use crate::migrate::to_schema::{column_of, kind_of_column, value_in_column};
use crate::schema::Column;
use crate::sql::{Alias, DdlStatement, Effect, InStep, Placement, Walk, key_of};

/// The fields whose values another one holds too, so that nothing is lost with their columns.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The model and the field.
    fields: Vec<(String, String)>,
}

impl Kept {
    /// The fields that operations keep in step with another.
    pub(super) fn within(operations: &[Operation]) -> Self {
        let field = |operation: &Operation| match operation {
            Operation::KeepInStep(op) if op.with.is_some() => {
                Some((op.model.clone(), op.field.clone()))
            }
            _ => None,
        };
        Kept {
            fields: operations.iter().filter_map(field).collect(),
        }
    }

    /// Whether an operation, the next one, removes a field that was in step until this migration.
    pub(super) fn holds(&mut self, operation: &Operation) -> bool {
        match operation {
            Operation::StopKeepingInStep(op) => {
                let with = op.with.clone();
                self.fields
                    .extend(with.map(|with| (op.model.clone(), with)));
                false
            }
            Operation::RenameField(op) => {
                for (_, field) in self
                    .fields
                    .iter_mut()
                    .filter(|(model, field)| *model == op.model && *field == op.old_name)
                {
                    field.clone_from(&op.new_name);
                }
                false
            }
            Operation::RemoveField(op) => self.contains(&op.model, &op.name),
            _ => false,
        }
    }

    /// Whether an operation adds a field that is kept in step.
    pub(super) fn comes_with(&self, operation: &Operation) -> bool {
        matches!(operation, Operation::AddField(op) if self.contains(&op.model, &op.field.name))
    }

    fn contains(&self, model: &str, name: &str) -> bool {
        self.fields
            .iter()
            .any(|(of, field)| of == model && field == name)
    }
}

impl Planner<'_> {
    /// What an operation of phases does at a moment, which it leaves as it is.
    pub(super) fn phase(
        &self,
        moment: &Moment,
        direction: Direction,
        findings: &mut Findings,
    ) -> Result<Vec<Action>> {
        let is_forwards = direction == Direction::Forwards;
        let statements = match self.operation {
            Operation::KeepInStep(op) => self.in_step(op, moment, is_forwards)?,
            Operation::StopKeepingInStep(op) => self.in_step(op, moment, !is_forwards)?,
            Operation::Backfill(op) => self.backfill(op, moment, is_forwards)?,
            Operation::AddTableAlias(op) => self.alias(op, moment, is_forwards)?,
            Operation::RemoveTableAlias(op) => self.alias(op, moment, !is_forwards)?,
            _ => Vec::new(),
        };
        let walked = statements
            .iter()
            .filter(|statement| statement.place != Placement::Together);
        findings
            .in_use
            .extend(walked.map(|statement| statement.table.clone()));
        Ok(vec![Action::Sql(statements)])
    }

    fn scope<'s>(&'s self, moment: &'s Moment, model: &str) -> Result<Scope<'s>> {
        Ok(Scope {
            state: &moment.state,
            model: moment.state.expect(&ModelKey::new(self.app, model))?,
            editor: self.editor,
        })
    }

    fn in_step(&self, op: &KeepInStep, moment: &Moment, begins: bool) -> Result<Vec<DdlStatement>> {
        let scope = self.scope(moment, &op.model)?;
        let column = |name: &str| {
            let field = scope.model.expect_field(name)?;
            Ok::<_, Error>((field, column_of(&scope, field)?))
        };
        let (field, own) = column(&op.field)?;
        let default = op.default.as_ref();
        let step = InStep {
            name: name_of(self.app, op),
            table: self.table(&moment.state, &op.model)?,
            with: op
                .with
                .as_deref()
                .map(|name| column(name).map(|(_, column)| column))
                .transpose()?,
            default: default
                .map(|default| assigned(&scope, field, &own, default))
                .transpose()?,
            column: own,
        };
        if begins {
            self.editor.keep_in_step(&step)
        } else {
            self.editor.stop_keeping_in_step(&step)
        }
    }

    fn backfill(
        &self,
        op: &Backfill,
        moment: &Moment,
        is_forwards: bool,
    ) -> Result<Vec<DdlStatement>> {
        let set = if is_forwards { &op.set } else { &op.reverse };
        if set.is_empty() {
            return Ok(Vec::new());
        }
        let scope = self.scope(moment, &op.model)?;
        let table = self.table(&moment.state, &op.model)?;
        let mut parts = Vec::new();
        let mut columns = Vec::new();
        for (name, expression) in set {
            let field = scope.model.expect_field(name)?;
            let column = column_of(&scope, field)?;
            let value = assigned(&scope, field, &column, expression)?;
            parts.push(format!("{} = {value}", self.editor.quote(&column.name)));
            columns.push(column.name);
        }
        let condition = match &op.condition {
            Some(condition) if is_forwards => scope.condition(condition)?,
            _ => "1 = 1".to_owned(),
        };
        let sql = format!(
            "UPDATE {} SET {} WHERE ({condition})",
            self.editor.quote(&table),
            parts.join(", ")
        );
        let place = match self.made {
            Some((made, _)) if !made.contains(&table) => {
                let key = moment.schema.table(&table).map(key_of).unwrap_or_default();
                Walk::along(&key).map_or(Placement::Apart, |walk| {
                    Placement::Batches(Walk {
                        rows: op.batch_size,
                        ..walk
                    })
                })
            }
            // Nobody uses the table, or all is to be one transaction.
            _ => Placement::Together,
        };
        let statement = DdlStatement::rows(sql).on(table, Effect::Backfill { columns });
        Ok(vec![statement.placed(place)])
    }

    fn alias(&self, op: &TableAlias, moment: &Moment, begins: bool) -> Result<Vec<DdlStatement>> {
        let scope = self.scope(moment, &op.model)?;
        let between = op.field.as_deref().map(|name| {
            let field = scope.model.expect_field(name)?;
            scope.model.through_table(field).ok_or_else(|| {
                Error::migration(format!("`{name}` has no table between of its own"))
            })
        });
        let name = match between {
            Some(between) => between?,
            None => self.table(&moment.state, &op.model)?,
        };
        let table = moment
            .schema
            .table(&name)
            .ok_or_else(|| Error::migration(format!("there is no table `{name}`")))?;
        let given = op.columns.iter().map(Some).chain(std::iter::repeat(None));
        let pairs = table.columns.iter().zip(given);
        let alias = Alias {
            name: op.table.clone(),
            columns: pairs
                .map(|(column, name)| (column.name.clone(), name.unwrap_or(&column.name).clone()))
                .collect(),
            numbered: table.single_key().map(str::to_owned),
            table: name,
        };
        Ok(if begins {
            self.editor.add_alias(&alias)
        } else {
            vec![alias.drop(self.editor)]
        })
    }
}

/// The name of what keeps two columns in step: the same at the beginning and at the end, whatever the table is called.
fn name_of(app: &str, op: &KeepInStep) -> String {
    let model = op.model.to_lowercase();
    let with = op.with.as_deref().unwrap_or_default();
    format!(
        "nuages_step_{}",
        digest([app, ".", &model, ".", &op.field, ".", with], 16)
    )
}

/// An expression as it is assigned to a column.
fn assigned(
    scope: &Scope<'_>,
    field: &FieldState,
    column: &Column,
    expression: &Expression,
) -> Result<String> {
    let kind = kind_of_column(scope.state, field).unwrap_or(field.kind);
    match expression {
        Expression::Literal(literal) => {
            scope
                .editor
                .literal(&value_in_column(scope.state, field, literal)?)
        }
        Expression::Function { name, args } if args.is_empty() => {
            match DefaultFunction::parse(name) {
                Some(function) => Ok(scope.editor.function(function, &column.ty)),
                None => scope.expression(expression, Some(kind)),
            }
        }
        Expression::Field(name) => {
            let source = column_of(scope, scope.model.expect_field(name)?)?;
            let value = scope.editor.quote(&source.name);
            Ok(scope.editor.converted(&value, &source.ty, &column.ty))
        }
        other => scope.expression(other, Some(kind)),
    }
}

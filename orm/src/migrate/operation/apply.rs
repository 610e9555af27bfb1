//! What each operation does to the state.

use super::*;
use crate::error::{Error, Result, suggestion};
use crate::meta::condition::Condition;
use crate::migrate::state::{ModelKey, ModelState, ProjectState};

impl Operation {
    /// Does to the state what the operation means, in the app of its migration.
    ///
    /// # Errors
    /// If what it speaks of is not there, or what it makes is there already.
    pub fn apply(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        self.apply_in(app, state)
            .map_err(|error| error.context(self.describe()))
    }

    fn apply_in(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        match self {
            Operation::CreateModel(op) => state.add_model(op.to_state(app)),
            Operation::DeleteModel(op) => {
                state.remove_model(&ModelKey::new(app, &op.model)).map(drop)
            }
            Operation::RenameModel(op) => {
                state.rename_model(&ModelKey::new(app, &op.old_name), &op.new_name)
            }
            Operation::RunSql(RunSql {
                state_operations, ..
            })
            | Operation::SeparateDatabaseAndState(SeparateDatabaseAndState {
                state_operations,
                ..
            }) => state_operations
                .iter()
                .try_for_each(|op| op.apply_in(app, state)),
            Operation::RenameField(op) => {
                state.rename_field(&ModelKey::new(app, &op.model), &op.old_name, &op.new_name)
            }
            Operation::RunRust(_) | Operation::CreateExtension(_) => Ok(()),
            Operation::KeepInStep(_)
            | Operation::StopKeepingInStep(_)
            | Operation::Backfill(_)
            | Operation::AddTableAlias(_)
            | Operation::RemoveTableAlias(_) => {
                let name = self.model().unwrap_or_default();
                self.check_phase(state.expect(&ModelKey::new(app, name))?)
            }
            Operation::Elidable(inner) => inner.apply_in(app, state),
            operation => {
                let name = operation.model().unwrap_or_default();
                let model = state.expect_mut(&ModelKey::new(app, name))?;
                operation.apply_to_model(model)?;
                model.canonicalize();
                Ok(())
            }
        }
    }

    /// The operations that change one model and nothing else.
    fn apply_to_model(&self, model: &mut ModelState) -> Result<()> {
        match self {
            Operation::AddField(op) => model.add_field(op.field_after())?,
            Operation::AlterField(op) => {
                *model.expect_field_mut(&op.field.name)? = op.field_after()
            }
            Operation::RemoveField(op) => {
                model.expect_field(&op.name)?;
                model.fields.retain(|field| field.name != op.name);
            }
            Operation::AlterModelTable(op) => model.table.clone_from(&op.table),
            Operation::AlterModelTableComment(op) => model.options.comment.clone_from(&op.comment),
            Operation::AlterModelOptions(op) => model.options.alter(&op.options),
            Operation::AlterUniqueTogether(op) => {
                check_fields(
                    model,
                    op.unique_together.iter().flatten().map(String::as_str),
                )?;
                model
                    .options
                    .unique_together
                    .clone_from(&op.unique_together);
            }
            Operation::AlterOrderWithRespectTo(op) => {
                check_fields(model, op.order_with_respect_to.as_deref())?;
                model
                    .options
                    .order_with_respect_to
                    .clone_from(&op.order_with_respect_to);
            }
            other => return other.apply_to_indexes(model),
        }
        Ok(())
    }

    fn apply_to_indexes(&self, model: &mut ModelState) -> Result<()> {
        match self {
            Operation::AddIndex(op) => {
                check_fields(model, op.index.referenced_fields())?;
                if model.index(&op.index.name).is_some() {
                    return Err(exists(model, "index", &op.index.name));
                }
                model.indexes.push(op.index.clone());
            }
            Operation::RemoveIndex(op) => {
                let at = index_at(model, &op.name)?;
                model.indexes.remove(at);
            }
            Operation::RenameIndex(op) => {
                let at = index_at(model, &op.old_name)?;
                if op.new_name != op.old_name && model.index(&op.new_name).is_some() {
                    return Err(exists(model, "index", &op.new_name));
                }
                model.indexes[at].name.clone_from(&op.new_name);
            }
            Operation::AddConstraint(op) => {
                check_fields(model, op.constraint.referenced_fields())?;
                if model.constraint(&op.constraint.name).is_some() {
                    return Err(exists(model, "constraint", &op.constraint.name));
                }
                model.constraints.push(op.constraint.clone());
            }
            Operation::AlterConstraint(op) => {
                let at = constraint_at(model, &op.constraint.name)?;
                model.constraints[at] = op.constraint.clone();
            }
            Operation::RemoveConstraint(op) => {
                let at = constraint_at(model, &op.name)?;
                model.constraints.remove(at);
            }
            Operation::ValidateConstraint(op) => drop(constraint_at(model, &op.name)?),
            other => unreachable!("`{}` does not change one model alone", other.word()),
        }
        Ok(())
    }
}

impl Operation {
    /// Whether what an operation of phases speaks of is there; it leaves the state as it is.
    fn check_phase(&self, model: &ModelState) -> Result<()> {
        let has_column = |name: &str| match model.expect_field(name)? {
            field if field.has_column() && field.generated.is_none() => Ok(()),
            _ => Err(Error::migration(format!(
                "`{}` has no column that could be written",
                field_name(model, name)
            ))),
        };
        match self {
            Operation::KeepInStep(op) | Operation::StopKeepingInStep(op) => {
                has_column(&op.field)?;
                op.with.as_deref().map_or(Ok(()), has_column)
            }
            Operation::Backfill(op) => {
                let conditions = op.condition.iter().flat_map(Condition::fields);
                check_fields(model, conditions)?;
                for (name, expression) in op.set.iter().chain(&op.reverse) {
                    has_column(name)?;
                    check_fields(model, expression.fields())?;
                }
                Ok(())
            }
            Operation::AddTableAlias(op) | Operation::RemoveTableAlias(op) => {
                let field = op.field.as_deref().map(|name| model.expect_field(name));
                match field.transpose()? {
                    Some(field) if model.through_table(field).is_none() => {
                        Err(Error::migration(format!(
                            "`{}` has no table between of its own",
                            field_name(model, &field.name)
                        )))
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

fn field_name(model: &ModelState, name: &str) -> String {
    format!("{}.{}.{name}", model.app, model.name)
}

fn index_at(model: &ModelState, name: &str) -> Result<usize> {
    let names = || model.indexes.iter().map(|index| index.name.as_str());
    names()
        .position(|known| known == name)
        .ok_or_else(|| missing(model, "index", name, names()))
}

fn constraint_at(model: &ModelState, name: &str) -> Result<usize> {
    let names = || {
        model
            .constraints
            .iter()
            .map(|constraint| constraint.name.as_str())
    };
    names()
        .position(|known| known == name)
        .ok_or_else(|| missing(model, "constraint", name, names()))
}

fn check_fields<'a>(model: &ModelState, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let unknown = names
        .into_iter()
        .find(|name| *name != "_order" && model.named(name).is_none());
    unknown.map_or(Ok(()), |name| model.expect_field(name).map(drop))
}

fn missing<'a>(
    model: &ModelState,
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> Error {
    let hint = suggestion(name, names);
    Error::migration(format!(
        "no {what} `{name}` on `{}.{}`{hint}",
        model.app, model.name
    ))
}

fn exists(model: &ModelState, what: &str, name: &str) -> Error {
    Error::migration(format!(
        "`{}.{}` has the {what} `{name}` already",
        model.app, model.name
    ))
}

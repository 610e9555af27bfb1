//! What each operation of a migration changes, as data: what is looked at before anybody plans statements for it.

use super::Moment;
use super::planner::Planner;
use crate::error::Result;
use crate::migrate::files::Migration;
use crate::migrate::operation::Operation;
use crate::schema::change::SchemaChange;
use crate::sql::SchemaEditor;

/// One operation, or one within another, with the moments around it.
#[derive(Debug, Clone)]
pub struct OperationChange<'a> {
    /// Its number in the file.
    pub number: usize,
    /// The operation itself, out of whatever it was wrapped in.
    pub operation: &'a Operation,
    /// The moment before it.
    pub before: Moment,
    /// The moment after it.
    pub after: Moment,
    /// What it changes in the database; nothing where it says itself what to run.
    pub change: SchemaChange,
}

impl Moment {
    /// What each operation of a migration changes; the moment is then the one after it.
    ///
    /// # Errors
    /// As [`Moment::forwards`].
    pub fn changes<'a>(
        &mut self,
        migration: &'a Migration,
        editor: &dyn SchemaEditor,
    ) -> Result<Vec<OperationChange<'a>>> {
        let mut changes = Vec::new();
        for (number, operation) in migration.operations.iter().enumerate() {
            let planner = Planner::new(&migration.app, editor, operation);
            let located = |error: crate::error::Error| {
                error.context(format!("{}: {}", migration.key(), operation.describe()))
            };
            let after = planner.after(self).map_err(located)?;
            gather(&planner, operation, (number, self, &after), &mut changes).map_err(located)?;
            *self = after;
        }
        Ok(changes)
    }
}

fn gather<'a>(
    planner: &Planner<'_>,
    operation: &'a Operation,
    (number, before, after): (usize, &Moment, &Moment),
    changes: &mut Vec<OperationChange<'a>>,
) -> Result<()> {
    let change = match operation {
        Operation::Elidable(inner) => {
            let moments = (number, before, after);
            return gather(&planner.with(inner), inner, moments, changes);
        }
        Operation::SeparateDatabaseAndState(op) => {
            let mut moment = before.clone();
            for inner in &op.database_operations {
                let planner = planner.with(inner);
                let next = planner.after(&moment)?;
                gather(&planner, inner, (number, &moment, &next), changes)?;
                moment = next;
            }
            return Ok(());
        }
        Operation::RunSql(_)
        | Operation::RunRust(_)
        | Operation::CreateExtension(_)
        | Operation::ValidateConstraint(_)
        | Operation::AlterModelOptions(_) => SchemaChange::default(),
        _ => planner.changed(before, after)?,
    };
    changes.push(OperationChange {
        number,
        operation,
        before: before.clone(),
        after: after.clone(),
        change,
    });
    Ok(())
}

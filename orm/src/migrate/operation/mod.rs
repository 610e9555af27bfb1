//! Operations: the steps that migrations consist of, as plain data.
//!
//! An operation names models without their app: that is the app of the migration it stands in. The set is closed, so
//! that everything that goes over operations (the optimiser, the planner, the writer) covers them all.

mod apply;
mod describe;
mod field;
mod index;
mod json;
mod model;
mod phase;
mod phase_json;
mod reference;
mod special;

#[cfg(test)]
mod tests;

pub use field::{AddField, AlterField, RemoveField, RenameField};
pub use index::{
    AddConstraint, AddIndex, AlterConstraint, RemoveConstraint, RemoveIndex, RenameIndex,
    ValidateConstraint,
};
pub use model::{
    AlterModelOptions, AlterModelTable, AlterModelTableComment, AlterOrderWithRespectTo,
    AlterUniqueTogether, CreateModel, DeleteModel, RenameModel,
};
pub use phase::{Backfill, KeepInStep, TableAlias};
pub use special::{CreateExtension, RunRust, RunSql, SeparateDatabaseAndState, SqlText};

/// One step of a migration.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // each is documented at its struct
pub enum Operation {
    CreateModel(CreateModel),
    DeleteModel(DeleteModel),
    RenameModel(RenameModel),
    AddField(AddField),
    AlterField(AlterField),
    RemoveField(RemoveField),
    RenameField(RenameField),
    AddIndex(AddIndex),
    RemoveIndex(RemoveIndex),
    RenameIndex(RenameIndex),
    AddConstraint(AddConstraint),
    AlterConstraint(AlterConstraint),
    RemoveConstraint(RemoveConstraint),
    AlterModelTable(AlterModelTable),
    AlterModelTableComment(AlterModelTableComment),
    AlterModelOptions(AlterModelOptions),
    AlterUniqueTogether(AlterUniqueTogether),
    AlterOrderWithRespectTo(AlterOrderWithRespectTo),
    RunSql(RunSql),
    RunRust(RunRust),
    SeparateDatabaseAndState(SeparateDatabaseAndState),
    CreateExtension(CreateExtension),
    ValidateConstraint(ValidateConstraint),
    KeepInStep(KeepInStep),
    /// Ends what `KeepInStep` with the same words began.
    StopKeepingInStep(KeepInStep),
    Backfill(Backfill),
    AddTableAlias(TableAlias),
    /// Takes away what `AddTableAlias` with the same words gave.
    RemoveTableAlias(TableAlias),
    /// An operation that a squash may leave out (`elidable = true`); otherwise it is what it holds.
    Elidable(Box<Operation>),
}

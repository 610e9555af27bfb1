//! Operations on indexes and constraints.

use crate::migrate::state::{ConstraintState, IndexState};

/// Adds an index.
#[derive(Debug, Clone, PartialEq)]
pub struct AddIndex {
    /// The model's name.
    pub model: String,
    /// The index.
    pub index: IndexState,
}

/// Removes an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveIndex {
    /// The model's name.
    pub model: String,
    /// The index's name.
    pub name: String,
}

/// Gives an index another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameIndex {
    /// The model's name.
    pub model: String,
    /// The name until now.
    pub old_name: String,
    /// The name from now on.
    pub new_name: String,
}

/// Adds a constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct AddConstraint {
    /// The model's name.
    pub model: String,
    /// The constraint.
    pub constraint: ConstraintState,
    /// Whether the rows that exist stay unchecked until `validate_constraint`, where the database can do that.
    pub not_valid: bool,
}

/// Puts another constraint in the place of one that differs from it in nothing that the database sees.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterConstraint {
    /// The model's name.
    pub model: String,
    /// The constraint, with its name.
    pub constraint: ConstraintState,
}

/// Removes a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveConstraint {
    /// The model's name.
    pub model: String,
    /// The constraint's name.
    pub name: String,
}

/// Checks the rows that a constraint has not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidateConstraint {
    /// The model's name.
    pub model: String,
    /// The constraint's name.
    pub name: String,
}

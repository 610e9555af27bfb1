//! Operations of changes that go by phases: two columns kept in step, rows filled in batches, a table's old name kept.

use crate::meta::condition::{Condition, Expression};

/// Keeps a field in step while code that knows it and code that does not both write: with another field that holds
/// the same, or with a value where nothing was written. The database does it, by triggers.
#[derive(Debug, Clone, PartialEq)]
pub struct KeepInStep {
    /// The model's name.
    pub model: String,
    /// The field. Where a row is written with both fields, what is written here counts.
    pub field: String,
    /// The field that holds the same; none: there is only the value.
    pub with: Option<String>,
    /// What a row gets that is written with neither.
    pub default: Option<Expression>,
}

/// Fills rows in batches along the primary key, each in a transaction of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Backfill {
    /// The model's name.
    pub model: String,
    /// What fields get on the way forwards; empty: nothing has to be done.
    pub set: Vec<(String, Expression)>,
    /// The rows that get it; none: all of them.
    pub condition: Option<Condition>,
    /// What fields get on the way back; empty: nothing has to be done.
    pub reverse: Vec<(String, Expression)>,
    /// How many rows at once, unless whoever applies it says otherwise.
    pub batch_size: Option<u32>,
}

/// Keeps another name for a table, for code that still uses it: a view that can be written through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableAlias {
    /// The model's name.
    pub model: String,
    /// The many-to-many field whose table between it is; none: it is the model's table.
    pub field: Option<String>,
    /// The other name.
    pub table: String,
    /// The names that the columns have there, in their order; empty: those of the table.
    pub columns: Vec<String>,
}

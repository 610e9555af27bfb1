//! What writes rows: insert, update and delete.
//!
//! The table that a statement writes is printed by its own name, never by an alias: `MariaDB` before 11.6 knows no
//! alias in DELETE, and the others none in INSERT.

use super::{Alias, Expr, ListParam, Name, OutputColumn, Query, TableName};

/// `INSERT INTO …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// The table.
    pub table: TableName,
    /// The number that `returning` and `on_conflict` name it by.
    pub alias: Alias,
    /// The columns that are given, in the order of the rows' values.
    pub columns: Vec<Name>,
    /// The rows.
    pub rows: InsertRows,
    /// What to do where a row is there already; none is an error then.
    pub on_conflict: Option<Conflict>,
    /// What to read of the rows that were written.
    pub returning: Vec<OutputColumn>,
}

/// The rows of an insert.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertRows {
    /// One row of every column's default.
    Defaults,
    /// Rows of expressions; [`Expr::Default`] stands for the column's default.
    Values(Vec<Vec<Expr>>),
    /// One list a column, all of one length: the shape is the same for any number of rows. Only where
    /// `Features::insert_from_lists`.
    Lists(Vec<ListParam>),
    /// What a query finds.
    Query(Query),
}

/// What to do where a row is there already.
#[derive(Debug, Clone, PartialEq)]
pub enum Conflict {
    /// Leave it as it is.
    Ignore {
        /// The columns whose equality counts; empty for any unique constraint. A database without a conflict target
        /// (`Features::conflict_target` false) takes any unique constraint always.
        unique: Vec<Name>,
    },
    /// Change it: [`Expr::Proposed`] is the value that would have been inserted.
    Update {
        /// The columns whose equality counts: needed where the database has conflict targets.
        unique: Vec<Name>,
        /// The changes.
        set: Vec<Set>,
        /// Change it only where this holds. Unsupported where the database has no conflict targets.
        filter: Option<Expr>,
    },
}

/// `column = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The column.
    pub column: Name,
    /// Its new value; it reads the row as it was before the statement.
    pub value: Expr,
}

impl Set {
    /// Sets a column to an expression.
    pub fn new(column: impl Into<Name>, value: Expr) -> Self {
        Set {
            column: column.into(),
            value,
        }
    }
}

/// `UPDATE … SET … WHERE …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The table.
    pub table: TableName,
    /// The number that columns name it by.
    pub alias: Alias,
    /// The changes; every value reads the row as it was before the statement.
    pub set: Vec<Set>,
    /// Rows to take values from: WHERE says which of them belong to a row.
    pub from: Option<ListRows>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// What to read of the rows that were changed.
    pub returning: Vec<OutputColumn>,
}

/// Rows from one list a column, all of one length: the shape is the same for any number of rows. Only where
/// `Features::insert_from_lists`.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRows {
    /// The number that columns name them by.
    pub alias: Alias,
    /// The columns, by name, and the list of each.
    pub columns: Vec<(Name, ListParam)>,
}

/// `DELETE FROM … WHERE …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The table.
    pub table: TableName,
    /// The number that columns name it by.
    pub alias: Alias,
    /// WHERE.
    pub filter: Option<Expr>,
    /// What to read of the rows that were removed.
    pub returning: Vec<OutputColumn>,
}

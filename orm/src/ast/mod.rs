//! What SQL can say, as plain data: tables and columns, never models; no text of SQL, no dialects.
//!
//! `resolve` and `write` build a [`Statement`], `sql::compile` turns it into the text of one database. Values are not
//! in it: a [`Param`] names a slot of the list of values that travels beside the statement, so that two queries of one
//! shape are one statement and compiled SQL can be kept. What belongs to the shape itself (`0`, `TRUE`, `NULL`, a
//! separator) is a [`Literal`].
//!
//! ```
//! use nuages::ast::{Alias, Expr, Select, Source};
//!
//! // SELECT "id" FROM "blog_author" WHERE "name" IS NULL
//! let author = Alias(0);
//! let select = Select {
//!     columns: vec![Expr::column(author, "id").into()],
//!     from: Some(Source::table("blog_author", author)),
//!     filter: Some(Expr::column(author, "name").is_null()),
//!     ..Select::default()
//! };
//! assert!(!select.distinct);
//! ```

mod aggregate;
mod expr;
mod function;
mod json;
mod matching;
mod select;
mod temporal;
mod types;
mod write;

use std::borrow::Cow;

pub use aggregate::{
    Aggregate, AggregateFunction, Frame, FrameBound, FrameUnits, Spread, Window, WindowFunction,
};
pub use expr::{
    Arithmetic, Comparison, Domain, Expr, InSet, ListParam, Literal, Param, Raw, RawPart,
};
pub use function::Function;
pub use json::{JsonOp, JsonStep};
pub use matching::{Match, MatchKind};
pub use select::{
    Compound, Join, JoinKind, Lock, LockStrength, LockWait, Nulls, Order, OutputColumn,
    PositionOrder, Query, Relation, Select, SetOperator, SetPart, Slice, Source,
};
pub use temporal::{DatePart, Temporal, TemporalOp, TruncUnit};
pub use types::CastType;
pub use write::{Conflict, Delete, Insert, InsertRows, ListRows, Set, Update};

/// A name in the database: of a table, a column, a constraint.
pub type Name = Cow<'static, str>;

/// A table of a statement, by number. `Alias(3)` is printed as `t3`, unless the statement has one table only.
///
/// Numbers are unique within a statement, its subqueries included, so that a subquery speaks of an outer table by
/// the outer table's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(pub u32);

/// A table's name, with its schema if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableName {
    /// The schema (PostgreSQL) or database (MySQL) that the table is in; none is the connection's own.
    pub schema: Option<Name>,
    /// The name.
    pub name: Name,
}

impl TableName {
    /// A table of the connection's own schema.
    pub fn new(name: impl Into<Name>) -> Self {
        TableName {
            schema: None,
            name: name.into(),
        }
    }
}

impl From<&'static str> for TableName {
    fn from(name: &'static str) -> Self {
        TableName::new(name)
    }
}

impl From<String> for TableName {
    fn from(name: String) -> Self {
        TableName::new(name)
    }
}

impl From<Name> for TableName {
    fn from(name: Name) -> Self {
        TableName::new(name)
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// Reads rows.
    Query(Query),
    /// Writes new rows.
    Insert(Insert),
    /// Changes rows.
    Update(Update),
    /// Removes rows.
    Delete(Delete),
}

impl From<Query> for Statement {
    fn from(query: Query) -> Self {
        Statement::Query(query)
    }
}

impl From<Select> for Statement {
    fn from(select: Select) -> Self {
        Statement::Query(Query::Select(Box::new(select)))
    }
}

impl From<Insert> for Statement {
    fn from(insert: Insert) -> Self {
        Statement::Insert(insert)
    }
}

impl From<Update> for Statement {
    fn from(update: Update) -> Self {
        Statement::Update(update)
    }
}

impl From<Delete> for Statement {
    fn from(delete: Delete) -> Self {
        Statement::Delete(delete)
    }
}

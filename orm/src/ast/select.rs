//! What reads rows: select, its tables and joins, and the set operations over several of them.

use super::{Alias, Expr, Name, Param, TableName};

/// A query: one select, or several made one.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// One select.
    Select(Box<Select>),
    /// Several, combined by set operators.
    Compound(Box<Compound>),
}

impl From<Select> for Query {
    fn from(select: Select) -> Self {
        Query::Select(Box::new(select))
    }
}

impl From<Compound> for Query {
    fn from(compound: Compound) -> Self {
        Query::Compound(Box::new(compound))
    }
}

/// `SELECT … FROM … WHERE …`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Select {
    /// Whether equal rows are shown once, and by what.
    pub distinct: bool,
    /// Keep the first row of each group of equal values of these (`DISTINCT ON`); empty for none.
    pub distinct_on: Vec<Expr>,
    /// What is selected, in order; empty selects `1`, which is enough for EXISTS.
    pub columns: Vec<OutputColumn>,
    /// The first table; none selects one row of expressions.
    pub from: Option<Source>,
    /// The tables joined to it, in order.
    pub joins: Vec<Join>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// GROUP BY; empty for none.
    pub group_by: Vec<Expr>,
    /// HAVING.
    pub having: Option<Expr>,
    /// ORDER BY; empty for none.
    pub order_by: Vec<Order>,
    /// LIMIT and OFFSET.
    pub slice: Slice,
    /// FOR UPDATE.
    pub lock: Option<Lock>,
}

impl Select {
    /// A select from a table, of no column yet.
    pub fn from_table(table: impl Into<TableName>, alias: Alias) -> Self {
        Select {
            from: Some(Source::table(table, alias)),
            ..Select::default()
        }
    }

    /// Adds a condition to WHERE, with AND.
    pub fn and_filter(&mut self, condition: Expr) {
        self.filter = Some(match self.filter.take() {
            Some(filter) => filter.and(condition),
            None => condition,
        });
    }
}

/// An expression that is selected, and its name in the result if something refers to it by name.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputColumn {
    /// What is selected.
    pub expr: Expr,
    /// `AS …`; needed in a subquery whose columns are read by name.
    pub name: Option<Name>,
}

impl OutputColumn {
    /// An expression under a name.
    pub fn named(expr: Expr, name: impl Into<Name>) -> Self {
        OutputColumn {
            expr,
            name: Some(name.into()),
        }
    }
}

impl From<Expr> for OutputColumn {
    fn from(expr: Expr) -> Self {
        OutputColumn { expr, name: None }
    }
}

/// Something with rows, under a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What has the rows.
    pub relation: Relation,
    /// The number that columns name it by.
    pub alias: Alias,
}

impl Source {
    /// A table.
    pub fn table(table: impl Into<TableName>, alias: Alias) -> Self {
        Source {
            relation: Relation::Table(table.into()),
            alias,
        }
    }

    /// A query in the place of a table; its columns are read by their output names.
    pub fn subquery(query: impl Into<Query>, alias: Alias) -> Self {
        Source {
            relation: Relation::Subquery {
                query: query.into(),
                lateral: false,
            },
            alias,
        }
    }
}

/// What has rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation {
    /// A table or a view.
    Table(TableName),
    /// A query in the place of a table.
    Subquery {
        /// The query.
        query: Query,
        /// Whether it may speak of the tables before it (`LATERAL`).
        lateral: bool,
    },
}

/// A table joined to those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Which rows stay.
    pub kind: JoinKind,
    /// What is joined.
    pub source: Source,
    /// The condition.
    pub on: Expr,
}

/// Which rows of a join stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Pairs that fulfil the condition.
    Inner,
    /// Those, and the rows of the left side that have no pair, with NULLs.
    Left,
}

/// A term of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What to order by.
    pub by: Expr,
    /// From the greatest down.
    pub descending: bool,
    /// Where NULLs go.
    pub nulls: Nulls,
}

impl Order {
    /// From the smallest up, NULLs where the database puts them.
    pub fn ascending(by: Expr) -> Self {
        Order {
            by,
            descending: false,
            nulls: Nulls::Native,
        }
    }

    /// From the greatest down, NULLs where the database puts them.
    pub fn descending(by: Expr) -> Self {
        Order {
            by,
            descending: true,
            nulls: Nulls::Native,
        }
    }
}

/// Where NULLs go when rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Nulls {
    /// Where the database puts them: `Features::nulls_sort_largest` tells.
    #[default]
    Native,
    /// Before all others.
    First,
    /// After all others.
    Last,
}

/// How many rows, after how many.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Slice {
    /// At most so many rows.
    pub limit: Option<Param>,
    /// Without the first so many.
    pub offset: Option<Param>,
}

impl Slice {
    /// Whether it keeps all rows.
    pub fn is_all(&self) -> bool {
        self.limit.is_none() && self.offset.is_none()
    }
}

/// `FOR UPDATE`: locks the rows that are read until the transaction ends.
///
/// A database without row locks (`Features::row_locks` false) has one writer at a time; the clause is left out there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// How strongly.
    pub strength: LockStrength,
    /// What to do where a row is locked already.
    pub wait: LockWait,
    /// The tables whose rows are locked; empty for all, and all where the database cannot choose.
    pub of: Vec<Alias>,
}

/// How strongly rows are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LockStrength {
    /// FOR UPDATE.
    #[default]
    Update,
    /// FOR NO KEY UPDATE: others may still insert rows that refer to these.
    NoKeyUpdate,
    /// FOR SHARE.
    Share,
}

/// What to do where a row is locked already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LockWait {
    /// Wait for it.
    #[default]
    Wait,
    /// Fail at once.
    NoWait,
    /// Leave the row out.
    SkipLocked,
}

/// Several queries made one.
#[derive(Debug, Clone, PartialEq)]
pub struct Compound {
    /// The first query.
    pub first: Query,
    /// The others, from left to right: `((first op second) op third)`.
    pub rest: Vec<SetPart>,
    /// The order of the whole, by position of the output column (from 0).
    pub order_by: Vec<PositionOrder>,
    /// LIMIT and OFFSET of the whole.
    pub slice: Slice,
}

/// A query of a compound, and how it is combined with those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct SetPart {
    /// How.
    pub operator: SetOperator,
    /// The query.
    pub query: Query,
}

/// A term of a compound's ORDER BY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionOrder {
    /// The output column, from 0.
    pub column: u32,
    /// From the greatest down.
    pub descending: bool,
    /// Where NULLs go.
    pub nulls: Nulls,
}

/// How two queries are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// Rows of either, equal ones once.
    Union,
    /// Rows of either, all.
    UnionAll,
    /// Rows of both, equal ones once.
    Intersect,
    /// Rows of the first and not of the second, equal ones once.
    Except,
}

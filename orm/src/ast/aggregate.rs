//! What is made of many rows: aggregates and window functions.

use super::{Expr, Order};

/// An aggregate over the rows of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Over what; none only for `COUNT(*)`.
    pub argument: Option<Expr>,
    /// Equal values count once.
    pub distinct: bool,
    /// Only the rows for which this holds.
    pub filter: Option<Expr>,
    /// The order of values, where it matters ([`AggregateFunction::StringAgg`], [`AggregateFunction::ArrayAgg`]).
    pub order_by: Vec<Order>,
}

impl Aggregate {
    /// An aggregate over an expression.
    pub fn new(function: AggregateFunction, argument: Expr) -> Self {
        Aggregate {
            function,
            argument: Some(argument),
            distinct: false,
            filter: None,
            order_by: Vec::new(),
        }
    }

    /// `COUNT(*)`.
    pub fn count_rows() -> Self {
        Aggregate {
            function: AggregateFunction::Count,
            argument: None,
            distinct: false,
            filter: None,
            order_by: Vec::new(),
        }
    }
}

/// The aggregates.
#[derive(Debug, Clone, PartialEq)]
pub enum AggregateFunction {
    /// How many are not NULL.
    Count,
    /// The sum. Its type is the database's (PostgreSQL: numeric for 64-bit integers); cast it to what is read.
    Sum,
    /// The mean. Cast the argument to a float or a decimal, so that no database cuts digits off.
    Avg,
    /// The sum of decimals, exact wherever they are stored otherwise.
    ExactSum,
    /// The mean of decimals or durations, as exact as a quotient can be.
    ExactAvg,
    /// The smallest.
    Min,
    /// The greatest.
    Max,
    /// The standard deviation.
    StdDev(Spread),
    /// The variance.
    Variance(Spread),
    /// Any one of them.
    AnyValue,
    /// All texts as one, with this text between them.
    StringAgg(String),
    /// All values as an array.
    ArrayAgg,
    /// All values as a JSON array.
    JsonArrayAgg,
    /// Whether all are true.
    BoolAnd,
    /// Whether one is true.
    BoolOr,
    /// All bits and-ed.
    BitAnd,
    /// All bits or-ed.
    BitOr,
    /// All bits xor-ed.
    BitXor,
}

/// Of what a standard deviation or a variance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spread {
    /// Of all there is (divided by n).
    Population,
    /// Of a sample (divided by n - 1).
    Sample,
}

/// A function over the rows around a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Which.
    pub function: WindowFunction,
    /// The rows that belong together.
    pub partition_by: Vec<Expr>,
    /// Their order.
    pub order_by: Vec<Order>,
    /// How far around the row; none is the standard's: from the first to this one and its peers.
    pub frame: Option<Frame>,
}

/// The functions over windows.
#[derive(Debug, Clone, PartialEq)]
pub enum WindowFunction {
    /// 1, 2, 3 …
    RowNumber,
    /// The same for peers, with gaps.
    Rank,
    /// The same for peers, without gaps.
    DenseRank,
    /// (rank - 1) / (rows - 1).
    PercentRank,
    /// Rows up to this one and its peers / rows.
    CumeDist,
    /// The number of the bucket, of so many.
    NTile(Expr),
    /// The value so many rows before, or the default.
    Lag {
        /// The value.
        value: Expr,
        /// So many rows; one by default.
        offset: Option<Expr>,
        /// Where there is no such row; NULL by default.
        default: Option<Expr>,
    },
    /// The value so many rows after, or the default.
    Lead {
        /// The value.
        value: Expr,
        /// So many rows; one by default.
        offset: Option<Expr>,
        /// Where there is no such row; NULL by default.
        default: Option<Expr>,
    },
    /// The value of the frame's first row.
    FirstValue(Expr),
    /// The value of the frame's last row.
    LastValue(Expr),
    /// The value of the frame's n-th row, from 1.
    NthValue(Expr, Expr),
    /// An aggregate over the frame.
    Aggregate(Aggregate),
}

/// How far a window reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Counted in what.
    pub units: FrameUnits,
    /// From where.
    pub start: FrameBound,
    /// To where.
    pub end: FrameBound,
}

/// In what a frame is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameUnits {
    /// Rows.
    Rows,
    /// Values.
    Range,
    /// Groups of peers.
    Groups,
}

/// An end of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameBound {
    /// The partition's first row.
    UnboundedPreceding,
    /// So many before.
    Preceding(u32),
    /// This row.
    CurrentRow,
    /// So many after.
    Following(u32),
    /// The partition's last row.
    UnboundedFollowing,
}

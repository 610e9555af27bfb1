//! Functions over the rows around a row: `row_number().over(window().partition_by(p.author_id()).order_by(p.id()))`.

use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use super::{Aggregate, Expr, IntoOperand, IntoOrdering, Node, OrderTerm, Predicate, Selection};
use crate::ast::{Frame, FrameBound, FrameUnits};
use crate::error::ErrorKind;
use crate::meta::FieldType;
use crate::value::{Value, ValueType};

/// A window function in model terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Which.
    pub function: WindowFunction,
    /// Its arguments, in order; those of an aggregate are its own.
    pub args: Vec<Node>,
    /// The rows that belong together have these equal.
    pub partition_by: Vec<Node>,
    /// Their order.
    pub order_by: Vec<OrderTerm>,
    /// How far around the row; none is from the first to this one and its peers.
    pub frame: Option<Frame>,
    /// The type of its value.
    pub value_type: ValueType,
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
    /// `buckets`.
    NTile,
    /// `value, rows, default (may be left out)`.
    Lag,
    /// `value, rows, default (may be left out)`.
    Lead,
    /// `value`.
    FirstValue,
    /// `value`.
    LastValue,
    /// `value, which`.
    NthValue,
    /// An aggregate of the frame's rows.
    Aggregate(Box<Aggregate>),
}

impl Window {
    /// The expressions in it, but not an aggregate that is taken over it.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        let aggregate = self.aggregate();
        let argument = aggregate.and_then(|aggregate| aggregate.argument.as_ref());
        self.args
            .iter()
            .chain(argument)
            .chain(&self.partition_by)
            .chain(self.order_by.iter().map(|term| &term.node))
    }

    /// What restricts an aggregate that is taken over it.
    pub fn filter(&self) -> Option<&Predicate> {
        self.aggregate()?.filter.as_ref()
    }

    fn aggregate(&self) -> Option<&Aggregate> {
        match &self.function {
            WindowFunction::Aggregate(aggregate) => Some(aggregate),
            _ => None,
        }
    }
}

/// The rows around a row that a function is over; begun by [`window`].
#[derive(Debug, Clone)]
#[must_use = "a window does nothing until it is given to over()"]
pub struct Over<O> {
    partition_by: Vec<Node>,
    order_by: Vec<OrderTerm>,
    frame: Option<Frame>,
    backwards: bool,
    root: PhantomData<fn() -> O>,
}

/// All rows of the query; narrow it with the methods of [`Over`].
pub fn window<O>() -> Over<O> {
    Over {
        partition_by: Vec::new(),
        order_by: Vec::new(),
        frame: None,
        backwards: false,
        root: PhantomData,
    }
}

impl<O> Over<O> {
    /// Only the rows that have these equal to the row's.
    pub fn partition_by(mut self, by: impl Selection<O>) -> Self {
        self.partition_by = by.into_nodes();
        self
    }

    /// In this order.
    pub fn order_by(mut self, order: impl IntoOrdering<O>) -> Self {
        self.order_by = order.into_terms();
        self
    }

    /// Only the rows so far around this one, counted in rows: `rows(-1..=1)`, `rows(..=0)`, `rows(..)`.
    pub fn rows(self, around: impl RangeBounds<i32>) -> Self {
        self.framed(FrameUnits::Rows, &around)
    }

    /// Only the rows whose value in the order is so far around this one's: `range(..=0)`.
    pub fn range(self, around: impl RangeBounds<i32>) -> Self {
        self.framed(FrameUnits::Range, &around)
    }

    /// Only the rows so far around this one, counted in groups of peers. PostgreSQL and SQLite; elsewhere `Unsupported`.
    pub fn groups(self, around: impl RangeBounds<i32>) -> Self {
        self.framed(FrameUnits::Groups, &around)
    }

    fn framed(mut self, units: FrameUnits, around: &impl RangeBounds<i32>) -> Self {
        let start = match around.start_bound() {
            Bound::Unbounded => None,
            Bound::Included(start) => Some(*start),
            Bound::Excluded(before) => Some(before.saturating_add(1)),
        };
        let end = match around.end_bound() {
            Bound::Unbounded => None,
            Bound::Included(end) => Some(*end),
            Bound::Excluded(behind) => Some(behind.saturating_sub(1)),
        };
        self.backwards = matches!((start, end), (Some(start), Some(end)) if end < start);
        self.frame = Some(Frame {
            units,
            start: start.map_or(FrameBound::UnboundedPreceding, bound),
            end: end.map_or(FrameBound::UnboundedFollowing, bound),
        });
        self
    }

    fn node(self, function: WindowFunction, args: Vec<Node>, value_type: ValueType) -> Node {
        if self.backwards {
            return invalid("a window's frame begins before it ends: `rows(-1..=1)`");
        }
        Node::Window(Box::new(Window {
            function,
            args,
            partition_by: self.partition_by,
            order_by: self.order_by,
            frame: self.frame,
            value_type,
        }))
    }
}

fn bound(distance: i32) -> FrameBound {
    match distance {
        0 => FrameBound::CurrentRow,
        before if before < 0 => FrameBound::Preceding(before.unsigned_abs()),
        after => FrameBound::Following(after.unsigned_abs()),
    }
}

fn invalid(message: &str) -> Node {
    Node::invalid(ErrorKind::InvalidQuery {
        message: message.to_owned(),
    })
}

/// A function that needs a window: give it one with [`over`](Windowed::over).
#[derive(Debug, Clone)]
#[must_use = "a window function is no expression before over()"]
pub struct Windowed<O, T> {
    function: WindowFunction,
    args: Vec<Node>,
    value_type: ValueType,
    types: PhantomData<fn() -> (O, T)>,
}

impl<O, T> Windowed<O, T> {
    fn new(function: WindowFunction, args: Vec<Node>, value_type: ValueType) -> Self {
        Windowed {
            function,
            args,
            value_type,
            types: PhantomData,
        }
    }

    /// Over these rows.
    pub fn over(self, window: Over<O>) -> Expr<O, T> {
        Expr::new(window.node(self.function, self.args, self.value_type))
    }
}

/// The row's number in its window, from 1.
pub fn row_number<O>() -> Windowed<O, i64> {
    Windowed::new(WindowFunction::RowNumber, Vec::new(), ValueType::Int)
}

/// The row's place in its window; equal rows share one, and as many are left out behind them.
pub fn rank<O>() -> Windowed<O, i64> {
    Windowed::new(WindowFunction::Rank, Vec::new(), ValueType::Int)
}

/// The row's place in its window; equal rows share one, and none is left out.
pub fn dense_rank<O>() -> Windowed<O, i64> {
    Windowed::new(WindowFunction::DenseRank, Vec::new(), ValueType::Int)
}

/// The row's rank from 0 to 1: `(rank - 1) / (rows - 1)`.
pub fn percent_rank<O>() -> Windowed<O, f64> {
    Windowed::new(WindowFunction::PercentRank, Vec::new(), ValueType::Float)
}

/// The part of the window's rows that come no later than this one.
pub fn cume_dist<O>() -> Windowed<O, f64> {
    Windowed::new(WindowFunction::CumeDist, Vec::new(), ValueType::Float)
}

/// The row's bucket, from 1, if the window is spread evenly over so many.
pub fn ntile<O>(buckets: u32) -> Windowed<O, i64> {
    Windowed::new(WindowFunction::NTile, vec![count(buckets)], ValueType::Int)
}

fn count(number: u32) -> Node {
    Node::Value(Value::Int(number.into()))
}

impl<O, T: FieldType> Expr<O, T> {
    /// Its value so many rows before; NULL where there is none.
    pub fn lag(self, rows: u32) -> Windowed<O, T::Nullable> {
        self.neighbour(WindowFunction::Lag, rows, None)
    }

    /// Its value so many rows behind; NULL where there is none.
    pub fn lead(self, rows: u32) -> Windowed<O, T::Nullable> {
        self.neighbour(WindowFunction::Lead, rows, None)
    }

    /// Its value so many rows before, or a default. MariaDB has no default here: `Unsupported`.
    pub fn lag_or<R: IntoOperand<O, T::Base>>(
        self,
        rows: u32,
        default: R,
    ) -> Windowed<O, R::Over<T>> {
        self.neighbour(WindowFunction::Lag, rows, Some(default.into_node()))
    }

    /// Its value so many rows behind, or a default. MariaDB has no default here: `Unsupported`.
    pub fn lead_or<R: IntoOperand<O, T::Base>>(
        self,
        rows: u32,
        default: R,
    ) -> Windowed<O, R::Over<T>> {
        self.neighbour(WindowFunction::Lead, rows, Some(default.into_node()))
    }

    fn neighbour<U>(
        self,
        function: WindowFunction,
        rows: u32,
        default: Option<Node>,
    ) -> Windowed<O, U> {
        let mut args = vec![self.node, count(rows)];
        args.extend(default);
        Windowed::new(function, args, T::KIND.value_type())
    }

    /// Its value in the first row of the frame; NULL where the frame is empty.
    pub fn first_value(self) -> Windowed<O, T::Nullable> {
        Windowed::new(
            WindowFunction::FirstValue,
            vec![self.node],
            T::KIND.value_type(),
        )
    }

    /// Its value in the last row of the frame, which ends with this row and its peers unless it is told otherwise.
    pub fn last_value(self) -> Windowed<O, T::Nullable> {
        Windowed::new(
            WindowFunction::LastValue,
            vec![self.node],
            T::KIND.value_type(),
        )
    }

    /// Its value in the frame's n-th row, from 1; NULL where there is none.
    pub fn nth_value(self, nth: u32) -> Windowed<O, T::Nullable> {
        Windowed::new(
            WindowFunction::NthValue,
            vec![self.node, count(nth)],
            T::KIND.value_type(),
        )
    }

    /// Of an aggregate: over the rows around each row, which stay rows: `p.view_count().sum().over(window())`.
    pub fn over(self, window: Over<O>) -> Expr<O, T> {
        Expr::new(match self.node {
            Node::Aggregate(aggregate) => {
                let value_type = aggregate.value_type;
                window.node(WindowFunction::Aggregate(aggregate), Vec::new(), value_type)
            }
            Node::Invalid(kind) => Node::Invalid(kind),
            _ => invalid(
                "over() belongs behind an aggregate or a window function: `p.id().count().over(window())`",
            ),
        })
    }
}

//! Expressions and conditions in model terms: what the typed API builds, untyped.

use std::sync::Arc;

use super::{Path, Query, Window};
use crate::ast::{AggregateFunction, Arithmetic, CastType, DatePart, Function, Nulls, TruncUnit};
use crate::error::ErrorKind;
use crate::meta::Lookup;
use crate::value::{Value, ValueType};

/// An expression in model terms.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A field of this query's models; a path that ends on a relation is its key.
    Path(Path),
    /// A field of a query around this one.
    Outer(Path),
    /// A value.
    Value(Value),
    /// Arithmetic.
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    /// The negative of a number.
    Negative(Box<Node>),
    /// A function of its arguments, and the type of its result.
    Function(Function, Vec<Node>, ValueType),
    /// A number of a date or time.
    Extract(DatePart, Box<Node>),
    /// A date or time cut down.
    Truncate(TruncUnit, Box<Node>),
    /// The day of an instant.
    DateOf(Box<Node>),
    /// The time of day of an instant.
    TimeOf(Box<Node>),
    /// An instant as it is seen in a zone; what stands around it takes a part of it.
    InZone(Box<Node>, String),
    /// A value as another type.
    Cast(Box<Node>, CastType, ValueType),
    /// The first result whose condition holds.
    Case(Vec<(Predicate, Node)>, Option<Box<Node>>),
    /// An aggregate.
    Aggregate(Box<Aggregate>),
    /// A function over the rows around the row.
    Window(Box<Window>),
    /// The value that a query of one column finds.
    Subquery(Box<Query>),
    /// A condition as a truth value.
    Predicate(Box<Predicate>),
    /// What could not be built; it comes out as this error when the query runs.
    Invalid(Arc<ErrorKind>),
}

/// An aggregate in model terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Over what; none counts rows.
    pub argument: Option<Node>,
    /// Equal values count once.
    pub distinct: bool,
    /// Only what this holds for.
    pub filter: Option<Predicate>,
    /// The type of its value.
    pub value_type: ValueType,
}

/// A condition in model terms.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// One expression compared with another; `in`, `range` and `isnull` have their own forms.
    Compare(Node, Lookup, Node),
    /// One of a list of values.
    InList(Node, Value),
    /// One of what a query of one column finds.
    InQuery(Node, Box<Query>),
    /// Between two values, both included.
    Between(Node, Node, Node),
    /// NULL, or not.
    IsNull(Node, bool),
    /// A truth value that is true.
    IsTrue(Node),
    /// All hold.
    And(Vec<Predicate>),
    /// One holds.
    Or(Vec<Predicate>),
    /// Does not hold; the exact complement, so that a NULL counts as "does not".
    Not(Box<Predicate>),
    /// A query finds a row.
    Exists(Box<Query>),
    /// Always, or never.
    Constant(bool),
}

impl Node {
    /// A node that reports an error when the query runs.
    pub fn invalid(kind: ErrorKind) -> Node {
        Node::Invalid(Arc::new(kind))
    }

    /// An aggregate over an expression.
    pub fn aggregate(
        function: AggregateFunction,
        argument: Option<Node>,
        value_type: ValueType,
    ) -> Node {
        Node::Aggregate(Box::new(Aggregate {
            function,
            argument,
            distinct: false,
            filter: None,
            value_type,
        }))
    }

    /// Whether an aggregate stands in it (outside of subqueries).
    pub fn has_aggregate(&self) -> bool {
        let mut found = false;
        self.visit(&mut |node| {
            found |= matches!(node, Node::Aggregate(_));
            !found
        });
        found
    }

    /// Calls a function with this node and, where it says so, with the nodes beneath: those of conditions included,
    /// not those of subqueries.
    pub fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Node) -> bool) {
        if !f(self) {
            return;
        }
        match self {
            Node::Path(_)
            | Node::Outer(_)
            | Node::Value(_)
            | Node::Subquery(_)
            | Node::Invalid(_) => {}
            Node::Arithmetic(_, left, right) => {
                left.visit(f);
                right.visit(f);
            }
            Node::Negative(node)
            | Node::Extract(_, node)
            | Node::Truncate(_, node)
            | Node::DateOf(node)
            | Node::TimeOf(node)
            | Node::InZone(node, _)
            | Node::Cast(node, ..) => node.visit(f),
            Node::Function(_, nodes, _) => nodes.iter().for_each(|node| node.visit(f)),
            Node::Case(when, otherwise) => {
                for (condition, node) in when {
                    condition.visit(f);
                    node.visit(f);
                }
                if let Some(node) = otherwise {
                    node.visit(f);
                }
            }
            Node::Aggregate(aggregate) => {
                if let Some(node) = &aggregate.argument {
                    node.visit(f);
                }
                if let Some(filter) = &aggregate.filter {
                    filter.visit(f);
                }
            }
            Node::Window(window) => {
                window.nodes().for_each(|node| node.visit(f));
                if let Some(filter) = window.filter() {
                    filter.visit(f);
                }
            }
            Node::Predicate(predicate) => predicate.visit(f),
        }
    }

    /// Whether a window function stands in it (outside of subqueries).
    pub fn has_window(&self) -> bool {
        let mut found = false;
        self.visit(&mut |node| {
            found |= matches!(node, Node::Window(_));
            !found
        });
        found
    }
}

impl Predicate {
    /// Whether an aggregate stands in it (outside of subqueries).
    pub fn has_aggregate(&self) -> bool {
        let mut found = false;
        self.visit(&mut |node| {
            found |= matches!(node, Node::Aggregate(_));
            !found
        });
        found
    }

    /// Whether a window function stands in it (outside of subqueries).
    pub fn has_window(&self) -> bool {
        let mut found = false;
        self.visit(&mut |node| {
            found |= matches!(node, Node::Window(_));
            !found
        });
        found
    }

    /// Calls a function with every node in it, as [`Node::visit`] does.
    pub fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Node) -> bool) {
        match self {
            Predicate::Compare(left, _, right) => {
                left.visit(f);
                right.visit(f);
            }
            Predicate::InList(node, _)
            | Predicate::InQuery(node, _)
            | Predicate::IsNull(node, _)
            | Predicate::IsTrue(node) => node.visit(f),
            Predicate::Between(node, low, high) => {
                node.visit(f);
                low.visit(f);
                high.visit(f);
            }
            Predicate::And(parts) | Predicate::Or(parts) => {
                parts.iter().for_each(|part| part.visit(f));
            }
            Predicate::Not(part) => part.visit(f),
            Predicate::Exists(_) | Predicate::Constant(_) => {}
        }
    }

    /// Both hold; nested conjunctions become one.
    #[must_use]
    pub fn and(self, other: Predicate) -> Predicate {
        match (self, other) {
            (Predicate::And(mut left), Predicate::And(right)) => {
                left.extend(right);
                Predicate::And(left)
            }
            (Predicate::And(mut left), right) => {
                left.push(right);
                Predicate::And(left)
            }
            (left, right) => Predicate::And(vec![left, right]),
        }
    }

    /// One holds; nested disjunctions become one.
    #[must_use]
    pub fn or(self, other: Predicate) -> Predicate {
        match (self, other) {
            (Predicate::Or(mut left), Predicate::Or(right)) => {
                left.extend(right);
                Predicate::Or(left)
            }
            (Predicate::Or(mut left), right) => {
                left.push(right);
                Predicate::Or(left)
            }
            (left, right) => Predicate::Or(vec![left, right]),
        }
    }
}

/// A term of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderTerm {
    /// By what.
    pub node: Node,
    /// From the greatest down.
    pub descending: bool,
    /// Where NULLs go.
    pub nulls: Nulls,
}

impl OrderTerm {
    /// The opposite order, NULLs at the other end.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.descending = !self.descending;
        self.nulls = match self.nulls {
            Nulls::Native => Nulls::Native,
            Nulls::First => Nulls::Last,
            Nulls::Last => Nulls::First,
        };
        self
    }
}

/// The aggregate's shape without its operands, for messages.
impl std::fmt::Display for Aggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.function)?;
        match &self.argument {
            Some(Node::Path(path)) => write!(f, "({})", path.name()),
            Some(_) => write!(f, "(…)"),
            None => write!(f, "(*)"),
        }
    }
}

/// A node as messages name it: `Post.title`, `Count(id)`.
impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Node::Path(path) | Node::Outer(path) => write!(f, "{path:?}"),
            Node::Aggregate(aggregate) => write!(f, "{aggregate}"),
            Node::Value(_) => write!(f, "a value"),
            Node::Subquery(_) => write!(f, "a subquery"),
            _ => write!(f, "a computed expression"),
        }
    }
}

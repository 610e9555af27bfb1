//! The query in model terms, as data, and the typed expressions that users write.
//!
//! `Expr`, `Q` and the path types are skins over [`Node`], [`Predicate`] and [`Path`]; a [`Query`] is what a query set
//! edits. Nothing here knows tables, joins or SQL: that is `resolve`'s work.

mod aggregate;
mod arithmetic;
pub(crate) mod by_name;
mod combined;
mod condition;
mod expr;
mod function;
mod given;
mod node;
mod operand;
mod order;
mod path;
mod predicate;
mod rebind;
mod related;
mod selection;
mod shape;
mod transform;
mod window;
mod zoned;

pub use arithmetic::{
    Combine, DividedBy, Minus, Numeric, Operator, Plus, Remainder, Summable, Term, Times,
};
pub use combined::Combined;
pub use expr::{Expr, Outer, TextType, outer};
#[cfg(feature = "chrono")]
pub use function::now;
pub use function::{Case, case, coalesce, concat, greatest, least, pi, random, value};
pub use given::Given;
pub use node::{Aggregate, Node, OrderTerm, Predicate};
pub(crate) use operand::value_node;
pub use operand::{AsKey, AsObject, AsText};
pub use operand::{IntoKeyOperand, IntoOperand, IntoOperands, Operands};
pub use order::{IntoOrdering, OrderBy};
pub use path::{Many, ModelPath, NotNull, Nullability, Nullable, NullableState};
pub use path::{Path, Scope, Step, ToOneState};
pub use predicate::Q;
pub(crate) use rebind::{Rebind, free};
pub use related::{IntoPrefetch, IntoRelated, Prefetch, RelatedTree, RelationPath};
pub use selection::{Assignment, IntoAssignments, IntoNewValue, Selected, Selection};
pub use shape::{BoundRef, Shape};
pub use window::{
    Over, Window, WindowFunction, Windowed, cume_dist, dense_rank, ntile, percent_rank, rank,
    row_number, window,
};
pub use zoned::Zoned;

use std::sync::Arc;

use crate::ast::Lock;
use crate::error::ErrorKind;
use crate::meta::ModelMeta;

/// A query in model terms. Two are equal that ask for the same, whatever their scopes are.
#[derive(Debug, Clone)]
pub struct Query {
    /// The root model.
    pub model: &'static ModelMeta,
    /// Its scope.
    pub scope: Scope,
    /// One for each call of `filter` and `exclude`, in their order.
    pub filters: Vec<Filter>,
    /// What is read beside the model, in the order of the calls.
    pub annotations: Vec<Placed>,
    /// What is read instead of the model.
    pub values: Option<Vec<Placed>>,
    /// The earlier `values` that made the groups, where a later one chose among what it selects.
    pub groups: Option<Vec<Placed>>,
    /// The order.
    pub ordering: Ordering,
    /// Whether the order is turned round.
    pub reversed: bool,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Without the first so many.
    pub offset: u64,
    /// Equal rows once.
    pub distinct: bool,
    /// The first row for each of these (PostgreSQL).
    pub distinct_on: Vec<Node>,
    /// What `select_related` joins.
    pub related: Vec<RelatedTree>,
    /// Limit and offset count for each value of this, not for the whole: a prefetch sliced for each parent.
    pub partition: Option<Node>,
    /// What `prefetch_related` loads.
    pub prefetch: Vec<Prefetch>,
    /// `select_for_update`.
    pub lock: Option<Lock>,
    /// The positions of the fields that `defer` and `only` leave unread.
    pub deferred: Vec<u16>,
    /// The queries that were made one, if this is what they make; it has no conditions of its own.
    pub combined: Option<Box<Combined>>,
    /// `none()`: no row, no statement.
    pub none: bool,
    /// The first mistake of the calls so far; it comes out when the query runs.
    pub error: Option<Arc<ErrorKind>>,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        if self.scope == other.scope {
            return self.asks_the_same(other);
        }
        let mut renamed = rebind::moved(other.clone(), other.scope, self.scope);
        renamed.scope = self.scope;
        self.asks_the_same(&renamed)
    }
}

/// A call of `filter` or `exclude`.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The condition.
    pub predicate: Predicate,
    /// Whether it was called after `values` had made groups: a condition on groups.
    pub on_groups: bool,
}

/// An expression, and how many calls of `filter` came before it: those restrict its aggregates.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The expression.
    pub node: Node,
    /// So many filters came before it.
    pub filters: usize,
}

/// The order of a query's rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Ordering {
    /// The model's own.
    Default,
    /// This one; empty is none.
    By(Vec<OrderTerm>),
}

impl Query {
    /// All rows of a model.
    pub fn new(model: &'static ModelMeta) -> Query {
        Query {
            model,
            scope: Scope::fresh(),
            filters: Vec::new(),
            annotations: Vec::new(),
            values: None,
            groups: None,
            ordering: Ordering::Default,
            reversed: false,
            limit: None,
            offset: 0,
            distinct: false,
            distinct_on: Vec::new(),
            related: Vec::new(),
            partition: None,
            prefetch: Vec::new(),
            lock: None,
            deferred: Vec::new(),
            combined: None,
            none: false,
            error: None,
        }
    }

    /// Whether another query with the paths of this one asks for the same.
    fn asks_the_same(&self, other: &Query) -> bool {
        let conditions = self.model == other.model && self.filters == other.filters;
        let selection = self.annotations == other.annotations
            && self.values == other.values
            && self.groups == other.groups
            && self.deferred == other.deferred
            && self.combined == other.combined;
        let order = self.ordering == other.ordering
            && self.reversed == other.reversed
            && (self.limit, self.offset) == (other.limit, other.offset)
            && self.partition == other.partition;
        let distinct = self.distinct == other.distinct && self.distinct_on == other.distinct_on;
        let beside = self.related == other.related
            && self.prefetch == other.prefetch
            && self.lock == other.lock;
        let fate = self.none == other.none && self.error == other.error;
        conditions && selection && order && distinct && beside && fate
    }

    /// The root path.
    pub fn root(&self) -> Path {
        Path::root(self.model, self.scope)
    }

    /// Whether it has a limit or an offset.
    pub fn is_sliced(&self) -> bool {
        self.limit.is_some() || self.offset != 0
    }

    /// Whether `values` has made groups: an aggregate stands in its selection.
    pub fn is_grouped(&self) -> bool {
        let has_aggregate =
            |values: &Vec<Placed>| values.iter().any(|placed| placed.node.has_aggregate());
        self.groups.is_some() || self.values.as_ref().is_some_and(has_aggregate)
    }

    /// Reads these instead of the model; of groups, it chooses what is read of each.
    pub fn select(&mut self, nodes: impl IntoIterator<Item = Node>) {
        if self.combined.is_some() {
            let nodes = nodes.into_iter().map(|node| node.bind(self.scope));
            return self.select_of_parts(&nodes.collect::<Vec<_>>());
        }
        let selected: Vec<Placed> = nodes.into_iter().map(|node| self.place(node)).collect();
        if self.is_grouped() {
            let groups = self.values.take();
            self.groups = self.groups.take().or(groups);
        } else if self.is_sliced() && selected.iter().any(|placed| placed.node.has_aggregate()) {
            self.fail(
                "values() with an aggregate comes before limit() and offset(), which then count groups; \
                 for groups of some rows, filter by a query: `p.id().in_(sliced)`",
            );
        }
        self.values = Some(selected);
    }

    /// Takes note of a mistake, to be reported when the query runs; the first one stays.
    pub fn fail(&mut self, message: impl Into<String>) {
        self.error.get_or_insert_with(|| {
            Arc::new(ErrorKind::InvalidQuery {
                message: message.into(),
            })
        });
    }

    /// Adds the condition of a call of `filter`; after a slice that is a mistake.
    pub fn filter(&mut self, predicate: Predicate) {
        self.before_combining("filter() or exclude()");
        if self.is_sliced() {
            return self.fail("filter() and exclude() come before limit() and offset(): the rows are cut off already");
        }
        let on_groups = self.is_grouped();
        self.filters.push(Filter {
            predicate: predicate.bind(self.scope),
            on_groups,
        });
    }

    /// Puts the rows in this order.
    pub fn order_by(&mut self, terms: Vec<OrderTerm>) {
        self.ordering = Ordering::By(terms.bind(self.scope));
        self.reversed = false;
    }

    /// An expression as of now.
    pub fn place(&self, node: Node) -> Placed {
        Placed {
            node: node.bind(self.scope),
            filters: self.filters.len(),
        }
    }
}

//! Expressions that belong to no query yet, and how they come into one.
//!
//! [`free`] makes the paths of a finished closure free; [`Rebind::bind`] gives free paths the scope of the query that
//! takes them. A path inside a subquery that forgot `outer` is never freed, so that it stays the error that it is.

use super::{Aggregate, Node, Path, Placed, Predicate, Query, Scope, Window, WindowFunction};
use crate::query::Ordering;

/// Makes the paths of a scope free: those of the expression itself, and those that its subqueries take with `outer`.
pub(crate) fn free<T: Rebind>(expression: &mut T, scope: Scope) {
    let change = Change {
        from: scope,
        to: Scope::FREE,
    };
    expression.rebind(change, Depth::Own);
}

/// An expression over one query's paths as the same over another's of the same model.
pub(super) fn moved<T: Rebind>(mut expression: T, from: Scope, to: Scope) -> T {
    expression.rebind(Change { from, to }, Depth::Own);
    expression
}

/// A scope that becomes another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    from: Scope,
    to: Scope,
}

/// Where a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// In the expression itself.
    Own,
    /// In a subquery.
    Subquery,
}

/// What holds paths.
pub(crate) trait Rebind: Sized {
    /// Changes the scope of its paths.
    fn rebind(&mut self, change: Change, depth: Depth);

    /// Itself, its free paths as those of a query.
    fn bind(mut self, scope: Scope) -> Self {
        let change = Change {
            from: Scope::FREE,
            to: scope,
        };
        self.rebind(change, Depth::Own);
        self
    }
}

impl Change {
    fn apply(self, path: &mut Path) {
        if path.scope == self.from {
            path.scope = self.to;
        }
    }
}

impl<T: Rebind> Rebind for Vec<T> {
    fn rebind(&mut self, change: Change, depth: Depth) {
        self.iter_mut().for_each(|part| part.rebind(change, depth));
    }
}

impl<T: Rebind> Rebind for Option<T> {
    fn rebind(&mut self, change: Change, depth: Depth) {
        if let Some(part) = self {
            part.rebind(change, depth);
        }
    }
}

impl<T: Rebind> Rebind for Box<T> {
    fn rebind(&mut self, change: Change, depth: Depth) {
        (**self).rebind(change, depth);
    }
}

impl Rebind for Node {
    fn rebind(&mut self, change: Change, depth: Depth) {
        match self {
            Node::Path(path) => {
                if depth == Depth::Own {
                    change.apply(path);
                }
            }
            // Of the expression itself it would be a path of the query around.
            Node::Outer(path) => {
                if depth == Depth::Subquery {
                    change.apply(path);
                }
            }
            Node::Value(_) | Node::Invalid(_) => {}
            Node::Arithmetic(_, left, right) => {
                left.rebind(change, depth);
                right.rebind(change, depth);
            }
            Node::Negative(node)
            | Node::Extract(_, node)
            | Node::Truncate(_, node)
            | Node::DateOf(node)
            | Node::TimeOf(node)
            | Node::InZone(node, _)
            | Node::Cast(node, ..) => node.rebind(change, depth),
            Node::Function(_, args, _) => args.rebind(change, depth),
            Node::Case(when, otherwise) => {
                for (condition, result) in when {
                    condition.rebind(change, depth);
                    result.rebind(change, depth);
                }
                otherwise.rebind(change, depth);
            }
            Node::Aggregate(aggregate) => aggregate.rebind(change, depth),
            Node::Window(window) => window.rebind(change, depth),
            Node::Subquery(query) => query.rebind(change, Depth::Subquery),
            Node::Predicate(predicate) => predicate.rebind(change, depth),
        }
    }
}

impl Rebind for Aggregate {
    fn rebind(&mut self, change: Change, depth: Depth) {
        self.argument.rebind(change, depth);
        self.filter.rebind(change, depth);
    }
}

impl Rebind for Window {
    fn rebind(&mut self, change: Change, depth: Depth) {
        if let WindowFunction::Aggregate(aggregate) = &mut self.function {
            aggregate.rebind(change, depth);
        }
        self.args.rebind(change, depth);
        self.partition_by.rebind(change, depth);
        self.order_by.rebind(change, depth);
    }
}

impl Rebind for Predicate {
    fn rebind(&mut self, change: Change, depth: Depth) {
        match self {
            Predicate::Compare(left, _, right) => {
                left.rebind(change, depth);
                right.rebind(change, depth);
            }
            Predicate::InList(node, _) | Predicate::IsNull(node, _) | Predicate::IsTrue(node) => {
                node.rebind(change, depth);
            }
            Predicate::InQuery(node, query) => {
                node.rebind(change, depth);
                query.rebind(change, Depth::Subquery);
            }
            Predicate::Between(node, low, high) => {
                node.rebind(change, depth);
                low.rebind(change, depth);
                high.rebind(change, depth);
            }
            Predicate::And(parts) | Predicate::Or(parts) => parts.rebind(change, depth),
            Predicate::Not(part) => part.rebind(change, depth),
            Predicate::Exists(query) => query.rebind(change, Depth::Subquery),
            Predicate::Constant(_) => {}
        }
    }
}

impl Rebind for Placed {
    fn rebind(&mut self, change: Change, depth: Depth) {
        self.node.rebind(change, depth);
    }
}

impl Rebind for super::OrderTerm {
    fn rebind(&mut self, change: Change, depth: Depth) {
        self.node.rebind(change, depth);
    }
}

impl Rebind for Query {
    fn rebind(&mut self, change: Change, depth: Depth) {
        for filter in &mut self.filters {
            filter.predicate.rebind(change, depth);
        }
        self.annotations.rebind(change, depth);
        self.values.rebind(change, depth);
        self.groups.rebind(change, depth);
        if let Ordering::By(terms) = &mut self.ordering {
            terms.rebind(change, depth);
        }
        self.distinct_on.rebind(change, depth);
        self.partition.rebind(change, depth);
        if let Some(combined) = &mut self.combined {
            combined.first.rebind(change, depth);
            for (_, member) in &mut combined.rest {
                member.rebind(change, depth);
            }
        }
    }
}

//! Complements: the rows for which a condition does not hold, unknown (NULL) included.
//!
//! `NOT` of SQL leaves out the rows for which the condition is unknown. A complement is pushed down to the comparisons,
//! and there the operands that may be NULL are added: `NOT (x = 1) OR x IS NULL`. A condition on to-many relations has
//! the complement that no related row satisfies it, as one subquery, so that several conditions speak of one related
//! row as they do in `filter`. (Django makes a subquery of each, and is not exact there.)

use super::condition::{all_of, any_of};
use super::level::{Root, to_many_beyond};
use super::select::key_columns;
use super::strictness::is_strict;
use super::{Place, Resolver, Reuse};
use crate::ast::{Comparison, Expr, Select};
use crate::error::Result;
use crate::query::{Node, Predicate, Step};

impl<'q> Resolver<'q> {
    /// A condition that must not hold.
    pub(super) fn complement(
        &mut self,
        predicate: &'q Predicate,
        place: Place<'_>,
    ) -> Result<Expr> {
        match predicate {
            Predicate::Not(part) => self.condition(part, place),
            Predicate::Or(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| self.complement(part, place))
                    .collect::<Result<Vec<_>>>()?;
                Ok(all_of(parts))
            }
            Predicate::And(parts) => self.complement_of_all(parts, place),
            Predicate::Constant(value) => Ok(Expr::bool(!value)),
            leaf if place.groups.is_none() && crosses(leaf, place.row) => {
                Ok(self.some_related(&[leaf], place)?.not())
            }
            leaf => {
                let leaf = self.leaf(leaf, place)?;
                let nulls = leaf.nullable.into_iter().map(Expr::is_null);
                Ok(any_of(
                    std::iter::once(negated(leaf.expr)).chain(nulls).collect(),
                ))
            }
        }
    }

    /// Not all hold: those on to-many relations are one, about one related row.
    fn complement_of_all(&mut self, parts: &'q [Predicate], place: Place<'_>) -> Result<Expr> {
        let crosses = |part: &&Predicate| crosses(part, place.row);
        if place.groups.is_some() || !parts.iter().any(|part| crosses(&part)) {
            let parts = parts
                .iter()
                .map(|part| self.complement(part, place))
                .collect::<Result<Vec<_>>>()?;
            return Ok(any_of(parts));
        }
        let (crossing, own): (Vec<&'q Predicate>, Vec<&'q Predicate>) =
            parts.iter().partition(|part| crosses(part));
        let mut any = Vec::with_capacity(own.len() + 1);
        for part in own {
            any.push(self.complement(part, place)?);
        }
        any.push(self.some_related(&crossing, place)?.not());
        Ok(any_of(any))
    }

    /// Some row that is related to the row of this place satisfies all of these.
    pub(super) fn some_related(
        &mut self,
        parts: &[&'q Predicate],
        place: Place<'_>,
    ) -> Result<Expr> {
        let select = match common_prefix(parts, place.row) {
            Some(steps) if parts.iter().any(|part| rejects(part, &steps)) => {
                self.enter_sub(Root::Behind { steps });
                self.related_select(parts, None, place)?
            }
            _ => {
                let (outer, model) = self.table_behind(place.row)?;
                let alias = self.alias();
                let same_row = key_columns(model, alias)
                    .zip(key_columns(model, outer))
                    .map(|(own, outer)| own.equals(outer))
                    .reduce(Expr::and);
                let steps = place.row.to_vec();
                self.enter_sub(Root::Table {
                    alias,
                    model,
                    steps,
                });
                self.related_select(parts, same_row, place)?
            }
        };
        Ok(Expr::Exists(Box::new(select)))
    }

    fn related_select(
        &mut self,
        parts: &[&'q Predicate],
        same_row: Option<Expr>,
        place: Place<'_>,
    ) -> Result<Select> {
        let place = Place {
            reuse: Reuse::Any,
            filters: 0,
            existential: false,
            ..place
        };
        let mut conditions: Vec<Expr> = same_row.into_iter().collect();
        for part in parts {
            conditions.push(self.condition(part, place)?);
        }
        self.leave(Some(all_of(conditions)))
    }
}

/// The contrary of a comparison that is not NULL.
fn negated(expr: Expr) -> Expr {
    match expr {
        Expr::Compare {
            op: Comparison::Equal,
            left,
            right,
        } => Expr::Compare {
            op: Comparison::NotEqual,
            left,
            right,
        },
        Expr::IsNull { expr, negated } => Expr::IsNull {
            expr,
            negated: !negated,
        },
        Expr::In { expr, set, negated } => Expr::In {
            expr,
            set,
            negated: !negated,
        },
        Expr::Not(expr) => *expr,
        expr if expr == Expr::bool(true) => Expr::bool(false),
        expr if expr == Expr::bool(false) => Expr::bool(true),
        expr => expr.not(),
    }
}

/// Whether a condition speaks of a to-many relation beyond a row, outside of aggregates and subqueries.
pub(super) fn crosses(predicate: &Predicate, row: &[Step]) -> bool {
    let mut found = false;
    predicate.visit(&mut |node| {
        if let Node::Path(path) = node {
            found |= to_many_beyond(path, row).is_some();
        }
        !found && !matches!(node, Node::Aggregate(_))
    });
    found
}

/// The first to-many relation beyond a row, if all paths over to-many relations begin with the same.
fn common_prefix(parts: &[&Predicate], row: &[Step]) -> Option<Vec<Step>> {
    let mut prefixes: Vec<&[Step]> = Vec::new();
    for part in parts {
        part.visit(&mut |node| {
            if let Node::Path(path) = node
                && let Some(prefix) = to_many_beyond(path, row)
                && !prefixes.contains(&prefix)
            {
                prefixes.push(prefix);
            }
            !matches!(node, Node::Aggregate(_))
        });
    }
    match prefixes[..] {
        [prefix] => Some(prefix.to_vec()),
        _ => None,
    }
}

/// Whether a condition cannot hold where the relation has no row.
fn rejects(predicate: &Predicate, steps: &[Step]) -> bool {
    match predicate {
        Predicate::Compare(left, _, right) => strict(left, steps) || strict(right, steps),
        Predicate::InList(node, _)
        | Predicate::InQuery(node, _)
        | Predicate::Between(node, ..)
        | Predicate::IsTrue(node)
        | Predicate::IsNull(node, false) => strict(node, steps),
        Predicate::And(parts) => parts.iter().any(|part| rejects(part, steps)),
        Predicate::Or(parts) => parts.iter().all(|part| rejects(part, steps)),
        Predicate::IsNull(_, true)
        | Predicate::Not(_)
        | Predicate::Exists(_)
        | Predicate::Constant(_) => false,
    }
}

/// Whether an expression is NULL where the relation has no row.
fn strict(node: &Node, steps: &[Step]) -> bool {
    match node {
        Node::Path(path) => path.steps.starts_with(steps),
        Node::Arithmetic(_, left, right) => strict(left, steps) || strict(right, steps),
        Node::Negative(node)
        | Node::Extract(_, node)
        | Node::Truncate(_, node)
        | Node::DateOf(node)
        | Node::TimeOf(node)
        | Node::InZone(node, _)
        | Node::Cast(node, ..) => strict(node, steps),
        Node::Function(function, args, _) => {
            is_strict(*function) && args.iter().any(|arg| strict(arg, steps))
        }
        Node::Outer(_)
        | Node::Value(_)
        | Node::Case(..)
        | Node::Aggregate(_)
        | Node::Window(_)
        | Node::Subquery(_)
        | Node::Predicate(_)
        | Node::Invalid(_) => false,
    }
}

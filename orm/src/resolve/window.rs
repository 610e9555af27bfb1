//! Window functions: as expressions, and in conditions, for which the select becomes the source of another.

use super::aggregate::{collect_conjuncts, finish, rows_of};
use super::{Place, Resolver, Typed};
use crate::ast::{self, Expr};
use crate::error::{Error, Result};
use crate::query::{Aggregate, Filter, OrderTerm, Predicate, Query, Window, WindowFunction};

impl<'q> Resolver<'q> {
    /// A window function.
    pub(super) fn window(&mut self, window: &'q Window, place: Place<'_>) -> Result<Typed> {
        if place.existential {
            return Err(Error::query(
                "a window function cannot stand in an aggregate: aggregate the rows of a query that selects it",
            ));
        }
        let partition_by = window.partition_by.iter();
        let partition_by = partition_by
            .map(|node| Ok(self.expr(node, place)?.expr))
            .collect::<Result<Vec<_>>>()?;
        let mut order_by = Vec::with_capacity(window.order_by.len());
        for OrderTerm {
            node,
            descending,
            nulls,
        } in &window.order_by
        {
            order_by.push(ast::Order {
                by: self.expr(node, place)?.expr,
                descending: *descending,
                nulls: *nulls,
            });
        }
        let over = |function| {
            Expr::Window(Box::new(ast::Window {
                function,
                partition_by: partition_by.clone(),
                order_by: order_by.clone(),
                frame: window.frame,
            }))
        };
        if let WindowFunction::Aggregate(aggregate) = &window.function {
            let typed = self.window_aggregate(aggregate, place)?;
            return Ok(Typed {
                expr: aggregated_over(typed.expr, &over),
                ..typed
            });
        }
        let (function, nullable) = self.window_function(window, place)?;
        Ok(Typed {
            expr: over(function),
            value_type: window.value_type,
            nullable,
        })
    }

    fn window_aggregate(&mut self, aggregate: &'q Aggregate, place: Place<'_>) -> Result<Typed> {
        if !rows_of(aggregate)?.is_empty() {
            return Err(Error::query(format!(
                "{aggregate} over a window is of rows of {} itself, not of what they have over a to-many relation",
                self.level().query.model.name
            )));
        }
        let argument = match &aggregate.argument {
            Some(argument) => Some(self.expr(argument, place)?),
            None => None,
        };
        let filter = match &aggregate.filter {
            Some(filter) => Some(self.condition(filter, place)?),
            None => None,
        };
        Ok(finish(aggregate, argument, filter))
    }

    /// The function with its arguments, and whether it may be NULL.
    fn window_function(
        &mut self,
        window: &'q Window,
        place: Place<'_>,
    ) -> Result<(ast::WindowFunction, bool)> {
        use WindowFunction as F;
        let mut args = Vec::with_capacity(window.args.len());
        let mut any_null = false;
        for arg in &window.args {
            let typed = self.expr(arg, place)?;
            any_null |= typed.nullable;
            args.push(typed.expr);
        }
        let has_default = 2 < args.len();
        let mut args = args.into_iter();
        let mut next = || {
            args.next()
                .ok_or_else(|| Error::query("a window function lacks an argument"))
        };
        Ok(match &window.function {
            F::RowNumber => (ast::WindowFunction::RowNumber, false),
            F::Rank => (ast::WindowFunction::Rank, false),
            F::DenseRank => (ast::WindowFunction::DenseRank, false),
            F::PercentRank => (ast::WindowFunction::PercentRank, false),
            F::CumeDist => (ast::WindowFunction::CumeDist, false),
            F::NTile => (ast::WindowFunction::NTile(next()?), false),
            F::Lag => {
                let (value, offset) = (next()?, Some(next()?));
                let default = has_default.then(next).transpose()?;
                let lag = ast::WindowFunction::Lag {
                    value,
                    offset,
                    default,
                };
                (lag, any_null || !has_default)
            }
            F::Lead => {
                let (value, offset) = (next()?, Some(next()?));
                let default = has_default.then(next).transpose()?;
                let lead = ast::WindowFunction::Lead {
                    value,
                    offset,
                    default,
                };
                (lead, any_null || !has_default)
            }
            F::FirstValue => (ast::WindowFunction::FirstValue(next()?), true),
            F::LastValue => (ast::WindowFunction::LastValue(next()?), true),
            F::NthValue => (ast::WindowFunction::NthValue(next()?, next()?), true),
            F::Aggregate(_) => return Err(Error::query("an aggregate is no window function")),
        })
    }

    /// The conditions on windows, as truth values of the rows that WHERE leaves.
    pub(super) fn window_conditions(&mut self, query: &'q Query) -> Result<Vec<Expr>> {
        let mut conditions = Vec::new();
        for (nth, filter) in query.filters.iter().enumerate() {
            for part in parts(filter) {
                if part.has_window() {
                    conditions.push(self.truth_value(part, Place::filter(nth))?.expr);
                }
            }
        }
        if conditions.is_empty() {
            return Ok(conditions);
        }
        if query.lock.is_some() {
            return Err(beside("select_for_update()"));
        }
        if !query.distinct_on.is_empty() {
            return Err(beside("distinct_on()"));
        }
        Ok(conditions)
    }
}

/// The error of groups of rows that a filter on windows chooses, or of a filter that windows of groups choose.
#[cold]
pub(super) fn filtered_groups() -> Error {
    beside("values() with an aggregate")
}

fn beside(what: &str) -> Error {
    Error::query(format!(
        "a filter on a window function and {what} exclude each other: filter another query by this one, \
         `p.id().in_(numbered)`"
    ))
}

/// Whether rows are chosen by what a window function says of them.
pub(super) fn filters_windows(query: &Query) -> bool {
    query
        .filters
        .iter()
        .any(|filter| filter.predicate.has_window())
}

/// What a call of `filter` says, part by part.
pub(super) fn parts(filter: &Filter) -> Vec<&Predicate> {
    let mut parts = Vec::new();
    collect_conjuncts(&filter.predicate, &mut parts);
    parts
}

/// An aggregate over a window; what is around it stays around the window.
fn aggregated_over(expr: Expr, over: &impl Fn(ast::WindowFunction) -> Expr) -> Expr {
    match expr {
        Expr::Cast(inner, to) => Expr::Cast(Box::new(aggregated_over(*inner, over)), to),
        Expr::Aggregate(aggregate) => over(ast::WindowFunction::Aggregate(*aggregate)),
        other => other,
    }
}

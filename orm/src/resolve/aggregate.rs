//! Aggregates of one row of the root model: each over its own subquery, so that none multiplies another.

use super::condition::all_of;
use super::expr::cast_type;
use super::level::{Root, to_many_prefixes};
use super::negation::crosses;
use super::{Place, Resolver, Typed};
use crate::ast::{self, AggregateFunction, CastType, Expr};
use crate::error::{Error, Result};
use crate::query::{Aggregate, Node, Predicate, Query, Step};
use crate::value::ValueType;

impl<'q> Resolver<'q> {
    /// An aggregate over what one row of the root model has on the other side of a to-many relation.
    pub(super) fn row_aggregate(
        &mut self,
        aggregate: &'q Aggregate,
        place: Place<'_>,
    ) -> Result<Typed> {
        let query = self.level().query;
        let row = rows_of(aggregate)?;
        let Some(first) = first_of(query, row) else {
            return Err(Error::query(format!(
                "{aggregate} is over one row of {}: cross a to-many relation, or use values() or aggregate()",
                query.model.name
            )));
        };
        let filters = annotated_at(query, aggregate).unwrap_or(place.filters);
        let restrictions = restrictions(query, filters, first);
        self.enter_sub(Root::Behind {
            steps: first.to_vec(),
        });
        let inside = Place::aggregated(row);
        let argument = match &aggregate.argument {
            Some(argument) => Some(self.expr(argument, inside)?),
            None => None,
        };
        let mut conditions = Vec::new();
        if let Some(filter) = &aggregate.filter {
            conditions.push(self.condition(filter, inside)?);
        }
        let (related, own): (Vec<&'q Predicate>, Vec<&'q Predicate>) = restrictions
            .into_iter()
            .partition(|restriction| crosses(restriction, row));
        for restriction in own {
            conditions.push(self.condition(restriction, inside)?);
        }
        if !related.is_empty() {
            conditions.push(self.some_related(&related, inside)?);
        }
        let filter = (!conditions.is_empty()).then(|| all_of(conditions));
        let mut select = self.leave(filter)?;
        let typed = finish(aggregate, argument, None);
        select.columns.push(typed.expr.into());
        Ok(Typed {
            expr: Expr::Subquery(Box::new(select.into())),
            ..typed
        })
    }
}

/// An aggregate over an expression: cast so that every database gives the type that is read.
pub(super) fn finish(
    aggregate: &Aggregate,
    argument: Option<Typed>,
    filter: Option<Expr>,
) -> Typed {
    let is_mean = aggregate.function == AggregateFunction::Avg;
    let argument = argument.map(|argument| match aggregate.value_type {
        ValueType::Float if is_mean && argument.value_type != ValueType::Float => {
            argument.expr.cast(CastType::Float)
        }
        _ => argument.expr,
    });
    let is_sum = aggregate.function == AggregateFunction::Sum;
    let is_exact = match aggregate.value_type {
        ValueType::Decimal => is_sum || is_mean,
        ValueType::Duration => is_mean,
        _ => false,
    };
    let expr = Expr::Aggregate(Box::new(ast::Aggregate {
        function: match &aggregate.function {
            AggregateFunction::Sum if is_exact => AggregateFunction::ExactSum,
            AggregateFunction::Avg if is_exact => AggregateFunction::ExactAvg,
            function => function.clone(),
        },
        argument,
        distinct: aggregate.distinct,
        filter,
        order_by: Vec::new(),
    }));
    let computed = matches!(
        aggregate.function,
        AggregateFunction::Sum | AggregateFunction::StdDev(_) | AggregateFunction::Variance(_)
    );
    let cast = match aggregate.value_type {
        ValueType::Int | ValueType::Float => computed,
        ValueType::Decimal | ValueType::Duration => is_sum || is_mean,
        _ => false,
    };
    Typed {
        expr: if cast {
            expr.cast(cast_type(aggregate.value_type))
        } else {
            expr
        },
        value_type: aggregate.value_type,
        nullable: aggregate.function != AggregateFunction::Count,
    }
}

/// The to-many relations whose rows an aggregate is over: the steps to the last of them; none for rows of the model.
pub(super) fn rows_of(aggregate: &Aggregate) -> Result<&[Step]> {
    let mut rows: &[Step] = &[];
    let mut apart = false;
    if let Some(argument) = &aggregate.argument {
        argument.visit(&mut |node| {
            if let Node::Path(path) = node
                && let Some(prefix) = to_many_prefixes(path).last()
            {
                if rows.len() < prefix.len() {
                    apart |= !prefix.starts_with(rows);
                    rows = prefix;
                } else {
                    apart |= !rows.starts_with(prefix);
                }
            }
            !matches!(node, Node::Aggregate(_))
        });
    }
    if apart {
        return Err(Error::query(format!(
            "{aggregate} is over two to-many relations at once: make two aggregates of it"
        )));
    }
    Ok(rows)
}

/// The first to-many relation on the way to some rows.
fn first_of<'s>(query: &Query, rows: &'s [Step]) -> Option<&'s [Step]> {
    let mut path = query.root();
    path.steps.extend(rows.iter().copied());
    let length = to_many_prefixes(&path).next()?.len();
    Some(&rows[..length])
}

/// How many filters came before the annotation that an aggregate is equal to.
fn annotated_at(query: &Query, aggregate: &Aggregate) -> Option<usize> {
    let annotation = query
        .annotations
        .iter()
        .find(|placed| matches!(&placed.node, Node::Aggregate(known) if **known == *aggregate));
    annotation.map(|placed| placed.filters)
}

/// What the last call of `filter` before an aggregate says of the relation that it crosses.
fn restrictions<'q>(query: &'q Query, filters: usize, steps: &[Step]) -> Vec<&'q Predicate> {
    for filter in query.filters.iter().take(filters).rev() {
        let mut conjuncts = Vec::new();
        collect_conjuncts(&filter.predicate, &mut conjuncts);
        conjuncts.retain(|part| is_about(part, steps));
        if !conjuncts.is_empty() {
            return conjuncts;
        }
    }
    Vec::new()
}

pub(super) fn collect_conjuncts<'q>(predicate: &'q Predicate, conjuncts: &mut Vec<&'q Predicate>) {
    match predicate {
        Predicate::And(parts) => parts
            .iter()
            .for_each(|part| collect_conjuncts(part, conjuncts)),
        other => conjuncts.push(other),
    }
}

/// Whether a condition is about the rows of a to-many relation, and of no other.
fn is_about(predicate: &Predicate, steps: &[Step]) -> bool {
    if matches!(predicate, Predicate::Not(_)) || !crosses(predicate, &[]) {
        return false;
    }
    let mut only = true;
    predicate.visit(&mut |node| {
        if let Node::Path(path) = node
            && let Some(prefix) = to_many_prefixes(path).next()
        {
            only &= prefix == steps;
        }
        !matches!(node, Node::Aggregate(_))
    });
    only
}

//! Aggregates: `count`, `sum`, `avg`, `min`, `max`, with `distinct` and `filter`.

use super::arithmetic::{Numeric, Summable};
use super::{Expr, Node, Q};
use crate::ast::{AggregateFunction, Spread};
use crate::error::ErrorKind;
use crate::meta::FieldType;
use crate::value::ValueType;

impl<O, T: FieldType> Expr<O, T> {
    /// How many values are not NULL.
    pub fn count(self) -> Expr<O, i64> {
        self.aggregated(AggregateFunction::Count, ValueType::Int)
    }

    /// The smallest value; NULL of none.
    pub fn min(self) -> Expr<O, T::Nullable> {
        self.aggregated(AggregateFunction::Min, T::KIND.value_type())
    }

    /// The greatest value; NULL of none.
    pub fn max(self) -> Expr<O, T::Nullable> {
        self.aggregated(AggregateFunction::Max, T::KIND.value_type())
    }

    fn aggregated<U>(self, function: AggregateFunction, value_type: ValueType) -> Expr<O, U> {
        Expr::new(match self.node {
            Node::Invalid(kind) => Node::Invalid(kind),
            node => Node::aggregate(function, Some(node), value_type),
        })
    }

    /// Of an aggregate: equal values count once.
    pub fn distinct(self) -> Expr<O, T> {
        self.with_aggregate("distinct", |aggregate| aggregate.distinct = true)
    }

    /// Of an aggregate: only what the condition holds for. It restricts this aggregate alone.
    pub fn filter(self, condition: Q<O>) -> Expr<O, T> {
        self.with_aggregate("filter", |aggregate| {
            let condition = condition.into_predicate();
            aggregate.filter = Some(match aggregate.filter.take() {
                Some(earlier) => earlier.and(condition),
                None => condition,
            });
        })
    }

    fn with_aggregate(
        self,
        method: &str,
        change: impl FnOnce(&mut super::Aggregate),
    ) -> Expr<O, T> {
        Expr::new(match self.node {
            Node::Aggregate(mut aggregate) => {
                change(&mut aggregate);
                Node::Aggregate(aggregate)
            }
            Node::Invalid(kind) => Node::Invalid(kind),
            _ => Node::invalid(ErrorKind::InvalidQuery {
                message: format!(
                    "{method}() of an expression belongs behind an aggregate: `p.id().count().{method}(…)`"
                ),
            }),
        })
    }
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: Summable,
{
    /// The sum; NULL of none.
    pub fn sum(self) -> Expr<O, Option<<T::Base as Summable>::Sum>> {
        let value_type = <T::Base as Summable>::Sum::KIND.value_type();
        self.aggregated(AggregateFunction::Sum, value_type)
    }

    /// The mean; NULL of none.
    pub fn avg(self) -> Expr<O, Option<<T::Base as Summable>::Mean>> {
        let value_type = <T::Base as Summable>::Mean::KIND.value_type();
        self.aggregated(AggregateFunction::Avg, value_type)
    }
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: Numeric,
{
    /// The standard deviation of all there is; NULL of none.
    pub fn std_dev(self) -> Expr<O, Option<f64>> {
        self.aggregated(
            AggregateFunction::StdDev(Spread::Population),
            ValueType::Float,
        )
    }

    /// The variance of all there is; NULL of none.
    pub fn variance(self) -> Expr<O, Option<f64>> {
        self.aggregated(
            AggregateFunction::Variance(Spread::Population),
            ValueType::Float,
        )
    }
}

/// Counts the rows of a path that leads to a model: `a.posts().count()`.
pub(super) fn count_of<O>(key: Node) -> Expr<O, i64> {
    Expr::new(Node::aggregate(
        AggregateFunction::Count,
        Some(key),
        ValueType::Int,
    ))
}

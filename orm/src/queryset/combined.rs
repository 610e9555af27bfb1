//! Set operations of query sets.

use super::QuerySet;
use crate::ast::SetOperator;
use crate::model::Model;

impl<M: Model, Out> QuerySet<M, Out> {
    /// The rows of both, equal ones once. Both read the same; of different models they do after
    /// [`values`](QuerySet::values).
    ///
    /// Behind it come `values` (of rows that are models), `order_by` (by what is selected), `reverse`, `limit`,
    /// `offset`, `prefetch_related`, and what reads or counts rows. An order of the parts matters only to their own slices.
    ///
    /// ```text
    /// let names = Author::objects().values_flat(|a| a.name()).union(Tag::objects().values_flat(|t| t.name()));
    /// ```
    pub fn union<N: Model>(self, other: QuerySet<N, Out>) -> Self {
        self.combined(SetOperator::Union, other)
    }

    /// The rows of both, all of them.
    pub fn union_all<N: Model>(self, other: QuerySet<N, Out>) -> Self {
        self.combined(SetOperator::UnionAll, other)
    }

    /// The rows that are in both, equal ones once. MySQL before 8.0.31: `Unsupported`.
    pub fn intersection<N: Model>(self, other: QuerySet<N, Out>) -> Self {
        self.combined(SetOperator::Intersect, other)
    }

    /// The rows that are not in the other, equal ones once. MySQL before 8.0.31: `Unsupported`.
    pub fn difference<N: Model>(self, other: QuerySet<N, Out>) -> Self {
        self.combined(SetOperator::Except, other)
    }

    fn combined<N: Model>(self, operator: SetOperator, other: QuerySet<N, Out>) -> Self {
        QuerySet::over(self.query.combine(operator, other.query))
    }
}

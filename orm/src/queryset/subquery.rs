//! Query sets inside of queries.

use super::QuerySet;
use crate::meta::FieldType;
use crate::model::Model;
use crate::query::{Expr, IntoOperands, Node, Operands, Predicate, Q, Query};

/// Whether a query finds a row; it may speak of the query around it with [`outer`](crate::query::outer).
pub fn exists<O>(query: impl Into<Query>) -> Q<O> {
    Q::new(Predicate::Exists(Box::new(query.into())))
}

/// The one value that a query finds, NULL if it finds none: end it with `values_flat`, and `limit(1)` where it could
/// find several.
pub fn subquery<O, M: Model, T: FieldType>(query: QuerySet<M, T>) -> Expr<O, T::Nullable> {
    Expr::new(Node::Subquery(Box::new(query.into())))
}

impl<O, M: Model, T: FieldType> IntoOperands<O, T::Base> for QuerySet<M, T> {
    fn into_operands(self) -> Operands {
        Operands::Query(Box::new(self.into()))
    }
}

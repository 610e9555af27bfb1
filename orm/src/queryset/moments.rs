//! What kinds of days and instants there are: `dates` and `datetimes`.

use chrono::{DateTime, NaiveDate, Utc};

use super::{QuerySet, Root};
use crate::ast::TruncUnit;
use crate::meta::FieldType;
use crate::model::Model;
use crate::query::{Expr, Node};

impl<M: Model, Out> QuerySet<M, Out> {
    /// The years, quarters, months, weeks or days in which a date lies, each once, from the first; `reverse()` turns
    /// them round. NULL is none of them.
    pub fn dates<T: FieldType<Base = NaiveDate>>(
        self,
        field: impl FnOnce(Root<M>) -> Expr<M, T>,
        unit: TruncUnit,
    ) -> QuerySet<M, NaiveDate> {
        self.truncated(field, unit)
    }

    /// The years, months, … hours, … in which an instant lies, UTC, each once, from the first.
    pub fn datetimes<T: FieldType<Base = DateTime<Utc>>>(
        self,
        field: impl FnOnce(Root<M>) -> Expr<M, T>,
        unit: TruncUnit,
    ) -> QuerySet<M, DateTime<Utc>> {
        self.truncated(field, unit)
    }

    fn truncated<T: FieldType>(
        self,
        field: impl FnOnce(Root<M>) -> Expr<M, T>,
        unit: TruncUnit,
    ) -> QuerySet<M, T::Base> {
        let node = field(self.root()).into_node();
        let moment = Expr::new(Node::Truncate(unit, Box::new(node.clone())));
        self.filter(|_| Expr::<M, T>::new(node).is_not_null())
            .values_flat(|_| moment.clone())
            .distinct()
            .order_by(|_| moment.asc())
    }
}

//! Query sets by name: for what is known at run time only.

use super::QuerySet;
use crate::error::Result;
use crate::model::Model;
use crate::query::{Given, OrderTerm, Ordering, Predicate, by_name};
use crate::value::Value;

impl<M: Model, Out> QuerySet<M, Out> {
    /// [`filter`](QuerySet::filter) by name: `lookup("author__name__icontains", "ali")`.
    ///
    /// # Errors
    /// `UnknownField` for a name that leads nowhere, with the nearest; `InvalidQuery` for a value that does not fit.
    pub fn lookup(mut self, name: &str, value: impl Given) -> Result<Self> {
        let condition = by_name::lookup(&self.query, name, value.given()?)?;
        self.query.filter(condition);
        Ok(self)
    }

    /// [`exclude`](QuerySet::exclude) by name.
    ///
    /// # Errors
    /// As [`lookup`](QuerySet::lookup).
    pub fn exclude_lookup(mut self, name: &str, value: impl Given) -> Result<Self> {
        let condition = by_name::lookup(&self.query, name, value.given()?)?;
        self.query.filter(Predicate::Not(Box::new(condition)));
        Ok(self)
    }

    /// Several conditions by name in one call of [`filter`](QuerySet::filter): about one related row, as there.
    ///
    /// # Errors
    /// As [`lookup`](QuerySet::lookup).
    pub fn lookups<'n>(
        mut self,
        conditions: impl IntoIterator<Item = (&'n str, Value)>,
    ) -> Result<Self> {
        let conditions = self.all_of(conditions)?;
        self.query.filter(conditions);
        Ok(self)
    }

    /// Several conditions by name in one call of [`exclude`](QuerySet::exclude).
    ///
    /// # Errors
    /// As [`lookup`](QuerySet::lookup).
    pub fn exclude_lookups<'n>(
        mut self,
        conditions: impl IntoIterator<Item = (&'n str, Value)>,
    ) -> Result<Self> {
        let conditions = self.all_of(conditions)?;
        self.query.filter(Predicate::Not(Box::new(conditions)));
        Ok(self)
    }

    fn all_of<'n>(
        &self,
        conditions: impl IntoIterator<Item = (&'n str, Value)>,
    ) -> Result<Predicate> {
        let conditions = conditions
            .into_iter()
            .map(|(name, value)| by_name::lookup(&self.query, name, value));
        conditions.collect::<Result<Vec<_>>>().map(Predicate::And)
    }

    /// In the order of a field by name, `-` before it for descending; a relation stands for its model's own order.
    /// A second call adds a term.
    ///
    /// # Errors
    /// `UnknownField`, with the nearest name.
    pub fn order_by_name(mut self, name: &str) -> Result<Self> {
        self.before_slices("order_by_name()");
        let terms = by_name::order_term(&self.query, name)?;
        match &mut self.query.ordering {
            Ordering::By(known) => known.extend(terms),
            ordering @ Ordering::Default => *ordering = Ordering::By(terms),
        }
        Ok(self)
    }

    /// The terms of an order by name.
    pub(super) fn terms_by_name(&self, name: &str) -> Result<Vec<OrderTerm>> {
        by_name::order_term(&self.query, name)
    }
}

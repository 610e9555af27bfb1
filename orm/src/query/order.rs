//! The terms of an order.

use std::marker::PhantomData;

use super::{Expr, Node, OrderTerm};
use crate::ast::Nulls;
use crate::meta::FieldType;

/// A term of an order over the rows of a root model `O`.
#[derive(Debug, Clone)]
pub struct OrderBy<O> {
    term: OrderTerm,
    root: PhantomData<fn() -> O>,
}

impl<O> OrderBy<O> {
    pub(super) fn of(term: OrderTerm) -> Self {
        OrderBy {
            term,
            root: PhantomData,
        }
    }

    pub(crate) fn new(node: Node, descending: bool) -> Self {
        OrderBy {
            term: OrderTerm {
                node,
                descending,
                nulls: Nulls::Native,
            },
            root: PhantomData,
        }
    }

    /// NULLs before all others, on every database.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.term.nulls = Nulls::First;
        self
    }

    /// NULLs after all others, on every database.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.term.nulls = Nulls::Last;
        self
    }
}

/// What `order_by` takes: a term, an expression (ascending), or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order",
    label = "expected a field, `.asc()` or `.desc()` of one, or a tuple of these"
)]
pub trait IntoOrdering<O> {
    /// The terms.
    fn into_terms(self) -> Vec<OrderTerm>;
}

impl<O> IntoOrdering<O> for OrderBy<O> {
    fn into_terms(self) -> Vec<OrderTerm> {
        vec![self.term]
    }
}

impl<O, T: FieldType> IntoOrdering<O> for Expr<O, T> {
    fn into_terms(self) -> Vec<OrderTerm> {
        self.asc().into_terms()
    }
}

impl<O> IntoOrdering<O> for () {
    fn into_terms(self) -> Vec<OrderTerm> {
        Vec::new()
    }
}

impl<O, T: IntoOrdering<O>> IntoOrdering<O> for Vec<T> {
    fn into_terms(self) -> Vec<OrderTerm> {
        self.into_iter()
            .flat_map(IntoOrdering::into_terms)
            .collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {
        $(impl<OO, $($name: IntoOrdering<OO>),*> IntoOrdering<OO> for ($($name,)*) {
            #[allow(non_snake_case)] // the type parameters name the parts
            fn into_terms(self) -> Vec<OrderTerm> {
                let ($($name,)*) = self;
                let mut terms = Vec::new();
                $(terms.extend($name.into_terms());)*
                terms
            }
        })*
    };
}

tuples!((A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(
    A, B, C, D, E, F
));

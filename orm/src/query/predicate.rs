//! Conditions, typed by their root.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, BitXor, Not};

use super::Predicate;

/// A condition on the rows of a root model `O`: combine with `&`, `|`, `^` and `!`.
///
/// `!q` is the exact complement of `q`: a row for which `q` is unknown (NULL) belongs to `!q`.
#[must_use = "a condition does nothing until it is given to filter() or exclude()"]
pub struct Q<O> {
    pub(crate) predicate: Predicate,
    root: PhantomData<fn() -> O>,
}

impl<O> Q<O> {
    /// A condition over an untyped one.
    pub fn new(predicate: Predicate) -> Self {
        Q {
            predicate,
            root: PhantomData,
        }
    }

    /// Holds for every row: a start for conditions that are put together at run time with `&`.
    pub fn always() -> Self {
        Q::new(Predicate::Constant(true))
    }

    /// Holds for no row: a start for conditions that are put together at run time with `|`.
    pub fn never() -> Self {
        Q::new(Predicate::Constant(false))
    }

    /// All of these hold: conditions that were gathered at run time.
    pub fn all(conditions: impl IntoIterator<Item = Q<O>>) -> Self {
        conditions
            .into_iter()
            .reduce(|all, next| all & next)
            .unwrap_or_else(Q::always)
    }

    /// One of these holds; of none, none does.
    pub fn any(conditions: impl IntoIterator<Item = Q<O>>) -> Self {
        conditions
            .into_iter()
            .reduce(|any, next| any | next)
            .unwrap_or_else(Q::never)
    }

    /// The untyped condition.
    pub fn into_predicate(self) -> Predicate {
        self.predicate
    }
}

impl<O> Clone for Q<O> {
    fn clone(&self) -> Self {
        Q::new(self.predicate.clone())
    }
}

impl<O> std::fmt::Debug for Q<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.predicate.fmt(f)
    }
}

impl<O> BitAnd for Q<O> {
    type Output = Q<O>;

    fn bitand(self, other: Self) -> Self {
        Q::new(self.predicate.and(other.predicate))
    }
}

impl<O> BitOr for Q<O> {
    type Output = Q<O>;

    fn bitor(self, other: Self) -> Self {
        Q::new(self.predicate.or(other.predicate))
    }
}

impl<O> BitXor for Q<O> {
    type Output = Q<O>;

    fn bitxor(self, other: Self) -> Self {
        let (a, b) = (self, other);
        (a.clone() & !b.clone()) | (!a & b)
    }
}

impl<O> Not for Q<O> {
    type Output = Q<O>;

    fn not(self) -> Self {
        Q::new(match self.predicate {
            Predicate::Not(inner) => *inner,
            predicate => Predicate::Not(Box::new(predicate)),
        })
    }
}

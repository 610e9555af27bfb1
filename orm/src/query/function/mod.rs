//! Functions of the database, and `case`.

mod number;
mod text;

use std::marker::PhantomData;

use super::{Expr, IntoOperand, Node, Predicate, Q};
use crate::ast::Function;
use crate::meta::FieldType;
use crate::value::ValueType;

/// A value as an expression, where a bare one does not do: `coalesce(p.nick(), value("nobody".to_owned()))`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a value is written where an expression stands, not a reference to one"
)]
pub fn value<O, T: FieldType>(value: T) -> Expr<O, T> {
    Expr::new(super::operand::value_node(value.to_value()))
}

/// The first of two that is not NULL. The result is NULL only where both may be.
pub fn coalesce<O, T: FieldType, R: IntoOperand<O, T::Base>>(
    first: Expr<O, T>,
    second: R,
) -> Expr<O, R::Else<T>> {
    of_two(Function::Coalesce, first, second)
}

/// The greater of two, NULLs apart: NULL only where both are, on every database.
pub fn greatest<O, T: FieldType, R: IntoOperand<O, T::Base>>(
    first: Expr<O, T>,
    second: R,
) -> Expr<O, R::Else<T>> {
    of_two(Function::Greatest, first, second)
}

/// The smaller of two, NULLs apart: NULL only where both are, on every database.
pub fn least<O, T: FieldType, R: IntoOperand<O, T::Base>>(
    first: Expr<O, T>,
    second: R,
) -> Expr<O, R::Else<T>> {
    of_two(Function::Least, first, second)
}

fn of_two<O, T: FieldType, U>(
    name: Function,
    first: Expr<O, T>,
    second: impl IntoOperand<O, T::Base>,
) -> Expr<O, U> {
    let args = vec![first.node, second.into_node()];
    function(name, args, T::KIND.value_type())
}

/// Texts one after another; NULL counts as empty text, as in Django.
pub fn concat<O, T: FieldType<Base = String>>(
    parts: impl IntoIterator<Item = Expr<O, T>>,
) -> Expr<O, String> {
    let parts = parts.into_iter().map(|part| part.node).collect();
    function(Function::Concat, parts, ValueType::Text)
}

/// The database's time at the statement's start.
#[cfg(feature = "chrono")]
pub fn now<O>() -> Expr<O, chrono::DateTime<chrono::Utc>> {
    function(Function::Now, Vec::new(), ValueType::DateTime)
}

/// Pi.
pub fn pi<O>() -> Expr<O, f64> {
    function(Function::Pi, Vec::new(), ValueType::Float)
}

/// A random number from 0 to 1; `order_by(|_| random())` shuffles.
pub fn random<O>() -> Expr<O, f64> {
    function(Function::Random, Vec::new(), ValueType::Float)
}

fn function<O, T>(function: Function, args: Vec<Node>, value_type: ValueType) -> Expr<O, T> {
    Expr::new(Node::Function(function, args, value_type))
}

impl<O, T: FieldType> Expr<O, T> {
    /// NULL where it is equal to this, otherwise itself.
    pub fn nullif(self, other: impl IntoOperand<O, T::Base>) -> Expr<O, T::Nullable> {
        of_two(Function::NullIf, self, other)
    }
}

/// `CASE WHEN … THEN … ELSE … END`; made by [`case`].
#[derive(Debug)]
pub struct Case<O, T> {
    when: Vec<(Predicate, Node)>,
    types: PhantomData<fn() -> (O, T)>,
}

/// The first result whose condition holds; it may be NULL where one of the results may.
///
/// ```text
/// case(p.view_count().gt(1000), "hot").when(p.view_count().gt(100), "warm").otherwise("cold")
/// ```
pub fn case<O, T: FieldType<Base = T>, R: IntoOperand<O, T>>(
    condition: Q<O>,
    result: R,
) -> Case<O, R::Over<T>> {
    Case {
        when: vec![(condition.into_predicate(), result.into_node())],
        types: PhantomData,
    }
}

impl<O, T: FieldType> Case<O, T> {
    /// Another condition and its result.
    #[must_use]
    pub fn when<R: IntoOperand<O, T::Base>>(
        mut self,
        condition: Q<O>,
        result: R,
    ) -> Case<O, R::Over<T>> {
        self.when
            .push((condition.into_predicate(), result.into_node()));
        Case {
            when: self.when,
            types: PhantomData,
        }
    }

    /// The result where none holds.
    pub fn otherwise<R: IntoOperand<O, T::Base>>(self, result: R) -> Expr<O, R::Over<T>> {
        Expr::new(Node::Case(self.when, Some(Box::new(result.into_node()))))
    }

    /// NULL where none holds.
    pub fn or_null(self) -> Expr<O, T::Nullable> {
        Expr::new(Node::Case(self.when, None))
    }
}

impl<O> Q<O> {
    /// The condition as a truth value.
    pub fn as_bool(self) -> Expr<O, bool> {
        Expr::new(Node::Predicate(Box::new(self.into_predicate())))
    }
}

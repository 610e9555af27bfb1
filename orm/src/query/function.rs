//! Functions of the database, and `case`.

use std::marker::PhantomData;

use super::{Expr, IntoOperand, Node, Predicate, Q};
use crate::ast::Function;
use crate::meta::FieldType;
use crate::value::ValueType;

use super::expr::{Numeric, TextType};

/// A value as an expression, where a bare one does not do: `coalesce(p.nick(), value("nobody".to_owned()))`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a value is written where an expression stands, not a reference to one"
)]
pub fn value<O, T: FieldType>(value: T) -> Expr<O, T> {
    Expr::new(super::operand::value_node(value.to_value()))
}

/// The first of two that is not NULL. The result is NULL only where both may be.
pub fn coalesce<O, T: FieldType>(
    first: Expr<O, T>,
    second: impl IntoOperand<O, T::Base>,
) -> Expr<O, T::Base> {
    function(
        Function::Coalesce,
        vec![first.node, second.into_node()],
        T::KIND.value_type(),
    )
}

/// The greatest; NULL if one of them is NULL.
pub fn greatest<O, T: FieldType>(
    first: Expr<O, T>,
    second: impl IntoOperand<O, T::Base>,
) -> Expr<O, T> {
    function(
        Function::Greatest,
        vec![first.node, second.into_node()],
        T::KIND.value_type(),
    )
}

/// The smallest; NULL if one of them is NULL.
pub fn least<O, T: FieldType>(
    first: Expr<O, T>,
    second: impl IntoOperand<O, T::Base>,
) -> Expr<O, T> {
    function(
        Function::Least,
        vec![first.node, second.into_node()],
        T::KIND.value_type(),
    )
}

/// Texts one after another; NULL counts as empty text, as in Django.
pub fn concat<O>(parts: impl IntoIterator<Item = Expr<O, String>>) -> Expr<O, String> {
    let parts = parts.into_iter().map(|part| part.node).collect();
    function(Function::Concat, parts, ValueType::Text)
}

/// The database's time at the statement's start.
#[cfg(feature = "chrono")]
pub fn now<O>() -> Expr<O, chrono::DateTime<chrono::Utc>> {
    function(Function::Now, Vec::new(), ValueType::DateTime)
}

/// A random number from 0 to 1; `order_by(|_| random())` shuffles.
pub fn random<O>() -> Expr<O, f64> {
    function(Function::Random, Vec::new(), ValueType::Float)
}

fn function<O, T>(function: Function, args: Vec<Node>, value_type: ValueType) -> Expr<O, T> {
    Expr::new(Node::Function(function, args, value_type))
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: TextType,
{
    /// In small letters.
    pub fn lower(self) -> Expr<O, T> {
        function(Function::Lower, vec![self.node], ValueType::Text)
    }

    /// In capital letters.
    pub fn upper(self) -> Expr<O, T> {
        function(Function::Upper, vec![self.node], ValueType::Text)
    }

    /// Without blanks at both ends.
    pub fn trim(self) -> Expr<O, T> {
        function(Function::Trim, vec![self.node], ValueType::Text)
    }

    /// How many characters.
    pub fn length(self) -> Expr<O, i32> {
        function(Function::Length, vec![self.node], ValueType::Int)
    }

    /// So many characters from a position, counted from 1.
    pub fn substr(self, from: u32, length: u32) -> Expr<O, T> {
        let bounds = [from, length].map(|n| Node::Value(crate::value::Value::Int(n.into())));
        let [from, length] = bounds;
        function(
            Function::Substr,
            vec![self.node, from, length],
            ValueType::Text,
        )
    }

    /// With every occurrence of a text replaced by another.
    pub fn replace(
        self,
        from: impl IntoOperand<O, String>,
        to: impl IntoOperand<O, String>,
    ) -> Expr<O, T> {
        let args = vec![self.node, from.into_node(), to.into_node()];
        function(Function::Replace, args, ValueType::Text)
    }

    /// This text, and that behind it; NULL counts as empty text.
    pub fn concat(self, other: impl IntoOperand<O, String>) -> Expr<O, String> {
        function(
            Function::Concat,
            vec![self.node, other.into_node()],
            ValueType::Text,
        )
    }
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: Numeric,
{
    /// Without its sign.
    pub fn abs(self) -> Expr<O, T> {
        function(Function::Abs, vec![self.node], T::KIND.value_type())
    }

    /// The whole number below.
    pub fn floor(self) -> Expr<O, T> {
        function(Function::Floor, vec![self.node], T::KIND.value_type())
    }

    /// The whole number above.
    pub fn ceil(self) -> Expr<O, T> {
        function(Function::Ceil, vec![self.node], T::KIND.value_type())
    }

    /// The nearest whole number.
    pub fn round(self) -> Expr<O, T> {
        function(Function::Round, vec![self.node], T::KIND.value_type())
    }
}

/// `CASE WHEN … THEN … ELSE … END`; made by [`case`].
#[derive(Debug)]
pub struct Case<O, T> {
    when: Vec<(Predicate, Node)>,
    types: PhantomData<fn() -> (O, T)>,
}

/// The first result whose condition holds.
///
/// ```text
/// case(p.view_count().gt(1000), "hot".to_owned()).when(p.view_count().gt(100), "warm".to_owned()).otherwise("cold".to_owned())
/// ```
pub fn case<O, T: FieldType<Base = T>>(
    condition: Q<O>,
    result: impl IntoOperand<O, T>,
) -> Case<O, T> {
    Case {
        when: Vec::new(),
        types: PhantomData,
    }
    .when(condition, result)
}

impl<O, T: FieldType<Base = T>> Case<O, T> {
    /// Another condition and its result.
    #[must_use]
    pub fn when(mut self, condition: Q<O>, result: impl IntoOperand<O, T>) -> Self {
        self.when
            .push((condition.into_predicate(), result.into_node()));
        self
    }

    /// The result where none holds.
    pub fn otherwise(self, result: impl IntoOperand<O, T>) -> Expr<O, T> {
        Expr::new(Node::Case(self.when, Some(Box::new(result.into_node()))))
    }

    /// NULL where none holds.
    pub fn or_null(self) -> Expr<O, Option<T>> {
        Expr::new(Node::Case(self.when, None))
    }
}

impl<O> Q<O> {
    /// The condition as a truth value.
    pub fn as_bool(self) -> Expr<O, bool> {
        Expr::new(Node::Predicate(Box::new(self.into_predicate())))
    }
}

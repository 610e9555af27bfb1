//! What may stand on the right side of a comparison.

use super::{Expr, Node, Outer};
use crate::error::Result;
use crate::meta::field_type::{Like, Nullness};
use crate::meta::{FieldType, KeyType};
use crate::value::Value;

/// What a field of base type `B` can be compared with: a value of that type, an expression over the same root, or
/// [`outer`](super::outer) of an enclosing query.
#[diagnostic::on_unimplemented(
    message = "a field of type `{B}` cannot be compared with `{Self}`",
    label = "expected a `{B}`, or an expression of that type",
    note = "`Option` has no place here: use `is_null()`; a field of the query around this one goes through `outer(…)`"
)]
pub trait IntoOperand<O, B: FieldType> {
    /// The type of what is computed from a `T` and this: NULL where one of them is.
    type Over<T: FieldType>: FieldType<Base = T::Base>;
    /// The type of a `T` that this stands in for where it is NULL: NULL only where both are.
    type Else<T: FieldType>: FieldType<Base = T::Base>;

    /// The operand as a node.
    fn into_node(self) -> Node;
}

/// A conversion's result as a node: what does not convert is reported when the query runs.
pub(crate) fn value_node(value: Result<Value>) -> Node {
    match value {
        Ok(value) => Node::Value(value),
        Err(error) => Node::invalid(error.kind().clone()),
    }
}

#[diagnostic::do_not_recommend]
impl<O, B: FieldType<Base = B>> IntoOperand<O, B> for B {
    type Over<T: FieldType> = T;
    type Else<T: FieldType> = T::Base;

    fn into_node(self) -> Node {
        value_node(self.to_value())
    }
}

#[diagnostic::do_not_recommend]
impl<O, B: FieldType<Base = B>, T: FieldType<Base = B>> IntoOperand<O, B> for Expr<O, T> {
    type Over<U: FieldType> = Like<T, U>;
    type Else<U: FieldType> = <T as Nullness<B>>::Else<U>;

    fn into_node(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<O, B: FieldType<Base = B>, T: FieldType<Base = B>> IntoOperand<O, B> for Outer<T> {
    type Over<U: FieldType> = Like<T, U>;
    type Else<U: FieldType> = <T as Nullness<B>>::Else<U>;

    fn into_node(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<O> IntoOperand<O, String> for &str {
    type Over<T: FieldType> = T;
    type Else<T: FieldType> = T::Base;

    fn into_node(self) -> Node {
        Node::Value(Value::Text(self.to_owned()))
    }
}

#[diagnostic::do_not_recommend]
impl<O> IntoOperand<O, String> for &String {
    type Over<T: FieldType> = T;
    type Else<T: FieldType> = T::Base;

    fn into_node(self) -> Node {
        Node::Value(Value::Text(self.clone()))
    }
}

/// Spans of time are one type of column and two of Rust: a field of the one compares and computes with the other.
#[cfg(feature = "chrono")]
mod spans {
    use std::time::Duration;

    use chrono::TimeDelta;

    use super::{Expr, FieldType, IntoOperand, Like, Node, Nullness, value_node};

    macro_rules! spans {
        ($($field:ty: $other:ty),*) => {
            $(#[diagnostic::do_not_recommend]
            impl<O> IntoOperand<O, $field> for $other {
                type Over<T: FieldType> = T;
                type Else<T: FieldType> = T::Base;

                fn into_node(self) -> Node {
                    value_node(self.to_value())
                }
            }

            spans!(of $field: $other);
            spans!(of $field: Option<$other>);)*
        };
        (of $field:ty: $other:ty) => {
            #[diagnostic::do_not_recommend]
            impl<O> IntoOperand<O, $field> for Expr<O, $other> {
                type Over<U: FieldType> = Like<$other, U>;
                type Else<U: FieldType> =
                    <$other as Nullness<<$other as FieldType>::Base>>::Else<U>;

                fn into_node(self) -> Node {
                    self.node
                }
            }
        };
    }

    spans!(TimeDelta: Duration, Duration: TimeDelta);
}

/// What `in_` takes: values of the field's type, or a query set of one column.
#[diagnostic::on_unimplemented(
    message = "`in_` of a field of type `{B}` cannot take `{Self}`",
    label = "expected a list of `{B}`, or a query set whose `values_flat` is one"
)]
pub trait IntoOperands<O, B: FieldType> {
    /// The list or the query.
    fn into_operands(self) -> Operands;
}

/// The right side of `in_`.
#[derive(Debug)]
pub enum Operands {
    /// Values.
    List(Result<Vec<Value>>),
    /// A query of one column.
    Query(Box<super::Query>),
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty),* $(,)?) => {
        $(impl<O, B: FieldType<Base = B>, $($generics)*> IntoOperands<O, B> for $list {
            fn into_operands(self) -> Operands {
                Operands::List(self.iter().map(FieldType::to_value).collect())
            }
        })*
    };
}

lists!([] Vec<B>, [] &Vec<B>, [] &[B], [const N: usize] [B; N], [const N: usize] &[B; N]);

macro_rules! text_lists {
    ($([$($generics:tt)*] $list:ty),* $(,)?) => {
        $(impl<O, $($generics)*> IntoOperands<O, String> for $list {
            fn into_operands(self) -> Operands {
                Operands::List(Ok(self.iter().map(|text| Value::from(*text)).collect()))
            }
        })*
    };
}

text_lists!([] Vec<&str>, [] &Vec<&str>, [] &[&str], [const N: usize] [&str; N], [const N: usize] &[&str; N]);

/// What a relation to a model `M` can be compared with: an object, a loaded relation, or a key.
///
/// `Form` tells these apart for the compiler; it is never written.
#[diagnostic::on_unimplemented(
    message = "a relation to `{M}` cannot be compared with `{Self}`",
    label = "expected `&{M}`, a `ForeignKey<{M}>`, or its key"
)]
pub trait IntoKeyOperand<M, Form> {
    /// The key as a node. `to_field` is the field there whose values the relation holds, if not the primary key.
    fn into_key_node(self, to_field: Option<&'static str>) -> Node;
}

/// The form of a key that was given as such.
#[derive(Debug)]
pub struct AsKey;

/// The form of a key that was given as borrowed text.
#[derive(Debug)]
pub struct AsText;

/// The form of a key that was given by the object that has it.
#[derive(Debug)]
pub struct AsObject;

#[diagnostic::do_not_recommend]
impl<M, K: KeyType> IntoKeyOperand<M, AsKey> for K {
    fn into_key_node(self, _to_field: Option<&'static str>) -> Node {
        value_node(self.to_value())
    }
}

impl<M> IntoKeyOperand<M, AsText> for &str {
    fn into_key_node(self, _to_field: Option<&'static str>) -> Node {
        Node::Value(Value::from(self))
    }
}

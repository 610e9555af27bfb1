//! What `values`, `annotate`, `aggregate` and `update` take: expressions, and tuples of them.

use std::marker::PhantomData;

use super::operand::value_node;
use super::{Expr, IntoOperand, Node};
use crate::meta::FieldType;
use crate::meta::field_type::null_of;

/// Expressions to be read, and the type of their row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a field or an expression, a tuple of them, or a projection's `select(…)`",
    note = "a relation is selected by its key: `p.author_id()`"
)]
pub trait Selection<O> {
    /// The row: the expression's type, or a tuple of the expressions' types in their order.
    type Row;
    /// The expressions, in order.
    fn into_nodes(self) -> Vec<Node>;
}

impl<O, T: FieldType> Selection<O> for Expr<O, T> {
    type Row = T;

    fn into_nodes(self) -> Vec<Node> {
        vec![self.node]
    }
}

/// The expressions of a `#[derive(Projection)]` struct, in the order of its fields.
#[derive(Debug)]
pub struct Selected<O, R> {
    nodes: Vec<Node>,
    types: PhantomData<fn() -> (O, R)>,
}

impl<O, R> Selected<O, R> {
    /// The expressions of a projection.
    pub fn new(nodes: Vec<Node>) -> Self {
        Selected {
            nodes,
            types: PhantomData,
        }
    }
}

impl<O, R> Selection<O> for Selected<O, R> {
    type Row = R;

    fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }
}

/// `column = value` of an update.
#[derive(Debug, Clone)]
#[must_use = "an assignment does nothing until it is returned to update()"]
pub struct Assignment<O> {
    /// The field.
    pub(crate) field: Node,
    /// Its new value; it reads the row as it was.
    pub(crate) value: Node,
    root: PhantomData<fn() -> O>,
}

impl<O> Assignment<O> {
    /// Sets a field to a node.
    pub fn new(field: Node, value: Node) -> Self {
        Assignment {
            field,
            value,
            root: PhantomData,
        }
    }
}

impl<O, T: FieldType> Expr<O, T> {
    /// In `update`: the field's new value. It may be computed from the row as it is; `None` is NULL, of a field that is
    /// an `Option`.
    pub fn set<F>(self, value: impl IntoNewValue<O, T, F>) -> Assignment<O> {
        Assignment::new(self.node, value.into_new_value())
    }

    /// In `update`: the field becomes NULL.
    pub fn set_null(self) -> Assignment<O>
    where
        T: FieldType<Nullable = T>,
    {
        Assignment::new(self.node, Node::Value(null_of::<T>()))
    }
}

/// What a field of type `T` can be set to in `update`: what it can be compared with; and an `Option`, if it is one.
///
/// `Form` tells these apart for the compiler; it is never written.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot be set to `{Self}`",
    label = "expected a `{T}`, or an expression of that type",
    note = "a relation's key is set by `p.author_id().set(key)`, a relation by `p.author().set(&author)`"
)]
pub trait IntoNewValue<O, T, Form> {
    /// The new value as a node.
    fn into_new_value(self) -> Node;
}

/// The form of a new value that an operand gives.
#[derive(Debug)]
pub struct FromOperand;

/// The form of a new value that may be absent.
#[derive(Debug)]
pub struct FromOption;

#[diagnostic::do_not_recommend]
impl<O, T: FieldType, V: IntoOperand<O, T::Base>> IntoNewValue<O, T, FromOperand> for V {
    fn into_new_value(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<O, B, T> IntoNewValue<O, T, FromOption> for Option<B>
where
    B: FieldType<Base = B>,
    T: FieldType<Base = B, Nullable = T>,
{
    fn into_new_value(self) -> Node {
        match self {
            Some(value) => value_node(value.to_value()),
            None => Node::Value(null_of::<T>()),
        }
    }
}

/// What `update` takes: an assignment, or several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment",
    label = "expected `p.field().set(value)`, or a tuple of such"
)]
pub trait IntoAssignments<O> {
    /// The assignments, in order.
    fn into_assignments(self) -> Vec<Assignment<O>>;
}

impl<O> IntoAssignments<O> for Assignment<O> {
    fn into_assignments(self) -> Vec<Assignment<O>> {
        vec![self]
    }
}

impl<O> IntoAssignments<O> for Vec<Assignment<O>> {
    fn into_assignments(self) -> Vec<Assignment<O>> {
        self
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {
        $(impl<OO, $($name: FieldType),*> Selection<OO> for ($(Expr<OO, $name>,)*) {
            type Row = ($($name,)*);

            #[allow(non_snake_case)] // the type parameters name the parts
            fn into_nodes(self) -> Vec<Node> {
                let ($($name,)*) = self;
                vec![$($name.node),*]
            }
        }

        impl<OO, $($name: IntoAssignments<OO>),*> IntoAssignments<OO> for ($($name,)*) {
            #[allow(non_snake_case)] // the type parameters name the parts
            fn into_assignments(self) -> Vec<Assignment<OO>> {
                let ($($name,)*) = self;
                let mut all = Vec::new();
                $(all.extend($name.into_assignments());)*
                all
            }
        })*
    };
}

tuples!((A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(
    A, B, C, D, E, F
)(A, B, C, D, E, F, G)(A, B, C, D, E, F, G, H)(
    A, B, C, D, E, F, G, H, I
)(A, B, C, D, E, F, G, H, I, J)(
    A, B, C, D, E, F, G, H, I, J, K
)(A, B, C, D, E, F, G, H, I, J, K, L));

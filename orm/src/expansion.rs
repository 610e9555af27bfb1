//! What the derives' expansions name, under one path: `nuages::__derive`. No part of the public interface.

pub use std::marker::PhantomData;
// Users' names may hide the prelude's: a choice `None`, imported with all the others.
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::Ok;
pub use std::sync::OnceLock;

pub use inventory;

pub use crate::error::Result;
pub use crate::meta::registry::Registered;
pub use crate::meta::{
    Choice, ChoiceValue, ConstraintMeta, DefaultMeta, FieldKind, FieldMeta, FieldType, IndexMeta,
    ModelMeta, ModelOptions, OnDelete, ReverseKind,
};
pub use crate::migrate::DataMigration;
pub use crate::model::choices::{choice_to_value, read_integer_choice, read_text_choice};
pub use crate::model::related::{
    ForeignKeyOf, ManyToManyOf, OneToOneOf, check_has_many, check_has_one, check_many_to_many,
};
pub use crate::model::{
    Access, AllSet, Builder, Choices, Deferred, FromNow, IntegerChoices, IntoField, IntoForeignKey,
    IntoOptionalKey, Missing, Model, Output, PlainField, RowReader, Set, TextChoices, ToOneField,
    condition, default_key, default_value, expression, given, index_part, literal,
    literal_expression, optional_key, own_field, proxy, required, reverse, to_many, to_one,
};
pub use crate::query::{Expr, Many, ModelPath, NotNull, Nullability, Path, Selected, Selection};
pub use crate::value::{RowCursor, Value};

/// A field type, refused here if it is none.
pub type Plain<T> = <T as PlainField>::Type;

/// The expression of a column behind a path of state `N`.
pub type Column<O, N, T> = <T as PlainField>::Column<O, N>;

/// The expression of a key's column behind a path of state `N`.
pub type KeyColumn<O, N, F> = Expr<O, <N as Nullability>::Of<<F as ToOneField>::Column>>;

/// A field's metadata.
pub const fn field<T: FieldType>(name: &'static str) -> FieldMeta {
    FieldMeta::of::<T>(name)
}

//! What a Rust type must tell to be a model's field, and the types that come with the library.

mod numbers;
mod optional;
mod text;

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "rust_decimal")]
mod decimal;
#[cfg(feature = "serde_json")]
mod json;
#[cfg(feature = "uuid")]
mod uuid;

use std::fmt::Debug;
use std::hash::Hash;

use super::FieldKind;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{RowCursor, Value, ValueType};

/// Whether NULL is one of a type's values, as a function from types to types: of `B` itself it is not, of `Option<B>` it
/// is. Every field type has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither `{B}` nor `Option<{B}>`",
    label = "a field's type is its `Base`, or an `Option` of that"
)]
pub trait Nullness<B> {
    /// Another type with NULL wherever this one has it: `U`, or `U::Nullable`.
    type Of<U: FieldType>: FieldType<Base = U::Base>;
    /// Another type with NULL only where this one has it too: `U::Base`, or `U`.
    type Else<U: FieldType>: FieldType<Base = U::Base>;
}

impl<B> Nullness<B> for B {
    type Of<U: FieldType> = U;
    type Else<U: FieldType> = U::Base;
}

impl<B> Nullness<B> for Option<B> {
    type Of<U: FieldType> = U::Nullable;
    type Else<U: FieldType> = U;
}

/// `U`, and NULL where `T` has it: the type of what is computed from a `T`.
pub type Like<T, U> = <T as Nullness<<T as FieldType>::Base>>::Of<U>;

/// A Rust type that a model's field may have.
///
/// Implement it for a type of your own by converting to and from one that has it:
///
/// ```
/// use nuages::{FieldKind, FieldType, Result, RowCursor, Value};
///
/// /// An amount in cents.
/// #[derive(Debug, Clone, PartialEq)]
/// struct Money(i64);
///
/// impl FieldType for Money {
///     type Base = Money;
///     type Nullable = Option<Money>;
///     const KIND: FieldKind = FieldKind::BigInteger;
///
///     fn to_value(&self) -> Result<Value> {
///         self.0.to_value()
///     }
///
///     fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
///         Ok(i64::read(row, column)?.map(Money))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a model's field",
    label = "this type does not implement `FieldType`",
    note = "the integers, floats, `bool`, `String`, `Vec<u8>`, dates and times, `Uuid`, `Decimal`, `serde_json::Value` (each by its cargo feature), `#[derive(Choices)]` enums and `Option` of these do; implement `FieldType` for a type of your own"
)]
pub trait FieldType:
    Nullness<<Self as FieldType>::Base> + Clone + Debug + Send + Sync + 'static
{
    /// The type without NULL: itself, or what the `Option` holds.
    type Base: FieldType<Base = Self::Base>;
    /// The type with NULL: `Option<Self>`, or itself if it is one.
    type Nullable: FieldType<Base = Self::Base>;

    /// The kind of field that it is by default.
    const KIND: FieldKind;
    /// Whether NULL is one of its values.
    const NULL: bool = false;
    /// The length of its column where it has one of its own (choices).
    const MAX_LENGTH: Option<u32> = None;
    /// The values that it may have, where they are counted.
    const CHOICES: &'static [Choice] = &[];

    /// The value for a statement.
    ///
    /// # Errors
    /// Where the value cannot be stored (a `u64` above `i64::MAX`).
    fn to_value(&self) -> Result<Value>;

    /// Reads a column; NULL is `None`.
    ///
    /// # Errors
    /// Where the column holds something else.
    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>>;

    /// Reads a column that is this type, NULL included only if the type includes it.
    ///
    /// # Errors
    /// Where the column holds something else, or NULL.
    fn decode(row: &mut dyn RowCursor, column: usize) -> Result<Self> {
        match Self::read(row, column)? {
            Some(value) => Ok(value),
            None => Err(unexpected_null::<Self>(row, column)),
        }
    }
}

/// A field type that can be a key: a primary key, or what a foreign key with `to_field` holds.
///
/// A type of your own that is compared and hashed becomes one by `impl KeyType for UserId {}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key that a foreign key can hold",
    label = "expected a type of one column that implements `KeyType`",
    note = "a model whose key is several fields cannot be pointed to by its key: name a unique field of it, `ForeignKey<T, K>` with `to_field = \"…\"`"
)]
pub trait KeyType: FieldType<Base = Self> + Eq + Hash {
    /// Whether it is what an automatic key has before the row is saved: 0.
    fn is_unset(&self) -> bool {
        matches!(self.to_value(), Ok(Value::Int(0)))
    }
}

/// One of the values of a field with choices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// What is stored.
    pub value: ChoiceValue,
    /// What a person reads.
    pub label: &'static str,
}

/// What is stored for a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceValue {
    /// Text.
    Text(&'static str),
    /// An integer.
    Int(i64),
}

#[cold]
fn unexpected_null<T: FieldType>(row: &mut dyn RowCursor, column: usize) -> Error {
    decode_error(row, column, T::KIND.value_type().as_str(), "NULL")
}

/// The error of a column that holds what the type is not.
#[cold]
pub fn decode_error(
    row: &dyn RowCursor,
    column: usize,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> Error {
    Error::new(ErrorKind::Decode {
        column: row.column_name(column).to_owned(),
        expected: expected.into(),
        found: found.into(),
    })
}

/// The error of a value that its column cannot hold.
#[cold]
pub(crate) fn encode_error(what: impl Into<String>, why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Encode {
        what: what.into(),
        why: why.into(),
    })
}

/// The NULL of a field type.
pub fn null_of<T: FieldType>() -> Value {
    Value::Null(T::KIND.value_type())
}

const _: () = assert!(matches!(FieldKind::Uuid.value_type(), ValueType::Uuid));

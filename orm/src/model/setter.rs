//! What a builder's setters take.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::{Deferred, ForeignKey, IntoForeignKey, Model};
use crate::error::Result;
use crate::meta::{FieldType, KeyType};

/// What the setter of a field of type `T` takes: a `T`; for text also what is borrowed; for an `Option` also what it
/// holds.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot be set to `{Self}`",
    label = "expected a `{T}`"
)]
pub trait IntoField<T> {
    /// The field's value.
    fn into_field(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> IntoField<T> for T {
    fn into_field(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: FieldType<Base = T>> IntoField<Option<T>> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FieldType> IntoField<Deferred<T>> for T {
    fn into_field(self) -> Deferred<T> {
        Deferred::Read(self)
    }
}

macro_rules! borrowed {
    ($($owned:ty: $($from:ty),*);* $(;)?) => {
        $($(
            #[diagnostic::do_not_recommend]
            impl IntoField<$owned> for $from {
                fn into_field(self) -> $owned {
                    self.into()
                }
            }

            #[diagnostic::do_not_recommend]
            impl IntoField<Option<$owned>> for $from {
                fn into_field(self) -> Option<$owned> {
                    Some(self.into())
                }
            }

            #[diagnostic::do_not_recommend]
            impl IntoField<Deferred<$owned>> for $from {
                fn into_field(self) -> Deferred<$owned> {
                    Deferred::Read(self.into())
                }
            }
        )*)*
    };
}

borrowed!(
    String: &str, &String, Cow<'_, str>, Box<str>;
    Vec<u8>: &[u8];
);

/// What the setter of a foreign key that may be NULL takes: what [`IntoForeignKey`] is for, or an `Option` of it.
///
/// `Form` tells the two apart for the compiler; it is never written.
#[diagnostic::on_unimplemented(
    message = "a foreign key to `{T}` cannot be made of `{Self}`",
    label = "expected `&{T}`, an `Arc` of it, a `ForeignKey` to it, its key, or an `Option` of these"
)]
pub trait IntoOptionalKey<T: Model, K: KeyType, Form> {
    /// The foreign key, if there is one. `to_field` as in [`IntoForeignKey`].
    ///
    /// # Errors
    /// Where the object's value is not of the key's type.
    fn into_optional_key(self, to_field: Option<&'static str>) -> Result<Option<ForeignKey<T, K>>>;
}

/// The form of a key that was given as such.
#[derive(Debug)]
pub struct Bare<F>(PhantomData<F>);

/// The form of a key that was given in an `Option`.
#[derive(Debug)]
pub struct InOption<F>(PhantomData<F>);

impl<T: Model, K: KeyType, F, V: IntoForeignKey<T, K, F>> IntoOptionalKey<T, K, Bare<F>> for V {
    fn into_optional_key(self, to_field: Option<&'static str>) -> Result<Option<ForeignKey<T, K>>> {
        self.into_foreign_key(to_field).map(Some)
    }
}

impl<T: Model, K: KeyType, F, V: IntoForeignKey<T, K, F>> IntoOptionalKey<T, K, InOption<F>>
    for Option<V>
{
    fn into_optional_key(self, to_field: Option<&'static str>) -> Result<Option<ForeignKey<T, K>>> {
        self.map(|value| value.into_foreign_key(to_field))
            .transpose()
    }
}

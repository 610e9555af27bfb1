//! A struct's fields by their position, whatever their types: one table for values, for reading back and for owners.

use std::fmt;

use super::{
    Deferred, ForeignKey, HasMany, HasOne, ManyToMany, Model, Owner, ToManyField, ToOneField,
};
use crate::error::{Error, Result};
use crate::meta::{FieldType, KeyType};
use crate::query::{Expr, Nullability};
use crate::value::{RowCursor, Value};

/// How to reach a field of an `M`; the derive writes one for each.
pub struct Access<M> {
    get: fn(&M) -> &dyn StructField,
    get_mut: fn(&mut M) -> &mut dyn StructField,
}

impl<M> Access<M> {
    /// The field by a shared and by a unique reference.
    pub const fn new(
        get: fn(&M) -> &dyn StructField,
        get_mut: fn(&mut M) -> &mut dyn StructField,
    ) -> Self {
        Access { get, get_mut }
    }

    /// The field of an object.
    pub fn get<'a>(&self, object: &'a M) -> &'a dyn StructField {
        (self.get)(object)
    }

    /// The field of an object, to be changed.
    pub fn get_mut<'a>(&self, object: &'a mut M) -> &'a mut dyn StructField {
        (self.get_mut)(object)
    }
}

impl<M> fmt::Debug for Access<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access<{}>", std::any::type_name::<M>())
    }
}

/// The type of a column that is no key: expansions name field types by way of this, so that a type that no column
/// holds is refused in one place, and once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a model's field",
    label = "this type does not implement `FieldType`",
    note = "the integers, floats, `bool`, `String`, `Vec<u8>`, dates and times, `Uuid`, `Decimal`, `serde_json::Value` (each by its cargo feature), `#[derive(Choices)]` enums and `Option` of these do; implement `FieldType` for a type of your own"
)]
pub trait PlainField {
    /// The type itself.
    type Type: FieldType;
    /// Its expression over a root, behind a path of a state.
    type Column<O, N: Nullability>;
}

#[diagnostic::do_not_recommend]
impl<T: FieldType> PlainField for T {
    type Type = T;
    type Column<O, N: Nullability> = Expr<O, N::Of<T>>;
}

/// A field of a model's struct: a column, a key, or a side of a relation without a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a model's field",
    label = "this is neither a field type nor a relation"
)]
pub trait StructField {
    /// The value of its column.
    ///
    /// # Errors
    /// Where it has none, the value cannot be stored, or is the key of an object that is not saved.
    fn value(&self) -> Result<Value>;

    /// Takes it from a column.
    ///
    /// # Errors
    /// Where it has none, or the column holds something else.
    fn set_from(&mut self, row: &mut dyn RowCursor, column: usize) -> Result<()>;

    /// Learns which field of the other model it holds the value of, if it is a key.
    fn lead_to(&mut self, _field: Option<&'static str>) {}

    /// Learns that it is the field at a position of an object that is in the database.
    fn attach(&mut self, _owner: &Owner, _position: usize) {}
}

#[diagnostic::do_not_recommend]
impl<T: FieldType> StructField for T {
    fn value(&self) -> Result<Value> {
        self.to_value()
    }

    fn set_from(&mut self, row: &mut dyn RowCursor, column: usize) -> Result<()> {
        *self = T::decode(row, column)?;
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: FieldType> StructField for Deferred<T> {
    fn value(&self) -> Result<Value> {
        self.to_value()
    }

    fn set_from(&mut self, row: &mut dyn RowCursor, column: usize) -> Result<()> {
        *self = Deferred::Read(T::decode(row, column)?);
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Model, K: KeyType> StructField for ForeignKey<T, K> {
    fn value(&self) -> Result<Value> {
        self.column_value()
    }

    fn set_from(&mut self, row: &mut dyn RowCursor, column: usize) -> Result<()> {
        *self = Self::from_column(row, column)?;
        Ok(())
    }

    fn lead_to(&mut self, field: Option<&'static str>) {
        Self::lead_to(self, field);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Model, K: KeyType> StructField for Option<ForeignKey<T, K>> {
    fn value(&self) -> Result<Value> {
        self.column_value()
    }

    fn set_from(&mut self, row: &mut dyn RowCursor, column: usize) -> Result<()> {
        *self = Self::from_column(row, column)?;
        Ok(())
    }

    fn lead_to(&mut self, field: Option<&'static str>) {
        if let Some(key) = self {
            key.lead_to(field);
        }
    }
}

macro_rules! without_column {
    ($($side:ident),*) => {
        $(#[diagnostic::do_not_recommend]
        impl<T: Model> StructField for $side<T> {
            fn value(&self) -> Result<Value> {
                Err(no_column::<T>())
            }

            fn set_from(&mut self, _row: &mut dyn RowCursor, _column: usize) -> Result<()> {
                Err(no_column::<T>())
            }

            fn attach(&mut self, owner: &Owner, position: usize) {
                self.attach_to(owner.peers(position), owner.row());
            }
        })*
    };
}

without_column!(HasMany, HasOne, ManyToMany);

#[cold]
fn no_column<T: Model>() -> Error {
    Error::query(format!(
        "a to-many relation to `{}` has no column",
        T::meta().name
    ))
}

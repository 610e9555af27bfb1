//! What identifies a row: the value of one column, or of several together.

use std::fmt::Debug;
use std::hash::Hash;

use super::{FieldKind, FieldType, KeyType};
use crate::error::Result;
use crate::value::{RowCursor, Value};

/// The type of a model's primary key: a [`KeyType`], or a tuple of them where several fields are the key together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    label = "a key is compared and hashed",
    note = "integers, `String`, `Uuid`, dates and times are keys; a type of your own becomes one by `impl KeyType for …`"
)]
pub trait PrimaryKey: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The kind of its column; none where it has several.
    const COLUMN: Option<FieldKind>;

    /// The values of its columns.
    ///
    /// # Errors
    /// Where one cannot be stored.
    fn key_values(&self) -> Result<Vec<Value>>;

    /// Reads it from its columns; NULL is `None`.
    ///
    /// # Errors
    /// Where a column holds something else.
    fn read_key(row: &mut dyn RowCursor, columns: &[usize]) -> Result<Option<Self>>;

    /// Whether it is what an automatic key has before the row is saved.
    fn is_unsaved(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl<K: KeyType> PrimaryKey for K {
    const COLUMN: Option<FieldKind> = Some(<K as FieldType>::KIND);

    fn key_values(&self) -> Result<Vec<Value>> {
        Ok(vec![self.to_value()?])
    }

    fn read_key(row: &mut dyn RowCursor, columns: &[usize]) -> Result<Option<Self>> {
        match columns {
            [column, ..] => K::read(row, *column),
            [] => Ok(None),
        }
    }

    fn is_unsaved(&self) -> bool {
        self.is_unset()
    }
}

macro_rules! of_several {
    ($($part:ident $at:tt),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($part: KeyType),*> PrimaryKey for ($($part,)*) {
            const COLUMN: Option<FieldKind> = None;

            fn key_values(&self) -> Result<Vec<Value>> {
                Ok(vec![$(self.$at.to_value()?),*])
            }

            fn read_key(row: &mut dyn RowCursor, columns: &[usize]) -> Result<Option<Self>> {
                let column = |at: usize| columns.get(at).copied().unwrap_or_default();
                Ok(Some(($(
                    match $part::read(row, column($at))? {
                        Some(part) => part,
                        None => return Ok(None),
                    },
                )*)))
            }

            fn is_unsaved(&self) -> bool {
                false
            }
        }
    };
}

of_several!(A 0, B 1);
of_several!(A 0, B 1, C 2);
of_several!(A 0, B 1, C 2, D 3);
of_several!(A 0, B 1, C 2, D 3, E 4);

//! `Option`: NULL.

use super::{Choice, FieldType, null_of};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

#[diagnostic::do_not_recommend]
impl<T: FieldType<Base = T>> FieldType for Option<T> {
    type Base = T;
    type Nullable = Option<T>;
    const KIND: FieldKind = T::KIND;
    const NULL: bool = true;
    const MAX_LENGTH: Option<u32> = T::MAX_LENGTH;
    const CHOICES: &'static [Choice] = T::CHOICES;

    fn to_value(&self) -> Result<Value> {
        self.as_ref()
            .map_or_else(|| Ok(null_of::<T>()), T::to_value)
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        T::read(row, column).map(Some)
    }
}

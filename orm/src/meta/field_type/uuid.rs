//! UUIDs.

use uuid::Uuid;

use super::{FieldType, KeyType};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

#[diagnostic::do_not_recommend]
impl FieldType for Uuid {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Uuid;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Uuid(self.into_bytes()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        Ok(row.uuid(column)?.map(Uuid::from_bytes))
    }
}

impl KeyType for Uuid {}

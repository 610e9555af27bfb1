//! JSON documents.

use super::{FieldType, decode_error};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

#[diagnostic::do_not_recommend]
impl FieldType for serde_json::Value {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Json;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Json(self.to_string()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(text) = row.json(column)? else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| decode_error(row, column, "JSON", error.to_string()))
    }
}

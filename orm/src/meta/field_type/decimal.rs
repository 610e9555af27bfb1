//! `rust_decimal`'s decimal numbers.

use rust_decimal::Decimal;

use super::{FieldType, decode_error};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

#[diagnostic::do_not_recommend]
impl FieldType for Decimal {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Decimal;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Decimal(self.to_string()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(text) = row.decimal(column)? else {
            return Ok(None);
        };
        Decimal::from_str_exact(&text)
            .or_else(|_| text.parse())
            .map(Some)
            .map_err(|error| {
                decode_error(row, column, "a decimal number", format!("{text} ({error})"))
            })
    }
}

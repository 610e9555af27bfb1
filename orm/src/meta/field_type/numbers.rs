//! Integers, floats and truth values.

use super::{FieldType, KeyType, decode_error, encode_error};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

macro_rules! integer {
    ($($type:ty => $kind:ident),* $(,)?) => {
        $(#[diagnostic::do_not_recommend]
        impl FieldType for $type {
            type Base = $type;
            type Nullable = Option<$type>;
            const KIND: FieldKind = FieldKind::$kind;

            fn to_value(&self) -> Result<Value> {
                i64::try_from(*self).map(Value::Int).map_err(|_| {
                    encode_error(format!("the integer {self}"), "databases hold at most 9223372036854775807")
                })
            }

            fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
                let Some(value) = row.int(column)? else { return Ok(None) };
                <$type>::try_from(value).map(Some).map_err(|_| {
                    decode_error(row, column, stringify!($type), format!("{value}, which does not fit"))
                })
            }
        }

        impl KeyType for $type {
            fn is_unset(&self) -> bool {
                *self == 0
            }
        })*
    };
}

integer!(
    i8 => SmallInteger,
    i16 => SmallInteger,
    i32 => Integer,
    i64 => BigInteger,
    u8 => PositiveSmallInteger,
    u16 => PositiveSmallInteger,
    u32 => PositiveInteger,
    u64 => PositiveBigInteger,
);

#[diagnostic::do_not_recommend]
impl FieldType for f64 {
    type Base = f64;
    type Nullable = Option<f64>;
    const KIND: FieldKind = FieldKind::Float;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Float(*self))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        row.float(column)
    }
}

#[diagnostic::do_not_recommend]
impl FieldType for f32 {
    type Base = f32;
    type Nullable = Option<f32>;
    const KIND: FieldKind = FieldKind::Float;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Float(f64::from(*self)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "an f32 field keeps an f32's precision"
    )]
    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        Ok(row.float(column)?.map(|value| value as f32))
    }
}

#[diagnostic::do_not_recommend]
impl FieldType for bool {
    type Base = bool;
    type Nullable = Option<bool>;
    const KIND: FieldKind = FieldKind::Boolean;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Bool(*self))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        row.bool(column)
    }
}

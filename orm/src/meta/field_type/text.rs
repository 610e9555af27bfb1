//! Text, bytes, IP addresses and durations of the standard library.

use std::net::IpAddr;
use std::time::Duration;

use super::{FieldType, KeyType, decode_error, encode_error};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

#[diagnostic::do_not_recommend]
impl FieldType for String {
    type Base = String;
    type Nullable = Option<String>;
    const KIND: FieldKind = FieldKind::Text;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Text(self.clone()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        row.string(column)
    }
}

impl KeyType for String {}

#[diagnostic::do_not_recommend]
impl FieldType for Vec<u8> {
    type Base = Vec<u8>;
    type Nullable = Option<Vec<u8>>;
    const KIND: FieldKind = FieldKind::Binary;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Bytes(self.clone()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        Ok(row.bytes(column)?.map(<[u8]>::to_vec))
    }
}

#[diagnostic::do_not_recommend]
impl FieldType for IpAddr {
    type Base = IpAddr;
    type Nullable = Option<IpAddr>;
    const KIND: FieldKind = FieldKind::GenericIpAddress;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Inet(self.to_string()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(text) = row.inet(column)? else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_| decode_error(row, column, "an IP address", format!("`{text}`")))
    }
}

#[diagnostic::do_not_recommend]
impl FieldType for Duration {
    type Base = Duration;
    type Nullable = Option<Duration>;
    const KIND: FieldKind = FieldKind::Duration;

    fn to_value(&self) -> Result<Value> {
        i64::try_from(self.as_micros())
            .map(Value::Duration)
            .map_err(|_| {
                encode_error(
                    format!("the duration {self:?}"),
                    "it is longer than 292,000 years",
                )
            })
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(micros) = row.duration(column)? else {
            return Ok(None);
        };
        u64::try_from(micros)
            .map(|micros| Some(Duration::from_micros(micros)))
            .map_err(|_| {
                let found = format!("{micros} µs; `chrono::TimeDelta` holds negative ones");
                decode_error(row, column, "a duration that is not negative", found)
            })
    }
}

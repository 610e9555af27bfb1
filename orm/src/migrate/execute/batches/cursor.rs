//! How far the filling of rows has come, as it stands in the journal.

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::value::Value;

/// The key of the last row that was filled, and how many were.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor {
    pub(super) after: Vec<Value>,
    pub(super) rows: u64,
}

impl Cursor {
    /// The text in the journal.
    pub(super) fn to_text(&self) -> String {
        let after: Vec<Json> = self.after.iter().map(written).collect();
        json!({"after": after, "rows": self.rows}).to_string()
    }

    /// Reads it.
    ///
    /// # Errors
    /// If somebody else wrote it.
    pub(super) fn parse(text: &str) -> Result<Cursor> {
        let fault = || Error::migration(format!("the journal says `{text}`, which is no place"));
        let json: Json = serde_json::from_str(text).map_err(|_| fault())?;
        let after = json["after"].as_array().ok_or_else(fault)?;
        let after: Option<Vec<Value>> = after.iter().map(read).collect();
        Ok(Cursor {
            after: after.ok_or_else(fault)?,
            rows: json["rows"].as_u64().ok_or_else(fault)?,
        })
    }
}

/// A value with its type, so that it is compared as what it is.
fn written(value: &Value) -> Json {
    match value {
        Value::Null(_) | Value::List(..) => Json::Null,
        Value::Bool(value) => json!({"bool": value}),
        Value::Int(value) => json!({"int": value}),
        Value::Float(value) => json!({"float": value.to_bits()}),
        Value::Text(value) => json!({"text": value}),
        Value::Bytes(value) => json!({"bytes": value}),
        Value::Date(value) => json!({"date": value}),
        Value::Time(value) => json!({"time": value}),
        Value::DateTime(value) => json!({"date_time": value}),
        Value::Duration(value) => json!({"duration": value}),
        Value::Decimal(value) => json!({"decimal": value}),
        Value::Uuid(value) => json!({"uuid": value}),
        Value::Json(value) => json!({"json": value}),
        Value::Inet(value) => json!({"inet": value}),
    }
}

fn read(json: &Json) -> Option<Value> {
    let (word, value) = json.as_object()?.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    let bytes = || {
        let bytes = value.as_array()?.iter();
        let byte = |byte: &Json| u8::try_from(byte.as_u64()?).ok();
        bytes.map(byte).collect::<Option<Vec<u8>>>()
    };
    Some(match word.as_str() {
        "bool" => Value::Bool(value.as_bool()?),
        "int" => Value::Int(value.as_i64()?),
        "float" => Value::Float(f64::from_bits(value.as_u64()?)),
        "text" => Value::Text(text()?),
        "bytes" => Value::Bytes(bytes()?),
        "date" => Value::Date(i32::try_from(value.as_i64()?).ok()?),
        "time" => Value::Time(value.as_i64()?),
        "date_time" => Value::DateTime(value.as_i64()?),
        "duration" => Value::Duration(value.as_i64()?),
        "decimal" => Value::Decimal(text()?),
        "uuid" => Value::Uuid(bytes()?.try_into().ok()?),
        "json" => Value::Json(text()?),
        "inet" => Value::Inet(text()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let cursor = Cursor {
            after: vec![
                Value::Int(-5),
                Value::Text("it's \"so\"".to_owned()),
                Value::Uuid([7; 16]),
                Value::Bytes(vec![0, 255]),
                Value::Float(-0.1),
                Value::DateTime(1),
                Value::Decimal("1.50".to_owned()),
                Value::Bool(true),
            ],
            rows: 12,
        };
        assert_eq!(Cursor::parse(&cursor.to_text()).unwrap(), cursor);
        assert!(Cursor::parse("{}").is_err());
    }
}

//! Values as parameters of PostgreSQL statements.
//!
//! Each type of value has one PostgreSQL type, which is declared when a statement is prepared, so that the server never
//! has to guess. What has an exact text form and no cheaper one (decimals, JSON, addresses) travels as text; so does a
//! value whose placeholder the server gave another type than the value's own, in a statement that declares none.

use std::error::Error as StdError;
use std::fmt;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use crate::value::{Value, ValueType, format_date, format_date_time, format_time, hex};

/// Days from 1970-01-01 to 2000-01-01, from where PostgreSQL counts.
pub(super) const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
pub(super) const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * DAY_MICROS;
/// The microseconds of a day of 24 hours.
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

type Encoded = Result<(), Box<dyn StdError + Sync + Send>>;

/// The PostgreSQL type of a value.
pub(super) fn type_of(value: &Value) -> Type {
    match value {
        Value::List(members, _) => array_of(*members),
        value => scalar(value.value_type()),
    }
}

fn scalar(value_type: ValueType) -> Type {
    match value_type {
        ValueType::Bool => Type::BOOL,
        ValueType::Int => Type::INT8,
        ValueType::Float => Type::FLOAT8,
        ValueType::Text => Type::TEXT,
        ValueType::Bytes => Type::BYTEA,
        ValueType::Date => Type::DATE,
        ValueType::Time => Type::TIME,
        ValueType::DateTime => Type::TIMESTAMPTZ,
        ValueType::Duration => Type::INTERVAL,
        ValueType::Decimal => Type::NUMERIC,
        ValueType::Uuid => Type::UUID,
        ValueType::Json => Type::JSONB,
        ValueType::Inet => Type::INET,
    }
}

fn array_of(value_type: ValueType) -> Type {
    match value_type {
        ValueType::Bool => Type::BOOL_ARRAY,
        ValueType::Int => Type::INT8_ARRAY,
        ValueType::Float => Type::FLOAT8_ARRAY,
        ValueType::Text => Type::TEXT_ARRAY,
        ValueType::Bytes => Type::BYTEA_ARRAY,
        ValueType::Date => Type::DATE_ARRAY,
        ValueType::Time => Type::TIME_ARRAY,
        ValueType::DateTime => Type::TIMESTAMPTZ_ARRAY,
        ValueType::Duration => Type::INTERVAL_ARRAY,
        ValueType::Decimal => Type::NUMERIC_ARRAY,
        ValueType::Uuid => Type::UUID_ARRAY,
        ValueType::Json => Type::JSONB_ARRAY,
        ValueType::Inet => Type::INET_ARRAY,
    }
}

/// A value where the driver wants a parameter; its debug form, which the driver logs, keeps the value to itself.
#[derive(Clone, Copy)]
pub(super) struct Param<'v>(pub(super) &'v Value);

impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.value_type().as_str())
    }
}

impl Param<'_> {
    fn is_binary(self, declared: &Type) -> bool {
        let exact_as_text = matches!(
            self.0.value_type(),
            ValueType::Decimal | ValueType::Json | ValueType::Inet
        );
        !exact_as_text && *declared == type_of(self.0)
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        declared: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        if self.0.is_null() {
            return Ok(IsNull::Yes);
        }
        if self.is_binary(declared) {
            write_binary(self.0, out)?;
        } else {
            out.extend_from_slice(to_text(self.0).as_bytes());
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, declared: &Type) -> Format {
        if self.is_binary(declared) {
            Format::Binary
        } else {
            Format::Text
        }
    }

    to_sql_checked!();
}

fn write_binary(value: &Value, out: &mut BytesMut) -> Encoded {
    match value {
        Value::Bool(v) => out.put_u8(u8::from(*v)),
        Value::Int(v) | Value::Time(v) => out.put_i64(*v),
        Value::Float(v) => out.put_f64(*v),
        Value::Text(v) => out.extend_from_slice(v.as_bytes()),
        Value::Bytes(v) => out.extend_from_slice(v),
        Value::Date(v) => out.put_i32(v.checked_sub(EPOCH_DAYS).ok_or(OUT_OF_RANGE)?),
        Value::DateTime(v) => out.put_i64(v.checked_sub(EPOCH_MICROS).ok_or(OUT_OF_RANGE)?),
        Value::Duration(v) => {
            // Days apart from the rest, as Django's drivers store them.
            out.put_i64(v.rem_euclid(DAY_MICROS));
            out.put_i32(i32::try_from(v.div_euclid(DAY_MICROS))?);
            out.put_i32(0);
        }
        Value::Uuid(v) => out.extend_from_slice(v),
        Value::List(members, values) => write_array(*members, values, out)?,
        Value::Null(_) | Value::Decimal(_) | Value::Json(_) | Value::Inet(_) => {
            return Err("this type of value has no binary form here".into());
        }
    }
    Ok(())
}

const OUT_OF_RANGE: &str = "the date lies outside of PostgreSQL's range";

/// A one-dimensional array: dimensions, whether NULLs are in it, the members' type, length and first index, then each
/// member behind its length.
fn write_array(members: ValueType, values: &[Value], out: &mut BytesMut) -> Encoded {
    out.put_i32(i32::from(!values.is_empty()));
    out.put_i32(i32::from(values.iter().any(Value::is_null)));
    out.put_u32(scalar(members).oid());
    if values.is_empty() {
        return Ok(());
    }
    out.put_i32(i32::try_from(values.len())?);
    out.put_i32(1);
    for value in values {
        if value.is_null() {
            out.put_i32(-1);
            continue;
        }
        let length_at = out.len();
        out.put_i32(0);
        write_binary(value, out)?;
        let length = i32::try_from(out.len() - length_at - 4)?;
        out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// The value as PostgreSQL reads it from text.
fn to_text(value: &Value) -> String {
    match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Float(v) => v.to_string(),
        Value::Text(v) | Value::Decimal(v) | Value::Json(v) | Value::Inet(v) => v.clone(),
        Value::Bytes(v) => format!("\\x{}", hex(v)),
        Value::Date(v) => format_date(*v),
        Value::Time(v) => format_time(*v),
        Value::DateTime(v) => format!("{}+00", format_date_time(*v)),
        Value::Duration(v) => format!(
            "{} days {} microseconds",
            v.div_euclid(DAY_MICROS),
            v.rem_euclid(DAY_MICROS)
        ),
        Value::Uuid(v) => hex(v),
        Value::List(_, values) => array_to_text(values),
    }
}

/// `{"a","b",NULL}`: every member in quotes, so that none can be taken for syntax.
fn array_to_text(values: &[Value]) -> String {
    let mut text = String::from("{");
    for (at, value) in values.iter().enumerate() {
        if at != 0 {
            text.push(',');
        }
        if value.is_null() {
            text.push_str("NULL");
            continue;
        }
        text.push('"');
        for c in to_text(value).chars() {
            if matches!(c, '"' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text.push('"');
    }
    text.push('}');
    text
}

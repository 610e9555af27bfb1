//! The functions that the dialect calls and SQLite does not have. Every connection is given them.
//!
//! | function | what it does |
//! |---|---|
//! | `regexp(pattern, text)` | what the operator REGEXP calls; the syntax is the crate `regex`'s |
//! | `nuages_lower`, `nuages_upper` | letters of any script; SQLite's own know ASCII only |
//! | `nuages_fold(text)` | small letters, character by character, for comparisons |
//! | `nuages_lpad`, `nuages_rpad(text, length, fill)`, `nuages_repeat(text, times)`, `nuages_reverse(text)` | as elsewhere |
//! | `nuages_md5`, `nuages_sha1`, `nuages_sha224`, `…256`, `…384`, `…512` | digests as hexadecimal digits |
//! | `nuages_unhex(digits)` | bytes |
//! | `nuages_acos` … `nuages_tan` | mathematics; NULL where there is no value |
//! | `nuages_power`, `nuages_fmod`, `nuages_log(base, x)`, `nuages_atan2` | of two numbers; a power of integers stays one |
//! | `nuages_round(number, places)` | in decimals, halves away from zero; with NULL for places only a number |
//! | `nuages_decimal(operator, a, b)` | arithmetic in decimals |
//! | `nuages_date_time_add(text, micros)`, `nuages_time_add(text, micros)` | in the form that is stored |
//! | `nuages_micros(text)` | since 1970, or since midnight |
//! | `nuages_json_equal`, `nuages_json_contains(document, part)` | as PostgreSQL's `=` and `@>` |
//! | `nuages_stddev_pop`, `…_samp`, `nuages_var_pop`, `…_samp` | aggregates |
//! | `nuages_bit_and`, `…_or`, `…_xor` | aggregates |
//! | `nuages_decimal_sum`, `nuages_decimal_avg` | aggregates, in decimals |
//!
//! All but the aggregates are NULL where an argument is, and all are deterministic.

mod aggregate;
mod decimal;
mod json;
mod number;
#[cfg(test)]
mod tests;
mod text;
mod time;

use std::borrow::Cow;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};

/// Gives a connection the functions.
///
/// # Errors
/// Whatever SQLite says; it never happens on an open connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    text::register(connection)?;
    number::register(connection)?;
    time::register(connection)?;
    json::register(connection)?;
    aggregate::register(connection)
}

fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS
}

/// Registers a function of so many arguments that is NULL where one of them is.
fn scalar<F>(connection: &Connection, name: &str, arguments: i32, function: F) -> Result<()>
where
    F: Fn(&Context<'_>) -> Result<Value> + Send + 'static,
{
    connection.create_scalar_function(name, arguments, flags(), move |context| {
        let is_null = |at: usize| context.get_raw(at) == ValueRef::Null;
        if (0..context.len()).any(is_null) {
            Ok(Value::Null)
        } else {
            function(context)
        }
    })
}

/// An argument as text; numbers are printed.
fn text<'c>(context: &'c Context<'_>, at: usize) -> Cow<'c, str> {
    as_text(context.get_raw(at))
}

fn as_text(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Null => Cow::Borrowed(""),
        ValueRef::Integer(number) => Cow::Owned(number.to_string()),
        ValueRef::Real(number) => Cow::Owned(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
    }
}

/// An argument as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "what a float cannot hold of an integer is rounded, as in SQL"
)]
fn float(value: ValueRef<'_>) -> Result<f64> {
    match value {
        ValueRef::Integer(number) => Ok(number as f64),
        ValueRef::Real(number) => Ok(number),
        other => as_text(other)
            .trim()
            .parse()
            .map_err(|_| wrong(format!("`{}` is no number", as_text(other)))),
    }
}

/// The error of a function.
fn wrong(message: String) -> Error {
    Error::UserFunctionError(message.into())
}

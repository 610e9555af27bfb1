//! Functions of text: letters of any script, padding, regular expressions, digests.

use std::borrow::Cow;
use std::fmt::Write as _;

use md5::Md5;
use regex::Regex;
use rusqlite::functions::Context;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::{scalar, text, wrong};
use crate::sql::fold;

pub(super) fn register(connection: &Connection) -> Result<()> {
    scalar(connection, "regexp", 2, regexp)?;
    of_text(connection, "nuages_lower", |text| {
        Value::Text(text.to_lowercase())
    })?;
    of_text(connection, "nuages_upper", |text| {
        Value::Text(text.to_uppercase())
    })?;
    of_text(connection, "nuages_fold", |text| Value::Text(fold(&text)))?;
    of_text(connection, "nuages_reverse", |text| {
        Value::Text(text.chars().rev().collect())
    })?;
    scalar(connection, "nuages_repeat", 2, |context| {
        let times = usize::try_from(context.get::<i64>(1)?).unwrap_or(0);
        Ok(Value::Text(text(context, 0).repeat(times)))
    })?;
    scalar(connection, "nuages_lpad", 3, |context| pad(context, true))?;
    scalar(connection, "nuages_rpad", 3, |context| pad(context, false))?;
    scalar(connection, "nuages_unhex", 1, |context| {
        unhex(&text(context, 0))
    })?;
    digest::<Md5>(connection, "nuages_md5")?;
    digest::<Sha1>(connection, "nuages_sha1")?;
    digest::<Sha224>(connection, "nuages_sha224")?;
    digest::<Sha256>(connection, "nuages_sha256")?;
    digest::<Sha384>(connection, "nuages_sha384")?;
    digest::<Sha512>(connection, "nuages_sha512")
}

fn of_text(connection: &Connection, name: &str, function: fn(Cow<'_, str>) -> Value) -> Result<()> {
    scalar(connection, name, 1, move |context| {
        Ok(function(text(context, 0)))
    })
}

/// `text REGEXP pattern`: the expression is made once a statement, where the pattern is the same for all rows.
fn regexp(context: &Context<'_>) -> Result<Value> {
    let pattern = context.get_or_create_aux(0, |pattern: ValueRef<'_>| {
        Regex::new(&super::as_text(pattern))
    })?;
    Ok(Value::Integer(i64::from(
        pattern.is_match(&text(context, 1)),
    )))
}

fn pad(context: &Context<'_>, left: bool) -> Result<Value> {
    let (text, fill) = (text(context, 0), self::text(context, 2));
    let length = usize::try_from(context.get::<i64>(1)?).unwrap_or(0);
    let lacking = length.saturating_sub(text.chars().count());
    let filling: String = fill.chars().cycle().take(lacking).collect();
    let text: String = text.chars().take(length).collect();
    Ok(Value::Text(if left {
        filling + &text
    } else {
        text + &filling
    }))
}

fn unhex(digits: &str) -> Result<Value> {
    let bytes: Option<Vec<u8>> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    bytes
        .map(Value::Blob)
        .ok_or_else(|| wrong(format!("`{digits}` are no hexadecimal digits")))
}

fn digest<D: Digest>(connection: &Connection, name: &str) -> Result<()> {
    scalar(connection, name, 1, |context| {
        let mut digits = String::new();
        for byte in D::digest(text(context, 0).as_bytes()) {
            _ = write!(digits, "{byte:02x}");
        }
        Ok(Value::Text(digits))
    })
}

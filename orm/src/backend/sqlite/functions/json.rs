//! Comparisons of JSON.

use rusqlite::functions::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, Result};
use serde_json::Value as Json;

use super::{scalar, text, wrong};

pub(super) fn register(connection: &Connection) -> Result<()> {
    scalar(connection, "nuages_json_equal", 2, |context| {
        Ok(Value::Integer(i64::from(equal(
            &json(context, 0)?,
            &json(context, 1)?,
        ))))
    })?;
    scalar(connection, "nuages_json_contains", 2, |context| {
        let (document, part) = (json(context, 0)?, json(context, 1)?);
        // An array contains a bare value, but only at the top.
        let bare = document
            .as_array()
            .filter(|_| !part.is_array() && !part.is_object());
        let contained = match bare {
            Some(elements) => elements.iter().any(|element| equal(element, &part)),
            None => contains(&document, &part),
        };
        Ok(Value::Integer(i64::from(contained)))
    })
}

fn json(context: &Context<'_>, at: usize) -> Result<Json> {
    serde_json::from_str(&text(context, at))
        .map_err(|error| wrong(format!("a JSON text is none: {error}")))
}

fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

fn contains(document: &Json, part: &Json) -> bool {
    match (document, part) {
        (Json::Object(document), Json::Object(part)) => part.iter().all(|(key, part)| {
            document
                .get(key)
                .is_some_and(|document| contains(document, part))
        }),
        (Json::Array(document), Json::Array(part)) => part
            .iter()
            .all(|part| document.iter().any(|element| contains(element, part))),
        _ => equal(document, part),
    }
}

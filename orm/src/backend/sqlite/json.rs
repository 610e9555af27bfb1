//! JSON as SQLite holds it: text, looked into with its JSON functions.

use std::fmt::Write as _;

use crate::ast::{Expr, JsonOp, JsonStep};
use crate::error::Result;
use crate::sql::Writer;

/// A look into JSON.
pub(super) fn look(w: &mut Writer<'_>, document: &Expr, op: &JsonOp) -> Result<()> {
    match op {
        // JSON_EXTRACT gives SQL values, where `true` is 1; the words of those that JSON_TYPE names are their JSON.
        JsonOp::Extract(path) => at_path(
            w,
            "CASE WHEN JSON_TYPE({0}, {path}) IN ('true', 'false', 'null') THEN JSON_TYPE({0}, {path}) \
             WHEN JSON_TYPE({0}, {path}) IS NOT NULL THEN JSON_QUOTE(JSON_EXTRACT({0}, {path})) END",
            document,
            path,
        ),
        JsonOp::ExtractText(path) => at_path(
            w,
            "CASE WHEN JSON_TYPE({0}, {path}) IN ('true', 'false') THEN JSON_TYPE({0}, {path}) \
             ELSE CAST(JSON_EXTRACT({0}, {path}) AS TEXT) END",
            document,
            path,
        ),
        JsonOp::Exists(path) => at_path(w, "JSON_TYPE({0}, {path}) IS NOT NULL", document, path),
        JsonOp::IsJsonNull(path) => at_path(w, "JSON_TYPE({0}, {path}) IS 'null'", document, path),
        JsonOp::Equals(other) => w.template("NUAGES_JSON_EQUAL({0}, {1})", &[document, other]),
        JsonOp::Contains(other) => w.template("NUAGES_JSON_CONTAINS({0}, {1})", &[document, other]),
        JsonOp::ContainedBy(other) => {
            w.template("NUAGES_JSON_CONTAINS({1}, {0})", &[document, other])
        }
        JsonOp::ArrayLength => w.template(
            "CASE WHEN JSON_TYPE({0}) = 'array' THEN JSON_ARRAY_LENGTH({0}) END",
            &[document],
        ),
    }
}

/// Writes a template in which `{path}` stands for a path and `{0}` for the document.
fn at_path(w: &mut Writer<'_>, template: &str, document: &Expr, path: &[JsonStep]) -> Result<()> {
    for (nth, part) in template.split("{path}").enumerate() {
        if 0 < nth {
            w.string(&json_path(path));
        }
        w.template(part, &[document])?;
    }
    Ok(())
}

/// `$."key"[0]`.
fn json_path(path: &[JsonStep]) -> String {
    path.iter().fold(String::from("$"), |mut text, step| {
        match step {
            // Within the quotes of a path, SQLite knows no escapes of its own: they are JSON's.
            JsonStep::Key(key) => {
                _ = write!(text, ".{}", serde_json::Value::String(key.to_string()))
            }
            JsonStep::Index(index) => _ = write!(text, "[{index}]"),
        }
        text
    })
}

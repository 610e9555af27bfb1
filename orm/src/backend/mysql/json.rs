//! JSON in MySQL, where it is a type, and in MariaDB, where it is text with a check.

use std::fmt::Write as _;

use super::dialect::MysqlDialect;
use crate::ast::{Expr, JsonOp, JsonStep};
use crate::error::Result;
use crate::sql::Writer;

/// A look into JSON.
pub(super) fn look(
    dialect: &MysqlDialect,
    w: &mut Writer<'_>,
    document: &Expr,
    op: &JsonOp,
) -> Result<()> {
    match op {
        JsonOp::Extract(path) => at_path(w, "JSON_EXTRACT({0}, {path})", document, path),
        JsonOp::ExtractText(path) => at_path(
            w,
            "CASE WHEN JSON_TYPE(JSON_EXTRACT({0}, {path})) <> 'NULL' THEN JSON_UNQUOTE(JSON_EXTRACT({0}, {path})) END",
            document,
            path,
        ),
        JsonOp::Exists(path) => at_path(w, "JSON_EXTRACT({0}, {path}) IS NOT NULL", document, path),
        JsonOp::IsJsonNull(path) => at_path(
            w,
            "JSON_TYPE(JSON_EXTRACT({0}, {path})) <=> 'NULL'",
            document,
            path,
        ),
        JsonOp::Equals(other) if !dialect.mariadb => {
            w.template("{0} = CAST({1} AS JSON)", &[document, other])
        }
        // JSON_EQUALS came with the type for UUIDs. Of a NULL it is what it was of the row before.
        JsonOp::Equals(other) if dialect.version.minor != 6 => w.template(
            "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN JSON_EQUALS({0}, {1}) END",
            &[document, other],
        ),
        JsonOp::Equals(_) => Err(w.unsupported("equality of JSON before version 10.7")),
        JsonOp::Contains(other) => w.template("JSON_CONTAINS({0}, {1})", &[document, other]),
        JsonOp::ContainedBy(other) => w.template("JSON_CONTAINS({1}, {0})", &[document, other]),
        JsonOp::ArrayLength => w.template(
            "CASE WHEN JSON_TYPE({0}) = 'ARRAY' THEN JSON_LENGTH({0}) END",
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
            JsonStep::Key(key) => {
                _ = write!(text, ".{}", serde_json::Value::String(key.to_string()))
            }
            JsonStep::Index(index) => _ = write!(text, "[{index}]"),
        }
        text
    })
}

//! Long lists: more than a statement may have placeholders for go as one JSON text that is read as a table.

use super::dialect::MysqlDialect;
use crate::ast::{Expr, ListParam};
use crate::error::Result;
use crate::sql::{BindParam, Transform, Writer, standard};
use crate::value::ValueType;

/// A list of more elements than these is one JSON text. A statement has at most 65,535 placeholders, and several lists.
const MOST_PLACEHOLDERS: u32 = 8192;

/// Whether a value is in a list.
pub(super) fn member(
    dialect: &MysqlDialect,
    w: &mut Writer<'_>,
    value: &Expr,
    list: ListParam,
    negated: bool,
) -> Result<()> {
    if list.size_class <= MOST_PLACEHOLDERS {
        return standard::in_list(w, value, list, negated);
    }
    w.atom(value)?;
    w.push(if negated { " NOT IN (" } else { " IN (" });
    w.push("SELECT ");
    w.push(match list.element {
        ValueType::Bytes => "UNHEX(v)",
        ValueType::Uuid if dialect.has_uuid() => "CAST(v AS UUID)",
        _ => "v",
    });
    w.push(" FROM JSON_TABLE(");
    w.bind(BindParam {
        slot: list.slot,
        value_type: ValueType::Text,
        transform: Transform::JsonList,
    });
    w.push(", '$[*]' COLUMNS (v ");
    w.push(match list.element {
        ValueType::Bool | ValueType::Int | ValueType::Duration => "BIGINT",
        ValueType::Float => "DOUBLE",
        ValueType::Decimal => "DECIMAL(65, 30)",
        ValueType::Date => "DATE",
        ValueType::Time => "TIME(6)",
        ValueType::DateTime => "DATETIME(6)",
        ValueType::Text
        | ValueType::Bytes
        | ValueType::Uuid
        | ValueType::Json
        | ValueType::Inet => "LONGTEXT",
    });
    w.push(" PATH '$')) AS l)");
    Ok(())
}

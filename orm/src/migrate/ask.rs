//! Small questions to a database: rows as text.

use crate::driver::{Executor, RowCursor, Statement, execute, read_rows};
use crate::error::Result;
use crate::sql::Answer;
use crate::value::Value;

/// The rows of a query.
pub(crate) async fn ask(
    executor: &dyn Executor,
    sql: impl Into<String>,
    params: Vec<Value>,
) -> Result<Answer> {
    let sql: String = sql.into();
    let texts = |row: &mut dyn RowCursor| {
        (0..row.width())
            .map(|at| Ok(text(row.value(at)?)))
            .collect()
    };
    read_rows(executor, Statement::query(sql, params), texts).await
}

/// Runs a statement that gives no rows.
pub(crate) async fn tell(
    executor: &dyn Executor,
    sql: impl Into<String>,
    params: Vec<Value>,
) -> Result<()> {
    let sql: String = sql.into();
    execute(executor, Statement::execute(sql, params))
        .await
        .map(drop)
}

/// Whether the first value of an answer is true.
pub(crate) fn is_true(answer: &Answer) -> bool {
    let first = answer
        .first()
        .and_then(|row| row.first())
        .and_then(Option::as_deref);
    matches!(first, Some("1" | "true" | "t"))
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null(_) => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value)
        | Value::Time(value)
        | Value::DateTime(value)
        | Value::Duration(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Date(value) => Some(value.to_string()),
        Value::Text(text) | Value::Decimal(text) | Value::Json(text) | Value::Inet(text) => {
            Some(text)
        }
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Value::Uuid(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        Value::List(..) => None,
    }
}

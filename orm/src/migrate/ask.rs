//! Small questions to a database: rows as text.

use crate::driver::{Executor, Job, RowCursor, Statement, downcast};
use crate::error::Result;
use crate::sql::Answer;
use crate::value::Value;

struct Ask {
    statement: Option<Statement>,
    rows: Answer,
}

impl Job for Ask {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.statement.take().into_iter().collect())
    }

    fn row(&mut self, _statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        let values: Result<Vec<Option<String>>> = (0..row.width())
            .map(|at| Ok(text(row.value(at)?)))
            .collect();
        self.rows.push(values?);
        Ok(())
    }
}

/// The rows of a query.
pub(crate) async fn ask(
    executor: &dyn Executor,
    sql: impl Into<String>,
    params: Vec<Value>,
) -> Result<Answer> {
    let sql: String = sql.into();
    let job = Ask {
        statement: Some(Statement::query(sql, params)),
        rows: Vec::new(),
    };
    Ok(downcast::<Ask>(executor.run(Box::new(job)).await?).rows)
}

/// Runs a statement that gives no rows.
pub(crate) async fn tell(
    executor: &dyn Executor,
    sql: impl Into<String>,
    params: Vec<Value>,
) -> Result<()> {
    let sql: String = sql.into();
    let job = Ask {
        statement: Some(Statement::execute(sql, params)),
        rows: Vec::new(),
    };
    executor.run(Box::new(job)).await.map(drop)
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

//! Rows whose types are known when they are read, not before: printed cells.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nuages::model::{Output, RowReader};
use nuages::value::ValueType;
use nuages::{FieldKind, FieldType, RowCursor, Value};
use serde_json::Value as Json;

/// The type of a cell.
pub(super) type Kind = ValueType;

/// What the rows of each product's trial are made of, meanwhile: a trial runs one program after another.
static KINDS: [Mutex<Vec<Kind>>; 4] = [const { Mutex::new(Vec::new()) }; 4];
/// The column of the first cell.
static FIRST: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

/// Says what the rows of trial `P` are made of from now on.
pub(super) fn expect<const P: usize>(kinds: Vec<Kind>) {
    *KINDS[P].lock().unwrap() = kinds;
}

/// The printed cells of a row of trial `P`.
#[derive(Debug)]
pub(super) struct Cells<const P: usize>(pub(super) Vec<String>);

impl<const P: usize> Output for Cells<P> {
    fn read_from(row: &mut RowReader<'_>) -> nuages::Result<Self> {
        FIRST[P].store(row.position(), Ordering::Relaxed);
        let cells = KINDS[P].lock().unwrap().len();
        let cells = (0..cells).map(|_| row.field::<Cell<P>>().map(|cell| cell.0));
        cells.collect::<nuages::Result<_>>().map(Cells)
    }
}

#[derive(Debug, Clone)]
struct Cell<const P: usize>(String);

impl<const P: usize> FieldType for Cell<P> {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Text;

    fn to_value(&self) -> nuages::Result<Value> {
        Ok(Value::from(self.0.as_str()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> nuages::Result<Option<Self>> {
        let kind = KINDS[P].lock().unwrap()[column - FIRST[P].load(Ordering::Relaxed)];
        Ok(Some(Cell(print(&kind.read(row, column)?))))
    }
}

fn print(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) | Value::DateTime(value) => value.to_string(),
        Value::Float(value) => format!("{value:.6}"),
        Value::Text(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    }
}

/// A key as a cell.
pub(super) fn print_key(key: i64) -> String {
    key.to_string()
}

/// A cell of the oracle's, printed alike.
pub(super) fn print_json(cell: &Json) -> String {
    match cell {
        Json::String(text) => format!("{text:?}"),
        Json::Number(number) if number.is_f64() => {
            format!("{:.6}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

//! The operations of phases as JSON.

use serde_json::{Map, Value};

use super::{Backfill, KeepInStep, Operation, TableAlias};
use crate::meta::condition::{Condition, Expression};
use crate::meta::json::{Fault, Object, Parsed, Writer, expected, text};

pub(super) fn read(word: &str, object: &mut Object<'_>) -> Parsed<Operation> {
    let model = object.required("model", text)?;
    Ok(match word {
        "keep_in_step" | "stop_keeping_in_step" => {
            let op = KeepInStep {
                model,
                field: object.required("field", text)?,
                with: object.text("with")?,
                default: object.get("default", Expression::from_json)?,
            };
            if op.with.is_none() && op.default.is_none() {
                return Err(Fault::new(format!(
                    "`{word}` needs `with`, the field that holds the same, or `default`, the value of rows that are \
                     written without"
                )));
            }
            if word == "keep_in_step" {
                Operation::KeepInStep(op)
            } else {
                Operation::StopKeepingInStep(op)
            }
        }
        "backfill" => Operation::Backfill(Backfill {
            model,
            set: object.get("set", assignments)?.unwrap_or_default(),
            condition: object.get("where", Condition::from_json)?,
            reverse: object.get("reverse", assignments)?.unwrap_or_default(),
            batch_size: object.length("batch_size")?,
        }),
        _ => {
            let op = TableAlias {
                model,
                field: object.text("field")?,
                table: object.required("table", text)?,
                columns: object.texts("columns")?,
            };
            if word == "add_table_alias" {
                Operation::AddTableAlias(op)
            } else {
                Operation::RemoveTableAlias(op)
            }
        }
    })
}

pub(super) fn write(operation: &Operation, writer: &mut Writer) {
    match operation {
        Operation::KeepInStep(op) | Operation::StopKeepingInStep(op) => {
            writer.put("field", op.field.as_str());
            writer.some("with", op.with.as_deref());
            writer.some("default", op.default.as_ref().map(Expression::to_json));
        }
        Operation::Backfill(op) => {
            writer.some("set", assigned(&op.set));
            writer.some("where", op.condition.as_ref().map(Condition::to_json));
            writer.some("reverse", assigned(&op.reverse));
            writer.some("batch_size", op.batch_size);
        }
        Operation::AddTableAlias(op) | Operation::RemoveTableAlias(op) => {
            writer.some("field", op.field.as_deref());
            writer.put("table", op.table.as_str());
            writer.texts("columns", &op.columns);
        }
        other => unreachable!("`{}` is about a model", other.word()),
    }
}

fn assignments(value: &Value) -> Parsed<Vec<(String, Expression)>> {
    let map = value
        .as_object()
        .filter(|map| !map.is_empty())
        .ok_or_else(|| expected("a table of expressions by field", value))?;
    let read = |(name, value): (&String, &Value)| {
        let expression = Expression::from_json(value).map_err(|fault| fault.at_key(name))?;
        Ok((name.clone(), expression))
    };
    map.iter().map(read).collect()
}

fn assigned(set: &[(String, Expression)]) -> Option<Value> {
    let entries = set
        .iter()
        .map(|(name, expression)| (name.clone(), expression.to_json()));
    (!set.is_empty()).then(|| Value::Object(entries.collect::<Map<String, Value>>()))
}

//! Operations as JSON: `op` first, then the keys in the order of the reference.

use serde_json::{Value, json};

use super::*;
use crate::db::database_names;
use crate::error::suggestion;
use crate::meta::json::{Fault, Object, Parsed, Writer, boolean, expected, text};
use crate::migrate::operation::phase_json;
use crate::migrate::state::json::unique_together_from_json;
use crate::migrate::state::{ConstraintState, FieldState, IndexState, ModelOptions};

/// Every word that `op` may be.
const WORDS: [&str; 28] = [
    "create_model",
    "delete_model",
    "rename_model",
    "add_field",
    "alter_field",
    "remove_field",
    "rename_field",
    "add_index",
    "remove_index",
    "rename_index",
    "add_constraint",
    "alter_constraint",
    "remove_constraint",
    "alter_model_table",
    "alter_model_table_comment",
    "alter_model_options",
    "alter_unique_together",
    "alter_order_with_respect_to",
    "run_sql",
    "run_rust",
    "separate_database_and_state",
    "create_extension",
    "validate_constraint",
    "keep_in_step",
    "stop_keeping_in_step",
    "backfill",
    "add_table_alias",
    "remove_table_alias",
];

impl Operation {
    /// The word for it in files: `create_model`, `add_field`, …
    pub fn word(&self) -> &'static str {
        match self {
            Operation::CreateModel(_) => "create_model",
            Operation::DeleteModel(_) => "delete_model",
            Operation::RenameModel(_) => "rename_model",
            Operation::AddField(_) => "add_field",
            Operation::AlterField(_) => "alter_field",
            Operation::RemoveField(_) => "remove_field",
            Operation::RenameField(_) => "rename_field",
            Operation::AddIndex(_) => "add_index",
            Operation::RemoveIndex(_) => "remove_index",
            Operation::RenameIndex(_) => "rename_index",
            Operation::AddConstraint(_) => "add_constraint",
            Operation::AlterConstraint(_) => "alter_constraint",
            Operation::RemoveConstraint(_) => "remove_constraint",
            Operation::AlterModelTable(_) => "alter_model_table",
            Operation::AlterModelTableComment(_) => "alter_model_table_comment",
            Operation::AlterModelOptions(_) => "alter_model_options",
            Operation::AlterUniqueTogether(_) => "alter_unique_together",
            Operation::AlterOrderWithRespectTo(_) => "alter_order_with_respect_to",
            Operation::RunSql(_) => "run_sql",
            Operation::RunRust(_) => "run_rust",
            Operation::SeparateDatabaseAndState(_) => "separate_database_and_state",
            Operation::CreateExtension(_) => "create_extension",
            Operation::ValidateConstraint(_) => "validate_constraint",
            Operation::KeepInStep(_) => "keep_in_step",
            Operation::StopKeepingInStep(_) => "stop_keeping_in_step",
            Operation::Backfill(_) => "backfill",
            Operation::AddTableAlias(_) => "add_table_alias",
            Operation::RemoveTableAlias(_) => "remove_table_alias",
            Operation::Elidable(inner) => inner.word(),
        }
    }

    /// Reads an operation.
    pub(crate) fn from_json(value: &Value) -> Parsed<Operation> {
        let mut object = Object::new(value, "an operation")?;
        let word = object.required("op", text)?;
        let word = WORDS
            .into_iter()
            .find(|known| *known == word)
            .ok_or_else(|| {
                let hint = suggestion(&word, WORDS);
                Fault::new(format!("no operation `{word}`{hint}")).at_key("op")
            })?;
        object.describe(word);
        let operation = match word {
            "add_index"
            | "remove_index"
            | "rename_index"
            | "add_constraint"
            | "alter_constraint"
            | "remove_constraint"
            | "validate_constraint" => read_index(word, &mut object)?,
            "add_field" | "alter_field" | "remove_field" | "rename_field" => {
                read_field(word, &mut object)?
            }
            "run_sql" | "run_rust" | "separate_database_and_state" | "create_extension" => {
                read_special(word, &mut object)?
            }
            "keep_in_step"
            | "stop_keeping_in_step"
            | "backfill"
            | "add_table_alias"
            | "remove_table_alias" => phase_json::read(word, &mut object)?,
            _ => read_model(word, &mut object)?,
        };
        let elidable = object.flag("elidable", false)?;
        object.finish()?;
        Ok(if elidable {
            Operation::Elidable(Box::new(operation))
        } else {
            operation
        })
    }

    /// The written form.
    pub fn to_json(&self) -> Value {
        let mut writer = Writer::default();
        writer.put("op", self.word());
        self.write(&mut writer);
        writer.finish()
    }

    fn write(&self, writer: &mut Writer) {
        if let Some(model) = self.model() {
            writer.put("model", model);
        }
        match self {
            Operation::CreateModel(op) => op.write(writer),
            Operation::DeleteModel(_) => {}
            Operation::RenameModel(RenameModel { old_name, new_name })
            | Operation::RenameField(RenameField {
                old_name, new_name, ..
            })
            | Operation::RenameIndex(RenameIndex {
                old_name, new_name, ..
            }) => {
                writer.put("old_name", old_name.as_str());
                writer.put("new_name", new_name.as_str());
            }
            Operation::AddField(AddField {
                field,
                preserve_default,
                ..
            })
            | Operation::AlterField(AlterField {
                field,
                preserve_default,
                ..
            }) => {
                writer.put("field", field.to_json());
                writer.flag("preserve_default", *preserve_default, true);
            }
            Operation::AddIndex(op) => writer.put("index", op.index.to_json()),
            Operation::AddConstraint(op) => {
                writer.put("constraint", op.constraint.to_json());
                writer.flag("not_valid", op.not_valid, false);
            }
            Operation::AlterConstraint(op) => writer.put("constraint", op.constraint.to_json()),
            Operation::RemoveField(RemoveField { name, .. })
            | Operation::RemoveIndex(RemoveIndex { name, .. })
            | Operation::RemoveConstraint(RemoveConstraint { name, .. })
            | Operation::ValidateConstraint(ValidateConstraint { name, .. })
            | Operation::CreateExtension(CreateExtension { name }) => {
                writer.put("name", name.as_str())
            }
            Operation::AlterModelTable(op) => writer.some("table", op.table.as_deref()),
            Operation::AlterModelTableComment(op) => writer.some("comment", op.comment.as_deref()),
            Operation::AlterModelOptions(op) => {
                writer.put(
                    "options",
                    op.options
                        .alterable()
                        .to_json()
                        .unwrap_or_else(|| json!({})),
                );
            }
            Operation::AlterUniqueTogether(op) => {
                writer.put("unique_together", json!(op.unique_together))
            }
            Operation::AlterOrderWithRespectTo(op) => {
                writer.some("order_with_respect_to", op.order_with_respect_to.as_deref());
            }
            Operation::Elidable(inner) => {
                inner.write(writer);
                writer.put("elidable", true);
            }
            other => other.write_special(writer),
        }
    }

    fn write_special(&self, writer: &mut Writer) {
        match self {
            Operation::RunSql(op) => op.write(writer),
            Operation::RunRust(op) => {
                writer.put("forward", op.forward.as_str());
                writer.some("reverse", op.reverse.as_deref());
            }
            Operation::SeparateDatabaseAndState(op) => {
                writer.list(
                    "database_operations",
                    &op.database_operations,
                    Operation::to_json,
                );
                writer.list("state_operations", &op.state_operations, Operation::to_json);
            }
            other => phase_json::write(other, writer),
        }
    }
}

impl CreateModel {
    fn read(model: String, object: &mut Object<'_>) -> Parsed<CreateModel> {
        Ok(CreateModel {
            model,
            table: object.text("table")?,
            fields: object.list("fields", FieldState::from_json)?,
            options: object
                .get("options", ModelOptions::from_json)?
                .unwrap_or_default(),
            indexes: object.list("indexes", IndexState::from_json)?,
            constraints: object.list("constraints", ConstraintState::from_json)?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.some("table", self.table.as_deref());
        writer.list("fields", &self.fields, FieldState::to_json);
        writer.some("options", self.options.to_json());
        writer.list("indexes", &self.indexes, IndexState::to_json);
        writer.list("constraints", &self.constraints, ConstraintState::to_json);
    }
}

impl RunSql {
    fn write(&self, writer: &mut Writer) {
        writer.put("sql", self.sql.to_json());
        writer.some(
            "reverse_sql",
            self.reverse_sql.as_ref().map(SqlText::to_json),
        );
        writer.list(
            "state_operations",
            &self.state_operations,
            Operation::to_json,
        );
    }
}

impl SqlText {
    fn from_json(value: &Value) -> Parsed<SqlText> {
        match value {
            Value::String(sql) => Ok(SqlText::Same(sql.clone())),
            Value::Object(texts) => {
                let read = |(backend, sql): (&String, &Value)| {
                    if !database_names().any(|name| name == backend) {
                        let hint = suggestion(backend, database_names());
                        let fault = Fault::new(format!("no database is named `{backend}`{hint}"));
                        return Err(fault.at_key(backend));
                    }
                    let sql = text(sql).map_err(|fault| fault.at_key(backend))?;
                    Ok((backend.clone(), sql))
                };
                texts
                    .iter()
                    .map(read)
                    .collect::<Parsed<_>>()
                    .map(SqlText::ByBackend)
            }
            other => Err(expected(
                "SQL as text, or a table of texts by database",
                other,
            )),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            SqlText::Same(sql) => Value::from(sql.as_str()),
            SqlText::ByBackend(texts) => {
                let entries = texts
                    .iter()
                    .map(|(backend, sql)| (backend.clone(), Value::from(sql.as_str())));
                Value::Object(entries.collect())
            }
        }
    }
}

fn read_model(word: &str, object: &mut Object<'_>) -> Parsed<Operation> {
    if word == "rename_model" {
        let (old_name, new_name) = (
            object.required("old_name", text)?,
            object.required("new_name", text)?,
        );
        return Ok(Operation::RenameModel(RenameModel { old_name, new_name }));
    }
    let model = object.required("model", text)?;
    Ok(match word {
        "create_model" => Operation::CreateModel(CreateModel::read(model, object)?),
        "alter_model_table" => {
            let table = object.text("table")?;
            Operation::AlterModelTable(AlterModelTable { model, table })
        }
        "alter_model_table_comment" => {
            let comment = object.text("comment")?;
            Operation::AlterModelTableComment(AlterModelTableComment { model, comment })
        }
        "alter_model_options" => {
            let options = object.required("options", ModelOptions::alterable_from_json)?;
            Operation::AlterModelOptions(AlterModelOptions { model, options })
        }
        "alter_unique_together" => {
            let unique_together = object
                .get("unique_together", unique_together_from_json)?
                .unwrap_or_default();
            Operation::AlterUniqueTogether(AlterUniqueTogether {
                model,
                unique_together,
            })
        }
        "alter_order_with_respect_to" => {
            let order_with_respect_to = object.text("order_with_respect_to")?;
            Operation::AlterOrderWithRespectTo(AlterOrderWithRespectTo {
                model,
                order_with_respect_to,
            })
        }
        _ => Operation::DeleteModel(DeleteModel { model }),
    })
}

fn read_field(word: &str, object: &mut Object<'_>) -> Parsed<Operation> {
    let model = object.required("model", text)?;
    Ok(match word {
        "remove_field" => {
            let name = object.required("name", text)?;
            Operation::RemoveField(RemoveField { model, name })
        }
        "rename_field" => {
            let (old_name, new_name) = (
                object.required("old_name", text)?,
                object.required("new_name", text)?,
            );
            Operation::RenameField(RenameField {
                model,
                old_name,
                new_name,
            })
        }
        _ => {
            let field = object.required("field", FieldState::from_json)?;
            let preserve_default = object.flag("preserve_default", true)?;
            if word == "add_field" {
                Operation::AddField(AddField {
                    model,
                    field,
                    preserve_default,
                })
            } else {
                Operation::AlterField(AlterField {
                    model,
                    field,
                    preserve_default,
                })
            }
        }
    })
}

fn read_index(word: &str, object: &mut Object<'_>) -> Parsed<Operation> {
    let model = object.required("model", text)?;
    Ok(match word {
        "add_index" => {
            let index = object.required("index", IndexState::from_json)?;
            Operation::AddIndex(AddIndex { model, index })
        }
        "rename_index" => {
            let (old_name, new_name) = (
                object.required("old_name", text)?,
                object.required("new_name", text)?,
            );
            Operation::RenameIndex(RenameIndex {
                model,
                old_name,
                new_name,
            })
        }
        "add_constraint" => {
            let constraint = object.required("constraint", ConstraintState::from_json)?;
            let not_valid = object.get("not_valid", boolean)?.unwrap_or(false);
            Operation::AddConstraint(AddConstraint {
                model,
                constraint,
                not_valid,
            })
        }
        "alter_constraint" => {
            let constraint = object.required("constraint", ConstraintState::from_json)?;
            Operation::AlterConstraint(AlterConstraint { model, constraint })
        }
        _ => {
            let name = object.required("name", text)?;
            match word {
                "remove_index" => Operation::RemoveIndex(RemoveIndex { model, name }),
                "remove_constraint" => {
                    Operation::RemoveConstraint(RemoveConstraint { model, name })
                }
                _ => Operation::ValidateConstraint(ValidateConstraint { model, name }),
            }
        }
    })
}

fn read_special(word: &str, object: &mut Object<'_>) -> Parsed<Operation> {
    Ok(match word {
        "run_sql" => Operation::RunSql(RunSql {
            sql: object.required("sql", SqlText::from_json)?,
            reverse_sql: object.get("reverse_sql", SqlText::from_json)?,
            state_operations: object.list("state_operations", Operation::from_json)?,
        }),
        "run_rust" => Operation::RunRust(RunRust {
            forward: object.required("forward", text)?,
            reverse: object.text("reverse")?,
        }),
        "create_extension" => Operation::CreateExtension(CreateExtension {
            name: object.required("name", text)?,
        }),
        _ => Operation::SeparateDatabaseAndState(SeparateDatabaseAndState {
            database_operations: object.list("database_operations", Operation::from_json)?,
            state_operations: object.list("state_operations", Operation::from_json)?,
        }),
    })
}

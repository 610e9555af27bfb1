//! Two columns in step on MySQL and MariaDB: a trigger before a row is added, another before it is changed.

use super::ddl::MysqlEditor;
use crate::error::{Error, ErrorKind};
use crate::sql::{DdlStatement, Effect, InStep, SchemaEditor};

/// What the server says to those who may not make triggers: for want of a privilege (1142, 1227), and where its log is
/// not told to trust them (1418, 1419).
const NOT_ALLOWED: [&str; 4] = ["1142", "1227", "1418", "1419"];

pub(super) fn keep(editor: &MysqlEditor, step: &InStep) -> Vec<DdlStatement> {
    let table = editor.quote(&step.table);
    let trigger = |suffix: &str, event: &str, body: String| {
        let name = editor.quote(&format!("{}_{suffix}", step.name));
        step.begins(format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW\nBEGIN\n{body}END"
        ))
    };
    // Other programs write between the two: a row that the first filled must not be changed without the second.
    vec![
        trigger("u", "UPDATE", updated(editor, step)),
        trigger("i", "INSERT", inserted(editor, step)),
    ]
}

pub(super) fn stop(editor: &MysqlEditor, step: &InStep) -> Vec<DdlStatement> {
    let drop = |suffix: &str| {
        let name = editor.quote(&format!("{}_{suffix}", step.name));
        step.ends(format!("DROP TRIGGER {name}"))
    };
    vec![drop("i"), drop("u")]
}

/// What may be done about an error, where making a trigger was refused.
pub(super) fn advice(statement: &DdlStatement, error: &Error) -> Option<&'static str> {
    let is_about_triggers = matches!(
        statement.effect,
        Effect::KeepInStep { .. } | Effect::StopKeepingInStep
    );
    let is_refused = matches!(error.kind(), ErrorKind::Database { code: Some(code), .. }
        if NOT_ALLOWED.contains(&code.as_str()));
    (is_about_triggers && is_refused).then_some(
        "two columns are kept in step by triggers, and this user may not make any: grant TRIGGER on the database (with \
         binary logging also SUPER, or set log_bin_trust_function_creators = 1), or write the change without phases",
    )
}

fn inserted(editor: &MysqlEditor, step: &InStep) -> String {
    let field = editor.quote(&step.column.name);
    let Some(other) = &step.with else {
        return filled(editor, step);
    };
    let with = editor.quote(&other.name);
    let default = step.default.as_ref().map(|default| {
        format!("  IF NEW.{field} IS NULL THEN\n    SET NEW.{field} = {default};\n  END IF;\n")
    });
    format!(
        "  IF NEW.{field} IS NULL THEN\n    SET NEW.{field} = NEW.{with};\n  END IF;\n{}  \
         IF NOT (NEW.{field} <=> NEW.{with}) THEN\n    SET NEW.{with} = NEW.{field};\n  END IF;\n",
        default.unwrap_or_default()
    )
}

fn updated(editor: &MysqlEditor, step: &InStep) -> String {
    let field = editor.quote(&step.column.name);
    let Some(other) = &step.with else {
        return filled(editor, step);
    };
    let with = editor.quote(&other.name);
    format!(
        "  IF NOT (NEW.{field} <=> OLD.{field}) THEN\n    \
         IF NOT (NEW.{field} <=> NEW.{with}) THEN\n      SET NEW.{with} = NEW.{field};\n    END IF;\n  \
         ELSEIF NOT (NEW.{with} <=> OLD.{with}) AND NOT (NEW.{field} <=> NEW.{with}) THEN\n    SET NEW.{field} = NEW.{with};\n  END IF;\n"
    )
}

fn filled(editor: &MysqlEditor, step: &InStep) -> String {
    let field = editor.quote(&step.column.name);
    let default = step.default.as_deref().unwrap_or("NULL");
    format!("  IF NEW.{field} IS NULL THEN\n    SET NEW.{field} = {default};\n  END IF;\n")
}

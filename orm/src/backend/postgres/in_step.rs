//! Two columns in step on PostgreSQL: a function, and a trigger that calls it before a row is written.

use super::ddl::PostgresEditor;
use crate::schema::ColumnType;
use crate::sql::{DdlStatement, InStep, SchemaEditor};

pub(super) fn keep(editor: &PostgresEditor, step: &InStep) -> Vec<DdlStatement> {
    let (name, table) = (editor.quote(&step.name), editor.quote(&step.table));
    let function = format!(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $in_step$\nBEGIN\n{}  RETURN NEW;\nEND\n$in_step$",
        body(editor, step)
    );
    let trigger = format!(
        "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    );
    vec![step.begins(function), step.begins(trigger)]
}

pub(super) fn stop(editor: &PostgresEditor, step: &InStep) -> Vec<DdlStatement> {
    let (name, table) = (editor.quote(&step.name), editor.quote(&step.table));
    vec![
        step.ends(format!("DROP TRIGGER {name} ON {table}")),
        step.ends(format!("DROP FUNCTION {name}()")),
    ]
}

fn body(editor: &PostgresEditor, step: &InStep) -> String {
    let field = editor.quote(&step.column.name);
    let Some(other) = &step.with else {
        let default = step.default.as_deref().unwrap_or("NULL");
        return format!(
            "  IF NEW.{field} IS NULL THEN\n    NEW.{field} := {default};\n  END IF;\n"
        );
    };
    let with = editor.quote(&other.name);
    // Both are compared as the first; what is assigned is converted by the assignment.
    let (type_of_field, type_of_with) = (
        editor.type_name(&step.column.ty),
        editor.type_name(&other.ty),
    );
    let is_same = type_of_field == type_of_with;
    let implied = match is_same {
        true => format!("NEW.{with}"),
        false => format!("CAST(NEW.{with} AS {type_of_field})"),
    };
    // What the one already says to the other is left as it was written.
    let differs = match is_same {
        true => String::new(),
        false => format!(" AND NEW.{with} IS DISTINCT FROM CAST(NEW.{field} AS {type_of_with})"),
    };
    let default = step.default.as_ref().map(|default| {
        format!("    IF NEW.{field} IS NULL THEN\n      NEW.{field} := {default};\n    END IF;\n")
    });
    format!(
        "  IF TG_OP = 'INSERT' THEN\n    IF NEW.{field} IS NULL THEN\n      NEW.{field} := NEW.{with};\n    END IF;\n{}    \
         IF NEW.{field} IS DISTINCT FROM {implied} THEN\n      NEW.{with} := NEW.{field};\n    END IF;\n  \
         ELSIF NEW.{field} IS DISTINCT FROM OLD.{field} THEN\n    \
         IF NEW.{field} IS DISTINCT FROM {implied} THEN\n      NEW.{with} := NEW.{field};\n    END IF;\n  \
         ELSIF NEW.{with} IS DISTINCT FROM OLD.{with}{differs} THEN\n    NEW.{field} := NEW.{with};\n  END IF;\n",
        default.unwrap_or_default()
    )
}

/// A value of a column as one of another type, where PostgreSQL does not convert it when it is assigned.
pub(super) fn converted(
    editor: &PostgresEditor,
    value: &str,
    from: &ColumnType,
    to: &ColumnType,
) -> String {
    let is_boolean = |ty: &ColumnType| *ty == ColumnType::Boolean;
    let needs_words =
        (from.is_text() && !to.is_text()) || (is_boolean(from) != is_boolean(to) && !to.is_text());
    match needs_words {
        true => format!("CAST({value} AS {})", editor.type_name(to)),
        false => value.to_owned(),
    }
}

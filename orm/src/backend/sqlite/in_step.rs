//! Two columns in step on SQLite, and a table with two names.
//!
//! A trigger cannot change the row that is being written here, so triggers write it once more afterwards; each says
//! exactly when there is something to do, so that none answers to another.

use super::SqliteEditor;
use super::rebuild::converted;
use crate::schema::ColumnType;
use crate::sql::{Alias, DdlStatement, Effect, InStep, SchemaEditor};

pub(super) fn keep(editor: &SqliteEditor, step: &InStep) -> Vec<DdlStatement> {
    let table = editor.quote(&step.table);
    let triggers = triggers(editor, step).into_iter();
    triggers
        .map(|(suffix, event, when, set)| {
            let name = editor.quote(&format!("{}_{suffix}", step.name));
            step.begins(format!(
                "CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN {when}\nBEGIN\n  UPDATE {table} SET \
                 {set} WHERE rowid = NEW.rowid;\nEND"
            ))
        })
        .collect()
}

pub(super) fn stop(editor: &SqliteEditor, step: &InStep) -> Vec<DdlStatement> {
    let triggers = triggers(editor, step).into_iter().rev();
    triggers
        .map(|(suffix, ..)| {
            let name = editor.quote(&format!("{}_{suffix}", step.name));
            step.ends(format!("DROP TRIGGER {name}"))
        })
        .collect()
}

/// The end of the name, the event, when, and what is set.
type Trigger = (&'static str, String, String, String);

fn triggers(editor: &SqliteEditor, step: &InStep) -> Vec<Trigger> {
    let field = editor.quote(&step.column.name);
    let default = step.default.as_ref();
    let Some(other) = &step.with else {
        let set = format!("{field} = {}", default.map_or("NULL", String::as_str));
        let when = format!("NEW.{field} IS NULL");
        return vec![
            ("i", "INSERT".to_owned(), when.clone(), set.clone()),
            ("u", format!("UPDATE OF {field}"), when, set),
        ];
    };
    let with = editor.quote(&other.name);
    let (new_field, new_with) = (format!("NEW.{field}"), format!("NEW.{with}"));
    let field_of_with = converted(&other.ty, &step.column.ty, &new_with);
    let with_of_field = converted(&step.column.ty, &other.ty, &new_field);
    let (to_field, to_with) = (
        format!("{field} = {field_of_with}"),
        format!("{with} = {with_of_field}"),
    );
    // Neither says what the other does; of values of two types, both ways are looked at.
    let differ = format!(
        "{new_field} IS NOT {} AND {new_with} IS NOT {}",
        compared(&other.ty, &step.column.ty, &new_with),
        compared(&step.column.ty, &other.ty, &new_field)
    );
    let mut triggers = vec![
        (
            "i",
            "INSERT".to_owned(),
            format!("{new_field} IS NULL AND {new_with} IS NOT NULL"),
            to_field.clone(),
        ),
        (
            "j",
            "INSERT".to_owned(),
            format!("{new_field} IS NOT NULL AND {differ}"),
            to_with.clone(),
        ),
        (
            "u",
            format!("UPDATE OF {field}"),
            format!("{new_field} IS NOT OLD.{field} AND {differ}"),
            to_with,
        ),
        (
            "v",
            format!("UPDATE OF {with}"),
            format!("{new_field} IS OLD.{field} AND {new_with} IS NOT OLD.{with} AND {differ}"),
            to_field,
        ),
    ];
    triggers.extend(default.map(|default| {
        (
            "k",
            "INSERT".to_owned(),
            format!("{new_field} IS NULL AND {new_with} IS NULL"),
            format!("{field} = {default}, {with} = {default}"),
        )
    }));
    triggers
}

/// A value of a column as it would stand in one of another type: a trigger does not compare as columns do.
fn compared(from: &ColumnType, to: &ColumnType, value: &str) -> String {
    let class = |ty: &ColumnType| match ty {
        ty if ty.is_integer() => "INTEGER",
        ty if ty.is_text() => "TEXT",
        ColumnType::Float => "REAL",
        ColumnType::Decimal(_) => "NUMERIC",
        _ => "",
    };
    match (class(from), class(to)) {
        (was, is) if was == is || is.is_empty() => converted(from, to, value),
        (_, is) => format!("CAST({value} AS {is})"),
    }
}

/// A view, and what writing to it means.
pub(super) fn add_alias(editor: &SqliteEditor, alias: &Alias) -> Vec<DdlStatement> {
    let (view, table) = (editor.quote(&alias.name), editor.quote(&alias.table));
    let pairs: Vec<(String, String)> = alias
        .columns
        .iter()
        .map(|(column, name)| (editor.quote(column), editor.quote(name)))
        .collect();
    let all = |write: &dyn Fn(&(String, String)) -> String| {
        pairs.iter().map(write).collect::<Vec<_>>().join(", ")
    };
    let (columns, values) = (
        all(&|(column, _)| column.clone()),
        all(&|(_, name)| format!("NEW.{name}")),
    );
    let set = all(&|(column, name)| format!("{column} = NEW.{name}"));
    let key = alias.numbered.as_ref().and_then(|key| {
        let (column, name) = alias.columns.iter().find(|(column, _)| column == key)?;
        Some((editor.quote(column), editor.quote(name)))
    });
    let matching = match &key {
        Some((column, name)) => format!("{column} IS OLD.{name}"),
        None => pairs
            .iter()
            .map(|(column, name)| format!("{column} IS OLD.{name}"))
            .collect::<Vec<_>>()
            .join(" AND "),
    };
    let trigger = |suffix: &str, event: &str, body: String| {
        let name = editor.quote(&format!("{}_{suffix}", alias.name));
        let sql = format!(
            "CREATE TRIGGER {name} INSTEAD OF {event} ON {view} FOR EACH ROW\nBEGIN\n  {body};\nEND"
        );
        DdlStatement::new(sql).on(&alias.table, Effect::CreateView(alias.name.clone()))
    };
    vec![
        alias.create(editor),
        trigger(
            "insert",
            "INSERT",
            format!("INSERT INTO {table} ({columns}) VALUES ({values})"),
        ),
        trigger(
            "update",
            "UPDATE",
            format!("UPDATE {table} SET {set} WHERE {matching}"),
        ),
        trigger(
            "delete",
            "DELETE",
            format!("DELETE FROM {table} WHERE {matching}"),
        ),
    ]
}

//! Names that nobody gave, carried through replay: what exists keeps the name of its creation, what a later change
//! adds gets the name that Django gives then.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::migrate::name;
use crate::migrate::to_schema::{GONE, limit};
use crate::schema::change::Renames;
use crate::schema::{Check, Column, ColumnType, Index, Schema, Table, Unique};
use crate::sql::{Implied, SchemaEditor};

/// A column whose definition an operation gives anew; one-off defaults elsewhere stay.
pub(super) type Touched<'a> = Option<(&'a str, &'a str)>;

/// Puts the names (and one-off defaults) of what was there before into the schema of afterwards.
pub(super) fn carry(
    before: &Schema,
    after: &mut Schema,
    renames: &Renames,
    touched: Touched<'_>,
    editor: &dyn SchemaEditor,
) {
    for (name, table) in &mut after.tables {
        match renames.source(before, name) {
            Some(was) if !std::ptr::eq(was, table.as_ref()) => {
                let was = renames.apply_to_table(was);
                carry_table(&was, Arc::make_mut(table), touched, editor);
            }
            _ => {}
        }
    }
}

fn carry_table(before: &Table, after: &mut Table, touched: Touched<'_>, editor: &dyn SchemaEditor) {
    let table = after.name.clone();
    for column in &mut after.columns {
        let is_touched = touched == Some((table.as_str(), column.name.as_str()));
        let was = before.column(&column.name);
        if let Some(was) = was.filter(|_| !is_touched && is_gone(column)) {
            column.ty.clone_from(&was.ty);
        }
        let one_off = was
            .and_then(|was| was.default.as_ref())
            .filter(|default| default.one_off);
        if let Some(default) = one_off.filter(|_| !is_touched && column.default.is_none()) {
            column.default = Some(default.clone());
        }
    }
    if let (Some(was), Some(key)) = (&before.primary_key, &mut after.primary_key) {
        if was.columns == key.columns {
            key.name.clone_from(&was.name);
        } else if key.name.is_some()
            && key
                .columns
                .iter()
                .all(|column| before.column(column).is_some())
        {
            let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
            key.name = Some(name::primary_key(&table, &columns, limit(editor)));
        }
    }
    for unique in after.uniques.iter_mut().filter(|unique| unique.implied) {
        carry_unique(before, &table, unique, editor);
    }
    let checks = before
        .checks
        .iter()
        .filter_map(|check| check.name.as_deref());
    let uniques = after.uniques.iter();
    let taken: Vec<&str> = checks
        .chain(uniques.filter_map(|unique| unique.name.as_deref()))
        .collect();
    for check in &mut after.checks {
        carry_check(before, &table, check, &taken, editor);
    }
    for index in after.indexes.iter_mut().filter(|index| index.implied) {
        let same = |was: &&Index| was.implied && was.same_but_name(index);
        if let Some(was) = before.indexes.iter().find(same) {
            index.name.clone_from(&was.name);
        }
    }
    for key in &mut after.foreign_keys {
        let was = before.foreign_keys.iter().find(|was| {
            was.columns == key.columns
                && was.to_table == key.to_table
                && was.to_columns == key.to_columns
        });
        if let Some(was) = was {
            key.name.clone_from(&was.name);
        }
    }
}

/// Whether a column refers to a field that is gone.
fn is_gone(column: &Column) -> bool {
    matches!(&column.ty, ColumnType::Other(words) if words == GONE)
}

/// Refuses a schema with a column that refers to a field that is not there, and never was.
///
/// # Errors
/// Naming the column.
pub(super) fn refuse_gone(schema: &Schema) -> Result<()> {
    for table in schema.tables.values() {
        if let Some(column) = table.columns.iter().find(|column| is_gone(column)) {
            return Err(Error::migration(format!(
                "`{}.{}` points by `to_field` at a field that does not exist at this point",
                table.name, column.name
            )));
        }
    }
    Ok(())
}

fn carry_unique(before: &Table, table: &str, unique: &mut Unique, editor: &dyn SchemaEditor) {
    let was = before
        .uniques
        .iter()
        .find(|was| was.implied && was.columns == unique.columns);
    let existed = unique
        .columns
        .iter()
        .all(|column| before.column(column).is_some());
    if let Some(was) = was {
        unique.name.clone_from(&was.name);
    } else if unique.name.is_some() && existed {
        let columns: Vec<&str> = unique.columns.iter().map(String::as_str).collect();
        unique.name = Some(name::unique(table, &columns, limit(editor)));
    }
}

fn carry_check(
    before: &Table,
    table: &str,
    check: &mut Check,
    taken: &[&str],
    editor: &dyn SchemaEditor,
) {
    let Some(column) = &check.implied_by else {
        return;
    };
    let was = before
        .checks
        .iter()
        .find(|was| was.implied_by.as_ref() == Some(column));
    match was {
        Some(was) => check.name.clone_from(&was.name),
        None if check.name.is_some() && before.column(column).is_some() => {
            check.name = Some(name::check(table, column, limit(editor)));
        }
        None => check.name = editor.creation_name(Implied::Check, table, column, taken),
    }
}

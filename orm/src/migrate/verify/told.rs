//! Two schemas compared by what a catalogue tells: not the order of columns, the words of expressions, who implied what,
//! nor whether a default is for the rows of a moment only.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{
    Column, ColumnType, Deferrable, ForeignKey, Index, IndexTarget, Schema, Table, Unique,
};
use crate::sql::SchemaEditor;

/// Where a database is otherwise than it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// What is otherwise, in words.
    pub what: String,
    /// Whether it is only something more than there should be.
    pub is_extra: bool,
}

/// The parts of a table by what they are, with how they are.
type Parts = BTreeMap<String, String>;

/// Where a schema that was found differs from the one that is wanted.
pub fn differences(wanted: &Schema, found: &Schema, editor: &dyn SchemaEditor) -> Vec<Difference> {
    let names: BTreeSet<&String> = wanted.tables.keys().chain(found.tables.keys()).collect();
    let mut out = Vec::new();
    for name in names {
        let mut tell = |what: String, is_extra: bool| {
            out.push(Difference {
                table: name.clone(),
                what,
                is_extra,
            });
        };
        match (wanted.table(name), found.table(name)) {
            (Some(_), None) => tell("the table is missing".to_owned(), false),
            (None, _) => tell("no migration makes the table".to_owned(), true),
            (Some(wanted), Some(found)) => {
                let (wanted, found) = (parts(wanted, editor), parts(found, editor));
                for (part, how) in &wanted {
                    match found.get(part) {
                        None => tell(format!("{part} is missing: {how}"), false),
                        Some(other) if other != how => {
                            tell(format!("{part} is {other} and should be {how}"), false);
                        }
                        Some(_) => {}
                    }
                }
                for (part, how) in found.iter().filter(|(part, _)| !wanted.contains_key(*part)) {
                    tell(format!("no migration makes {part}: {how}"), true);
                }
            }
        }
    }
    out
}

fn parts(table: &Table, editor: &dyn SchemaEditor) -> Parts {
    let mut parts = Parts::new();
    for column in &table.columns {
        parts.insert(
            format!("column `{}`", column.name),
            of_column(column, editor),
        );
    }
    if let Some(key) = &table.primary_key {
        parts.insert("the primary key".to_owned(), over(&key.columns));
    }
    for unique in &table.uniques {
        let name = named(
            "the unique constraint",
            unique.name.as_deref(),
            &unique.columns,
        );
        parts.insert(name, of_unique(unique));
    }
    for index in &table.indexes {
        parts.insert(format!("the index `{}`", index.name), of_index(index));
    }
    for key in &table.foreign_keys {
        let name = format!("the foreign key {}", over(&key.columns));
        parts.insert(name, of_foreign_key(key));
    }
    // Where the database names none of the checks, they can be counted only.
    let unnamed = table.checks.iter().filter(|check| check.name.is_none());
    let unnamed = unnamed.count();
    for check in &table.checks {
        let name = check.name.as_deref().unwrap_or_default();
        let count = if name.is_empty() { unnamed } else { 1 };
        parts.insert(format!("the check `{name}`"), format!("{count} of them"));
    }
    for exclusion in &table.exclusions {
        let name = format!("the exclusion constraint `{}`", exclusion.name);
        parts.insert(name, format!("by {}", exclusion.using));
    }
    if let Some(comment) = &table.comment {
        parts.insert("the comment".to_owned(), format!("`{comment}`"));
    }
    parts
}

fn over(columns: &[String]) -> String {
    format!("over {}", columns.join(", "))
}

fn named(what: &str, name: Option<&str>, columns: &[String]) -> String {
    match name {
        Some(name) => format!("{what} `{name}`"),
        None => format!("{what} {}", over(columns)),
    }
}

fn of_column(column: &Column, editor: &dyn SchemaEditor) -> String {
    let ty = match editor.told_type(column) {
        ColumnType::Other(words) => words,
        ty => editor.type_name(&ty),
    };
    let mut how = format!("{ty} {}", if column.null { "NULL" } else { "NOT NULL" });
    let mut add = |is: bool, words: &str| {
        if is {
            how += words;
        }
    };
    add(column.identity, ", numbered");
    add(column.default.is_some(), ", with a default");
    let stored = column.generated.as_ref().map(|generated| generated.stored);
    add(stored == Some(true), ", generated and stored");
    add(stored == Some(false), ", generated");
    for (what, text) in [
        ("collation", &column.collation),
        ("comment", &column.comment),
    ] {
        if let Some(text) = text {
            how += &format!(", {what} `{text}`");
        }
    }
    how
}

fn deferred(deferrable: Option<Deferrable>) -> &'static str {
    match deferrable {
        Some(Deferrable::Deferred) => ", deferred",
        Some(Deferrable::Immediate) => ", deferrable",
        None => "",
    }
}

fn nulls(distinct: Option<bool>) -> &'static str {
    if distinct == Some(false) {
        ", NULLs not distinct"
    } else {
        ""
    }
}

fn of_unique(unique: &Unique) -> String {
    let (columns, wait) = (over(&unique.columns), deferred(unique.deferrable));
    format!("{columns}{wait}{}", nulls(unique.nulls_distinct))
}

fn of_index(index: &Index) -> String {
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| {
            let mut words = match &part.target {
                IndexTarget::Column(column) => column.clone(),
                IndexTarget::Expression(_) => "an expression".to_owned(),
            };
            if let Some(opclass) = &part.opclass {
                words += &format!(" {opclass}");
            }
            if part.descending {
                words += " DESC";
            }
            words
        })
        .collect();
    let mut how = over(&parts);
    if index.unique {
        how = format!("unique {how}");
    }
    if index.condition.is_some() {
        how += ", with a condition";
    }
    if !index.include.is_empty() {
        how += &format!(", including {}", index.include.join(", "));
    }
    if let Some(using) = &index.using {
        how += &format!(", by {using}");
    }
    how + nulls(index.nulls_distinct)
}

fn of_foreign_key(key: &ForeignKey) -> String {
    let name = key.name.as_ref().map(|name| format!(", named `{name}`"));
    format!(
        "to `{}` ({}){}{}",
        key.to_table,
        key.to_columns.join(", "),
        key.on_delete.clause(),
        name.unwrap_or_default()
    )
}

//! What keeps others from a table for as long as it is large.

use super::rules::{
    CHECK, CORRUPT_INDEXES, EXCLUSION, FOREIGN_KEY, FOREIGN_KEY_DROPPED, IDENTITY, INDEX,
    INDEX_DROPPED, NOT_NULL, PRIMARY_KEY, RETYPED, RETYPED_AND_NOT_NULL, STORED, UNIQUE, VALIDATE,
    VOLATILE,
};
use crate::backend::postgres::ddl::PostgresEditor;
use crate::backend::postgres::impact::{impact, is_written_into_rows};
use crate::schema::change::AlteredColumn;
use crate::schema::{Column, mentions_identifier};
use crate::sql::{Concern, Effect, LintSubject, Placement, Remedy, Severity, Work};

/// What is found.
pub(super) fn locks(editor: &PostgresEditor, subject: &LintSubject<'_>) -> Option<Concern> {
    let table = subject.statement.table.as_str();
    match &subject.statement.effect {
        Effect::CreateIndex(_) | Effect::DropIndex(_) => indexes(editor, subject),
        Effect::AddColumn(column) => added(subject, column),
        Effect::AlterColumn(column) => retyped(subject, column),
        Effect::Validate(name) => {
            let is_locked =
                subject.in_transaction && subject.earlier.iter().any(|one| one.table == table);
            let detail = format!("`{name}` is validated while `{table}` is locked");
            is_locked.then(|| {
                subject
                    .concern(&VALIDATE, None, detail)
                    .with(subject.let_go())
            })
        }
        Effect::DropForeignKey(key) => {
            let detail = format!("`{table}` and `{}` are locked for a moment", key.to_table);
            Some(subject.concern(&FOREIGN_KEY_DROPPED, None, detail))
        }
        _ => constraints(subject),
    }
}

/// Indexes that are built or dropped.
fn indexes(editor: &PostgresEditor, subject: &LintSubject<'_>) -> Option<Concern> {
    let statement = subject.statement;
    let (table, is_outside) = (&statement.table, statement.place == Placement::Outside);
    let remedy = || subject.let_go().or_else(|| concurrently(subject));
    match &statement.effect {
        Effect::CreateIndex(_) if is_outside => {
            let detail = format!("the index on `{table}` may lack rows");
            let is_broken = !editor.builds_concurrently();
            is_broken.then(|| subject.concern(&CORRUPT_INDEXES, None, detail))
        }
        Effect::CreateIndex(index) => {
            let detail = format!(
                "`{}` is built while nobody can write to `{table}`",
                index.name
            );
            Some(subject.concern(&INDEX, None, detail).with(remedy()))
        }
        Effect::DropIndex(name) if !is_outside && (subject.written.is_some() || subject.fixed) => {
            let detail = format!("`{name}` goes while nobody can use `{table}`");
            Some(subject.concern(&INDEX_DROPPED, None, detail).with(remedy()))
        }
        _ => None,
    }
}

fn concurrently(subject: &LintSubject<'_>) -> Option<Remedy> {
    subject.written?;
    let sql = &subject.statement.sql;
    let at = sql.to_ascii_uppercase().find("INDEX")? + "INDEX".len();
    Some(Remedy::Rewrite {
        sql: format!("{} CONCURRENTLY{}", &sql[..at], &sql[at..]),
        stepwise: 1 < subject.together_with || subject.in_transaction,
        portable: false,
    })
}

/// Constraints that look at all rows as they come.
fn constraints(subject: &LintSubject<'_>) -> Option<Concern> {
    let table = subject.statement.table.as_str();
    let built = |columns: &str| {
        format!("the index over `{columns}` is built while nobody can use `{table}`")
    };
    let (rule, column, detail) = match &subject.statement.effect {
        Effect::AddUnique {
            unique,
            built: false,
        } => {
            let columns = unique.columns.join(", ");
            (&UNIQUE, Some(columns.clone()), built(&columns))
        }
        // Where no columns are said, it takes over an index that is there.
        Effect::AddPrimaryKey(columns) if !columns.is_empty() => {
            let columns = columns.join(", ");
            (&PRIMARY_KEY, Some(columns.clone()), built(&columns))
        }
        Effect::AddForeignKey { key, valid: true } => {
            let detail = format!(
                "nobody can write to `{table}` and `{}` meanwhile",
                key.to_table
            );
            (&FOREIGN_KEY, Some(key.columns.join(", ")), detail)
        }
        Effect::AddCheck { check, valid: true } => {
            let name = check.name.as_deref().unwrap_or("without a name");
            let detail = format!("the check `{name}` reads `{table}` while nobody can use it");
            (&CHECK, None, detail)
        }
        Effect::AddExclusion(name) => {
            let detail = format!("`{name}` is built while nobody can use `{table}`");
            (&EXCLUSION, None, detail)
        }
        Effect::SetNotNull {
            column,
            proven: false,
        } => {
            let detail = format!("all rows are looked at while nobody can use `{table}`");
            (&NOT_NULL, Some(column.clone()), detail)
        }
        _ => return None,
    };
    let concern = subject.concern(rule, column.as_deref(), detail);
    Some(concern.with(subject.let_go()))
}

fn added(subject: &LintSubject<'_>, column: &Column) -> Option<Concern> {
    let rule = match (&column.generated, column.identity) {
        (Some(_), _) => &STORED,
        (None, true) => &IDENTITY,
        (None, false) => &VOLATILE,
    };
    let table = &subject.statement.table;
    let detail = format!("`{table}` is written anew while nobody can use it");
    is_written_into_rows(column).then(|| subject.concern(rule, Some(&column.name), detail))
}

fn retyped(subject: &LintSubject<'_>, column: &AlteredColumn) -> Option<Concern> {
    let table = subject.statement.table.as_str();
    let name = column.after.name.as_str();
    if column.before.null && !column.after.null && column.retyped() {
        let detail = "the type and NOT NULL change at once";
        return Some(subject.concern(&RETYPED_AND_NOT_NULL, Some(name), detail));
    }
    if impact(subject.statement).work == Work::Rewrite {
        let detail = format!("`{table}` is written anew while nobody can use it");
        return Some(subject.concern(&RETYPED, Some(name), detail));
    }
    let checks = subject.table().map_or(&[][..], |table| &table.checks);
    let mut checks = checks.iter();
    let is_checked = checks.any(|check| mentions_identifier(&check.condition, name));
    let detail = format!("checks on it read all of `{table}` again");
    (column.retyped() && is_checked).then(|| {
        let concern = subject.concern(&RETYPED, Some(name), detail);
        concern.weighing(Severity::Warning)
    })
}

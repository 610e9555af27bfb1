//! What hurts on PostgreSQL: locks on tables in use that last as long as the table is large, statements that a
//! transaction does not take, and what turns out otherwise than it reads.

mod by_hand;
mod locks;
mod rules;

use super::ddl::PostgresEditor;
use super::impact::impact;
use crate::schema::{ColumnType, Deferrable, Table};
use crate::sql::{Act, Blocks, Concern, Effect, LintSubject, Placement};
use by_hand::by_hand;
use locks::locks;
pub(super) use rules::RULES;
use rules::{DATA_UNDER_LOCK, DEFERRABLE, NO_LIMIT, STYLE, UNINDEXED};

/// What is found in a statement.
pub(super) fn lint(editor: &PostgresEditor, subject: &LintSubject<'_>) -> Vec<Concern> {
    let mut found = Vec::new();
    if let Some(written) = subject.written {
        by_hand(written, subject, &mut found);
    }
    let statement = subject.statement;
    let is_write = match subject.written {
        Some(written) => matches!(
            written.act,
            Act::Insert | Act::Update { .. } | Act::Delete { .. }
        ),
        None => statement.writes_rows && statement.place == Placement::Together,
    };
    if is_write
        && !subject.is_new
        && let Some(locked) = subject.earlier.first()
    {
        let detail = format!("rows are written while `{}` is locked", locked.table);
        found.push(Concern::new(
            &DATA_UNDER_LOCK,
            locked.table.as_str(),
            detail,
        ));
    }
    shape(subject, &mut found);
    if subject.is_new || statement.table.is_empty() {
        return found;
    }
    found.extend(locks(editor, subject));
    let blocks = impact(statement).blocks;
    let takes_lock = matches!(blocks, Blocks::Writes | Blocks::ReadsAndWrites);
    if subject.waits_for_ever && takes_lock {
        found.push(subject.concern(&NO_LIMIT, None, "nothing limits how long it waits"));
    }
    found
}

/// What a table is like afterwards, new or not.
fn shape(subject: &LintSubject<'_>, found: &mut Vec<Concern>) {
    let statement = subject.statement;
    let Some(table) = subject.table_after() else {
        return;
    };
    match &statement.effect {
        Effect::AddForeignKey { key, .. } => {
            if let [column] = key.columns.as_slice()
                && !table.has_index_from(column, "")
            {
                let detail = format!("nothing indexes `{}.{column}`", table.name);
                found.push(subject.concern(&UNINDEXED, Some(column), detail));
            }
        }
        Effect::CreateTable => {
            for unique in table
                .uniques
                .iter()
                .filter(|unique| unique.deferrable.is_some())
            {
                found.push(deferred(subject, &unique.columns, unique.deferrable));
            }
            small_key(subject, table, found);
        }
        Effect::AddUnique { unique, .. } if unique.deferrable.is_some() => {
            found.push(deferred(subject, &unique.columns, unique.deferrable));
        }
        _ => {}
    }
}

fn deferred(subject: &LintSubject<'_>, columns: &[String], when: Option<Deferrable>) -> Concern {
    let columns = columns.join(", ");
    let words = match when {
        Some(Deferrable::Deferred) => "waits for the end of the transaction",
        _ => "can wait for the end of the transaction",
    };
    let detail = format!("the uniqueness of `{columns}` {words}");
    subject.concern(&DEFERRABLE, Some(&columns), detail)
}

fn small_key(subject: &LintSubject<'_>, table: &Table, found: &mut Vec<Concern>) {
    let key = table.single_key().and_then(|key| table.column(key));
    if let Some(key) = key.filter(|key| {
        key.identity && matches!(key.ty, ColumnType::Integer | ColumnType::SmallInteger)
    }) {
        let detail = format!("the key `{}` has no room for more than 32 bits", key.name);
        found.push(subject.concern(&STYLE, Some(&key.name), detail));
    }
}

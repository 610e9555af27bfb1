//! What is in a database: its catalogue as tables.

use crate::driver::Executor;
use crate::error::Result;
use crate::migrate::ask::ask;
use crate::schema::{Index, IndexPart, Schema, Table};
use crate::sql::{Nameless, NamelessKind, SchemaEditor};

/// One table as the catalogue has it; without columns where it is not there.
///
/// # Errors
/// What the database said.
pub async fn table(
    executor: &dyn Executor,
    editor: &dyn SchemaEditor,
    name: &str,
) -> Result<Table> {
    let mut answers = Vec::new();
    for query in editor.catalogue_queries(name) {
        answers.push(ask(executor, query, Vec::new()).await?);
    }
    editor.read_catalogue(name, &answers)
}

/// All views of the database, as tables without keys and constraints.
///
/// # Errors
/// What the database said.
pub async fn views(executor: &dyn Executor, editor: &dyn SchemaEditor) -> Result<Vec<Table>> {
    let mut views = Vec::new();
    for row in ask(executor, editor.views_query(), Vec::new()).await? {
        if let Some(name) = row.into_iter().next().flatten() {
            views.push(table(executor, editor, &name).await?);
        }
    }
    Ok(views)
}

/// All tables of the database.
///
/// # Errors
/// What the database said.
pub async fn schema(executor: &dyn Executor, editor: &dyn SchemaEditor) -> Result<Schema> {
    let mut schema = Schema::default();
    for row in ask(executor, editor.tables_query(), Vec::new()).await? {
        if let Some(name) = row.into_iter().next().flatten() {
            schema.insert(table(executor, editor, &name).await?);
        }
    }
    Ok(schema)
}

/// The name that a part of a table has: the expected one if it is there, else that of what is of its kind and over its
/// columns.
pub(super) fn true_name(table: &Table, nameless: &Nameless) -> Option<String> {
    let columns = &nameless.columns;
    let named: Vec<(Option<String>, bool)> = match nameless.kind {
        NamelessKind::ForeignKey => table
            .foreign_keys
            .iter()
            .map(|key| (key.name.clone(), key.columns == *columns))
            .collect(),
        NamelessKind::Unique => table
            .uniques
            .iter()
            .map(|unique| (unique.name.clone(), unique.columns == *columns))
            .collect(),
        NamelessKind::Index => {
            let over = |index: &Index| {
                let parts: Option<Vec<&str>> = index.parts.iter().map(IndexPart::column).collect();
                parts.is_some_and(|parts| parts == *columns) && index.condition.is_none()
            };
            table
                .indexes
                .iter()
                .map(|index| (Some(index.name.clone()), over(index)))
                .collect()
        }
        NamelessKind::Check => {
            let bare = |condition: &str| {
                condition
                    .replace(['(', ')', '"', '`', ' '], "")
                    .to_lowercase()
            };
            let wanted = columns
                .first()
                .map(|column| format!("{}>=0", column.to_lowercase()));
            table
                .checks
                .iter()
                .map(|check| (check.name.clone(), Some(bare(&check.condition)) == wanted))
                .collect()
        }
    };
    let expected = Some(&nameless.name);
    if named.iter().any(|(name, _)| name.as_ref() == expected) {
        return expected.cloned();
    }
    named.into_iter().find(|(_, is_same)| *is_same)?.0
}

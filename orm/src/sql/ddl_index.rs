//! Standard SQL for indexes.

use super::Effect;
use super::ddl::{DdlStatement, SchemaEditor};
use super::ddl_standard::columns;
use crate::error::Result;
use crate::schema::{Index, IndexPart, IndexTarget, Table};

/// The statement that creates an index.
pub(super) fn add_index<E: SchemaEditor + ?Sized>(
    editor: &E,
    table: &Table,
    index: &Index,
) -> Result<DdlStatement> {
    let effect = Effect::CreateIndex(index.clone());
    Ok(DdlStatement::new(editor.create_index(table, index)?).on(&table.name, effect))
}

/// `CREATE INDEX`.
pub(super) fn create_index<E: SchemaEditor + ?Sized>(
    editor: &E,
    table: &Table,
    index: &Index,
) -> Result<String> {
    refuse_unsupported(editor, index)?;
    let features = editor.features();
    let mut sql = format!(
        "CREATE {}INDEX {} ON {}",
        if index.unique { "UNIQUE " } else { "" },
        editor.quote(&index.name),
        editor.quote(&table.name)
    );
    if let Some(using) = index.using.as_ref().filter(|_| features.index_methods) {
        sql += &format!(" USING {using}");
    }
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| index_part(editor, part))
        .collect();
    sql += &format!(" ({})", parts.join(", "));
    if !index.include.is_empty() {
        sql += &format!(" INCLUDE ({})", columns(editor, &index.include));
    }
    match index
        .nulls_distinct
        .filter(|_| index.unique && features.nulls_not_distinct)
    {
        Some(false) => sql += " NULLS NOT DISTINCT",
        Some(true) => sql += " NULLS DISTINCT",
        None => {}
    }
    if let Some(space) = index.tablespace.as_ref().filter(|_| features.tablespaces) {
        sql += &format!(" TABLESPACE {}", editor.quote(space));
    }
    if let Some(condition) = &index.condition {
        sql += &format!(" WHERE {condition}");
    }
    Ok(sql)
}

fn refuse_unsupported<E: SchemaEditor + ?Sized>(editor: &E, index: &Index) -> Result<()> {
    let features = editor.features();
    let refuse = |wanted: bool, can: bool, what: &str| {
        if wanted && !can {
            Err(editor.lacks(&format!("{what} (index `{}`)", index.name)))
        } else {
            Ok(())
        }
    };
    let expression = index.parts.iter().any(|part| part.column().is_none());
    refuse(
        index.condition.is_some(),
        features.partial_indexes,
        "indexes with a condition",
    )?;
    refuse(
        expression,
        features.expression_indexes,
        "indexes over expressions",
    )?;
    refuse(
        !index.include.is_empty(),
        features.included_columns,
        "indexes that include columns",
    )?;
    refuse(
        index.parts.iter().any(|part| part.opclass.is_some()),
        features.operator_classes,
        "operator classes",
    )?;
    refuse(
        index.nulls_distinct == Some(false),
        features.nulls_not_distinct,
        "NULLS NOT DISTINCT",
    )?;
    let btree = index
        .using
        .as_deref()
        .is_none_or(|using| using.eq_ignore_ascii_case("btree"));
    refuse(!btree, features.index_methods, "index methods")
}

fn index_part<E: SchemaEditor + ?Sized>(editor: &E, part: &IndexPart) -> String {
    let mut sql = match &part.target {
        IndexTarget::Column(name) => editor.quote(name),
        IndexTarget::Expression(sql) => format!("({sql})"),
    };
    if let Some(opclass) = &part.opclass {
        sql += &format!(" {opclass}");
    }
    if part.descending {
        sql += " DESC";
    }
    sql
}

//! How PostgreSQL changes tables that are in use without keeping anyone waiting.
//!
//! Indexes are built CONCURRENTLY, outside of any transaction. Constraints come NOT VALID, which looks at no row, and are
//! validated in a transaction of their own, beside reads and writes. NOT NULL leans on a check that was validated so,
//! and a unique constraint takes over an index that was. Rows are filled in small batches, after the check is there:
//! from then on nobody adds rows that the filling would miss.

use super::ddl::PostgresEditor;
use crate::schema::{Check, Deferrable, Index, IndexPart, Unique};
use crate::sql::ddl_standard::columns;
use crate::sql::{DdlStatement, Effect, Placement, SchemaEditor, Walk};

const NAME_LIMIT: usize = 63;

/// The statements, for tables in use.
pub(super) fn online(
    editor: &PostgresEditor,
    statements: &[DdlStatement],
    is_new: &dyn Fn(&str) -> bool,
) -> Vec<DdlStatement> {
    let only_indexes = statements.iter().all(|statement| {
        matches!(
            statement.effect,
            Effect::CreateIndex(_) | Effect::DropIndex(_)
        )
    });
    let mut out = Vec::new();
    let mut guarded: Vec<(String, String)> = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let table = statement.table.as_str();
        if table.is_empty() || is_new(table) {
            out.push(statement.clone());
            continue;
        }
        match &statement.effect {
            Effect::CreateIndex(_) if editor.builds_concurrently() => {
                out.push(concurrently(statement));
            }
            // What changes the table otherwise locks it anyway, and the index goes at once.
            Effect::DropIndex(_) if only_indexes => out.push(concurrently(statement)),
            Effect::AddUnique {
                unique,
                built: false,
            } if editor.builds_concurrently() => out.extend(add_unique(editor, statement, unique)),
            Effect::AddForeignKey { key, valid: true } => {
                let effect = Effect::AddForeignKey {
                    key: key.clone(),
                    valid: false,
                };
                out.extend(in_two_steps(editor, statement, key.name.as_deref(), effect));
            }
            Effect::AddCheck { check, valid: true } => {
                let effect = Effect::AddCheck {
                    check: check.clone(),
                    valid: false,
                };
                out.extend(in_two_steps(
                    editor,
                    statement,
                    check.name.as_deref(),
                    effect,
                ));
            }
            Effect::Fill { column, key } => {
                let becomes_not_null = statements[at..].iter().any(|later| {
                    matches!(&later.effect, Effect::SetNotNull { column: other, .. }
                        if later.table == table && other == column)
                });
                if becomes_not_null {
                    out.push(guard(editor, table, column));
                    guarded.push((table.to_owned(), column.clone()));
                }
                out.push(in_batches(editor, statement, column, key));
            }
            Effect::SetNotNull {
                column,
                proven: false,
            } => {
                if !guarded.contains(&(table.to_owned(), column.clone())) {
                    out.push(guard(editor, table, column));
                }
                out.extend(set_not_null(editor, statement, column));
            }
            _ => out.push(statement.clone()),
        }
    }
    out
}

fn concurrently(statement: &DdlStatement) -> DdlStatement {
    DdlStatement {
        sql: statement.sql.replacen("INDEX ", "INDEX CONCURRENTLY ", 1),
        place: Placement::Outside,
        ..statement.clone()
    }
}

/// The constraint takes over an index that was built beside running writes.
fn add_unique(
    editor: &PostgresEditor,
    statement: &DdlStatement,
    unique: &Unique,
) -> Vec<DdlStatement> {
    let Some(name) = unique.name.as_deref() else {
        return vec![statement.clone()];
    };
    let (table, quoted) = (editor.quote(&statement.table), editor.quote(name));
    let nulls = match unique.nulls_distinct {
        Some(false) => " NULLS NOT DISTINCT",
        _ => "",
    };
    let list = columns(editor, &unique.columns);
    let index = Index {
        unique: true,
        parts: unique.columns.iter().map(IndexPart::of_column).collect(),
        nulls_distinct: unique.nulls_distinct,
        ..Index::new(name, &[])
    };
    let built = format!("CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {table} ({list}){nulls}");
    let deferrable = match unique.deferrable {
        None => "",
        Some(Deferrable::Immediate) => " DEFERRABLE INITIALLY IMMEDIATE",
        Some(Deferrable::Deferred) => " DEFERRABLE INITIALLY DEFERRED",
    };
    let added = format!(
        "ALTER TABLE {table} ADD CONSTRAINT {quoted} UNIQUE USING INDEX {quoted}{deferrable}"
    );
    let effect = Effect::AddUnique {
        unique: unique.clone(),
        built: true,
    };
    vec![
        DdlStatement::new(built)
            .on(&statement.table, Effect::CreateIndex(index))
            .placed(Placement::Outside),
        DdlStatement::new(added).on(&statement.table, effect),
    ]
}

/// A constraint that looks at no row as it comes, and at all rows in a transaction of its own.
fn in_two_steps(
    editor: &PostgresEditor,
    statement: &DdlStatement,
    name: Option<&str>,
    effect: Effect,
) -> Vec<DdlStatement> {
    let Some(name) = name else {
        return vec![statement.clone()];
    };
    let added = DdlStatement {
        sql: format!("{} NOT VALID", statement.sql),
        effect,
        ..statement.clone()
    };
    vec![added, validate(editor, &statement.table, name)]
}

fn validate(editor: &PostgresEditor, table: &str, name: &str) -> DdlStatement {
    let (quoted, constraint) = (editor.quote(table), editor.quote(name));
    DdlStatement::new(format!(
        "ALTER TABLE {quoted} VALIDATE CONSTRAINT {constraint}"
    ))
    .on(table, Effect::Validate(name.to_owned()))
    .placed(Placement::Apart)
}

/// The check that keeps NULL out until the column itself does.
fn guard(editor: &PostgresEditor, table: &str, column: &str) -> DdlStatement {
    let name = guard_name(table, column);
    let condition = format!("{} IS NOT NULL", editor.quote(column));
    let words = format!("CHECK ({condition}) NOT VALID");
    let check = Check {
        name: Some(name.clone()),
        implied_by: None,
        condition,
    };
    let sql = editor.add_constraint(table, Some(&name), &words);
    let effect = Effect::AddCheck {
        check,
        valid: false,
    };
    DdlStatement::new(sql).on(table, effect)
}

fn set_not_null(
    editor: &PostgresEditor,
    statement: &DdlStatement,
    column: &str,
) -> Vec<DdlStatement> {
    let name = guard_name(&statement.table, column);
    let proven = Effect::SetNotNull {
        column: column.to_owned(),
        proven: true,
    };
    let dropped = editor.drop_constraint(&statement.table, &name);
    vec![
        validate(editor, &statement.table, &name),
        statement.clone().on(&statement.table, proven),
        DdlStatement::new(dropped).on(&statement.table, Effect::DropConstraint(name)),
    ]
}

fn guard_name(table: &str, column: &str) -> String {
    let mut name = format!("{table}_{column}");
    let room = NAME_LIMIT - "_not_null_check".len();
    while room < name.len() {
        name.pop();
    }
    name + "_not_null_check"
}

/// Filling that can be broken off and gone on with: rows that have their value are left alone.
fn in_batches(
    editor: &PostgresEditor,
    statement: &DdlStatement,
    column: &str,
    key: &[String],
) -> DdlStatement {
    let condition = format!(" WHERE {} IS NULL", editor.quote(column));
    let mut filling = statement.clone();
    if !filling.sql.ends_with(&condition) {
        filling.sql += &condition;
    }
    filling.place = Walk::along(key).map_or(Placement::Apart, Placement::Batches);
    filling
}

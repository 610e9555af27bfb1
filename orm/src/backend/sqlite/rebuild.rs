//! Changes of tables in SQLite: by its own `ALTER TABLE` where that is safe, else by making the table anew.
//!
//! A table is made anew under another name, filled, and put in the place of the old one; in this order, the foreign
//! keys of other tables keep pointing at the old name, which is the new one. It must run with `foreign_keys = OFF`
//! (which only takes effect outside of a transaction), since `DROP TABLE` deletes the rows first and would cascade;
//! the executor sees to that and checks all foreign keys before it commits. `legacy_alter_table` keeps the renaming
//! from touching references and from stumbling over views while the table is away. Triggers are carried over.

use super::SqliteEditor;
use crate::error::Result;
use crate::schema::change::{AddedColumn, SchemaChange, TableChange};
use crate::schema::{Column, ColumnType, Index, Table};
use crate::sql::ddl_standard::{columns, drop_tables, quoted, table_sql};
use crate::sql::{DdlStatement, Effect, SchemaEditor};

/// Everything that a change takes.
pub(super) fn change(editor: &SqliteEditor, change: &SchemaChange) -> Result<Vec<DdlStatement>> {
    let mut out = Vec::new();
    drop_tables(editor, &change.dropped, &mut out);
    for table in &change.altered {
        rename(editor, table, &mut out)?;
    }
    for table in &change.created {
        let created = DdlStatement::new(table_sql(editor, table, &table.name)?);
        out.push(created.on(&table.name, Effect::CreateTable));
        create_indexes(editor, table, &mut out)?;
    }
    for table in &change.altered {
        if is_native(table) {
            alter(editor, table, &mut out)?;
        } else {
            let start = out.len();
            rebuild(editor, table, &mut out)?;
            for statement in &mut out[start..] {
                statement.table.clone_from(&table.after.name);
                statement.effect = Effect::RebuildTable {
                    columns: touched(table),
                };
            }
        }
    }
    Ok(out)
}

/// The columns that a change leaves otherwise than they were.
fn touched(change: &TableChange) -> Vec<String> {
    let added = change.added_columns.iter().map(|added| &added.column);
    let altered = change.altered_columns.iter().map(|altered| &altered.after);
    let columns = added.chain(altered).chain(&change.dropped_columns);
    let renamed = change
        .renamed_columns
        .iter()
        .flat_map(|(from, to)| [from, to]);
    columns
        .map(|column| &column.name)
        .chain(renamed)
        .cloned()
        .collect()
}

fn rename(editor: &SqliteEditor, change: &TableChange, out: &mut Vec<DdlStatement>) -> Result<()> {
    let table = &change.after.name;
    if change.old.name != *table {
        out.extend(editor.rename_table(&change.old.name, table));
    }
    for (from, to) in &change.renamed_columns {
        let sql = editor.rename_column(table, from, to);
        out.push(DdlStatement::new(sql).on(table, Effect::RenameColumn));
    }
    if is_native(change) {
        for (from, index) in &change.renamed_indexes {
            out.extend(editor.rename_index(&change.after, from, index)?);
        }
    }
    Ok(())
}

fn create_indexes(editor: &SqliteEditor, table: &Table, out: &mut Vec<DdlStatement>) -> Result<()> {
    for index in &table.indexes {
        out.push(create_index(editor, table, index)?);
    }
    Ok(())
}

fn create_index(editor: &SqliteEditor, table: &Table, index: &Index) -> Result<DdlStatement> {
    let effect = Effect::CreateIndex(index.clone());
    Ok(DdlStatement::new(editor.create_index(table, index)?).on(&table.name, effect))
}

/// Whether SQLite's own statements do it: indexes, and columns that nothing hangs on.
fn is_native(change: &TableChange) -> bool {
    let brought = |name: &Option<String>, columns: &[String]| {
        name.is_none()
            && change
                .added_columns
                .iter()
                .any(|added| columns == [added.column.name.as_str()])
    };
    change.altered_columns.is_empty()
        && !change.primary_key
        && change.exclusions.is_empty()
        && change.uniques.is_empty()
        && change
            .added_columns
            .iter()
            .all(|added| can_be_added(change, added))
        && change
            .dropped_columns
            .iter()
            .all(|column| can_be_dropped(change, column))
        && change.checks.dropped.is_empty()
        && change.checks.added.iter().all(|check| {
            check
                .implied_by
                .as_ref()
                .is_some_and(|column| brought(&check.name, std::slice::from_ref(column)))
        })
        && change.foreign_keys.dropped.is_empty()
        && change.foreign_keys.added.iter().all(|key| {
            change
                .added_columns
                .iter()
                .any(|added| key.columns == [added.column.name.as_str()])
        })
}

/// `ADD COLUMN` takes no keys, nothing unique, no stored expressions, and NOT NULL only with a constant.
fn can_be_added(change: &TableChange, added: &AddedColumn) -> bool {
    let column = &added.column;
    let constant = column
        .default
        .as_ref()
        .is_none_or(|default| !default.sql.starts_with('('));
    let generated_stored = column
        .generated
        .as_ref()
        .is_some_and(|generated| generated.stored);
    let at_the_end = change
        .after
        .columns
        .iter()
        .rev()
        .take(change.added_columns.len())
        .any(|last| last.name == column.name);
    added.fill.is_none()
        && !column.identity
        && constant
        && !generated_stored
        && at_the_end
        && (column.null || column.default.is_some() || column.generated.is_some())
}

/// `DROP COLUMN` takes no column that a constraint or an index speaks of; the indexes that go with it go first.
fn can_be_dropped(change: &TableChange, column: &Column) -> bool {
    let table = &change.before;
    let name = column.name.as_str();
    let in_list = |names: &[String]| names.iter().any(|other| other == name);
    let mentions = |sql: &str| crate::schema::mentions_identifier(sql, name);
    !table
        .primary_key
        .as_ref()
        .is_some_and(|key| in_list(&key.columns))
        && !table.uniques.iter().any(|unique| in_list(&unique.columns))
        && !table.foreign_keys.iter().any(|key| in_list(&key.columns))
        && !table.checks.iter().any(|check| mentions(&check.condition))
        && !change
            .after
            .indexes
            .iter()
            .any(|index| index.mentions(name))
        && column.generated.is_none()
        && !table
            .columns
            .iter()
            .filter_map(|other| other.generated.as_ref())
            .any(|other| mentions(&other.expression))
}

fn alter(editor: &SqliteEditor, change: &TableChange, out: &mut Vec<DdlStatement>) -> Result<()> {
    let table = &change.after;
    for index in &change.indexes.dropped {
        let effect = Effect::DropIndex(index.name.clone());
        let sql = editor.drop_index(&table.name, &index.name);
        out.push(DdlStatement::new(sql).on(&table.name, effect));
    }
    for column in &change.dropped_columns {
        let effect = Effect::DropColumn(column.name.clone());
        let sql = editor.drop_column(&table.name, &column.name);
        out.push(DdlStatement::new(sql).on(&table.name, effect));
    }
    for added in &change.added_columns {
        let definition = editor.column_definition(table, &added.column)?;
        let sql = format!(
            "ALTER TABLE {} ADD COLUMN {definition}",
            editor.quote(&table.name)
        );
        let effect = Effect::AddColumn(added.column.clone());
        out.push(DdlStatement::new(sql).on(&table.name, effect));
    }
    for index in &change.indexes.added {
        out.push(create_index(editor, table, index)?);
    }
    Ok(())
}

fn rebuild(editor: &SqliteEditor, change: &TableChange, out: &mut Vec<DdlStatement>) -> Result<()> {
    let table = &change.after;
    let temporary = format!("new__{}", table.name);
    let (name, new) = (editor.quote(&table.name), editor.quote(&temporary));
    let (targets, sources): (Vec<String>, Vec<String>) = copied(editor, change).into_iter().unzip();
    out.push(DdlStatement::new(table_sql(editor, table, &temporary)?));
    out.push(DdlStatement::rows(format!(
        "INSERT INTO {new} ({}) SELECT {} FROM {name}",
        columns(editor, &targets),
        sources.join(", ")
    )));
    let numbered = |table: &Table| table.columns.iter().any(|column| column.identity);
    if numbered(&change.before) && numbered(table) {
        // Numbers that were given out once are not given out again.
        let (old, temporary) = (quoted(&table.name), quoted(&temporary));
        out.push(DdlStatement::rows(format!(
            "DELETE FROM sqlite_sequence WHERE name = {temporary}"
        )));
        out.push(DdlStatement::rows(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {temporary}, seq FROM sqlite_sequence WHERE name = {old}"
        )));
    }
    out.push(DdlStatement {
        sql: editor.drop_table(&table.name),
        restore: Some(format!(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = {} AND sql IS NOT NULL",
            quoted(&table.name)
        )),
        ..DdlStatement::default()
    });
    out.push(DdlStatement::new("PRAGMA legacy_alter_table = ON"));
    out.push(DdlStatement::new(format!(
        "ALTER TABLE {new} RENAME TO {name}"
    )));
    out.push(DdlStatement::new("PRAGMA legacy_alter_table = OFF"));
    create_indexes(editor, table, out)
}

/// The columns to fill, each with what it is filled with.
fn copied(editor: &SqliteEditor, change: &TableChange) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for column in change
        .after
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
    {
        let quoted = editor.quote(&column.name);
        let added = change
            .added_columns
            .iter()
            .find(|added| added.column.name == column.name);
        let altered = change
            .altered_columns
            .iter()
            .find(|altered| altered.after.name == column.name);
        let source = match (added, altered) {
            (Some(added), _) => added.fill.clone(),
            (_, Some(altered)) => {
                let value = converted(&altered.before.ty, &column.ty, &quoted);
                match altered
                    .fill
                    .as_ref()
                    .filter(|_| altered.before.null && !column.null)
                {
                    Some(fill) => Some(format!("coalesce({value}, {fill})")),
                    None => Some(value),
                }
            }
            (None, None) => Some(quoted),
        };
        pairs.extend(source.map(|source| (column.name.clone(), source)));
    }
    pairs
}

/// A value of a column as one of another type, where the affinity of the new one does not do it.
pub(super) fn converted(from: &ColumnType, to: &ColumnType, column: &str) -> String {
    match (from, to) {
        (ColumnType::DateTime, ColumnType::Date) => format!("date({column})"),
        (ColumnType::DateTime, ColumnType::Time) => format!("time({column})"),
        (ColumnType::Date, ColumnType::DateTime) => format!("({column} || ' 00:00:00')"),
        (ColumnType::Float | ColumnType::Decimal(_), to) if to.is_integer() => {
            format!("CAST({column} AS integer)")
        }
        _ => column.to_owned(),
    }
}

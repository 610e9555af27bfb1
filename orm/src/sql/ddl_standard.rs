//! Standard SQL for structure: what a [`SchemaEditor`] says where its database does not differ.

use super::ddl::{DdlStatement, Nameless, NamelessKind, SchemaEditor};
use super::ddl_index::add_index;
use super::{Dialect, Effect, Writer};
use crate::ast::Expr;
use crate::error::{Error, Result};
use crate::schema::change::{AlteredColumn, SchemaChange, TableChange};
use crate::schema::{Column, Deferrable, Exclusion, ForeignKey, ReferentialAction, Table, Unique};

/// Everything that a change takes: first goes what hangs on others, then columns change, then comes what hangs on them.
pub(super) fn change<E: SchemaEditor + ?Sized>(
    editor: &E,
    change: &SchemaChange,
) -> Result<Vec<DdlStatement>> {
    let mut change = change.clone();
    editor.prepare(&mut change);
    let mut out = Vec::new();
    for table in &change.altered {
        for key in &table.foreign_keys.dropped {
            let sql = |name: &str| editor.drop_foreign_key(&table.old.name, name);
            let dropped = nameless(
                table,
                NamelessKind::ForeignKey,
                (key.name.as_ref(), &key.columns),
                sql,
            );
            let effect = Effect::DropForeignKey(key.clone());
            out.extend(dropped.map(|statement| statement.on(&table.old.name, effect)));
        }
    }
    drop_tables(editor, &change.dropped, &mut out);
    for table in &change.altered {
        drop_parts(editor, table, &mut out);
    }
    for table in &change.altered {
        rename(editor, table, &mut out)?;
    }
    for table in &change.created {
        out.extend(editor.create_table(table)?);
    }
    for table in &change.altered {
        change_columns(editor, table, &mut out)?;
    }
    for table in &change.altered {
        add_parts(editor, table, &mut out)?;
    }
    for table in &change.created {
        for key in &table.foreign_keys {
            out.push(add_foreign_key(editor, &table.name, key)?);
        }
        for index in &table.indexes {
            out.push(add_index(editor, table, index)?);
        }
    }
    for table in &change.altered {
        for key in &table.foreign_keys.added {
            out.push(add_foreign_key(editor, &table.after.name, key)?);
        }
        for index in &table.indexes.added {
            out.push(add_index(editor, &table.after, index)?);
        }
        if table.before.comment != table.after.comment {
            let (name, comment) = (&table.after.name, table.after.comment.as_deref());
            let sql = editor.comment_on_table(name, comment)?;
            out.push(DdlStatement::new(sql).on(name, Effect::Comment));
        }
    }
    Ok(out)
}

/// Tables that nothing left refers to go first; in a circle the foreign keys go before.
pub(crate) fn drop_tables<E: SchemaEditor + ?Sized>(
    editor: &E,
    dropped: &[Table],
    out: &mut Vec<DdlStatement>,
) {
    let mut left: Vec<&Table> = dropped.iter().collect();
    while !left.is_empty() {
        let free = left.iter().position(|table| {
            let others = left.iter().filter(|other| other.name != table.name);
            !others
                .flat_map(|other| &other.foreign_keys)
                .any(|key| key.to_table == table.name)
        });
        if let Some(at) = free {
            out.push(drop_table(editor, &left.remove(at).name));
            continue;
        }
        for table in &left {
            for key in &table.foreign_keys {
                let sql = key.name.as_ref();
                let sql = sql.map(|name| editor.drop_foreign_key(&table.name, name));
                let effect = Effect::DropForeignKey(key.clone());
                out.extend(sql.map(|sql| DdlStatement::new(sql).on(&table.name, effect)));
            }
        }
        let rest = left.drain(..);
        out.extend(rest.map(|table| drop_table(editor, &table.name)));
    }
}

fn drop_table<E: SchemaEditor + ?Sized>(editor: &E, table: &str) -> DdlStatement {
    DdlStatement::new(editor.drop_table(table)).on(table, Effect::DropTable)
}

fn drop_parts<E: SchemaEditor + ?Sized>(
    editor: &E,
    change: &TableChange,
    out: &mut Vec<DdlStatement>,
) {
    let table = change.old.name.as_str();
    let dropped = |kind: NamelessKind,
                   is_nameless: bool,
                   known: (Option<&String>, &[String]),
                   sql: &dyn Fn(&str) -> String,
                   effect: fn(String) -> Effect| {
        let name = known.0?.clone();
        let statement = if is_nameless {
            nameless(change, kind, known, sql)?
        } else {
            DdlStatement::new(sql(&name))
        };
        Some(statement.on(table, effect(name)))
    };
    for check in &change.checks.dropped {
        let columns = check.implied_by.as_slice();
        let sql = |name: &str| editor.drop_check(table, name);
        let known = (check.name.as_ref(), columns);
        let is_nameless = check.implied_by.is_some();
        out.extend(dropped(
            NamelessKind::Check,
            is_nameless,
            known,
            &sql,
            Effect::DropConstraint,
        ));
    }
    for unique in &change.uniques.dropped {
        let sql = |name: &str| editor.drop_unique(table, name);
        let known = (unique.name.as_ref(), unique.columns.as_slice());
        out.extend(dropped(
            NamelessKind::Unique,
            unique.implied,
            known,
            &sql,
            Effect::DropConstraint,
        ));
    }
    for exclusion in &change.exclusions.dropped {
        let sql = editor.drop_constraint(table, &exclusion.name);
        let effect = Effect::DropConstraint(exclusion.name.clone());
        out.push(DdlStatement::new(sql).on(table, effect));
    }
    for index in &change.indexes.dropped {
        let sql = |name: &str| editor.drop_index(table, name);
        let columns: Vec<String> = index
            .parts
            .iter()
            .filter_map(|part| part.column().map(str::to_owned))
            .collect();
        let known = (Some(&index.name), columns.as_slice());
        out.extend(dropped(
            NamelessKind::Index,
            index.implied,
            known,
            &sql,
            Effect::DropIndex,
        ));
    }
    if change.primary_key {
        out.extend(editor.drop_primary_key(change));
    }
}

/// The statement that drops what nobody named; its columns are told by the names that they have until then.
fn nameless(
    change: &TableChange,
    kind: NamelessKind,
    (name, columns): (Option<&String>, &[String]),
    sql: impl FnOnce(&str) -> String,
) -> Option<DdlStatement> {
    let name = name?;
    let old = |column: &String| {
        let renamed = change.renamed_columns.iter().find(|(_, to)| to == column);
        renamed.map_or(column, |(from, _)| from).clone()
    };
    Some(DdlStatement {
        drops: Some(Nameless {
            table: change.old.name.clone(),
            name: name.clone(),
            kind,
            columns: columns.iter().map(old).collect(),
        }),
        ..DdlStatement::new(sql(name))
    })
}

fn rename<E: SchemaEditor + ?Sized>(
    editor: &E,
    change: &TableChange,
    out: &mut Vec<DdlStatement>,
) -> Result<()> {
    let table = &change.after;
    if change.old.name != table.name {
        out.extend(editor.rename_table(&change.old.name, &table.name));
    }
    for (from, to) in &change.renamed_columns {
        let sql = editor.rename_column(&table.name, from, to);
        out.push(DdlStatement::new(sql).on(&table.name, Effect::RenameColumn));
    }
    for (from, index) in &change.renamed_indexes {
        out.extend(editor.rename_index(table, from, index)?);
    }
    Ok(())
}

fn change_columns<E: SchemaEditor + ?Sized>(
    editor: &E,
    change: &TableChange,
    out: &mut Vec<DdlStatement>,
) -> Result<()> {
    let table = &change.after;
    for added in &change.added_columns {
        let mut column = added.column.clone();
        // Rows get a value each, so NULL must be allowed until all have theirs.
        column.null |= added.fill.is_some();
        let definition = editor.column_definition(table, &column)?;
        let name = editor.quote(&table.name);
        let sql = format!("ALTER TABLE {name} ADD COLUMN {definition}");
        out.push(DdlStatement::new(sql).on(&table.name, Effect::AddColumn(column.clone())));
        let comment = editor
            .comment_on_column(&table.name, &added.column)?
            .filter(|_| added.column.comment.is_some());
        out.extend(comment.map(|sql| DdlStatement::new(sql).on(&table.name, Effect::Comment)));
        if let Some(fill) = &added.fill {
            let to = editor.quote(&column.name);
            let sql = format!("UPDATE {name} SET {to} = {fill}");
            let effect = Effect::fill(table, &column.name);
            out.push(DdlStatement::rows(sql).on(&table.name, effect));
            let altered = AlteredColumn {
                before: column,
                after: added.column.clone(),
                fill: None,
            };
            out.extend(editor.after_rows().map(DdlStatement::setting));
            out.extend(editor.alter_column(table, &altered)?);
        }
    }
    for altered in &change.altered_columns {
        if altered.before.generated != altered.after.generated {
            return Err(Error::migration(format!(
                "the generated column `{}` of `{}` cannot be altered: remove the field and add it anew",
                altered.after.name, table.name
            )));
        }
        out.extend(editor.alter_column(table, altered)?);
    }
    for column in &change.dropped_columns {
        let sql = editor.drop_column(&table.name, &column.name);
        let effect = Effect::DropColumn(column.name.clone());
        out.push(DdlStatement::new(sql).on(&table.name, effect));
    }
    Ok(())
}

fn add_parts<E: SchemaEditor + ?Sized>(
    editor: &E,
    change: &TableChange,
    out: &mut Vec<DdlStatement>,
) -> Result<()> {
    let table = change.after.name.as_str();
    let added = |column: &str| {
        change
            .added_columns
            .iter()
            .any(|added| added.column.name == column)
    };
    if let Some(key) = change
        .after
        .primary_key
        .as_ref()
        .filter(|_| change.primary_key)
    {
        // A key that is a new column came with it.
        if !change.after.single_key().is_some_and(added) {
            let words = format!("PRIMARY KEY ({})", columns(editor, &key.columns));
            let sql = editor.add_constraint(table, key.name.as_deref(), &words);
            let effect = Effect::AddPrimaryKey(key.columns.clone());
            out.push(DdlStatement::new(sql).on(table, effect));
        }
    }
    let mut add = |name: Option<&str>, words: &str, effect: Effect| {
        let sql = editor.add_constraint(table, name, words);
        out.push(DdlStatement::new(sql).on(table, effect));
    };
    for unique in &change.uniques.added {
        let effect = Effect::AddUnique {
            unique: unique.clone(),
            built: false,
        };
        add(unique.name.as_deref(), &editor.unique(unique)?, effect);
    }
    for exclusion in &change.exclusions.added {
        let effect = Effect::AddExclusion(exclusion.name.clone());
        add(Some(&exclusion.name), &editor.exclusion(exclusion)?, effect);
    }
    for check in &change.checks.added {
        let effect = Effect::AddCheck {
            check: check.clone(),
            valid: true,
        };
        add(check.name.as_deref(), &editor.check(check), effect);
    }
    Ok(())
}

fn add_foreign_key<E: SchemaEditor + ?Sized>(
    editor: &E,
    table: &str,
    key: &ForeignKey,
) -> Result<DdlStatement> {
    let words = editor.foreign_key(key)?;
    let sql = editor.add_constraint(table, key.name.as_deref(), &words);
    let effect = Effect::AddForeignKey {
        key: key.clone(),
        valid: true,
    };
    Ok(DdlStatement::new(sql).on(table, effect))
}

/// `CREATE TABLE` with columns, keys and constraints, and the comments that are statements of their own.
pub(super) fn create_table<E: SchemaEditor + ?Sized>(
    editor: &E,
    table: &Table,
) -> Result<Vec<DdlStatement>> {
    let name = &table.name;
    let created = DdlStatement::new(table_sql(editor, table, name)?);
    let mut out = vec![created.on(name, Effect::CreateTable)];
    let mut comment = |sql: Option<String>| {
        out.extend(sql.map(|sql| DdlStatement::new(sql).on(name, Effect::Comment)));
    };
    if table.comment.is_some() {
        comment(Some(
            editor.comment_on_table(name, table.comment.as_deref())?,
        ));
    }
    for column in table
        .columns
        .iter()
        .filter(|column| column.comment.is_some())
    {
        comment(editor.comment_on_column(name, column)?);
    }
    Ok(out)
}

/// The text of `CREATE TABLE`, under a name that may be another than the table's own.
pub(crate) fn table_sql<E: SchemaEditor + ?Sized>(
    editor: &E,
    table: &Table,
    name: &str,
) -> Result<String> {
    let mut lines = Vec::new();
    for column in &table.columns {
        lines.push(editor.column_definition(table, column)?);
    }
    if let Some(key) = table
        .primary_key
        .as_ref()
        .filter(|key| key.columns.len() != 1)
    {
        lines.push(format!("PRIMARY KEY ({})", columns(editor, &key.columns)));
    }
    let named = |name: &str, words: String| format!("CONSTRAINT {} {words}", editor.quote(name));
    for unique in &table.uniques {
        let words = editor.unique(unique)?;
        lines.extend(unique.name.as_deref().map(|name| named(name, words)));
    }
    for check in &table.checks {
        lines.extend(
            check
                .name
                .as_deref()
                .map(|name| named(name, editor.check(check))),
        );
    }
    for exclusion in &table.exclusions {
        lines.push(named(&exclusion.name, editor.exclusion(exclusion)?));
    }
    let tablespace = match &table.tablespace {
        Some(space) if editor.features().tablespaces => {
            format!(" TABLESPACE {}", editor.quote(space))
        }
        _ => String::new(),
    };
    Ok(format!(
        "CREATE TABLE {} (\n    {}\n){tablespace}",
        editor.quote(name),
        lines.join(",\n    ")
    ))
}

/// A column: type, collation, default, NULL, and the primary key where it is this column alone.
pub(super) fn column_definition<E: SchemaEditor + ?Sized>(
    editor: &E,
    table: &Table,
    column: &Column,
) -> Result<String> {
    let mut words = format!(
        "{} {}",
        editor.quote(&column.name),
        editor.type_name(&column.ty)
    );
    if let Some(collation) = &column.collation {
        words += &format!(" COLLATE {}", editor.quote(collation));
    }
    if let Some(generated) = &column.generated {
        words += &generated_clause(editor, generated.stored, &generated.expression)?;
    }
    if let Some(default) = &column.default {
        words += &format!(" DEFAULT {}", default.sql);
    }
    words += if column.null { " NULL" } else { " NOT NULL" };
    if table.single_key() == Some(&column.name) {
        words += " PRIMARY KEY";
    }
    if column.identity {
        words += &format!(" {}", editor.identity());
    }
    Ok(words)
}

/// `GENERATED ALWAYS AS (…) STORED`.
pub(crate) fn generated_clause<E: SchemaEditor + ?Sized>(
    editor: &E,
    stored: bool,
    expression: &str,
) -> Result<String> {
    let features = editor.features();
    match (
        stored,
        features.stored_generated,
        features.virtual_generated,
    ) {
        (true, true, _) => Ok(format!(" GENERATED ALWAYS AS ({expression}) STORED")),
        (false, _, true) => Ok(format!(" GENERATED ALWAYS AS ({expression}) VIRTUAL")),
        (true, ..) => Err(editor.lacks("stored generated columns")),
        (false, ..) => {
            Err(editor
                .lacks("generated columns that are computed when they are read; set `stored`"))
        }
    }
}

/// `UNIQUE (…)`.
pub(super) fn unique<E: SchemaEditor + ?Sized>(editor: &E, unique: &Unique) -> Result<String> {
    let features = editor.features();
    let nulls = match unique.nulls_distinct {
        Some(false) if !features.nulls_not_distinct => {
            return Err(editor.lacks("NULLS NOT DISTINCT"));
        }
        Some(false) => " NULLS NOT DISTINCT",
        Some(true) if features.nulls_not_distinct => " NULLS DISTINCT",
        _ => "",
    };
    let deferrable = deferrable(editor, unique.deferrable)?;
    Ok(format!(
        "UNIQUE{nulls} ({}){deferrable}",
        columns(editor, &unique.columns)
    ))
}

fn deferrable<E: SchemaEditor + ?Sized>(
    editor: &E,
    deferrable: Option<Deferrable>,
) -> Result<&'static str> {
    match deferrable {
        Some(_) if !editor.features().deferrable_unique => {
            Err(editor.lacks("deferrable unique constraints"))
        }
        Some(Deferrable::Deferred) => Ok(" DEFERRABLE INITIALLY DEFERRED"),
        Some(Deferrable::Immediate) => Ok(" DEFERRABLE INITIALLY IMMEDIATE"),
        None => Ok(""),
    }
}

/// `EXCLUDE USING … (…)`.
pub(super) fn exclusion<E: SchemaEditor + ?Sized>(
    editor: &E,
    exclusion: &Exclusion,
) -> Result<String> {
    if !editor.features().exclusions {
        return Err(editor.lacks("exclusion constraints"));
    }
    let elements: Vec<String> = exclusion
        .elements
        .iter()
        .map(|(sql, operator)| format!("{sql} WITH {operator}"))
        .collect();
    let mut sql = format!(
        "EXCLUDE USING {} ({})",
        exclusion.using,
        elements.join(", ")
    );
    if !exclusion.include.is_empty() {
        sql += &format!(" INCLUDE ({})", columns(editor, &exclusion.include));
    }
    if let Some(condition) = &exclusion.condition {
        sql += &format!(" WHERE ({condition})");
    }
    Ok(sql + deferrable(editor, exclusion.deferrable)?)
}

/// `FOREIGN KEY (…) REFERENCES … (…)`.
pub(super) fn foreign_key<E: SchemaEditor + ?Sized>(
    editor: &E,
    key: &ForeignKey,
) -> Result<String> {
    Ok(format!(
        "FOREIGN KEY ({}) {}",
        columns(editor, &key.columns),
        references(editor, key)?
    ))
}

/// `REFERENCES … (…) ON DELETE …`.
pub(crate) fn references<E: SchemaEditor + ?Sized>(editor: &E, key: &ForeignKey) -> Result<String> {
    if key.on_delete == ReferentialAction::SetDefault && !editor.features().set_default {
        return Err(editor.lacks("DB_SET_DEFAULT"));
    }
    let to = columns(editor, &key.to_columns);
    Ok(format!(
        "REFERENCES {} ({to}){}",
        editor.quote(&key.to_table),
        key.on_delete.clause()
    ))
}

/// Names, quoted, with commas between.
pub(crate) fn columns<E: SchemaEditor + ?Sized>(editor: &E, names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| editor.quote(name)).collect();
    quoted.join(", ")
}

/// An expression as text: its columns stand alone, and it has no parameters.
pub(super) fn expression(dialect: &dyn Dialect, expr: &Expr) -> Result<String> {
    let mut writer = Writer::new(dialect);
    writer.expr(expr)?;
    Ok(writer.finish_bare().sql.to_string())
}

/// Text as a string literal, quotes doubled.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The error for a value that no column holds.
pub(crate) fn unquotable() -> Error {
    Error::migration("a list cannot be the default of a column")
}

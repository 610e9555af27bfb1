//! The catalogue of MySQL and MariaDB as tables.

use std::collections::BTreeMap;

use super::types;
use crate::error::{Error, Result};
use crate::schema::{
    Check, Column, ColumnType, Default, ForeignKey, Generated, Index, IndexPart, IndexTarget,
    PrimaryKey, ReferentialAction, Table, Unique,
};
use crate::sql::Answer;

/// The names of the views.
pub(super) const VIEWS: &str = "SELECT TABLE_NAME FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'VIEW' ORDER BY TABLE_NAME";

/// The names of the tables.
pub(super) const TABLES: &str = "SELECT TABLE_NAME FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME";

/// Columns, index columns, foreign keys, checks, the table itself.
pub(super) fn queries(is_mysql: bool, table: &str) -> Vec<String> {
    let table = types::quoted(table);
    let own = format!("TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {table}");
    let expression = if is_mysql { "EXPRESSION" } else { "NULL" };
    let checks = if is_mysql {
        format!(
            "SELECT c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c \
             JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME \
             WHERE t.CONSTRAINT_TYPE = 'CHECK' AND t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = {table} ORDER BY 1"
        )
    } else {
        format!(
            "SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
             WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = {table} ORDER BY 1"
        )
    };
    vec![
        format!(
            "SELECT c.COLUMN_NAME, CAST(c.COLUMN_TYPE AS CHAR), c.IS_NULLABLE, CAST(c.COLUMN_DEFAULT AS CHAR), c.EXTRA, \
             CAST(c.GENERATION_EXPRESSION AS CHAR), CASE WHEN c.COLLATION_NAME <> t.TABLE_COLLATION THEN c.COLLATION_NAME END, \
             CAST(c.COLUMN_COMMENT AS CHAR) FROM information_schema.COLUMNS c \
             JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME \
             WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = {table} ORDER BY c.ORDINAL_POSITION"
        ),
        format!(
            "SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, {expression} FROM information_schema.STATISTICS \
             WHERE {own} ORDER BY INDEX_NAME, SEQ_IN_INDEX"
        ),
        format!(
            "SELECT k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE \
             FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
             ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
             WHERE k.TABLE_SCHEMA = DATABASE() AND k.TABLE_NAME = {table} ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION"
        ),
        checks,
        format!(
            "SELECT CASE WHEN TABLE_TYPE = 'VIEW' THEN '' ELSE CAST(TABLE_COMMENT AS CHAR) END FROM information_schema.TABLES WHERE {own}"
        ),
    ]
}

/// The table of the answers to these queries.
pub(super) fn read(is_mysql: bool, name: &str, answers: &[Answer]) -> Result<Table> {
    let [columns, statistics, foreign_keys, checks, own] = answers else {
        return Err(Error::migration("the catalogue gave too few answers"));
    };
    let mut table = Table::new(name);
    table.columns = columns.iter().map(|row| column(is_mysql, row)).collect();
    for row in foreign_keys {
        add_foreign_key(row, &mut table);
    }
    for row in checks {
        add_check(row, &mut table);
    }
    add_indexes(statistics, &mut table);
    table.comment = own
        .first()
        .and_then(|row| row.first().cloned().flatten())
        .filter(|comment| !comment.is_empty());
    Ok(table)
}

fn text(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn column(is_mysql: bool, row: &[Option<String>]) -> Column {
    let mut column = Column::new(text(row, 0), types::parse(text(row, 1)));
    let extra = text(row, 4).to_ascii_lowercase();
    column.null = text(row, 2) == "YES";
    column.identity = extra.contains("auto_increment");
    let expression = text(row, 5);
    if expression.is_empty() {
        column.default = row
            .get(3)
            .cloned()
            .flatten()
            .and_then(|sql| default(is_mysql, &column.ty, &extra, sql));
    } else {
        column.generated = Some(Generated {
            expression: expression.to_owned(),
            stored: extra.contains("stored") || extra.contains("persistent"),
        });
    }
    // JSON of MariaDB is text with a collation of its own.
    column.collation = row
        .get(6)
        .cloned()
        .flatten()
        .filter(|_| column.ty.is_text());
    column.comment = Some(text(row, 7))
        .filter(|comment| !comment.is_empty())
        .map(str::to_owned);
    column
}

/// MySQL tells literals bare and marks expressions; MariaDB tells SQL.
fn default(is_mysql: bool, ty: &ColumnType, extra: &str, sql: String) -> Option<Default> {
    let sql = match (is_mysql, ty) {
        (false, _) if sql == "NULL" => return None,
        (false, ColumnType::Text | ColumnType::Json | ColumnType::Binary) => format!("({sql})"),
        (false, _) => sql,
        (true, ColumnType::Text | ColumnType::Json | ColumnType::Binary) => {
            // `_utf8mb4\'…\'`
            let bare = sql
                .strip_prefix("_utf8mb4")
                .unwrap_or(&sql)
                .replace("\\'", "'");
            format!("({bare})")
        }
        (true, _) if extra.contains("default_generated") => format!("({sql})"),
        (true, ty)
            if ty.is_number() || *ty == ColumnType::Boolean || *ty == ColumnType::Duration =>
        {
            sql
        }
        (true, _) => types::quoted(&sql),
    };
    Some(Default {
        sql,
        one_off: false,
    })
}

fn add_foreign_key(row: &[Option<String>], table: &mut Table) {
    let name = Some(text(row, 0).to_owned());
    if let Some(key) = table.foreign_keys.last_mut().filter(|key| key.name == name) {
        key.columns.push(text(row, 1).to_owned());
        key.to_columns.push(text(row, 3).to_owned());
        return;
    }
    // To both of them, RESTRICT is another word for NO ACTION.
    let on_delete = match ReferentialAction::parse(text(row, 4)) {
        ReferentialAction::Restrict => ReferentialAction::NoAction,
        action => action,
    };
    table.foreign_keys.push(ForeignKey {
        name,
        columns: vec![text(row, 1).to_owned()],
        to_table: text(row, 2).to_owned(),
        to_columns: vec![text(row, 3).to_owned()],
        on_delete,
    });
}

/// The check that MariaDB makes of JSON is the type itself.
fn add_check(row: &[Option<String>], table: &mut Table) {
    let (name, condition) = (text(row, 0), text(row, 1));
    let is_json = condition.eq_ignore_ascii_case(&format!("json_valid(`{name}`)"));
    if let Some(column) = table
        .columns
        .iter_mut()
        .find(|column| is_json && column.name == name)
    {
        column.ty = ColumnType::Json;
        column.collation = None;
        return;
    }
    table.checks.push(Check {
        name: Some(name.to_owned()),
        implied_by: None,
        condition: condition.to_owned(),
    });
}

fn add_indexes(rows: &Answer, table: &mut Table) {
    let mut indexes: BTreeMap<&str, Index> = BTreeMap::new();
    for row in rows {
        let index = indexes
            .entry(text(row, 0))
            .or_insert_with(|| Index::new(text(row, 0), &[]));
        index.unique = text(row, 1) == "0";
        index.parts.push(IndexPart {
            target: match row.get(2).cloned().flatten() {
                Some(column) => IndexTarget::Column(column),
                None => IndexTarget::Expression(text(row, 4).to_owned()),
            },
            descending: text(row, 3) == "D",
            opclass: None,
        });
    }
    for (name, index) in indexes {
        let columns: Vec<String> = index
            .parts
            .iter()
            .filter_map(|part| part.column().map(str::to_owned))
            .collect();
        let is_plain = columns.len() == index.parts.len();
        let of_foreign_key = || {
            table
                .foreign_keys
                .iter()
                .any(|key| key.name.as_deref() == Some(name))
        };
        if name == "PRIMARY" {
            table.primary_key = Some(PrimaryKey {
                name: None,
                columns,
            });
        } else if index.unique && is_plain {
            table.uniques.push(Unique {
                name: Some(name.to_owned()),
                implied: false,
                columns,
                deferrable: None,
                nulls_distinct: None,
            });
        } else if !of_foreign_key() {
            table.indexes.push(index);
        }
    }
}

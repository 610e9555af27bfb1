//! PostgreSQL's catalogue as tables.

use super::types;
use crate::error::{Error, Result};
use crate::schema::{
    Check, Column, Default, Deferrable, Exclusion, ForeignKey, Generated, Index, IndexPart,
    IndexTarget, PrimaryKey, ReferentialAction, Table, Unique,
};
use crate::sql::Answer;
use crate::sql::ddl_standard::quoted;

/// Stands between names in one value.
const BETWEEN: char = '\u{1f}';
/// Stands between the parts of one element.
const WITHIN: char = '\u{1e}';

/// The names of the views.
pub(super) const VIEWS: &str = "SELECT c.relname::text FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('v', 'm') AND n.nspname = current_schema() ORDER BY 1";

/// The names of the tables of the current schema.
pub(super) const TABLES: &str = "SELECT c.relname::text FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() ORDER BY 1";

/// Columns, constraints, indexes, comment.
pub(super) fn queries(table: &str) -> Vec<String> {
    let of = format!(
        "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relname = {})",
        quoted(table)
    );
    let names = |keys: &str, relation: &str| {
        format!(
            "(SELECT string_agg(a.attname, chr(31) ORDER BY k.nth) FROM unnest({keys}) WITH ORDINALITY k(attnum, nth) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.attnum)"
        )
    };
    vec![
        format!(
            "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attidentity::text, \
             pg_get_expr(d.adbin, d.adrelid), a.attgenerated::text, \
             CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END, col_description(a.attrelid, a.attnum) \
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
             LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation \
             WHERE a.attrelid = {of} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        ),
        format!(
            "SELECT c.conname::text, c.contype::text, {}, f.relname::text, {}, c.confdeltype::text, \
             CASE WHEN c.condeferrable THEN CASE WHEN c.condeferred THEN 'deferred' ELSE 'immediate' END END, \
             pg_get_constraintdef(c.oid) \
             FROM pg_catalog.pg_constraint c LEFT JOIN pg_catalog.pg_class f ON f.oid = c.confrelid \
             WHERE c.conrelid = {of} AND c.contype IN ('p', 'u', 'f', 'c', 'x') ORDER BY c.oid",
            names("c.conkey", "c.conrelid"),
            names("c.confkey", "c.confrelid")
        ),
        format!(
            "SELECT i.relname::text, x.indisunique::text, m.amname::text, pg_get_expr(x.indpred, x.indrelid), \
             (SELECT string_agg(pg_get_indexdef(x.indexrelid, k.nth::integer, true) || chr(30) || (x.indkey[k.nth - 1] = 0)::text \
                || chr(30) || (x.indoption[k.nth - 1] & 1)::text \
                || chr(30) || CASE WHEN o.opcdefault THEN '' ELSE o.opcname::text END, chr(31) ORDER BY k.nth) \
              FROM generate_series(1, x.indnkeyatts) k(nth) JOIN pg_catalog.pg_opclass o ON o.oid = x.indclass[k.nth - 1]), \
             (SELECT string_agg(a.attname, chr(31) ORDER BY k.nth) FROM generate_series(x.indnkeyatts + 1, x.indnatts) k(nth) \
              JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k.nth - 1]), \
             pg_get_indexdef(x.indexrelid) \
             FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am m ON m.oid = i.relam \
             WHERE x.indrelid = {of} AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c WHERE c.conindid = x.indexrelid \
              AND c.contype IN ('p', 'u', 'x')) ORDER BY i.oid"
        ),
        format!("SELECT obj_description({of}, 'pg_class')"),
    ]
}

/// The table of the answers to these queries.
pub(super) fn read(name: &str, answers: &[Answer]) -> Result<Table> {
    let [columns, constraints, indexes, comment] = answers else {
        return Err(Error::migration("the catalogue gave too few answers"));
    };
    let mut table = Table::new(name);
    table.columns = columns.iter().map(|row| column(row)).collect();
    for row in constraints {
        constraint(row, &mut table);
    }
    table.indexes = indexes.iter().map(|row| index(row)).collect();
    table.comment = comment
        .first()
        .and_then(|row| row.first().cloned().flatten());
    Ok(table)
}

fn text(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn list(row: &[Option<String>], at: usize) -> Vec<String> {
    let text = text(row, at);
    if text.is_empty() {
        Vec::new()
    } else {
        text.split(BETWEEN).map(str::to_owned).collect()
    }
}

fn column(row: &[Option<String>]) -> Column {
    let mut column = Column::new(text(row, 0), types::parse(text(row, 1)));
    column.null = text(row, 2) != "true";
    column.identity = !text(row, 3).is_empty();
    let expression = row.get(4).cloned().flatten();
    match text(row, 5) {
        "" => {
            // A column that takes its numbers from a sequence numbers itself, as those of old do.
            let is_serial = |sql: &String| sql.starts_with("nextval(");
            column.identity |= expression.as_ref().is_some_and(is_serial);
            column.default = expression.filter(|sql| !is_serial(sql)).map(|sql| Default {
                sql: without_casts(&sql),
                one_off: false,
            });
        }
        kind => {
            column.generated = Some(Generated {
                expression: expression.unwrap_or_default(),
                stored: kind == "s",
            });
        }
    }
    column.collation = row.get(6).cloned().flatten();
    column.comment = row.get(7).cloned().flatten();
    column
}

/// `'draft'::character varying` is `'draft'`, and `'-1'::integer` is `-1`.
fn without_casts(sql: &str) -> String {
    let Some((literal, ty)) = sql
        .rsplit_once("::")
        .filter(|(literal, _)| literal.starts_with('\'') && literal.ends_with('\''))
    else {
        return sql.to_owned();
    };
    match types::parse(ty) {
        ty if ty.is_number() => literal.trim_matches('\'').to_owned(),
        _ => literal.to_owned(),
    }
}

fn constraint(row: &[Option<String>], table: &mut Table) {
    let (name, columns, definition) = (text(row, 0).to_owned(), list(row, 2), text(row, 7));
    let deferrable = match text(row, 6) {
        "deferred" => Some(Deferrable::Deferred),
        "immediate" => Some(Deferrable::Immediate),
        _ => None,
    };
    match text(row, 1) {
        "p" => {
            table.primary_key = Some(PrimaryKey {
                name: Some(name),
                columns,
            });
        }
        "u" => table.uniques.push(Unique {
            name: Some(name),
            implied: false,
            columns,
            deferrable,
            nulls_distinct: definition.contains("NULLS NOT DISTINCT").then_some(false),
        }),
        "f" => table.foreign_keys.push(ForeignKey {
            name: Some(name),
            columns,
            to_table: text(row, 3).to_owned(),
            to_columns: list(row, 4),
            on_delete: match text(row, 5) {
                "c" => ReferentialAction::Cascade,
                "n" => ReferentialAction::SetNull,
                "d" => ReferentialAction::SetDefault,
                "r" => ReferentialAction::Restrict,
                _ => ReferentialAction::NoAction,
            },
        }),
        "c" => table.checks.push(Check {
            name: Some(name),
            implied_by: None,
            condition: definition
                .trim_start_matches("CHECK ")
                .trim_end_matches(" NOT VALID")
                .to_owned(),
        }),
        _ => table.exclusions.push(Exclusion {
            name,
            using: definition
                .split_whitespace()
                .nth(2)
                .unwrap_or("gist")
                .to_owned(),
            elements: vec![(definition.to_owned(), String::new())],
            condition: None,
            include: Vec::new(),
            deferrable,
        }),
    }
}

fn index(row: &[Option<String>]) -> Index {
    let method = text(row, 2);
    Index {
        unique: text(row, 1) == "true",
        using: (method != "btree").then(|| method.to_owned()),
        condition: row.get(3).cloned().flatten(),
        parts: list(row, 4).iter().map(|part| index_part(part)).collect(),
        include: list(row, 5),
        nulls_distinct: text(row, 6).contains("NULLS NOT DISTINCT").then_some(false),
        ..Index::new(text(row, 0), &[])
    }
}

fn index_part(part: &str) -> IndexPart {
    let mut values = part.split(WITHIN);
    let sql = values.next().unwrap_or_default();
    let is_expression = values.next() == Some("true");
    IndexPart {
        target: if is_expression {
            IndexTarget::Expression(sql.to_owned())
        } else {
            IndexTarget::Column(sql.trim_matches('"').replace("\"\"", "\""))
        },
        descending: values.next() == Some("1"),
        opclass: values
            .next()
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
    }
}

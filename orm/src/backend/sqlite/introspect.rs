//! SQLite's catalogue as tables: its pragmas tell columns, keys and indexes; names of constraints, checks and
//! generated expressions stand only in the text of `CREATE TABLE`, which is read here as far as that needs.

use super::types;
use crate::error::{Error, Result};
use crate::schema::{
    Check, Column, Default, ForeignKey, Generated, Index, IndexPart, IndexTarget, PrimaryKey,
    ReferentialAction, Table, Unique,
};
use crate::sql::Answer;
use crate::sql::ddl_standard::quoted;

/// The names of the views.
pub(super) const VIEWS: &str = "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name";

/// The names of the tables.
pub(super) const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

/// Columns, foreign keys, index columns, texts.
pub(super) fn queries(table: &str) -> Vec<String> {
    let table = quoted(table);
    vec![
        format!(
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo({table}) ORDER BY cid"
        ),
        format!(
            "SELECT id, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list({table}) ORDER BY id DESC, seq"
        ),
        format!(
            "SELECT l.name, l.\"unique\", l.origin, i.name, i.\"desc\", m.sql FROM pragma_index_list({table}) l \
             JOIN pragma_index_xinfo(l.name) i LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name \
             WHERE i.key = 1 ORDER BY l.seq DESC, i.seqno"
        ),
        format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = {table}"),
    ]
}

/// The table of the answers to these queries.
pub(super) fn read(name: &str, answers: &[Answer]) -> Result<Table> {
    let [columns, foreign_keys, indexes, texts] = answers else {
        return Err(Error::migration("the catalogue gave too few answers"));
    };
    let mut table = Table::new(name);
    let sql = texts
        .first()
        .and_then(|row| row.first())
        .and_then(Option::as_deref)
        .unwrap_or_default();
    let items = body(sql).map(split).unwrap_or_default();
    let mut key = Vec::new();
    for row in columns {
        let (column, position) = column(row, &items);
        if position != 0 {
            key.push((position, column.name.clone()));
        }
        table.columns.push(column);
    }
    key.sort();
    if !key.is_empty() {
        table.primary_key = Some(PrimaryKey {
            name: None,
            columns: key.into_iter().map(|(_, name)| name).collect(),
        });
    }
    read_foreign_keys(foreign_keys, &mut table);
    read_indexes(indexes, &items, &mut table);
    table.checks = items.iter().flat_map(|item| checks(item)).collect();
    Ok(table)
}

fn text(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn column(row: &[Option<String>], items: &[&str]) -> (Column, u32) {
    let name = text(row, 0);
    let own = items
        .iter()
        .find(|item| unquoted_start(item) == Some(name))
        .copied()
        .unwrap_or_default();
    let upper = own.to_ascii_uppercase();
    let mut column = Column::new(
        name,
        types::parse(text(row, 1).trim_end_matches(" GENERATED ALWAYS")),
    );
    column.null = text(row, 2) == "0";
    column.identity = upper.contains("AUTOINCREMENT");
    column.default = row.get(3).cloned().flatten().map(|sql| Default {
        sql,
        one_off: false,
    });
    if let hidden @ ("2" | "3") = text(row, 5) {
        let expression = upper
            .find("GENERATED ALWAYS AS")
            .and_then(|at| parenthesised(&own[at..]));
        column.generated = Some(Generated {
            expression: expression.unwrap_or_default().to_owned(),
            stored: hidden == "3",
        });
    }
    column.collation = upper.find(" COLLATE ").and_then(|at| {
        let words = own[at + " COLLATE ".len()..].split_whitespace();
        words
            .into_iter()
            .next()
            .map(|word| word.trim_matches('"').to_owned())
    });
    (column, text(row, 4).parse().unwrap_or(0))
}

fn read_foreign_keys(rows: &Answer, table: &mut Table) {
    let mut last = None;
    for row in rows {
        if last == Some(text(row, 0)) {
            if let Some(key) = table.foreign_keys.last_mut() {
                key.columns.push(text(row, 2).to_owned());
                key.to_columns.push(text(row, 3).to_owned());
            }
            continue;
        }
        last = Some(text(row, 0));
        table.foreign_keys.push(ForeignKey {
            name: None,
            columns: vec![text(row, 2).to_owned()],
            to_table: text(row, 1).to_owned(),
            to_columns: vec![text(row, 3).to_owned()],
            on_delete: ReferentialAction::parse(text(row, 4)),
        });
    }
}

fn read_indexes(rows: &Answer, items: &[&str], table: &mut Table) {
    let mut indexes: Vec<(String, Index)> = Vec::new();
    for row in rows {
        let name = text(row, 0);
        if indexes.last().is_none_or(|(_, last)| last.name != name) {
            let sql = text(row, 5);
            let mut index = Index::new(name, &[]);
            index.unique = text(row, 1) == "1";
            index.condition = top_level(sql, " WHERE ").map(str::to_owned);
            indexes.push((text(row, 2).to_owned(), index));
        }
        let Some((_, index)) = indexes.last_mut() else {
            continue;
        };
        let at = index.parts.len();
        index.parts.push(IndexPart {
            target: match row.get(3).cloned().flatten() {
                Some(column) => IndexTarget::Column(column),
                None => {
                    let parts = body(text(row, 5)).map(split).unwrap_or_default();
                    IndexTarget::Expression(
                        parts
                            .get(at)
                            .and_then(|part| parenthesised(part))
                            .unwrap_or_default()
                            .to_owned(),
                    )
                }
            },
            descending: text(row, 4) == "1",
            opclass: None,
        });
    }
    for (origin, index) in indexes {
        let columns: Vec<String> = index
            .parts
            .iter()
            .filter_map(|part| part.column().map(str::to_owned))
            .collect();
        match origin.as_str() {
            "c" => table.indexes.push(index),
            "u" => table.uniques.push(Unique {
                name: items.iter().find_map(|item| unique_name(item, &columns)),
                implied: false,
                columns,
                deferrable: None,
                nulls_distinct: None,
            }),
            _ => {}
        }
    }
}

/// The name of the constraint that makes these columns unique.
fn unique_name(item: &str, columns: &[String]) -> Option<String> {
    let (name, rest) = named(item)?;
    let listed = rest.strip_prefix("UNIQUE").and_then(parenthesised)?;
    let listed: Vec<&str> = listed
        .split(',')
        .map(|column| column.trim().trim_matches('"'))
        .collect();
    (listed == columns).then_some(name)
}

/// The checks of a line: one with a name, or those of a column.
fn checks(item: &str) -> Vec<Check> {
    let (name, rest, column) = match named(item) {
        Some((name, rest)) => (Some(name), rest, None),
        None => (None, item, unquoted_start(item)),
    };
    let mut out = Vec::new();
    let mut rest = rest;
    while let Some(at) = position(rest, "CHECK ") {
        rest = &rest[at + "CHECK ".len()..];
        if let Some(condition) = parenthesised(rest) {
            out.push(Check {
                name: name.clone(),
                implied_by: column.map(str::to_owned),
                condition: condition.to_owned(),
            });
            rest = &rest[condition.len()..];
        }
    }
    out
}

/// `CONSTRAINT "name" …`: the name, and what follows.
fn named(item: &str) -> Option<(String, &str)> {
    let rest = item.strip_prefix("CONSTRAINT ")?;
    let name = unquoted_start(rest)?;
    Some((name.to_owned(), rest[name.len() + 2..].trim_start()))
}

/// The quoted name that a text begins with.
fn unquoted_start(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.split('"').next()
}

/// What stands between the outermost parentheses.
fn body(sql: &str) -> Option<&str> {
    parenthesised(sql)
}

/// What stands between the first parenthesis and the one that closes it.
fn parenthesised(text: &str) -> Option<&str> {
    let mut start = None;
    let mut depth = 0;
    for (at, c) in outside_quotes(text) {
        match c {
            '(' => {
                depth += 1;
                start = start.or(Some(at + 1));
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(&text[start?..at]);
                }
            }
            _ => {}
        }
    }
    None
}

/// The parts between commas outside of parentheses.
fn split(body: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, c) in outside_quotes(body) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(body[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(body[start..].trim());
    parts
}

/// What follows a word outside of parentheses and quotes.
fn top_level<'a>(sql: &'a str, word: &str) -> Option<&'a str> {
    let at = position(sql, word)?;
    Some(sql[at + word.len()..].trim())
}

/// Where a word stands outside of parentheses and quotes.
fn position(sql: &str, word: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in outside_quotes(sql) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        let here = sql.get(at..at + word.len());
        if depth == 0 && here.is_some_and(|here| here.eq_ignore_ascii_case(word)) {
            return Some(at);
        }
    }
    None
}

/// The characters that stand outside of strings and quoted names, with their places.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    text.char_indices().filter(move |(_, c)| match quote {
        Some(open) => {
            if *c == open {
                quote = None;
            }
            false
        }
        None if matches!(c, '\'' | '"') => {
            quote = Some(*c);
            false
        }
        None => true,
    })
}

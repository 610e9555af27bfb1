//! SQLite's catalogue as tables: its pragmas tell columns, keys and indexes; names of constraints, checks and
//! generated expressions stand only in the text of `CREATE TABLE`, which is read here as far as that needs.

use super::types;
use crate::error::{Error, Result};
use crate::schema::{
    Check, Column, ColumnType, Default, ForeignKey, Generated, Index, IndexPart, IndexTarget,
    PrimaryKey, ReferentialAction, Table, Unique,
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
            "SELECT f.id, f.\"table\", f.\"from\", COALESCE(f.\"to\", (SELECT p.name FROM pragma_table_info(f.\"table\") p \
             WHERE p.pk = f.seq + 1)), f.on_delete FROM pragma_foreign_key_list({table}) f ORDER BY f.id DESC, f.seq"
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
    let sql = without_comments(sql);
    let items = body(&sql).map(split).unwrap_or_default();
    let mut key = Vec::new();
    for row in columns {
        let (column, position) = column(row, &items);
        if position != 0 {
            key.push((position, column.name.clone()));
        }
        table.columns.push(column);
    }
    key.sort();
    if let [(_, name)] = key.as_slice() {
        keep_apart_from_row_numbers(&mut table, name, columns);
    }
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

/// A key is the row's own number only where its type is the very word `integer`; any other word for one is another type.
fn keep_apart_from_row_numbers(table: &mut Table, key: &str, columns: &Answer) {
    let words = columns.iter().find(|row| text(row, 0) == key);
    let words = words.map_or("", |row| text(row, 1));
    let column = table.columns.iter_mut().find(|column| column.name == key);
    if let Some(column) = column
        && column.ty == ColumnType::Integer
        && !words.eq_ignore_ascii_case("integer")
    {
        column.ty = ColumnType::Other(words.to_owned());
    }
}

fn text(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn column(row: &[Option<String>], items: &[&str]) -> (Column, u32) {
    let name = text(row, 0);
    let own = items
        .iter()
        .find(|item| unquoted_start(item).is_some_and(|start| start.eq_ignore_ascii_case(name)))
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
            .map(|word| word.trim_matches(['"', '\'', '`', '[', ']']).to_owned())
            // The order by bytes is that of text without any.
            .filter(|word| !word.eq_ignore_ascii_case("binary"))
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
    let listed = without_word(rest, "UNIQUE").and_then(parenthesised)?;
    let mut listed = split(listed).into_iter().map(unquoted_start);
    let mut wanted = columns.iter();
    let is_same = loop {
        match (listed.next(), wanted.next()) {
            (None, None) => break true,
            (Some(Some(one)), Some(other)) if one.eq_ignore_ascii_case(other) => {}
            _ => break false,
        }
    };
    is_same.then_some(name)
}

/// The checks of a line: one with a name, or those of a column.
fn checks(item: &str) -> Vec<Check> {
    let (name, rest, column) = match named(item) {
        Some((name, rest)) => (Some(name), rest, None),
        None if without_word(item, "CHECK").is_some() => (None, item, None),
        None => (None, item, unquoted_start(item)),
    };
    let mut out = Vec::new();
    let mut rest = rest;
    while let Some(at) = word_position(rest, "CHECK") {
        rest = &rest[at + "CHECK".len()..];
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
    let rest = without_word(item, "CONSTRAINT")?;
    let name = unquoted_start(rest)?;
    let is_quoted = !rest.starts_with(name);
    let length = name.len() + if is_quoted { 2 } else { 0 };
    Some((name.to_owned(), rest[length..].trim_start()))
}

/// What follows a word that a text begins with.
fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    let rest = &text[word.len()..];
    let ends = !rest.starts_with(is_of_word);
    (start.eq_ignore_ascii_case(word) && ends).then(|| rest.trim_start())
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The name that a text begins with, quoted in any of the ways there are, or bare.
fn unquoted_start(text: &str) -> Option<&str> {
    let close = match text.chars().next()? {
        '"' => '"',
        '`' => '`',
        '[' => ']',
        '\'' => '\'',
        first if is_of_word(first) => {
            let end = text.find(|letter| !is_of_word(letter));
            return Some(&text[..end.unwrap_or(text.len())]);
        }
        _ => return None,
    };
    text[1..].split(close).next()
}

/// The text without the comments in it, which the catalogue keeps.
fn without_comments(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some((at, _)) = outside_quotes(rest).find(|(at, _)| {
        rest.get(*at..*at + 2)
            .is_some_and(|two| two == "--" || two == "/*")
    }) {
        out.push_str(&rest[..at]);
        out.push(' ');
        let end = if rest[at..].starts_with("--") {
            "\n"
        } else {
            "*/"
        };
        rest = match rest[at..].find(end) {
            Some(length) => &rest[at + length + end.len()..],
            None => "",
        };
    }
    out + rest
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

/// Where a word stands as a word, outside of parentheses and quotes.
fn word_position(sql: &str, word: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + position(&sql[from..], word)?;
        let before = sql[..at].chars().next_back();
        let after = sql[at + word.len()..].chars().next();
        if !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word) {
            return Some(at);
        }
        from = at + word.len();
    }
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
        None if matches!(c, '\'' | '"' | '`' | '[') => {
            quote = Some(if *c == '[' { ']' } else { *c });
            false
        }
        None => true,
    })
}

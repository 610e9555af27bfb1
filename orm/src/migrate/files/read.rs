//! Reads a migration file: TOML into JSON's values, then into types; every fault with its line.

use std::ops::Range;

use serde_json::{Map, Value as Json};
use toml_edit::{Document, Item, Table, TableLike, TomlError, Value};

use super::Migration;
use crate::error::{Error, Result};
use crate::meta::json::{Fault, Parsed, Step};

impl Migration {
    /// Reads a file; `file` is its name for messages.
    ///
    /// # Errors
    /// If it is not TOML, was written by a newer version, or holds anything that is not known: the message names file
    /// and line, and the nearest word.
    pub fn parse(file: &str, text: &str) -> Result<Migration> {
        let document = parse_document(file, text)?;
        let migration =
            table_to_json(document.as_table()).and_then(|value| Migration::from_json(&value));
        migration.map_err(|fault| locate(file, text, &document, &fault))
    }
}

/// The lines on which things of a file stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileLines {
    /// Of each operation.
    pub operations: Vec<usize>,
    /// Of each entry of `lint_allow`.
    pub lint_allow: Vec<usize>,
}

impl FileLines {
    /// Finds them in the text of a file; `file` is its name for messages.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn of(file: &str, text: &str) -> Result<FileLines> {
        let document = parse_document(file, text)?;
        let line = |span: Option<Range<usize>>| span.map_or(1, |span| line_of(text, &span));
        let operations = document
            .get("operations")
            .and_then(Item::as_array_of_tables);
        let allowed = document.get("lint_allow").and_then(Item::as_array);
        Ok(FileLines {
            operations: operations
                .into_iter()
                .flatten()
                .map(|table| line(table.span()))
                .collect(),
            lint_allow: allowed
                .into_iter()
                .flatten()
                .map(|value| line(value.span()))
                .collect(),
        })
    }
}

/// Parses TOML.
pub(super) fn parse_document<'a>(file: &str, text: &'a str) -> Result<Document<&'a str>> {
    Document::parse(text).map_err(|error: TomlError| {
        let line = error.span().map(|span| line_of(text, &span)).unwrap_or(1);
        Error::migration(format!("{file}:{line}: {}", error.message())).with_source(error)
    })
}

/// The error of a fault, with the file and the line that the fault's path leads to.
fn locate(file: &str, text: &str, document: &Document<&str>, fault: &Fault) -> Error {
    let mut span = None;
    let mut place = Place::Item(document.as_item());
    for step in fault.path() {
        match place.step(step) {
            Some((next, found)) => {
                span = found.or(span);
                place = next;
            }
            None => break,
        }
    }
    let line = span.map(|span| line_of(text, &span)).unwrap_or(1);
    Error::migration(format!("{file}:{line}: {fault}"))
}

/// Where a walk along a fault's path has come to.
#[derive(Clone, Copy)]
enum Place<'a> {
    Item(&'a Item),
    Value(&'a Value),
    Table(&'a Table),
}

impl<'a> Place<'a> {
    fn step(self, step: &Step) -> Option<(Place<'a>, Option<Range<usize>>)> {
        match step {
            Step::Key(key) => {
                let table: &'a dyn TableLike = match self {
                    Place::Item(item) => item.as_table_like()?,
                    Place::Value(value) => value.as_inline_table()?,
                    Place::Table(table) => table,
                };
                let (key, item) = table.get_key_value(key)?;
                Some((Place::Item(item), key.span().or_else(|| item.span())))
            }
            Step::Index(index) => match self {
                Place::Item(Item::ArrayOfTables(tables)) => {
                    let table = tables.get(*index)?;
                    Some((Place::Table(table), table.span()))
                }
                Place::Item(Item::Value(value)) | Place::Value(value) => {
                    let value = value.as_array()?.get(*index)?;
                    Some((Place::Value(value), value.span()))
                }
                _ => None,
            },
        }
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// The JSON value of a table.
pub(super) fn table_to_json(table: &dyn TableLike) -> Parsed<Json> {
    let mut map = Map::new();
    for (key, item) in table.iter() {
        let value = item_to_json(item).map_err(|fault| fault.at_key(key))?;
        map.insert(key.to_owned(), value);
    }
    Ok(Json::Object(map))
}

fn item_to_json(item: &Item) -> Parsed<Json> {
    match item {
        Item::None => Ok(Json::Null),
        Item::Value(value) => value_to_json(value),
        Item::Table(table) => table_to_json(table),
        Item::ArrayOfTables(tables) => list_to_json(tables.iter(), |table| table_to_json(table)),
    }
}

fn value_to_json(value: &Value) -> Parsed<Json> {
    match value {
        Value::String(text) => Ok(Json::from(text.value().as_str())),
        Value::Integer(number) => Ok(Json::from(*number.value())),
        Value::Float(number) if number.value().is_finite() => Ok(Json::from(*number.value())),
        Value::Float(number) => Err(Fault::new(format!(
            "{} is no number that can be kept",
            number.value()
        ))),
        Value::Boolean(value) => Ok(Json::from(*value.value())),
        Value::Datetime(time) => {
            let time = time.value();
            Err(Fault::new(format!("times are written as text: \"{time}\"")))
        }
        Value::Array(items) => list_to_json(items.iter(), value_to_json),
        Value::InlineTable(table) => table_to_json(table),
    }
}

fn list_to_json<T>(
    items: impl Iterator<Item = T>,
    convert: impl Fn(T) -> Parsed<Json>,
) -> Parsed<Json> {
    let converted = items
        .enumerate()
        .map(|(index, item)| convert(item).map_err(|fault| fault.at_index(index)));
    converted.collect::<Parsed<Vec<Json>>>().map(Json::Array)
}

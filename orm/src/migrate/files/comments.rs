//! Writes a migration over an older text of it, and keeps the comments of what is still there.
//!
//! Both texts are taken apart by `toml_edit`, which keeps comments as the decoration of what follows them; the old
//! decoration goes to the new keys, operations and lines that say the same. Operations are matched by what they say,
//! else by what they are about; lines of a list by the name in them.

use toml_edit::{Array, ArrayOfTables, Decor, DocumentMut, Item, RawString, Table, Value};

use super::Migration;
use super::read::{parse_document, table_to_json};
use crate::error::Result;

impl Migration {
    /// The text of the file, with the comments of an older text of it.
    ///
    /// # Errors
    /// If the older text is not TOML.
    pub fn rewrite(&self, file: &str, old: &str) -> Result<String> {
        let old = parse_document(file, old)?.into_mut();
        let printed = self.print();
        let mut new = parse_document(file, &printed)?.into_mut();
        keep_in_table(old.as_table(), new.as_table_mut());
        keep_trailing(&old, &mut new);
        Ok(new.to_string())
    }
}

fn keep_trailing(old: &DocumentMut, new: &mut DocumentMut) {
    if has_comment(Some(old.trailing())) {
        new.set_trailing(old.trailing().clone());
    }
}

fn keep_in_table(old: &Table, new: &mut Table) {
    for (key, old_item) in old.iter() {
        let Some((mut new_key, new_item)) = new.get_key_value_mut(key) else {
            continue;
        };
        if let Some(old_key) = old.key(key) {
            keep_decor(old_key.leaf_decor(), new_key.leaf_decor_mut());
        }
        match (old_item, new_item) {
            (Item::Value(old), Item::Value(new)) => {
                keep_decor(old.decor(), new.decor_mut());
                if let (Value::Array(old), Value::Array(new)) = (old, new) {
                    keep_in_array(old, new);
                }
            }
            (Item::ArrayOfTables(old), Item::ArrayOfTables(new)) => keep_in_tables(old, new),
            (Item::Table(old), Item::Table(new)) => keep_in_table(old, new),
            _ => {}
        }
    }
}

fn keep_in_tables(old: &ArrayOfTables, new: &mut ArrayOfTables) {
    let mut left: Vec<&Table> = old.iter().collect();
    let exact: Vec<Option<&Table>> = new
        .iter()
        .map(|table| take(&mut left, |old| same_json(old, table)))
        .collect();
    let matched: Vec<Option<&Table>> = exact
        .into_iter()
        .zip(new.iter())
        .map(|(found, table)| {
            found.or_else(|| take(&mut left, |old| subject(old) == subject(table)))
        })
        .collect();
    for (old, new) in matched.into_iter().zip(new.iter_mut()) {
        if let Some(old) = old {
            keep_decor(old.decor(), new.decor_mut());
            keep_in_table(old, new);
        }
    }
}

/// Takes the first that fits out of what is left.
fn take<'a>(left: &mut Vec<&'a Table>, fits: impl Fn(&Table) -> bool) -> Option<&'a Table> {
    left.iter()
        .position(|table| fits(table))
        .map(|at| left.remove(at))
}

fn same_json(a: &Table, b: &Table) -> bool {
    matches!((table_to_json(a), table_to_json(b)), (Ok(a), Ok(b)) if a == b)
}

/// What an operation is about: its word, its model and the name in it.
fn subject(table: &Table) -> [Option<&str>; 3] {
    let text = |key: &str| table.get(key).and_then(Item::as_str);
    let inner = ["field", "index", "constraint"]
        .iter()
        .find_map(|key| table.get(key)?.get("name")?.as_str());
    [
        text("op"),
        text("model"),
        text("name").or(text("old_name")).or(inner),
    ]
}

/// Comments of a list of one element a line: those above an element, and the one behind it, which TOML counts to
/// what follows.
fn keep_in_array(old: &Array, new: &mut Array) {
    let commented = |raw: Option<&RawString>| has_comment(raw);
    let any = old
        .iter()
        .any(|value| commented(value.decor().prefix()) || commented(value.decor().suffix()));
    if !any && !commented(Some(old.trailing())) {
        return;
    }
    let mut behind: Vec<String> = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for raw in old
        .iter()
        .map(|value| value.decor().prefix())
        .chain([Some(old.trailing())])
    {
        let raw = raw.and_then(RawString::as_str).unwrap_or_default();
        let (tail, lead) = raw.find('\n').map_or(("", raw), |at| raw.split_at(at));
        behind.push(tail.to_owned());
        above.push(lead.to_owned());
    }
    let old_names: Vec<String> = old.iter().map(name_of).collect();
    let mut carried = behind.first().cloned().unwrap_or_default();
    for value in new.iter_mut() {
        let at = old_names.iter().position(|name| *name == name_of(value));
        let lead = at.map_or("\n  ", |at| above[at].as_str());
        let prefix = format!("{carried}{lead}");
        value.decor_mut().set_prefix(prefix);
        if let Some(suffix) = at
            .and_then(|at| old.get(at))
            .and_then(|old| old.decor().suffix())
        {
            value.decor_mut().set_suffix(suffix.clone());
        }
        carried = at
            .and_then(|at| behind.get(at + 1))
            .cloned()
            .unwrap_or_default();
    }
    let end = above
        .last()
        .filter(|end| end.contains('\n'))
        .map_or("\n", String::as_str);
    new.set_trailing(format!("{carried}{end}"));
}

/// The name in an element, or the element itself.
fn name_of(value: &Value) -> String {
    let name = value
        .as_inline_table()
        .and_then(|table| table.get("name")?.as_str());
    name.map_or_else(
        || value.clone().decorated("", "").to_string(),
        str::to_owned,
    )
}

/// Takes the parts of a decoration that hold a comment.
fn keep_decor(old: &Decor, new: &mut Decor) {
    if let Some(prefix) = old.prefix().filter(|prefix| has_comment(Some(prefix))) {
        new.set_prefix(prefix.clone());
    }
    if let Some(suffix) = old.suffix().filter(|suffix| has_comment(Some(suffix))) {
        new.set_suffix(suffix.clone());
    }
}

fn has_comment(raw: Option<&RawString>) -> bool {
    raw.and_then(RawString::as_str)
        .is_some_and(|text| text.contains('#'))
}

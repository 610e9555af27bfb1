//! Writes a migration file in its one canonical form.
//!
//! Keys stand in the order of the reference; `fields`, `indexes` and `constraints` have one inline table a line; SQL of
//! several lines is a multi-line literal string; operations within operations are tables of their own at the end.

use serde_json::{Map, Value};
use toml_edit::Key;

use super::{FORMAT, Migration};

/// The lists that are written one element a line.
const ONE_A_LINE: [&str; 4] = ["fields", "indexes", "constraints", "lint_allow"];
/// The lists of operations within an operation.
const NESTED: [&str; 2] = ["database_operations", "state_operations"];

impl Migration {
    /// The text of the file.
    pub fn print(&self) -> String {
        let mut text = format!("format = {FORMAT}\n");
        if let Value::Object(head) = self.head_to_json().finish() {
            for (key, value) in &head {
                match value {
                    Value::Array(items) if ONE_A_LINE.contains(&key.as_str()) => {
                        lines(&mut text, key, items);
                    }
                    _ => entry(&mut text, key, value),
                }
            }
        }
        for operation in &self.operations {
            table(&mut text, "operations", &operation.to_json());
        }
        text
    }
}

/// An operation as a table of an array of tables.
fn table(text: &mut String, path: &str, operation: &Value) {
    let Value::Object(map) = operation else {
        unreachable!("an operation is written as an object");
    };
    *text += &format!("\n[[{path}]]\n");
    let is_nested = |key: &str| NESTED.contains(&key);
    for (key, value) in map.iter().filter(|(key, _)| !is_nested(key)) {
        match value {
            Value::Object(by_backend) if key == "sql" || key == "reverse_sql" => {
                for (backend, sql) in by_backend {
                    *text += &format!("{key}.{} = {}\n", bare_key(backend), string(sql));
                }
            }
            Value::String(_) if key == "sql" || key == "reverse_sql" => {
                *text += &format!("{key} = {}\n", string(value))
            }
            Value::Array(items) if ONE_A_LINE.contains(&key.as_str()) => lines(text, key, items),
            _ => entry(text, key, value),
        }
    }
    for (key, value) in map.iter().filter(|(key, _)| is_nested(key)) {
        let operations = value.as_array().map(Vec::as_slice).unwrap_or_default();
        operations
            .iter()
            .for_each(|inner| table(text, &format!("{path}.{key}"), inner));
    }
}

fn entry(text: &mut String, key: &str, value: &Value) {
    *text += &format!("{} = {}\n", bare_key(key), inline(value));
}

fn lines(text: &mut String, key: &str, items: &[Value]) {
    *text += &format!("{key} = [\n");
    for item in items {
        *text += &format!("  {},\n", inline(item));
    }
    *text += "]\n";
}

/// SQL: a literal string over several lines where it has several, else a string like any other.
fn string(value: &Value) -> String {
    let sql = value.as_str().unwrap_or_default();
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    let fits = sql.contains('\n')
        && !sql.contains("'''")
        && !sql.ends_with('\'')
        && sql.chars().all(is_plain);
    if fits {
        format!("'''\n{sql}'''")
    } else {
        inline(value)
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => unreachable!("a value with null in it is written as text"),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => format!("{:?}", number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => quoted(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(inline).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => format!("{{ {} }}", pairs(map)),
    }
}

fn pairs(map: &Map<String, Value>) -> String {
    let pair = |(key, value): (&String, &Value)| format!("{} = {}", bare_key(key), inline(value));
    map.iter().map(pair).collect::<Vec<_>>().join(", ")
}

fn bare_key(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare {
        key.to_owned()
    } else {
        Key::new(key).display_repr().into_owned()
    }
}

/// A basic string, with everything escaped that has to be.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\r' => quoted += "\\r",
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

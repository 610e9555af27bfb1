//! Migrations as `migrate diff` prints them.

use serde_json::{Map, Value, json};

use super::{Migration, MigrationKey};
use crate::migrate::operation::Operation;

/// Migrations as `migrate diff --format json` prints them.
pub fn migrations_to_json(migrations: &[Migration]) -> Value {
    json!({"migrations": migrations.iter().map(Migration::to_json).collect::<Vec<Value>>()})
}

impl Migration {
    /// The migration as JSON: a file's keys without `format`; dependencies and operations are there even if empty.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("app".to_owned(), Value::from(self.app.as_str()));
        map.insert("name".to_owned(), Value::from(self.name.as_str()));
        map.insert(
            "dependencies".to_owned(),
            self.dependencies
                .iter()
                .map(MigrationKey::to_json)
                .collect(),
        );
        if let Value::Object(head) = self.head_to_json().finish() {
            for (key, value) in head {
                map.entry(key).or_insert(value);
            }
        }
        map.insert(
            "operations".to_owned(),
            self.operations.iter().map(Operation::to_json).collect(),
        );
        Value::Object(map)
    }
}

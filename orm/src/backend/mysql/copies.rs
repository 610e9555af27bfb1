//! MySQL and MariaDB cannot copy a database, but they tell how each table is made. A snapshot keeps that as a script, so
//! that a copy takes one query and one run of the script.

use super::types::{identifier, quoted};
use crate::error::{Error, Result};
use crate::sql::{Answer, DatabaseCopies};

/// The table of a snapshot that holds its script, a row a statement; its comment says that it is whole.
const SCRIPT: &str = "nuages_snapshot";

/// Copies by `SHOW CREATE TABLE` and `INSERT … SELECT`.
#[derive(Debug)]
pub(super) struct Scripts;

impl DatabaseCopies for Scripts {
    fn create(&self, name: &str) -> String {
        format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    }

    fn drop(&self, name: &str) -> String {
        format!("DROP DATABASE IF EXISTS `{name}`")
    }

    fn names(&self, prefix: &str) -> String {
        format!(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, {}) = {}",
            prefix.len(),
            quoted(prefix)
        )
    }

    fn is_whole(&self, snapshot: &str) -> String {
        format!(
            "SELECT 1 FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = {} AND TABLE_NAME = '{SCRIPT}' AND TABLE_COMMENT = 'whole'",
            quoted(snapshot)
        )
    }

    fn seal(&self, snapshot: &str, script: &[String]) -> Vec<String> {
        let table = format!("`{snapshot}`.{SCRIPT}");
        let mut statements = vec![format!(
            "CREATE TABLE {table} (position INT PRIMARY KEY, statement LONGTEXT NOT NULL)"
        )];
        // Tables come in the order of their names, whatever they refer to.
        let around = |on| (!script.is_empty()).then(|| format!("SET FOREIGN_KEY_CHECKS = {on}"));
        let script = around(0)
            .into_iter()
            .chain(script.iter().cloned())
            .chain(around(1));
        for (position, statement) in script.enumerate() {
            statements.push(format!(
                "INSERT INTO {table} VALUES ({position}, {})",
                quoted(&statement)
            ));
        }
        statements.push(format!("ALTER TABLE {table} COMMENT = 'whole'"));
        statements
    }

    fn copy(&self, _snapshot: &str, to: &str) -> String {
        self.create(to)
    }

    fn script_query(&self, snapshot: &str) -> Option<String> {
        Some(format!(
            "SELECT statement FROM `{snapshot}`.{SCRIPT} ORDER BY position"
        ))
    }

    fn obstacles(&self) -> Option<&'static str> {
        Some(
            "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() \
             UNION ALL SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() \
             UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()",
        )
    }

    fn table_queries(&self, table: &str) -> Vec<String> {
        let name = identifier(table);
        vec![
            format!("SHOW CREATE TABLE {name}"),
            format!(
                "SELECT COLUMN_NAME FROM information_schema.COLUMNS \
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {} AND COALESCE(GENERATION_EXPRESSION, '') = '' \
                 ORDER BY ORDINAL_POSITION",
                quoted(table)
            ),
            format!("SELECT 1 FROM {name} LIMIT 1"),
        ]
    }

    fn table_script(&self, snapshot: &str, table: &str, answers: &[Answer]) -> Result<Vec<String>> {
        let [create, columns, rows] = answers else {
            return Err(Error::migration("a table is told by three answers"));
        };
        let create = create
            .first()
            .and_then(|row| row.get(1).cloned().flatten())
            .ok_or_else(|| {
                Error::migration(format!("the server does not tell how `{table}` is made"))
            })?;
        let mut script = vec![create];
        if !rows.is_empty() {
            let columns: Vec<String> = columns
                .iter()
                .filter_map(|row| row.first()?.as_deref())
                .map(identifier)
                .collect();
            let (columns, table) = (columns.join(", "), identifier(table));
            script.push(format!(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM `{snapshot}`.{table}"
            ));
        }
        Ok(script)
    }
}

//! Which language of structure a server speaks.

use std::sync::Arc;

use crate::backend::mysql::{Flavour, MysqlEditor};
use crate::backend::postgres::PostgresEditor;
use crate::backend::sqlite::SqliteEditor;
use crate::driver::Server;
use crate::error::{Error, Result, suggestion};
use crate::sql::{SchemaEditor, Version};

/// The databases by the words that files and flags have for them, with the version that is meant where no server
/// says its own.
const NAMED: [(&str, Version); 4] = [
    ("sqlite", Version::new(3, 46, 0)),
    ("postgres", Version::new(16, 0, 0)),
    ("mysql", Version::new(8, 4, 0)),
    ("mariadb", Version::new(11, 4, 0)),
];

/// The words that files and flags have for databases.
pub fn database_names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, _)| *name)
}

/// How a server is told about structure.
pub fn editor(server: &Server) -> Arc<dyn SchemaEditor> {
    let (major, minor, patch) = server.version;
    let version = Version::new(major, minor, patch);
    match server.product {
        "SQLite" => Arc::new(SqliteEditor::new(version)),
        "MySQL" => Arc::new(MysqlEditor::new(Flavour::Mysql(version))),
        "MariaDB" => Arc::new(MysqlEditor::new(Flavour::Mariadb(version))),
        _ => Arc::new(PostgresEditor::new(version)),
    }
}

/// How a database is told about structure that is named, not connected to: `postgres`, or `postgres:14.2` where
/// the version matters.
///
/// # Errors
/// If there is no database of this name, or the version is none.
pub fn editor_named(named: &str) -> Result<Arc<dyn SchemaEditor>> {
    let (name, version) = named
        .split_once(':')
        .map_or((named, None), |(name, version)| (name, Some(version)));
    let known = NAMED.iter().find(|(known, _)| *known == name);
    let Some((_, usual)) = known else {
        let hint = suggestion(name, database_names());
        return Err(Error::migration(format!(
            "no database is named `{name}`{hint}"
        )));
    };
    let version = match version {
        None => *usual,
        Some(text) => Version::parse(text).ok_or_else(|| {
            Error::migration(format!(
                "`{text}` is no version of {name}: say it as in `{name}:{usual}`"
            ))
        })?,
    };
    Ok(match name {
        "sqlite" => Arc::new(SqliteEditor::new(version)),
        "mysql" => Arc::new(MysqlEditor::new(Flavour::Mysql(version))),
        "mariadb" => Arc::new(MysqlEditor::new(Flavour::Mariadb(version))),
        _ => Arc::new(PostgresEditor::new(version)),
    })
}

//! Operations that say themselves what to do: SQL, Rust, extensions, and one thing for the database with another for
//! the state.

use super::Operation;

/// Runs SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSql {
    /// What to run.
    pub sql: SqlText,
    /// What takes it back: empty if nothing has to be done, none if nothing can be.
    pub reverse_sql: Option<SqlText>,
    /// What the SQL means for the state.
    pub state_operations: Vec<Operation>,
}

/// SQL, one for all databases or one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlText {
    /// The same everywhere.
    Same(String),
    /// By the name of the database; on one that is not named nothing runs.
    ByBackend(Vec<(String, String)>),
}

impl SqlText {
    /// The SQL for a database.
    pub fn for_backend(&self, backend: &str) -> Option<&str> {
        match self {
            SqlText::Same(sql) => Some(sql),
            SqlText::ByBackend(texts) => {
                let found = texts.iter().find(|(name, _)| name == backend);
                found.map(|(_, sql)| sql.as_str())
            }
        }
    }
}

/// Runs functions that the program has registered by these names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRust {
    /// The function for forwards.
    pub forward: String,
    /// The function for backwards: empty if nothing has to be done, none if nothing can be.
    pub reverse: Option<String>,
}

/// Does one thing to the database and another to the state.
#[derive(Debug, Clone, PartialEq)]
pub struct SeparateDatabaseAndState {
    /// What the database is to do.
    pub database_operations: Vec<Operation>,
    /// What it means for the state.
    pub state_operations: Vec<Operation>,
}

/// Installs an extension of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateExtension {
    /// The extension's name.
    pub name: String,
}

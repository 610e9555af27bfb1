//! How a database is copied whole: what a test's database is made by, instead of replaying a history.

use std::fmt;

use crate::error::Result;
use crate::sql::Answer;

/// What a copy of a database is.
#[derive(Debug, Clone, Copy)]
pub enum Copies {
    /// A database is a file.
    Files {
        /// The URL that such a file is written under: whole in itself whenever no transaction is open.
        url: &'static str,
    },
    /// A server has many databases.
    Databases(&'static dyn DatabaseCopies),
}

/// How a server makes databases and copies them. A *snapshot* is a database that others are copied from.
pub trait DatabaseCopies: fmt::Debug + Send + Sync {
    /// Makes an empty database.
    fn create(&self, name: &str) -> String;

    /// Drops a database, if it is there.
    fn drop(&self, name: &str) -> String;

    /// A query for the names of the databases that begin with a prefix (of letters and `_`).
    fn names(&self, prefix: &str) -> String;

    /// A query with a row where a snapshot is there and whole: its making may have been interrupted.
    fn is_whole(&self, snapshot: &str) -> String;

    /// Marks a snapshot as whole. `script` is what [`table_script`](DatabaseCopies::table_script) gave.
    fn seal(&self, snapshot: &str, script: &[String]) -> Vec<String>;

    /// Makes a database: a copy of the snapshot, or empty where a script is to fill it.
    fn copy(&self, snapshot: &str, to: &str) -> String;

    /// A query for the script that fills a copy, where the server cannot copy by itself. A script without a statement
    /// says that the snapshot holds what no script tells.
    fn script_query(&self, _snapshot: &str) -> Option<String> {
        None
    }

    /// A query in a snapshot with a row for each thing that no script copies; `None` where scripts are not needed.
    fn obstacles(&self) -> Option<&'static str> {
        None
    }

    /// The queries in a snapshot that tell how a table is made.
    fn table_queries(&self, _table: &str) -> Vec<String> {
        Vec::new()
    }

    /// The statements in a copy that make a table with its rows, by the answers to
    /// [`table_queries`](DatabaseCopies::table_queries).
    ///
    /// # Errors
    /// Where the server says something unheard of.
    fn table_script(
        &self,
        _snapshot: &str,
        _table: &str,
        _answers: &[Answer],
    ) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

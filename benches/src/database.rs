//! The databases that are measured on.

use std::path::Path;

use protocol::{Dialect, Mode};

use crate::Result;

/// A database, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    /// `sqlite`, `postgres`, `mariadb` or `mysql`.
    pub(crate) name: String,
    /// The server; of SQLite, nothing.
    pub(crate) url: String,
}

impl Database {
    /// Reads `sqlite`, or `mariadb=mysql://root@127.0.0.1:3306/name`.
    ///
    /// # Errors
    /// Where it is not of this form.
    pub(crate) fn parse(word: &str) -> Result<Self> {
        let (name, url) = word.split_once('=').unwrap_or((word, "sqlite:"));
        if Dialect::of(url).is_none()
            || !matches!(name, "sqlite" | "postgres" | "mariadb" | "mysql")
        {
            return Err(format!(
                "no database `{word}`: say sqlite, or postgres=URL, mariadb=URL, mysql=URL"
            )
            .into());
        }
        Ok(Database {
            name: name.to_owned(),
            url: url.to_owned(),
        })
    }

    /// Which SQL it takes.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect::of(&self.url).unwrap_or(Dialect::Sqlite)
    }

    /// The raw driver of it, which the others are compared with.
    pub(crate) fn raw(&self) -> &'static str {
        match self.dialect() {
            Dialect::Sqlite => "rusqlite",
            Dialect::Postgres => "tokio-postgres",
            Dialect::MySql => "mysql_async",
        }
    }

    /// Whether it is a server.
    pub(crate) fn is_server(&self) -> bool {
        self.dialect() != Dialect::Sqlite
    }

    /// The URL of another database of the server.
    pub(crate) fn with_name(&self, name: &str) -> String {
        let from = self.url.find("://").map_or(0, |at| at + 3);
        let host = self.url[from..].split('/').next().unwrap_or_default();
        format!("{}{host}/{name}", &self.url[..from])
    }

    /// Whether every process sees the rows of the others. An SQLite connection that is held has its own database, in
    /// memory; a pool of them has a file.
    pub(crate) fn is_shared(&self, mode: Mode) -> bool {
        self.dialect() != Dialect::Sqlite || mode == Mode::Pool
    }

    /// The URL for a peer; files are in this folder.
    pub(crate) fn url(&self, mode: Mode, folder: &Path) -> String {
        match (self.dialect(), mode) {
            (Dialect::Sqlite, Mode::Held) => "sqlite::memory:".to_owned(),
            (Dialect::Sqlite, Mode::Pool) => {
                format!("sqlite://{}", folder.join("bench.db").display())
            }
            _ => self.url.clone(),
        }
    }
}

//! The SQL of databases that are not there: an executor that knows a dialect and runs nothing.

use nuages::driver::{BoxFuture, Job, Server};
use nuages::prelude::*;
use nuages::sql::{Dialect, Version};
use nuages::{Error, Result, backend};

/// A database on paper.
pub struct Paper {
    server: Server,
    dialect: &'static dyn Dialect,
}

/// SQLite, PostgreSQL, MySQL and MariaDB, in this order.
pub fn databases() -> [Paper; 4] {
    let paper =
        |product, (major, minor, patch), dialect: fn(Version) -> &'static dyn Dialect| Paper {
            server: Server {
                product,
                version: (major, minor, patch),
            },
            dialect: dialect(Version::new(major, minor, patch)),
        };
    [
        paper("SQLite", (3, 46, 0), backend::sqlite::dialect),
        paper("PostgreSQL", (16, 0, 0), backend::postgres::dialect),
        paper("MySQL", (9, 0, 0), backend::mysql::mysql_dialect),
        paper("MariaDB", (10, 11, 0), backend::mysql::mariadb_dialect),
    ]
}

impl Executor for Paper {
    fn run<'a>(&'a self, _job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(async { Err(Error::query("nothing runs on paper")) })
    }

    fn begin(&self) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(async { Err(Error::query("nothing runs on paper")) })
    }

    fn batch<'a>(&'a self, _sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Err(Error::query("nothing runs on paper")) })
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }
}

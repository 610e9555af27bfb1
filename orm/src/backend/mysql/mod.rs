//! MySQL and MariaDB: one wire and nearly one language; where they differ, the [`Flavour`] says so.

mod activity;
mod copies;
mod ddl;
mod dialect;
#[cfg(feature = "mysql")]
mod driver;
mod features;
mod in_step;
mod introspect;
mod json;
mod lint;
mod list;
mod moment;
mod online;
mod types;

pub use ddl::MysqlEditor;
pub use dialect::{MysqlDialect, mariadb_dialect, mysql_dialect};
#[cfg(feature = "mysql")]
pub use driver::Mysql;

use crate::sql::Version;

/// Which of the two is meant, and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// MySQL.
    Mysql(Version),
    /// MariaDB.
    Mariadb(Version),
}

impl Flavour {
    /// Whether it has a type for UUIDs.
    pub fn has_uuid(self) -> bool {
        matches!(self, Flavour::Mariadb(version) if Version::new(10, 7, 0) <= version)
    }
}

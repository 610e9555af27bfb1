//! SQLite.

mod ddl;
mod dialect;
#[cfg(feature = "sqlite")]
mod driver;
mod features;
#[cfg(feature = "sqlite")]
mod functions;
mod in_step;
mod introspect;
mod json;
mod lint;
mod moment;
mod rebuild;
mod types;

pub use ddl::SqliteEditor;
pub use dialect::{SqliteDialect, dialect};
#[cfg(feature = "sqlite")]
pub use driver::Sqlite;

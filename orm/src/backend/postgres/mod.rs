//! PostgreSQL.

mod copies;
mod ddl;
mod dialect;
#[cfg(feature = "postgres")]
mod driver;
mod features;
mod introspect;
mod types;

pub use ddl::PostgresEditor;
pub use dialect::{PostgresDialect, dialect};
#[cfg(feature = "postgres")]
pub use driver::Postgres;

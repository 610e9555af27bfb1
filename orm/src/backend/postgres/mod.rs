//! PostgreSQL.

mod activity;
mod copies;
mod ddl;
mod dialect;
#[cfg(feature = "postgres")]
mod driver;
mod features;
mod impact;
mod in_step;
mod introspect;
mod lint;
mod online;
mod types;

pub use ddl::PostgresEditor;
pub use dialect::{PostgresDialect, dialect};
#[cfg(feature = "postgres")]
pub use driver::Postgres;

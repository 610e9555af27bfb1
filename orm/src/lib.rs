//! An async ORM and migration engine for PostgreSQL, SQLite, MySQL and MariaDB.

// What the macros write names the crate as its users do.
#[cfg(test)]
extern crate self as nuages;

#[doc(hidden)]
#[path = "expansion.rs"]
pub mod __derive;
pub mod ast;
pub mod backend;
pub mod db;
pub mod driver;
pub mod error;
pub mod fixture;
mod load;
pub mod meta;
pub mod migrate;
pub mod model;
pub mod prelude;
pub mod query;
pub mod queryset;
pub mod resolve;
pub mod schema;
pub mod sql;
pub mod testing;
pub mod value;
pub mod write;

pub use db::{Database, raw};
pub use driver::{Executor, Isolation, Transaction};
pub use error::{Error, ErrorKind, Result};
pub use meta::{FieldKind, FieldType, KeyType};
pub use nuages_derive::{Choices, Model, Projection, data_migration, migrations};
pub use query::Numeric;
pub use value::{RowCursor, Value};

/// What the README shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadMe;

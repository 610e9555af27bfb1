//! The works on SQLite.

use diesel::connection::DefaultLoadingMode as Streaming;
use diesel::sqlite::{Sqlite as Backend, SqliteConnection as Connection};

#[path = "works.rs"]
mod works;

pub use works::Diesel;

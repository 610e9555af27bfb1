//! The works on SQLite.

use diesel::connection::DefaultLoadingMode as Streaming;
use diesel::prelude::*;
use diesel::sqlite::{Sqlite as Backend, SqliteConnection as Connection};

use crate::models::{NewUser, users};

#[path = "works.rs"]
mod works;

pub use works::Diesel;

/// One statement of all rows.
fn bulk_insert(c: &mut Connection, rows: Vec<NewUser>) -> QueryResult<usize> {
    diesel::insert_into(users::table).values(rows).execute(c)
}

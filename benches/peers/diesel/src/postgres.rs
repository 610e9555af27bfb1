//! The works on PostgreSQL.

use diesel::pg::PgRowByRowLoadingMode as Streaming;
use diesel::pg::{Pg as Backend, PgConnection as Connection};
use diesel::prelude::*;

use crate::models::{NewUser, users};

#[path = "works.rs"]
mod works;

pub use works::Diesel;

/// COPY, as the documentation advises for many rows.
fn bulk_insert(c: &mut Connection, rows: Vec<NewUser>) -> QueryResult<usize> {
    diesel::copy_from(users::table)
        .from_insertable(rows)
        .execute(c)
}

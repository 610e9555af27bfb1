//! The works on PostgreSQL.

use diesel::pg::PgRowByRowLoadingMode as Streaming;
use diesel::pg::{Pg as Backend, PgConnection as Connection};

#[path = "works.rs"]
mod works;

pub use works::Diesel;

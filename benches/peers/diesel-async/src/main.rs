//! diesel-async. Its types differ from database to database, so the same works stand once for each.

#[path = "../../diesel/src/models.rs"]
mod models;
mod mysql;
mod postgres;
mod sqlite;

use protocol::Dialect;

fn main() {
    let url = std::env::args().nth(1).unwrap_or_default();
    match Dialect::of(&url) {
        Some(Dialect::Postgres) => protocol::main::<postgres::DieselAsync>(),
        Some(Dialect::MySql) => protocol::main::<mysql::DieselAsync>(),
        _ => protocol::main::<sqlite::DieselAsync>(),
    }
}

//! Writes: what reaches the database, what comes back, and how many statements that takes.

mod bulk;
mod composite;
mod delete;
mod keys;
mod kinds;
mod models;
mod record;
mod relation;
mod statements;
mod upsert;

use nuages_tests::Area;

pub(crate) fn areas() -> [Area; 9] {
    [
        record::area(),
        bulk::area(),
        composite::area(),
        upsert::area(),
        delete::area(),
        keys::area(),
        kinds::area(),
        relation::area(),
        statements::area(),
    ]
}

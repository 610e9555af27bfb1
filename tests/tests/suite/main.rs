//! What Nuages does, written once and run on every database that is here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::too_many_lines,
    reason = "cases, which clippy cannot know for tests: what must not fail is unwrapped, and a subject is one list of expectations"
)]

mod account;
mod connection;
mod historical;
mod isolation;
mod language;
mod lease;
mod migrate;
mod query;
mod speed;
mod testing;
mod transaction;
mod write;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(ended) = migrate::program() {
        return ended;
    }
    let mut areas = vec![
        lease::area(),
        connection::area(),
        transaction::area(),
        isolation::area(),
        language::area(),
        migrate::area(),
        query::area(),
        historical::area(),
        testing::area(),
        speed::area(),
    ];
    areas.extend(write::areas());
    nuages_tests::run(&areas)
}

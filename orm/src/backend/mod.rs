//! One folder for each vendor: everything that is true of one database only.

pub mod mysql;
pub mod postgres;
pub mod sqlite;

#[cfg(test)]
#[expect(
    clippy::too_many_lines,
    reason = "a test names what it tests, and most of its lines are SQL"
)]
mod tests;

//! The shared parts of the test suite: cases written once and run on every database.
//!
//! An area of the suite is a file with cases and a list of them:
//!
//! ```text
//! pub(crate) fn area() -> Area {
//!     Area::new("atomic", cases![an_error_rolls_back, a_savepoint_rolls_back.on(&BLOG)])
//! }
//!
//! async fn an_error_rolls_back(given: Given) -> Outcome {
//!     given.db.batch("INSERT INTO …").await?;
//!     Ok(())
//! }
//! ```
//!
//! [`run`] makes a trial of each case on each database: `postgres::atomic::an_error_rolls_back`. Each trial leases a
//! database (`lease`), has a runtime and a pool of connections of its own, and may take [`PATIENCE`] at most.

pub mod blog;
mod case;
pub mod club;
mod lease;
pub mod models;
mod product;
mod sql;
mod suite;

pub use case::{Area, Case, Given, Outcome, Tables};
pub use product::{Product, Server};
pub use sql::{drop_everything, strings};
pub use suite::{PATIENCE, run};

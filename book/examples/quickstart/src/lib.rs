//! Nuages on real input: the packages that a workspace is built of, read from Cargo, in a database.
//!
//! [`models`] is what is stored, [`cargo`] reads it, [`load`] writes it in bulk, [`questions`] asks about it, and
//! [`listing`] makes one listing in four ways, to count their queries. The program around them is in `main.rs`.

pub mod cargo;
pub mod listing;
pub mod load;
pub mod models;
pub mod questions;

nuages::migrations!("migrations");

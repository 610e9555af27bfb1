//! What the runner of the benchmarks and its peers share: their messages, the data, and how an iteration is measured.
//!
//! A peer is a process. It connects as its command line says, then reads a [`Command`] a line from standard input and
//! writes an [`Answer`] a line to standard output. It measures nothing on its own account: `Bench` does, for all alike.

mod data;
mod digest;
mod message;

#[cfg(feature = "peer")]
mod allocation;
#[cfg(feature = "peer")]
mod bench;
#[cfg(feature = "peer")]
mod mixed;
#[cfg(feature = "peer")]
mod serve;
#[cfg(all(feature = "peer", feature = "sqlite"))]
mod sqlite;

pub use data::{Dialect, KEYS, LIST, USERS, clear, key, keys, load, name, schema};
pub use digest::{Hash, comment, many, post, tag, user};
pub use message::{Answer, Command, Measured, Mode, Run};

#[cfg(feature = "peer")]
pub use bench::Bench;
#[cfg(feature = "peer")]
pub use mixed::{Mixed, Operation};
#[cfg(feature = "peer")]
pub use serve::{Error, Options, Peer, Result, main};

/// Connections of every pool.
pub const POOL: usize = 10;

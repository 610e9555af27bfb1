//! The messages between the runner and a peer: a line of JSON each.

use serde::{Deserialize, Serialize};

/// What the runner asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Runs these statements, one after the other.
    Setup(Vec<String>),
    /// Measures a work.
    Run(Run),
    /// Asks a raw driver for the version of its database.
    Server,
}

/// What the peer says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// It is connected, or has done the setup.
    Ready,
    /// The work was measured.
    Measured(Measured),
    /// The peer has no such work: its library cannot do it.
    Absent,
    /// The version of the database.
    Server(Option<String>),
    /// It failed, in words.
    Failed(String),
}

/// Whether a peer uses one connection that it keeps, or takes one from its pool each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One connection, kept.
    Held,
    /// Through the pool.
    Pool,
}

/// A work to measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Its name.
    pub work: String,
    /// How many rows it is about.
    pub size: u64,
    /// Samples to take; none only asks for the answer and the counts.
    pub samples: u64,
    /// Iterations of each sample.
    pub iterations: u64,
}

/// What was measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Microseconds of an iteration, for each sample; of `mixed`, of each operation.
    pub us: Vec<f64>,
    /// Microseconds that all of it took.
    pub elapsed_us: f64,
    /// What the first iteration answered, the same for every peer.
    pub digest: u64,
    /// Calls of the allocator in one iteration, where the process counts.
    pub allocations: u64,
    /// Statements of one iteration, where the process counts and the database is SQLite.
    pub queries: u64,
    /// The most memory that the process has had while it ran, beyond what it had before, in bytes.
    pub peak_bytes: u64,
}

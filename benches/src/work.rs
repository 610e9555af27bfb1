//! The works, with their sizes, and how long each is measured.

use std::time::Duration;

use protocol::Dialect;

/// A work of a size.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    /// Its name.
    pub(crate) name: &'static str,
    /// The rows that it is about.
    pub(crate) size: u64,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Turns that each peer has.
    pub(crate) rounds: u32,
    /// Turns where rows must be made anew for each, which takes longer than what is measured.
    pub(crate) writing_rounds: u32,
    /// About how long a turn lasts.
    pub(crate) turn: Duration,
}

/// About how long a sample lasts: long enough that reading the clock is nothing.
pub(crate) const SAMPLE: Duration = Duration::from_millis(1);
/// Operations of each task of `mixed`, in a sample.
pub(crate) const OPERATIONS: u64 = 20;

impl Effort {
    /// For a quick run, or a thorough one.
    pub(crate) fn new(quick: bool) -> Self {
        if quick {
            Effort {
                rounds: 4,
                writing_rounds: 2,
                turn: Duration::from_millis(12),
            }
        } else {
            Effort {
                rounds: 10,
                writing_rounds: 10,
                turn: Duration::from_millis(150),
            }
        }
    }
}

impl Work {
    /// Whether it leaves the tables other than it found them.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.name, "insert" | "update" | "bulk_insert" | "mixed")
    }

    /// All works on a database: those of diesel_bench at its sizes, and ours.
    pub(crate) fn all(dialect: Dialect, quick: bool) -> Vec<Work> {
        let queries: &[u64] = if quick {
            &[1, 100, 10_000]
        } else {
            &[1, 10, 100, 1_000, 10_000]
        };
        let inserts: &[u64] = if quick {
            &[1, 100]
        } else {
            &[1, 10, 25, 50, 100]
        };
        // diesel_bench has nine users here, since SQLite once took 999 parameters.
        let associations: u64 = if dialect == Dialect::Sqlite { 9 } else { 100 };
        let streamed: u64 = if quick { 50_000 } else { 1_000_000 };
        let works: [(&'static str, &[u64]); 15] = [
            ("trivial", queries),
            ("medium", queries),
            ("associations", &[associations]),
            ("insert", inserts),
            ("get", &[1]),
            ("update", &[1]),
            ("in_list", &[protocol::LIST]),
            ("eager_tree", &[100]),
            ("eager_m2m", &[1_000]),
            ("naive", &[100]),
            ("load", &[100]),
            ("aggregate", &[100]),
            ("bulk_insert", &[10_000]),
            ("stream", &[streamed]),
            ("mixed", &[64]),
        ];
        let mut all: Vec<Work> = works
            .iter()
            .flat_map(|(name, sizes)| sizes.iter().map(|size| Work { name, size: *size }))
            .collect();
        all.push(Work {
            name: "build_query",
            size: 1,
        });
        all
    }
}

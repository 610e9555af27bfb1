//! The loop around a work: what it answers the first time, what it allocates the second, how long it takes from then on.

use std::time::Instant;

use crate::{Measured, Run, allocation};

/// Drives a loop, in which the peer does the work as it would anywhere else:
///
/// ```ignore
/// let mut bench = Bench::new(run);
/// while let Some(n) = bench.next() {
///     let users = /* the n-th time */;
///     bench.answer(|| /* the digest of the users */);
/// }
/// Ok(bench.done())
/// ```
#[derive(Debug)]
pub struct Bench {
    n: u64,
    left: u64,
    counts: bool,
    samples: u64,
    iterations: u64,
    started: Instant,
    began: Instant,
    before: (u64, u64),
    resident: u64,
    measured: Measured,
}

impl Bench {
    /// For a run.
    #[must_use]
    pub fn new(run: &Run) -> Self {
        forget_peak();
        Bench {
            n: 0,
            left: 0,
            counts: run.samples == 0,
            samples: run.samples,
            iterations: run.iterations.max(1),
            started: Instant::now(),
            began: Instant::now(),
            before: (0, 0),
            resident: memory("VmRSS:"),
            measured: Measured::default(),
        }
    }

    /// The number of the next iteration, from 0; none where enough was measured.
    #[expect(
        clippy::should_implement_trait,
        reason = "the loop borrows it in its body"
    )]
    pub fn next(&mut self) -> Option<u64> {
        if self.left == 0 && !self.turn() {
            return None;
        }
        self.left -= 1;
        let n = self.n;
        self.n += 1;
        Some(n)
    }

    /// The border between two samples. The first iteration stands alone, for the answer; where no samples are asked for,
    /// a second one for the counts.
    fn turn(&mut self) -> bool {
        let now = Instant::now();
        match (self.n, self.counts) {
            (0, _) => {}
            (1, true) => self.before = counts(),
            (1, false) => self.started = now,
            (2, true) => {
                let (allocations, queries) = counts();
                self.measured.allocations = allocations - self.before.0;
                self.measured.queries = queries - self.before.1;
            }
            _ => {
                let us = (now - self.began).as_secs_f64() * 1e6 / self.iterations as f64;
                self.measured.us.push(us);
            }
        }
        self.left = match (self.n, self.counts) {
            (0, _) | (1, true) => 1,
            _ if self.samples == 0 => {
                self.measured.elapsed_us = (now - self.started).as_secs_f64() * 1e6;
                return false;
            }
            _ => {
                self.samples -= 1;
                self.iterations
            }
        };
        self.began = Instant::now();
        true
    }

    /// Whether this is the first iteration, whose answer is compared.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.n == 1
    }

    /// Tells the answer of the first iteration; of the others, nothing is asked.
    pub fn answer(&mut self, digest: impl FnOnce() -> u64) {
        if self.is_first() {
            self.measured.digest = digest();
        }
    }

    /// What was measured.
    #[must_use]
    pub fn done(self) -> Measured {
        Measured {
            peak_bytes: memory("VmHWM:").saturating_sub(self.resident),
            ..self.measured
        }
    }
}

/// Allocations and statements so far.
fn counts() -> (u64, u64) {
    #[cfg(feature = "sqlite")]
    let statements = crate::sqlite::statements();
    #[cfg(not(feature = "sqlite"))]
    let statements = 0;
    (allocation::calls(), statements)
}

/// Lets the peak of this process's memory begin anew, where Linux does that.
fn forget_peak() {
    // Where it cannot be, the peak is that of all the process's life, which is more and not less.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// What Linux tells of this process's memory under a name, in bytes; elsewhere 0.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|kib| kib.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

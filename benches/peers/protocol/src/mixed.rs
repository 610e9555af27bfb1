//! Many tasks at once on one pool, with reads and writes mixed.

use std::time::{Duration, Instant};

use crate::{Bench, KEYS, Measured, Result, Run, USERS};

/// What one task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Reads a user by its key.
    Get(i64),
    /// Reads the ten users from this key on, in the order of their keys.
    Page(i64),
    /// Sets the hair colour of a user to `brown`.
    Update(i64),
}

/// The operations of one task: seven in ten read one user, one in ten a page, two in ten write.
#[derive(Debug)]
pub struct Mixed {
    seed: u64,
    left: u64,
    latencies: Vec<f64>,
    digest: u64,
}

impl Mixed {
    /// The `task`th task, with so many operations.
    fn new(task: u64, operations: u64) -> Self {
        Mixed {
            seed: task.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            left: operations,
            latencies: Vec::with_capacity(operations as usize),
            digest: 0,
        }
    }

    fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    /// The next operation, until there are enough.
    pub fn operation(&mut self) -> Option<Operation> {
        self.left = self.left.checked_sub(1)?;
        let kind = self.random() % 10;
        let key = (self.random() % (USERS - KEYS) + 1) as i64;
        Some(match kind {
            0 | 1 => Operation::Update(key),
            2 => Operation::Page(key),
            _ => Operation::Get(key),
        })
    }

    /// Notes how long an operation took, and the digest of the rows that it read.
    pub fn took(&mut self, since: Instant, digest: u64) {
        self.latencies.push(since.elapsed().as_secs_f64() * 1e6);
        self.digest = self.digest.wrapping_add(digest);
    }

    /// Runs as many tasks as the run's size says, made by `spawn`; `run.iterations` are the operations of each.
    ///
    /// # Errors
    /// What a task failed with.
    pub async fn run<F>(run: &Run, mut spawn: impl FnMut(Mixed) -> F) -> Result<Measured>
    where
        F: Future<Output = Result<Mixed>> + Send + 'static,
    {
        let mut bench = Bench::new(&Run {
            samples: 0,
            ..run.clone()
        });
        // The answer and the counts are those of a few operations of one task, alone.
        while bench.next().is_some() {
            let digest = spawn(Mixed::new(1, 20)).await?.digest;
            bench.answer(|| digest);
        }
        let mut measured = bench.done();
        for _ in 0..run.samples {
            let started = Instant::now();
            let tasks: Vec<_> = (0..run.size)
                .map(|task| tokio::spawn(spawn(Mixed::new(task + 1, run.iterations))))
                .collect();
            for task in tasks {
                measured.us.extend(task.await??.latencies);
            }
            measured.elapsed_us += started.elapsed().as_secs_f64() * 1e6;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(measured)
    }
}

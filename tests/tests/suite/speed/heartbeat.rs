//! SQLite's statements run where they hold up nobody: another task's heart goes on beating.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nuages::prelude::*;
use nuages_tests::{Case, Given, Outcome, cases};
use tokio::runtime::{Builder, Runtime};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_heart_beats_under_slow_queries.once(),
        a_heart_beats_under_quick_queries_without_end.once(),
        a_heart_beats_under_a_query_that_was_quick_before.once(),
    ]
}

/// Long enough for hundreds of beats on any machine.
const SLOW: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT COUNT(*) FROM n";

/// How often a task's heart beat while another worked.
fn beats<W>(runtime: &Runtime, url: &str, work: impl FnOnce(Database) -> W) -> nuages::Result<usize>
where
    W: Future<Output = nuages::Result<()>> + Send + 'static,
{
    runtime.block_on(async {
        let db = Database::connect(url).await?;
        raw("SELECT 1").rows(&db).await?;
        let beats = Arc::new(AtomicUsize::new(0));
        let heart = tokio::spawn({
            let beats = Arc::clone(&beats);
            async move {
                let mut interval = tokio::time::interval(Duration::from_millis(1));
                loop {
                    interval.tick().await;
                    beats.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        tokio::spawn(work(db)).await.expect("the task ends")?;
        heart.abort();
        Ok(beats.load(Ordering::Relaxed))
    })
}

/// A runtime of one worker, so that whoever holds that holds up all, and one without workers.
fn runtimes() -> std::io::Result<[Runtime; 2]> {
    let mut several = Builder::new_multi_thread();
    Ok([
        several.worker_threads(1).enable_all().build()?,
        Builder::new_current_thread().enable_all().build()?,
    ])
}

async fn a_heart_beats_under_slow_queries(given: Given) -> Outcome {
    tokio::task::spawn_blocking(move || {
        for runtime in runtimes()? {
            let beats = beats(&runtime, &given.url, |db| async move {
                for _ in 0..3 {
                    raw(SLOW).rows(&db).await?;
                }
                Ok(())
            })?;
            // A query that held the heart up would leave it a beat or two for each.
            assert!(30 <= beats, "{beats} beats");
        }
        Ok(())
    })
    .await?
}

async fn a_heart_beats_under_quick_queries_without_end(given: Given) -> Outcome {
    tokio::task::spawn_blocking(move || {
        for runtime in runtimes()? {
            let beats = beats(&runtime, &given.url, |db| async move {
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(300) {
                    raw("SELECT 1").rows(&db).await?;
                }
                Ok(())
            })?;
            assert!(30 <= beats, "{beats} beats");
        }
        Ok(())
    })
    .await?
}

async fn a_heart_beats_under_a_query_that_was_quick_before(given: Given) -> Outcome {
    // So many numbers, read one by one or only counted.
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n";
    let count = format!("SELECT COUNT(*) FROM ({numbers})");
    tokio::task::spawn_blocking(move || {
        for (runtime, sql) in runtimes()?.into_iter().zip([numbers.to_owned(), count]) {
            let beats = beats(&runtime, &given.url, |db| async move {
                for count in [1_i64, 1, 1_000_000, 1, 1_000_000] {
                    raw(&sql).bind(count).rows(&db).await?;
                }
                Ok(())
            })?;
            assert!(30 <= beats, "{beats} beats");
        }
        Ok(())
    })
    .await?
}

//! SQLite's statements run where they hold up nobody: another task's heart goes on beating.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nuages::prelude::*;
use nuages_tests::{Case, Given, Outcome, cases};
use tokio::runtime::{Builder, Runtime};

pub(super) fn cases() -> Vec<Case> {
    cases![a_heart_beats_under_slow_queries.once()]
}

/// Long enough for hundreds of beats on any machine.
const SLOW: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT COUNT(*) FROM n";

/// How often a task's heart beat while slow queries ran in another.
fn beats(runtime: &Runtime, url: &str) -> nuages::Result<usize> {
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
        let working = tokio::spawn(async move {
            for _ in 0..3 {
                raw(SLOW).rows(&db).await?;
            }
            Ok::<_, nuages::Error>(())
        });
        working.await.expect("the task ends")?;
        heart.abort();
        Ok(beats.load(Ordering::Relaxed))
    })
}

async fn a_heart_beats_under_slow_queries(given: Given) -> Outcome {
    tokio::task::spawn_blocking(move || {
        let several = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let one = Builder::new_current_thread().enable_all().build()?;
        for runtime in [several, one] {
            let beats = beats(&runtime, &given.url)?;
            // A query that held the heart up would leave it a beat or two for each.
            assert!(30 <= beats, "{beats} beats");
        }
        Ok(())
    })
    .await?
}

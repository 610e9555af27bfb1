//! Transactions beside each other, and after what went wrong: levels, locks, deadlocks, errors, dropped futures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nuages::driver::{Executor, Isolation, Transaction};
use nuages::{Database, raw};
use nuages_tests::{Area, Given, Outcome, Product, Tables, cases};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

static NOTE: Tables = Tables {
    name: "isolation::NOTE",
    create: create_note,
};

pub(crate) fn area() -> Area {
    Area::new(
        "isolation",
        cases![
            an_error_outside_of_an_inner_block.on(&NOTE),
            a_repeatable_read_sees_one_moment.on(&NOTE),
            isolation_levels_begin.on(&NOTE),
            a_deadlock_ends_one_of_two.on(&NOTE),
            futures_dropped_at_any_point_leave_nothing_behind.on(&NOTE),
            a_dropped_transaction_frees_its_locks_at_once.on(&NOTE),
            round_trips_are_counted.on(&NOTE),
        ],
    )
}

fn create_note(db: Database) -> BoxFuture<'static, Outcome> {
    Box::pin(async move {
        let table =
            "CREATE TABLE note (name VARCHAR(100) PRIMARY KEY, size INTEGER DEFAULT 0 NOT NULL)";
        Ok(db.batch(table).await?)
    })
}

async fn add(executor: &dyn Executor, name: &str) -> nuages::Result<u64> {
    let insert = raw("INSERT INTO note (name) VALUES ({})").bind(name);
    insert.execute(executor).await
}

async fn count(executor: &dyn Executor, pattern: &str) -> nuages::Result<i64> {
    let counts = raw("SELECT count(*) FROM note WHERE name LIKE {}").bind(pattern);
    let counts = counts.read(executor, |row| row.int(0)).await?;
    Ok(counts[0].unwrap_or_default())
}

/// All that was taken from the pool is back, once the rollbacks that were left to tasks are done.
async fn assert_all_returned(db: &Database) {
    for _ in 0..200 {
        let status = db.status();
        if status.available == status.size {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("connections are missing: {:?}", db.status());
}

async fn an_error_outside_of_an_inner_block(given: Given) -> Outcome {
    let db = given.db;
    let ended = db
        .atomic(async |tx| {
            add(tx, "a").await?;
            assert!(add(tx, "a").await.unwrap_err().is_unique_violation());
            match (given.product, add(tx, "b").await) {
                (Product::Postgres, Err(error)) => {
                    let text = error.to_string();
                    assert!(text.contains("nested `tx.atomic(async |tx| …)`"), "{text}");
                }
                (Product::Postgres, Ok(_)) => panic!("PostgreSQL takes no statement here"),
                (_, added) => assert_eq!(added?, 1),
            }
            Ok(())
        })
        .await;
    let kept = count(&db, "%").await?;
    match given.product {
        // It would answer COMMIT by a quiet ROLLBACK.
        Product::Postgres => assert!(ended.is_err() && kept == 0),
        _ => assert!(ended.is_ok() && kept == 2),
    }
    Ok(())
}

async fn a_repeatable_read_sees_one_moment(given: Given) -> Outcome {
    let db = given.db;
    let reads = db
        .transaction()
        .isolation(Isolation::RepeatableRead)
        .read_only();
    let tx = reads.begin().await?;
    assert_eq!(count(&tx, "%").await?, 0);
    add(&db, "a").await?;
    assert_eq!(count(&tx, "%").await?, 0);
    tx.commit().await?;
    assert_eq!(count(&db, "%").await?, 1);
    Ok(())
}

async fn isolation_levels_begin(given: Given) -> Outcome {
    let levels = [
        Isolation::ReadUncommitted,
        Isolation::ReadCommitted,
        Isolation::RepeatableRead,
        Isolation::Serializable,
    ];
    for (level, name) in levels.into_iter().zip(["a", "b", "c", "d"]) {
        let transaction = given.db.transaction().isolation(level);
        transaction.atomic(async |tx| add(tx, name).await).await?;
    }
    assert_eq!(count(&given.db, "%").await?, 4);
    Ok(())
}

async fn a_deadlock_ends_one_of_two(given: Given) -> Outcome {
    let db = given.db;
    if given.product == Product::Sqlite {
        return Ok(()); // One writer at a time: there can be none.
    }
    add(&db, "a").await?;
    add(&db, "b").await?;
    let grow = async |tx: &Transaction, name: &str| {
        let update = raw("UPDATE note SET size = size + 1 WHERE name = {}").bind(name);
        update.execute(tx).await
    };
    let (one, two) = (db.begin().await?, db.begin().await?);
    grow(&one, "a").await?;
    grow(&two, "b").await?;
    let (first, second) = tokio::join!(grow(&one, "b"), grow(&two, "a"));
    let (loser, winner, error) = match (first, second) {
        (Err(error), Ok(_)) => (one, two, error),
        (Ok(_), Err(error)) => (two, one, error),
        other => panic!("one of the two must lose: {other:?}"),
    };
    assert!(error.is_serialization_failure(), "{error}");
    let text = add(&loser, "c").await.unwrap_err().to_string();
    assert!(text.contains("run it again from its beginning"), "{text}");
    assert!(loser.commit().await.is_err());
    winner.commit().await?;
    assert_all_returned(&db).await;
    Ok(())
}

/// Twins: both notes or none, and never the one in between.
async fn twins(db: &Database, name: String) -> nuages::Result<()> {
    db.atomic(async |tx| {
        add(tx, &name).await?;
        let undone = tx.atomic(async |tx| {
            add(tx, &format!("{name} inner")).await?;
            add(tx, &name).await
        });
        assert!(undone.await.is_err());
        tokio::time::sleep(Duration::from_micros(100)).await;
        add(tx, &format!("{name} twin")).await?;
        Ok(())
    })
    .await
}

async fn futures_dropped_at_any_point_leave_nothing_behind(given: Given) -> Outcome {
    let db = Database::builder(&given.url).pool_size(4).connect().await?;
    let whole = Arc::new(AtomicUsize::new(0));
    let dropped = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..6_u64)
        .map(|task| {
            let (db, whole, dropped) = (db.clone(), whole.clone(), dropped.clone());
            tokio::spawn(async move {
                let mut random = SmallRng::seed_from_u64(task);
                for number in 0..40 {
                    let patience = Duration::from_micros(random.random_range(0..6000));
                    let work = twins(&db, format!("{task}-{number}"));
                    let counter = match tokio::time::timeout(patience, work).await {
                        Ok(ended) => ended.map(|()| &whole),
                        Err(_) => Ok(&dropped),
                    };
                    counter.unwrap().fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    assert_all_returned(&db).await;
    let twins = count(&db, "% twin").await?;
    assert_eq!(count(&db, "% inner").await?, 0);
    assert_eq!(count(&db, "%").await?, 2 * twins);
    // A COMMIT may have reached the server although nobody waited for its answer.
    assert!(i64::try_from(whole.load(Ordering::Relaxed))? <= twins);
    assert!(0 < dropped.load(Ordering::Relaxed), "nothing was dropped");
    db.atomic(async |tx| add(tx, "afterwards").await).await?;
    Ok(())
}

async fn a_dropped_transaction_frees_its_locks_at_once(given: Given) -> Outcome {
    let db = given.db;
    add(&db, "a").await?;
    let tx = db.begin().await?;
    raw("UPDATE note SET size = 1").execute(&tx).await?;
    drop(tx);
    let update = raw("UPDATE note SET size = 2").execute(&db);
    assert_eq!(
        tokio::time::timeout(Duration::from_secs(5), update).await??,
        1
    );
    assert_all_returned(&db).await;
    Ok(())
}

async fn round_trips_are_counted(given: Given) -> Outcome {
    let recording = given.db.record();
    given.db.atomic(async |tx| add(tx, "a").await).await?;
    let _ = add(&given.db, "a").await;
    assert_eq!((recording.count(), recording.round_trips()), (2, 4));
    let failed: Vec<bool> = recording.statements().iter().map(|s| s.failed).collect();
    assert_eq!(failed, [false, false, false, true]);
    Ok(())
}

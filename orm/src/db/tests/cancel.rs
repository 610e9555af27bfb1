//! Futures dropped at any point never leave a transaction, a lock or a connection behind.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::*;

async fn transfer(db: &Database, name: String) -> Result<()> {
    db.atomic(async |tx| {
        insert(tx, &name).await?;
        tokio::task::yield_now().await;
        let inner = tx
            .atomic(async |tx| {
                insert(tx, &format!("{name} inner")).await?;
                tokio::task::yield_now().await;
                insert(tx, &name).await
            })
            .await;
        assert!(inner.unwrap_err().is_unique_violation());
        tokio::time::sleep(Duration::from_micros(50)).await;
        insert(tx, &format!("{name} twin")).await?;
        Ok(())
    })
    .await
}

/// Starts transactions by the dozen and drops each after a random number of polls.
async fn batter(db: Database, seed: u64) {
    let tasks = (0..4).map(|task| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut random = SmallRng::seed_from_u64(seed + task);
            for number in 0..60 {
                let patience = Duration::from_micros(random.random_range(0..1500));
                let transfer = transfer(&db, format!("{task}-{number}"));
                let _ = tokio::time::timeout(patience, transfer).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // Every transaction is whole or not there: twins come in pairs, and nothing of an inner block is left.
    let sql = "SELECT count(*) FILTER (WHERE name LIKE '% twin'), count(*) FILTER (WHERE name LIKE '% inner'), count(*) FROM t";
    let rows = query(&db, sql).await.unwrap();
    let [Value::Int(twins), Value::Int(inner), Value::Int(all)] = rows[0][..] else {
        panic!("{rows:?}");
    };
    assert_eq!((inner, all), (0, 2 * twins));
    db.atomic(async |tx| insert(tx, "afterwards").await)
        .await
        .unwrap();
    let status = db.status();
    assert_eq!(status.available, status.size, "a connection is missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_place() {
    let (db, _folder) = file("pool_size=3").await;
    batter(db, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_threads() {
    let (db, _folder) = file("pool_size=3&execution=thread").await;
    batter(db, 2).await;
}

#[tokio::test]
async fn on_one_thread() {
    let (db, _folder) = file("pool_size=3").await;
    batter(db, 3).await;
}

#[tokio::test]
async fn in_memory() {
    batter(memory().await, 4).await;
}

#[tokio::test]
async fn a_writer_that_gave_up_waiting_leaves_its_connection_whole() {
    let (db, _folder) = file("").await;
    let tx = db.begin().await.unwrap();
    insert(&tx, "a").await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(200), insert(&db, "b"));
    assert!(waiting.await.is_err());
    assert_eq!((db.status().size, db.status().available), (2, 1));
    tx.commit().await.unwrap();
    insert(&db, "c").await.unwrap();
    assert_eq!(count(&db).await, 2);
    assert_eq!(db.status().size, 2);
}

#[tokio::test]
async fn a_transaction_whose_statement_was_cancelled_cannot_go_on() {
    let (db, _folder) = file("execution=thread").await;
    let tx = db.begin().await.unwrap();
    insert(&tx, "a").await.unwrap();
    {
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let waiting = tokio::time::timeout(Duration::from_millis(20), query(&tx, endless));
        assert!(waiting.await.is_err());
    }
    assert!(message(&insert(&tx, "b").await.unwrap_err()).contains("was cancelled"));
    assert!(tx.commit().await.is_err());
    // The statement was interrupted, so the lock is free again.
    insert(&db, "c").await.unwrap();
    assert_eq!(count(&db).await, 1);
}

//! Commits, rollbacks, savepoints, hooks, and handles used at the wrong moment.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[tokio::test]
async fn a_block_commits_or_rolls_back() {
    let db = memory().await;
    db.atomic(async |tx| insert(tx, "a").await).await.unwrap();
    let error = db
        .atomic(async |tx| {
            insert(tx, "b").await?;
            Err::<(), _>(Error::user("no"))
        })
        .await
        .unwrap_err();
    assert_eq!(message(&error), "no");
    assert_eq!(count(&db).await, 1);
}

#[derive(Debug)]
enum Own {
    Stop,
    Database,
}

impl From<Error> for Own {
    fn from(_: Error) -> Self {
        Own::Database
    }
}

#[tokio::test]
async fn a_block_may_have_an_error_of_its_own() {
    let db = memory().await;
    let result: Result<(), Own> = db
        .try_atomic(async |tx| {
            insert(tx, "a").await?;
            tx.try_atomic(async |tx| {
                insert(tx, "b").await?;
                Err(Own::Stop)
            })
            .await
        })
        .await;
    assert!(matches!(result, Err(Own::Stop)));
    let result: Result<(), Own> = db
        .try_atomic(async |tx| {
            query(tx, "SELECT nothing").await?;
            Ok(())
        })
        .await;
    assert!(matches!(result, Err(Own::Database)));
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn an_inner_block_is_a_savepoint() {
    let db = memory().await;
    db.atomic(async |tx| {
        insert(tx, "a").await?;
        let inner = tx
            .atomic(async |tx| {
                insert(tx, "b").await?;
                tx.atomic(async |tx| insert(tx, "c").await).await?;
                insert(tx, "a").await
            })
            .await;
        assert!(inner.unwrap_err().is_unique_violation());
        tx.atomic(async |tx| insert(tx, "d").await).await?;
        Ok(())
    })
    .await
    .unwrap();
    let names = query(&db, "SELECT name FROM t ORDER BY id").await.unwrap();
    assert_eq!(names, [["a".into()], [Value::from("d")]]);
}

#[tokio::test]
async fn a_dropped_inner_handle_is_rolled_back_before_the_next_statement() {
    let db = memory().await;
    let tx = db.begin().await.unwrap();
    insert(&tx, "a").await.unwrap();
    let inner = tx.begin().await.unwrap();
    let innermost = inner.begin().await.unwrap();
    insert(&innermost, "b").await.unwrap();
    drop(inner);
    assert!(message(&insert(&innermost, "c").await.unwrap_err()).contains("has ended"));
    assert_eq!(count(&tx).await, 1);
    tx.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn an_outer_handle_fails_while_an_inner_one_is_open() {
    let db = memory().await;
    let tx = db.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    let error = insert(&tx, "a").await.unwrap_err();
    assert!(message(&error).contains("an inner atomic is open"));
    assert!(matches!(error.kind(), ErrorKind::Transaction { .. }));
    inner.commit().await.unwrap();
    insert(&tx, "a").await.unwrap();
    let _inner = tx.begin().await.unwrap();
    assert!(tx.commit().await.is_err());
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn a_dropped_transaction_frees_its_lock_and_connection() {
    let db = memory().await;
    let tx = db.begin().await.unwrap();
    insert(&tx, "a").await.unwrap();
    drop(tx);
    insert(&db, "b").await.unwrap();
    assert_eq!(count(&db).await, 1);
    assert_eq!(db.status().available, db.status().size);
}

#[tokio::test]
async fn statements_on_one_handle_queue() {
    let db = memory().await;
    db.atomic(async |tx| {
        let inserts = (0..20).map(|number| async move { insert(tx, &number.to_string()).await });
        futures_util::future::try_join_all(inserts).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(count(&db).await, 20);
}

#[tokio::test]
async fn a_commit_that_fails_rolls_back() {
    let db = memory().await;
    db.batch("CREATE TABLE c (t_id INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let hook = ran.clone();
    let error = db
        .atomic(async |tx| {
            tx.on_commit(async move {
                hook.fetch_add(1, Ordering::Relaxed);
            });
            execute(tx, "INSERT INTO c VALUES (7)", vec![]).await
        })
        .await
        .unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error}");
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    assert!(query(&db, "SELECT * FROM c").await.unwrap().is_empty());
    assert_eq!(db.status().available, db.status().size);
    insert(&db, "a").await.unwrap();
}

#[tokio::test]
async fn hooks_run_after_the_outermost_commit_in_their_order() {
    let db = memory().await;
    let log = Arc::new(std::sync::Mutex::new(Vec::new()));
    let hook = |tx: &Transaction, word: &'static str| {
        let (log, db) = (log.clone(), db.clone());
        tx.on_commit(async move {
            let seen = count(&db).await;
            log.lock().unwrap().push((word, seen));
        });
    };
    db.atomic(async |tx| {
        hook(tx, "first");
        tx.atomic(async |tx| {
            hook(tx, "kept");
            insert(tx, "a").await
        })
        .await?;
        let _: Result<()> = tx
            .atomic(async |tx| {
                hook(tx, "lost");
                tx.atomic(async |tx| {
                    hook(tx, "lost with the one around it");
                    Ok(())
                })
                .await?;
                Err(Error::user("no"))
            })
            .await;
        assert!(log.lock().unwrap().is_empty());
        hook(tx, "last");
        Ok(())
    })
    .await
    .unwrap();
    let expected = [("first", 1), ("kept", 1), ("last", 1)];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_read_only_transaction_refuses_writes_and_leaves_no_trace() {
    let (db, _folder) = file("pool_size=1").await;
    let tx = db.transaction().read_only().begin().await.unwrap();
    assert_eq!(count(&tx).await, 0);
    assert!(message(&insert(&tx, "a").await.unwrap_err()).contains("read-only"));
    tx.commit().await.unwrap();
    insert(&db, "a").await.unwrap();
}

#[tokio::test]
async fn readers_of_a_file_do_not_wait_for_the_writer() {
    let (db, _folder) = file("lock_timeout=50ms").await;
    let tx = db
        .transaction()
        .isolation(Isolation::Serializable)
        .begin()
        .await
        .unwrap();
    insert(&tx, "a").await.unwrap();
    assert_eq!(count(&db).await, 0);
    let error = insert(&db, "b").await.unwrap_err();
    assert!(
        error.is_lock_timeout() && message(&error).contains("pass its handle"),
        "{error}"
    );
    tx.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

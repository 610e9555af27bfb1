//! Every kind of runtime: several threads, one thread, a `LocalSet`, spawned tasks, streams.

use std::time::Instant;

use futures_util::StreamExt;
use tokio::runtime::Builder;

use super::*;

async fn work(db: Database) {
    db.atomic(async |tx| {
        insert(tx, "a").await?;
        tx.atomic(async |tx| insert(tx, "b").await).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(count(&db).await, 2);
}

#[test]
fn one_thread() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { work(memory().await).await });
}

#[test]
fn several_threads_and_a_spawned_task() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        work(memory().await).await;
        let db = memory().await;
        tokio::spawn(work(db)).await.unwrap();
    });
}

#[test]
fn a_local_set_on_a_runtime_of_several_threads() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let local = tokio::task::LocalSet::new();
    runtime.block_on(local.run_until(async {
        let db = memory().await;
        let local = tokio::task::spawn_local(work(db.clone()));
        local.await.unwrap();
        assert_eq!(count(&db).await, 2);
    }));
}

/// The name of the thread on which rows are read.
async fn place(db: &Database) -> String {
    let name = |_: &mut dyn RowCursor| {
        let name = std::thread::current().name().map(str::to_owned);
        Ok(name.unwrap_or_default())
    };
    raw("SELECT 1").read(db, name).await.unwrap().remove(0)
}

#[test]
fn rows_are_read_in_place_where_the_runtime_allows_it() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("worker")
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (db, _folder) = file("").await;
        let other = db.clone();
        let spawned = tokio::spawn(async move { place(&other).await });
        assert_eq!(spawned.await.unwrap(), "worker");
        let own = std::thread::current().name().map(str::to_owned);
        assert_eq!(Some(place(&db).await), own);
        let local = tokio::task::LocalSet::new();
        assert_eq!(local.run_until(place(&db)).await, "nuages-sqlite");
    });
}

#[test]
fn the_thread_alone() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (db, _folder) = file("execution=thread").await;
        work(db).await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_file_take_turns() {
    let (db, _folder) = file("").await;
    let writers = (0..8).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            for number in 0..20 {
                db.atomic(async |tx| {
                    count(tx).await;
                    tokio::task::yield_now().await;
                    insert(tx, &format!("{writer}-{number}")).await
                })
                .await
                .unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(count(&db).await, 160);
}

#[tokio::test]
async fn two_databases_on_one_file_wait_for_each_other() {
    let (db, folder) = file("").await;
    let other = Database::connect(&format!("sqlite://{}/t.db", folder.0.display()))
        .await
        .unwrap();
    let tx = db.begin().await.unwrap();
    insert(&tx, "a").await.unwrap();
    let began = Instant::now();
    let (inserted, committed) = tokio::join!(insert(&other, "b"), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        tx.commit().await
    });
    inserted.unwrap();
    committed.unwrap();
    assert!(Duration::from_millis(30) <= began.elapsed());
    assert_eq!(count(&other).await, 2);
}

/// A job that hands on its rows in chunks.
struct Numbers {
    statement: Option<Statement>,
    outlet: crate::driver::Outlet<Value>,
}

impl Job for Numbers {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.statement.take().into_iter().collect())
    }

    fn row(&mut self, _: usize, row: &mut dyn RowCursor) -> Result<()> {
        self.outlet.push(row.value(0)?);
        Ok(())
    }

    fn chunk(&self) -> Option<usize> {
        self.outlet.chunk()
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        self.outlet.flush()
    }
}

fn numbers(executor: &dyn Executor, count: usize) -> crate::driver::Chunks<'_, Value> {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n"
    );
    crate::driver::stream(executor, 100, |outlet| Numbers {
        statement: Some(Statement::query(sql, vec![])),
        outlet,
    })
}

async fn streams(db: Database) {
    let mut sizes = Vec::new();
    let mut chunks = numbers(&db, 950);
    while let Some(chunk) = chunks.next().await {
        // The database can be written to while the stream is open.
        insert(&db, &sizes.len().to_string()).await.unwrap();
        sizes.push(chunk.unwrap().len());
    }
    drop(chunks);
    assert_eq!(sizes.iter().sum::<usize>(), 950);
    let mut endless = numbers(&db, usize::MAX >> 2);
    if db.address() != "sqlite::memory:" {
        assert_eq!(sizes.len(), 10);
        assert_eq!(endless.next().await.unwrap().unwrap().len(), 100);
        drop(endless);
    }
    let tx = db.begin().await.unwrap();
    let mut chunks = numbers(&tx, 1000);
    chunks.next().await.unwrap().unwrap();
    if db.address() != "sqlite::memory:" {
        let error = insert(&tx, "x").await.unwrap_err();
        assert!(message(&error).contains("a stream is open"), "{error}");
    }
    while chunks.next().await.is_some() {}
    drop(chunks);
    insert(&tx, "x").await.unwrap();
    tx.commit().await.unwrap();
    let status = db.status();
    assert_eq!(status.available, status.size);
}

#[tokio::test]
async fn streams_on_one_thread() {
    let (db, _folder) = file("").await;
    streams(db).await;
    streams(memory().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_on_several_threads() {
    let (db, _folder) = file("").await;
    streams(db).await;
    streams(memory().await).await;
}

#[tokio::test]
async fn the_error_of_a_stream_is_its_last_item() {
    let db = memory().await;
    let mut chunks = crate::driver::stream(&db, 10, |outlet| Numbers {
        statement: Some(Statement::query("SELECT nothing", vec![])),
        outlet,
    });
    assert!(chunks.next().await.unwrap().is_err());
    assert!(chunks.next().await.is_none());
}

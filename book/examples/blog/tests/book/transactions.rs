//! Chapter "Transactions".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use blog::{Author, Post, Tag};
use nuages::prelude::*;
use nuages::{Error, Result};

use crate::sample::blog;
use crate::shown;

#[tokio::test]
async fn all_or_nothing() -> Result<()> {
    let db = blog().await;
    // ANCHOR: atomic
    let eve = db
        .atomic(async |tx| {
            let eve = Author::builder()
                .name("Eve")
                .email("eve@example.org")
                .create(tx)
                .await?;
            Post::objects()
                .filter(|p| p.author_id().eq(2))
                .update(tx, |p| p.author_id().set(eve.id))
                .await?;
            Ok(eve)
        })
        .await?;
    // ANCHOR_END: atomic
    assert_eq!(eve.posts.objects().count(&db).await?, 2);

    // ANCHOR: rollback
    let result: Result<()> = db
        .atomic(async |tx| {
            Post::objects().delete(tx).await?;
            Err(Error::user("no, do not"))
        })
        .await;
    assert_eq!(result.unwrap_err().to_string(), "no, do not");
    assert_eq!(Post::objects().count(&db).await?, 5);
    // ANCHOR_END: rollback
    Ok(())
}

#[tokio::test]
async fn savepoints() -> Result<()> {
    let db = blog().await;
    // ANCHOR: savepoint
    db.atomic(async |tx| {
        Tag::builder().name("new").create(tx).await?;
        let second = tx
            .atomic(async |tx| Tag::builder().name("rust").create(tx).await) // is there already
            .await;
        assert!(second.unwrap_err().is_unique_violation());
        Tag::builder().name("newer").create(tx).await?; // the transaction goes on
        Ok(())
    })
    .await?;
    // ANCHOR_END: savepoint
    assert_eq!(Tag::objects().count(&db).await?, 5);
    Ok(())
}

#[tokio::test]
async fn the_guard() -> Result<()> {
    let db = blog().await;
    // ANCHOR: begin
    let tx = db.begin().await?;
    Post::objects()
        .key(1)
        .update(&tx, |p| p.view_count().set(0))
        .await?;
    tx.commit().await?;

    let tx = db.begin().await?;
    Post::objects()
        .key(1)
        .update(&tx, |p| p.view_count().set(99))
        .await?;
    drop(tx); // without commit: rolled back
    // ANCHOR_END: begin
    assert_eq!(Post::objects().key(1).get(&db).await?.view_count, 0);
    Ok(())
}

// ANCHOR: own_error
#[derive(Debug)]
enum Refusal {
    TooFewViews(i32),
    Database(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Database(error)
    }
}

async fn promote(db: &Database, id: i64) -> std::result::Result<(), Refusal> {
    db.try_atomic(async |tx| {
        let post = Post::objects().key(id).get(tx).await?;
        match post.view_count {
            views @ ..10 => Err(Refusal::TooFewViews(views)),
            _ => Ok(()),
        }
    })
    .await
}
// ANCHOR_END: own_error

#[tokio::test]
async fn errors_of_ones_own() -> Result<()> {
    let db = blog().await;
    assert!(promote(&db, 1).await.is_ok());
    assert!(matches!(
        promote(&db, 5).await,
        Err(Refusal::TooFewViews(5))
    ));
    let Err(Refusal::Database(error)) = promote(&db, 99).await else {
        panic!("there is no post 99");
    };
    assert!(error.is_does_not_exist());
    Ok(())
}

#[tokio::test]
async fn hooks_run_after_the_commit() -> Result<()> {
    let db = blog().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let outbox = sent.clone();
    // ANCHOR: on_commit
    db.atomic(async |tx| {
        let post = Post::objects().key(4).get(tx).await?;
        let outbox = outbox.clone();
        tx.on_commit(async move {
            println!("mail to the readers of {}", post.slug);
            outbox.fetch_add(1, Ordering::SeqCst);
        });
        Ok(())
    })
    .await?;
    // ANCHOR_END: on_commit
    assert_eq!(sent.load(Ordering::SeqCst), 1);

    let outbox = sent.clone();
    let refused: Result<()> = db
        .atomic(async |tx| {
            let outbox = outbox.clone();
            tx.on_commit(async move {
                outbox.fetch_add(1, Ordering::SeqCst);
            });
            Err(Error::user("no"))
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(sent.load(Ordering::SeqCst), 1);
    Ok(())
}

#[tokio::test]
async fn options() -> Result<()> {
    let db = blog().await;
    // ANCHOR: options
    let count = db
        .transaction()
        .isolation(Isolation::Serializable)
        .read_only()
        .atomic(async |tx| Post::objects().count(tx).await)
        .await?;
    // ANCHOR_END: options
    assert_eq!(count, 5);
    Ok(())
}

#[tokio::test]
async fn the_outer_handle_waits_for_nobody() -> Result<()> {
    let db = blog().await;
    // ANCHOR: inner_open
    let tx = db.begin().await?;
    let inner = tx.begin().await?;
    let error = Post::objects().count(&tx).await.unwrap_err();
    // ANCHOR_END: inner_open
    shown!("output/inner-open.txt", format!("{error}\n"));
    drop(inner);
    Post::objects().count(&tx).await?;
    Ok(())
}

// ANCHOR: cancel
/// Whoever gives up waiting leaves nothing behind: the half-done transaction is rolled back.
async fn give_up(db: &Database) -> bool {
    let work = db.atomic(async |tx| {
        Post::objects()
            .update(tx, |p| p.view_count().set(0))
            .await?;
        std::future::pending::<()>().await; // never comes back
        Ok(())
    });
    let timeout = std::time::Duration::from_millis(50);
    tokio::time::timeout(timeout, work).await.is_err()
}
// ANCHOR_END: cancel

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_future_rolls_back() -> Result<()> {
    let db = blog().await;
    assert!(give_up(&db).await);
    assert_eq!(Post::objects().key(2).get(&db).await?.view_count, 20);
    Ok(())
}

#[tokio::test]
async fn generic_over_the_executor() -> Result<()> {
    let db = blog().await;
    // ANCHOR: executor
    async fn views(executor: &dyn Executor, author: i64) -> Result<i64> {
        let posts = Post::objects().filter(|p| p.author_id().eq(author));
        Ok(posts
            .aggregate(executor, |p| p.view_count().sum())
            .await?
            .unwrap_or(0))
    }
    let outside = views(&db, 1).await?;
    let inside = db.atomic(async |tx| views(tx, 1).await).await?;
    // ANCHOR_END: executor
    assert_eq!((outside, inside), (30, 30));
    Ok(())
}

// ANCHOR: retry
async fn with_retries(db: &Database) -> Result<()> {
    loop {
        let result = db
            .transaction()
            .isolation(Isolation::Serializable)
            .atomic(async |tx| {
                let post = Post::objects().key(1).get(tx).await?;
                let posts = Post::objects().key(post.id);
                posts
                    .update(tx, |p| p.view_count().set(post.view_count * 2))
                    .await?;
                Ok(())
            })
            .await;
        match result {
            Err(error) if error.is_serialization_failure() => continue,
            other => return other,
        }
    }
}
// ANCHOR_END: retry

#[tokio::test]
async fn retries() -> Result<()> {
    let db = blog().await;
    with_retries(&db).await?;
    assert_eq!(Post::objects().key(1).get(&db).await?.view_count, 20);
    Ok(())
}

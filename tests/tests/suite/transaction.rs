//! Transactions: whole or not at all, nested, and whatever happens to the future that runs them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use nuages::{Database, raw};
use nuages_tests::{Area, Given, Outcome, cases};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::account::{ACCOUNT, insert, names};

pub(crate) fn area() -> Area {
    Area::new(
        "transaction",
        cases![
            a_block_commits_or_rolls_back.on(&ACCOUNT),
            an_inner_block_is_a_savepoint.on(&ACCOUNT),
            an_error_caught_around_an_inner_block_does_not_end_the_outer_one.on(&ACCOUNT),
            a_dropped_handle_is_rolled_back.on(&ACCOUNT),
            an_outer_handle_fails_while_an_inner_one_is_open.on(&ACCOUNT),
            hooks_run_after_the_outermost_commit_only.on(&ACCOUNT),
            others_see_nothing_before_the_commit.on(&ACCOUNT),
            a_read_only_transaction_refuses_to_write.on(&ACCOUNT),
            transactions_cancelled_at_random_points_leave_nothing_open.on(&ACCOUNT),
            a_handler_of_a_service_runs_transactions.on(&ACCOUNT),
        ],
    )
}

async fn a_block_commits_or_rolls_back(Given { db, .. }: Given) -> Outcome {
    let kept = db
        .atomic(async |tx| {
            insert(tx, 1, "kept").await?;
            Ok(7)
        })
        .await?;
    assert_eq!(kept, 7);
    let failed = db
        .atomic(async |tx| {
            insert(tx, 2, "undone").await?;
            insert(tx, 1, "the key is taken").await
        })
        .await;
    assert!(failed.is_err_and(|error| error.is_unique_violation()));
    assert_eq!(names(&db).await?, ["kept"]);
    Ok(())
}

async fn an_inner_block_is_a_savepoint(Given { db, .. }: Given) -> Outcome {
    db.atomic(async |tx| {
        insert(tx, 1, "outer").await?;
        tx.atomic(async |tx| insert(tx, 2, "inner").await).await?;
        let inner = tx.begin().await?;
        insert(&inner, 3, "undone").await?;
        inner
            .atomic(async |tx| insert(tx, 4, "undone with it").await)
            .await?;
        inner.rollback().await?;
        insert(tx, 5, "outer again").await
    })
    .await?;
    assert_eq!(names(&db).await?, ["outer", "inner", "outer again"]);
    Ok(())
}

async fn an_error_caught_around_an_inner_block_does_not_end_the_outer_one(
    Given { db, .. }: Given,
) -> Outcome {
    db.atomic(async |tx| {
        insert(tx, 1, "first").await?;
        let inner = tx.atomic(async |tx| insert(tx, 2, "first").await).await;
        assert!(inner.is_err_and(|error| error.is_unique_violation()));
        insert(tx, 2, "second").await
    })
    .await?;
    assert_eq!(names(&db).await?, ["first", "second"]);
    Ok(())
}

async fn a_dropped_handle_is_rolled_back(Given { db, .. }: Given) -> Outcome {
    let tx = db.begin().await?;
    insert(&tx, 1, "lost").await?;
    drop(tx);
    let tx = db.begin().await?;
    insert(&tx, 1, "outer").await?;
    let inner = tx.begin().await?;
    insert(&inner, 2, "lost").await?;
    drop(inner);
    assert_eq!(names(&tx).await?, ["outer"], "before the next statement");
    tx.commit().await?;
    assert_eq!(names(&db).await?, ["outer"]);
    Ok(())
}

async fn an_outer_handle_fails_while_an_inner_one_is_open(Given { db, .. }: Given) -> Outcome {
    let outer = db.begin().await?;
    let inner = outer.begin().await?;
    let refused = insert(&outer, 1, "by the wrong handle").await;
    let Err(refused) = refused else {
        return Err("the outer handle went on".into());
    };
    assert!(
        refused.to_string().contains("inner atomic is open"),
        "{refused}"
    );
    insert(&inner, 2, "by the right one").await?;
    inner.commit().await?;
    insert(&outer, 3, "and now by the outer").await?;
    outer.commit().await?;
    assert_eq!(
        names(&db).await?,
        ["by the right one", "and now by the outer"]
    );
    Ok(())
}

async fn hooks_run_after_the_outermost_commit_only(Given { db, .. }: Given) -> Outcome {
    let ran: Arc<Mutex<Vec<&str>>> = Arc::default();
    let hook = |name: &'static str| {
        let ran = Arc::clone(&ran);
        async move { ran.lock().map(|mut ran| ran.push(name)).unwrap_or_default() }
    };
    let so_far = || ran.lock().map(|ran| ran.clone()).unwrap_or_default();
    let outer = db.begin().await?;
    outer.on_commit(hook("outer"));
    let inner = outer.begin().await?;
    inner.on_commit(hook("inner"));
    inner.commit().await?;
    let undone = outer.begin().await?;
    undone.on_commit(hook("undone"));
    undone.rollback().await?;
    assert_eq!(so_far(), [""; 0]);
    outer.commit().await?;
    assert_eq!(so_far(), ["outer", "inner"]);
    Ok(())
}

async fn others_see_nothing_before_the_commit(Given { db, .. }: Given) -> Outcome {
    let tx = db.begin().await?;
    insert(&tx, 1, "mine").await?;
    assert_eq!(names(&tx).await?, ["mine"]);
    assert_eq!(names(&db).await?, [""; 0]);
    tx.commit().await?;
    assert_eq!(names(&db).await?, ["mine"]);
    Ok(())
}

async fn a_read_only_transaction_refuses_to_write(Given { db, .. }: Given) -> Outcome {
    insert(&db, 1, "there").await?;
    let tx = db.transaction().read_only().begin().await?;
    assert_eq!(names(&tx).await?, ["there"]);
    assert!(insert(&tx, 2, "refused").await.is_err());
    drop(tx);
    insert(&db, 3, "afterwards").await?;
    assert_eq!(names(&db).await?, ["there", "afterwards"]);
    Ok(())
}

/// Writes a pair and, between the two, something in an inner block that fails.
async fn write_a_pair(db: &Database, id: i64) -> nuages::Result<()> {
    db.atomic(async |tx| {
        insert(tx, id, &format!("{id} first")).await?;
        tokio::task::yield_now().await;
        let inner = tx
            .atomic(async |tx| {
                insert(tx, id + 1, &format!("{id} inner")).await?;
                insert(tx, id, "the key is taken").await
            })
            .await;
        assert!(inner.is_err());
        tokio::time::sleep(Duration::from_micros(50)).await;
        insert(tx, id + 2, &format!("{id} second")).await
    })
    .await
}

async fn transactions_cancelled_at_random_points_leave_nothing_open(
    Given { url, .. }: Given,
) -> Outcome {
    let separator = if url.contains('?') { '&' } else { '?' };
    let db = Database::connect(&format!("{url}{separator}pool_size=3")).await?;
    let tasks: Vec<_> = (0..4_i32)
        .map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut random = SmallRng::seed_from_u64(u64::from(task.unsigned_abs()));
                for number in 0..40 {
                    let patience = Duration::from_micros(random.random_range(0..8_000));
                    let id = i64::from(task * 1_000 + number * 3);
                    // Whether it came to its end does not matter, nor does losing against another transaction.
                    let _ = tokio::time::timeout(patience, write_a_pair(&db, id)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let names = names(&db).await?;
    let firsts = names.iter().filter(|name| name.ends_with("first")).count();
    let seconds = names.iter().filter(|name| name.ends_with("second")).count();
    assert_eq!(firsts, seconds, "a transaction was committed by half");
    assert_eq!(
        names.len(),
        firsts + seconds,
        "something of an inner block is left"
    );
    // A transaction that was left open would hold locks on what it wrote.
    raw("DELETE FROM account").execute(&db).await?;
    db.atomic(async |tx| insert(tx, 1, "afterwards").await)
        .await?;
    Ok(())
}

async fn a_handler_of_a_service_runs_transactions(Given { db, .. }: Given) -> Outcome {
    async fn open_account(State(db): State<Database>, name: String) -> Result<String, String> {
        db.atomic(async |tx| {
            let id = names(tx).await?.len();
            tx.atomic(async |tx| insert(tx, i64::try_from(id).unwrap_or(i64::MAX), &name).await)
                .await
        })
        .await
        .map_err(|error| error.to_string())?;
        Ok(format!("opened {name}"))
    }

    let service = Router::new()
        .route("/", post(open_account))
        .with_state(db.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    for name in ["ada", "grace"] {
        let mut stream = TcpStream::connect(address).await?;
        let length = name.len();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{name}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        assert!(answer.ends_with(&format!("opened {name}")), "{answer}");
    }
    server.abort();
    assert_eq!(names(&db).await?, ["ada", "grace"]);
    Ok(())
}

//! One row, found or made.

use nuages::prelude::*;
use nuages::{Database, Error, assert_queries};
use nuages_tests::blog::{Author, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, cases};

use super::models::{Card, LIBRARY};

pub(super) fn area() -> Area {
    Area::new(
        "upsert",
        cases![
            a_row_is_found_or_made.on(&BLOG),
            several_rows_are_a_mistake.on(&BLOG),
            another_error_stays_what_it_is.on(&BLOG),
            a_row_is_changed_or_made.on(&LIBRARY),
            many_at_once_make_one_row.on(&BLOG),
            many_at_once_change_one_row.on(&LIBRARY),
            many_at_once_make_and_change_one_row.on(&LIBRARY),
            a_row_that_another_makes_meanwhile_is_found.on(&BLOG),
        ],
    )
}

async fn tag(db: &Database, name: &str) -> nuages::Result<(Tag, bool)> {
    Tag::objects()
        .filter(|t| t.name().eq(name))
        .get_or_create(db, Tag::builder().name(name))
        .await
}

async fn a_row_is_found_or_made(given: Given) -> Outcome {
    let db = &given.db;
    let (made, created) = assert_queries!(db, 2, { tag(db, "rust").await? });
    assert!(created);
    let (found, created) = assert_queries!(db, 1, { tag(db, "rust").await? });
    assert_eq!((found.id, created), (made.id, false));
    let id = db
        .atomic(async |tx| {
            let all = Tag::objects().filter(|t| t.name().eq("c"));
            let (tag, created) = all.get_or_create(tx, Tag::builder().name("c")).await?;
            assert!(created);
            Ok(tag.id)
        })
        .await?;
    assert_eq!(tag(db, "c").await?.0.id, id);
    Ok(())
}

async fn several_rows_are_a_mistake(given: Given) -> Outcome {
    let db = &given.db;
    tag(db, "a").await?;
    tag(db, "b").await?;
    let error = Tag::objects()
        .get_or_create(db, Tag::builder().name("c"))
        .await
        .unwrap_err();
    assert!(error.is_multiple_objects_returned(), "{error}");
    Ok(())
}

async fn another_error_stays_what_it_is(given: Given) -> Outcome {
    let db = &given.db;
    let bob = Author::builder().name("Bob").email("x");
    bob.create(db).await?;
    // The e-mail is taken, but by nobody who is called Alice.
    let error = Author::objects()
        .filter(|a| a.name().eq("Alice"))
        .get_or_create(db, Author::builder().name("Alice").email("x"))
        .await
        .unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    Ok(())
}

async fn a_row_is_changed_or_made(given: Given) -> Outcome {
    let db = &given.db;
    let count = async |computed: bool| {
        let cards = Card::objects().filter(|c| c.name().eq("a"));
        let new = Card::builder().name("a").uses(1).long("…");
        if computed {
            cards
                .update_or_create(db, new, |c| c.uses().set(c.uses() + 1))
                .await
        } else {
            cards
                .update_or_create(db, new, |c| (c.uses().set(10), c.long().set("new")))
                .await
        }
    };
    let (card, created) = count(true).await?;
    assert!(created);
    assert_eq!(card.uses, 1);
    let made = card.changed;
    let (card, created) = count(true).await?;
    assert_eq!((card.uses, created), (2, false));
    assert!(made < card.changed, "auto_now fields are set");
    let (card, created) = assert_queries!(db, 2, { count(false).await? });
    assert_eq!((card.uses, created), (10, false));
    assert_eq!(card.long.get()?, "new");
    let read = Card::objects().get(db).await?;
    assert_eq!(
        (read.uses, read.changed, read.made),
        (10, card.changed, made)
    );
    Ok(())
}

async fn many_at_once_make_one_row(given: Given) -> Outcome {
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let db = given.db.clone();
        tasks.push(tokio::spawn(async move { tag(&db, "raced").await }));
    }
    let mut made = 0;
    let mut ids = Vec::new();
    for task in tasks {
        let (tag, created) = task.await??;
        made += i32::from(created);
        ids.push(tag.id);
    }
    assert_eq!(made, 1);
    assert!(ids.iter().all(|id| *id == ids[0]));
    Ok(())
}

/// Eight tasks that change the same card, or make it: how many made it.
async fn change_at_once(given: &Given, name: &'static str) -> nuages::Result<usize> {
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let db = given.db.clone();
        tasks.push(tokio::spawn(async move {
            Card::objects()
                .filter(|c| c.name().eq(name))
                .update_or_create(&db, Card::builder().name(name).long(""), |c| {
                    c.uses().set(c.uses() + 1)
                })
                .await
        }));
    }
    let mut made = 0;
    for task in tasks {
        let (_, created) = task.await.map_err(Error::user)??;
        made += usize::from(created);
    }
    Ok(made)
}

async fn many_at_once_change_one_row(given: Given) -> Outcome {
    Card::builder()
        .name("raced")
        .long("")
        .create(&given.db)
        .await?;
    assert_eq!(change_at_once(&given, "raced").await?, 0);
    assert_eq!(Card::objects().get(&given.db).await?.uses, 8);
    Ok(())
}

/// On MySQL and MariaDB, those who look for a row that is not there keep each other from inserting it.
async fn many_at_once_make_and_change_one_row(given: Given) -> Outcome {
    for name in ["a", "b", "c", "d"] {
        assert_eq!(change_at_once(&given, name).await?, 1);
        let card = Card::objects().filter(|c| c.name().eq(name));
        assert_eq!(card.get(&given.db).await?.uses, 7);
    }
    Ok(())
}

async fn a_row_that_another_makes_meanwhile_is_found(given: Given) -> Outcome {
    let db = &given.db;
    for (name, in_transaction) in [("alone", false), ("within", true)] {
        let other = db.begin().await?;
        let made = Tag::builder().name(name).create(&other).await?;
        let task = {
            let db = db.clone();
            tokio::spawn(async move {
                if !in_transaction {
                    return tag(&db, name).await;
                }
                db.atomic(async |tx| {
                    // From here on it may see the rows as they are now.
                    Tag::objects().count(tx).await?;
                    let found = Tag::objects()
                        .filter(|t| t.name().eq(name))
                        .get_or_create(tx, Tag::builder().name(name))
                        .await?;
                    Tag::builder()
                        .name("the transaction goes on")
                        .create(tx)
                        .await?;
                    Ok(found)
                })
                .await
            })
        };
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        other.commit().await?;
        let (found, created) = task.await??;
        assert_eq!((found.id, created), (made.id, false), "{name}");
    }
    Ok(())
}

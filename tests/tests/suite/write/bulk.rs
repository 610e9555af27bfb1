//! Many objects at once.

use nuages::assert_queries;
use nuages::prelude::*;
use nuages_tests::blog::{Author, Post, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, Product, cases};

use super::models::{Card, Country, LIBRARY, Shelf};
use super::record::{author, post};

pub(super) fn area() -> Area {
    Area::new(
        "bulk",
        cases![
            objects_come_back_with_keys.on(&BLOG),
            objects_with_and_without_keys_are_inserted_apart.on(&BLOG),
            many_rows_take_few_statements.on(&BLOG),
            long_rows_take_more.on(&LIBRARY),
            all_rows_are_inserted_or_none.on(&BLOG),
            conflicts_are_ignored.on(&BLOG),
            conflicts_update_the_row.on(&LIBRARY),
            rows_are_updated_together.on(&BLOG),
            updates_are_all_or_none.on(&BLOG),
            what_cannot_be_updated_is_told.on(&LIBRARY),
        ],
    )
}

fn tags(names: impl IntoIterator<Item = String>) -> Vec<Tag> {
    let built = names
        .into_iter()
        .map(|name| Tag::builder().name(name).build());
    built.collect::<nuages::Result<_>>().unwrap()
}

async fn objects_come_back_with_keys(given: Given) -> Outcome {
    let db = &given.db;
    let names = ["rust", "ünï", "async"];
    let new = tags(names.map(str::to_owned));
    let made = assert_queries!(db, 1, { Tag::objects().bulk_create(db, new).await? });
    let read = Tag::objects().order_by(|t| t.id()).all(db).await?;
    assert_eq!(read.iter().map(|t| &*t.name).collect::<Vec<_>>(), names);
    if given.product == Product::MySql {
        assert!(
            made.iter().all(|tag| tag.id == 0),
            "MySQL does not tell keys"
        );
        return Ok(());
    }
    for (made, read) in made.iter().zip(&read) {
        assert_eq!((made.id, &made.name), (read.id, &read.name));
    }
    // They are peers: one query loads for all.
    assert_queries!(db, 1, {
        for tag in &made {
            assert!(tag.posts.load(db).await?.is_empty());
        }
    });
    assert_queries!(db, 0, { Tag::objects().bulk_create(db, vec![]).await? });
    Ok(())
}

async fn objects_with_and_without_keys_are_inserted_apart(given: Given) -> Outcome {
    let db = &given.db;
    let mut new = tags(["a", "b", "c"].map(str::to_owned));
    new[1].id = 1000;
    let made = assert_queries!(db, 2, { Tag::objects().bulk_create(db, new).await? });
    assert_eq!(made[1].id, 1000);
    let names: Vec<String> = made.into_iter().map(|tag| tag.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(Tag::objects().count(db).await?, 3);
    Ok(())
}

async fn many_rows_take_few_statements(given: Given) -> Outcome {
    let db = &given.db;
    let new = || tags((0..10_000).map(|n| n.to_string()));
    let expected = if given.product == Product::Postgres {
        1
    } else {
        10
    };
    let made = assert_queries!(db, expected, {
        Tag::objects().bulk_create(db, new()).await?
    });
    assert_eq!(Tag::objects().count(db).await?, 10_000);
    if given.product != Product::MySql {
        for at in [0, 999, 1000, 9_999] {
            let read = Tag::objects().key(made[at].id).get(db).await?;
            assert_eq!(read.name, at.to_string());
        }
    }
    Tag::objects().delete(db).await?;
    assert_queries!(db, 4, {
        Tag::objects()
            .bulk_create(db, tags((0..10).map(|n| n.to_string())))
            .batch_size(3)
            .await?
    });
    Ok(())
}

async fn long_rows_take_more(given: Given) -> Outcome {
    let db = &given.db;
    let long = "é".repeat(1_000_000);
    let cards = (0..3).map(|n| Card::builder().name(n.to_string()).long(&*long).build());
    let cards = cards.collect::<nuages::Result<Vec<_>>>()?;
    assert_queries!(db, 2, { Card::objects().bulk_create(db, cards).await? });
    let read = Card::objects().all(db).await?;
    assert!(
        read.iter()
            .all(|card| card.long.get().is_ok_and(|text| *text == long))
    );
    Ok(())
}

async fn all_rows_are_inserted_or_none(given: Given) -> Outcome {
    let db = &given.db;
    let new = || tags(["a", "b", "c", "a"].map(str::to_owned));
    let error = Tag::objects()
        .bulk_create(db, new())
        .batch_size(2)
        .await
        .unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(Tag::objects().count(db).await?, 0);
    // In a transaction, which then goes on.
    db.atomic(async |tx| {
        let error = Tag::objects()
            .bulk_create(tx, new())
            .batch_size(2)
            .await
            .unwrap_err();
        assert!(error.is_unique_violation(), "{error}");
        assert_eq!(Tag::objects().count(tx).await?, 0);
        Tag::builder().name("d").create(tx).await
    })
    .await?;
    assert_eq!(Tag::objects().get(db).await?.name, "d");
    Ok(())
}

async fn conflicts_are_ignored(given: Given) -> Outcome {
    let db = &given.db;
    let first = Tag::builder().name("a").create(db).await?;
    let new = tags(["a", "b", "b"].map(str::to_owned));
    let made = assert_queries!(db, 1, {
        Tag::objects()
            .bulk_create(db, new)
            .ignore_conflicts()
            .await?
    });
    assert!(made.iter().all(|tag| tag.id == 0));
    let read = Tag::objects().order_by(|t| t.name()).all(db).await?;
    assert_eq!(
        read.iter().map(|t| &*t.name).collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(read[0].id, first.id);
    // Only unique constraints: a broken key is no conflict of this kind.
    let alice = author(&given, "Alice").await?;
    let mut broken = post(&given, &alice, "x").await?;
    (broken.id, broken.slug, broken.author) = (0, "y".to_owned(), 999_999.into());
    let error = Post::objects()
        .bulk_create(db, [broken])
        .ignore_conflicts()
        .await;
    assert!(error.unwrap_err().is_foreign_key_violation());
    Ok(())
}

async fn conflicts_update_the_row(given: Given) -> Outcome {
    let db = &given.db;
    let card = |name: &str, uses| Card::builder().name(name).uses(uses).long("new").build();
    let first = Card::builder()
        .name("a")
        .uses(1)
        .long("old")
        .create(db)
        .await?;
    let made = assert_queries!(db, 1, {
        Card::objects()
            .bulk_create(db, [card("a", 7)?, card("b", 8)?])
            .update_conflicts(|c| c.name(), |c| (c.uses(), c.changed()))
            .await?
    });
    let read = Card::objects().order_by(|c| c.name()).all(db).await?;
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].id, read[0].uses), (first.id, 7));
    assert_eq!(read[0].long.get()?, "old");
    assert_eq!(read[1].uses, 8);
    assert_eq!(read[0].changed, made[0].changed);
    assert_eq!(read[0].made, first.made);
    if given.product != Product::MySql {
        assert_eq!(made[0].id, first.id);
        assert_eq!(made[1].id, read[1].id);
    }
    // By a key of one's own.
    let country = |code: &str, name: &str| Country::builder().code(code).name(name).build();
    country("FR", "x")?.insert(db).await?;
    Country::objects()
        .bulk_create(
            db,
            [country("FR", "France")?, country("DE", "Deutschland")?],
        )
        .update_conflicts(|c| c.code(), |c| c.name())
        .await?;
    assert_eq!(Country::objects().key("FR").get(db).await?.name, "France");
    assert_eq!(Country::objects().count(db).await?, 2);
    Ok(())
}

async fn rows_are_updated_together(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let mut posts = Vec::new();
    for n in 0..450 {
        let post = Post::builder()
            .title("t")
            .slug(n.to_string())
            .author(&alice)
            .body("")
            .build()?;
        posts.push(post);
    }
    Post::objects().bulk_create(db, posts).await?;
    let mut posts = Post::objects().order_by(|p| p.id()).all(db).await?;
    for (n, post) in (0..).zip(&mut posts) {
        post.view_count = n;
        post.title = format!("title {n}");
        post.published_at = (n % 2 == 0).then_some(post.created_at);
        post.body = "not written".to_owned();
    }
    let gone = posts[449].clone();
    gone.delete(db).await?;
    let statements = if given.product == Product::Postgres {
        1
    } else {
        3
    };
    let found = assert_queries!(db, statements, {
        Post::objects()
            .bulk_update(db, &posts, |p| {
                (p.view_count(), p.title(), p.published_at())
            })
            .await?
    });
    assert_eq!(found, 449);
    let read = Post::objects().order_by(|p| p.id()).all(db).await?;
    for (post, read) in posts.iter().zip(&read) {
        assert_eq!(
            (post.view_count, &post.title, post.published_at),
            (read.view_count, &read.title, read.published_at)
        );
        assert_eq!(read.body, "");
    }
    assert_queries!(db, 0, {
        let none: &[Post] = &[];
        assert_eq!(
            Post::objects().bulk_update(db, none, |p| p.title()).await?,
            0
        );
    });
    Ok(())
}

async fn updates_are_all_or_none(given: Given) -> Outcome {
    let db = &given.db;
    let mut authors = vec![author(&given, "A").await?, author(&given, "B").await?];
    authors[0].email = "new".to_owned();
    authors[1].email = "new".to_owned();
    let error = Author::objects()
        .bulk_update(db, &authors, |a| a.email())
        .batch_size(1)
        .await
        .unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    let emails = Author::objects().values_flat(|a| a.email()).all(db).await?;
    assert_eq!(emails, ["a@example.org", "b@example.org"]);
    Ok(())
}

async fn what_cannot_be_updated_is_told(given: Given) -> Outcome {
    let db = &given.db;
    let new = [Shelf::builder().name("a").build()?];
    let error = Shelf::objects().bulk_update(db, &new, |s| s.name()).await;
    assert!(matches!(
        error.unwrap_err().kind(),
        nuages::ErrorKind::NotSaved { .. }
    ));
    let error = Shelf::objects().bulk_update(db, &new, |s| s.id()).await;
    assert!(error.unwrap_err().to_string().contains("`Shelf.id`"));
    let error = Shelf::objects()
        .bulk_update(db, &new, |s| s.name().upper())
        .await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("columns of Shelf itself")
    );
    Ok(())
}

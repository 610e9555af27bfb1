//! One object and its row.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime, SubsecRound, TimeDelta};
use nuages::prelude::*;
use nuages::{ErrorKind, assert_queries};
use nuages_tests::blog::{Author, Post, Status, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, Product, cases};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::models::{Bare, Card, Country, LIBRARY, Sample, Token};

pub(super) fn area() -> Area {
    Area::new(
        "record",
        cases![
            a_created_object_has_its_key.on(&BLOG),
            every_type_comes_back_as_it_was.on(&LIBRARY),
            a_constraint_that_is_violated_is_named.on(&BLOG),
            an_object_that_is_not_saved_is_no_key.on(&BLOG),
            times_of_one_write_are_one_instant.on(&LIBRARY),
            a_save_writes_all_columns.on(&BLOG),
            a_save_of_some_fields_writes_those.on(&LIBRARY),
            a_save_of_what_is_the_same_finds_the_row.on(&BLOG),
            a_row_that_is_gone_is_told.on(&BLOG),
            keys_of_ones_own_are_updated_or_inserted.on(&LIBRARY),
            what_a_query_left_unread_is_not_written.on(&LIBRARY),
            a_model_of_a_key_alone_is_saved_too.on(&LIBRARY),
            a_refresh_reads_the_row_again.on(&BLOG),
            related_objects_are_never_written.on(&BLOG),
        ],
    )
}

pub(super) async fn author(given: &Given, name: &str) -> nuages::Result<Author> {
    Author::builder()
        .name(name)
        .email(format!("{}@example.org", name.to_lowercase()))
        .create(&given.db)
        .await
}

pub(super) async fn post(given: &Given, author: &Author, slug: &str) -> nuages::Result<Post> {
    Post::builder()
        .title(slug.to_uppercase())
        .slug(slug)
        .author(author)
        .body("…")
        .create(&given.db)
        .await
}

async fn a_created_object_has_its_key(given: Given) -> Outcome {
    let db = &given.db;
    let alice = assert_queries!(db, 1, { author(&given, "Alice").await? });
    assert_ne!(alice.id, 0);
    let post = assert_queries!(db, 1, { post(&given, &alice, "ünï—😀").await? });
    assert_eq!(post.status, Status::Draft);
    let read = Post::objects().get(db).await?;
    assert_eq!(
        (read.id, &*read.slug, read.view_count),
        (post.id, "ünï—😀", 0)
    );
    assert_eq!(read.created_at, post.created_at);
    assert_eq!(read.published_at, None);
    assert_eq!(read.category, None);
    // Relations of what was just created can be loaded.
    assert_eq!(read.author.load(db).await?.name, "Alice");
    assert_eq!(alice.posts.load(db).await?.len(), 1);
    assert!(post.tags.load(db).await?.is_empty());
    let mut chosen = Tag::builder().id(77).name("seventy-seven").build()?;
    chosen.insert(db).await?;
    assert_eq!(Tag::objects().get(db).await?.id, 77);
    Ok(())
}

fn sample() -> nuages::Result<Sample> {
    Sample::builder()
        .small(i16::MIN)
        .whole(-7)
        .unsigned(u32::from(u16::MAX))
        .float(0.1)
        .truth(true)
        .text("a\n\"b\" 'c' \\ % _ 😀")
        .bytes(vec![0, 255, 128])
        .day(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap())
        .clock(NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap())
        .instant(Utc::now().trunc_subsecs(6))
        .span(TimeDelta::microseconds(-1_500_001))
        .exact(Decimal::from_str("-123456789.125").unwrap())
        .uuid(Uuid::from_u128(42))
        .document(serde_json::json!({"a": [1, null, "ü"]}))
        .address(std::net::IpAddr::from([127, 0, 0, 1]))
        .build()
}

async fn every_type_comes_back_as_it_was(given: Given) -> Outcome {
    let db = &given.db;
    let mut nulls = sample()?;
    nulls.insert(db).await?;
    assert_eq!(nulls.twice, -14);
    assert!(nulls.made.is_some(), "the database's default was read back");
    let mut full = sample()?;
    full.maybe_whole = Some(i32::MAX);
    full.maybe_text = Some(String::new());
    full.maybe_instant = Some(full.instant);
    full.maybe_exact = Some(full.day);
    full.maybe_document = Some(serde_json::json!([]));
    full.made = Some(full.instant);
    full.insert(db).await?;
    for object in [&mut nulls, &mut full] {
        let read = Sample::objects().key(object.id).get(db).await?;
        assert_eq!(*object, read);
        object.whole = 21;
        object.text.push('!');
        object.maybe_whole = None;
        object.save(db).await?;
        assert_eq!(object.twice, 42);
        let read = Sample::objects().key(object.id).get(db).await?;
        assert_eq!(*object, read);
        object.text.clear();
        object
            .refresh_fields(db, |s| (s.text(), s.document(), s.exact()))
            .await?;
        assert_eq!(*object, read);
    }
    // All of it once more by the statements for many.
    let many: Vec<Sample> = vec![sample()?, full.clone(), sample()?];
    let mut many: Vec<Sample> = many
        .into_iter()
        .map(|object| Sample {
            id: 0,
            made: None,
            ..object
        })
        .collect();
    many[0].maybe_text = Some("{\"NULL\",\\}".to_owned());
    Sample::objects().bulk_create(db, many.clone()).await?;
    let mut read = Sample::objects()
        .filter(|s| s.id().gt(full.id))
        .order_by(|s| s.id())
        .all(db)
        .await?;
    assert_eq!(read.len(), 3);
    for (object, read) in many.iter_mut().zip(&read) {
        (object.id, object.twice) = (read.id, read.twice);
        object.made = object.made.or(read.made);
        assert_eq!(object, read);
    }
    for (nth, object) in read.iter_mut().enumerate() {
        object.text = format!("{nth}");
        object.maybe_document = Some(serde_json::json!({ "nth": nth }));
        object.maybe_text = (nth == 1).then(|| "one".to_owned());
        object.maybe_instant = (nth == 2).then_some(object.instant);
        object.exact = Decimal::new(-125, 3);
        object.truth = false;
        object.bytes = vec![0, 200];
        object.span = TimeDelta::days(400);
    }
    let found = Sample::objects()
        .bulk_update(db, &read, |s| {
            (
                s.text(),
                s.maybe_document(),
                s.maybe_text(),
                s.maybe_instant(),
                s.exact(),
                s.truth(),
                s.bytes(),
                s.span(),
                s.day(),
                s.clock(),
                s.uuid(),
                s.address(),
            )
        })
        .await?;
    assert_eq!(found, 3);
    let again = Sample::objects()
        .filter(|s| s.id().gt(full.id))
        .order_by(|s| s.id())
        .all(db)
        .await?;
    assert_eq!(read, again);
    Ok(())
}

async fn a_constraint_that_is_violated_is_named(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let error = author(&given, "Alice").await.unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    let error = Post::builder()
        .title("x")
        .slug("x")
        .author(alice.id + 1)
        .body("")
        .create(db)
        .await
        .unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error}");
    let mut post = post(&given, &alice, "x").await?;
    post.view_count = -1;
    let error = post.save(db).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::ConstraintViolation(_)),
        "{error}"
    );
    Ok(())
}

async fn an_object_that_is_not_saved_is_no_key(given: Given) -> Outcome {
    let db = &given.db;
    let nobody = Author::builder().name("N").email("n").build()?;
    let error = post(&given, &nobody, "x").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotSaved { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("Post.author"), "{error}");
    let mut nobody = nobody;
    for error in [
        nobody.delete(db).await.unwrap_err(),
        nobody.refresh(db).await.unwrap_err(),
        nobody.save_fields(db, |a| a.name()).await.unwrap_err(),
        nobody.posts.clear(db).await.unwrap_err(),
        nobody.posts.objects().count(db).await.unwrap_err(),
    ] {
        assert!(
            matches!(error.kind(), ErrorKind::NotSaved { .. }),
            "{error}"
        );
    }
    Ok(())
}

async fn times_of_one_write_are_one_instant(given: Given) -> Outcome {
    let db = &given.db;
    let before = Utc::now().trunc_subsecs(6);
    let mut card = Card::builder().name("a").long("…").create(db).await?;
    assert_eq!(card.made, card.changed);
    assert!(before <= card.made && card.made <= Utc::now());
    assert_eq!(card.changed_on, card.changed.date_naive());
    let made = card.made;
    card.uses = 1;
    card.save(db).await?;
    assert_eq!(card.made, made);
    assert!(made < card.changed);
    let read = Card::objects().get(db).await?;
    assert_eq!((read.made, read.changed), (card.made, card.changed));
    let cards = (0..3).map(|n| Card::builder().name(n.to_string()).long("").build());
    let cards = cards.collect::<nuages::Result<Vec<_>>>()?;
    let cards = Card::objects().bulk_create(db, cards).await?;
    assert!(cards.iter().all(|card| card.made == cards[0].made));
    Ok(())
}

async fn a_save_writes_all_columns(given: Given) -> Outcome {
    let db = &given.db;
    let (alice, bob) = (author(&given, "Alice").await?, author(&given, "Bob").await?);
    let mut post = post(&given, &alice, "x").await?;
    post.title = "Ελλάδα".to_owned();
    post.author = bob.id.into();
    post.published_at = Some(post.created_at);
    post.status = Status::Published;
    assert_queries!(db, 1, { post.save(db).await? });
    let read = Post::objects().get(db).await?;
    assert_eq!(read.title, "Ελλάδα");
    assert_eq!(*read.author.key(), bob.id);
    assert_eq!(read.published_at, Some(post.created_at));
    assert_eq!(read.status, Status::Published);
    assert_eq!(read.updated_at, post.updated_at);
    // Without a key it is inserted.
    let mut other = Post {
        id: 0,
        slug: "y".to_owned(),
        ..post
    };
    assert_queries!(db, 1, { other.save(db).await? });
    assert_ne!(other.id, 0);
    assert_eq!(Post::objects().count(db).await?, 2);
    Ok(())
}

async fn a_save_of_some_fields_writes_those(given: Given) -> Outcome {
    let db = &given.db;
    let mut card = Card::builder().name("a").long("…").create(db).await?;
    let changed = card.changed;
    card.uses = 5;
    card.name = "b".to_owned();
    assert_queries!(db, 1, { card.save_fields(db, |c| c.uses()).await? });
    let read = Card::objects().get(db).await?;
    assert_eq!((&*read.name, read.uses), ("a", 5));
    // A time is set if it is named.
    assert_eq!(read.changed, changed);
    card.save_fields(db, |c| (c.name(), c.changed())).await?;
    let read = Card::objects().get(db).await?;
    assert_eq!(&*read.name, "b");
    assert!(changed < read.changed);
    assert_eq!(read.changed, card.changed);
    let error = card.save_fields(db, |c| c.id()).await.unwrap_err();
    assert!(error.to_string().contains("`Card.id`"), "{error}");
    Ok(())
}

async fn a_save_of_what_is_the_same_finds_the_row(given: Given) -> Outcome {
    let db = &given.db;
    let mut alice = author(&given, "Alice").await?;
    alice.save(db).await?;
    alice.save_fields(db, |a| a.name()).await?;
    let found = Author::objects()
        .bulk_update(db, &[alice], |a| a.name())
        .await?;
    assert_eq!(found, 1);
    Ok(())
}

async fn a_row_that_is_gone_is_told(given: Given) -> Outcome {
    let db = &given.db;
    let mut alice = author(&given, "Alice").await?;
    let deleted = alice.delete(db).await?;
    assert_eq!((deleted.total, deleted.of::<Author>()), (1, 1));
    let id = alice.id.to_string();
    for error in [
        alice.save(db).await.unwrap_err(),
        alice.save_fields(db, |a| a.name()).await.unwrap_err(),
        alice.refresh(db).await.unwrap_err(),
        alice.refresh_fields(db, |a| a.name()).await.unwrap_err(),
    ] {
        let ErrorKind::RowGone { model, key } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!((&**model, key), ("Author", &id));
    }
    let deleted = alice.delete(db).await?;
    assert_eq!(deleted.total, 0);
    assert!(deleted.per_model.is_empty());
    alice.insert(db).await?;
    assert_eq!(Author::objects().get(db).await?.id, alice.id);
    Ok(())
}

async fn keys_of_ones_own_are_updated_or_inserted(given: Given) -> Outcome {
    let db = &given.db;
    let mut token = assert_queries!(db, 1, { Token::builder().note("one").create(db).await? });
    token.note = "two".to_owned();
    assert_queries!(db, 1, { token.save(db).await? });
    let made = token.made;
    let mut other = Token::builder().note("three").build()?;
    assert_queries!(db, 2, { other.save(db).await? });
    let read = Token::objects().key(token.id).get(db).await?;
    assert_eq!((&*read.note, read.made), ("two", made));
    assert_eq!(Token::objects().count(db).await?, 2);

    let mut france = Country::builder()
        .code("FR")
        .name("Frankreich")
        .create(db)
        .await?;
    france.name = "France".to_owned();
    france.save(db).await?;
    let again = Country::builder().code("FR").name("X").create(db).await;
    assert!(again.unwrap_err().is_unique_violation());
    assert_eq!(Country::objects().get(db).await?.name, "France");
    let found = Country::objects().in_bulk(db, ["FR", "ZZ"]).await?;
    assert_eq!((found.len(), &*found["FR"].name), (1, "France"));
    Ok(())
}

async fn what_a_query_left_unread_is_not_written(given: Given) -> Outcome {
    let db = &given.db;
    Card::builder().name("a").long("long").create(db).await?;
    let mut card = Card::objects().defer(|c| c.long()).get(db).await?;
    assert!(card.long.get().is_err());
    card.uses = 3;
    card.save(db).await?;
    let read = Card::objects().get(db).await?;
    assert_eq!((read.uses, &**read.long.get()?), (3, "long"));
    card.refresh_fields(db, |c| c.long()).await?;
    assert_eq!(card.long.get()?, "long");
    let mut card = Card::objects().defer(|c| c.long()).get(db).await?;
    card.refresh(db).await?;
    assert_eq!(card.long.get()?, "long");
    Ok(())
}

async fn a_model_of_a_key_alone_is_saved_too(given: Given) -> Outcome {
    let db = &given.db;
    let mut bare = Bare::builder().create(db).await?;
    assert_ne!(bare.id, 0);
    bare.save(db).await?;
    let more = vec![Bare::builder().build()?, Bare::builder().build()?];
    Bare::objects().bulk_create(db, more).await?;
    assert_eq!(Bare::objects().count(db).await?, 3);
    bare.delete(db).await?;
    let error = bare.save(db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::RowGone { .. }), "{error}");
    Ok(())
}

async fn a_refresh_reads_the_row_again(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let mut post = post(&given, &alice, "x").await?;
    post.tags.load(db).await?;
    Post::objects()
        .update(db, |p| (p.view_count().set(9), p.title().set("new")))
        .await?;
    assert_queries!(db, 1, {
        post.refresh_fields(db, |p| p.view_count()).await?
    });
    assert_eq!((post.view_count, &*post.title), (9, "X"));
    assert_queries!(db, 1, { post.refresh(db).await? });
    assert_eq!(post.title, "new");
    assert!(post.tags.get().is_err(), "what was loaded is forgotten");
    Ok(())
}

async fn related_objects_are_never_written(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    post(&given, &alice, "x").await?;
    let mut post = Post::objects()
        .select_related(|p| p.author())
        .get(db)
        .await?;
    Author::objects()
        .update(db, |a| a.name().set("Alicia"))
        .await?;
    post.title = "new".to_owned();
    post.save(db).await?;
    assert_eq!(Author::objects().get(db).await?.name, "Alicia");
    if given.product == Product::Sqlite {
        // Nothing else was asked for: the key that was read is the key that is written.
        assert_eq!(post.author.get()?.name, "Alice");
    }
    Ok(())
}

//! What is on the other side of a relation to many, changed.

use nuages::prelude::*;
use nuages::{ErrorKind, assert_queries};
use nuages_tests::blog::{Author, Post, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, cases};

use super::models::{Cat, Club, LIBRARY, Membership, Reader, Shelf};
use super::record::{author, post};

pub(super) fn area() -> Area {
    Area::new(
        "relation",
        cases![
            objects_are_added_once.on(&BLOG),
            objects_are_removed_and_set.on(&BLOG),
            both_sides_can_be_written.on(&BLOG),
            what_was_loaded_is_read_anew.on(&BLOG),
            objects_are_made_and_added.on(&BLOG),
            friends_are_friends_of_each_other.on(&LIBRARY),
            following_has_a_direction.on(&LIBRARY),
            a_model_between_gets_its_defaults.on(&LIBRARY),
            rows_change_their_owner.on(&LIBRARY),
            rows_that_need_an_owner_keep_one.on(&BLOG),
            a_relation_is_a_query_set.on(&BLOG),
        ],
    )
}

async fn tags(given: &Given, names: &[&str]) -> nuages::Result<Vec<Tag>> {
    let mut tags = Vec::new();
    for name in names {
        tags.push(Tag::builder().name(*name).create(&given.db).await?);
    }
    Ok(tags)
}

/// The names of a post's tags as the database has them.
async fn names(given: &Given, post: &Post) -> nuages::Result<Vec<String>> {
    let tags = post.tags.objects().order_by(|t| t.name());
    tags.values_flat(|t| t.name()).all(&given.db).await
}

async fn objects_are_added_once(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let post = post(&given, &alice, "x").await?;
    let tags = tags(&given, &["a", "b", "c"]).await?;
    assert_queries!(db, 1, {
        post.tags.add(db, [&tags[0], &tags[1], &tags[0]]).await?
    });
    assert_queries!(db, 1, { post.tags.add(db, &tags).await? });
    assert_eq!(names(&given, &post).await?, ["a", "b", "c"]);
    post.tags.clear(db).await?;
    assert_eq!(names(&given, &post).await?, [""; 0]);
    // Keys do as well, from any place that has some.
    post.tags.add(db, tags.iter().map(|tag| tag.id)).await?;
    assert_eq!(names(&given, &post).await?, ["a", "b", "c"]);
    assert_queries!(db, 0, { post.tags.add(db, [0_i64; 0]).await? });
    let unsaved = Tag::builder().name("d").build()?;
    let error = post.tags.add(db, [&unsaved]).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotSaved { .. }),
        "{error}"
    );
    let unsaved = Post::builder()
        .title("")
        .slug("")
        .author(&alice)
        .body("")
        .build()?;
    let error = unsaved.tags.add(db, &tags).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotSaved { .. }),
        "{error}"
    );
    Ok(())
}

async fn objects_are_removed_and_set(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let (one, other) = (
        post(&given, &alice, "x").await?,
        post(&given, &alice, "y").await?,
    );
    let tags = tags(&given, &["a", "b", "c", "d"]).await?;
    one.tags.add(db, &tags[..3]).await?;
    other.tags.add(db, &tags).await?;
    assert_queries!(db, 1, { one.tags.remove(db, [&tags[0], &tags[3]]).await? });
    assert_eq!(names(&given, &one).await?, ["b", "c"]);
    assert_queries!(db, 3, { one.tags.set(db, [&tags[2], &tags[3]]).await? });
    assert_eq!(names(&given, &one).await?, ["c", "d"]);
    assert_queries!(db, 1, { one.tags.set(db, [&tags[2], &tags[3]]).await? });
    one.tags.set(db, [0_i64; 0]).await?;
    assert_eq!(names(&given, &one).await?, [""; 0]);
    assert_eq!(names(&given, &other).await?, ["a", "b", "c", "d"]);
    Ok(())
}

async fn both_sides_can_be_written(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let (one, other) = (
        post(&given, &alice, "x").await?,
        post(&given, &alice, "y").await?,
    );
    let tag = tags(&given, &["a"]).await?.remove(0);
    tag.posts.add(db, [&one, &other]).await?;
    assert_eq!(names(&given, &one).await?, ["a"]);
    tag.posts.remove(db, [&one]).await?;
    assert_eq!(names(&given, &one).await?, [""; 0]);
    tag.posts.set(db, [&one]).await?;
    assert_eq!(names(&given, &one).await?, ["a"]);
    assert_eq!(names(&given, &other).await?, [""; 0]);
    Ok(())
}

async fn what_was_loaded_is_read_anew(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    for slug in ["x", "y"] {
        post(&given, &alice, slug).await?;
    }
    let tags = tags(&given, &["a", "b"]).await?;
    let posts = Post::objects()
        .prefetch_related(|p| p.tags())
        .all(db)
        .await?;
    for added in 1..=2 {
        posts[0].tags.add(db, [&tags[added - 1]]).await?;
        assert!(posts[0].tags.get().is_err());
        assert_eq!(posts[0].tags.load(db).await?.len(), added);
        assert_eq!(posts[0].tags.get()?.len(), added);
    }
    // The others keep what they have.
    assert_eq!(posts[1].tags.get()?.len(), 0);
    let clone = posts[0].clone();
    assert_eq!(clone.tags.get()?.len(), 2);
    Ok(())
}

async fn objects_are_made_and_added(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let post = post(&given, &alice, "x").await?;
    let tag = post.tags.create(db, Tag::builder().name("new")).await?;
    assert_eq!(names(&given, &post).await?, ["new"]);
    let error = post.tags.create(db, Tag::builder().name("new")).await;
    assert!(error.unwrap_err().is_unique_violation());
    assert_eq!(tag.posts.load(db).await?[0].id, post.id);
    Ok(())
}

async fn reader(given: &Given, name: &str) -> nuages::Result<Reader> {
    Reader::builder().name(name).create(&given.db).await
}

async fn friends(given: &Given, reader: &Reader) -> nuages::Result<Vec<String>> {
    let friends = reader.friends.objects().order_by(|r| r.name());
    friends.values_flat(|r| r.name()).all(&given.db).await
}

async fn friends_are_friends_of_each_other(given: Given) -> Outcome {
    let db = &given.db;
    let (a, b, c) = (
        reader(&given, "a").await?,
        reader(&given, "b").await?,
        reader(&given, "c").await?,
    );
    assert_queries!(db, 1, { a.friends.add(db, [&b, &c, &a]).await? });
    assert_eq!(friends(&given, &a).await?, ["a", "b", "c"]);
    assert_eq!(friends(&given, &b).await?, ["a"]);
    b.friends.add(db, [&c]).await?;
    assert_eq!(friends(&given, &c).await?, ["a", "b"]);
    c.friends.remove(db, [&a]).await?;
    assert_eq!(friends(&given, &a).await?, ["a", "b"]);
    a.friends.set(db, [&c]).await?;
    assert_eq!(friends(&given, &a).await?, ["c"]);
    assert_eq!(friends(&given, &b).await?, ["c"]);
    assert_eq!(friends(&given, &c).await?, ["a", "b"]);
    c.friends.clear(db).await?;
    assert_eq!(friends(&given, &b).await?, [""; 0]);
    // What goes takes the rows of both directions along.
    a.friends.add(db, [&b]).await?;
    let deleted = a.delete(db).await?;
    assert_eq!(deleted.per_model["library.Reader_friends"], 2);
    Ok(())
}

async fn following_has_a_direction(given: Given) -> Outcome {
    let db = &given.db;
    let (a, b) = (reader(&given, "a").await?, reader(&given, "b").await?);
    a.follows.add(db, [&b]).await?;
    assert_eq!(b.follows.load(db).await?.len(), 0);
    assert_eq!(b.followers.load(db).await?[0].id, a.id);
    b.followers.clear(db).await?;
    assert_eq!(a.follows.load(db).await?.len(), 0);
    a.followers.add(db, [&b]).await?;
    // What was loaded of the other side is as it was then.
    assert_eq!(b.follows.load(db).await?.len(), 0);
    assert_eq!(b.follows.objects().get(db).await?.id, a.id);
    Ok(())
}

async fn a_model_between_gets_its_defaults(given: Given) -> Outcome {
    let db = &given.db;
    let (a, b) = (reader(&given, "a").await?, reader(&given, "b").await?);
    let club = Club::builder().create(db).await?;
    club.members.add(db, [&a]).await?;
    let first = Membership::objects().get(db).await?;
    assert_eq!((&*first.rank, first.note.as_deref()), ("new", None));
    assert!(first.since <= Utc::now());
    Membership::objects()
        .update(db, |m| m.rank().set("old"))
        .await?;
    // Who is a member stays the one that he is.
    club.members.add(db, [&a, &b]).await?;
    let all = Membership::objects().order_by(|m| m.id()).all(db).await?;
    let ranks: Vec<&str> = all.iter().map(|m| &*m.rank).collect();
    assert_eq!(ranks, ["old", "new"]);
    assert_eq!(a.clubs.load(db).await?.len(), 1);
    club.members.set(db, [&b]).await?;
    assert_eq!(Membership::objects().get(db).await?.id, all[1].id);
    b.clubs.clear(db).await?;
    assert_eq!(Membership::objects().count(db).await?, 0);
    let error = club.visitors.add(db, [&a]).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("Visit") && message.contains("`hours`"),
        "{message}"
    );
    Ok(())
}

async fn cats(given: &Given, shelf: &Shelf) -> nuages::Result<Vec<String>> {
    let cats = shelf.cats.objects().order_by(|c| c.name());
    cats.values_flat(|c| c.name()).all(&given.db).await
}

async fn rows_change_their_owner(given: Given) -> Outcome {
    let db = &given.db;
    let mut shelves = Vec::new();
    for name in ["one", "two"] {
        shelves.push(Shelf::builder().name(name).create(db).await?);
    }
    let (one, two) = (&shelves[0], &shelves[1]);
    let mut tom = one.cats.create(db, Cat::builder().name("Tom")).await?;
    assert_eq!(tom.shelf.as_ref().map(|key| *key.key()), Some(one.id));
    let felix = Cat::builder().name("Felix").create(db).await?;
    assert_queries!(db, 1, { one.cats.add(db, [&felix]).await? });
    assert_eq!(cats(&given, one).await?, ["Felix", "Tom"]);
    assert_eq!(one.cats.load(db).await?.len(), 2);
    two.cats.add(db, [&tom]).await?;
    assert_eq!(cats(&given, one).await?, ["Felix"]);
    tom.refresh(db).await?;
    assert_eq!(tom.shelf.as_ref().map(|key| *key.key()), Some(two.id));
    // Whose it is not, it is not taken from.
    one.cats.remove(db, [&tom]).await?;
    assert_eq!(cats(&given, two).await?, ["Tom"]);
    two.cats.remove(db, [&tom]).await?;
    assert_eq!(cats(&given, two).await?, [""; 0]);
    assert_queries!(db, 2, { one.cats.set(db, [&tom]).await? });
    assert_eq!(cats(&given, one).await?, ["Tom"]);
    one.cats.set(db, [&tom, &felix]).await?;
    assert_eq!(cats(&given, one).await?, ["Felix", "Tom"]);
    assert_queries!(db, 1, { one.cats.clear(db).await? });
    assert_eq!(
        Cat::objects()
            .filter(|c| c.shelf().is_null())
            .count(db)
            .await?,
        2
    );
    Ok(())
}

async fn rows_that_need_an_owner_keep_one(given: Given) -> Outcome {
    let db = &given.db;
    let (alice, bob) = (author(&given, "Alice").await?, author(&given, "Bob").await?);
    let (one, two) = (
        post(&given, &alice, "x").await?,
        post(&given, &alice, "y").await?,
    );
    for error in [
        alice.posts.clear(db).await.unwrap_err(),
        alice.posts.remove(db, [&one]).await.unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("`author`, which cannot be NULL"),
            "{error}"
        );
    }
    // Setting only adds.
    bob.posts.set(db, [&two]).await?;
    assert_eq!(alice.posts.load(db).await?.len(), 1);
    bob.posts.set(db, [&one]).await?;
    assert_eq!(bob.posts.load(db).await?.len(), 2);
    let new = Post::builder().title("t").slug("z").author(&alice).body("");
    let new = bob.posts.create(db, new).await?;
    assert_eq!(*new.author.key(), bob.id);
    Ok(())
}

async fn a_relation_is_a_query_set(given: Given) -> Outcome {
    let db = &given.db;
    let (alice, bob) = (author(&given, "Alice").await?, author(&given, "Bob").await?);
    for (writer, slug) in [(&alice, "x"), (&alice, "y"), (&bob, "z")] {
        post(&given, writer, slug).await?;
    }
    let slug = |slug: &str| {
        let slug = slug.to_owned();
        alice.posts.objects().filter(|p| p.slug().eq(slug))
    };
    assert!(slug("x").exists(db).await?);
    assert!(!slug("z").exists(db).await?);
    assert_eq!(
        alice
            .posts
            .objects()
            .update(db, |p| p.view_count().set(3))
            .await?,
        2
    );
    assert_eq!(
        Post::objects()
            .filter(|p| p.view_count().eq(3))
            .count(db)
            .await?,
        2
    );
    assert_eq!(bob.posts.objects().delete(db).await?.of::<Post>(), 1);
    let authors = Author::objects()
        .prefetch_related(|a| a.posts())
        .all(db)
        .await?;
    assert_eq!(authors[0].posts.objects().count(db).await?, 2);
    Ok(())
}

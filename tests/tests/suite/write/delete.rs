//! Rows that go, and what goes with them.

use std::collections::BTreeMap;

use nuages::prelude::*;
use nuages::write::Deleted;
use nuages::{Database, ErrorKind, assert_queries};
use nuages_tests::blog::{Author, Category, Comment, Post, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, Product, cases};

use super::models::{
    Book, Cat, Dust, Ghost, LIBRARY, Label, Lamp, Lantern, Left, Mouse, Page, Plant, Radio, Reader,
    Right, Shelf, Ticket,
};
use super::record::{author, post};

pub(super) fn area() -> Area {
    Area::new(
        "delete",
        cases![
            what_nothing_depends_on_takes_one_statement.on(&LIBRARY),
            a_deletion_takes_along_what_depends.on(&BLOG),
            a_query_deletes_its_rows.on(&BLOG),
            a_slice_and_a_join_can_be_deleted.on(&BLOG),
            a_tree_goes_as_a_whole.on(&BLOG),
            every_rule_is_kept.on(&LIBRARY),
            protected_rows_refuse.on(&LIBRARY),
            restricted_rows_refuse_unless_they_go_too.on(&LIBRARY),
            circles_can_be_deleted.on(&LIBRARY),
            a_deletion_hides_no_violation.on(&LIBRARY),
            a_deletion_within_a_transaction_can_be_undone.on(&LIBRARY),
            many_rows_go_in_batches.on(&LIBRARY),
            groups_cannot_be_deleted.on(&BLOG),
        ],
    )
}

fn report<const N: usize>(rows: [(&str, u64); N]) -> Deleted {
    let per_model: BTreeMap<String, u64> = rows
        .into_iter()
        .map(|(label, rows)| (label.to_owned(), rows))
        .collect();
    Deleted {
        total: per_model.values().sum(),
        per_model,
    }
}

async fn shelf(db: &Database, name: &str) -> nuages::Result<Shelf> {
    Shelf::builder().name(name).create(db).await
}

async fn book(db: &Database, shelf: &Shelf, name: &str) -> nuages::Result<Book> {
    Book::builder().shelf(shelf).name(name).create(db).await
}

async fn what_nothing_depends_on_takes_one_statement(given: Given) -> Outcome {
    let db = &given.db;
    let shelf = shelf(db, "a").await?;
    let book = book(db, &shelf, "b").await?;
    for _ in 0..3 {
        Page::builder().book(&book).create(db).await?;
    }
    let page = Page::objects().first(db).await?.unwrap();
    let deleted = assert_queries!(db, 1, { page.delete(db).await? });
    assert_eq!(deleted, report([("library.Page", 1)]));
    let deleted = assert_queries!(db, 1, { Page::objects().delete(db).await? });
    assert_eq!(deleted, report([("library.Page", 2)]));
    assert_eq!(Page::objects().delete(db).await?, report([]));
    assert_queries!(db, 0, { Page::objects().none().delete(db).await? });
    Ok(())
}

/// Alice has two posts with tags, comments, and a category; Bob has one and commented.
async fn blog(given: &Given) -> nuages::Result<(Author, Author)> {
    let db = &given.db;
    let (alice, bob) = (author(given, "Alice").await?, author(given, "Bob").await?);
    let tech = Category::builder().name("Tech").create(db).await?;
    let mut posts = Vec::new();
    for (writer, slug) in [(&alice, "one"), (&alice, "two"), (&bob, "three")] {
        let mut post = post(given, writer, slug).await?;
        post.category = Some(ForeignKey::from(tech.id));
        post.save(db).await?;
        posts.push(post);
    }
    let (rust, spam) = (
        Tag::builder().name("rust").create(db).await?,
        Tag::builder().name("spam").create(db).await?,
    );
    posts[0].tags.add(db, [&rust, &spam]).await?;
    posts[2].tags.add(db, [&rust]).await?;
    for (post, writer) in [(0, &bob), (1, &bob), (2, &alice)] {
        let comment = Comment::builder()
            .post(&posts[post])
            .author(writer)
            .body("…");
        let comment = comment.create(db).await?;
        let answer = Comment::builder()
            .post(&posts[post])
            .parent(&comment)
            .body("!");
        answer.create(db).await?;
    }
    Ok((alice, bob))
}

async fn a_deletion_takes_along_what_depends(given: Given) -> Outcome {
    let db = &given.db;
    let (alice, _) = blog(&given).await?;
    let deleted = alice.delete(db).await?;
    assert_eq!(
        deleted,
        report([
            ("blog.Author", 1),
            ("blog.Post", 2),
            ("blog.Comment", 4),
            ("blog.Post_tags", 2),
        ])
    );
    assert_eq!((deleted.of::<Post>(), deleted.of::<Tag>()), (2, 0));
    let left = Post::objects()
        .prefetch_related(|p| p.tags())
        .get(db)
        .await?;
    assert_eq!((&*left.slug, left.tags.get()?.len()), ("three", 1));
    let comments = Comment::objects().all(db).await?;
    assert_eq!(comments.len(), 2);
    assert!(comments.iter().all(|comment| comment.author.is_none()));
    // A category goes alone.
    let deleted = Category::objects().delete(db).await?;
    assert_eq!(deleted, report([("blog.Category", 1)]));
    assert!(Post::objects().get(db).await?.category.is_none());
    Ok(())
}

async fn a_query_deletes_its_rows(given: Given) -> Outcome {
    let db = &given.db;
    blog(&given).await?;
    let deleted = Post::objects()
        .filter(|p| p.author().name().eq("Alice") & p.tags().name().eq("rust"))
        .select_related(|p| p.author())
        .delete(db)
        .await?;
    assert_eq!(
        deleted,
        report([("blog.Post", 1), ("blog.Comment", 2), ("blog.Post_tags", 2)])
    );
    let deleted = Tag::objects()
        .filter(|t| t.posts().slug().eq("three"))
        .delete(db)
        .await?;
    assert_eq!(deleted, report([("blog.Tag", 1), ("blog.Post_tags", 1)]));
    assert_eq!(Post::objects().count(db).await?, 2);
    Ok(())
}

async fn a_slice_and_a_join_can_be_deleted(given: Given) -> Outcome {
    let db = &given.db;
    blog(&given).await?;
    let deleted = Comment::objects()
        .filter(|c| c.post().author().name().eq("Bob"))
        .delete(db)
        .await?;
    assert_eq!(deleted, report([("blog.Comment", 2)]));
    let deleted = Comment::objects()
        .order_by(|c| c.id())
        .limit(1)
        .delete(db)
        .await?;
    assert_eq!(deleted, report([("blog.Comment", 2)]));
    let deleted = Post::objects()
        .order_by(|p| p.slug())
        .offset(1)
        .limit(1)
        .delete(db)
        .await?;
    assert_eq!(deleted.of::<Post>(), 1);
    assert_eq!(
        Post::objects()
            .filter(|p| p.slug().eq("three"))
            .count(db)
            .await?,
        0
    );
    Ok(())
}

async fn a_tree_goes_as_a_whole(given: Given) -> Outcome {
    let db = &given.db;
    let alice = author(&given, "Alice").await?;
    let post = post(&given, &alice, "x").await?;
    let root = Comment::builder()
        .post(&post)
        .body("root")
        .create(db)
        .await?;
    let mut level = vec![root.clone()];
    for _ in 0..4 {
        let mut next = Vec::new();
        for parent in &level {
            for _ in 0..2 {
                let answer = Comment::builder().post(&post).parent(parent).body("…");
                next.push(answer.create(db).await?);
            }
        }
        level = next;
    }
    let other = Comment::builder()
        .post(&post)
        .body("other")
        .create(db)
        .await?;
    assert_eq!(root.delete(db).await?, report([("blog.Comment", 31)]));
    assert_eq!(Comment::objects().get(db).await?.id, other.id);
    // A comment that is its own parent.
    let mut own = other;
    own.parent = Some(own.id.into());
    own.save(db).await?;
    assert_eq!(own.delete(db).await?, report([("blog.Comment", 1)]));
    Ok(())
}

async fn every_rule_is_kept(given: Given) -> Outcome {
    let db = &given.db;
    let (first, second) = (shelf(db, "first").await?, shelf(db, "second").await?);
    // What `default = 1` and `SET(2)` speak of: keys go on counting from case to case.
    let fixed = Shelf::builder();
    for (id, name) in [(1, "one"), (2, "two")] {
        if id != first.id && id != second.id {
            Shelf::builder()
                .id(id)
                .name(name)
                .build()?
                .insert(db)
                .await?;
        }
    }
    let gone = fixed.name("gone").create(db).await?;
    let kept = book(db, &first, "kept").await?;
    let lost = book(db, &gone, "lost").await?;
    Page::builder().book(&lost).create(db).await?;
    Page::builder().book(&kept).create(db).await?;
    let cat = Cat::builder().shelf(&gone).name("Tom").create(db).await?;
    let mut plant = Plant::builder().shelf(&gone).create(db).await?;
    let mut radio = Radio::builder().shelf(&gone).create(db).await?;
    let mut lantern = Lantern::builder().shelf(&gone).create(db).await?;
    let dust = Dust::builder().shelf(&gone).create(db).await?;
    Mouse::builder().shelf(&gone).create(db).await?;
    let mouse = Mouse::builder().shelf(&second).create(db).await?;
    Ghost::builder().shelf(&gone).create(db).await?;
    Ticket::builder().shelf(&gone).create(db).await?;
    let ticket = Ticket::builder().shelf(&first).create(db).await?;
    let reader = Reader::builder().name("R").create(db).await?;
    reader.shelves.add(db, [&gone, &first]).await?;
    let deleted = gone.delete(db).await?;
    assert_eq!(
        deleted,
        report([
            ("library.Shelf", 1),
            ("library.Book", 1),
            ("library.Page", 1),
            ("library.Ticket", 1),
            ("library.Reader_shelves", 1),
        ])
    );
    assert_eq!(Book::objects().get(db).await?.id, kept.id);
    assert_eq!(Page::objects().count(db).await?, 1);
    assert!(Cat::objects().get(db).await?.shelf.is_none());
    assert_eq!(Cat::objects().get(db).await?.id, cat.id);
    plant.refresh(db).await?;
    radio.refresh(db).await?;
    lantern.refresh(db).await?;
    assert_eq!((*plant.shelf.key(), *radio.shelf.key()), (1, 2));
    assert_eq!(*lantern.shelf.key(), 2);
    assert_eq!(Dust::objects().get(db).await?.shelf, dust.shelf);
    assert_eq!(Mouse::objects().get(db).await?.id, mouse.id);
    assert!(Ghost::objects().get(db).await?.shelf.is_none());
    assert_eq!(Ticket::objects().get(db).await?.id, ticket.id);
    assert_eq!(reader.shelves.load(db).await?.len(), 1);
    Ok(())
}

fn protected(error: &nuages::Error) -> (&str, &str) {
    assert!(error.is_protected(), "{error}");
    match error.kind() {
        ErrorKind::Protected { model, references } => (model, references),
        _ => panic!("{error}"),
    }
}

async fn protected_rows_refuse(given: Given) -> Outcome {
    let db = &given.db;
    let (a, b) = (shelf(db, "a").await?, shelf(db, "b").await?);
    book(db, &a, "x").await?;
    for _ in 0..2 {
        Lamp::builder().shelf(&a).create(db).await?;
    }
    Lamp::builder().shelf(&b).create(db).await?;
    let error = a.delete(db).await.unwrap_err();
    assert_eq!(protected(&error), ("Shelf", "Lamp.shelf (2 rows, PROTECT)"));
    let error = Shelf::objects().delete(db).await.unwrap_err();
    assert_eq!(protected(&error), ("Shelf", "Lamp.shelf (3 rows, PROTECT)"));
    assert_eq!(Book::objects().count(db).await?, 1);
    Lamp::objects()
        .filter(|l| l.shelf().eq(&a))
        .delete(db)
        .await?;
    assert_eq!(
        a.delete(db).await?,
        report([("library.Shelf", 1), ("library.Book", 1)])
    );
    Ok(())
}

async fn restricted_rows_refuse_unless_they_go_too(given: Given) -> Outcome {
    let db = &given.db;
    let (a, b) = (shelf(db, "a").await?, shelf(db, "b").await?);
    let (on_a, on_b) = (book(db, &a, "a").await?, book(db, &b, "b").await?);
    Label::builder().shelf(&a).book(&on_a).create(db).await?;
    let other = Label::builder().shelf(&a).book(&on_b).create(db).await?;
    let error = a.delete(db).await.unwrap_err();
    assert_eq!(
        protected(&error),
        ("Shelf", "Label.shelf (1 row, RESTRICT)")
    );
    assert_eq!(Shelf::objects().count(db).await?, 2);
    // Both shelves together take both books, and so both labels.
    assert_eq!(
        db.atomic(async |tx| {
            let deleted = Shelf::objects().delete(tx).await?;
            assert_eq!(Label::objects().count(tx).await?, 0);
            Err::<(), _>(nuages::Error::user(format!("{}", deleted.total)))
        })
        .await
        .unwrap_err()
        .to_string(),
        "6"
    );
    other.delete(db).await?;
    assert_eq!(
        a.delete(db).await?,
        report([
            ("library.Shelf", 1),
            ("library.Book", 1),
            ("library.Label", 1)
        ])
    );
    assert_eq!(on_b.delete(db).await?.total, 1);
    Ok(())
}

async fn circles_can_be_deleted(given: Given) -> Outcome {
    let db = &given.db;
    for nested in [false, true] {
        let mut left = Left::builder().create(db).await?;
        let right = Right::builder().left(&left).create(db).await?;
        left.right = Some(right.id.into());
        left.save(db).await?;
        let lone = Left::builder().right(&right).create(db).await?;
        let expected = report([("library.Left", 2), ("library.Right", 1)]);
        let deleted = if nested {
            db.atomic(async |tx| {
                let deleted = right.delete(tx).await?;
                // What is wrong is told at once again.
                let wrong = Right::builder().left(lone.id).create(tx).await;
                let at_once = wrong.is_err_and(|error| error.is_foreign_key_violation());
                assert!(at_once || given.product == Product::Sqlite);
                Err::<(), _>(nuages::Error::user(format!("{}", deleted.total)))
            })
            .await
            .unwrap_err()
            .to_string()
        } else {
            assert_eq!(left.delete(db).await?, expected);
            "3".to_owned()
        };
        assert_eq!(deleted, "3");
    }
    assert_eq!(Left::objects().count(db).await?, 2);
    Ok(())
}

/// What was wrong before a deletion in the same transaction, or comes of it, is told by the end of the transaction.
async fn a_deletion_hides_no_violation(given: Given) -> Outcome {
    let db = &given.db;
    let mut left = Left::builder().create(db).await?;
    let right = Right::builder().left(&left).create(db).await?;
    left.right = Some(right.id.into());
    left.save(db).await?;
    let wrong = db
        .atomic(async |tx| {
            if given.product == Product::Sqlite {
                tx.batch("PRAGMA defer_foreign_keys = ON").await?;
            }
            Right::builder().left(77).create(tx).await?;
            right.delete(tx).await?;
            Ok(())
        })
        .await
        .unwrap_err();
    assert!(wrong.is_foreign_key_violation(), "{wrong}");
    assert_eq!(Left::objects().count(db).await?, 1);
    Ok(())
}

async fn a_deletion_within_a_transaction_can_be_undone(given: Given) -> Outcome {
    let db = &given.db;
    let shelf = shelf(db, "a").await?;
    book(db, &shelf, "b").await?;
    Lamp::builder().shelf(&shelf).create(db).await?;
    db.atomic(async |tx| {
        let error = shelf.delete(tx).await.unwrap_err();
        assert!(error.is_protected(), "{error}");
        // The transaction goes on.
        Lamp::objects().delete(tx).await?;
        shelf.delete(tx).await?;
        Ok(())
    })
    .await?;
    assert_eq!(Shelf::objects().count(db).await?, 0);
    Ok(())
}

async fn many_rows_go_in_batches(given: Given) -> Outcome {
    let db = &given.db;
    let shelf = shelf(db, "a").await?;
    let books = (0..9000).map(|n| Book::builder().shelf(&shelf).name(n.to_string()).build());
    let books = books.collect::<nuages::Result<Vec<_>>>()?;
    Book::objects().bulk_create(db, books).await?;
    let first = Book::objects().first(db).await?.unwrap();
    Page::builder().book(&first).create(db).await?;
    let recording = db.record();
    let deleted = shelf.delete(db).await?;
    let statements = recording.statements().len();
    drop(recording);
    assert_eq!(
        deleted,
        report([
            ("library.Shelf", 1),
            ("library.Book", 9000),
            ("library.Page", 1)
        ])
    );
    assert!(statements < 24, "{statements} statements");
    Ok(())
}

async fn groups_cannot_be_deleted(given: Given) -> Outcome {
    let error = Post::objects()
        .values(|p| p.title())
        .delete(&given.db)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("without values()"), "{error}");
    Ok(())
}

//! Mistakes in queries: each says what is wrong, where, and what to do.

use nuages::Value;
use nuages::prelude::*;
use nuages_tests::blog::{Author, Comment, Post};
use nuages_tests::club::Game;
use nuages_tests::models::{BLOG, CLUB};
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_mistake_is_told_whatever_ran_before.on(&BLOG),
        calls_in_the_wrong_order_are_told.on(&BLOG),
        rows_of_groups_are_not_written.on(&BLOG),
        only_deferred_fields_are_left_unread.on(&CLUB),
        subqueries_have_one_column.on(&BLOG),
        keys_are_those_of_saved_objects.on(&BLOG),
        names_are_suggested.on(&BLOG),
        locks_need_a_transaction.on(&BLOG),
    ]
}

/// What an operation that must fail says.
fn said<T>(result: nuages::Result<T>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn a_mistake_is_told_whatever_ran_before(given: Given) -> Outcome {
    fill(&given.db).await?;
    // The same query without the mistake is known by its shape.
    assert_eq!(Post::objects().limit(1).all(&given.db).await?.len(), 1);
    let message = said(
        Post::objects()
            .limit(1)
            .filter(|p| p.id().eq(3))
            .all(&given.db)
            .await,
    );
    assert!(message.contains("before limit()"), "{message}");
    let inner = || Post::objects().limit(1);
    assert!(
        Author::objects()
            .filter(|_| exists(inner()))
            .exists(&given.db)
            .await?
    );
    let wrong = Author::objects().filter(|_| exists(inner().filter(|p| p.id().eq(3))));
    let message = said(wrong.exists(&given.db).await);
    assert!(message.contains("before limit()"), "{message}");
    Ok(())
}

async fn calls_in_the_wrong_order_are_told(given: Given) -> Outcome {
    fill(&given.db).await?;
    let sliced = || Post::objects().limit(2);
    let message = said(sliced().order_by(|p| p.id()).all(&given.db).await);
    assert!(
        message.contains("order_by() comes before limit()"),
        "{message}"
    );
    let message = said(sliced().reverse().all(&given.db).await);
    assert!(
        message.contains("reverse() comes before limit()"),
        "{message}"
    );
    let message = said(sliced().order_by_name("id")?.all(&given.db).await);
    assert!(
        message.contains("order_by_name() comes before limit()"),
        "{message}"
    );
    let message = said(sliced().distinct().all(&given.db).await);
    assert!(
        message.contains("distinct() comes before limit()"),
        "{message}"
    );
    let message = said(sliced().last(&given.db).await);
    assert!(message.contains("comes before limit()"), "{message}");
    let message = said(
        sliced()
            .values(|p| (p.status(), p.id().count()))
            .all(&given.db)
            .await,
    );
    assert!(message.contains("limit()"), "{message}");
    let message = said(
        Post::objects()
            .values_flat(|p| p.id())
            .select_related(|p| p.author())
            .all(&given.db)
            .await,
    );
    assert!(message.contains("select_related()"), "{message}");
    let message = said(
        Post::objects()
            .values_flat(|p| p.id())
            .prefetch_related(|p| p.tags())
            .all(&given.db)
            .await,
    );
    assert!(message.contains("prefetch_related()"), "{message}");
    let message = said(
        Post::objects()
            .annotate(|p| p.view_count().sum())
            .all(&given.db)
            .await,
    );
    assert!(message.contains("one row of Post"), "{message}");
    let message = said(
        Post::objects()
            .filter(|p| p.view_count().sum().gt(3))
            .all(&given.db)
            .await,
    );
    assert!(message.contains("one row of Post"), "{message}");
    let message = said(
        Post::objects()
            .aggregate(&given.db, |p| p.view_count())
            .await,
    );
    assert!(message.contains("no aggregate"), "{message}");
    let grouped = Post::objects().values(|p| (p.status(), p.id().count()));
    let message = said(grouped.clone().first(&given.db).await);
    assert!(message.contains("order_by()"), "{message}");
    let message = said(grouped.clone().last(&given.db).await);
    assert!(message.contains("order_by()"), "{message}");
    let message = said(Post::objects().latest(&given.db).await);
    assert!(message.contains("get_latest_by"), "{message}");
    Ok(())
}

async fn rows_of_groups_are_not_written(given: Given) -> Outcome {
    fill(&given.db).await?;
    let frequent = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .filter(|p| p.id().count().gt(100));
    let message = said(frequent.update(&given.db, |p| p.view_count().set(0)).await);
    assert!(message.contains("values()"), "{message}");
    let views: Option<i64> = Post::objects()
        .aggregate(&given.db, |p| p.view_count().sum())
        .await?;
    assert_eq!(views, Some(40));
    let message = said(
        Post::objects()
            .update(&given.db, |p| p.author().name().set("x"))
            .await,
    );
    assert!(
        message.contains("Post itself") && message.contains("author__name"),
        "{message}"
    );
    Ok(())
}

async fn only_deferred_fields_are_left_unread(given: Given) -> Outcome {
    let message = said(
        Game::objects()
            .defer(|g| g.played_on())
            .all(&given.db)
            .await,
    );
    assert!(
        message.contains("played_on") && message.contains("Deferred"),
        "{message}"
    );
    assert!(
        Game::objects()
            .defer(|g| g.moves())
            .all(&given.db)
            .await?
            .is_empty()
    );
    assert!(
        Game::objects()
            .only(|g| (g.played_on(), g.notes()))
            .all(&given.db)
            .await?
            .is_empty()
    );
    Ok(())
}

async fn subqueries_have_one_column(given: Given) -> Outcome {
    fill(&given.db).await?;
    let two = Post::objects().values(|p| (p.id(), p.author_id()));
    let wrong = Author::objects().filter(|a| a.posts().in_query(two));
    let message = said(wrong.all(&given.db).await);
    assert!(
        message.contains("has 2") && message.contains("values_flat()"),
        "{message}"
    );
    let foreign = Author::objects()
        .filter(|a| exists(Post::objects().filter(|_| Q::new(a.name().eq("x").into_predicate()))));
    let message = said(foreign.all(&given.db).await);
    assert!(message.contains("outer(…)"), "{message}");
    let nobody = Post::objects().filter(|p| {
        let elsewhere = Author::objects().query().root();
        let name = nuages::query::Expr::<Author, String>::at(&elsewhere, 1);
        p.title().eq(outer(name))
    });
    let message = said(nobody.all(&given.db).await);
    assert!(message.contains("around this one"), "{message}");
    Ok(())
}

async fn keys_are_those_of_saved_objects(given: Given) -> Outcome {
    let unsaved = Author::builder().name("x").email("y").build()?;
    let message = said(
        Post::objects()
            .filter(|p| p.author().eq(&unsaved))
            .all(&given.db)
            .await,
    );
    assert!(
        message.contains("Author") && message.contains("saved"),
        "{message}"
    );
    let message = said(
        Post::objects()
            .filter(|p| p.author().in_([&unsaved]))
            .all(&given.db)
            .await,
    );
    assert!(message.contains("saved"), "{message}");
    // A key of another type finds nothing on SQLite, and says nothing.
    let text = || "1".to_owned();
    for posts in [
        Post::objects().filter(|p| p.author().eq(text())),
        Post::objects().filter(|p| p.tags().in_([text()])),
        Post::objects().exclude(|p| p.via::<Comment, _>(|c| c.post()).eq(text())),
    ] {
        let message = said(posts.all(&given.db).await);
        assert!(message.contains("its key is an integer"), "{message}");
    }
    let message = said(
        Post::objects()
            .prefetch_related(|p| p.via::<Comment, _>(|c| c.post()))
            .all(&given.db)
            .await,
    );
    assert!(
        message.contains("Comment") && message.contains("#[related("),
        "{message}"
    );
    Ok(())
}

async fn names_are_suggested(given: Given) -> Outcome {
    fill(&given.db).await?;
    let unknown = |name: &str| said(Post::objects().lookup(name, "x"));
    for (name, hint) in [
        ("titel", "`title`"),
        ("title__contians", "`contains`"),
        ("author__nmae__in", "`name`"),
        ("coments__body", "`comments`"),
        ("created_at__yaer", "`year`"),
        ("author__contains", "relation"),
        ("title__name", "`title__name`"),
    ] {
        let message = unknown(name);
        assert!(message.contains(hint), "{name}: {message}");
    }
    let message = said(Post::objects().order_by_name("-creatd_at"));
    assert!(message.contains("`created_at`"), "{message}");
    for (name, value) in [
        ("view_count", Value::from("many")),
        ("created_at__gt", Value::from("yesterday")),
        ("view_count__in", Value::from(3)),
        ("title__isnull", Value::from("yes")),
        ("view_count__gt", Value::Null(nuages::value::ValueType::Int)),
    ] {
        let message = said(Post::objects().lookup(name, value));
        assert!(message.contains(name), "{name}: {message}");
    }
    Ok(())
}

async fn locks_need_a_transaction(given: Given) -> Outcome {
    fill(&given.db).await?;
    let locked = || {
        Post::objects()
            .select_related(|p| (p.author(), p.category()))
            .select_for_update()
    };
    let message = said(locked().all(&given.db).await);
    assert!(message.contains("atomic()"), "{message}");
    let message = said(
        Author::objects()
            .prefetch_related(|a| a.posts().with(Post::objects().select_for_update()))
            .all(&given.db)
            .await,
    );
    assert!(message.contains("atomic()"), "{message}");
    let message = said(Post::objects().nowait().all(&given.db).await);
    assert!(message.contains("select_for_update()"), "{message}");
    let message = said(locked().nowait().skip_locked().all(&given.db).await);
    assert!(message.contains("exclude each other"), "{message}");
    given
        .db
        .atomic(async |tx| {
            assert_eq!(locked().all(tx).await?.len(), 5);
            assert_eq!(locked().skip_locked().all(tx).await?.len(), 5);
            assert_eq!(
                locked()
                    .nowait()
                    .order_by(|p| p.id())
                    .first(tx)
                    .await?
                    .map(|p| p.id),
                Some(1)
            );
            assert!(locked().exists(tx).await?);
            assert_eq!(locked().count(tx).await?, 5);
            Ok(())
        })
        .await?;
    Ok(())
}

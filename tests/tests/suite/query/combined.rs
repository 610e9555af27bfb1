//! Union, intersection and difference of query sets.

use nuages::prelude::*;
use nuages_tests::blog::{Author, Comment, Post, Status, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;

pub(super) fn cases() -> Vec<Case> {
    cases![
        rows_of_several_queries_are_one_list.on(&BLOG),
        what_is_combined_has_an_order_and_a_slice.on(&BLOG),
        values_of_different_models_are_combined.on(&BLOG),
        columns_are_chosen_of_combined_rows.on(&BLOG),
        what_comes_too_late_for_combined_rows_is_told.on(&BLOG),
    ]
}

fn published() -> QuerySet<Post> {
    Post::objects().filter(|p| p.status().eq(Status::Published))
}

fn much_read() -> QuerySet<Post> {
    Post::objects()
        .filter(|p| p.view_count().gte(5))
        .exclude(|p| p.id().eq(5))
}

async fn keys(given: &Given, posts: QuerySet<Post>) -> nuages::Result<Vec<i64>> {
    let posts = posts.all(&given.db).await?;
    Ok(posts.into_iter().map(|post| post.id).collect())
}

async fn rows_of_several_queries_are_one_list(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Published: 1, 2, 5; much read: 1, 2, 4. The model's own order, newest first, is that of the whole too.
    assert_eq!(
        keys(&given, published().union(much_read())).await?,
        [5, 4, 2, 1]
    );
    let all = keys(&given, published().union_all(much_read())).await?;
    assert_eq!(all, [5, 4, 2, 2, 1, 1]);
    assert_eq!(
        keys(&given, published().intersection(much_read())).await?,
        [2, 1]
    );
    assert_eq!(
        keys(&given, published().difference(much_read())).await?,
        [5]
    );
    // From left to right, whatever the database's precedence is.
    let chained = Post::objects()
        .filter(|p| p.id().eq(3))
        .union(published())
        .intersection(much_read());
    assert_eq!(keys(&given, chained).await?, [2, 1]);
    let nothing = published()
        .union(Post::objects().none())
        .difference(Post::objects());
    assert_eq!(keys(&given, nothing).await?, [0_i64; 0]);
    assert_eq!(published().union(much_read()).count(&given.db).await?, 4);
    assert_eq!(
        published().union_all(much_read()).count(&given.db).await?,
        6
    );
    assert!(
        published()
            .intersection(much_read())
            .exists(&given.db)
            .await?
    );
    let none = published().difference(Post::objects());
    assert!(!none.exists(&given.db).await?);
    Ok(())
}

async fn what_is_combined_has_an_order_and_a_slice(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let both = || published().union(much_read());
    let by_views = both().order_by(|p| (p.view_count().desc(), p.id().desc()));
    assert_eq!(keys(&given, by_views.clone()).await?, [2, 1, 5, 4]);
    assert_eq!(
        keys(&given, by_views.clone().limit(2).offset(1)).await?,
        [1]
    );
    assert_eq!(
        keys(&given, by_views.clone().reverse()).await?,
        [4, 5, 1, 2]
    );
    assert_eq!(
        keys(&given, both().order_by_name("id")?).await?,
        [1, 2, 4, 5]
    );
    assert_eq!(by_views.clone().limit(3).count(db).await?, 3);
    assert_eq!(
        by_views.clone().first(db).await?.map(|post| post.id),
        Some(2)
    );
    assert_eq!(by_views.last(db).await?.map(|post| post.id), Some(4));
    let computed = both().order_by(|p| ((p.view_count() % 10).desc(), p.id().asc()));
    assert_eq!(keys(&given, computed).await?, [4, 5, 1, 2]);
    // The parts keep slices of their own, and what was combined can be combined again.
    let newest = Post::objects().limit(1);
    let oldest = Post::objects().order_by(|p| p.created_at()).limit(1);
    assert_eq!(keys(&given, newest.union(oldest)).await?, [5, 1]);
    let again = both()
        .limit(2)
        .union(Post::objects().filter(|p| p.id().eq(3)));
    assert_eq!(keys(&given, again).await?, [5, 4, 3]);
    // Annotated rows, and relations that are loaded beside them.
    let counted = |posts: QuerySet<Post>| posts.annotate(|p| p.tags().id().count());
    let rows = counted(published())
        .union(counted(much_read()))
        .order_by(|p| (p.tags().id().count().desc(), p.id().asc()))
        .prefetch_related(|p| p.tags())
        .all(db)
        .await?;
    let rows: Vec<_> = rows
        .iter()
        .map(|(post, tags)| Ok((post.id, *tags, post.tags.get()?.len())))
        .collect::<nuages::Result<_>>()?;
    assert_eq!(rows, [(1, 2, 2), (4, 2, 2), (2, 1, 1), (5, 1, 1)]);
    Ok(())
}

async fn values_of_different_models_are_combined(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let names = || {
        Author::objects()
            .values_flat(|a| a.name())
            .union(Tag::objects().values_flat(|t| t.name()))
    };
    let mut found = names().all(db).await?;
    found.sort_unstable();
    assert_eq!(
        found,
        ["Alice", "Bob", "Carla", "Dora", "async", "rust", "spam"]
    );
    let ordered = names()
        .order_by(|a| a.name().lower().desc())
        .limit(2)
        .all(db)
        .await?;
    assert_eq!(ordered, ["spam", "rust"]);
    assert_eq!(names().count(db).await?, 7);
    let sizes = Author::objects()
        .values(|a| (a.name().length(), value("author".to_owned())))
        .union_all(Tag::objects().values(|t| (t.name().length(), value("tag".to_owned()))))
        .order_by(|a| a.name().length());
    assert_eq!(sizes.first(db).await?, Some((3, "author".to_owned())));
    // Groups.
    let per_status = |posts: QuerySet<Post>| posts.values(|p| (p.status(), p.id().count()));
    let mut groups = per_status(published())
        .union(per_status(much_read()))
        .all(db)
        .await?;
    groups.sort_by_key(|(_, count)| *count);
    let counts: Vec<i64> = groups.into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [1, 2, 3]);
    // As what is looked in.
    let writers = published().values_flat(|p| p.author_id()).union(
        Comment::objects()
            .filter(|c| c.id().eq(1))
            .values_flat(|c| c.post_id()),
    );
    let found = Author::objects()
        .filter(|a| a.id().in_(writers))
        .values_flat(|a| a.name());
    assert_eq!(found.all(db).await?, ["Alice", "Carla"]);
    Ok(())
}

async fn columns_are_chosen_of_combined_rows(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    // Published: 1, 2, 5; much read: 1, 2, 4.
    let both = || published().union_all(much_read());
    let views = both()
        .values_flat(|p| p.view_count())
        .order_by(|p| p.view_count());
    assert_eq!(views.all(db).await?, [5, 5, 10, 10, 20, 20]);
    // Equal values of a union are one, as in Django: the columns are chosen in each part.
    let views = published()
        .union(much_read())
        .values_flat(|p| p.view_count());
    assert_eq!(views.clone().count(db).await?, 3);
    let first = views.order_by(|p| p.view_count().desc()).limit(1);
    assert_eq!(first.clone().all(db).await?, [20]);
    assert!(first.exists(db).await?);
    let names = Post::objects()
        .filter(|p| p.id().eq(3))
        .union(published())
        .union(much_read())
        .values(|p| (p.author().name(), p.title().lower().length()))
        .order_by(|p| (p.author().name(), p.title().lower().length().desc()))
        .all(db)
        .await?;
    let expected = [
        ("Alice", 5),
        ("Alice", 4),
        ("Bob", 11),
        ("Bob", 9),
        ("Carla", 3),
    ];
    assert_eq!(
        names,
        expected.map(|(name, length)| (name.to_owned(), length))
    );
    // The slices of the parts and of the whole stay.
    let sliced = Post::objects()
        .order_by(|p| p.id())
        .limit(2)
        .union(Post::objects().order_by(|p| p.id().desc()).limit(1))
        .order_by(|p| p.id())
        .values_flat(|p| p.id());
    assert_eq!(sliced.clone().all(db).await?, [1, 2, 5]);
    assert_eq!(sliced.clone().offset(1).limit(1).all(db).await?, [2]);
    assert_eq!(sliced.clone().offset(1).count(db).await?, 2);
    let inside = Author::objects()
        .filter(|a| {
            a.id().in_(
                published()
                    .union(much_read())
                    .values_flat(|p| p.author_id()),
            )
        })
        .values_flat(|a| a.name());
    assert_eq!(inside.all(db).await?, ["Alice", "Bob", "Carla"]);
    assert_eq!(
        published()
            .intersection(much_read())
            .values_flat(|p| p.id())
            .order_by(|p| p.id())
            .all(db)
            .await?,
        [1, 2]
    );
    Ok(())
}

async fn what_comes_too_late_for_combined_rows_is_told(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let both = || published().union(much_read());
    let titles = |posts: QuerySet<Post>| posts.values_flat(|p| p.title());
    let both_titles = || titles(published()).union(titles(much_read()));
    macro_rules! refuses {
        ($($method:literal: $run:expr;)*) => {
            $(let refused = $run.await.expect_err($method).to_string();
            assert!(refused.contains($method), "{}: {refused}", $method);)*
        };
    }
    refuses! {
        "filter()": both().filter(|p| p.id().eq(1)).all(db);
        "exclude()": both().exclude(|p| p.id().eq(1)).count(db);
        "annotate()": both().annotate(|p| p.id()).all(db);
        "aggregates and windows": both().values(|p| (p.status(), p.id().count())).all(db);
        "values already": both_titles().values_flat(|p| p.id()).all(db);
        "distinct()": both().distinct().all(db);
        "select_related()": both().select_related(|p| p.author()).all(db);
        "aggregate()": both().aggregate(db, |p| p.id().count());
        "update()": both().update(db, |p| p.body().set("x"));
        "delete()": both().delete(db);
        "is not selected": both().order_by(|p| p.author().name()).all(db);
        "select_related()": published().select_related(|p| p.author()).union(much_read()).all(db);
    }
    Ok(())
}

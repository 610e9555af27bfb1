//! Chapter "Aggregation".

use blog::{Author, Comment, Post, Status};
use nuages::Result;
use nuages::prelude::*;

use crate::sample::blog;
use crate::shown;

#[tokio::test]
async fn one_group_of_all() -> Result<()> {
    let db = blog().await;
    // ANCHOR: aggregate
    let (posts, views, mean, most) = Post::objects()
        .aggregate(&db, |p| {
            (
                p.id().count(),
                p.view_count().sum(),
                p.view_count().avg(),
                p.view_count().max(),
            )
        })
        .await?;
    let none: Option<i64> = Post::objects()
        .none()
        .aggregate(&db, |p| p.view_count().sum())
        .await?;
    // ANCHOR_END: aggregate
    assert_eq!(
        (posts, views, mean, most),
        (5, Some(40), Some(8.0), Some(20))
    );
    assert_eq!(none, None);
    Ok(())
}

#[tokio::test]
async fn a_number_for_each_row() -> Result<()> {
    let db = blog().await;
    // ANCHOR: annotate
    let authors: Vec<(Author, i64)> = Author::objects()
        .annotate(|a| a.posts().id().count())
        .all(&db)
        .await?;
    // ANCHOR_END: annotate
    let counts: Vec<_> = authors.iter().map(|(a, n)| (a.name.as_str(), *n)).collect();
    assert_eq!(
        counts,
        [("Alice", 2), ("Bob", 2), ("Carla", 1), ("Dora", 0)]
    );
    let query = Author::objects().annotate(|a| a.posts().id().count());
    shown!("sql/annotate.sql", query.sql(&db)?);

    // ANCHOR: anywhere
    let prolific: Vec<(Author, i64)> = Author::objects()
        .annotate(|a| a.posts().id().count())
        .filter(|a| a.posts().id().count().gt(1))
        .order_by(|a| a.posts().id().count().desc())
        .all(&db)
        .await?;
    // no annotate needed to filter or to order by it
    let quiet = Author::objects()
        .filter(|a| a.posts().id().count().eq(0))
        .get(&db)
        .await?;
    // ANCHOR_END: anywhere
    assert_eq!(prolific.len(), 2);
    assert_eq!(quiet.name, "Dora");
    Ok(())
}

#[tokio::test]
async fn aggregates_never_multiply() -> Result<()> {
    let db = blog().await;
    // ANCHOR: never_multiply
    let rows: Vec<(String, i64, i64)> = Author::objects()
        .values(|a| {
            (
                a.name(),
                a.posts().id().count(),
                a.via::<Comment, _>(|c| c.author()).id().count(),
            )
        })
        .all(&db)
        .await?;
    // ANCHOR_END: never_multiply
    let bob = &rows[1];
    assert_eq!((bob.0.as_str(), bob.1, bob.2), ("Bob", 2, 2));

    // ANCHOR: two_relations
    let posts: Vec<(Post, (i64, i64))> = Post::objects()
        .annotate(|p| {
            (
                p.tags().id().count(),
                p.via::<Comment, _>(|c| c.post()).id().count(),
            )
        })
        .order_by(|p| p.id())
        .all(&db)
        .await?;
    // ANCHOR_END: two_relations
    let counts: Vec<_> = posts.iter().map(|(_, counts)| *counts).collect();
    assert_eq!(counts, [(2, 3), (1, 1), (0, 0), (2, 0), (1, 0)]);
    Ok(())
}

#[tokio::test]
async fn restricted() -> Result<()> {
    let db = blog().await;
    // ANCHOR: earlier_filter
    // posts that are published, of authors that have such a post
    let published: Vec<(Author, i64)> = Author::objects()
        .filter(|a| a.posts().status().eq(Status::Published))
        .annotate(|a| a.posts().id().count())
        .all(&db)
        .await?;
    // ANCHOR_END: earlier_filter
    let counts: Vec<_> = published
        .iter()
        .map(|(a, n)| (a.name.as_str(), *n))
        .collect();
    assert_eq!(counts, [("Alice", 2), ("Carla", 1)]);

    // ANCHOR: local_filter
    // of all authors: how many are published, and how many in all
    let both: Vec<(Author, (i64, i64))> = Author::objects()
        .annotate(|a| {
            let published = a.posts().status().eq(Status::Published);
            (
                a.posts().id().count().filter(published),
                a.posts().id().count(),
            )
        })
        .all(&db)
        .await?;
    // ANCHOR_END: local_filter
    let counts: Vec<_> = both.iter().map(|(_, n)| *n).collect();
    assert_eq!(counts, [(2, 2), (0, 2), (1, 1), (0, 0)]);
    Ok(())
}

#[tokio::test]
async fn groups() -> Result<()> {
    let db = blog().await;
    // ANCHOR: groups
    let per_status: Vec<(Status, i64)> = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .order_by(|p| p.status())
        .all(&db)
        .await?;
    // ANCHOR_END: groups
    assert_eq!(
        per_status,
        [
            (Status::Draft, 1),
            (Status::InReview, 1),
            (Status::Published, 3)
        ]
    );
    let query = Post::objects().values(|p| (p.status(), p.id().count()));
    shown!("sql/groups.sql", query.sql(&db)?);

    // ANCHOR: having
    let busy: Vec<(String, Option<i64>)> = Post::objects()
        .values(|p| (p.author().name(), p.view_count().sum()))
        .filter(|p| p.view_count().sum().gte(5))
        .order_by(|p| (p.view_count().sum().desc(), p.author().name()))
        .all(&db)
        .await?;
    // ANCHOR_END: having
    let having = Post::objects()
        .values(|p| (p.author().name(), p.view_count().sum()))
        .filter(|p| p.view_count().sum().gte(5));
    shown!("sql/having.sql", having.sql(&db)?);
    let names: Vec<_> = busy
        .iter()
        .map(|(name, views)| (name.as_str(), *views))
        .collect();
    assert_eq!(
        names,
        [("Alice", Some(30)), ("Bob", Some(5)), ("Carla", Some(5))]
    );
    Ok(())
}

#[derive(Projection, Debug, PartialEq)]
struct PerCategory {
    category: Option<String>,
    posts: i64,
    views: Option<i64>,
}

#[tokio::test]
async fn null_is_a_group() -> Result<()> {
    let db = blog().await;
    // ANCHOR: null_group
    let rows: Vec<PerCategory> = Post::objects()
        .values(|p| PerCategory::select(p.category().name(), p.id().count(), p.view_count().sum()))
        .order_by(|p| p.category().name().asc().nulls_last())
        .all(&db)
        .await?;
    // ANCHOR_END: null_group
    let row = |category: Option<&str>, posts, views| PerCategory {
        category: category.map(str::to_owned),
        posts,
        views: Some(views),
    };
    assert_eq!(
        rows,
        [
            row(Some("Life"), 2, 10),
            row(Some("Tech"), 2, 30),
            row(None, 1, 0)
        ]
    );
    Ok(())
}

#[tokio::test]
async fn of_an_aggregate() -> Result<()> {
    let db = blog().await;
    // ANCHOR: nested
    let posts_per_author: Option<f64> = Author::objects()
        .aggregate(&db, |a| a.posts().id().count().avg())
        .await?;
    // ANCHOR_END: nested
    assert_eq!(posts_per_author, Some(1.25));
    Ok(())
}

#[tokio::test]
async fn distinct_values() -> Result<()> {
    let db = blog().await;
    // ANCHOR: distinct
    let (rows, authors) = Post::objects()
        .aggregate(&db, |p| {
            (p.author_id().count(), p.author_id().count().distinct())
        })
        .await?;
    // ANCHOR_END: distinct
    assert_eq!((rows, authors), (5, 3));
    Ok(())
}

#[tokio::test]
async fn slices_are_aggregated_as_slices() -> Result<()> {
    let db = blog().await;
    // ANCHOR: slices
    let top_two = Post::objects().order_by(|p| p.view_count().desc()).limit(2);
    let views: Option<i64> = top_two.aggregate(&db, |p| p.view_count().sum()).await?;
    // ANCHOR_END: slices
    assert_eq!(views, Some(30));
    Ok(())
}

#[tokio::test]
async fn refused() -> Result<()> {
    let db = blog().await;
    // ANCHOR: refused
    let per_row = Post::objects().annotate(|p| p.view_count().sum());
    let error = per_row.all(&db).await.unwrap_err();
    // ANCHOR_END: refused
    let neither = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .order_by(|p| p.title());
    let second = neither.all(&db).await.unwrap_err();
    shown!("output/aggregates.txt", format!("{error}\n{second}\n"));
    Ok(())
}

#[tokio::test]
async fn windows_see_the_rows_around() -> Result<()> {
    let db = blog().await;
    // ANCHOR: window
    let ranked = Post::objects().order_by(|p| p.id()).values(|p| {
        let theirs = || window().partition_by(p.author_id());
        (
            p.title(),
            rank().over(theirs().order_by(p.view_count().desc())),
            p.view_count().sum().over(theirs()),
        )
    });
    // ANCHOR_END: window
    shown!("sql/window.sql", ranked.sql(&db)?);
    let ranked: Vec<(String, i64, Option<i64>)> = ranked.all(&db).await?;
    assert!(ranked.iter().any(|(_, rank, _)| *rank == 1));

    // ANCHOR: window_filter
    let most_read = Post::objects().filter(|p| {
        let theirs = window().partition_by(p.author_id());
        row_number()
            .over(theirs.order_by(p.view_count().desc()))
            .lte(1)
    });
    // ANCHOR_END: window_filter
    shown!("sql/window-filter.sql", most_read.sql(&db)?);
    let writers = Author::objects()
        .filter(|a| a.posts().is_not_null())
        .distinct();
    assert_eq!(most_read.count(&db).await?, writers.count(&db).await?);
    Ok(())
}

//! Window functions: beside rows, in orders, in conditions.

use nuages::prelude::*;
use nuages_tests::blog::{Author, Post, Status};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;
use super::ids;

pub(super) fn cases() -> Vec<Case> {
    cases![
        rows_are_numbered_within_their_window.on(&BLOG),
        neighbours_are_seen.on(&BLOG),
        aggregates_are_taken_over_windows.on(&BLOG),
        rows_are_chosen_by_their_windows.on(&BLOG),
        windows_are_over_groups_too.on(&BLOG),
        misplaced_windows_are_told.on(&BLOG),
    ]
}

async fn rows_are_numbered_within_their_window(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Views: 10, 20, 0, 5, 5.
    let by_views = || window::<Post>();
    let rows: Vec<(i64, i64, i64, i64, i64)> = Post::objects()
        .order_by(|p| p.id())
        .values(|p| {
            let views = || by_views().order_by(p.view_count().desc());
            (
                p.id(),
                row_number().over(window().partition_by(p.author_id()).order_by(p.id())),
                rank().over(views()),
                dense_rank().over(views()),
                ntile(2).over(window().order_by(p.id())),
            )
        })
        .all(&given.db)
        .await?;
    let expected = [
        (1, 1, 2, 2, 1),
        (2, 2, 1, 1, 1),
        (3, 1, 5, 4, 1),
        (4, 2, 3, 3, 2),
        (5, 1, 3, 3, 2),
    ];
    assert_eq!(rows, expected);
    let parts: Vec<(f64, f64)> = Post::objects()
        .order_by(|p| p.id())
        .values(|p| {
            let views = || by_views().order_by(p.view_count());
            (percent_rank().over(views()), cume_dist().over(views()))
        })
        .all(&given.db)
        .await?;
    assert_eq!(
        parts,
        [
            (0.75, 0.8),
            (1.0, 1.0),
            (0.0, 0.2),
            (0.25, 0.6),
            (0.25, 0.6)
        ]
    );
    // Beside objects, and as an order.
    let numbered: Vec<(Post, i64)> = Post::objects()
        .annotate(|p| row_number().over(window().order_by((p.view_count(), p.id()))))
        .order_by(|p| {
            row_number()
                .over(window().order_by((p.view_count(), p.id())))
                .desc()
        })
        .limit(2)
        .all(&given.db)
        .await?;
    let numbered: Vec<_> = numbered.iter().map(|(post, nth)| (post.id, *nth)).collect();
    assert_eq!(numbered, [(2, 5), (1, 4)]);
    Ok(())
}

async fn neighbours_are_seen(given: Given) -> Outcome {
    fill(&given.db).await?;
    let rows = Post::objects()
        .order_by(|p| p.id())
        .values(|p| {
            let by_id = || window().order_by(p.id());
            (
                p.view_count().lag(1).over(by_id()),
                p.id().lead(2).over(by_id()),
                p.id()
                    .first_value()
                    .over(by_id().partition_by(p.author_id())),
                p.id().last_value().over(by_id().rows(..)),
                p.id().nth_value(2).over(by_id()),
            )
        })
        .all(&given.db)
        .await?;
    let expected = [
        (None, Some(3), Some(1), Some(5), None),
        (Some(10), Some(4), Some(1), Some(5), Some(2)),
        (Some(20), Some(5), Some(3), Some(5), Some(2)),
        (Some(0), None, Some(3), Some(5), Some(2)),
        (Some(5), None, Some(5), Some(5), Some(2)),
    ];
    assert_eq!(rows, expected);
    let before = Post::objects()
        .order_by(|p| p.id())
        .values_flat(|p| p.view_count().lag_or(1, -1).over(window().order_by(p.id())));
    match before.all(&given.db).await {
        Ok(before) => assert_eq!(before, [-1, 10, 20, 0, 5]),
        Err(refused) => assert!(
            refused.to_string().contains("a default of LAG"),
            "{refused}"
        ),
    }
    Ok(())
}

async fn aggregates_are_taken_over_windows(given: Given) -> Outcome {
    fill(&given.db).await?;
    let rows = Post::objects()
        .order_by(|p| p.id())
        .values(|p| {
            let theirs = || window().partition_by(p.author_id());
            (
                p.id(),
                p.id().count().over(theirs()),
                p.view_count()
                    .sum()
                    .over(window().order_by(p.id()).rows(-1..=0)),
                p.view_count().avg().over(theirs()),
                p.id()
                    .count()
                    .filter(p.status().eq(Status::Published))
                    .over(window()),
            )
        })
        .all(&given.db)
        .await?;
    let expected = [
        (1, 2, Some(10), Some(15.0), 3),
        (2, 2, Some(30), Some(15.0), 3),
        (3, 2, Some(20), Some(2.5), 3),
        (4, 2, Some(5), Some(2.5), 3),
        (5, 1, Some(10), Some(5.0), 3),
    ];
    assert_eq!(rows, expected);
    let behind: Vec<Option<i64>> = Post::objects()
        .order_by(|p| p.id())
        .values_flat(|p| p.id().max().over(window().order_by(p.id()).rows(1..)))
        .all(&given.db)
        .await?;
    assert_eq!(behind, [Some(5), Some(5), Some(5), Some(5), None]);
    // Over what a row has on the other side of a relation, taken per row first.
    let shares: Vec<(String, Option<i64>)> = Author::objects()
        .values(|a| (a.name(), a.posts().count().sum().over(window())))
        .all(&given.db)
        .await?;
    assert!(shares.iter().all(|(_, all)| *all == Some(5)), "{shares:?}");
    Ok(())
}

async fn rows_are_chosen_by_their_windows(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let most_read = || {
        Post::objects().filter(|p| {
            let theirs = window()
                .partition_by(p.author_id())
                .order_by(p.view_count().desc());
            row_number().over(theirs).eq(1)
        })
    };
    assert_eq!(ids(&given, most_read()).await?, [2, 4, 5]);
    assert_eq!(most_read().count(db).await?, 3);
    assert!(most_read().exists(db).await?);
    // Objects, joined ones, annotations over all rows of the window, slices, counts of slices.
    let rows: Vec<(Post, Option<i64>)> = most_read()
        .annotate(|p| {
            p.view_count()
                .sum()
                .over(window().partition_by(p.author_id()))
        })
        .select_related(|p| p.author())
        .order_by(|p| (p.view_count().desc(), p.id().desc()))
        .limit(2)
        .all(db)
        .await?;
    let rows: Vec<_> = rows
        .iter()
        .map(|(post, sum)| Ok((post.id, post.author.get()?.name.as_str(), *sum)))
        .collect::<nuages::Result<_>>()?;
    assert_eq!(rows, [(2, "Alice", Some(30)), (5, "Carla", Some(5))]);
    assert_eq!(most_read().offset(1).limit(5).count(db).await?, 2);
    // Other conditions restrict the rows that are numbered, whichever call they stand in.
    let without_second = most_read().filter(|p| p.id().ne(2));
    assert_eq!(ids(&given, without_second).await?, [1, 4, 5]);
    let either = Post::objects()
        .filter(|p| row_number().over(window().order_by(p.id())).lte(1) | p.id().eq(4));
    assert_eq!(ids(&given, either).await?, [1, 4]);
    let rest =
        Post::objects().exclude(|p| p.view_count().lag(1).over(window().order_by(p.id())).gt(5));
    assert_eq!(ids(&given, rest).await?, [1, 4, 5], "NULL is not greater");
    // Aggregated, looked in, updated and deleted.
    let total = most_read()
        .aggregate(db, |p| (p.id().count(), p.view_count().sum()))
        .await?;
    assert_eq!(total, (3, Some(30)));
    let authors = Author::objects().filter(|a| {
        a.id().in_(
            most_read()
                .filter(|p| p.id().gt(3))
                .values_flat(|p| p.author_id()),
        )
    });
    assert_eq!(
        authors.values_flat(|a| a.name()).all(db).await?,
        ["Bob", "Carla"]
    );
    assert_eq!(most_read().update(db, |p| p.body().set("read")).await?, 3);
    let written = Post::objects().filter(|p| p.body().eq("read"));
    assert_eq!(ids(&given, written).await?, [2, 4, 5]);
    // The most read of each author, prefetched.
    let authors = Author::objects()
        .order_by(|a| a.id())
        .prefetch_related(|a| a.posts().with(most_read()))
        .all(db)
        .await?;
    let posts = authors[0].posts.get()?;
    assert_eq!(posts.iter().map(|post| post.id).collect::<Vec<_>>(), [2]);
    Ok(())
}

async fn windows_are_over_groups_too(given: Given) -> Outcome {
    fill(&given.db).await?;
    let ranked: Vec<(Status, i64, i64)> = Post::objects()
        .values(|p| {
            let by_count = window().order_by((p.id().count().desc(), p.status().asc()));
            (p.status(), p.id().count(), row_number().over(by_count))
        })
        .order_by(|p| p.status())
        .all(&given.db)
        .await?;
    let expected = [
        (Status::Draft, 1, 2),
        (Status::InReview, 1, 3),
        (Status::Published, 3, 1),
    ];
    assert_eq!(ranked, expected);
    Ok(())
}

async fn misplaced_windows_are_told(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let first = |p: &Root<Post>| row_number().over(window().order_by(p.id()));
    let inside = Post::objects()
        .aggregate(db, |p| first(&p).sum())
        .await
        .unwrap_err();
    assert!(
        inside.to_string().contains("cannot stand in an aggregate"),
        "{inside}"
    );
    let (from, to) = (1, -1);
    let backwards = window().rows(from..=to);
    let backwards = Post::objects().values_flat(|p| p.id().count().over(backwards));
    let backwards = backwards.all(db).await.unwrap_err();
    assert!(
        backwards.to_string().contains("begins before it ends"),
        "{backwards}"
    );
    let plain = Post::objects().values_flat(|p| p.id().over(window()));
    let plain = plain.all(db).await.unwrap_err();
    assert!(plain.to_string().contains("behind an aggregate"), "{plain}");
    let grouped = Post::objects()
        .filter(|p| first(&p).eq(1))
        .values(|p| (p.status(), p.id().count()));
    let grouped = grouped.all(db).await.unwrap_err();
    assert!(
        grouped.to_string().contains("exclude each other"),
        "{grouped}"
    );
    let key = |p: Root<Post>| p.id().set(first(&p));
    let set = Post::objects().update(db, key).await.unwrap_err();
    assert!(set.to_string().contains("window function"), "{set}");
    Ok(())
}

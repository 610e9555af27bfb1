//! Aggregates: over which rows they are, whatever else the query joins.

use nuages::prelude::*;
use nuages_tests::blog::{Author, Comment, Post, Status, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_condition_of_an_aggregate_is_about_its_rows.on(&BLOG),
        a_deeper_condition_multiplies_nothing.on(&BLOG),
        groups_over_one_relation_at_two_depths.on(&BLOG),
        groups_can_be_narrowed.on(&BLOG),
        keys_may_be_computed.on(&BLOG),
        slices_are_aggregated_as_they_are.on(&BLOG),
        groups_are_aggregated.on(&BLOG),
        distinct_values_are_what_is_selected.on(&BLOG),
        keys_with_subqueries_are_known_again.on(&BLOG),
        aggregates_of_other_values_are_others.on(&BLOG),
    ]
}

/// `(name, count)` of every author.
async fn per_author(
    given: &Given,
    count: impl Fn(nuages::queryset::Root<Author>) -> nuages::query::Expr<Author, i64>,
) -> nuages::Result<Vec<i64>> {
    let rows = Author::objects()
        .annotate(count)
        .order_by(|a| a.id())
        .all(&given.db)
        .await?;
    Ok(rows.into_iter().map(|(_, count)| count).collect())
}

async fn a_condition_of_an_aggregate_is_about_its_rows(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Bob has a post without views and one with five.
    let seen = per_author(&given, |a| {
        a.posts().count().filter(a.posts().view_count().ne(0))
    })
    .await?;
    assert_eq!(seen, [2, 1, 1, 0]);
    let seen = per_author(&given, |a| {
        a.posts().count().filter(!a.posts().view_count().eq(0))
    })
    .await?;
    assert_eq!(seen, [2, 1, 1, 0]);
    let untagged = per_author(&given, |a| {
        a.posts()
            .count()
            .filter(!a.posts().tags().name().eq("rust"))
    })
    .await?;
    assert_eq!(untagged, [1, 1, 1, 0]);
    let neither = per_author(&given, |a| {
        let comments = a.posts().via::<Comment, _>(|c| c.post());
        a.posts()
            .count()
            .filter(!(a.posts().tags().name().eq("async") & comments.body().eq("spam")))
    })
    .await?;
    assert_eq!(neither, [1, 2, 1, 0]);
    let in_groups: Vec<(String, i64)> = Author::objects()
        .values(|a| {
            (
                a.name(),
                a.posts().count().filter(a.posts().view_count().ne(0)),
            )
        })
        .order_by(|a| a.name())
        .all(&given.db)
        .await?;
    let counts: Vec<i64> = in_groups.into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [2, 1, 1, 0]);
    let of_all: i64 = Author::objects()
        .aggregate(&given.db, |a| {
            a.posts().count().filter(a.posts().view_count().ne(0))
        })
        .await?;
    assert_eq!(of_all, 4);
    let by_case: Vec<Option<i64>> = Author::objects()
        .annotate(|a| {
            let seen = case(a.posts().view_count().ne(0), 1).otherwise(0);
            seen.sum()
        })
        .order_by(|a| a.id())
        .all(&given.db)
        .await?
        .into_iter()
        .map(|(_, sum)| sum)
        .collect();
    assert_eq!(by_case, [Some(2), Some(1), Some(1), None]);
    Ok(())
}

async fn a_deeper_condition_multiplies_nothing(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Post 1 has both tags: it is one post all the same.
    let tagged = per_author(&given, |a| {
        a.posts()
            .count()
            .filter(a.posts().tags().name().in_(["rust", "async"]))
    })
    .await?;
    assert_eq!(tagged, [2, 1, 0, 0]);
    let views: Vec<Option<i64>> = Author::objects()
        .filter(|a| a.posts().tags().name().in_(["rust", "async"]))
        .annotate(|a| a.posts().view_count().sum())
        .distinct()
        .order_by(|a| a.id())
        .all(&given.db)
        .await?
        .into_iter()
        .map(|(_, sum)| sum)
        .collect();
    assert_eq!(views, [Some(30), Some(5)]);
    let grouped: Vec<(String, i64)> = Author::objects()
        .values(|a| {
            let tagged = a.posts().tags().name().in_(["rust", "async"]);
            (a.name(), a.posts().count().filter(tagged))
        })
        .order_by(|a| a.name())
        .all(&given.db)
        .await?;
    let counts: Vec<i64> = grouped.into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [2, 1, 0, 0]);
    let of_posts: (i64, i64) = Post::objects()
        .aggregate(&given.db, |p| {
            let tagged = p.tags().name().in_(["rust", "async"]);
            (p.id().count(), p.id().count().filter(tagged))
        })
        .await?;
    assert_eq!(of_posts, (5, 3));
    Ok(())
}

async fn groups_over_one_relation_at_two_depths(given: Given) -> Outcome {
    fill(&given.db).await?;
    let rows: Vec<(String, Option<i64>, i64, i64)> = Author::objects()
        .values(|a| {
            (
                a.name(),
                a.posts().view_count().sum(),
                a.posts().tags().id().count(),
                a.posts().count(),
            )
        })
        .order_by(|a| a.name())
        .all(&given.db)
        .await?;
    let expected = [
        ("Alice".to_owned(), Some(30), 3, 2),
        ("Bob".to_owned(), Some(5), 2, 2),
        ("Carla".to_owned(), Some(5), 1, 1),
        ("Dora".to_owned(), None, 0, 0),
    ];
    assert_eq!(rows, expected);
    Ok(())
}

async fn groups_can_be_narrowed(given: Given) -> Outcome {
    fill(&given.db).await?;
    let frequent = Post::objects()
        .values(|p| (p.author_id(), p.id().count()))
        .filter(|p| p.id().count().gt(1));
    let ids = frequent.clone().values_flat(|p| p.author_id());
    let mut found = ids.clone().all(&given.db).await?;
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    assert_eq!(ids.clone().count(&given.db).await?, 2);
    let names: Vec<String> = Author::objects()
        .filter(|a| a.id().in_(ids.clone()))
        .values_flat(|a| a.name())
        .all(&given.db)
        .await?;
    assert_eq!(names, ["Alice", "Bob"]);
    let others: Vec<String> = Author::objects()
        .exclude(|a| a.id().in_(ids))
        .values_flat(|a| a.name())
        .all(&given.db)
        .await?;
    assert_eq!(others, ["Carla", "Dora"]);
    let counts: Vec<i64> = frequent
        .values_flat(|p| p.id().count())
        .all(&given.db)
        .await?;
    assert_eq!(counts, [2, 2]);
    Ok(())
}

async fn keys_may_be_computed(given: Given) -> Outcome {
    fill(&given.db).await?;
    let mut rows: Vec<(String, i64)> = Post::objects()
        .values(|p| (coalesce(p.category().name(), "Zone"), p.id().count()))
        .filter(|p| coalesce(p.category().name(), "Zone").ne("Life"))
        .order_by(|p| coalesce(p.category().name(), "Zone").desc())
        .all(&given.db)
        .await?;
    assert_eq!(rows, [("Zone".to_owned(), 1), ("Tech".to_owned(), 2)]);
    rows = Post::objects()
        .values(|p| {
            let size = case(p.view_count().gte(10), "big").otherwise("small");
            (size, p.id().count())
        })
        .order_by(|p| case(p.view_count().gte(10), "big").otherwise("small"))
        .all(&given.db)
        .await?;
    assert_eq!(rows, [("big".to_owned(), 2), ("small".to_owned(), 3)]);
    let months: Vec<(i32, i64)> = Post::objects()
        .values(|p| (p.created_at().month(), p.id().count()))
        .order_by(|p| (p.id().count().desc(), p.created_at().month()))
        .all(&given.db)
        .await?;
    assert_eq!(months, [(1, 2), (3, 1), (6, 1), (12, 1)]);
    let per_key: Vec<(String, Option<f64>)> = Post::objects()
        .values(|p| (p.title().substr(1, 1).upper(), (p.view_count() + 1).avg()))
        .filter(|p| (p.view_count() + 1).avg().gt(5.0))
        .order_by(|p| (p.view_count() + 1).avg())
        .all(&given.db)
        .await?;
    let first: Vec<&str> = per_key.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(first.len(), 4, "{per_key:?}");
    Ok(())
}

async fn slices_are_aggregated_as_they_are(given: Given) -> Outcome {
    fill(&given.db).await?;
    let both: (i64, i64) = Author::objects()
        .limit(2)
        .aggregate(&given.db, |a| (a.id().count(), a.posts().count()))
        .await?;
    assert_eq!(both, (2, 4));
    let twice = Author::objects().filter(|a| a.posts().view_count().gt(5));
    let once = twice.clone().distinct().limit(10);
    let twice = twice.limit(10);
    assert_eq!(twice.clone().count(&given.db).await?, 2);
    let counted: i64 = twice
        .clone()
        .aggregate(&given.db, |a| a.id().count())
        .await?;
    assert_eq!(counted, 2, "a row for each related row that matches");
    let once: i64 = once.aggregate(&given.db, |a| a.id().count()).await?;
    assert_eq!(once, 1);
    let views: (Option<i64>, Option<i32>) = Post::objects()
        .order_by(|p| p.view_count().desc())
        .limit(2)
        .offset(1)
        .aggregate(&given.db, |p| (p.view_count().sum(), p.view_count().max()))
        .await?;
    assert_eq!(views, (Some(10), Some(10)));
    let none: (i64, Option<i64>) = Post::objects()
        .none()
        .aggregate(&given.db, |p| (p.id().count(), p.view_count().sum()))
        .await?;
    assert_eq!(none, (0, None));
    Ok(())
}

async fn groups_are_aggregated(given: Given) -> Outcome {
    fill(&given.db).await?;
    let groups = Post::objects().values(|p| (p.status(), p.id().count()));
    let (most, mean, groups_in_all): (Option<i64>, Option<f64>, i64) = groups
        .clone()
        .aggregate(&given.db, |p| {
            (
                p.id().count().max(),
                p.id().count().avg(),
                p.status().count(),
            )
        })
        .await?;
    assert_eq!((most, groups_in_all), (Some(3), 3));
    assert!(
        mean.is_some_and(|mean| (mean - 5.0 / 3.0).abs() < 1e-6),
        "{mean:?}"
    );
    let least: Option<i64> = groups
        .clone()
        .filter(|p| p.id().count().lt(3))
        .aggregate(&given.db, |p| p.id().count().sum())
        .await?;
    assert_eq!(least, Some(2));
    let error = groups
        .aggregate(&given.db, |p| p.view_count().max())
        .await
        .map(|_: Option<i32>| ())
        .unwrap_err();
    assert!(error.to_string().contains("values()"), "{error}");
    let statuses: i64 = Post::objects()
        .values_flat(|p| p.status())
        .distinct()
        .aggregate(&given.db, |p| p.status().count())
        .await?;
    assert_eq!(statuses, 3);
    Ok(())
}

async fn distinct_values_are_what_is_selected(given: Given) -> Outcome {
    fill(&given.db).await?;
    let statuses = Post::objects().values_flat(|p| p.status()).distinct();
    assert_eq!(statuses.clone().count(&given.db).await?, 3);
    assert_eq!(statuses.clone().all(&given.db).await?.len(), 3);
    let ordered = statuses.order_by(|p| p.status()).all(&given.db).await?;
    assert_eq!(
        ordered,
        [Status::Draft, Status::InReview, Status::Published]
    );
    let writers = Post::objects().values_flat(|p| p.author_id()).distinct();
    assert_eq!(
        Author::objects()
            .filter(|a| a.id().in_(writers.clone()))
            .count(&given.db)
            .await?,
        3
    );
    assert!(writers.exists(&given.db).await?);
    let tag_names: Vec<Option<String>> = Post::objects()
        .order_by(|p| p.tags().name().asc().nulls_first())
        .values_flat(|p| p.tags().name())
        .distinct()
        .all(&given.db)
        .await?;
    assert_eq!(tag_names.len(), 4, "{tag_names:?}");
    Ok(())
}

async fn keys_with_subqueries_are_known_again(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let has_tag = |p: &Root<Post>, tag: &'static str| {
        let key = p.id();
        exists(Tag::objects().filter(move |t| t.name().eq(tag) & t.posts().id().eq(outer(key))))
            .as_bool()
    };
    // Aggregates over different rows, grouped and ordered by a key that holds a subquery, written anew each time.
    let groups = |key: &'static str, order: &'static str| {
        Post::objects()
            .values(move |p| {
                (
                    has_tag(&p, key),
                    p.id().count(),
                    p.tags().id().count(),
                    p.view_count().sum(),
                )
            })
            .order_by(move |p| has_tag(&p, order).desc())
    };
    let rows = groups("rust", "rust").all(db).await?;
    assert_eq!(rows, [(true, 2, 4, Some(15)), (false, 3, 2, Some(25))]);
    // Another subquery is no key of these groups, whatever ran before.
    let refused = groups("rust", "spam").all(db).await;
    assert!(refused.is_err(), "{refused:?}");
    let rows = groups("spam", "spam").all(db).await?;
    assert_eq!(rows, [(true, 2, 3, Some(10)), (false, 3, 3, Some(30))]);
    Ok(())
}

async fn aggregates_of_other_values_are_others(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Over two kinds of rows, so that aggregates are joined by name. A shape that was met with equal values first
    // is not that of different ones.
    for (one, other, expected) in [(5, 5, (4, 4)), (5, 10, (4, 2)), (10, 5, (2, 4))] {
        let (first, second, tags): (i64, i64, i64) = Post::objects()
            .aggregate(&given.db, |p| {
                (
                    p.id().count().filter(p.view_count().gte(one)),
                    p.id().count().filter(p.view_count().gte(other)),
                    p.tags().id().count(),
                )
            })
            .await?;
        assert_eq!(((first, second), tags), (expected, 6));
        let groups: Vec<(i64, i64)> = Post::objects()
            .values(|p| {
                (
                    p.author_id(),
                    p.id().count().filter(p.view_count().gte(one)),
                    p.tags().id().count(),
                )
            })
            .filter(|p| p.id().count().filter(p.view_count().gte(other)).gte(2))
            .order_by(|p| p.author_id())
            .all(&given.db)
            .await?
            .into_iter()
            .map(|(author, count, _)| (author, count))
            .collect();
        assert_eq!(groups, [(1, 2)], "{one}, {other}");
    }
    Ok(())
}

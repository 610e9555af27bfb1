//! Values that are given: NULL by an `Option`, lists and dates by name, spans of time of either type.

use std::time::Duration;

use nuages::prelude::*;
use nuages_tests::blog::{Post, Status};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;
use super::ids;

pub(super) fn cases() -> Vec<Case> {
    cases![
        an_option_is_set_as_it_is.on(&BLOG),
        values_of_every_type_are_given_by_name.on(&BLOG),
        spans_of_both_types_meet.on(&BLOG),
        texts_of_two_columns_match_with_their_case.on(&BLOG),
        a_list_may_be_long.on(&BLOG),
    ]
}

async fn an_option_is_set_as_it_is(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let first = || Post::objects().key(1);
    let moment = first().get(db).await?.created_at;
    for (published, category) in [(Some(moment), Some(1)), (None, None)] {
        first()
            .update(db, |p| {
                (
                    p.published_at().set(published),
                    p.category_id().set(category),
                )
            })
            .await?;
        let read = first().get(db).await?;
        assert_eq!(read.published_at, published);
        assert_eq!(read.category.map(|category| *category.key()), category);
    }
    first().update(db, |p| p.category_id().set(Some(2))).await?;
    first().update(db, |p| p.category().set_null()).await?;
    assert!(first().get(db).await?.category.is_none());
    first()
        .update(db, |p| p.published_at().set(p.created_at()))
        .await?;
    first().update(db, |p| p.published_at().set(None)).await?;
    assert_eq!(first().get(db).await?.published_at, None);
    Ok(())
}

async fn values_of_every_type_are_given_by_name(given: Given) -> Outcome {
    fill(&given.db).await?;
    macro_rules! finds {
        ($name:literal, $value:expr => $typed:expr) => {{
            let by_name = ids(&given, Post::objects().lookup($name, $value)?).await?;
            let typed = ids(&given, Post::objects().filter($typed)).await?;
            assert!(!typed.is_empty(), "{}", $name);
            assert_eq!(by_name, typed, "{} {}", $name, stringify!($value));
        }};
    }
    let moment = Post::objects().key(4).get(&given.db).await?.created_at;
    let day = moment.date_naive();
    finds!("id__in", [1, 3] => |p| p.id().in_([1, 3]));
    finds!("id__in", vec![1_i64, 3] => |p| p.id().in_([1, 3]));
    finds!("id__in", &[1_i64, 3][..] => |p| p.id().in_([1, 3]));
    finds!("author__in", [1, 2] => |p| p.author().in_([1, 2]));
    finds!("id__range", [2, 4] => |p| p.id().range(2, 4));
    finds!("tags__name__in", ["rust", "none"] => |p| p.tags().name().in_(["rust", "none"]));
    finds!("created_at__gte", moment => |p| p.created_at().gte(moment));
    finds!("created_at__in", [moment] => |p| p.created_at().in_([moment]));
    finds!("created_at__date", day => |p| p.created_at().date().eq(day));
    finds!("created_at__date__lte", [day][0] => |p| p.created_at().date().lte(day));
    finds!("status", Status::Published => |p| p.status().eq(Status::Published));
    finds!("status__in", [Status::Published, Status::Draft] => |p| {
        p.status().in_([Status::Published, Status::Draft])
    });
    finds!("category", None::<i64> => |p| p.category().is_null());
    let none = Post::objects().lookup("id__in", Vec::<i64>::new())?;
    assert_eq!(none.count(&given.db).await?, 0);
    Ok(())
}

async fn spans_of_both_types_meet(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let hour = Duration::from_secs(3600);
    let later = Post::objects()
        .key(4)
        .values_flat(|p| p.created_at().plus(hour));
    let chrono = Post::objects()
        .key(4)
        .values_flat(|p| p.created_at().plus(TimeDelta::hours(1)));
    assert_eq!(later.get(db).await?, chrono.get(db).await?);
    let all = Post::objects().filter(|p| p.updated_at().since(p.created_at()).lt(hour));
    assert_eq!(all.count(db).await?, Post::objects().count(db).await?);
    Ok(())
}

async fn texts_of_two_columns_match_with_their_case(given: Given) -> Outcome {
    fill(&given.db).await?;
    let titled = |title: &'static str| {
        Post::objects().key(1).update(&given.db, move |p| {
            (p.title().set(title), p.slug().set("hello"))
        })
    };
    for (title, found, ignoring) in [
        ("hello", [1, 1, 1], [1, 1, 1]),
        ("Hello", [0, 0, 0], [1, 1, 1]),
        ("a hello", [1, 0, 1], [1, 0, 1]),
        ("hellos", [1, 1, 0], [1, 1, 0]),
        ("a HELLO to all", [0, 0, 0], [1, 0, 0]),
    ] {
        titled(title).await?;
        let count = |posts: nuages::queryset::QuerySet<Post>| posts.key(1).count(&given.db);
        let exact = [
            count(Post::objects().filter(|p| p.title().contains(p.slug()))).await?,
            count(Post::objects().filter(|p| p.title().startswith(p.slug()))).await?,
            count(Post::objects().filter(|p| p.title().endswith(p.slug()))).await?,
        ];
        assert_eq!(exact, found, "{title}");
        let inexact = [
            count(Post::objects().filter(|p| p.title().icontains(p.slug()))).await?,
            count(Post::objects().filter(|p| p.title().istartswith(p.slug()))).await?,
            count(Post::objects().filter(|p| p.title().iendswith(p.slug()))).await?,
        ];
        assert_eq!(inexact, ignoring, "{title}, ignoring case");
    }
    Ok(())
}

async fn a_list_may_be_long(given: Given) -> Outcome {
    fill(&given.db).await?;
    let many: Vec<i64> = (1..=50_000).collect();
    let found = Post::objects()
        .filter(|p| p.id().in_(&many))
        .count(&given.db);
    assert_eq!(found.await?, 5);
    // Where each value is a placeholder, they run out.
    let more: Vec<i64> = (1..=70_000).collect();
    match Post::objects()
        .filter(|p| p.id().in_(&more))
        .count(&given.db)
        .await
    {
        Ok(found) => assert_eq!(found, 5),
        Err(error) => assert!(error.to_string().contains("in_bulk()"), "{error}"),
    }
    Ok(())
}

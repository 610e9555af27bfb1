//! Functions of the database: their values, where NULL is in their types, and expressions that belong to no query yet.

use nuages::ast::TruncUnit;
use nuages::prelude::*;
use nuages_tests::blog::{Author, Comment, Post, Status};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;
use super::ids;

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_null_is_in_the_type_of_what_is_computed_from_it.on(&BLOG),
        functions_of_text_have_one_value_everywhere.on(&BLOG),
        functions_of_numbers_have_one_value_everywhere.on(&BLOG),
        instants_are_seen_in_a_zone.on(&BLOG),
        moments_are_listed_and_the_ends_found.on(&BLOG),
        free_conditions_serve_every_query_set_of_their_model.on(&BLOG),
        a_free_condition_that_forgets_outer_is_an_error.on(&BLOG),
    ]
}

/// The value of an expression for one post.
macro_rules! of_post {
    ($given:expr, $id:expr, $select:expr) => {
        Post::objects()
            .filter(|p| p.id().eq($id))
            .values_flat($select)
            .get(&$given.db)
            .await?
    };
}

async fn a_null_is_in_the_type_of_what_is_computed_from_it(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Post 3 has no category, and no post has been published at a time.
    let kept: Option<String> = of_post!(given, 3, |p| coalesce(
        p.category().name(),
        p.category().name()
    ));
    assert_eq!(kept, None);
    let sure: String = of_post!(given, 3, |p| coalesce(p.category().name(), p.title()));
    assert_eq!(sure, "100% sure");
    let sure: String = of_post!(given, 3, |p| coalesce(p.title(), p.category().name()));
    assert_eq!(sure, "100% sure");
    let sum: Option<i64> = of_post!(given, 3, |p| p.id() + p.category().id());
    assert_eq!(sum, None);
    let sum: Option<i64> = of_post!(given, 4, |p| p.id() + p.category().id());
    assert_eq!(sum, Some(6));
    let plain: i64 = of_post!(given, 4, |p| p.id() * 2 - 1);
    assert_eq!(plain, 7);
    let half: i32 = of_post!(given, 4, |p| p.view_count() / 2);
    assert_eq!(half, 2);
    let rest: Option<i64> = of_post!(given, 5, |p| p.id() % p.author_id());
    assert_eq!(rest, Some(2));
    let text: String = of_post!(given, 3, |p| p.title().concat(p.category().name()));
    assert_eq!(text, "100% sure");
    let length: Option<i32> = of_post!(given, 3, |p| p.category().name().length());
    assert_eq!(length, None);
    let year: Option<i32> = of_post!(given, 3, |p| p.published_at().year());
    assert_eq!(year, None);
    let day: Option<NaiveDate> = of_post!(given, 3, |p| p.published_at().date());
    assert_eq!(day, None);
    let shown: Option<String> = of_post!(given, 3, |p| p.category().id().as_text());
    assert_eq!(shown, None);
    let whole: Option<i64> = of_post!(given, 3, |p| p.category().id().as_integer());
    assert_eq!(whole, None);
    let since: Option<TimeDelta> = of_post!(given, 3, |p| p.created_at().since(p.published_at()));
    assert_eq!(since, None);
    let since: TimeDelta = of_post!(given, 3, |p| p.updated_at().since(p.created_at()));
    assert_eq!(since, TimeDelta::zero());
    let replaced: Option<String> =
        of_post!(given, 3, |p| p.title().replace("sure", p.category().name()));
    assert_eq!(replaced, None);
    let either: Option<String> = of_post!(given, 3, |p| {
        case(p.view_count().gt(7), "read").otherwise(p.category().name())
    });
    assert_eq!(either, None);
    let either: Option<String> = of_post!(given, 3, |p| {
        case(p.view_count().gt(7), p.title())
            .when(p.view_count().eq(0), p.category().name())
            .otherwise("some")
    });
    assert_eq!(either, None);
    let word: String = of_post!(given, 1, |p| case(p.view_count().gt(7), "read")
        .when(p.view_count().gt(3), p.title())
        .otherwise("new"));
    assert_eq!(word, "read");
    let greater: i64 = of_post!(given, 3, |p| greatest(p.category().id(), p.id()));
    assert_eq!(greater, 3, "NULL is not compared");
    let smaller: i64 = of_post!(given, 3, |p| least(p.id(), p.category().id()));
    assert_eq!(smaller, 3);
    let both: Option<i64> = of_post!(given, 3, |p| greatest(p.category().id(), p.category().id()));
    assert_eq!(both, None);
    let nothing: Option<i32> = of_post!(given, 3, |p| p.view_count().nullif(0));
    assert_eq!(nothing, None);
    let something: Option<i32> = of_post!(given, 1, |p| p.view_count().nullif(0));
    assert_eq!(something, Some(10));
    // A complement counts what is NULL.
    let not_equal = Post::objects().exclude(|p| p.view_count().nullif(0).eq(10));
    assert_eq!(ids(&given, not_equal).await?, [2, 3, 4, 5]);
    let of_zero = Post::objects().values_flat(|p| p.view_count() / 0);
    let refused = of_zero.all(&given.db).await.unwrap_err().to_string();
    assert!(
        refused.contains("a division by the value zero"),
        "{refused}"
    );
    Ok(())
}

async fn functions_of_text_have_one_value_everywhere(given: Given) -> Outcome {
    fill(&given.db).await?;
    macro_rules! texts {
        ($($id:literal: $select:expr => $expected:expr;)*) => {
            $(assert_eq!(of_post!(given, $id, $select), $expected, "{}", stringify!($select));)*
        };
    }
    texts! {
        5: |p| p.title().left(2) => "ÉT";
        5: |p| p.title().right(2) => "TÉ";
        1: |p| p.title().right(9) => "Rust";
        1: |p| p.title().lpad(6, "+-") => "+-Rust";
        1: |p| p.title().lpad(2, "+") => "Ru";
        1: |p| p.title().rpad(7, "+-") => "Rust+-+";
        1: |p| p.title().repeat(2) => "RustRust";
        5: |p| p.title().concat("x").reverse() => "xÉTÉ";
        1: |p| value::<Post, _>("  a b  ".to_owned()).ltrim().concat(p.title()) => "a b  Rust";
        1: |p| p.title().concat(value::<Post, _>("  a b  ".to_owned()).rtrim()) => "Rust  a b";
        1: |p| p.title().substr(2, 2) => "us";
        1: |p| p.title().substr_from(3) => "st";
        1: |p| p.title().substr_from(p.title().length()) => "t";
        1: |p| p.title().sha256() => "d9aa89fdd15ad5c41d9c128feffe9e07dc828b83f85296f7f42bda506821300e";
        1: |p| p.view_count().chr().concat("x") => "\nx";
    }
    // Where the database has it: MySQL 9.6 moved it into a component.
    let digest = Post::objects()
        .filter(|p| p.id().eq(1))
        .values_flat(|p| p.title().md5());
    match digest.get(&given.db).await {
        Ok(digest) => assert_eq!(digest, "f5e265d607cb720058fc166e00083fe8"),
        Err(refused) => assert!(
            refused.to_string().contains("MD5 does not exist"),
            "{refused}"
        ),
    }
    let at: i32 = of_post!(given, 1, |p| p.title().strindex("st"));
    assert_eq!(at, 3);
    let nowhere: i32 = of_post!(given, 1, |p| p.title().strindex("z"));
    assert_eq!(nowhere, 0);
    let code: i32 = of_post!(given, 5, |p| p.title().ord());
    assert_eq!(code, 0xC9);
    let code: i32 = of_post!(given, 5, |p| p.body().ord());
    assert_eq!(code, 0, "of an empty text");
    let none: Option<String> = of_post!(given, 3, |p| p.category().name().left(1));
    assert_eq!(none, None);
    let initials: Vec<(Option<String>, i64)> = Post::objects()
        .values(|p| (p.category().name().left(1), p.id().count()))
        .order_by(|p| p.category().name().left(1).asc().nulls_last())
        .all(&given.db)
        .await?;
    let expected = [(Some("L"), 2), (Some("T"), 2), (None, 1)];
    assert_eq!(
        initials,
        expected.map(|(name, n)| (name.map(str::to_owned), n))
    );
    Ok(())
}

async fn functions_of_numbers_have_one_value_everywhere(given: Given) -> Outcome {
    fill(&given.db).await?;
    macro_rules! close {
        ($($select:expr => $expected:expr;)*) => {
            $(let found = Option::<f64>::from(of_post!(given, 1, $select)).ok_or("a value")?;
            assert!((found - $expected).abs() < 1e-9, "{}: {found}", stringify!($select));)*
        };
    }
    // Post 1 has 10 views.
    close! {
        |p| p.view_count().sqrt() => 10_f64.sqrt();
        |p| p.view_count().power(2.0) => 100.0;
        |p| p.view_count().exp() => 10_f64.exp();
        |p| p.view_count().ln() => 10_f64.ln();
        |p| p.view_count().log(2.0) => 10_f64.log2();
        |p| p.view_count().modulo(3.5) => 3.0;
        |p| p.view_count().sin() => 10_f64.sin();
        |p| p.view_count().cos() => 10_f64.cos();
        |p| p.view_count().tan() => 10_f64.tan();
        |p| p.view_count().cot() => 1.0 / 10_f64.tan();
        |p| p.id().asin() => 1_f64.asin();
        |p| p.id().acos() => 0.0;
        |p| p.view_count().atan() => 10_f64.atan();
        |p| p.view_count().atan2(2.0) => 10_f64.atan2(2.0);
        |p| p.view_count().degrees() => 10_f64.to_degrees();
        |p| p.view_count().radians() => 10_f64.to_radians();
        |p| (p.view_count().as_float() / 4.0 + 0.1).round() => 3.0;
        |p| (p.view_count().as_float() / 4.0).round_to(1) => 2.5;
        |p| (p.view_count().as_float() / 4.0).ceil() => 3.0;
        |p| (p.view_count().as_float() / 4.0).floor() => 2.0;
        |p| (p.view_count().as_float() - 40.0).sign() => -1.0;
        |_| pi() => std::f64::consts::PI;
    }
    let whole: (i32, i32, i32, i32, i32) = Post::objects()
        .filter(|p| p.id().eq(1))
        .values(|p| {
            (
                (p.view_count() - 13).abs(),
                (p.view_count() - 13).sign(),
                p.view_count().floor(),
                p.view_count().ceil(),
                p.view_count().round(),
            )
        })
        .get(&given.db)
        .await?;
    assert_eq!(whole, (3, -1, 10, 10, 10));
    let none: Option<f64> = of_post!(given, 3, |p| p.category().id().sqrt());
    assert_eq!(none, None);
    let rooted = Post::objects().exclude(|p| p.view_count().sqrt().gt(3.0));
    assert_eq!(ids(&given, rooted).await?, [3, 4, 5]);
    Ok(())
}

async fn instants_are_seen_in_a_zone(given: Given) -> Outcome {
    fill(&given.db).await?;
    // Post 4 was made at 23:00 of the last day of 2025, UTC.
    let east: (i32, i32, NaiveDate, NaiveTime) = Post::objects()
        .filter(|p| p.id().eq(4))
        .values(|p| {
            let there = || p.created_at().in_zone("+02:00");
            (
                there().year(),
                there().hour(),
                there().date(),
                there().time(),
            )
        })
        .get(&given.db)
        .await?;
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).ok_or("a day")?;
    let time = NaiveTime::from_hms_opt(1, 0, 0).ok_or("a time")?;
    assert_eq!(east, (2026, 1, day, time));
    let began: DateTime<Utc> = of_post!(given, 4, |p| p
        .created_at()
        .in_zone("+02:00")
        .trunc(TruncUnit::Day));
    assert_eq!(began.to_rfc3339(), "2025-12-31T22:00:00+00:00");
    let none: Option<i32> = of_post!(given, 4, |p| p.published_at().in_zone("+02:00").hour());
    assert_eq!(none, None);
    let there = Post::objects().filter(|p| p.created_at().in_zone("+02:00").year().eq(2026));
    assert_eq!(ids(&given, there).await?, [4, 5]);
    let here = Post::objects().filter(|p| p.created_at().in_zone("-01:00").year().eq(2026));
    assert_eq!(ids(&given, here).await?, [0_i64; 0]);
    Ok(())
}

async fn free_conditions_serve_every_query_set_of_their_model(given: Given) -> Outcome {
    fill(&given.db).await?;
    let published = Q::<Post>::of(|p| p.status().eq(Status::Published));
    let plain = Post::objects().filter(|_| published.clone());
    assert_eq!(ids(&given, plain).await?, [1, 2, 5]);
    let mixed = Post::objects().filter(|p| published.clone() & p.view_count().gt(5));
    assert_eq!(ids(&given, mixed).await?, [1, 2]);
    let rest = Post::objects().exclude(|_| published.clone());
    assert_eq!(ids(&given, rest).await?, [3, 4]);
    // Gathered at run time.
    let words = ["us", "sy", "sure"].map(|word| Q::<Post>::of(|p| p.title().contains(word)));
    let some = Post::objects().filter(|_| Q::any(words.clone()));
    assert_eq!(ids(&given, some).await?, [1, 2, 3]);
    let all = Post::objects().filter(|_| Q::all([published.clone(), words[0].clone()]));
    assert_eq!(ids(&given, all).await?, [1]);
    let folded = words
        .iter()
        .fold(Q::never(), |any, word| any | word.clone());
    let folded = Post::objects().filter(|_| !folded);
    assert_eq!(ids(&given, folded).await?, [4, 5]);
    // In a subquery it speaks of that, with subqueries of its own of the row around them.
    let with_published = Author::objects()
        .filter(|a| {
            let theirs = |p: Root<Post>| published.clone() & p.author_id().eq(outer(a.id()));
            exists(Post::objects().filter(theirs))
        })
        .values_flat(|a| a.name());
    assert_eq!(with_published.all(&given.db).await?, ["Alice", "Carla"]);
    let commented =
        Q::<Post>::of(|p| exists(Comment::objects().filter(|c| c.post_id().eq(outer(p.id())))));
    let with_comments = Post::objects().filter(|_| commented.clone());
    assert_eq!(ids(&given, with_comments).await?, [1, 2]);
    let by_the_same = Post::objects().filter(|p| {
        let others = |other: Root<Post>| {
            commented.clone()
                & other.author_id().eq(outer(p.author_id()))
                & other.id().ne(outer(p.id()))
        };
        exists(Post::objects().filter(others))
    });
    assert_eq!(ids(&given, by_the_same).await?, [1, 2]);
    // Expressions: selected, grouped by, ordered by, aggregated, assigned.
    let initial = Expr::of(|p: Root<Post>| p.title().left(1));
    let grouped: Vec<(String, i64)> = Post::objects()
        .filter(|_| published.clone())
        .values(|p| (initial.clone(), p.id().count().filter(published.clone())))
        .order_by(|_| initial.clone().desc())
        .all(&given.db)
        .await?;
    let mut letters: Vec<&str> = grouped.iter().map(|(letter, _)| &**letter).collect();
    letters.sort_unstable();
    assert_eq!(letters, ["A", "R", "É"]);
    let doubled = Expr::of(|p: Root<Post>| p.view_count() * 2);
    let total = Post::objects()
        .aggregate(&given.db, |_| doubled.clone().sum())
        .await?;
    assert_eq!(total, Some(80));
    let set = |p: Root<Post>| p.view_count().set(doubled.clone());
    assert_eq!(
        Post::objects()
            .filter(|p| p.id().eq(4))
            .update(&given.db, set)
            .await?,
        1
    );
    assert_eq!(of_post!(given, 4, |p| p.view_count()), 10);
    Ok(())
}

async fn a_free_condition_that_forgets_outer_is_an_error(given: Given) -> Outcome {
    fill(&given.db).await?;
    let same_author = Q::<Post>::of(|p| {
        exists(Post::objects().filter(|other| other.author_id().eq(p.author_id())))
    });
    let refused = ids(&given, Post::objects().filter(|_| same_author))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("outer"), "{refused}");
    // A condition of another query set's closure is still none of this one's.
    let mut foreign = None;
    let _ = Post::objects().filter(|p| {
        foreign = Some(p.id().eq(1));
        Q::always()
    });
    let foreign = foreign.ok_or("the closure ran")?;
    let refused = ids(&given, Post::objects().filter(|_| foreign))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("another query"), "{refused}");
    Ok(())
}

async fn moments_are_listed_and_the_ends_found(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let years = Post::objects().datetimes(|p| p.created_at(), TruncUnit::Year);
    let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).ok_or("a day");
    let found = years.clone().all(db).await?;
    let days: Vec<NaiveDate> = found.iter().map(DateTime::date_naive).collect();
    assert_eq!(days, [first(2024)?, first(2025)?, first(2026)?]);
    assert_eq!(
        years.clone().reverse().first(db).await?,
        found.last().copied()
    );
    assert_eq!(years.count(db).await?, 3);
    let months = Post::objects().dates(|p| p.created_at().date(), TruncUnit::Month);
    assert_eq!(months.all(db).await?.len(), 5);
    let none = Post::objects().datetimes(|p| p.published_at(), TruncUnit::Day);
    assert!(none.all(db).await?.is_empty());
    let newest = Post::objects().latest_by(db, |p| p.created_at()).await?;
    let oldest = Post::objects()
        .earliest_by(db, |p| (p.created_at(), p.id()))
        .await?;
    assert_eq!((newest.id, oldest.id), (5, 1));
    let nobody = Post::objects()
        .none()
        .latest_by(db, |p| p.id())
        .await
        .unwrap_err();
    assert!(nobody.is_does_not_exist());
    assert!(Post::objects().contains(db, &newest).await?);
    let others = Post::objects().filter(|p| p.id().lt(5));
    assert!(!others.contains(db, &newest).await?);
    // Two words behind a field, by name.
    let by_name = |name, value: nuages::Value| Post::objects().lookup(name, value);
    let day = nuages::value::parse_date("2025-03-01").ok_or("a day")?;
    let since = by_name("created_at__date__gte", nuages::Value::Date(day))?;
    assert_eq!(ids(&given, since).await?, [3, 4, 5]);
    let years = nuages::Value::List(
        nuages::value::ValueType::Int,
        vec![nuages::Value::Int(2024), nuages::Value::Int(2026)],
    );
    assert_eq!(
        ids(&given, by_name("created_at__year__in", years)?).await?,
        [1, 2, 5]
    );
    assert_eq!(
        ids(
            &given,
            by_name("created_at__month__lt", nuages::Value::Int(4))?
        )
        .await?,
        [1, 3, 5]
    );
    Ok(())
}

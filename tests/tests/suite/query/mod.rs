//! Queries: what they find, and how many statements that takes.

mod aggregates;
mod arithmetic;
mod by_name;
mod club;
mod combined;
mod crowd;
pub(crate) mod data;
mod functions;
mod given;
mod loading;
mod matrix;
mod mistakes;
mod parity;
mod programs;
mod traps;
mod windows;

use nuages::prelude::*;
use nuages::queryset::QuerySet;
use nuages_tests::blog::{Author, Comment, Post, Status, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Case, Given, Outcome, cases};

use crowd::models_may_be_related_in_a_circle;
use data::fill;
use parity::random_queries_find_what_django_finds;
use programs::random_programs_answer_what_django_answers;

pub(crate) fn area() -> Area {
    let mut cases = own_cases();
    cases.extend(aggregates::cases());
    cases.extend(arithmetic::cases());
    cases.extend(by_name::cases());
    cases.extend(club::cases());
    cases.extend(functions::cases());
    cases.extend(given::cases());
    cases.extend(loading::cases());
    cases.extend(matrix::cases());
    cases.extend(mistakes::cases());
    cases.extend(combined::cases());
    cases.extend(traps::cases());
    cases.extend(windows::cases());
    Area::new("query", cases)
}

fn own_cases() -> Vec<Case> {
    cases![
        lookups_find_what_django_finds.on(&BLOG),
        an_exclusion_is_the_complement_of_a_filter.on(&BLOG),
        conditions_of_one_filter_are_about_one_related_row.on(&BLOG),
        aggregates_never_multiply_each_other.on(&BLOG),
        values_group_by_what_is_plain.on(&BLOG),
        related_objects_come_with_the_row.on(&BLOG),
        prefetches_cost_one_query_each.on(&BLOG),
        a_load_loads_for_all_rows.on(&BLOG),
        subqueries_speak_of_the_row_around_them.on(&BLOG),
        names_are_looked_up_at_run_time.on(&BLOG),
        random_queries_find_what_django_finds.on(&BLOG),
        models_may_be_related_in_a_circle,
        random_programs_answer_what_django_answers.on(&BLOG),
    ]
}

/// The keys of the posts that a query set finds, sorted.
async fn ids(given: &Given, posts: QuerySet<Post>) -> nuages::Result<Vec<i64>> {
    let mut ids = posts.values_flat(|p| p.id()).all(&given.db).await?;
    ids.sort_unstable();
    Ok(ids)
}

async fn lookups_find_what_django_finds(given: Given) -> Outcome {
    fill(&given.db).await?;
    macro_rules! finds {
        ($condition:expr => $expected:expr) => {{
            let found = ids(&given, Post::objects().filter($condition)).await?;
            let expected: &[i64] = &$expected;
            assert_eq!(found, expected, "{}", stringify!($condition));
            let rest = ids(&given, Post::objects().exclude($condition)).await?;
            let complement: Vec<i64> = (1..=5).filter(|id| !expected.contains(id)).collect();
            assert_eq!(rest, complement, "exclude {}", stringify!($condition));
        }};
    }
    finds!(|p| p.status().eq(Status::Published) => [1, 2, 5]);
    finds!(|p| p.status().ne(Status::Published) => [3, 4]);
    finds!(|p| p.title().contains("s") => [1, 2, 3, 4]);
    finds!(|p| p.title().contains("A") => [2]);
    finds!(|p| p.title().icontains("a") => [2]);
    finds!(|p| p.title().contains("%") => [3]);
    finds!(|p| p.title().contains("_") => [4]);
    finds!(|p| p.title().contains("\\") => []);
    finds!(|p| p.title().startswith("Ru") => [1]);
    finds!(|p| p.title().startswith("ru") => []);
    finds!(|p| p.title().istartswith("ru") => [1]);
    finds!(|p| p.title().endswith("sure") => [3]);
    finds!(|p| p.title().iendswith("SURE") => [3]);
    finds!(|p| p.title().iexact("RUST") => [1]);
    finds!(|p| p.title().iexact("été") => [5]);
    finds!(|p| p.title().regex("^[A-R]") => [1, 2]);
    finds!(|p| p.title().iregex("^UNDER") => [4]);
    finds!(|p| p.view_count().gt(5) => [1, 2]);
    finds!(|p| p.view_count().gte(5) => [1, 2, 4, 5]);
    finds!(|p| p.view_count().lt(5) => [3]);
    finds!(|p| p.view_count().lte(5) => [3, 4, 5]);
    finds!(|p| p.view_count().range(5, 10) => [1, 4, 5]);
    finds!(|p| p.view_count().in_([0, 20]) => [2, 3]);
    finds!(|p| p.view_count().in_(Vec::<i32>::new()) => []);
    finds!(|p| p.category_id().is_null() => [3]);
    finds!(|p| p.category().is_null() => [3]);
    finds!(|p| p.category().name().eq("Tech") => [1, 2]);
    finds!(|p| p.category_id().eq(2) => [4, 5]);
    finds!(|p| p.author().name().in_(["Alice", "Carla"]) => [1, 2, 5]);
    finds!(|p| p.created_at().year().eq(2025) => [3, 4]);
    finds!(|p| p.created_at().year().gt(2024) => [3, 4, 5]);
    finds!(|p| p.created_at().year().lte(2024) => [1, 2]);
    finds!(|p| p.created_at().month().eq(1) => [1, 5]);
    finds!(|p| p.created_at().day().eq(31) => [4]);
    finds!(|p| p.created_at().quarter().eq(2) => [2]);
    finds!(|p| p.created_at().week().eq(1) => [4, 5]);
    finds!(|p| p.created_at().week_day().eq(2) => [1]);
    finds!(|p| p.created_at().hour().eq(23) => [2, 4]);
    finds!(|p| p.created_at().minute().eq(30) => [1]);
    finds!(|p| p.created_at().second().eq(59) => [2]);
    finds!(|p| p.created_at().date().eq(NaiveDate::from_ymd_opt(2024, 1, 15).unwrap_or_default()) => [1]);
    finds!(|p| p.created_at().time().eq(NaiveTime::MIN) => [3, 5]);
    finds!(|p| (p.view_count() + 5).gt(p.view_count() * 2) => [3]);
    finds!(|p| p.title().lower().eq("rust") => [1]);
    finds!(|p| p.title().length().eq(4) => [1]);
    finds!(|p| p.title().length().gt(p.view_count()) => [3, 4]);
    finds!(|p| coalesce(p.category().name(), "none").eq("none") => [3]);
    finds!(|p| p.status().eq(Status::Draft) | p.view_count().eq(20) => [2, 3]);
    finds!(|p| !(p.status().eq(Status::Draft) | p.view_count().eq(20)) => [1, 4, 5]);
    finds!(|p| p.status().eq(Status::Published) ^ p.view_count().gt(5) => [5]);
    finds!(|p| case(p.view_count().gte(10), 2).when(p.view_count().gt(0), 1).otherwise(0).eq(1) => [4, 5]);
    Ok(())
}

async fn an_exclusion_is_the_complement_of_a_filter(given: Given) -> Outcome {
    fill(&given.db).await?;
    let with_spam = Post::objects().filter(|p| p.tags().name().eq("spam"));
    assert_eq!(ids(&given, with_spam).await?, [4, 5]);
    let without_spam = Post::objects().exclude(|p| p.tags().name().eq("spam"));
    assert_eq!(ids(&given, without_spam).await?, [1, 2, 3]);
    let untagged = Post::objects().filter(|p| p.tags().is_null());
    assert_eq!(ids(&given, untagged).await?, [3]);
    let tagged = Post::objects().exclude(|p| p.tags().is_null());
    assert_eq!(ids(&given, tagged).await?, [1, 2, 4, 5]);
    // Several conditions on one related row, NULLs among them.
    let commented = |p: nuages::queryset::Root<Post>| {
        let comments = p.via::<Comment, _>(|c| c.post());
        comments.body().contains("nice") & comments.author().name().eq("Bob")
    };
    let mut found = ids(&given, Post::objects().filter(commented)).await?;
    found.dedup();
    assert_eq!(found, [1]);
    assert_eq!(
        ids(&given, Post::objects().exclude(commented)).await?,
        [2, 3, 4, 5]
    );
    let not_spam_by_bob = Post::objects().exclude(|p| {
        let comments = p.via::<Comment, _>(|c| c.post());
        comments.body().eq("spam") & comments.author().name().eq("Bob")
    });
    assert_eq!(ids(&given, not_spam_by_bob).await?, [1, 2, 3, 4, 5]);
    let two_relations = Post::objects().exclude(|p| {
        p.tags().name().eq("rust") & p.via::<Comment, _>(|c| c.post()).body().eq("spam")
    });
    assert_eq!(ids(&given, two_relations).await?, [2, 3, 4, 5]);
    let through_the_author = Post::objects().exclude(|p| p.author().posts().view_count().eq(0));
    assert_eq!(ids(&given, through_the_author).await?, [1, 2, 5]);
    Ok(())
}

async fn conditions_of_one_filter_are_about_one_related_row(given: Given) -> Outcome {
    fill(&given.db).await?;
    let one = Author::objects()
        .filter(|a| a.posts().view_count().eq(0) & a.posts().status().eq(Status::InReview));
    assert_eq!(one.count(&given.db).await?, 0);
    let two = Author::objects()
        .filter(|a| a.posts().view_count().eq(0))
        .filter(|a| a.posts().status().eq(Status::InReview));
    let found: Vec<String> = two.values_flat(|a| a.name()).all(&given.db).await?;
    assert_eq!(found, ["Bob"]);
    let with_both = Post::objects()
        .filter(|p| p.tags().name().eq("rust"))
        .filter(|p| p.tags().name().eq("async"));
    assert_eq!(ids(&given, with_both).await?, [1]);
    let several = Author::objects()
        .filter(|a| a.posts().view_count().gt(5))
        .count(&given.db)
        .await?;
    assert_eq!(several, 2, "a row for each related row that matches");
    let once = Author::objects()
        .filter(|a| a.posts().view_count().gt(5))
        .distinct()
        .count(&given.db)
        .await?;
    assert_eq!(once, 1);
    Ok(())
}

async fn aggregates_never_multiply_each_other(given: Given) -> Outcome {
    fill(&given.db).await?;
    let rows = Author::objects()
        .annotate(|a| {
            (
                a.posts().count(),
                a.posts().view_count().sum(),
                a.posts().tags().id().count().distinct(),
            )
        })
        .all(&given.db)
        .await?;
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(author, counts)| (author.name, counts))
        .collect();
    let expected = [
        ("Alice".to_owned(), (2, Some(30), 2)),
        ("Bob".to_owned(), (2, Some(5), 2)),
        ("Carla".to_owned(), (1, Some(5), 1)),
        ("Dora".to_owned(), (0, None, 0)),
    ];
    assert_eq!(rows, expected);
    let prolific: Vec<(Author, i64)> = Author::objects()
        .annotate(|a| a.posts().count())
        .filter(|a| a.posts().count().gt(1))
        .order_by(|a| (a.posts().count().desc(), a.name().desc()))
        .all(&given.db)
        .await?;
    let names: Vec<_> = prolific
        .iter()
        .map(|(author, count)| (author.name.as_str(), *count))
        .collect();
    assert_eq!(names, [("Bob", 2), ("Alice", 2)]);
    // An earlier filter restricts the aggregate on its path, a later one does not.
    let published: Vec<(String, i64)> = Author::objects()
        .filter(|a| a.posts().status().eq(Status::Published))
        .annotate(|a| a.posts().count())
        .distinct()
        .all(&given.db)
        .await?
        .into_iter()
        .map(|(author, count)| (author.name, count))
        .collect();
    assert_eq!(
        published,
        [("Alice".to_owned(), 2), ("Carla".to_owned(), 1)]
    );
    let (count, views, mean) = Post::objects()
        .aggregate(&given.db, |p| {
            (p.id().count(), p.view_count().sum(), p.view_count().avg())
        })
        .await?;
    assert_eq!((count, views, mean), (5, Some(40), Some(8.0)));
    let of_all: (i64, i64) = Author::objects()
        .aggregate(&given.db, |a| (a.id().count(), a.posts().count()))
        .await?;
    assert_eq!(of_all, (4, 5));
    let mean_count: Option<f64> = Author::objects()
        .aggregate(&given.db, |a| a.posts().count().avg())
        .await?;
    assert_eq!(mean_count, Some(1.25));
    let sliced: i64 = Post::objects()
        .limit(3)
        .aggregate(&given.db, |p| p.id().count())
        .await?;
    assert_eq!(sliced, 3);
    let error = Post::objects()
        .annotate(|p| p.view_count().sum())
        .all(&given.db)
        .await;
    let message = error
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(message.contains("one row of Post"), "{message}");
    Ok(())
}

async fn values_group_by_what_is_plain(given: Given) -> Outcome {
    fill(&given.db).await?;
    let mut per_status: Vec<(Status, i64)> = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .all(&given.db)
        .await?;
    per_status.sort_by_key(|(status, _)| status.position());
    assert_eq!(
        per_status,
        [
            (Status::Draft, 1),
            (Status::InReview, 1),
            (Status::Published, 3)
        ]
    );
    let frequent: Vec<(Status, i64)> = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .filter(|p| p.id().count().gt(1))
        .all(&given.db)
        .await?;
    assert_eq!(frequent, [(Status::Published, 3)]);
    let by_category: Vec<(Option<String>, i64, Option<i64>)> = Post::objects()
        .order_by(|p| p.category().name().asc().nulls_first())
        .values(|p| (p.category().name(), p.id().count(), p.view_count().sum()))
        .all(&given.db)
        .await?;
    let expected = [
        (None, 1, Some(0)),
        (Some("Life".to_owned()), 2, Some(10)),
        (Some("Tech".to_owned()), 2, Some(30)),
    ];
    assert_eq!(by_category, expected);
    // Posts, tags and comments per category: different rows, none multiplied.
    let mixed: Vec<(Option<String>, i64, i64, i64)> = Post::objects()
        .order_by(|p| p.category().name().asc().nulls_first())
        .values(|p| {
            (
                p.category().name(),
                p.id().count(),
                p.tags().id().count(),
                p.via::<Comment, _>(|c| c.post()).id().count(),
            )
        })
        .all(&given.db)
        .await?;
    let expected = [
        (None, 1, 0, 0),
        (Some("Life".to_owned()), 2, 3, 0),
        (Some("Tech".to_owned()), 2, 3, 4),
    ];
    assert_eq!(mixed, expected);
    let error = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .order_by(|p| p.title())
        .all(&given.db)
        .await;
    assert!(error.is_err_and(|error| error.to_string().contains("neither a key nor an aggregate")));
    Ok(())
}

async fn related_objects_come_with_the_row(given: Given) -> Outcome {
    fill(&given.db).await?;
    let recording = given.db.record();
    let posts = Post::objects()
        .select_related(|p| (p.author(), p.category()))
        .order_by(|p| p.id())
        .all(&given.db)
        .await?;
    assert_eq!(recording.count(), 1);
    let authors: Vec<&str> = posts
        .iter()
        .map(|p| p.author.get().map(|a| a.name.as_str()))
        .collect::<Result<_, _>>()?;
    assert_eq!(authors, ["Alice", "Alice", "Bob", "Bob", "Carla"]);
    assert!(
        std::ptr::eq(posts[0].author.get()?, posts[1].author.get()?),
        "one object for one author"
    );
    assert!(posts[2].category.is_none());
    let tech = posts[0].category.as_ref().ok_or("a category")?;
    assert_eq!(tech.get()?.name, "Tech");
    let deep = Comment::objects()
        .select_related(|c| (c.post().author(), c.author()))
        .all(&given.db)
        .await?;
    assert_eq!(deep[0].post.get()?.author.get()?.name, "Alice");
    assert!(deep[1].author.is_none());
    let error = posts[0]
        .tags
        .get()
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("prefetch_related"), "{error}");
    Ok(())
}

async fn prefetches_cost_one_query_each(given: Given) -> Outcome {
    fill(&given.db).await?;
    let recording = given.db.record();
    let authors = Author::objects()
        .prefetch_related(|a| (a.posts().tags(), a.posts().category()))
        .all(&given.db)
        .await?;
    assert_eq!(recording.count(), 4);
    drop(recording);
    let tags = |author: &Author| -> nuages::Result<Vec<Vec<String>>> {
        author
            .posts
            .get()?
            .iter()
            .map(|post| {
                Ok(post
                    .tags
                    .get()?
                    .iter()
                    .map(|tag| tag.name.clone())
                    .collect())
            })
            .collect()
    };
    assert_eq!(
        tags(&authors[0])?,
        [vec!["async"], vec!["async", "rust"]],
        "newest first, tags by name"
    );
    assert_eq!(tags(&authors[3])?, Vec::<Vec<String>>::new());
    let sliced = Author::objects()
        .prefetch_related(|a| {
            a.posts()
                .with(Post::objects().order_by(|p| p.view_count().desc()).limit(1))
        })
        .all(&given.db)
        .await?;
    let best: Vec<Vec<&str>> = sliced
        .iter()
        .map(|author| {
            Ok(author
                .posts
                .get()?
                .iter()
                .map(|post| post.title.as_str())
                .collect())
        })
        .collect::<nuages::Result<_>>()?;
    assert_eq!(
        best,
        [vec!["Async"], vec!["under_score"], vec!["ÉTÉ"], vec![]]
    );
    let filtered = Tag::objects()
        .prefetch_related(|t| {
            t.posts()
                .with(Post::objects().filter(|p| p.view_count().gt(5)))
        })
        .all(&given.db)
        .await?;
    let counts: Vec<usize> = filtered
        .iter()
        .map(|tag| tag.posts.get().map(<[_]>::len))
        .collect::<Result<_, _>>()?;
    assert_eq!(counts, [2, 1, 0], "async, rust, spam");
    Ok(())
}

async fn a_load_loads_for_all_rows(given: Given) -> Outcome {
    fill(&given.db).await?;
    let recording = given.db.record();
    let posts = Post::objects().order_by(|p| p.id()).all(&given.db).await?;
    let mut names = Vec::new();
    let mut tags = 0;
    for post in &posts {
        names.push(post.author.load(&given.db).await?.name.clone());
        tags += post.tags.load(&given.db).await?.len();
    }
    assert_eq!(recording.count(), 3);
    assert_eq!(names, ["Alice", "Alice", "Bob", "Bob", "Carla"]);
    assert_eq!(tags, 6);
    let answers = Comment::objects().all(&given.db).await?;
    assert_eq!(answers[0].answers.load(&given.db).await?.len(), 1);
    assert_eq!(answers[1].answers.get()?.len(), 0);
    Ok(())
}

async fn subqueries_speak_of_the_row_around_them(given: Given) -> Outcome {
    fill(&given.db).await?;
    let writers = Author::objects()
        .filter(|a| exists(Post::objects().filter(|p| p.author_id().eq(outer(a.id())))))
        .values_flat(|a| a.name())
        .all(&given.db)
        .await?;
    assert_eq!(writers, ["Alice", "Bob", "Carla"]);
    let silent = Author::objects()
        .exclude(|a| exists(Post::objects().filter(|p| p.author_id().eq(outer(a.id())))))
        .values_flat(|a| a.name())
        .all(&given.db)
        .await?;
    assert_eq!(silent, ["Dora"]);
    let tech = Post::objects()
        .filter(|p| p.category().name().eq("Tech"))
        .values_flat(|p| p.author_id());
    let of_tech = Author::objects()
        .filter(|a| a.id().in_(tech))
        .values_flat(|a| a.name())
        .all(&given.db)
        .await?;
    assert_eq!(of_tech, ["Alice"]);
    let newest: Vec<(Author, Option<String>)> = Author::objects()
        .annotate(|a| {
            subquery(
                Post::objects()
                    .filter(|p| p.author_id().eq(outer(a.id())))
                    .limit(1)
                    .values_flat(|p| p.title()),
            )
        })
        .all(&given.db)
        .await?;
    let newest: Vec<Option<&str>> = newest.iter().map(|(_, title)| title.as_deref()).collect();
    assert_eq!(
        newest,
        [Some("Async"), Some("under_score"), Some("ÉTÉ"), None]
    );
    let foreign = Author::objects().filter(|a| {
        exists(Post::objects().filter(|_| {
            let other = a.name().eq("x").into_predicate();
            Q::new(other)
        }))
    });
    let error = foreign
        .all(&given.db)
        .await
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("outer(…)"), "{error}");
    Ok(())
}

async fn names_are_looked_up_at_run_time(given: Given) -> Outcome {
    fill(&given.db).await?;
    assert_eq!(
        ids(
            &given,
            Post::objects().lookup("author__name__icontains", "ALI")?
        )
        .await?,
        [1, 2]
    );
    assert_eq!(
        ids(&given, Post::objects().lookup("tags__name", "rust")?).await?,
        [1, 4]
    );
    assert_eq!(
        ids(&given, Post::objects().lookup("created_at__year", 2024)?).await?,
        [1, 2]
    );
    assert_eq!(
        ids(
            &given,
            Post::objects().exclude_lookup("category__isnull", true)?
        )
        .await?,
        [1, 2, 4, 5]
    );
    assert_eq!(
        ids(&given, Post::objects().lookup("comments__body", "hm")?).await?,
        [2]
    );
    let ordered = Post::objects()
        .order_by_name("-view_count")?
        .order_by_name("id")?;
    assert_eq!(
        ordered.values_flat(|p| p.id()).all(&given.db).await?,
        [2, 1, 4, 5, 3]
    );
    let error = Post::objects()
        .lookup("author__nmae", "x")
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("did you mean `name`?"), "{error}");
    Ok(())
}

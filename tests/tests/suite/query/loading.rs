//! What is loaded beside rows, how many statements that takes, and what queries are put together of at run time.

use futures_util::future::try_join_all;
use nuages::model::Output;
use nuages::prelude::*;
use nuages::queryset::{QuerySet, Root};
use nuages_tests::blog::{Author, Post, Status, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_thousand_posts_cost_two_or_three_queries.on(&BLOG),
        those_who_load_at_once_share_a_query.on(&BLOG),
        rows_of_a_chunk_are_peers.on(&BLOG),
        relations_are_prefetched_for_each_chunk_of_a_stream.on(&BLOG),
        conditions_are_gathered_at_run_time.on(&BLOG),
        relations_are_ordered_by_and_set.on(&BLOG),
        moments_are_moved.on(&BLOG),
    ]
}

/// A hundred authors with ten posts each, every post with two of five tags.
async fn fill_thousand(db: &Database) -> nuages::Result<()> {
    let authors = (1..=100).map(|id: i64| {
        Author::builder()
            .id(id)
            .name(format!("a{id:03}"))
            .email(format!("{id}@x"))
            .build()
    });
    let authors: Vec<Author> = authors.collect::<Result<_, _>>()?;
    Author::objects().bulk_create(db, authors).await?;
    let tags = (1..=5).map(|id: i64| Tag::builder().id(id).name(format!("t{id}")).build());
    let tags: Vec<Tag> = tags.collect::<Result<_, _>>()?;
    Tag::objects().bulk_create(db, tags).await?;
    let posts = (1..=1000).map(|id: i64| {
        Post::builder()
            .id(id)
            .title("t")
            .slug(format!("p{id}"))
            .author((id - 1) % 100 + 1)
            .body("")
            .build()
    });
    let posts: Vec<Post> = posts.collect::<Result<_, _>>()?;
    Post::objects().bulk_create(db, posts).await?;
    let pairs: Vec<String> = (1..=1000_i64)
        .flat_map(|id| {
            [
                format!("({id}, {})", id % 5 + 1),
                format!("({id}, {})", (id + 1) % 5 + 1),
            ]
        })
        .collect();
    nuages::raw(format!(
        "INSERT INTO blog_post_tags (post_id, tag_id) VALUES {}",
        pairs.join(", ")
    ))
    .execute(db)
    .await?;
    Ok(())
}

async fn a_thousand_posts_cost_two_or_three_queries(given: Given) -> Outcome {
    fill_thousand(&given.db).await?;
    let recording = given.db.record();
    let posts = Post::objects()
        .select_related(|p| p.author())
        .prefetch_related(|p| p.tags())
        .order_by(|p| p.id())
        .all(&given.db)
        .await?;
    assert_eq!(recording.count(), 2);
    assert_eq!(posts.len(), 1000);
    for post in &posts {
        assert_eq!(post.author.get()?.id, (post.id - 1) % 100 + 1);
        let mut tags: Vec<i64> = post.tags.get()?.iter().map(|tag| tag.id).collect();
        tags.sort_unstable();
        let mut expected = vec![post.id % 5 + 1, (post.id + 1) % 5 + 1];
        expected.sort_unstable();
        assert_eq!(tags, expected);
    }
    drop(recording);
    let recording = given.db.record();
    let posts = Post::objects().all(&given.db).await?;
    let mut names = 0;
    for post in posts.iter().cloned() {
        names += post.author.load(&given.db).await?.name.len();
        names += post.tags.load(&given.db).await?.len();
    }
    assert_eq!(names, 4000 + 2000);
    assert_eq!(recording.count(), 3);
    Ok(())
}

async fn those_who_load_at_once_share_a_query(given: Given) -> Outcome {
    fill(&given.db).await?;
    let posts = Post::objects().all(&given.db).await?;
    let recording = given.db.record();
    let authors = try_join_all(posts.iter().map(|post| post.author.load(&given.db))).await?;
    assert_eq!(authors.len(), 5);
    assert_eq!(recording.count(), 1);
    let tags = try_join_all(posts.iter().map(|post| post.tags.load(&given.db))).await?;
    assert_eq!(tags.iter().map(|tags| tags.len()).sum::<usize>(), 6);
    assert_eq!(recording.count(), 2);
    drop(recording);
    given
        .db
        .atomic(async |tx| {
            let posts = Post::objects().order_by(|p| p.id()).all(tx).await?;
            assert_eq!(posts[0].clone().author.load(tx).await?.name, "Alice");
            assert_eq!(posts[4].author.get()?.name, "Carla");
            Ok(())
        })
        .await?;
    Ok(())
}

async fn rows_of_a_chunk_are_peers(given: Given) -> Outcome {
    fill(&given.db).await?;
    let mut rows = Post::objects().order_by(|p| p.id()).stream(&given.db)?;
    let mut posts = Vec::new();
    while let Some(post) = rows.next().await? {
        posts.push(post);
    }
    drop(rows);
    let recording = given.db.record();
    for post in &posts {
        post.author.load(&given.db).await?;
    }
    assert_eq!((posts.len(), recording.count()), (5, 1));
    Ok(())
}

async fn relations_are_prefetched_for_each_chunk_of_a_stream(given: Given) -> Outcome {
    fill(&given.db).await?;
    let recording = given.db.record();
    let mut rows = Post::objects()
        .order_by(|p| p.id())
        .select_related(|p| p.category())
        .prefetch_related(|p| (p.tags(), p.author().posts()))
        .stream_by(2, &given.db)?;
    let mut seen = Vec::new();
    while let Some(post) = rows.next().await? {
        let author = post.author.get()?;
        seen.push((post.id, post.tags.get()?.len(), author.posts.get()?.len()));
    }
    drop(rows);
    assert_eq!(
        seen,
        [(1, 2, 2), (2, 1, 2), (3, 0, 2), (4, 2, 2), (5, 1, 1)]
    );
    let statements = recording.count();
    // Three chunks, each with three relations; a database in memory is read as one.
    assert!([10, 4].contains(&statements), "{statements} statements");
    // Annotated rows, and no rows at all.
    let mut counted = Post::objects()
        .annotate(|p| p.tags().id().count())
        .prefetch_related(|p| p.tags())
        .stream_by(3, &given.db)?;
    while let Some((post, count)) = counted.next().await? {
        assert_eq!(i64::try_from(post.tags.get()?.len())?, count);
    }
    let mut none = Post::objects()
        .filter(|p| p.id().lt(0))
        .prefetch_related(|p| p.tags())
        .stream(&given.db)?;
    assert!(none.next().await?.is_none());
    let refused = given.db.atomic(async |tx| {
        let stream = Post::objects().prefetch_related(|p| p.tags()).stream(tx);
        Ok(stream.err().map(|error| error.to_string()))
    });
    let refused = refused.await?.ok_or("a refusal")?;
    assert!(refused.contains("only connection"), "{refused}");
    Ok(())
}

/// A page of any query set.
async fn page<M: Model, Out: Output>(
    rows: QuerySet<M, Out>,
    db: &Database,
    number: u64,
) -> nuages::Result<(u64, Vec<Out>)> {
    let count = rows.clone().count(db).await?;
    Ok((count, rows.offset(number * 2).limit(2).all(db).await?))
}

fn wanted(p: &Root<Post>, statuses: &[Status], least: Option<i32>) -> Q<Post> {
    let mut q = Q::any(statuses.iter().map(|status| p.status().eq(*status)));
    if let Some(least) = least {
        q = q & p.view_count().gte(least);
    }
    q
}

async fn conditions_are_gathered_at_run_time(given: Given) -> Outcome {
    fill(&given.db).await?;
    let find = |statuses: &'static [Status], least| {
        let posts = Post::objects()
            .filter(|p| wanted(&p, statuses, least))
            .order_by(|p| p.id());
        posts.values_flat(|p| p.id())
    };
    let all = [Status::Draft, Status::Published];
    let all: &'static [Status] = Vec::from(all).leak();
    assert_eq!(find(all, None).all(&given.db).await?, [1, 2, 3, 5]);
    assert_eq!(find(all, Some(5)).all(&given.db).await?, [1, 2, 5]);
    assert!(find(&[], None).all(&given.db).await?.is_empty());
    let none: [Q<Post>; 0] = [];
    assert_eq!(
        Post::objects()
            .filter(|_| Q::all(none))
            .count(&given.db)
            .await?,
        5
    );
    let (count, second) = page(find(all, None), &given.db, 1).await?;
    assert_eq!((count, second), (4, vec![3, 5]));
    let (_, first) = page(Author::objects(), &given.db, 0).await?;
    assert_eq!(
        first.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(),
        ["Alice", "Bob"]
    );
    Ok(())
}

async fn relations_are_ordered_by_and_set(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let by_author = Post::objects().order_by(|p| (p.author().desc(), p.id().desc()));
    assert_eq!(
        by_author.values_flat(|p| p.id()).all(db).await?,
        [5, 4, 3, 2, 1]
    );
    let by_author = Post::objects().order_by(|p| (p.author().asc(), p.id().desc()));
    assert_eq!(
        by_author.values_flat(|p| p.id()).all(db).await?,
        [2, 1, 4, 3, 5]
    );
    let dora = Author::objects()
        .filter(|a| a.name().eq("Dora"))
        .get(db)
        .await?;
    let changed = Post::objects()
        .filter(|p| p.author().name().eq("Bob"))
        .update(db, |p| (p.author().set(&dora), p.category_id().set_null()))
        .await?;
    assert_eq!(changed, 2);
    assert_eq!(
        dora.posts
            .objects()
            .filter(|p| p.category().is_null())
            .count(db)
            .await?,
        2
    );
    Ok(())
}

async fn moments_are_moved(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let week = TimeDelta::days(7);
    let later =
        Post::objects().filter(|p| p.created_at().plus(week).year().gt(p.created_at().year()));
    assert_eq!(later.values_flat(|p| p.id()).all(db).await?, [4]);
    let old = Post::objects().filter(|p| p.created_at().lt(now().minus(TimeDelta::days(1))));
    assert!(old.exists(db).await?);
    let ages: Vec<TimeDelta> = Post::objects()
        .order_by(|p| p.id())
        .values_flat(|p| p.updated_at().plus(week).since(p.created_at()))
        .all(db)
        .await?;
    assert_eq!(ages, vec![week; 5]);
    Ok(())
}

//! What is easy to get wrong in an ORM, where no other case of this suite is about it. The page of the book that lists
//! all of it names the cases (`book/src/django_subtleties.md`).

use nuages::prelude::*;
use nuages_tests::blog::{Author, Post, Status, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;
use super::ids;

pub(super) fn cases() -> Vec<Case> {
    cases![
        relations_of_an_object_are_filtered_call_by_call.on(&BLOG),
        joins_that_nothing_needs_are_left_out.on(&BLOG),
        a_column_of_the_row_is_compared_within_an_exclusion.on(&BLOG),
        a_double_negation_is_none.on(&BLOG),
        the_year_is_looked_up_by_its_ends.on(&BLOG),
        slices_are_cut_from_slices.on(&BLOG),
        get_needs_no_order.on(&BLOG),
        an_order_that_repeats_goes_by_the_first.on(&BLOG),
        conditions_on_groups_and_rows_are_mixed.on(&BLOG),
        earlier_filters_restrict_what_is_counted.on(&BLOG),
        nothing_has_no_aggregates.on(&BLOG),
        a_slice_exists_where_it_has_rows.on(&BLOG),
        groups_come_in_any_order.on(&BLOG),
        updates_look_through_relations.on(&BLOG),
        null_sorts_where_it_is_put.on(&BLOG),
    ]
}

async fn relations_of_an_object_are_filtered_call_by_call(given: Given) -> Outcome {
    fill(&given.db).await?;
    let rust = Tag::objects()
        .filter(|t| t.name().eq("rust"))
        .get(&given.db)
        .await?;
    // Posts 1 and 4 bear it. A condition on tags is about some tag of theirs, as a second filter() is.
    let also = rust.posts.objects().filter(|p| p.tags().name().eq("spam"));
    assert_eq!(ids(&given, also).await?, [4]);
    let post = Post::objects().key(1).get(&given.db).await?;
    let again = post.tags.objects().filter(|t| t.posts().id().eq(4));
    let names = again.values_flat(|t| t.name()).all(&given.db).await?;
    assert_eq!(names, ["rust"]);
    Ok(())
}

async fn joins_that_nothing_needs_are_left_out(given: Given) -> Outcome {
    let db = &given.db;
    let joins = |query: QuerySet<Post>| -> nuages::Result<usize> {
        Ok(query.sql(db)?.matches("JOIN").count())
    };
    let posts = Post::objects;
    assert_eq!(joins(posts().filter(|p| p.author().id().eq(1)))?, 0);
    assert_eq!(joins(posts().filter(|p| p.author_id().in_([1, 2])))?, 0);
    assert_eq!(joins(posts().filter(|p| p.category().is_null()))?, 0);
    assert_eq!(joins(posts().exclude(|p| p.category().id().eq(1)))?, 0);
    assert_eq!(joins(posts().order_by(|p| p.author().id()))?, 0);
    assert_eq!(joins(posts().filter(|p| p.tags().id().eq(1)))?, 1);
    // One join serves every mention of a to-one relation, in however many calls.
    let twice = posts()
        .filter(|p| p.author().name().eq("Alice"))
        .filter(|p| p.author().email().contains("@"))
        .order_by(|p| p.author().name());
    assert_eq!(joins(twice)?, 1);
    // Each call may be about another related row.
    let tags = posts()
        .filter(|p| p.tags().name().eq("rust"))
        .filter(|p| p.tags().name().eq("async"));
    assert_eq!(joins(tags)?, 4);
    // Inner where WHERE needs the row, outer where it does not.
    let outer = |query: QuerySet<Post>| -> nuages::Result<usize> {
        Ok(query.sql(db)?.matches("LEFT").count())
    };
    assert_eq!(
        outer(posts().filter(|p| p.category().name().eq("Tech")))?,
        0
    );
    assert_eq!(outer(posts().filter(|p| p.category().name().is_null()))?, 1);
    let either = posts().filter(|p| p.category().name().eq("Tech") | p.view_count().gt(5));
    assert_eq!(outer(either)?, 1);
    let both = posts().filter(|p| {
        p.category().name().eq("Tech") & (p.category().name().eq("Life") | p.view_count().gt(5))
    });
    assert_eq!(outer(both)?, 0);
    Ok(())
}

async fn a_column_of_the_row_is_compared_within_an_exclusion(given: Given) -> Outcome {
    fill(&given.db).await?;
    let named = |p: Root<Post>| p.tags().name().eq(p.title().lower());
    assert_eq!(ids(&given, Post::objects().filter(named)).await?, [1, 2]);
    assert_eq!(
        ids(&given, Post::objects().exclude(named)).await?,
        [3, 4, 5]
    );
    Ok(())
}

async fn a_double_negation_is_none(given: Given) -> Outcome {
    fill(&given.db).await?;
    let spam = |p: &Root<Post>| p.tags().name().eq("spam") & p.category().name().eq("Life");
    let found = ids(&given, Post::objects().filter(|p| spam(&p))).await?;
    assert_eq!(found, [4, 5]);
    assert_eq!(
        ids(&given, Post::objects().filter(|p| !!spam(&p))).await?,
        found
    );
    assert_eq!(
        ids(&given, Post::objects().exclude(|p| !spam(&p))).await?,
        found
    );
    let not = ids(&given, Post::objects().exclude(|p| !!spam(&p))).await?;
    assert_eq!(not, [1, 2, 3]);
    // Within a larger condition, over a relation that may be absent.
    let mixed =
        Post::objects().filter(|p| !(!p.category().name().eq("Tech") | p.view_count().gt(15)));
    assert_eq!(ids(&given, mixed).await?, [1]);
    Ok(())
}

async fn the_year_is_looked_up_by_its_ends(given: Given) -> Outcome {
    let db = &given.db;
    let sql = Post::objects()
        .filter(|p| p.created_at().year().eq(2024))
        .sql(db)?;
    assert!(sql.contains("BETWEEN"), "{sql}");
    let sql = Post::objects()
        .lookup("created_at__year__gte", 2024)?
        .sql(db)?;
    assert!(sql.contains(">="), "{sql}");
    for function in ["EXTRACT", "YEAR(", "SUBSTR"] {
        assert!(!sql.contains(function), "{sql}");
    }
    Ok(())
}

async fn slices_are_cut_from_slices(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let keys = |query: QuerySet<Post>| async move { query.values_flat(|p| p.id()).all(db).await };
    let by_key = || Post::objects().order_by(|p| p.id());
    assert_eq!(keys(by_key().offset(1).limit(3)).await?, [2, 3, 4]);
    assert_eq!(keys(by_key().offset(1).limit(3).offset(1)).await?, [3, 4]);
    assert_eq!(
        keys(by_key().offset(1).limit(3).limit(10)).await?,
        [2, 3, 4]
    );
    assert_eq!(keys(by_key().limit(2).offset(5)).await?, [0_i64; 0]);
    assert_eq!(keys(by_key().limit(0)).await?, [0_i64; 0]);
    assert_eq!(by_key().limit(2).offset(1).count(&given.db).await?, 1);
    Ok(())
}

async fn get_needs_no_order(given: Given) -> Outcome {
    fill(&given.db).await?;
    let recording = given.db.record();
    Post::objects()
        .filter(|p| p.id().eq(2))
        .get(&given.db)
        .await?;
    let statements = recording.statements();
    let sql = &statements[0].sql;
    assert!(!sql.contains("ORDER BY") && sql.contains("LIMIT"), "{sql}");
    // Of a slice, it is the row of that slice.
    let second = Post::objects().order_by(|p| p.id()).offset(1).limit(1);
    assert_eq!(second.get(&given.db).await?.id, 2);
    Ok(())
}

async fn an_order_that_repeats_goes_by_the_first(given: Given) -> Outcome {
    fill(&given.db).await?;
    let posts = Post::objects().order_by(|p| (p.id().asc(), p.id().desc()));
    assert_eq!(
        posts.values_flat(|p| p.id()).all(&given.db).await?,
        [1, 2, 3, 4, 5]
    );
    Ok(())
}

async fn conditions_on_groups_and_rows_are_mixed(given: Given) -> Outcome {
    fill(&given.db).await?;
    // A condition that joins a key and an aggregate by OR is one on groups.
    let groups = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .filter(|p| p.id().count().gt(2) | p.status().eq(Status::Draft))
        .order_by(|p| p.id().count().desc())
        .all(&given.db)
        .await?;
    assert_eq!(groups, [(Status::Published, 3), (Status::Draft, 1)]);
    // Of a row, too: an aggregate or a column.
    let authors = Author::objects()
        .filter(|a| a.posts().id().count().gt(1) | a.name().eq("Dora"))
        .exclude(|a| a.posts().view_count().sum().eq(5))
        .values_flat(|a| a.name())
        .all(&given.db)
        .await?;
    assert_eq!(authors, ["Alice", "Dora"]);
    Ok(())
}

async fn earlier_filters_restrict_what_is_counted(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let counts = |rows: Vec<(Author, i64)>| -> Vec<(String, i64)> {
        rows.into_iter()
            .map(|(author, count)| (author.name, count))
            .collect()
    };
    let named = |rows: &[(&str, i64)]| -> Vec<(String, i64)> {
        rows.iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    };
    let before = Author::objects()
        .filter(|a| a.posts().view_count().gt(5))
        .annotate(|a| a.posts().id().count())
        .distinct();
    assert_eq!(counts(before.all(db).await?), named(&[("Alice", 2)]));
    let after = Author::objects()
        .annotate(|a| a.posts().id().count())
        .filter(|a| a.posts().view_count().gte(5))
        .distinct();
    let all = [("Alice", 2), ("Bob", 2), ("Carla", 1)];
    assert_eq!(counts(after.all(db).await?), named(&all));
    Ok(())
}

async fn nothing_has_no_aggregates(given: Given) -> Outcome {
    fill(&given.db).await?;
    let select = |p: Root<Post>| {
        let views = p.view_count();
        (
            p.id().count(),
            views.clone().sum(),
            views.clone().max(),
            coalesce(views.sum(), 0_i64),
        )
    };
    let none = Post::objects().none().aggregate(&given.db, select).await?;
    assert_eq!(none, (0, None, None, 0));
    let empty = Post::objects().filter(|p| p.id().in_(Vec::<i64>::new()));
    assert_eq!(
        empty.aggregate(&given.db, select).await?,
        (0, None, None, 0)
    );
    assert_eq!(Post::objects().none().count(&given.db).await?, 0);
    assert!(!Post::objects().none().exists(&given.db).await?);
    let all = Post::objects().exclude(|p| p.id().in_(Vec::<i64>::new()));
    assert_eq!(all.count(&given.db).await?, 5);
    Ok(())
}

async fn a_slice_exists_where_it_has_rows(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    assert!(Post::objects().offset(4).exists(db).await?);
    assert!(!Post::objects().offset(5).exists(db).await?);
    assert!(!Post::objects().limit(0).exists(db).await?);
    // Five posts have four numbers of views.
    let views = || {
        Post::objects()
            .order_by(|_| ())
            .values_flat(|p| p.view_count())
            .distinct()
    };
    assert!(views().offset(3).exists(db).await?);
    assert!(!views().offset(4).exists(db).await?);
    assert_eq!(views().count(db).await?, 4);
    Ok(())
}

async fn groups_come_in_any_order(given: Given) -> Outcome {
    fill(&given.db).await?;
    let groups = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .order_by(|_| random());
    let mut counts: Vec<i64> = groups
        .all(&given.db)
        .await?
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 3]);
    Ok(())
}

async fn updates_look_through_relations(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let tagged =
        Post::objects().filter(|p| p.tags().name().eq("spam") & p.author().name().eq("Bob"));
    let changed = tagged
        .update(db, |p| p.view_count().set(p.view_count() + 100))
        .await?;
    assert_eq!(changed, 1);
    let many = Post::objects().filter(|p| p.tags().name().in_(["rust", "async"]));
    assert_eq!(many.update(db, |p| p.body().set("read")).await?, 3);
    let sliced = Post::objects().order_by(|p| p.id()).limit(2);
    let refused = sliced.update(db, |p| p.body().set("x")).await;
    match refused {
        Ok(changed) => assert_eq!(changed, 2),
        Err(error) => assert!(error.to_string().contains("limit()"), "{error}"),
    }
    let found = Post::objects()
        .order_by(|p| p.id())
        .values(|p| (p.view_count(), p.body()))
        .all(db)
        .await?;
    assert_eq!(found[3], (105, "read".to_owned()));
    Ok(())
}

async fn null_sorts_where_it_is_put(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let keys = |query: QuerySet<Post>| async move { query.values_flat(|p| p.id()).all(db).await };
    let ordered = Post::objects().order_by(|p| (p.category_id().desc().nulls_last(), p.id().asc()));
    assert_eq!(keys(ordered.clone()).await?, [4, 5, 1, 2, 3]);
    assert_eq!(keys(ordered.reverse()).await?, [3, 2, 1, 5, 4]);
    let first = Post::objects().order_by(|p| (p.category_id().asc().nulls_first(), p.id().asc()));
    assert_eq!(keys(first).await?, [3, 1, 2, 4, 5]);
    Ok(())
}

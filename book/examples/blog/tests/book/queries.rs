//! Chapter "Queries".

use blog::{Author, Category, Comment, Post, Status, Tag};
use nuages::Result;
use nuages::prelude::*;
use nuages::queryset::Root;

use crate::paper::databases;
use crate::sample::blog;
use crate::shown;

/// The titles that a query finds, in its order.
async fn titles(db: &Database, posts: QuerySet<Post>) -> Vec<String> {
    posts.values_flat(|p| p.title()).all(db).await.unwrap()
}

#[tokio::test]
async fn a_query_set_is_lazy() -> Result<()> {
    let db = blog().await;
    // ANCHOR: lazy
    let published = Post::objects().filter(|p| p.status().eq(Status::Published));
    let newest = published
        .clone()
        .order_by(|p| p.created_at().desc())
        .limit(2);
    let posts: Vec<Post> = newest.all(&db).await?;
    let count: u64 = published.count(&db).await?;
    // ANCHOR_END: lazy
    assert_eq!(posts.iter().map(|p| p.id).collect::<Vec<_>>(), [5, 2]);
    assert_eq!(count, 3);
    let db_sql = |query: QuerySet<Post>| query.sql(&db).unwrap();
    shown!(
        "sql/lazy.sql",
        db_sql(
            Post::objects()
                .filter(|p| p.status().eq(Status::Published))
                .order_by(|p| p.created_at().desc())
                .limit(2)
        )
    );
    Ok(())
}

// ANCHOR: compose
fn visible(to_editors: bool) -> QuerySet<Post> {
    let mut posts = Post::objects();
    if !to_editors {
        posts = posts.filter(|p| p.status().eq(Status::Published));
    }
    posts
}

fn popular(p: &Root<Post>) -> Q<Post> {
    p.view_count().gte(10)
}
// ANCHOR_END: compose

#[tokio::test]
async fn query_sets_and_conditions_compose() -> Result<()> {
    let db = blog().await;
    // ANCHOR: composed
    let readers = visible(false).filter(|p| popular(&p)).count(&db).await?;
    let editors = visible(true).exclude(|p| popular(&p)).count(&db).await?;
    // ANCHOR_END: composed
    assert_eq!((readers, editors), (2, 3));
    Ok(())
}

#[tokio::test]
async fn conditions_join_by_operators() -> Result<()> {
    let db = blog().await;
    // ANCHOR: operators
    let posts = Post::objects()
        .filter(|p| p.status().eq(Status::Published) & p.author().name().icontains("ali"))
        .filter(|p| p.view_count().gt(15) | !p.slug().contains("async"));
    // ANCHOR_END: operators
    shown!("sql/operators.sql", posts.sql(&db)?);
    assert_eq!(
        titles(&db, posts).await,
        ["Async explained", "Rust in a day"]
    );
    Ok(())
}

/// What stands between WHERE and ORDER BY, fit for a cell of a table.
fn condition_of(sql: &str) -> String {
    let (_, from_where) = sql.split_once(" WHERE ").unwrap();
    let (condition, _) = from_where.split_once(" ORDER BY ").unwrap();
    condition.replace('|', "\\|").replace('`', "")
}

#[tokio::test]
async fn every_lookup() -> Result<()> {
    let db = blog().await;
    let mut tables = [const { String::new() }; 4];
    macro_rules! lookup {
        ($($condition:expr => [$($id:literal),*]),* $(,)?) => {$(
            let posts = Post::objects().filter(|p| $condition(p)).order_by(|p| p.id());
            let written = stringify!($condition).split_once("| ").unwrap().1;
            let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
            for (paper, table) in databases().iter().zip(&mut tables) {
                let condition = condition_of(&posts.sql(paper)?);
                *table += &format!("| `{written}` | `{condition}` |\n");
            }
            let ids = posts.values_flat(|p| p.id()).all(&db).await?;
            assert_eq!(ids, [$($id as i64),*] as [i64; _], "{written}");
        )*};
    }
    lookup! {
        |p: Root<Post>| p.title().eq("Bread") => [4],
        |p: Root<Post>| p.title().ne("Bread") => [1, 2, 3, 5],
        |p: Root<Post>| p.title().iexact("BREAD") => [4],
        |p: Root<Post>| p.title().contains("%") => [3],
        |p: Root<Post>| p.title().icontains("RUST") => [1],
        |p: Root<Post>| p.title().startswith("Ru") => [1],
        |p: Root<Post>| p.title().istartswith("ru") => [1],
        |p: Root<Post>| p.title().endswith("sure") => [3],
        |p: Root<Post>| p.title().iendswith("SURE") => [3],
        |p: Root<Post>| p.title().regex("^[AB]") => [2, 4],
        |p: Root<Post>| p.title().iregex("^[ab]") => [2, 4],
        |p: Root<Post>| p.view_count().in_([0, 20]) => [2, 3],
        |p: Root<Post>| p.view_count().gt(5) => [1, 2],
        |p: Root<Post>| p.view_count().gte(5) => [1, 2, 4, 5],
        |p: Root<Post>| p.view_count().lt(5) => [3],
        |p: Root<Post>| p.view_count().lte(5) => [3, 4, 5],
        |p: Root<Post>| p.view_count().range(5, 10) => [1, 4, 5],
        |p: Root<Post>| p.category_id().is_null() => [3],
        |p: Root<Post>| p.category_id().is_not_null() => [1, 2, 4, 5],
        |p: Root<Post>| p.created_at().year().eq(2025) => [3, 4],
        |p: Root<Post>| p.created_at().month().eq(1) => [1, 5],
        |p: Root<Post>| p.created_at().day().eq(31) => [4],
        |p: Root<Post>| p.created_at().quarter().eq(2) => [2],
        |p: Root<Post>| p.created_at().week().eq(1) => [4, 5],
        |p: Root<Post>| p.created_at().week_day().eq(2) => [1],
        |p: Root<Post>| p.created_at().hour().eq(23) => [2, 4],
        |p: Root<Post>| p.created_at().minute().eq(30) => [1],
        |p: Root<Post>| p.created_at().second().eq(59) => [2],
        |p: Root<Post>| p.created_at().date().eq(NaiveDate::default()) => [],
        |p: Root<Post>| p.created_at().time().eq(NaiveTime::MIN) => [3, 5],
    }
    let [sqlite, postgres, mysql, mariadb] =
        tables.map(|table| format!("| condition | SQL |\n|---|---|\n{table}"));
    shown!("sql/lookups-sqlite.md", sqlite);
    shown!("sql/lookups-postgres.md", postgres);
    shown!("sql/lookups-mysql.md", mysql);
    shown!("sql/lookups-mariadb.md", mariadb);
    Ok(())
}

#[tokio::test]
async fn null_is_not_equal() -> Result<()> {
    let db = blog().await;
    // ANCHOR: complement
    let tech = Post::objects().filter(|p| p.category().name().eq("Tech"));
    let others = Post::objects().exclude(|p| p.category().name().eq("Tech"));
    // ANCHOR_END: complement
    shown!("sql/complement.sql", others.sql(&db)?);
    assert_eq!(
        titles(&db, tech).await,
        ["Async explained", "Rust in a day"]
    );
    assert_eq!(titles(&db, others).await, ["Été", "Bread", "100% sure"]);
    Ok(())
}

#[tokio::test]
async fn paths_follow_relations() -> Result<()> {
    let db = blog().await;
    // ANCHOR: paths
    // forwards, over a foreign key
    let by_alice = Post::objects().filter(|p| p.author().name().eq("Alice"));
    // backwards, over the declared side `posts`
    let prolific = Author::objects().filter(|a| a.posts().view_count().gt(15));
    // over many-to-many, and on from there
    let tagged = Author::objects().filter(|a| a.posts().tags().name().eq("spam"));
    // the key itself: no join
    let by_key = Post::objects().filter(|p| p.author_id().eq(1));
    // backwards over a relation for which no side is declared
    let discussed = Post::objects().filter(|p| p.via::<Comment, _>(|c| c.post()).body().eq("hm"));
    // ANCHOR_END: paths
    shown!("sql/path-forwards.sql", by_alice.sql(&db)?);
    shown!("sql/path-backwards.sql", prolific.sql(&db)?);
    shown!("sql/path-key.sql", by_key.sql(&db)?);
    assert_eq!(
        titles(&db, by_alice).await,
        ["Async explained", "Rust in a day"]
    );
    assert_eq!(
        titles(&db, by_key).await,
        ["Async explained", "Rust in a day"]
    );
    assert_eq!(titles(&db, discussed).await, ["Async explained"]);
    let names = |authors: QuerySet<Author>| authors.values_flat(|a| a.name());
    assert_eq!(names(prolific).all(&db).await?, ["Alice"]);
    assert_eq!(names(tagged).all(&db).await?, ["Bob", "Carla"]);
    Ok(())
}

#[tokio::test]
async fn one_filter_is_about_one_related_row() -> Result<()> {
    let db = blog().await;
    // ANCHOR: same_row
    // a post that is both: a draft, and viewed
    let one_post = Author::objects()
        .filter(|a| a.posts().status().eq(Status::Draft) & a.posts().view_count().gt(0));
    // a draft, and a viewed post: perhaps another one
    let perhaps_two = Author::objects()
        .filter(|a| a.posts().status().eq(Status::Draft))
        .filter(|a| a.posts().view_count().gt(0));
    // ANCHOR_END: same_row
    assert_eq!(one_post.count(&db).await?, 0);
    assert_eq!(
        perhaps_two.values_flat(|a| a.name()).all(&db).await?,
        ["Bob"]
    );
    Ok(())
}

#[tokio::test]
async fn a_join_multiplies_and_distinct_helps() -> Result<()> {
    let db = blog().await;
    // ANCHOR: distinct
    let rows = Author::objects().filter(|a| a.posts().view_count().gte(0));
    let authors = rows.clone().distinct();
    // ANCHOR_END: distinct
    assert_eq!(rows.count(&db).await?, 5);
    assert_eq!(authors.count(&db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn exclusion_over_many_rows() -> Result<()> {
    let db = blog().await;
    // ANCHOR: exclude_many
    let clean = Post::objects().exclude(|p| p.tags().name().eq("spam"));
    // ANCHOR_END: exclude_many
    shown!("sql/exclude-many.sql", clean.sql(&db)?);
    assert_eq!(
        titles(&db, clean).await,
        ["100% sure", "Async explained", "Rust in a day"]
    );
    Ok(())
}

#[tokio::test]
async fn order_and_slice() -> Result<()> {
    let db = blog().await;
    // ANCHOR: order
    let by_name = Post::objects().order_by(|p| (p.author().name(), p.view_count().desc()));
    let unordered = Post::objects().order_by(|_| ());
    let categories_last = Post::objects().order_by(|p| p.category().name().asc().nulls_last());
    let second_page = Post::objects().order_by(|p| p.id()).offset(2).limit(2);
    let oldest_first = Post::objects().reverse(); // the model's ordering is newest first
    // ANCHOR_END: order
    shown!("sql/order.sql", by_name.sql(&db)?);
    shown!("sql/slice.sql", second_page.sql(&db)?);
    assert!(!unordered.sql(&db)?.contains("ORDER BY"));
    assert_eq!(titles(&db, by_name).await[0], "Async explained");
    assert_eq!(titles(&db, categories_last).await[4], "100% sure");
    assert_eq!(titles(&db, second_page).await, ["100% sure", "Bread"]);
    assert_eq!(titles(&db, oldest_first).await[0], "Rust in a day");
    Ok(())
}

#[tokio::test]
async fn the_methods_that_run() -> Result<()> {
    let db = blog().await;
    // ANCHOR: run
    let all: Vec<Post> = Post::objects().all(&db).await?;
    let first: Option<Post> = Post::objects().first(&db).await?;
    let last: Option<Post> = Post::objects().last(&db).await?;
    let one: Post = Post::objects()
        .filter(|p| p.slug().eq("bread"))
        .get(&db)
        .await?;
    let perhaps: Option<Post> = Post::objects()
        .filter(|p| p.slug().eq("none"))
        .one(&db)
        .await?;
    let by_key: Post = Post::objects().key(3).get(&db).await?;
    let some = Post::objects().in_bulk(&db, [1, 2, 99]).await?; // a HashMap by key
    let count: u64 = Post::objects().count(&db).await?;
    let any: bool = Post::objects().exists(&db).await?;
    // ANCHOR_END: run
    assert_eq!((all.len(), count, any), (5, 5, true));
    assert_eq!(first.map(|p| p.id), Some(5));
    assert_eq!(last.map(|p| p.id), Some(1));
    assert_eq!((one.id, by_key.id), (4, 3));
    assert!(perhaps.is_none());
    assert_eq!(some[&2].slug, "async");
    assert_eq!(some.len(), 2);

    // ANCHOR: get_errors
    let missing = Post::objects().key(99).get(&db).await.unwrap_err();
    assert!(missing.is_does_not_exist());
    assert_eq!(missing.to_string(), "no Post matches the query");

    let several = Post::objects().get(&db).await.unwrap_err();
    assert!(several.is_multiple_objects_returned());
    // ANCHOR_END: get_errors
    Ok(())
}

#[tokio::test]
async fn a_stream_reads_row_by_row() -> Result<()> {
    let db = blog().await;
    // ANCHOR: stream
    let mut views = 0;
    let mut posts = Post::objects().order_by(|p| p.id()).stream(&db)?;
    while let Some(post) = posts.next().await? {
        views += post.view_count;
    }
    // ANCHOR_END: stream
    assert_eq!(views, 40);
    Ok(())
}

#[tokio::test]
async fn values_are_tuples_or_structs() -> Result<()> {
    let db = blog().await;
    // ANCHOR: values
    let rows: Vec<(String, String)> = Post::objects()
        .values(|p| (p.title(), p.author().name()))
        .order_by(|p| p.id())
        .all(&db)
        .await?;
    let slugs: Vec<String> = Post::objects().values_flat(|p| p.slug()).all(&db).await?;
    // over a nullable relation, the value is an Option
    let categories: Vec<Option<String>> = Post::objects()
        .values_flat(|p| p.category().name())
        .all(&db)
        .await?;
    // ANCHOR_END: values
    assert_eq!(rows[0], ("Rust in a day".to_owned(), "Alice".to_owned()));
    assert_eq!(slugs[0], "ete");
    assert_eq!(categories[2], None);
    Ok(())
}

#[tokio::test]
async fn query_sets_are_combined() -> Result<()> {
    let db = blog().await;
    // ANCHOR: union
    let names = Author::objects()
        .values_flat(|a| a.name())
        .union(Tag::objects().values_flat(|t| t.name()))
        .order_by(|a| a.name())
        .limit(3);
    // ANCHOR_END: union
    shown!("sql/union.sql", names.sql(&db)?);
    assert_eq!(names.all(&db).await?.len(), 3);
    Ok(())
}

// ANCHOR: projection
#[derive(Projection, Debug, PartialEq)]
struct Line {
    title: String,
    author: String,
    category: Option<String>,
}
// ANCHOR_END: projection

#[tokio::test]
async fn a_projection_names_its_parts() -> Result<()> {
    let db = blog().await;
    // ANCHOR: projected
    let lines: Vec<Line> = Post::objects()
        .filter(|p| p.view_count().gt(15))
        .values(|p| Line::select(p.title(), p.author().name(), p.category().name()))
        .all(&db)
        .await?;
    // ANCHOR_END: projected
    let line = Line {
        title: "Async explained".to_owned(),
        author: "Alice".to_owned(),
        category: Some("Tech".to_owned()),
    };
    assert_eq!(lines, [line]);
    Ok(())
}

#[tokio::test]
async fn expressions_compute() -> Result<()> {
    let db = blog().await;
    // ANCHOR: expressions
    let busy = Post::objects().filter(|p| (p.view_count() * 2).gt(p.title().length()));
    let shelf: Vec<(String, String)> = Post::objects()
        .order_by(|p| p.id())
        .values(|p| {
            let shelf = coalesce(p.category().name(), "none");
            let heat = case(p.view_count().gte(20), "hot")
                .when(p.view_count().gte(10), "warm")
                .otherwise("cold");
            (shelf, heat)
        })
        .all(&db)
        .await?;
    // ANCHOR_END: expressions
    shown!("sql/expressions.sql", busy.sql(&db)?);
    assert_eq!(
        titles(&db, busy).await,
        ["Été", "Bread", "Async explained", "Rust in a day"]
    );
    assert_eq!(shelf[1], ("Tech".to_owned(), "hot".to_owned()));
    assert_eq!(shelf[2], ("none".to_owned(), "cold".to_owned()));
    Ok(())
}

#[tokio::test]
async fn conditions_stand_by_themselves() -> Result<()> {
    let db = blog().await;
    // ANCHOR: free
    let read = Q::<Post>::of(|p| p.view_count().gte(10));
    let words = ["rust", "async"].map(|word| Q::<Post>::of(|p| p.title().icontains(word)));
    let posts = Post::objects().filter(|_| read & Q::any(words));

    let initial = Expr::of(|p: Root<Post>| p.title().left(1));
    let initials = Post::objects()
        .order_by(|_| initial.clone())
        .values_flat(|_| initial.clone())
        .distinct();
    // ANCHOR_END: free
    assert_eq!(
        titles(&db, posts).await,
        ["Async explained", "Rust in a day"]
    );
    let mut initials = initials.all(&db).await?;
    initials.sort_unstable();
    assert_eq!(initials, ["1", "A", "B", "R", "É"]);
    Ok(())
}

#[tokio::test]
async fn subqueries_speak_of_the_row_around_them() -> Result<()> {
    let db = blog().await;
    // ANCHOR: exists
    let with_posts = Author::objects()
        .filter(|a| exists(Post::objects().filter(|p| p.author_id().eq(outer(a.id())))));
    let without_posts = Author::objects()
        .exclude(|a| exists(Post::objects().filter(|p| p.author_id().eq(outer(a.id())))));
    // ANCHOR_END: exists
    shown!("sql/exists.sql", with_posts.sql(&db)?);
    assert_eq!(with_posts.count(&db).await?, 3);
    assert_eq!(without_posts.get(&db).await?.name, "Dora");

    // ANCHOR: in_query
    let techies = Post::objects()
        .filter(|p| p.category().name().eq("Tech"))
        .values_flat(|p| p.author_id());
    let authors = Author::objects().filter(|a| a.id().in_(techies));
    // ANCHOR_END: in_query
    assert_eq!(authors.get(&db).await?.name, "Alice");

    // ANCHOR: subquery
    let newest: Vec<(Author, Option<String>)> = Author::objects()
        .annotate(|a| {
            let title = Post::objects()
                .filter(|p| p.author_id().eq(outer(a.id())))
                .order_by(|p| p.created_at().desc())
                .limit(1)
                .values_flat(|p| p.title());
            subquery(title)
        })
        .all(&db)
        .await?;
    // ANCHOR_END: subquery
    assert_eq!(newest[0].1.as_deref(), Some("Async explained"));
    assert_eq!(newest[3].1, None);

    // ANCHOR: forgotten_outer
    let wrong = Author::objects()
        .filter(|a| exists(Post::objects().filter(|p| p.author_id().eq(a_of_another_query(&a)))));
    let error = wrong.all(&db).await.unwrap_err();
    // ANCHOR_END: forgotten_outer
    shown!("output/forgotten-outer.txt", format!("{error}\n"));
    Ok(())
}

/// What a program does that keeps a path and uses it in another query.
fn a_of_another_query(_a: &Root<Author>) -> nuages::query::Expr<Post, i64> {
    let mut kept = None;
    let _ = Post::objects().filter(|p| {
        kept = Some(p.author_id());
        p.id().eq(1)
    });
    kept.unwrap()
}

#[tokio::test]
async fn by_name() -> Result<()> {
    let db = blog().await;
    // ANCHOR: by_name
    let posts = Post::objects()
        .lookup("author__name__icontains", "ali")?
        .lookup("created_at__year", 2024)?
        .order_by_name("-view_count")?;
    // ANCHOR_END: by_name
    assert_eq!(
        titles(&db, posts).await,
        ["Async explained", "Rust in a day"]
    );

    // ANCHOR: by_name_error
    let error = Post::objects().lookup("author__nmae", "Alice").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no field `nmae` on `Author`; did you mean `name`?"
    );
    // ANCHOR_END: by_name_error
    Ok(())
}

#[tokio::test]
async fn raw_sql() -> Result<()> {
    let db = blog().await;
    // ANCHOR: raw
    let longest: Vec<(String, i64)> = raw("SELECT title, LENGTH(title) FROM blog_post WHERE id IN {} AND title LIKE {} ORDER BY 2 DESC")
        .bind_list([1, 2, 4])
        .bind("%e%")
        .all(&db)
        .await?;
    let posts: Vec<Post> = raw("SELECT * FROM blog_post WHERE view_count > {}")
        .bind(5)
        .models(&db)
        .await?;
    let changed: u64 = raw("UPDATE blog_post SET body = {} WHERE id = {}")
        .bind("new")
        .bind(1)
        .execute(&db)
        .await?;
    // ANCHOR_END: raw
    assert_eq!(
        longest,
        [("Async explained".to_owned(), 15), ("Bread".to_owned(), 5)]
    );
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].author.load(&db).await?.name, "Alice");
    assert_eq!(changed, 1);

    // ANCHOR: raw_rows
    for row in raw("SELECT id, name FROM blog_author").rows(&db).await? {
        let (id, name): (i64, String) = (row.get("id")?, row.get("name")?);
        assert!(id > 0 && !name.is_empty());
    }
    // ANCHOR_END: raw_rows
    Ok(())
}

#[tokio::test]
async fn update_is_one_statement() -> Result<()> {
    let db = blog().await;
    let alice = Author::objects().key(1).get(&db).await?;
    // ANCHOR: update
    let changed = Post::objects()
        .filter(|p| p.author_id().eq(alice.id))
        .update(&db, |p| p.view_count().set(p.view_count() + 1))
        .await?;
    // ANCHOR_END: update
    assert_eq!(changed, 2);
    let (category, published): (Option<i64>, Option<DateTime<Utc>>) = (None, None);
    // ANCHOR: update_null
    Post::objects()
        .key(2)
        .update(&db, |p| {
            (
                p.category_id().set(category), // or `p.category().set(&life)`, `.set_null()`
                p.published_at().set(published), // `Some` or `None`
            )
        })
        .await?;
    // ANCHOR_END: update_null
    let second = Post::objects().key(2).get(&db).await?;
    assert!(second.category.is_none() && second.published_at.is_none());
    let views = Post::objects()
        .order_by(|p| p.id())
        .values_flat(|p| p.view_count());
    assert_eq!(views.all(&db).await?, [11, 21, 0, 5, 5]);
    Ok(())
}

#[tokio::test]
async fn explain_and_lock() -> Result<()> {
    let db = blog().await;
    // ANCHOR: explain
    let plan: Vec<String> = Post::objects()
        .filter(|p| p.slug().eq("rust"))
        .explain(&db)
        .await?;
    // ANCHOR_END: explain
    assert!(plan.join("\n").contains("blog_post"));
    // ANCHOR: for_update
    db.atomic(async |tx| {
        let post = Post::objects().key(1).select_for_update().get(tx).await?;
        Post::objects()
            .key(post.id)
            .update(tx, |p| p.view_count().set(post.view_count + 1))
            .await?;
        Ok(())
    })
    .await?;
    // ANCHOR_END: for_update
    assert_eq!(Post::objects().key(1).get(&db).await?.view_count, 11);
    let error = Post::objects()
        .select_for_update()
        .all(&db)
        .await
        .unwrap_err();
    shown!("output/for-update.txt", format!("{error}\n"));
    Ok(())
}

#[tokio::test]
async fn keys_compare_with_objects() -> Result<()> {
    let db = blog().await;
    let alice = Author::objects().key(1).get(&db).await?;
    let rust = Tag::objects()
        .filter(|t| t.name().eq("rust"))
        .get(&db)
        .await?;
    let life = Category::objects()
        .filter(|c| c.name().eq("Life"))
        .get(&db)
        .await?;
    // ANCHOR: objects
    let hers = Post::objects().filter(|p| p.author().eq(&alice));
    let rusty = Post::objects().filter(|p| p.tags().eq(&rust));
    let lively = Post::objects().filter(|p| p.category().in_([&life]));
    let untagged = Post::objects().filter(|p| p.tags().is_null());
    // ANCHOR_END: objects
    assert_eq!(hers.count(&db).await?, 2);
    assert_eq!(rusty.count(&db).await?, 2);
    assert_eq!(lively.count(&db).await?, 2);
    assert_eq!(titles(&db, untagged).await, ["100% sure"]);
    Ok(())
}

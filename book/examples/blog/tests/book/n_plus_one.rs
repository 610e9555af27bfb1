//! Chapter "N+1".

use blog::{Author, Post, Status};
use nuages::prelude::*;
use nuages::{Result, assert_queries};

use crate::sample::blog;
use crate::shown;

#[tokio::test]
async fn what_costs_what() -> Result<()> {
    let db = blog().await;

    assert_queries!(db, 6, {
        // ANCHOR: naive
        // one query for the posts, and one for each post: N + 1
        let posts = Post::objects().all(&db).await?;
        for post in &posts {
            let author = Author::objects().key(*post.author.key()).get(&db).await?;
            println!("{} by {}", post.title, author.name);
        }
        // ANCHOR_END: naive
    });

    assert_queries!(db, 2, {
        // ANCHOR: load
        // the first `load` loads the authors of all posts: 2 queries
        let posts = Post::objects().all(&db).await?;
        for post in &posts {
            println!("{} by {}", post.title, post.author.load(&db).await?.name);
        }
        // ANCHOR_END: load
    });

    assert_queries!(db, 1, {
        // ANCHOR: select_related
        // the authors come by a join: 1 query
        let posts = Post::objects()
            .select_related(|p| (p.author(), p.category()))
            .all(&db)
            .await?;
        for post in &posts {
            println!("{} by {}", post.title, post.author.get()?.name);
        }
        // ANCHOR_END: select_related
    });

    assert_queries!(db, 2, {
        // ANCHOR: prefetch_related
        // one more query for the tags of all posts: 2 queries
        let posts = Post::objects()
            .prefetch_related(|p| p.tags())
            .all(&db)
            .await?;
        for post in &posts {
            println!("{} has {} tags", post.title, post.tags.get()?.len());
        }
        // ANCHOR_END: prefetch_related
    });
    let joined = Post::objects().select_related(|p| (p.author(), p.category()));
    shown!("sql/select-related.sql", joined.sql(&db)?);
    Ok(())
}

#[tokio::test]
async fn loading_both_in_a_loop_costs_three() -> Result<()> {
    let db = blog().await;
    // ANCHOR: three
    let recording = db.record();
    for post in &Post::objects().all(&db).await? {
        let author = post.author.load(&db).await?;
        let tags = post.tags.load(&db).await?;
        println!("{} by {}: {} tags", post.title, author.name, tags.len());
    }
    assert_eq!(recording.count(), 3);
    // ANCHOR_END: three
    let mut text: String = recording
        .statements()
        .iter()
        .map(|s| format!("{};\n", s.sql))
        .collect();
    text.truncate(text.trim_end().len());
    shown!("sql/load.sql", text);
    Ok(())
}

#[tokio::test]
async fn what_is_not_loaded_says_so() -> Result<()> {
    let db = blog().await;
    // ANCHOR: not_loaded
    let post = Post::objects().key(1).get(&db).await?;
    let error = post.author.get().unwrap_err();
    // ANCHOR_END: not_loaded
    let second = post.tags.get().unwrap_err();
    shown!("output/not-loaded.txt", format!("{error}\n{second}\n"));
    Ok(())
}

#[tokio::test]
async fn prefetches_may_be_queries() -> Result<()> {
    let db = blog().await;
    // ANCHOR: custom
    // the newest published post of each author, with its tags: 3 queries
    let newest = Post::objects()
        .filter(|p| p.status().eq(Status::Published))
        .order_by(|p| p.created_at().desc())
        .limit(1)
        .prefetch_related(|p| p.tags());
    let authors = Author::objects()
        .prefetch_related(|a| a.posts().with(newest))
        .all(&db)
        .await?;
    // ANCHOR_END: custom
    let titles: Vec<_> = authors
        .iter()
        .map(|a| {
            a.posts
                .get()
                .unwrap()
                .iter()
                .map(|p| p.title.as_str())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        titles,
        [vec!["Async explained"], vec![], vec!["Été"], vec![]]
    );
    assert_eq!(authors[0].posts.get()?[0].tags.get()?[0].name, "async");

    assert_queries!(db, 3, {
        // ANCHOR: deep
        // every step of a path is loaded, with one query each
        let authors = Author::objects()
            .prefetch_related(|a| a.posts().tags())
            .all(&db)
            .await?;
        for post in authors[0].posts.get()? {
            assert!(!post.tags.get()?.is_empty());
        }
        // ANCHOR_END: deep
    });
    Ok(())
}

#[tokio::test]
async fn peers_share_objects() -> Result<()> {
    let db = blog().await;
    // ANCHOR: shared
    let posts = Post::objects()
        .order_by(|p| p.id())
        .select_related(|p| p.author())
        .all(&db)
        .await?;
    // both are by Alice, and there is one Alice in memory
    assert!(std::sync::Arc::ptr_eq(
        posts[0].author.shared()?,
        posts[1].author.shared()?
    ));
    // ANCHOR_END: shared
    Ok(())
}

#[tokio::test]
async fn recordings_tell() -> Result<()> {
    let db = blog().await;
    // ANCHOR: report
    let recording = db.record();
    for post in &Post::objects().all(&db).await? {
        Author::objects().key(*post.author.key()).get(&db).await?;
    }
    let report = recording.report();
    assert!(!report.is_clean());
    // ANCHOR_END: report
    shown!("output/report.txt", format!("{report}\n"));

    // ANCHOR: assert
    assert_queries!(db, 2, {
        let posts = Post::objects().all(&db).await?;
        for post in &posts {
            post.author.load(&db).await?;
        }
    });
    // ANCHOR_END: assert
    Ok(())
}

//! Chapter "Writes".

use blog::{Author, Category, Comment, Post, Status, Tag};
use nuages::prelude::*;
use nuages::{Result, assert_queries};

use crate::sample::{blog, empty};
use crate::shown;

#[tokio::test]
async fn create_and_save() -> Result<()> {
    let db = empty().await;
    // ANCHOR: create
    let alice = Author::builder()
        .name("Alice")
        .email("alice@example.org")
        .create(&db)
        .await?;
    let mut post = Post::builder()
        .title("Hello")
        .slug("hello")
        .author(&alice)
        .body("…")
        .create(&db)
        .await?;
    // ANCHOR_END: create
    assert_eq!((alice.id, post.id, post.status), (1, 1, Status::Draft));
    assert_eq!(post.created_at, post.updated_at);

    // ANCHOR: save
    post.title = "Hello, world".to_owned();
    post.status = Status::Published;
    post.save(&db).await?; // all columns, and `updated_at`

    post.view_count = 3;
    post.save_fields(&db, |p| p.view_count()).await?; // one column
    // ANCHOR_END: save

    // ANCHOR: refresh
    Post::objects()
        .key(post.id)
        .update(&db, |p| p.view_count().set(p.view_count() + 1))
        .await?;
    post.refresh_fields(&db, |p| p.view_count()).await?;
    assert_eq!(post.view_count, 4);
    post.refresh(&db).await?;
    // ANCHOR_END: refresh
    assert_eq!(post.title, "Hello, world");

    // ANCHOR: gone
    Post::objects().key(post.id).delete(&db).await?;
    let error = post.save(&db).await.unwrap_err();
    // ANCHOR_END: gone
    shown!("output/row-gone.txt", format!("{error}\n"));
    Ok(())
}

#[tokio::test]
async fn unsaved_objects_are_no_keys() -> Result<()> {
    let db = empty().await;
    // ANCHOR: unsaved
    let nobody = Author::builder()
        .name("Nobody")
        .email("n@example.org")
        .build()?;
    let post = Post::builder()
        .title("x")
        .slug("x")
        .author(&nobody)
        .body("");
    let error = post.create(&db).await.unwrap_err();
    // ANCHOR_END: unsaved
    shown!("output/unsaved.txt", format!("{error}\n"));
    Ok(())
}

#[tokio::test]
async fn violations_say_what() -> Result<()> {
    let db = blog().await;
    // ANCHOR: violation
    let error = Tag::builder().name("rust").create(&db).await.unwrap_err();
    if error.is_unique_violation() {
        println!("{:?}", error.constraint().map(|violated| &violated.columns));
    }
    // ANCHOR_END: violation
    assert_eq!(error.constraint().unwrap().columns, ["name"]);
    Ok(())
}

#[tokio::test]
async fn many_at_once() -> Result<()> {
    let db = blog().await;
    // ANCHOR: bulk_create
    let mut posts = Vec::new();
    for n in 0..1000 {
        let post = Post::builder()
            .title(format!("No. {n}"))
            .slug(format!("no-{n}"))
            .author(1)
            .body("");
        posts.push(post.build()?);
    }
    let mut posts = Post::objects().bulk_create(&db, posts).await?; // with their keys
    // ANCHOR_END: bulk_create
    assert!(posts.iter().all(|post| post.id > 5));

    // ANCHOR: bulk_update
    for post in &mut posts {
        post.view_count = 7;
    }
    let changed: u64 = Post::objects()
        .bulk_update(&db, &posts, |p| p.view_count())
        .await?;
    // ANCHOR_END: bulk_update
    assert_eq!(changed, 1000);
    let seven = Post::objects().filter(|p| p.view_count().eq(7));
    assert_eq!(seven.count(&db).await?, 1000);
    Ok(())
}

#[tokio::test]
async fn conflicts() -> Result<()> {
    let db = blog().await;
    // ANCHOR: conflicts
    let tags = ["rust", "tokio"].map(|name| Tag::builder().name(name).build());
    let tags = tags.into_iter().collect::<Result<Vec<_>>>()?;
    Tag::objects()
        .bulk_create(&db, tags)
        .ignore_conflicts()
        .await?; // "rust" is there

    let post = Post::builder()
        .title("Bread, again")
        .slug("bread")
        .author(2)
        .body("")
        .build()?;
    Post::objects()
        .bulk_create(&db, [post])
        .update_conflicts(|p| p.slug(), |p| (p.title(), p.body()))
        .await?;
    // ANCHOR_END: conflicts
    assert_eq!(Tag::objects().count(&db).await?, 4);
    let bread = Post::objects()
        .filter(|p| p.slug().eq("bread"))
        .get(&db)
        .await?;
    assert_eq!(
        (bread.id, bread.title.as_str(), bread.view_count),
        (4, "Bread, again", 5)
    );
    Ok(())
}

#[tokio::test]
async fn found_or_made() -> Result<()> {
    let db = blog().await;
    // ANCHOR: get_or_create
    let (tag, created) = Tag::objects()
        .filter(|t| t.name().eq("wasm"))
        .get_or_create(&db, Tag::builder().name("wasm"))
        .await?;
    // ANCHOR_END: get_or_create
    assert!(created && tag.id == 4);

    // ANCHOR: update_or_create
    let new = Post::builder()
        .title("Bread")
        .slug("bread")
        .author(2)
        .body("");
    let (post, created) = Post::objects()
        .filter(|p| p.slug().eq("bread"))
        .update_or_create(&db, new, |p| p.view_count().set(p.view_count() + 1))
        .await?;
    // ANCHOR_END: update_or_create
    assert!(!created);
    assert_eq!(post.view_count, 6);
    Ok(())
}

#[tokio::test]
async fn deletions_cascade() -> Result<()> {
    let db = blog().await;
    // ANCHOR: delete
    let alice = Author::objects().key(1).get(&db).await?;
    let deleted = alice.delete(&db).await?;
    // ANCHOR_END: delete
    assert_eq!(deleted.of::<Post>(), 2);
    assert_eq!(deleted.of::<Comment>(), 4);
    shown!("output/deleted.txt", format!("{deleted}\n"));

    // ANCHOR: delete_many
    let drafts = Post::objects().filter(|p| p.status().eq(Status::Draft));
    let deleted = drafts.delete(&db).await?;
    // ANCHOR_END: delete_many
    assert_eq!(deleted.total, 1);

    // ANCHOR: set_null
    Category::objects()
        .filter(|c| c.name().eq("Life"))
        .delete(&db)
        .await?;
    let orphans = Post::objects().filter(|p| p.category_id().is_null());
    // ANCHOR_END: set_null
    assert_eq!(orphans.count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn relations_are_written_too() -> Result<()> {
    let db = blog().await;
    let post = Post::objects().key(3).get(&db).await?;
    let [rust, wasm] = [1, 4];
    Tag::builder().name("wasm").create(&db).await?;
    // ANCHOR: many_to_many
    post.tags.add(&db, [rust, wasm]).await?; // keys, or `&tag`s; what is there stays
    post.tags.remove(&db, [rust]).await?;
    post.tags.set(&db, [rust]).await?; // exactly these
    let tag = post.tags.create(&db, Tag::builder().name("fresh")).await?;
    let names: Vec<String> = post
        .tags
        .objects()
        .values_flat(|t| t.name())
        .all(&db)
        .await?;
    post.tags.clear(&db).await?;
    // ANCHOR_END: many_to_many
    assert_eq!(names, ["fresh", "rust"]);
    assert_eq!(tag.name, "fresh");
    assert!(post.tags.load(&db).await?.is_empty());

    // ANCHOR: has_many
    let dora = Author::objects().key(4).get(&db).await?;
    let new = Post::builder()
        .title("First")
        .slug("first")
        .author(&dora)
        .body("");
    let first = dora.posts.create(&db, new).await?;
    dora.posts.add(&db, [3]).await?; // post 3 is hers now
    let count = dora.posts.objects().count(&db).await?;
    // ANCHOR_END: has_many
    assert_eq!((first.author.key(), count), (&4, 2));
    Ok(())
}

#[tokio::test]
async fn how_many_statements() -> Result<()> {
    let db = blog().await;
    let tags = (0..500).map(|n| Tag::builder().name(format!("t{n}")).build());
    let tags = tags.collect::<Result<Vec<_>>>()?;
    assert_queries!(db, 1, {
        Tag::objects().bulk_create(&db, tags).await?;
    });
    Ok(())
}

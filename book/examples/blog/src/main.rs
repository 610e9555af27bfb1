//! A program of the blog: it brings its database up to date, writes a few posts, and reads them.

// ANCHOR: begin
use blog::{Author, Category, Post, Status, Tag};
use nuages::prelude::*;

nuages::migrations!("migrations");

#[tokio::main]
async fn main() -> nuages::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://blog.db".to_owned());
    let db = Database::connect(&url).await?;
    db.migrate(&MIGRATIONS).await?;

    if !Post::objects().exists(&db).await? {
        write(&db).await?;
    }
    read(&db).await?;
    relate(&db).await
}
// ANCHOR_END: begin

// ANCHOR: write
async fn write(db: &Database) -> nuages::Result<()> {
    let alice = Author::builder()
        .name("Alice")
        .email("alice@example.org")
        .create(db)
        .await?;
    let bob = Author::builder()
        .name("Bob")
        .email("bob@example.org")
        .create(db)
        .await?;
    let tech = Category::builder().name("Tech").create(db).await?;
    let rust = Tag::builder().name("rust").create(db).await?;

    let hello = Post::builder()
        .title("Hello")
        .slug("hello")
        .author(&alice)
        .body("…")
        .create(db)
        .await?;
    let traits = Post::builder()
        .title("Traits")
        .slug("traits")
        .author(&alice)
        .category(&tech)
        .body("…")
        .status(Status::Published)
        .create(db)
        .await?;
    Post::builder()
        .title("Bread")
        .slug("bread")
        .author(&bob)
        .body("…")
        .create(db)
        .await?;
    hello.tags.add(db, [&rust]).await?;
    traits.tags.add(db, [&rust]).await
}
// ANCHOR_END: write

// ANCHOR: read
async fn read(db: &Database) -> nuages::Result<()> {
    let posts = Post::objects()
        .filter(|p| p.status().eq(Status::Published) & p.author().name().icontains("ali"))
        .exclude(|p| p.tags().name().eq("spam"))
        .select_related(|p| (p.author(), p.category()))
        .prefetch_related(|p| p.tags())
        .order_by(|p| p.created_at().desc())
        .limit(10)
        .all(db)
        .await?;
    for post in &posts {
        println!("{} by {}", post.title, post.author.get()?.name);
    }

    let per_status: Vec<(Status, i64)> = Post::objects()
        .values(|p| (p.status(), p.id().count()))
        .order_by(|p| p.status())
        .all(db)
        .await?;
    for (status, posts) in per_status {
        println!("{}: {posts}", status.label());
    }
    Ok(())
}
// ANCHOR_END: read

// ANCHOR: relate
async fn relate(db: &Database) -> nuages::Result<()> {
    let recording = db.record();
    for author in &Author::objects().all(db).await? {
        let posts = author.posts.load(db).await?;
        let titles: Vec<&str> = posts.iter().map(|post| post.title.as_str()).collect();
        println!("{}: {}", author.name, titles.join(", "));
    }
    println!("{} queries", recording.count());
    Ok(())
}
// ANCHOR_END: relate

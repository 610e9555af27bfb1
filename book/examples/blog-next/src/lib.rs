//! The blog a year later: posts have a text, which was called body, and a summary.

mod models;

pub use models::{Author, Category, Comment, Post, Status, Tag};

nuages::migrations!("migrations");

// ANCHOR: data_migration
use nuages::data_migration;
use nuages::migrate::DataMoment;

#[data_migration("blog.fill_summaries")]
async fn fill_summaries(moment: &DataMoment<'_>) -> nuages::Result<()> {
    let posts = moment.model("blog.Post")?;
    for post in posts.objects().lookup("summary", "")?.all().await? {
        let text: String = post.get("text")?;
        let summary: String = text.chars().take(300).collect();
        let one = posts.objects().lookup("id", post.value("id")?)?;
        one.update(&[("summary", summary.into())]).await?;
    }
    Ok(())
}

/// The way back: a summary that is there may stay.
#[data_migration("blog.keep_summaries")]
async fn keep_summaries(_moment: &DataMoment<'_>) -> nuages::Result<()> {
    Ok(())
}
// ANCHOR_END: data_migration

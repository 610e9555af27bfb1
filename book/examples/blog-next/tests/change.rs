//! Chapter "A change, with data": the tables of the old blog become those of the new one, and nothing is lost.

#[path = "../../blog/tests/book/command.rs"]
mod command;

use std::path::Path;

use blog_next::{Author, Post};
use nuages::Result;
use nuages::prelude::*;

use command::Project;

fn project(count: usize) -> Project {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    Project::new("blog-next-migrate", &migrations, count)
}

macro_rules! shown {
    ($file:literal, $text:expr) => {
        expect_test::expect_file![concat!("../../../src/", $file)].assert_eq(&$text)
    };
}

const ANSWERS: &str = "makemigrations --name text_and_summary --rename blog.Post.body=text --default blog.Post.summary=\"\"";

#[test]
fn the_questions_and_their_answers() {
    let project = project(1);
    let (code, questions) = project.run("makemigrations");
    assert_eq!(code, 3);
    shown!("output/questions.txt", questions);
    shown!("output/answers.txt", project.ok(ANSWERS));
    let written =
        std::fs::read_to_string(project.file("migrations/blog/0002_text_and_summary.toml"));
    assert_eq!(
        written.unwrap(),
        include_str!("../migrations/blog/0002_text_and_summary.toml")
    );
    shown!(
        "output/empty.txt",
        project.ok("makemigrations --empty blog --name fill_summaries")
    );
}

#[tokio::test]
async fn nothing_is_lost() -> Result<()> {
    let project = project(3);
    project.ok("apply blog 0001");
    let db = Database::connect(&project.url()).await?;
    db.batch(
        "INSERT INTO blog_author (id, name, email) VALUES (1, 'Alice', 'alice@example.org');
         INSERT INTO blog_post (title, slug, author_id, body, created_at, updated_at)
         VALUES ('Hello', 'hello', 1, 'A text.', '2024-01-15 10:30:00', '2024-01-15 10:30:00');",
    )
    .await?;
    shown!("output/apply-change.txt", project.ok("apply"));
    let post = Post::objects()
        .select_related(|p| p.author())
        .get(&db)
        .await?;
    assert_eq!(
        (post.text.as_str(), post.summary.as_str()),
        ("A text.", "A text.")
    );
    assert_eq!(post.author.get()?.name, "Alice");
    assert_eq!(Author::objects().count(&db).await?, 1);

    let (code, refused) = project.run("apply blog 0001");
    assert_eq!(code, 6);
    shown!("output/backwards-refused.txt", refused);
    project.ok("apply blog 0001 --allow-data-loss");
    let bodies: Vec<String> = raw("SELECT body FROM blog_post").all(&db).await?;
    assert_eq!(bodies, ["A text."]);
    Ok(())
}

//! make, apply, change, make, apply, back and forth, with rows in the tables, on every database.

use nuages::driver::Executor;
use nuages::raw;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, STATUS, TEXT, blog, finish};

pub(crate) fn area() -> Area {
    Area::new(
        "journey",
        cases![
            rows_survive_the_way_there_and_back,
            ten_at_once_apply_once,
            one_connection_is_enough,
            a_database_that_does_not_exist,
        ],
    )
}

async fn rows_survive_the_way_there_and_back(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(BODY));
    assert_eq!(place.run("apply --check").code, 1);
    assert_eq!(
        place.ok("apply"),
        "Operations to perform:\n  Apply all migrations: blog\nRunning migrations:\n  Applying blog.0001_initial... OK\n"
    );
    assert_eq!(place.run("apply --check").code, 0);
    given
        .db
        .batch("INSERT INTO blog_author (id, name) VALUES (1, 'Ann')")
        .await?;
    given
        .db
        .batch("INSERT INTO blog_post (id, title, author_id, body) VALUES (1, 'First', 1, 'Hello')")
        .await?;

    place.write("models.json", &blog(&format!("{TEXT}{STATUS}")));
    let made = place.ok(
        r#"makemigrations --models models.json --rename blog.Post.body=text --default blog.Post.status="draft""#,
    );
    assert_eq!(
        made,
        "Migrations for 'blog':\n  migrations/blog/0002_rename_body_post_text_post_status.toml\n    \
         ~ Rename field body on Post to text\n    + Add field status to Post\n"
    );
    assert_eq!(
        place.ok("makemigrations --models models.json"),
        "No changes detected\n"
    );
    assert!(
        place
            .ok("apply --plan")
            .contains("    Rename field body on Post to text\n")
    );
    assert!(place.ok("showmigrations").contains(" [ ] 0002_rename"));
    place.ok("apply");
    assert!(
        place
            .ok("showmigrations blog --plan")
            .contains("[X]  blog.0002_rename")
    );
    assert_eq!(texts(&given, "text").await?, ["Hello"]);
    assert_eq!(texts(&given, "status").await?, ["draft"]);

    place.fails(
        "apply blog 0001",
        6,
        &["0002", "status", "--allow-data-loss"],
    );
    let back = place.ok("apply blog 0001 --allow-data-loss");
    assert!(
        back.contains("  Unapplying blog.0002_rename_body_post_text_post_status... OK\n"),
        "{back}"
    );
    assert_eq!(texts(&given, "body").await?, ["Hello"]);
    place.ok("apply blog");
    place.ok("apply blog zero --allow-data-loss");
    assert!(
        place
            .ok("apply")
            .contains("Applying blog.0001_initial... OK\n")
    );
    Ok(())
}

/// A column of all posts.
async fn texts(given: &Given, column: &str) -> nuages::Result<Vec<String>> {
    let sql = format!("SELECT {column} FROM blog_post ORDER BY id");
    let rows = raw(sql).rows(&given.db).await?;
    rows.iter().map(|row| row.get(column)).collect()
}

/// The lock and the place to compare tables in have connections beside the pool.
async fn one_connection_is_enough(given: Given) -> Outcome {
    let sign = if given.url.contains('?') { '&' } else { '?' };
    let place = Place::with(&format!("{}{sign}pool_size=1", given.url));
    place.make(&blog(BODY));
    place.ok("apply");
    assert_eq!(
        place.ok("drift"),
        "The database is as its migrations say.\n"
    );
    place.ok("apply blog zero --allow-data-loss");
    Ok(())
}

async fn ten_at_once_apply_once(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(BODY));
    let started: Vec<_> = (0..10)
        .map(|_| {
            let mut command = place.command("apply --format json");
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let mut done = 0;
    for child in started {
        let output = child.wait_with_output()?;
        assert!(output.status.success(), "{output:?}");
        done += String::from_utf8(output.stdout)?
            .matches("\"outcome\": \"done\"")
            .count();
    }
    assert_eq!(done, 1);
    Ok(())
}

async fn a_database_that_does_not_exist(given: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    let url = if given.url.starts_with("sqlite") {
        "sqlite:///no/such/folder/x.db".to_owned()
    } else {
        given.url.replace("nuages_test_", "nuages_nowhere_")
    };
    let mut command = place.command("apply");
    command.env("DATABASE_URL", url);
    finish(command).must(1, &["cannot connect to", "DATABASE_URL"]);
    Ok(())
}

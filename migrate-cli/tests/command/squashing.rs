//! Squashes through their whole life: made, applied by databases that know all, some and none of the old migrations,
//! and the old files removed. On every database.

use nuages::driver::Executor;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, STATUS, blog, model, models};

pub(crate) fn area() -> Area {
    Area::new(
        "squashing",
        cases![
            a_new_database_applies_the_squash,
            a_database_that_knows_some_goes_on,
            a_database_that_knows_all_has_nothing_to_do,
            the_old_files_go_in_the_end,
            a_part_of_a_history.once(),
            apps_in_a_circle.once(),
            a_migration_is_optimized.once(),
            a_changed_file_is_taken_as_it_is,
        ],
    )
}

const NOTE: &str = r#", {"name": "note", "type": "text", "null": true}"#;

/// Three migrations of a blog.
fn history(url: &str) -> Place {
    let place = Place::with(url);
    place.make(&blog(BODY));
    place.write("models.json", &blog(&format!("{BODY}{STATUS}")));
    place.ok(
        r#"makemigrations --models models.json --default blog.Post.status="draft" --name status"#,
    );
    place.write("models.json", &blog(&format!("{BODY}{STATUS}{NOTE}")));
    place.ok("makemigrations --models models.json --name note");
    place
}

async fn insert(given: &Given) -> nuages::Result<()> {
    given
        .db
        .batch("INSERT INTO blog_author (id, name) VALUES (1, 'Ann')")
        .await?;
    let post = "INSERT INTO blog_post (id, title, author_id, body, status) VALUES (1, 'First', 1, 'Hello', 'new')";
    given.db.batch(post).await
}

async fn a_new_database_applies_the_squash(given: Given) -> Outcome {
    let place = history(&given.url);
    let said = place.ok("squashmigrations blog");
    assert!(
        said.contains("Squashed:\n  blog.0001_initial\n  blog.0002_status\n  blog.0003_note\nFrom 4 operations to 2; both lead to the same state.\nWrote migrations/blog/0001_squashed_0003_note.toml"),
        "{said}"
    );
    assert_eq!(
        place.read("migrations/heads.toml"),
        "blog = \"0001_squashed_0003_note\"\n"
    );
    let applied = place.ok("apply");
    assert!(
        applied.contains("Applying blog.0001_squashed_0003_note... OK\n")
            && !applied.contains("0002"),
        "{applied}"
    );
    insert(&given).await?;
    assert_eq!(
        place.ok("apply").matches("No migrations to apply").count(),
        1
    );
    assert!(
        place
            .ok("showmigrations")
            .contains("[X] 0001_squashed_0003_note (3 squashed migrations)")
    );
    assert_eq!(
        place.ok("makemigrations --models models.json"),
        "No changes detected\n"
    );
    // Without the squash the database is where it was.
    std::fs::remove_file(place.path("migrations/blog/0001_squashed_0003_note.toml"))?;
    place.write("migrations/heads.toml", "blog = \"0003_note\"\n");
    assert!(place.ok("apply").contains("No migrations to apply"));
    Ok(())
}

async fn a_database_that_knows_some_goes_on(given: Given) -> Outcome {
    let place = history(&given.url);
    place.ok("apply blog 0002");
    place.ok("squashmigrations blog");
    let applied = place.ok("apply");
    assert!(
        applied.contains("Applying blog.0003_note... OK\n"),
        "{applied}"
    );
    assert!(!applied.contains("squashed"), "{applied}");
    insert(&given).await?;
    assert!(place.ok("apply").contains("No migrations to apply"));
    assert!(
        place
            .ok("showmigrations")
            .contains("[X] 0001_squashed_0003_note")
    );
    place.ok("apply blog zero --allow-data-loss");
    assert!(
        place
            .ok("apply")
            .contains("Applying blog.0001_squashed_0003_note... OK\n")
    );
    Ok(())
}

async fn a_database_that_knows_all_has_nothing_to_do(given: Given) -> Outcome {
    let place = history(&given.url);
    place.ok("apply");
    place.ok("squashmigrations blog --squashed-name whole");
    assert!(place.ok("apply").contains("No migrations to apply"));
    let json = place.ok("showmigrations --format json");
    assert!(json.contains("\"name\": \"0001_whole\""), "{json}");
    // A line of history of its own, so that the old files may go.
    assert!(!json.contains("\"applied_at_us\": null"), "{json}");
    Ok(())
}

async fn the_old_files_go_in_the_end(given: Given) -> Outcome {
    let place = history(&given.url);
    place.ok("apply blog 0002");
    place.write("models.json", &blog(&format!("{BODY}{STATUS}")));
    place.ok("squashmigrations blog");
    place.fails(
        "squashmigrations blog --finish",
        6,
        &[
            "nothing was removed",
            "blog.0003_note",
            "`migrate apply` first",
        ],
    );
    place.ok("apply");
    let more = format!("{BODY}{STATUS}{NOTE}{}", NOTE.replace("note", "more"));
    place.write("models.json", &blog(&more));
    place.ok("makemigrations --models models.json");
    place.ok("apply");
    assert_eq!(
        place.ok("squashmigrations blog --finish"),
        "Removed blog.0001_initial\nRemoved blog.0002_status\nRemoved blog.0003_note\n"
    );
    assert!(!place.path("migrations/blog/0002_status.toml").exists());
    assert!(place.ok("apply").contains("No migrations to apply"));
    place.ok("apply blog zero --allow-data-loss");
    place.ok("apply");
    assert_eq!(
        place.ok("squashmigrations blog --finish"),
        "No files that a squash has replaced.\n"
    );
    Ok(())
}

async fn a_part_of_a_history(_: Given) -> Outcome {
    let place = history("sqlite::memory:");
    place.ok("squashmigrations blog 0002 0003");
    let file = place.read("migrations/blog/0002_status_squashed_0003_note.toml");
    assert!(
        file.contains("replaces = [\"blog.0002_status\", \"blog.0003_note\"]"),
        "{file}"
    );
    assert!(
        file.contains("dependencies = [\"blog.0001_initial\"]"),
        "{file}"
    );
    place.fails("squashmigrations blog 0001", 1, &["nothing to squash"]);
    place.fails("squashmigrations", 2, &["APP"]);
    place.fails("squashmigrations blgo", 2, &["did you mean `blog`?"]);
    place.ok("state --from files");
    Ok(())
}

async fn apps_in_a_circle(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.write("models.json", &models(&model("a", "A")));
    place.ok("makemigrations --models models.json");
    let to = |app: &str, name: &str, to: &str| {
        model(app, name).replace(
            "]}",
            &format!(r#", {{"name": "other", "type": "foreign_key", "to": "{to}", "on_delete": "CASCADE", "null": true}}]}}"#),
        )
    };
    place.write(
        "models.json",
        &models(&format!("{}, {}", model("a", "A"), to("b", "B", "a.A"))),
    );
    place.ok("makemigrations --models models.json");
    place.write(
        "models.json",
        &models(&format!("{}, {}", to("a", "A", "b.B"), to("b", "B", "a.A"))),
    );
    place.ok("makemigrations --models models.json");
    let more = to("a", "A", "b.B").replace(
        "]}",
        r#", {"name": "more", "type": "text", "null": true}]}"#,
    );
    place.write(
        "models.json",
        &models(&format!("{more}, {}", to("b", "B", "a.A"))),
    );
    place.ok("makemigrations --models models.json");
    place.fails(
        "squashmigrations a",
        4,
        &["in a circle", "squashmigrations --all"],
    );
    place.ok("squashmigrations --all");
    let applied = place.ok("apply");
    assert_eq!(
        applied.matches("_squashed_").count(),
        applied.matches("Applying").count(),
        "{applied}"
    );
    assert_eq!(
        place.ok("makemigrations --models models.json"),
        "No changes detected\n"
    );
    assert!(place.ok("apply").contains("No migrations to apply"));
    place.ok("squashmigrations --all --finish");
    assert!(place.ok("apply").contains("No migrations to apply"));
    Ok(())
}

async fn a_migration_is_optimized(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.write(
        "migrations/blog/0002_back.toml",
        "format = 1\napp = \"blog\"\nname = \"0002_back\"\ndependencies = [\"blog.0001_initial\"]\nallow = [\"data_loss\"]\n\n\
         [[operations]]\nop = \"add_field\"\nmodel = \"Post\"\nfield = { name = \"note\", type = \"text\", null = true }\n\n\
         # stays\n[[operations]]\nop = \"run_sql\"\nsql = \"SELECT 1\"\nelidable = true\n\n\
         [[operations]]\nop = \"rename_field\"\nmodel = \"Post\"\nold_name = \"title\"\nnew_name = \"name\"\n\n\
         [[operations]]\nop = \"rename_field\"\nmodel = \"Post\"\nold_name = \"name\"\nnew_name = \"head\"\n",
    );
    place.write("migrations/heads.toml", "blog = \"0002_back\"\n");
    assert_eq!(place.run("optimizemigration blog 0002 --check").code, 1);
    assert_eq!(
        place.ok("optimizemigration blog 0002"),
        "Optimized blog.0002_back from 4 operations to 3.\n"
    );
    let file = place.read("migrations/blog/0002_back.toml");
    assert!(
        file.contains("new_name = \"head\"") && file.contains("elidable"),
        "{file}"
    );
    assert_eq!(
        place.ok("optimizemigration blog 0002"),
        "No optimizations possible.\n"
    );
    assert_eq!(place.run("optimizemigration blog 0002 --check").code, 0);
    Ok(())
}

async fn a_changed_file_is_taken_as_it_is(given: Given) -> Outcome {
    let place = history(&given.url);
    place.ok("apply");
    let file = place.read("migrations/blog/0003_note.toml");
    // Other blanks and a comment mean the same.
    place.write(
        "migrations/blog/0003_note.toml",
        &format!("# why\n\n{}", file.replace(" = ", "  =  ")),
    );
    assert!(place.ok("apply").contains("No migrations to apply"));
    place.write(
        "migrations/blog/0003_note.toml",
        &file.replace("null = true", "null = true, help_text = \"x\""),
    );
    place.fails(
        "apply",
        4,
        &[
            "blog.0003_note",
            "changed after it was applied",
            "--accept-changed",
        ],
    );
    place
        .run("apply --accept-changed")
        .must(0, &["blog.0003_note", "taken as it is now"]);
    assert!(place.ok("apply").contains("No migrations to apply"));
    Ok(())
}

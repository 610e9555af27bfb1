//! The commands that work on files: diff, state, sqlmigrate, empty migrations, dry runs.

use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, STATUS, TEXT, blog, model, models};

pub(crate) fn area() -> Area {
    Area::new(
        "files",
        cases![
            diff_prints_migrations_or_questions.once(),
            diff_numbers_after_a_graph.once(),
            a_state_comes_back_as_it_was.once(),
            the_sql_of_each_database.once(),
            an_empty_migration.once(),
            a_dry_run_writes_nothing.once(),
            one_app_of_several.once(),
            what_is_listed_is_data_too.once(),
            a_history_is_verified,
        ],
    )
}

async fn diff_prints_migrations_or_questions(_: Given) -> Outcome {
    let place = Place::new();
    place
        .write("a.json", &blog(BODY))
        .write("b.json", &blog(&format!("{TEXT}{STATUS}")));
    let diff = "diff --from a.json --to b.json --format json";
    let ran = place.run(diff);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("\"questions\""), "{ran:?}");
    assert!(
        ran.out
            .contains("\"answer_with\": \"--rename blog.Post.body=text\""),
        "{ran:?}"
    );
    place.write(
        "answers.json",
        r#"{"renames": "all", "defaults": {"blog.Post.status": "draft"}}"#,
    );
    let made = place.ok(&format!("{diff} --answers answers.json"));
    assert!(
        made.starts_with(
            "{\n  \"migrations\": [\n    {\n      \"app\": \"blog\",\n      \"name\": \"0001_"
        ),
        "{made}"
    );
    assert!(made.contains("\"op\": \"rename_field\""), "{made}");
    assert_eq!(
        place.ok("diff --from b.json --to b.json"),
        "No changes detected\n"
    );
    place.write("answers.json", r#"{"rename": "all"}"#);
    place.fails(
        &format!("{diff} --answers answers.json"),
        1,
        &["answers.json", "did you mean `renames`?"],
    );
    place.fails("diff --from a.json --to nowhere.json", 1, &["nowhere.json"]);
    Ok(())
}

async fn diff_numbers_after_a_graph(_: Given) -> Outcome {
    let place = Place::new();
    place.write("a.json", &blog(BODY)).write(
        "b.json",
        &blog(&format!(
            r#"{BODY}, {{"name": "note", "type": "text", "null": true}}"#
        )),
    );
    place.write(
        "graph.json",
        r#"{"migrations": [{"app": "blog", "name": "0007_old", "dependencies": []}]}"#,
    );
    let made = place.ok("diff --from a.json --to b.json --graph graph.json --format json");
    assert!(made.contains("\"name\": \"0008_post_note\""), "{made}");
    assert!(made.contains("\"blog.0007_old\""), "{made}");
    Ok(())
}

async fn a_state_comes_back_as_it_was(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    let of_files = place.ok("state --from files --format json");
    assert_eq!(
        of_files,
        place.ok("state --models models.json --format json")
    );
    place.write("state.json", &of_files);
    assert_eq!(
        place.ok("makemigrations --models state.json"),
        "No changes detected\n"
    );
    let shown = place.ok("state --from files");
    assert!(
        shown.contains("blog.Post (blog_post)\n  field   type         column\n"),
        "{shown}"
    );
    assert!(
        shown.contains("  author  foreign_key  author_id  to blog.Author\n"),
        "{shown}"
    );
    Ok(())
}

async fn the_sql_of_each_database(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    for (database, quoted) in [
        ("sqlite", "\"blog_post\""),
        ("postgres", "\"blog_post\""),
        ("mysql", "`blog_post`"),
        ("mariadb", "`blog_post`"),
    ] {
        let sql = place.ok(&format!("sqlmigrate blog 0001 --database {database}"));
        assert!(
            sql.starts_with("--\n-- Create model Author\n--\nCREATE TABLE "),
            "{sql}"
        );
        assert!(sql.contains(&format!("CREATE TABLE {quoted}")), "{sql}");
        let back = place.ok(&format!(
            "sqlmigrate blog 0001 --backwards --database {database}"
        ));
        assert!(back.contains(&format!("DROP TABLE {quoted}")), "{back}");
    }
    Ok(())
}

async fn an_empty_migration(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.ok("makemigrations --empty blog --name fill_slugs");
    let file = place.read("migrations/blog/0002_fill_slugs.toml");
    assert_eq!(
        file,
        "format = 1\napp = \"blog\"\nname = \"0002_fill_slugs\"\ndependencies = [\"blog.0001_initial\"]\n"
    );
    place.fails("makemigrations --empty blgo", 2, &["did you mean `blog`?"]);
    place.fails(
        "makemigrations --empty blog --name not/a/name",
        2,
        &["letters, digits"],
    );
    Ok(())
}

async fn a_dry_run_writes_nothing(_: Given) -> Outcome {
    let place = Place::new();
    place.write("models.json", &blog(BODY));
    let made = place.ok("makemigrations --models models.json --dry-run --verbose");
    assert!(made.contains("+ Create model Post"), "{made}");
    assert!(made.contains("op = \"create_model\""), "{made}");
    assert!(!place.path("migrations").exists());
    Ok(())
}

async fn one_app_of_several(_: Given) -> Outcome {
    let place = Place::new();
    let (author, user) = (model("blog", "Author"), model("accounts", "User"));
    place.write("models.json", &models(&format!("{author}, {user}")));
    let made = place.ok("makemigrations accounts --models models.json");
    assert!(
        made.contains("'accounts'") && !made.contains("'blog'"),
        "{made}"
    );
    let made = place.ok("makemigrations accounts --models models.json");
    assert_eq!(made, "No changes detected in app 'accounts'\n");
    assert!(
        place
            .ok("makemigrations --models models.json")
            .contains("'blog'")
    );
    assert_eq!(
        place.read("migrations/heads.toml"),
        "accounts = \"0001_initial\"\nblog = \"0001_initial\"\n"
    );
    Ok(())
}

async fn what_is_listed_is_data_too(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.write("models.json", &blog(BODY));
    let made = place.ok("makemigrations --models models.json --format json");
    assert!(
        made.contains("\"file\": \"migrations/blog/0001_initial.toml\""),
        "{made}"
    );
    let plan = place.ok("apply --plan --format json");
    assert!(
        plan.contains("\"operation\": \"Create model Post\""),
        "{plan}"
    );
    let applied = place.ok("apply --format json");
    assert!(applied.contains("\"outcome\": \"done\""), "{applied}");
    let shown = place.ok("showmigrations --format json");
    assert!(shown.contains("\"applied\": true"), "{shown}");
    let ran = place.run("apply blgo --format json");
    assert!(
        ran.code == 2 && ran.out.contains("\"exit_code\": 2"),
        "{ran:?}"
    );
    assert!(
        place
            .ok("check --models models.json --format json")
            .contains("\"findings\": []")
    );
    Ok(())
}

async fn a_history_is_verified(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.write("models.json", &blog(BODY));
    place.fails("verify", 1, &["makemigrations"]);
    place.ok("makemigrations --models models.json");
    let shown = place.ok("verify");
    assert!(
        shown.contains("1 migration applied... OK\n  1 migration taken back... OK\n")
            && shown.ends_with("Verified.\n"),
        "{shown}"
    );
    place.ok("makemigrations --empty blog --name sql");
    let path = "migrations/blog/0002_sql.toml";
    let head = place.read(path).replace("operations = []", "");
    let sql = "[[operations]]\nop = \"run_sql\"\nsql = \"DELETE FROM nowhere\"\n";
    place.write(path, &format!("{head}\n{sql}"));
    let ran = place.run("verify");
    assert!(ran.code == 1 && ran.out.contains("nowhere"), "{ran:?}");
    place.write(
        path,
        &format!("{head}\n{}", sql.replace("nowhere", "blog_post")),
    );
    let shown = place.ok("verify --format json");
    assert!(
        shown.contains("\"sound\": true") && shown.contains("blog.0002_sql"),
        "{shown}"
    );
    let ran = place.run("verify --reversible");
    assert!(
        ran.code == 1 && ran.out.contains("blog.0002_sql cannot be taken back"),
        "{ran:?}"
    );
    Ok(())
}

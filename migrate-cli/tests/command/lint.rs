//! `migrate lint`: what it looks at, what it prints, and how it ends.

use std::process::Command;

use nuages::Executor;
use nuages_tests::{Area, Given, Outcome, cases};
use serde_json::Value;

use crate::place::{BODY, Place, TEXT, blog};

pub(crate) fn area() -> Area {
    Area::new(
        "lint",
        cases![
            findings_are_told_with_file_and_line.once(),
            settings_come_from_flag_environment_and_file.once(),
            each_format_has_its_form.once(),
            what_is_looked_at_is_chosen.once(),
            fixes_keep_comments.once(),
            committed_migrations_are_clean.once(),
            what_goes_by_phases_is_clean.once(),
            a_fresh_schema_is_clean_and_a_live_database_is_asked,
        ],
    )
}

/// A blog whose body was renamed.
fn renamed(place: &Place) -> &Place {
    place.make(&blog(BODY));
    place.write("models.json", &blog(TEXT));
    place.ok("makemigrations --models models.json --rename blog.Post.body=text --name text");
    place
}

async fn findings_are_told_with_file_and_line(_: Given) -> Outcome {
    let place = Place::new();
    renamed(&place);
    place.fails("lint", 2, &["for which database?", "--database"]);
    let ran = place.run("lint --database postgres");
    assert_eq!(ran.code, 1, "{ran:?}");
    let text = place.read("migrations/blog/0002_text.toml");
    let line = text
        .lines()
        .position(|line| line == "[[operations]]")
        .unwrap()
        + 1;
    let head = format!("migrations/blog/0002_text.toml:{line}: error BC102: a column is renamed");
    assert!(ran.out.contains(&head), "{}", ran.out);
    assert!(ran.out.contains("to do: keep the name"), "{}", ran.out);
    assert!(
        ran.out.contains("2 migrations: 1 error, 0 warnings"),
        "{}",
        ran.out
    );
    let reason = "lint_allow = [{ code = \"BC102\", on = \"blog_post.body\", reason = \"stopped for it\" }]\n";
    place.write(
        "migrations/blog/0002_text.toml",
        &text.replacen("\n[[", &format!("{reason}\n[["), 1),
    );
    let out = place.ok("lint --database postgres");
    assert!(out.contains("1 allowed in the files"), "{out}");
    Ok(())
}

async fn settings_come_from_flag_environment_and_file(_: Given) -> Outcome {
    let place = Place::new();
    renamed(&place);
    let file =
        "[lint]\ndatabases = [\"sqlite\"]\nfail_on = \"error\"\nseverity = { BC = \"info\" }\n";
    place.write("migrate.toml", file);
    place.ok("lint");
    let environment = ("MIGRATE_LINT_SEVERITY", "BC=warning");
    assert_eq!(place.run_with("lint", environment.0, environment.1).code, 0);
    assert_eq!(
        place
            .run_with("lint --fail-on warning", environment.0, environment.1)
            .code,
        1
    );
    assert_eq!(
        place
            .run_with("lint --severity BC=error", environment.0, environment.1)
            .code,
        1
    );
    assert_eq!(
        place.run("lint --severity BC102=off --fail-on info").code,
        0
    );
    place.fails(
        "lint --severity XX=off",
        2,
        &["no rule has a code", "--rules"],
    );
    place.fails("lint --severity BC=sometimes", 2, &["no severity"]);
    place.write("migrate.toml", "[lint]\nfail_onn = \"error\"\n");
    place.fails("lint --database sqlite", 1, &["did you mean `fail_on`?"]);
    let names = "[lint]\ndatabases = [\"sqlite\"]\nnames = { column = \"^t\" }\n";
    place.write("migrate.toml", names);
    let out = place.run("lint --fail-on off").out;
    assert!(
        out.contains("NM102") && out.contains("`author_id`"),
        "{out}"
    );
    Ok(())
}

async fn each_format_has_its_form(_: Given) -> Outcome {
    let place = Place::new();
    renamed(&place);
    let lint = "lint --database sqlite --format";
    let json: Value = serde_json::from_str(&place.run(&format!("{lint} json")).out)?;
    assert_eq!(json["findings"][0]["code"], "BC102");
    assert_eq!(json["findings"][0]["operation"], 0);
    assert_eq!(json["findings"][0]["migration"], "blog.0002_text");
    assert_eq!(json["fails"], true);
    let github = place.run(&format!("{lint} github"));
    let line = github.out.lines().next().unwrap();
    assert!(
        line.starts_with("::error file=migrations/blog/0002_text.toml,line=")
            && line.contains(",title=BC102 a column is renamed::`blog_post.body` is `text`"),
        "{line}"
    );
    assert_eq!(github.code, 1);
    let sarif: Value = serde_json::from_str(&place.run(&format!("{lint} sarif")).out)?;
    check_sarif(&sarif);
    let result = &sarif["runs"][0]["results"][0];
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        location["artifactLocation"]["uri"],
        "migrations/blog/0002_text.toml"
    );
    assert_eq!(location["region"]["startLine"], json["findings"][0]["line"]);
    place.fails("check --format sarif", 2, &["only `migrate lint`"]);
    place.fails("lint --database sqlite --format svg", 2, &["draw"]);
    Ok(())
}

/// What SARIF 2.1.0 requires of a log, and of what we put into it.
fn check_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let levels = ["none", "note", "warning", "error"];
    for run in log["runs"].as_array().unwrap() {
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string() && driver["version"].is_string());
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string());
            let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
            assert!(levels.contains(&level));
        }
        for result in run["results"].as_array().unwrap() {
            assert!(result["message"]["text"].is_string());
            assert!(levels.contains(&result["level"].as_str().unwrap()));
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            for location in result["locations"].as_array().unwrap() {
                let place = &location["physicalLocation"];
                assert!(place["artifactLocation"]["uri"].is_string());
                assert!(1 <= place["region"]["startLine"].as_u64().unwrap());
            }
        }
    }
}

async fn what_is_looked_at_is_chosen(_: Given) -> Outcome {
    let place = Place::new();
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .current_dir(place.path("."))
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let count = |args: &str| {
        let out = place
            .run(&format!("lint --database sqlite --format json {args}"))
            .out;
        let json: Value = serde_json::from_str(&out).unwrap();
        json["migrations"].as_u64().unwrap()
    };
    place.make(&blog(BODY));
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    place.write("models.json", &blog(TEXT));
    place.ok("makemigrations --models models.json --rename blog.Post.body=text --name text");
    assert_eq!(count(""), 2);
    assert_eq!(count("--all"), 2);
    assert_eq!(count("--since HEAD"), 1);
    assert_eq!(count("--since blog.0001"), 1);
    assert_eq!(count("--since blog.0002"), 0);
    git(&["add", "."]);
    git(&["commit", "-qm", "second"]);
    assert_eq!(count("--since HEAD"), 0);
    assert_eq!(count("--since HEAD~1 blog"), 1);
    let nowhere = "lint --database sqlite --since nowhere";
    place.fails(nowhere, 2, &["neither a migration", "nor a commit"]);
    place.fails("lint shop --database sqlite", 2, &["no app `shop`"]);
    Ok(())
}

async fn fixes_keep_comments(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.ok("makemigrations --empty blog --name index");
    let head = place.read("migrations/blog/0002_index.toml");
    let operation = "\n# looked up by title\n[[operations]]\nop = \"add_index\"\nmodel = \"Post\"\nindex = { name = \"title_idx\", fields = [\"title\"] }\n";
    place.write(
        "migrations/blog/0002_index.toml",
        &format!("# kept\n{head}atomic = true\n{operation}"),
    );
    place.ok("lint --database mariadb");
    let ran = place.run("lint --database postgres");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("PG101") && ran.out.contains("(--fix does it)"),
        "{}",
        ran.out
    );
    let out = place.ok("lint --database postgres --fix");
    assert!(out.contains("1 mended"), "{out}");
    let text = place.read("migrations/blog/0002_index.toml");
    assert!(
        text.contains("# kept") && text.contains("# looked up by title"),
        "{text}"
    );
    assert!(!text.contains("atomic"), "{text}");
    let sql = place.ok("sqlmigrate blog 0002 --database postgres");
    assert!(sql.contains("CREATE INDEX CONCURRENTLY"), "{sql}");
    Ok(())
}

async fn committed_migrations_are_clean(_: Given) -> Outcome {
    for example in ["quickstart", "blog", "blog-next"] {
        let folder = format!(
            "{}/../book/examples/{example}/migrations",
            env!("CARGO_MANIFEST_DIR")
        );
        let place = Place::new();
        let all = [
            "postgres",
            "postgres:14.4",
            "mysql",
            "mysql:8.0.16",
            "mariadb",
            "sqlite",
        ];
        let databases: String = all
            .iter()
            .map(|name| format!(" --database {name}"))
            .collect();
        let ran = place.run(&format!("lint --migrations {folder}{databases}"));
        if example == "blog-next" {
            // It renames a column, which is what its chapter is about.
            assert!(ran.out.contains("error BC102"), "{ran:?}");
            let rest = ": 1 error, 0 warnings, 0 of lesser weight";
            assert!(ran.out.contains(rest), "{ran:?}");
        } else {
            let clean = ": 0 errors, 0 warnings, 0 of lesser weight";
            assert!(ran.code == 0 && ran.out.contains(clean), "{ran:?}");
        }
    }
    Ok(())
}

async fn what_goes_by_phases_is_clean(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.write("models.json", &blog(TEXT));
    place.ok("makemigrations --models models.json --rename blog.Post.body=text --phased");
    for database in ["postgres", "mysql", "mariadb", "sqlite"] {
        let ran = place.run(&format!("lint --database {database}"));
        let clean = "3 migrations: 0 errors, 0 warnings";
        assert!(
            ran.code == 0 && ran.out.contains(clean),
            "{database}: {ran:?}"
        );
    }
    Ok(())
}

async fn a_fresh_schema_is_clean_and_a_live_database_is_asked(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(BODY));
    let out = place.ok("lint --fail-on info");
    assert!(
        out.contains("1 migration: 0 errors, 0 warnings, 0 of lesser weight"),
        "{out}"
    );
    place.ok("apply");
    assert!(place.ok("lint").contains("0 migrations: 0 errors"));
    place.write(
        "models.json",
        &blog(BODY).replace(
            "\"max_length\": 200",
            "\"max_length\": 200, \"unique\": true",
        ),
    );
    place.ok("makemigrations --models models.json --name title");
    // No row is there, so that none can be in the way.
    assert_eq!(
        place.ok("lint --fail-on warning").matches("MF101").count(),
        0
    );
    for id in 1..=3 {
        let author = format!("INSERT INTO blog_author (id, name) VALUES ({id}, 'a')");
        given.db.batch(&author).await?;
        let post = format!(
            "INSERT INTO blog_post (id, title, body, author_id) VALUES ({id}, 'same', '', {id})"
        );
        given.db.batch(&post).await?;
    }
    let ran = place.run("lint");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("error MF101") && ran.out.contains("1 values of `title`"),
        "{}",
        ran.out
    );
    Ok(())
}

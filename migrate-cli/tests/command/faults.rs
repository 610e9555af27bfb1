//! What can be wrong, each with its own message, its way out and its exit code.

use nuages::db::editor;
use nuages::driver::Executor;
use nuages::raw;
use nuages::sql::MigrationLock;
use nuages_tests::{Area, Given, Outcome, Product, cases};

use crate::place::{BODY, Place, blog, model, models};

pub(crate) fn area() -> Area {
    Area::new(
        "faults",
        cases![
            nothing_to_apply_is_no_success.once(),
            no_database_is_named.once(),
            usage.once(),
            no_server_answers,
            a_broken_file_is_named_with_its_line.once(),
            an_unknown_operation_is_an_error.once(),
            heads_and_files_disagree.once(),
            two_branches_are_a_conflict.once(),
            a_history_with_a_gap,
            a_file_that_changed_after_it_was_applied.once(),
            an_app_without_models_is_not_deleted.once(),
            models_without_a_crate.once(),
            a_function_that_is_not_linked.once(),
            no_consent_in_the_file.once(),
            no_way_back.once(),
            the_lock_is_not_had,
            no_right_to_create,
        ],
    )
}

const SECOND: &str =
    "format = 1\napp = \"blog\"\nname = \"0002_NAME\"\ndependencies = [\"blog.0001_initial\"]\n\n";

/// A blog with a first migration.
fn blog_with(url: &str) -> Place {
    let place = Place::with(url);
    place.make(&blog(BODY));
    place
}

/// The same with a second one of these operations.
fn with_second(url: &str, operations: &str) -> Place {
    let place = blog_with(url);
    let text = SECOND.replace("NAME", "more") + operations;
    place.write("migrations/blog/0002_more.toml", &text);
    place.write("migrations/heads.toml", "blog = \"0002_more\"\n");
    place
}

async fn nothing_to_apply_is_no_success(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    for command in [
        "apply",
        "showmigrations",
        "sqlmigrate blog 0001",
        "state --from files",
    ] {
        place.fails(
            command,
            1,
            &["there are no migrations yet", "migrate makemigrations"],
        );
    }
    Ok(())
}

async fn no_database_is_named(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.fails(
        "apply",
        2,
        &["--database-url", "DATABASE_URL", ".env", "migrate.toml"],
    );
    place.fails("sqlmigrate blog 0001", 2, &["--database postgres"]);
    Ok(())
}

async fn usage(given: Given) -> Outcome {
    let place = blog_with(&given.url);
    place.fails("aply", 2, &["unrecognized subcommand 'aply'", "apply"]);
    place.fails(
        "showmigrations blgo",
        2,
        &["there is no app `blgo`; did you mean `blog`?"],
    );
    place.fails(
        "makemigrations blgo --models models.json",
        2,
        &["did you mean `blog`?"],
    );
    place.fails("makemigrations --empty", 2, &["APP"]);
    place.fails(
        "apply blog 0007",
        1,
        &["no migration `0007`", "0001_initial"],
    );
    place.fails("apply blgo", 2, &["did you mean `blog`?"]);
    place.fails(
        "sqlmigrate blog 0001 --database oracle",
        2,
        &["oracle", "mariadb"],
    );
    place.fails("apply --database-url oracle://x", 1, &["oracle"]);
    Ok(())
}

async fn no_server_answers(given: Given) -> Outcome {
    let url = match given.product {
        Product::Sqlite => "sqlite:///no/such/folder/x.db",
        Product::Postgres => "postgres://ann:secret@127.0.0.1:9/x?connect_timeout=2s",
        Product::MySql | Product::MariaDb => "mysql://ann:secret@127.0.0.1:9/x?connect_timeout=2s",
    };
    let ran = blog_with(url).run("apply");
    ran.must(1, &["cannot connect to", "--database-url"]);
    assert!(!ran.said.contains("secret"), "{ran:?}");
    Ok(())
}

async fn a_broken_file_is_named_with_its_line(given: Given) -> Outcome {
    let place = blog_with(&given.url);
    place.write(
        "migrations/blog/0002_broken.toml",
        "format = 1\napp = \"blog\nname = 2\n",
    );
    place.fails("apply", 1, &["blog/0002_broken.toml", "2"]);
    place.fails("check --models models.json", 1, &[]);
    let checked = place.run("check --models models.json").out;
    assert!(checked.contains("blog/0002_broken.toml"), "{checked}");
    Ok(())
}

async fn an_unknown_operation_is_an_error(given: Given) -> Outcome {
    let place = with_second(
        &given.url,
        "[[operations]]\nop = \"add_fild\"\nmodel = \"Post\"\n",
    );
    place.fails("apply", 1, &["0002_more.toml", "add_fild", "add_field"]);
    let place = with_second(
        &given.url,
        "[[operations]]\nop = \"remove_field\"\nmodle = \"Post\"\nname = \"body\"\n",
    );
    place.fails("apply", 1, &["0002_more.toml", "modle", "model"]);
    Ok(())
}

async fn heads_and_files_disagree(given: Given) -> Outcome {
    let place = blog_with(&given.url);
    place.write("migrations/heads.toml", "blog = \"0009_lost\"\n");
    place.fails("apply", 1, &["heads.toml", "0009_lost", "0001_initial"]);
    place.write(
        "migrations/heads.toml",
        "<<<<<<< ours\nblog = \"0001_initial\"\n=======\n",
    );
    place.fails("apply", 4, &["heads.toml", "--merge"]);
    Ok(())
}

async fn two_branches_are_a_conflict(given: Given) -> Outcome {
    let place = blog_with(&given.url);
    let add = |name: &str, field: &str| {
        let operation = format!(
            "[[operations]]\nop = \"add_field\"\nmodel = \"Post\"\nfield = {{ name = \"{field}\", type = \"text\", null = true }}\n"
        );
        place.write(
            &format!("migrations/blog/0002_{name}.toml"),
            &(SECOND.replace("NAME", name) + &operation),
        );
    };
    add("ours", "mine");
    add("theirs", "yours");
    place.write("migrations/heads.toml", "blog = \"0002_theirs\"\n");
    for command in [
        "apply",
        "apply --plan",
        "makemigrations --models models.json",
    ] {
        place.fails(
            command,
            4,
            &["0002_ours", "0002_theirs", "makemigrations --merge"],
        );
    }
    let merged = place.ok("makemigrations --merge");
    assert!(
        merged.contains("Branch 0002_ours\n    + Add field mine to Post\n"),
        "{merged}"
    );
    let file = place.read("migrations/blog/0003_merge_0002_ours_0002_theirs.toml");
    assert!(
        file.contains("dependencies = [\"blog.0002_ours\", \"blog.0002_theirs\"]"),
        "{file}"
    );
    assert_eq!(
        place.ok("makemigrations --merge"),
        "No conflicts detected to merge.\n"
    );
    place.ok("apply");
    Ok(())
}

async fn a_history_with_a_gap(given: Given) -> Outcome {
    let place = with_second(
        &given.url,
        "[[operations]]\nop = \"remove_field\"\nmodel = \"Post\"\nname = \"title\"\n",
    );
    place.ok("apply blog 0001");
    let sql = "UPDATE nuages_migrations SET name = '0002_more'";
    given.db.batch(sql).await?;
    let ran = place.run("apply");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.said.contains("0002_more"), "{ran:?}");
    Ok(())
}

async fn a_file_that_changed_after_it_was_applied(given: Given) -> Outcome {
    let place = blog_with(&given.url);
    place.ok("apply");
    let file = place.read("migrations/blog/0001_initial.toml");
    place.write(
        "migrations/blog/0001_initial.toml",
        &format!("# a comment changes nothing\n{file}"),
    );
    place.ok("apply");
    place.write(
        "migrations/blog/0001_initial.toml",
        &file.replace("200", "300"),
    );
    place.fails(
        "apply",
        4,
        &["blog.0001_initial", "changed after it was applied"],
    );
    Ok(())
}

async fn an_app_without_models_is_not_deleted(_: Given) -> Outcome {
    let place = Place::new();
    let (author, user) = (model("blog", "Author"), model("accounts", "User"));
    place.make(&models(&format!("{author}, {user}")));
    place.write("models.json", &models(&author));
    let make = "makemigrations --models models.json";
    place.fails(
        make,
        4,
        &[
            "no model of app `accounts` is linked",
            "use accounts as _;",
            "--delete-app accounts",
        ],
    );
    assert!(
        place
            .run("check --models models.json")
            .out
            .contains("no model of app `accounts`")
    );
    let made = place.ok(&format!("{make} --delete-app accounts --allow-data-loss"));
    assert!(made.contains("- Delete model User"), "{made}");
    assert_eq!(place.ok(make), "No changes detected\n");
    Ok(())
}

async fn models_without_a_crate(_: Given) -> Outcome {
    let place = Place::new();
    for command in ["makemigrations", "check", "state"] {
        place.fails(
            command,
            4,
            &["needs the models", "--manifest-path", "--models"],
        );
    }
    place.fails("init", 2, &["Cargo.toml"]);
    Ok(())
}

async fn a_function_that_is_not_linked(given: Given) -> Outcome {
    let place = with_second(
        &given.url,
        "[[operations]]\nop = \"run_rust\"\nforward = \"blog.fill_slugs\"\n",
    );
    place.fails(
        "apply",
        6,
        &["nothing was applied", "`blog.fill_slugs` of blog.0002_more"],
    );
    assert!(place.ok("showmigrations").contains("[ ] 0001_initial"));
    place.ok("apply blog 0001");
    place.ok("apply --fake");
    Ok(())
}

async fn no_consent_in_the_file(given: Given) -> Outcome {
    let remove = "[[operations]]\nop = \"remove_field\"\nmodel = \"Post\"\nname = \"body\"\n";
    let place = with_second(&given.url, remove);
    place.fails(
        "apply",
        6,
        &[
            "nothing was applied",
            "blog.0002_more",
            "allow = [\"data_loss\"]",
        ],
    );
    Ok(())
}

async fn no_way_back(given: Given) -> Outcome {
    let place = with_second(
        &given.url,
        "[[operations]]\nop = \"run_sql\"\nsql = \"DELETE FROM blog_post\"\n",
    );
    place.ok("apply");
    place.fails("apply blog 0001", 6, &["cannot be taken back"]);
    Ok(())
}

async fn the_lock_is_not_had(given: Given) -> Outcome {
    let sign = if given.url.contains('?') { '&' } else { '?' };
    let place = blog_with(&format!("{}{sign}lock_timeout=1s", given.url));
    let session = given.db.session().await?;
    let holding = session.begin().await?;
    match editor(given.db.server()).migration_lock() {
        MigrationLock::Transaction => holding.batch("CREATE TABLE held (id integer)").await?,
        MigrationLock::SameConnection { take, .. }
        | MigrationLock::OtherConnection { take, .. } => {
            raw(take).rows(&holding).await.map(drop)?;
        }
    }
    place.fails("apply --lock-timeout 1", 5, &["lock"]);
    holding.rollback().await?;
    drop(session);
    place.ok("apply");
    Ok(())
}

async fn no_right_to_create(given: Given) -> Outcome {
    if given.product != Product::Postgres {
        return Ok(());
    }
    let place = blog_with(&given.url);
    let role = format!("nuages_nobody_{}", std::process::id());
    let mut url = given.url.clone();
    if let (Some(from), Some(to)) = (url.find("://"), url.find('@')) {
        url.replace_range(from + 3..to, &role);
    }
    let make = format!("CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC");
    given.db.batch(&make).await?;
    let blind = place.run_with("apply", "DATABASE_URL", &url);
    let grant = format!("GRANT USAGE ON SCHEMA public TO {role}");
    given.db.batch(&grant).await?;
    let powerless = place.run_with("apply", "DATABASE_URL", &url);
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    given.db.batch(&drop).await?;
    blind.must(1, &["GRANT USAGE, CREATE ON SCHEMA public TO"]);
    powerless.must(1, &["GRANT CREATE ON SCHEMA public TO"]);
    Ok(())
}

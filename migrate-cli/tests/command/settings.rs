//! Where settings come from, and which of several goes first.

use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, blog};

pub(crate) fn area() -> Area {
    Area::new(
        "settings",
        cases![
            a_flag_goes_before_the_environment_before_files.once(),
            a_wrong_key_is_named.once(),
            folders_are_named.once(),
            help_is_worth_reading.once(),
        ],
    )
}

async fn a_flag_goes_before_the_environment_before_files(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.write("migrate.toml", "database_url = \"sqlite://of_toml.db\"\n");
    place.ok("apply");
    assert!(place.path("of_toml.db").exists());
    place.write(".env", "DATABASE_URL=sqlite://of_dot_env.db\n");
    place.ok("apply");
    assert!(place.path("of_dot_env.db").exists());
    assert_eq!(
        place
            .run_with("apply", "DATABASE_URL", "sqlite://of_environment.db")
            .code,
        0
    );
    assert!(place.path("of_environment.db").exists());
    let flag = "apply --database-url sqlite://of_flag.db";
    assert_eq!(
        place
            .run_with(flag, "DATABASE_URL", "sqlite://other.db")
            .code,
        0
    );
    assert!(place.path("of_flag.db").exists() && !place.path("other.db").exists());
    Ok(())
}

async fn a_wrong_key_is_named(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    place.write("migrate.toml", "database_ulr = \"sqlite://x.db\"\n");
    place.fails(
        "apply",
        1,
        &["migrate.toml", "did you mean `database_url`?"],
    );
    Ok(())
}

async fn folders_are_named(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(BODY));
    std::fs::rename(place.path("migrations"), place.path("elsewhere"))?;
    place.fails("apply", 1, &["there are no migrations yet"]);
    place.ok("apply --plan --migrations elsewhere");
    place.write("migrate.toml", "paths = [\"elsewhere\"]\n");
    place.ok("apply");
    Ok(())
}

async fn help_is_worth_reading(_: Given) -> Outcome {
    let place = Place::new();
    let help = place.ok("--help");
    for word in [
        "makemigrations",
        "Exit codes:",
        "DATABASE_URL",
        "migrate.toml",
    ] {
        assert!(help.contains(word), "{word} is missing in {help}");
    }
    for command in [
        "init",
        "makemigrations",
        "apply",
        "showmigrations",
        "sqlmigrate",
        "diff",
        "state",
        "check",
    ] {
        let help = place.ok(&format!("{command} --help"));
        assert!(help.contains("Examples:") || command == "init", "{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 110),
            "{help}"
        );
    }
    Ok(())
}

//! Several people at one history: branches that are joined, and the newest migration that is not yet anybody else's.

use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, STATUS, blog};

pub(crate) fn area() -> Area {
    Area::new(
        "teams",
        cases![
            branches_that_touch_the_same_thing_are_shown.once(),
            a_function_commutes_with_nothing_but_new_models.once(),
            merging_mends_the_heads.once(),
            paths_alone_for_scripts.once(),
            an_update_goes_into_the_newest_migration.once(),
            an_update_refuses_what_is_not_one_s_own.once(),
        ],
    )
}

/// A second migration of the blog, with one operation.
fn branch(place: &Place, name: &str, operation: &str) {
    place.write(
        &format!("migrations/blog/{name}.toml"),
        &format!(
            "format = 1\napp = \"blog\"\nname = \"{name}\"\ndependencies = [\"blog.0001_initial\"]\n\n[[operations]]\n{operation}\n"
        ),
    );
}

const ADD: &str = "op = \"add_field\"\nmodel = \"Post\"\nfield = { name = \"note\", type = \"text\", null = true }";
const LONGER: &str = "op = \"alter_field\"\nmodel = \"Post\"\nfield = { name = \"title\", type = \"char\", max_length = 300 }";
const INDEX: &str =
    "op = \"add_index\"\nmodel = \"Post\"\nindex = { name = \"title_idx\", fields = [\"title\"] }";

async fn branches_that_touch_the_same_thing_are_shown(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    branch(&place, "0002_longer", LONGER);
    branch(&place, "0002_index", INDEX);
    place.write("migrations/heads.toml", "blog = \"0002_longer\"\n");
    place.fails(
        "makemigrations --merge",
        4,
        &[
            "blog.0002_index: Create index title_idx",
            "blog.0002_longer: Alter field title on Post",
            "both touch the field blog.Post.title",
            "in the file of `blog.0002_longer`, for instance, put `blog.0002_index` into `dependencies`",
        ],
    );
    let ran = place.run("makemigrations --merge --format json");
    assert_eq!(ran.code, 4);
    assert!(
        ran.out.contains("\"about\": \"the field blog.Post.title\""),
        "{ran:?}"
    );
    // What the message says is a way out.
    let file = place.read("migrations/blog/0002_longer.toml");
    place.write(
        "migrations/blog/0002_longer.toml",
        &file.replace("blog.0001_initial", "blog.0002_index"),
    );
    assert_eq!(
        place.ok("makemigrations --merge"),
        "No conflicts detected to merge.\n"
    );
    place.ok("state --from files");
    Ok(())
}

async fn a_function_commutes_with_nothing_but_new_models(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    branch(
        &place,
        "0002_fill",
        "op = \"run_rust\"\nforward = \"blog.fill\"",
    );
    branch(&place, "0002_note", ADD);
    place.write("migrations/heads.toml", "blog = \"0002_note\"\n");
    place.fails(
        "makemigrations --merge",
        4,
        &["both touch what the function `blog.fill` does, which only its author knows"],
    );
    Ok(())
}

async fn merging_mends_the_heads(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&blog(BODY));
    branch(&place, "0002_index", INDEX);
    branch(&place, "0002_note", ADD);
    place.write(
        "migrations/heads.toml",
        "<<<<<<< HEAD\nblog = \"0002_index\"\n=======\nblog = \"0002_note\"\n>>>>>>> theirs\n",
    );
    place.fails(
        "showmigrations",
        4,
        &[
            "heads.toml, line 1",
            "markers of a merge",
            "makemigrations --merge",
        ],
    );
    let merged = place.ok("makemigrations --merge");
    assert!(
        merged.contains("Wrote migrations/blog/0003_merge_0002_index_0002_note.toml"),
        "{merged}"
    );
    assert_eq!(
        place.read("migrations/heads.toml"),
        "blog = \"0003_merge_0002_index_0002_note\"\n"
    );
    // Two apps in neighbouring lines: nothing to join, and the file is mended all the same.
    place.write(
        "migrations/heads.toml",
        "<<<<<<< HEAD\nblog = \"0002_index\"\n=======\n>>>>>>> theirs\n",
    );
    place
        .run("makemigrations --merge")
        .must(0, &["Wrote migrations/heads.toml anew."]);
    place.ok("state --from files");
    Ok(())
}

async fn paths_alone_for_scripts(_: Given) -> Outcome {
    let place = Place::new();
    place.write("models.json", &blog(BODY));
    assert_eq!(
        place.ok("makemigrations --models models.json --scriptable"),
        "migrations/blog/0001_initial.toml\n"
    );
    Ok(())
}

async fn an_update_goes_into_the_newest_migration(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(""));
    place.ok("apply");
    place.make(&blog(r#", {"name": "note", "type": "text", "null": true}"#));
    let with_rank = r#", {"name": "note", "type": "char", "max_length": 9, "null": true}, {"name": "rank", "type": "integer", "null": true}"#;
    place.write("models.json", &blog(with_rank));
    let made = place.ok("makemigrations --models models.json --update");
    assert!(
        made.contains("migrations/blog/0002_post_rank_post_note.toml\n    + Add field rank to Post\n    + Add field note to Post\n"),
        "{made}"
    );
    assert!(!place.path("migrations/blog/0002_post_note.toml").exists());
    assert_eq!(
        place.read("migrations/heads.toml"),
        "blog = \"0002_post_rank_post_note\"\n"
    );
    assert_eq!(
        place.ok("makemigrations --models models.json"),
        "No changes detected\n"
    );
    place.ok("apply");
    Ok(())
}

async fn an_update_refuses_what_is_not_one_s_own(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(""));
    place.ok("apply");
    place.write(
        "models.json",
        &blog(r#", {"name": "note", "type": "text", "null": true}"#),
    );
    place.fails(
        "makemigrations --models models.json --update",
        6,
        &[
            "`blog.0001_initial` is applied to the database that is set",
            "without --update",
        ],
    );
    place.write("models.json", &blog(STATUS));
    place.fails(
        "makemigrations --models models.json --update --merge",
        2,
        &["--update"],
    );
    Ok(())
}

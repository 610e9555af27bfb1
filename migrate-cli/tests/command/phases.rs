//! A rename in two phases, from the models to the tables, on every database.

use nuages::driver::Executor;
use nuages::raw;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, TEXT, blog};

pub(crate) fn area() -> Area {
    Area::new(
        "phases",
        cases![
            a_rename_goes_by_phases_while_both_codes_write,
            what_cannot_be_divided_is_refused
        ],
    )
}

/// A place whose models are applied, with rows.
async fn with_posts(given: &Given) -> nuages::Result<Place> {
    let (place, db) = (Place::with(&given.url), &given.db);
    place.make(&blog(BODY));
    place.ok("apply");
    db.batch("INSERT INTO blog_author (id, name) VALUES (1, 'Ann')")
        .await?;
    for id in 1..=20 {
        let sql = format!(
            "INSERT INTO blog_post (id, title, author_id, body) VALUES ({id}, 'T', 1, 'Hello')"
        );
        db.batch(&sql).await?;
    }
    Ok(place)
}

async fn a_rename_goes_by_phases_while_both_codes_write(given: Given) -> Outcome {
    let (place, db) = (with_posts(&given).await?, &given.db);
    place.write("models.json", &blog(TEXT));
    let made = place.ok(
        "makemigrations --phased --models models.json --rename blog.Post.body=text --format json",
    );
    for word in [
        "\"expand\"",
        "\"contract\"",
        "keep_in_step",
        "0003_contract_",
    ] {
        assert!(made.contains(word), "{word}: {made}");
    }
    assert_eq!(
        place.ok("makemigrations --models models.json"),
        "No changes detected\n"
    );
    place.fails(
        "apply --phase contract",
        6,
        &["waits for the phase before it", "0002_expand_"],
    );
    let plan = place.ok("apply --plan --phase expand");
    assert!(
        plan.contains("Keep fields text and body of Post in step"),
        "{plan}"
    );
    assert!(!plan.contains("0003_contract_"), "{plan}");
    let applied = place.ok("apply --phase expand --batch-size 6 --throttle 1");
    assert!(applied.contains("(phase expand)"), "{applied}");
    let shown = place.ok("showmigrations");
    assert!(
        shown.contains("(expand)") && shown.contains("(contract)"),
        "{shown}"
    );

    db.batch("UPDATE blog_post SET body = 'old' WHERE id = 1")
        .await?;
    db.batch("UPDATE blog_post SET text = 'new' WHERE id = 2")
        .await?;
    db.batch("INSERT INTO blog_post (id, title, author_id, text) VALUES (30, 'T', 1, 'only new')")
        .await?;
    let rows = "SELECT text, body FROM blog_post WHERE id IN (1, 2, 3, 30) ORDER BY id";
    let rows = raw(rows).rows(db).await?;
    for (row, wanted) in rows.iter().zip(["old", "new", "Hello", "only new"]) {
        let both: (String, String) = (row.get("text")?, row.get("body")?);
        assert_eq!(both, (wanted.to_owned(), wanted.to_owned()));
    }
    place.ok("apply --phase contract");
    assert_eq!(place.run("apply --check").code, 0);
    place.ok("apply blog 0002");
    place.ok("apply blog 0001");
    let rows = raw("SELECT body FROM blog_post WHERE id = 30")
        .rows(db)
        .await?;
    assert_eq!(rows[0].get::<String>("body")?, "only new");
    // All at once is said to break who still runs.
    let ran = place.run("apply");
    assert_eq!(ran.code, 0);
    assert!(
        ran.said.contains("both phases are applied at once"),
        "{ran:?}"
    );
    place.ok("verify");
    Ok(())
}

async fn what_cannot_be_divided_is_refused(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(BODY));
    let number = r#", {"name": "body", "type": "integer"}"#;
    place.write("models.json", &blog(number));
    let ran = place.run("makemigrations --phased --models models.json");
    assert_ne!(ran.code, 0);
    assert!(ran.said.contains("another column"), "{ran:?}");
    assert!(
        !place
            .path("migrations/blog/0002_alter_post_body.toml")
            .exists()
    );
    Ok(())
}

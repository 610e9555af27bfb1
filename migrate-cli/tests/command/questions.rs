//! Questions where nobody can be asked: which are open, and that each answer that is named is one.

use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, STATUS, TEXT, blog, model, models};

pub(crate) fn area() -> Area {
    Area::new(
        "questions",
        cases![
            a_rename_is_not_guessed.once(),
            an_answer_is_about_names_that_exist.once(),
            no_is_an_answer_and_drops_data_with_consent.once(),
            a_default_has_the_type_of_its_field.once(),
            a_renamed_model_keeps_its_table.once(),
            questions_are_data_too.once(),
            check_asks_nothing.once(),
        ],
    )
}

/// A blog whose post had a body.
fn changed(fields: &str) -> Place {
    let place = Place::new();
    place.make(&blog(BODY));
    place.write("models.json", &blog(fields));
    place
}

async fn a_rename_is_not_guessed(_: Given) -> Outcome {
    let place = changed(TEXT);
    place.fails(
        "makemigrations --models models.json",
        3,
        &[
            "one question needs an answer",
            "Was blog.Post.body renamed to blog.Post.text (text)?",
            "yes:  --rename blog.Post.body=text\n",
            "#[field(renamed_from = \"body\")]",
            "no:   --rename blog.Post.body=\n",
        ],
    );
    let made = place.ok("makemigrations --models models.json --rename blog.Post.body=text");
    assert!(
        made.contains("~ Rename field body on Post to text"),
        "{made}"
    );
    Ok(())
}

/// One with a typo is not taken for "no".
async fn an_answer_is_about_names_that_exist(_: Given) -> Outcome {
    let place = changed(TEXT);
    for (answer, hint) in [
        (
            "--rename blog.Post.body=txt",
            "no field `txt` on `blog.Post`; did you mean `text`?",
        ),
        (
            "--rename blog.Post.bdy=text",
            "no field `bdy` on `blog.Post`; did you mean `body`?",
        ),
        (
            "--rename blog.Pots.body=text",
            "no model `blog.Pots`; did you mean `Post`?",
        ),
        (
            "--rename blog.Post=Pots",
            "no model `blog.Pots`; did you mean `Post`?",
        ),
        (
            "--default blog.Post.txt=1",
            "no field `txt` on `blog.Post`; did you mean `text`?",
        ),
    ] {
        place.fails(
            &format!("makemigrations --models models.json {answer}"),
            2,
            &[hint],
        );
    }
    // What is done already may be said again.
    let yes = "makemigrations --models models.json --rename blog.Post.body=text";
    place.ok(yes);
    assert!(place.ok(yes).contains("No changes detected"));
    Ok(())
}

async fn no_is_an_answer_and_drops_data_with_consent(_: Given) -> Outcome {
    let place = changed(TEXT);
    let no = "makemigrations --models models.json --rename blog.Post.body= --default blog.Post.text=\"\"";
    place.fails(no, 3, &["Remove field body from Post", "--allow-data-loss"]);
    place.ok(&format!("{no} --allow-data-loss --name text"));
    let file = place.read("migrations/blog/0002_text.toml");
    assert!(file.contains("allow = [\"data_loss\"]\n"), "{file}");
    assert_eq!(
        place.read("migrations/heads.toml"),
        "blog = \"0002_text\"\n"
    );
    Ok(())
}

async fn a_default_has_the_type_of_its_field(_: Given) -> Outcome {
    let place = changed(&format!(
        r#"{BODY}, {{"name": "views", "type": "integer"}}, {{"name": "at", "type": "date_time"}}"#
    ));
    let make = "makemigrations --models models.json";
    place.fails(
        make,
        3,
        &[
            "2 questions",
            "--default blog.Post.views='0'",
            "--default blog.Post.at='{\"fn\": \"now\"}'",
        ],
    );
    place.fails(
        &format!("{make} --default blog.Post.views=\"many\""),
        1,
        &["blog.Post.views", "whole number"],
    );
    place.fails(
        &format!("{make} --default blog.Post.views=0 --default blog.Post.at=\"soon\""),
        1,
        &["blog.Post.at", "2026-03-01T12:00:00Z"],
    );
    place.fails(
        &format!("{make} --default blog.Post.views=many"),
        2,
        &["text needs its quotes"],
    );
    place.fails(
        &format!("{make} --default views=0"),
        2,
        &["app.Model.field=value"],
    );
    place.ok(&format!("{make} --default blog.Post.views=0 --default blog.Post.at=\"2026-01-31T12:00:00Z\" -n fields"));
    let file = place.read("migrations/blog/0002_fields.toml");
    assert!(file.contains("preserve_default = false"), "{file}");
    Ok(())
}

async fn a_renamed_model_keeps_its_table(_: Given) -> Outcome {
    let place = Place::new();
    place.make(&models(&model("blog", "Author")));
    place.write("models.json", &models(&model("blog", "Writer")));
    place.fails(
        "makemigrations --models models.json",
        3,
        &[
            "--rename blog.Author=Writer",
            "#[model(renamed_from = \"Author\")]",
        ],
    );
    let made = place.ok("makemigrations --models models.json --rename blog.Author=Writer");
    assert!(made.contains("~ Rename model Author to Writer"), "{made}");
    Ok(())
}

async fn questions_are_data_too(_: Given) -> Outcome {
    let place = changed(&format!("{BODY}{STATUS}"));
    let ran = place.run("makemigrations --models models.json --format json");
    assert_eq!(ran.code, 3);
    assert!(
        ran.out.contains("\"kind\": \"not_null_addition\""),
        "{ran:?}"
    );
    assert!(
        ran.out
            .contains("\"answer_with\": \"--default blog.Post.status="),
        "{ran:?}"
    );
    Ok(())
}

async fn check_asks_nothing(_: Given) -> Outcome {
    let place = changed(&format!("{TEXT}{STATUS}"));
    assert_eq!(
        place
            .run("makemigrations --models models.json --check")
            .code,
        1
    );
    assert!(
        !place
            .path("migrations/blog/0002_remove_post_body_post_status_post_text.toml")
            .exists()
    );
    place.write("models.json", &blog(BODY));
    assert_eq!(
        place
            .run("makemigrations --models models.json --check")
            .code,
        0
    );
    Ok(())
}

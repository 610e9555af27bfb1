//! What the history refuses, and what is noted without being done.

use nuages::driver::BoxFuture;
use nuages::driver::Executor;
use nuages::migrate::{DataMigration, DataMoment, Goal, Migrator};
use nuages_tests::{Case, Given, Outcome, Product, cases};

use super::{V1, assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        an_applied_migration_that_was_edited_is_reported,
        data_is_lost_with_consent_only,
        a_migration_is_noted_without_being_done,
        a_first_migration_is_noted_where_its_tables_are_there,
        functions_of_the_program_run_in_the_migration,
        sql_runs_both_ways,
        what_has_another_name_than_expected_is_found,
    ]
}

async fn an_applied_migration_that_was_edited_is_reported(given: Given) -> Outcome {
    let set = chain(&[("", V1)]);
    go(&given.db, &set, Goal::Newest).await?;
    let report = Migrator::new(&given.db, set).apply(Goal::Newest).await?;
    assert!(report.steps.is_empty());
    let edited = chain(&[("", &V1.replace("max_length = 200", "max_length = 201"))]);
    let error = Migrator::new(&given.db, edited)
        .apply(Goal::Newest)
        .await
        .expect_err("it was edited");
    assert!(
        error
            .to_string()
            .contains("`blog.0001_m` was changed after it was applied here"),
        "{error}"
    );
    Ok(())
}

async fn data_is_lost_with_consent_only(given: Given) -> Outcome {
    let db = &given.db;
    let remove = "[[operations]]\nop = \"remove_field\"\nmodel = \"Post\"\nname = \"body\"\n";
    let set = chain(&[("", V1), ("", remove)]);
    let error = Migrator::new(db, set.clone())
        .apply(Goal::Newest)
        .await
        .expect_err("there is no consent");
    assert!(
        error
            .to_string()
            .contains("drops the column `blog_post.body`"),
        "{error}"
    );
    assert!(Migrator::new(db, set).history().await?.is_empty());
    let set = chain(&[("", V1), ("allow = [\"data_loss\"]", remove)]);
    Migrator::new(db, set.clone()).apply(Goal::Newest).await?;
    // Backwards over empty tables loses nothing; over rows it needs to be meant.
    Migrator::new(db, set.clone())
        .apply(Goal::Zero("blog".into()))
        .await?;
    Migrator::new(db, set.clone()).apply(Goal::Newest).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('red')")
        .await?;
    let error = Migrator::new(db, set.clone())
        .apply(Goal::Zero("blog".into()))
        .await
        .expect_err("rows would go");
    assert!(
        error
            .to_string()
            .contains("drops the table `blog_tag`, which holds data"),
        "{error}"
    );
    assert_there(db, &set, 2).await?;
    Migrator::new(db, set.clone())
        .allow_data_loss(true)
        .apply(Goal::Zero("blog".into()))
        .await?;
    assert_there(db, &set, 0).await?;
    Ok(())
}

async fn a_migration_is_noted_without_being_done(given: Given) -> Outcome {
    let set = chain(&[("", V1)]);
    let report = Migrator::new(&given.db, set.clone())
        .fake(true)
        .apply(Goal::Newest)
        .await?;
    assert_eq!(report.applied().count(), 1);
    assert_there(&given.db, &set, 0).await?;
    Migrator::new(&given.db, set.clone())
        .fake(true)
        .apply(Goal::Zero("blog".into()))
        .await?;
    go(&given.db, &set, Goal::Newest).await?;
    assert_there(&given.db, &set, 1).await?;
    Ok(())
}

async fn a_first_migration_is_noted_where_its_tables_are_there(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", V1)]);
    go(db, &set, Goal::Newest).await?;
    Migrator::new(db, set.clone())
        .fake(true)
        .apply(Goal::Zero("blog".into()))
        .await?;
    Migrator::new(db, set.clone())
        .fake_initial(true)
        .apply(Goal::Newest)
        .await?;
    assert_eq!(Migrator::new(db, set.clone()).history().await?.len(), 1);
    // Tables of other columns are not taken for its own.
    Migrator::new(db, set)
        .fake(true)
        .apply(Goal::Zero("blog".into()))
        .await?;
    let other = chain(&[(
        "",
        &V1.replace(
            "\"title\", type = \"char\", max_length = 200",
            "\"title\", type = \"text\", max_length = 200",
        ),
    )]);
    let error = Migrator::new(db, other)
        .fake_initial(true)
        .apply(Goal::Newest)
        .await
        .expect_err("a type differs");
    let said = error.to_string();
    assert!(said.contains("column title: type should be "), "{said}");
    Ok(())
}

nuages::migrate::files::inventory::submit! {
    DataMigration { name: "blog.shout", function: shout }
}

fn shout<'a>(moment: &'a DataMoment<'a>) -> BoxFuture<'a, nuages::Result<()>> {
    Box::pin(async move {
        assert!(moment.model_state("blog.Tag")?.field("name").is_some());
        assert!(moment.model_state("blog.Tag")?.field("colour").is_none());
        moment
            .executor()
            .batch("UPDATE blog_tag SET name = upper(name)")
            .await
    })
}

async fn functions_of_the_program_run_in_the_migration(given: Given) -> Outcome {
    let db = &given.db;
    let body = |function: &str| {
        format!(
            "[[operations]]\nop = \"run_rust\"\nforward = \"{function}\"\nreverse = \"\"\n\n[[operations]]\nop = \"add_field\"\nmodel = \"Tag\"\n\
             field = {{ name = \"colour\", type = \"char\", max_length = 9, default = \"red\" }}\n"
        )
    };
    let known = body("blog.shout");
    let unknown = body("blog.shuot");
    go(db, &chain(&[("", V1)]), Goal::Newest).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('quiet')")
        .await?;
    let error = go(db, &chain(&[("", V1), ("", &unknown)]), Goal::Newest)
        .await
        .expect_err("it is not linked");
    assert!(
        error.to_string().contains("`blog.shuot` of blog.0002_m"),
        "{error}"
    );
    let set = chain(&[("", V1), ("", &known)]);
    go(db, &set, Goal::Newest).await?;
    assert_eq!(values(db, "SELECT name FROM blog_tag").await?, ["QUIET"]);
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    Ok(())
}

async fn sql_runs_both_ways(given: Given) -> Outcome {
    let db = &given.db;
    let own = match given.product {
        Product::Sqlite => "sqlite",
        Product::Postgres => "postgres",
        Product::MySql | Product::MariaDb => "mysql",
    };
    let body = format!(
        "[[operations]]\nop = \"run_sql\"\nsql = {{ {own} = \"INSERT INTO blog_tag (name) VALUES ('a;b'); INSERT INTO blog_tag (name) VALUES ('c')\" }}\n\
         reverse_sql = \"DELETE FROM blog_tag\"\n\n[[operations]]\nop = \"run_sql\"\nsql = {{ nothing = \"SELECT 1\" }}\nreverse_sql = \"\"\n"
    );
    let body = body.replace("\n\n[[operations]]\nop = \"run_sql\"\nsql = { nothing = \"SELECT 1\" }\nreverse_sql = \"\"", "");
    let set = chain(&[("", V1), ("", &body)]);
    go(db, &set, Goal::Newest).await?;
    assert_eq!(
        values(db, "SELECT name FROM blog_tag ORDER BY id").await?,
        ["a;b", "c"]
    );
    go(db, &set, to(1)).await?;
    assert_eq!(
        values(db, "SELECT name FROM blog_tag").await?,
        Vec::<String>::new()
    );
    Ok(())
}

async fn what_has_another_name_than_expected_is_found(given: Given) -> Outcome {
    let db = &given.db;
    let drop = r#"
[[operations]]
op = "alter_field"
model = "Author"
field = { name = "email", type = "email" }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "views", type = "integer", default = 0 }

[[operations]]
op = "alter_unique_together"
model = "Post"
unique_together = []
"#;
    let set = chain(&[("", V1), ("", drop)]);
    go(db, &set, to(1)).await?;
    let renames: &[&str] = match given.product {
        Product::Sqlite => &[],
        Product::Postgres => &[
            "ALTER TABLE blog_author RENAME CONSTRAINT blog_author_email_key TO somebody_named_it",
            "ALTER TABLE blog_post RENAME CONSTRAINT blog_post_views_check TO and_this_too",
            "ALTER TABLE blog_post RENAME CONSTRAINT blog_post_author_id_title_c015efcd_uniq TO and_that",
        ],
        Product::MySql | Product::MariaDb => &[
            "ALTER TABLE blog_author RENAME INDEX email TO somebody_named_it",
            "ALTER TABLE blog_post RENAME INDEX blog_post_author_id_title_c015efcd_uniq TO and_that",
        ],
    };
    for sql in renames {
        db.batch(sql).await?;
    }
    go(db, &set, to(2)).await?;
    assert_there(db, &set, 2).await?;
    Ok(())
}

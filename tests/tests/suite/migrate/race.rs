//! Several programs migrating one database at once, and statements that fail in the middle.

use nuages::Database;
use nuages::driver::Executor;
use nuages::migrate::{Goal, Migrator, Outcome as Ended};
use nuages_tests::{Case, Given, Outcome, Product, cases};

use super::{V1, assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        ten_programs_at_once_apply_once,
        a_failure_leaves_nothing_or_says_how_to_go_on
    ]
}

async fn ten_programs_at_once_apply_once(given: Given) -> Outcome {
    let more = r#"
[[operations]]
op = "add_field"
model = "Post"
field = { name = "status", type = "char", max_length = 20, default = "draft" }
"#;
    let set = chain(&[("", V1), ("", more)]);
    let runs = (0..10).map(|_| {
        let (url, set) = (given.url.clone(), set.clone());
        tokio::spawn(async move {
            let db = Database::connect(&url).await?;
            let report = Migrator::new(&db, set).apply(Goal::Newest).await?;
            Ok::<usize, nuages::Error>(
                report
                    .steps
                    .iter()
                    .filter(|(.., ended)| *ended == Ended::Done)
                    .count(),
            )
        })
    });
    let mut applied = 0;
    for run in runs.collect::<Vec<_>>() {
        applied += run.await??;
    }
    assert_eq!(
        applied, 2,
        "each migration was applied once, by one of the ten"
    );
    assert_there(&given.db, &set, 2).await?;
    assert_eq!(Migrator::new(&given.db, set).history().await?.len(), 2);
    Ok(())
}

async fn a_failure_leaves_nothing_or_says_how_to_go_on(given: Given) -> Outcome {
    let db = &given.db;
    let more = r#"
[[operations]]
op = "add_field"
model = "Tag"
field = { name = "colour", type = "char", max_length = 20, default = "red" }

[[operations]]
op = "run_sql"
sql = "INSERT INTO needed_table (a) VALUES (1)"
reverse_sql = ""

[[operations]]
op = "add_field"
model = "Tag"
field = { name = "shade", type = "char", max_length = 20, default = "dark" }
"#;
    let set = chain(&[("", V1), ("", more)]);
    go(db, &set, to(1)).await?;
    let error = Migrator::new(db, set.clone())
        .apply(Goal::Newest)
        .await
        .expect_err("the table is missing");
    let message = error.to_string();
    assert!(message.contains("needed_table"), "{message}");
    if matches!(given.product, Product::MySql | Product::MariaDb) {
        assert!(message.contains("stopped at statement 2 of 3"), "{message}");
        assert!(
            message.contains("done: ALTER TABLE `blog_tag` ADD COLUMN `colour`"),
            "{message}"
        );
        assert!(message.contains("it goes on at statement 2"), "{message}");
        // A changed file is not gone on with.
        let other = chain(&[("", V1), ("", &more.replace("colour", "hue"))]);
        let error = Migrator::new(db, other)
            .apply(Goal::Newest)
            .await
            .expect_err("the file was changed");
        assert!(
            error
                .to_string()
                .contains("its file was changed since then"),
            "{error}"
        );
    } else {
        assert!(message.contains("nothing of it stays"), "{message}");
        assert_there(db, &set, 1).await?;
    }
    db.batch("CREATE TABLE needed_table (a integer)").await?;
    go(db, &set, Goal::Newest).await?;
    db.batch("DROP TABLE needed_table").await?;
    assert_there(db, &set, 2).await?;
    assert_eq!(
        values(db, "SELECT count(*) FROM nuages_migration_steps").await?,
        ["0"]
    );
    Ok(())
}

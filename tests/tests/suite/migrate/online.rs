//! Tables that are in use while they are migrated: what others can do meanwhile, who is waited for, what is left over
//! from a failure, and rows that are in the way.

use nuages::db::editor;
use nuages::driver::Executor;
use nuages::migrate::plan::{Manner, MigrationPlan, Moment};
use nuages::migrate::{Goal, Migrator, Outcome as Ended, Progress};
use nuages::{Database, ErrorKind};
use nuages_tests::{Case, Given, Outcome, Product, cases};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{V1, assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        tables_in_use_are_changed_beside_reads_and_writes,
        twenty_programs_build_an_index_beside_writes_once,
        an_index_that_failed_is_built_anew,
        rows_in_the_way_are_named_before_anything_is_done,
        rows_that_an_earlier_migration_mends_are_not_in_the_way,
        who_holds_a_table_is_named,
        an_empty_table_is_changed_in_the_plain_way
    ]
}

/// A bit of everything that keeps others waiting where it is done in the plain way.
const BUSY: &str = r#"
[[operations]]
op = "add_index"
model = "Post"
index = { name = "post_views_idx", fields = ["views"] }

[[operations]]
op = "add_constraint"
model = "Post"
constraint = { kind = "check", name = "few_views", condition = { views__lte = 1000000 } }

[[operations]]
op = "add_constraint"
model = "Post"
constraint = { kind = "unique", name = "one_title", fields = ["title"] }

[[operations]]
op = "add_field"
model = "Post"
field = { name = "editor", type = "foreign_key", to = "blog.Author", on_delete = "SET_NULL", null = true, related_name = "edited" }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, default = "1.50" }

[[operations]]
op = "add_field"
model = "Post"
field = { name = "mark", type = "uuid", default = { fn = "uuid4" } }
"#;

async fn with_rows(db: &Database, posts: usize) -> Outcome {
    db.batch("INSERT INTO blog_author (name, email) VALUES ('Alice', 'a@example.org')")
        .await?;
    let rows: Vec<String> = (1..=posts)
        .map(|at| format!("('Title {at}', 1, {at}, 'x')"))
        .collect();
    db.batch(&format!(
        "INSERT INTO blog_post (title, author_id, views, body) VALUES {}",
        rows.join(", ")
    ))
    .await?;
    Ok(())
}

async fn tables_in_use_are_changed_beside_reads_and_writes(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", V1), ("", BUSY)]);
    go(db, &set, to(1)).await?;
    with_rows(db, 23).await?;
    let plan = Migrator::new(db, set.clone()).plan(Goal::Newest).await?;
    let editor = editor(db.server());
    let waits_long: Vec<String> = plan.migrations[0]
        .statements()
        .filter(|statement| editor.impact(statement).blocks_long())
        .map(|statement| statement.sql.clone())
        .collect();
    if given.product == Product::Postgres {
        assert!(waits_long.is_empty(), "{waits_long:#?}");
        assert!(!plan.migrations[0].atomic);
    }
    let filled = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&filled);
    Migrator::new(db, set.clone())
        .batches(10, Duration::ZERO)
        .on_progress(move |progress| {
            if let Progress::Fills { rows, .. } = progress {
                heard.lock().unwrap().push(*rows);
            }
        })
        .apply(Goal::Newest)
        .await?;
    assert_there(db, &set, 2).await?;
    if given.product != Product::Sqlite {
        assert_eq!(
            *filled.lock().unwrap(),
            [10, 20, 23, 10, 20, 23],
            "two columns were filled in batches of ten"
        );
    }
    let left = "SELECT count(*) FROM blog_post WHERE mark IS NULL OR price IS NULL";
    assert_eq!(values(db, left).await?, ["0"]);
    let marks = "SELECT count(DISTINCT mark) FROM blog_post";
    assert_eq!(values(db, marks).await?, ["23"]);
    Migrator::new(db, set.clone())
        .allow_data_loss(true)
        .apply(to(1))
        .await?;
    assert_there(db, &set, 1).await?;
    assert_eq!(
        values(db, "SELECT count(*) FROM nuages_migration_steps").await?,
        ["0"]
    );
    Ok(())
}

async fn twenty_programs_build_an_index_beside_writes_once(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", V1), ("", BUSY)]);
    go(db, &set, to(1)).await?;
    with_rows(db, 50).await?;
    let runs = (0..20).map(|_| {
        let (url, set) = (given.url.clone(), set.clone());
        tokio::spawn(async move {
            let db = Database::builder(&url).pool_size(2).connect().await?;
            let report = Migrator::new(&db, set).apply(Goal::Newest).await?;
            db.close();
            let done = |step: &&(_, _, Ended)| step.2 == Ended::Done;
            Ok::<usize, nuages::Error>(report.steps.iter().filter(done).count())
        })
    });
    let mut applied = 0;
    for run in runs.collect::<Vec<_>>() {
        applied += run.await??;
    }
    assert_eq!(applied, 1, "one of the twenty applied it");
    assert_there(db, &set, 2).await?;
    Ok(())
}

const UNIQUE: &str = r#"
[[operations]]
op = "add_field"
model = "Tag"
field = { name = "colour", type = "char", max_length = 20, default = "red" }

[[operations]]
op = "add_constraint"
model = "Tag"
constraint = { kind = "unique", name = "one_tag", fields = ["name"] }
"#;

async fn an_index_that_failed_is_built_anew(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", V1), ("", UNIQUE)]);
    go(db, &set, to(1)).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('a'), ('a'), ('b')")
        .await?;
    let unasked = || Migrator::new(db, set.clone()).data_checks(false);
    let error = unasked()
        .apply(Goal::Newest)
        .await
        .expect_err("there are duplicates");
    let message = error.to_string().to_lowercase();
    assert!(
        message.contains("unique") || message.contains("duplicate"),
        "{error}"
    );
    if given.product == Product::Postgres {
        let broken = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(values(db, broken).await?, ["0"], "what failed was removed");
        // As a program leaves it that is killed while it builds.
        let built = db
            .batch("CREATE UNIQUE INDEX CONCURRENTLY one_tag ON blog_tag (name)")
            .await;
        assert!(built.is_err());
        assert_eq!(values(db, broken).await?, ["1"]);
    }
    db.batch("UPDATE blog_tag SET name = 'c' WHERE id = 2")
        .await?;
    unasked().apply(Goal::Newest).await?;
    assert_there(db, &set, 2).await?;
    Ok(())
}

async fn rows_in_the_way_are_named_before_anything_is_done(given: Given) -> Outcome {
    let db = &given.db;
    let more = r#"
[[operations]]
op = "add_field"
model = "Tag"
field = { name = "colour", type = "char", max_length = 20, default = "red" }

[[operations]]
op = "alter_unique_together"
model = "Tag"
unique_together = [["name"]]

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "published_at", type = "date_time" }

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "views", type = "positive_small_integer", default = 0 }

[[operations]]
op = "add_constraint"
model = "Post"
constraint = { kind = "check", name = "few_views", condition = { views__lte = 3 } }
"#;
    let set = chain(&[("", V1), ("", more)]);
    go(db, &set, to(1)).await?;
    with_rows(db, 2).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('a'), ('a'), ('b')")
        .await?;
    db.batch("UPDATE blog_post SET views = 70000 WHERE id = 2")
        .await?;
    let error = Migrator::new(db, set.clone())
        .apply(Goal::Newest)
        .await
        .expect_err("rows are in the way");
    assert!(
        matches!(error.kind(), ErrorKind::MigrationRefused { .. }),
        "{error}"
    );
    let message = error.to_string();
    for expected in [
        "blog_tag: 1 values of `name` are there more than once and shall be unique (such as name = a, times = 2)",
        "blog_post: 2 rows have NULL in `published_at`, which becomes NOT NULL (such as id = 1; id = 2)",
        "blog_post: 1 rows have values in `views` that do not fit into",
    ] {
        assert!(message.contains(expected), "{message}");
    }
    assert_there(db, &set, 1).await?;
    Ok(())
}

async fn rows_that_an_earlier_migration_mends_are_not_in_the_way(given: Given) -> Outcome {
    let db = &given.db;
    let mend = r#"
[[operations]]
op = "run_sql"
sql = "UPDATE blog_tag SET name = 'c' WHERE id = 2"
reverse_sql = ""
"#;
    let set = chain(&[("", V1), ("", mend), ("", UNIQUE)]);
    go(db, &set, to(1)).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('a'), ('a')")
        .await?;
    go(db, &set, Goal::Newest).await?;
    assert_there(db, &set, 3).await?;
    // What nothing mends is found once the migrations before it are done.
    go(db, &set, to(1)).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('x'), ('x')")
        .await?;
    let error = Migrator::new(db, set.clone())
        .apply(Goal::Newest)
        .await
        .expect_err("there are duplicates");
    assert!(error.to_string().contains("name = x, times = 2"), "{error}");
    assert_there(db, &set, 2).await?;
    Ok(())
}

async fn who_holds_a_table_is_named(given: Given) -> Outcome {
    if given.product == Product::Sqlite {
        return Ok(());
    }
    let db = &given.db;
    let more = r#"
[[operations]]
op = "add_field"
model = "Tag"
field = { name = "colour", type = "char", max_length = 20, default = "red" }
"#;
    let set = chain(&[("", V1), ("", more)]);
    go(db, &set, to(1)).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('a')").await?;
    let other = Database::connect(&given.url).await?;
    let open = other.begin().await?;
    open.batch("UPDATE blog_tag SET name = 'b'").await?;
    let who = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&who);
    let error = Migrator::new(db, set.clone())
        .table_lock(Some(Duration::from_secs(1)), 1)
        .on_progress(move |progress| {
            if let Progress::Waits { who, .. } = progress {
                heard.lock().unwrap().extend(who.to_vec());
            }
        })
        .apply(Goal::Newest)
        .await
        .expect_err("the table is held");
    assert!(error.is_lock_timeout(), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("could not be locked in 2 attempts; in the way:"),
        "{message}"
    );
    assert_eq!(who.lock().unwrap().len(), 1, "{message}");
    open.rollback().await?;
    go(db, &set, Goal::Newest).await?;
    assert_there(db, &set, 2).await?;
    Ok(())
}

async fn an_empty_table_is_changed_in_the_plain_way(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", V1), ("", BUSY)]);
    go(db, &set, to(1)).await?;
    let planned = Migrator::new(db, set.clone()).plan(Goal::Newest).await?;
    let plain = planned.migrations[0].to_sql();
    let mut moment = Moment::default();
    let editor = editor(db.server());
    let migrations: Vec<_> = set.migrations.values().collect();
    moment.replay(migrations[0], &*editor)?;
    let as_if = |manner| -> nuages::Result<MigrationPlan> {
        moment.clone().forwards_as(migrations[1], &*editor, manner)
    };
    assert_eq!(plain, as_if(Manner::Plain)?.to_sql());
    with_rows(db, 1).await?;
    let planned = Migrator::new(db, set.clone()).plan(Goal::Newest).await?;
    assert_eq!(
        planned.migrations[0].to_sql(),
        as_if(Manner::Online)?.to_sql()
    );
    Ok(())
}

//! Changes that break code, in two phases: between them, the statements of old code and of new code both work, and
//! each sees what the other wrote; backwards everything is as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nuages::driver::Executor;
use nuages::migrate::files::{Migration, MigrationSet, Phase};
use nuages::migrate::phased::phased;
use nuages::migrate::{Goal, Migrator, ProjectState};
use nuages::{Database, ErrorKind, Result};
use nuages_tests::{Case, Given, Outcome, Product, cases};

use super::{V1, assert_there, chain, go, migration, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_renamed_column_is_kept_in_step_both_ways,
        random_writes_of_both_codes_during_the_backfill_stay_in_step,
        a_column_takes_the_place_of_another_of_its_name,
        a_column_of_another_type_stands_beside,
        what_must_not_be_null_is_filled_meanwhile,
        new_code_leaves_out_what_goes,
        a_renamed_table_answers_to_both_names,
        phases_wait_for_each_other
    ]
}

/// The first version, and a change of it in phases.
fn versions(change: &str) -> MigrationSet {
    let mut set = chain(&[("", V1)]);
    let state = ProjectState::replay(set.migrations.values()).expect("a state");
    let change = migration("0002_change", "dependencies = [\"blog.0001_m\"]", change);
    for part in phased(vec![change], &state).expect("two phases") {
        set.insert(part);
    }
    set
}

async fn apply(db: &Database, set: &MigrationSet, phase: Phase) -> Result<Vec<String>> {
    let migrator = Migrator::new(db, set.clone())
        .phase(Some(phase))
        .batches(10, Duration::ZERO);
    let report = migrator.apply(Goal::Newest).await?;
    Ok(report.applied().map(|key| key.name.clone()).collect())
}

/// Back without consent to lose anything.
async fn back(db: &Database, set: &MigrationSet, number: usize) -> Outcome {
    let migrator = Migrator::new(db, set.clone()).batches(10, Duration::ZERO);
    migrator.apply(to(number)).await?;
    Ok(())
}

pub(super) async fn with_posts(db: &Database, count: usize) -> Outcome {
    db.batch("INSERT INTO blog_author (name, email) VALUES ('Alice', 'a@example.org')")
        .await?;
    let rows: Vec<String> = (1..=count)
        .map(|at| format!("('Title {at}', 1, {at}, 'x')"))
        .collect();
    db.batch(&format!(
        "INSERT INTO blog_post (title, author_id, views, body) VALUES {}",
        rows.join(", ")
    ))
    .await?;
    Ok(())
}

const RENAME: &str = "[[operations]]\nop = \"rename_field\"\nmodel = \"Post\"\nold_name = \"title\"\nnew_name = \"headline\"";

async fn assert_in_step(db: &Database, one: &str, other: &str) -> Outcome {
    let apart = format!(
        "SELECT id FROM blog_post WHERE {one} <> {other} OR ({one} IS NULL) <> ({other} IS NULL) \
         OR {one} IS NULL"
    );
    let apart = values(db, &apart).await?;
    assert!(apart.is_empty(), "{one} and {other} differ in {apart:?}");
    Ok(())
}

pub(super) async fn one(db: &Database, sql: &str) -> Result<String> {
    Ok(values(db, sql).await?.join(","))
}

async fn a_renamed_column_is_kept_in_step_both_ways(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(RENAME);
    go(db, &set, to(1)).await?;
    with_posts(db, 35).await?;
    let expanded = apply(db, &set, Phase::Expand).await?;
    assert_eq!(expanded, ["0002_expand_change"]);
    assert!(apply(db, &set, Phase::Expand).await?.is_empty());
    assert_there(db, &set, 2).await?;
    assert_in_step(db, "title", "headline").await?;

    // Old code, then new code, each by its own name.
    db.batch("INSERT INTO blog_post (title, author_id, views) VALUES ('By old', 1, 0)")
        .await?;
    db.batch("INSERT INTO blog_post (headline, author_id, views) VALUES ('By new', 1, 0)")
        .await?;
    db.batch("UPDATE blog_post SET title = 'Old says' WHERE headline = 'Title 1'")
        .await?;
    db.batch("UPDATE blog_post SET headline = 'New says' WHERE title = 'Title 2'")
        .await?;
    db.batch("UPDATE blog_post SET views = 99 WHERE title = 'Title 3'")
        .await?;
    assert_in_step(db, "title", "headline").await?;
    let told = "SELECT count(*) FROM blog_post WHERE headline IN ('By old', 'Old says') OR title IN ('By new', 'New says')";
    assert_eq!(values(db, told).await?, ["4"]);
    let twice = "INSERT INTO blog_post (headline, author_id, views) VALUES ('By old', 1, 0)";
    let error = db.batch(twice).await.unwrap_err();
    assert!(error.is_unique_violation(), "{error}");

    assert_eq!(
        apply(db, &set, Phase::Contract).await?,
        ["0003_contract_change"]
    );
    assert_there(db, &set, 3).await?;
    db.batch("INSERT INTO blog_post (headline, author_id, views) VALUES ('Last', 1, 0)")
        .await?;
    assert_eq!(
        one(
            db,
            "SELECT count(*) FROM blog_post WHERE headline LIKE '%say%'"
        )
        .await?,
        "2"
    );

    back(db, &set, 2).await?;
    assert_there(db, &set, 2).await?;
    assert_in_step(db, "title", "headline").await?;
    db.batch("UPDATE blog_post SET title = 'Again' WHERE title = 'Last'")
        .await?;
    assert_in_step(db, "title", "headline").await?;
    back(db, &set, 1).await?;
    assert_there(db, &set, 1).await?;
    let titles =
        "SELECT count(*) FROM blog_post WHERE title IN ('Again', 'By new', 'Old says', 'Title 35')";
    assert_eq!(one(db, titles).await?, "4");
    // All at once says what it does.
    let plan = Migrator::new(db, set.clone()).plan(Goal::Newest).await?;
    assert!(
        plan.warnings[0].contains("both phases"),
        "{:?}",
        plan.warnings
    );
    go(db, &set, Goal::Newest).await?;
    assert_there(db, &set, 3).await.map_err(Into::into)
}

/// A random number below a bound.
fn below(seed: &mut u64, bound: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % bound
}

async fn random_writes_of_both_codes_during_the_backfill_stay_in_step(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(RENAME);
    go(db, &set, to(1)).await?;
    with_posts(db, 150).await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (db, is_over) = (db.clone(), Arc::clone(&is_over));
        tokio::spawn(async move {
            let mut seed = 0x5eed_u64;
            let (mut written, mut is_new) = (0, false);
            while !is_over.load(Ordering::SeqCst) {
                let (id, nth) = (1 + below(&mut seed, 200), below(&mut seed, 1 << 40));
                // New code comes when old rows get its column, which is when the triggers are there.
                let filled =
                    "SELECT count(*) FROM blog_post WHERE title LIKE 'i%' AND headline = title";
                is_new = is_new || one(&db, filled).await.is_ok_and(|count| count != "0");
                let kind = match below(&mut seed, 5) {
                    2 | 3 if !is_new => 1,
                    kind => kind,
                };
                let sql = match kind {
                    0 => format!("UPDATE blog_post SET title = 'u{nth}' WHERE id = {id}"),
                    1 => format!(
                        "INSERT INTO blog_post (title, author_id, views, body) VALUES ('i{nth}', 1, 1, 'y')"
                    ),
                    2 => format!("UPDATE blog_post SET headline = 'h{nth}' WHERE id = {id}"),
                    3 => format!(
                        "INSERT INTO blog_post (headline, author_id, views, body) VALUES ('j{nth}', 1, 1, 'y')"
                    ),
                    _ => format!("DELETE FROM blog_post WHERE id = {id}"),
                };
                // Everyone may have to wait for a lock.
                if db.batch(&sql).await.is_ok() {
                    written += 1;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            written
        })
    };
    let migrator = Migrator::new(db, set.clone())
        .phase(Some(Phase::Expand))
        .batches(5, Duration::from_millis(4));
    let result = migrator.apply(Goal::Newest).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    is_over.store(true, Ordering::SeqCst);
    let written: usize = writer.await?;
    result?;
    assert!(10 < written, "{written} were written meanwhile");
    assert_in_step(db, "title", "headline").await?;
    apply(db, &set, Phase::Contract).await?;
    assert_there(db, &set, 3).await?;
    Ok(())
}

async fn a_column_takes_the_place_of_another_of_its_name(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(
        "[[operations]]\nop = \"alter_field\"\nmodel = \"Post\"\nfield = { name = \"views\", type = \"big_integer\", default = 0 }",
    );
    go(db, &set, to(1)).await?;
    with_posts(db, 25).await?;
    apply(db, &set, Phase::Expand).await?;
    assert_there(db, &set, 2).await?;
    db.batch("INSERT INTO blog_post (title, author_id, views) VALUES ('Both', 1, 7)")
        .await?;
    db.batch("INSERT INTO blog_post (title, author_id, body) VALUES ('Default', 1, 'z')")
        .await?;
    db.batch("UPDATE blog_post SET views = 8 WHERE title = 'Both'")
        .await?;
    assert_in_step(db, "views", "views_next").await?;
    let plan = Migrator::new(db, set.clone()).plan(Goal::Newest).await?;
    if matches!(given.product, Product::MySql | Product::MariaDb) {
        let swap = plan.migrations[0]
            .statements()
            .find(|one| one.sql.contains("DROP COLUMN") && one.sql.contains("RENAME COLUMN"));
        let all: Vec<&String> = plan.migrations[0]
            .statements()
            .map(|one| &one.sql)
            .collect();
        assert!(
            swap.is_some(),
            "nobody sees the table without the column: {all:#?}"
        );
    }
    apply(db, &set, Phase::Contract).await?;
    assert_there(db, &set, 3).await?;
    db.batch("UPDATE blog_post SET views = 5000000000 WHERE title = 'Both'")
        .await?;
    let all = "SELECT sum(views) FROM blog_post WHERE title <> 'Both'";
    assert!(one(db, all).await?.starts_with("325"), "1 to 25, and 0");
    db.batch("UPDATE blog_post SET views = 5 WHERE title = 'Both'")
        .await?;
    back(db, &set, 2).await?;
    assert_in_step(db, "views", "views_next").await?;
    assert_there(db, &set, 2).await?;
    back(db, &set, 1).await?;
    assert_there(db, &set, 1).await?;
    assert_eq!(
        one(db, "SELECT views FROM blog_post WHERE title = 'Both'").await?,
        "5"
    );
    Ok(())
}

async fn a_column_of_another_type_stands_beside(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(
        "[[operations]]\nop = \"remove_constraint\"\nmodel = \"Post\"\nname = \"title_or_body\"\n\n\
         [[operations]]\nop = \"alter_field\"\nmodel = \"Post\"\nfield = { name = \"views\", type = \"char\", max_length = 20, column = \"views_text\", default = \"0\" }",
    );
    go(db, &set, to(1)).await?;
    with_posts(db, 25).await?;
    apply(db, &set, Phase::Expand).await?;
    assert_there(db, &set, 2).await?;
    db.batch("INSERT INTO blog_post (title, author_id, views) VALUES ('Old', 1, 7)")
        .await?;
    db.batch("INSERT INTO blog_post (title, author_id, views_text) VALUES ('New', 1, '8')")
        .await?;
    db.batch("UPDATE blog_post SET views = 70 WHERE title = 'Title 1'")
        .await?;
    db.batch("UPDATE blog_post SET views_text = '007' WHERE title = 'Title 2'")
        .await?;
    let told = |title: &str| {
        format!("SELECT concat(views, '/', views_text) FROM blog_post WHERE title = '{title}'")
    };
    let told = |title: &str| match given.product {
        Product::Sqlite => told(title).replace(
            "concat(views, '/', views_text)",
            "views || '/' || views_text",
        ),
        _ => told(title),
    };
    for (title, wanted) in [
        ("Old", "7/7"),
        ("New", "8/8"),
        ("Title 1", "70/70"),
        ("Title 2", "7/007"),
        ("Title 3", "3/3"),
    ] {
        assert_eq!(one(db, &told(title)).await?, wanted, "{title}");
    }
    apply(db, &set, Phase::Contract).await?;
    assert_there(db, &set, 3).await?;
    back(db, &set, 2).await?;
    assert_eq!(one(db, &told("Title 2")).await?, "7/007");
    back(db, &set, 1).await?;
    assert_eq!(
        one(db, "SELECT views FROM blog_post WHERE title = 'New'").await?,
        "8"
    );
    assert_there(db, &set, 1).await?;
    Ok(())
}

async fn what_must_not_be_null_is_filled_meanwhile(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(
        r#"
[[operations]]
op = "alter_field"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, default = "1.50" }
preserve_default = false

[[operations]]
op = "add_field"
model = "Post"
field = { name = "mark", type = "uuid", default = { fn = "uuid4" } }
"#,
    );
    go(db, &set, to(1)).await?;
    with_posts(db, 25).await?;
    apply(db, &set, Phase::Expand).await?;
    assert_there(db, &set, 2).await?;
    db.batch("INSERT INTO blog_post (title, author_id, price) VALUES ('Old', 1, NULL)")
        .await?;
    db.batch("UPDATE blog_post SET price = NULL WHERE title = 'Title 4'")
        .await?;
    let missing = "SELECT count(*) FROM blog_post WHERE price IS NULL OR mark IS NULL";
    assert_eq!(one(db, missing).await?, "0");
    assert_eq!(
        one(db, "SELECT count(DISTINCT mark) FROM blog_post").await?,
        "26"
    );
    let marks = one(db, "SELECT mark FROM blog_post ORDER BY id").await?;
    apply(db, &set, Phase::Contract).await?;
    assert_there(db, &set, 3).await?;
    assert_eq!(
        one(db, "SELECT mark FROM blog_post ORDER BY id").await?,
        marks
    );
    let refused = db.batch("UPDATE blog_post SET price = NULL").await;
    assert!(refused.is_err());
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    Ok(())
}

async fn new_code_leaves_out_what_goes(given: Given) -> Outcome {
    let db = &given.db;
    let mut set = versions(
        r#"
[[operations]]
op = "remove_field"
model = "Author"
name = "name"

[[operations]]
op = "remove_field"
model = "Author"
name = "email"

[[operations]]
op = "remove_field"
model = "Post"
name = "tags"

[[operations]]
op = "delete_model"
model = "Tag"
"#,
    );
    for migration in set.migrations.values_mut() {
        migration.allow = vec!["data_loss".to_owned()];
    }
    go(db, &set, to(1)).await?;
    with_posts(db, 2).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('a')").await?;
    db.batch("INSERT INTO blog_post_tags (post_id, tag_id) VALUES (1, 1)")
        .await?;
    apply(db, &set, Phase::Expand).await?;
    assert_there(db, &set, 2).await?;
    // New code knows neither names nor tags.
    db.batch("INSERT INTO blog_author (id) VALUES (70)").await?;
    db.batch("DELETE FROM blog_post WHERE id = 1").await?;
    // Old code does, and reads what new code wrote.
    db.batch("INSERT INTO blog_author (id, name, email) VALUES (71, 'Bob', 'b@example.org')")
        .await?;
    db.batch("INSERT INTO blog_post_tags (post_id, tag_id) VALUES (2, 1)")
        .await?;
    let names = "SELECT name FROM blog_author ORDER BY id";
    assert_eq!(values(db, names).await?, ["Alice", "", "Bob"]);
    apply(db, &set, Phase::Contract).await?;
    assert_there(db, &set, 3).await?;
    assert_eq!(one(db, "SELECT count(*) FROM blog_author").await?, "3");
    Ok(())
}

async fn a_renamed_table_answers_to_both_names(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(
        "[[operations]]\nop = \"rename_model\"\nold_name = \"Post\"\nnew_name = \"Article\"",
    );
    go(db, &set, to(1)).await?;
    with_posts(db, 3).await?;
    db.batch("INSERT INTO blog_tag (name) VALUES ('a')").await?;
    apply(db, &set, Phase::Expand).await?;
    assert_there(db, &set, 2).await?;
    if given.product == Product::Sqlite {
        // A default is not known through a view there: old code gives all values, as the queries of models do.
        db.batch("INSERT INTO blog_post (id, title, author_id, views, body, live) VALUES (9, 'Old', 1, 1, '', 1)")
            .await?;
    } else {
        db.batch("INSERT INTO blog_post (id, title, author_id, views) VALUES (9, 'Old', 1, 1)")
            .await?;
    }
    db.batch("INSERT INTO blog_article (id, title, author_id, views) VALUES (10, 'New', 1, 1)")
        .await?;
    db.batch("UPDATE blog_post SET views = 5 WHERE id = 10")
        .await?;
    db.batch("UPDATE blog_article SET views = 6 WHERE id = 9")
        .await?;
    db.batch("DELETE FROM blog_post WHERE id = 3").await?;
    db.batch("INSERT INTO blog_post_tags (post_id, tag_id) VALUES (9, 1)")
        .await?;
    db.batch("INSERT INTO blog_article_tags (article_id, tag_id) VALUES (10, 1)")
        .await?;
    let seen = |table: &str| format!("SELECT views FROM {table} ORDER BY id");
    assert_eq!(values(db, &seen("blog_post")).await?, ["1", "2", "6", "5"]);
    assert_eq!(
        values(db, &seen("blog_article")).await?,
        ["1", "2", "6", "5"]
    );
    assert_eq!(
        values(db, "SELECT post_id FROM blog_post_tags ORDER BY id").await?,
        ["9", "10"]
    );
    apply(db, &set, Phase::Contract).await?;
    assert!(db.batch("UPDATE blog_post SET views = 0").await.is_err());
    assert_there(db, &set, 3).await?;
    back(db, &set, 1).await?;
    assert_there(db, &set, 1).await?;
    assert_eq!(values(db, &seen("blog_post")).await?, ["1", "2", "6", "5"]);
    Ok(())
}

async fn phases_wait_for_each_other(given: Given) -> Outcome {
    let db = &given.db;
    let set = versions(RENAME);
    go(db, &set, to(1)).await?;
    let error = apply(db, &set, Phase::Contract).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MigrationRefused { .. }));
    let said = error.to_string();
    assert!(
        said.contains("`blog.0003_contract_change` waits") && said.contains("0002_expand_change"),
        "{said}"
    );
    let mut all = set.clone();
    let later = "[[operations]]\nop = \"add_field\"\nmodel = \"Post\"\nfield = { name = \"note\", type = \"text\", null = true }";
    let mut later: Migration = migration(
        "0004_later",
        "dependencies = [\"blog.0003_contract_change\"]",
        later,
    );
    all.insert(later.clone());
    assert_eq!(
        apply(db, &all, Phase::Expand).await?,
        ["0002_expand_change"]
    );
    // What belongs to no phase comes with either; what is the next expansion does not come with the contraction.
    later.phase = Some(Phase::Expand);
    let mut next = all.clone();
    next.insert(later);
    assert_eq!(
        apply(db, &next, Phase::Contract).await?,
        ["0003_contract_change"]
    );
    assert_eq!(apply(db, &all, Phase::Contract).await?, ["0004_later"]);
    let migrator = Migrator::new(db, all.clone()).phase(Some(Phase::Expand));
    assert!(migrator.apply(to(1)).await.is_err());
    Ok(())
}

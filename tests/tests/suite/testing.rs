//! What `nuages::testing` gives to users' own tests: a database each, copied from a snapshot.

use nuages::migrate::files::EmbeddedMigrations;
use nuages::testing::{TestDatabase, rolled_back};
use nuages::{Database, Error, Executor};
use nuages_tests::{Area, Given, Outcome, cases, strings};

/// Tables with a key between them, a check, a generated name, and rows that a migration writes.
const FIRST: &str = r#"
format = 1
app = "shop"
name = "0001_initial"

[[operations]]
op = "create_model"
model = "Ware"
table = "shop_ware"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "char", max_length = 40, unique = true },
  { name = "price", type = "positive_integer", default = 1 },
]

[[operations]]
op = "create_model"
model = "Account"
table = "shop_account"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "favourite", type = "foreign_key", to = "shop.Ware", on_delete = "CASCADE" },
]

[[operations]]
op = "run_sql"
sql = "INSERT INTO shop_ware (name, price) VALUES ('Tea; it''s \"hot\"', 3)"
reverse_sql = ""
"#;

const SECOND: &str = r#"
format = 1
app = "shop"
name = "0002_view"
dependencies = ["shop.0001_initial"]

[[operations]]
op = "run_sql"
sql = "CREATE VIEW shop_cheap AS SELECT name FROM shop_ware WHERE price < 5"
reverse_sql = "DROP VIEW shop_cheap"
"#;

static SHOP: EmbeddedMigrations = EmbeddedMigrations {
    package: "shop",
    heads: "shop = \"0001_initial\"\n",
    files: &[("shop/0001_initial.toml", FIRST)],
};

static SHOP_WITH_VIEW: EmbeddedMigrations = EmbeddedMigrations {
    package: "shop",
    heads: "shop = \"0002_view\"\n",
    files: &[
        ("shop/0001_initial.toml", FIRST),
        ("shop/0002_view.toml", SECOND),
    ],
};

const NAMES: &str = "SELECT name FROM shop_ware ORDER BY id";
const TEA: &str = "Tea; it's \"hot\"";

pub(crate) fn area() -> Area {
    Area::new(
        "testing",
        cases![
            each_test_has_a_database_of_its_own,
            a_database_is_gone_with_its_test,
            a_longer_history_has_a_snapshot_of_its_own,
            tests_that_begin_together_share_a_snapshot,
            what_is_rolled_back_leaves_nothing,
        ],
    )
}

async fn each_test_has_a_database_of_its_own(given: Given) -> Outcome {
    let one = TestDatabase::new(&given.url, &SHOP).await?;
    let other = TestDatabase::new(&given.url, &SHOP).await?;
    one.batch("INSERT INTO shop_ware (name, price) VALUES ('Milk', 1)")
        .await?;
    assert_eq!(strings(&one, NAMES).await?, [TEA, "Milk"]);
    assert_eq!(strings(&other, NAMES).await?, [TEA]);
    // Constraints and keys are there, and numbers go on where the snapshot's ended.
    let orphan = one
        .batch("INSERT INTO shop_account (favourite_id) VALUES (77)")
        .await;
    assert!(orphan.unwrap_err().is_foreign_key_violation());
    let twice = other
        .batch("INSERT INTO shop_ware (name, price) VALUES ('Milk', 1); INSERT INTO shop_ware (name, price) VALUES ('Milk', 2)")
        .await;
    assert!(twice.unwrap_err().is_unique_violation());
    // The history came along: nothing is left to be applied.
    assert!(one.migrate(&SHOP).await?.steps.is_empty());
    Ok(())
}

async fn a_database_is_gone_with_its_test(given: Given) -> Outcome {
    let test = TestDatabase::new(&given.url, &SHOP).await?;
    let name = test.address().rsplit('/').next().unwrap().to_owned();
    assert!(name.starts_with("nuages_copy_"), "{name}");
    let file = std::env::temp_dir().join(&name);
    let again = if file.exists() {
        // A database that is a file would be made anew.
        let must_exist = if given.url.contains('?') {
            "&mode=rw"
        } else {
            "?mode=rw"
        };
        Database::builder(&format!("{}{must_exist}", given.url)).database(file.to_string_lossy())
    } else {
        Database::builder(&given.url).database(&name)
    };
    drop(test);
    let gone = again.connect().await;
    assert!(gone.is_err(), "{gone:?}");
    Ok(())
}

async fn a_longer_history_has_a_snapshot_of_its_own(given: Given) -> Outcome {
    let short = TestDatabase::new(&given.url, &SHOP).await?;
    for _ in 0..2 {
        let long = TestDatabase::new(&given.url, &SHOP_WITH_VIEW).await?;
        assert_eq!(strings(&long, "SELECT name FROM shop_cheap").await?, [TEA]);
    }
    assert!(
        strings(&short, "SELECT name FROM shop_cheap")
            .await
            .is_err()
    );
    Ok(())
}

async fn tests_that_begin_together_share_a_snapshot(given: Given) -> Outcome {
    let tests = (0..4).map(|_| TestDatabase::new(&given.url, &SHOP));
    for test in futures_util::future::join_all(tests).await {
        assert_eq!(strings(&*test?, NAMES).await?, [TEA]);
    }
    Ok(())
}

async fn what_is_rolled_back_leaves_nothing(given: Given) -> Outcome {
    let test = TestDatabase::new(&given.url, &SHOP).await?;
    let seen = rolled_back(&test, async |tx| {
        tx.batch("DELETE FROM shop_ware").await?;
        Ok(strings(tx, NAMES).await.map_err(Error::user)?.len())
    })
    .await?;
    assert_eq!(seen, 0);
    let refused = rolled_back(&test, async |tx| {
        tx.batch("DELETE FROM shop_ware").await?;
        Err::<(), _>(Error::user("enough"))
    });
    assert!(refused.await.unwrap_err().to_string().contains("enough"));
    assert_eq!(strings(&*test, NAMES).await?, [TEA]);
    Ok(())
}

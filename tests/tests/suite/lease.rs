//! What a case may rely on: a database of its own that nothing was left in.

use futures_util::future::BoxFuture;
use nuages::Database;
use nuages::driver::Executor;
use nuages_tests::{Area, Given, Outcome, Tables, cases, strings};

/// Two tables that point at each other's rows, so that emptying them has to look past foreign keys.
static PAIR: Tables = Tables {
    name: "lease::PAIR",
    create: create_pair,
};

pub(crate) fn area() -> Area {
    Area::new(
        "lease",
        cases![
            an_empty_database_is_empty,
            an_empty_database_is_empty_again,
            tables_begin_without_rows.on(&PAIR),
            tables_begin_without_rows_again.on(&PAIR),
            a_second_pool_sees_the_same_database.on(&PAIR),
            a_feature_that_is_missing_is_named.requires("such feature", |_| false),
        ],
    )
}

fn create_pair(db: Database) -> BoxFuture<'static, Outcome> {
    Box::pin(async move {
        let author = "CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL)";
        let post = "CREATE TABLE post (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, \
                    FOREIGN KEY (author_id) REFERENCES author (id))";
        db.batch(&format!("{author}; {post}")).await?;
        Ok(())
    })
}

async fn leave_something_behind(given: Given) -> Outcome {
    // Would fail if the table were there.
    given.db.batch("CREATE TABLE left_behind (id INTEGER PRIMARY KEY); INSERT INTO left_behind (id) VALUES (1)").await?;
    given
        .db
        .batch("CREATE VIEW left_behind_too AS SELECT id FROM left_behind")
        .await?;
    assert_eq!(
        strings(&given.db, "SELECT 'x' FROM left_behind_too").await?,
        ["x"]
    );
    Ok(())
}

async fn an_empty_database_is_empty(given: Given) -> Outcome {
    leave_something_behind(given).await
}

async fn an_empty_database_is_empty_again(given: Given) -> Outcome {
    leave_something_behind(given).await
}

async fn fill_the_pair(given: Given) -> Outcome {
    // Would fail if the rows were there.
    given.db.batch("INSERT INTO author (id, name) VALUES (1, 'Ada'); INSERT INTO post (id, author_id) VALUES (1, 1)").await?;
    assert_eq!(
        strings(&given.db, "SELECT name FROM author").await?,
        ["Ada"]
    );
    Ok(())
}

async fn tables_begin_without_rows(given: Given) -> Outcome {
    fill_the_pair(given).await
}

async fn tables_begin_without_rows_again(given: Given) -> Outcome {
    fill_the_pair(given).await
}

async fn a_second_pool_sees_the_same_database(given: Given) -> Outcome {
    given
        .db
        .batch("INSERT INTO author (id, name) VALUES (7, 'Grace')")
        .await?;
    let second = Database::connect(&given.url).await?;
    assert_eq!(
        strings(&second, "SELECT name FROM author WHERE id = 7").await?,
        ["Grace"]
    );
    Ok(())
}

async fn a_feature_that_is_missing_is_named(_: Given) -> Outcome {
    Err("a case whose requirement is not met was run".into())
}

//! Connections: values there and back, errors told apart, and pools that recover.

use std::time::Duration;

use nuages::driver::Executor;
use nuages::error::ConstraintKind;
use nuages::{Database, raw};
use nuages_tests::{Area, Given, Outcome, Product, cases};

use crate::account::{ACCOUNT, insert, names};

pub(crate) fn area() -> Area {
    Area::new(
        "connection",
        cases![
            text_comes_back_as_it_went.on(&ACCOUNT),
            lists_are_bound.on(&ACCOUNT),
            constraints_are_told_apart.on(&ACCOUNT),
            an_error_carries_its_sql_and_no_value.on(&ACCOUNT),
            a_wave_of_many_statements_runs_on_few_connections.on(&ACCOUNT),
            an_exhausted_pool_says_so_in_time,
            a_pool_recovers_from_connections_that_the_server_closed.on(&ACCOUNT),
            a_database_that_is_not_there_is_named,
        ],
    )
}

/// The URL with options after those that it has.
fn with_options(url: &str, options: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{options}")
}

async fn text_comes_back_as_it_went(Given { db, .. }: Given) -> Outcome {
    let texts = [
        "",
        "it's",
        "{}",
        "a\\b",
        "%_",
        "\"quoted\" `text`",
        "żółć 東京 🎉",
        "line\nbreak",
        "$1 ? :name",
    ];
    for (id, text) in (1..).zip(texts) {
        insert(&db, id, text).await?;
    }
    assert_eq!(names(&db).await?, texts);
    for text in texts {
        let found = raw("SELECT id FROM account WHERE name = {}")
            .bind(text)
            .rows(&db)
            .await?;
        assert_eq!(found.len(), 1, "{text:?}");
    }
    Ok(())
}

async fn lists_are_bound(Given { db, .. }: Given) -> Outcome {
    for (id, name) in [(1, "a"), (2, "b"), (3, "c")] {
        insert(&db, id, name).await?;
    }
    let find = |ids: Vec<i64>| {
        raw("SELECT id, name FROM account WHERE id IN {} ORDER BY id")
            .bind_list(ids)
            .rows(&db)
    };
    let rows = find(vec![3, 1, 9]).await?;
    let found: Vec<String> = rows
        .iter()
        .map(|row| row.get("name"))
        .collect::<Result<_, _>>()?;
    assert_eq!(found, ["a", "c"]);
    let empty = find(Vec::new()).await.map(|rows| rows.len());
    assert!(
        empty.is_err_and(|error| error.to_string().contains("empty")),
        "SQL has no empty list"
    );
    Ok(())
}

async fn constraints_are_told_apart(Given { db, .. }: Given) -> Outcome {
    insert(&db, 1, "ada").await?;
    let broken = [
        (
            "INSERT INTO account (id, name) VALUES (2, 'ada')",
            ConstraintKind::Unique,
        ),
        (
            "INSERT INTO account (id, name) VALUES (1, 'grace')",
            ConstraintKind::Unique,
        ),
        (
            "INSERT INTO account (id, name, owner_id) VALUES (3, 'x', 99)",
            ConstraintKind::ForeignKey,
        ),
        (
            "INSERT INTO account (id, name, balance) VALUES (4, 'y', -1)",
            ConstraintKind::Check,
        ),
        (
            "INSERT INTO account (id, name) VALUES (5, NULL)",
            ConstraintKind::NotNull,
        ),
    ];
    for (sql, kind) in broken {
        let Err(error) = raw(sql).execute(&db).await else {
            return Err(format!("was accepted: {sql}").into());
        };
        let Some(constraint) = error.constraint() else {
            return Err(format!("not seen as a constraint: {error:?}").into());
        };
        assert_eq!(constraint.kind, kind, "{sql}: {error}");
        if kind == ConstraintKind::Check {
            assert_eq!(
                constraint.name.as_deref(),
                Some("account_balance_check"),
                "{error}"
            );
        }
    }
    assert_eq!(names(&db).await?, ["ada"]);
    Ok(())
}

async fn an_error_carries_its_sql_and_no_value(Given { db, .. }: Given) -> Outcome {
    let missing = raw("SELECT nothing_like_it FROM account WHERE name = {}").bind("a secret");
    let Err(error) = missing.rows(&db).await else {
        return Err("a column that is not there was read".into());
    };
    assert!(
        error
            .sql()
            .is_some_and(|sql| sql.contains("nothing_like_it")),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("a secret"));
    assert_eq!(
        names(&db).await?,
        [""; 0],
        "the connection is as good as before"
    );
    Ok(())
}

async fn a_wave_of_many_statements_runs_on_few_connections(Given { url, .. }: Given) -> Outcome {
    let db = Database::connect(&with_options(&url, "pool_size=2")).await?;
    let tasks: Vec<_> = (0..50)
        .map(|id| {
            let db = db.clone();
            tokio::spawn(async move { insert(&db, id, &format!("account {id}")).await })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    assert_eq!(names(&db).await?.len(), 50);
    assert!(db.status().size <= 2, "{:?}", db.status());
    Ok(())
}

async fn an_exhausted_pool_says_so_in_time(Given { url, .. }: Given) -> Outcome {
    let db = Database::builder(&url)
        .pool_size(1)
        .wait_timeout(Duration::from_millis(100))
        .connect()
        .await?;
    let held = db.begin().await?;
    let Err(error) = db.begin().await else {
        return Err("a pool of one gave two connections".into());
    };
    assert!(error.is_pool_timeout(), "{error}");
    held.rollback().await?;
    db.begin().await?.rollback().await?;
    Ok(())
}

/// Closes every other connection to the same database, as a restart of the server does.
async fn close_the_others(db: &Database, product: Product) -> Outcome {
    match product {
        Product::Sqlite => {}
        Product::Postgres => {
            let others = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity \
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";
            nuages_tests::strings(db, others).await?;
        }
        Product::MySql | Product::MariaDb => {
            let others = "SELECT CAST(id AS CHAR) FROM information_schema.processlist \
                          WHERE db = DATABASE() AND id <> CONNECTION_ID()";
            for id in nuages_tests::strings(db, others).await? {
                db.batch(&format!("KILL {id}")).await?;
            }
        }
    }
    Ok(())
}

async fn a_pool_recovers_from_connections_that_the_server_closed(
    Given { db, url, product }: Given,
) -> Outcome {
    insert(&db, 1, "before").await?;
    let executioner = Database::builder(&url).pool_size(1).connect().await?;
    close_the_others(&executioner, product).await?;
    // What was idle may be given out once more and fail; nothing beyond that.
    let mut lost = 0;
    while let Err(error) = names(&db).await {
        assert!(error.is_connection_lost(), "{error:?}");
        lost += 1;
        assert!(lost <= 3, "the pool does not recover: {error}");
    }
    insert(&db, 2, "after").await?;
    assert_eq!(names(&db).await?, ["before", "after"]);
    Ok(())
}

async fn a_database_that_is_not_there_is_named(Given { url, product, .. }: Given) -> Outcome {
    let missing = match product {
        Product::Sqlite => "sqlite:///no/such/folder/anywhere/test.db".to_owned(),
        Product::Postgres | Product::MySql | Product::MariaDb => {
            let (server, _) = url.rsplit_once('/').ok_or("a URL with a database")?;
            format!("{server}/nuages_test_of_nothing")
        }
    };
    let Err(error) = Database::connect(&missing).await else {
        return Err("connected to what is not there".into());
    };
    let says = if product == Product::Sqlite {
        "/no/such/folder"
    } else {
        "nuages_test_of_nothing"
    };
    assert!(error.to_string().contains(says), "{error}");
    Ok(())
}

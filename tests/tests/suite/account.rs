//! A table of accounts, for what needs no models: transactions, constraints and connections.

use futures_util::future::BoxFuture;
use nuages::driver::Executor;
use nuages::{Database, raw};
use nuages_tests::{Outcome, Tables};

pub(crate) static ACCOUNT: Tables = Tables {
    name: "account",
    create,
};

fn create(db: Database) -> BoxFuture<'static, Outcome> {
    Box::pin(async move {
        db.batch(
            "CREATE TABLE account (
                id INTEGER PRIMARY KEY,
                name VARCHAR(100) NOT NULL,
                balance INTEGER DEFAULT 0 NOT NULL,
                owner_id INTEGER,
                CONSTRAINT account_name_uniq UNIQUE (name),
                CONSTRAINT account_balance_check CHECK (balance >= 0),
                CONSTRAINT account_owner_fk FOREIGN KEY (owner_id) REFERENCES account (id)
            )",
        )
        .await?;
        Ok(())
    })
}

pub(crate) async fn insert(db: &dyn Executor, id: i64, name: &str) -> nuages::Result<()> {
    let insert = raw("INSERT INTO account (id, name) VALUES ({}, {})");
    let written = insert.bind(id).bind(name).execute(db).await?;
    assert_eq!(written, 1);
    Ok(())
}

/// The names in the order of their keys.
pub(crate) async fn names(db: &dyn Executor) -> nuages::Result<Vec<String>> {
    nuages_tests::strings(db, "SELECT name FROM account ORDER BY id").await
}

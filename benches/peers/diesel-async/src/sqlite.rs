//! The works on SQLite, by its wrapper of Diesel's own connection.

use diesel::prelude::*;
use diesel::sqlite::Sqlite as Backend;
use diesel_async::SimpleAsyncConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use protocol::Options;

use crate::models::{NewUser, users};

#[path = "works.rs"]
mod works;

pub use works::DieselAsync;

type Connection = SyncConnectionWrapper<SqliteConnection>;

fn url(options: &Options) -> String {
    options.sqlite_path().to_owned()
}

async fn customize(c: &mut Connection) -> QueryResult<()> {
    c.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL;")
        .await
}

/// The wrapper itself has no inserts of several rows; the connection in it has.
async fn insert(c: &mut Connection, size: u64) -> QueryResult<usize> {
    c.spawn_blocking(move |c| {
        fn rows<const N: usize>() -> [NewUser; N] {
            std::array::from_fn(|i| NewUser::nth(i as u64))
        }
        let into = diesel::insert_into(users::table);
        match size {
            1 => into.values(&rows::<1>()).execute(c),
            10 => into.values(&rows::<10>()).execute(c),
            25 => into.values(&rows::<25>()).execute(c),
            50 => into.values(&rows::<50>()).execute(c),
            100 => into.values(&rows::<100>()).execute(c),
            _ => into
                .values((0..size).map(NewUser::nth).collect::<Vec<_>>())
                .execute(c),
        }
    })
    .await
}

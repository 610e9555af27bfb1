//! The works on MySQL and MariaDB.

use diesel::mysql::Mysql as Backend;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection as Connection, RunQueryDsl};
use protocol::Options;

use crate::models::{NewUser, users};

#[path = "works.rs"]
mod works;

pub use works::DieselAsync;

fn url(options: &Options) -> String {
    options.url.clone()
}

async fn customize(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

/// Arrays, as in Diesel's own benchmark: their statement is kept, that of a `Vec` is not.
async fn insert(c: &mut Connection, size: u64) -> QueryResult<usize> {
    fn rows<const N: usize>() -> [NewUser; N] {
        std::array::from_fn(|i| NewUser::nth(i as u64))
    }
    let into = diesel::insert_into(users::table);
    match size {
        1 => into.values(&rows::<1>()).execute(c).await,
        10 => into.values(&rows::<10>()).execute(c).await,
        25 => into.values(&rows::<25>()).execute(c).await,
        50 => into.values(&rows::<50>()).execute(c).await,
        100 => into.values(&rows::<100>()).execute(c).await,
        _ => {
            into.values((0..size).map(NewUser::nth).collect::<Vec<_>>())
                .execute(c)
                .await
        }
    }
}

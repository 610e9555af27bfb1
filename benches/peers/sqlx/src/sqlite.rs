//! The works on SQLite.

use std::time::Duration;

use protocol::Options;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{FromRow, QueryBuilder};

macro_rules! mark {
    ($n:literal) => {
        concat!("?", $n)
    };
}

#[path = "works.rs"]
mod works;

pub use works::Sqlx;

type Database = sqlx::Sqlite;
type Connection = sqlx::SqliteConnection;
type Row = sqlx::sqlite::SqliteRow;

fn connect_options(options: &Options) -> sqlx::Result<SqliteConnectOptions> {
    let connect: SqliteConnectOptions = options.url.parse()?;
    let connect = connect
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(5));
    Ok(if options.pooled() {
        connect.journal_mode(SqliteJournalMode::Wal)
    } else {
        connect
    })
}

async fn listed<T>(c: &mut Connection, select: &'static str, keys: &[i64]) -> sqlx::Result<Vec<T>>
where
    T: for<'r> FromRow<'r, Row> + Send + Unpin,
{
    let mut query = QueryBuilder::<Database>::new(select);
    let mut list = query.push(" IN (").separated(", ");
    for key in keys {
        list.push_bind(*key);
    }
    query.push(")").build_query_as().fetch_all(c).await
}

async fn insert(c: &mut Connection, rows: Vec<(String, &'static str)>) -> sqlx::Result<()> {
    let mut query = QueryBuilder::<Database>::new("INSERT INTO users (name, hair_color) ");
    query.push_values(rows, |mut row, (name, color)| {
        row.push_bind(name).push_bind(color);
    });
    query.build().execute(c).await.map(|_| ())
}

//! The works on MySQL and MariaDB.

use protocol::Options;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{FromRow, QueryBuilder};

macro_rules! mark {
    ($n:literal) => {
        "?"
    };
}

#[path = "works.rs"]
mod works;

pub use works::Sqlx;

type Database = sqlx::MySql;
type Connection = sqlx::MySqlConnection;
type Row = sqlx::mysql::MySqlRow;

fn connect_options(options: &Options) -> sqlx::Result<MySqlConnectOptions> {
    let connect: MySqlConnectOptions = options.url.parse()?;
    Ok(connect.ssl_mode(MySqlSslMode::Disabled))
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

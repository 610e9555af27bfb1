//! The works on PostgreSQL, which takes lists and new rows as arrays.

use protocol::Options;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, FromRow};

macro_rules! mark {
    ($n:literal) => {
        concat!("$", $n)
    };
}

#[path = "works.rs"]
mod works;

pub use works::Sqlx;

type Database = sqlx::Postgres;
type Connection = sqlx::PgConnection;
type Row = sqlx::postgres::PgRow;

fn connect_options(options: &Options) -> sqlx::Result<PgConnectOptions> {
    let connect: PgConnectOptions = options.url.parse()?;
    Ok(connect.ssl_mode(PgSslMode::Disable))
}

async fn listed<T>(c: &mut Connection, select: &'static str, keys: &[i64]) -> sqlx::Result<Vec<T>>
where
    T: for<'r> FromRow<'r, Row> + Send + Unpin,
{
    let sql = AssertSqlSafe(format!("{select} = ANY($1)"));
    sqlx::query_as(sql).bind(keys).fetch_all(c).await
}

async fn insert(c: &mut Connection, rows: Vec<(String, &'static str)>) -> sqlx::Result<()> {
    let (names, colors): (Vec<String>, Vec<&str>) = rows.into_iter().unzip();
    sqlx::query("INSERT INTO users (name, hair_color) SELECT * FROM UNNEST($1::text[], $2::text[])")
        .bind(names)
        .bind(colors)
        .execute(c)
        .await
        .map(|_| ())
}

//! sqlx: `query_as` into structs. Its types differ from database to database, so the same works stand once for each.

mod mysql;
mod postgres;
#[path = "../../tokio-postgres/src/rows.rs"]
mod rows;
mod sqlite;

use protocol::Dialect;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use rows::{Comment, Post, User};

fn main() {
    let url = std::env::args().nth(1).unwrap_or_default();
    match Dialect::of(&url) {
        Some(Dialect::Postgres) => protocol::main::<postgres::Sqlx>(),
        Some(Dialect::MySql) => protocol::main::<mysql::Sqlx>(),
        _ => protocol::main::<sqlite::Sqlx>(),
    }
}

// The structs are read by position, which is faster than what is derived.

impl User {
    fn read<'r, R: Row>(row: &'r R, at: usize) -> sqlx::Result<Self>
    where
        usize: ColumnIndex<R>,
        i64: Decode<'r, R::Database> + Type<R::Database>,
        String: Decode<'r, R::Database> + Type<R::Database>,
    {
        Ok(User {
            id: row.try_get(at)?,
            name: row.try_get(at + 1)?,
            hair_color: row.try_get(at + 2)?,
        })
    }
}

impl Post {
    fn read<'r, R: Row>(row: &'r R, at: usize) -> sqlx::Result<Self>
    where
        usize: ColumnIndex<R>,
        i64: Decode<'r, R::Database> + Type<R::Database>,
        String: Decode<'r, R::Database> + Type<R::Database>,
    {
        Ok(Post {
            id: row.try_get(at)?,
            user_id: row.try_get(at + 1)?,
            title: row.try_get(at + 2)?,
            body: row.try_get(at + 3)?,
        })
    }
}

impl<'r, R: Row> FromRow<'r, R> for User
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        User::read(row, 0)
    }
}

impl<'r, R: Row> FromRow<'r, R> for Post
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Post::read(row, 0)
    }
}

impl<'r, R: Row> FromRow<'r, R> for Comment
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Comment {
            id: row.try_get(0)?,
            post_id: row.try_get(1)?,
            text: row.try_get(2)?,
        })
    }
}

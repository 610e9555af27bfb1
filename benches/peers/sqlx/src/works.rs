//! What each work does, on the connection of the file that holds this module.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use futures_util::TryStreamExt;
use protocol::{
    Bench, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Pool, QueryBuilder, Row as _};

use super::{Connection, Database, Row, connect_options, insert, listed};
use crate::rows::{self, Comment, Post, Tag, Tree, User};

const USERS: &str = "SELECT id, name, hair_color FROM users";

async fn all_users(c: &mut Connection) -> sqlx::Result<Vec<User>> {
    sqlx::query_as(USERS).fetch_all(c).await
}

async fn all_posts(c: &mut Connection) -> sqlx::Result<Vec<Post>> {
    sqlx::query_as("SELECT id, user_id, title, body FROM posts")
        .fetch_all(c)
        .await
}

async fn medium(c: &mut Connection) -> sqlx::Result<Vec<(User, Option<Post>)>> {
    sqlx::query(concat!(
        "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body ",
        "FROM users u LEFT JOIN posts p ON u.id = p.user_id WHERE u.hair_color = ",
        mark!(1)
    ))
    .bind("black")
    .try_map(|row: Row| {
        let post = row
            .try_get::<Option<i64>, _>(3)?
            .map(|_| Post::read(&row, 3))
            .transpose()?;
        Ok((User::read(&row, 0)?, post))
    })
    .fetch_all(c)
    .await
}

async fn tree(c: &mut Connection) -> sqlx::Result<Tree> {
    let users = all_users(c).await?;
    let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
    let posts: Vec<Post> = listed(
        c,
        "SELECT id, user_id, title, body FROM posts WHERE user_id",
        &keys,
    )
    .await?;
    let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let comments: Vec<Comment> = listed(
        c,
        "SELECT id, post_id, text FROM comments WHERE post_id",
        &keys,
    )
    .await?;
    Ok(rows::tree(users, posts, comments))
}

async fn user(c: &mut Connection, id: i64) -> sqlx::Result<User> {
    let sql = concat!(
        "SELECT id, name, hair_color FROM users WHERE id = ",
        mark!(1)
    );
    sqlx::query_as(sql).bind(id).fetch_one(c).await
}

async fn in_list(c: &mut Connection, keys: &[i64]) -> sqlx::Result<Vec<User>> {
    listed(c, "SELECT id, name, hair_color FROM users WHERE id", keys).await
}

async fn tagged(c: &mut Connection) -> sqlx::Result<Vec<(Post, User, Vec<Tag>)>> {
    let posts: Vec<(Post, User)> = sqlx::query(
        "SELECT p.id, p.user_id, p.title, p.body, u.id, u.name, u.hair_color \
         FROM posts p JOIN users u ON u.id = p.user_id",
    )
    .try_map(|row: Row| Ok((Post::read(&row, 0)?, User::read(&row, 4)?)))
    .fetch_all(&mut *c)
    .await?;
    let keys: Vec<i64> = posts.iter().map(|(post, _)| post.id).collect();
    let select = "SELECT pt.post_id, t.id, t.name FROM tags t JOIN posts_tags pt ON pt.tag_id = t.id WHERE pt.post_id";
    let tags: Vec<(i64, i64, String)> = listed(c, select, &keys).await?;
    let tags = tags
        .into_iter()
        .map(|(post, id, name)| (post, Tag { id, name }))
        .collect();
    Ok(rows::tagged(posts, tags))
}

async fn aggregate(c: &mut Connection) -> sqlx::Result<Vec<(User, i64)>> {
    sqlx::query(
        "SELECT u.id, u.name, u.hair_color, COUNT(p.id) FROM users u LEFT JOIN posts p ON p.user_id = u.id \
         GROUP BY u.id",
    )
    .try_map(|row: Row| Ok((User::read(&row, 0)?, row.try_get(3)?)))
    .fetch_all(c)
    .await
}

async fn update(c: &mut Connection, id: i64, name: String) -> sqlx::Result<()> {
    let sql = concat!(
        "UPDATE users SET name = ",
        mark!(1),
        " WHERE id = ",
        mark!(2)
    );
    sqlx::query(sql)
        .bind(name)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ())
}

async fn naive(c: &mut Connection) -> sqlx::Result<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in all_posts(c).await? {
        let user = user(c, post.user_id).await?;
        authors.push((post, user));
    }
    Ok(authors)
}

async fn load(c: &mut Connection) -> Result<Vec<(Post, Arc<User>)>> {
    let posts = all_posts(c).await?;
    let users = in_list(c, &rows::authors(&posts)).await?;
    rows::with_authors(posts, users)
}

async fn stream(c: &mut Connection) -> sqlx::Result<u64> {
    let mut rows = sqlx::query_as::<_, User>(USERS).fetch(c);
    let mut digest = 0_u64;
    while let Some(user) = rows.try_next().await? {
        digest = digest
            .wrapping_add(user.id as u64)
            .wrapping_add(user.name.len() as u64);
    }
    Ok(digest)
}

/// Its builder of queries puts text together; there is nothing to compile.
fn build_query() -> usize {
    let mut query = QueryBuilder::<Database>::new(USERS);
    query.push(" WHERE hair_color = ").push_bind("black");
    query.push(" AND id > ").push_bind(100_i64);
    query.push(" AND name LIKE ").push_bind("User%");
    query.push(" ORDER BY name DESC LIMIT ").push_bind(10_i64);
    query.sql().as_str().len()
}

async fn operate(c: &mut Connection, operation: Operation) -> sqlx::Result<u64> {
    Ok(match operation {
        Operation::Get(id) => user(c, id).await?.digest(),
        Operation::Page(from) => {
            let sql = concat!(
                "SELECT id, name, hair_color FROM users WHERE id >= ",
                mark!(1),
                " ORDER BY id LIMIT 10"
            );
            let users: Vec<User> = sqlx::query_as(sql).bind(from).fetch_all(c).await?;
            rows::of_users(&users)
        }
        Operation::Update(id) => {
            let sql = concat!(
                "UPDATE users SET hair_color = ",
                mark!(1),
                " WHERE id = ",
                mark!(2)
            );
            sqlx::query(sql).bind("brown").bind(id).execute(c).await?;
            1
        }
    })
}

fn new_users(size: u64) -> Vec<(String, &'static str)> {
    (0..size)
        .map(|i| (protocol::name(i), "hair_color"))
        .collect()
}

// ---- the peer ----

pub enum Sqlx {
    Held(Box<Connection>),
    Pool(Pool<Database>),
}

enum Handle<'a> {
    Held(&'a mut Connection),
    Pooled(PoolConnection<Database>),
}

impl Deref for Handle<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Handle::Held(connection) => connection,
            Handle::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Handle<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Handle::Held(connection) => connection,
            Handle::Pooled(connection) => connection,
        }
    }
}

impl Sqlx {
    async fn connection(&mut self) -> Result<Handle<'_>> {
        Ok(match self {
            Sqlx::Held(connection) => Handle::Held(connection),
            Sqlx::Pool(pool) => Handle::Pooled(pool.acquire().await?),
        })
    }
}

async fn mixed(run: &Run, pool: &Pool<Database>) -> Result<Measured> {
    Mixed::run(run, |mut task| {
        let pool = pool.clone();
        async move {
            while let Some(operation) = task.operation() {
                let since = Instant::now();
                let digest = operate(&mut *pool.acquire().await?, operation).await?;
                task.took(since, digest);
            }
            Ok(task)
        }
    })
    .await
}

impl Peer for Sqlx {
    async fn connect(options: &Options) -> Result<Self> {
        let connect = connect_options(options)?;
        if !options.pooled() {
            return Ok(Sqlx::Held(Box::new(connect.connect().await?)));
        }
        // No pool here asks a connection whether it still lives before it gives it out.
        let pool = PoolOptions::new()
            .max_connections(protocol::POOL as u32)
            .test_before_acquire(false);
        Ok(Sqlx::Pool(pool.connect_with(connect).await?))
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        let mut connection = self.connection().await?;
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(statement.as_str()))
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let mut bench = Bench::new(run);
        match run.work.as_str() {
            "trivial" => {
                while bench.next().is_some() {
                    let users = all_users(&mut *self.connection().await?).await?;
                    bench.answer(|| rows::of_users(&users));
                }
            }
            "medium" => {
                while bench.next().is_some() {
                    let rows = medium(&mut *self.connection().await?).await?;
                    bench.answer(|| rows::of_medium(&rows));
                }
            }
            "associations" | "eager_tree" => {
                while bench.next().is_some() {
                    let tree = tree(&mut *self.connection().await?).await?;
                    bench.answer(|| rows::of_tree(&tree));
                }
            }
            "insert" | "bulk_insert" | "update" => {
                while let Some(n) = bench.next() {
                    let mut connection = self.connection().await?;
                    match run.work.as_str() {
                        "update" => update(&mut connection, key(n), protocol::name(n)).await?,
                        _ => insert(&mut connection, new_users(run.size)).await?,
                    }
                    if bench.is_first() {
                        let users = all_users(&mut connection).await?;
                        bench.answer(|| rows::of_users(&users));
                    }
                }
            }
            "get" => {
                while let Some(n) = bench.next() {
                    let user = user(&mut *self.connection().await?, key(n)).await?;
                    bench.answer(|| user.digest());
                }
            }
            "in_list" => {
                while let Some(n) = bench.next() {
                    let users = in_list(&mut *self.connection().await?, &keys(n)).await?;
                    bench.answer(|| rows::of_users(&users));
                }
            }
            "eager_m2m" => {
                while bench.next().is_some() {
                    let posts = tagged(&mut *self.connection().await?).await?;
                    bench.answer(|| rows::of_tagged(&posts));
                }
            }
            "naive" => {
                while bench.next().is_some() {
                    let posts = naive(&mut *self.connection().await?).await?;
                    bench.answer(|| rows::of_authors(&posts));
                }
            }
            "load" => {
                while bench.next().is_some() {
                    let posts = load(&mut *self.connection().await?).await?;
                    bench.answer(|| {
                        many(
                            posts
                                .iter()
                                .map(|(p, u)| Hash::new().rows(p.digest()).rows(u.digest()).done()),
                        )
                    });
                }
            }
            "aggregate" => {
                while bench.next().is_some() {
                    let users = aggregate(&mut *self.connection().await?).await?;
                    bench.answer(|| rows::of_counts(&users));
                }
            }
            "stream" => {
                while bench.next().is_some() {
                    let digest = stream(&mut *self.connection().await?).await?;
                    bench.answer(|| digest);
                }
            }
            "build_query" => {
                while bench.next().is_some() {
                    std::hint::black_box(build_query());
                }
            }
            "mixed" => match self {
                Sqlx::Pool(pool) => return mixed(run, pool).await.map(Some),
                Sqlx::Held(_) => return Ok(None),
            },
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }
}

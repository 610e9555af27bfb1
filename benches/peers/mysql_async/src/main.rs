//! MySQL's raw driver: each connection keeps the statements that it has prepared, rows are read by position as they
//! arrive, lists are as many placeholders.

#[path = "../../tokio-postgres/src/rows.rs"]
mod rows;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use futures_util::TryStreamExt;
use mysql_async::prelude::*;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Value};
use protocol::{
    Bench, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};

use rows::{
    Comment, Post, Tag, Tree, User, of_authors, of_counts, of_medium, of_tagged, of_tree, of_users,
};

fn main() {
    protocol::main::<MySql>();
}

type UserRow = (i64, String, Option<String>);
type PostRow = (i64, i64, String, Option<String>);

fn user_of((id, name, hair_color): UserRow) -> User {
    User {
        id,
        name,
        hair_color,
    }
}

fn post_of((id, user_id, title, body): PostRow) -> Post {
    Post {
        id,
        user_id,
        title,
        body,
    }
}

/// `SELECT … WHERE column IN (?, ?, …)`.
fn with_list(select: &str, keys: &[i64]) -> (String, Params) {
    let marks = vec!["?"; keys.len()].join(", ");
    let values = keys.iter().copied().map(Value::from).collect();
    (format!("{select} IN ({marks})"), Params::Positional(values))
}

const USERS: &str = "SELECT id, name, hair_color FROM users";
const POSTS: &str = "SELECT id, user_id, title, body FROM posts";

async fn all_users(c: &mut Conn) -> Result<Vec<User>> {
    Ok(c.exec_map(USERS, (), user_of).await?)
}

async fn medium(c: &mut Conn) -> Result<Vec<(User, Option<Post>)>> {
    let sql = "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body \
               FROM users u LEFT JOIN posts p ON u.id = p.user_id WHERE u.hair_color = ?";
    type Joined = (
        i64,
        String,
        Option<String>,
        Option<i64>,
        Option<i64>,
        Option<String>,
        Option<String>,
    );
    let read = |(id, name, hair_color, post, user_id, title, body): Joined| {
        let post = post
            .zip(user_id)
            .zip(title)
            .map(|((id, user_id), title)| Post {
                id,
                user_id,
                title,
                body,
            });
        (
            User {
                id,
                name,
                hair_color,
            },
            post,
        )
    };
    Ok(c.exec_map(sql, ("black",), read).await?)
}

async fn tree(c: &mut Conn) -> Result<Tree> {
    let users = all_users(c).await?;
    let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
    let (sql, params) = with_list(
        "SELECT id, user_id, title, body FROM posts WHERE user_id",
        &keys,
    );
    let posts = c.exec_map(sql, params, post_of).await?;
    let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let (sql, params) = with_list(
        "SELECT id, post_id, text FROM comments WHERE post_id",
        &keys,
    );
    let read = |(id, post_id, text)| Comment { id, post_id, text };
    let comments = c.exec_map(sql, params, read).await?;
    Ok(rows::tree(users, posts, comments))
}

async fn user(c: &mut Conn, id: i64) -> Result<User> {
    let row: Option<UserRow> = c
        .exec_first("SELECT id, name, hair_color FROM users WHERE id = ?", (id,))
        .await?;
    Ok(row.map(user_of).ok_or("no such user")?)
}

async fn in_list(c: &mut Conn, keys: &[i64]) -> Result<Vec<User>> {
    let (sql, params) = with_list("SELECT id, name, hair_color FROM users WHERE id", keys);
    Ok(c.exec_map(sql, params, user_of).await?)
}

async fn tagged(c: &mut Conn) -> Result<Vec<(Post, User, Vec<Tag>)>> {
    let sql = "SELECT p.id, p.user_id, p.title, p.body, u.id, u.name, u.hair_color \
               FROM posts p JOIN users u ON u.id = p.user_id";
    type Joined = (
        i64,
        i64,
        String,
        Option<String>,
        i64,
        String,
        Option<String>,
    );
    let read = |(id, user_id, title, body, user, name, hair_color): Joined| {
        (
            Post {
                id,
                user_id,
                title,
                body,
            },
            User {
                id: user,
                name,
                hair_color,
            },
        )
    };
    let posts = c.exec_map(sql, (), read).await?;
    let keys: Vec<i64> = posts.iter().map(|(post, _)| post.id).collect();
    let select = "SELECT pt.post_id, t.id, t.name FROM tags t JOIN posts_tags pt ON pt.tag_id = t.id WHERE pt.post_id";
    let (sql, params) = with_list(select, &keys);
    let tags = c
        .exec_map(sql, params, |(post, id, name): (i64, i64, String)| {
            (post, Tag { id, name })
        })
        .await?;
    Ok(rows::tagged(posts, tags))
}

async fn aggregate(c: &mut Conn) -> Result<Vec<(User, i64)>> {
    let sql = "SELECT u.id, u.name, u.hair_color, COUNT(p.id) FROM users u LEFT JOIN posts p ON p.user_id = u.id \
               GROUP BY u.id";
    type Counted = (i64, String, Option<String>, i64);
    let read = |(id, name, hair_color, count): Counted| {
        (
            User {
                id,
                name,
                hair_color,
            },
            count,
        )
    };
    Ok(c.exec_map(sql, (), read).await?)
}

async fn update(c: &mut Conn, id: i64, name: String) -> Result<()> {
    Ok(
        c.exec_drop("UPDATE users SET name = ? WHERE id = ?", (name, id))
            .await?,
    )
}

/// Statements of several rows, at most a thousand each.
async fn insert(c: &mut Conn, size: u64) -> Result<()> {
    let rows: Vec<(String, String)> = (0..size)
        .map(|i| (protocol::name(i), "hair_color".to_owned()))
        .collect();
    for rows in rows.chunks(1000) {
        let mut sql = String::from("INSERT INTO users (name, hair_color) VALUES (?, ?)");
        sql.push_str(&", (?, ?)".repeat(rows.len() - 1));
        let values = rows
            .iter()
            .flat_map(|(name, color)| [Value::from(name), Value::from(color)])
            .collect();
        c.exec_drop(sql, Params::Positional(values)).await?;
    }
    Ok(())
}

async fn naive(c: &mut Conn) -> Result<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in c.exec_map(POSTS, (), post_of).await? {
        let user = user(c, post.user_id).await?;
        authors.push((post, user));
    }
    Ok(authors)
}

async fn load(c: &mut Conn) -> Result<Vec<(Post, Arc<User>)>> {
    let posts = c.exec_map(POSTS, (), post_of).await?;
    let users = in_list(c, &rows::authors(&posts)).await?;
    rows::with_authors(posts, users)
}

async fn stream(c: &mut Conn) -> Result<u64> {
    let mut rows = c.exec_stream::<UserRow, _, _>(USERS, ()).await?;
    let mut digest = 0_u64;
    while let Some(row) = rows.try_next().await? {
        let user = user_of(row);
        digest = digest
            .wrapping_add(user.id as u64)
            .wrapping_add(user.name.len() as u64);
    }
    Ok(digest)
}

async fn operate(c: &mut Conn, operation: Operation) -> Result<u64> {
    Ok(match operation {
        Operation::Get(id) => user(c, id).await?.digest(),
        Operation::Page(from) => {
            let sql = "SELECT id, name, hair_color FROM users WHERE id >= ? ORDER BY id LIMIT 10";
            of_users(&c.exec_map(sql, (from,), user_of).await?)
        }
        Operation::Update(id) => {
            c.exec_drop(
                "UPDATE users SET hair_color = ? WHERE id = ?",
                ("brown", id),
            )
            .await?;
            1
        }
    })
}

enum MySql {
    Held(Box<Conn>),
    Pool(Pool),
}

enum Handle<'a> {
    Held(&'a mut Conn),
    Pooled(Conn),
}

impl Deref for Handle<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match self {
            Handle::Held(connection) => connection,
            Handle::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Handle<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        match self {
            Handle::Held(connection) => connection,
            Handle::Pooled(connection) => connection,
        }
    }
}

impl MySql {
    async fn connection(&mut self) -> Result<Handle<'_>> {
        Ok(match self {
            MySql::Held(connection) => Handle::Held(connection),
            MySql::Pool(pool) => Handle::Pooled(pool.get_conn().await?),
        })
    }
}

async fn mixed(run: &Run, pool: &Pool) -> Result<Measured> {
    Mixed::run(run, |mut task| {
        let pool = pool.clone();
        async move {
            while let Some(operation) = task.operation() {
                let since = Instant::now();
                let digest = operate(&mut pool.get_conn().await?, operation).await?;
                task.took(since, digest);
            }
            Ok(task)
        }
    })
    .await
}

impl Peer for MySql {
    async fn connect(options: &Options) -> Result<Self> {
        let opts = Opts::from_url(&options.url)?;
        if !options.pooled() {
            return Ok(MySql::Held(Box::new(Conn::new(opts).await?)));
        }
        // A connection that is reset forgets the statements that it has prepared.
        let pool = PoolOpts::default()
            .with_constraints(
                PoolConstraints::new(1, protocol::POOL).ok_or("a pool of no connections")?,
            )
            .with_reset_connection(false);
        Ok(MySql::Pool(Pool::new(
            OptsBuilder::from_opts(opts).pool_opts(pool),
        )))
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        let mut connection = self.connection().await?;
        for statement in statements {
            connection.query_drop(statement).await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let mut bench = Bench::new(run);
        match run.work.as_str() {
            "trivial" => {
                while bench.next().is_some() {
                    let users = all_users(&mut *self.connection().await?).await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "medium" => {
                while bench.next().is_some() {
                    let rows = medium(&mut *self.connection().await?).await?;
                    bench.answer(|| of_medium(&rows));
                }
            }
            "associations" | "eager_tree" => {
                while bench.next().is_some() {
                    let tree = tree(&mut *self.connection().await?).await?;
                    bench.answer(|| of_tree(&tree));
                }
            }
            "insert" | "bulk_insert" | "update" => {
                while let Some(n) = bench.next() {
                    let mut connection = self.connection().await?;
                    match run.work.as_str() {
                        "update" => update(&mut connection, key(n), protocol::name(n)).await?,
                        _ => insert(&mut connection, run.size).await?,
                    }
                    if bench.is_first() {
                        let users = all_users(&mut connection).await?;
                        bench.answer(|| of_users(&users));
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
                    bench.answer(|| of_users(&users));
                }
            }
            "eager_m2m" => {
                while bench.next().is_some() {
                    let posts = tagged(&mut *self.connection().await?).await?;
                    bench.answer(|| of_tagged(&posts));
                }
            }
            "naive" => {
                while bench.next().is_some() {
                    let posts = naive(&mut *self.connection().await?).await?;
                    bench.answer(|| of_authors(&posts));
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
                    bench.answer(|| of_counts(&users));
                }
            }
            "stream" => {
                while bench.next().is_some() {
                    let digest = stream(&mut *self.connection().await?).await?;
                    bench.answer(|| digest);
                }
            }
            "mixed" => match self {
                MySql::Pool(pool) => return mixed(run, pool).await.map(Some),
                MySql::Held(_) => return Ok(None),
            },
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }

    async fn server(&mut self) -> Result<Option<String>> {
        let version: Option<String> = self
            .connection()
            .await?
            .query_first("SELECT VERSION()")
            .await?;
        Ok(version.map(|version| {
            if version.contains("Maria") {
                version
            } else {
                format!("MySQL {version}")
            }
        }))
    }
}

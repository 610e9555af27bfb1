//! PostgreSQL's raw driver: statements prepared once and kept, rows streamed and read by position, lists bound as arrays.

mod rows;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures_util::{StreamExt, TryStreamExt, pin_mut};
use protocol::{
    Bench, Hash, Measured, Mixed, Mode, Operation, Options, Peer, Result, Run, key, keys, many,
};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};

use rows::{
    Comment, Post, Tag, Tree, User, of_authors, of_counts, of_medium, of_tagged, of_tree, of_users,
};

fn main() {
    protocol::main::<Postgres>();
}

impl User {
    fn read(row: &Row, at: usize) -> Self {
        User {
            id: row.get(at),
            name: row.get(at + 1),
            hair_color: row.get(at + 2),
        }
    }
}

impl Post {
    fn read(row: &Row, at: usize) -> Self {
        Post {
            id: row.get(at),
            user_id: row.get(at + 1),
            title: row.get(at + 2),
            body: row.get(at + 3),
        }
    }
}

/// A connection with the statements that it has prepared.
enum Connection<'a> {
    Held(&'a Client, &'a mut HashMap<&'static str, Statement>),
    Pooled(deadpool_postgres::Client),
}

impl Connection<'_> {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement> {
        Ok(match self {
            Connection::Held(client, statements) => match statements.get(sql) {
                Some(statement) => statement.clone(),
                None => statements
                    .entry(sql)
                    .or_insert(client.prepare(sql).await?)
                    .clone(),
            },
            Connection::Pooled(client) => client.prepare_cached(sql).await?,
        })
    }

    fn client(&self) -> &Client {
        match self {
            Connection::Held(client, _) => client,
            Connection::Pooled(client) => client,
        }
    }

    /// All rows of a query, each read as it arrives.
    async fn all<T>(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
        read: impl Fn(&Row) -> T,
    ) -> Result<Vec<T>> {
        let statement = self.prepare(sql).await?;
        let rows = self
            .client()
            .query_raw(&statement, values.iter().copied())
            .await?;
        pin_mut!(rows);
        let mut all = Vec::new();
        while let Some(row) = rows.next().await {
            all.push(read(&row?));
        }
        Ok(all)
    }

    async fn users(&mut self) -> Result<Vec<User>> {
        self.all("SELECT id, name, hair_color FROM users", &[], |row| {
            User::read(row, 0)
        })
        .await
    }

    async fn medium(&mut self) -> Result<Vec<(User, Option<Post>)>> {
        let sql = "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body \
                   FROM users u LEFT JOIN posts p ON u.id = p.user_id WHERE u.hair_color = $1";
        self.all(sql, &[&"black"], |row| {
            let post = row.get::<_, Option<i64>>(3).map(|_| Post::read(row, 3));
            (User::read(row, 0), post)
        })
        .await
    }

    async fn tree(&mut self) -> Result<Tree> {
        let users = self.users().await?;
        let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
        let sql = "SELECT id, user_id, title, body FROM posts WHERE user_id = ANY($1)";
        let posts = self.all(sql, &[&keys], |row| Post::read(row, 0)).await?;
        let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let sql = "SELECT id, post_id, text FROM comments WHERE post_id = ANY($1)";
        let comments = self
            .all(sql, &[&keys], |row| Comment {
                id: row.get(0),
                post_id: row.get(1),
                text: row.get(2),
            })
            .await?;
        Ok(rows::tree(users, posts, comments))
    }

    async fn user(&mut self, id: i64) -> Result<User> {
        let statement = self
            .prepare("SELECT id, name, hair_color FROM users WHERE id = $1")
            .await?;
        Ok(User::read(
            &self.client().query_one(&statement, &[&id]).await?,
            0,
        ))
    }

    async fn in_list(&mut self, keys: Vec<i64>) -> Result<Vec<User>> {
        let sql = "SELECT id, name, hair_color FROM users WHERE id = ANY($1)";
        self.all(sql, &[&keys], |row| User::read(row, 0)).await
    }

    async fn posts(&mut self) -> Result<Vec<Post>> {
        self.all("SELECT id, user_id, title, body FROM posts", &[], |row| {
            Post::read(row, 0)
        })
        .await
    }

    async fn tagged(&mut self) -> Result<Vec<(Post, User, Vec<Tag>)>> {
        let sql = "SELECT p.id, p.user_id, p.title, p.body, u.id, u.name, u.hair_color \
                   FROM posts p JOIN users u ON u.id = p.user_id";
        let posts = self
            .all(sql, &[], |row| (Post::read(row, 0), User::read(row, 4)))
            .await?;
        let keys: Vec<i64> = posts.iter().map(|(post, _)| post.id).collect();
        let sql = "SELECT pt.post_id, t.id, t.name FROM tags t JOIN posts_tags pt ON pt.tag_id = t.id \
                   WHERE pt.post_id = ANY($1)";
        let tags = self
            .all(sql, &[&keys], |row| {
                (
                    row.get::<_, i64>(0),
                    Tag {
                        id: row.get(1),
                        name: row.get(2),
                    },
                )
            })
            .await?;
        Ok(rows::tagged(posts, tags))
    }

    async fn aggregate(&mut self) -> Result<Vec<(User, i64)>> {
        let sql = "SELECT u.id, u.name, u.hair_color, COUNT(p.id) FROM users u LEFT JOIN posts p ON p.user_id = u.id \
                   GROUP BY u.id";
        self.all(sql, &[], |row| (User::read(row, 0), row.get(3)))
            .await
    }

    async fn update(&mut self, id: i64, name: &str) -> Result<u64> {
        let statement = self
            .prepare("UPDATE users SET name = $1 WHERE id = $2")
            .await?;
        Ok(self.client().execute(&statement, &[&name, &id]).await?)
    }

    /// The rows as two arrays, so that one statement serves for any number of them.
    async fn insert(&mut self, rows: &[(String, String)]) -> Result<u64> {
        let (names, colors): (Vec<&str>, Vec<&str>) =
            rows.iter().map(|(n, c)| (n.as_str(), c.as_str())).unzip();
        let sql = "INSERT INTO users (name, hair_color) SELECT * FROM UNNEST($1::varchar[], $2::varchar[])";
        let statement = self.prepare(sql).await?;
        Ok(self
            .client()
            .execute(&statement, &[&names, &colors])
            .await?)
    }

    /// The fastest that the driver has: a binary COPY.
    async fn bulk_insert(&mut self, rows: &[(String, String)]) -> Result<u64> {
        let sink = self
            .client()
            .copy_in("COPY users (name, hair_color) FROM STDIN BINARY")
            .await?;
        let writer = BinaryCopyInWriter::new(sink, &[Type::VARCHAR, Type::VARCHAR]);
        pin_mut!(writer);
        for (name, color) in rows {
            writer.as_mut().write(&[name, color]).await?;
        }
        Ok(writer.finish().await?)
    }

    async fn naive(&mut self) -> Result<Vec<(Post, User)>> {
        let mut authors = Vec::new();
        for post in self.posts().await? {
            let user = self.user(post.user_id).await?;
            authors.push((post, user));
        }
        Ok(authors)
    }

    async fn load(&mut self) -> Result<Vec<(Post, Arc<User>)>> {
        let posts = self.posts().await?;
        let users = self.in_list(rows::authors(&posts)).await?;
        rows::with_authors(posts, users)
    }

    async fn stream(&mut self) -> Result<u64> {
        let statement = self
            .prepare("SELECT id, name, hair_color FROM users")
            .await?;
        let none: [&(dyn ToSql + Sync); 0] = [];
        let rows = self.client().query_raw(&statement, none).await?;
        pin_mut!(rows);
        let mut digest = 0_u64;
        while let Some(row) = rows.try_next().await? {
            let user = User::read(&row, 0);
            digest = digest
                .wrapping_add(user.id as u64)
                .wrapping_add(user.name.len() as u64);
        }
        Ok(digest)
    }

    async fn operate(&mut self, operation: Operation) -> Result<u64> {
        Ok(match operation {
            Operation::Get(id) => self.user(id).await?.digest(),
            Operation::Page(from) => {
                let sql =
                    "SELECT id, name, hair_color FROM users WHERE id >= $1 ORDER BY id LIMIT 10";
                of_users(&self.all(sql, &[&from], |row| User::read(row, 0)).await?)
            }
            Operation::Update(id) => {
                let statement = self
                    .prepare("UPDATE users SET hair_color = $1 WHERE id = $2")
                    .await?;
                self.client().execute(&statement, &[&"brown", &id]).await?
            }
        })
    }
}

struct Postgres {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    pool: Pool,
    mode: Mode,
}

impl Postgres {
    async fn connection(&mut self) -> Result<Connection<'_>> {
        Ok(match self.mode {
            Mode::Held => Connection::Held(&self.client, &mut self.statements),
            Mode::Pool => Connection::Pooled(self.pool.get().await?),
        })
    }

    async fn mixed(&self, run: &Run) -> Result<Measured> {
        Mixed::run(run, |mut task| {
            let pool = self.pool.clone();
            async move {
                while let Some(operation) = task.operation() {
                    let since = Instant::now();
                    let digest = Connection::Pooled(pool.get().await?)
                        .operate(operation)
                        .await?;
                    task.took(since, digest);
                }
                Ok(task)
            }
        })
        .await
    }
}

fn new_users(size: u64) -> Vec<(String, String)> {
    (0..size)
        .map(|i| (protocol::name(i), "hair_color".to_owned()))
        .collect()
}

impl Peer for Postgres {
    async fn connect(options: &Options) -> Result<Self> {
        let config: tokio_postgres::Config = format!("{}?sslmode=disable", options.url).parse()?;
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool = Pool::builder(manager).max_size(protocol::POOL).build()?;
        Ok(Postgres {
            client,
            statements: HashMap::new(),
            pool,
            mode: options.mode,
        })
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        for statement in statements {
            self.client.batch_execute(statement).await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        if run.work == "mixed" && self.mode == Mode::Pool {
            return self.mixed(run).await.map(Some);
        }
        let mut bench = Bench::new(run);
        match run.work.as_str() {
            "trivial" => {
                while bench.next().is_some() {
                    let users = self.connection().await?.users().await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "medium" => {
                while bench.next().is_some() {
                    let rows = self.connection().await?.medium().await?;
                    bench.answer(|| of_medium(&rows));
                }
            }
            "associations" | "eager_tree" => {
                while bench.next().is_some() {
                    let tree = self.connection().await?.tree().await?;
                    bench.answer(|| of_tree(&tree));
                }
            }
            "insert" | "bulk_insert" | "update" => {
                while let Some(n) = bench.next() {
                    let mut connection = self.connection().await?;
                    match run.work.as_str() {
                        "insert" => connection.insert(&new_users(run.size)).await?,
                        "bulk_insert" => connection.bulk_insert(&new_users(run.size)).await?,
                        _ => connection.update(key(n), &protocol::name(n)).await?,
                    };
                    if bench.is_first() {
                        let users = connection.users().await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "get" => {
                while let Some(n) = bench.next() {
                    let user = self.connection().await?.user(key(n)).await?;
                    bench.answer(|| user.digest());
                }
            }
            "in_list" => {
                while let Some(n) = bench.next() {
                    let users = self.connection().await?.in_list(keys(n)).await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "eager_m2m" => {
                while bench.next().is_some() {
                    let posts = self.connection().await?.tagged().await?;
                    bench.answer(|| of_tagged(&posts));
                }
            }
            "naive" => {
                while bench.next().is_some() {
                    let posts = self.connection().await?.naive().await?;
                    bench.answer(|| of_authors(&posts));
                }
            }
            "load" => {
                while bench.next().is_some() {
                    let posts = self.connection().await?.load().await?;
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
                    let users = self.connection().await?.aggregate().await?;
                    bench.answer(|| of_counts(&users));
                }
            }
            "stream" => {
                while bench.next().is_some() {
                    let digest = self.connection().await?.stream().await?;
                    bench.answer(|| digest);
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }

    async fn server(&mut self) -> Result<Option<String>> {
        let version: String = self
            .client
            .query_one("SHOW server_version", &[])
            .await?
            .get(0);
        Ok(Some(format!("PostgreSQL {version}")))
    }
}

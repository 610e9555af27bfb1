//! SQLite's raw driver: statements prepared and cached by the connection, rows read by position.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use protocol::{Bench, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

fn main() {
    protocol::main::<Rusqlite>();
}

struct User {
    id: i64,
    name: String,
    hair_color: Option<String>,
}

struct Post {
    id: i64,
    user_id: i64,
    title: String,
    body: Option<String>,
}

struct Comment {
    id: i64,
    post_id: i64,
    text: String,
}

struct Tag {
    id: i64,
    name: String,
}

impl User {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Self::read_at(row, 0)
    }

    fn read_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(User {
            id: row.get(at)?,
            name: row.get(at + 1)?,
            hair_color: row.get(at + 2)?,
        })
    }

    fn digest(&self) -> u64 {
        protocol::user(self.id, &self.name, self.hair_color.as_deref())
    }
}

impl Post {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Self::read_at(row, 0)
    }

    fn read_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Post {
            id: row.get(at)?,
            user_id: row.get(at + 1)?,
            title: row.get(at + 2)?,
            body: row.get(at + 3)?,
        })
    }

    fn digest(&self) -> u64 {
        protocol::post(self.id, self.user_id, &self.title, self.body.as_deref())
    }
}

impl Comment {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Comment {
            id: row.get(0)?,
            post_id: row.get(1)?,
            text: row.get(2)?,
        })
    }

    fn digest(&self) -> u64 {
        protocol::comment(self.id, self.post_id, &self.text)
    }
}

type Tree = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

// ---- what the works do ----

fn users(connection: &Connection) -> Result<Vec<User>> {
    let mut statement = connection.prepare_cached("SELECT id, name, hair_color FROM users")?;
    let users = statement.query_map([], User::read)?;
    Ok(users.collect::<Result<_, _>>()?)
}

fn medium(connection: &Connection) -> Result<Vec<(User, Option<Post>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body \
         FROM users u LEFT JOIN posts p ON u.id = p.user_id WHERE u.hair_color = ?1",
    )?;
    let rows = statement.query_map(["black"], |row| {
        let post = row
            .get::<_, Option<i64>>(3)?
            .map(|_| Post::read_at(row, 3))
            .transpose()?;
        Ok((User::read(row)?, post))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A list as one parameter, by the extension `rarray`, as the documentation advises.
fn list(keys: impl IntoIterator<Item = i64>) -> Rc<Vec<Value>> {
    Rc::new(keys.into_iter().map(Value::from).collect())
}

fn posts_of(connection: &Connection, users: &[User]) -> Result<Vec<Post>> {
    let mut statement = connection
        .prepare_cached("SELECT id, user_id, title, body FROM posts WHERE user_id IN (SELECT value FROM rarray(?1))")?;
    let posts = statement.query_map([list(users.iter().map(|user| user.id))], Post::read)?;
    Ok(posts.collect::<Result<_, _>>()?)
}

fn tree(connection: &Connection) -> Result<Tree> {
    let users = users(connection)?;
    let posts = posts_of(connection, &users)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, post_id, text FROM comments WHERE post_id IN (SELECT value FROM rarray(?1))",
    )?;
    let mut comments: HashMap<i64, Vec<Comment>> = HashMap::with_capacity(posts.len());
    for comment in statement.query_map([list(posts.iter().map(|post| post.id))], Comment::read)? {
        let comment = comment?;
        comments.entry(comment.post_id).or_default().push(comment);
    }
    let mut by_user: HashMap<i64, Vec<(Post, Vec<Comment>)>> = HashMap::with_capacity(users.len());
    for post in posts {
        let comments = comments.remove(&post.id).unwrap_or_default();
        by_user
            .entry(post.user_id)
            .or_default()
            .push((post, comments));
    }
    Ok(users
        .into_iter()
        .map(|user| {
            let posts = by_user.remove(&user.id).unwrap_or_default();
            (user, posts)
        })
        .collect())
}

fn user(connection: &Connection, id: i64) -> Result<User> {
    let mut statement =
        connection.prepare_cached("SELECT id, name, hair_color FROM users WHERE id = ?1")?;
    Ok(statement.query_row([id], User::read)?)
}

fn in_list(connection: &Connection, keys: Vec<i64>) -> Result<Vec<User>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, hair_color FROM users WHERE id IN (SELECT value FROM rarray(?1))",
    )?;
    let users = statement.query_map([list(keys)], User::read)?;
    Ok(users.collect::<Result<_, _>>()?)
}

fn posts(connection: &Connection) -> Result<Vec<Post>> {
    let mut statement = connection.prepare_cached("SELECT id, user_id, title, body FROM posts")?;
    let posts = statement.query_map([], Post::read)?;
    Ok(posts.collect::<Result<_, _>>()?)
}

fn update(connection: &Connection, id: i64, name: &str) -> Result<usize> {
    let mut statement = connection.prepare_cached("UPDATE users SET name = ?1 WHERE id = ?2")?;
    Ok(statement.execute(params![name, id])?)
}

/// One statement of several rows, prepared and cached for its number of rows.
fn insert(connection: &Connection, rows: &[(String, Option<String>)]) -> Result<()> {
    let mut sql = String::from("INSERT INTO users (name, hair_color) VALUES (?, ?)");
    sql.push_str(&", (?, ?)".repeat(rows.len() - 1));
    let mut statement = connection.prepare_cached(&sql)?;
    for (i, (name, hair_color)) in rows.iter().enumerate() {
        statement.raw_bind_parameter(2 * i + 1, name)?;
        statement.raw_bind_parameter(2 * i + 2, hair_color)?;
    }
    statement.raw_execute()?;
    Ok(())
}

/// Statements of a thousand rows in a transaction, which took half the time of a statement for each row.
fn bulk_insert(connection: &mut Connection, rows: &[(String, Option<String>)]) -> Result<()> {
    let transaction = connection.transaction()?;
    for rows in rows.chunks(1000) {
        insert(&transaction, rows)?;
    }
    Ok(transaction.commit()?)
}

type Tagged = Vec<(Post, User, Vec<Tag>)>;

fn tagged(connection: &Connection) -> Result<Tagged> {
    let mut statement = connection.prepare_cached(
        "SELECT p.id, p.user_id, p.title, p.body, u.id, u.name, u.hair_color \
         FROM posts p JOIN users u ON u.id = p.user_id",
    )?;
    let posts: Vec<(Post, User)> = statement
        .query_map([], |row| Ok((Post::read(row)?, User::read_at(row, 4)?)))?
        .collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT pt.post_id, t.id, t.name FROM tags t JOIN posts_tags pt ON pt.tag_id = t.id \
         WHERE pt.post_id IN (SELECT value FROM rarray(?1))",
    )?;
    let mut tags: HashMap<i64, Vec<Tag>> = HashMap::with_capacity(posts.len());
    let mut rows = statement.query([list(posts.iter().map(|(post, _)| post.id))])?;
    while let Some(row) = rows.next()? {
        tags.entry(row.get(0)?).or_default().push(Tag {
            id: row.get(1)?,
            name: row.get(2)?,
        });
    }
    Ok(posts
        .into_iter()
        .map(|(post, user)| {
            let tags = tags.remove(&post.id).unwrap_or_default();
            (post, user, tags)
        })
        .collect())
}

fn aggregate(connection: &Connection) -> Result<Vec<(User, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT u.id, u.name, u.hair_color, COUNT(p.id) FROM users u LEFT JOIN posts p ON p.user_id = u.id \
         GROUP BY u.id, u.name, u.hair_color",
    )?;
    let rows = statement.query_map([], |row| Ok((User::read(row)?, row.get(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

// ---- digests ----

fn of_users(users: &[User]) -> u64 {
    protocol::many(users.iter().map(User::digest))
}

fn of_tree(tree: &Tree) -> u64 {
    protocol::many(tree.iter().map(|(user, posts)| {
        let posts = posts.iter().map(|(post, comments)| {
            let comments = protocol::many(comments.iter().map(Comment::digest));
            protocol::Hash::new()
                .rows(post.digest())
                .rows(comments)
                .done()
        });
        protocol::Hash::new()
            .rows(user.digest())
            .rows(protocol::many(posts))
            .done()
    }))
}

fn of_tagged(posts: &Tagged) -> u64 {
    protocol::many(posts.iter().map(|(post, user, tags)| {
        let tags = protocol::many(tags.iter().map(|tag| protocol::tag(tag.id, &tag.name)));
        protocol::Hash::new()
            .rows(post.digest())
            .rows(user.digest())
            .rows(tags)
            .done()
    }))
}

fn of_authors(posts: &[(Post, User)]) -> u64 {
    protocol::many(posts.iter().map(|(post, user)| {
        protocol::Hash::new()
            .rows(post.digest())
            .rows(user.digest())
            .done()
    }))
}

// ---- the peer ----

/// Connections for r2d2; its own crate for rusqlite lags behind rusqlite.
struct Manager {
    path: String,
}

impl Manager {
    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.busy_timeout(Duration::from_secs(5))?;
        rusqlite::vtab::array::load_module(&connection)?;
        Ok(connection)
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<Connection> {
        self.open()
    }

    fn is_valid(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.execute_batch("")
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

enum Rusqlite {
    Held(Connection),
    Pool(r2d2::Pool<Manager>),
}

enum Handle<'a> {
    Held(&'a mut Connection),
    Pooled(r2d2::PooledConnection<Manager>),
}

impl std::ops::Deref for Handle<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Handle::Held(connection) => connection,
            Handle::Pooled(connection) => connection,
        }
    }
}

impl std::ops::DerefMut for Handle<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Handle::Held(connection) => connection,
            Handle::Pooled(connection) => connection,
        }
    }
}

impl Rusqlite {
    fn connection(&mut self) -> Result<Handle<'_>> {
        Ok(match self {
            Rusqlite::Held(connection) => Handle::Held(connection),
            Rusqlite::Pool(pool) => Handle::Pooled(pool.get()?),
        })
    }

    /// Measures a work that reads.
    fn reads<T>(
        &mut self,
        run: &Run,
        read: impl Fn(&Connection, u64) -> Result<T>,
        digest: impl Fn(&T) -> u64,
    ) -> Result<Measured> {
        let mut bench = Bench::new(run);
        while let Some(n) = bench.next() {
            let answer = read(&*self.connection()?, n)?;
            bench.answer(|| digest(&answer));
        }
        Ok(bench.done())
    }

    /// Measures a work that writes; its answer is the table after the first time.
    fn writes(
        &mut self,
        run: &Run,
        write: impl Fn(&mut Connection, u64) -> Result<()>,
    ) -> Result<Measured> {
        let mut bench = Bench::new(run);
        while let Some(n) = bench.next() {
            write(&mut *self.connection()?, n)?;
            if bench.is_first() {
                let users = users(&*self.connection()?)?;
                bench.answer(|| of_users(&users));
            }
        }
        Ok(bench.done())
    }
}

fn naive(connection: &Connection) -> Result<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in posts(connection)? {
        let user = user(connection, post.user_id)?;
        authors.push((post, user));
    }
    Ok(authors)
}

/// The same with two queries.
fn load(connection: &Connection) -> Result<Vec<(Post, Rc<User>)>> {
    let posts = posts(connection)?;
    let mut keys: Vec<i64> = posts.iter().map(|post| post.user_id).collect();
    keys.sort_unstable();
    keys.dedup();
    let users: HashMap<i64, Rc<User>> = in_list(connection, keys)?
        .into_iter()
        .map(|user| (user.id, Rc::new(user)))
        .collect();
    posts
        .into_iter()
        .map(|post| {
            let user = users.get(&post.user_id).ok_or("a post without its user")?;
            Ok((post, Rc::clone(user)))
        })
        .collect()
}

fn stream(connection: &Connection) -> Result<u64> {
    let mut statement = connection.prepare_cached("SELECT id, name, hair_color FROM users")?;
    let mut rows = statement.query([])?;
    let mut digest = 0_u64;
    while let Some(row) = rows.next()? {
        let user = User::read(row)?;
        digest = digest
            .wrapping_add(user.id as u64)
            .wrapping_add(user.name.len() as u64);
    }
    Ok(digest)
}

fn new_users(size: u64) -> Vec<(String, Option<String>)> {
    (0..size)
        .map(|i| (protocol::name(i), Some("hair_color".to_owned())))
        .collect()
}

fn operate(connection: &Connection, operation: Operation) -> Result<u64> {
    Ok(match operation {
        Operation::Get(id) => user(connection, id)?.digest(),
        Operation::Page(from) => {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, hair_color FROM users WHERE id >= ?1 ORDER BY id LIMIT 10",
            )?;
            let users = statement
                .query_map([from], User::read)?
                .collect::<Result<Vec<_>, _>>()?;
            of_users(&users)
        }
        Operation::Update(id) => {
            let mut statement =
                connection.prepare_cached("UPDATE users SET hair_color = ?1 WHERE id = ?2")?;
            statement.execute(params!["brown", id])? as u64
        }
    })
}

/// The driver blocks, so each task is one of the runtime's blocking threads.
async fn mixed(run: &Run, pool: &r2d2::Pool<Manager>) -> Result<Measured> {
    Mixed::run(run, |mut task| {
        let pool = pool.clone();
        async move {
            tokio::task::spawn_blocking(move || {
                while let Some(operation) = task.operation() {
                    let since = Instant::now();
                    let digest = operate(&*pool.get()?, operation)?;
                    task.took(since, digest);
                }
                Ok(task)
            })
            .await?
        }
    })
    .await
}

impl Peer for Rusqlite {
    async fn connect(options: &Options) -> Result<Self> {
        let manager = Manager {
            path: options.sqlite_path().to_owned(),
        };
        Ok(if options.pooled() {
            Rusqlite::Pool(
                r2d2::Pool::builder()
                    .max_size(protocol::POOL as u32)
                    .build(manager)?,
            )
        } else {
            Rusqlite::Held(manager.open()?)
        })
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        let connection = self.connection()?;
        for statement in statements {
            connection.execute_batch(statement)?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let measured = match run.work.as_str() {
            "trivial" => self.reads(run, |c, _| users(c), |users| of_users(users)),
            "medium" => self.reads(
                run,
                |c, _| medium(c),
                |rows| {
                    protocol::many(rows.iter().map(|(user, post)| {
                        let post = post.as_ref().map_or(0, Post::digest);
                        protocol::Hash::new().rows(user.digest()).rows(post).done()
                    }))
                },
            ),
            "associations" | "eager_tree" => self.reads(run, |c, _| tree(c), of_tree),
            "insert" => self.writes(run, |c, _| insert(c, &new_users(run.size))),
            "bulk_insert" => self.writes(run, |c, _| bulk_insert(c, &new_users(run.size))),
            "get" => self.reads(run, |c, n| user(c, key(n)), User::digest),
            "update" => self.writes(run, |c, n| {
                update(c, key(n), &protocol::name(n)).map(|_| ())
            }),
            "in_list" => self.reads(run, |c, n| in_list(c, keys(n)), |users| of_users(users)),
            "eager_m2m" => self.reads(run, |c, _| tagged(c), of_tagged),
            "naive" => self.reads(run, |c, _| naive(c), |posts| of_authors(posts)),
            "load" => self.reads(
                run,
                |c, _| load(c),
                |posts| {
                    protocol::many(posts.iter().map(|(post, user)| {
                        protocol::Hash::new()
                            .rows(post.digest())
                            .rows(user.digest())
                            .done()
                    }))
                },
            ),
            "aggregate" => self.reads(
                run,
                |c, _| aggregate(c),
                |rows| {
                    protocol::many(rows.iter().map(|(user, count)| {
                        protocol::Hash::new().rows(user.digest()).int(*count).done()
                    }))
                },
            ),
            "stream" => self.reads(run, |c, _| stream(c), |digest| *digest),
            "mixed" => match self {
                Rusqlite::Pool(pool) => mixed(run, pool).await,
                Rusqlite::Held(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        measured.map(Some)
    }

    async fn server(&mut self) -> Result<Option<String>> {
        Ok(Some(format!("SQLite {}", rusqlite::version())))
    }
}

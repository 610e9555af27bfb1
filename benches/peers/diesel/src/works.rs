//! What each work does, on the connection of the file that holds this module.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::dsl::count;
use diesel::prelude::*;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};
use protocol::{
    Bench, Dialect, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};

use super::{Backend, Connection, Streaming, bulk_insert};
use crate::models::*;

fn all_users(c: &mut Connection) -> QueryResult<Vec<User>> {
    users::table.select(User::as_select()).load(c)
}

fn medium(c: &mut Connection) -> QueryResult<Vec<(User, Option<Post>)>> {
    users::table
        .left_join(posts::table)
        .filter(users::hair_color.eq("black"))
        .select(<(User, Option<Post>)>::as_select())
        .load(c)
}

fn tree(c: &mut Connection) -> QueryResult<Tree> {
    let users = all_users(c)?;
    let posts = Post::belonging_to(&users)
        .select(Post::as_select())
        .load(c)?;
    let comments: Vec<Comment> = Comment::belonging_to(&posts)
        .select(Comment::as_select())
        .load(c)?;
    let comments = comments.grouped_by(&posts);
    let posts = posts.into_iter().zip(comments).grouped_by(&users);
    Ok(users.into_iter().zip(posts).collect())
}

fn user(c: &mut Connection, id: i64) -> QueryResult<User> {
    users::table.find(id).select(User::as_select()).first(c)
}

fn in_list(c: &mut Connection, keys: Vec<i64>) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::id.eq_any(keys))
        .select(User::as_select())
        .load(c)
}

fn all_posts(c: &mut Connection) -> QueryResult<Vec<Post>> {
    posts::table.select(Post::as_select()).load(c)
}

fn naive(c: &mut Connection) -> QueryResult<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in all_posts(c)? {
        let user = user(c, post.user_id)?;
        authors.push((post, user));
    }
    Ok(authors)
}

fn load(c: &mut Connection) -> Result<Vec<(Post, Rc<User>)>> {
    let posts = all_posts(c)?;
    let mut keys: Vec<i64> = posts.iter().map(|post| post.user_id).collect();
    keys.sort_unstable();
    keys.dedup();
    let users: HashMap<i64, Rc<User>> = in_list(c, keys)?
        .into_iter()
        .map(|user| (user.id, Rc::new(user)))
        .collect();
    let mut authors = Vec::with_capacity(posts.len());
    for post in posts {
        let user = Rc::clone(users.get(&post.user_id).ok_or("a post without its user")?);
        authors.push((post, user));
    }
    Ok(authors)
}

fn tagged(c: &mut Connection) -> QueryResult<Tagged> {
    let rows: Vec<(Post, User)> = posts::table
        .inner_join(users::table)
        .select(<(Post, User)>::as_select())
        .load(c)?;
    let (posts, users): (Vec<Post>, Vec<User>) = rows.into_iter().unzip();
    let tags: Vec<(PostTag, Tag)> = PostTag::belonging_to(&posts)
        .inner_join(tags::table)
        .select(<(PostTag, Tag)>::as_select())
        .load(c)?;
    let tags = tags.grouped_by(&posts);
    Ok(posts
        .into_iter()
        .zip(users)
        .zip(tags)
        .map(|((post, user), tags)| (post, user, tags.into_iter().map(|(_, tag)| tag).collect()))
        .collect())
}

fn aggregate(c: &mut Connection) -> QueryResult<Vec<(User, i64)>> {
    users::table
        .left_join(posts::table)
        .group_by(users::id)
        .select((User::as_select(), count(posts::id.nullable())))
        .load(c)
}

fn update(c: &mut Connection, id: i64, name: String) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set(users::name.eq(name))
        .execute(c)
}

/// Arrays, as in Diesel's own benchmark: their statement is kept, that of a `Vec` is not.
fn insert(c: &mut Connection, size: u64) -> QueryResult<usize> {
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
        _ => bulk_insert(c, (0..size).map(NewUser::nth).collect()),
    }
}

fn stream(c: &mut Connection) -> QueryResult<u64> {
    let mut digest = 0_u64;
    for user in users::table
        .select(User::as_select())
        .load_iter::<User, Streaming>(c)?
    {
        let user = user?;
        digest = digest
            .wrapping_add(user.id as u64)
            .wrapping_add(user.name.len() as u64);
    }
    Ok(digest)
}

fn build_query() -> QueryResult<String> {
    let query = users::table
        .filter(users::hair_color.eq("black"))
        .filter(users::id.gt(100))
        .filter(users::name.like("User%"))
        .order(users::name.desc())
        .limit(10)
        .select(User::as_select());
    sql_of(&query)
}

fn sql_of(query: &impl QueryFragment<Backend>) -> QueryResult<String> {
    let mut sql = <Backend as diesel::backend::Backend>::QueryBuilder::default();
    query.to_sql(&mut sql, &Backend::default())?;
    Ok(sql.finish())
}

fn operate(c: &mut Connection, operation: Operation) -> QueryResult<u64> {
    Ok(match operation {
        Operation::Get(id) => of_user(&user(c, id)?),
        Operation::Page(from) => of_users(
            &users::table
                .filter(users::id.ge(from))
                .order(users::id)
                .limit(10)
                .select(User::as_select())
                .load(c)?,
        ),
        Operation::Update(id) => diesel::update(users::table.find(id))
            .set(users::hair_color.eq("brown"))
            .execute(c)? as u64,
    })
}

// ---- the peer ----

type Manager = ConnectionManager<Connection>;

pub enum Diesel {
    Held(Connection),
    Pool(Pool<Manager>),
}

enum Handle<'a> {
    Held(&'a mut Connection),
    Pooled(PooledConnection<Manager>),
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

impl Diesel {
    fn connection(&mut self) -> Result<Handle<'_>> {
        Ok(match self {
            Diesel::Held(connection) => Handle::Held(connection),
            Diesel::Pool(pool) => Handle::Pooled(pool.get()?),
        })
    }

    fn reads<T>(
        &mut self,
        run: &Run,
        read: impl Fn(&mut Connection, u64) -> QueryResult<T>,
        digest: impl Fn(&T) -> u64,
    ) -> Result<Measured> {
        let mut bench = Bench::new(run);
        while let Some(n) = bench.next() {
            let answer = read(&mut *self.connection()?, n)?;
            bench.answer(|| digest(&answer));
        }
        Ok(bench.done())
    }

    fn writes(
        &mut self,
        run: &Run,
        write: impl Fn(&mut Connection, u64) -> QueryResult<usize>,
    ) -> Result<Measured> {
        let mut bench = Bench::new(run);
        while let Some(n) = bench.next() {
            write(&mut *self.connection()?, n)?;
            if bench.is_first() {
                let users = all_users(&mut *self.connection()?)?;
                bench.answer(|| of_users(&users));
            }
        }
        Ok(bench.done())
    }
}

/// What has to be said to a new connection of SQLite's.
fn customize(c: &mut Connection, dialect: Dialect) -> QueryResult<()> {
    if dialect == Dialect::Sqlite {
        c.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL;")?;
    }
    Ok(())
}

#[derive(Debug)]
struct Customizer(Dialect);

impl diesel::r2d2::CustomizeConnection<Connection, diesel::r2d2::Error> for Customizer {
    fn on_acquire(&self, c: &mut Connection) -> std::result::Result<(), diesel::r2d2::Error> {
        customize(c, self.0).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// Diesel blocks, so each task is one of the runtime's blocking threads.
async fn mixed(run: &Run, pool: &Pool<Manager>) -> Result<Measured> {
    Mixed::run(run, |mut task| {
        let pool = pool.clone();
        async move {
            tokio::task::spawn_blocking(move || {
                while let Some(operation) = task.operation() {
                    let since = Instant::now();
                    let digest = operate(&mut *pool.get()?, operation)?;
                    task.took(since, digest);
                }
                Ok(task)
            })
            .await?
        }
    })
    .await
}

impl Peer for Diesel {
    async fn connect(options: &Options) -> Result<Self> {
        let dialect = options.dialect();
        let url = match dialect {
            Dialect::Sqlite => options.sqlite_path().to_owned(),
            Dialect::Postgres => format!("{}?sslmode=disable", options.url),
            Dialect::MySql => format!("{}?ssl_mode=disabled", options.url),
        };
        if options.pooled() {
            let pool = Pool::builder()
                .max_size(protocol::POOL as u32)
                .connection_customizer(Box::new(Customizer(dialect)))
                .build(Manager::new(url))?;
            return Ok(Diesel::Pool(pool));
        }
        let mut connection = <Connection as diesel::Connection>::establish(&url)?;
        customize(&mut connection, dialect)?;
        Ok(Diesel::Held(connection))
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        let mut connection = self.connection()?;
        for statement in statements {
            diesel::sql_query(statement).execute(&mut *connection)?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let measured = match run.work.as_str() {
            "trivial" => self.reads(run, |c, _| all_users(c), |users| of_users(users)),
            "medium" => self.reads(run, |c, _| medium(c), |rows| of_medium(rows)),
            "associations" | "eager_tree" => self.reads(run, |c, _| tree(c), of_tree),
            "insert" | "bulk_insert" => self.writes(run, |c, _| insert(c, run.size)),
            "get" => self.reads(run, |c, n| user(c, key(n)), of_user),
            "update" => self.writes(run, |c, n| update(c, key(n), protocol::name(n))),
            "in_list" => self.reads(run, |c, n| in_list(c, keys(n)), |users| of_users(users)),
            "eager_m2m" => self.reads(run, |c, _| tagged(c), of_tagged),
            "naive" => self.reads(run, |c, _| naive(c), |posts| of_authors(posts)),
            "load" => {
                let mut bench = Bench::new(run);
                while bench.next().is_some() {
                    let posts = load(&mut *self.connection()?)?;
                    bench.answer(|| {
                        many(posts.iter().map(|(post, user)| {
                            Hash::new().rows(of_post(post)).rows(of_user(user)).done()
                        }))
                    });
                }
                Ok(bench.done())
            }
            "aggregate" => self.reads(run, |c, _| aggregate(c), |users| of_counts(users)),
            "stream" => self.reads(run, |c, _| stream(c), |digest| *digest),
            "build_query" => {
                let mut bench = Bench::new(run);
                while bench.next().is_some() {
                    std::hint::black_box(build_query()?);
                }
                Ok(bench.done())
            }
            "mixed" => match self {
                Diesel::Pool(pool) => mixed(run, pool).await,
                Diesel::Held(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        measured.map(Some)
    }
}

//! What each work does, on the connection of the file that holds this module.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use diesel::dsl::count;
use diesel::prelude::*;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::{FutureExt, TryStreamExt};
use protocol::{
    Bench, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};

use super::{Backend, Connection, customize, insert, url};
use crate::models::*;

async fn all_users(c: &mut Connection) -> QueryResult<Vec<User>> {
    users::table.select(User::as_select()).load(c).await
}

async fn medium(c: &mut Connection) -> QueryResult<Vec<(User, Option<Post>)>> {
    users::table
        .left_join(posts::table)
        .filter(users::hair_color.eq("black"))
        .select(<(User, Option<Post>)>::as_select())
        .load(c)
        .await
}

async fn tree(c: &mut Connection) -> QueryResult<Tree> {
    let users = all_users(c).await?;
    let posts = Post::belonging_to(&users)
        .select(Post::as_select())
        .load(c)
        .await?;
    let comments: Vec<Comment> = Comment::belonging_to(&posts)
        .select(Comment::as_select())
        .load(c)
        .await?;
    let comments = comments.grouped_by(&posts);
    let posts = posts.into_iter().zip(comments).grouped_by(&users);
    Ok(users.into_iter().zip(posts).collect())
}

async fn user(c: &mut Connection, id: i64) -> QueryResult<User> {
    users::table
        .find(id)
        .select(User::as_select())
        .first(c)
        .await
}

async fn in_list(c: &mut Connection, keys: Vec<i64>) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::id.eq_any(keys))
        .select(User::as_select())
        .load(c)
        .await
}

async fn all_posts(c: &mut Connection) -> QueryResult<Vec<Post>> {
    posts::table.select(Post::as_select()).load(c).await
}

async fn naive(c: &mut Connection) -> QueryResult<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in all_posts(c).await? {
        let user = user(c, post.user_id).await?;
        authors.push((post, user));
    }
    Ok(authors)
}

async fn load(c: &mut Connection) -> Result<Vec<(Post, Arc<User>)>> {
    let posts = all_posts(c).await?;
    let mut keys: Vec<i64> = posts.iter().map(|post| post.user_id).collect();
    keys.sort_unstable();
    keys.dedup();
    let users: HashMap<i64, Arc<User>> = in_list(c, keys)
        .await?
        .into_iter()
        .map(|user| (user.id, Arc::new(user)))
        .collect();
    let mut authors = Vec::with_capacity(posts.len());
    for post in posts {
        let user = Arc::clone(users.get(&post.user_id).ok_or("a post without its user")?);
        authors.push((post, user));
    }
    Ok(authors)
}

async fn tagged(c: &mut Connection) -> QueryResult<Tagged> {
    let rows: Vec<(Post, User)> = posts::table
        .inner_join(users::table)
        .select(<(Post, User)>::as_select())
        .load(c)
        .await?;
    let (posts, users): (Vec<Post>, Vec<User>) = rows.into_iter().unzip();
    let tags: Vec<(PostTag, Tag)> = PostTag::belonging_to(&posts)
        .inner_join(tags::table)
        .select(<(PostTag, Tag)>::as_select())
        .load(c)
        .await?;
    let tags = tags.grouped_by(&posts);
    Ok(posts
        .into_iter()
        .zip(users)
        .zip(tags)
        .map(|((post, user), tags)| (post, user, tags.into_iter().map(|(_, tag)| tag).collect()))
        .collect())
}

async fn aggregate(c: &mut Connection) -> QueryResult<Vec<(User, i64)>> {
    users::table
        .left_join(posts::table)
        .group_by(users::id)
        .select((User::as_select(), count(posts::id.nullable())))
        .load(c)
        .await
}

async fn update(c: &mut Connection, id: i64, name: String) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set(users::name.eq(name))
        .execute(c)
        .await
}

async fn stream(c: &mut Connection) -> QueryResult<u64> {
    let mut users = users::table
        .select(User::as_select())
        .load_stream::<User>(c)
        .await?;
    let mut digest = 0_u64;
    while let Some(user) = users.try_next().await? {
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

async fn operate(c: &mut Connection, operation: Operation) -> QueryResult<u64> {
    Ok(match operation {
        Operation::Get(id) => of_user(&user(c, id).await?),
        Operation::Page(from) => of_users(
            &users::table
                .filter(users::id.ge(from))
                .order(users::id)
                .limit(10)
                .select(User::as_select())
                .load(c)
                .await?,
        ),
        Operation::Update(id) => {
            diesel::update(users::table.find(id))
                .set(users::hair_color.eq("brown"))
                .execute(c)
                .await? as u64
        }
    })
}

// ---- the peer ----

pub enum DieselAsync {
    Held(Box<Connection>),
    Pool(Pool<Connection>),
}

enum Handle<'a> {
    Held(&'a mut Connection),
    Pooled(Object<Connection>),
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

impl DieselAsync {
    async fn connection(&mut self) -> Result<Handle<'_>> {
        Ok(match self {
            DieselAsync::Held(connection) => Handle::Held(connection),
            DieselAsync::Pool(pool) => Handle::Pooled(pool.get().await?),
        })
    }
}

async fn establish(url: String) -> ConnectionResult<Connection> {
    let mut connection = Connection::establish(&url).await?;
    customize(&mut connection)
        .await
        .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

async fn mixed(run: &Run, pool: &Pool<Connection>) -> Result<Measured> {
    Mixed::run(run, |mut task| {
        let pool = pool.clone();
        async move {
            while let Some(operation) = task.operation() {
                let since = Instant::now();
                let digest = operate(&mut *pool.get().await?, operation).await?;
                task.took(since, digest);
            }
            Ok(task)
        }
    })
    .await
}

impl Peer for DieselAsync {
    async fn connect(options: &Options) -> Result<Self> {
        let url = url(options);
        if !options.pooled() {
            return Ok(DieselAsync::Held(Box::new(establish(url).await?)));
        }
        let mut config = ManagerConfig::default();
        // No pool here asks a connection whether it still lives before it gives it out.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(|url| establish(url.to_owned()).boxed());
        let manager = AsyncDieselConnectionManager::<Connection>::new_with_config(url, config);
        Ok(DieselAsync::Pool(
            Pool::builder(manager).max_size(protocol::POOL).build()?,
        ))
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        let mut connection = self.connection().await?;
        for statement in statements {
            diesel::sql_query(statement)
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
                    };
                    if bench.is_first() {
                        let users = all_users(&mut connection).await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "get" => {
                while let Some(n) = bench.next() {
                    let user = user(&mut *self.connection().await?, key(n)).await?;
                    bench.answer(|| of_user(&user));
                }
            }
            "in_list" => {
                while let Some(n) = bench.next() {
                    let users = in_list(&mut *self.connection().await?, keys(n)).await?;
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
                        many(posts.iter().map(|(post, user)| {
                            Hash::new().rows(of_post(post)).rows(of_user(user)).done()
                        }))
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
            "build_query" => {
                while bench.next().is_some() {
                    std::hint::black_box(build_query()?);
                }
            }
            "mixed" => match self {
                DieselAsync::Pool(pool) => return mixed(run, pool).await.map(Some),
                DieselAsync::Held(_) => return Ok(None),
            },
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }
}

//! Toasty: its models, `include`, and a connection taken from its pool where one is held. It has no joins, aggregates or
//! streams, so the works of these are done in its own way or not at all.

use std::time::Instant;

use protocol::{
    Bench, Dialect, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};
use toasty::{Connection, Db, Deferred, Executor};

fn main() {
    protocol::main::<Toasty>();
}

#[derive(Debug, toasty::Model)]
#[table = "users"]
struct User {
    #[key]
    #[auto]
    id: u64,
    name: String,
    hair_color: Option<String>,
    #[has_many]
    posts: Deferred<Vec<Post>>,
}

#[derive(Debug, toasty::Model)]
#[table = "posts"]
struct Post {
    #[key]
    #[auto]
    id: u64,
    #[index]
    user_id: u64,
    #[belongs_to(key = user_id, references = id)]
    user: Deferred<User>,
    title: String,
    body: Option<String>,
    #[has_many]
    comments: Deferred<Vec<Comment>>,
    #[has_many]
    post_tags: Deferred<Vec<PostTag>>,
    #[has_many(via = post_tags.tag)]
    tags: Deferred<Vec<Tag>>,
}

#[derive(Debug, toasty::Model)]
#[table = "comments"]
struct Comment {
    #[key]
    #[auto]
    id: u64,
    #[index]
    post_id: u64,
    #[belongs_to(key = post_id, references = id)]
    post: Deferred<Post>,
    text: String,
}

#[derive(Debug, toasty::Model)]
#[table = "tags"]
struct Tag {
    #[key]
    #[auto]
    id: u64,
    name: String,
    #[has_many]
    post_tags: Deferred<Vec<PostTag>>,
}

#[derive(Debug, toasty::Model)]
#[table = "posts_tags"]
struct PostTag {
    #[key]
    #[auto]
    id: u64,
    #[index]
    post_id: u64,
    #[belongs_to(key = post_id, references = id)]
    post: Deferred<Post>,
    #[index]
    tag_id: u64,
    #[belongs_to(key = tag_id, references = id)]
    tag: Deferred<Tag>,
}

// ---- digests ----

fn of_user(user: &User) -> u64 {
    protocol::user(user.id as i64, &user.name, user.hair_color.as_deref())
}

fn of_users(users: &[User]) -> u64 {
    many(users.iter().map(of_user))
}

fn of_post(post: &Post) -> u64 {
    protocol::post(
        post.id as i64,
        post.user_id as i64,
        &post.title,
        post.body.as_deref(),
    )
}

/// A user with black hair and the post that there may be, as the others answer it.
fn of_medium(users: &[User]) -> u64 {
    many(users.iter().map(|user| {
        let post = user.posts.get().first().map_or(0, of_post);
        Hash::new().rows(of_user(user)).rows(post).done()
    }))
}

fn of_tree(users: &[User]) -> u64 {
    many(users.iter().map(|user| {
        let posts = many(user.posts.get().iter().map(|post| {
            let comments = post.comments.get().iter();
            let comments =
                many(comments.map(|c| protocol::comment(c.id as i64, c.post_id as i64, &c.text)));
            Hash::new().rows(of_post(post)).rows(comments).done()
        }));
        Hash::new().rows(of_user(user)).rows(posts).done()
    }))
}

fn of_tagged(posts: &[Post]) -> u64 {
    many(posts.iter().map(|post| {
        let tags = many(
            post.tags
                .get()
                .iter()
                .map(|tag| protocol::tag(tag.id as i64, &tag.name)),
        );
        Hash::new()
            .rows(of_post(post))
            .rows(of_user(post.user.get()))
            .rows(tags)
            .done()
    }))
}

fn of_author(post: &Post, user: &User) -> u64 {
    Hash::new().rows(of_post(post)).rows(of_user(user)).done()
}

// ---- what the works do ----

async fn insert(db: &mut dyn Executor, size: u64) -> toasty::Result<()> {
    let mut users = User::create_many();
    for i in 0..size {
        users = users.with_item(|user| user.name(protocol::name(i)).hair_color("hair_color"));
    }
    users.exec(db).await.map(|_| ())
}

async fn naive(db: &mut dyn Executor) -> toasty::Result<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in Post::all().exec(db).await? {
        let user = User::get_by_id(db, &post.user_id).await?;
        authors.push((post, user));
    }
    Ok(authors)
}

async fn operate(db: &mut dyn Executor, operation: Operation) -> Result<u64> {
    Ok(match operation {
        Operation::Get(id) => of_user(&User::get_by_id(db, &(id as u64)).await?),
        Operation::Page(from) => {
            let page = User::filter(User::fields().id().ge(from as u64))
                .order_by(User::fields().id().asc())
                .limit(10)
                .exec(db)
                .await?;
            of_users(&page)
        }
        Operation::Update(id) => {
            User::filter_by_id(id as u64)
                .update()
                .hair_color("brown")
                .exec(db)
                .await?;
            1
        }
    })
}

struct Toasty {
    db: Db,
    connection: Option<Connection>,
    dialect: Dialect,
}

impl Toasty {
    fn executor(&mut self) -> &mut dyn Executor {
        match &mut self.connection {
            Some(connection) => connection,
            None => &mut self.db,
        }
    }

    async fn mixed(&self, run: &Run) -> Result<Measured> {
        Mixed::run(run, |mut task| {
            let mut db = self.db.clone();
            async move {
                while let Some(operation) = task.operation() {
                    let since = Instant::now();
                    let digest = operate(&mut db, operation).await?;
                    task.took(since, digest);
                }
                Ok(task)
            }
        })
        .await
    }
}

impl Peer for Toasty {
    async fn connect(options: &Options) -> Result<Self> {
        let dialect = options.dialect();
        let url = match dialect {
            Dialect::Postgres => {
                options.url.replace("postgres:", "postgresql:") + "?sslmode=disable"
            }
            _ => options.url.clone(),
        };
        let db = Db::builder()
            .models(toasty::models!(User, Post, Comment, Tag, PostTag))
            .max_pool_size(protocol::POOL)
            .connect(&url)
            .await?;
        let connection = if options.pooled() {
            None
        } else {
            Some(db.connection().await?)
        };
        Ok(Toasty {
            db,
            connection,
            dialect,
        })
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        let db = self.executor();
        for statement in statements {
            toasty::sql::statement(statement.as_str()).exec(db).await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let dialect = self.dialect;
        if run.work == "mixed" && self.connection.is_none() {
            return self.mixed(run).await.map(Some);
        }
        let db = self.executor();
        let mut bench = Bench::new(run);
        match run.work.as_str() {
            "trivial" => {
                while bench.next().is_some() {
                    let users = User::all().exec(db).await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "medium" => {
                while bench.next().is_some() {
                    let users = User::filter(User::fields().hair_color().eq("black"))
                        .include(User::fields().posts())
                        .exec(db)
                        .await?;
                    bench.answer(|| of_medium(&users));
                }
            }
            "associations" | "eager_tree" => {
                while bench.next().is_some() {
                    let users = User::all()
                        .include(User::fields().posts().comments())
                        .exec(db)
                        .await?;
                    bench.answer(|| of_tree(&users));
                }
            }
            // It has no inserts of several rows with automatic keys on MySQL.
            "insert" | "bulk_insert" if dialect == Dialect::MySql => return Ok(None),
            "insert" | "bulk_insert" => {
                while bench.next().is_some() {
                    insert(db, run.size).await?;
                    if bench.is_first() {
                        let users = User::all().exec(db).await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "get" => {
                while let Some(n) = bench.next() {
                    let user = User::get_by_id(db, &(key(n) as u64)).await?;
                    bench.answer(|| of_user(&user));
                }
            }
            "update" => {
                while let Some(n) = bench.next() {
                    User::filter_by_id(key(n) as u64)
                        .update()
                        .name(protocol::name(n))
                        .exec(db)
                        .await?;
                    if bench.is_first() {
                        let users = User::all().exec(db).await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "in_list" => {
                while let Some(n) = bench.next() {
                    let keys: Vec<u64> = keys(n).into_iter().map(|key| key as u64).collect();
                    let users = User::filter(User::fields().id().in_list(keys))
                        .exec(db)
                        .await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "eager_m2m" => {
                while bench.next().is_some() {
                    let posts = Post::all()
                        .include(Post::fields().user())
                        .include(Post::fields().tags())
                        .exec(db)
                        .await?;
                    bench.answer(|| of_tagged(&posts));
                }
            }
            "naive" => {
                while bench.next().is_some() {
                    let posts = naive(db).await?;
                    bench.answer(|| many(posts.iter().map(|(post, user)| of_author(post, user))));
                }
            }
            "load" => {
                while bench.next().is_some() {
                    let posts = Post::all().include(Post::fields().user()).exec(db).await?;
                    bench
                        .answer(|| many(posts.iter().map(|post| of_author(post, post.user.get()))));
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }
}

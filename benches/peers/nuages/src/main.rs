//! Nuages.

mod models;

use std::time::Instant;

use nuages::driver::Session;
use nuages::prelude::*;
use protocol::{
    Bench, Dialect, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};

use models::{Comment, Owner, Post, Tag, User};

fn main() {
    protocol::main::<Nuages>();
}

struct Nuages {
    db: Database,
    session: Option<Session>,
}

// ---- digests ----

fn of_user(user: &User) -> u64 {
    protocol::user(user.id, &user.name, user.hair_color.as_deref())
}

fn of_users(users: &[User]) -> u64 {
    many(users.iter().map(of_user))
}

fn of_post(post: &Post) -> u64 {
    protocol::post(post.id, *post.user.key(), &post.title, post.body.as_deref())
}

fn of_comment(comment: &Comment) -> u64 {
    protocol::comment(comment.id, *comment.post.key(), &comment.text)
}

fn of_tag(tag: &Tag) -> u64 {
    protocol::tag(tag.id, &tag.name)
}

fn of_owner(owner: &Owner) -> u64 {
    let post = owner.article.get().ok().flatten().map_or(0, |article| {
        protocol::post(
            article.id,
            *article.user.key(),
            &article.title,
            article.body.as_deref(),
        )
    });
    let user = protocol::user(owner.id, &owner.name, owner.hair_color.as_deref());
    Hash::new().rows(user).rows(post).done()
}

fn of_tree(users: &[User]) -> nuages::Result<u64> {
    let mut digests = Vec::new();
    for user in users {
        let mut posts = Vec::new();
        for post in user.posts.get()? {
            let comments = many(post.comments.get()?.iter().map(of_comment));
            posts.push(Hash::new().rows(of_post(post)).rows(comments).done());
        }
        digests.push(Hash::new().rows(of_user(user)).rows(many(posts)).done());
    }
    Ok(many(digests))
}

fn of_tagged(posts: &[Post]) -> nuages::Result<u64> {
    let mut digests = Vec::new();
    for post in posts {
        let tags = many(post.tags.get()?.iter().map(|tag| of_tag(tag)));
        digests.push(
            Hash::new()
                .rows(of_post(post))
                .rows(of_user(post.user.get()?))
                .rows(tags)
                .done(),
        );
    }
    Ok(many(digests))
}

fn of_author(post: &Post, user: &User) -> u64 {
    Hash::new().rows(of_post(post)).rows(of_user(user)).done()
}

/// Of posts whose users are loaded.
fn of_authors(posts: &[Post]) -> u64 {
    many(
        posts
            .iter()
            .filter_map(|post| Some(of_author(post, post.user.get().ok()?))),
    )
}

// ---- what the works do ----

fn new_users(size: u64) -> Result<Vec<User>> {
    let mut users = Vec::with_capacity(size as usize);
    for i in 0..size {
        users.push(
            User::builder()
                .name(protocol::name(i))
                .hair_color("hair_color".to_owned())
                .build()?,
        );
    }
    Ok(users)
}

async fn naive(db: &dyn Executor) -> Result<Vec<(Post, User)>> {
    let mut authors = Vec::new();
    for post in Post::objects().all(db).await? {
        let user = User::objects().key(*post.user.key()).get(db).await?;
        authors.push((post, user));
    }
    Ok(authors)
}

/// The naive loop, with `load`: the first one loads the users of all posts.
async fn load(db: &dyn Executor) -> Result<Vec<Post>> {
    let posts = Post::objects().all(db).await?;
    for post in &posts {
        post.user.load(db).await?;
    }
    Ok(posts)
}

async fn stream(db: &dyn Executor) -> Result<u64> {
    let mut users = User::objects().stream(db)?;
    let mut digest = 0_u64;
    while let Some(user) = users.next().await? {
        digest = digest
            .wrapping_add(user.id as u64)
            .wrapping_add(user.name.len() as u64);
    }
    Ok(digest)
}

/// A query with three conditions, an order and a limit.
fn some_query() -> QuerySet<User> {
    User::objects()
        .filter(|u| u.hair_color().eq("black") & u.id().gt(100) & u.name().startswith("User"))
        .order_by(|u| u.name().desc())
        .limit(10)
}

async fn operate(db: &Database, operation: Operation) -> Result<u64> {
    Ok(match operation {
        Operation::Get(id) => of_user(&User::objects().key(id).get(db).await?),
        Operation::Page(from) => {
            let page = User::objects()
                .filter(|u| u.id().gte(from))
                .order_by(|u| u.id())
                .limit(10);
            of_users(&page.all(db).await?)
        }
        Operation::Update(id) => {
            User::objects()
                .key(id)
                .update(db, |u| u.hair_color().set("brown"))
                .await?
        }
    })
}

impl Nuages {
    fn executor(&self) -> &dyn Executor {
        self.session
            .as_ref()
            .map_or(&self.db as &dyn Executor, |session| session)
    }

    async fn mixed(&self, run: &Run) -> Result<Measured> {
        Mixed::run(run, |mut task| {
            let db = self.db.clone();
            async move {
                while let Some(operation) = task.operation() {
                    let since = Instant::now();
                    let digest = operate(&db, operation).await?;
                    task.took(since, digest);
                }
                Ok(task)
            }
        })
        .await
    }
}

impl Peer for Nuages {
    async fn connect(options: &Options) -> Result<Self> {
        // As with the others, what goes over the loopback interface is not encrypted.
        let url = match options.dialect() {
            Dialect::Sqlite => options.url.clone(),
            Dialect::Postgres | Dialect::MySql => format!("{}?tls=disable", options.url),
        };
        let db = Database::builder(&url)
            .pool_size(protocol::POOL)
            .connect()
            .await?;
        let session = if options.pooled() {
            None
        } else {
            Some(db.session().await?)
        };
        Ok(Nuages { db, session })
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        for statement in statements {
            self.executor().batch(statement).await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let db = self.executor();
        let mut bench = Bench::new(run);
        match run.work.as_str() {
            "trivial" => {
                while bench.next().is_some() {
                    let users = User::objects().all(db).await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "medium" => {
                while bench.next().is_some() {
                    let users = Owner::objects()
                        .filter(|u| u.hair_color().eq("black"))
                        .select_related(|u| u.article())
                        .all(db)
                        .await?;
                    bench.answer(|| many(users.iter().map(of_owner)));
                }
            }
            "associations" | "eager_tree" => {
                while bench.next().is_some() {
                    let users = User::objects()
                        .prefetch_related(|u| u.posts().comments())
                        .all(db)
                        .await?;
                    let digest = if bench.is_first() {
                        of_tree(&users)?
                    } else {
                        0
                    };
                    bench.answer(|| digest);
                }
            }
            "insert" | "bulk_insert" => {
                while bench.next().is_some() {
                    User::objects()
                        .bulk_create(db, new_users(run.size)?)
                        .await?;
                    if bench.is_first() {
                        let users = User::objects().all(db).await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "get" => {
                while let Some(n) = bench.next() {
                    let user = User::objects().key(key(n)).get(db).await?;
                    bench.answer(|| of_user(&user));
                }
            }
            "update" => {
                while let Some(n) = bench.next() {
                    User::objects()
                        .key(key(n))
                        .update(db, |u| u.name().set(protocol::name(n)))
                        .await?;
                    if bench.is_first() {
                        let users = User::objects().all(db).await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "in_list" => {
                while let Some(n) = bench.next() {
                    let users = User::objects()
                        .filter(|u| u.id().in_(keys(n)))
                        .all(db)
                        .await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "eager_m2m" => {
                while bench.next().is_some() {
                    let posts = Post::objects()
                        .select_related(|p| p.user())
                        .prefetch_related(|p| p.tags())
                        .all(db)
                        .await?;
                    let digest = if bench.is_first() {
                        of_tagged(&posts)?
                    } else {
                        0
                    };
                    bench.answer(|| digest);
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
                    let posts = load(db).await?;
                    bench.answer(|| of_authors(&posts));
                }
            }
            // These two are only for the chapter about N + 1.
            "select_related" => {
                while bench.next().is_some() {
                    let posts = Post::objects().select_related(|p| p.user()).all(db).await?;
                    bench.answer(|| of_authors(&posts));
                }
            }
            "prefetch_related" => {
                while bench.next().is_some() {
                    let posts = Post::objects()
                        .prefetch_related(|p| p.user())
                        .all(db)
                        .await?;
                    bench.answer(|| of_authors(&posts));
                }
            }
            "aggregate" => {
                while bench.next().is_some() {
                    let users: Vec<(User, i64)> = User::objects()
                        .annotate(|u| u.posts().id().count())
                        .all(db)
                        .await?;
                    bench.answer(|| {
                        many(users.iter().map(|(user, posts)| {
                            Hash::new().rows(of_user(user)).int(*posts).done()
                        }))
                    });
                }
            }
            "stream" => {
                while bench.next().is_some() {
                    let digest = stream(db).await?;
                    bench.answer(|| digest);
                }
            }
            "build_query" => {
                while bench.next().is_some() {
                    std::hint::black_box(some_query().sql(db)?);
                }
            }
            "mixed" if self.session.is_none() => return self.mixed(run).await.map(Some),
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }
}

//! SeaORM 2: entities in the dense format, and its loaders. It has no connection that is held; a pool of one is next to it.

mod entities;

use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use protocol::{
    Bench, Dialect, Hash, Measured, Mixed, Operation, Options, Peer, Result, Run, key, keys, many,
};
use sea_orm::prelude::*;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, FromQueryResult,
    LoaderTrait, QueryOrder, QuerySelect, QueryTrait, Set,
};

use entities::{comment, post, tag, user};

fn main() {
    protocol::main::<SeaOrm>();
}

struct SeaOrm {
    db: DatabaseConnection,
    pooled: bool,
}

// ---- digests ----

fn of_user(user: &user::Model) -> u64 {
    protocol::user(user.id, &user.name, user.hair_color.as_deref())
}

fn of_users(users: &[user::Model]) -> u64 {
    many(users.iter().map(of_user))
}

fn of_post(post: &post::Model) -> u64 {
    protocol::post(post.id, post.user_id, &post.title, post.body.as_deref())
}

fn of_tree(users: &[user::ModelEx]) -> u64 {
    many(users.iter().map(|user| {
        let posts = many(user.posts.iter().map(|post| {
            let comments = many(
                post.comments
                    .iter()
                    .map(|c| protocol::comment(c.id, c.post_id, &c.text)),
            );
            let digest = protocol::post(post.id, post.user_id, &post.title, post.body.as_deref());
            Hash::new().rows(digest).rows(comments).done()
        }));
        let digest = protocol::user(user.id, &user.name, user.hair_color.as_deref());
        Hash::new().rows(digest).rows(posts).done()
    }))
}

fn of_tagged(posts: &[post::ModelEx]) -> u64 {
    many(posts.iter().map(|post| {
        let tags = many(post.tags.iter().map(|tag| protocol::tag(tag.id, &tag.name)));
        let user = post.user.as_ref().map_or(0, |u| {
            protocol::user(u.id, &u.name, u.hair_color.as_deref())
        });
        let digest = protocol::post(post.id, post.user_id, &post.title, post.body.as_deref());
        Hash::new().rows(digest).rows(user).rows(tags).done()
    }))
}

fn of_authors<'a>(posts: impl IntoIterator<Item = (&'a post::Model, &'a user::Model)>) -> u64 {
    many(
        posts
            .into_iter()
            .map(|(post, user)| Hash::new().rows(of_post(post)).rows(of_user(user)).done()),
    )
}

// ---- what the works do ----

/// A user, and how many posts are theirs.
#[derive(FromQueryResult)]
struct Counted {
    id: i64,
    name: String,
    hair_color: Option<String>,
    posts: i64,
}

async fn user(db: &DatabaseConnection, id: i64) -> Result<user::Model> {
    Ok(user::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or("no such user")?)
}

async fn insert(db: &DatabaseConnection, size: u64) -> Result<(), DbErr> {
    let users = (0..size).map(|i| user::ActiveModel {
        name: Set(protocol::name(i)),
        hair_color: Set(Some("hair_color".to_owned())),
        ..Default::default()
    });
    user::Entity::insert_many(users)
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

async fn update(db: &DatabaseConnection, id: i64, name: String) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::Name, Expr::value(name))
        .filter(user::COLUMN.id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

async fn naive(db: &DatabaseConnection) -> Result<Vec<(post::Model, user::Model)>> {
    let mut authors = Vec::new();
    for post in post::Entity::find().all(db).await? {
        let user = user(db, post.user_id).await?;
        authors.push((post, user));
    }
    Ok(authors)
}

async fn stream(db: &DatabaseConnection) -> Result<u64, DbErr> {
    let mut users = user::Entity::find().stream(db).await?;
    let mut digest = 0_u64;
    while let Some(user) = users.try_next().await? {
        digest = digest
            .wrapping_add(user.id as u64)
            .wrapping_add(user.name.len() as u64);
    }
    Ok(digest)
}

async fn operate(db: &DatabaseConnection, operation: Operation) -> Result<u64> {
    Ok(match operation {
        Operation::Get(id) => of_user(&user(db, id).await?),
        Operation::Page(from) => {
            let page = user::Entity::find()
                .filter(user::COLUMN.id.gte(from))
                .order_by_asc(user::COLUMN.id)
                .limit(10);
            of_users(&page.all(db).await?)
        }
        Operation::Update(id) => {
            let update = user::Entity::update_many()
                .col_expr(user::Column::HairColor, Expr::value("brown"))
                .filter(user::COLUMN.id.eq(id));
            update.exec(db).await?.rows_affected
        }
    })
}

impl SeaOrm {
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

impl Peer for SeaOrm {
    async fn connect(options: &Options) -> Result<Self> {
        let url = match options.dialect() {
            Dialect::Sqlite if options.pooled() => format!("{}?mode=rwc", options.url),
            Dialect::Sqlite => options.url.clone(),
            Dialect::Postgres => format!("{}?sslmode=disable", options.url),
            Dialect::MySql => format!("{}?ssl-mode=disabled", options.url),
        };
        let mut connect = ConnectOptions::new(url);
        connect
            .max_connections(if options.pooled() {
                protocol::POOL as u32
            } else {
                1
            })
            .acquire_timeout(Duration::from_secs(30))
            // No pool here asks a connection whether it still lives before it gives it out.
            .test_before_acquire(false)
            .sqlx_logging(false);
        if options.dialect() == Dialect::Sqlite && options.pooled() {
            connect.map_sqlx_sqlite_opts(|options| {
                options
                    .pragma("journal_mode", "WAL")
                    .pragma("busy_timeout", "5000")
            });
        }
        Ok(SeaOrm {
            db: Database::connect(connect).await?,
            pooled: options.pooled(),
        })
    }

    async fn setup(&mut self, statements: &[String]) -> Result<()> {
        for statement in statements {
            self.db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn run(&mut self, run: &Run) -> Result<Option<Measured>> {
        let db = &self.db;
        let mut bench = Bench::new(run);
        match run.work.as_str() {
            "trivial" => {
                while bench.next().is_some() {
                    let users = user::Entity::find().all(db).await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "medium" => {
                while bench.next().is_some() {
                    let rows = user::Entity::find()
                        .filter(user::COLUMN.hair_color.eq("black"))
                        .find_also_related(post::Entity)
                        .all(db)
                        .await?;
                    bench.answer(|| {
                        many(rows.iter().map(|(user, post)| {
                            Hash::new()
                                .rows(of_user(user))
                                .rows(post.as_ref().map_or(0, of_post))
                                .done()
                        }))
                    });
                }
            }
            "associations" | "eager_tree" => {
                while bench.next().is_some() {
                    let users = user::Entity::load()
                        .with((post::Entity, comment::Entity))
                        .all(db)
                        .await?;
                    bench.answer(|| of_tree(&users));
                }
            }
            "insert" | "bulk_insert" | "update" => {
                while let Some(n) = bench.next() {
                    match run.work.as_str() {
                        "update" => update(db, key(n), protocol::name(n)).await?,
                        _ => insert(db, run.size).await?,
                    }
                    if bench.is_first() {
                        let users = user::Entity::find().all(db).await?;
                        bench.answer(|| of_users(&users));
                    }
                }
            }
            "get" => {
                while let Some(n) = bench.next() {
                    let user = user(db, key(n)).await?;
                    bench.answer(|| of_user(&user));
                }
            }
            "in_list" => {
                while let Some(n) = bench.next() {
                    let users = user::Entity::find()
                        .filter(user::COLUMN.id.is_in(keys(n)))
                        .all(db)
                        .await?;
                    bench.answer(|| of_users(&users));
                }
            }
            "eager_m2m" => {
                while bench.next().is_some() {
                    let posts = post::Entity::load()
                        .with(user::Entity)
                        .with(tag::Entity)
                        .all(db)
                        .await?;
                    bench.answer(|| of_tagged(&posts));
                }
            }
            "naive" => {
                while bench.next().is_some() {
                    let posts = naive(db).await?;
                    bench.answer(|| of_authors(posts.iter().map(|(post, user)| (post, user))));
                }
            }
            "load" => {
                while bench.next().is_some() {
                    let posts = post::Entity::find().all(db).await?;
                    let users = posts.load_one(user::Entity, db).await?;
                    bench.answer(|| of_authors(posts.iter().zip(users.iter().flatten())));
                }
            }
            "aggregate" => {
                while bench.next().is_some() {
                    let users: Vec<Counted> = user::Entity::find()
                        .left_join(post::Entity)
                        .column_as(post::Column::Id.count(), "posts")
                        .group_by(user::Column::Id)
                        .into_model()
                        .all(db)
                        .await?;
                    bench.answer(|| {
                        many(users.iter().map(|user| {
                            let digest =
                                protocol::user(user.id, &user.name, user.hair_color.as_deref());
                            Hash::new().rows(digest).int(user.posts).done()
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
                    let query = user::Entity::find()
                        .filter(user::COLUMN.hair_color.eq("black"))
                        .filter(user::COLUMN.id.gt(100))
                        .filter(user::COLUMN.name.starts_with("User"))
                        .order_by_desc(user::COLUMN.name)
                        .limit(10);
                    std::hint::black_box(query.build(db.get_database_backend()));
                }
            }
            "mixed" if self.pooled => return self.mixed(run).await.map(Some),
            _ => return Ok(None),
        }
        Ok(Some(bench.done()))
    }
}

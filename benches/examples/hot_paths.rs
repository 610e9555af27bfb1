//! The hot paths, run as often as asked, for a tool that counts instructions: `hot_paths get 100`. See `counts.sh`.

use std::hint::black_box;
use std::process::ExitCode;

use nuages::Result;
use nuages::driver::Session;
use nuages::prelude::*;

#[derive(Model, Debug)]
#[model(app = "hot", table = "users")]
struct User {
    id: i64,
    #[field(max_length = 255)]
    name: String,
    #[field(max_length = 255)]
    hair_color: Option<String>,
    #[related(Post::user)]
    posts: HasMany<Post>,
}

#[derive(Model, Debug)]
#[model(app = "hot", table = "posts")]
struct Post {
    id: i64,
    #[field(on_delete = CASCADE)]
    user: ForeignKey<User>,
    #[field(max_length = 255)]
    title: String,
}

/// A hundred users, and a post of each.
const ROWS: [&str; 4] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL, hair_color TEXT NULL)",
    "CREATE TABLE posts (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_id BIGINT NOT NULL, title TEXT NOT NULL)",
    "INSERT INTO users (name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) \
     SELECT 'User ' || i FROM n",
    "INSERT INTO posts (user_id, title) SELECT id, 'Post of ' || name FROM users",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_default();
    let times = arguments
        .next()
        .and_then(|times| times.parse().ok())
        .unwrap_or(1);
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
    else {
        return ExitCode::FAILURE;
    };
    match runtime.block_on(run(&path, times)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// Whether there is such a path; if so, it was run.
async fn run(path: &str, times: i64) -> Result<bool> {
    let db = Database::connect("sqlite::memory:").await?;
    let session = db.session().await?;
    for statement in ROWS {
        session.batch(statement).await?;
    }
    for n in 0..times {
        if !once(path, &session, n).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn once(path: &str, db: &Session, n: i64) -> Result<bool> {
    match path {
        "build" => {
            let query = User::objects()
                .filter(|u| u.hair_color().eq("black") & u.id().gt(n) & u.name().startswith("User"))
                .order_by(|u| u.name().desc())
                .limit(10);
            black_box(query.sql(db)?);
        }
        "get" => {
            black_box(User::objects().key(n % 100 + 1).get(db).await?);
        }
        "all" => {
            black_box(User::objects().all(db).await?);
        }
        "related" => {
            black_box(Post::objects().select_related(|p| p.user()).all(db).await?);
        }
        "prefetch" => {
            black_box(
                User::objects()
                    .prefetch_related(|u| u.posts())
                    .all(db)
                    .await?,
            );
        }
        "in" => {
            black_box(
                User::objects()
                    .filter(|u| u.id().in_((n..n + 50).collect::<Vec<_>>()))
                    .all(db)
                    .await?,
            );
        }
        "update" => {
            User::objects()
                .key(n % 100 + 1)
                .update(db, |u| u.name().set("Somebody"))
                .await?;
        }
        "insert" => {
            black_box(User::builder().name("Somebody").create(db).await?);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

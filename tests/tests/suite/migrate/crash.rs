//! A program that is killed while it migrates, after any of its statements: the next run comes to the same end.
//!
//! The suite starts itself as that program: it counts the statements that it hears of, and aborts at the wanted one.

use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};

use nuages::Database;
use nuages::driver::Executor;
use nuages::migrate::{Goal, Migrator};
use nuages_tests::{Case, Given, Outcome, Product, cases};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{V1, assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![a_program_that_is_killed_anywhere_is_gone_on_with]
}

const URL: &str = "NUAGES_CRASH_URL";
const AFTER: &str = "NUAGES_CRASH_AFTER";
const WHAT: &str = "NUAGES_CRASH_WHAT";

const MORE: &str = r#"
[[operations]]
op = "add_field"
model = "Post"
field = { name = "editor", type = "foreign_key", to = "blog.Author", on_delete = "SET_NULL", null = true, related_name = "edited" }

[[operations]]
op = "run_sql"
sql = "UPDATE blog_post SET views = views + 1"
reverse_sql = "UPDATE blog_post SET views = views - 1"

[[operations]]
op = "alter_field"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, default = "1.50" }

[[operations]]
op = "rename_model"
old_name = "Tag"
new_name = "Label"
"#;

async fn a_program_that_is_killed_anywhere_is_gone_on_with(given: Given) -> Outcome {
    let db = &given.db;
    let set = chain(&[("", V1), ("", MORE)]);
    go(db, &set, to(1)).await?;
    db.batch("INSERT INTO blog_author (name, email) VALUES ('Alice', 'a@example.org')")
        .await?;
    db.batch("INSERT INTO blog_post (title, author_id, views, body) VALUES ('One', 1, 3, 'x')")
        .await?;
    // Where every statement commits by itself each costs a write to disk, so not every one is tried.
    let is_cheap = matches!(given.product, Product::Sqlite | Product::Postgres)
        || std::env::var_os("NUAGES_DEEP").is_some();
    let step = if is_cheap { 1 } else { 4 };
    let mut killed = 0;
    for after in (1..).step_by(step) {
        if !kill(&given.url, "", after).await? {
            break;
        }
        killed += 1;
        go(db, &set, Goal::Newest).await?;
        assert_there(db, &set, 2).await?;
        assert_eq!(
            values(db, "SELECT views FROM blog_post").await?,
            ["4"],
            "killed after statement {after}"
        );
        go(db, &set, to(1)).await?;
        assert_there(db, &set, 1).await?;
        assert_eq!(values(db, "SELECT views FROM blog_post").await?, ["3"]);
    }
    assert!(5 < killed, "it was killed {killed} times");
    Ok(())
}

/// Starts the program that is killed after so many statements; whether it was, before it came to its end.
pub(super) async fn kill(url: &str, what: &str, after: usize) -> std::io::Result<bool> {
    let (url, what) = (url.to_owned(), what.to_owned());
    let status = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe()?)
            .env(URL, url)
            .env(WHAT, what)
            .env(AFTER, after.to_string())
            .status()
    });
    Ok(!status.await??.success())
}

/// The program that is killed, if the suite was started as it.
pub(crate) fn program() -> Option<ExitCode> {
    let url = std::env::var(URL).ok()?;
    let after = std::env::var(AFTER).ok()?.parse().ok()?;
    let killer = Killer {
        left: AtomicUsize::new(after),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let run = async {
        let db = Database::connect(&url).await?;
        let set = match std::env::var(WHAT).as_deref() {
            Ok("counted") => super::backfill::counted(),
            _ => chain(&[("", V1), ("", MORE)]),
        };
        Migrator::new(&db, set).apply(Goal::Newest).await
    };
    let result = tracing::subscriber::with_default(killer, || runtime.block_on(run));
    Some(if result.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Aborts the program when it has heard of so many statements.
struct Killer {
    left: AtomicUsize,
}

impl Subscriber for Killer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "nuages"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

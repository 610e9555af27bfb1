//! How often memory is asked for: beside the raw driver, for a query of known shape, and while a stream is read.
//!
//! The counts are those of one thread, on which a runtime of its own is driven; what other trials do is not in them.

use allocation_counter::{AllocationInfo, measure};
use mysql_async::prelude::Queryable;
use nuages::driver::Executor;
use nuages::prelude::*;
use nuages_tests::blog::{Author, Post, Status};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, Product, cases};
use tokio::runtime::{self, Runtime};

pub(super) fn cases() -> Vec<Case> {
    cases![
        reading_allocates_as_little_as_the_driver.on(&BLOG),
        a_query_of_known_shape_allocates_little.on(&BLOG),
        a_stream_is_read_in_constant_memory.on(&BLOG),
    ]
}

const ROWS: i64 = 1000;

fn author(id: i64) -> nuages::Result<Author> {
    let author = Author::builder().id(id).name(format!("author {id}"));
    author.email(format!("{id}@example.org")).build()
}

/// Authors with these keys.
async fn fill(executor: &dyn Executor, keys: std::ops::RangeInclusive<i64>) -> nuages::Result<()> {
    let authors = keys.map(author).collect::<Result<Vec<_>, _>>()?;
    Author::objects().bulk_create(executor, authors).await?;
    Ok(())
}

/// What a future asks for, driven on this thread.
fn counted<F: Future>(runtime: &Runtime, future: F) -> AllocationInfo {
    measure(|| {
        runtime.block_on(future);
    })
}

/// Several workers, so that SQLite's calls run in place: on this thread.
fn runtime() -> std::io::Result<Runtime> {
    runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

/// Runs what blocks, away from the runtime of the trial.
async fn aside(work: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    tokio::task::spawn_blocking(work).await?
}

const ALL: &str = "SELECT id, name, email FROM blog_author ORDER BY name";

/// The raw driver's count for all authors, its statement prepared before.
fn raw(
    runtime: &Runtime,
    product: Product,
    url: &str,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    type Row = (i64, String, String);
    let mut rows: Vec<Row> = Vec::new();
    let count = match product {
        Product::Sqlite => {
            let connection = rusqlite::Connection::open(url.trim_start_matches("sqlite://"))?;
            let mut statement = connection.prepare(ALL)?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let count = measure(|| {
                let found = statement.query_map([], read).and_then(Iterator::collect);
                rows = found.unwrap();
            });
            count.count_total
        }
        Product::Postgres => {
            let connected = tokio_postgres::connect(url, tokio_postgres::NoTls);
            let (client, connection) = runtime.block_on(connected)?;
            runtime.spawn(connection);
            let statement = runtime.block_on(client.prepare(ALL))?;
            let count = counted(runtime, async {
                let found = client.query(&statement, &[]).await.unwrap();
                rows = found
                    .iter()
                    .map(|row| (row.get(0), row.get(1), row.get(2)))
                    .collect();
            });
            count.count_total
        }
        Product::MySql | Product::MariaDb => {
            let url = url.replacen("mariadb:", "mysql:", 1);
            let mut connection = runtime.block_on(mysql_async::Conn::from_url(url))?;
            let statement = runtime.block_on(connection.prep(ALL))?;
            let count = counted(runtime, async {
                rows = connection.exec(&statement, ()).await.unwrap();
            });
            count.count_total
        }
    };
    assert_eq!(i64::try_from(rows.len())?, ROWS);
    Ok(count)
}

async fn reading_allocates_as_little_as_the_driver(given: Given) -> Outcome {
    fill(&given.db, 1..=ROWS).await?;
    aside(move || {
        let runtime = runtime()?;
        let raw = raw(&runtime, given.product, &given.url)?;
        let db = runtime.block_on(Database::connect(&given.url))?;
        let held = runtime.block_on(db.session())?;
        // Once before, so that the shape is known and the statement prepared.
        let mut found = runtime.block_on(Author::objects().all(&held))?;
        let ours = counted(&runtime, async {
            found = Author::objects().all(&held).await.unwrap();
        });
        assert_eq!(i64::try_from(found.len())?, ROWS);
        let rows = u64::try_from(ROWS)?;
        let most = raw + rows;
        assert!(
            ours.count_total <= most,
            "{} allocations for {rows} rows, {raw} of the raw driver's",
            ours.count_total
        );
        drop(held);
        Ok(())
    })
    .await
}

async fn a_query_of_known_shape_allocates_little(given: Given) -> Outcome {
    let db = &given.db;
    let by_key = |id: i64| {
        Author::objects()
            .filter(|a| a.id().eq(id))
            .sql(db)
            .map(drop)
    };
    let page = |title: &str| {
        let posts =
            Post::objects().filter(|p| p.status().eq(Status::Published) & p.title().eq(title));
        let posts = posts.filter(|p| p.author().name().icontains("a"));
        posts
            .select_related(|p| p.author())
            .order_by(|p| p.id().desc())
            .limit(10)
            .sql(db)
            .map(drop)
    };
    by_key(1)?;
    page("a")?;
    let (by_key, page) = (
        measure(|| by_key(2).unwrap()),
        measure(|| page("b").unwrap()),
    );
    // Nothing is resolved or compiled again: that alone would be over a hundred for the smaller one.
    assert!(
        by_key.count_total <= 12,
        "{} allocations",
        by_key.count_total
    );
    assert!(page.count_total <= 45, "{} allocations", page.count_total);
    Ok(())
}

/// The most memory at once while all authors are streamed.
fn peak(runtime: &Runtime, executor: &dyn Executor, expected: i64) -> u64 {
    let mut read = 0;
    let peak = counted(runtime, async {
        let mut rows = Author::objects().stream(executor).unwrap();
        while rows.next().await.unwrap().is_some() {
            read += 1;
        }
    });
    assert_eq!(read, expected);
    peak.bytes_max
}

async fn a_stream_is_read_in_constant_memory(given: Given) -> Outcome {
    if given.product == Product::Sqlite {
        return in_step(given).await;
    }
    fill(&given.db, 1..=8000).await?;
    aside(move || {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let db = runtime.block_on(Database::connect(&given.url))?;
        let held = runtime.block_on(db.session())?;
        peak(&runtime, &held, 8000);
        let short = peak(&runtime, &held, 8000);
        runtime.block_on(fill(&held, 8001..=40_000))?;
        let long = peak(&runtime, &held, 40_000);
        assert!(
            long < short + short / 2,
            "{short} bytes for 8,000 rows, {long} for 40,000"
        );
        drop(held);
        Ok(())
    })
    .await
}

/// SQLite's rows are decoded on another thread, whose memory is not counted here: so it is counted how far that thread
/// runs ahead of who reads.
async fn in_step(given: Given) -> Outcome {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::StreamExt;
    use nuages::driver::{BoxFuture, Job, Outlet, RowCursor, Statement};

    struct Numbers {
        statement: Option<Statement>,
        outlet: Outlet<i64>,
        decoded: Arc<AtomicUsize>,
    }

    impl Job for Numbers {
        fn wave(&mut self) -> nuages::Result<Vec<Statement>> {
            Ok(self.statement.take().into_iter().collect())
        }

        fn row(&mut self, _: usize, row: &mut dyn RowCursor) -> nuages::Result<()> {
            self.decoded.fetch_add(1, Ordering::Relaxed);
            self.outlet.push(row.int(0)?.unwrap_or_default());
            Ok(())
        }

        fn chunk(&self) -> Option<usize> {
            self.outlet.chunk()
        }

        fn flush(&mut self) -> BoxFuture<'_, nuages::Result<()>> {
            self.outlet.flush()
        }
    }

    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n";
    let decoded = Arc::new(AtomicUsize::new(0));
    let mut chunks = nuages::driver::stream(&given.db, 100, |outlet| Numbers {
        statement: Some(Statement::query(sql, vec![])),
        outlet,
        decoded: Arc::clone(&decoded),
    });
    let mut read = 0;
    while let Some(chunk) = chunks.next().await {
        let ahead = decoded.load(Ordering::Relaxed).saturating_sub(read);
        assert!(ahead <= 400, "{ahead} rows ahead of who reads");
        read += chunk?.len();
    }
    assert_eq!(read, 100_000);
    Ok(())
}

//! The pool over connections that do as they are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::driver::TransactionOptions;

/// What the connections of a test share.
#[derive(Debug, Default)]
struct World {
    connected: AtomicUsize,
    pinged: AtomicUsize,
    discarded: AtomicUsize,
    is_down: AtomicBool,
    said: std::sync::Mutex<Vec<String>>,
}

impl World {
    fn counts(&self) -> (usize, usize, usize) {
        (
            self.connected.load(Ordering::Relaxed),
            self.pinged.load(Ordering::Relaxed),
            self.discarded.load(Ordering::Relaxed),
        )
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

#[derive(Debug)]
struct Fake(Arc<World>);

struct FakeConnection {
    world: Arc<World>,
    server: Server,
    is_broken: bool,
}

fn lost() -> Error {
    Error::new(ErrorKind::ConnectionLost {
        database: "fake".to_owned(),
        message: "down".to_owned(),
    })
}

impl Backend for Fake {
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        self.0.connected.fetch_add(1, Ordering::Relaxed);
        let connection = FakeConnection {
            world: self.0.clone(),
            server: server(),
            is_broken: false,
        };
        Box::pin(async { Ok(Box::new(connection) as Box<dyn Connection>) })
    }

    fn address(&self) -> &str {
        "fake"
    }
}

impl Connection for FakeConnection {
    fn run<'a>(&'a mut self, job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(async { Ok(job) })
    }

    fn batch<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if sql == "hang" {
                std::future::pending::<()>().await;
            }
            if self.world.is_down.load(Ordering::Relaxed) {
                self.is_broken = true;
                return Err(lost());
            }
            self.world.said.lock().unwrap().push(sql.to_owned());
            Ok(())
        })
    }

    fn begin<'a>(&'a mut self, _: &'a TransactionOptions) -> BoxFuture<'a, Result<()>> {
        self.batch("BEGIN")
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        self.world.pinged.fetch_add(1, Ordering::Relaxed);
        let alive = !self.world.is_down.load(Ordering::Relaxed);
        Box::pin(std::future::ready(if alive { Ok(()) } else { Err(lost()) }))
    }

    fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn discard(self: Box<Self>) {
        self.world.discarded.fetch_add(1, Ordering::Relaxed);
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

fn server() -> Server {
    Server {
        product: "fake",
        version: (1, 0, 0),
    }
}

fn pool(settings: PoolSettings) -> (Pool, Arc<World>) {
    let world = Arc::new(World::default());
    (
        Pool::new(Box::new(Fake(world.clone())), settings).unwrap(),
        world,
    )
}

#[tokio::test]
async fn a_connection_is_used_again_without_a_ping() {
    let (pool, world) = pool(PoolSettings::default());
    for _ in 0..5 {
        pool.lease().await.unwrap().batch("x").await.unwrap();
    }
    assert_eq!(world.counts(), (1, 0, 0));
}

#[tokio::test]
async fn after_a_lost_connection_the_others_are_pinged_first() {
    let (pool, world) = pool(PoolSettings::default());
    let (mut one, two) = (pool.lease().await.unwrap(), pool.lease().await.unwrap());
    drop(two);
    tokio::time::sleep(Duration::from_millis(5)).await;
    world.is_down.store(true, Ordering::Relaxed);
    assert!(one.batch("x").await.unwrap_err().is_connection_lost());
    drop(one);
    world.is_down.store(false, Ordering::Relaxed);
    pool.lease().await.unwrap();
    assert_eq!(world.counts(), (2, 1, 1));
    // A ping that fails replaces the connection.
    let mut one = pool.lease().await.unwrap();
    let two = pool.lease().await.unwrap();
    drop(two);
    tokio::time::sleep(Duration::from_millis(5)).await;
    world.is_down.store(true, Ordering::Relaxed);
    assert!(one.batch("x").await.is_err());
    drop(one);
    pool.lease().await.unwrap();
    assert_eq!(world.counts(), (4, 2 + 1, 2));
}

#[tokio::test]
async fn a_cancelled_statement_throws_its_connection_away() {
    let (pool, world) = pool(PoolSettings::default());
    {
        let mut leased = pool.lease().await.unwrap();
        let hanging = tokio::time::timeout(Duration::from_millis(5), leased.batch("hang"));
        assert!(hanging.await.is_err());
        assert!(leased.batch("x").await.is_err());
    }
    assert_eq!(world.counts(), (1, 0, 1));
    pool.lease().await.unwrap();
    assert_eq!(world.counts(), (2, 0, 1));
}

#[tokio::test]
async fn connections_grow_old_and_idle_ones_are_closed() {
    let (pool, world) = pool(PoolSettings {
        max_lifetime: Some(Duration::from_millis(20)),
        idle_timeout: Duration::from_millis(40),
        ..PoolSettings::default()
    });
    drop(pool.lease().await.unwrap());
    tokio::time::sleep(Duration::from_millis(25)).await;
    let (one, two) = (pool.lease().await.unwrap(), pool.lease().await.unwrap());
    assert_eq!(world.counts().0, 3);
    drop((one, two));
    tokio::time::sleep(Duration::from_millis(45)).await;
    let _one = pool.lease().await.unwrap();
    assert_eq!(pool.status().size, 1);
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_by_a_task() {
    let (pool, world) = pool(PoolSettings::default());
    let mut leased = pool.lease().await.unwrap();
    leased.begin(&TransactionOptions::default()).await.unwrap();
    drop(leased);
    while pool.status().available == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.said(), ["BEGIN", "ROLLBACK"]);
    assert_eq!(world.counts(), (1, 0, 0));
    let mut leased = pool.lease().await.unwrap();
    leased.begin(&TransactionOptions::default()).await.unwrap();
    world.is_down.store(true, Ordering::Relaxed);
    drop(leased);
    while pool.status().size != 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.counts(), (1, 0, 1));
}

#[test]
fn without_a_runtime_an_open_transaction_goes_with_its_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (pool, world) = pool(PoolSettings::default());
    let leased = runtime.block_on(async {
        let mut leased = pool.lease().await.unwrap();
        leased.begin(&TransactionOptions::default()).await.unwrap();
        leased
    });
    drop(runtime);
    drop(leased);
    assert_eq!(world.counts(), (1, 0, 1));
}

//! The pool: connections lent out one at a time, looked over when they come back and before they go out again.
//!
//! Taking a connection costs no round trip and no timer while one is free. Only a connection that stood idle for long,
//! or any connection after another one broke (the server may have restarted), is asked for a sign of life first. A
//! connection comes back to the pool only as clean as it left: one with a statement under way is thrown away, one
//! with an open transaction is rolled back first.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, Object, PoolError, QueueMode, RecycleResult, Timeouts};
use deadpool::managed::{RecycleError, TimeoutType};

use super::{Backend, BoxFuture, Connection, Job, Server};
use crate::error::{Error, ErrorKind, Result};

/// How large a pool is and how long things in it may take.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The most connections at once.
    pub size: usize,
    /// How long to wait for a free connection.
    pub wait_timeout: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a connection may stand idle before it is closed.
    pub idle_timeout: Duration,
    /// How old a connection may grow. None: without end.
    pub max_lifetime: Option<Duration>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings {
            size: 10,
            wait_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(600),
            max_lifetime: None,
        }
    }
}

/// After so long without use, a connection is asked for a sign of life before it is lent out.
const TRUSTED_IDLE: Duration = Duration::from_secs(30);

/// How many connections there are, and how many of them are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// The most connections at once.
    pub max_size: usize,
    /// Connections that exist.
    pub size: usize,
    /// Connections that are free.
    pub available: usize,
}

/// The connections of one database.
pub(crate) struct Pool {
    inner: managed::Pool<Maker>,
    settings: PoolSettings,
}

/// Makes connections and looks them over.
struct Maker {
    backend: Box<dyn Backend>,
    settings: PoolSettings,
    epoch: Instant,
    /// When a connection was last found broken, in milliseconds since `epoch`; 0 for never.
    suspect_millis: AtomicU64,
    /// When idle connections were last swept out.
    swept_millis: AtomicU64,
}

/// A connection with what the pool must know about it.
struct Live {
    connection: Box<dyn Connection>,
    /// Set while a future of the connection runs; still set afterwards if the future was dropped in the middle.
    under_way: bool,
    transaction: Open,
    used: Instant,
}

impl Live {
    /// Whether a future was dropped while its statement was under way.
    fn is_in_the_middle(&self) -> bool {
        self.under_way && !self.connection.is_idle()
    }
}

/// Whether a transaction is open on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    No,
    Yes,
    /// Nobody holds the transaction any more and its rollback was handed to a task.
    RollingBack,
}

/// A connection out of the pool. Dropping it gives it back, or throws it away where it is not clean.
pub(crate) struct Leased {
    object: Option<Holding>,
    /// Whether it is not to go back to the pool.
    kept_out: bool,
}

/// How a connection is held.
enum Holding {
    /// Its place in the pool is kept for it.
    Lent(Object<Maker>),
    /// The pool knows it no more, and its place is another's.
    Apart(Live),
}

impl Holding {
    fn discard(self) {
        match self {
            Holding::Lent(object) => Object::take(object).connection.discard(),
            Holding::Apart(live) => live.connection.discard(),
        }
    }
}

impl Deref for Holding {
    type Target = Live;

    fn deref(&self) -> &Live {
        match self {
            Holding::Lent(object) => object,
            Holding::Apart(live) => live,
        }
    }
}

impl DerefMut for Holding {
    fn deref_mut(&mut self) -> &mut Live {
        match self {
            Holding::Lent(object) => object,
            Holding::Apart(live) => live,
        }
    }
}

impl Pool {
    /// Makes an empty pool.
    pub(crate) fn new(backend: Box<dyn Backend>, settings: PoolSettings) -> Result<Self> {
        let maker = Maker {
            backend,
            settings: settings.clone(),
            epoch: Instant::now(),
            suspect_millis: AtomicU64::new(0),
            swept_millis: AtomicU64::new(0),
        };
        let inner = managed::Pool::builder(maker)
            .max_size(settings.size)
            .queue_mode(QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| {
                Error::new(ErrorKind::Configuration {
                    message: format!("the pool cannot be made: {error}"),
                })
            })?;
        Ok(Pool { inner, settings })
    }

    /// Takes a connection: a free one, a new one, or the next to be given back.
    pub(crate) async fn lease(&self) -> Result<Leased> {
        self.sweep();
        let at_once = Timeouts {
            wait: Some(Duration::ZERO),
            create: None,
            recycle: None,
        };
        let mut object = self.inner.timeout_get(&at_once).await;
        if matches!(object, Err(PoolError::Timeout(TimeoutType::Wait))) {
            let patient = Timeouts {
                wait: Some(self.settings.wait_timeout),
                ..at_once
            };
            object = self.inner.timeout_get(&patient).await;
        }
        match object {
            Ok(object) => Ok(Leased {
                object: Some(Holding::Lent(object)),
                kept_out: false,
            }),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Makes a connection that is none of the pool's, however many of those there may be; it is closed in the end.
    pub(crate) async fn lease_apart(&self) -> Result<Leased> {
        let live = managed::Manager::create(self.inner.manager()).await?;
        Ok(Leased {
            object: Some(Holding::Apart(live)),
            kept_out: true,
        })
    }

    /// Runs a job on a connection of its own.
    pub(crate) async fn run(&self, job: Box<dyn Job>) -> Result<Box<dyn Job>> {
        self.lease().await?.run(job).await
    }

    /// How many connections there are.
    pub(crate) fn status(&self) -> PoolStatus {
        let status = self.inner.status();
        PoolStatus {
            max_size: status.max_size,
            size: status.size,
            available: status.available,
        }
    }

    /// Closes the free connections, and the others as they come back.
    pub(crate) fn close(&self) {
        self.inner.close();
    }

    /// Where the connections lead, without the password.
    pub(crate) fn address(&self) -> &str {
        self.inner.manager().backend.address()
    }

    fn explain(&self, error: PoolError<Error>) -> Error {
        match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => Error::new(ErrorKind::PoolTimeout {
                seconds: self.settings.wait_timeout.as_secs_f64(),
                size: self.settings.size,
            }),
            PoolError::Closed => Error::new(ErrorKind::Configuration {
                message: "this database was closed with `close()`; connect again".to_owned(),
            }),
            error @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
                Error::new(ErrorKind::Configuration {
                    message: error.to_string(),
                })
            }
        }
    }

    /// Closes what has stood idle for too long; looks at most every half of that time.
    fn sweep(&self) {
        let maker = self.inner.manager();
        let now = maker.millis();
        let swept = maker.swept_millis.load(Ordering::Relaxed);
        let pause = u64::try_from(self.settings.idle_timeout.as_millis() / 2).unwrap_or(u64::MAX);
        if now.saturating_sub(swept) < pause.max(1) {
            return;
        }
        maker.swept_millis.store(now, Ordering::Relaxed);
        let idle_timeout = self.settings.idle_timeout;
        self.inner
            .retain(|live, _| live.used.elapsed() < idle_timeout);
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("backend", &self.inner.manager().backend)
            .field("status", &self.status())
            .finish()
    }
}

impl Maker {
    fn millis(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// From now on every connection that was last used before must give a sign of life first.
    fn suspect(&self) {
        self.suspect_millis
            .store(self.millis().max(1), Ordering::Relaxed);
    }

    fn is_trusted(&self, live: &Live) -> bool {
        let suspect = self.suspect_millis.load(Ordering::Relaxed);
        let used_millis = live.used.duration_since(self.epoch).as_millis();
        live.used.elapsed() < TRUSTED_IDLE && (suspect == 0 || u128::from(suspect) < used_millis)
    }

    async fn check(&self, live: &mut Live, age: Duration) -> Result<(), &'static str> {
        if live.connection.is_broken() || live.under_way || live.transaction != Open::No {
            return Err("the connection is not clean");
        }
        if self.settings.max_lifetime.is_some_and(|most| most <= age) {
            return Err("the connection has reached its greatest age");
        }
        if self.settings.idle_timeout <= live.used.elapsed() {
            return Err("the connection stood idle for too long");
        }
        if self.is_trusted(live) {
            return Ok(());
        }
        match tokio::time::timeout(self.settings.connect_timeout, live.connection.ping()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err("the connection gave no sign of life"),
        }
    }
}

impl managed::Manager for Maker {
    type Type = Live;
    type Error = Error;

    async fn create(&self) -> Result<Live> {
        let connecting = self.backend.connect();
        let timeout = self.settings.connect_timeout;
        let connection = tokio::time::timeout(timeout, connecting)
            .await
            .map_err(|_| {
                Error::new(ErrorKind::Connect {
                    database: self.backend.address().to_owned(),
                    message: format!(
                        "no answer within {} s; is the host right and the server up? `connect_timeout` sets the time",
                        timeout.as_secs_f64()
                    ),
                })
            })??;
        Ok(Live {
            connection,
            under_way: false,
            transaction: Open::No,
            used: Instant::now(),
        })
    }

    async fn recycle(&self, live: &mut Live, metrics: &Metrics) -> RecycleResult<Error> {
        self.check(live, metrics.created.elapsed())
            .await
            .map_err(RecycleError::message)
    }
}

impl Leased {
    /// Runs a job; refuses where an earlier future of the connection was dropped in the middle.
    pub(crate) async fn run(&mut self, job: Box<dyn Job>) -> Result<Box<dyn Job>> {
        self.guarded(|connection| connection.run(job)).await
    }

    /// Runs text without parameters and rows.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<()> {
        self.guarded(|connection| connection.batch(sql)).await
    }

    /// Begins a transaction; from here on the connection comes back to the pool only rolled back or after `end`.
    pub(crate) async fn begin(&mut self, options: &super::TransactionOptions) -> Result<()> {
        self.guarded(|connection| connection.begin(options)).await?;
        self.live()?.transaction = Open::Yes;
        Ok(())
    }

    /// Ends the transaction by COMMIT or ROLLBACK.
    pub(crate) async fn end(&mut self, sql: &str) -> Result<()> {
        let rolled_back = self.live()?.connection.in_transaction() == Some(false);
        if !(rolled_back && sql == "ROLLBACK") {
            self.batch(sql).await?;
        }
        self.live()?.transaction = Open::No;
        Ok(())
    }

    /// Keeps the connection from going back to the pool: it is closed when this is dropped.
    pub(crate) fn keep_out(&mut self) {
        self.kept_out = true;
    }

    /// What is at the other end.
    pub(crate) fn server(&self) -> Result<Server> {
        let object = self.object.as_ref().ok_or_else(cancelled)?;
        Ok(object.connection.server().clone())
    }

    /// The connection, for what needs no waiting.
    pub(crate) fn connection(&self) -> Option<&dyn Connection> {
        Some(self.object.as_ref()?.connection.as_ref())
    }

    /// Whether a statement was cancelled in the middle or the connection broke.
    pub(crate) fn is_unusable(&self) -> bool {
        self.object
            .as_ref()
            .is_none_or(|live| live.is_in_the_middle() || live.connection.is_broken())
    }

    fn live(&mut self) -> Result<&mut Live> {
        match &mut self.object {
            Some(object) => Ok(object),
            None => Err(cancelled()),
        }
    }

    async fn guarded<'a, T, F>(&'a mut self, work: F) -> Result<T>
    where
        F: FnOnce(&'a mut dyn Connection) -> BoxFuture<'a, Result<T>>,
    {
        let Some(object) = &mut self.object else {
            return Err(cancelled());
        };
        let pool = match object {
            Holding::Lent(object) => Object::pool(object),
            Holding::Apart(_) => None,
        };
        let Live {
            connection,
            under_way,
            used,
            ..
        } = &mut **object;
        if *under_way && !connection.is_idle() {
            return Err(cancelled());
        }
        *under_way = true;
        let result = work(connection.as_mut()).await;
        *under_way = false;
        *used = Instant::now();
        if let (Err(error), Some(pool)) = (&result, pool)
            && error.is_connection_lost()
        {
            pool.manager().suspect();
        }
        result
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else {
            return;
        };
        if self.kept_out || object.is_in_the_middle() || object.connection.is_broken() {
            return object.discard();
        }
        object.under_way = false;
        let transaction = object.transaction;
        match transaction {
            Open::No => drop(object),
            Open::Yes if object.connection.rollback_now() => object.transaction = Open::No,
            Open::Yes => roll_back_in_a_task(object),
            Open::RollingBack => object.discard(),
        }
    }
}

/// Rolls back what nobody holds any more, so that its locks are freed now and not when the connection is next used.
fn roll_back_in_a_task(mut object: Holding) {
    object.transaction = Open::RollingBack;
    let mut leased = Leased {
        object: Some(object),
        kept_out: false,
    };
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            // A failure leaves the transaction marked as open, so that the connection is thrown away.
            let _ = tokio::time::timeout(TRUSTED_IDLE, leased.end("ROLLBACK")).await;
        });
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Transaction {
        message: "a statement of this transaction was cancelled while it was under way, so the transaction cannot \
                  go on and is rolled back; begin a new one"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests;

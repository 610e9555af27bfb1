//! Whose turn it is: SQLite has one writer at a time, and tasks wait for theirs without holding up a thread.
//!
//! In a file (in WAL mode) readers never wait. A database in memory has no WAL, so there a writer also waits for the
//! readers and they for it. Other processes are not seen here: for those a statement that finds the database busy is
//! tried again, with growing pauses.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, ErrorKind, Result};

/// What a statement does to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// The turns of one database.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    semaphore: Arc<Semaphore>,
    read: u32,
    write: u32,
    queue: Arc<Queue>,
}

/// Those who wait for a turn.
#[derive(Debug, Default)]
struct Queue {
    length: AtomicUsize,
    grows: Notify,
}

/// A place in the queue.
struct Waiting<'q>(&'q Queue);

impl<'q> Waiting<'q> {
    fn in_queue(queue: &'q Queue) -> Self {
        queue.length.fetch_add(1, Ordering::SeqCst);
        queue.grows.notify_waiters();
        Waiting(queue)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.length.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A turn that was given; dropping it gives it to the next. A reader of a file needs none.
pub(super) type Turn = Option<OwnedSemaphorePermit>;

/// Readers of a database in memory at once; no pool is larger.
const READERS: u32 = 1 << 20;

impl Turns {
    /// One writer beside any number of readers.
    pub(super) fn of_file() -> Self {
        Turns {
            semaphore: Arc::new(Semaphore::new(1)),
            read: 0,
            write: 1,
            queue: Arc::default(),
        }
    }

    /// One writer or any number of readers.
    pub(super) fn of_memory() -> Self {
        Turns {
            semaphore: Arc::new(Semaphore::new(READERS as usize)),
            read: 1,
            write: READERS,
            queue: Arc::default(),
        }
    }

    /// Takes a turn if it is free; `Err` where it must be waited for.
    pub(super) fn try_take(&self, access: Access) -> Result<Turn, ()> {
        let permits = self.permits(access);
        if permits == 0 {
            return Ok(None);
        }
        let permit = self.semaphore.clone().try_acquire_many_owned(permits);
        permit.map(Some).map_err(|_| ())
    }

    /// Waits for a turn, first come, first served.
    pub(super) async fn take(&self, access: Access, patience: &Patience) -> Result<Turn> {
        let permits = self.permits(access);
        if permits == 0 {
            return Ok(None);
        }
        let _waiting = Waiting::in_queue(&self.queue);
        let waiting = self.semaphore.clone().acquire_many_owned(permits);
        match tokio::time::timeout(patience.left(), waiting).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            Ok(Err(_)) => unreachable!("the semaphore is never closed"),
            Err(_) => Err(Error::new(ErrorKind::LockTimeout {
                message: format!(
                    "another transaction of this process held the database for {} s; SQLite has one writer at a time. \
                     If this task itself has one open, pass its handle and not the database; else make transactions \
                     shorter, or raise `lock_timeout`",
                    patience.timeout.as_secs_f64()
                ),
            })),
        }
    }

    /// Waits until somebody waits for a turn of whoever has one.
    pub(super) async fn is_wanted(&self) {
        if self.read == 0 {
            // Readers hold up nobody.
            return std::future::pending().await;
        }
        let mut grows = pin!(self.queue.grows.notified());
        grows.as_mut().enable();
        if self.queue.length.load(Ordering::SeqCst) == 0 {
            grows.await;
        }
    }

    fn permits(&self, access: Access) -> u32 {
        match access {
            Access::Read => self.read,
            Access::Write => self.write,
        }
    }
}

/// How long a statement has waited for locks, and how long it still may.
pub(super) struct Patience {
    since: Instant,
    timeout: Duration,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(timeout: Duration) -> Self {
        Patience {
            since: Instant::now(),
            timeout,
            pause: Duration::from_millis(1),
        }
    }

    fn left(&self) -> Duration {
        self.timeout.saturating_sub(self.since.elapsed())
    }

    /// Pauses before the next try after an error that said "busy"; gives the error once the time is over.
    pub(super) async fn pause(&mut self, busy: Error) -> Result<()> {
        if self.left().is_zero() {
            return Err(busy);
        }
        tokio::time::sleep(self.pause.min(self.left())).await;
        self.pause = (self.pause * 2).min(Duration::from_millis(50));
        Ok(())
    }
}

//! Where SQLite's calls run: in place on a worker of a multi-threaded runtime, else on a thread of the connection.
//!
//! A call in place costs about 0.1 µs, a hop to another thread 30 to 45 µs. In place means that the runtime is told
//! (`block_in_place`) and moves its other tasks away; inside a `LocalSet` it refuses by a panic, which nothing but
//! trying can foretell. So the first call on such a thread tries, and the thread is remembered.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// Whether the runtime has refused to run something in place on this thread.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

type Work = Box<dyn FnOnce() + Send>;

/// The thread of a connection; it ends when this is dropped and its last piece of work is done.
pub(super) struct Worker(mpsc::Sender<Work>);

/// What a piece of work gave, or the panic that ended it.
type Ended<T> = thread::Result<T>;

impl Worker {
    /// Starts a thread.
    pub(super) fn start() -> Result<Self> {
        let (sender, receiver) = mpsc::channel::<Work>();
        thread::Builder::new()
            .name("nuages-sqlite".to_owned())
            .spawn(move || {
                for work in receiver {
                    work();
                }
            })
            .map_err(|error| lost(&format!("its thread cannot be started: {error}")))?;
        Ok(Worker(sender))
    }

    /// Runs a piece of work and gives what it gave. If the future is dropped the work goes on, and what it gives is
    /// dropped on the thread.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel::<Ended<T>>();
        let work = move || {
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        };
        self.0
            .send(Box::new(work))
            .map_err(|_| lost("its thread has ended"))?;
        match receiver.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(lost("its thread has ended")),
        }
    }
}

/// Runs a piece of work in place, or gives it back where that cannot be.
pub(super) fn in_place<T, W: FnOnce() -> T>(work: W) -> Result<T, W> {
    if !may_block() {
        return Err(work);
    }
    let mut work = Some(work);
    let mut value = None;
    let ended: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(|| {
        tokio::task::block_in_place(|| value = work.take().map(|work| work()));
    }));
    match (ended, value, work) {
        (Ok(()), Some(value), _) => Ok(value),
        (Err(_), _, Some(work)) => {
            REFUSED.set(true);
            Err(work)
        }
        (Err(panic), ..) => resume_unwind(panic),
        (Ok(()), None, _) => unreachable!("block_in_place runs what it is given"),
    }
}

/// Whether it is worth trying. Where a panic ends the process there is no trying.
pub(super) fn may_block() -> bool {
    !cfg!(panic = "abort")
        && !REFUSED.get()
        && Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

fn lost(message: &str) -> Error {
    Error::new(ErrorKind::ConnectionLost {
        database: "SQLite".to_owned(),
        message: message.to_owned(),
    })
}

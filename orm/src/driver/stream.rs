//! Rows handed on while a statement still runs, chunk by chunk, in constant memory.
//!
//! A streaming job puts what it decodes into an [`Outlet`]; whoever reads [`Chunks`] drives the job by reading. At
//! most two chunks exist at once: one being gathered and one on its way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use tokio::sync::mpsc;

use super::{BoxFuture, Executor, Job};
use crate::error::{Error, Result};

/// Where a streaming job puts what it decodes.
///
/// The job answers [`Job::chunk`] by [`chunk`](Outlet::chunk) and [`Job::flush`] by [`flush`](Outlet::flush).
pub struct Outlet<T> {
    gathered: Vec<T>,
    chunk: usize,
    sender: mpsc::Sender<Vec<T>>,
}

impl<T: Send> Outlet<T> {
    /// How many rows make a chunk.
    pub fn chunk(&self) -> Option<usize> {
        Some(self.chunk)
    }

    /// Puts one more.
    pub fn push(&mut self, item: T) {
        self.gathered.push(item);
    }

    /// What was gathered since the last flush, for a job that finishes a chunk itself.
    pub fn gathered(&mut self) -> &mut Vec<T> {
        &mut self.gathered
    }

    /// Hands the chunk on, waiting until there is room; dropped meanwhile, it keeps it.
    pub fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            if self.gathered.is_empty() {
                return Ok(());
            }
            // Only what is taken is handed on: dropped before, this loses nothing.
            match self.sender.reserve().await {
                Ok(room) => {
                    let next = Vec::with_capacity(self.chunk);
                    room.send(std::mem::replace(&mut self.gathered, next));
                    Ok(())
                }
                // Nobody reads any more: the job ends here.
                Err(_) => Err(Error::query("the stream was dropped before its end")),
            }
        })
    }
}

impl<T> fmt::Debug for Outlet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet")
            .field("chunk", &self.chunk)
            .finish_non_exhaustive()
    }
}

/// The chunks of a stream, none of them empty. Dropping it stops the statement.
pub struct Chunks<'a, T> {
    run: Option<BoxFuture<'a, Result<Box<dyn Job>>>>,
    receiver: mpsc::Receiver<Vec<T>>,
    error: Option<Error>,
}

/// Begins a stream; nothing runs before it is read. `job` makes the job that puts its rows into the outlet.
pub fn stream<'a, T, J>(
    executor: &'a dyn Executor,
    chunk: usize,
    job: impl FnOnce(Outlet<T>) -> J,
) -> Chunks<'a, T>
where
    J: Job,
{
    let (sender, receiver) = mpsc::channel(1);
    let outlet = Outlet {
        gathered: Vec::new(),
        chunk: chunk.max(1),
        sender,
    };
    Chunks {
        run: Some(executor.run(Box::new(job(outlet)))),
        receiver,
        error: None,
    }
}

impl<T> Stream for Chunks<'_, T> {
    type Item = Result<Vec<T>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Poll::Ready(chunk) = self.receiver.poll_recv(cx)
                && let Some(chunk) = chunk
            {
                return Poll::Ready(Some(Ok(chunk)));
            }
            let Some(run) = &mut self.run else {
                return Poll::Ready(self.error.take().map(Err));
            };
            // With the job its end of the channel goes, so that the next turn finds what is left, or the end.
            self.error = ready!(run.as_mut().poll(cx)).err();
            self.run = None;
        }
    }
}

impl<T> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks")
            .field("is_running", &self.run.is_some())
            .finish_non_exhaustive()
    }
}

//! The bytes of a connection, moved by whoever waits for them.
//!
//! Work and wire tell each other things through channels, which wake. Were those wakes to go to the task, each would
//! have it scheduled anew while it already runs, and another worker of the runtime called up to take it: 30 µs a
//! statement, more than the server needs. So each side has a bell of its own. One that rings while the two are being
//! polled is heard in the loop there; only one that rings while they rest wakes the task.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use tokio::task::coop::has_budget_remaining;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::Origin;
use crate::error::Error;

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// The bytes of a connection.
pub(super) struct Wire {
    line: Line,
    /// Rings when the line has something to move.
    of_line: Bell,
    /// Rings when the work that speaks over it can go on.
    of_work: Bell,
}

struct Line {
    connection: Option<Connection<Socket, TlsStream>>,
    /// Why it ended, where the server said so while nobody was waiting.
    end: Option<String>,
}

impl Wire {
    pub(super) fn new(connection: Connection<Socket, TlsStream>) -> Self {
        Wire {
            line: Line {
                connection: Some(connection),
                end: None,
            },
            of_line: Bell::new(),
            of_work: Bell::new(),
        }
    }

    /// Waits for work that speaks over this wire, moving its bytes meanwhile.
    pub(super) async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let Wire {
            line,
            of_line,
            of_work,
        } = self;
        // The work is new, and whoever looked at the line last has left it no bell.
        of_line.clapper.ring();
        of_work.clapper.ring();
        let done = poll_fn(|cx| {
            of_line.clapper.task.register(cx.waker());
            of_work.clapper.task.register(cx.waker());
            loop {
                // First what wants to be sent, then the line, then what that brought.
                let can_go_on = of_work.clapper.has_rung();
                if can_go_on && let Poll::Ready(done) = work.as_mut().poll(&mut of_work.context()) {
                    return Poll::Ready(done);
                }
                let can_move = of_line.clapper.has_rung();
                if can_move {
                    line.poll(&mut of_line.context());
                }
                let was_still = !can_go_on && !can_move;
                if was_still && of_work.clapper.rests() && of_line.clapper.rests() {
                    return Poll::Pending;
                }
                if !has_budget_remaining() {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        })
        .await;
        of_line.clapper.task.take();
        of_work.clapper.task.take();
        done
    }

    /// Looks whether it has ended while nobody was waiting.
    pub(super) fn is_closed(&mut self) -> bool {
        self.line.poll(&mut Context::from_waker(Waker::noop()));
        self.line.connection.is_none()
    }

    /// Gives the reason with which the wire ended, where the error only says that it did; and lets go of a wire that
    /// the server has announced to close.
    pub(super) fn explain(&mut self, error: Error, origin: &Origin) -> Error {
        if !error.is_connection_lost() {
            return error;
        }
        self.line.connection = None;
        match (self.line.end.take(), error.sql()) {
            (Some(end), Some(sql)) => origin.lost(end).with_sql(sql),
            (Some(end), None) => origin.lost(end),
            (None, _) => error,
        }
    }
}

impl Line {
    fn poll(&mut self, cx: &mut Context<'_>) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if let Poll::Ready(end) = Pin::new(connection).poll(cx) {
            // Dropped at once, so that whoever waits for an answer hears that none will come.
            self.connection = None;
            let end = end.err();
            self.end = end.and_then(|error| Some(error.as_db_error()?.message().to_owned()));
        }
    }
}

/// What one side is woken by.
struct Bell {
    clapper: Arc<Clapper>,
    waker: Waker,
}

struct Clapper {
    state: AtomicU8,
    task: AtomicWaker,
}

/// Nobody listens: a ring wakes the task.
const RESTS: u8 = 0;
/// The loop listens, or is about to be left with the task awake.
const HEARD: u8 = 1;
/// It has rung since it was last asked.
const RUNG: u8 = 2;

impl Bell {
    fn new() -> Self {
        let clapper = Arc::new(Clapper {
            state: AtomicU8::new(RUNG),
            task: AtomicWaker::new(),
        });
        let waker = Waker::from(Arc::clone(&clapper));
        Bell { clapper, waker }
    }

    fn context(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }
}

impl Clapper {
    fn ring(&self) {
        if self.state.swap(RUNG, Ordering::AcqRel) == RESTS {
            self.task.wake();
        }
    }

    /// Whether it has rung since this was last asked; from now on the loop listens.
    fn has_rung(&self) -> bool {
        self.state.swap(HEARD, Ordering::AcqRel) == RUNG
    }

    /// Stops listening, unless it has rung meanwhile.
    fn rests(&self) -> bool {
        self.state
            .compare_exchange(HEARD, RESTS, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

impl Wake for Clapper {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

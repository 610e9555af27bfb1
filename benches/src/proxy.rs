//! A proxy before a server: it counts what passes, and can hold it back as a network does.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use protocol::Dialect;

use crate::Result;

/// A proxy that listens until the run ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// The server's URL, by way of this proxy.
    pub(crate) url: String,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    statements: AtomicU64,
    round_trips: AtomicU64,
}

impl Proxy {
    /// Listens, on a port of its own, for the server at `url`.
    ///
    /// # Errors
    /// Where the URL has no host and port, or no port can be had.
    pub(crate) fn start(url: &str, delay: Duration) -> Result<Self> {
        let dialect = Dialect::of(url).ok_or("the URL of no database")?;
        let authority = url
            .split("//")
            .nth(1)
            .and_then(|rest| rest.split(['/', '?']).next())
            .ok_or("a URL without host")?;
        let address = authority.rsplit('@').next().unwrap_or(authority).to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let own = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let proxy = Proxy {
            url: url.replace(&address, &own.to_string()),
            counts: Arc::clone(&counts),
        };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = connect(&address) else {
                    continue;
                };
                let _ = join(client, server, (dialect, delay), &counts);
            }
        });
        Ok(proxy)
    }

    /// The statements and round trips so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (
            self.counts.statements.load(Ordering::SeqCst),
            self.counts.round_trips.load(Ordering::SeqCst),
        )
    }
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    use std::net::ToSocketAddrs;
    let addresses: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
    TcpStream::connect(addresses.as_slice())
}

/// Passes on what either side sends, in threads of its own.
fn join(
    client: TcpStream,
    server: TcpStream,
    (dialect, delay): (Dialect, Duration),
    counts: &Arc<Counts>,
) -> Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    // Whether the server spoke last: what the client says then begins a round trip.
    let server_spoke = Arc::new(AtomicBool::new(true));
    let spoke = Arc::clone(&server_spoke);
    pass(server.try_clone()?, client.try_clone()?, delay, move |_| {
        spoke.store(true, Ordering::SeqCst)
    });
    let (counts, mut messages) = (Arc::clone(counts), Messages::new(dialect));
    pass(client, server, delay, move |bytes| {
        if server_spoke.swap(false, Ordering::SeqCst) {
            counts.round_trips.fetch_add(1, Ordering::SeqCst);
        }
        counts
            .statements
            .fetch_add(messages.statements(bytes), Ordering::SeqCst);
    });
    Ok(())
}

/// Passes bytes from one socket to the other, after the delay.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    delay: Duration,
    mut see: impl FnMut(&[u8]) + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    if !delay.is_zero() {
        let mut to = to.try_clone();
        thread::spawn(move || {
            for (due, bytes) in receiver {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let Ok(to) = &mut to else { break };
                if to.write_all(&bytes).is_err() {
                    break;
                }
            }
            if let Ok(to) = &to {
                let _ = to.shutdown(Shutdown::Write);
            }
        });
    }
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            see(&buffer[..count]);
            let passed = if delay.is_zero() {
                to.write_all(&buffer[..count]).is_ok()
            } else {
                sender
                    .send((Instant::now() + delay, buffer[..count].to_vec()))
                    .is_ok()
            };
            if !passed {
                break;
            }
        }
        if delay.is_zero() {
            let _ = to.shutdown(Shutdown::Write);
        }
    });
}

/// Finds the statements in what a client sends, however it is cut into pieces.
struct Messages {
    dialect: Dialect,
    buffer: Vec<u8>,
    /// Bytes of a message that are still to come and not looked at.
    skip: usize,
    /// Whether PostgreSQL's first messages, which have no kind, are over.
    started: bool,
}

impl Messages {
    fn new(dialect: Dialect) -> Self {
        Messages {
            dialect,
            buffer: Vec::new(),
            skip: 0,
            started: false,
        }
    }

    /// The statements that begin to run with these bytes.
    fn statements(&mut self, bytes: &[u8]) -> u64 {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.buffer.extend_from_slice(&bytes[skipped..]);
        let mut statements = 0;
        while self.skip == 0
            && let Some((runs, length)) = self.message()
        {
            statements += u64::from(runs);
            let here = length.min(self.buffer.len());
            self.buffer.drain(..here);
            self.skip = length - here;
        }
        statements
    }

    /// Whether the first message of the buffer runs a statement, and its length.
    fn message(&mut self) -> Option<(bool, usize)> {
        let word = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0_usize, |word, byte| word << 8 | usize::from(*byte))
        };
        match self.dialect {
            Dialect::Postgres if !self.started => {
                let length = word(self.buffer.get(..4)?);
                // A request for encryption is answered before the true first message.
                self.started = length != 8;
                Some((false, length))
            }
            Dialect::Postgres => {
                let length = word(self.buffer.get(1..5)?) + 1;
                Some((matches!(self.buffer[0], b'Q' | b'E'), length))
            }
            _ => {
                let header = self.buffer.get(..5)?;
                let length = usize::from(header[0])
                    | usize::from(header[1]) << 8
                    | usize::from(header[2]) << 16;
                // COM_QUERY and COM_STMT_EXECUTE begin an exchange, whose packets are numbered from 0.
                Some((
                    header[3] == 0 && matches!(header[4], 0x03 | 0x17),
                    length + 4,
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(dialect: Dialect, bytes: &[u8]) -> u64 {
        let mut whole = Messages::new(dialect);
        let together = whole.statements(bytes);
        let mut cut = Messages::new(dialect);
        let apart: u64 = bytes.iter().map(|byte| cut.statements(&[*byte])).sum();
        assert_eq!(together, apart);
        together
    }

    #[test]
    fn statements_are_counted_however_they_are_cut() {
        let postgres = [
            b"\0\0\0\x08\x04\xd2\x16\x2f".as_slice(),
            b"\0\0\0\x0aabcdef",
            b"P\0\0\0\x06ab",
            b"E\0\0\0\x05a",
            b"S\0\0\0\x04",
            b"Q\0\0\0\x05a",
        ];
        assert_eq!(count(Dialect::Postgres, &postgres.concat()), 2);
        let mysql = [
            b"\x02\0\0\x01ab".as_slice(),
            b"\x02\0\0\0\x03a",
            b"\x02\0\0\0\x16a",
            b"\x02\0\0\0\x17a",
        ];
        assert_eq!(count(Dialect::MySql, &mysql.concat()), 2);
    }
}

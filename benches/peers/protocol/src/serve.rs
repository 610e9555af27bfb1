//! The process of a peer: from its command line to its last answer.

use std::fmt::Display;
use std::future::Future;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::{Answer, Command, Dialect, Measured, Mode, Run, allocation};

/// Whatever a library may fail with.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// What a peer's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How the process is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database: `sqlite::memory:`, `sqlite:///path`, `postgres://…`, `mysql://…`.
    pub url: String,
    /// One connection, or a pool of [`crate::POOL`].
    pub mode: Mode,
}

impl Options {
    /// Which SQL the database takes.
    ///
    /// # Panics
    /// Where the URL is of none of the databases; the runner gives no such URL.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        Dialect::of(&self.url).expect("the URL of a database")
    }

    /// The file of an SQLite database; `:memory:` for one in memory.
    #[must_use]
    pub fn sqlite_path(&self) -> &str {
        let rest = self.url.strip_prefix("sqlite:").unwrap_or(&self.url);
        rest.strip_prefix("//").unwrap_or(rest)
    }

    /// Whether connections are taken from a pool.
    #[must_use]
    pub fn pooled(&self) -> bool {
        self.mode == Mode::Pool
    }
}

/// A library under measurement.
pub trait Peer: Send + Sized + 'static {
    /// Connects.
    fn connect(options: &Options) -> impl Future<Output = Result<Self>> + Send;

    /// Runs statements that give no rows.
    fn setup(&mut self, statements: &[String]) -> impl Future<Output = Result<()>> + Send;

    /// Measures a work; none where the library cannot do it.
    fn run(&mut self, run: &Run) -> impl Future<Output = Result<Option<Measured>>> + Send;

    /// The version of the database, from the raw drivers.
    fn server(&mut self) -> impl Future<Output = Result<Option<String>>> + Send {
        async { Ok(None) }
    }
}

/// Runs the peer until its standard input ends. The command line is `URL held|pool [--count] [--current-thread]`.
///
/// # Panics
/// Where the command line is wrong, or the runner is gone.
pub fn main<P: Peer>() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, mode, flags @ ..] = arguments.as_slice() else {
        panic!("usage: peer URL held|pool [--count] [--current-thread]");
    };
    let mode = if mode == "pool" {
        Mode::Pool
    } else {
        Mode::Held
    };
    let options = Options {
        url: url.clone(),
        mode,
    };
    if flags.iter().any(|flag| flag == "--count") {
        allocation::listen();
        #[cfg(feature = "sqlite")]
        crate::sqlite::listen();
    }
    let mut builder = if flags.iter().any(|flag| flag == "--current-thread") {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder.enable_all().build().expect("a runtime");
    // On a worker, as the handlers of a service are, and not on the thread that blocks on the runtime.
    runtime
        .block_on(async { tokio::spawn(serve::<P>(options)).await })
        .expect("a peer that does not panic");
}

async fn serve<P: Peer>(options: Options) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut peer = match P::connect(&options).await {
        Ok(peer) => peer,
        Err(error) => return say(&failed(error)).await,
    };
    say(&Answer::Ready).await;
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match serde_json::from_str(&line) {
            Ok(command) => answer(&mut peer, command).await.unwrap_or_else(failed),
            Err(error) => failed(error),
        };
        say(&answer).await;
    }
}

async fn answer<P: Peer>(peer: &mut P, command: Command) -> Result<Answer> {
    Ok(match command {
        Command::Setup(statements) => {
            peer.setup(&statements).await?;
            Answer::Ready
        }
        Command::Run(run) => match peer.run(&run).await? {
            Some(measured) => Answer::Measured(measured),
            None => Answer::Absent,
        },
        Command::Server => Answer::Server(peer.server().await?),
    })
}

fn failed(error: impl Display) -> Answer {
    Answer::Failed(error.to_string())
}

async fn say(answer: &Answer) {
    let mut line = serde_json::to_string(answer).expect("an answer is JSON");
    line.push('\n');
    let mut out = tokio::io::stdout();
    out.write_all(line.as_bytes())
        .await
        .expect("the runner listens");
    out.flush().await.expect("the runner listens");
}

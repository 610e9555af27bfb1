//! A peer's process, as the runner sees it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};

use protocol::{Answer, Command, Dialect, Measured, Mode, Run};

use crate::Result;

/// What is known of a peer before it runs.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name; its program is `peer-<name>`.
    pub(crate) name: &'static str,
    /// The databases that it has.
    pub(crate) dialects: &'static [Dialect],
}

const ALL: &[Dialect] = &[Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// The peers, the raw drivers first.
pub(crate) const PEERS: &[Known] = &[
    Known {
        name: "rusqlite",
        dialects: &[Dialect::Sqlite],
    },
    Known {
        name: "tokio-postgres",
        dialects: &[Dialect::Postgres],
    },
    Known {
        name: "mysql_async",
        dialects: &[Dialect::MySql],
    },
    Known {
        name: "diesel",
        dialects: ALL,
    },
    Known {
        name: "diesel-async",
        dialects: ALL,
    },
    Known {
        name: "sqlx",
        dialects: ALL,
    },
    Known {
        name: "sea-orm",
        dialects: ALL,
    },
    Known {
        name: "toasty",
        dialects: ALL,
    },
    Known {
        name: "nuages",
        dialects: ALL,
    },
];

/// A running peer.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its name.
    pub(crate) name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts it and waits until it is connected. One that counts is slower, and is not timed.
    ///
    /// # Errors
    /// Where it does not start or cannot connect.
    pub(crate) fn start(
        name: &'static str,
        programs: &Path,
        (url, mode): (&str, Mode),
        flags: &[&str],
    ) -> Result<Self> {
        let program = programs.join(format!("peer-{name}"));
        let mut child = Process::new(&program)
            .arg(url)
            .arg(if mode == Mode::Pool { "pool" } else { "held" })
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().ok_or("a process without output")?);
        let mut peer = Peer {
            name,
            child,
            input,
            output,
        };
        match peer.answer()? {
            Answer::Ready => Ok(peer),
            answer => Err(peer.unexpected(&answer)),
        }
    }

    /// Runs statements.
    ///
    /// # Errors
    /// What the peer says.
    pub(crate) fn setup(&mut self, statements: Vec<String>) -> Result<()> {
        match self.ask(&Command::Setup(statements))? {
            Answer::Ready => Ok(()),
            answer => Err(self.unexpected(&answer)),
        }
    }

    /// Measures; none where the peer has no such work.
    ///
    /// # Errors
    /// What the peer says.
    pub(crate) fn run(&mut self, run: Run) -> Result<Option<Measured>> {
        let work = format!("{} of {}", run.work, run.size);
        match self.ask(&Command::Run(run))? {
            Answer::Measured(measured) => Ok(Some(measured)),
            Answer::Absent => Ok(None),
            answer => Err(format!("{work}: {}", self.unexpected(&answer)).into()),
        }
    }

    /// The database's version, from a raw driver.
    ///
    /// # Errors
    /// What the peer says.
    pub(crate) fn server(&mut self) -> Result<Option<String>> {
        match self.ask(&Command::Server)? {
            Answer::Server(version) => Ok(version),
            answer => Err(self.unexpected(&answer)),
        }
    }

    fn ask(&mut self, command: &Command) -> Result<Answer> {
        let input = self.input.as_mut().ok_or("a process without input")?;
        writeln!(input, "{}", serde_json::to_string(command)?)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(format!("the peer {} is gone", self.name).into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    fn unexpected(&self, answer: &Answer) -> Box<dyn std::error::Error + Send + Sync> {
        match answer {
            Answer::Failed(error) => format!("{}: {error}", self.name).into(),
            answer => format!("{} answers {answer:?}", self.name).into(),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // At the end of its input it ends.
        self.input = None;
        let _ = self.child.wait();
    }
}

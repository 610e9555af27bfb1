//! The command line of the runner.

use std::path::PathBuf;

use crate::Result;
use crate::database::Database;

/// How to run.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// What to measure on.
    pub(crate) databases: Vec<Database>,
    /// Where the peers' programs are.
    pub(crate) programs: PathBuf,
    /// Where the results go.
    pub(crate) results: PathBuf,
    /// Where the book is whose chapter they become.
    pub(crate) book: PathBuf,
    /// Few sizes and short measurements.
    pub(crate) quick: bool,
    /// The works to measure; all, if empty.
    pub(crate) works: Vec<String>,
    /// The peers to measure; all, if empty.
    pub(crate) peers: Vec<String>,
}

const USAGE: &str = "usage: nuages-benches --programs DIR --results DIR --book DIR [--quick] [--db sqlite,postgres=URL,…] \
                     [--work trivial,…] [--peer nuages,…]";

impl Arguments {
    /// Reads the command line.
    ///
    /// # Errors
    /// Where it is wrong: how it is used.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = Arguments {
            databases: Vec::new(),
            programs: PathBuf::new(),
            results: PathBuf::new(),
            book: PathBuf::new(),
            quick: false,
            works: Vec::new(),
            peers: Vec::new(),
        };
        while let Some(word) = words.next() {
            if word == "--quick" {
                arguments.quick = true;
                continue;
            }
            let value = words.next().ok_or(USAGE)?;
            let list = || value.split(',').map(str::to_owned).collect();
            match word.as_str() {
                "--programs" => arguments.programs = value.into(),
                "--results" => arguments.results = value.into(),
                "--book" => arguments.book = value.into(),
                "--work" => arguments.works = list(),
                "--peer" => arguments.peers = list(),
                "--db" => {
                    arguments.databases = value
                        .split(',')
                        .map(Database::parse)
                        .collect::<Result<_>>()?;
                }
                _ => return Err(USAGE.into()),
            }
        }
        Ok(arguments)
    }

    /// Whether a work is asked for by its name; one of those that a quick run leaves out where none is named.
    pub(crate) fn wants_long(&self, work: &str) -> bool {
        Arguments::wants(&self.works, work) && !(self.quick && self.works.is_empty())
    }

    /// The folder of the repository.
    ///
    /// # Errors
    /// Where the results are in no such folder.
    pub(crate) fn repository(&self) -> Result<PathBuf> {
        Ok(self.results.join("../..").canonicalize()?)
    }

    /// The folder for what is written to be compiled or run, beside the programs.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn generated(&self) -> Result<PathBuf> {
        let folder = self.programs.join("../generated");
        std::fs::create_dir_all(&folder)?;
        Ok(folder.canonicalize()?)
    }

    /// Whether a work or peer is asked for.
    pub(crate) fn wants(asked: &[String], name: &str) -> bool {
        asked.is_empty() || asked.iter().any(|asked| asked == name)
    }
}

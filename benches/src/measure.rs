//! All works of a database: first the answers and the counts, then the times.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::{Dialect, Measured, Mode, Run};

use crate::arguments::Arguments;
use crate::database::Database;
use crate::peer::{Known, PEERS, Peer};
use crate::proxy::Proxy;
use crate::results::{Results, Row};
use crate::work::{Effort, OPERATIONS, SAMPLE, Work};
use crate::{Result, say};

/// What the counting process of a peer says of a work.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    digest: u64,
    allocations: u64,
    queries: Option<u64>,
    round_trips: Option<u64>,
}

/// Measures on a database.
///
/// # Errors
/// Where a peer fails, or two peers answer differently.
pub(crate) fn measure(database: &Database, arguments: &Arguments) -> Result<Results> {
    let folder = Folder::new()?;
    let home = Home::new(database, arguments, &folder.0)?;
    let mut results = Results::new(database, home.version.clone());
    for mode in [Mode::Held, Mode::Pool] {
        let mut bench =
            Processes::start(&home.database, mode, (arguments, &folder.0), &mut results)?;
        for work in Work::all(database.dialect(), arguments.quick) {
            if Arguments::wants(&arguments.works, work.name) {
                bench.work(&work, &mut results)?;
            }
        }
    }
    Ok(results)
}

/// A folder for the files of SQLite, in memory where the system has such a place, so that no disk is measured.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        let memory = PathBuf::from("/dev/shm");
        let base = if memory.is_dir() {
            memory
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("nuages-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Folder(folder))
    }
}

impl Folder {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A database of the benchmark's own on a server, as long as this lives.
pub(crate) struct Home {
    /// The database, by its URL.
    pub(crate) database: Database,
    version: Option<String>,
    keeper: Option<Peer>,
}

const NAME: &str = "nuages_bench";

impl Home {
    /// Makes it.
    ///
    /// # Errors
    /// What the server says.
    pub(crate) fn new(database: &Database, arguments: &Arguments, folder: &Path) -> Result<Self> {
        let mut database = database.clone();
        let url = database.url(Mode::Held, folder);
        let mut keeper = Peer::start(database.raw(), &arguments.programs, (&url, Mode::Held), &[])?;
        let version = keeper.server()?;
        if !database.is_shared(Mode::Held) {
            return Ok(Home {
                database,
                version,
                keeper: None,
            });
        }
        keeper.setup(vec![
            format!("DROP DATABASE IF EXISTS {NAME}"),
            format!("CREATE DATABASE {NAME}"),
        ])?;
        if database.dialect() == Dialect::Postgres {
            // No commit waits for the disk, which would be all that is measured of a write.
            keeper.setup(vec![format!(
                "ALTER DATABASE {NAME} SET synchronous_commit = off"
            )])?;
        }
        database.url = database.with_name(NAME);
        Ok(Home {
            database,
            version,
            keeper: Some(keeper),
        })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            let _ = keeper.setup(vec![format!("DROP DATABASE IF EXISTS {NAME}")]);
        }
    }
}

/// A peer's two processes.
struct Pair {
    timed: Peer,
    counting: Peer,
    proxy: Option<Proxy>,
}

/// The processes of all peers on a database, in one mode.
struct Processes<'a> {
    database: &'a Database,
    mode: Mode,
    effort: Effort,
    pairs: Vec<Pair>,
}

impl<'a> Processes<'a> {
    fn start(
        database: &'a Database,
        mode: Mode,
        (arguments, folder): (&Arguments, &Path),
        results: &mut Results,
    ) -> Result<Self> {
        let url = database.url(mode, folder);
        let programs = arguments.programs.as_path();
        // The tables are there before anybody connects, where all see the same.
        if database.is_shared(mode) {
            let mut first = Peer::start(database.raw(), programs, (&url, Mode::Held), &[])?;
            first.setup(protocol::schema(database.dialect()))?;
        }
        let wanted = |known: &&Known| {
            known.dialects.contains(&database.dialect())
                && (known.name == database.raw() || Arguments::wants(&arguments.peers, known.name))
                && programs.join(format!("peer-{}", known.name)).exists()
        };
        let mut pairs = Vec::new();
        for known in PEERS.iter().filter(wanted) {
            let proxy = database
                .is_server()
                .then(|| Proxy::start(&url, Duration::ZERO))
                .transpose()?;
            let counted = proxy.as_ref().map_or(&url, |proxy| &proxy.url);
            let start =
                |url: &str, flags: &[&str]| Peer::start(known.name, programs, (url, mode), flags);
            let started =
                start(&url, &[]).and_then(|timed| Ok((timed, start(counted, &["--count"])?)));
            let (timed, counting) = match started {
                Ok(started) => started,
                Err(error) => {
                    results.left_out.push(error.to_string());
                    continue;
                }
            };
            let mut pair = Pair {
                timed,
                counting,
                proxy,
            };
            if !database.is_shared(mode) {
                pair.timed.setup(protocol::schema(database.dialect()))?;
                pair.counting.setup(protocol::schema(database.dialect()))?;
            }
            pairs.push(pair);
        }
        Ok(Processes {
            database,
            mode,
            effort: Effort::new(arguments.quick),
            pairs,
        })
    }

    /// The statements that give a work its rows.
    fn rows(&self, work: &Work) -> Vec<String> {
        let dialect = self.database.dialect();
        let mut statements = protocol::clear(dialect, work.name);
        statements.extend(protocol::load(dialect, work.name, work.size));
        statements
    }

    /// Whether a process must make the rows of a work before its turn.
    fn sets_up(&self, work: &Work) -> bool {
        work.writes() || !self.database.is_shared(self.mode)
    }

    fn work(&mut self, work: &Work, results: &mut Results) -> Result<()> {
        let began = Instant::now();
        let rows = self.rows(work);
        if self.database.is_shared(self.mode)
            && let Some(pair) = self.pairs.first_mut()
        {
            pair.timed.setup(rows.clone())?;
        }
        let counts = self.count(work, &rows, &mut results.left_out)?;
        let measured = self.time(work, &rows, &counts)?;
        for (pair, times) in self.pairs.iter().zip(measured) {
            let Some(counts) = counts.get(pair.timed.name) else {
                continue;
            };
            let row = Row {
                work: work.name,
                size: work.size,
                peer: pair.timed.name,
                mode: self.mode,
                allocations: counts.allocations,
                queries: counts.queries,
                round_trips: counts.round_trips,
                times,
            };
            results.rows.push(row);
        }
        let names: Vec<&str> = counts.keys().copied().collect();
        say(&format!(
            "{:9} {:?} {} {}: {:.1} s ({})",
            self.database.name,
            self.mode,
            work.name,
            work.size,
            began.elapsed().as_secs_f64(),
            names.join(" ")
        ));
        Ok(())
    }

    /// The answers and counts of the peers that have the work.
    fn count(
        &mut self,
        work: &Work,
        rows: &[String],
        left_out: &mut Vec<String>,
    ) -> Result<BTreeMap<&'static str, Counts>> {
        let sets_up = self.sets_up(work);
        let mut counts: BTreeMap<&'static str, Counts> = BTreeMap::new();
        let mut first: Option<(&str, u64)> = None;
        for pair in &mut self.pairs {
            let name = pair.timed.name;
            if sets_up && let Err(error) = pair.counting.setup(rows.to_vec()) {
                left_out.push(format!("{name}: {error}"));
                continue;
            }
            let counted = match pair.count(work) {
                Ok(Some(counted)) => counted,
                Ok(None) => continue,
                Err(error) => {
                    left_out.push(format!("{name}: {error}"));
                    continue;
                }
            };
            let (other, digest) = *first.get_or_insert((name, counted.digest));
            if counted.digest != digest {
                let work = format!("{} of {}", work.name, work.size);
                left_out.push(format!(
                    "{name}: {work}: it answers differently from {other}"
                ));
                continue;
            }
            counts.insert(name, counted);
        }
        Ok(counts)
    }

    /// The times of each peer, in turn.
    fn time(
        &mut self,
        work: &Work,
        rows: &[String],
        counts: &BTreeMap<&'static str, Counts>,
    ) -> Result<Vec<Measured>> {
        let sets_up = self.sets_up(work);
        let mut turns = Vec::new();
        for pair in &mut self.pairs {
            let has_it = counts.contains_key(pair.timed.name);
            if has_it && sets_up {
                pair.timed.setup(rows.to_vec())?;
            }
            turns.push(has_it.then(|| pair.turn(work, self.effort)).transpose()?);
        }
        let mut all = vec![Measured::default(); self.pairs.len()];
        for round in 0..self.effort.rounds {
            for (i, pair) in self.pairs.iter_mut().enumerate() {
                let Some(turn) = turns[i].as_ref().filter(|turn| round < turn.rounds) else {
                    continue;
                };
                if work.writes() {
                    pair.timed.setup(rows.to_vec())?;
                }
                let Some(measured) = pair.timed.run(turn.run.clone())? else {
                    continue;
                };
                let (name, digest) = (pair.timed.name, counts[pair.timed.name].digest);
                if measured.digest != digest {
                    let work = work.name;
                    return Err(
                        format!("{work}: {name} answers differently the second time").into(),
                    );
                }
                all[i].us.extend(measured.us);
                all[i].elapsed_us += measured.elapsed_us;
                all[i].peak_bytes = measured.peak_bytes;
            }
        }
        Ok(all)
    }
}

/// What a peer does in each of its turns, and how many of them it has.
struct Turn {
    run: Run,
    rounds: u32,
}

impl Pair {
    /// The answer and the counts of one iteration.
    fn count(&mut self, work: &Work) -> Result<Option<Counts>> {
        let run = |samples| Run {
            work: work.name.to_owned(),
            size: work.size,
            samples,
            iterations: 1,
        };
        let Some(first) = self.counting.run(run(0))? else {
            return Ok(None);
        };
        let mut counts = Counts {
            digest: first.digest,
            allocations: first.allocations,
            ..Counts::default()
        };
        match &self.proxy {
            None => counts.queries = Some(first.queries),
            // Of many tasks at once the number is not of one iteration; a long stream would take too long.
            Some(_) if matches!(work.name, "mixed" | "stream") => {}
            // What one iteration more adds is of that iteration.
            Some(proxy) => {
                let before = proxy.counts();
                self.counting.run(run(1))?;
                let between = proxy.counts();
                self.counting.run(run(2))?;
                let after = proxy.counts();
                let more = |before: u64, between: u64, after: u64| {
                    Some((after - between).saturating_sub(between - before))
                };
                counts.queries = more(before.0, between.0, after.0);
                counts.round_trips = more(before.1, between.1, after.1);
            }
        }
        Ok(Some(counts))
    }

    /// What the peer is to do in a turn, by how long the work takes it.
    fn turn(&mut self, work: &Work, effort: Effort) -> Result<Turn> {
        let run = |samples, iterations| Run {
            work: work.name.to_owned(),
            size: work.size,
            samples,
            iterations,
        };
        let rounds = effort.rounds;
        if work.name == "mixed" {
            return Ok(Turn {
                run: run(1, OPERATIONS),
                rounds,
            });
        }
        let once = self.timed.run(run(1, 1))?;
        let us = once
            .and_then(|measured| measured.us.first().copied())
            .unwrap_or(1.0);
        let iterations = times(SAMPLE, us).max(1);
        let samples = times(effort.turn, us * iterations as f64).max(1);
        // What is long enough needs no more than two turns.
        let is_long = times(effort.turn * 3, us) == 0;
        Ok(Turn {
            run: run(samples, iterations),
            rounds: if is_long { rounds.min(2) } else { rounds },
        })
    }
}

/// How often something that takes so many microseconds fits in a duration.
fn times(duration: Duration, us: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let times = (duration.as_secs_f64() * 1e6 / us.max(0.01)) as u64;
    times
}

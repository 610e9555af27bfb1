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
    for setting in [Setting::HELD, Setting::POOL, Setting::CURRENT_THREAD] {
        // Where a database runs in the process, the runtime matters as it does nowhere else.
        if setting.is_current_thread() && database.is_server() {
            continue;
        }
        let works: Vec<Work> = Work::all(database.dialect(), arguments.quick)
            .into_iter()
            .filter(|work| Arguments::wants(&arguments.works, work.name))
            .filter(|work| !setting.is_current_thread() || matches!(work.name, "get" | "update"))
            .collect();
        if works.is_empty() {
            continue;
        }
        let place = (arguments, folder.0.as_path());
        let mut bench = Processes::start(&home.database, setting, place, &mut results)?;
        for work in &works {
            bench.work(work, &mut results)?;
        }
    }
    Ok(results)
}

/// How the peers' processes run.
#[derive(Debug, Clone, Copy)]
struct Setting {
    mode: Mode,
    flags: &'static [&'static str],
}

impl Setting {
    const HELD: Setting = Setting {
        mode: Mode::Held,
        flags: &[],
    };
    const POOL: Setting = Setting {
        mode: Mode::Pool,
        flags: &[],
    };
    const CURRENT_THREAD: Setting = Setting {
        mode: Mode::Held,
        flags: &["--current-thread"],
    };

    fn is_current_thread(self) -> bool {
        !self.flags.is_empty()
    }

    /// Starts a peer's process.
    fn start(self, name: &'static str, programs: &Path, url: &str, counts: bool) -> Result<Peer> {
        let mut flags = self.flags.to_vec();
        if counts {
            flags.push("--count");
        }
        Peer::start(name, programs, (url, self.mode), &flags)
    }
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
    setting: Setting,
    url: String,
    programs: &'a Path,
    effort: Effort,
    pairs: Vec<Pair>,
}

impl<'a> Processes<'a> {
    fn start(
        database: &'a Database,
        setting: Setting,
        (arguments, folder): (&'a Arguments, &Path),
        results: &mut Results,
    ) -> Result<Self> {
        let mode = setting.mode;
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
        };
        let mut pairs = Vec::new();
        for known in PEERS.iter().filter(wanted) {
            let proxy = database
                .is_server()
                .then(|| Proxy::start(&url, Duration::ZERO))
                .transpose()?;
            let counted = proxy.as_ref().map_or(&url, |proxy| &proxy.url);
            let start = |url: &str, counts| setting.start(known.name, programs, url, counts);
            let started = start(&url, false).and_then(|timed| Ok((timed, start(counted, true)?)));
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
            setting,
            url,
            programs,
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
        work.writes() || !self.database.is_shared(self.setting.mode)
    }

    fn work(&mut self, work: &Work, results: &mut Results) -> Result<()> {
        let began = Instant::now();
        let rows = self.rows(work);
        if self.database.is_shared(self.setting.mode)
            && let Some(pair) = self.pairs.first_mut()
        {
            pair.timed.setup(rows.clone())?;
        }
        let mut counts = self.count(work, &rows, &mut results.left_out);
        let mut measured = self.time(work, &rows, &mut counts, &mut results.left_out);
        if work.name == "stream" {
            for (pair, times) in self.pairs.iter().zip(&mut measured) {
                if counts.contains_key(pair.timed.name) {
                    times.peak_bytes = self.peak(pair.timed.name, work, &rows)?;
                }
            }
        }
        for (pair, times) in self.pairs.iter().zip(measured) {
            let Some(counts) = counts.get(pair.timed.name) else {
                continue;
            };
            let row = Row {
                work: work.name,
                size: work.size,
                peer: pair.timed.name,
                mode: self.setting.mode,
                allocations: counts.allocations,
                queries: counts.queries,
                round_trips: counts.round_trips,
                times,
            };
            if self.setting.is_current_thread() {
                results.current_thread.push(row);
            } else {
                results.rows.push(row);
            }
        }
        let names: Vec<&str> = counts.keys().copied().collect();
        say(&format!(
            "{:9} {:?}{} {} {}: {:.1} s ({})",
            self.database.name,
            self.setting.mode,
            self.setting.flags.concat(),
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
    ) -> BTreeMap<&'static str, Counts> {
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
        counts
    }

    /// The memory that a work takes a peer, in a process that has done nothing before: what another work has left to the
    /// allocator would be used again, and not be seen.
    fn peak(&self, name: &'static str, work: &Work, rows: &[String]) -> Result<u64> {
        let mut fresh = self.setting.start(name, self.programs, &self.url, false)?;
        if !self.database.is_shared(self.setting.mode) {
            fresh.setup(protocol::schema(self.database.dialect()))?;
            fresh.setup(rows.to_vec())?;
        }
        let run = Run {
            work: work.name.to_owned(),
            size: work.size,
            samples: 1,
            iterations: 1,
        };
        Ok(fresh.run(run)?.unwrap_or_default().peak_bytes)
    }

    /// The times of each peer that has counts, in turn. One that fails loses its counts, and is left out.
    fn time(
        &mut self,
        work: &Work,
        rows: &[String],
        counts: &mut BTreeMap<&'static str, Counts>,
        left_out: &mut Vec<String>,
    ) -> Vec<Measured> {
        let sets_up = self.sets_up(work);
        let effort = self.effort;
        let mut fail =
            |counts: &mut BTreeMap<&'static str, Counts>, name: &'static str, error: &str| {
                left_out.push(format!("{name}: {} of {}: {error}", work.name, work.size));
                counts.remove(name);
            };
        let mut turns = Vec::new();
        for pair in &mut self.pairs {
            let name = pair.timed.name;
            let turn = if counts.contains_key(name) {
                let turn = pair
                    .ready(rows, sets_up)
                    .and_then(|()| pair.turn(work, effort));
                turn.map_err(|error| fail(counts, name, &error.to_string()))
                    .ok()
            } else {
                None
            };
            turns.push(turn);
        }
        let mut all = vec![Measured::default(); self.pairs.len()];
        for round in 0..effort.rounds {
            for (i, pair) in self.pairs.iter_mut().enumerate() {
                let name = pair.timed.name;
                let (Some(turn), Some(counted)) = (&turns[i], counts.get(name)) else {
                    continue;
                };
                if turn.rounds <= round {
                    continue;
                }
                let ran = pair
                    .ready(rows, work.writes())
                    .and_then(|()| pair.timed.run(turn.run.clone()));
                match ran {
                    Ok(Some(measured)) if measured.digest == counted.digest => {
                        all[i].us.extend(measured.us);
                        all[i].elapsed_us += measured.elapsed_us;
                    }
                    Ok(_) => fail(counts, name, "it answers differently the second time"),
                    Err(error) => fail(counts, name, &error.to_string()),
                }
            }
        }
        all
    }
}

/// What a peer does in each of its turns, and how many of them it has.
struct Turn {
    run: Run,
    rounds: u32,
}

impl Pair {
    /// Makes the rows anew, if they are to be.
    fn ready(&mut self, rows: &[String], anew: bool) -> Result<()> {
        if anew {
            self.timed.setup(rows.to_vec())?;
        }
        Ok(())
    }

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
        let rounds = if work.writes() {
            effort.writing_rounds
        } else {
            effort.rounds
        };
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

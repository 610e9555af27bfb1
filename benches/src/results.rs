//! What was measured, as `benches/results/<database>.json`.

use std::path::Path;

use protocol::{Measured, Mode};
use serde_json::{Map, Value, json};

use crate::Result;
use crate::database::Database;

/// The results of a database.
#[derive(Debug)]
pub(crate) struct Results {
    database: String,
    version: Option<String>,
    /// A row for each work, size, peer and mode.
    pub(crate) rows: Vec<Row>,
    /// The same on a runtime of one thread, where that was measured.
    pub(crate) current_thread: Vec<Row>,
    /// The peers that failed or answered differently, with the work: they are not timed there.
    pub(crate) left_out: Vec<String>,
}

/// What was measured of a peer.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) work: &'static str,
    pub(crate) size: u64,
    pub(crate) peer: &'static str,
    pub(crate) mode: Mode,
    pub(crate) allocations: u64,
    pub(crate) queries: Option<u64>,
    pub(crate) round_trips: Option<u64>,
    pub(crate) times: Measured,
}

/// The packages whose versions are told, and the peers whose lock files know them.
const VERSIONS: &[(&str, &str)] = &[
    ("rusqlite", "rusqlite"),
    ("tokio-postgres", "tokio-postgres"),
    ("mysql_async", "mysql_async"),
    ("diesel", "diesel"),
    ("diesel-async", "diesel-async"),
    ("sqlx", "sqlx"),
    ("sea-orm", "sea-orm"),
    ("toasty", "toasty"),
    ("nuages", "nuages"),
];

impl Results {
    /// Of a database, nothing yet.
    pub(crate) fn new(database: &Database, version: Option<String>) -> Self {
        Results {
            database: database.name.clone(),
            version,
            rows: Vec::new(),
            current_thread: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let versions = versions(folder, "server", self.version.as_deref());
        let lines = |rows: &[Row]| {
            let lines: Vec<String> = rows
                .iter()
                .map(|row| format!("    {}", row.json()))
                .collect();
            lines.join(",\n")
        };
        let current_thread = match lines(&self.current_thread) {
            rows if rows.is_empty() => String::new(),
            rows => format!(",\n  \"current_thread\": [\n{rows}\n  ]"),
        };
        let text = format!(
            "{{\n  \"machine\": {},\n  \"versions\": {},\n  \"left_out\": {},\n  \"rows\": [\n{}\n  ]{current_thread}\n}}\n",
            machine(),
            Value::Object(versions),
            json!(self.left_out),
            lines(&self.rows),
        );
        Ok(std::fs::write(
            folder.join(format!("{}.json", self.database)),
            text,
        )?)
    }
}

/// The versions of the libraries, by the lock files of the peers, behind that of what they were measured with.
pub(crate) fn versions(results: &Path, with: &str, version: Option<&str>) -> Map<String, Value> {
    let peers = results.join("../peers");
    let mut versions = Map::new();
    versions.insert(with.to_owned(), json!(version));
    for (peer, package) in VERSIONS {
        let lock = std::fs::read_to_string(peers.join(peer).join("Cargo.lock")).unwrap_or_default();
        if let Some(version) = locked(&lock, package) {
            versions.insert((*package).to_owned(), json!(version));
        }
    }
    versions
}

impl Row {
    fn json(&self) -> Value {
        let mut us = self.times.us.clone();
        us.sort_by(f64::total_cmp);
        let mut row = json!({
            "work": self.work,
            "size": self.size,
            "peer": self.peer,
            "mode": self.mode,
            "median_us": rounded(at(&us, 0.5)),
            "min_us": rounded(at(&us, 0.0)),
            "max_us": rounded(at(&us, 1.0)),
            "allocations": self.allocations,
            "queries": self.queries,
            "round_trips": self.round_trips,
        });
        if self.work == "mixed" {
            row["p99_us"] = json!(rounded(at(&us, 0.99)));
            row["per_second"] = json!((us.len() as f64 / self.times.elapsed_us * 1e6).round());
        }
        if self.work == "stream" {
            row["peak_bytes"] = json!(self.times.peak_bytes);
        }
        row
    }
}

/// The value at this part of sorted ones; 0 of none.
fn at(sorted: &[f64], part: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a length"
    )]
    let index = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

/// Three digits are what can be measured.
fn rounded(us: f64) -> f64 {
    if us >= 100.0 {
        us.round()
    } else {
        (us * 1000.0).round() / 1000.0
    }
}

/// The version of a package in a lock file.
fn locked<'l>(lock: &'l str, package: &str) -> Option<&'l str> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next()
}

/// What the machine is: its processor, and how many threads it runs.
pub(crate) fn machine() -> Value {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split(": ").nth(1));
    json!({
        "processor": model,
        "threads": std::thread::available_parallelism().map_or(0, usize::from),
        "system": std::env::consts::OS,
    })
}

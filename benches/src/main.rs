//! Runs the benchmarks: `benches/run.sh` builds the peers and this, and finds the servers.
//!
//! For each database and each work, every peer answers first, in a process that counts allocations and statements, and
//! the answers are compared. Then the peers are timed in turn, A B C A B C, so that a machine that slows down or speeds
//! up does so for all. The results are `benches/results/<database>.json`, and from them `book/src/benchmarks.md`.

mod arguments;
mod book;
mod database;
mod distance;
mod measure;
mod peer;
mod proxy;
mod results;
mod work;

use std::io::Write;

use arguments::Arguments;

/// Whatever may go wrong here ends the run, in words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    for database in &arguments.databases {
        let results = measure::measure(database, &arguments)?;
        results.write(&arguments.results)?;
        for reason in &results.left_out {
            say(&format!("LEFT OUT on {}: {reason}", database.name));
        }
    }
    if Arguments::wants(&arguments.works, "n_plus_one") {
        distance::measure(&arguments)?;
    }
    book::write(&arguments.results, &arguments.book)
}

/// Says where the run is.
fn say(text: &str) {
    // Where nobody reads it, nothing is lost.
    let _ = writeln!(std::io::stderr(), "{text}");
}

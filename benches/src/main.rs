//! Runs the benchmarks: `benches/run.sh` builds the peers and this, and finds the servers.
//!
//! For each database and each work, every peer answers first, in a process that counts allocations and statements, and
//! the answers are compared. Then the peers are timed in turn, A B C A B C, so that a machine that slows down or speeds
//! up does so for all. The results are `benches/results/<database>.json`, and from them `book/src/benchmarks.md`.

mod arguments;
mod book;
mod compile;
mod database;
mod distance;
mod measure;
mod peer;
mod proxy;
mod results;
mod scale;
mod work;

use std::io::Write;

use arguments::Arguments;
use work::Work;

/// Whatever may go wrong here ends the run, in words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let mut arguments = Arguments::read(std::env::args().skip(1))?;
    let mut failed = Vec::new();
    for database in &arguments.databases {
        // What is only about something else leaves the results of the works as they are.
        if !Work::all(database.dialect(), arguments.quick)
            .iter()
            .any(|work| Arguments::wants(&arguments.works, work.name))
        {
            continue;
        }
        let results = match measure::measure(database, &arguments) {
            Ok(results) => results,
            Err(error) => {
                say(&format!("LEFT OUT: {}: {error}", database.name));
                failed.push(database.name.clone());
                continue;
            }
        };
        results.write(&arguments.results)?;
        for reason in &results.left_out {
            say(&format!("LEFT OUT on {}: {reason}", database.name));
        }
    }
    arguments
        .databases
        .retain(|database| !failed.contains(&database.name));
    let mut attempt = |name: &str, wanted: bool, measure: fn(&Arguments) -> Result<()>| {
        if wanted && let Err(error) = measure(&arguments) {
            say(&format!("LEFT OUT: {name}: {error}"));
            failed.push(name.to_owned());
        }
    };
    let is_asked = Arguments::wants(&arguments.works, "n_plus_one");
    attempt("n_plus_one", is_asked, distance::measure);
    attempt("compile", arguments.wants_long("compile"), compile::measure);
    attempt(
        "migrations",
        arguments.wants_long("migrations"),
        scale::measure,
    );
    book::write(&arguments.results, &arguments.book)?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("not measured: {}", failed.join(", ")).into())
}

/// Says where the run is.
fn say(text: &str) {
    // Where nobody reads it, nothing is lost.
    let _ = writeln!(std::io::stderr(), "{text}");
}

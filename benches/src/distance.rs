//! N + 1 over a network: the same listing in four ways, with a server a millisecond away, by a proxy.

use std::path::Path;
use std::time::Duration;

use protocol::{Mode, Run};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::database::Database;
use crate::measure::{Folder, Home};
use crate::peer::Peer;
use crate::proxy::Proxy;
use crate::{Result, say};

/// The ways, as the work of the peer.
pub(crate) const WAYS: &[&str] = &["naive", "load", "select_related", "prefetch_related"];
/// What a network adds in each direction.
const DELAY: Duration = Duration::from_millis(1);
/// Posts in the listing.
const POSTS: u64 = 100;

/// Measures on the databases and writes `n_plus_one.json`; what it says of other databases stays.
///
/// # Errors
/// Where a peer fails.
pub(crate) fn measure(arguments: &Arguments) -> Result<()> {
    let file = arguments.results.join("n_plus_one.json");
    let mut rows = read(&file);
    rows.retain(|row| {
        !arguments
            .databases
            .iter()
            .any(|database| row["database"] == database.name.as_str())
    });
    for database in &arguments.databases {
        let folder = Folder::new()?;
        let home = Home::new(database, arguments, folder.path())?;
        say(&format!("{:9} N + 1", database.name));
        rows.extend(listings(&home.database, arguments, folder.path())?);
    }
    let lines: Vec<String> = rows.iter().map(|row| format!("  {row}")).collect();
    Ok(std::fs::write(
        file,
        format!("[\n{}\n]\n", lines.join(",\n")),
    )?)
}

/// What was measured before.
pub(crate) fn read(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn listings(database: &Database, arguments: &Arguments, folder: &Path) -> Result<Vec<Value>> {
    let url = database.url(Mode::Held, folder);
    let proxy = database
        .is_server()
        .then(|| Proxy::start(&url, DELAY))
        .transpose()?;
    let through = proxy.as_ref().map_or(&url, |proxy| &proxy.url);
    let dialect = database.dialect();
    let mut statements = protocol::schema(dialect);
    statements.extend(protocol::load(dialect, "naive", POSTS));
    let flags: &[&str] = if proxy.is_none() { &["--count"] } else { &[] };
    let mut peer = Peer::start("nuages", &arguments.programs, (through, Mode::Held), flags)?;
    peer.setup(statements)?;
    let mut rows = Vec::new();
    let mut digests = Vec::new();
    for way in WAYS {
        let run = |samples| Run {
            work: (*way).to_owned(),
            size: POSTS,
            samples,
            iterations: 1,
        };
        let measured = peer
            .run(run(0))?
            .ok_or("a way that the peer does not know")?;
        digests.push(measured.digest);
        let before = proxy.as_ref().map(Proxy::counts);
        peer.run(run(1))?;
        let after = proxy.as_ref().map(Proxy::counts);
        // Two times: the first iteration, and the sample.
        let queries = before
            .zip(after)
            .map_or(measured.queries, |(before, after)| (after.0 - before.0) / 2);
        let mut us = peer.run(run(5))?.unwrap_or_default().us;
        us.sort_by(f64::total_cmp);
        let median = us.get(us.len() / 2).copied().unwrap_or_default().round();
        rows.push(
            json!({"database": database.name, "way": way, "queries": queries, "median_us": median}),
        );
    }
    if digests.iter().any(|digest| *digest != digests[0]) {
        return Err(format!("{}: the four ways answer differently", database.name).into());
    }
    Ok(rows)
}

//! The quote of the results in the README.

use std::path::Path;

use super::DATABASES;
use super::measured::{Measured, grouped, title};
use crate::Result;

/// What stands before and after the quote.
const BEGIN: &str = "<!-- This table is written by benches/run.sh. -->\n";
const END: &str = "<!-- Until here. -->";

/// What is quoted of each database.
const WORKS: &[(&str, u64)] = &[
    ("trivial", 10_000),
    ("get", 1),
    ("eager_tree", 100),
    ("bulk_insert", 10_000),
];

/// Writes the quote.
///
/// # Errors
/// Where the file cannot be read or written, or has no place for it.
pub(crate) fn write(results: &Path, readme: &Path) -> Result<()> {
    let missing = "the README has no place for the results";
    let text = std::fs::read_to_string(readme)?;
    let (before, rest) = text.split_once(BEGIN).ok_or(missing)?;
    let (_, after) = rest.split_once(END).ok_or(missing)?;
    let mut table = String::from(
        "| held connection | raw driver | Nuages | fastest other ORM |\n|---|--:|--:|--:|\n",
    );
    for (name, database) in DATABASES {
        let Ok(json) = std::fs::read_to_string(results.join(format!("{name}.json"))) else {
            continue;
        };
        let measured = Measured::read(&json)?;
        for work in WORKS {
            table += &line(database, &measured, *work).unwrap_or_default();
        }
    }
    Ok(std::fs::write(
        readme,
        format!("{before}{BEGIN}\n{table}\n{END}{after}"),
    )?)
}

/// The line of a work, if it was measured.
fn line(database: &str, measured: &Measured, work: (&str, u64)) -> Option<String> {
    let peers = measured.peers();
    let time = |peer: &str| measured.number(work, peer, "held", "median_us");
    let raw = time(peers.first()?)?;
    let others = peers.iter().skip(1).filter(|peer| **peer != "nuages");
    let best = others
        .filter_map(|peer| Some((*peer, time(peer)?)))
        .min_by(|(_, one), (_, other)| one.total_cmp(other));
    let best = best.map_or_else(
        || "–".to_owned(),
        |(peer, us)| format!("× {:.2} ({peer})", us / raw),
    );
    let ours = time("nuages")? / raw;
    Some(format!(
        "| {database}, {} | {} µs | **× {ours:.2}** | {best} |\n",
        title(work),
        grouped(raw),
    ))
}

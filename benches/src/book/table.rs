//! Tables in Markdown.

use super::measured::{Measured, grouped, title};

/// A table with a column for the work and one for each peer.
fn by_peer(measured: &Measured, cell: impl Fn((&str, u64), &str) -> Option<String>) -> String {
    let peers = measured.peers();
    let mut text = format!(
        "| work | {} |\n|---|{}\n",
        peers.join(" | "),
        "--:|".repeat(peers.len())
    );
    for work in measured.works() {
        let cells: Vec<Option<String>> = peers.iter().map(|peer| cell(work, peer)).collect();
        if cells.iter().any(Option::is_some) {
            let cells: Vec<String> = cells
                .into_iter()
                .map(|cell| cell.unwrap_or_else(|| "–".to_owned()))
                .collect();
            text += &format!("| {} | {} |\n", title(work), cells.join(" | "));
        }
    }
    text
}

/// The medians: microseconds of the raw driver, ratios to it of the others.
pub(crate) fn times(measured: &Measured, mode: &str) -> String {
    let raw = measured.peers().first().copied().unwrap_or_default();
    by_peer(measured, |work, peer| {
        if work.0 == "mixed" {
            return None;
        }
        let us = measured.number(work, peer, mode, "median_us")?;
        match measured.number(work, raw, mode, "median_us") {
            Some(base) if peer != raw && base > 0.0 => {
                let ratio = format!("{:.2}", us / base);
                Some(if peer == "nuages" {
                    format!("**× {ratio}**")
                } else {
                    format!("× {ratio}")
                })
            }
            _ => Some(format!("{} µs", grouped(us))),
        }
    })
}

/// The calls of the allocator in one iteration, on a held connection.
pub(crate) fn allocations(measured: &Measured) -> String {
    by_peer(measured, |work, peer| {
        Some(grouped(measured.number(
            work,
            peer,
            "held",
            "allocations",
        )?))
    })
}

/// Statements and round trips of an iteration, on a held connection.
pub(crate) fn round_trips(measured: &Measured) -> String {
    by_peer(measured, |work, peer| {
        let queries = measured.number(work, peer, "held", "queries")?;
        let round_trips = measured.number(work, peer, "held", "round_trips")?;
        (!matches!(work.0, "build_query"))
            .then(|| format!("{} in {}", grouped(queries), grouped(round_trips)))
    }) + "\nStatements, and the round trips that they took.\n"
}

/// Throughput and latencies of the mixed load.
pub(crate) fn mixed(measured: &Measured) -> String {
    let mut text =
        String::from("| | operations a second | median | 99th percentile |\n|---|--:|--:|--:|\n");
    let works: Vec<(&str, u64)> = measured
        .works()
        .into_iter()
        .filter(|(name, _)| *name == "mixed")
        .collect();
    for (work, peer) in works
        .iter()
        .flat_map(|work| measured.peers().into_iter().map(move |peer| (*work, peer)))
    {
        let number = |key| measured.number(work, peer, "pool", key);
        if let (Some(rate), Some(median), Some(p99)) =
            (number("per_second"), number("median_us"), number("p99_us"))
        {
            text += &format!(
                "| {peer} | {} | {} µs | {} µs |\n",
                grouped(rate),
                grouped(median),
                grouped(p99)
            );
        }
    }
    text
}

/// Rates of the streams, and the memory that each took in a process that did nothing else.
pub(crate) fn streaming(measured: &Measured) -> String {
    let mut text = String::from("| | rows | rows a second | memory it took |\n|---|--:|--:|--:|\n");
    let works: Vec<(&str, u64)> = measured
        .works()
        .into_iter()
        .filter(|(name, _)| *name == "stream")
        .collect();
    for (work, peer) in works
        .iter()
        .flat_map(|work| measured.peers().into_iter().map(move |peer| (*work, peer)))
    {
        let number = |key| measured.number(work, peer, "held", key);
        if let (Some(us), Some(peak)) = (number("median_us"), number("peak_bytes")) {
            let (rows, mib) = (work.1 as f64, peak / f64::from(1 << 20));
            text += &format!(
                "| {peer} | {} | {} | {} MiB |\n",
                grouped(rows),
                grouped(rows / us * 1e6),
                grouped((mib * 10.0).round() / 10.0)
            );
        }
    }
    text
}

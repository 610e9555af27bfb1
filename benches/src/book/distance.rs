//! The plot and the table of the chapter about N + 1.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use super::DATABASES;
use super::measured::grouped;
use crate::Result;
use crate::distance::{WAYS, read};

/// What stands before and after the table in the chapter.
const BEGIN: &str = "<!-- This table is written by benches/run.sh. -->\n";
const END: &str = "<!-- Until here. -->";

const COLORS: &[&str] = &["#e03131", "#1971c2", "#2f9e44", "#7048e8"];
const LEFT: f64 = 110.0;
const WIDTH: f64 = 560.0;
const BAR: f64 = 14.0;
const GAP: f64 = 18.0;
/// The ends of the logarithmic scale, in powers of ten of milliseconds.
const LEAST: f64 = -2.0;
const MOST: f64 = 3.0;

/// Writes `n_plus_one.svg`, and the table into the chapter.
///
/// # Errors
/// Where a file cannot be read or written, or the chapter has no place for the table.
pub(crate) fn write(results: &Path, book: &Path) -> Result<()> {
    let rows = read(&results.join("n_plus_one.json"));
    if rows.is_empty() {
        return Ok(());
    }
    let chapter = book.join("n_plus_one.md");
    let text = std::fs::read_to_string(&chapter)?;
    let missing = "n_plus_one.md has no place for the table";
    let (before, rest) = text.split_once(BEGIN).ok_or(missing)?;
    let (_, after) = rest.split_once(END).ok_or(missing)?;
    std::fs::write(
        &chapter,
        format!("{before}{BEGIN}\n{}\n{END}{after}", table(&rows)),
    )?;
    Ok(std::fs::write(book.join("n_plus_one.svg"), plot(&rows))?)
}

/// Queries and milliseconds of a way on a database.
fn listing(rows: &[Value], database: &str, way: &str) -> Option<(f64, f64)> {
    let row = rows
        .iter()
        .find(|row| row["database"] == database && row["way"] == way)?;
    Some((
        row["queries"].as_f64()?,
        row["median_us"].as_f64()? / 1000.0,
    ))
}

fn measured(rows: &[Value]) -> Vec<(&'static str, &'static str)> {
    let is_there = |name: &str| WAYS.iter().all(|way| listing(rows, name, way).is_some());
    DATABASES
        .iter()
        .copied()
        .filter(|(name, _)| is_there(name))
        .collect()
}

fn table(rows: &[Value]) -> String {
    let databases = measured(rows);
    let titles: Vec<&str> = databases.iter().map(|(_, title)| *title).collect();
    let mut text = format!(
        "| | queries | {} |\n|---|--:|{}\n",
        titles.join(" | "),
        "--:|".repeat(titles.len())
    );
    for way in WAYS {
        let all: Vec<(f64, f64)> = databases
            .iter()
            .filter_map(|(name, _)| listing(rows, name, way))
            .collect();
        let queries = all.first().map_or(0.0, |(queries, _)| *queries);
        let times: Vec<String> = all
            .iter()
            .map(|(_, ms)| format!("{} ms", grouped(*ms)))
            .collect();
        text += &format!(
            "| {} | {} | {} |\n",
            title(way),
            grouped(queries),
            times.join(" | ")
        );
    }
    text
}

fn title(way: &str) -> String {
    if way == "naive" {
        "one by one".to_owned()
    } else {
        format!("`{way}`")
    }
}

fn plot(rows: &[Value]) -> String {
    let databases = measured(rows);
    let group = BAR * 4.0 + GAP;
    let (top, bottom) = (50.0, 50.0 + group * databases.len() as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>100 posts and their authors, with a server 1 ms away</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        LEFT + WIDTH + 80.0,
        bottom + 10.0,
    );
    let x = |ms: f64| LEFT + (ms.log10().clamp(LEAST, MOST) - LEAST) / (MOST - LEAST) * WIDTH;
    for power in -2..=3 {
        let ms = 10_f64.powi(power);
        let _ = writeln!(
            svg,
            "<line x1=\"{0:.1}\" y1=\"{top}\" x2=\"{0:.1}\" y2=\"{bottom}\" stroke=\"#ced4da\"/>\
             <text x=\"{0:.1}\" y=\"{1:.0}\" text-anchor=\"middle\" fill=\"#495057\">{ms} ms</text>",
            x(ms),
            top - 8.0,
        );
    }
    for (i, (way, color)) in WAYS.iter().zip(COLORS).enumerate() {
        let left = LEFT + 135.0 * i as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"8\" width=\"12\" height=\"12\" fill=\"{color}\"/>\
             <text x=\"{}\" y=\"18\" fill=\"#343a40\">{}</text>",
            left + 17.0,
            title(way).replace('`', ""),
        );
    }
    for (d, (name, database)) in databases.iter().enumerate() {
        let y = top + group * d as f64 + GAP / 2.0;
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" fill=\"#343a40\">{database}</text>",
            LEFT - 10.0,
            y + BAR * 2.0 + 4.0,
        );
        for (i, (way, color)) in WAYS.iter().zip(COLORS).enumerate() {
            let Some((_, ms)) = listing(rows, name, way) else {
                continue;
            };
            let at = y + BAR * i as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{at:.0}\" width=\"{:.1}\" height=\"{:.0}\" fill=\"{color}\"/>\
                 <text x=\"{:.1}\" y=\"{:.0}\" fill=\"#343a40\">{} ms</text>",
                x(ms) - LEFT,
                BAR - 2.0,
                x(ms) + 6.0,
                at + BAR - 4.0,
                grouped(ms),
            );
        }
    }
    svg += "</svg>\n";
    svg
}

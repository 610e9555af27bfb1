//! The chapter of the book: tables and plots of the results, and nothing that is not in them.

mod compile;
mod distance;
mod measured;
mod plot;
mod readme;
mod scale;
mod table;

use std::fmt::Write;
use std::path::Path;

use crate::Result;
use measured::Measured;

/// The databases, in the order of the chapter, with their names in prose.
pub(crate) const DATABASES: &[(&str, &str)] = &[
    ("sqlite", "SQLite"),
    ("postgres", "PostgreSQL"),
    ("mysql", "MySQL"),
    ("mariadb", "MariaDB"),
];

/// Where in the chapter the results begin; what stands before is written by hand.
const MARK: &str = "<!-- What follows is written by benches/run.sh. -->";

/// Writes what the results say behind the mark of `benchmarks.md`, and the plots beside it.
///
/// # Errors
/// Where a file cannot be read or written.
pub(crate) fn write(results: &Path, book: &Path) -> Result<()> {
    let chapter = book.join("benchmarks.md");
    let old = std::fs::read_to_string(&chapter)?;
    let (by_hand, _) = old
        .split_once(MARK)
        .ok_or("benchmarks.md has no mark where the results begin")?;
    let plots = book.join("benchmarks");
    std::fs::create_dir_all(&plots)?;
    let mut text = format!("{by_hand}{MARK}\n");
    for (name, title) in DATABASES {
        let Ok(json) = std::fs::read_to_string(results.join(format!("{name}.json"))) else {
            continue;
        };
        let measured = Measured::read(&json)?;
        std::fs::write(
            plots.join(format!("{name}.svg")),
            plot::plot(title, &measured),
        )?;
        write!(text, "\n## {title}\n\n{}", section(name, title, &measured))?;
    }
    text += &compile::section(results)?;
    text += &scale::section(results)?;
    std::fs::write(chapter, text)?;
    readme::write(results, &book.join("../../README.md"))?;
    distance::write(results, book)
}

fn section(name: &str, title: &str, measured: &Measured) -> String {
    let mut text = format!("{}\n\n", measured.versions());
    text += &format!("![Times on {title}, as ratios to the raw driver](benchmarks/{name}.svg)\n");
    text += &format!("\n{}", measured.left_out());
    for (mode, heading) in [
        ("held", "On one connection that is held"),
        ("pool", "Through the pool"),
    ] {
        text += &format!(
            "\n### {heading}: {title}\n\n{}",
            table::times(measured, mode)
        );
    }
    if let Some(measured) = measured.on_current_thread() {
        text += &format!(
            "\n### On a runtime of one thread: {title}\n\n{}",
            table::times(&measured, "held")
        );
    }
    text += &format!(
        "\n### Allocations: {title}\n\n{}",
        table::allocations(measured)
    );
    if name != "sqlite" {
        text += &format!(
            "\n### Round trips: {title}\n\n{}",
            table::round_trips(measured)
        );
    }
    text += &format!(
        "\n### 64 tasks on 10 connections: {title}\n\n{}",
        table::mixed(measured)
    );
    text += &format!("\n### Streaming: {title}\n\n{}", table::streaming(measured));
    text
}

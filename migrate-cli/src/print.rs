//! What the command prints: results on the standard output, everything else on the standard error; colours on a
//! terminal only, and not where `NO_COLOR` is set.

use std::io::{IsTerminal, Write, stderr};
use std::path::Path;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use serde_json::Value;

/// Words that matter.
pub(crate) const STRONG: Style = Style::new().bold();
/// What went well, or comes.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What goes, or went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What changes, or wants attention.
pub(crate) const CHANGE: Style = AnsiColor::Yellow.on_default().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The text in a style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A line of the result.
pub(crate) fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// A headline.
pub(crate) fn heading(text: &str) {
    println!("{STRONG}{text}{STRONG:#}");
}

/// Data, for programs.
pub(crate) fn json(value: &Value) {
    println!("{value:#}");
}

/// A remark beside the result.
pub(crate) fn note(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

/// Something that somebody should know.
pub(crate) fn warning(text: impl std::fmt::Display) {
    eprintln!("{CHANGE}warning:{CHANGE:#} {text}");
}

/// Why it did not work.
pub(crate) fn error(text: &str) {
    eprintln!("{BAD}error:{BAD:#} {text}");
}

/// The beginning of a line of the result that is to end later.
pub(crate) fn begin(text: &str) {
    let mut out = anstream::stdout();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Whether there is somebody to watch progress.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}

/// An operation in Django's form: `+ Create model Author`.
pub(crate) fn operation(symbol: char, text: &str) -> String {
    let style = match symbol {
        '+' => GOOD,
        '-' => BAD,
        _ => CHANGE,
    };
    format!("{style}{symbol}{style:#} {text}")
}

/// Columns as wide as their widest cell, two blanks apart.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let print_row = |cells: Vec<&str>, style: Style| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        println!("  {style}{}{style:#}", padded.join("  ").trim_end());
    };
    print_row(head.to_vec(), FAINT);
    for row in rows {
        print_row(row.iter().map(String::as_str).collect(), Style::new());
    }
}

/// A path as one would write it from here.
pub(crate) fn path(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let short = path.strip_prefix(&here).unwrap_or(path);
    short.display().to_string().replace('\\', "/")
}

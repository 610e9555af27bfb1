//! What the program prints: 80 columns, colours on a terminal only.

use std::fmt::Display;
use std::time::Duration;

use anstream::println;
use anstyle::{AnsiColor, Style};
use nuages::driver::Recorded;
use nuages::prelude::*;

/// Words that matter.
pub(crate) const STRONG: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// SQL.
const SQL: Style = AnsiColor::Cyan.on_default();

const WIDTH: usize = 80;

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// The SQL of each query too.
    pub(crate) sql: bool,
}

impl Screen {
    /// The statements that ran, if asked for; those that repeat with other values once, with their number.
    pub(crate) fn sql(self, seen: &[Recorded]) {
        if !self.sql {
            return;
        }
        let mut texts: Vec<(String, usize)> = Vec::new();
        for statement in seen {
            match texts.iter_mut().find(|(text, _)| **text == *statement.sql) {
                Some((_, times)) => *times += 1,
                None => texts.push((statement.sql.to_string(), 1)),
            }
        }
        for (text, times) in texts {
            let times = if times == 1 {
                String::new()
            } else {
                format!(" -- {} times", thousands(times as u64))
            };
            for line in wrap(&format!("{text};{times}"), WIDTH - 6) {
                println!("      {SQL}{line}{SQL:#}");
            }
        }
    }
}

/// Runs something; gives what it asked of the database too.
pub(crate) async fn watched<T>(
    db: &Database,
    block: impl AsyncFnOnce() -> nuages::Result<T>,
) -> nuages::Result<(T, Vec<Recorded>)> {
    let recording = db.record();
    let answer = block().await?;
    let mut seen = recording.statements();
    seen.retain(|statement| !statement.control);
    Ok((answer, seen))
}

/// A line of the head.
pub(crate) fn fact(name: &str, what: &str, time: Option<Duration>) {
    let time = time
        .map(|time| format!(" in {}", milliseconds(time)))
        .unwrap_or_default();
    println!("  {name:<10}{what}{}", faint(time));
}

/// The title of a section, and what of Nuages it shows.
pub(crate) fn title(title: &str, shows: &str) {
    println!();
    println!("{STRONG}{title}{STRONG:#} {FAINT}({shows}){FAINT:#}");
}

/// A row with a number.
pub(crate) fn counted(count: i64, what: &str) {
    println!("  {count:>5}  {what}");
}

/// Names after a head, in so many lines.
pub(crate) fn names(head: &str, names: &[&str], lines: usize) {
    let indent = " ".repeat(8);
    println!("  {head}");
    let wrapped = wrap(&names.join(", "), WIDTH - indent.len() - 6);
    for (at, line) in wrapped.iter().take(lines).enumerate() {
        let more = if at + 1 == lines && lines < wrapped.len() {
            " …"
        } else {
            ""
        };
        println!("  {indent}{line}{more}");
    }
}

/// Text that matters less.
pub(crate) fn faint(text: impl Display) -> String {
    format!("{FAINT}{text}{FAINT:#}")
}

/// A time, such as `4.2 ms`.
pub(crate) fn milliseconds(time: Duration) -> String {
    match time.as_secs_f64() * 1e3 {
        long if 100.0 <= long => format!("{long:.0} ms"),
        short => format!("{short:.1} ms"),
    }
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at != 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The text in lines of at most so many characters, broken at spaces.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split(' ') {
        let added = word.chars().count();
        if length != 0 && width < length + 1 + added {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            if length != 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += added;
        }
    }
    lines
}

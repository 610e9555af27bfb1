//! The book's page of Django's subtleties names a test for each: it must exist.

use std::collections::BTreeSet;
use std::{fs, io};

use super::{repository, sources};

const PAGE: &str = "book/src/django_subtleties.md";
/// So many there are, each with a number of its own.
const SUBTLETIES: usize = 86;

#[test]
fn every_subtlety_has_a_test() -> io::Result<()> {
    let page = fs::read_to_string(repository().join(PAGE))?;
    let functions: BTreeSet<String> = sources()?
        .iter()
        .filter(|source| source.path.starts_with("tests/") || source.path.starts_with("orm/src/"))
        .flat_map(|source| functions_of(&source.text))
        .collect();
    let mut numbers = Vec::new();
    for line in page.lines() {
        // A `|` within a cell is written `\|`.
        let line = line.replace("\\|", "");
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", number, _, here, tests, ""] = cells[..] else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        numbers.push(number);
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let absent = here.starts_with('–') || tests.starts_with('–');
        assert!(
            absent || !named.is_empty(),
            "{PAGE}: {number} names no test"
        );
        for name in named {
            assert!(
                functions.contains(name),
                "{PAGE}: {number} names the test `{name}`, which is nowhere"
            );
        }
    }
    assert_eq!(numbers, (1..=SUBTLETIES).collect::<Vec<_>>());
    Ok(())
}

/// The names behind `fn`.
fn functions_of(text: &str) -> Vec<String> {
    let names = text.split("fn ").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        rest[..end.unwrap_or(rest.len())].to_owned()
    });
    names.collect()
}

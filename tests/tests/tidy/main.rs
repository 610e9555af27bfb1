//! The rules of this codebase that neither rustc nor clippy knows, held as tests. CONTRIBUTING.md gives their reasons.
//!
//! Every Rust file becomes a [`Source`], every rule is a function from a `Source` to its faults, and `faults` is the list
//! of the rules. `planted.rs` plants one fault of each kind, so that a rule that stopped finding anything is noticed.

mod planted;
mod source;
mod subtleties;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use source::{Source, blank_comments, outside_modules, paths_after};

/// Rooms of `orm/src`, lowest first. A room imports only rooms before it.
const ROOMS: &[&str] = &[
    "error", "value", "schema", "meta", "ast", "sql", "driver", "backend", "db", "query",
    "resolve", "model", "load", "write", "queryset", "migrate", "fixture", "testing",
];

/// Files of `orm/src` that belong to no room: they only gather what the rooms hold.
const GATHERING: &[&str] = &["lib.rs", "prelude.rs", "expansion.rs"];

/// The folder of `backend` that may speak a name, and the name. Outside of it, and of `db`, the name is a fault.
const VENDORS: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("mysql", "mysql"),
    ("mysql", "mariadb"),
    ("sqlite", "sqlite"),
];

/// A line of code has more on it than comments and the text of literals: pinned SQL is data.
const MAX_CODE_LINES: usize = 600;

/// What may stand at the top of the repository.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".github",
    ".gitattributes",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "book",
    "clippy.toml",
    "migrate-cli",
    "orm",
    "orm-derive",
    "rustfmt.toml",
    "tests",
];

/// The folders that hold our Rust.
const CODE: &[&str] = &[
    "orm",
    "orm-derive",
    "migrate-cli",
    "tests",
    "benches",
    "book",
];

/// A file that may break a rule, the rule, and why. An entry that excuses nothing is a fault too.
const EXCEPTIONS: &[(&str, Rule, &str)] = &[];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// A room imports only rooms before it, and every module of `orm/src` is a room.
    RoomOrder,
    /// A vendor is named only in its folder of `backend` and in `db`.
    Vendor,
    /// A file has at most `MAX_CODE_LINES` lines of code.
    Size,
    /// A file opens with `//!`: what it is for.
    ModuleDocs,
    /// `super::super::` says nothing to a reader who does not count.
    SuperSuper,
    /// A test that is not run is not a test.
    Ignored,
}

#[derive(Debug)]
struct Fault {
    path: String,
    line: usize,
    rule: Rule,
    message: String,
}

impl Source {
    /// The path within `orm/src`, split at `/`, unless the file is one of unit tests: those may look anywhere.
    fn in_rooms(&self) -> Option<Vec<&str>> {
        let parts: Vec<&str> = self.path.strip_prefix("orm/src/")?.split('/').collect();
        let is_tests = parts
            .iter()
            .any(|part| matches!(*part, "tests" | "tests.rs"));
        (!is_tests && !GATHERING.contains(&parts[0])).then_some(parts)
    }

    fn fault(&self, line: usize, rule: Rule, message: String) -> Fault {
        Fault {
            path: self.path.clone(),
            line,
            rule,
            message,
        }
    }
}

// ---- the rules ----

/// Every fault of one file. `gathered` says which room each name at the root of the crate comes from.
fn faults(source: &Source, gathered: &BTreeMap<String, String>) -> Vec<Fault> {
    let mut faults = Vec::new();
    room_order(source, gathered, &mut faults);
    vendors(source, &mut faults);
    size(source, &mut faults);
    module_docs(source, &mut faults);
    words(source, &mut faults);
    faults
}

fn room_order(source: &Source, gathered: &BTreeMap<String, String>, faults: &mut Vec<Fault>) {
    let Some(parts) = source.in_rooms() else {
        return;
    };
    let room = parts[0].trim_end_matches(".rs");
    let Some(own) = place(room) else {
        faults.push(source.fault(
            1,
            Rule::RoomOrder,
            format!("`{room}` is not in the list of rooms: give it a place"),
        ));
        return;
    };
    let mut paths = paths_after(&source.bare, "crate::");
    // In the file that is the room itself, `super` is the root of the crate.
    if parts.len() == 1 || parts[1] == "mod.rs" {
        paths.extend(paths_after(&outside_modules(&source.bare), "super::"));
    }
    for (line, path) in paths {
        let Some(name) = path.first() else { continue };
        let target = if place(name).is_some() {
            Some(name)
        } else {
            gathered.get(name)
        };
        let Some(target) = target else { continue };
        if place(target) > Some(own) {
            let message =
                format!("`{room}` imports `{name}` of the room `{target}`, which comes after it");
            faults.push(source.fault(line, Rule::RoomOrder, message));
        }
    }
}

fn place(room: &str) -> Option<usize> {
    ROOMS.iter().position(|other| *other == room)
}

fn vendors(source: &Source, faults: &mut Vec<Fault>) {
    let Some(parts) = source.in_rooms() else {
        return;
    };
    if parts[0] == "db" || parts[0] == "db.rs" {
        return;
    }
    let folder = if parts[0] == "backend" { parts[1] } else { "" };
    for (n, line) in source.code.lines().enumerate() {
        // The list of the backends is a list of modules.
        if folder == "mod.rs" && (line.contains("mod ") || line.contains("#[cfg(")) {
            continue;
        }
        let line = line.to_lowercase();
        let named = VENDORS
            .iter()
            .find(|(own, name)| *own != folder && line.contains(name));
        if let Some((own, name)) = named {
            let message = format!(
                "`{name}` is named outside of `backend/{own}` and `db`: ask the dialect or the backend"
            );
            faults.push(source.fault(n + 1, Rule::Vendor, message));
        }
    }
}

fn size(source: &Source, faults: &mut Vec<Fault>) {
    let lines = source
        .bare
        .lines()
        .filter(|line| !line.trim().is_empty())
        .count();
    if lines > MAX_CODE_LINES {
        let message = format!("{lines} lines of code, at most {MAX_CODE_LINES}: split it by idea");
        faults.push(source.fault(1, Rule::Size, message));
    }
}

fn module_docs(source: &Source, faults: &mut Vec<Fault>) {
    if !source.text.trim_start().starts_with("//!") {
        faults.push(source.fault(
            1,
            Rule::ModuleDocs,
            "open the file with `//!`: what it is for".to_owned(),
        ));
    }
}

fn words(source: &Source, faults: &mut Vec<Fault>) {
    let (_, bare) = blank_comments(&source.text);
    for (n, line) in String::from_utf8_lossy(&bare).lines().enumerate() {
        if line.contains("super::super::") {
            faults.push(source.fault(
                n + 1,
                Rule::SuperSuper,
                "write `crate::…` instead of `super::super::`".to_owned(),
            ));
        }
        if line.contains("#[ignore") {
            faults.push(source.fault(n + 1, Rule::Ignored, "run the test or remove it".to_owned()));
        }
    }
}

/// The room that each name comes from which `lib.rs` re-exports: `pub use error::{Error, Result}`.
fn gathered(lib: &Source) -> BTreeMap<String, String> {
    paths_after(&lib.bare, "use ")
        .into_iter()
        .map(|(_, path)| path)
        .map(|path| {
            path.into_iter()
                .skip_while(|part| matches!(part.as_str(), "crate" | "self"))
                .collect::<Vec<_>>()
        })
        .filter(|path| path.len() > 1 && place(&path[0]).is_some())
        .filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())))
        .collect()
}

// ---- the repository ----

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that git knows, or every file where there is no git: an unpacked archive is clean.
fn files() -> io::Result<Vec<String>> {
    let git = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository())
        .output();
    if let Ok(output) = git
        && output.status.success()
    {
        return Ok(String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect());
    }
    let mut files = Vec::new();
    walk(&repository(), "", &mut files)?;
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !entry.file_type()?.is_dir() {
            files.push(name);
        } else if !matches!(name.as_str(), "target" | ".git") {
            walk(&entry.path(), &format!("{name}/"), files)?;
        }
    }
    Ok(())
}

fn sources() -> io::Result<Vec<Source>> {
    let is_ours = |path: &String| {
        let folder = path.split('/').next().unwrap_or_default();
        CODE.contains(&folder)
            && Path::new(path)
                .extension()
                .is_some_and(|extension| extension == "rs")
    };
    files()?
        .into_iter()
        .filter(is_ours)
        // A file that was deleted and not yet committed is still listed.
        .filter(|path| repository().join(path).exists())
        .map(|path| {
            Ok(Source::new(
                &path,
                &fs::read_to_string(repository().join(&path))?,
            ))
        })
        .collect()
}

#[test]
fn the_code_follows_the_rules() -> io::Result<()> {
    let sources = sources()?;
    assert!(
        sources.iter().any(|source| source.path == "orm/src/lib.rs"),
        "the sources were not found"
    );
    let gathered = sources
        .iter()
        .find(|source| source.path == "orm/src/lib.rs")
        .map(gathered)
        .unwrap_or_default();
    let mut used = vec![false; EXCEPTIONS.len()];
    let mut lines = Vec::new();
    for fault in sources.iter().flat_map(|source| faults(source, &gathered)) {
        match EXCEPTIONS
            .iter()
            .position(|(path, rule, _)| *path == fault.path && *rule == fault.rule)
        {
            Some(exception) => used[exception] = true,
            None => lines.push(format!(
                "{}:{}: {} ({:?})",
                fault.path, fault.line, fault.message, fault.rule
            )),
        }
    }
    for ((path, rule, _), _) in EXCEPTIONS.iter().zip(&used).filter(|(_, used)| !**used) {
        lines.push(format!(
            "{path}: the exception to {rule:?} excuses nothing any more: remove it"
        ));
    }
    assert!(
        lines.is_empty(),
        "{} faults:\n{}",
        lines.len(),
        lines.join("\n")
    );
    Ok(())
}

#[test]
fn the_top_level_holds_nothing_else() -> io::Result<()> {
    let strangers: Vec<String> = files()?
        .into_iter()
        .map(|path| path.split('/').next().unwrap_or_default().to_owned())
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert!(
        strangers.is_empty(),
        "not in the list of what the top level holds: {strangers:?}"
    );
    Ok(())
}

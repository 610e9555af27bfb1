//! What must not compile, and the message that the user then reads: `tests/ui/*.rs`, each with its `.stderr`.
//!
//! rustc words its own part of a message anew in every release, so the messages are compared with one release only.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// The release of rustc that the messages were written by.
const RELEASE: &str = "1.95.";

/// The longest message that is still read.
const MOST_LINES: usize = 30;

/// The files of `tests/ui` with this extension.
fn ui(extension: &str) -> io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let is_wanted = |path: &io::Result<PathBuf>| {
        path.as_ref().map_or(true, |path| {
            path.extension().is_some_and(|it| it == extension)
        })
    };
    paths.filter(is_wanted).collect()
}

/// The version of the rustc that trybuild will run, `1.95.0`.
fn release() -> io::Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .to_owned())
}

#[test]
fn mistakes_do_not_compile_and_say_why() -> io::Result<()> {
    let release = release()?;
    if !release.starts_with(RELEASE) {
        // Written past the capture of test output, since nobody would look into a test that passed.
        return writeln!(
            io::stderr(),
            "SKIPPED compile_fail: the messages are those of rustc {RELEASE}x, and this is {release}"
        );
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
    Ok(())
}

#[test]
fn every_message_is_short_enough_to_be_read() -> io::Result<()> {
    let messages = ui("stderr")?;
    assert_eq!(
        messages.len(),
        ui("rs")?.len(),
        "every case has its message, and every message its case"
    );
    for path in messages {
        let lines = fs::read_to_string(&path)?.lines().count();
        assert!(
            (1..=MOST_LINES).contains(&lines),
            "{}: {lines} lines, at most {MOST_LINES}",
            path.display()
        );
    }
    Ok(())
}

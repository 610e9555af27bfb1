//! The `migrate` command as its users meet it: a program with arguments, files, output and exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "cases, which clippy cannot know for tests: what must not fail is unwrapped"
)]

mod crates;
mod drawings;
mod drift;
mod faults;
mod files;
mod fixtures;
mod inspecting;
mod journey;
mod lint;
mod phases;
mod place;
mod questions;
mod settings;
mod squashing;
mod teams;

use std::process::ExitCode;

fn main() -> ExitCode {
    nuages_tests::run(&[
        journey::area(),
        questions::area(),
        faults::area(),
        files::area(),
        fixtures::area(),
        lint::area(),
        settings::area(),
        phases::area(),
        crates::area(),
        teams::area(),
        drawings::area(),
        drift::area(),
        inspecting::area(),
        squashing::area(),
    ])
}

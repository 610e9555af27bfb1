//! The installed `migrate`: it works on files itself, and hands over to a crate's own target where models are needed.

use std::process::ExitCode;

fn main() -> ExitCode {
    migrate_cli::installed()
}

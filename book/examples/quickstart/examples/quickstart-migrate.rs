//! The `migrate` command with the models of the quickstart linked in; `migrate init` wrote it.

use std::process::ExitCode;

use quickstart as _; // links the crate, so that its models register themselves

fn main() -> ExitCode {
    migrate_cli::main()
}

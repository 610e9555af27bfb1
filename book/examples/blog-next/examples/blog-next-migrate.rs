//! The `migrate` command of this crate, which sees its models.

use std::process::ExitCode;

use blog_next as _; // links the models; add a line for each crate whose models belong to this project

fn main() -> ExitCode {
    migrate_cli::main()
}

//! The `migrate` command, as a library: a crate with models has a target of its own that is the whole command.
//!
//! `migrate init` writes that target, `examples/blog-migrate.rs`:
//!
//! ```no_run
//! # extern crate std as blog;
//! use std::process::ExitCode;
//!
//! use blog as _; // links the crate, so that its models register themselves
//!
//! fn main() -> ExitCode {
//!     migrate_cli::main()
//! }
//! ```
//!
//! The installed `migrate` finds that target and hands over to it whenever it needs the models. What needs only the
//! migration files it does by itself, without a Rust toolchain. A crate without a library calls [`intercept`] instead.
//!
//! There is no logic of migrations here: this crate reads arguments, asks questions and prints.

mod args;
mod ask;
mod command;
mod config;
mod diagram;
mod failure;
mod handover;
mod lint_config;
#[cfg(test)]
mod lint_tests;
mod lint_text;
mod models;
mod plan_text;
mod print;
mod project;
mod sql_read;
mod sql_text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::command::Role;

/// Runs the command of a crate: of all models and migrations that are linked into this program.
pub fn main() -> ExitCode {
    run(Role::Crate, std::env::args_os().collect())
}

/// Runs the command if the program was called with `migrate` as its first argument, and ends it then; returns
/// otherwise. For a program without a library, and for a service that applies its own migrations: `blog migrate apply`.
/// Call it first in `main`.
pub fn intercept() {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    if args.get(1).is_none_or(|first| first != "migrate") {
        return;
    }
    args.remove(1);
    let code = exit_code(Role::Crate, args);
    std::process::exit(i32::from(code));
}

/// Runs the installed command: it has no models, and finds the crate's own command where it needs them.
#[doc(hidden)]
pub fn installed() -> ExitCode {
    run(Role::Installed, std::env::args_os().collect())
}

fn run(role: Role, args: Vec<OsString>) -> ExitCode {
    ExitCode::from(exit_code(role, args))
}

fn exit_code(role: Role, args: Vec<OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args.iter()) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let as_json = cli.global.is_json();
    // A thread of its own: the caller may be in a runtime already, and one cannot wait inside another.
    let worker = std::thread::spawn(move || command::run(role, cli, &args));
    match worker.join() {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => failure.print(as_json),
        // The panic has printed itself.
        Err(_) => 1,
    }
}

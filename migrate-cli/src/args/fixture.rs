//! The arguments of the commands that concern rows.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Clone, Args)]
pub(crate) struct DumpArgs {
    /// Only these: apps (`blog`) and models (`blog.Post`)
    #[arg(value_name = "APP[.MODEL]")]
    pub(crate) labels: Vec<String>,
    /// All but these
    #[arg(short, long, value_name = "APP[.MODEL]")]
    pub(crate) exclude: Vec<String>,
    /// With so many spaces a level; on one line, without it
    #[arg(long, value_name = "SPACES")]
    pub(crate) indent: Option<usize>,
    /// The file to write, in the place of the standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct LoadArgs {
    /// The fixtures; `-` reads the standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ShellArgs {
    /// What the client gets besides
    #[arg(last = true)]
    pub(crate) arguments: Vec<OsString>,
}

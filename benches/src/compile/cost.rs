//! One crate compiled again and again: how long it takes, and the most memory that the compiler had.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::sources::Crate;
use crate::{Result, say};

/// How often the memory of compilers is looked at. Linux keeps the peak, so that only the last moments are missed.
const LOOK: Duration = Duration::from_millis(10);

/// What a crate costs.
#[derive(Debug)]
pub(crate) struct Cost {
    written: Crate,
    /// Seconds of each kind of run, a number for each round.
    seconds: BTreeMap<&'static str, Vec<f64>>,
    peak: u64,
    expanded: usize,
    dependencies: usize,
}

/// What Cargo did.
struct Run {
    seconds: f64,
    peak: u64,
}

impl Cost {
    /// Compiles the dependencies and the crate for the first time: `cold` says whether that is measured, too.
    ///
    /// # Errors
    /// Where it does not compile.
    pub(crate) fn prepare(written: Crate, cold: bool) -> Result<Self> {
        let mut cost = Cost {
            written,
            seconds: BTreeMap::new(),
            peak: 0,
            expanded: 0,
            dependencies: 0,
        };
        let package = cost.written.package();
        say(&format!("compile   {package}: dependencies"));
        if cold {
            let _ = std::fs::remove_dir_all(cost.target());
        }
        // The lock file is that of the peer; what the crate does not need leaves it, and nothing is downloaded in the run
        // that is timed.
        cost.run(&["fetch", "--quiet"])?;
        let first = cost.run(&["build", "--quiet"])?;
        if cold {
            cost.note("with_dependencies_s", first.seconds);
        }
        cost.run(&["check", "--quiet"])?;
        cost.expanded = cost.expand()?;
        let lock = std::fs::read_to_string(cost.written.folder.join("Cargo.lock"))?;
        let packages = lock.lines().filter(|line| *line == "[[package]]").count();
        cost.dependencies = packages.saturating_sub(1);
        Ok(cost)
    }

    /// A turn: clean, after an edit, and the same only checked.
    ///
    /// # Errors
    /// Where it does not compile.
    pub(crate) fn round(&mut self, round: usize) -> Result<()> {
        let package = self.written.package();
        say(&format!("compile   {package}: round {}", round + 1));
        for (command, whole, edited) in [
            ("build", "build_s", "rebuild_s"),
            ("check", "check_s", "recheck_s"),
        ] {
            self.run(&["clean", "--quiet", "-p", &package])?;
            let run = self.run(&[command, "--quiet"])?;
            self.peak = self.peak.max(run.peak);
            self.note(whole, run.seconds);
            let literal = 200 + 10 * round + command.len();
            self.written
                .write_model(3, literal + usize::from(command == "check"))?;
            let run = self.run(&[command, "--quiet"])?;
            self.peak = self.peak.max(run.peak);
            self.note(edited, run.seconds);
        }
        Ok(())
    }

    fn note(&mut self, kind: &'static str, seconds: f64) {
        self.seconds.entry(kind).or_default().push(seconds);
    }

    fn target(&self) -> PathBuf {
        // The crates of a library share what is compiled of its dependencies.
        self.written
            .folder
            .with_file_name(format!("target-{}", self.written.library.name))
    }

    fn cargo(&self) -> Command {
        let mut command = Command::new("cargo");
        command
            .current_dir(&self.written.folder)
            .env("CARGO_TARGET_DIR", self.target())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<Run> {
        let mut command = self.cargo();
        command.args(arguments).stdout(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn()?;
        let mut peak = 0;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            peak = peak.max(compilers_peak(&child));
            std::thread::sleep(LOOK);
        };
        if !status.success() {
            let words = arguments.join(" ");
            return Err(
                format!("cargo {words} in {} failed", self.written.folder.display()).into(),
            );
        }
        Ok(Run {
            seconds: began.elapsed().as_secs_f64(),
            peak,
        })
    }

    /// The lines of the crate with its macros expanded. The compiler shows them only with its unstable options, which are
    /// allowed for this crate alone, so that no dependency is compiled otherwise.
    fn expand(&self) -> Result<usize> {
        let wrapper = self.written.folder.join("unstable.sh");
        std::fs::write(&wrapper, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec \"$@\"\n")?;
        std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755))?;
        let output = self
            .cargo()
            .env("RUSTC_WORKSPACE_WRAPPER", &wrapper)
            .args([
                "rustc",
                "--quiet",
                "--profile=check",
                "--",
                "-Zunpretty=expanded",
            ])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err("the expanded source cannot be had".into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().count())
    }

    /// The row of the results.
    pub(crate) fn json(&self) -> Value {
        let models = self.written.models;
        let queries = self.written.query_lines * models;
        let mut row = json!({
            "library": self.written.library.name,
            "models": models,
            "lines_a_model": self.written.lines,
            "expanded_lines_a_model": self.expanded.saturating_sub(queries) / models,
            "dependencies": self.dependencies,
            "peak_bytes": self.peak,
        });
        for (kind, seconds) in &self.seconds {
            let mut sorted = seconds.clone();
            sorted.sort_by(f64::total_cmp);
            let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
            row[*kind] = json!((median * 1000.0).round() / 1000.0);
        }
        row
    }
}

/// The version of the compiler.
///
/// # Errors
/// Where there is none.
pub(crate) fn compiler() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The most memory that one of the compilers of a Cargo has had, as Linux tells it; elsewhere 0.
fn compilers_peak(cargo: &Child) -> u64 {
    let tasks = format!("/proc/{}/task", cargo.id());
    let Ok(tasks) = std::fs::read_dir(tasks) else {
        return 0;
    };
    let children = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .collect::<Vec<_>>()
        .concat();
    children
        .split_whitespace()
        .filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok())
        .filter(|status| status.starts_with("Name:\trustc"))
        .filter_map(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        })
        .max()
        .unwrap_or(0)
        * 1024
}

//! Migrations at scale, ours and Django's: 200 models with 1,000 migrations in 10 apps, on the same databases, in turn.

mod django;
mod history;
mod ours;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use protocol::{Dialect, Mode};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::database::Database;
use crate::measure::Folder;
use crate::peer::Peer;
use crate::{Result, results, say};

/// Turns that both have.
const ROUNDS: usize = 3;
const NAME: &str = "nuages_scale";

/// What is measured: its name, and the arguments of either command.
const COMMANDS: &[(&str, &[&str], &[&str])] = &[
    (
        "apply",
        &["apply", "--no-input"],
        &["migrate", "--no-input"],
    ),
    ("makemigrations", &["makemigrations"], &["makemigrations"]),
    (
        "showmigrations --plan",
        &["showmigrations", "--plan"],
        &["showmigrations", "--plan"],
    ),
];

/// Seconds of a run, as the shell tells them.
#[derive(Debug, Clone, Copy)]
struct Times {
    wall: f64,
    /// Of the command itself, in its own code and in the kernel.
    processor: f64,
}

/// One of the two.
struct Contestant {
    name: &'static str,
    folder: PathBuf,
    program: Vec<String>,
    /// Which of the arguments of [`COMMANDS`] are its own.
    is_ours: bool,
}

/// Measures and writes `migrations.json`; without Django, says so and measures ours alone.
///
/// # Errors
/// Where a command fails, or the two leave different things behind.
pub(crate) fn measure(arguments: &Arguments) -> Result<()> {
    let generated = arguments.generated()?.join("migrations");
    let repository = arguments.repository()?;
    let mut left_out = Vec::new();
    let mut contestants = Vec::new();
    let mut version = None;
    let venv = generated.join("venv");
    match django::python(&venv) {
        Ok(python) => {
            let folder = generated.join("django");
            django::write(&folder)?;
            version = Some(django::version(&python)?);
            contestants.push(Contestant {
                name: "django",
                folder,
                program: vec![python.display().to_string(), "manage.py".to_owned()],
                is_ours: false,
            });
        }
        Err(error) => {
            say(&format!("LEFT OUT: Django: {error}"));
            left_out.push(format!("django: {error}"));
        }
    }
    contestants.push(prepare(arguments, generated.join("nuages"), &repository)?);
    let mut rows = Vec::new();
    for database in &arguments.databases {
        if matches!(database.name.as_str(), "sqlite" | "postgres") {
            rows.extend(on(database, arguments, &contestants)?);
        }
    }
    let rows: Vec<String> = rows.iter().map(|row| format!("    {row}")).collect();
    let text = format!(
        "{{\n  \"machine\": {},\n  \"versions\": {},\n  \"left_out\": {},\n  \"rows\": [\n{}\n  ]\n}}\n",
        results::machine(),
        json!({"django": version, "nuages": env!("CARGO_PKG_VERSION")}),
        json!(left_out),
        rows.join(",\n"),
    );
    Ok(std::fs::write(
        arguments.results.join("migrations.json"),
        text,
    )?)
}

/// Writes our crate and builds it, beside the peers.
fn prepare(
    arguments: &Arguments,
    folder: PathBuf,
    repository: &std::path::Path,
) -> Result<Contestant> {
    ours::write(&folder, repository)?;
    say("migrations: building the crate with 200 models");
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--release"])
        .current_dir(&folder)
        .env(
            "CARGO_TARGET_DIR",
            arguments.programs.join("..").canonicalize()?,
        )
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        return Err("the crate with 200 models does not build".into());
    }
    let program = arguments.programs.join(ours::PACKAGE).canonicalize()?;
    Ok(Contestant {
        name: "nuages",
        folder,
        program: vec![program.display().to_string()],
        is_ours: true,
    })
}

fn on(
    database: &Database,
    arguments: &Arguments,
    contestants: &[Contestant],
) -> Result<Vec<Value>> {
    let folder = Folder::new()?;
    let mut keeper = if database.is_server() {
        let url = database.url(Mode::Held, folder.path());
        Some(Peer::start(
            database.raw(),
            &arguments.programs,
            (&url, Mode::Held),
            &[],
        )?)
    } else {
        None
    };
    let mut taken: BTreeMap<(usize, &str), Vec<Times>> = BTreeMap::new();
    for round in 0..ROUNDS {
        for contestant in contestants {
            let url = empty(database, &folder, keeper.as_mut())?;
            for (i, (command, _, _)) in COMMANDS.iter().enumerate() {
                let (times, output) = contestant.run(i, &url)?;
                say(&format!(
                    "{:9} migrations {} {command}: {:.2} s (round {})",
                    database.name,
                    contestant.name,
                    times.wall,
                    round + 1
                ));
                check(command, &output)
                    .map_err(|error| format!("{}: {command}: {error}", contestant.name))?;
                taken.entry((i, contestant.name)).or_default().push(times);
            }
        }
    }
    if let Some(keeper) = &mut keeper {
        keeper.setup(vec![format!("DROP DATABASE IF EXISTS {NAME}")])?;
    }
    Ok(taken
        .iter()
        .map(|((i, name), times)| {
            let sorted = |of: fn(&Times) -> f64| {
                let mut all: Vec<f64> = times
                    .iter()
                    .map(|times| (of(times) * 1000.0).round())
                    .collect();
                all.sort_by(f64::total_cmp);
                all
            };
            let (wall, processor) = (sorted(|times| times.wall), sorted(|times| times.processor));
            json!({
                "database": database.name,
                "command": COMMANDS[*i].0,
                "peer": name,
                "median_ms": wall.get(wall.len() / 2),
                "min_ms": wall.first(),
                "max_ms": wall.last(),
                "processor_ms": processor.get(processor.len() / 2),
            })
        })
        .collect())
}

/// Makes an empty database, and gives its URL.
fn empty(database: &Database, folder: &Folder, keeper: Option<&mut Peer>) -> Result<String> {
    let Some(keeper) = keeper else {
        let file = folder.path().join("scale.db");
        let _ = std::fs::remove_file(&file);
        return Ok(format!("sqlite://{}", file.display()));
    };
    keeper.setup(vec![
        format!("DROP DATABASE IF EXISTS {NAME}"),
        format!("CREATE DATABASE {NAME}"),
    ])?;
    if database.dialect() == Dialect::Postgres {
        keeper.setup(vec![format!(
            "ALTER DATABASE {NAME} SET synchronous_commit = off"
        )])?;
    }
    Ok(database.with_name(NAME))
}

/// Whether a command said what it must say where the files, the models and the database agree.
fn check(command: &str, output: &str) -> Result<()> {
    let applied = output.matches("[X]").count();
    match command {
        "makemigrations" if !output.contains("No changes") => {
            Err(format!("it finds changes: {output}").into())
        }
        "showmigrations --plan" if applied != history::ALL => {
            Err(format!("{applied} of {} migrations are applied", history::ALL).into())
        }
        _ => Ok(()),
    }
}

impl Contestant {
    /// Runs a command under the shell's `time`, which tells what the processor did for it.
    fn run(&self, command: usize, url: &str) -> Result<(Times, String)> {
        let (name, ours, djangos) = COMMANDS[command];
        let output = Command::new("bash")
            .args(["-c", "TIMEFORMAT='%R %U %S'; time \"$@\"", "bash"])
            .args(&self.program)
            .args(if self.is_ours { ours } else { djangos })
            .current_dir(&self.folder)
            .env("DATABASE_URL", url)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(format!("{}: {name} failed: {errors}", self.name).into());
        }
        let numbers: Vec<f64> = errors
            .lines()
            .last()
            .unwrap_or_default()
            .split(' ')
            .filter_map(|number| number.parse().ok())
            .collect();
        let [wall, user, system] = numbers[..] else {
            return Err(format!("the shell tells no times: {errors}").into());
        };
        let times = Times {
            wall,
            processor: user + system,
        };
        Ok((times, String::from_utf8_lossy(&output.stdout).into_owned()))
    }
}

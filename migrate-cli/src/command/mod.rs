//! The commands, one file each, and what decides where each of them runs.

mod apply;
mod check;
mod collect;
mod dbshell;
mod diff;
mod drift;
mod dumpdata;
mod flush;
mod given;
mod graph;
mod init;
mod inspectdb;
mod lint;
mod loaddata;
mod makemigrations;
mod merge;
mod optimize;
mod showmigrations;
mod sqlmigrate;
mod squash;
mod state;
mod update;
mod verify;

pub(crate) use lint::all_rules;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use nuages::Database;
use nuages::error::suggestion;
use nuages::fixture::Models;
use nuages::migrate::files::MigrationSet;
use nuages::migrate::graph::{GraphNode, MigrationGraph};
use nuages::migrate::{Migrator, ProjectState};

use crate::args::{Cli, Command, Global, Source};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::models::are_linked;
use crate::project::{Loaded, Project};
use crate::{handover, print};

/// Which program this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The installed command, without models.
    Installed,
    /// A crate's own.
    Crate,
}

/// What the commands work with.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) role: Role,
    pub(crate) global: &'a Global,
    pub(crate) config: Config,
    /// The arguments as they were given, the program's name first.
    args: &'a [OsString],
}

/// Runs a command and gives its exit code.
///
/// # Errors
/// Why it stopped.
pub(crate) fn run(role: Role, cli: Cli, args: &[OsString]) -> Result<u8> {
    let Cli { global, command } = cli;
    if global.is_drawing() && !matches!(command, Command::Graph(_) | Command::Erd(_)) {
        return Err(Failure::usage(
            "only `migrate graph` and `migrate erd` draw: elsewhere --format is text or json",
        ));
    }
    if global.is_annotation() && !matches!(command, Command::Lint(_)) {
        return Err(Failure::usage(
            "only `migrate lint` writes annotations: elsewhere --format is text or json",
        ));
    }
    if let Command::Diff(args) = &command {
        return diff::run(&global, args);
    }
    let setting = Setting {
        role,
        config: Config::read(&global)?,
        global: &global,
        args,
    };
    if role == Role::Installed && needs_models(&command) && !are_linked() {
        return handover::run(&setting.project()?, &global, args);
    }
    match &command {
        Command::Init => init::run(&setting),
        Command::Makemigrations(args) if args.merge => merge::run(&setting, args),
        Command::Makemigrations(args) => makemigrations::run(&setting, args),
        Command::Apply(args) => wait(apply::run(&setting, args)),
        Command::Showmigrations(args) => wait(showmigrations::run(&setting, args)),
        Command::Sqlmigrate(args) => wait(sqlmigrate::run(&setting, args)),
        Command::Inspectdb(args) => wait(inspectdb::run(&setting, args)),
        Command::Drift(args) => wait(drift::run(&setting, args)),
        Command::Collect(args) => collect::run(&setting, args),
        Command::Graph(args) => graph::run(&setting, args),
        Command::Erd(args) => graph::erd(&setting, args),
        Command::Squashmigrations(args) if args.finish => squash::finish(&setting, args),
        Command::Squashmigrations(args) => squash::run(&setting, args),
        Command::Optimizemigration(args) => optimize::run(&setting, args),
        Command::Diff(args) => diff::run(&global, args),
        Command::State(args) => state::run(&setting, args),
        Command::Check(args) => check::run(&setting, args),
        Command::Lint(args) => wait(lint::run(&setting, args)),
        Command::Verify(args) => wait(verify::run(&setting, args)),
        Command::Dumpdata(args) => wait(dumpdata::run(&setting, args)),
        Command::Loaddata(args) => wait(loaddata::run(&setting, args)),
        Command::Flush => wait(flush::run(&setting)),
        Command::Dbshell(args) => dbshell::run(&setting, args),
    }
}

/// Whether a command cannot do without the models of the program.
fn needs_models(command: &Command) -> bool {
    let models = match command {
        Command::Makemigrations(args) if !args.merge && !args.empty => &args.models,
        Command::State(args) if args.from == Source::Models => &args.models,
        Command::Erd(args) if args.from == Source::Models => &args.models,
        Command::Check(args) => &args.models,
        _ => return false,
    };
    models.file.is_none()
}

fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::error(format!("no runtime: {error}")))?;
    runtime.block_on(future)
}

impl Setting<'_> {
    /// The project.
    ///
    /// # Errors
    /// As [`Project::find`].
    pub(crate) fn project(&self) -> Result<Project> {
        Project::find(self.role, self.global, &self.config)
    }

    /// Whether to print for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.global.is_json()
    }

    /// The database that is set.
    ///
    /// # Errors
    /// If none is, or it cannot be reached.
    pub(crate) async fn connect(&self) -> Result<Database> {
        Ok(Database::connect(self.config.database_url()?).await?)
    }

    /// Hands over to the crate's own command.
    ///
    /// # Errors
    /// As [`handover::run`].
    pub(crate) fn hand_over(&self, project: &Project) -> Result<u8> {
        handover::run(project, self.global, self.args)
    }
}

/// The graph of all migrations, none applied.
///
/// # Errors
/// If the migrations do not fit together.
pub(crate) fn graph_of(set: &MigrationSet) -> Result<MigrationGraph> {
    Ok(MigrationGraph::new(
        set.migrations.values().map(GraphNode::from),
    )?)
}

/// The state that all migrations lead to.
///
/// # Errors
/// If one of them does not fit what those before it made.
pub(crate) fn replay(set: &MigrationSet, graph: &MigrationGraph) -> Result<ProjectState> {
    let order = graph.order().into_iter().filter_map(|key| set.get(key));
    Ok(ProjectState::replay(order)?)
}

/// The models that the applied migrations lead to: those that the tables are of, whatever the files have besides.
///
/// # Errors
/// If there are no migrations, or none is applied.
pub(crate) async fn fixture_models(setting: &Setting<'_>, database: &Database) -> Result<Models> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    let state = Migrator::new(database, loaded.set).applied_state().await?;
    if state.models.is_empty() {
        return Err(Failure::error(format!(
            "no migration is applied to {}: run `migrate apply` first",
            database.address()
        )));
    }
    Ok(Models::of_state(&state)?)
}

/// Refuses labels that are no app's.
///
/// # Errors
/// Naming the first that is none, and the nearest.
pub(crate) fn check_apps(apps: &[String], known: &BTreeSet<String>) -> Result<()> {
    match apps.iter().find(|app| !known.contains(*app)) {
        None => Ok(()),
        Some(app) => {
            let hint = suggestion(app, known.iter().map(String::as_str));
            Err(Failure::usage(format!("there is no app `{app}`{hint}")))
        }
    }
}

/// What a project without any migration is told.
pub(crate) fn no_migrations_yet(project: &Project) -> Failure {
    Failure::error(format!(
        "there are no migrations yet in {}: run `migrate makemigrations` first",
        project.places()
    ))
}

/// The apps of a set of migrations.
pub(crate) fn apps_of(loaded: &Loaded) -> BTreeSet<String> {
    loaded.set.apps().into_iter().map(str::to_owned).collect()
}

/// Says that a file was written.
pub(crate) fn say_written(what: &str, path: &Path) {
    print::line(format!(
        "{} {}",
        print::styled(print::GOOD, what),
        print::path(path)
    ));
}

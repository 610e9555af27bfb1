//! `migrate squashmigrations`: one migration in the place of many, and the removal of the old ones.

use std::collections::{BTreeMap, BTreeSet};

use nuages::migrate::Migrator;
use nuages::migrate::files::{Migration, MigrationKey, MigrationSet};
use nuages::migrate::graph::MigrationGraph;
use nuages::migrate::squash::{Squash, Wanted, circles, prove, squash, squash_together};
use serde_json::{Value, json};

use super::makemigrations::{Place, refuse_conflicts};
use super::{Setting, apps_of, check_apps, graph_of, no_migrations_yet, say_written, wait};
use crate::args::SquashArgs;
use crate::failure::{Code, Failure, Result};
use crate::models::Models;
use crate::print;
use crate::project::{Loaded, Project};

pub(super) fn run(setting: &Setting<'_>, args: &SquashArgs) -> Result<u8> {
    let (project, loaded, graph) = prepare(setting, args)?;
    let squashes = match &args.app {
        Some(app) => vec![one(&loaded, &graph, app, args)?],
        None => all(&loaded.set, &graph)?,
    };
    let migrations: Vec<Migration> = squashes
        .iter()
        .flat_map(|squash| squash.migrations.iter().cloned())
        .collect();
    prove(&loaded.set, &migrations).map_err(|error| circle(error, args))?;
    let models = Models::default();
    let place = Place {
        project: &project,
        loaded: &loaded,
        models: &models,
    };
    let files = place.files_of(&migrations)?;
    if !args.dry_run {
        place.write(&migrations)?;
    }
    report(setting, args, &squashes, &files);
    Ok(0)
}

fn prepare(setting: &Setting<'_>, args: &SquashArgs) -> Result<(Project, Loaded, MigrationGraph)> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    let apps: Vec<String> = args.app.iter().cloned().collect();
    check_apps(&apps, &apps_of(&loaded))?;
    let graph = graph_of(&loaded.set)?;
    refuse_conflicts(&graph)?;
    Ok((project, loaded, graph))
}

/// The migrations of one app, or some of them.
fn one(loaded: &Loaded, graph: &MigrationGraph, app: &str, args: &SquashArgs) -> Result<Squash> {
    let newest = || graph.leaves(Some(app)).first().copied();
    let missing = || Failure::error(format!("the app `{app}` has no migrations"));
    let (from, to) = match args.names.as_slice() {
        [] => (None, newest().ok_or_else(missing)?),
        [to] => (None, graph.find(app, to)?),
        [from, to, ..] => (Some(graph.find(app, from)?), graph.find(app, to)?),
    };
    let wanted = Wanted {
        from,
        to,
        name: args.squashed_name.as_deref(),
        keeps_operations: args.no_optimize,
    };
    Ok(squash(&loaded.set, graph, wanted)?)
}

/// Every app by itself, and those of a circle together; what has one migration only stays as it is.
fn all(set: &MigrationSet, graph: &MigrationGraph) -> Result<Vec<Squash>> {
    let mut squashes = Vec::new();
    for apps in circles(set, graph) {
        let many = |app: &String| 1 < graph.of_app(app).len();
        match (apps.len(), apps.first()) {
            (1, Some(app)) => {
                let leaves = graph.leaves(Some(app));
                if let Some(to) = leaves.first().filter(|_| many(app)) {
                    let wanted = Wanted {
                        from: None,
                        to,
                        name: None,
                        keeps_operations: false,
                    };
                    squashes.push(squash(set, graph, wanted)?);
                }
            }
            _ => {
                let together = squash_together(set, graph, &apps)?;
                if together.migrations.len() < together.replaced.len() {
                    squashes.push(together);
                }
            }
        }
    }
    if squashes.is_empty() {
        return Err(Failure::error(
            "there is nothing to squash: no app can do with fewer migrations",
        ));
    }
    Ok(squashes)
}

/// A squash of one app may close a circle through another.
fn circle(error: nuages::Error, args: &SquashArgs) -> Failure {
    let text = error.to_string();
    if args.app.is_none() || !text.contains("in a circle") {
        return error.into();
    }
    Failure::new(
        Code::Conflict,
        format!(
            "this squash would have to come before and after a migration of another app: {text}\nsquash fewer migrations, or \
             all apps together with `migrate squashmigrations --all`"
        ),
    )
}

fn report(
    setting: &Setting<'_>,
    args: &SquashArgs,
    squashes: &[Squash],
    files: &BTreeMap<MigrationKey, String>,
) {
    if setting.is_json() {
        let migrations = squashes.iter().flat_map(|squash| &squash.migrations);
        let all: Vec<Value> = migrations.map(Migration::to_json).collect();
        print::json(&json!({"migrations": all}));
        return;
    }
    for squash in squashes {
        print::heading("Squashed:");
        for key in &squash.replaced {
            print::line(format!("  {key}"));
        }
        let after: usize = squash
            .migrations
            .iter()
            .map(|migration| migration.operations.len())
            .sum();
        print::line(format!(
            "From {} operations to {after}; both lead to the same state.",
            squash.operations
        ));
        for (migration, operation) in squash.kept() {
            print::note(format!(
                "Kept in {}: {}. If new databases can do without, write `elidable = true` at it in the old file and squash \
                 again.",
                migration.name,
                operation.describe()
            ));
        }
        for migration in &squash.migrations {
            if let Some(file) = files.get(&migration.key()) {
                let verb = if args.dry_run { "Would write" } else { "Wrote" };
                say_written(verb, std::path::Path::new(file));
            }
        }
    }
    if !args.dry_run {
        print::note(
            "Commit this, and leave the old files where they are: databases that have applied some of them go on with them. \
             When all have applied all of them, `migrate squashmigrations APP --finish` removes them.",
        );
    }
}

/// Removes the files that squashes have replaced, and lets what depended on them depend on the squashes.
pub(super) fn finish(setting: &Setting<'_>, args: &SquashArgs) -> Result<u8> {
    let (project, loaded, _) = prepare(setting, args)?;
    let set = &loaded.set;
    let is_meant =
        |migration: &&Migration| args.app.as_ref().is_none_or(|app| *app == migration.app);
    let squashes: Vec<&Migration> = outermost(set).filter(is_meant).collect();
    let replaced: BTreeSet<&MigrationKey> = squashes
        .iter()
        .flat_map(|squash| set.all_replaced(squash))
        .collect();
    let gone: Vec<&MigrationKey> = replaced
        .iter()
        .copied()
        .filter(|key| set.get(key).is_some())
        .collect();
    if gone.is_empty() {
        print::line("No files that a squash has replaced.");
        return Ok(0);
    }
    refuse_unapplied(setting, set, &squashes)?;
    let rewritten = rewritten(set, &squashes, &replaced);
    let models = Models::default();
    let place = Place {
        project: &project,
        loaded: &loaded,
        models: &models,
    };
    let mut after = set.clone();
    after.migrations.retain(|key, _| !replaced.contains(key));
    rewritten.iter().for_each(|one| after.insert(one.clone()));
    graph_of(&after)?;
    if !args.dry_run {
        place.write(&rewritten)?;
        for key in &gone {
            place.folder_of(&key.app)?.remove(key)?;
        }
    }
    let verb = if args.dry_run {
        "Would remove"
    } else {
        "Removed"
    };
    if setting.is_json() {
        let names: Vec<String> = gone.iter().map(ToString::to_string).collect();
        print::json(&json!({"removed": names}));
    } else {
        for key in gone {
            print::line(format!("{verb} {key}"));
        }
    }
    Ok(0)
}

/// The squashes that no other squash replaces.
fn outermost(set: &MigrationSet) -> impl Iterator<Item = &Migration> {
    let inner: BTreeSet<&MigrationKey> = set
        .migrations
        .values()
        .flat_map(|migration| &migration.replaces)
        .collect();
    let squashes = set
        .migrations
        .values()
        .filter(|migration| !migration.replaces.is_empty());
    squashes.filter(move |migration| !inner.contains(&migration.key()))
}

/// The database that is set must be past what is to be removed.
fn refuse_unapplied(
    setting: &Setting<'_>,
    set: &MigrationSet,
    squashes: &[&Migration],
) -> Result<()> {
    if setting.config.database_url().is_err() {
        print::warning(
            "no database is set, so nothing tells whether the old migrations are applied",
        );
        return Ok(());
    }
    let history = wait(async {
        let database = setting.connect().await?;
        Ok(Migrator::new(&database, set.clone()).history().await?)
    })?;
    let applied: BTreeSet<&MigrationKey> = history.iter().map(|applied| &applied.key).collect();
    for squash in squashes {
        let all = set.all_replaced(squash);
        let inner = |key: &&MigrationKey| set.get(key).is_none_or(|one| one.replaces.is_empty());
        let missing = all
            .iter()
            .copied()
            .filter(inner)
            .find(|key| !applied.contains(key));
        let is_begun = all.iter().any(|key| applied.contains(*key));
        if let (Some(missing), true) = (missing, is_begun) {
            return Err(Failure::new(
                Code::Refused,
                format!(
                    "nothing was removed: the database that is set has applied a part of what `{}` replaces, and not \
                     `{missing}`; run `migrate apply` first, here and wherever else this history is applied",
                    squash.key()
                ),
            ));
        }
    }
    Ok(())
}

/// The squashes with all that they replace named once, and what depended on the replaced ones.
fn rewritten(
    set: &MigrationSet,
    squashes: &[&Migration],
    replaced: &BTreeSet<&MigrationKey>,
) -> Vec<Migration> {
    let is_squash = |migration: &Migration| squashes.iter().any(|one| one.key() == migration.key());
    let mut stand_ins: BTreeMap<&MigrationKey, Vec<MigrationKey>> = BTreeMap::new();
    for squash in squashes {
        for key in set.all_replaced(squash) {
            stand_ins.entry(key).or_default().push(squash.key());
        }
    }
    let mut changed = Vec::new();
    let staying = set
        .migrations
        .values()
        .filter(|migration| !replaced.contains(&migration.key()));
    for migration in staying {
        let mut new = migration.clone();
        let mut dependencies: Vec<MigrationKey> = Vec::new();
        for dependency in &migration.dependencies {
            let instead = stand_ins.get(dependency).cloned();
            for key in instead.unwrap_or_else(|| vec![dependency.clone()]) {
                if !dependencies.contains(&key) && key != migration.key() {
                    dependencies.push(key);
                }
            }
        }
        new.dependencies = dependencies;
        if is_squash(migration) {
            let leaf = |key: &&MigrationKey| set.get(key).is_none_or(|one| one.replaces.is_empty());
            let all = set.all_replaced(migration);
            new.replaces = all.into_iter().filter(leaf).cloned().collect();
        }
        if new != *migration {
            changed.push(new);
        }
    }
    changed
}

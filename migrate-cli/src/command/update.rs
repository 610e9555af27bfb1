//! `migrate makemigrations --update`: what changed goes into the newest migration of its app, as long as nobody has
//! applied that one.

use std::collections::{BTreeMap, BTreeSet};

use nuages::migrate::Migrator;
use nuages::migrate::autodetect::naming;
use nuages::migrate::files::{Migration, MigrationKey, MigrationSet};
use nuages::migrate::graph::MigrationGraph;
use nuages::migrate::optimize::optimize_keeping_elidable;

use super::makemigrations::{Place, consent, report};
use super::{Setting, graph_of, replay, wait};
use crate::args::MakeArgs;
use crate::ask::has_terminal;
use crate::failure::{Code, Failure, Result};
use crate::models::Models;
use crate::print;
use crate::project::{Loaded, Project};

/// Writes what was found into the newest migrations.
///
/// # Errors
/// If the newest migration of an app is applied, a squash, or one that others depend on.
pub(super) fn run(
    setting: &Setting<'_>,
    args: &MakeArgs,
    (project, loaded, models): (&Project, &Loaded, &Models),
    found: &[Migration],
) -> Result<u8> {
    let graph = graph_of(&loaded.set)?;
    let mut updated: BTreeMap<String, (MigrationKey, Migration)> = BTreeMap::new();
    for migration in found {
        if !updated.contains_key(&migration.app) {
            let newest = newest(&loaded.set, &graph, &migration.app)?;
            updated.insert(migration.app.clone(), (newest.key(), newest.clone()));
        }
        if let Some((_, newest)) = updated.get_mut(&migration.app) {
            newest
                .operations
                .extend(migration.operations.iter().cloned());
            newest
                .dependencies
                .extend(migration.dependencies.iter().cloned());
        }
    }
    let olds: BTreeSet<&MigrationKey> = updated.values().map(|(old, _)| old).collect();
    refuse_applied(setting, &loaded.set, &olds)?;

    let mut rest = loaded.set.clone();
    rest.migrations.retain(|key, _| !olds.contains(key));
    let before = replay(&rest, &graph_of(&rest)?)?;
    let names = new_names(&loaded.set, &mut updated, args, found);
    let mut after = rest;
    for (_, migration) in updated.values_mut() {
        settle_dependencies(migration, &names);
        after.insert(migration.clone());
    }
    let graph = graph_of(&after).map_err(|failure| {
        failure.context("the changes need a migration of their own, so say it without --update")
    })?;
    let is_new = |key: &&MigrationKey| updated.values().any(|(_, new)| new.key() == **key);
    let mut migrations: Vec<Migration> = graph
        .order()
        .into_iter()
        .filter(is_new)
        .filter_map(|key| after.get(key).cloned())
        .collect();
    consent(
        &mut migrations,
        &before,
        args,
        !setting.global.no_input && has_terminal(),
    )?;
    let place = Place {
        project,
        loaded,
        models,
    };
    let files = place.files_of(&migrations)?;
    if !args.dry_run {
        place.write(&migrations)?;
        for (old, new) in updated.values().filter(|(old, new)| *old != new.key()) {
            let folder = place.folder_of(&new.app)?;
            folder.remove(old)?;
            print::note(format!("Removed {}.", print::path(&folder.file_of(old))));
        }
    }
    report(setting, args, &migrations, &files)?;
    Ok(0)
}

fn newest<'a>(set: &'a MigrationSet, graph: &MigrationGraph, app: &str) -> Result<&'a Migration> {
    let refused = |message: String| Err(Failure::new(Code::Refused, message));
    let leaf = graph.leaves(Some(app)).first().and_then(|key| set.get(key));
    let Some(leaf) = leaf else {
        return Err(Failure::error(format!(
            "the app `{app}` has no migration to be updated: say it without --update"
        )));
    };
    let key = leaf.key();
    if !leaf.replaces.is_empty() {
        return refused(format!(
            "`{key}` is the squash of others, which must stay equal to them: say it without --update"
        ));
    }
    let later: Vec<String> = graph
        .children(&key)
        .iter()
        .map(ToString::to_string)
        .collect();
    if !later.is_empty() {
        return refused(format!(
            "`{key}` cannot be updated, since others come after it: {}",
            later.join(", ")
        ));
    }
    Ok(leaf)
}

/// What is applied to the database that is set must not change any more.
fn refuse_applied(
    setting: &Setting<'_>,
    set: &MigrationSet,
    keys: &BTreeSet<&MigrationKey>,
) -> Result<()> {
    if setting.config.database_url().is_err() {
        print::warning(
            "no database is set, so nothing tells whether the newest migration is applied already",
        );
        return Ok(());
    }
    let history = wait(async {
        let database = setting.connect().await?;
        Ok(Migrator::new(&database, set.clone()).history().await?)
    })?;
    match history.iter().find(|applied| keys.contains(&applied.key)) {
        None => Ok(()),
        Some(applied) => Err(Failure::new(
            Code::Refused,
            format!(
                "`{key}` is applied to the database that is set, so it must stay as it is: say it without --update, or take \
                 it back first with `migrate apply` to the migration before it",
                key = applied.key
            ),
        )),
    }
}

/// Optimises the updated migrations and names them anew, unless they bear a name that somebody chose.
fn new_names(
    set: &MigrationSet,
    updated: &mut BTreeMap<String, (MigrationKey, Migration)>,
    args: &MakeArgs,
    found: &[Migration],
) -> BTreeMap<MigrationKey, MigrationKey> {
    let mut names = BTreeMap::new();
    for (old, migration) in updated.values_mut() {
        let all = std::mem::take(&mut migration.operations);
        migration.operations = optimize_keeping_elidable(all, &migration.app);
        let number = format!("{:04}_", migration.number().unwrap_or(1));
        let automatic = |operations| format!("{number}{}", naming::suggest(operations));
        let was = set
            .get(old)
            .map_or(&[][..], |migration| &migration.operations);
        if let Some(name) = &args.name {
            migration.name = format!("{number}{name}");
        } else if old.name == automatic(was) && !migration.operations.is_empty() {
            migration.name = automatic(&migration.operations);
        }
        names.insert(old.clone(), migration.key());
    }
    for migration in found {
        if let Some((_, new)) = updated.get(&migration.app) {
            names.insert(migration.key(), new.key());
        }
    }
    names
}

/// Dependencies on what was folded become dependencies on what it was folded into.
fn settle_dependencies(migration: &mut Migration, names: &BTreeMap<MigrationKey, MigrationKey>) {
    let own = migration.key();
    let mut settled: Vec<MigrationKey> = Vec::new();
    for dependency in migration.dependencies.drain(..) {
        let dependency = names.get(&dependency).cloned().unwrap_or(dependency);
        if dependency != own && !settled.contains(&dependency) {
            settled.push(dependency);
        }
    }
    migration.dependencies = settled;
}

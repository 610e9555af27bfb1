//! A change that breaks code in two: what comes before the new code runs (expand), and what comes after the old code
//! is gone (contract). Between the two, code of before and code of after both work.
//!
//! Each operation of a migration is looked at in turn. What breaks nobody stays as it is, in the first part. Of the
//! others the first part prepares the tables for both codes (`shadow`: a column beside the old one, kept in step;
//! `field`: columns that may be left out, values that are filled in), and the second part takes away what only the old
//! code needed. What cannot be divided is refused with the reason. In the end both parts are replayed: they must lead
//! to the models, or nothing is given.

mod field;
mod shadow;
mod split;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::migrate::autodetect::{Answers, diff};
use crate::migrate::files::{Migration, MigrationKey, Phase};
use crate::migrate::graph::MigrationGraph;
use crate::migrate::operation::Operation;
use crate::migrate::state::ProjectState;

use split::Parts;

/// Migrations, each after those that it depends on, divided into phases where they break code; `from` is the state
/// before them. Those that break nothing stay as they are.
///
/// # Errors
/// Where a change cannot be divided: the message says which, why, and what to do.
pub fn phased(migrations: Vec<Migration>, from: &ProjectState) -> Result<Vec<Migration>> {
    let mut target = from.clone();
    for migration in &migrations {
        migration.apply(&mut target)?;
    }
    let mut state = from.clone();
    let mut halves = Vec::new();
    for migration in migrations {
        let mut parts = Parts::new(&migration.app, &migration.operations, &mut state);
        for operation in &migration.operations {
            parts.split(operation).map_err(|error| {
                error.context(format!("{}: {}", migration.app, operation.describe()))
            })?;
        }
        let (expand, contract) = parts.finish()?;
        halves.push(Halves {
            migration,
            expand,
            contract,
        });
    }
    if halves.iter().all(Halves::is_whole) {
        return Ok(halves.into_iter().map(|half| half.migration).collect());
    }
    let mut divided = named(halves);
    complete(&mut divided, from, &target)?;
    Ok(divided)
}

/// A migration, and the operations of its two parts.
struct Halves {
    migration: Migration,
    expand: Vec<Operation>,
    contract: Vec<Operation>,
}

impl Halves {
    /// Whether nothing of it breaks anybody.
    fn is_whole(&self) -> bool {
        self.contract.is_empty() && self.expand == self.migration.operations
    }
}

/// The migrations of all first parts, and then of all second parts, with names and dependencies.
fn named(halves: Vec<Halves>) -> Vec<Migration> {
    let mut naming = Naming::default();
    for half in &halves {
        naming.first_part(half);
    }
    // Which apps each migration of this run builds upon.
    let heads: Vec<(BTreeSet<String>, MigrationKey)> = naming
        .migrations
        .iter()
        .map(|migration| {
            let apps = migration.dependencies.iter().map(|key| key.app.clone());
            (apps.collect(), migration.key())
        })
        .collect();
    for half in halves.into_iter().filter(|half| !half.contract.is_empty()) {
        naming.second_part(half, &heads);
    }
    let mut migrations = naming.migrations;
    migrations.iter_mut().for_each(keep_nearest);
    migrations
}

/// Names and dependencies as they are given.
#[derive(Default)]
struct Naming {
    migrations: Vec<Migration>,
    /// The next number of each app.
    numbers: BTreeMap<String, u32>,
    newest: BTreeMap<String, MigrationKey>,
    /// What stands for a migration in dependencies: its first part, or, where it has none, what it depended on.
    first: BTreeMap<MigrationKey, Vec<MigrationKey>>,
    second: BTreeMap<MigrationKey, MigrationKey>,
}

impl Naming {
    fn name(&mut self, old: &MigrationKey, word: &str) -> String {
        let name = &old.name;
        let digits = name.find(|c: char| !c.is_ascii_digit());
        let (number, words) = name.split_at(digits.unwrap_or(name.len()));
        let own = number.parse().unwrap_or(1);
        let next = self.numbers.entry(old.app.clone()).or_insert(own);
        let name = format!("{next:04}_{word}{}", words.trim_start_matches('_'));
        *next += 1;
        name
    }

    fn first_part(&mut self, half: &Halves) {
        let stands_for = |key: &MigrationKey| {
            let first = self.first.get(key).cloned();
            first.unwrap_or_else(|| vec![key.clone()])
        };
        let old = half.migration.key();
        let dependencies = half.migration.dependencies.iter();
        let dependencies: BTreeSet<MigrationKey> = dependencies.flat_map(stands_for).collect();
        if half.expand.is_empty() {
            self.first.insert(old, dependencies.into_iter().collect());
            return;
        }
        let is_whole = half.is_whole();
        let mut migration = half.migration.clone();
        migration.name = self.name(&old, if is_whole { "" } else { "expand_" });
        migration.dependencies = dependencies.into_iter().collect();
        migration.operations.clone_from(&half.expand);
        if !is_whole {
            migration.phase = Some(Phase::Expand);
            migration.allow.clear();
        }
        self.newest.insert(old.app.clone(), migration.key());
        self.first.insert(old, vec![migration.key()]);
        self.migrations.push(migration);
    }

    fn second_part(&mut self, half: Halves, heads: &[(BTreeSet<String>, MigrationKey)]) {
        let old = half.migration.key();
        let first = self.first.get(&old).into_iter().flatten();
        let mut dependencies: BTreeSet<MigrationKey> = first.cloned().collect();
        dependencies.extend(self.newest.get(&old.app).cloned());
        // Whoever of this run builds upon the app comes before what takes something away from it.
        let above = heads.iter().filter(|(apps, _)| apps.contains(&old.app));
        dependencies.extend(above.map(|(_, key)| key.clone()));
        let earlier = half.migration.dependencies.iter();
        dependencies.extend(earlier.filter_map(|key| self.second.get(key)).cloned());
        let mut migration = half.migration;
        migration.name = self.name(&old, "contract_");
        migration.dependencies = dependencies.into_iter().collect();
        migration.operations = half.contract;
        migration.phase = Some(Phase::Contract);
        migration.initial = None;
        self.newest.insert(old.app.clone(), migration.key());
        self.second.insert(old, migration.key());
        self.migrations.push(migration);
    }
}

/// Of the dependencies on its own app the newest is enough.
fn keep_nearest(migration: &mut Migration) {
    let app = migration.app.clone();
    let own = migration.dependencies.iter().filter(|key| key.app == app);
    let newest = own.max_by_key(|key| crate::migrate::autodetect::naming::number_of(&key.name));
    let newest = newest.cloned();
    migration
        .dependencies
        .retain(|key| key.app != app || Some(key) == newest.as_ref());
}

/// What the parts leave out of the models (options, names of what was made twice) comes at the end of the last one.
fn complete(
    migrations: &mut [Migration],
    from: &ProjectState,
    target: &ProjectState,
) -> Result<()> {
    let reached = |migrations: &[Migration]| {
        let mut state = from.clone();
        for migration in migrations {
            migration.apply(&mut state)?;
        }
        Ok::<_, Error>(state)
    };
    let left = |state: &ProjectState| {
        let graph = MigrationGraph::new([])?;
        diff(state, target, &mut Answers::new(), &graph)
    };
    let state = reached(migrations).map_err(|error| {
        error.context(
            "these changes cannot be divided into phases together: write them one after the other",
        )
    })?;
    let rest = left(&state)?;
    for extra in rest.migrations {
        let last = migrations.iter_mut().rev().find(|one| one.app == extra.app);
        if let Some(last) = last {
            last.operations.extend(extra.operations);
        }
    }
    let state = reached(migrations)?;
    let rest = left(&state)?;
    if rest.questions.is_empty() && rest.migrations.is_empty() {
        return Ok(());
    }
    let what: Vec<String> = rest
        .migrations
        .iter()
        .flat_map(|migration| &migration.operations)
        .map(Operation::describe)
        .collect();
    Err(Error::migration(format!(
        "these changes cannot be divided into phases together, since this would be left over: {}; write them one after \
         the other, or without `--phased`",
        what.join(", ")
    )))
}

/// Why an operation cannot be divided, and what to do instead.
fn refused(why: &str) -> Error {
    Error::migration(format!("cannot be divided into phases: {why}"))
}

#[cfg(test)]
mod tests;

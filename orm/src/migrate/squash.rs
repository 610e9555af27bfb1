//! Squashing: one migration, or a few, in the place of a long history.
//!
//! [`squash`] joins the operations of an app's migrations and optimises them, as Django does. [`squash_together`] takes
//! the whole history of apps that depend on each other in a circle: up to the first operation that the state does not
//! tell about (SQL, Rust), it is what leads from nothing to the state; the rest follows as it was written. The new
//! migrations then stand in together for all that they replace. [`prove`] checks before anything is written that old
//! and new lead to the same state.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use crate::error::{Error, Result};
use crate::migrate::autodetect::{Answers, diff};
use crate::migrate::files::{Migration, MigrationKey, MigrationSet};
use crate::migrate::graph::{GraphNode, MigrationGraph};
use crate::migrate::operation::Operation;
use crate::migrate::optimize::optimize;
use crate::migrate::state::ProjectState;

/// What is to be squashed.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The first migration; none: the first of the app.
    pub from: Option<&'a MigrationKey>,
    /// The last one.
    pub to: &'a MigrationKey,
    /// The name of the squash, number aside; none: `squashed_<the last one's name>`.
    pub name: Option<&'a str>,
    /// Whether to leave the operations as they are.
    pub keeps_operations: bool,
}

/// New migrations in the place of old ones.
#[derive(Debug, Clone, Default)]
pub struct Squash {
    /// The new ones, in an order in which they can be applied.
    pub migrations: Vec<Migration>,
    /// The old ones, in their order.
    pub replaced: Vec<MigrationKey>,
    /// How many operations those had.
    pub operations: usize,
}

impl Squash {
    /// The operations of the new migrations that no state tells about: SQL and Rust that is not `elidable`.
    pub fn kept(&self) -> impl Iterator<Item = (&Migration, &Operation)> {
        self.migrations.iter().flat_map(|migration| {
            let all = migration.operations.iter();
            all.filter(|operation| is_opaque(operation))
                .map(move |operation| (migration, operation))
        })
    }
}

/// The squash of migrations of one app.
///
/// # Errors
/// If there is nothing to squash.
pub fn squash(set: &MigrationSet, graph: &MigrationGraph, wanted: Wanted<'_>) -> Result<Squash> {
    let app = &wanted.to.app;
    let mut keys: Vec<&MigrationKey> = graph.forwards(wanted.to)?;
    keys.retain(|key| key.app == *app);
    if let Some(from) = wanted.from {
        let at = keys.iter().position(|key| *key == from).ok_or_else(|| {
            Error::migration(format!("`{from}` does not come before `{}`", wanted.to))
        })?;
        keys.drain(..at);
    }
    let old: Vec<&Migration> = keys.iter().filter_map(|key| set.get(key)).collect();
    if old.len() < 2 {
        return Err(Error::migration(format!(
            "`{}` is only one migration: there is nothing to squash",
            wanted.to
        )));
    }
    let operations: Vec<Operation> = old
        .iter()
        .flat_map(|migration| migration.operations.iter().cloned())
        .collect();
    let count = operations.len();
    let last = &wanted.to.name;
    let words = wanted
        .name
        .map_or_else(|| format!("squashed_{last}"), str::to_owned);
    let name = match wanted.from {
        None => format!("0001_{words}"),
        Some(from) if wanted.name.is_none() => format!("{}_{words}", from.name),
        Some(from) => format!("{}_{words}", from.name.split('_').next().unwrap_or("0001")),
    };
    let mut migration = joined(&old);
    migration.name = name;
    migration.app.clone_from(app);
    migration.initial = wanted.from.is_none().then_some(true);
    migration.replaces = keys.iter().map(|key| (*key).clone()).collect();
    migration.operations = if wanted.keeps_operations {
        operations
    } else {
        optimize(operations, app)
    };
    Ok(Squash {
        replaced: migration.replaces.clone(),
        migrations: vec![migration],
        operations: count,
    })
}

/// What several migrations in a row are together, operations aside.
fn joined(old: &[&Migration]) -> Migration {
    let own: BTreeSet<MigrationKey> = old.iter().map(|migration| migration.key()).collect();
    let outer = |keys: fn(&Migration) -> &Vec<MigrationKey>| {
        let all: BTreeSet<&MigrationKey> =
            old.iter().flat_map(|migration| keys(migration)).collect();
        all.into_iter()
            .filter(|key| !own.contains(*key))
            .cloned()
            .collect()
    };
    let allow: BTreeSet<&String> = old.iter().flat_map(|migration| &migration.allow).collect();
    let phase = old[0].phase;
    Migration {
        dependencies: outer(|migration| &migration.dependencies),
        run_before: outer(|migration| &migration.run_before),
        allow: allow.into_iter().cloned().collect(),
        atomic: old
            .iter()
            .any(|migration| !migration.is_atomic())
            .then_some(false),
        phase: phase.filter(|_| old.iter().all(|migration| migration.phase == phase)),
        ..Migration::default()
    }
}

/// The apps by circles: apps that need each other's migrations both ways stand together, the others alone; each after
/// those that it needs.
pub fn circles(set: &MigrationSet, graph: &MigrationGraph) -> Vec<BTreeSet<String>> {
    let mut apps = DiGraph::new();
    let nodes: BTreeMap<&str, _> = set
        .apps()
        .into_iter()
        .map(|app| (app, apps.add_node(app)))
        .collect();
    for key in graph.order() {
        for parent in graph.parents(key) {
            if let (Some(from), Some(to)) = (nodes.get(&*key.app), nodes.get(&*parent.app)) {
                apps.update_edge(*from, *to, ());
            }
        }
    }
    let parts = tarjan_scc(&apps).into_iter();
    parts
        .map(|part| part.into_iter().map(|node| apps[node].to_owned()).collect())
        .collect()
}

/// The squash of the whole history of some apps, which then stands in for all of it at once.
///
/// # Errors
/// If an app has two newest migrations, or a migration does not fit those before it.
pub fn squash_together(
    set: &MigrationSet,
    graph: &MigrationGraph,
    apps: &BTreeSet<String>,
) -> Result<Squash> {
    let order = graph.order();
    let old: Vec<&Migration> = order
        .iter()
        .filter(|key| apps.contains(&key.app))
        .filter_map(|key| set.get(key))
        .collect();
    let replaced: Vec<MigrationKey> = old.iter().map(|migration| migration.key()).collect();
    let is_opaque = |migration: &&Migration| migration.operations.iter().any(is_opaque);
    let cut = old.iter().position(is_opaque).unwrap_or(old.len());
    let (first, rest) = old.split_at(cut);

    let others: Vec<&Migration> = order
        .iter()
        .filter(|key| !apps.contains(&key.app))
        .filter_map(|key| set.get(key))
        .filter(|migration| !needs(graph, &migration.key(), apps))
        .collect();
    let before = ProjectState::replay(others.iter().copied())?;
    let after = ProjectState::replay(others.iter().chain(first).copied())?;
    let outer = MigrationGraph::new(others.iter().copied().map(GraphNode::from))?;
    let found = diff(&before, &after, &mut Answers::new(), &outer)?;
    if let Some(question) = found.questions.first() {
        return Err(Error::migration(format!(
            "the history up to here cannot be told by its state alone: {}",
            question.text()
        )));
    }
    let mut chain = Chain {
        heads: graph
            .leaves(None)
            .into_iter()
            .filter(|leaf| apps.contains(&leaf.app))
            .map(|leaf| (leaf.app.as_str(), leaf.name.as_str()))
            .collect(),
        migrations: Vec::new(),
        renamed: BTreeMap::new(),
    };
    for migration in found.migrations {
        let own: Vec<&Migration> = first
            .iter()
            .filter(|one| one.app == migration.app)
            .copied()
            .collect();
        chain.push_created(migration, &own, apps);
    }
    for run in rest.chunk_by(|one, next| one.app == next.app) {
        chain.push_run(run, apps);
    }
    let mut migrations = chain.migrations;
    for migration in &mut migrations {
        migration.replaces.clone_from(&replaced);
    }
    Ok(Squash {
        migrations,
        replaced,
        operations: old.iter().map(|migration| migration.operations.len()).sum(),
    })
}

/// Whether a migration comes after one of these apps.
fn needs(graph: &MigrationGraph, key: &MigrationKey, apps: &BTreeSet<String>) -> bool {
    let before = graph.forwards(key).unwrap_or_default();
    before.iter().any(|key| apps.contains(&key.app))
}

/// The new migrations of several apps as they are made.
struct Chain<'a> {
    /// The name of the last migration of each app, as it was.
    heads: BTreeMap<&'a str, &'a str>,
    migrations: Vec<Migration>,
    renamed: BTreeMap<MigrationKey, MigrationKey>,
}

impl Chain<'_> {
    /// A migration that the comparison of two states gave, after what those came after that it is made of.
    fn push_created(
        &mut self,
        mut migration: Migration,
        old: &[&Migration],
        apps: &BTreeSet<String>,
    ) {
        let was = migration.key();
        let own = migration.dependencies.iter();
        let mut dependencies: BTreeSet<MigrationKey> = own
            .filter_map(|dependency| self.renamed.get(dependency))
            .cloned()
            .collect();
        dependencies.extend(outer_dependencies(old, apps));
        migration.dependencies = dependencies.into_iter().collect();
        migration.name = self.next_name(&migration.app);
        self.renamed.insert(was, migration.key());
        self.migrations.push(migration);
    }

    /// Migrations of one app in a row, after everything so far.
    fn push_run(&mut self, run: &[&Migration], apps: &BTreeSet<String>) {
        let app = &run[0].app;
        let newest: BTreeMap<String, MigrationKey> = self
            .migrations
            .iter()
            .map(|migration| (migration.app.clone(), migration.key()))
            .collect();
        let mut dependencies: BTreeSet<MigrationKey> = newest.into_values().collect();
        dependencies.extend(outer_dependencies(run, apps));
        let operations = run
            .iter()
            .flat_map(|migration| migration.operations.iter().cloned())
            .collect();
        let migration = Migration {
            app: app.clone(),
            name: self.next_name(app),
            dependencies: dependencies.into_iter().collect(),
            operations: optimize(operations, app),
            ..joined(run)
        };
        self.migrations.push(migration);
    }

    /// `0001_squashed_0004_x`, and `0002_squashed_0004_x` after it.
    fn next_name(&self, app: &str) -> String {
        let of_app = self.migrations.iter().filter(|one| one.app == app);
        let head = self.heads.get(app).copied().unwrap_or("all");
        format!("{:04}_squashed_{head}", of_app.count() + 1)
    }
}

fn outer_dependencies(old: &[&Migration], apps: &BTreeSet<String>) -> Vec<MigrationKey> {
    old.iter()
        .flat_map(|migration| &migration.dependencies)
        .filter(|dependency| !apps.contains(&dependency.app))
        .cloned()
        .collect()
}

/// Whether an operation does what no state tells about, and must be kept.
fn is_opaque(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::RunSql(_)
            | Operation::RunRust(_)
            | Operation::SeparateDatabaseAndState(_)
            | Operation::CreateExtension(_)
            | Operation::KeepInStep(_)
            | Operation::StopKeepingInStep(_)
            | Operation::Backfill(_)
            | Operation::AddTableAlias(_)
            | Operation::RemoveTableAlias(_)
    )
}

/// Checks that a history with its squashes leads to the state that it leads to without them, and that a database that
/// has applied all of it has nothing to do. Gives the history with the squashes.
///
/// # Errors
/// If it does not: the message names the models that differ, or the migrations that depend on each other in a circle.
pub fn prove(set: &MigrationSet, squashes: &[Migration]) -> Result<MigrationSet> {
    let end = |set: &MigrationSet, graph: &MigrationGraph| {
        let order = graph.order().into_iter().filter_map(|key| set.get(key));
        ProjectState::replay(order).map(ProjectState::sorted)
    };
    let graph_of = |set: &MigrationSet, applied: &BTreeSet<MigrationKey>| {
        MigrationGraph::with_applied(set.migrations.values().map(GraphNode::from), applied)
    };
    let none = BTreeSet::new();
    let old = end(set, &graph_of(set, &none)?)?;
    let mut with = set.clone();
    for squash in squashes {
        if set.get(&squash.key()).is_some() {
            return Err(Error::migration(format!(
                "there is a migration `{}` already: give the squash another name",
                squash.key()
            )));
        }
        with.insert(squash.clone());
    }
    let graph = graph_of(&with, &none)?;
    let new = end(&with, &graph)?;
    if old != new {
        let keys: BTreeSet<_> = old.models.keys().chain(new.models.keys()).collect();
        let differing: Vec<String> = keys
            .into_iter()
            .filter(|key| old.get(key) != new.get(key))
            .map(ToString::to_string)
            .collect();
        return Err(Error::migration(format!(
            "the squash would not lead to the same state: {} would differ; squash fewer migrations at once, or leave the \
             operations as they are with `--no-optimize`",
            differing.join(", ")
        )));
    }
    let all: BTreeSet<MigrationKey> = set.migrations.keys().cloned().collect();
    let applied = graph_of(&with, &all)?;
    let left = applied.plan(&applied.newest())?;
    if let Some(step) = left.first() {
        return Err(Error::migration(format!(
            "a database that has applied everything would have to apply `{}`",
            step.key()
        )));
    }
    Ok(with)
}

#[cfg(test)]
mod tests;

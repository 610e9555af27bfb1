//! `migrate makemigrations --merge`: two branches of an app's migrations become one again.
//!
//! A merge is a migration without operations that depends on both. It is right exactly if the order of the branches
//! does not matter, so both orders are replayed and must lead to the same state.

use std::collections::BTreeSet;

use nuages::migrate::ProjectState;
use nuages::migrate::files::{Migration, MigrationKey, MigrationSet};
use nuages::migrate::graph::MigrationGraph;
use serde_json::{Value, json};

use super::makemigrations::print_operations;
use super::{Setting, graph_of, say_written};
use crate::args::MakeArgs;
use crate::failure::{Code, Failure, Result};
use crate::print;

/// The longest name made of the names of the branches, number aside.
const LONGEST: usize = 47;

pub(super) fn run(setting: &Setting<'_>, args: &MakeArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    let graph = graph_of(&loaded.set)?;
    let mut merges = Vec::new();
    for (app, leaves) in graph.conflicts() {
        if !args.apps.is_empty() && !args.apps.iter().any(|wanted| wanted == app) {
            continue;
        }
        merges.push(merge(setting, &loaded.set, &graph, &leaves, args)?);
    }
    if merges.is_empty() {
        if setting.is_json() {
            print::json(&json!({"migrations": []}));
        } else {
            print::line("No conflicts detected to merge.");
        }
        return Ok(0);
    }
    for merge in &merges {
        let folder = project.folder_of(&merge.app, &loaded, None)?;
        if args.check {
            continue;
        }
        if !args.dry_run {
            folder.write([merge])?;
        }
        if !setting.is_json() {
            let what = if args.dry_run { "Would write" } else { "Wrote" };
            say_written(what, &folder.file_of(&merge.key()));
        }
    }
    if setting.is_json() {
        let merges: Vec<Value> = merges.iter().map(Migration::to_json).collect();
        print::json(&json!({"migrations": merges}));
    }
    Ok(u8::from(args.check))
}

fn merge(
    setting: &Setting<'_>,
    set: &MigrationSet,
    graph: &MigrationGraph,
    leaves: &[&MigrationKey],
    args: &MakeArgs,
) -> Result<Migration> {
    let ancestors: Vec<Vec<&MigrationKey>> = leaves
        .iter()
        .map(|leaf| graph.forwards(leaf))
        .collect::<nuages::Result<_>>()?;
    let common: BTreeSet<&MigrationKey> = ancestors.iter().skip(1).fold(
        ancestors.first().into_iter().flatten().copied().collect(),
        |common, branch| {
            common
                .intersection(&branch.iter().copied().collect())
                .copied()
                .collect()
        },
    );
    let app = &leaves[0].app;
    if !setting.is_json() {
        print::heading(&format!("Merging {app}"));
        for (leaf, branch) in leaves.iter().zip(&ancestors) {
            print::line(format!("  Branch {}", leaf.name));
            for migration in branch
                .iter()
                .filter(|key| !common.contains(*key))
                .filter_map(|key| set.get(key))
            {
                print_operations(migration, "    ");
            }
        }
    }
    refuse_if_order_matters(set, graph, &ancestors, leaves)?;
    let number = leaves
        .iter()
        .filter_map(|leaf| set.get(leaf)?.number())
        .max()
        .unwrap_or(0)
        + 1;
    let name = args.name.clone().unwrap_or_else(|| {
        let names: Vec<&str> = leaves.iter().map(|leaf| leaf.name.as_str()).collect();
        let joined = format!("merge_{}", names.join("_"));
        if joined.len() <= LONGEST {
            joined
        } else {
            "merge".to_owned()
        }
    });
    Ok(Migration {
        app: app.clone(),
        name: format!("{number:04}_{name}"),
        dependencies: leaves.iter().map(|leaf| (*leaf).clone()).collect(),
        ..Migration::default()
    })
}

/// Replays the branches in their order and in the opposite one.
fn refuse_if_order_matters(
    set: &MigrationSet,
    graph: &MigrationGraph,
    branches: &[Vec<&MigrationKey>],
    leaves: &[&MigrationKey],
) -> Result<()> {
    let replay = |branches: Vec<&Vec<&MigrationKey>>| {
        let mut seen = BTreeSet::new();
        let order = branches
            .into_iter()
            .flatten()
            .filter(|key| seen.insert(**key));
        ProjectState::replay(order.filter_map(|key| set.get(key)).collect::<Vec<_>>())
    };
    let one = replay(branches.iter().collect()).map(sorted);
    let other = replay(branches.iter().rev().collect()).map(sorted);
    let why = match (one, other) {
        (Ok(one), Ok(other)) if one == other => return Ok(()),
        (Ok(_), Ok(_)) => "the one that comes last decides".to_owned(),
        (Err(error), _) | (_, Err(error)) => error.to_string(),
    };
    let newest = leaves.last().map_or(String::new(), |leaf| leaf.to_string());
    let after = graph.parents(leaves[leaves.len() - 1]);
    let after: Vec<String> = after.iter().map(ToString::to_string).collect();
    Err(Failure::new(
        Code::Conflict,
        format!(
            "these branches cannot be joined as they are, since their order matters: {why}\ndecide on an order, and write it \
             down: make `{newest}` depend on the other branch instead of on {}",
            after.join(", ")
        ),
    ))
}

/// The state without the order in which its parts came.
fn sorted(mut state: ProjectState) -> ProjectState {
    for model in state.models.values_mut() {
        model.fields.sort_by(|a, b| a.name.cmp(&b.name));
        model.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        model.constraints.sort_by(|a, b| a.name.cmp(&b.name));
    }
    state
}

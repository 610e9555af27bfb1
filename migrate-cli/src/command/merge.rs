//! `migrate makemigrations --merge`: two branches of an app's migrations become one again.
//!
//! A merge is a migration without operations that depends on both. It is right if the order of the branches does not
//! matter: no operation of one touches what an operation of the other touches, and both orders, replayed, lead to the
//! same state. Where operations clash they are shown, and somebody has to decide.

use std::collections::BTreeSet;

use nuages::migrate::ProjectState;
use nuages::migrate::commute::{Clash, clashes};
use nuages::migrate::files::{Migration, MigrationKey, MigrationSet};
use nuages::migrate::graph::MigrationGraph;
use serde_json::{Value, json};

use super::makemigrations::print_operations;
use super::{Setting, graph_of, say_written};
use crate::args::MakeArgs;
use crate::ask::{confirm, has_terminal};
use crate::failure::{Code, Failure, Result};
use crate::print;
use crate::project::Project;

/// The longest name made of the names of the branches, number aside.
const LONGEST: usize = 47;

pub(super) fn run(setting: &Setting<'_>, args: &MakeArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load_files()?;
    let graph = graph_of(&loaded.set)?;
    let mut merges = Vec::new();
    for (app, leaves) in graph.conflicts() {
        if !args.apps.is_empty() && !args.apps.iter().any(|wanted| wanted == app) {
            continue;
        }
        merges.push(merge(setting, &loaded.set, &graph, &leaves, args)?);
    }
    if merges.is_empty() {
        let is_mended = !args.check && !args.dry_run && mend_heads(setting, &project)?;
        if is_mended && !setting.is_json() {
            return Ok(0);
        }
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
        let path = folder.file_of(&merge.key());
        if args.scriptable {
            print::line(print::path(&path));
        } else if !setting.is_json() {
            let what = if args.dry_run { "Would write" } else { "Wrote" };
            say_written(what, &path);
        }
    }
    if !args.check && !args.dry_run {
        mend_heads(setting, &project)?;
    }
    if setting.is_json() {
        let merges: Vec<Value> = merges.iter().map(Migration::to_json).collect();
        print::json(&json!({"migrations": merges}));
    }
    Ok(u8::from(args.check))
}

/// Version control may have left its markers in `heads.toml`, or the line of the other branch.
fn mend_heads(setting: &Setting<'_>, project: &Project) -> Result<bool> {
    let mended = project.mend_heads()?;
    if !setting.is_json() {
        for path in &mended {
            print::note(format!("Wrote {} anew.", print::path(path)));
        }
    }
    Ok(!mended.is_empty())
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
    if !setting.is_json() && !args.scriptable {
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
    let branches: Vec<Vec<&Migration>> = ancestors
        .iter()
        .map(|branch| {
            let own = branch.iter().filter(|key| !common.contains(*key));
            own.filter_map(|key| set.get(key)).collect()
        })
        .collect();
    let ends: Vec<ProjectState> = ancestors
        .iter()
        .map(|branch| ProjectState::replay(branch.iter().filter_map(|key| set.get(key))))
        .collect::<nuages::Result<_>>()?;
    let clashes = clashes(&branches, &ends);
    if clashes.is_empty() {
        refuse_if_order_matters(set, graph, &ancestors, leaves)?;
    } else {
        settle(setting, &clashes, (graph, leaves))?;
        ProjectState::replay(graph.order().into_iter().filter_map(|key| set.get(key)))
            .map_err(|error| error.context("the branches cannot be applied one after the other"))?;
    }
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

/// Shows what clashes; whoever sits at a terminal may say that the order does not matter all the same.
fn settle(
    setting: &Setting<'_>,
    clashes: &[Clash],
    (graph, leaves): (&MigrationGraph, &[&MigrationKey]),
) -> Result<()> {
    let line = |clash: &Clash| {
        let ((one, first), (other, second)) = (&clash.one, &clash.other);
        format!(
            "\n  {one}: {first}\n  {other}: {second}\n    both touch {}",
            clash.about
        )
    };
    let lines: String = clashes.iter().map(line).collect();
    let message = format!("operations of these branches touch the same thing:{lines}");
    if !setting.global.no_input && has_terminal() {
        print::warning(&message);
        return match confirm(
            "Does their order not matter, and are they to be joined all the same?",
        )? {
            true => Ok(()),
            false => Err(Failure::new(Code::Conflict, "nothing was written")),
        };
    }
    let data = |clash: &Clash| {
        let side = |(key, words): &(MigrationKey, String)| json!({"app": key.app, "name": key.name, "operation": words});
        json!({"one": side(&clash.one), "other": side(&clash.other), "about": clash.about})
    };
    let data = json!({"conflicts": clashes.iter().map(data).collect::<Vec<Value>>()});
    let message = format!("{message}\n{}", way_out(graph, leaves));
    Err(Failure::new(Code::Conflict, message).with_data(data))
}

/// How to go on where the order of two branches matters.
fn way_out(graph: &MigrationGraph, leaves: &[&MigrationKey]) -> String {
    let (first, last) = (leaves[0], leaves[leaves.len() - 1]);
    let after: Vec<String> = graph
        .parents(last)
        .iter()
        .map(ToString::to_string)
        .collect();
    format!(
        "decide which comes first, and write it down: in the file of `{last}`, for instance, put `{first}` into `dependencies` \
         in the place of {}, and mend what no longer fits",
        after.join(", ")
    )
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
    let one = replay(branches.iter().collect()).map(ProjectState::sorted);
    let other = replay(branches.iter().rev().collect()).map(ProjectState::sorted);
    let why = match (one, other) {
        (Ok(one), Ok(other)) if one == other => return Ok(()),
        (Ok(_), Ok(_)) => "the one that comes last decides".to_owned(),
        (Err(error), _) | (_, Err(error)) => error.to_string(),
    };
    Err(Failure::new(
        Code::Conflict,
        format!(
            "these branches cannot be joined as they are, since their order matters: {why}\n{}",
            way_out(graph, leaves)
        ),
    ))
}

//! `migrate showmigrations`: which migrations there are, and which are applied.

use std::collections::{BTreeMap, BTreeSet};

use nuages::migrate::files::{MigrationKey, Phase};
use nuages::migrate::graph::{GraphNode, MigrationGraph};
use nuages::migrate::{Applied, Migrator};
use serde_json::{Value, json};

use super::{Setting, apps_of, check_apps, no_migrations_yet};
use crate::args::ShowArgs;
use crate::failure::Result;
use crate::print;
use crate::project::Loaded;

pub(super) async fn run(setting: &Setting<'_>, args: &ShowArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    check_apps(&args.apps, &apps_of(&loaded))?;
    let database = setting.connect().await?;
    let history = Migrator::new(&database, loaded.set.clone())
        .history()
        .await?;
    let applied: BTreeSet<MigrationKey> =
        history.iter().map(|applied| applied.key.clone()).collect();
    let nodes = loaded.set.migrations.values().map(GraphNode::from);
    let graph = MigrationGraph::with_applied(nodes, &applied)?;
    let is_wanted = |key: &&MigrationKey| args.apps.is_empty() || args.apps.contains(&key.app);
    let order: Vec<&MigrationKey> = graph.order().into_iter().filter(is_wanted).collect();
    if setting.is_json() {
        print::json(&to_json(&order, &graph, (&loaded, &history)));
    } else if args.plan {
        for key in order {
            print::line(format!(
                "{}  {key}{}{}",
                mark(&graph, key),
                squashed(&graph, key),
                phase(&loaded, key)
            ));
        }
    } else {
        list(&order, &graph, &loaded);
        unknown(&loaded, &history);
    }
    Ok(0)
}

fn list(order: &[&MigrationKey], graph: &MigrationGraph, loaded: &Loaded) {
    let mut apps: BTreeMap<&str, Vec<&MigrationKey>> = BTreeMap::new();
    for key in order {
        apps.entry(&key.app).or_default().push(key);
    }
    for (app, keys) in apps {
        print::heading(app);
        for key in keys {
            print::line(format!(
                " {} {}{}{}",
                mark(graph, key),
                key.name,
                squashed(graph, key),
                phase(loaded, key)
            ));
        }
    }
}

/// What is applied and has no file.
fn unknown(loaded: &Loaded, history: &[Applied]) {
    let apps = loaded.set.apps();
    let replaced: BTreeSet<&MigrationKey> = loaded
        .set
        .migrations
        .values()
        .flat_map(|migration| &migration.replaces)
        .collect();
    for applied in history {
        let key = &applied.key;
        let is_gone = loaded.set.get(key).is_none() && !replaced.contains(key);
        if is_gone && apps.contains(key.app.as_str()) {
            print::warning(format!("`{key}` is applied, but there is no file of it"));
        }
    }
}

fn mark(graph: &MigrationGraph, key: &MigrationKey) -> String {
    if graph.applied().contains(key) {
        print::styled(print::GOOD, "[X]")
    } else {
        "[ ]".to_owned()
    }
}

/// The phase of a deployment that a migration belongs to.
fn phase(loaded: &Loaded, key: &MigrationKey) -> String {
    let phase = loaded.set.get(key).and_then(|migration| migration.phase);
    phase.map_or_else(String::new, |phase| {
        format!(" {}", print::styled(print::FAINT, format!("({phase})")))
    })
}

fn squashed(graph: &MigrationGraph, key: &MigrationKey) -> String {
    match graph.replaced_by(key).len() {
        0 => String::new(),
        count => format!(" ({count} squashed migrations)"),
    }
}

fn to_json(
    order: &[&MigrationKey],
    graph: &MigrationGraph,
    (loaded, history): (&Loaded, &[Applied]),
) -> Value {
    let entry = |key: &&MigrationKey| {
        let at = history.iter().find(|applied| applied.key == **key);
        let dependencies: Vec<String> =
            graph.parents(key).iter().map(ToString::to_string).collect();
        json!({
            "app": key.app,
            "name": key.name,
            "applied": graph.applied().contains(*key),
            "applied_at_us": at.map(|applied| applied.applied_at),
            "dependencies": dependencies,
            "phase": loaded.set.get(key).and_then(|migration| migration.phase).map(Phase::word),
        })
    };
    json!({"migrations": order.iter().map(entry).collect::<Vec<Value>>()})
}

//! Making the graph: names checked, `__first__` and `__latest__` found, squashed migrations put in or left out,
//! circles refused.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use super::{FIRST, GraphNode, LATEST, MigrationGraph};
use crate::error::{Error, Result, suggestion};
use crate::migrate::files::MigrationKey;

/// What each migration depends on, directly.
type Parents = BTreeMap<MigrationKey, BTreeSet<MigrationKey>>;

pub(super) fn build(
    nodes: Vec<GraphNode>,
    applied: &BTreeSet<MigrationKey>,
) -> Result<MigrationGraph> {
    let mut parents = direct_parents(&nodes)?;
    resolve_special(&mut parents)?;
    let replacements: BTreeMap<MigrationKey, Vec<MigrationKey>> = nodes
        .into_iter()
        .filter(|node| !node.replaces.is_empty())
        .map(|node| (node.key, node.replaces))
        .collect();
    let mut applied = applied.clone();
    let mut partial = Vec::new();
    for group in groups(inner_first(&replacements)?, &replacements) {
        let replaced = &replacements[&group[0]];
        let all = written_out(replaced, &replacements);
        let mut count = all.iter().filter(|one| applied.contains(one)).count();
        if count == 0 && group.iter().all(|squash| applied.contains(squash)) {
            // Applied as the squash that it is, on a database that never knew those that it replaces.
            applied.extend(all.iter().map(|one| (*one).clone()));
            count = all.len();
        }
        if count == all.len() {
            applied.extend(group.iter().cloned());
        } else if 0 < count {
            applied.retain(|key| !group.contains(key));
        }
        if count == 0 || count == all.len() {
            replace(&mut parents, &group, replaced);
        } else {
            for squash in &group {
                unreplace(&mut parents, squash, replaced);
            }
            partial.extend(group);
        }
    }
    check_existence(&parents, &replacements, &partial)?;
    let (graph, nodes) = to_petgraph(&parents);
    check_circles(&graph)?;
    Ok(MigrationGraph {
        graph,
        nodes,
        replacements,
        applied,
    })
}

fn direct_parents(nodes: &[GraphNode]) -> Result<Parents> {
    let mut parents = Parents::new();
    for node in nodes {
        let own: BTreeSet<MigrationKey> = node
            .dependencies
            .iter()
            .filter(|dependency| !(dependency.app == node.key.app && dependency.name == FIRST))
            .cloned()
            .collect();
        if parents.insert(node.key.clone(), own).is_some() {
            return Err(Error::migration(format!(
                "there are two migrations `{}`: rename one of them",
                node.key
            )));
        }
    }
    for node in nodes {
        for later in &node.run_before {
            match parents.get_mut(later) {
                Some(parents) => {
                    parents.insert(node.key.clone());
                }
                None => return Err(missing(&parents, &node.key, "is to run before", later)),
            }
        }
    }
    Ok(parents)
}

/// Puts the migration that is meant in the place of `__first__` and `__latest__`.
fn resolve_special(parents: &mut Parents) -> Result<()> {
    let special: BTreeSet<MigrationKey> = parents
        .values()
        .flatten()
        .filter(|key| key.name == FIRST || key.name == LATEST)
        .cloned()
        .collect();
    for meant in special {
        let of_app: BTreeSet<&MigrationKey> =
            parents.keys().filter(|key| key.app == meant.app).collect();
        let end = if meant.name == FIRST {
            of_app
                .iter()
                .find(|key| parents[**key].iter().all(|parent| parent.app != meant.app))
                .copied()
        } else {
            let inner: HashSet<&MigrationKey> =
                of_app.iter().flat_map(|key| &parents[*key]).collect();
            of_app.iter().find(|key| !inner.contains(**key)).copied()
        };
        let end = end.cloned().ok_or_else(|| {
            Error::migration(format!(
                "a migration depends on `{meant}`, but app `{}` has no migrations",
                meant.app
            ))
        })?;
        for (key, own) in parents.iter_mut() {
            if own.remove(&meant) && *key != end {
                own.insert(end.clone());
            }
        }
    }
    Ok(())
}

/// The squashed migrations, each after those that it replaces itself.
fn inner_first(
    replacements: &BTreeMap<MigrationKey, Vec<MigrationKey>>,
) -> Result<Vec<MigrationKey>> {
    let mut graph = DiGraph::new();
    let nodes: HashMap<&MigrationKey, NodeIndex> = replacements
        .keys()
        .map(|key| (key, graph.add_node(key)))
        .collect();
    for (key, replaced) in replacements {
        for inner in replaced.iter().filter_map(|one| nodes.get(one)) {
            graph.add_edge(*inner, nodes[key], ());
        }
    }
    toposort(&graph, None)
        .map(|order| order.into_iter().map(|node| graph[node].clone()).collect())
        .map_err(|cycle| {
            Error::migration(format!(
                "migration `{}` replaces itself, over others: remove it from one of the `replaces`",
                graph[cycle.node_id()]
            ))
        })
}

/// What is replaced, and instead of each squash among it what that one replaces.
fn written_out<'a>(
    replaced: &'a [MigrationKey],
    replacements: &'a BTreeMap<MigrationKey, Vec<MigrationKey>>,
) -> BTreeSet<&'a MigrationKey> {
    let mut open: Vec<&MigrationKey> = replaced.iter().collect();
    let mut all = BTreeSet::new();
    while let Some(key) = open.pop() {
        match replacements.get(key) {
            Some(inner) => open.extend(inner),
            None => {
                all.insert(key);
            }
        }
    }
    all
}

/// Squashes that replace the same migrations stand in for them together.
fn groups(
    squashes: Vec<MigrationKey>,
    replacements: &BTreeMap<MigrationKey, Vec<MigrationKey>>,
) -> Vec<Vec<MigrationKey>> {
    let mut groups: Vec<(BTreeSet<&MigrationKey>, Vec<MigrationKey>)> = Vec::new();
    let mut at: BTreeMap<BTreeSet<&MigrationKey>, usize> = BTreeMap::new();
    for squash in squashes {
        let replaced: BTreeSet<&MigrationKey> = replacements[&squash].iter().collect();
        match at.get(&replaced) {
            Some(at) => groups[*at].1.push(squash),
            None => {
                at.insert(replaced.clone(), groups.len());
                groups.push((replaced, vec![squash]));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Lets the squash take the place of those that it replaces; or several squashes, where these stand in together. One
/// by itself comes after everything that those came after; several say themselves what they come after.
fn replace(parents: &mut Parents, group: &[MigrationKey], replaced: &[MigrationKey]) {
    let gone: BTreeSet<&MigrationKey> = replaced.iter().collect();
    let mut inherited = BTreeSet::new();
    for key in replaced {
        inherited.extend(parents.remove(key).unwrap_or_default());
    }
    for (key, own) in parents.iter_mut() {
        let before = own.len();
        own.retain(|parent| !gone.contains(parent));
        if own.len() < before && !group.contains(key) {
            own.extend(group.iter().cloned());
        }
    }
    let [squashed] = group else {
        return;
    };
    if let Some(own) = parents.get_mut(squashed) {
        own.extend(
            inherited
                .into_iter()
                .filter(|parent| !gone.contains(parent) && parent != squashed),
        );
    }
}

/// Leaves the squashed migration out; what depends on it depends on the last of those that it would replace.
fn unreplace(parents: &mut Parents, squashed: &MigrationKey, replaced: &[MigrationKey]) {
    parents.remove(squashed);
    let inner: BTreeSet<&MigrationKey> = replaced
        .iter()
        .filter_map(|key| parents.get(key))
        .flatten()
        .collect();
    let last: Vec<MigrationKey> = replaced
        .iter()
        .filter(|key| parents.contains_key(key) && !inner.contains(key))
        .cloned()
        .collect();
    for own in parents.values_mut() {
        if own.remove(squashed) {
            own.extend(last.iter().cloned());
        }
    }
}

fn check_existence(
    parents: &Parents,
    replacements: &BTreeMap<MigrationKey, Vec<MigrationKey>>,
    partial: &[MigrationKey],
) -> Result<()> {
    for (key, own) in parents {
        let Some(absent) = own.iter().find(|parent| !parents.contains_key(parent)) else {
            continue;
        };
        let error = missing(parents, key, "depends on", absent);
        let blocked = partial
            .iter()
            .find(|squashed| *squashed == absent || replacements[*squashed].contains(absent));
        return Err(match blocked {
            Some(squashed) => error.context(format!(
                "`{squashed}` cannot stand for the migrations that it replaces, since only some of them are applied"
            )),
            None => error,
        });
    }
    Ok(())
}

fn missing(parents: &Parents, key: &MigrationKey, verb: &str, absent: &MigrationKey) -> Error {
    let name = absent.to_string();
    let names: Vec<String> = parents
        .keys()
        .filter(|key| key.app == absent.app)
        .map(ToString::to_string)
        .collect();
    Error::migration(format!(
        "migration `{key}` {verb} `{name}`, which does not exist{}",
        suggestion(&name, names.iter().map(String::as_str))
    ))
}

fn to_petgraph(parents: &Parents) -> (DiGraph<MigrationKey, ()>, HashMap<MigrationKey, NodeIndex>) {
    let mut graph = DiGraph::with_capacity(parents.len(), parents.len());
    let nodes: HashMap<MigrationKey, NodeIndex> = parents
        .keys()
        .map(|key| (key.clone(), graph.add_node(key.clone())))
        .collect();
    for (key, own) in parents {
        for parent in own {
            graph.add_edge(nodes[parent], nodes[key], ());
        }
    }
    (graph, nodes)
}

fn check_circles(graph: &DiGraph<MigrationKey, ()>) -> Result<()> {
    if toposort(graph, None).is_ok() {
        return Ok(());
    }
    let circles: Vec<HashSet<NodeIndex>> = kosaraju_scc(graph)
        .into_iter()
        .filter(|part| 1 < part.len() || part.iter().any(|node| graph.contains_edge(*node, *node)))
        .map(|part| part.into_iter().collect())
        .collect();
    let first = circles
        .iter()
        .flatten()
        .min_by(|a, b| graph[**a].cmp(&graph[**b]));
    let (Some(&first), Some(circle)) = (
        first,
        first.and_then(|n| circles.iter().find(|part| part.contains(n))),
    ) else {
        return Ok(());
    };
    // Follow one dependency after the other inside of the circle until a migration comes again.
    let mut path = vec![first];
    let mut at = HashMap::from([(first, 0)]);
    let start = loop {
        let node = path[path.len() - 1];
        let next = graph
            .neighbors_directed(node, Direction::Incoming)
            .filter(|n| circle.contains(n))
            .min_by(|a, b| graph[*a].cmp(&graph[*b]));
        let Some(next) = next else { break 0 };
        if let Some(&start) = at.get(&next) {
            break start;
        }
        at.insert(next, path.len());
        path.push(next);
    };
    let names: Vec<String> = path[start..]
        .iter()
        .chain([&path[start]])
        .map(|node| format!("`{}`", graph[*node]))
        .collect();
    Err(Error::migration(format!(
        "migrations depend on each other in a circle: {}; remove one of these dependencies",
        names.join(" depends on ")
    )))
}

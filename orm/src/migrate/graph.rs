//! The graph of migrations: which exist, what each depends on, and in what order to apply or unapply them.
//!
//! A graph is made of [`GraphNode`]s and of the set of migrations that are applied; squashed migrations (`replaces`)
//! take the place of what they replace when all or none of it is applied. Everything walks iteratively and in sorted
//! order, so that plans are deterministic and a chain of thousands is no deeper than one of two.
//!
//! ```
//! use nuages::migrate::files::MigrationKey;
//! use nuages::migrate::graph::{GraphNode, MigrationGraph};
//! let first = GraphNode::new(MigrationKey::new("blog", "0001_initial"));
//! let second = GraphNode::new(MigrationKey::new("blog", "0002_post")).after(first.key.clone());
//! let graph = MigrationGraph::new([second, first]).unwrap();
//! assert_eq!(graph.leaves(Some("blog"))[0].name, "0002_post");
//! ```

mod build;
mod plan;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::Deserialize;

use super::files::{Migration, MigrationKey};
use crate::error::{Error, Result, suggestion};

pub use plan::{Step, Target};

/// A dependency on the first migration of an app, whichever it is.
pub const FIRST: &str = "__first__";
/// A dependency on the newest migration of an app, whichever it is.
pub const LATEST: &str = "__latest__";

/// Reads the key of a migration, written `app.name`.
///
/// # Errors
/// When there is no dot, or nothing on one side of it.
pub fn parse_key(text: &str) -> Result<MigrationKey> {
    match text.split_once('.') {
        Some((app, name)) if !app.is_empty() && !name.is_empty() => {
            Ok(MigrationKey::new(app, name))
        }
        _ => Err(Error::migration(format!(
            "`{text}` does not name a migration: write `app.name`, such as `blog.0001_initial`"
        ))),
    }
}

/// What the graph needs to know of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    /// Which migration this is.
    pub key: MigrationKey,
    /// What must be applied before it.
    pub dependencies: Vec<MigrationKey>,
    /// What must be applied after it, though that one does not say so.
    pub run_before: Vec<MigrationKey>,
    /// The migrations that this one stands for.
    pub replaces: Vec<MigrationKey>,
}

impl GraphNode {
    /// A migration that depends on nothing.
    pub fn new(key: MigrationKey) -> Self {
        GraphNode {
            key,
            dependencies: Vec::new(),
            run_before: Vec::new(),
            replaces: Vec::new(),
        }
    }

    /// The same with one more dependency.
    #[must_use]
    pub fn after(mut self, dependency: MigrationKey) -> Self {
        self.dependencies.push(dependency);
        self
    }
}

impl From<&Migration> for GraphNode {
    fn from(migration: &Migration) -> Self {
        GraphNode {
            key: migration.key(),
            dependencies: migration.dependencies.clone(),
            run_before: migration.run_before.clone(),
            replaces: migration.replaces.clone(),
        }
    }
}

/// All migrations and their order.
#[derive(Debug, Clone, Default)]
pub struct MigrationGraph {
    /// An edge goes from a migration to one that depends on it.
    graph: DiGraph<MigrationKey, ()>,
    nodes: HashMap<MigrationKey, NodeIndex>,
    /// The migrations that stand for others, in the graph or not.
    replacements: BTreeMap<MigrationKey, Vec<MigrationKey>>,
    applied: BTreeSet<MigrationKey>,
}

impl MigrationGraph {
    /// Makes the graph of migrations of which none is applied yet.
    ///
    /// # Errors
    /// As [`MigrationGraph::with_applied`].
    pub fn new(nodes: impl IntoIterator<Item = GraphNode>) -> Result<Self> {
        MigrationGraph::with_applied(nodes, &BTreeSet::new())
    }

    /// Makes the graph, given what is applied: this decides whether a squashed migration or those that it replaces
    /// stand in the graph.
    ///
    /// # Errors
    /// When two migrations have one name, a dependency does not exist, or migrations depend on each other in a circle;
    /// the error names them.
    pub fn with_applied(
        nodes: impl IntoIterator<Item = GraphNode>,
        applied: &BTreeSet<MigrationKey>,
    ) -> Result<Self> {
        build::build(nodes.into_iter().collect(), applied)
    }

    /// Reads the graph file of `migrate diff`: `{"migrations": [{"app", "name", "dependencies": ["app.name"]}]}`.
    ///
    /// # Errors
    /// When the text is not of this form, and as [`MigrationGraph::with_applied`].
    pub fn from_json(text: &str) -> Result<Self> {
        let file: GraphFile = serde_json::from_str(text)
            .map_err(|error| Error::migration(format!("the graph file: {error}")))?;
        let nodes: Result<Vec<GraphNode>> = file
            .migrations
            .into_iter()
            .map(GraphFileNode::into_node)
            .collect();
        MigrationGraph::new(nodes?)
    }

    /// Whether the migration is in the graph (and not replaced by another).
    pub fn contains(&self, key: &MigrationKey) -> bool {
        self.nodes.contains_key(key)
    }

    /// Whether there is no migration at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What is applied, in the terms of this graph: a squashed migration is applied when all that it replaces is.
    pub fn applied(&self) -> &BTreeSet<MigrationKey> {
        &self.applied
    }

    /// The migrations that a squashed one stands for.
    pub fn replaced_by(&self, key: &MigrationKey) -> &[MigrationKey] {
        self.replacements.get(key).map_or(&[], Vec::as_slice)
    }

    /// The migrations that no other of their app depends on, sorted; of one app or of all.
    pub fn leaves(&self, app: Option<&str>) -> Vec<&MigrationKey> {
        self.ends(app, Direction::Outgoing)
    }

    /// The migrations that depend on no other of their app, sorted; of one app or of all.
    pub fn roots(&self, app: Option<&str>) -> Vec<&MigrationKey> {
        self.ends(app, Direction::Incoming)
    }

    /// The apps that have migrations, sorted.
    pub fn apps(&self) -> BTreeSet<&str> {
        self.graph
            .node_weights()
            .map(|key| key.app.as_str())
            .collect()
    }

    /// The migrations of an app, sorted by name.
    pub fn of_app(&self, app: &str) -> Vec<&MigrationKey> {
        let mut keys: Vec<_> = self
            .graph
            .node_weights()
            .filter(|key| key.app == app)
            .collect();
        keys.sort();
        keys
    }

    /// What the migration depends on directly, sorted.
    pub fn parents(&self, key: &MigrationKey) -> Vec<&MigrationKey> {
        self.beside(key, Direction::Incoming)
    }

    /// What depends on the migration directly, sorted.
    pub fn children(&self, key: &MigrationKey) -> Vec<&MigrationKey> {
        self.beside(key, Direction::Outgoing)
    }

    /// The apps with more than one leaf, with these leaves: two branches that must be merged.
    pub fn conflicts(&self) -> BTreeMap<&str, Vec<&MigrationKey>> {
        let mut leaves: BTreeMap<&str, Vec<&MigrationKey>> = BTreeMap::new();
        for leaf in self.leaves(None) {
            leaves.entry(leaf.app.as_str()).or_default().push(leaf);
        }
        leaves.retain(|_, leaves| 1 < leaves.len());
        leaves
    }

    /// The migration of an app whose name is the given one, or the only one whose name begins so.
    ///
    /// # Errors
    /// When none fits, or several.
    pub fn find(&self, app: &str, prefix: &str) -> Result<&MigrationKey> {
        let all = self.of_app(app);
        if all.is_empty() {
            return Err(Error::migration(format!(
                "app `{app}` has no migrations{}",
                suggestion(app, self.apps())
            )));
        }
        if let Some(key) = all.iter().find(|key| key.name == prefix) {
            return Ok(key);
        }
        let fitting: Vec<&&MigrationKey> = all
            .iter()
            .filter(|key| key.name.starts_with(prefix))
            .collect();
        match fitting.as_slice() {
            [key] => Ok(key),
            [] => Err(Error::migration(format!(
                "app `{app}` has no migration `{prefix}`{}",
                suggestion(prefix, all.iter().map(|key| key.name.as_str()))
            ))),
            several => Err(Error::migration(format!(
                "several migrations of `{app}` begin with `{prefix}` ({}): write more of the name",
                several
                    .iter()
                    .map(|key| key.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }

    fn node(&self, key: &MigrationKey) -> Result<NodeIndex> {
        self.nodes.get(key).copied().ok_or_else(|| {
            let names: Vec<String> = self
                .of_app(&key.app)
                .iter()
                .map(ToString::to_string)
                .collect();
            let name = key.to_string();
            Error::migration(format!(
                "there is no migration `{name}`{}",
                suggestion(&name, names.iter().map(String::as_str))
            ))
        })
    }

    fn beside(&self, key: &MigrationKey, direction: Direction) -> Vec<&MigrationKey> {
        let Some(&node) = self.nodes.get(key) else {
            return Vec::new();
        };
        let mut keys: Vec<_> = self
            .graph
            .neighbors_directed(node, direction)
            .map(|n| &self.graph[n])
            .collect();
        keys.sort();
        keys
    }

    fn ends(&self, app: Option<&str>, direction: Direction) -> Vec<&MigrationKey> {
        let is_end = |node: NodeIndex| {
            let app = &self.graph[node].app;
            self.graph
                .neighbors_directed(node, direction)
                .all(|n| self.graph[n].app != *app)
        };
        let mut keys: Vec<&MigrationKey> = self
            .graph
            .node_indices()
            .filter(|node| app.is_none_or(|app| self.graph[*node].app == app) && is_end(*node))
            .map(|node| &self.graph[node])
            .collect();
        keys.sort();
        keys
    }

    /// Walks from `start` to everything it reaches, each after what it reaches itself; `seen` is left out, and grows.
    fn walk(
        &self,
        start: NodeIndex,
        direction: Direction,
        seen: &mut HashSet<NodeIndex>,
    ) -> Vec<NodeIndex> {
        let mut order = Vec::new();
        let mut stack = vec![(start, false)];
        while let Some((node, is_done)) = stack.pop() {
            if seen.contains(&node) {
                continue;
            }
            if is_done {
                seen.insert(node);
                order.push(node);
                continue;
            }
            stack.push((node, true));
            let mut next: Vec<NodeIndex> = self
                .graph
                .neighbors_directed(node, direction)
                .filter(|n| !seen.contains(n))
                .collect();
            next.sort_by(|a, b| self.graph[*a].cmp(&self.graph[*b]));
            stack.extend(next.into_iter().map(|n| (n, false)));
        }
        order
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphFile {
    migrations: Vec<GraphFileNode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphFileNode {
    app: String,
    name: String,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    run_before: Vec<String>,
    #[serde(default)]
    replaces: Vec<String>,
}

impl GraphFileNode {
    fn into_node(self) -> Result<GraphNode> {
        let keys = |texts: Vec<String>| {
            texts
                .iter()
                .map(|text| parse_key(text))
                .collect::<Result<Vec<_>>>()
        };
        Ok(GraphNode {
            dependencies: keys(self.dependencies)?,
            run_before: keys(self.run_before)?,
            replaces: keys(self.replaces)?,
            key: MigrationKey::new(self.app, self.name),
        })
    }
}

#[cfg(test)]
mod tests;

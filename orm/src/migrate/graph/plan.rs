//! Plans: which migrations to apply or unapply, in which order, to reach a target.

use std::collections::{BTreeSet, HashSet};

use petgraph::Direction;

use super::MigrationGraph;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::files::MigrationKey;

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To this migration: forwards with all it depends on, or, when it is applied, backwards over those of its app
    /// that came after it and whatever depends on them.
    Migration(MigrationKey),
    /// To before the first migration of this app.
    Zero(String),
}

/// One migration of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Apply it.
    Apply(MigrationKey),
    /// Unapply it.
    Unapply(MigrationKey),
}

impl Step {
    /// The migration, whichever way it goes.
    pub fn key(&self) -> &MigrationKey {
        match self {
            Step::Apply(key) | Step::Unapply(key) => key,
        }
    }
}

impl MigrationGraph {
    /// What must be applied for the migration to be, in order; the last one is the migration itself.
    ///
    /// # Errors
    /// When there is no such migration.
    pub fn forwards(&self, target: &MigrationKey) -> Result<Vec<&MigrationKey>> {
        self.reach(target, Direction::Incoming)
    }

    /// What must be unapplied for the migration not to be, in order; the last one is the migration itself.
    ///
    /// # Errors
    /// When there is no such migration.
    pub fn backwards(&self, target: &MigrationKey) -> Result<Vec<&MigrationKey>> {
        self.reach(target, Direction::Outgoing)
    }

    /// Every migration, each after those that it depends on.
    pub fn order(&self) -> Vec<&MigrationKey> {
        let mut seen = HashSet::new();
        let mut order = Vec::with_capacity(self.nodes.len());
        for leaf in self.leaves(None) {
            order.extend(self.walk(self.nodes[leaf], Direction::Incoming, &mut seen));
        }
        order.into_iter().map(|node| &self.graph[node]).collect()
    }

    /// The targets of "everything": the leaves of all apps.
    pub fn newest(&self) -> Vec<Target> {
        self.leaves(None)
            .into_iter()
            .cloned()
            .map(Target::Migration)
            .collect()
    }

    /// The steps from what is applied to the targets, taken one after the other.
    ///
    /// # Errors
    /// When a target does not exist, or when the targets together ask for both directions.
    pub fn plan(&self, targets: &[Target]) -> Result<Vec<Step>> {
        let mut applied = self.applied.clone();
        let mut seen = HashSet::new();
        let mut steps = Vec::new();
        for target in targets {
            match target {
                Target::Zero(app) => {
                    let roots = self.roots(Some(app));
                    self.unapply(&roots, &mut applied, &mut steps)?;
                }
                Target::Migration(key) if applied.contains(key) => {
                    self.node(key)?;
                    let mut later = self.children(key);
                    later.retain(|child| child.app == key.app);
                    self.unapply(&later, &mut applied, &mut steps)?;
                }
                Target::Migration(key) => {
                    for node in self.walk(self.node(key)?, Direction::Incoming, &mut seen) {
                        let key = &self.graph[node];
                        if applied.insert(key.clone()) {
                            steps.push(Step::Apply(key.clone()));
                        }
                    }
                }
            }
        }
        let backwards = steps
            .iter()
            .filter(|step| matches!(step, Step::Unapply(_)))
            .count();
        if 0 < backwards && backwards < steps.len() {
            return Err(Error::migration(
                "these targets ask to apply some migrations and to unapply others: go backwards first, then forwards",
            ));
        }
        Ok(steps)
    }

    /// Refuses a history in which a migration is applied before one that it depends on.
    ///
    /// # Errors
    /// Naming both.
    pub fn check_history(&self) -> Result<()> {
        for key in self.applied.iter().filter(|key| self.contains(key)) {
            for parent in self.parents(key) {
                if !self.applied.contains(parent) {
                    let message = format!(
                        "migration `{key}` is applied before `{parent}`, on which it depends: unapply the first, or record the second with `--fake` if its changes are there already"
                    );
                    return Err(Error::new(ErrorKind::InconsistentHistory { message }));
                }
            }
        }
        Ok(())
    }

    fn unapply(
        &self,
        first: &[&MigrationKey],
        applied: &mut BTreeSet<MigrationKey>,
        steps: &mut Vec<Step>,
    ) -> Result<()> {
        let mut seen = HashSet::new();
        for key in first {
            for node in self.walk(self.node(key)?, Direction::Outgoing, &mut seen) {
                let key = &self.graph[node];
                if applied.remove(key) {
                    steps.push(Step::Unapply(key.clone()));
                }
            }
        }
        Ok(())
    }

    fn reach(&self, target: &MigrationKey, direction: Direction) -> Result<Vec<&MigrationKey>> {
        let nodes = self.walk(self.node(target)?, direction, &mut HashSet::new());
        Ok(nodes.into_iter().map(|node| &self.graph[node]).collect())
    }
}

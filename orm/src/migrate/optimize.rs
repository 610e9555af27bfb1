//! The optimiser: a list of operations made shorter without changing what it leads to.
//!
//! Two operations that have to do with each other are merged where possible (`reduce`): a model's
//! creation takes in the fields added later, a field added and removed is nothing. What lies between two operations
//! decides where the merged one may stand: at the later place, if nothing between depends on the earlier one; else at
//! the earlier place, if everything between can be passed by the later one; else they stay apart. The rules and their
//! order are Django's, so that the results are.

mod fold;
mod reduce;

use std::collections::HashMap;

use self::reduce::{Reduction, reduce};
use super::operation::Operation;

/// Makes the operations of a migration of an app as few as they can be. Each merge costs one pass over the list.
pub fn optimize(operations: Vec<Operation>, app: &str) -> Vec<Operation> {
    let mut list = List::new(operations, app);
    while let Some(at) = list
        .entries
        .iter()
        .position(|entry| entry.state == State::Fresh)
    {
        list.step(at);
    }
    list.entries
        .into_iter()
        .map(|entry| entry.operation)
        .collect()
}

/// As [`optimize`], but what a squash may leave out stays, for the databases that have not applied it yet.
pub fn optimize_keeping_elidable(operations: Vec<Operation>, app: &str) -> Vec<Operation> {
    let mut optimized = Vec::with_capacity(operations.len());
    let mut pending = Vec::new();
    for operation in operations {
        if matches!(operation, Operation::Elidable(_)) {
            optimized.extend(optimize(std::mem::take(&mut pending), app));
            optimized.push(operation);
        } else {
            pending.push(operation);
        }
    }
    optimized.extend(optimize(pending, app));
    optimized
}

/// What is known of an operation's chances to merge with a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not tried since something changed that may matter.
    Fresh,
    /// There is none to merge with.
    Quiet,
    /// There is one, but these two stand in the way: the first keeps the merged one from the later place, the second
    /// from the earlier.
    Blocked(u32, u32),
}

struct Entry {
    /// Stays the same while the operation does.
    id: u32,
    operation: Operation,
    /// The models that it is about, as numbers; others are not merged with it.
    models: [u32; 2],
    is_elidable: bool,
    state: State,
}

struct List<'a> {
    app: &'a str,
    entries: Vec<Entry>,
    next_id: u32,
    numbers: HashMap<String, u32>,
}

/// No model.
const NONE: u32 = u32::MAX;

impl<'a> List<'a> {
    fn new(operations: Vec<Operation>, app: &'a str) -> Self {
        let mut list = List {
            app,
            entries: Vec::with_capacity(operations.len()),
            next_id: 0,
            numbers: HashMap::new(),
        };
        for operation in operations {
            let entry = list.entry(operation);
            list.entries.push(entry);
        }
        list
    }

    fn entry(&mut self, operation: Operation) -> Entry {
        let models = match reduce::models_of(&operation) {
            (Some(one), Some(two)) => [self.number(one), self.number(two)],
            (Some(one), None) => [self.number(one), NONE],
            _ => [NONE, NONE],
        };
        self.next_id += 1;
        Entry {
            id: self.next_id,
            is_elidable: matches!(operation, Operation::Elidable(_)),
            operation,
            models,
            state: State::Fresh,
        }
    }

    fn number(&mut self, model: &str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(NONE);
        *self.numbers.entry(model.to_lowercase()).or_insert(next)
    }

    fn reduce(&self, left: usize, right: usize) -> Reduction {
        reduce(
            &self.entries[left].operation,
            &self.entries[right].operation,
            self.app,
        )
    }

    /// Tries to merge an operation with a later one.
    fn step(&mut self, at: usize) {
        for other in at + 1..self.entries.len() {
            if !may_merge(&self.entries[at], &self.entries[other]) {
                continue;
            }
            let Reduction::To(merged) = self.reduce(at, other) else {
                continue;
            };
            let mut between = at + 1..other;
            let Some(first) = between
                .clone()
                .find(|between| self.reduce(at, *between) == Reduction::Barrier)
            else {
                self.replace(at, other, merged, other - 1);
                return;
            };
            let Some(second) =
                between.find(|between| self.reduce(*between, other) != Reduction::Through)
            else {
                self.replace(at, other, merged, at);
                return;
            };
            self.entries[at].state =
                State::Blocked(self.entries[first].id, self.entries[second].id);
            return;
        }
        self.entries[at].state = State::Quiet;
    }

    /// Puts the merged operations in the place of two; `place` counts without the first of them.
    fn replace(&mut self, at: usize, other: usize, merged: Vec<Operation>, place: usize) {
        let second = self.entries.remove(other);
        let first = self.entries.remove(at);
        let merged: Vec<Entry> = merged
            .into_iter()
            .map(|operation| self.entry(operation))
            .collect();
        let touched = |entry: &Entry| {
            [&first, &second]
                .into_iter()
                .chain(&merged)
                .any(|changed| may_merge(entry, changed))
        };
        let gone = [first.id, second.id];
        for entry in &mut self.entries {
            let is_free = matches!(entry.state, State::Blocked(a, b) if gone.contains(&a) || gone.contains(&b));
            if is_free || touched(entry) {
                entry.state = State::Fresh;
            }
        }
        self.entries.splice(place..place, merged);
    }
}

/// Whether two operations are about one model, or one may be left out.
fn may_merge(one: &Entry, other: &Entry) -> bool {
    one.is_elidable
        || other.is_elidable
        || one
            .models
            .iter()
            .any(|model| *model != NONE && other.models.contains(model))
}

#[cfg(test)]
mod tests;

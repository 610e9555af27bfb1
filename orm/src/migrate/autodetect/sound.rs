//! Whether operations in some order can be carried out at all, and the order that can be where Django's cannot.
//!
//! Django does not know that a renamed model is there under its new name only after the rename, that fields that are to
//! be unique together must have come before, nor that a field must be unique while a key refers to it by `to_field`.
//! Nearly always the order is right all the same, and then it is kept.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{self, Dependency, Draft, Event, Order, Pending};
use super::relation_needs;
use crate::error::Result;
use crate::migrate::graph::MigrationGraph;
use crate::migrate::operation::Operation;
use crate::migrate::state::{FieldState, ModelKey, ProjectState};

/// Sorts the operations of all apps and cuts them into migrations: in Django's order, unless that one cannot be
/// carried out.
pub(super) fn drafts(
    from: &ProjectState,
    to: &ProjectState,
    operations: BTreeMap<String, Vec<Pending>>,
    graph: &MigrationGraph,
) -> Result<Vec<Draft>> {
    let as_django = sorted(operations.clone(), graph, Order::AsDjango);
    if as_django
        .as_ref()
        .is_ok_and(|drafts| can_be_carried_out(from, to, drafts))
    {
        return as_django;
    }
    let strict = sorted(complete(from, to, operations), graph, Order::Strict);
    match (strict, as_django) {
        (Ok(drafts), Ok(others)) => Ok(if can_be_carried_out(from, to, &drafts) {
            drafts
        } else {
            others
        }),
        (strict, as_django) => strict.or(as_django),
    }
}

fn sorted(
    operations: BTreeMap<String, Vec<Pending>>,
    graph: &MigrationGraph,
    by: Order,
) -> Result<Vec<Draft>> {
    let mut lists = BTreeMap::new();
    for (app, list) in operations {
        lists.insert(app.clone(), order::sort(&app, list, by)?);
    }
    order::cut(lists, graph, by)
}

/// Whether every operation finds what it speaks of, one after the other.
fn can_be_carried_out(from: &ProjectState, to: &ProjectState, drafts: &[Draft]) -> bool {
    let mut state = from.clone();
    let operations = drafts.iter().flat_map(|draft| {
        draft
            .operations
            .iter()
            .map(|operation| (&draft.app, operation))
    });
    for (app, operation) in operations {
        if operation.apply(app, &mut state).is_err() {
            return false;
        }
        // A model of an app that neither state speaks of may be anywhere.
        let is_there = |key: &ModelKey| {
            state.models.contains_key(key)
                || !(from.models.contains_key(key) || to.models.contains_key(key))
        };
        let is_whole = match operation {
            Operation::CreateModel(op) => {
                op.options.bases.iter().all(is_there)
                    && op
                        .fields
                        .iter()
                        .all(|field| points_at_all(field, &is_there))
            }
            Operation::AddField(op) => {
                points_at_all(&op.field, &is_there) && refers_to_unique(&state, &op.field)
            }
            Operation::AlterField(op) => {
                let key = ModelKey::new(app, &op.model);
                points_at_all(&op.field, &is_there)
                    && refers_to_unique(&state, &op.field)
                    && (op.field.is_unique() || !is_referred_to(&state, &key, &op.field.name))
            }
            Operation::DeleteModel(op) => state
                .references_to(&ModelKey::new(app, &op.model))
                .next()
                .is_none(),
            _ => true,
        };
        if !is_whole {
            return false;
        }
    }
    true
}

fn points_at_all(field: &FieldState, is_there: &dyn Fn(&ModelKey) -> bool) -> bool {
    field
        .relation
        .iter()
        .all(|relation| is_there(&relation.to) && relation.through.iter().all(is_there))
}

/// Whether the field that a key refers to by `to_field` can be referred to: it is unique by itself.
fn refers_to_unique(state: &ProjectState, field: &FieldState) -> bool {
    field.relation.iter().all(|relation| {
        let Some(name) = &relation.to_field else {
            return true;
        };
        let target = state.get(&relation.to).and_then(|model| model.field(name));
        target.is_none_or(FieldState::is_unique)
    })
}

/// The keys that refer to a field by `to_field`.
fn referring<'a>(
    state: &'a ProjectState,
    key: &'a ModelKey,
    field: &'a str,
) -> impl Iterator<Item = (ModelKey, &'a FieldState)> {
    let by_name = move |other: &FieldState| {
        let relation = other.relation.as_ref();
        relation.is_some_and(|relation| {
            relation.to == *key && relation.to_field.as_deref() == Some(field)
        })
    };
    state
        .references_to(key)
        .filter(move |(_, other)| by_name(other))
        .map(|(model, other)| (model.key(), other))
}

fn is_referred_to(state: &ProjectState, key: &ModelKey, field: &str) -> bool {
    referring(state, key, field).next().is_some()
}

/// The same operations with all that each must come after.
fn complete(
    from: &ProjectState,
    to: &ProjectState,
    mut operations: BTreeMap<String, Vec<Pending>>,
) -> BTreeMap<String, Vec<Pending>> {
    let created: BTreeSet<ModelKey> = operations
        .iter()
        .flat_map(|(app, list)| list.iter().map(move |pending| (app, &pending.operation)))
        .filter_map(|(app, operation)| match operation {
            Operation::CreateModel(op) => Some(ModelKey::new(app, &op.model)),
            _ => None,
        })
        .collect();
    for (app, list) in &mut operations {
        for Pending {
            operation,
            dependencies,
        } in list
        {
            if matches!(operation, Operation::RenameModel(_)) {
                // What is new points at the new name, and so comes after.
                dependencies.retain(|dependency| !created.contains(&dependency.model));
            }
            dependencies.extend(needs(app, operation));
            dependencies.extend(needs_of_uniqueness(from, to, app, operation));
        }
    }
    operations
}

/// What an operation speaks of.
fn needs(app: &str, operation: &Operation) -> Vec<Dependency> {
    let Some(model) = operation.model().map(|name| ModelKey::new(app, name)) else {
        return Vec::new();
    };
    if matches!(
        operation,
        Operation::CreateModel(_) | Operation::DeleteModel(_)
    ) {
        return Vec::new();
    }
    let mut needs = vec![Dependency::new(&model, Event::Created)];
    let fields: Vec<String> = match operation {
        Operation::AddField(op) => {
            needs.extend(relation_needs(&op.field));
            Vec::new()
        }
        Operation::AlterField(op) => {
            needs.extend(relation_needs(&op.field));
            Vec::new()
        }
        Operation::AddIndex(op) => owned(op.index.referenced_fields()),
        Operation::AddConstraint(op) => owned(op.constraint.referenced_fields()),
        Operation::AlterUniqueTogether(op) => {
            op.unique_together.iter().flatten().cloned().collect()
        }
        Operation::AlterOrderWithRespectTo(op) => {
            op.order_with_respect_to.iter().cloned().collect()
        }
        _ => Vec::new(),
    };
    needs.extend(
        fields
            .into_iter()
            .map(|name| Dependency::new(&model, Event::FieldCreated(name))),
    );
    needs
}

/// A key by `to_field` comes after what makes the field unique, and goes before what ends that.
fn needs_of_uniqueness(
    from: &ProjectState,
    to: &ProjectState,
    app: &str,
    operation: &Operation,
) -> Vec<Dependency> {
    let (model, field, state) = match operation {
        Operation::AddField(op) => (&op.model, &op.field.name, Some(&op.field)),
        Operation::AlterField(op) => (&op.model, &op.field.name, Some(&op.field)),
        Operation::RemoveField(op) => (&op.model, &op.name, None),
        _ => return Vec::new(),
    };
    let mut needs = Vec::new();
    let relation = state.and_then(|state| state.relation.as_ref());
    if let Some((target, name)) = relation.and_then(|r| Some((&r.to, r.to_field.as_ref()?))) {
        let before = from.get(target).and_then(|model| model.field(name));
        if !before.is_some_and(FieldState::is_unique) {
            needs.push(Dependency::new(target, Event::FieldCreated(name.clone())));
            needs.push(Dependency::new(target, Event::FieldAltered(name.clone())));
        }
    }
    let key = ModelKey::new(app, model);
    if state.is_none_or(|state| !state.is_unique()) {
        let still: Vec<(ModelKey, &FieldState)> = referring(to, &key, field).collect();
        for (other, pointing) in referring(from, &key, field) {
            let stays = still
                .iter()
                .any(|(model, now)| *model == other && now.name == pointing.name);
            if !stays {
                let name = &pointing.name;
                needs.push(Dependency::new(&other, Event::FieldAltered(name.clone())));
                needs.push(Dependency::new(&other, Event::FieldRemoved(name.clone())));
            }
        }
    }
    needs
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

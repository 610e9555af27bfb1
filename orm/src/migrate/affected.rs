//! Whose tables a change of the state can touch: what makes planning linear in the history.
//!
//! States share the models that they have in common, so that what changed is told by looking at the pointers. A table
//! depends on its model, and on the columns that the model's relations refer to; all others stay as they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::migrate::state::{FieldState, ModelKey, ModelState, ProjectState};

/// A model before and after, of which at least one is there and which are not the same object.
pub(super) type Changed<'a> = (Option<&'a ModelState>, Option<&'a ModelState>);

/// The models that differ between two states, by their keys, in order.
pub(super) fn changed<'a>(before: &'a ProjectState, after: &'a ProjectState) -> Vec<Changed<'a>> {
    let mut changed = Vec::new();
    let (mut old, mut new) = (
        before.models.iter().peekable(),
        after.models.iter().peekable(),
    );
    loop {
        let (was, is) = match (old.peek(), new.peek()) {
            (None, None) => return changed,
            (Some((_, was)), Some((_, is))) if Arc::ptr_eq(was, is) => (true, true),
            (Some((key, _)), Some((other, _))) => (key <= other, other <= key),
            (was, is) => (was.is_some(), is.is_some()),
        };
        let was = if was { old.next() } else { None };
        let is = if is { new.next() } else { None };
        match (was, is) {
            (Some((_, was)), Some((_, is))) if Arc::ptr_eq(was, is) => {}
            (was, is) => changed.push((
                was.map(|(_, model)| model.as_ref()),
                is.map(|(_, model)| model.as_ref()),
            )),
        }
    }
}

/// What of a model its referrers may see differently now.
enum Shift {
    /// Its table, or whether it has one.
    Table,
    /// These of its fields.
    Fields(BTreeSet<String>),
}

/// The models whose tables must be looked at again after a change of the state.
pub(super) fn affected(before: &ProjectState, after: &ProjectState) -> BTreeSet<ModelKey> {
    let mut affected = BTreeSet::new();
    let mut shifted: Vec<(ModelKey, Shift)> = Vec::new();
    for (was, is) in changed(before, after) {
        let Some(model) = is.or(was) else { continue };
        affected.insert(model.key());
        // Nothing can refer to what is new.
        if let Some(shift) = was.and_then(|was| shift(was, is)) {
            shifted.push((model.key(), shift));
        }
    }
    let mut seen: BTreeSet<(ModelKey, String)> = BTreeSet::new();
    while let Some((key, shift)) = shifted.pop() {
        for model in after.models.values() {
            if model.options.proxy && model.options.bases.contains(&key) {
                if affected.insert(model.key()) {
                    shifted.push((model.key(), Shift::Table));
                }
                continue;
            }
            let fields: BTreeSet<String> = model
                .fields
                .iter()
                .filter(|field| sees(field, &key, &shift, after))
                .filter(|field| seen.insert((model.key(), field.name.clone())))
                .map(|field| field.name.clone())
                .collect();
            if !fields.is_empty() {
                affected.insert(model.key());
                shifted.push((model.key(), Shift::Fields(fields)));
            }
        }
    }
    affected
}

/// What others see of a change of a model, if anything.
fn shift(was: &ModelState, is: Option<&ModelState>) -> Option<Shift> {
    let Some(is) = is else {
        return Some(Shift::Table);
    };
    let has_moved = was.table() != is.table()
        || was.has_own_table() != is.has_own_table()
        || was.options.bases != is.options.bases
        || was.primary_key().map(|key| &key.name) != is.primary_key().map(|key| &key.name);
    if has_moved {
        return Some(Shift::Table);
    }
    let differs = |field: &&FieldState| is.field(&field.name) != Some(*field);
    let fields: BTreeSet<String> = was
        .fields
        .iter()
        .filter(differs)
        .map(|field| field.name.clone())
        .collect();
    (!fields.is_empty()).then_some(Shift::Fields(fields))
}

/// Whether a field points at what is seen differently of a model.
fn sees(field: &FieldState, key: &ModelKey, shift: &Shift, state: &ProjectState) -> bool {
    if !field.references(key) {
        return false;
    }
    let Shift::Fields(fields) = shift else {
        return true;
    };
    let target = field
        .relation
        .as_ref()
        .and_then(|relation| relation.to_field.as_ref());
    match target {
        Some(target) => fields.contains(target),
        None => state
            .get(key)
            .and_then(ModelState::primary_key)
            .is_some_and(|own| fields.contains(&own.name)),
    }
}

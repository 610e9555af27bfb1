//! Who points at whom: the relations of a state, from the side of the model that is pointed at.

use std::collections::BTreeMap;

use crate::migrate::state::{FieldState, ModelKey, ProjectState};

/// The fields that point at each model, by `to` or by `through`. Proxies stand for the model beneath them.
pub(super) struct Relations<'a> {
    concrete: BTreeMap<ModelKey, ModelKey>,
    incoming: BTreeMap<ModelKey, Vec<(&'a ModelKey, &'a FieldState)>>,
}

impl<'a> Relations<'a> {
    pub(super) fn of(state: &'a ProjectState) -> Self {
        let concrete: BTreeMap<ModelKey, ModelKey> = state
            .models
            .keys()
            .map(|key| (key.clone(), concrete_key(state, key)))
            .collect();
        let mut incoming: BTreeMap<ModelKey, Vec<(&ModelKey, &FieldState)>> = BTreeMap::new();
        for (key, model) in &state.models {
            for field in &model.fields {
                let Some(relation) = &field.relation else {
                    continue;
                };
                for end in std::iter::once(&relation.to).chain(&relation.through) {
                    let end = concrete.get(end).unwrap_or(end).clone();
                    incoming.entry(end).or_default().push((key, field));
                }
            }
        }
        Relations { concrete, incoming }
    }

    /// The fields that point at a model, with the models they are of, sorted by these.
    pub(super) fn to(&self, model: &ModelKey) -> &[(&'a ModelKey, &'a FieldState)] {
        let concrete = self.concrete.get(model).unwrap_or(model);
        self.incoming.get(concrete).map_or(&[], Vec::as_slice)
    }
}

/// The model whose table a proxy shows; of another model, itself.
fn concrete_key(state: &ProjectState, key: &ModelKey) -> ModelKey {
    let mut key = key;
    for _ in 0..state.models.len() {
        match state.get(key) {
            Some(model) if model.options.proxy => match model.options.bases.first() {
                Some(base) => key = base,
                None => break,
            },
            _ => break,
        }
    }
    key.clone()
}

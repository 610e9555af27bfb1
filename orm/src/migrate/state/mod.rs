//! The state of a project: every model as the migrations know it, as plain data.
//!
//! It comes from the models of the program, from JSON, or from replaying migrations; two states that are equal need
//! no migration between them. Defaults of a kind of field (the length of a slug, the uniqueness of a one-to-one) are
//! filled in here and left out when written.

mod change;
mod field;
mod field_json;
mod from_meta;
#[cfg(test)]
mod from_meta_tests;
pub(crate) mod json;
mod key;
mod model;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use field::{FieldState, GeneratedState, OnDelete, RelationState};
pub use key::ModelKey;
pub use model::{
    ConstraintKind, ConstraintState, Deferrable, IndexState, ModelOptions, ModelState,
    default_table,
};

use crate::error::{Error, Result, suggestion};

/// The column of the place that a row has among those of one `order_with_respect_to`, and the name of its field.
pub(crate) const ORDER: &str = "_order";

/// Every model, sorted by app and name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProjectState {
    /// The models by their keys. States share them: a clone costs little, and what changes is copied then.
    pub models: BTreeMap<ModelKey, Arc<ModelState>>,
}

impl ProjectState {
    /// A state of these models.
    pub fn new(models: impl IntoIterator<Item = ModelState>) -> ProjectState {
        ProjectState {
            models: models
                .into_iter()
                .map(|model| (model.key(), Arc::new(model)))
                .collect(),
        }
    }

    /// The model of an app and a name, in whatever case.
    pub fn model(&self, app: &str, name: &str) -> Option<&ModelState> {
        self.get(&ModelKey::new(app, name))
    }

    /// The model of a key.
    pub fn get(&self, key: &ModelKey) -> Option<&ModelState> {
        self.models.get(key).map(Arc::as_ref)
    }

    /// The model of a key.
    ///
    /// # Errors
    /// If there is none; the message suggests the nearest name.
    pub fn expect(&self, key: &ModelKey) -> Result<&ModelState> {
        self.get(key).ok_or_else(|| self.unknown_model(key))
    }

    /// The model of a key, to be changed.
    ///
    /// # Errors
    /// If there is none; the message suggests the nearest name.
    pub fn expect_mut(&mut self, key: &ModelKey) -> Result<&mut ModelState> {
        if !self.models.contains_key(key) {
            return Err(self.unknown_model(key));
        }
        self.models
            .get_mut(key)
            .map(Arc::make_mut)
            .ok_or_else(|| Error::migration(format!("no model `{key}`")))
    }

    /// The table of a model; a proxy has that of the model beneath it.
    pub fn table_of(&self, model: &ModelState) -> String {
        self.concrete(model).table()
    }

    /// The model that has the table of a model: itself, or what it is a proxy of.
    pub fn concrete<'a>(&'a self, model: &'a ModelState) -> &'a ModelState {
        let mut model = model;
        for _ in 0..self.models.len() {
            let base = model.options.bases.first().and_then(|base| self.get(base));
            match base {
                Some(base) if model.options.proxy => model = base,
                _ => break,
            }
        }
        model
    }

    /// The fields of other models (and of the model itself) that point at a model by `to` or `through`.
    pub fn references_to<'a>(
        &'a self,
        key: &'a ModelKey,
    ) -> impl Iterator<Item = (&'a ModelState, &'a FieldState)> {
        self.models
            .values()
            .map(Arc::as_ref)
            .flat_map(move |model| {
                let fields = model
                    .fields
                    .iter()
                    .filter(move |field| field.references(key));
                fields.map(move |field| (model, field))
            })
    }

    fn unknown_model(&self, key: &ModelKey) -> Error {
        let names: Vec<String> = self.models.keys().map(ToString::to_string).collect();
        let hint = suggestion(&key.to_string(), names.iter().map(String::as_str));
        Error::migration(format!("no model `{key}` in the state{hint}"))
    }
}

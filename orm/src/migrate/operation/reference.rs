//! Which models and fields an operation speaks of: what may pass over it when operations are reordered.
//!
//! Where it cannot be known (SQL and Rust of the user's own), the answer is yes.

use super::*;
use crate::migrate::state::{FieldState, ModelKey};

impl Operation {
    /// Whether it may have to do with a model, in the app of its migration.
    pub fn references_model(&self, app: &str, key: &ModelKey) -> bool {
        let is_named = |name: &str| ModelKey::new(app, name) == *key;
        match self {
            Operation::CreateModel(op) => {
                is_named(&op.model)
                    || op.options.bases.contains(key)
                    || op.fields.iter().any(|field| field.references(key))
            }
            Operation::RenameModel(op) => is_named(&op.old_name) || is_named(&op.new_name),
            Operation::AddField(AddField { model, field, .. })
            | Operation::AlterField(AlterField { model, field, .. }) => {
                is_named(model) || field.references(key)
            }
            Operation::Elidable(inner) => inner.references_model(app, key),
            // A model that goes may have been pointing at any other.
            Operation::DeleteModel(_)
            | Operation::RunSql(_)
            | Operation::RunRust(_)
            | Operation::SeparateDatabaseAndState(_)
            | Operation::CreateExtension(_) => true,
            other => other.model().is_some_and(is_named),
        }
    }

    /// Whether it may have to do with a field of a model, in the app of its migration.
    pub fn references_field(&self, app: &str, key: &ModelKey, name: &str) -> bool {
        if !self.references_model(app, key) {
            return false;
        }
        let is_own = self
            .model()
            .is_some_and(|model| ModelKey::new(app, model) == *key);
        let is_named = |term: &String| is_term_of(term, name);
        match self {
            Operation::AddField(AddField { field, .. })
            | Operation::AlterField(AlterField { field, .. }) => {
                (is_own && (field.name == name || field.mentions(name)))
                    || field.points_at(key, name)
            }
            Operation::RemoveField(op) => op.name == name,
            Operation::RenameField(op) => op.old_name == name || op.new_name == name,
            Operation::AlterUniqueTogether(op) => {
                op.unique_together.is_empty() || op.unique_together.iter().flatten().any(is_named)
            }
            Operation::AlterOrderWithRespectTo(op) => {
                op.order_with_respect_to.as_ref().is_none_or(is_named)
            }
            Operation::AddIndex(op) => op
                .index
                .referenced_fields()
                .iter()
                .any(|term| is_term_of(term, name)),
            Operation::AddConstraint(AddConstraint { constraint, .. })
            | Operation::AlterConstraint(AlterConstraint { constraint, .. }) => constraint
                .referenced_fields()
                .iter()
                .any(|term| is_term_of(term, name)),
            Operation::AlterModelTable(_) | Operation::AlterModelTableComment(_) => false,
            Operation::Elidable(inner) => inner.references_field(app, key, name),
            _ => true,
        }
    }
}

impl FieldState {
    /// Whether it is computed from, or made of, a field of its own model.
    fn mentions(&self, name: &str) -> bool {
        let sources = self
            .generated
            .iter()
            .flat_map(|generated| generated.expression.fields());
        let parts = self.fields.iter().map(String::as_str);
        sources.chain(parts).any(|term| is_term_of(term, name))
    }

    /// Whether it may point at a field of a model: a relation that does not name the field may point at any.
    fn points_at(&self, key: &ModelKey, name: &str) -> bool {
        self.relation.as_ref().is_some_and(|relation| {
            let by_key =
                relation.to == *key && relation.to_field.as_ref().is_none_or(|field| field == name);
            let is_through = relation.through.as_ref() == Some(key);
            let by_through = is_through
                && (relation.through_fields.is_empty()
                    || relation.through_fields.iter().any(|field| field == name));
            by_key || by_through
        })
    }
}

/// Whether a term (`author`, `author_id`) means a field.
fn is_term_of(term: &str, name: &str) -> bool {
    term == name || term.strip_suffix("_id") == Some(name)
}

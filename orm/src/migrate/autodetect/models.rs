//! Models that came and went.

use std::collections::BTreeSet;

use super::{Dependency, Detector, Event, each_once, relation_needs};
use crate::meta::kind::FieldKind;
use crate::migrate::operation::{
    AddConstraint, AddField, AddIndex, AlterField, AlterOrderWithRespectTo, AlterUniqueTogether,
    CreateModel, DeleteModel, Operation, RemoveField,
};
use crate::migrate::state::{FieldState, ModelKey, ModelState};

impl Detector<'_> {
    /// Generates the deletion of models: first of what holds them together with others, then of themselves.
    pub(super) fn delete_models(&mut self) {
        let is_gone =
            |key: &&ModelKey| !self.new.models.contains(key) && !self.new.unmanaged.contains(key);
        let gone: Vec<ModelKey> = self
            .old
            .models
            .iter()
            .filter(is_gone)
            .chain(self.old.unmanaged.iter().filter(is_gone))
            .cloned()
            .collect();
        for key in gone {
            self.delete_model(&key);
        }
    }

    fn delete_model(&mut self, key: &ModelKey) {
        let model = &self.from.models[key];
        if !model.options.unique_together.is_empty() {
            let operation = Operation::AlterUniqueTogether(AlterUniqueTogether {
                model: model.name.clone(),
                unique_together: Vec::new(),
            });
            self.push(&key.app, operation, Vec::new());
        }
        let mut related: Vec<&FieldState> = model
            .fields
            .iter()
            .filter(|field| field.relation.is_some())
            .collect();
        related.sort_by(|a, b| a.name.cmp(&b.name));
        for field in &related {
            let operation = Operation::RemoveField(RemoveField {
                model: model.name.clone(),
                name: field.name.clone(),
            });
            self.push(&key.app, operation, Vec::new());
        }
        let mut dependencies = Vec::new();
        for (holder, field) in self.old_relations.to(key) {
            let holder = self.new_key(holder);
            dependencies.push(Dependency::new(
                &holder,
                Event::FieldRemoved(field.name.clone()),
            ));
            if field.kind != FieldKind::ManyToMany {
                dependencies.push(Dependency::new(
                    &holder,
                    Event::FieldAltered(field.name.clone()),
                ));
            }
        }
        let own = related
            .iter()
            .map(|field| Dependency::new(key, Event::FieldRemoved(field.name.clone())));
        dependencies.extend(own);
        if let Some((user, field)) = self.through_users.get(key) {
            dependencies.push(Dependency::new(user, Event::FieldRemoved(field.clone())));
        }
        let operation = Operation::DeleteModel(DeleteModel {
            model: model.name.clone(),
        });
        self.push(&key.app, operation, each_once(dependencies));
    }

    /// Generates the creation of models, and apart from it of everything that others may have to come before: the
    /// optimiser puts together again what can be.
    pub(super) fn create_models(&mut self) {
        let is_new =
            |key: &&ModelKey| !self.old.models.contains(key) && !self.old.unmanaged.contains(key);
        let new: Vec<ModelKey> = self
            .new
            .models
            .iter()
            .rev()
            .filter(is_new)
            .chain(self.new.unmanaged.iter().rev().filter(is_new))
            .cloned()
            .collect();
        for key in new {
            self.create_model(&key);
        }
    }

    fn create_model(&mut self, key: &ModelKey) {
        let model = self.new_model(key);
        let is_later = |field: &&FieldState| is_added_later(field);
        let mut later: Vec<&FieldState> = model.fields.iter().filter(is_later).collect();
        later.sort_by(|a, b| a.name.cmp(&b.name));

        let mut create = CreateModel::from_state(model);
        create.fields.retain(|field| !is_added_later(field));
        if model.options.managed {
            create.indexes.clear();
            create.constraints.clear();
            create.options.unique_together.clear();
            create.options.order_with_respect_to = None;
        }
        let dependencies = self.needs_of_creation(key, model);
        // The last one created stands first: so models come in the order of their names.
        self.operations.entry(key.app.clone()).or_default().insert(
            0,
            super::Pending {
                operation: Operation::CreateModel(create),
                dependencies,
            },
        );
        for field in &later {
            let mut dependencies = relation_needs(field);
            dependencies.push(Dependency::new(key, Event::Created));
            let operation = Operation::AddField(AddField::new(&model.name, (*field).clone()));
            self.push(&key.app, operation, each_once(dependencies));
        }
        if model.options.managed {
            self.complete_model(key, model, &later);
            self.repoint_to_former_proxy(key);
        }
    }

    /// What a model's creation must come after.
    fn needs_of_creation(&self, key: &ModelKey, model: &ModelState) -> Vec<Dependency> {
        // A proxy that had the name.
        let mut dependencies = vec![Dependency::new(key, Event::Removed)];
        for base in &model.options.bases {
            dependencies.push(Dependency::new(base, Event::Created));
            let (Some(before), Some(after)) = (self.from.get(base), self.to.get(base)) else {
                continue;
            };
            // A field that moved here from the base.
            let moved: BTreeSet<&str> = before
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .filter(|name| after.field(name).is_none() && model.field(name).is_some())
                .collect();
            let removed = moved
                .into_iter()
                .map(|name| Event::FieldRemoved(name.to_owned()));
            dependencies.extend(removed.map(|event| Dependency::new(base, event)));
        }
        let key_relation = model
            .fields
            .iter()
            .rfind(|field| field.primary_key && field.relation.is_some());
        if let Some(to) = key_relation.and_then(FieldState::to) {
            dependencies.push(Dependency::new(to, Event::Created));
        }
        dependencies
    }

    /// Generates what comes after a model's creation, since it may speak of fields that come after it too.
    fn complete_model(&mut self, key: &ModelKey, model: &ModelState, later: &[&FieldState]) {
        let created = || Dependency::new(key, Event::Created);
        if let Some(field) = &model.options.order_with_respect_to {
            let operation = Operation::AlterOrderWithRespectTo(AlterOrderWithRespectTo {
                model: model.name.clone(),
                order_with_respect_to: Some(field.clone()),
            });
            let needed = Dependency::new(key, Event::FieldCreated(field.clone()));
            self.push(&key.app, operation, vec![needed, created()]);
        }
        let mut dependencies: Vec<Dependency> = later
            .iter()
            .map(|field| Dependency::new(key, Event::FieldCreated(field.name.clone())))
            .collect();
        dependencies.push(created());
        let indexes = model.indexes.iter().map(|index| {
            Operation::AddIndex(AddIndex {
                model: model.name.clone(),
                index: index.clone(),
            })
        });
        let constraints = model.constraints.iter().map(|constraint| {
            Operation::AddConstraint(AddConstraint {
                model: model.name.clone(),
                constraint: constraint.clone(),
                not_valid: false,
            })
        });
        let together = (!model.options.unique_together.is_empty()).then(|| {
            Operation::AlterUniqueTogether(AlterUniqueTogether {
                model: model.name.clone(),
                unique_together: model.options.unique_together.clone(),
            })
        });
        for operation in indexes.chain(constraints).chain(together) {
            self.push(&key.app, operation, dependencies.clone());
        }
    }

    /// The foreign keys that pointed at a proxy, and so at the table beneath it, point at a table of its own now.
    fn repoint_to_former_proxy(&mut self, key: &ModelKey) {
        if !self.old.proxies.contains(key) {
            return;
        }
        let incoming: Vec<(ModelKey, FieldState)> = self
            .new_relations
            .to(key)
            .iter()
            .filter(|(holder, field)| self.was_there(holder, &field.name))
            .map(|(holder, field)| ((*holder).clone(), (*field).clone()))
            .collect();
        for (holder, field) in incoming {
            let operation =
                Operation::AlterField(AlterField::new(&self.new_model(&holder).name, field));
            self.push(
                &holder.app,
                operation,
                vec![Dependency::new(key, Event::Created)],
            );
        }
    }

    /// Whether a model had a field of this name before.
    fn was_there(&self, model: &ModelKey, field: &str) -> bool {
        let before = self
            .from
            .get(self.renamed_models.get(model).unwrap_or(model));
        before.is_some_and(|before| before.field(field).is_some())
    }

    pub(super) fn delete_proxies(&mut self) {
        let gone: Vec<ModelKey> = self
            .old
            .proxies
            .difference(&self.new.proxies)
            .cloned()
            .collect();
        for key in gone {
            let operation = Operation::DeleteModel(DeleteModel {
                model: self.from.models[&key].name.clone(),
            });
            self.push(&key.app, operation, Vec::new());
        }
    }

    pub(super) fn create_proxies(&mut self) {
        let new: Vec<ModelKey> = self
            .new
            .proxies
            .difference(&self.old.proxies)
            .cloned()
            .collect();
        for key in new {
            let model = self.new_model(&key);
            let mut create = CreateModel::from_state(model);
            create.fields.clear();
            let mut dependencies = vec![Dependency::new(&key, Event::Removed)];
            dependencies.extend(
                model
                    .options
                    .bases
                    .iter()
                    .map(|base| Dependency::new(base, Event::Created)),
            );
            self.push(&key.app, Operation::CreateModel(create), dependencies);
        }
    }
}

/// Whether a field of a new model is added after its creation: relations are, so that models may point at each other,
/// but for those without which the table cannot be made.
fn is_added_later(field: &FieldState) -> bool {
    field.relation.as_ref().is_some_and(|relation| {
        relation.through.is_some() || (!field.primary_key && !relation.parent_link)
    })
}

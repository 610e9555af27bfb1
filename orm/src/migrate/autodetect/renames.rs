//! Renamed models and fields: found by equal definitions and asked about, or known beforehand.

use std::collections::BTreeMap;

use super::questioner::{Question, QuestionKind};
use super::{Dependency, Detector, Event, FieldKey, relation_needs};
use crate::migrate::operation::{AlterField, Operation, RenameField, RenameModel};
use crate::migrate::state::{FieldState, ModelKey, ModelState};

/// A field that got another name.
pub(super) struct RenamedField {
    model: ModelKey,
    old: String,
    new: String,
}

impl Detector<'_> {
    /// Finds the models that got another name. Must come first: everything else asks what a model was called before.
    pub(super) fn rename_models(&mut self) {
        let added: Vec<ModelKey> = self
            .new
            .models
            .difference(&self.old.models)
            .cloned()
            .collect();
        for new in added {
            let mut removed: Vec<ModelKey> = self
                .old
                .models
                .difference(&self.new.models)
                .filter(|old| old.app == new.app)
                .cloned()
                .collect();
            // One that is there no more at all comes before one that is a proxy or unmanaged now.
            removed.sort_by_key(|old| self.to.models.contains_key(old));
            if let Some(old) = self.old_name_of_model(&new, &removed) {
                self.rename_model(&old, &new);
            }
        }
    }

    fn old_name_of_model(&mut self, new: &ModelKey, removed: &[ModelKey]) -> Option<ModelKey> {
        let told = |name: &str| !name.is_empty() && ModelKey::new(&new.app, name) == *new;
        let known = removed.iter().find(|old| {
            self.questioner
                .model_renamed_to(old)
                .is_some_and(|name| told(&name))
        });
        if let Some(old) = known {
            return Some(old.clone());
        }
        for old in removed {
            let is_told = self.questioner.model_renamed_to(old).is_some();
            let (before, after) = (&self.from.models[old], self.new_model(new));
            if is_told || !is_same_definition(before, after) {
                continue;
            }
            let question = Question {
                kind: QuestionKind::RenameModel,
                model: after.key(),
                old_name: Some(before.name.clone()),
                field: None,
            };
            match self.questioner.ask_rename_model(&question) {
                Some(true) => return Some(old.clone()),
                Some(false) => {}
                None => self.questions.push(question),
            }
        }
        None
    }

    fn rename_model(&mut self, old: &ModelKey, new: &ModelKey) {
        let model = self.new_model(new);
        let mut dependencies: Vec<Dependency> =
            model.fields.iter().flat_map(relation_needs).collect();
        let incoming = self.new_relations.to(new).iter();
        dependencies.extend(incoming.map(|(holder, _)| Dependency::new(holder, Event::Created)));
        let operation = Operation::RenameModel(RenameModel {
            old_name: self.from.models[old].name.clone(),
            new_name: model.name.clone(),
        });
        self.push(&new.app, operation, dependencies);
        self.renamed_models.insert(new.clone(), old.clone());
        self.new_models.insert(old.clone(), new.clone());
        self.old.models.remove(old);
        self.old.models.insert(new.clone());
    }

    /// Finds the fields that got another name, model by model.
    pub(super) fn find_renamed_fields(&mut self) -> Vec<RenamedField> {
        let mut removed: BTreeMap<ModelKey, Vec<String>> = BTreeMap::new();
        for (model, field) in self.removed_fields() {
            removed.entry(model).or_default().push(field);
        }
        let mut renames = Vec::new();
        for (model, new) in self.added_fields() {
            let Some(candidates) = removed.get_mut(&model) else {
                continue;
            };
            let Some(old) = self.old_name_of_field(&model, &new, candidates) else {
                self.warn_of_lost_field(&model, &new, candidates);
                continue;
            };
            candidates.retain(|field| *field != old);
            self.renamed_fields
                .insert((model.clone(), new.clone()), old.clone());
            self.new_names
                .insert((model.clone(), old.clone()), new.clone());
            renames.push(RenamedField { model, old, new });
        }
        renames
    }

    /// Says what would have to be answered if a field of another definition, but of the same kind, is the same one: it
    /// is not asked about, and what it holds is lost.
    fn warn_of_lost_field(&mut self, key: &ModelKey, new: &str, removed: &[String]) {
        let (old_model, model) = (self.old_model(key), self.new_model(key));
        let kind = model.field(new).map(|field| field.kind);
        let alike = removed.iter().filter(|old| {
            let before = old_model.field(old);
            before.map(|field| field.kind) == kind && self.told_new_name(key, old).is_none()
        });
        let is_asked = |old: &str| {
            let of_pair = |question: &Question| {
                question.old_name.as_deref() == Some(old)
                    && question.field_name() == new
                    && question.model == *key
            };
            self.questions.iter().any(of_pair)
        };
        let is_same = |old: &str| {
            let pair = old_model.field(old).zip(model.field(new));
            pair.is_some_and(|(before, after)| self.is_same_but_for_name(before, after))
        };
        let lost: Vec<String> = alike
            .filter(|old| !is_asked(old) && !is_same(old))
            .map(|old| {
                let ModelKey { app, name } = model.key();
                format!(
                    "`{app}.{name}.{old}` is removed with what it holds, and `{new}` added; if it was renamed, say \
                     --rename {app}.{name}.{old}={new}"
                )
            })
            .collect();
        self.warnings.extend(lost);
    }

    fn old_name_of_field(
        &mut self,
        key: &ModelKey,
        new: &str,
        removed: &[String],
    ) -> Option<String> {
        let old_model = self.old_model(key);
        let after = self.new_model(key).field(new)?;
        let known = removed.iter().find(|old| {
            let is_told = self.told_new_name(key, old).is_some_and(|name| name == new);
            is_told
                && old_model
                    .field(old)
                    .is_some_and(|before| can_alter(before, after))
        });
        if let Some(old) = known {
            return Some(old.clone());
        }
        for old in removed {
            let Some(before) = old_model.field(old) else {
                continue;
            };
            if self.told_new_name(key, old).is_some() || !self.is_same_but_for_name(before, after) {
                continue;
            }
            let question = Question {
                kind: QuestionKind::RenameField,
                model: self.new_model(key).key(),
                old_name: Some(old.clone()),
                field: Some(after.clone()),
            };
            match self.questioner.ask_rename_field(&question) {
                Some(true) => return Some(old.clone()),
                Some(false) => {}
                None => self.questions.push(question),
            }
        }
        None
    }

    /// What is known beforehand of a field's new name, whichever of its names the model goes by.
    fn told_new_name(&self, model: &ModelKey, old: &str) -> Option<String> {
        let by_old_model = || {
            self.questioner
                .field_renamed_to(self.renamed_models.get(model)?, old)
        };
        self.questioner
            .field_renamed_to(model, old)
            .or_else(by_old_model)
    }

    /// Whether only the name differs, and perhaps the new one says which column the old one had.
    fn is_same_but_for_name(&self, before: &FieldState, after: &FieldState) -> bool {
        let mut before = before.clone();
        if let Some(relation) = before
            .relation
            .as_mut()
            .filter(|_| after.relation.is_some())
        {
            relation.to = self.new_key(&relation.to);
        }
        if before.equals_but_for_name(after) {
            return true;
        }
        before.column = before.has_column().then(|| before.column());
        before.column.is_some() && before.equals_but_for_name(after)
    }

    /// Generates the operations for the renamed fields.
    pub(super) fn rename_fields(&mut self, renames: Vec<RenamedField>) {
        for RenamedField { model, old, new } in renames {
            let (Some(before), Some(after)) = (
                self.old_model(&model).field(&old),
                self.new_model(&model).field(&new),
            ) else {
                continue;
            };
            let name = self.new_model(&model).name.clone();
            // The column is fixed first, so that the new name does not move it.
            if before.column != after.column && self.is_same_but_for_name(before, after) {
                let mut field = after.clone();
                field.name.clone_from(&old);
                self.push(
                    &model.app,
                    Operation::AlterField(AlterField::new(&name, field)),
                    Vec::new(),
                );
            }
            let operation = Operation::RenameField(RenameField {
                model: name,
                old_name: old.clone(),
                new_name: new.clone(),
            });
            self.push(&model.app, operation, Vec::new());
            let old_key: FieldKey = (model.clone(), old);
            self.old_fields.remove(&old_key);
            self.old_fields.insert((model, new));
        }
    }
}

/// Whether one can be altered into the other, which a many-to-many and a column cannot.
pub(super) fn can_alter(before: &FieldState, after: &FieldState) -> bool {
    use crate::meta::kind::FieldKind::ManyToMany;
    (before.kind == ManyToMany) == (after.kind == ManyToMany)
}

/// Whether two models have the same fields, whatever their relations point at: with a model's name, those change too.
fn is_same_definition(before: &ModelState, after: &ModelState) -> bool {
    if before.fields.len() != after.fields.len() {
        return false;
    }
    // As in Django the names decide the order only, and are not compared themselves.
    let by_name = |model: &ModelState| {
        let mut fields: Vec<FieldState> = model.fields.clone();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        for field in &mut fields {
            field.name.clear();
            if let Some(relation) = &mut field.relation {
                relation.to = ModelKey::new("", "");
            }
        }
        fields
    };
    by_name(before) == by_name(after)
}

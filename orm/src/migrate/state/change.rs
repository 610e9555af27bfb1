//! Changes of the state that reach beyond one model: models that come, go and are renamed, and fields that are
//! renamed, with everything that speaks of them.

use std::mem::replace;
use std::sync::Arc;

use super::{FieldState, ModelKey, ModelOptions, ModelState, ProjectState};
use crate::error::{Error, Result};
use crate::meta::condition::{Condition, Expression};

impl ProjectState {
    /// The state without the order in which the parts of its models came: to compare two that should be alike.
    #[must_use]
    pub fn sorted(mut self) -> ProjectState {
        for model in self.models.values_mut().map(Arc::make_mut) {
            model.fields.sort_by(|a, b| a.name.cmp(&b.name));
            model.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            model.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self
    }

    /// Adds a model.
    ///
    /// # Errors
    /// If there is one of the name already, or two of its fields have one name.
    pub fn add_model(&mut self, mut model: ModelState) -> Result<()> {
        let key = model.key();
        if self.models.contains_key(&key) {
            return Err(Error::migration(format!(
                "there is a model `{key}` already"
            )));
        }
        model.canonicalize();
        model.check_names()?;
        self.models.insert(key, Arc::new(model));
        Ok(())
    }

    /// Takes a model out.
    ///
    /// # Errors
    /// If there is none of the name.
    pub fn remove_model(&mut self, key: &ModelKey) -> Result<ModelState> {
        self.expect(key)?;
        self.models
            .remove(key)
            .map(Arc::unwrap_or_clone)
            .ok_or_else(|| Error::migration(format!("no model `{key}`")))
    }

    /// Gives a model another name. Its default table follows, and so does every reference to it.
    ///
    /// # Errors
    /// If there is none of the name, or there is one of the new name already.
    pub fn rename_model(&mut self, key: &ModelKey, new_name: &str) -> Result<()> {
        let new = ModelKey::new(&key.app, new_name);
        self.expect(key)?;
        if new != *key && self.models.contains_key(&new) {
            return Err(Error::migration(format!(
                "there is a model `{new}` already"
            )));
        }
        let mut model = self.remove_model(key)?;
        new_name.clone_into(&mut model.name);
        model.canonicalize();
        self.models.insert(new.clone(), Arc::new(model));
        for model in self.models.values_mut().filter(|it| it.points_at(key)) {
            let model = Arc::make_mut(model);
            model.repoint(key, &new);
            model.canonicalize();
        }
        Ok(())
    }

    /// Gives a field another name, in its place. Everything that speaks of it follows: indexes, constraints and
    /// options of its model, keys and many-to-many fields of others that point at it.
    ///
    /// # Errors
    /// If there is no such field, or there is one of the new name already.
    pub fn rename_field(&mut self, key: &ModelKey, old: &str, new: &str) -> Result<()> {
        let model = self.expect_mut(key)?;
        if new != old && model.field(new).is_some() {
            return Err(Error::migration(format!(
                "`{key}` has a field `{new}` already"
            )));
        }
        model.rename_own_field(old, new)?;
        for model in self.models.values_mut().filter(|it| it.points_at(key)) {
            for field in &mut Arc::make_mut(model).fields {
                field.follow_rename(key, old, new);
            }
        }
        Ok(())
    }
}

impl ModelState {
    /// Adds a field at the end.
    ///
    /// # Errors
    /// If there is one of the name already.
    pub fn add_field(&mut self, field: FieldState) -> Result<()> {
        if self.field(&field.name).is_some() {
            let message = format!(
                "`{}.{}` has a field `{}` already",
                self.app, self.name, field.name
            );
            return Err(Error::migration(message));
        }
        self.fields.push(field);
        Ok(())
    }

    /// The field of a name as conditions, indexes and constraints may write it: a foreign key `author` is `author_id`
    /// too, and the primary key `pk`.
    pub fn named(&self, name: &str) -> Option<&FieldState> {
        let by_key = || {
            let name = name.strip_suffix("_id")?;
            self.field(name)
                .filter(|field| field.relation.is_some() && field.has_column())
        };
        let by_pk = || self.primary_key().filter(|_| name == "pk");
        self.field(name).or_else(by_key).or_else(by_pk)
    }

    /// Whether a relation or a base of it is a model.
    fn points_at(&self, key: &ModelKey) -> bool {
        self.options.bases.contains(key) || self.fields.iter().any(|field| field.references(key))
    }

    /// Puts one model in the place of another wherever it is pointed at.
    fn repoint(&mut self, old: &ModelKey, new: &ModelKey) {
        let relations = self
            .fields
            .iter_mut()
            .filter_map(|field| field.relation.as_mut());
        let keys = relations.flat_map(|relation| {
            std::iter::once(&mut relation.to).chain(relation.through.as_mut())
        });
        for key in keys.chain(&mut self.options.bases) {
            if key == old {
                key.clone_from(new);
            }
        }
    }

    fn rename_own_field(&mut self, old: &str, new: &str) -> Result<()> {
        let is_key = {
            let field = self.expect_field_mut(old)?;
            new.clone_into(&mut field.name);
            field.relation.is_some() && field.has_column()
        };
        self.rename_mentions(old, new);
        if is_key {
            self.rename_mentions(&format!("{old}_id"), &format!("{new}_id"));
        }
        self.canonicalize();
        Ok(())
    }

    /// Renames a field in everything of this model that speaks of it.
    fn rename_mentions(&mut self, old: &str, new: &str) {
        self.options.rename_mentions(old, new);
        for index in &mut self.indexes {
            index
                .fields
                .iter_mut()
                .chain(&mut index.include)
                .for_each(|term| rename_term(term, old, new));
            rename_in(&mut index.condition, &mut index.expressions, old, new);
        }
        for constraint in &mut self.constraints {
            constraint
                .fields
                .iter_mut()
                .chain(&mut constraint.include)
                .for_each(|term| rename_term(term, old, new));
            rename_in(
                &mut constraint.condition,
                &mut constraint.expressions,
                old,
                new,
            );
            constraint
                .elements
                .iter_mut()
                .for_each(|(expression, _)| expression.rename_field(old, new));
        }
        for field in &mut self.fields {
            field
                .fields
                .iter_mut()
                .for_each(|term| rename_term(term, old, new));
            if let Some(generated) = &mut field.generated {
                generated.expression.rename_field(old, new);
            }
        }
    }
}

impl ModelOptions {
    fn rename_mentions(&mut self, old: &str, new: &str) {
        let terms = self.ordering.iter_mut().chain(&mut self.get_latest_by);
        let terms = terms
            .chain(self.unique_together.iter_mut().flatten())
            .chain(&mut self.order_with_respect_to);
        terms.for_each(|term| rename_term(term, old, new));
        self.unique_together.sort();
    }
}

impl FieldState {
    /// Follows the renaming of a field of a model, where this field points at it.
    fn follow_rename(&mut self, key: &ModelKey, old: &str, new: &str) {
        let Some(relation) = &mut self.relation else {
            return;
        };
        if relation.to == *key {
            relation
                .to_field
                .iter_mut()
                .for_each(|field| rename_term(field, old, new));
            relation
                .limit_choices_to
                .iter_mut()
                .for_each(|condition| condition.rename_field(old, new));
        }
        if relation.through.as_ref() == Some(key) {
            relation
                .through_fields
                .iter_mut()
                .for_each(|field| rename_term(field, old, new));
        }
    }
}

fn rename_in(
    condition: &mut Option<Condition>,
    expressions: &mut [Expression],
    old: &str,
    new: &str,
) {
    condition
        .iter_mut()
        .for_each(|condition| condition.rename_field(old, new));
    expressions
        .iter_mut()
        .for_each(|expression| expression.rename_field(old, new));
}

/// Renames the field at the head of a term, which may be `-field` and `field__further`.
fn rename_term(term: &mut String, old: &str, new: &str) {
    let (sign, path) = term
        .strip_prefix('-')
        .map_or(("", term.as_str()), |path| ("-", path));
    let (head, tail) = path
        .split_once("__")
        .map_or((path, None), |(head, tail)| (head, Some(tail)));
    if head == old {
        let tail = tail.map(|tail| format!("__{tail}")).unwrap_or_default();
        let renamed = format!("{sign}{new}{tail}");
        drop(replace(term, renamed));
    }
}

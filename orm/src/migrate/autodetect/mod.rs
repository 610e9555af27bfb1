//! The autodetector: from two states to the migrations that lead from one to the other.
//!
//! [`diff`] is pure. It compares the states as Django's autodetector does and in the same order, so that its answers
//! are Django's: renames first, since everything else depends on them; then operations one by one, each with what it
//! must come after (`order`); then the lists of the apps sorted, cut into migrations where apps need each other, each
//! migration made shorter by the optimiser, named and numbered after the newest that exists.
//!
//! Where this differs from Django on purpose stands in the table of the parity test.

mod answers;
mod constraints;
mod fields;
mod indexes;
mod models;
pub mod naming;
mod options;
mod order;
mod questioner;
mod relations;
mod renames;
mod sound;

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub use answers::Answers;
pub use questioner::{OneOff, Question, QuestionKind, Questioner};

use serde_json::{Value, json};

use self::order::{Dependency, Draft, Event, Link, Pending};
use self::relations::Relations;
use super::files::{Migration, MigrationKey};
use super::graph::MigrationGraph;
use super::operation::Operation;
use super::optimize::optimize;
use super::state::{FieldState, ModelKey, ModelState, ProjectState};
use crate::error::Result;

/// What lies between two states.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// The migrations, in an order in which they can be applied. With open questions they are those that a "no" to
    /// every question would give, and only good to look at.
    pub migrations: Vec<Migration>,
    /// The questions that nobody answered.
    pub questions: Vec<Question>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

impl Diff {
    /// What `migrate diff --format json` prints: `{"questions": […]}` if any are open, else `{"migrations": […]}`.
    pub fn to_json(&self) -> Value {
        if !self.questions.is_empty() {
            let questions: Vec<Value> = self.questions.iter().map(Question::to_json).collect();
            return json!({"questions": questions});
        }
        let migration = |migration: &Migration| {
            let names: Vec<String> = migration
                .dependencies
                .iter()
                .map(ToString::to_string)
                .collect();
            let operations: Vec<Value> = migration
                .operations
                .iter()
                .map(Operation::to_json)
                .collect();
            json!({
                "app": migration.app,
                "name": migration.name,
                "dependencies": names,
                "operations": operations,
            })
        };
        json!({"migrations": self.migrations.iter().map(migration).collect::<Vec<Value>>()})
    }
}

/// The migrations that lead from one state to another, numbered after those of the graph.
///
/// # Errors
/// When the operations need each other in a circle.
pub fn diff(
    from: &ProjectState,
    to: &ProjectState,
    questioner: &mut dyn Questioner,
    graph: &MigrationGraph,
) -> Result<Diff> {
    let mut detector = Detector::new(from, to, questioner);
    detector.detect();
    let Detector {
        operations,
        questions,
        warnings,
        ..
    } = detector;
    let drafts = sound::drafts(from, to, operations, graph)?;
    let known_apps: HashSet<&str> = from.models.keys().map(|key| key.app.as_str()).collect();
    Ok(Diff {
        migrations: arrange(drafts, graph, &known_apps),
        questions,
        warnings,
    })
}

/// Keeps the migrations of the given apps, and those of others that these need.
pub fn trim_to_apps(migrations: Vec<Migration>, apps: &[String]) -> Vec<Migration> {
    let mut needed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for migration in &migrations {
        let apps = migration
            .dependencies
            .iter()
            .map(|dependency| dependency.app.as_str());
        needed.entry(&migration.app).or_default().extend(apps);
    }
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<&str> = apps.iter().map(String::as_str).collect();
    while let Some(app) = next.pop() {
        if kept.insert(app.to_owned()) {
            next.extend(needed.get(app).into_iter().flatten());
        }
    }
    migrations
        .into_iter()
        .filter(|migration| kept.contains(&migration.app))
        .collect()
}

/// Names and numbers the drafts, and makes them shorter.
fn arrange(
    drafts: Vec<Draft>,
    graph: &MigrationGraph,
    known_apps: &HashSet<&str>,
) -> Vec<Migration> {
    let mut names: BTreeMap<(String, usize), String> = BTreeMap::new();
    let mut migrations = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let leaf = graph
            .leaves(Some(&draft.app))
            .first()
            .map(|leaf| (*leaf).clone());
        let operations = optimize(draft.operations, &draft.app);
        let first = leaf
            .as_ref()
            .and_then(|leaf| naming::number_of(&leaf.name))
            .unwrap_or(0)
            + 1;
        let number = first as usize + draft.place;
        let is_initial = !known_apps.contains(draft.app.as_str());
        let words = if is_initial || (draft.place == 0 && leaf.is_none()) {
            "initial".to_owned()
        } else {
            naming::suggest(&operations)
        };
        let name = format!("{number:04}_{words}");
        names.insert((draft.app.clone(), draft.place), name.clone());
        let mut dependencies: BTreeSet<MigrationKey> = draft
            .dependencies
            .into_iter()
            .filter_map(|link| match link {
                Link::New(app, place) => {
                    let name = names.get(&(app.clone(), place))?;
                    Some(MigrationKey::new(app, name))
                }
                Link::Existing(key) => Some(key),
            })
            .collect();
        dependencies.extend(leaf.filter(|_| draft.place == 0));
        migrations.push(Migration {
            app: draft.app,
            name,
            dependencies: dependencies.into_iter().collect(),
            // The first is seen to be by depending on none of its app; a second one of a new app has to say so.
            initial: (is_initial && 0 < draft.place).then_some(true),
            operations,
            ..Migration::default()
        });
    }
    migrations
}

/// The models of a state by how they are treated.
#[derive(Default)]
struct Keys {
    models: BTreeSet<ModelKey>,
    proxies: BTreeSet<ModelKey>,
    unmanaged: BTreeSet<ModelKey>,
}

impl Keys {
    fn of(state: &ProjectState) -> Self {
        let mut keys = Keys::default();
        for (key, model) in &state.models {
            let set = if !model.options.managed {
                &mut keys.unmanaged
            } else if model.options.proxy {
                &mut keys.proxies
            } else {
                &mut keys.models
            };
            set.insert(key.clone());
        }
        keys
    }
}

/// A field of a model.
type FieldKey = (ModelKey, String);

/// Everything that is known while two states are compared.
struct Detector<'a> {
    from: &'a ProjectState,
    to: &'a ProjectState,
    questioner: &'a mut dyn Questioner,
    old: Keys,
    new: Keys,
    old_relations: Relations<'a>,
    new_relations: Relations<'a>,
    /// The old names of renamed models, by the new ones.
    renamed_models: BTreeMap<ModelKey, ModelKey>,
    /// The new names of renamed models, by the old ones.
    new_models: BTreeMap<ModelKey, ModelKey>,
    /// The old names of renamed fields, by the new ones; models go by their new names.
    renamed_fields: BTreeMap<FieldKey, String>,
    /// The new names of renamed fields, by the old ones; models go by their new names.
    new_names: BTreeMap<FieldKey, String>,
    /// The fields of models that stay, before and after; models go by their new names.
    old_fields: BTreeSet<FieldKey>,
    new_fields: BTreeSet<FieldKey>,
    /// The many-to-many field that goes through a model.
    through_users: BTreeMap<ModelKey, FieldKey>,
    operations: BTreeMap<String, Vec<Pending>>,
    questions: Vec<Question>,
    warnings: Vec<String>,
}

impl<'a> Detector<'a> {
    fn new(
        from: &'a ProjectState,
        to: &'a ProjectState,
        questioner: &'a mut dyn Questioner,
    ) -> Self {
        Detector {
            from,
            to,
            questioner,
            old: Keys::of(from),
            new: Keys::of(to),
            old_relations: Relations::of(from),
            new_relations: Relations::of(to),
            renamed_models: BTreeMap::new(),
            new_models: BTreeMap::new(),
            renamed_fields: BTreeMap::new(),
            new_names: BTreeMap::new(),
            old_fields: BTreeSet::new(),
            new_fields: BTreeSet::new(),
            through_users: BTreeMap::new(),
            operations: BTreeMap::new(),
            questions: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Generates the operations. The order of these steps is the order of operations that need nothing of each other.
    fn detect(&mut self) {
        self.rename_models();
        self.list_fields();
        self.find_through_users();
        self.delete_models();
        self.create_models();
        self.delete_proxies();
        self.create_proxies();
        self.alter_options();
        self.alter_comments();
        let field_renames = self.find_renamed_fields();
        let indexes = self.compare_indexes();
        let constraints = self.compare_constraints();
        self.remove_constraints(&constraints);
        self.remove_indexes(&indexes);
        self.rename_fields(field_renames);
        self.rename_indexes(&indexes);
        self.narrow_unique_together();
        self.remove_fields();
        self.add_fields();
        self.alter_fields();
        self.alter_order_with_respect_to();
        self.widen_unique_together();
        self.add_indexes(&indexes);
        self.add_constraints(&constraints);
        self.alter_constraints(&constraints);
        self.alter_tables();
    }

    fn push(&mut self, app: &str, operation: Operation, dependencies: Vec<Dependency>) {
        self.operations
            .entry(app.to_owned())
            .or_default()
            .push(Pending {
                operation,
                dependencies,
            });
    }

    /// Lists the fields of the models that are in both states.
    fn list_fields(&mut self) {
        for key in self.kept() {
            let old = self.old_model(&key).fields.iter();
            self.old_fields
                .extend(old.map(|field| (key.clone(), field.name.clone())));
            let new = self.new_model(&key).fields.iter();
            self.new_fields
                .extend(new.map(|field| (key.clone(), field.name.clone())));
        }
    }

    fn find_through_users(&mut self) {
        for key in &self.old.models {
            let model = self.old_model(key);
            for field in &model.fields {
                if let Some(through) = field
                    .relation
                    .as_ref()
                    .and_then(|relation| relation.through.clone())
                {
                    self.through_users
                        .insert(through, (key.clone(), field.name.clone()));
                }
            }
        }
    }

    /// The managed models that are in both states, by their new names.
    fn kept(&self) -> Vec<ModelKey> {
        self.old
            .models
            .intersection(&self.new.models)
            .cloned()
            .collect()
    }

    /// The models that are in both states and of the same sort, proxies and unmanaged ones too.
    fn kept_of_any_sort(&self) -> BTreeSet<ModelKey> {
        let mut kept: BTreeSet<ModelKey> = self.kept().into_iter().collect();
        kept.extend(self.old.proxies.intersection(&self.new.proxies).cloned());
        kept.extend(
            self.old
                .unmanaged
                .intersection(&self.new.unmanaged)
                .cloned(),
        );
        kept
    }

    /// The old state of a model, by its new name.
    fn old_model(&self, key: &ModelKey) -> &'a ModelState {
        &self.from.models[self.renamed_models.get(key).unwrap_or(key)]
    }

    fn new_model(&self, key: &ModelKey) -> &'a ModelState {
        &self.to.models[key]
    }

    /// The key of an old model as it is called now.
    fn new_key(&self, old: &ModelKey) -> ModelKey {
        self.new_models.get(old).unwrap_or(old).clone()
    }

    /// The fields that came, by the new names of their models; renamed ones are not among them once that is known.
    fn added_fields(&self) -> Vec<FieldKey> {
        self.new_fields
            .difference(&self.old_fields)
            .cloned()
            .collect()
    }

    /// The fields that went.
    fn removed_fields(&self) -> Vec<FieldKey> {
        self.old_fields
            .difference(&self.new_fields)
            .cloned()
            .collect()
    }

    /// What the relations of a model must come after.
    fn needs_of_model(&self, model: &ModelState) -> Vec<Dependency> {
        model.fields.iter().flat_map(relation_needs).collect()
    }
}

/// What a relation must come after: the creation of its target, and of the model it goes through.
fn relation_needs(field: &FieldState) -> Vec<Dependency> {
    let Some(relation) = &field.relation else {
        return Vec::new();
    };
    let ends = std::iter::once(&relation.to).chain(&relation.through);
    ends.map(|model| Dependency::new(model, Event::Created))
        .collect()
}

/// The same list with each only once, where it stands first.
fn each_once(dependencies: Vec<Dependency>) -> Vec<Dependency> {
    let mut seen = HashSet::new();
    dependencies
        .into_iter()
        .filter(|dependency| seen.insert(dependency.clone()))
        .collect()
}

#[cfg(test)]
mod tests;

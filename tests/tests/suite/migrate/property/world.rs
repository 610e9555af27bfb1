//! Models that change, with the identity of each model and field kept through renames, and with what the rows that
//! will be in the tables allow.
//!
//! Every table has [`ROWS`] rows. What can be cast holds the numbers from 1 to [`ROWS`], each once, so that text
//! becomes a number, and a number a key of any other table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nuages::meta::condition::Expression;
use nuages::meta::kind::FieldKind;
use nuages::meta::literal::{DefaultValue, Literal};
use nuages::migrate::autodetect::{Answers, OneOff};
use nuages::migrate::state::{
    ConstraintKind, ConstraintState, FieldState, IndexState, ModelKey, ModelState, ProjectState,
};
use nuages::sql::DdlFeatures;

use super::draw::number_of;

/// The rows of each table.
pub(super) const ROWS: u64 = 3;

/// A state, and who is who in it.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) state: ProjectState,
    pub(super) members: BTreeMap<String, Member>,
    pub(super) features: DdlFeatures,
    /// How many steps are done; rows come after the first.
    pub(super) step: usize,
    /// Names that something has or had.
    used: BTreeSet<String>,
}

/// A model by the name of its creation.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) key: ModelKey,
    /// The step that made it.
    pub(super) since: usize,
    pub(super) fields: BTreeMap<String, Part>,
}

/// A field by the name of its creation.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) since: usize,
    /// Whether rows may hold the same value twice.
    pub(super) repeats: bool,
    was_unique: bool,
    was_required: bool,
    targets: BTreeSet<String>,
}

/// Whether it holds numbers, or text that is a number, or refers to what does.
pub(super) fn is_castable(kind: FieldKind) -> bool {
    kind.is_integer()
        || kind.is_relation()
        || matches!(
            kind,
            FieldKind::Char | FieldKind::Text | FieldKind::Slug | FieldKind::Email | FieldKind::Url
        )
        || is_fraction(kind)
}

pub(super) fn is_fraction(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Decimal | FieldKind::Float)
}

fn can_be_indexed(field: &FieldState) -> bool {
    field.has_column() && !matches!(field.kind, FieldKind::Json | FieldKind::Binary)
}

fn is_text(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Char | FieldKind::Text | FieldKind::Slug)
}

/// The number that a field holds in a row.
pub(super) fn digit(field: &str, row: u64) -> u64 {
    (row + number_of(field)) % ROWS + 1
}

/// The row in which a field that may be NULL is NULL.
pub(super) fn null_row(field: &str) -> u64 {
    number_of(field) / ROWS % ROWS
}

/// The number that a row gets where it may not be NULL any more: the one that no other row has.
pub(super) fn missing(field: &str) -> u64 {
    digit(field, null_row(field))
}

/// A number as a value of a kind; other kinds have a value for each number too.
pub(super) fn literal(kind: FieldKind, number: u64) -> Literal {
    let text = |text: String| Literal::Text(text);
    match kind {
        FieldKind::Boolean => Literal::Bool(number % 2 == 1),
        FieldKind::Decimal => text(format!("{number}.00")),
        FieldKind::Float => Literal::Float(number as f64),
        FieldKind::Date => text(format!("2026-03-0{number}")),
        FieldKind::DateTime => text(format!("2026-03-0{number}T12:30:00Z")),
        FieldKind::Time => text(format!("10:0{number}:00")),
        FieldKind::Duration => text(format!("PT{number}H")),
        FieldKind::Uuid => text(format!("0f5a3b6c-1d2e-4f3a-8b4c-5d6e7f80910{number}")),
        FieldKind::Json => Literal::Json(serde_json::json!({ "n": number })),
        FieldKind::Binary => text(format!("AAA{number}")),
        FieldKind::GenericIpAddress => text(format!("10.0.0.{number}")),
        kind if kind.is_text() => text(number.to_string()),
        _ => Literal::Int(i64::try_from(number).unwrap_or(1)),
    }
}

impl World {
    pub(super) fn new(features: DdlFeatures) -> Self {
        World {
            state: ProjectState::default(),
            members: BTreeMap::new(),
            features,
            step: 0,
            used: BTreeSet::new(),
        }
    }

    /// A name that nothing has had yet.
    pub(super) fn fresh(&mut self, name: String) -> Option<String> {
        self.used.insert(name.to_lowercase()).then_some(name)
    }

    pub(super) fn model(&self, id: &str) -> &ModelState {
        &self.state.models[&self.members[id].key]
    }

    pub(super) fn model_mut(&mut self, id: &str) -> &mut ModelState {
        let key = &self.members[id].key;
        self.state.expect_mut(key).unwrap()
    }

    pub(super) fn field(&self, model: &str, field: &str) -> &FieldState {
        let name = &self.members[model].fields[field].name;
        self.model(model).field(name).unwrap()
    }

    pub(super) fn field_mut(&mut self, model: &str, field: &str) -> &mut FieldState {
        let name = self.members[model].fields[field].name.clone();
        self.model_mut(model).expect_field_mut(&name).unwrap()
    }

    pub(super) fn part(&self, model: &str, field: &str) -> &Part {
        &self.members[model].fields[field]
    }

    fn part_mut(&mut self, model: &str, field: &str) -> &mut Part {
        self.members
            .get_mut(model)
            .unwrap()
            .fields
            .get_mut(field)
            .unwrap()
    }

    /// The identity of a field by its name of now.
    fn id_of(&self, model: &str, name: &str) -> Option<String> {
        let fields = &self.members[model].fields;
        let found = fields.iter().find(|(_, part)| part.name == name);
        found.map(|(id, _)| id.clone())
    }

    pub(super) fn member_of(&self, key: &ModelKey) -> Option<&String> {
        let found = self.members.iter().find(|(_, member)| member.key == *key);
        found.map(|(id, _)| id)
    }

    /// The fields of a model that fit, by their identity.
    pub(super) fn fields_where(
        &self,
        model: &str,
        fits: impl Fn(&FieldState, &Part) -> bool,
    ) -> Vec<String> {
        let fields = &self.members[model].fields;
        let fitting = fields
            .iter()
            .filter(|(id, part)| fits(self.field(model, id), part));
        fitting.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn add_model(&mut self, id: &str, model: ModelState) {
        let mut fields = BTreeMap::new();
        for field in &model.fields {
            fields.insert(format!("{id}.{}", field.name), self.new_part(&field.name));
        }
        let member = Member {
            key: model.key(),
            since: self.step,
            fields,
        };
        self.members.insert(id.to_owned(), member);
        self.state.models.insert(model.key(), Arc::new(model));
    }

    fn new_part(&self, name: &str) -> Part {
        Part {
            name: name.to_owned(),
            since: self.step,
            repeats: 0 < self.step,
            was_unique: false,
            was_required: false,
            targets: BTreeSet::new(),
        }
    }

    pub(super) fn add_field(&mut self, model: &str, field: FieldState) {
        let (id, part) = (
            format!("{model}.{}", field.name),
            self.new_part(&field.name),
        );
        self.model_mut(model).fields.push(field);
        self.members.get_mut(model).unwrap().fields.insert(id, part);
    }

    pub(super) fn remove_field(&mut self, model: &str, field: &str) {
        let part = self.members.get_mut(model).unwrap().fields.remove(field);
        let name = part.unwrap().name;
        self.model_mut(model)
            .fields
            .retain(|field| field.name != name);
    }

    /// Whether a field can go, and come back empty, without what came before being in the way.
    pub(super) fn can_be_removed(&self, model: &str, field: &str) -> bool {
        let (part, state) = (self.part(model, field), self.field(model, field));
        let refers = !part.targets.is_empty() || state.relation.is_some();
        !state.primary_key
            && (part.since == self.step
                || state.kind == FieldKind::ManyToMany
                || !(part.was_unique
                    || (refers && part.was_required)
                    || (state.null && part.was_required)))
    }

    /// Takes a model out with the fields that point at it, if nothing that stays has ever pointed at it.
    pub(super) fn remove_model(&mut self, id: &str) {
        let key = self.members[id].key.clone();
        let mut pointing = Vec::new();
        for (other, member) in self.members.iter().filter(|(other, _)| *other != id) {
            for (field, part) in &member.fields {
                let now = self.field(other, field).references(&key);
                if (now || part.targets.contains(id)) && part.since < self.step {
                    return;
                }
                if now {
                    pointing.push((other.clone(), field.clone()));
                }
            }
        }
        for (model, field) in pointing {
            self.remove_field(&model, &field);
        }
        self.state.models.remove(&key);
        self.members.remove(id);
    }

    pub(super) fn rename_model(&mut self, id: &str, name: &str) {
        let key = self.members[id].key.clone();
        self.state.rename_model(&key, name).unwrap();
        self.members.get_mut(id).unwrap().key = ModelKey::new(key.app, name);
    }

    pub(super) fn rename_field(&mut self, model: &str, field: &str, name: &str) {
        let (key, old) = (
            self.members[model].key.clone(),
            self.part(model, field).name.clone(),
        );
        self.state.rename_field(&key, &old, name).unwrap();
        name.clone_into(&mut self.part_mut(model, field).name);
    }

    /// Whether the tables of a model have rows.
    pub(super) fn has_rows(&self, model: &str) -> bool {
        self.members[model].since == 0
    }

    /// The kind of what a column holds: that of the key where it refers.
    pub(super) fn kind_of(&self, field: &FieldState) -> FieldKind {
        let Some(relation) = &field.relation else {
            return field.kind;
        };
        let model = &self.state.models[&relation.to];
        let target = match &relation.to_field {
            Some(name) => model.field(name),
            None => model.primary_key(),
        };
        self.kind_of(target.unwrap())
    }

    /// Makes the state one that the rows and the database allow, after an edit.
    pub(super) fn tidy(&mut self) {
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in &ids {
            let fields: Vec<String> = self.members[id].fields.keys().cloned().collect();
            for field in fields {
                self.tidy_relation(id, &field);
                self.tidy_field(id, &field);
            }
        }
        for id in &ids {
            let fields: Vec<String> = self.members[id].fields.keys().cloned().collect();
            fields
                .iter()
                .for_each(|field| self.tidy_relation(id, field));
            self.tidy_parts(id);
            self.model_mut(id).canonicalize();
        }
    }

    fn tidy_relation(&mut self, model: &str, field: &str) {
        let state = self.field(model, field);
        let Some(relation) = &state.relation else {
            return;
        };
        let target = self.state.models.get(&relation.to).unwrap();
        let named = relation
            .to_field
            .as_ref()
            .and_then(|name| target.field(name));
        let keeps = named.is_some_and(|named| {
            named.is_unique() && !named.null && named.relation.is_none() && is_castable(named.kind)
        });
        let is_empty = self
            .member_of(&relation.to)
            .is_some_and(|id| !self.has_rows(id));
        let state = self.field_mut(model, field);
        if is_empty && state.kind != FieldKind::ManyToMany {
            state.null = true;
        }
        let null = state.null;
        if let Some(relation) = &mut state.relation {
            relation.to_field.take_if(|_| !keeps);
            use nuages::migrate::state::OnDelete::{Cascade, DbSetNull, SetNull};
            if !null && matches!(relation.on_delete, Some(SetNull | DbSetNull)) {
                relation.on_delete = Some(Cascade);
            }
        }
    }

    fn tidy_field(&mut self, model: &str, field: &str) {
        let (repeats, was_unique) = (
            self.part(model, field).repeats,
            self.part(model, field).was_unique,
        );
        let state = self.field_mut(model, field);
        if state.relation.is_some() || state.primary_key || state.kind.is_auto() {
            state.default = None;
            state.db_default = None;
        }
        state.null |= was_unique && repeats;
        state.null &= !state.primary_key && !state.kind.is_auto();
        state.null &= state.kind != FieldKind::ManyToMany;
        let is_filled = state.default.is_some() || state.db_default.is_some() || !state.null;
        if repeats && state.unique && is_filled {
            state.unique = false;
            if state.kind == FieldKind::OneToOne {
                state.kind = FieldKind::ForeignKey;
            }
        }
        state.unique &= can_be_indexed(state) && state.kind != FieldKind::Boolean;
        state.index &= can_be_indexed(state);
        state.unique |= state.kind == FieldKind::OneToOne;
        if (state.unique || was_unique) && state.default.is_some() {
            state.default = Some(DefaultValue::Value(literal(state.kind, missing(field))));
            state.db_default = None;
        }
    }

    /// Takes out what speaks of fields that are gone or are something else now.
    fn tidy_parts(&mut self, id: &str) {
        let model = self.model(id);
        let kind = |name: &str| model.field(name).map(|field| field.kind);
        let is_integer =
            |name: &str| kind(name).is_some_and(|kind| kind.is_integer() && !kind.is_auto());
        let is_indexable = |name: &str| model.field(name).is_some_and(can_be_indexed);
        let differ = |names: &[String]| {
            names.iter().all(|name| is_indexable(name))
                && names.iter().any(|name| {
                    let part = self.id_of(id, name).map(|field| self.part(id, &field));
                    part.is_some_and(|part| !part.repeats) && kind(name) != Some(FieldKind::Boolean)
                })
        };
        let fits_index = |index: &IndexState| {
            let columns: Vec<&str> = index.columns().map(|(name, _)| name).collect();
            let words: Vec<&str> = index
                .expressions
                .iter()
                .flat_map(Expression::fields)
                .collect();
            let condition = index
                .condition
                .iter()
                .flat_map(nuages::meta::condition::Condition::fields);
            columns.iter().all(|name| is_indexable(name))
                && index.include.iter().all(|name| is_indexable(name))
                && words.iter().all(|name| kind(name).is_some_and(is_text))
                && (index.opclasses.is_empty()
                    || columns
                        .iter()
                        .all(|name| kind(name) == Some(FieldKind::Text)))
                && condition.into_iter().all(is_integer)
        };
        let fits = |constraint: &ConstraintState| {
            let condition = constraint
                .condition
                .iter()
                .flat_map(nuages::meta::condition::Condition::fields);
            let unique = constraint.kind != ConstraintKind::Unique || differ(&constraint.fields);
            unique && condition.into_iter().all(is_integer)
        };
        let indexes = model
            .indexes
            .iter()
            .filter(|index| fits_index(index))
            .cloned()
            .collect();
        // A catalogue may show one of two that say the same.
        let unique = model.fields.iter().filter(|field| field.is_unique());
        let mut said: Vec<Vec<String>> = unique.map(|field| vec![field.name.clone()]).collect();
        let mut options = model.options.clone();
        options
            .unique_together
            .retain(|names| differ(names) && !said.contains(names));
        said.extend(options.unique_together.iter().cloned());
        let mut constraints: Vec<ConstraintState> = model
            .constraints
            .iter()
            .filter(|one| fits(one))
            .cloned()
            .collect();
        constraints.retain(|one| {
            let is_new = one.kind != ConstraintKind::Unique || !said.contains(&one.fields);
            said.push(one.fields.clone());
            is_new
        });
        options
            .order_with_respect_to
            .take_if(|name| kind(name) != Some(FieldKind::ForeignKey));
        let model = self.model_mut(id);
        model.indexes = indexes;
        model.constraints = constraints;
        model.options = options;
    }

    /// Ends a step: what holds of the rows from here on.
    pub(super) fn settle(&mut self, before: Option<&World>) {
        let mut found = Vec::new();
        for (id, member) in &self.members {
            for (field, part) in &member.fields {
                let state = self.field(id, field);
                let was = before
                    .filter(|before| {
                        before
                            .members
                            .get(id)
                            .is_some_and(|m| m.fields.contains_key(field))
                    })
                    .map(|before| before.field(id, field));
                let filled =
                    was.is_some_and(|was| was.null && !state.null && state.default.is_some());
                let other =
                    state.default != Some(DefaultValue::Value(literal(state.kind, missing(field))));
                let in_unique = self.is_in_unique(id, &part.name);
                let target = state.to().and_then(|to| self.member_of(to)).cloned();
                found.push((
                    id.clone(),
                    field.clone(),
                    filled && other,
                    state.is_unique() || in_unique,
                    !state.null,
                    target,
                ));
            }
        }
        for (model, field, repeats, unique, required, target) in found {
            let part = self.part_mut(&model, &field);
            part.repeats |= repeats;
            part.was_unique |= unique;
            part.was_required |= required;
            part.targets.extend(target);
        }
        self.step += 1;
    }

    fn is_in_unique(&self, id: &str, name: &str) -> bool {
        let model = self.model(id);
        let among = |names: &[String]| names.iter().any(|other| other == name);
        model
            .options
            .unique_together
            .iter()
            .any(|names| among(names))
            || model
                .constraints
                .iter()
                .any(|constraint| among(&constraint.fields))
    }

    /// The answers that lead here from a state before: what was renamed, and what rows get.
    pub(super) fn answers_from(&self, before: &World) -> Answers {
        let mut answers = Answers::new().renames(false);
        for (id, member) in &self.members {
            let was = before.members.get(id);
            if let Some(was) = was.filter(|was| was.key != member.key) {
                answers = answers.rename_model(was.key.clone(), &member.key.name);
            }
            for (field, part) in &member.fields {
                let was = was.and_then(|was| was.fields.get(field));
                if let Some(was) = was.filter(|was| was.name != part.name) {
                    answers = answers.rename_field(member.key.clone(), &was.name, &part.name);
                }
                let state = self.field(id, field);
                if state.kind != FieldKind::ManyToMany {
                    let value = literal(self.kind_of(state), missing(field));
                    let value = OneOff::Value(DefaultValue::Value(value));
                    answers = answers.default_for(member.key.clone(), &part.name, value);
                }
            }
        }
        answers
    }
}

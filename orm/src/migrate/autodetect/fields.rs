//! Fields that came, went and changed.

use super::questioner::{OneOff, Question, QuestionKind};
use super::renames::can_alter;
use super::{Dependency, Detector, Event, relation_needs};
use crate::meta::kind::FieldKind;
use crate::meta::literal::DefaultValue;
use crate::migrate::operation::{AddField, AlterField, Operation, RemoveField};
use crate::migrate::state::{FieldState, ModelKey};

impl Detector<'_> {
    pub(super) fn remove_fields(&mut self) {
        for (model, name) in self.removed_fields() {
            self.remove_field(&model, &name);
        }
    }

    fn remove_field(&mut self, key: &ModelKey, name: &str) {
        let operation = Operation::RemoveField(RemoveField {
            model: self.new_model(key).name.clone(),
            name: name.to_owned(),
        });
        let dependencies = vec![
            Dependency::new(key, Event::OrderLeft(name.to_owned())),
            Dependency::new(key, Event::TogetherAltered),
        ];
        self.push(&key.app, operation, dependencies);
    }

    pub(super) fn add_fields(&mut self) {
        for (model, name) in self.added_fields() {
            self.add_field(&model, &name);
        }
    }

    fn add_field(&mut self, key: &ModelKey, name: &str) {
        let model = self.new_model(key);
        let Some(field) = model.field(name) else {
            return;
        };
        let mut dependencies = vec![Dependency::new(key, Event::FieldRemoved(name.to_owned()))];
        dependencies.extend(relation_needs(field));
        dependencies.extend(self.needs_of_generated(field));

        let mut add = AddField::new(&model.name, field.clone());
        if needs_one_off(field) {
            add.preserve_default = false;
            let answer = self.one_off_for_addition(key, field);
            add.field.default = match answer {
                Some(OneOff::Value(value) | OneOff::Unfit(value)) => Some(value),
                Some(OneOff::Nothing) | None => None,
            };
        }
        if add.field.is_unique() && matches!(add.field.default, Some(DefaultValue::Rust(_))) {
            let question = self.question(QuestionKind::UniqueCallableDefaultAddition, key, field);
            if self
                .questioner
                .ask_unique_callable_default_addition(&question)
                != Some(true)
            {
                self.questions.push(question);
            }
        }
        self.push(&key.app, Operation::AddField(add), dependencies);
    }

    fn one_off_for_addition(&mut self, key: &ModelKey, field: &FieldState) -> Option<OneOff> {
        let is_set_to_now = is_time(field.kind) && field.auto_now_add;
        let (question, answer) = if is_set_to_now {
            let question = self.question(QuestionKind::AutoNowAddAddition, key, field);
            let answer = self.questioner.ask_auto_now_add_addition(&question);
            (question, answer)
        } else {
            let question = self.question(QuestionKind::NotNullAddition, key, field);
            let answer = self.questioner.ask_not_null_addition(&question);
            (question, answer)
        };
        self.fitting(question, answer)
    }

    /// The answer, if it fits the field; if there is none that does, the question stays open.
    fn fitting(&mut self, question: Question, answer: Option<OneOff>) -> Option<OneOff> {
        let fitting = match (answer, &question.field) {
            (Some(OneOff::Value(value)), Some(field)) => match field.typed_default(value) {
                Ok(value) => Some(OneOff::Value(value)),
                Err(fault) => {
                    self.warnings.push(format!(
                        "the answer for `{}.{}` does not fit: {fault}",
                        question.model, field.name
                    ));
                    None
                }
            },
            (Some(OneOff::Unfit(value)), Some(field)) => {
                self.warnings.push(format!(
                    "`default_for_any` is no value of `{}.{}`, a `{}` field: no database will take it",
                    question.model,
                    field.name,
                    field.kind.as_str()
                ));
                Some(OneOff::Unfit(value))
            }
            (answer, _) => answer,
        };
        if fitting.is_none() {
            self.leave_open(question);
        }
        fitting
    }

    /// What a generated column must come after: new fields that it is computed from, and new relations, whose columns
    /// it may name.
    fn needs_of_generated(&self, field: &FieldState) -> Vec<Dependency> {
        let Some(generated) = &field.generated else {
            return Vec::new();
        };
        let used = generated.expression.fields();
        let needed = self.added_fields().into_iter().filter(|(model, name)| {
            let added = self.new_model(model).field(name);
            used.contains(&name.as_str()) || added.is_some_and(|added| added.relation.is_some())
        });
        needed
            .map(|(model, name)| Dependency::new(&model, Event::FieldCreated(name)))
            .collect()
    }

    pub(super) fn alter_fields(&mut self) {
        let kept: Vec<_> = self
            .old_fields
            .intersection(&self.new_fields)
            .cloned()
            .collect();
        for (model, name) in kept {
            self.alter_field(&model, &name);
        }
    }

    fn alter_field(&mut self, key: &ModelKey, name: &str) {
        let model = self.new_model(key);
        let renamed = self.renamed_fields.get(&(key.clone(), name.to_owned()));
        let old_name = renamed.map_or(name, String::as_str);
        let (Some(before), Some(after)) = (self.old_model(key).field(old_name), model.field(name))
        else {
            return;
        };
        let mut expected = before.clone();
        self.follow_renames(key, &mut expected);
        if expected == *after {
            return;
        }
        let keeps_column = before.column() == after.column();
        if renamed.is_some() && keeps_column && self.is_settled_by_rename(&expected, after) {
            return;
        }
        if !can_alter(before, after) {
            self.remove_field(key, name);
            self.add_field(key, name);
            return;
        }
        let mut alter = AlterField::new(&model.name, after.clone());
        let loses_null =
            before.null && !after.null && after.default.is_none() && after.db_default.is_none();
        if loses_null && after.kind != FieldKind::ManyToMany {
            let question = self.question(QuestionKind::NotNullAlteration, key, after);
            let answer = self.questioner.ask_not_null_alteration(&question);
            if let Some(OneOff::Value(value) | OneOff::Unfit(value)) =
                self.fitting(question, answer)
            {
                alter.field.default = Some(value);
                alter.preserve_default = false;
            }
        }
        self.push(
            &key.app,
            Operation::AlterField(alter),
            relation_needs(after),
        );
    }

    /// Whether the operations of the rename have made the field what it is, a column that stays included.
    fn is_settled_by_rename(&self, expected: &FieldState, after: &FieldState) -> bool {
        let mut expected = expected.clone();
        expected.column.clone_from(&after.column);
        expected.equals_but_for_name(after)
    }

    /// Makes of an old field what the renames make of it, so that only other changes are seen. As in Django a generated
    /// column, a composite key and `through_fields` are altered when a field that they name is renamed; the rename has
    /// done it by then, and the database sees no change.
    fn follow_renames(&self, key: &ModelKey, field: &mut FieldState) {
        if let Some(new) = self.new_name_of(key, &field.name) {
            field.name = new;
        }
        let Some(relation) = &mut field.relation else {
            return;
        };
        relation.to = self.new_key(&relation.to);
        if let Some(new) = relation
            .to_field
            .as_ref()
            .and_then(|old| self.new_name_of(&relation.to, old))
        {
            relation.to_field = Some(new);
        }
        if let Some(through) = &mut relation.through {
            *through = self.new_key(through);
        }
    }

    fn new_name_of(&self, model: &ModelKey, old: &str) -> Option<String> {
        self.new_names
            .get(&(model.clone(), old.to_owned()))
            .cloned()
    }

    fn question(&self, kind: QuestionKind, key: &ModelKey, field: &FieldState) -> Question {
        Question {
            kind,
            model: self.new_model(key).key(),
            old_name: None,
            field: Some(field.clone()),
        }
    }

    /// Keeps a question about a default, unless the field may turn out to be a renamed one.
    fn leave_open(&mut self, question: Question) {
        let may_be_renamed = self.questions.iter().any(|open| {
            open.kind == QuestionKind::RenameField
                && open.model == question.model
                && open.field_name() == question.field_name()
        });
        if !may_be_renamed {
            self.questions.push(question);
        }
    }
}

/// Whether a field can only be added to rows that exist with a value for them.
fn needs_one_off(field: &FieldState) -> bool {
    let is_filled = field.null
        || field.default.is_some()
        || field.db_default.is_some()
        || field.kind == FieldKind::ManyToMany
        || (field.blank && may_be_empty(field.kind))
        || (is_time(field.kind) && field.auto_now)
        || field.kind.is_auto()
        || matches!(
            field.kind,
            FieldKind::Generated | FieldKind::CompositePrimaryKey
        );
    !is_filled
}

const fn is_time(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Date | FieldKind::DateTime | FieldKind::Time
    )
}

/// Whether a field of the kind can hold the empty text, which then is what rows that exist get.
const fn may_be_empty(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Char
            | FieldKind::Text
            | FieldKind::Slug
            | FieldKind::Email
            | FieldKind::Url
            | FieldKind::Binary
    )
}

//! Questions that two states leave open, and who answers them.
//!
//! Questions are asked exactly where Django asks: whether a model or field that went and one of equal definition that
//! came are the same one, and what the rows that exist get where a column may not be NULL. A [`Questioner`] answers,
//! or leaves the question open; open questions end up in [`Diff::questions`](super::Diff), as data. Nothing is guessed.

use serde_json::{Map, Value, json};

use crate::meta::kind::FieldKind;
use crate::meta::literal::DefaultValue;
use crate::migrate::state::{FieldState, ModelKey};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuestionKind {
    /// Whether a model got another name.
    RenameModel,
    /// Whether a field got another name.
    RenameField,
    /// What the rows that exist get in a new field that may not be NULL.
    NotNullAddition,
    /// What the rows that hold NULL get in a field that may not be NULL any more.
    NotNullAlteration,
    /// What the rows that exist get in a new field that is set to now when a row is made.
    AutoNowAddAddition,
    /// Whether to go on though one function gives the default of a new unique field for all rows that exist.
    UniqueCallableDefaultAddition,
}

impl QuestionKind {
    /// The word for it in the output of `migrate diff`.
    pub const fn as_str(self) -> &'static str {
        match self {
            QuestionKind::RenameModel => "rename_model",
            QuestionKind::RenameField => "rename_field",
            QuestionKind::NotNullAddition => "not_null_addition",
            QuestionKind::NotNullAlteration => "not_null_alteration",
            QuestionKind::AutoNowAddAddition => "auto_now_add_addition",
            QuestionKind::UniqueCallableDefaultAddition => "unique_callable_default_addition",
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is asked.
    pub kind: QuestionKind,
    /// The model, by its new name.
    pub model: ModelKey,
    /// The name that went: of a model or of a field.
    pub old_name: Option<String>,
    /// The field that came, or that changes.
    pub field: Option<FieldState>,
}

impl Question {
    /// The question for people.
    pub fn text(&self) -> String {
        let model = &self.model;
        let old = self.old_name.as_deref().unwrap_or_default();
        let field = self.field_name();
        match self.kind {
            QuestionKind::RenameModel => {
                format!(
                    "Was the model {}.{old} renamed to {}?",
                    model.app, model.name
                )
            }
            QuestionKind::RenameField => {
                let kind = self.field.as_ref().map_or("", |field| field.kind.as_str());
                format!("Was {model}.{old} renamed to {model}.{field} ({kind})?")
            }
            QuestionKind::NotNullAddition => {
                format!(
                    "{model}.{field} is new and may not be NULL: what do the rows that exist get?"
                )
            }
            QuestionKind::NotNullAlteration => {
                format!(
                    "{model}.{field} may not be NULL any more: what do the rows get that hold NULL?"
                )
            }
            QuestionKind::AutoNowAddAddition => {
                format!(
                    "{model}.{field} is new and set when a row is made: what do the rows that exist get?"
                )
            }
            QuestionKind::UniqueCallableDefaultAddition => format!(
                "{model}.{field} is new and unique, and its default is a function: it may give all rows that exist \
                 the same value. Go on?"
            ),
        }
    }

    /// The flag that answers it: with yes, if it is about a name; else with an example of a value.
    pub fn answer_with(&self) -> String {
        let ModelKey { app, name } = &self.model;
        let old = self.old_name.as_deref().unwrap_or_default();
        match self.kind {
            QuestionKind::RenameModel => format!("--rename {app}.{old}={name}"),
            QuestionKind::RenameField => {
                format!("--rename {app}.{name}.{old}={}", self.field_name())
            }
            QuestionKind::NotNullAddition
            | QuestionKind::NotNullAlteration
            | QuestionKind::AutoNowAddAddition
            | QuestionKind::UniqueCallableDefaultAddition => {
                let example = self
                    .field
                    .as_ref()
                    .map_or("…", |field| example_of(field.kind));
                format!("--default {app}.{name}.{}='{example}'", self.field_name())
            }
        }
    }

    /// The flag that answers with no, where that is an answer: nothing was renamed, the old one went.
    pub fn decline_with(&self) -> Option<String> {
        let ModelKey { app, name } = &self.model;
        let old = self.old_name.as_deref()?;
        match self.kind {
            QuestionKind::RenameModel => Some(format!("--rename {app}.{old}=")),
            QuestionKind::RenameField => Some(format!("--rename {app}.{name}.{old}=")),
            _ => None,
        }
    }

    /// The question as `migrate diff` prints it.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("kind".into(), self.kind.as_str().into());
        json.insert("app".into(), self.model.app.as_str().into());
        json.insert("model".into(), self.model.name.as_str().into());
        match self.kind {
            QuestionKind::RenameModel => {
                json.insert("old_name".into(), json!(self.old_name));
                json.insert("new_name".into(), self.model.name.as_str().into());
            }
            QuestionKind::RenameField => {
                json.insert("old_name".into(), json!(self.old_name));
                json.insert("new_name".into(), self.field_name().into());
            }
            _ => {
                json.insert("field".into(), self.field_name().into());
            }
        }
        json.insert("question".into(), self.text().into());
        json.insert("answer_with".into(), self.answer_with().into());
        if let Some(flag) = self.decline_with() {
            json.insert("decline_with".into(), flag.into());
        }
        Value::Object(json)
    }

    /// The name of the field it is about; nothing, of a model.
    pub fn field_name(&self) -> &str {
        self.field.as_ref().map_or("", |field| field.name.as_str())
    }
}

/// A value of a kind as an example, in JSON.
const fn example_of(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Auto
        | FieldKind::BigAuto
        | FieldKind::SmallAuto
        | FieldKind::BigInteger
        | FieldKind::Integer
        | FieldKind::SmallInteger
        | FieldKind::PositiveInteger
        | FieldKind::PositiveBigInteger
        | FieldKind::PositiveSmallInteger
        | FieldKind::ForeignKey
        | FieldKind::OneToOne => "0",
        FieldKind::Boolean => "false",
        FieldKind::Float => "0.0",
        FieldKind::Decimal => "\"0.00\"",
        FieldKind::Date | FieldKind::DateTime | FieldKind::Time => "{\"fn\": \"now\"}",
        FieldKind::Duration => "\"PT0S\"",
        FieldKind::Uuid => "{\"fn\": \"uuid4\"}",
        FieldKind::Json => "[]",
        FieldKind::GenericIpAddress => "\"127.0.0.1\"",
        FieldKind::Char
        | FieldKind::Text
        | FieldKind::Slug
        | FieldKind::Email
        | FieldKind::Url
        | FieldKind::Binary
        | FieldKind::ManyToMany
        | FieldKind::Generated
        | FieldKind::CompositePrimaryKey => "\"\"",
    }
}

/// What the rows that exist get.
#[derive(Debug, Clone, PartialEq)]
pub enum OneOff {
    /// This value, once.
    Value(DefaultValue),
    /// This value, though the field cannot hold it: it was given beforehand for fields of every type. It is good to
    /// look at, and no database takes it.
    Unfit(DefaultValue),
    /// Nothing: whoever applies the migration has seen to it that no row needs one.
    Nothing,
}

/// Who answers questions. Every answer may be none: then the question stays open.
pub trait Questioner {
    /// The new name of a model that is known to have been renamed, whatever else changed of it; empty if it is known
    /// that it was not.
    fn model_renamed_to(&self, _old: &ModelKey) -> Option<String> {
        None
    }

    /// The new name of a field that is known to have been renamed, whatever else changed of it; empty if it is known
    /// that it was not. The model goes by its old or its new name.
    fn field_renamed_to(&self, _model: &ModelKey, _old: &str) -> Option<String> {
        None
    }

    /// Whether the model was renamed.
    fn ask_rename_model(&mut self, question: &Question) -> Option<bool>;

    /// Whether the field was renamed.
    fn ask_rename_field(&mut self, question: &Question) -> Option<bool>;

    /// What the rows that exist get.
    fn ask_not_null_addition(&mut self, question: &Question) -> Option<OneOff>;

    /// What the rows get that hold NULL.
    fn ask_not_null_alteration(&mut self, question: &Question) -> Option<OneOff>;

    /// What the rows that exist get.
    fn ask_auto_now_add_addition(&mut self, question: &Question) -> Option<OneOff>;

    /// Whether to go on with one default for all rows; without anyone to ask, as in Django, yes.
    fn ask_unique_callable_default_addition(&mut self, _question: &Question) -> Option<bool> {
        Some(true)
    }
}

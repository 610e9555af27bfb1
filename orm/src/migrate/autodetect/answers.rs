//! Answers that were given beforehand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::questioner::{OneOff, Question, Questioner};
use crate::error::{Error, Result, suggestion};
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultValue, Literal};
use crate::meta::value_of;
use crate::migrate::state::ModelKey;

/// Answers that were given beforehand: by a file, by flags, by `renamed_from` in the models.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The answer to every question about a name that is not named itself.
    renames: Option<bool>,
    models: BTreeMap<ModelKey, String>,
    fields: BTreeMap<(ModelKey, String), String>,
    defaults: BTreeMap<(ModelKey, String), OneOff>,
    default_for_any: Option<OneOff>,
}

impl Answers {
    /// No answers: every question stays open.
    pub fn new() -> Self {
        Answers::default()
    }

    /// Answers every question about a name with yes or with no.
    #[must_use]
    pub fn renames(mut self, answer: bool) -> Self {
        self.renames = Some(answer);
        self
    }

    /// A model was renamed; to an empty name: it was not.
    #[must_use]
    pub fn rename_model(mut self, old: ModelKey, new: impl Into<String>) -> Self {
        self.models.insert(old, new.into());
        self
    }

    /// A field was renamed; to an empty name: it was not.
    #[must_use]
    pub fn rename_field(
        mut self,
        model: ModelKey,
        old: impl Into<String>,
        new: impl Into<String>,
    ) -> Self {
        self.fields.insert((model, old.into()), new.into());
        self
    }

    /// What the rows that exist get in a field.
    #[must_use]
    pub fn default_for(mut self, model: ModelKey, field: impl Into<String>, value: OneOff) -> Self {
        self.defaults.insert((model, field.into()), value);
        self
    }

    /// What the rows that exist get in every field that is not named.
    #[must_use]
    pub fn default_for_any(mut self, value: OneOff) -> Self {
        self.default_for_any = Some(value);
        self
    }

    /// Reads the answers file: `renames` (`"all"`, `"none"` or the list of
    /// all renames, as `app.Model.old=new` and `app.Old=New`),
    /// `defaults` (`{"app.Model.field": value}`) and `default_for_any` (a value, or null for none at all).
    ///
    /// # Errors
    /// When the text is no JSON or not of this form.
    pub fn from_json_text(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Error::migration(format!("the answers are not JSON: {error}")).with_source(error)
        })?;
        let Value::Object(file) = value else {
            return Err(Error::migration(
                "the answers must be an object with `renames`, `defaults`, `default_for_any`",
            ));
        };
        let mut answers = Answers::new();
        for (key, value) in file {
            answers = match key.as_str() {
                "renames" => answers.read_renames(&value)?,
                "defaults" => answers.read_defaults(&value)?,
                "default_for_any" => answers.default_for_any(one_off_from_json(&key, &value)?),
                other => {
                    let hint = suggestion(other, ["renames", "defaults", "default_for_any"]);
                    return Err(Error::migration(format!(
                        "no key `{other}` in the answers{hint}"
                    )));
                }
            };
        }
        Ok(answers)
    }

    fn read_renames(mut self, value: &Value) -> Result<Self> {
        match value {
            Value::String(word) if word == "all" => Ok(self.renames(true)),
            Value::String(word) if word == "none" => Ok(self.renames(false)),
            Value::Array(list) => {
                for rename in list {
                    let text = rename
                        .as_str()
                        .ok_or_else(|| bad_rename(&rename.to_string()))?;
                    self = self.rename(text)?;
                }
                // The list is of all renames: nothing else was renamed.
                Ok(self.renames(false))
            }
            other => Err(Error::migration(format!(
                "`renames` is `\"all\"`, `\"none\"` or a list such as [\"blog.Post.body=text\"], not {other}"
            ))),
        }
    }

    fn read_defaults(mut self, value: &Value) -> Result<Self> {
        let defaults = value.as_object().ok_or_else(|| {
            Error::migration("`defaults` is an object such as {\"blog.Post.status\": \"draft\"}")
        })?;
        for (field, value) in defaults {
            let (model, name) = field_of(field).ok_or_else(|| bad_default(field))?;
            self = self.default_for(model, name, one_off_from_json(field, value)?);
        }
        Ok(self)
    }

    /// Takes an answer of the form `app.Model.old=new` or `app.Old=New`, the value of the flag `--rename`; with
    /// nothing after the `=` it says that there was no rename.
    ///
    /// # Errors
    /// When the text is not of this form.
    pub fn rename(self, text: &str) -> Result<Self> {
        let (old, new) = text.split_once('=').ok_or_else(|| bad_rename(text))?;
        let (old, new) = (old.trim(), new.trim());
        if new.contains('.') {
            return Err(bad_rename(text));
        }
        match (field_of(old), ModelKey::parse(old)) {
            (Some((model, field)), _) => Ok(self.rename_field(model, field, new)),
            (None, Some(model)) => Ok(self.rename_model(model, new)),
            (None, None) => Err(bad_rename(text)),
        }
    }

    /// Takes an answer of the form `app.Model.field=value`, the value in JSON: that of the flag `--default`.
    ///
    /// # Errors
    /// When the text is not of this form.
    pub fn one_off(self, text: &str) -> Result<Self> {
        let (field, value) = text.split_once('=').ok_or_else(|| bad_default(text))?;
        let (model, name) = field_of(field.trim()).ok_or_else(|| bad_default(text))?;
        let value: Value = serde_json::from_str(value.trim()).map_err(|error| {
            Error::migration(format!(
                "the value of `--default {text}` is not JSON (text needs its quotes): {error}"
            ))
        })?;
        let value = one_off_from_json(field, &value)?;
        Ok(self.default_for(model, name, value))
    }

    fn answer_for(&self, question: &Question) -> Option<OneOff> {
        let key = (question.model.clone(), question.field_name().to_owned());
        if let Some(answer) = self.defaults.get(&key) {
            return Some(answer.clone());
        }
        let answer = self.default_for_any.clone()?;
        let (OneOff::Value(DefaultValue::Value(literal)), Some(field)) = (&answer, &question.field)
        else {
            return Some(answer);
        };
        let value = DefaultValue::Value(in_form_of(field.kind, literal.clone()));
        Some(match question.typed(OneOff::Value(value)) {
            Ok(fitting) => fitting,
            Err(_) => OneOff::Unfit(DefaultValue::Value(literal.clone())),
        })
    }
}

impl Questioner for Answers {
    fn model_renamed_to(&self, old: &ModelKey) -> Option<String> {
        self.models.get(old).cloned()
    }

    fn field_renamed_to(&self, model: &ModelKey, old: &str) -> Option<String> {
        self.fields.get(&(model.clone(), old.to_owned())).cloned()
    }

    fn ask_rename_model(&mut self, _question: &Question) -> Option<bool> {
        self.renames
    }

    fn ask_rename_field(&mut self, _question: &Question) -> Option<bool> {
        self.renames
    }

    fn ask_not_null_addition(&mut self, question: &Question) -> Option<OneOff> {
        self.answer_for(question)
    }

    fn ask_not_null_alteration(&mut self, question: &Question) -> Option<OneOff> {
        self.answer_for(question)
    }

    fn ask_auto_now_add_addition(&mut self, question: &Question) -> Option<OneOff> {
        self.answer_for(question)
    }
}

impl Question {
    /// Reads the answer to a question about a value, in JSON; null says that no row needs one.
    ///
    /// # Errors
    /// When it is no value of the field's type.
    pub fn read(&self, value: &Value) -> Result<OneOff> {
        let name = format!("{}.{}", self.model, self.field_name());
        self.typed(one_off_from_json(&name, value)?)
    }

    /// An answer in the form that the field has it.
    ///
    /// # Errors
    /// When it is no value of the field's type.
    pub fn typed(&self, answer: OneOff) -> Result<OneOff> {
        let (OneOff::Value(value), Some(field)) = (&answer, &self.field) else {
            return Ok(answer);
        };
        let name = format!("{}.{}", self.model, field.name);
        let value = field
            .typed_default(value.clone())
            .map_err(|fault| Error::migration(format!("the default of `{name}`: {fault}")))?;
        if let DefaultValue::Value(literal) = &value
            && !field.kind.is_relation()
        {
            value_of(field.kind, literal)
                .map_err(|error| error.context(format!("the default of `{name}`")))?;
        }
        Ok(OneOff::Value(value))
    }
}

/// Reads `app.Model.field`.
fn field_of(text: &str) -> Option<(ModelKey, &str)> {
    let (model, field) = text.rsplit_once('.')?;
    Some((ModelKey::parse(model)?, field)).filter(|_| !field.is_empty())
}

fn one_off_from_json(of: &str, value: &Value) -> Result<OneOff> {
    if value.is_null() {
        return Ok(OneOff::Nothing);
    }
    let value = DefaultValue::from_json(value)
        .map_err(|fault| Error::migration(format!("the default of `{of}`: {fault}")))?;
    Ok(OneOff::Value(value))
}

fn bad_rename(text: &str) -> Error {
    Error::migration(format!(
        "`{text}` is no rename: write `app.Model.old=new` for a field, `app.Old=New` for a model"
    ))
}

fn bad_default(text: &str) -> Error {
    Error::migration(format!(
        "`{text}` is no default: write `app.Model.field=value`, the value in JSON"
    ))
}

/// One value for fields of any kind, in the form of this kind where it has one: 1 is `"1"` of a text.
fn in_form_of(kind: FieldKind, literal: Literal) -> Literal {
    let text = match &literal {
        Literal::Text(text) => text.clone(),
        Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) => literal.to_json().to_string(),
        Literal::List(_) | Literal::Json(_) => return literal,
    };
    if kind.is_text() {
        return Literal::Text(text);
    }
    match kind {
        FieldKind::Boolean => match text.as_str() {
            "true" | "1" => Literal::Bool(true),
            "false" | "0" => Literal::Bool(false),
            _ => literal,
        },
        FieldKind::Decimal if text.parse::<f64>().is_ok() => Literal::Text(text),
        FieldKind::Float => text.parse().map_or(literal, Literal::Float),
        _ => text.parse().map_or(literal, Literal::Int),
    }
}

//! The state as JSON, read strictly and written with its keys in the order of the reference.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    ConstraintKind, ConstraintState, Deferrable, FieldState, IndexState, ModelKey, ModelOptions,
    ModelState, ProjectState,
};
use crate::error::{Error, Result, suggestion};
use crate::meta::condition::{Condition, Expression};
use crate::meta::json::{Fault, Object, Parsed, Writer, expected, list, text};
use crate::meta::literal::Literal;

/// The methods that an index and an exclusion constraint have without being told.
const DEFAULT_METHODS: [&str; 2] = ["btree", "gist"];

impl ProjectState {
    /// Reads a state.
    ///
    /// # Errors
    /// If a key or word is unknown, a value is of the wrong type, or two models have one name; the message says where.
    pub fn from_json(value: &Value) -> Result<ProjectState> {
        let mut object = Object::new(value, "a state")?;
        let models = object.required("models", |models| list(models, ModelState::from_json))?;
        object.finish()?;
        let mut state = ProjectState::default();
        for model in models {
            let key = model.key();
            if state.models.insert(key.clone(), Arc::new(model)).is_some() {
                return Err(Error::migration(format!(
                    "the state has two models `{key}`"
                )));
            }
        }
        Ok(state)
    }

    /// Reads a state from the text of a JSON document.
    ///
    /// # Errors
    /// As [`ProjectState::from_json`], or if the text is no JSON.
    pub fn from_json_text(text: &str) -> Result<ProjectState> {
        let value = serde_json::from_str(text).map_err(|error| {
            Error::migration(format!("the state is not JSON: {error}")).with_source(error)
        })?;
        ProjectState::from_json(&value)
    }

    /// The state as JSON: models sorted, keys in the order of the reference.
    pub fn to_json(&self) -> Value {
        json!({"models": self.models.values().map(|model| model.to_json(self)).collect::<Vec<Value>>()})
    }
}

impl ModelKey {
    pub(crate) fn from_json(value: &Value) -> Parsed<ModelKey> {
        ModelKey::parse(&text(value)?).ok_or_else(|| expected("`app.Model`", value))
    }

    pub(crate) fn to_json(&self) -> Value {
        Value::from(self.to_string())
    }
}

impl ModelState {
    fn from_json(value: &Value) -> Parsed<ModelState> {
        let mut object = Object::new(value, "a model")?;
        let mut model = ModelState::new(
            object.required("app", text)?,
            object.required("name", text)?,
        );
        model.table = object.text("table")?;
        model.options = object
            .get("options", ModelOptions::from_json)?
            .unwrap_or_default();
        model.indexes = object.list("indexes", IndexState::from_json)?;
        model.constraints = object.list("constraints", ConstraintState::from_json)?;
        model.fields = object.list("fields", FieldState::from_json)?;
        object.finish()?;
        model.canonicalize();
        model.check_names()?;
        Ok(model)
    }

    fn to_json(&self, state: &ProjectState) -> Value {
        let mut writer = Writer::default();
        writer.put("app", self.app.as_str());
        writer.put("name", self.name.as_str());
        if !self.options.proxy {
            writer.put("table", state.table_of(self));
        }
        writer.some("options", self.options.to_json());
        writer.list("indexes", &self.indexes, IndexState::to_json);
        writer.list("constraints", &self.constraints, ConstraintState::to_json);
        writer.list("fields", &self.fields, FieldState::to_json);
        writer.finish()
    }

    /// Brings what is spelled out but equal to its default to the default, so that equal models compare equal.
    pub fn canonicalize(&mut self) {
        let default_table = super::default_table(&self.app, &self.name);
        self.table.take_if(|table| *table == default_table);
        self.options.unique_together.sort();
        let table = self.table();
        let key = self.key();
        for field in &mut self.fields {
            field.canonicalize(&key, &table);
        }
    }

    /// Whether every field, index and constraint has a name of its own.
    pub(super) fn check_names(&self) -> Parsed<()> {
        let fields = self.fields.iter().map(|field| field.name.as_str());
        let indexes = self.indexes.iter().map(|index| index.name.as_str());
        let constraints = self
            .constraints
            .iter()
            .map(|constraint| constraint.name.as_str());
        let names: [(&str, Vec<&str>); 3] = [
            ("fields", fields.collect()),
            ("indexes", indexes.collect()),
            ("constraints", constraints.collect()),
        ];
        for (what, names) in names {
            for (index, name) in names.iter().enumerate() {
                if names[..index].contains(name) {
                    let fault = Fault::new(format!(
                        "`{}.{}` has two {what} `{name}`",
                        self.app, self.name
                    ));
                    return Err(fault.at_index(index).at_key(what));
                }
            }
        }
        Ok(())
    }
}

impl ModelOptions {
    /// Reads every option.
    pub(crate) fn from_json(value: &Value) -> Parsed<ModelOptions> {
        let mut object = Object::new(value, "the options of a model")?;
        let mut options = ModelOptions::read_alterable(&mut object)?;
        options.proxy = object.flag("proxy", false)?;
        options.bases = object.list("bases", ModelKey::from_json)?;
        options.unique_together = object
            .get("unique_together", unique_together_from_json)?
            .unwrap_or_default();
        options.order_with_respect_to = object.text("order_with_respect_to")?;
        options.comment = object.text("comment")?;
        options.tablespace = object.text("tablespace")?;
        object.finish()?;
        Ok(options)
    }

    /// Reads the options that `alter_model_options` may carry.
    pub(crate) fn alterable_from_json(value: &Value) -> Parsed<ModelOptions> {
        let mut object = Object::new(value, "`alter_model_options`")?;
        let options = ModelOptions::read_alterable(&mut object)?;
        object.finish()?;
        Ok(options)
    }

    fn read_alterable(object: &mut Object<'_>) -> Parsed<ModelOptions> {
        Ok(ModelOptions {
            ordering: object.texts("ordering")?,
            managed: object.flag("managed", true)?,
            verbose_name: object.text("verbose_name")?,
            verbose_name_plural: object.text("verbose_name_plural")?,
            default_related_name: object.text("default_related_name")?,
            get_latest_by: object
                .get("get_latest_by", one_or_more)?
                .unwrap_or_default(),
            default_manager_name: object.text("default_manager_name")?,
            ..ModelOptions::default()
        })
    }

    /// The written form; none if every option is at its default.
    pub(crate) fn to_json(&self) -> Option<Value> {
        let mut writer = Writer::default();
        writer.texts("ordering", &self.ordering);
        writer.flag("managed", self.managed, true);
        writer.flag("proxy", self.proxy, false);
        writer.list("bases", &self.bases, ModelKey::to_json);
        writer.list("unique_together", &self.unique_together, |set| json!(set));
        writer.some(
            "order_with_respect_to",
            self.order_with_respect_to.as_deref(),
        );
        writer.some("comment", self.comment.as_deref());
        writer.some("tablespace", self.tablespace.as_deref());
        writer.some("verbose_name", self.verbose_name.as_deref());
        writer.some("verbose_name_plural", self.verbose_name_plural.as_deref());
        writer.some("default_related_name", self.default_related_name.as_deref());
        match self.get_latest_by.as_slice() {
            [] => {}
            [field] => writer.put("get_latest_by", field.as_str()),
            fields => writer.put("get_latest_by", json!(fields)),
        }
        writer.some("default_manager_name", self.default_manager_name.as_deref());
        writer.non_empty()
    }
}

impl IndexState {
    /// Reads an index.
    pub(crate) fn from_json(value: &Value) -> Parsed<IndexState> {
        let mut object = Object::new(value, "an index")?;
        let mut index = IndexState::new(object.required("name", text)?, &[]);
        index.fields = object.texts("fields")?;
        index.condition = object.get("condition", Condition::from_json)?;
        index.include = object.texts("include")?;
        index.opclasses = object.texts("opclasses")?;
        index.using = object
            .text("using")?
            .filter(|using| using != DEFAULT_METHODS[0]);
        index.tablespace = object.text("tablespace")?;
        index.expressions = object.list("expressions", Expression::from_json)?;
        object.finish()?;
        if index.fields.is_empty() == index.expressions.is_empty() {
            return Err(Fault::new(format!(
                "the index `{}` needs either `fields` or `expressions`",
                index.name
            )));
        }
        Ok(index)
    }

    /// The written form.
    pub(crate) fn to_json(&self) -> Value {
        let mut writer = Writer::default();
        writer.put("name", self.name.as_str());
        writer.texts("fields", &self.fields);
        writer.some("condition", self.condition.as_ref().map(Condition::to_json));
        writer.texts("include", &self.include);
        writer.texts("opclasses", &self.opclasses);
        writer.some("using", self.using.as_deref());
        writer.some("tablespace", self.tablespace.as_deref());
        writer.list("expressions", &self.expressions, Expression::to_json);
        writer.finish()
    }
}

impl ConstraintState {
    /// Reads a constraint.
    pub(crate) fn from_json(value: &Value) -> Parsed<ConstraintState> {
        let mut object = Object::new(value, "a constraint")?;
        let kind = object.required("kind", ConstraintKind::from_json)?;
        let mut constraint = ConstraintState::new(kind, object.required("name", text)?);
        constraint.condition = object.get("condition", Condition::from_json)?;
        if kind != ConstraintKind::Check {
            constraint.include = object.texts("include")?;
            constraint.deferrable = object.get("deferrable", Deferrable::from_json)?;
        }
        if kind == ConstraintKind::Unique {
            constraint.fields = object.texts("fields")?;
            constraint.opclasses = object.texts("opclasses")?;
            constraint.expressions = object.list("expressions", Expression::from_json)?;
            constraint.nulls_distinct = object.get("nulls_distinct", crate::meta::json::boolean)?;
        }
        constraint.violation_error_code = object.text("violation_error_code")?;
        constraint.violation_error_message = object.text("violation_error_message")?;
        if kind == ConstraintKind::Exclude {
            constraint.elements = object.list("elements", element_from_json)?;
            constraint.using = object
                .text("using")?
                .filter(|using| using != DEFAULT_METHODS[1]);
        }
        object.finish()?;
        constraint.check_complete()?;
        Ok(constraint)
    }

    /// The written form.
    pub(crate) fn to_json(&self) -> Value {
        let mut writer = Writer::default();
        writer.put("kind", self.kind.as_str());
        writer.put("name", self.name.as_str());
        writer.some("condition", self.condition.as_ref().map(Condition::to_json));
        writer.texts("fields", &self.fields);
        writer.texts("include", &self.include);
        writer.texts("opclasses", &self.opclasses);
        writer.list("expressions", &self.expressions, Expression::to_json);
        writer.some("deferrable", self.deferrable.map(Deferrable::as_str));
        writer.some("nulls_distinct", self.nulls_distinct);
        writer.some("violation_error_code", self.violation_error_code.as_deref());
        writer.some(
            "violation_error_message",
            self.violation_error_message.as_deref(),
        );
        writer.list("elements", &self.elements, element_to_json);
        writer.some("using", self.using.as_deref());
        writer.finish()
    }

    fn check_complete(&self) -> Parsed<()> {
        let (is_complete, needs) = match self.kind {
            ConstraintKind::Check => (self.condition.is_some(), "a `condition`"),
            ConstraintKind::Unique => (
                self.fields.is_empty() != self.expressions.is_empty(),
                "either `fields` or `expressions`",
            ),
            ConstraintKind::Exclude => (!self.elements.is_empty(), "`elements`"),
        };
        let fault = || {
            Fault::new(format!(
                "the {} constraint `{}` needs {needs}",
                self.kind.as_str(),
                self.name
            ))
        };
        if is_complete { Ok(()) } else { Err(fault()) }
    }
}

impl ConstraintKind {
    fn from_json(value: &Value) -> Parsed<ConstraintKind> {
        let kinds = [
            ConstraintKind::Check,
            ConstraintKind::Unique,
            ConstraintKind::Exclude,
        ];
        word(
            value,
            "kind of constraint",
            kinds.map(|kind| (kind.as_str(), kind)),
        )
    }
}

impl Deferrable {
    fn from_json(value: &Value) -> Parsed<Deferrable> {
        let kinds = [Deferrable::Deferred, Deferrable::Immediate];
        word(
            value,
            "way to be deferrable",
            kinds.map(|kind| (kind.as_str(), kind)),
        )
    }
}

/// Reads the sets of fields that are unique together, and sorts them.
pub(crate) fn unique_together_from_json(value: &Value) -> Parsed<Vec<Vec<String>>> {
    let mut sets = list(value, |set| list(set, text))?;
    sets.sort();
    sets.dedup();
    Ok(sets)
}

/// Reads one of several words.
pub(crate) fn word<T>(
    value: &Value,
    what: &str,
    words: impl IntoIterator<Item = (&'static str, T)>,
) -> Parsed<T> {
    let wanted = text(value)?;
    let mut known = Vec::new();
    for (word, meaning) in words {
        if word == wanted {
            return Ok(meaning);
        }
        known.push(word);
    }
    let hint = suggestion(&wanted, known);
    Err(Fault::new(format!("no {what} `{wanted}`{hint}")))
}

fn one_or_more(value: &Value) -> Parsed<Vec<String>> {
    if value.is_string() {
        Ok(vec![text(value)?])
    } else {
        list(value, text)
    }
}

fn element_from_json(value: &Value) -> Parsed<(Expression, String)> {
    match value.as_array().map(Vec::as_slice) {
        Some([expression, operator]) => {
            let expression = match expression {
                Value::String(field) => Expression::field(field.as_str()),
                other => Expression::from_json(other).map_err(|fault| fault.at_index(0))?,
            };
            Ok((
                expression,
                text(operator).map_err(|fault| fault.at_index(1))?,
            ))
        }
        _ => Err(expected("a pair of expression and operator", value)),
    }
}

/// A text stands for the field of that name there, so that a literal has to say that it is a value.
fn element_to_json((expression, operator): &(Expression, String)) -> Value {
    let expression = match expression {
        Expression::Literal(Literal::Text(text)) => json!({"value": text}),
        other => other.to_json(),
    };
    json!([expression, operator])
}

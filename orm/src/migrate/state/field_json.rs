//! A field as JSON.

use base64::Engine as _;
use serde_json::{Value, json};

use super::json::word;
use super::{FieldState, GeneratedState, ModelKey, OnDelete, RelationState};
use crate::meta::condition::{Condition, Expression};
use crate::meta::json::{Fault, Object, Parsed, Writer, expected, text};
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultValue, Literal};

impl FieldState {
    /// Reads a field with its name.
    pub(crate) fn from_json(value: &Value) -> Parsed<FieldState> {
        let mut object = Object::new(value, "a field")?;
        let name = object.required("name", text)?;
        FieldState::read(name, object)
    }

    /// A default in the form that this field has it, if it is of a type that the field can hold.
    pub(crate) fn typed_default(&self, default: DefaultValue) -> Parsed<DefaultValue> {
        typed_default(self.kind, default)
    }

    /// Reads the keys after the name.
    fn read(name: String, mut object: Object<'_>) -> Parsed<FieldState> {
        let kinds = FieldKind::ALL.map(|kind| (kind.as_str(), kind));
        let kind = object.required("type", |value| word(value, "type of field", kinds))?;
        let mut field = FieldState::new(name, kind);
        field.primary_key = object.flag("primary_key", field.primary_key)?;
        field.null = object.flag("null", false)?;
        field.unique = object.flag("unique", field.unique)?;
        field.max_length = object.length("max_length")?.or(field.max_length);
        field.default = object.get("default", |value| {
            typed_default(kind, DefaultValue::from_json(value)?)
        })?;
        field.column = object.text("column")?;
        field.index = object.flag("index", field.index)?;
        field.max_digits = object.length("max_digits")?;
        field.decimal_places = object.length("decimal_places")?;
        field.auto_now = object.flag("auto_now", false)?;
        field.auto_now_add = object.flag("auto_now_add", false)?;
        field.db_default = object.get("db_default", |value| {
            typed_expression(kind, Expression::from_json(value)?)
        })?;
        field.comment = object.text("comment")?;
        field.collation = object.text("collation")?;
        field.tablespace = object.text("tablespace")?;
        field.choices = object.list("choices", Literal::from_json)?;
        field.blank = object.flag("blank", false)?;
        field.verbose_name = object.text("verbose_name")?;
        field.help_text = object.text("help_text")?;
        if kind.is_relation() {
            field.relation = Some(Box::new(RelationState::read(kind, &mut object)?));
        }
        if kind == FieldKind::Generated {
            field.generated = Some(Box::new(GeneratedState::read(&mut object)?));
        }
        if kind == FieldKind::CompositePrimaryKey {
            field.fields = object.texts("fields")?;
        }
        object.finish()?;
        Ok(field)
    }

    /// The written form.
    pub(crate) fn to_json(&self) -> Value {
        let defaults = FieldState::new("", self.kind);
        let mut writer = Writer::default();
        if !self.name.is_empty() {
            writer.put("name", self.name.as_str());
        }
        writer.put("type", self.kind.as_str());
        writer.flag("primary_key", self.primary_key, defaults.primary_key);
        writer.flag("null", self.null, false);
        writer.flag("unique", self.unique, defaults.unique);
        writer.some(
            "max_length",
            self.max_length
                .filter(|length| Some(*length) != defaults.max_length),
        );
        writer.some("default", self.default.as_ref().map(DefaultValue::to_json));
        writer.some("column", self.column.as_deref());
        writer.flag("index", self.index, defaults.index);
        writer.some("max_digits", self.max_digits);
        writer.some("decimal_places", self.decimal_places);
        writer.flag("auto_now", self.auto_now, false);
        writer.flag("auto_now_add", self.auto_now_add, false);
        writer.some(
            "db_default",
            self.db_default.as_ref().map(Expression::to_json),
        );
        writer.some("comment", self.comment.as_deref());
        writer.some("collation", self.collation.as_deref());
        writer.some("tablespace", self.tablespace.as_deref());
        writer.list("choices", &self.choices, Literal::to_json);
        writer.flag("blank", self.blank, false);
        writer.some("verbose_name", self.verbose_name.as_deref());
        writer.some("help_text", self.help_text.as_deref());
        if let Some(relation) = &self.relation {
            relation.write(&mut writer);
        }
        if let Some(generated) = &self.generated {
            generated.write(&mut writer);
        }
        writer.texts("fields", &self.fields);
        writer.finish()
    }

    /// Brings what is spelled out but equal to its default to the default. A column that is spelled out stays, as in
    /// Django: that is how a field keeps its column when it gets another name.
    pub(super) fn canonicalize(&mut self, model: &ModelKey, model_table: &str) {
        if self.primary_key {
            self.null = false;
        }
        // What is set by itself is never asked for.
        self.blank &= !(self.auto_now || self.auto_now_add);
        let default_table = format!("{model_table}_{}", self.name);
        if let Some(relation) = &mut self.relation {
            relation.table.take_if(|table| *table == default_table);
            let is_to_self = relation.to == *model;
            relation
                .symmetrical
                .take_if(|symmetrical| *symmetrical == is_to_self);
        }
    }
}

impl RelationState {
    fn read(kind: FieldKind, object: &mut Object<'_>) -> Parsed<RelationState> {
        let mut relation = RelationState::new(object.required("to", ModelKey::from_json)?);
        if kind != FieldKind::ManyToMany {
            relation.on_delete = Some(object.required("on_delete", OnDelete::from_json)?);
        }
        relation.related_name = object.text("related_name")?;
        relation.related_query_name = object.text("related_query_name")?;
        if kind != FieldKind::ManyToMany {
            relation.to_field = object.text("to_field")?;
        }
        relation.db_constraint = object.flag("db_constraint", true)?;
        if kind != FieldKind::ManyToMany {
            relation.parent_link = object.flag("parent_link", false)?;
        }
        relation.limit_choices_to = object.get("limit_choices_to", Condition::from_json)?;
        if kind == FieldKind::ManyToMany {
            relation.through = object.get("through", ModelKey::from_json)?;
            relation.through_fields = object.texts("through_fields")?;
            relation.table = object.text("table")?;
            relation.symmetrical = object.get("symmetrical", crate::meta::json::boolean)?;
        }
        Ok(relation)
    }

    fn write(&self, writer: &mut Writer) {
        writer.put("to", self.to.to_json());
        writer.some("on_delete", self.on_delete.as_ref().map(OnDelete::to_json));
        writer.some("related_name", self.related_name.as_deref());
        writer.some("related_query_name", self.related_query_name.as_deref());
        writer.some("to_field", self.to_field.as_deref());
        writer.flag("db_constraint", self.db_constraint, true);
        writer.flag("parent_link", self.parent_link, false);
        writer.some(
            "limit_choices_to",
            self.limit_choices_to.as_ref().map(Condition::to_json),
        );
        writer.some("through", self.through.as_ref().map(ModelKey::to_json));
        writer.texts("through_fields", &self.through_fields);
        writer.some("table", self.table.as_deref());
        writer.some("symmetrical", self.symmetrical);
    }
}

impl GeneratedState {
    fn read(object: &mut Object<'_>) -> Parsed<GeneratedState> {
        Ok(GeneratedState {
            expression: object.required("expression", Expression::from_json)?,
            output: object.required("output", |value| {
                FieldState::read(
                    String::new(),
                    Object::new(value, "the output of a generated column")?,
                )
            })?,
            stored: object.flag("stored", false)?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put("expression", self.expression.to_json());
        writer.put("output", self.output.to_json());
        writer.put("stored", self.stored);
    }
}

impl OnDelete {
    fn from_json(value: &Value) -> Parsed<OnDelete> {
        if value.is_object() {
            let mut object = Object::new(value, "`on_delete`")?;
            let set = object.required("set", DefaultValue::from_json)?;
            object.finish()?;
            return Ok(OnDelete::Set(set));
        }
        word(value, "deletion rule", OnDelete::WORDS)
    }

    fn to_json(&self) -> Value {
        if let OnDelete::Set(value) = self {
            return json!({"set": value.to_json()});
        }
        let word = OnDelete::WORDS.iter().find(|(_, rule)| rule == self);
        Value::from(word.map_or("CASCADE", |(word, _)| word))
    }
}

/// A default in the form that a field of this kind has it.
pub(super) fn typed_default(kind: FieldKind, default: DefaultValue) -> Parsed<DefaultValue> {
    match default {
        DefaultValue::Value(literal) => typed(kind, literal).map(DefaultValue::Value),
        function => Ok(function),
    }
}

/// A default of the database in the form that a field of this kind has it.
pub(super) fn typed_expression(kind: FieldKind, expression: Expression) -> Parsed<Expression> {
    match expression {
        Expression::Literal(literal) => typed(kind, literal).map(Expression::Literal),
        other => Ok(other),
    }
}

/// A literal in the form that a field of this kind has it: a decimal as text, a float with its fraction.
fn typed(kind: FieldKind, literal: Literal) -> Parsed<Literal> {
    let wanted = match kind {
        FieldKind::Boolean => matches!(literal, Literal::Bool(_))
            .then_some(())
            .ok_or("true or false"),
        FieldKind::Auto
        | FieldKind::BigAuto
        | FieldKind::SmallAuto
        | FieldKind::BigInteger
        | FieldKind::Integer
        | FieldKind::SmallInteger
        | FieldKind::PositiveInteger
        | FieldKind::PositiveBigInteger
        | FieldKind::PositiveSmallInteger => matches!(literal, Literal::Int(_))
            .then_some(())
            .ok_or("a whole number"),
        FieldKind::Float => match literal {
            Literal::Int(whole) => return Ok(Literal::Float(float_of(whole))),
            Literal::Float(_) => Ok(()),
            _ => Err("a number"),
        },
        FieldKind::Decimal => match literal {
            Literal::Int(whole) => return Ok(Literal::Text(whole.to_string())),
            Literal::Float(float) => return Ok(Literal::Text(float.to_string())),
            Literal::Text(ref digits) if is_decimal(digits) => Ok(()),
            _ => Err("a decimal number as text"),
        },
        FieldKind::Binary => match literal {
            Literal::Text(ref text) if base64::prelude::BASE64_STANDARD.decode(text).is_ok() => {
                Ok(())
            }
            _ => Err("base64 text"),
        },
        FieldKind::Char
        | FieldKind::Text
        | FieldKind::Slug
        | FieldKind::Email
        | FieldKind::Url
        | FieldKind::GenericIpAddress
        | FieldKind::Date
        | FieldKind::DateTime
        | FieldKind::Time
        | FieldKind::Duration
        | FieldKind::Uuid => literal.as_text().map(drop).ok_or("text"),
        FieldKind::Json
        | FieldKind::ForeignKey
        | FieldKind::OneToOne
        | FieldKind::ManyToMany
        | FieldKind::Generated
        | FieldKind::CompositePrimaryKey => Ok(()),
    };
    match wanted {
        Ok(()) => Ok(literal),
        Err(wanted) => {
            let Fault { message, .. } = expected(wanted, &literal.to_json());
            Err(Fault::new(format!(
                "a value of a `{}` field: {message}",
                kind.as_str()
            )))
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a float column would lose the same digits
fn float_of(whole: i64) -> f64 {
    whole as f64
}

fn is_decimal(digits: &str) -> bool {
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    !unsigned.trim_matches('.').is_empty()
        && (whole.chars().chain(fraction.chars())).all(|c| c.is_ascii_digit())
}

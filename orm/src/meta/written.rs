//! The written form of literals, defaults, expressions and conditions, read and made.

use serde_json::{Map, Value, json};

use super::condition::{Condition, Expression, Lookup};
use super::json::{Fault, Object, Parsed, expected, list, text};
use super::literal::{DefaultFunction, DefaultValue, Literal};
use crate::error::suggestion;

/// The functions of one argument that a keyword may name between the field and the lookup: `created_at__year__gte`.
const TRANSFORMS: [&str; 13] = [
    "year",
    "iso_year",
    "quarter",
    "month",
    "week",
    "week_day",
    "iso_week_day",
    "day",
    "date",
    "time",
    "hour",
    "minute",
    "second",
];

/// Keys that mean something else than a field of that name; such a field is written `or__exact`.
const RESERVED: [&str; 7] = ["and", "or", "not", "f", "fn", "value", "json"];

impl Literal {
    /// Reads a value: JSON's own forms, or `{"json": "…"}` around one that contains null.
    pub(crate) fn from_json(value: &Value) -> Parsed<Literal> {
        match value {
            Value::Null => Err(Fault::new(
                "null is no value; leave the key out, or write {\"json\": \"null\"}",
            )),
            Value::Object(map) if map.len() == 1 && map.contains_key("json") => {
                let inner = text(&map["json"]).map_err(|fault| fault.at_key("json"))?;
                let inner: Value = serde_json::from_str(&inner).map_err(|error| {
                    Fault::new(format!("this is not JSON: {error}")).at_key("json")
                })?;
                Literal::from_json_value(&inner)
            }
            other => Literal::from_json_value(other),
        }
    }

    /// The literal of a JSON value taken as it is.
    pub(crate) fn from_json_value(value: &Value) -> Parsed<Literal> {
        Ok(match value {
            Value::Bool(value) => Literal::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Literal::Int(whole),
                (None, Some(float)) if !number.is_u64() => Literal::Float(float),
                _ => return Err(Fault::new(format!("the number {number} is too large"))),
            },
            Value::String(text) => Literal::Text(text.clone()),
            Value::Array(_) if !needs_text(value) => {
                Literal::List(list(value, Literal::from_json_value)?)
            }
            Value::Null | Value::Array(_) | Value::Object(_) => Literal::Json(value.clone()),
        })
    }

    /// The written form where only a value may stand.
    pub fn to_json(&self) -> Value {
        let value = self.to_json_value();
        let is_wrapper = value.as_object().is_some_and(|map| {
            map.len() == 1
                && ["json", "fn", "rust"]
                    .iter()
                    .any(|key| map.contains_key(*key))
        });
        if needs_text(&value) || is_wrapper {
            json!({"json": value.to_string()})
        } else {
            value
        }
    }

    /// The JSON value that it is.
    pub fn to_json_value(&self) -> Value {
        match self {
            Literal::Bool(value) => Value::from(*value),
            Literal::Int(value) => Value::from(*value),
            Literal::Float(value) => Value::from(*value),
            Literal::Text(text) => Value::from(text.as_str()),
            Literal::List(items) => items.iter().map(Literal::to_json_value).collect(),
            Literal::Json(value) => value.clone(),
        }
    }
}

impl DefaultValue {
    /// Reads a default: a value, `{"fn": "now"}` or `{"rust": "path"}`.
    pub(crate) fn from_json(value: &Value) -> Parsed<DefaultValue> {
        let sole = value
            .as_object()
            .filter(|map| map.len() == 1)
            .and_then(|map| map.iter().next());
        match sole {
            Some((key, name)) if key == "fn" => {
                let name = text(name).map_err(|fault| fault.at_key("fn"))?;
                let function = DefaultFunction::parse(&name).ok_or_else(|| {
                    let hint = suggestion(&name, ["now", "uuid4"]);
                    Fault::new(format!("no default function `{name}`{hint}")).at_key("fn")
                })?;
                Ok(DefaultValue::Function(function))
            }
            Some((key, path)) if key == "rust" => text(path)
                .map(DefaultValue::Rust)
                .map_err(|fault| fault.at_key("rust")),
            _ => Literal::from_json(value).map(DefaultValue::Value),
        }
    }

    /// The written form.
    pub fn to_json(&self) -> Value {
        match self {
            DefaultValue::Value(literal) => literal.to_json(),
            DefaultValue::Function(function) => json!({"fn": function.as_str()}),
            DefaultValue::Rust(path) => json!({"rust": path}),
        }
    }
}

impl Expression {
    /// Reads an expression.
    pub(crate) fn from_json(value: &Value) -> Parsed<Expression> {
        let Value::Object(map) = value else {
            return Literal::from_json(value).map(Expression::Literal);
        };
        let sole_key = (map.len() == 1)
            .then(|| map.keys().next().map(String::as_str))
            .flatten();
        match sole_key {
            Some("f") => field_name(&map["f"])
                .map(Expression::Field)
                .map_err(|fault| fault.at_key("f")),
            Some("value") => Literal::from_json(&map["value"])
                .map(Expression::Literal)
                .map_err(|fault| fault.at_key("value")),
            Some("json") => Literal::from_json(value).map(Expression::Literal),
            _ if map.contains_key("fn") => Expression::function_from_json(value),
            _ => Condition::from_json(value)
                .map(|condition| Expression::Condition(Box::new(condition))),
        }
    }

    /// The written form.
    pub fn to_json(&self) -> Value {
        match self {
            Expression::Field(name) => json!({"f": name}),
            Expression::Literal(literal) => match literal.to_json() {
                value @ Value::Object(_) => json!({"value": value}),
                value => value,
            },
            Expression::Function { name, args } if args.is_empty() => json!({"fn": name}),
            Expression::Function { name, args } => {
                json!({"fn": name, "args": args.iter().map(Expression::to_json).collect::<Vec<_>>()})
            }
            Expression::Condition(condition) => condition.to_json(),
        }
    }

    fn function_from_json(value: &Value) -> Parsed<Expression> {
        let mut object = Object::new(value, "a function")?;
        let name = object.required("fn", text)?;
        let args = object.list("args", Expression::from_json)?;
        object.finish()?;
        let Some(lookup) = Lookup::parse(&name) else {
            return Ok(Expression::Function { name, args });
        };
        let count = args.len();
        let [left, right] = <[Expression; 2]>::try_from(args).map_err(|_| {
            Fault::new(format!("`{name}` compares two expressions, not {count}")).at_key("args")
        })?;
        let comparison = Condition::Compare {
            left,
            lookup,
            right,
        };
        Ok(Expression::Condition(Box::new(comparison)))
    }

    /// The keyword that names it, if it is a field under transforms: `created_at__year`.
    fn keyword(&self) -> Option<String> {
        match self {
            Expression::Field(name) => Some(name.clone()),
            Expression::Function { name, args } if TRANSFORMS.contains(&name.as_str()) => {
                match args.as_slice() {
                    [inner] => inner.keyword().map(|keyword| format!("{keyword}__{name}")),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Condition {
    /// Reads a condition.
    pub(crate) fn from_json(value: &Value) -> Parsed<Condition> {
        let map = value
            .as_object()
            .ok_or_else(|| expected("a condition", value))?;
        if map.contains_key("fn") {
            return Expression::function_from_json(value).map(|expression| match expression {
                Expression::Condition(condition) => *condition,
                truth => Condition::compare(truth, Lookup::Exact, Literal::Bool(true)),
            });
        }
        let mut keys: Vec<&String> = map.keys().collect();
        keys.sort();
        let mut parts = keys
            .into_iter()
            .map(|key| keyword_condition(key, &map[key]).map_err(|fault| fault.at_key(key)))
            .collect::<Parsed<Vec<Condition>>>()?;
        match parts.len() {
            0 => Err(Fault::new(
                "an empty condition; leave the key out, or say what has to hold",
            )),
            1 => Ok(parts.remove(0)),
            _ => Ok(Condition::And(parts)),
        }
    }

    /// The written form.
    pub fn to_json(&self) -> Value {
        let write_all =
            |parts: &[Condition]| -> Value { parts.iter().map(Condition::to_json).collect() };
        match self {
            Condition::And(parts) => keywords_in_order(parts)
                .map_or_else(|| json!({"and": write_all(parts)}), Value::Object),
            Condition::Or(parts) => json!({"or": write_all(parts)}),
            Condition::Not(inner) => json!({"not": inner.to_json()}),
            Condition::Compare {
                left,
                lookup,
                right,
            } => match self.keyword() {
                Some(keyword) => json!({keyword: right.to_json()}),
                None => json!({"fn": lookup.as_str(), "args": [left.to_json(), right.to_json()]}),
            },
        }
    }

    /// The keyword of a comparison that has one: `view_count__gte`, and `status` for an exact one.
    fn keyword(&self) -> Option<String> {
        let Condition::Compare { left, lookup, .. } = self else {
            return None;
        };
        let keyword = left.keyword()?;
        let may_stand_alone = *lookup == Lookup::Exact && !RESERVED.contains(&keyword.as_str());
        Some(if may_stand_alone {
            keyword
        } else {
            format!("{keyword}__{}", lookup.as_str())
        })
    }
}

/// The condition of one key: `and`, `or`, `not`, or a keyword lookup.
fn keyword_condition(key: &str, value: &Value) -> Parsed<Condition> {
    match key {
        "and" | "or" => {
            if !value.is_array() {
                let hint = format!("; the field of that name is written `{key}__exact`");
                return Err(Fault::new(format!(
                    "`{key}` needs a list of conditions{hint}"
                )));
            }
            let parts = list(value, Condition::from_json)?;
            if parts.is_empty() {
                return Err(Fault::new(format!("`{key}` needs at least one condition")));
            }
            Ok(if key == "and" {
                Condition::And(parts)
            } else {
                Condition::Or(parts)
            })
        }
        "not" => Condition::from_json(value).map(|inner| Condition::Not(Box::new(inner))),
        _ => {
            let (left, lookup) = keyword_sides(key)?;
            let right = Expression::from_json(value)?;
            Ok(Condition::Compare {
                left,
                lookup,
                right,
            })
        }
    }
}

/// The field under its transforms, and the lookup, of a keyword.
fn keyword_sides(keyword: &str) -> Parsed<(Expression, Lookup)> {
    let mut parts = keyword.split("__");
    let name = parts.next().unwrap_or_default();
    let mut rest: Vec<&str> = parts.collect();
    let lookup = rest.last().and_then(|word| Lookup::parse(word));
    if lookup.is_some() {
        rest.pop();
    }
    let mut left = Expression::field(name);
    for word in rest {
        if !TRANSFORMS.contains(&word) {
            let words = Lookup::ALL
                .iter()
                .map(|lookup| lookup.as_str())
                .chain(TRANSFORMS);
            let hint = suggestion(word, words);
            return Err(Fault::new(format!(
                "`{word}` in `{keyword}` is no lookup (and a condition cannot follow relations){hint}"
            )));
        }
        left = Expression::function(word, vec![left]);
    }
    Ok((left, lookup.unwrap_or(Lookup::Exact)))
}

/// One object of keywords for conditions that all have one and stand in the order of their keywords.
fn keywords_in_order(parts: &[Condition]) -> Option<Map<String, Value>> {
    let mut map = Map::new();
    let mut last = String::new();
    for part in parts {
        let keyword = part.keyword().filter(|keyword| last < *keyword)?;
        let Condition::Compare { right, .. } = part else {
            return None;
        };
        map.insert(keyword.clone(), right.to_json());
        last = keyword;
    }
    (1 < parts.len()).then_some(map)
}

fn field_name(value: &Value) -> Parsed<String> {
    let name = text(value)?;
    if name.contains("__") {
        return Err(Fault::new(format!(
            "`{name}` follows a relation; only the model's own fields can stand here"
        )));
    }
    Ok(name)
}

/// Whether a value holds what the other format of files has no word for: null, or a number beyond 64 bits and a sign.
fn needs_text(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.is_u64() && number.as_i64().is_none(),
        Value::Array(items) => items.iter().any(needs_text),
        Value::Object(map) => map.values().any(needs_text),
        Value::Bool(_) | Value::String(_) => false,
    }
}

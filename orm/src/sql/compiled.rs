//! A statement's text, and how the values of an execution are laid out in it.

use std::sync::Arc;

use super::json_list;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Value, ValueType};

/// A statement in the SQL of one database. It is the same for all statements of one shape, and made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The text.
    pub sql: Arc<str>,
    /// What is bound, in the order of the placeholders.
    pub params: Vec<BindParam>,
    /// Whether the values of an execution are bound as they are, slot by slot.
    direct: bool,
}

/// What is bound to a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BindParam {
    /// Where the value stands in the list of values.
    pub slot: u32,
    /// Its type; of a list, that of its elements.
    pub value_type: ValueType,
    /// What becomes of the value before it is bound.
    pub transform: Transform,
}

/// What becomes of a value before it is bound. NULL stays NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transform {
    /// Nothing.
    AsIs,
    /// `%`, `_` and `\` are escaped.
    LikeExact,
    /// The same, between two `%`.
    LikeContains,
    /// The same, before a `%`.
    LikeStartsWith,
    /// The same, after a `%`.
    LikeEndsWith,
    /// In small letters, character by character.
    Fold,
    /// The smallest text that is greater than all that begin with this one, in the order of code points; bytes,
    /// which are greater than all text there, if there is none.
    PrefixEnd,
    /// After a text that belongs to the shape.
    Prefixed(&'static str),
    /// A decimal as a number: an integer, or a float that holds its digits exactly.
    Number,
    /// A list, as it is.
    List,
    /// A list of decimals as numbers.
    NumberList,
    /// A list as the text of a JSON array.
    JsonList,
    /// The element of a list at this place; the last one, if the list is shorter.
    Element(u32),
    /// Nothing is bound: the statement was made for an empty list.
    EmptyList,
}

impl Compiled {
    pub(super) fn new(sql: String, params: Vec<BindParam>) -> Self {
        let direct = params.iter().enumerate().all(|(nth, param)| {
            usize::try_from(param.slot) == Ok(nth)
                && matches!(param.transform, Transform::AsIs | Transform::List)
        });
        Compiled {
            sql: sql.into(),
            params,
            direct,
        }
    }

    /// The values to bind, in the order of the placeholders, from the values of the slots.
    ///
    /// # Errors
    /// `InvalidQuery`, where the values are not those that the statement was made for.
    pub fn bind(&self, values: Vec<Value>) -> Result<Vec<Value>> {
        if self.direct && values.len() == self.params.len() {
            return Ok(values);
        }
        let mut bound = Vec::with_capacity(self.params.len());
        for param in &self.params {
            let value = usize::try_from(param.slot)
                .ok()
                .and_then(|slot| values.get(slot));
            let Some(value) = value else {
                let (slot, count) = (param.slot, values.len());
                return Err(Error::query(format!(
                    "the statement binds value {slot}, but was given {count} values"
                )));
            };
            if let Some(value) = param.transform.apply(value)? {
                bound.push(value);
            }
        }
        Ok(bound)
    }
}

impl Transform {
    /// The value to bind; none if nothing is bound.
    ///
    /// # Errors
    /// `InvalidQuery`, where the value is not of the kind that is transformed.
    pub fn apply(self, value: &Value) -> Result<Option<Value>> {
        if self == Transform::AsIs || value.is_null() {
            return Ok(Some(value.clone()));
        }
        match (self, value) {
            (Transform::List, Value::List(..)) => Ok(Some(value.clone())),
            (Transform::NumberList, Value::List(element, elements)) => {
                let numbers = elements.iter().map(|element| match element {
                    Value::Decimal(digits) => decimal_number(digits),
                    other => Ok(other.clone()),
                });
                Ok(Some(Value::List(*element, numbers.collect::<Result<_>>()?)))
            }
            (Transform::JsonList, Value::List(_, elements)) => {
                Ok(Some(Value::Text(json_list(elements))))
            }
            (Transform::Element(at), Value::List(_, elements)) => {
                let element = usize::try_from(at)
                    .ok()
                    .and_then(|at| elements.get(at))
                    .or(elements.last());
                element
                    .cloned()
                    .map(Some)
                    .ok_or_else(|| mismatch(self, value))
            }
            (Transform::EmptyList, Value::List(_, elements)) if elements.is_empty() => Ok(None),
            (Transform::Number, Value::Decimal(digits)) => decimal_number(digits).map(Some),
            (Transform::PrefixEnd, Value::Text(text)) => Ok(Some(prefix_end(text))),
            (_, Value::Text(text)) => match self.text(text) {
                Some(text) => Ok(Some(Value::Text(text))),
                None => Err(mismatch(self, value)),
            },
            _ => Err(mismatch(self, value)),
        }
    }

    fn text(self, text: &str) -> Option<String> {
        Some(match self {
            Transform::LikeExact => escape_like("", text, ""),
            Transform::LikeContains => escape_like("%", text, "%"),
            Transform::LikeStartsWith => escape_like("", text, "%"),
            Transform::LikeEndsWith => escape_like("%", text, ""),
            Transform::Fold => fold(text),
            Transform::Prefixed(prefix) => format!("{prefix}{text}"),
            Transform::AsIs
            | Transform::PrefixEnd
            | Transform::Number
            | Transform::List
            | Transform::NumberList
            | Transform::JsonList
            | Transform::Element(_)
            | Transform::EmptyList => return None,
        })
    }
}

/// Text in small letters, character by character, so that a part of a text folds as it does within it.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn mismatch(transform: Transform, value: &Value) -> Error {
    let is = match value {
        Value::List(_, elements) => format!("a list of {}", elements.len()),
        other => other.value_type().as_str().to_owned(),
    };
    Error::query(format!(
        "the statement was made for another value: {transform:?} of {is}"
    ))
}

fn escape_like(before: &str, text: &str, after: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push_str(before);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push_str(after);
    pattern
}

fn prefix_end(text: &str) -> Value {
    let mut end = text.to_owned();
    while let Some(last) = end.pop() {
        // Surrogates are no characters: the one after U+D7FF is U+E000.
        let next = if last == '\u{D7FF}' {
            Some('\u{E000}')
        } else {
            char::from_u32(u32::from(last) + 1)
        };
        if let Some(next) = next {
            end.push(next);
            return Value::Text(end);
        }
    }
    Value::Bytes(Vec::new())
}

/// A decimal as a number that holds it exactly: 15 digits are what a float holds whatever the digits.
fn decimal_number(digits: &str) -> Result<Value> {
    let significant = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .skip_while(|digit| *digit == b'0')
        .count();
    let trimmed = match digits.split_once('.') {
        Some((whole, places)) if places.bytes().all(|digit| digit == b'0') => whole,
        _ => digits,
    };
    if let Ok(integer) = trimmed.parse::<i64>() {
        return Ok(Value::Int(integer));
    }
    match digits.parse::<f64>() {
        Ok(float) if significant <= 15 => Ok(Value::Float(float)),
        _ => Err(Error::new(ErrorKind::Encode {
            what: "a decimal".to_owned(),
            why: format!("this database holds decimals of 15 digits, and it has {significant}"),
        })),
    }
}

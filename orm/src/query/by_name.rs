//! Lookups by name: `author__name__icontains` as a path, a part of a date and a lookup, checked against the model.

use std::borrow::Cow;

use super::expr::year_range;
use super::transform::{transformed, words_of};
use super::{Node, OrderBy, OrderTerm, Path, Predicate, Query, Step};
use crate::ast::{Function, Nulls};
use crate::error::{Error, ErrorKind, Result, suggestion};
use crate::meta::{FieldMeta, Lookup, ModelMeta, RelationMeta};
use crate::value::{Value, ValueType, parse_date, parse_date_time, parse_time};

/// The condition of a lookup by name.
///
/// # Errors
/// `UnknownField` where a name is none of the model's, with the nearest; `InvalidQuery` where the value does not fit.
pub(crate) fn lookup(query: &Query, name: &str, value: Value) -> Result<Predicate> {
    let found = walk(query, name)?;
    let mut node = Node::Path(found.path);
    let mut value_type = found.value_type;
    let mut lookup = Lookup::Exact;
    for (nth, word) in found.rest.iter().enumerate() {
        // The last word is a lookup before it is a transform, as in Django.
        let last = nth + 1 == found.rest.len();
        if let Some(known) = Lookup::parse(word).filter(|_| last) {
            lookup = known;
            continue;
        }
        (node, value_type) = transformed(word, &node, value_type)
            .ok_or_else(|| unknown_lookup(name, word, value_type))?;
    }
    if found.is_relation && !is_of_keys(lookup) {
        return Err(Error::query(format!(
            "`{name}` looks at a relation, which has no `{}`: name a field behind it",
            lookup.as_str()
        )));
    }
    if let Value::Int(year) = &value
        && let Some(predicate) = year_range(&node, lookup, *year)
    {
        return Ok(predicate);
    }
    if let (ValueType::Int, Value::Float(number)) = (value_type, &value) {
        return beside_integers(node, lookup, *number, name);
    }
    compare(node, lookup, value_type, value, name)
}

/// An integer compared with a float: with the next whole number on the side that matters.
fn beside_integers(node: Node, lookup: Lookup, number: f64, name: &str) -> Result<Predicate> {
    let whole = match lookup {
        Lookup::Exact if number.fract() != 0.0 => return Ok(Predicate::Constant(false)),
        Lookup::Exact | Lookup::Gt | Lookup::Lte => number.floor(),
        Lookup::Gte | Lookup::Lt => number.ceil(),
        _ => return compare(node, lookup, ValueType::Int, Value::Float(number), name),
    };
    if number.is_nan() {
        return Err(Error::query(format!("`{name}` takes a number, not NaN")));
    }
    match format!("{whole:.0}").parse::<i64>() {
        Ok(whole) => Ok(Predicate::Compare(
            node,
            lookup,
            Node::Value(Value::Int(whole)),
        )),
        // Beyond all integers: every one of them is on this side, or on the other.
        Err(_) => {
            let above = matches!(lookup, Lookup::Gt | Lookup::Gte) && number < 0.0;
            let below = matches!(lookup, Lookup::Lt | Lookup::Lte) && 0.0 < number;
            Ok(if above || below {
                Predicate::IsNull(node, false)
            } else {
                Predicate::Constant(false)
            })
        }
    }
}

fn compare(
    node: Node,
    lookup: Lookup,
    value_type: ValueType,
    value: Value,
    name: &str,
) -> Result<Predicate> {
    Ok(match (lookup, value) {
        (Lookup::Exact | Lookup::IExact, Value::Null(_)) => Predicate::IsNull(node, true),
        (Lookup::IsNull, Value::Bool(null)) => Predicate::IsNull(node, null),
        (Lookup::IsNull, _) => return Err(Error::query(format!("`{name}` takes true or false"))),
        (_, Value::Null(_)) => {
            return Err(Error::query(format!(
                "`{name}` cannot take NULL: use `…__isnull`"
            )));
        }
        (Lookup::In, Value::List(_, values)) => {
            // A NULL is equal to nothing, so it is no member of a list.
            let values = values.into_iter().filter(|value| !value.is_null());
            let values = values
                .map(|value| fit(value, value_type, name))
                .collect::<Result<Vec<_>>>()?;
            Predicate::InList(node, Value::List(value_type, values))
        }
        (Lookup::In, _) => return Err(Error::query(format!("`{name}` takes a list"))),
        (Lookup::Range, Value::List(_, values)) if values.len() == 2 => {
            let mut ends = values
                .into_iter()
                .map(|value| fit(value, value_type, name).map(Node::Value));
            match (ends.next(), ends.next()) {
                (Some(low), Some(high)) => Predicate::Between(node, low?, high?),
                _ => return Err(Error::query(format!("`{name}` takes two values"))),
            }
        }
        (Lookup::Range, _) => {
            return Err(Error::query(format!("`{name}` takes a list of two values")));
        }
        (lookup, value) => {
            let value = match lookup {
                Lookup::Exact | Lookup::Gt | Lookup::Gte | Lookup::Lt | Lookup::Lte => {
                    fit(value, value_type, name)?
                }
                _ => fit(value, ValueType::Text, name)?,
            };
            Predicate::Compare(node, lookup, Node::Value(value))
        }
    })
}

/// The term of an order by name: `-created_at`, `author__name`.
///
/// # Errors
/// `UnknownField`, with the nearest name.
pub(crate) fn order_term(query: &Query, name: &str) -> Result<Vec<OrderTerm>> {
    let (name, descending) = match name.strip_prefix('-') {
        Some(name) => (name, true),
        None => (name, false),
    };
    term_from(&query.root(), name, descending)
}

/// The order of the model at a relation's end: its own, or that of its key.
pub(super) fn order_of<O>(path: &Path, descending: bool) -> Vec<OrderBy<O>> {
    let own = path.model().options.ordering;
    let names: &[&str] = if own.is_empty() { &["pk"] } else { own };
    let terms = names.iter().flat_map(|name| {
        let (name, flipped) = match name.strip_prefix('-') {
            Some(name) => (name, true),
            None => (*name, false),
        };
        term_from(path, name, descending != flipped).unwrap_or_else(|error| {
            vec![OrderTerm {
                node: Node::invalid(error.kind().clone()),
                descending,
                nulls: Nulls::Native,
            }]
        })
    });
    terms.map(OrderBy::of).collect()
}

/// An order that follows more relations than these goes round in circles.
const DEEPEST_ORDER: usize = 16;

fn term_from(base: &Path, name: &str, descending: bool) -> Result<Vec<OrderTerm>> {
    if name == "?" {
        return Ok(vec![OrderTerm {
            node: Node::Function(Function::Random, Vec::new(), ValueType::Float),
            descending,
            nulls: Nulls::Native,
        }]);
    }
    let found = walk_from(base, name)?;
    if !found.rest.is_empty() {
        let mut node = Node::Path(found.path.clone());
        let mut value_type = found.value_type;
        for word in &found.rest {
            (node, value_type) = transformed(word, &node, value_type)
                .ok_or_else(|| unknown_field(found.path.model(), word))?;
        }
        return Ok(vec![OrderTerm {
            node,
            descending,
            nulls: Nulls::Native,
        }]);
    }
    if DEEPEST_ORDER < found.path.steps.len() {
        return Err(Error::query(format!(
            "the ordering of {} leads over its relations back to itself",
            found.path.model().name
        )));
    }
    let related = found.path.model();
    let whole = found.is_relation && !related.options.ordering.is_empty();
    if !whole {
        return Ok(vec![OrderTerm {
            node: Node::Path(found.path),
            descending,
            nulls: Nulls::Native,
        }]);
    }
    let mut terms = Vec::new();
    for by in related.options.ordering {
        let (by, flipped) = match by.strip_prefix('-') {
            Some(by) => (by, true),
            None => (*by, false),
        };
        terms.extend(term_from(
            base,
            &format!("{name}__{by}"),
            descending != flipped,
        )?);
    }
    Ok(terms)
}

/// How far a name leads as a path.
struct Found<'n> {
    path: Path,
    value_type: ValueType,
    /// Whether the path ends on a relation by its own name, not by that of its column.
    is_relation: bool,
    /// What is no field any more: a part of a date, a lookup.
    rest: Vec<&'n str>,
}

fn walk<'n>(query: &Query, name: &'n str) -> Result<Found<'n>> {
    walk_from(&query.root(), name)
}

fn walk_from<'n>(base: &Path, name: &'n str) -> Result<Found<'n>> {
    let mut path = base.clone();
    let mut model = base.model();
    let mut field: Option<&'static FieldMeta> = None;
    let mut is_relation = false;
    let words: Vec<&'n str> = name.split("__").collect();
    let mut taken = 0;
    for word in &words {
        if field.is_some_and(|field| field.relation.is_none()) {
            break;
        }
        let Some(step) = step_named(model, word) else {
            if field.is_none() {
                return Err(unknown_field(model, word));
            }
            break;
        };
        let (stepped, next) = step.field(model);
        is_relation =
            stepped.relation.is_some() && (stepped.name == *word || matches!(step, Step::Via(..)));
        path = path.step(step);
        (field, model) = (Some(stepped), next);
        taken += 1;
    }
    let rest: Vec<&'n str> = words[taken..].to_vec();
    if let (Some(field), [word, ..]) = (field, &rest[..])
        && field.relation.is_some()
        && Lookup::parse(word).is_none()
    {
        return Err(unknown_field(model, word));
    }
    let Some(field) = field else {
        return Err(unknown_field(model, name));
    };
    let to_many = field.relation.is_some() && !field.is_column();
    Ok(Found {
        path,
        value_type: if to_many {
            model.primary_key().value_type()
        } else {
            field.value_type()
        },
        is_relation,
        rest,
    })
}

/// The step of a word: a field, or the reverse side of another model's key by the name that it gives itself.
fn step_named(model: &'static ModelMeta, word: &str) -> Option<Step> {
    if let Some(position) = model.position(word) {
        return Some(Step::Field(u16::try_from(position).ok()?));
    }
    let (_, other, position) = reverse_names(model).find(|(name, ..)| name == word)?;
    Some(Step::Via(other, u16::try_from(position).ok()?))
}

/// The names by which the keys of other models to this one call their reverse sides, with their steps.
fn reverse_names(
    model: &'static ModelMeta,
) -> impl Iterator<Item = (Cow<'static, str>, &'static ModelMeta, usize)> {
    let keys = model
        .siblings()
        .into_iter()
        .filter(|other| other.options.proxy.is_none());
    let keys = keys.flat_map(|other| {
        let fields = other.fields.iter().enumerate();
        fields.map(move |(position, field)| (other, position, field))
    });
    keys.filter_map(move |(other, position, field)| {
        let (to, related_name) = match field.relation? {
            RelationMeta::ToOne(to_one) => (to_one.to.get(), to_one.related_name),
            RelationMeta::ManyToMany(many) => (many.to.get(), many.related_name),
            RelationMeta::Reverse(_) => return None,
        };
        let name = related_name.map_or_else(|| other.name.to_lowercase().into(), Cow::Borrowed);
        to.is(model).then_some((name, other, position))
    })
}

#[cold]
fn unknown_field(model: &'static ModelMeta, word: &str) -> Error {
    let reverse: Vec<_> = reverse_names(model).map(|(name, ..)| name).collect();
    let own = model.fields.iter().map(|field| field.name);
    let names = own.chain(reverse.iter().map(|name| &**name));
    Error::new(ErrorKind::UnknownField {
        model: model.name.to_owned(),
        field: word.to_owned(),
        suggestion: suggestion(word, names),
    })
}

#[cold]
fn unknown_lookup(name: &str, word: &str, value_type: ValueType) -> Error {
    let words = Lookup::ALL.iter().map(|lookup| lookup.as_str());
    let known = suggestion(word, words.chain(words_of(value_type)));
    Error::query(format!("no lookup `{word}` in `{name}`{known}"))
}

/// Whether keys can be compared so.
fn is_of_keys(lookup: Lookup) -> bool {
    matches!(
        lookup,
        Lookup::Exact
            | Lookup::In
            | Lookup::Gt
            | Lookup::Gte
            | Lookup::Lt
            | Lookup::Lte
            | Lookup::IsNull
    )
}

/// A value as the type that it is compared with, where that is the same value.
pub(crate) fn fit(value: Value, value_type: ValueType, name: &str) -> Result<Value> {
    let fitted = match (value_type, value) {
        (wanted, value) if value.value_type() == wanted => Some(value),
        (ValueType::Float, Value::Int(number)) => number.to_string().parse().ok().map(Value::Float),
        (ValueType::Decimal, Value::Int(number)) => Some(Value::Decimal(number.to_string())),
        (ValueType::Decimal, Value::Float(number)) => {
            let is_number = number.is_finite();
            is_number.then(|| Value::Decimal(number.to_string()))
        }
        (ValueType::Int, Value::Text(text)) => text.parse().ok().map(Value::Int),
        (ValueType::Float, Value::Text(text)) => text.parse().ok().map(Value::Float),
        (ValueType::Bool, Value::Text(text)) => text.parse().ok().map(Value::Bool),
        (ValueType::Date, Value::Text(text)) => parse_date(&text).map(Value::Date),
        (ValueType::Time, Value::Text(text)) => parse_time(&text).map(Value::Time),
        (ValueType::DateTime, Value::Text(text)) => parse_date_time(&text).map(Value::DateTime),
        (ValueType::Inet, Value::Text(text)) => Some(Value::Inet(text)),
        (ValueType::Json, Value::Text(text)) => Some(Value::Json(text)),
        (ValueType::Decimal, Value::Text(text)) => {
            is_decimal(&text).then_some(Value::Decimal(text))
        }
        (ValueType::Uuid, Value::Text(text)) => uuid(&text).map(Value::Uuid),
        (ValueType::Text, Value::Int(number)) => Some(Value::Text(number.to_string())),
        _ => None,
    };
    fitted.ok_or_else(|| Error::query(format!("`{name}` takes {}", value_type.as_str())))
}

/// Whether a text is a number in plain digits.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    are_digits(whole) && are_digits(places)
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let digits = std::str::from_utf8(&digits)
        .ok()
        .filter(|digits| digits.len() == 32)?;
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

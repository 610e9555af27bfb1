//! Transforms by name: what may stand between a field and a lookup, one behind another: `created_at__date__year__gte`.

use super::Node;
use crate::ast::{CastType, DatePart, Function};
use crate::value::ValueType;

const PARTS: [(&str, DatePart); 11] = [
    ("year", DatePart::Year),
    ("iso_year", DatePart::IsoYear),
    ("quarter", DatePart::Quarter),
    ("month", DatePart::Month),
    ("week", DatePart::Week),
    ("week_day", DatePart::WeekDay),
    ("iso_week_day", DatePart::IsoWeekDay),
    ("day", DatePart::Day),
    ("hour", DatePart::Hour),
    ("minute", DatePart::Minute),
    ("second", DatePart::Second),
];

/// Functions of texts, and the types of their results.
const OF_TEXT: [(&str, Function, ValueType); 14] = [
    ("lower", Function::Lower, ValueType::Text),
    ("upper", Function::Upper, ValueType::Text),
    ("trim", Function::Trim, ValueType::Text),
    ("ltrim", Function::LTrim, ValueType::Text),
    ("rtrim", Function::RTrim, ValueType::Text),
    ("reverse", Function::Reverse, ValueType::Text),
    ("md5", Function::Md5, ValueType::Text),
    ("sha1", Function::Sha1, ValueType::Text),
    ("sha224", Function::Sha224, ValueType::Text),
    ("sha256", Function::Sha256, ValueType::Text),
    ("sha384", Function::Sha384, ValueType::Text),
    ("sha512", Function::Sha512, ValueType::Text),
    ("length", Function::Length, ValueType::Int),
    ("ord", Function::Ord, ValueType::Int),
];

/// Functions of numbers whose result is of the number's own type.
const OF_NUMBERS: [(&str, Function); 5] = [
    ("abs", Function::Abs),
    ("ceil", Function::Ceil),
    ("floor", Function::Floor),
    ("round", Function::Round),
    ("sign", Function::Sign),
];

/// Functions of floats.
const OF_FLOATS: [(&str, Function); 12] = [
    ("acos", Function::Acos),
    ("asin", Function::Asin),
    ("atan", Function::Atan),
    ("cos", Function::Cos),
    ("cot", Function::Cot),
    ("degrees", Function::Degrees),
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("radians", Function::Radians),
    ("sin", Function::Sin),
    ("sqrt", Function::Sqrt),
    ("tan", Function::Tan),
];

/// A value as the transform of a word makes it, and its type; none where values of its type have no such transform.
pub(super) fn transformed(
    word: &str,
    node: &Node,
    value_type: ValueType,
) -> Option<(Node, ValueType)> {
    use ValueType::{Date, DateTime, Decimal, Float, Int, Text, Time};
    let boxed = || Box::new(node.clone());
    let named = |name: &&str| *name == word;
    match (value_type, word) {
        (DateTime, "date") => return Some((Node::DateOf(boxed()), Date)),
        (DateTime, "time") => return Some((Node::TimeOf(boxed()), Time)),
        (Int, "chr") => return Some((called(Function::Chr, node.clone(), Text), Text)),
        (Date | DateTime | Time, _) => {
            let (_, part) = PARTS.iter().find(|(name, _)| named(name))?;
            let has_it = match value_type {
                Date => !part.is_of_time(),
                Time => part.is_of_time(),
                _ => true,
            };
            return has_it.then(|| (Node::Extract(*part, boxed()), Int));
        }
        (Text, _) => {
            let (_, function, result) = OF_TEXT.iter().find(|(name, ..)| named(name))?;
            return Some((called(*function, node.clone(), *result), *result));
        }
        (Int | Float | Decimal, _) => {}
        _ => return None,
    }
    if let Some((_, function)) = OF_NUMBERS.iter().find(|(name, _)| named(name)) {
        return Some((called(*function, node.clone(), value_type), value_type));
    }
    let (_, function) = OF_FLOATS.iter().find(|(name, _)| named(name))?;
    let float = match value_type {
        Float => node.clone(),
        _ => Node::Cast(boxed(), CastType::Float, Float),
    };
    Some((called(*function, float, Float), Float))
}

fn called(function: Function, node: Node, value_type: ValueType) -> Node {
    Node::Function(function, vec![node], value_type)
}

/// The words of the transforms that values of a type have.
pub(super) fn words_of(value_type: ValueType) -> impl Iterator<Item = &'static str> {
    let parts = PARTS.iter().map(|(name, _)| *name);
    let texts = OF_TEXT.iter().map(|(name, ..)| *name);
    let numbers = OF_NUMBERS.iter().chain(&OF_FLOATS).map(|(name, _)| *name);
    let all = parts.chain(texts).chain(numbers);
    let value = Node::Value(crate::value::Value::Null(value_type));
    all.chain(["date", "time", "chr"])
        .filter(move |word| transformed(word, &value, value_type).is_some())
}

//! What becomes of values before they are bound.

use super::{BindParam, Compiled, Moment, Transform, Version, fold};
use crate::ast::{Expr, ListParam, Temporal};
use crate::value::{Value, ValueType};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(digits: &str) -> Value {
    Value::Decimal(digits.to_owned())
}

fn applied(transform: Transform, value: &Value) -> Value {
    transform.apply(value).unwrap().unwrap()
}

fn param(slot: u32, transform: Transform) -> BindParam {
    BindParam {
        slot,
        value_type: ValueType::Int,
        transform,
    }
}

#[test]
fn wildcards_in_values_are_escaped() {
    let value = text(r"50%_\");
    assert_eq!(applied(Transform::LikeExact, &value), text(r"50\%\_\\"));
    assert_eq!(
        applied(Transform::LikeContains, &value),
        text(r"%50\%\_\\%")
    );
    assert_eq!(applied(Transform::LikeStartsWith, &text("a")), text("a%"));
    assert_eq!(applied(Transform::LikeEndsWith, &text("a")), text("%a"));
    let null = Value::Null(ValueType::Text);
    assert_eq!(applied(Transform::LikeContains, &null), null);
}

#[test]
fn a_prefix_ends_before_the_next_text_that_does_not_begin_with_it() {
    assert_eq!(applied(Transform::PrefixEnd, &text("ab")), text("ac"));
    assert_eq!(
        applied(Transform::PrefixEnd, &text("a\u{10FFFF}")),
        text("b")
    );
    assert_eq!(
        applied(Transform::PrefixEnd, &text("\u{D7FF}")),
        text("\u{E000}")
    );
    // Nothing is greater than all text but bytes.
    assert_eq!(
        applied(Transform::PrefixEnd, &text("")),
        Value::Bytes(vec![])
    );
    assert_eq!(
        applied(Transform::PrefixEnd, &text("\u{10FFFF}")),
        Value::Bytes(vec![])
    );
}

#[test]
fn a_decimal_is_a_number_only_where_no_digit_is_lost() {
    assert_eq!(
        applied(Transform::Number, &decimal("-12.50")),
        Value::Float(-12.5)
    );
    assert_eq!(
        applied(Transform::Number, &decimal("12.00")),
        Value::Int(12)
    );
    assert_eq!(
        applied(Transform::Number, &decimal("0.000000000000123")),
        Value::Float(1.23e-13)
    );
    assert_eq!(
        applied(Transform::Number, &decimal("9007199254740993")),
        Value::Int(9_007_199_254_740_993)
    );
    let error = Transform::Number
        .apply(&decimal("12345678901234.56"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a decimal does not fit: this database holds decimals of 15 digits, and it has 16"
    );
}

#[test]
fn folding_is_the_same_for_a_text_and_its_parts() {
    // A final sigma has a form of its own in small letters.
    assert_eq!(fold("ΟΔΟΣ ΣΕ"), "οδοσ σε");
    assert!(fold("ΟΔΟΣ").starts_with(&fold("ΟΔΟΣ"[..6].trim())));
}

#[test]
fn lists_are_padded_with_their_last_element() {
    let class = ListParam::size_class(3);
    assert_eq!(class, 4);
    let params = (0..class)
        .map(|nth| param(0, Transform::Element(nth)))
        .collect();
    let compiled = Compiled::new(String::new(), params);
    let list = Value::List(
        ValueType::Int,
        vec![Value::Int(1), Value::Int(2), Value::Int(3)],
    );
    let numbers = [1, 2, 3, 3].map(Value::Int);
    assert_eq!(compiled.bind(vec![list]).unwrap(), numbers);
    let classes = [0, 1, 5_000, 8_193, 50_000].map(ListParam::size_class);
    assert_eq!(classes, [0, 1, 8_192, 9_216, 50_176]);
}

#[test]
fn a_statement_for_an_empty_list_takes_no_other() {
    let compiled = Compiled::new(
        String::new(),
        vec![param(0, Transform::EmptyList), param(1, Transform::AsIs)],
    );
    let bound = compiled.bind(vec![Value::List(ValueType::Int, vec![]), Value::Int(1)]);
    assert_eq!(bound.unwrap(), [Value::Int(1)]);
    let list = Value::List(ValueType::Int, vec![Value::Int(5)]);
    assert!(compiled.bind(vec![list, Value::Int(1)]).is_err());
}

#[test]
fn values_are_laid_out_by_slot() {
    let compiled = Compiled::new(
        String::new(),
        vec![
            param(1, Transform::AsIs),
            param(0, Transform::AsIs),
            param(1, Transform::AsIs),
        ],
    );
    let bound = compiled.bind(vec![Value::Int(10), Value::Int(11)]).unwrap();
    assert_eq!(bound, [Value::Int(11), Value::Int(10), Value::Int(11)]);
    assert!(compiled.bind(vec![Value::Int(10)]).is_err());
}

#[test]
fn versions_are_read_from_what_servers_say() {
    assert_eq!(
        Version::parse("10.11.6-MariaDB-1"),
        Some(Version::new(10, 11, 6))
    );
    assert_eq!(
        Version::parse("16.2 (Debian 16.2-1)"),
        Some(Version::new(16, 2, 0))
    );
    assert_eq!(Version::parse("17beta1"), Some(Version::new(17, 0, 0)));
    assert_eq!(Version::parse("unknown"), None);
}

#[test]
fn zones_are_offsets_or_names() {
    let expr = Expr::null();
    let moment = |zone| Moment {
        kind: Temporal::DateTime,
        expr: &expr,
        zone,
    };
    assert_eq!(moment(Some("+02:00")).offset_minutes(), Some(120));
    assert_eq!(moment(Some("-05:30")).offset_minutes(), Some(-330));
    assert_eq!(moment(Some("Europe/Berlin")).offset_minutes(), None);
    assert_eq!(moment(Some("+2:99")).offset_minutes(), None);
    assert_eq!(moment(Some("UTC")).zone_beyond_utc(), None);
}

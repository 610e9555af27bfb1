//! Conditions and defaults, read and written, and their faults.

#![allow(clippy::needless_pass_by_value)] // `json!` reads best in the place of an argument

use serde_json::{Value, json};

use super::condition::{Condition, Expression, Lookup};
use super::literal::{DefaultFunction, DefaultValue, Literal};

/// Reads a condition and expects it to be written as it was.
fn condition(written: Value) -> Condition {
    let condition = Condition::from_json(&written).unwrap();
    assert_eq!(condition.to_json(), written);
    condition
}

fn fault(written: Value) -> String {
    Condition::from_json(&written).unwrap_err().to_string()
}

#[test]
fn keyword_lookups_all_hold() {
    let expected = Condition::And(vec![
        Condition::field("a", Lookup::Gte, 1),
        Condition::field("b", Lookup::Exact, "x"),
    ]);
    assert_eq!(condition(json!({"a__gte": 1, "b": "x"})), expected);
    // The order of keys means nothing, as in Django.
    assert_eq!(
        Condition::from_json(&json!({"b": "x", "a__gte": 1})).unwrap(),
        expected
    );
}

#[test]
fn conditions_out_of_order_are_written_as_a_list() {
    let written = Condition::And(vec![
        Condition::field("b", Lookup::Exact, 2),
        Condition::field("a", Lookup::Exact, 1),
    ]);
    assert_eq!(written.to_json(), json!({"and": [{"b": 2}, {"a": 1}]}));
    assert_eq!(Condition::from_json(&written.to_json()).unwrap(), written);
}

#[test]
fn and_or_not_nest() {
    condition(json!({"or": [{"a": 1}, {"not": {"b__isnull": true}}, {"and": [{"c": 1}]}]}));
}

#[test]
fn a_field_may_bear_a_reserved_name() {
    let expected = Condition::field("or", Lookup::Exact, 1);
    assert_eq!(condition(json!({"or__exact": 1})), expected);
    assert_eq!(
        condition(json!({"value__exact": 1})),
        Condition::field("value", Lookup::Exact, 1)
    );
    assert!(fault(json!({"or": 1})).contains("`or__exact`"));
}

#[test]
fn transforms_stand_between_field_and_lookup() {
    let year = Expression::function("year", vec![Expression::field("created_at")]);
    let expected = Condition::compare(year.clone(), Lookup::Gte, 2020);
    assert_eq!(condition(json!({"created_at__year__gte": 2020})), expected);
    assert_eq!(
        condition(json!({"created_at__year": 2020})),
        Condition::compare(year, Lookup::Exact, 2020)
    );
}

#[test]
fn the_general_form_compares_any_two_expressions() {
    let read = condition(
        json!({"fn": "gt", "args": [{"fn": "add", "args": [{"f": "a"}, 1]}, {"f": "b"}]}),
    );
    assert_eq!(read.fields(), ["a", "b"]);
    assert_eq!(
        Condition::from_json(&json!({"fn": "gte", "args": [{"f": "a"}, 0]})).unwrap(),
        Condition::field("a", Lookup::Gte, 0)
    );
    assert!(fault(json!({"fn": "gt", "args": [1]})).contains("compares two expressions, not 1"));
}

#[test]
fn faults_name_the_nearest_word_and_the_place() {
    assert_eq!(
        fault(json!({"or": [{"a": 1}, {"a__gtee": 1}]})),
        "or[1].a__gtee: `gtee` in `a__gtee` is no lookup (and a condition cannot follow relations); did you mean `gte`?"
    );
    assert!(fault(json!({})).contains("an empty condition"));
    assert!(fault(json!({"a": {"f": "author__name"}})).contains("follows a relation"));
    assert!(fault(json!({"a": null})).contains("null is no value"));
}

#[test]
fn an_object_is_a_literal_only_when_it_says_so() {
    let literal = Condition::field("data", Lookup::Exact, Literal::Json(json!({"f": "x"})));
    assert_eq!(condition(json!({"data": {"value": {"f": "x"}}})), literal);
    let with_null = Literal::Json(json!({"a": null}));
    let written = json!({"data": {"value": {"json": "{\"a\":null}"}}});
    assert_eq!(
        condition(written),
        Condition::field("data", Lookup::Exact, with_null)
    );
}

#[test]
fn renaming_a_field_reaches_every_corner() {
    let mut read = condition(
        json!({"not": {"or": [{"a__year": 1}, {"fn": "gt", "args": [{"fn": "lower", "args": [{"f": "a"}]}, {"f": "a"}]}]}}),
    );
    read.rename_field("a", "z");
    assert_eq!(read.fields(), ["z"]);
}

#[test]
fn defaults_are_values_or_functions() {
    let read = |written: Value| {
        let default = DefaultValue::from_json(&written).unwrap();
        assert_eq!(default.to_json(), written);
        default
    };
    assert_eq!(read(json!(5)), DefaultValue::Value(Literal::Int(5)));
    assert_eq!(
        read(json!([1, "a"])),
        DefaultValue::Value(Literal::List(vec![1.into(), "a".into()]))
    );
    assert_eq!(
        read(json!({"fn": "now"})),
        DefaultValue::Function(DefaultFunction::Now)
    );
    assert_eq!(
        read(json!({"rust": "blog::slug"})),
        DefaultValue::Rust("blog::slug".to_owned())
    );
    assert_eq!(
        read(json!({"json": "[null]"})),
        DefaultValue::Value(Literal::Json(json!([null])))
    );
    let ambiguous = DefaultValue::Value(Literal::Json(json!({"fn": "now"})));
    assert_eq!(read(json!({"json": "{\"fn\":\"now\"}"})), ambiguous);
    let error = DefaultValue::from_json(&json!({"fn": "noww"}))
        .unwrap_err()
        .to_string();
    assert_eq!(error, "fn: no default function `noww`; did you mean `now`?");
}

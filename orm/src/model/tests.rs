//! What the derive makes of models, with every option.

use crate::meta::{FieldKind, Literal, RelationMeta};
use crate::migrate::state::ProjectState;
use crate::prelude::*;
use crate::query::{ModelPath, NotNull, Path, Scope};
use crate::value::Value;

mod every_option;
mod more_options;
mod odd_names;
mod relations;

/// The path of a model that is its own root.
fn root<M: Model>() -> M::Path<M, NotNull> {
    ModelPath::at(Path::root(M::meta(), Scope::fresh()))
}

/// The field of a model in its state.
fn field_json<M: Model>(name: &str) -> serde_json::Value {
    let state = ProjectState::from_models([M::meta()]).unwrap().to_json();
    let fields = state["models"][0]["fields"].as_array().unwrap().clone();
    let mut fields = fields.into_iter().filter(|field| field["name"] == name);
    fields.next().unwrap()
}

/// The state of a model but for its fields.
fn model_json<M: Model>() -> serde_json::Value {
    let state = ProjectState::from_models([M::meta()]).unwrap().to_json();
    let mut model = state["models"][0].clone();
    model.as_object_mut().unwrap().remove("fields");
    model
}

/// How far a thing is.
#[derive(Choices, Debug, Clone, PartialEq)]
enum Stage {
    New,
    InReview,
    #[choice("ok", label = "All right")]
    Accepted,
}

/// How urgent a thing is.
#[derive(Choices, Debug, Clone, PartialEq)]
#[choices(integer)]
#[repr(i16)]
enum Priority {
    Low = -1,
    High = 10,
}

#[test]
fn choices_are_text_in_snake_case() {
    assert_eq!(Stage::InReview.as_str(), "in_review");
    assert_eq!(Stage::InReview.label(), "In Review");
    assert_eq!(Stage::Accepted.as_str(), "ok");
    assert_eq!(Stage::Accepted.label(), "All right");
    assert_eq!(Stage::from_str("ok").unwrap(), Stage::Accepted);
    let error = Stage::from_str("in_revew").unwrap_err().to_string();
    assert_eq!(error, "no choice `in_revew`; did you mean `in_review`?");
    assert_eq!(Stage::VARIANTS.len(), 3);
    assert_eq!(<Stage as crate::FieldType>::MAX_LENGTH, Some(20));
}

#[test]
fn choices_are_integers_where_asked_for() {
    assert_eq!(Priority::Low.number(), -1);
    assert_eq!(Priority::from_number(10).unwrap(), Priority::High);
    assert!(Priority::from_number(3).is_err());
    assert_eq!(
        <Priority as crate::FieldType>::KIND,
        FieldKind::SmallInteger
    );
}

#[test]
fn stored_choices_are_read_back_and_unknown_ones_refused() {
    use crate::FieldType;
    use crate::value::OneValue;
    let read = |text: &str| Stage::read(&mut OneValue::new(Value::from(text)), 0);
    assert_eq!(read("in_review").unwrap(), Some(Stage::InReview));
    let error = read("gone").unwrap_err().to_string();
    assert!(error.contains("one of `new`, `in_review`, `ok`"), "{error}");
    assert_eq!(Priority::High.to_value().unwrap(), Value::Int(10));
}

/// A row that a query selects.
#[derive(Projection, Debug, PartialEq)]
struct Line {
    name: String,
    count: Option<i32>,
}

#[test]
fn a_projection_takes_its_fields_in_order() {
    use crate::query::Selection;
    let thing = root::<every_option::Thing>();
    let nodes = Line::select(thing.title(), thing.amount()).into_nodes();
    let names: Vec<String> = nodes
        .iter()
        .map(|node| match node {
            crate::query::Node::Path(path) => path.name(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["title", "amount"]);
}

#[test]
fn a_literal_says_what_a_value_is() {
    let text = |value| match Literal::try_from(value).unwrap() {
        Literal::Text(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(Value::DateTime(0)), "1970-01-01T00:00:00Z");
    assert_eq!(
        text(Value::Duration(93_784_500_000)),
        "P1DT02H03M04.500000S"
    );
    assert_eq!(
        text(Value::Uuid([0x12; 16])),
        "12121212-1212-1212-1212-121212121212"
    );
    assert!(Literal::try_from(Value::Float(f64::NAN)).is_err());
}

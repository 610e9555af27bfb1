//! The rules of the optimiser one by one, against Django's on chains of migrations, and on a great many operations.

use std::path::PathBuf;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::optimize;
use crate::migrate::autodetect::{Answers, diff};
use crate::migrate::graph::MigrationGraph;
use crate::migrate::operation::{AddField, AlterField, CreateModel, Operation};
use crate::migrate::state::ProjectState;

fn operations(json: &Value) -> Vec<Operation> {
    let read =
        |json: &Value| Operation::from_json(json).unwrap_or_else(|fault| panic!("{json}: {fault}"));
    json.as_array().unwrap().iter().map(read).collect()
}

#[allow(clippy::needless_pass_by_value)] // so that a case reads `expect![…]`
fn check(json: &Value, expected: Expect) {
    let optimized = optimize(operations(json), "a");
    let lines: Vec<String> = optimized
        .iter()
        .map(|operation| operation.to_json().to_string())
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

fn id() -> Value {
    json!({"name": "id", "type": "big_auto", "primary_key": true})
}

#[test]
fn a_model_takes_in_what_is_done_to_it() {
    check(
        &json!([
            {"op": "create_model", "model": "M", "fields": [id(), {"name": "x", "type": "integer"}]},
            {"op": "add_field", "model": "M", "field": {"name": "y", "type": "text"}},
            {"op": "alter_field", "model": "M", "field": {"name": "x", "type": "big_integer"}},
            {"op": "rename_field", "model": "M", "old_name": "y", "new_name": "z"},
            {"op": "add_index", "model": "M", "index": {"name": "i", "fields": ["z", "x"]}},
            {"op": "add_constraint", "model": "M", "constraint": {"kind": "unique", "name": "u", "fields": ["x"]}},
            {"op": "rename_index", "model": "M", "old_name": "i", "new_name": "j"},
            {"op": "alter_unique_together", "model": "M", "unique_together": [["x", "z"]]},
            {"op": "alter_model_table", "model": "M", "table": "t"},
            {"op": "alter_model_table_comment", "model": "M", "comment": "c"},
            {"op": "alter_model_options", "model": "M", "options": {"ordering": ["x"]}},
            {"op": "remove_constraint", "model": "M", "name": "u"},
            {"op": "rename_model", "old_name": "M", "new_name": "N"},
        ]),
        expect![[
            r#"{"op":"create_model","model":"N","table":"t","fields":[{"name":"id","type":"big_auto","primary_key":true},{"name":"x","type":"big_integer"},{"name":"z","type":"text"}],"options":{"ordering":["x"],"unique_together":[["x","z"]],"comment":"c"},"indexes":[{"name":"j","fields":["z","x"]}]}"#
        ]],
    );
}

#[test]
fn what_comes_and_goes_is_nothing() {
    check(
        &json!([
            {"op": "create_model", "model": "M", "fields": [id()]},
            {"op": "add_field", "model": "N", "field": {"name": "x", "type": "integer"}},
            {"op": "remove_field", "model": "N", "name": "x"},
            {"op": "add_index", "model": "N", "index": {"name": "i", "fields": ["y"]}},
            {"op": "remove_index", "model": "N", "name": "i"},
            {"op": "delete_model", "model": "M"},
        ]),
        expect![""],
    );
}

#[test]
fn a_one_off_default_does_not_outlive_the_rows_it_is_for() {
    check(
        &json!([
            {"op": "create_model", "model": "M", "fields": [id()]},
            {"op": "add_field", "model": "M", "field": {"name": "x", "type": "integer", "default": 1}, "preserve_default": false},
        ]),
        expect![[
            r#"{"op":"create_model","model":"M","table":"a_m","fields":[{"name":"id","type":"big_auto","primary_key":true},{"name":"x","type":"integer"}]}"#
        ]],
    );
    check(
        &json!([
            {"op": "add_field", "model": "M", "field": {"name": "x", "type": "integer", "default": 1}, "preserve_default": false},
            {"op": "alter_field", "model": "M", "field": {"name": "x", "type": "integer", "index": true}},
            {"op": "rename_field", "model": "M", "old_name": "x", "new_name": "y"},
        ]),
        expect![[
            r#"{"op":"add_field","model":"M","field":{"name":"y","type":"integer","default":1,"index":true},"preserve_default":false}"#
        ]],
    );
}

#[test]
fn a_field_that_keeps_its_column_is_altered_before_it_is_renamed() {
    let kept = json!([
        {"op": "alter_field", "model": "M", "field": {"name": "x", "type": "text", "column": "x"}},
        {"op": "rename_field", "model": "M", "old_name": "x", "new_name": "y"},
    ]);
    check(
        &kept,
        expect![[r#"
            {"op":"alter_field","model":"M","field":{"name":"x","type":"text","column":"x"}}
            {"op":"rename_field","model":"M","old_name":"x","new_name":"y"}"#]],
    );
}

#[test]
fn sql_of_ones_own_is_not_passed_over_and_what_is_elidable_goes() {
    let add = |name: &str| json!({"op": "add_field", "model": "M", "field": {"name": name, "type": "text", "null": true}});
    let create = json!({"op": "create_model", "model": "M", "fields": [id()]});
    check(
        &json!([create, {"op": "run_sql", "sql": "SELECT 1"}, add("x")]),
        expect![[r#"
            {"op":"create_model","model":"M","fields":[{"name":"id","type":"big_auto","primary_key":true}]}
            {"op":"run_sql","sql":"SELECT 1"}
            {"op":"add_field","model":"M","field":{"name":"x","type":"text","null":true}}"#]],
    );
    check(
        &json!([create, {"op": "run_sql", "sql": "SELECT 1", "elidable": true}, add("x")]),
        expect![[
            r#"{"op":"create_model","model":"M","table":"a_m","fields":[{"name":"id","type":"big_auto","primary_key":true},{"name":"x","type":"text","null":true}]}"#
        ]],
    );
}

/// Operations to be compared: with defaults whether spelled out or not, and without `preserve_default`, which Django
/// forgets when it merges.
fn compared(operations: Vec<Operation>) -> Vec<Operation> {
    let canonical = |operation| match operation {
        Operation::CreateModel(op) => {
            Operation::CreateModel(CreateModel::from_state(&op.to_state("a")))
        }
        Operation::AddField(op) => Operation::AddField(AddField::new(op.model, op.field)),
        Operation::AlterField(op) => Operation::AlterField(AlterField::new(op.model, op.field)),
        other => other,
    };
    operations.into_iter().map(canonical).collect()
}

/// Chains of which this makes something else than Django, on purpose.
const DIFFERENCES: [(&str, &str); 1] = [(
    "chain 46",
    "Django lets a rename pass over a model that points at the old name, and so puts the models in another order",
)];

#[test]
fn chains_of_migrations_become_what_django_makes_of_them() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/oracle/chains.json");
    let chains: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut failed = Vec::new();
    for chain in &chains {
        let name = chain["name"].as_str().unwrap();
        let mut answers = Answers::from_json_text(&chain["answers"].to_string()).unwrap();
        let states: Vec<ProjectState> = chain["states"]
            .as_array()
            .unwrap()
            .iter()
            .map(|state| ProjectState::from_json(state).unwrap())
            .collect();
        let mut all = Vec::new();
        for pair in states.windows(2) {
            let diff = diff(&pair[0], &pair[1], &mut answers, &MigrationGraph::default()).unwrap();
            all.extend(
                diff.migrations
                    .into_iter()
                    .flat_map(|migration| migration.operations),
            );
        }
        let after = |operations: &[Operation]| {
            let mut state = states[0].clone();
            let applied = operations
                .iter()
                .try_for_each(|operation| operation.apply("a", &mut state));
            // The order of fields, indexes and constraints may change.
            for model in state.models.values_mut().map(std::sync::Arc::make_mut) {
                model.fields.sort_by(|a, b| a.name.cmp(&b.name));
                model.indexes.sort_by(|a, b| a.name.cmp(&b.name));
                model.constraints.sort_by(|a, b| a.name.cmp(&b.name));
            }
            applied.map(|()| state).map_err(|error| error.to_string())
        };
        let short = optimize(all.clone(), "a");
        if after(&short) != after(&all) {
            failed.push(format!(
                "{name} leads elsewhere:\n{}\nbefore\n{}",
                lines(&short),
                lines(&all)
            ));
        }
        let django = match chain["django"]["any_of"].as_array() {
            Some(several) => several.clone(),
            None => vec![chain["django"].clone()],
        };
        let django: Vec<Vec<Operation>> = django
            .iter()
            .map(|one| operations(&one["operations"]))
            .collect();
        // Where renames are passed over, what Django makes of a chain may lead elsewhere.
        if django.iter().any(|django| after(django) != after(&all)) {
            continue;
        }
        let is_known = DIFFERENCES.iter().any(|(known, _)| *known == name);
        let ours = compared(short.clone());
        if django.iter().any(|django| compared(django.clone()) == ours) == is_known {
            failed.push(format!(
                "{name}\nours\n{}\ndjango\n{}\nbefore\n{}",
                lines(&short),
                lines(&django[0]),
                lines(&all)
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

fn lines(operations: &[Operation]) -> String {
    operations
        .iter()
        .map(|operation| format!("    {}\n", operation.to_json()))
        .collect()
}

#[test]
fn a_thousand_models_take_no_time() {
    let mut all = Vec::new();
    for n in 0..1000 {
        all.push(json!({"op": "create_model", "model": format!("M{n}"), "fields": [id()]}));
    }
    for n in 0..1000 {
        let to = format!("a.M{}", (n * 7 + 1) % 1000);
        let key = json!({"name": "r", "type": "foreign_key", "to": to, "on_delete": "CASCADE"});
        all.push(json!({"op": "add_field", "model": format!("M{n}"), "field": key}));
        let index = json!({"name": format!("i{n}"), "fields": ["r"]});
        all.push(json!({"op": "add_index", "model": format!("M{n}"), "index": index}));
    }
    let start = std::time::Instant::now();
    let optimized = optimize(operations(&Value::Array(all)), "a");
    assert!(optimized.len() < 3000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

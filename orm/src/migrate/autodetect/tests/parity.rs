//! The same pairs of states given to Django: operations, their order, names and dependencies are the same.
//!
//! The pairs and Django's answers stand in `tests/oracle/*.json`; `tests/oracle/README.md` says how they are made. Where
//! an answer differs on purpose, [`DIFFERENCES`] says why.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::migrate::autodetect::{Answers, diff};
use crate::migrate::graph::MigrationGraph;
use crate::migrate::operation::{CreateModel, Operation};
use crate::migrate::state::ProjectState;

/// A pair of states of which this gives another answer than Django, on purpose.
struct Difference {
    case: &'static str,
    why: &'static str,
}

/// Django's order cannot be carried out: the rename waits for a new model that points at the new name.
const LATE_RENAME: &str = "Django uses a renamed model by its new name before it renames it";

/// Django's order cannot be carried out: fields are unique together before they are there.
const EARLY_TOGETHER: &str = "Django makes fields unique together before it adds them";

/// The pairs: one for each thing that the autodetector does, those of Django's own tests, random ones, and random ones
/// with everything that a state can say.
const FILES: [&str; 4] = ["themes.json", "suite.json", "random.json", "rich.json"];

const DIFFERENCES: [Difference; 10] = [
    Difference {
        case: "a model renamed that others point at with a change",
        why: "Django's alter_field points at the model's old name, which is gone by then; ours at the new one",
    },
    Difference {
        case: "many to many to self",
        why: "Django leaves `symmetrical` out of migrations, so that historical models have the default; ours keeps it",
    },
    Difference {
        case: "an unmanaged model with relations",
        why: "Django loses the relations of unmanaged models, so that historical models lack them; ours keeps them",
    },
    Difference {
        case: "two equal indexes become one of another name",
        why: "Django renames both to the one name, which cannot be; ours renames one and removes the other",
    },
    Difference {
        case: "a field renamed that is unique with another, none",
        why: EARLY_TOGETHER,
    },
    Difference {
        case: "rich 524",
        why: LATE_RENAME,
    },
    Difference {
        case: "rich 731",
        why: LATE_RENAME,
    },
    Difference {
        case: "rich 1049",
        why: LATE_RENAME,
    },
    Difference {
        case: "random 113",
        why: LATE_RENAME,
    },
    Difference {
        case: "random 253",
        why: LATE_RENAME,
    },
];

/// A pair of states, with what is answered and what Django makes of it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) from: ProjectState,
    pub(super) to: ProjectState,
    pub(super) answers: Answers,
    graph: MigrationGraph,
    django: Value,
}

pub(super) fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/oracle");
    let files = match std::env::var_os("NUAGES_ORACLE") {
        Some(path) => vec![PathBuf::from(path)],
        None => FILES.map(|name| folder.join(name)).to_vec(),
    };
    let read = |path: &PathBuf| -> Vec<Value> {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    files
        .iter()
        .flat_map(read)
        .map(|json| case(&json))
        .collect()
}

fn case(json: &Value) -> Case {
    let name = json["name"].as_str().unwrap().to_owned();
    let state = |key: &str| {
        ProjectState::from_json(&json[key]).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    Case {
        from: state("from"),
        to: state("to"),
        answers: Answers::from_json_text(&json["answers"].to_string()).unwrap(),
        graph: match &json["graph"] {
            Value::Null => MigrationGraph::default(),
            graph => MigrationGraph::from_json(&graph.to_string()).unwrap(),
        },
        django: json["django"].clone(),
        name,
    }
}

fn ours(case: &Case) -> Value {
    match diff(&case.from, &case.to, &mut case.answers.clone(), &case.graph) {
        Ok(diff) => diff.to_json(),
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// A migration to be compared: names of models compare whatever their case, defaults whether spelled out or not.
#[derive(Debug, PartialEq)]
struct Compared {
    name: String,
    dependencies: Vec<String>,
    /// As JSON where it can be no operation: with a default for fields of every type that this one cannot hold.
    operations: Vec<Result<Operation, Value>>,
}

/// The migrations by app.
fn by_app(migrations: &Value) -> BTreeMap<String, Vec<Compared>> {
    let mut apps: BTreeMap<String, Vec<Compared>> = BTreeMap::new();
    for migration in migrations["migrations"].as_array().unwrap() {
        let app = migration["app"].as_str().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let operation = |json: &Value| match Operation::from_json(json) {
            Ok(Operation::CreateModel(op)) => Ok(Operation::CreateModel(CreateModel::from_state(
                &op.to_state(app),
            ))),
            Ok(operation) => Ok(operation),
            Err(fault) if fault.to_string().contains("default") => Err(json.clone()),
            Err(fault) => panic!("{json}: {fault}"),
        };
        apps.entry(app.to_owned()).or_default().push(Compared {
            name: text(&migration["name"]),
            dependencies: migration["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect(),
            operations: migration["operations"]
                .as_array()
                .unwrap()
                .iter()
                .map(operation)
                .collect(),
        });
    }
    apps
}

fn agrees(ours: &Value, django: &Value) -> bool {
    if let Some(several) = django["any_of"].as_array() {
        return several.iter().any(|one| agrees(ours, one));
    }
    match (ours.get("migrations"), django.get("migrations")) {
        (Some(_), Some(_)) => by_app(ours) == by_app(django),
        _ => ours.get("error").is_some() && django.get("error").is_some(),
    }
}

/// The operations of each migration in short, one a line.
fn brief(migrations: &Value) -> String {
    let mut lines = String::new();
    for migration in migrations["migrations"].as_array().into_iter().flatten() {
        lines += &format!(
            "  {}.{} <- {}\n",
            migration["app"], migration["name"], migration["dependencies"]
        );
        for operation in migration["operations"].as_array().into_iter().flatten() {
            lines += &format!("    {operation}\n");
        }
    }
    if lines.is_empty() {
        format!("  {migrations}\n")
    } else {
        lines
    }
}

#[test]
fn the_answers_are_djangos() {
    let (mut failed, mut count) = (Vec::new(), 0);
    for case in cases() {
        count += 1;
        let name = &case.name;
        let ours = ours(&case);
        let known = DIFFERENCES
            .iter()
            .find(|difference| difference.case == *name);
        match (agrees(&ours, &case.django), known) {
            (true, Some(known)) => failed.push(format!(
                "{name} is Django's again: strike out `{}`",
                known.why
            )),
            (false, None) => failed.push(format!(
                "{name}\n ours\n{} django\n{}",
                brief(&ours),
                brief(&case.django)
            )),
            _ => {}
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {count} differ:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

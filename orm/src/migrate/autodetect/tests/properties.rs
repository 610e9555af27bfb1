//! What must hold of every pair of states: nothing lies between a state and itself, what lies between two leads from
//! one to the other, and it is the same each time.

use std::sync::Arc;

use super::parity::{Case, cases};
use crate::db::editor_named;
use crate::meta::kind::FieldKind;
use crate::migrate::autodetect::{Answers, Diff, diff};
use crate::migrate::files::Migration;
use crate::migrate::graph::{GraphNode, MigrationGraph};
use crate::migrate::plan::Moment;
use crate::migrate::state::{
    ConstraintState, FieldState, IndexState, ModelKey, ModelState, ProjectState,
};
use crate::migrate::to_schema::to_schema;
use crate::schema::Schema;

fn without_graph(from: &ProjectState, to: &ProjectState, answers: &Answers) -> Diff {
    diff(from, to, &mut answers.clone(), &MigrationGraph::default()).unwrap()
}

fn replay(from: &ProjectState, migrations: &[Migration]) -> Result<ProjectState, String> {
    let mut state = from.clone();
    for migration in migrations {
        for operation in &migration.operations {
            operation
                .apply(&migration.app, &mut state)
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(state)
}

/// The state without what no operation brings about: the order of fields, the bases of a model that stays, and, as in
/// Django, all but the options of unmanaged models.
fn comparable(mut state: ProjectState, case: &Case) -> ProjectState {
    let is_unmanaged = |state: &ProjectState, key: &ModelKey| {
        state.get(key).is_some_and(|model| !model.options.managed)
    };
    for (key, model) in &mut state.models {
        let model = Arc::make_mut(model);
        model.fields.sort_by(|a, b| a.name.cmp(&b.name));
        model.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        model.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        // Names of models compare whatever their case.
        model.name = case
            .to
            .get(key)
            .map_or_else(|| key.name.clone(), |model| model.name.clone());
        model.options.bases.clear();
        if is_unmanaged(&case.from, key)
            || (is_unmanaged(&case.to, key) && case.from.get(key).is_some())
        {
            *model = ModelState {
                options: model.options.alterable(),
                ..ModelState::new(&model.app, &model.name)
            };
        }
    }
    state
}

#[test]
fn nothing_lies_between_a_state_and_itself() {
    for Case { name, from, to, .. } in cases() {
        for state in [from, to] {
            let diff = without_graph(&state, &state, &Answers::new());
            assert!(
                diff.migrations.is_empty() && diff.questions.is_empty(),
                "{name}: {}",
                diff.to_json()
            );
        }
    }
}

#[test]
fn the_migrations_lead_from_one_state_to_the_other() {
    let mut failed = Vec::new();
    for case in cases() {
        let diff = without_graph(&case.from, &case.to, &case.answers);
        match replay(&case.from, &diff.migrations) {
            Err(error) => failed.push(format!("{}: {error}\n{}", case.name, diff.to_json())),
            Ok(state) => {
                let (got, wanted) = (comparable(state, &case), comparable(case.to.clone(), &case));
                if got != wanted {
                    let (got, wanted) = (got.to_json(), wanted.to_json());
                    failed.push(format!(
                        "{}\n  got    {got}\n  wanted {wanted}\n  {}",
                        case.name,
                        diff.to_json()
                    ));
                }
                let again = without_graph(
                    &replay(&case.from, &diff.migrations).unwrap(),
                    &case.to,
                    &case.answers,
                );
                if !again.migrations.is_empty() {
                    failed.push(format!("{}: a second time {}", case.name, again.to_json()));
                }
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn the_migrations_are_the_same_each_time_and_make_a_graph() {
    for case in cases() {
        let one = without_graph(&case.from, &case.to, &case.answers);
        let other = without_graph(&case.from, &case.to, &case.answers);
        assert_eq!(one.migrations, other.migrations, "{}", case.name);
        let mut done = Vec::new();
        for migration in &one.migrations {
            for dependency in &migration.dependencies {
                let is_new = one
                    .migrations
                    .iter()
                    .any(|other| other.key() == *dependency);
                assert!(
                    !is_new || done.contains(dependency),
                    "{}: {dependency} comes later",
                    case.name
                );
            }
            done.push(migration.key());
        }
        let known = |migration: &Migration| {
            let mut node = GraphNode::from(migration);
            node.dependencies
                .retain(|dependency| done.contains(dependency));
            node
        };
        MigrationGraph::new(one.migrations.iter().map(known)).unwrap();
    }
}

/// Twenty apps of fifty models, each model with a few fields, keys within and across apps, an index and a constraint.
fn large(field: &str) -> ProjectState {
    let mut models = Vec::new();
    for n in 0..1000_usize {
        let name = |n: usize| ModelKey::new(format!("app{:02}", n % 20), format!("Model{n:04}"));
        let key = name(n);
        let mut model = ModelState::new(key.app, key.name);
        let mut id = FieldState::new("id", FieldKind::BigAuto);
        id.primary_key = true;
        model.fields = vec![
            id,
            FieldState::new(field, FieldKind::Text),
            FieldState::new("n", FieldKind::Integer),
        ];
        model.fields.push(FieldState::relation(
            "near",
            FieldKind::ForeignKey,
            name((n + 20) % 1000),
        ));
        model.fields.push(FieldState::relation(
            "far",
            FieldKind::ForeignKey,
            name((n * 7 + 3) % 1000),
        ));
        model
            .indexes
            .push(IndexState::new(format!("index_{n}"), &["n", "near"]));
        model.constraints.push(ConstraintState::unique(
            format!("unique_{n}"),
            &["n", "far"],
        ));
        models.push(model);
    }
    ProjectState::new(models)
}

#[test]
fn a_thousand_models_are_compared_in_seconds() {
    let (empty, one, other) = (ProjectState::default(), large("body"), large("text"));
    let start = std::time::Instant::now();
    let answers = Answers::new().renames(true);
    let created = without_graph(&empty, &one, &answers);
    let renamed = without_graph(&one, &other, &answers);
    let deleted = without_graph(&other, &empty, &answers);
    assert_eq!(
        replay(&empty, &created.migrations).unwrap().models.len(),
        1000
    );
    assert_eq!(
        renamed
            .migrations
            .iter()
            .map(|migration| migration.operations.len())
            .sum::<usize>(),
        1000
    );
    assert!(
        replay(&other, &deleted.migrations)
            .unwrap()
            .models
            .is_empty()
    );
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// A schema without the names that history gives, and without one-off defaults.
fn nameless(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    for table in schema.tables.values_mut().map(Arc::make_mut) {
        table.columns.iter_mut().for_each(|column| {
            column.default.take_if(|default| default.one_off);
        });
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.primary_key.iter_mut().for_each(|key| key.name = None);
        let uniques = table.uniques.iter_mut().filter(|unique| unique.implied);
        uniques.for_each(|unique| unique.name = None);
        let checks = table.checks.iter_mut();
        checks
            .filter(|check| check.implied_by.is_some())
            .for_each(|check| check.name = None);
        let indexes = table.indexes.iter_mut().filter(|index| index.implied);
        indexes.for_each(|index| index.name.clear());
        table
            .foreign_keys
            .iter_mut()
            .for_each(|key| key.name = None);
    }
    schema
}

#[test]
fn tables_that_are_not_made_anew_are_as_if_they_were() {
    let mut count = 0;
    for case in cases() {
        let diff = without_graph(&case.from, &case.to, &case.answers);
        for editor in ["postgres", "mysql"].map(|name| editor_named(name).unwrap()) {
            let Ok(mut moment) = Moment::new(case.from.clone(), &*editor) else {
                continue;
            };
            for migration in &diff.migrations {
                if moment.forwards(migration, &*editor).is_err() {
                    break;
                }
                let anew = to_schema(&moment.state, &*editor).unwrap();
                assert_eq!(
                    nameless(&moment.schema),
                    nameless(&anew),
                    "{}: {}",
                    case.name,
                    migration.key()
                );
                count += 1;
            }
        }
    }
    assert!(1000 < count, "only {count} migrations could be planned");
}

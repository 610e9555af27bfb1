//! `migrate state`: the state of the models, or that which the migrations lead to.

use nuages::migrate::{ModelState, ProjectState};
use serde_json::Value;

use super::{Setting, graph_of, no_migrations_yet, replay};
use crate::args::{Source, StateArgs};
use crate::failure::Result;
use crate::models::Models;
use crate::print;

pub(super) fn run(setting: &Setting<'_>, args: &StateArgs) -> Result<u8> {
    let state = match args.from {
        Source::Models => Models::find(args.models.file.as_deref())?.state,
        Source::Files => {
            let project = setting.project()?;
            let loaded = project.load()?;
            if loaded.set.migrations.is_empty() {
                return Err(no_migrations_yet(&project));
            }
            replay(&loaded.set, &graph_of(&loaded.set)?)?
        }
    };
    if setting.is_json() {
        print::json(&state.to_json());
    } else {
        print_models(&state);
    }
    Ok(0)
}

fn print_models(state: &ProjectState) {
    for model in state.models.values() {
        let table = state.table_of(model);
        print::heading(&format!("{} ({table})", model.key()));
        print::table(&["field", "type", "column", ""], &rows(model));
        for index in &model.indexes {
            print::line(format!(
                "  index {} ({})",
                index.name,
                index.fields.join(", ")
            ));
        }
        for constraint in &model.constraints {
            print::line(format!(
                "  {} {}",
                constraint.kind.as_str(),
                constraint.name
            ));
        }
        print::line("");
    }
}

fn rows(model: &ModelState) -> Vec<Vec<String>> {
    model
        .fields
        .iter()
        .map(|field| {
            let mut words = Vec::new();
            if field.primary_key {
                words.push("primary key".to_owned());
            }
            if field.unique && !field.primary_key {
                words.push("unique".to_owned());
            }
            if field.null {
                words.push("null".to_owned());
            }
            if let Some(to) = field.to() {
                words.push(format!("to {to}"));
            }
            if let Some(default) = &field.default {
                let default: Value = default.to_json();
                words.push(format!("default {default}"));
            }
            let length = field.max_length.map(|length| format!("({length})"));
            vec![
                field.name.clone(),
                format!("{}{}", field.kind.as_str(), length.unwrap_or_default()),
                if field.has_column() {
                    field.column()
                } else {
                    String::new()
                },
                words.join(", "),
            ]
        })
        .collect()
}

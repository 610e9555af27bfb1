//! `migrate graph` and `migrate erd`: the migrations and what they depend on, and the models and their relations, drawn.

use nuages::meta::kind::FieldKind;
use nuages::migrate::{ModelState, ProjectState};

use super::{Setting, apps_of, check_apps, graph_of, no_migrations_yet, replay};
use crate::args::{ErdArgs, Format, GraphArgs, Source};
use crate::diagram::{Diagram, Edge, Node};
use crate::failure::Result;
use crate::models::Models;

/// Draws the migrations.
pub(super) fn run(setting: &Setting<'_>, args: &GraphArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    check_apps(&args.apps, &apps_of(&loaded))?;
    let graph = graph_of(&loaded.set)?;
    let mut keys = graph.order();
    keys.retain(|key| args.apps.is_empty() || args.apps.contains(&key.app));
    let mut diagram = Diagram::default();
    for (at, key) in keys.iter().enumerate() {
        let operations = loaded.set.get(key).map_or(&[][..], |one| &one.operations);
        let rows = operations
            .iter()
            .map(|operation| (operation.symbol().to_string(), operation.describe()));
        diagram.nodes.push(Node {
            group: key.app.clone(),
            title: key.name.clone(),
            rows: rows.filter(|_| args.operations).collect(),
        });
        for parent in graph.parents(key) {
            if let Some(from) = keys.iter().position(|other| *other == parent) {
                diagram.edges.push(Edge {
                    from,
                    to: at,
                    label: String::new(),
                    is_many: false,
                });
            }
        }
    }
    let format = setting.global.format.unwrap_or(Format::Dot);
    diagram.write(format, args.out.as_deref())?;
    Ok(0)
}

/// Draws the models.
pub(super) fn erd(setting: &Setting<'_>, args: &ErdArgs) -> Result<u8> {
    let state = match args.from {
        Source::Models => Models::find(args.models.file.as_deref())?.state,
        Source::Files => {
            let project = setting.project()?;
            let loaded = project.load()?;
            replay(&loaded.set, &graph_of(&loaded.set)?)?
        }
    };
    let known = state.models.keys().map(|key| key.app.clone()).collect();
    check_apps(&args.apps, &known)?;
    let format = setting.global.format.unwrap_or(Format::Dot);
    diagram_of(&state, &args.apps).write(format, args.out.as_deref())?;
    Ok(0)
}

fn diagram_of(state: &ProjectState, apps: &[String]) -> Diagram {
    let models: Vec<&ModelState> = state
        .models
        .values()
        .filter(|model| apps.is_empty() || apps.contains(&model.app))
        .map(std::sync::Arc::as_ref)
        .collect();
    let mut diagram = Diagram {
        is_of_models: true,
        ..Diagram::default()
    };
    for (at, model) in models.iter().enumerate() {
        diagram.nodes.push(Node {
            group: model.app.clone(),
            title: model.name.clone(),
            rows: rows(model),
        });
        for field in &model.fields {
            let target = field.to();
            let place = models.iter().position(|other| Some(&other.key()) == target);
            if let Some(to) = place {
                diagram.edges.push(Edge {
                    from: at,
                    to,
                    label: field.name.clone(),
                    is_many: field.kind == FieldKind::ManyToMany,
                });
            }
        }
    }
    diagram
}

fn rows(model: &ModelState) -> Vec<(String, String)> {
    let row = |field: &nuages::migrate::state::FieldState| {
        let mut what = field.kind.as_str().to_owned();
        if field.primary_key {
            what += " PK";
        } else if field.unique {
            what += " unique";
        }
        if field.null {
            what += " null";
        }
        if let Some(to) = field.to() {
            what += &format!(" -> {to}");
        }
        (field.name.clone(), what)
    };
    model.fields.iter().map(row).collect()
}

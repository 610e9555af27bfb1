//! `migrate drift`: what differs between the models, the migrations and a live database.

use nuages::migrate::drift::{Drift, Finding, drift};
use nuages::migrate::{Goal, Migrator, ProjectState};
use serde_json::{Value, json};

use super::makemigrations::is_behind;
use super::{Setting, no_migrations_yet};
use crate::args::DriftArgs;
use crate::failure::Result;
use crate::models::{Models, are_linked};
use crate::print;
use crate::project::Loaded;

pub(super) async fn run(setting: &Setting<'_>, args: &DriftArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    let database = setting.connect().await?;
    let migrator = Migrator::new(&database, loaded.set.clone());
    let moment = migrator.applied_moment().await?;
    let unmanaged = unmanaged(&moment.state);
    let is_foreign = |table: &str| {
        unmanaged.iter().any(|other| other == table)
            || args.ignore.iter().any(|pattern| fits(pattern, table))
    };
    let found = drift(&database, &moment.schema, &is_foreign).await?;
    let pending = migrator.fake(true).plan(Goal::Newest).await?;
    let beside = Beside {
        models: models_are_behind(&loaded, args)?,
        pending: pending
            .migrations
            .iter()
            .map(|plan| plan.key.to_string())
            .collect(),
    };
    if setting.is_json() {
        print::json(&to_json(&found, &beside));
    } else if args.sql {
        for statement in &found.statements {
            print::line(format!(
                "{};",
                statement.sql.trim_end().trim_end_matches(';')
            ));
        }
    } else {
        report(&found, &beside);
    }
    let differs = !found.findings.is_empty() || beside.models == Some(true);
    Ok(u8::from(differs))
}

/// What is not the database's doing.
struct Beside {
    /// Whether the models have changes that are in no migration; none where there are no models.
    models: Option<bool>,
    /// The migrations that are not applied yet.
    pending: Vec<String>,
}

fn models_are_behind(loaded: &Loaded, args: &DriftArgs) -> Result<Option<bool>> {
    if args.models.file.is_none() && !are_linked() {
        return Ok(None);
    }
    let models = Models::find(args.models.file.as_deref())?;
    is_behind(loaded, &models).map(Some)
}

/// The tables of models that migrations do not manage.
fn unmanaged(state: &ProjectState) -> Vec<String> {
    let models = state.models.values();
    models
        .filter(|model| !model.options.managed)
        .map(|model| state.table_of(model))
        .collect()
}

/// Whether a name fits a pattern, in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(start) else {
        return false;
    };
    let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().any(|at| fits(rest, &name[at..]))
}

fn to_json(found: &Drift, beside: &Beside) -> Value {
    let finding = |one: &Finding| {
        let change = match (&one.expected, &one.found) {
            (Some(_), None) if one.aspect.is_empty() => "missing",
            (None, Some(_)) if one.aspect.is_empty() => "extra",
            _ => "changed",
        };
        json!({
            "table": one.table,
            "subject": one.subject.replace(' ', "_"),
            "name": one.name,
            "change": change,
            "aspect": one.aspect,
            "expected": one.expected,
            "found": one.found,
            "message": one.to_string(),
        })
    };
    let sql: Vec<&str> = found
        .statements
        .iter()
        .map(|statement| statement.sql.as_str())
        .collect();
    json!({
        "findings": found.findings.iter().map(finding).collect::<Vec<Value>>(),
        "models_have_changes": beside.models,
        "pending": beside.pending,
        "notes": found.notes,
        "sql": sql,
    })
}

fn report(found: &Drift, beside: &Beside) {
    if beside.models == Some(true) {
        print::line(
            "The models have changes that are in no migration yet: run `migrate makemigrations`.",
        );
    }
    if !beside.pending.is_empty() {
        print::note(format!(
            "Not applied yet, and so not expected here: {}",
            beside.pending.join(", ")
        ));
    }
    for note in &found.notes {
        print::note(format!("note: {note}"));
    }
    let mut table = "";
    for finding in &found.findings {
        if table != finding.table {
            table = &finding.table;
            print::heading(table);
        }
        print::line(format!("  {finding}"));
    }
    match found.findings.len() {
        0 => print::line("The database is as its migrations say."),
        1 => print::line("One difference between the migrations and the database."),
        count => print::line(format!(
            "{count} differences between the migrations and the database."
        )),
    }
    if !found.statements.is_empty() {
        print::note(
            "This brings the database back to what the migrations say; read it first, since what it drops is gone. If the \
             database is right, change the models instead, and note their migration with `migrate apply --fake`.",
        );
        for statement in &found.statements {
            print::line(format!(
                "    {};",
                statement.sql.trim_end().trim_end_matches(';')
            ));
        }
    }
}

//! `migrate makemigrations`: what changed in the models becomes migration files.

use std::collections::{BTreeMap, BTreeSet};

use nuages::migrate::ProjectState;
use nuages::migrate::autodetect::{Answers, Diff, naming, trim_to_apps};
use nuages::migrate::files::{Migration, MigrationFolder, MigrationKey};
use nuages::migrate::graph::MigrationGraph;
use serde_json::{Value, json};

use super::{Setting, apps_of, check_apps, given, graph_of, replay, update};
use crate::args::MakeArgs;
use crate::ask::{Asker, confirm, has_terminal, unanswered};
use crate::failure::{Code, Failure, Result};
use crate::models::Models;
use crate::print;
use crate::project::{Loaded, Project};

/// Consent to lose data, as it stands in a file.
const DATA_LOSS: &str = "data_loss";

pub(super) fn run(setting: &Setting<'_>, args: &MakeArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    let graph = graph_of(&loaded.set)?;
    refuse_conflicts(&graph)?;
    if args.empty {
        return empty(setting, args, (&project, &loaded), &graph);
    }
    let from = replay(&loaded.set, &graph)?;
    let models = Models::find(args.models.file.as_deref())?;
    let mut known = apps_of(&loaded);
    known.extend(models.state.models.keys().map(|key| key.app.clone()));
    check_apps(&args.apps, &known)?;
    refuse_missing_apps(&from, &models, &args.delete_app)?;

    let mut found = detect(setting, args, (&from, &models), &graph)?;
    if !args.apps.is_empty() {
        found.migrations = trim_to_apps(found.migrations, &args.apps);
    }
    found.warnings.iter().for_each(print::warning);
    if args.check {
        let is_missing = !found.migrations.is_empty() || !found.questions.is_empty();
        report(setting, args, &found.migrations, &BTreeMap::new())?;
        return Ok(u8::from(is_missing));
    }
    if let Some(name) = &args.name {
        rename(&mut found.migrations, name)?;
    }
    let is_asking = !setting.global.no_input && has_terminal();
    if args.update && !found.migrations.is_empty() {
        return update::run(
            setting,
            args,
            (&project, &loaded, &models),
            &found.migrations,
        );
    }
    consent(&mut found.migrations, &from, args, is_asking)?;
    if args.phased {
        found.migrations = nuages::migrate::phased::phased(found.migrations, &from)?;
    }
    let place = Place {
        project: &project,
        loaded: &loaded,
        models: &models,
    };
    let files = place.files_of(&found.migrations)?;
    if !args.dry_run {
        place.write(&found.migrations)?;
    }
    report(setting, args, &found.migrations, &files)?;
    Ok(0)
}

/// Where migrations are written.
pub(super) struct Place<'a> {
    pub(super) project: &'a Project,
    pub(super) loaded: &'a Loaded,
    pub(super) models: &'a Models,
}

/// Compares, and asks.
fn detect(
    setting: &Setting<'_>,
    args: &MakeArgs,
    (from, models): (&ProjectState, &Models),
    graph: &MigrationGraph,
) -> Result<Diff> {
    let answers = given_answers(args, models.answers.clone())?;
    given::check_names(args, from, &models.state)?;
    let mut asker = Asker::new(answers, !setting.global.no_input && !args.check);
    let found = nuages::migrate::diff(from, &models.state, &mut asker, graph)?;
    asker.finish()?;
    if !found.questions.is_empty() && !args.check {
        return Err(unanswered(&found.questions));
    }
    Ok(found)
}

fn given_answers(args: &MakeArgs, mut answers: Answers) -> Result<Answers> {
    let usage = |error: nuages::Error| Failure::usage(error.to_string());
    for text in &args.rename {
        answers = answers.rename(text).map_err(usage)?;
    }
    for text in &args.default {
        answers = answers.one_off(text).map_err(usage)?;
    }
    Ok(answers)
}

/// Two branches have to be joined before anything can be written after them.
pub(super) fn refuse_conflicts(graph: &MigrationGraph) -> Result<()> {
    let conflicts = graph.conflicts();
    if conflicts.is_empty() {
        return Ok(());
    }
    let app = |(app, leaves): (&&str, &Vec<&MigrationKey>)| {
        let names: Vec<&str> = leaves.iter().map(|leaf| leaf.name.as_str()).collect();
        format!("\n  {app}: {}", names.join(", "))
    };
    let apps: String = conflicts.iter().map(app).collect();
    Err(Failure::new(
        Code::Conflict,
        format!(
            "two branches of migrations, each with a newest one of its own:{apps}\njoin them with `migrate makemigrations \
             --merge`"
        ),
    ))
}

/// An app whose crate is not linked looks as if all its models had been deleted.
pub(super) fn refuse_missing_apps(
    from: &ProjectState,
    models: &Models,
    deleted: &[String],
) -> Result<()> {
    let apps: BTreeSet<&str> = from.models.keys().map(|key| key.app.as_str()).collect();
    let mut missing = apps
        .into_iter()
        .filter(|app| !models.has_app(app) && !deleted.iter().any(|deleted| deleted == app));
    let Some(app) = missing.next() else {
        return Ok(());
    };
    Err(Failure::new(
        Code::Conflict,
        format!(
            "no model of app `{app}` is linked, but it has migrations: add `use {app} as _;` (the crate that has its models) \
             to the program that calls `migrate_cli`; or say `--delete-app {app}` if its models are gone and its tables are \
             to be dropped"
        ),
    ))
}

/// Gives the migrations a name, behind their numbers.
fn rename(migrations: &mut [Migration], name: &str) -> Result<()> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_word) {
        return Err(Failure::usage(format!(
            "`{name}` cannot be the name of a migration: use letters, digits and `_`"
        )));
    }
    let mut renamed = BTreeMap::new();
    for migration in migrations.iter_mut() {
        let number = migration.number().unwrap_or(1);
        let old = migration.key();
        migration.name = format!("{number:04}_{name}");
        renamed.insert(old, migration.key());
    }
    for migration in migrations {
        for dependency in &mut migration.dependencies {
            if let Some(new) = renamed.get(dependency) {
                *dependency = new.clone();
            }
        }
    }
    Ok(())
}

/// Writes consent to lose data into the migrations that need it, once it is given.
pub(super) fn consent(
    migrations: &mut [Migration],
    from: &ProjectState,
    args: &MakeArgs,
    is_asking: bool,
) -> Result<()> {
    let mut state = from.clone();
    let mut losses = Vec::new();
    let mut losing = Vec::new();
    for (at, migration) in migrations.iter().enumerate() {
        for operation in &migration.operations {
            if operation.loses_data(&migration.app, &state) && !migration.allows_data_loss() {
                losses.push((migration.key(), operation.describe()));
                losing.push(at);
            }
            operation.apply(&migration.app, &mut state)?;
        }
    }
    if losses.is_empty() {
        return Ok(());
    }
    if !args.allow_data_loss && !args.dry_run {
        ask_consent(&losses, is_asking)?;
    }
    for at in losing {
        if !migrations[at].allows_data_loss() {
            migrations[at].allow.push(DATA_LOSS.to_owned());
        }
    }
    Ok(())
}

fn ask_consent(losses: &[(MigrationKey, String)], is_asking: bool) -> Result<()> {
    let lines: Vec<String> = losses
        .iter()
        .map(|(key, what)| format!("\n  {}: {what}", key.app))
        .collect();
    let lines = lines.concat();
    if is_asking {
        print::warning(format!(
            "this drops data from the tables that it is applied to:{lines}"
        ));
        return match confirm("Write it down as meant?")? {
            true => Ok(()),
            false => Err(Failure::new(Code::Questions, "nothing was written")),
        };
    }
    let data = json!({"questions": losses.iter().map(|(key, what)| json!({
        "kind": "data_loss", "app": key.app, "operation": what, "answer_with": "--allow-data-loss",
    })).collect::<Vec<Value>>()});
    let message = format!(
        "this drops data from the tables that it is applied to:{lines}\nif that is meant, say --allow-data-loss; consent is \
         written into the file. If something was renamed, say --rename"
    );
    Err(Failure::new(Code::Questions, message).with_data(data))
}

impl Place<'_> {
    /// The folder of an app's migrations.
    pub(super) fn folder_of(&self, app: &str) -> Result<&MigrationFolder> {
        let declared_in = self.models.declared_in.get(app).map(String::as_str);
        self.project.folder_of(app, self.loaded, declared_in)
    }

    /// The file of each migration.
    pub(super) fn files_of(
        &self,
        migrations: &[Migration],
    ) -> Result<BTreeMap<MigrationKey, String>> {
        let file = |migration: &Migration| {
            let key = migration.key();
            let path = self.folder_of(&migration.app)?.file_of(&key);
            Ok((key, print::path(&path)))
        };
        migrations.iter().map(file).collect()
    }

    pub(super) fn write(&self, migrations: &[Migration]) -> Result<()> {
        for migration in migrations {
            self.folder_of(&migration.app)?.write([migration])?;
        }
        Ok(())
    }
}

pub(super) fn report(
    setting: &Setting<'_>,
    args: &MakeArgs,
    migrations: &[Migration],
    files: &BTreeMap<MigrationKey, String>,
) -> Result<()> {
    if setting.is_json() {
        let entry = |migration: &Migration| {
            let mut entry = migration.to_json();
            if let (Some(file), Value::Object(map)) = (files.get(&migration.key()), &mut entry) {
                map.insert("file".to_owned(), json!(file));
            }
            entry
        };
        print::json(&json!({"migrations": migrations.iter().map(entry).collect::<Vec<Value>>()}));
        return Ok(());
    }
    if args.scriptable {
        files.values().for_each(print::line);
        return Ok(());
    }
    if migrations.is_empty() {
        match args.apps.as_slice() {
            [] => print::line("No changes detected"),
            [app] => print::line(format!("No changes detected in app '{app}'")),
            apps => print::line(format!(
                "No changes detected in apps '{}'",
                apps.join("', '")
            )),
        }
        return Ok(());
    }
    let apps: BTreeSet<&str> = migrations
        .iter()
        .map(|migration| migration.app.as_str())
        .collect();
    for app in apps {
        print::heading(&format!("Migrations for '{app}':"));
        for migration in migrations.iter().filter(|migration| migration.app == app) {
            let file = files.get(&migration.key()).unwrap_or(&migration.name);
            let phase = migration.phase;
            let phase = phase.map(|phase| print::styled(print::FAINT, format!("  ({phase})")));
            print::line(format!(
                "  {}{}",
                print::styled(print::STRONG, file),
                phase.unwrap_or_default()
            ));
            print_operations(migration, "    ");
            if args.verbose {
                print::line(print::styled(print::FAINT, migration.print()));
            }
        }
    }
    Ok(())
}

pub(super) fn print_operations(migration: &Migration, indent: &str) {
    for operation in &migration.operations {
        let text = print::operation(operation.symbol(), &operation.describe());
        print::line(format!("{indent}{text}"));
    }
}

/// Empty migrations, to be filled by hand.
fn empty(
    setting: &Setting<'_>,
    args: &MakeArgs,
    (project, loaded): (&Project, &Loaded),
    graph: &MigrationGraph,
) -> Result<u8> {
    let mut known = apps_of(loaded);
    known.extend(
        Models::find(None)
            .map(|models| models.declared_in.into_keys())
            .into_iter()
            .flatten(),
    );
    check_apps(&args.apps, &known)?;
    let mut migrations = Vec::new();
    for app in &args.apps {
        let leaf = graph.leaves(Some(app)).first().map(|leaf| (*leaf).clone());
        let newest = leaf.as_ref().and_then(|leaf| naming::number_of(&leaf.name));
        let words = if leaf.is_some() { "custom" } else { "initial" };
        migrations.push(Migration {
            app: app.clone(),
            name: format!("{:04}_{words}", newest.unwrap_or(0) + 1),
            dependencies: leaf.into_iter().collect(),
            ..Migration::default()
        });
    }
    if let Some(name) = &args.name {
        rename(&mut migrations, name)?;
    }
    let models = Models::default();
    let place = Place {
        project,
        loaded,
        models: &models,
    };
    let files = place.files_of(&migrations)?;
    if !args.dry_run && !args.check {
        place.write(&migrations)?;
    }
    report(setting, args, &migrations, &files)?;
    Ok(u8::from(args.check))
}

/// Whether the models have changes that no migration has yet; nothing is asked.
pub(super) fn is_behind(loaded: &Loaded, models: &Models) -> Result<bool> {
    let graph = graph_of(&loaded.set)?;
    let from = replay(&loaded.set, &graph)?;
    let mut asker = Asker::new(models.answers.clone(), false);
    let found = nuages::migrate::diff(&from, &models.state, &mut asker, &graph)?;
    Ok(!found.questions.is_empty() || !found.migrations.is_empty())
}

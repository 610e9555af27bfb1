//! `migrate lint`: what about migrations hurts, before anybody applies them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use nuages::db::{database_names, editor, editor_named};
use nuages::migrate::Migrator;
use nuages::migrate::files::{FileLines, Migration, MigrationKey};
use nuages::migrate::graph::MigrationGraph;
use nuages::migrate::lint::{self, Finding, Known, LintSettings, Linter};
use nuages::migrate::plan::Moment;
use nuages::sql::{Rule, SchemaEditor};

use super::{Setting, apps_of, check_apps, graph_of, no_migrations_yet};
use crate::args::{Format, LintArgs};
use crate::failure::{Failure, Result};
use crate::lint_text::{self, Place, Report};
use crate::project::{Loaded, Project};
use crate::{print, sql_read};

/// A database that migrations are looked at for.
struct Target {
    editor: Arc<dyn SchemaEditor>,
    known: Option<Known>,
}

pub(super) async fn run(setting: &Setting<'_>, args: &LintArgs) -> Result<u8> {
    if args.rules {
        lint_text::rules(setting.is_json());
        return Ok(0);
    }
    if setting.global.is_drawing() {
        return Err(Failure::usage(
            "`migrate lint` draws nothing: its --format is text, json, github or sarif",
        ));
    }
    let config = &setting.config.lint;
    let (settings, fail_on) = config.settings(args, setting.config.waits_for_ever())?;
    let project = setting.project()?;
    let mut loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    check_apps(&args.apps, &apps_of(&loaded))?;
    let graph = graph_of(&loaded.set)?;
    let targets = targets(setting, args, &loaded, &graph).await?;
    let wanted = wanted(args, &project, &loaded, &graph, &targets)?;
    let mut findings = look(&loaded, &graph, &targets, &wanted, &settings)?;
    let mut fixed = 0;
    if args.fix {
        fixed = mend(&project, &loaded, &findings)?;
        if 0 < fixed {
            loaded = project.load()?;
            findings = look(&loaded, &graph, &targets, &wanted, &settings)?;
        }
    }
    let places = places(&project, &loaded, &findings)?;
    let report = Report {
        findings: &findings,
        places: &places,
        looked_at: wanted.len(),
        fixed,
        fail_on,
    };
    match setting.global.format {
        Some(Format::Json) => print::json(&report.json()),
        Some(Format::Sarif) => print::json(&report.sarif()),
        Some(Format::Github) => report.github(),
        _ => report.text(),
    }
    Ok(u8::from(report.fails()))
}

/// The databases that are named, else the one that is set.
async fn targets(
    setting: &Setting<'_>,
    args: &LintArgs,
    loaded: &Loaded,
    graph: &MigrationGraph,
) -> Result<Vec<Target>> {
    let config = &setting.config;
    let by_flag = !args.database.is_empty();
    let is_live = !by_flag && config.has_database();
    let named = match (by_flag, is_live) {
        (true, _) => &args.database,
        (false, true) => &Vec::new(),
        (false, false) => &config.lint.databases,
    };
    if named.is_empty() && !is_live {
        return Err(Failure::usage(
            "for which database? Name its kind (--database postgres:15; in migrate.toml, [lint] databases = \
             [\"postgres:15\"]), or set one (--database-url, DATABASE_URL)",
        ));
    }
    let mut targets = Vec::new();
    for name in named {
        targets.push(Target {
            editor: editor_named(name).map_err(|error| Failure::usage(error.to_string()))?,
            known: None,
        });
    }
    if is_live {
        let database = setting.connect().await?;
        let editor = editor(database.server());
        let migrator = Migrator::new(&database, loaded.set.clone());
        let linter = Linter {
            editor: &*editor,
            read: &sql_read::read,
            settings: &LintSettings::default(),
            known: None,
        };
        let order = order(loaded, graph);
        let applied: BTreeSet<MigrationKey> = migrator
            .history()
            .await?
            .into_iter()
            .map(|applied| applied.key)
            .collect();
        let plans = linter.plans(&order, &|key| !applied.contains(key))?;
        let mut moment = Moment::default();
        let mut tables = BTreeSet::new();
        for migration in &order {
            if moment.replay(migration, &*editor).is_err() {
                break;
            }
            tables.extend(moment.schema.tables.keys().cloned());
        }
        let known = migrator.known(&tables, &plans).await?;
        targets.push(Target {
            editor,
            known: Some(known),
        });
    }
    Ok(targets)
}

fn order<'a>(loaded: &'a Loaded, graph: &MigrationGraph) -> Vec<&'a Migration> {
    let order = graph.order().into_iter();
    order.filter_map(|key| loaded.set.get(key)).collect()
}

/// The migrations to look at.
fn wanted(
    args: &LintArgs,
    project: &Project,
    loaded: &Loaded,
    graph: &MigrationGraph,
    targets: &[Target],
) -> Result<BTreeSet<MigrationKey>> {
    let mut keys: BTreeSet<MigrationKey> = order(loaded, graph)
        .into_iter()
        .map(Migration::key)
        .collect();
    keys.retain(|key| args.apps.is_empty() || args.apps.contains(&key.app));
    if let Some(since) = &args.since {
        let is_migration = since
            .split_once('.')
            .filter(|(app, _)| apps_of(loaded).contains(*app));
        if let Some((app, name)) = is_migration {
            let before: BTreeSet<&MigrationKey> = graph
                .forwards(graph.find(app, name)?)?
                .into_iter()
                .collect();
            keys.retain(|key| !before.contains(key));
        } else {
            let changed = changed_since(project, since)?;
            keys.retain(|key| {
                let path = project.file_of(key, loaded);
                path.is_some_and(|path| changed.contains(&path))
            });
        }
    } else if !args.all
        && let Some(known) = targets.iter().find_map(|target| target.known.as_ref())
    {
        keys.retain(|key| !known.applied.contains(key));
    }
    Ok(keys)
}

/// The files that are new or changed since a commit, also those that Git does not know yet.
fn changed_since(project: &Project, since: &str) -> Result<BTreeSet<PathBuf>> {
    let mut changed = BTreeSet::new();
    for folder in project.folders().filter(|folder| folder.is_dir()) {
        let git = |args: &[&str]| -> Result<String> {
            let output = Command::new("git")
                .current_dir(folder)
                .args(args)
                .output()
                .map_err(|error| Failure::error(format!("git: {error}")))?;
            if output.status.success() {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            let said = String::from_utf8_lossy(&output.stderr);
            Err(Failure::usage(format!(
                "`{since}` is neither a migration (app.name) nor a commit: {}",
                said.lines().next().unwrap_or_default()
            )))
        };
        let lists = [
            git(&[
                "diff",
                "--name-only",
                "--relative",
                "--diff-filter=d",
                "-z",
                since,
                "--",
                ".",
            ])?,
            git(&[
                "ls-files",
                "--others",
                "--exclude-standard",
                "-z",
                "--",
                ".",
            ])?,
        ];
        let names = lists.iter().flat_map(|list| list.split('\0'));
        let paths = names
            .filter(|name| !name.is_empty())
            .map(|name| folder.join(name));
        changed.extend(paths);
    }
    Ok(changed)
}

fn look(
    loaded: &Loaded,
    graph: &MigrationGraph,
    targets: &[Target],
    wanted: &BTreeSet<MigrationKey>,
    settings: &LintSettings,
) -> Result<Vec<Finding>> {
    let order = order(loaded, graph);
    let mut findings: Vec<Finding> = Vec::new();
    for target in targets {
        let linter = Linter {
            editor: &*target.editor,
            read: &sql_read::read,
            settings,
            known: target.known.as_ref(),
        };
        findings.extend(linter.lint(&order, &|key| wanted.contains(key))?);
    }
    // What is the same on every database is said once.
    let mut seen = BTreeSet::new();
    findings.retain(|finding| {
        seen.insert((
            finding.migration.clone(),
            finding.operation,
            finding.rule.code,
            finding.subject.clone(),
            finding.detail.clone(),
        ))
    });
    Ok(findings)
}

/// Mends what a machine can mend, and says how much that was.
fn mend(project: &Project, loaded: &Loaded, findings: &[Finding]) -> Result<usize> {
    let mut by_file: BTreeMap<&MigrationKey, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_file.entry(&finding.migration).or_default().push(finding);
    }
    let mut count = 0;
    for (key, findings) in by_file {
        let Some(migration) = loaded.set.get(key) else {
            continue;
        };
        if let Some((fixed, mended)) = lint::fix(migration, &findings) {
            let folder = project.folder_of(&key.app, loaded, None)?;
            folder.write([&fixed])?;
            super::say_written("Mended", &folder.file_of(key));
            count += mended;
        }
    }
    Ok(count)
}

/// Where the operations of the files stand that something is found in.
fn places(
    project: &Project,
    loaded: &Loaded,
    findings: &[Finding],
) -> Result<BTreeMap<MigrationKey, Place>> {
    let mut places = BTreeMap::new();
    for finding in findings {
        if places.contains_key(&finding.migration) {
            continue;
        }
        let Some(path) = project.file_of(&finding.migration, loaded) else {
            continue;
        };
        let name = print::path(&path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::error(format!("{name}: {error}")))?;
        let lines = FileLines::of(&name, &text)?;
        places.insert(finding.migration.clone(), Place { name, lines });
    }
    Ok(places)
}

/// All rules of all databases, with the databases that have them.
pub(crate) fn all_rules() -> Vec<(&'static Rule, Vec<&'static str>)> {
    let mut all: Vec<(&'static Rule, Vec<&'static str>)> = Vec::new();
    for name in database_names() {
        let Ok(editor) = editor_named(name) else {
            continue;
        };
        for rule in lint::rules(&*editor) {
            match all.iter_mut().find(|(known, _)| known.code == rule.code) {
                Some((_, names)) => names.push(name),
                None => all.push((rule, vec![name])),
            }
        }
    }
    all.sort_by_key(|(rule, _)| rule.code);
    all
}

//! `migrate collect`: the migrations of all crates of a program in one folder, for an image without sources.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use nuages::migrate::files::{MigrationFolder, MigrationSet};
use serde_json::json;

use super::makemigrations::refuse_conflicts;
use super::{Setting, graph_of, no_migrations_yet};
use crate::args::CollectArgs;
use crate::failure::{Code, Failure, Result};
use crate::print;
use crate::project::{Loaded, Project};

pub(super) fn run(setting: &Setting<'_>, args: &CollectArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    refuse_conflicts(&graph_of(&loaded.set)?)?;
    let out = MigrationFolder::new(&args.out);
    let old = collected_before(&out)?;
    for migration in loaded.set.migrations.values() {
        let path = out.file_of(&migration.key());
        let text = text_of(&project, &loaded, migration)?;
        write(&path, &text)?;
    }
    for key in old.migrations.keys() {
        if loaded.set.get(key).is_none() {
            let path = out.file_of(key);
            fs::remove_file(&path).map_err(|error| failed("remove", &path, &error))?;
        }
    }
    out.write_heads(&loaded.set.leaf_heads())?;
    let apps: BTreeSet<&str> = loaded.set.apps();
    let count = loaded.set.migrations.len();
    if setting.is_json() {
        print::json(&json!({"out": args.out, "apps": apps, "migrations": count}));
    } else {
        print::line(format!(
            "Collected {count} migrations of {} into {}.",
            apps.into_iter().collect::<Vec<_>>().join(", "),
            print::path(&args.out)
        ));
    }
    Ok(0)
}

/// What an earlier collection left there; a folder with anything else is not touched.
fn collected_before(out: &MigrationFolder) -> Result<MigrationSet> {
    let is_empty = match fs::read_dir(out.path()) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed("read", out.path(), &error)),
    };
    if is_empty {
        return Ok(MigrationSet::default());
    }
    if !out.path().join("heads.toml").is_file() {
        return Err(Failure::new(
            Code::Refused,
            format!(
                "{} is not empty and no folder of migrations: nothing was written there",
                print::path(out.path())
            ),
        ));
    }
    Ok(out.load_files()?)
}

/// The file as it was written, with its comments; of a linked crate, as it is printed.
fn text_of(
    project: &Project,
    loaded: &Loaded,
    migration: &nuages::migrate::files::Migration,
) -> Result<String> {
    let file = project
        .folder_of(&migration.app, loaded, None)
        .map(|folder| folder.file_of(&migration.key()))
        .ok()
        .filter(|path| path.is_file());
    match file {
        Some(path) => fs::read_to_string(&path).map_err(|error| failed("read", &path, &error)),
        None => Ok(migration.print()),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| failed("write", path, &error))
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::error(format!("cannot {what} {}: {error}", print::path(path)))
}

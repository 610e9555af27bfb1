//! `migrate init`: prepares a crate for migrations.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Package, TargetKind};
use nuages::migrate::files::MigrationFolder;
use serde_json::json;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::{Setting, say_written};
use crate::failure::{Failure, Result};
use crate::print;
use crate::project::{Cargo, package_dir};

/// How the crate's models are reached.
enum Way {
    /// By a target of its own, an example that links the library of this name.
    Example { library: String },
    /// By its own program, since it has no library.
    Intercept { bin: String },
}

pub(super) fn run(setting: &Setting<'_>) -> Result<u8> {
    let project = setting.project()?;
    let cargo = project.cargo.as_ref().ok_or_else(|| {
        Failure::usage(
            "there is no Cargo.toml here or further up: go to the crate that has the models",
        )
    })?;
    let package = cargo.package().ok_or_else(|| {
        let names: Vec<&str> = cargo.metadata.packages.iter().map(|package| package.name.as_str()).collect();
        Failure::usage(format!(
            "the workspace has several packages, say which one has the models with -p (there are: {})",
            names.join(", ")
        ))
    })?;
    let dir = package_dir(package);
    let way = way_of(package)?;
    let mut done = Vec::new();
    write_example(&dir, package, &way, &mut done)?;
    write_manifest(setting, cargo, package, &way, &mut done)?;
    start_migrations(&dir, &mut done)?;
    report(setting, package, &way, &done);
    Ok(0)
}

/// What was done, and to which file.
type Done = Vec<(&'static str, PathBuf)>;

fn way_of(package: &Package) -> Result<Way> {
    let named = |kind: &dyn Fn(&TargetKind) -> bool| {
        let target = package
            .targets
            .iter()
            .find(|target| target.kind.iter().any(kind));
        target.map(|target| target.name.clone())
    };
    if let Some(library) = named(&|kind| matches!(kind, TargetKind::Lib | TargetKind::RLib)) {
        let library = library.replace('-', "_");
        return Ok(Way::Example { library });
    }
    let bin = named(&|kind| matches!(kind, TargetKind::Bin));
    bin.map(|bin| Way::Intercept { bin }).ok_or_else(|| {
        Failure::error(format!(
            "the package `{}` has neither a library nor a program that could have models",
            package.name
        ))
    })
}

fn target_name(package: &Package, way: &Way) -> String {
    match way {
        Way::Example { .. } => format!("{}-migrate", package.name),
        Way::Intercept { bin } => bin.clone(),
    }
}

fn write_example(dir: &Path, package: &Package, way: &Way, done: &mut Done) -> Result<()> {
    let Way::Example { library } = way else {
        return Ok(());
    };
    let path = dir
        .join("examples")
        .join(format!("{}.rs", target_name(package, way)));
    if path.exists() {
        return Ok(());
    }
    let text = format!(
        "//! The `migrate` command of this crate, which sees its models.\n\n\
         use std::process::ExitCode;\n\n\
         use {library} as _; // links the models; add a line for each crate whose models belong to this project\n\n\
         fn main() -> ExitCode {{\n    migrate_cli::main()\n}}\n"
    );
    write(&path, &text)?;
    done.push(("Wrote", path));
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let write = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)
    };
    write().map_err(|error| Failure::error(format!("cannot write {}: {error}", path.display())))
}

fn write_manifest(
    setting: &Setting<'_>,
    cargo: &Cargo,
    package: &Package,
    way: &Way,
    done: &mut Done,
) -> Result<()> {
    let path = package.manifest_path.as_std_path();
    let before = read(path)?;
    let mut document = parse(path, &before)?;
    record_target(
        &mut document,
        &target_name(package, way),
        &setting.global.features,
    )?;
    let section = match way {
        Way::Example { .. } => "dev-dependencies",
        Way::Intercept { .. } => "dependencies",
    };
    let root = cargo.metadata.workspace_root.as_std_path();
    depend_on_cli(&mut document, (section, path), root)?;
    let after = document.to_string();
    if after != before {
        write(path, &after)?;
        done.push(("Changed", path.to_owned()));
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|error| Failure::error(format!("cannot read {}: {error}", path.display())))
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Failure::error(format!("{}: {error}", path.display()))
    })
}

/// `[package.metadata.nuages]`, with what is there already kept.
fn record_target(document: &mut DocumentMut, target: &str, features: &[String]) -> Result<()> {
    let mut at: &mut dyn TableLike = document.as_table_mut();
    for name in ["package", "metadata", "nuages"] {
        let mut fresh = Table::new();
        fresh.set_implicit(name == "metadata");
        at = at
            .entry(name)
            .or_insert(Item::Table(fresh))
            .as_table_like_mut()
            .ok_or_else(|| Failure::error(format!("Cargo.toml: `{name}` is no table")))?;
    }
    at.entry("target").or_insert(value(target));
    if !features.is_empty() {
        let split = features.iter().flat_map(|list| list.split([',', ' ']));
        let list: Array = split.filter(|feature| !feature.is_empty()).collect();
        at.insert("features", value(list));
    }
    Ok(())
}

/// Adds `migrate-cli` from where `nuages` comes from.
fn depend_on_cli(
    document: &mut DocumentMut,
    (section, path): (&str, &Path),
    root: &Path,
) -> Result<()> {
    let has = |document: &DocumentMut, section: &str| {
        document
            .get(section)
            .and_then(|table| table.get("migrate-cli"))
            .is_some()
    };
    if has(document, section) || has(document, "dependencies") {
        return Ok(());
    }
    let nuages = document
        .get("dependencies")
        .and_then(|table| table.get("nuages"));
    let nuages = nuages.cloned().ok_or_else(|| {
        Failure::error(format!(
            "{} does not depend on `nuages`: add it first",
            path.display()
        ))
    })?;
    let source = match nuages.get("workspace").and_then(Item::as_bool) {
        Some(true) => workspace_source(root, path.parent().unwrap_or(root))?,
        _ => cli_source(&nuages),
    };
    let mut fresh = Table::new();
    // Behind the dependencies, not at the end of the file.
    let dependencies = document.get("dependencies").and_then(Item::as_table);
    fresh.set_position(dependencies.and_then(Table::position));
    let entry = document.entry(section).or_insert(Item::Table(fresh));
    let dependencies = entry.as_table_like_mut();
    let dependencies = dependencies
        .ok_or_else(|| Failure::error(format!("Cargo.toml: `{section}` is no table")))?;
    dependencies.insert("migrate-cli", Item::Value(source));
    Ok(())
}

/// `migrate-cli` from where the workspace has it, or beside where it has `nuages`.
fn workspace_source(root: &Path, package: &Path) -> Result<Value> {
    let path = root.join("Cargo.toml");
    let document = parse(&path, &read(&path)?)?;
    let shared = |name: &str| document.get("workspace")?.get("dependencies")?.get(name);
    if shared("migrate-cli").is_some() {
        let mut table = InlineTable::new();
        table.insert("workspace", true.into());
        return Ok(Value::InlineTable(table));
    }
    let nuages = shared("nuages").ok_or_else(|| {
        Failure::error(format!(
            "{} has no workspace dependency `nuages`",
            path.display()
        ))
    })?;
    let mut source = cli_source(nuages);
    // A path of the workspace's manifest means another place from the package's.
    if let Some(table) = source.as_inline_table_mut()
        && let Some(Value::String(relative)) = table.get("path")
        && Path::new(relative.value()).is_relative()
    {
        let ups = package
            .strip_prefix(root)
            .map_or(0, |inner| inner.components().count());
        let relative = format!("{}{}", "../".repeat(ups), relative.value());
        table.insert("path", relative.into());
    }
    Ok(source)
}

/// The same source as that of `nuages`: a path beside it, the same repository, or the same version.
fn cli_source(nuages: &Item) -> Value {
    let text = |key: &str| nuages.get(key).and_then(Item::as_str);
    let mut table = InlineTable::new();
    if let Some(path) = text("path") {
        let beside = match path.trim_end_matches('/').rsplit_once('/') {
            _ if path.trim_end_matches('/').ends_with("..") => format!("{path}/../migrate-cli"),
            Some((parent, _)) => format!("{parent}/migrate-cli"),
            None => "migrate-cli".to_owned(),
        };
        table.insert("path", beside.into());
        return Value::InlineTable(table);
    }
    for key in ["git", "branch", "tag", "rev", "registry"] {
        if let Some(text) = text(key) {
            table.insert(key, text.into());
        }
    }
    let version = nuages.as_str().or_else(|| text("version"));
    match version {
        Some(version) if table.is_empty() => version.into(),
        Some(version) => {
            table.insert("version", version.into());
            Value::InlineTable(table)
        }
        None => Value::InlineTable(table),
    }
}

fn start_migrations(dir: &Path, done: &mut Done) -> Result<()> {
    let folder = MigrationFolder::new(dir.join("migrations"));
    let heads = folder.path().join("heads.toml");
    if !heads.exists() {
        folder.write_heads(&folder.load()?.leaf_heads())?;
        if !heads.exists() {
            write(&heads, "")?;
        }
        done.push(("Started", heads));
    }
    Ok(())
}

fn report(setting: &Setting<'_>, package: &Package, way: &Way, done: &Done) {
    if setting.is_json() {
        let files: Vec<String> = done.iter().map(|(_, path)| print::path(path)).collect();
        print::json(&json!({"package": package.name.as_str(), "files": files}));
        return;
    }
    for (what, path) in done {
        say_written(what, path);
    }
    if done.is_empty() {
        print::line(format!("The package {} is prepared already.", package.name));
    }
    if let Way::Intercept { .. } = way {
        print::line(
            "\nThe package has no library, so its own program is to listen. Make this the first line of its `main`:\n\n    \
             migrate_cli::intercept();\n\nor move the models into src/lib.rs and run `migrate init` again.",
        );
    }
    print::line(
        "\nNext: `migrate makemigrations`, then `migrate apply`.\nA service that applies its own migrations embeds them with \
         nuages::migrations!(\"migrations\");",
    );
}

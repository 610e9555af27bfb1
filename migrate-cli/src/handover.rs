//! Handing over to the crate's own command, which sees its models.

use std::ffi::OsString;
use std::process::Command;

use cargo_metadata::{Package, Target, TargetKind};
use serde_json::Value;

use crate::args::Global;
use crate::failure::{Code, Failure, Result};
use crate::project::{Cargo, Project};

/// Whether there is a crate to hand over to.
pub(crate) fn is_possible(project: &Project) -> bool {
    project
        .cargo
        .as_ref()
        .is_some_and(|cargo| target(cargo).is_ok())
}

/// Builds the crate's command and runs it with the arguments of this one; gives its exit code.
///
/// # Errors
/// If there is no crate, no target in it, or no Cargo.
pub(crate) fn run(project: &Project, global: &Global, args: &[OsString]) -> Result<u8> {
    let Some(cargo) = &project.cargo else {
        return Err(Failure::new(
            Code::Conflict,
            "this needs the models, and there is no crate here: go to the crate that has them, name its Cargo.toml with \
             --manifest-path, or give the models as a file with --models",
        ));
    };
    let (package, target) = target(cargo)?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .arg("run")
        .arg("--manifest-path")
        .arg(&package.manifest_path);
    let is_bin = target.is_bin();
    command
        .arg(if is_bin { "--bin" } else { "--example" })
        .arg(&target.name);
    for features in recorded_features(package).iter().chain(&global.features) {
        command.arg("--features").arg(features);
    }
    command.arg("--");
    if is_bin {
        // The crate's own program, which listens with `intercept`.
        command.arg("migrate");
    }
    let status = command
        .args(&args[1..])
        .status()
        .map_err(|error| Failure::error(format!("cargo cannot be run: {error}")))?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    // Cargo's own failure, such as code that does not compile: it has said what it was.
    Ok(if code == 101 { 1 } else { code })
}

/// The target that is the crate's command: the recorded one, else the one that `migrate init` would write.
fn target(cargo: &Cargo) -> Result<(&Package, &Target)> {
    let Some(package) = cargo.package() else {
        return Err(Failure::usage(format!(
            "this needs the models of one package: say which with -p (there are: {})",
            cargo.prepared_names().join(", ")
        )));
    };
    let recorded = setting(package, "target").and_then(Value::as_str);
    let name = recorded.map_or_else(|| format!("{}-migrate", package.name), str::to_owned);
    let runs = |target: &&Target| {
        let is_runnable = target
            .kind
            .iter()
            .any(|kind| matches!(kind, TargetKind::Bin | TargetKind::Example));
        is_runnable && target.name == name
    };
    let found = package.targets.iter().find(runs);
    found.map(|target| (package, target)).ok_or_else(|| {
        let message = match recorded {
            Some(_) => format!(
                "the package `{0}` has no target `{name}`, which [package.metadata.nuages] in its Cargo.toml names: run \
                 `migrate init -p {0}`, or correct it",
                package.name
            ),
            None => format!(
                "the package `{0}` has no target that sees its models: run `migrate init -p {0}` once, which writes \
                 examples/{name}.rs; or name the package that has the models with -p",
                package.name
            ),
        };
        Failure::new(Code::Conflict, message)
    })
}

fn recorded_features(package: &Package) -> Vec<String> {
    let list = setting(package, "features").and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn setting<'a>(package: &'a Package, key: &str) -> Option<&'a Value> {
    package.metadata.get("nuages")?.get(key)
}

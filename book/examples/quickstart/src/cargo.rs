//! Reads what Cargo knows of a workspace: its packages, and which needs which.

mod lock;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use cargo_metadata::{self as cargo, Metadata, MetadataCommand};

use crate::models::{DependencyKind, Origin, TargetKind};

/// A workspace, as it is loaded into the database.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The path of its manifest.
    pub manifest: String,
    /// All packages that it is built of.
    pub packages: Vec<PackageFacts>,
    /// Which needs which.
    pub needs: Vec<Need>,
    /// Whether Cargo told all; otherwise other packages are known by their lines in the lock file only.
    pub complete: bool,
}

/// What is known of a package.
#[derive(Debug)]
pub struct PackageFacts {
    /// Cargo's name for exactly this package.
    pub spec: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it says of itself.
    pub description: Option<String>,
    /// The terms of its use.
    pub licence: Option<String>,
    /// Words that it is found by.
    pub keywords: Vec<String>,
    /// Subjects that it belongs to.
    pub categories: Vec<String>,
    /// Who wrote it, perhaps with an address.
    pub authors: Vec<(String, Option<String>)>,
    /// What it builds.
    pub targets: Vec<(String, TargetKind)>,
}

/// That one package needs another; both are positions in [`Workspace::packages`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Who needs.
    pub package: usize,
    /// What is needed.
    pub needs: usize,
    /// When.
    pub kind: DependencyKind,
    /// Whether only if asked for.
    pub optional: bool,
    /// Which versions will do, where that is known.
    pub requirement: Option<String>,
}

/// Reads the workspace of a manifest. What Cargo has to download for that, it downloads, after `downloads` is called;
/// where it cannot, the lock file has to do.
///
/// # Errors
/// A message, where there is no such manifest or Cargo cannot read it.
pub fn read(manifest: &Path, downloads: impl FnOnce()) -> Result<Workspace, String> {
    let manifest = manifest_in(manifest)?;
    let offline = command(&manifest, &["--offline"]);
    if let Ok(metadata) = offline.exec() {
        return Ok(whole(&metadata));
    }
    // If the manifest itself is wrong, this says so.
    let members = members(&manifest)?;
    downloads();
    if let Ok(metadata) = command(&manifest, &[]).exec() {
        return Ok(whole(&metadata));
    }
    with_lock(&members)
}

/// Reads the members of a workspace from their manifests, and everything else from the lock file; needs no network.
///
/// # Errors
/// As [`read`], and where there is no lock file.
pub fn read_members(manifest: &Path) -> Result<Workspace, String> {
    with_lock(&members(&manifest_in(manifest)?)?)
}

fn members(manifest: &Path) -> Result<Metadata, String> {
    let mut command = command(manifest, &["--offline"]);
    command.no_deps().exec().map_err(plain)
}

fn with_lock(members: &Metadata) -> Result<Workspace, String> {
    let path = members.workspace_root.join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!(
            "Cargo could not tell all packages, and the lock file {path} could not be read: {error}"
        )
    })?;
    lock::read(members, &text).map_err(|problem| format!("{path}: {problem}"))
}

/// The manifest of a path, which may be its folder.
fn manifest_in(path: &Path) -> Result<PathBuf, String> {
    let manifest = if path.is_dir() {
        path.join("Cargo.toml")
    } else {
        path.to_owned()
    };
    if manifest.is_file() {
        return Ok(manifest);
    }
    Err(format!(
        "there is no {}: name a Cargo.toml, or its folder",
        manifest.display()
    ))
}

fn command(manifest: &Path, options: &[&str]) -> MetadataCommand {
    let mut command = MetadataCommand::new();
    command
        .manifest_path(manifest)
        .other_options(options.iter().map(ToString::to_string).collect::<Vec<_>>())
        // Without a network, say so soon.
        .env("CARGO_NET_RETRY", "0")
        .env("CARGO_HTTP_TIMEOUT", "10");
    command
}

fn plain(error: cargo::Error) -> String {
    match error {
        cargo::Error::CargoMetadata { stderr } => {
            stderr.trim().trim_start_matches("error: ").to_owned()
        }
        other => other.to_string(),
    }
}

/// The workspace, where Cargo told all of it.
fn whole(metadata: &Metadata) -> Workspace {
    let position: HashMap<_, _> = (0..)
        .zip(&metadata.packages)
        .map(|(at, package)| (&package.id, at))
        .collect();
    let mut needs = Vec::new();
    for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        for dependency in &node.deps {
            let (Some(package), Some(needed)) =
                (position.get(&node.id), position.get(&dependency.pkg))
            else {
                continue;
            };
            let mut declared = declared(&metadata.packages[*package], &metadata.packages[*needed]);
            for kind in dependency.dep_kinds.iter().map(|info| kind(info.kind)) {
                let known = declared.remove(&kind);
                needs.push(need(*package, *needed, kind, known));
            }
        }
    }
    Workspace {
        manifest: metadata.workspace_root.join("Cargo.toml").into_string(),
        packages: metadata.packages.iter().map(facts).collect(),
        needs: each_once(needs),
        complete: true,
    }
}

/// What a manifest says about needing a package: the versions that will do, and whether only if asked for.
#[derive(Debug, Clone)]
struct Declared {
    requirement: String,
    optional: bool,
}

fn need(package: usize, needs: usize, kind: DependencyKind, declared: Option<Declared>) -> Need {
    Need {
        package,
        needs,
        kind,
        optional: declared.as_ref().is_some_and(|declared| declared.optional),
        requirement: declared.map(|declared| declared.requirement),
    }
}

/// A package may need another for several platforms, or under several names: one row of each kind says that.
fn each_once(mut needs: Vec<Need>) -> Vec<Need> {
    let key = |need: &Need| (need.package, need.needs, need.kind);
    // The one that knows more comes first.
    needs.sort_by_key(|need| (key(need), need.requirement.is_none()));
    needs.dedup_by(|again, first| {
        let same = key(again) == key(first);
        first.optional &= !same || again.optional || again.requirement.is_none();
        same
    });
    needs
}

/// What the manifest of a package says of its need for another.
fn declared(
    package: &cargo::Package,
    needed: &cargo::Package,
) -> BTreeMap<DependencyKind, Declared> {
    declared_by_name(package, needed.name.as_str(), |requirement| {
        requirement.matches(&needed.version)
    })
}

fn declared_by_name(
    package: &cargo::Package,
    name: &str,
    fits: impl Fn(&cargo::semver::VersionReq) -> bool,
) -> BTreeMap<DependencyKind, Declared> {
    let mut found: BTreeMap<DependencyKind, Declared> = BTreeMap::new();
    for dependency in package
        .dependencies
        .iter()
        .filter(|d| d.name == name && fits(&d.req))
    {
        let declared = Declared {
            requirement: dependency.req.to_string(),
            optional: dependency.optional,
        };
        found
            .entry(kind(dependency.kind))
            .and_modify(|first| first.optional &= dependency.optional)
            .or_insert(declared);
    }
    found
}

fn kind(kind: cargo::DependencyKind) -> DependencyKind {
    match kind {
        cargo::DependencyKind::Build => DependencyKind::Build,
        cargo::DependencyKind::Development => DependencyKind::Dev,
        _ => DependencyKind::Normal,
    }
}

fn facts(package: &cargo::Package) -> PackageFacts {
    let source = package.source.as_ref().map(|source| source.repr.as_str());
    let in_file = package
        .license_file
        .as_ref()
        .map(|path| format!("see {path}"));
    PackageFacts {
        spec: package.id.repr.clone(),
        name: package.name.to_string(),
        version: package.version.to_string(),
        origin: origin(source),
        description: package.description.as_deref().map(one_line),
        licence: package.license.as_deref().map(licence).or(in_file),
        // The registry does not tell `UTF-8` from `utf-8`, and neither does every database.
        keywords: package
            .keywords
            .iter()
            .map(|word| word.to_lowercase())
            .collect(),
        categories: package
            .categories
            .iter()
            .map(|word| word.to_lowercase())
            .collect(),
        authors: package
            .authors
            .iter()
            .map(|author| name_and_address(author))
            .collect(),
        targets: package.targets.iter().filter_map(target).collect(),
    }
}

fn origin(source: Option<&str>) -> Origin {
    match source {
        None => Origin::Local,
        Some(source) if source.starts_with("git+") => Origin::Git,
        Some(_) => Origin::Registry,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The expression in one form: `MIT/Apache-2.0` and `MIT OR Apache-2.0` are `Apache-2.0 OR MIT`.
fn licence(expression: &str) -> String {
    let expression = expression.replace('/', " OR ");
    if expression.contains(" AND ") || expression.contains('(') {
        return one_line(&expression);
    }
    let mut choices: Vec<String> = expression.split(" OR ").map(one_line).collect();
    choices.sort();
    choices.dedup();
    choices.join(" OR ")
}

/// `Ann Example <ann@example.org>` in its parts.
fn name_and_address(author: &str) -> (String, Option<String>) {
    match author.split_once('<') {
        Some((name, address)) if !name.trim().is_empty() => {
            let address = address.trim().trim_end_matches('>').trim();
            (
                one_line(name),
                (!address.is_empty()).then(|| address.to_owned()),
            )
        }
        _ => (one_line(author), None),
    }
}

fn target(target: &cargo::Target) -> Option<(String, TargetKind)> {
    use cargo::TargetKind as Kind;
    let kind = match target.kind.first()? {
        Kind::ProcMacro => TargetKind::ProcMacro,
        Kind::Bin => TargetKind::Bin,
        Kind::Example => TargetKind::Example,
        Kind::Test => TargetKind::Test,
        Kind::Bench => TargetKind::Bench,
        Kind::CustomBuild => TargetKind::BuildScript,
        _ => TargetKind::Lib,
    };
    Some((target.name.clone(), kind))
}

#[cfg(test)]
mod tests;

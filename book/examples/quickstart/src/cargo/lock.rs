//! The lock file, for when Cargo cannot tell more: names, versions and who needs whom.

use std::collections::HashMap;

use cargo_metadata::Metadata;
use cargo_metadata::semver::Version;
use toml_edit::{DocumentMut, Item, Table};

use super::{Need, PackageFacts, Workspace, declared_by_name, each_once, facts, need, origin};
use crate::models::DependencyKind;

/// A workspace of its members' manifests and the text of its lock file.
pub(super) fn read(metadata: &Metadata, text: &str) -> Result<Workspace, String> {
    let document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let tables = document.get("package").and_then(Item::as_array_of_tables);
    let locked = tables
        .ok_or("there are no packages in it")?
        .iter()
        .map(Locked::of)
        .collect::<Option<Vec<Locked<'_>>>>()
        .ok_or("a package without a name or version is in it")?;
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, package) in locked.iter().enumerate() {
        by_name.entry(package.name).or_default().push(at);
    }
    let mut needs = Vec::new();
    for (at, package) in locked.iter().enumerate() {
        for dependency in &package.dependencies {
            let named = by_name.get(dependency.name).into_iter().flatten().copied();
            let Some(needed) = named.into_iter().find(|at| dependency.means(&locked[*at])) else {
                return Err(format!(
                    "{} needs {}, which is not in it",
                    package.name, dependency.name
                ));
            };
            needs.extend(package.needs(at, needed, &locked[needed], metadata));
        }
    }
    Ok(Workspace {
        manifest: metadata.workspace_root.join("Cargo.toml").into_string(),
        packages: locked
            .iter()
            .map(|package| package.facts(metadata))
            .collect(),
        needs: each_once(needs),
        complete: false,
    })
}

/// A package of the lock file.
struct Locked<'a> {
    name: &'a str,
    version: &'a str,
    source: Option<&'a str>,
    dependencies: Vec<Reference<'a>>,
}

/// How a lock file names a package: by as much of name, version and source as tells it from others.
struct Reference<'a> {
    name: &'a str,
    version: Option<&'a str>,
    source: Option<&'a str>,
}

impl<'a> Locked<'a> {
    fn of(table: &'a Table) -> Option<Self> {
        let text = |key: &str| table.get(key).and_then(Item::as_str);
        let dependencies = table.get("dependencies").and_then(Item::as_array);
        Some(Locked {
            name: text("name")?,
            version: text("version")?,
            source: text("source"),
            dependencies: dependencies
                .into_iter()
                .flatten()
                .filter_map(toml_edit::Value::as_str)
                .filter_map(Reference::parse)
                .collect(),
        })
    }

    /// The manifest, if this is a member of the workspace.
    fn manifest<'m>(&self, metadata: &'m Metadata) -> Option<&'m cargo_metadata::Package> {
        let members = metadata.packages.iter().filter(|_| self.source.is_none());
        let mut members = members
            .filter(|p| p.name.as_str() == self.name && p.version.to_string() == self.version);
        members.next()
    }

    fn facts(&self, metadata: &Metadata) -> PackageFacts {
        if let Some(package) = self.manifest(metadata) {
            return facts(package);
        }
        PackageFacts {
            spec: format!(
                "{}#{}@{}",
                self.source.unwrap_or("path"),
                self.name,
                self.version
            ),
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            origin: origin(self.source),
            description: None,
            licence: None,
            keywords: Vec::new(),
            categories: Vec::new(),
            authors: Vec::new(),
            targets: Vec::new(),
        }
    }

    /// The needs of this package for another, which it has by the lock file: one of each kind that its manifest tells.
    fn needs(
        &self,
        at: usize,
        needed: usize,
        other: &Locked<'_>,
        metadata: &Metadata,
    ) -> Vec<Need> {
        let version = Version::parse(other.version).ok();
        let declared = self.manifest(metadata).map(|package| {
            declared_by_name(package, other.name, |requirement| {
                version
                    .as_ref()
                    .is_some_and(|version| requirement.matches(version))
            })
        });
        match declared {
            Some(declared) if !declared.is_empty() => declared
                .into_iter()
                .map(|(kind, declared)| need(at, needed, kind, Some(declared)))
                .collect(),
            _ => vec![need(at, needed, DependencyKind::Normal, None)],
        }
    }
}

impl<'a> Reference<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        Some(Reference {
            name: parts.next()?,
            version: parts.next(),
            source: parts.next().map(|source| source.trim_matches(['(', ')'])),
        })
    }

    fn means(&self, package: &Locked<'_>) -> bool {
        let same_source = |source| package.source.is_some_and(|own| own.starts_with(source));
        self.version
            .is_none_or(|version| package.version == version)
            && self.source.is_none_or(same_source)
    }
}

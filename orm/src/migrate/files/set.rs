//! All migrations that a folder, or a program that embeds them, brings.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::Item;

use super::read::parse_document;
use super::{Migration, MigrationKey};
use crate::error::{Error, ErrorKind, Result};

/// Migrations by their keys, and the head of each app as `heads.toml` has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MigrationSet {
    /// The migrations.
    pub migrations: BTreeMap<MigrationKey, Migration>,
    /// The newest migration of each app.
    pub heads: BTreeMap<String, String>,
}

/// The texts of a `migrations` folder within a program: what `nuages::migrations!` makes. Nothing is parsed before
/// [`EmbeddedMigrations::load`], so that a broken file cannot keep a crate from building.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedMigrations {
    /// The package that they belong to.
    pub package: &'static str,
    /// The text of `heads.toml`.
    pub heads: &'static str,
    /// The path (`blog/0001_initial.toml`) and the text of each migration.
    pub files: &'static [(&'static str, &'static str)],
}

inventory::collect!(EmbeddedMigrations);

/// Every migration that the linked crates have embedded.
///
/// # Errors
/// If a file does not parse, files and heads disagree, or two crates have one app.
pub fn linked_migrations() -> Result<MigrationSet> {
    let mut set = MigrationSet::default();
    for embedded in inventory::iter::<EmbeddedMigrations> {
        set.merge(embedded.load()?)?;
    }
    Ok(set)
}

impl EmbeddedMigrations {
    /// Parses them.
    ///
    /// # Errors
    /// If a file does not parse, or files and heads disagree.
    pub fn load(&self) -> Result<MigrationSet> {
        let load = || {
            let set = MigrationSet::parse(self.heads, self.files.iter().copied())?;
            set.check_heads()?;
            Ok(set)
        };
        load().map_err(|error: Error| {
            error.context(format!("the migrations of the package {}", self.package))
        })
    }
}

impl MigrationSet {
    /// Reads the text of `heads.toml`, and the path within the folder and the text of each migration.
    ///
    /// # Errors
    /// If one does not parse, or its app and name are not those of its path.
    pub fn parse<'a>(
        heads: &str,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<MigrationSet> {
        let mut set = MigrationSet {
            heads: parse_heads(heads)?,
            ..MigrationSet::default()
        };
        for (path, text) in files {
            let migration = Migration::parse(path, text)?;
            let expected = format!("{}/{}.toml", migration.app, migration.name);
            if path != expected {
                let key = migration.key();
                let message = format!(
                    "{path}: the file says that it is `{key}`; rename it to {expected}, or change its `app` and `name`"
                );
                return Err(Error::migration(message));
            }
            set.insert(migration);
        }
        Ok(set)
    }

    /// Adds a migration, or puts it in the place of the one of its key.
    pub fn insert(&mut self, migration: Migration) {
        self.migrations.insert(migration.key(), migration);
    }

    /// Takes in the migrations of another package.
    ///
    /// # Errors
    /// If both have migrations of one app.
    pub fn merge(&mut self, other: MigrationSet) -> Result<()> {
        let own = self.apps();
        if let Some(app) = other.apps().intersection(&own).next() {
            let message = format!(
                "two packages have migrations of the app `{app}`; give one of the apps another label"
            );
            return Err(Error::migration(message));
        }
        self.migrations.extend(other.migrations);
        self.heads.extend(other.heads);
        Ok(())
    }

    /// The migration of a key.
    pub fn get(&self, key: &MigrationKey) -> Option<&Migration> {
        self.migrations.get(key)
    }

    /// The apps that have migrations.
    pub fn apps(&self) -> BTreeSet<&str> {
        self.migrations.keys().map(|key| key.app.as_str()).collect()
    }

    /// The migrations of an app, by name.
    pub fn of_app<'a>(&'a self, app: &'a str) -> impl Iterator<Item = &'a Migration> {
        self.migrations
            .values()
            .filter(move |migration| migration.app == app)
    }

    /// What a squash replaces, and what the squashes among these replace, each once.
    pub fn all_replaced<'a>(&'a self, migration: &'a Migration) -> BTreeSet<&'a MigrationKey> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&MigrationKey> = migration.replaces.iter().collect();
        while let Some(key) = open.pop() {
            if found.insert(key) {
                open.extend(self.get(key).into_iter().flat_map(|inner| &inner.replaces));
            }
        }
        found
    }

    /// The squashes that stand in together with one, for the same migrations.
    pub fn squashes_of_the_same<'a>(
        &'a self,
        migration: &Migration,
    ) -> impl Iterator<Item = &'a Migration> {
        let key = migration.key();
        let replaced: BTreeSet<MigrationKey> = migration.replaces.iter().cloned().collect();
        self.migrations.values().filter(move |other| {
            let same = |one: &MigrationKey| replaced.contains(one);
            !replaced.is_empty()
                && other.replaces.len() == replaced.len()
                && other.replaces.iter().all(same)
                && other.key() != key
        })
    }

    /// The migrations of an app that no other of the app depends on; a squash stands for those that it replaces.
    pub fn leaves(&self, app: &str) -> Vec<&MigrationKey> {
        let mut replaced: BTreeMap<&MigrationKey, Vec<&MigrationKey>> = BTreeMap::new();
        for (key, migration) in &self.migrations {
            for old in &migration.replaces {
                replaced.entry(old).or_default().push(key);
            }
        }
        let current = || {
            self.migrations
                .iter()
                .filter(|(key, _)| key.app == app && !replaced.contains_key(key))
        };
        let depended_on: BTreeSet<&MigrationKey> = current()
            .flat_map(|(_, migration)| &migration.dependencies)
            .flat_map(|dependency| stand_ins(&replaced, dependency))
            .collect();
        current()
            .map(|(key, _)| key)
            .filter(|key| !depended_on.contains(key))
            .collect()
    }

    /// The head of each app as the files have it; of an app with several leaves the last by name.
    pub fn leaf_heads(&self) -> BTreeMap<String, String> {
        let head = |app: &str| Some((app.to_owned(), self.leaves(app).last()?.name.clone()));
        self.apps().into_iter().filter_map(head).collect()
    }

    /// Whether `heads.toml` names the newest file of each app. An app with two leaves is a conflict, not a
    /// disagreement, if one of them is the head.
    ///
    /// # Errors
    /// If they disagree: the message names both.
    pub fn check_heads(&self) -> Result<()> {
        for app in self.apps() {
            let leaves = self.leaves(app);
            let head = self.heads.get(app);
            if head.is_some_and(|head| leaves.iter().any(|leaf| leaf.name == *head)) {
                continue;
            }
            let names: Vec<String> = leaves
                .iter()
                .map(|leaf| format!("`{}`", leaf.name))
                .collect();
            let names = names.join(" and ");
            let says = head.map_or_else(
                || format!("has no line for `{app}`"),
                |head| format!("says that the newest migration of `{app}` is `{head}`"),
            );
            let newest = leaves.last().map_or("", |leaf| leaf.name.as_str());
            return Err(Error::migration(format!(
                "heads.toml {says}, the files say {names}; a file is missing, or the line has to be `{app} = \"{newest}\"`"
            )));
        }
        let missing = self
            .heads
            .iter()
            .find(|(app, _)| self.of_app(app).next().is_none());
        missing.map_or(Ok(()), |(app, head)| {
            Err(Error::migration(format!(
                "heads.toml says that the newest migration of `{app}` is `{head}`, but there is no file of `{app}`; \
                 the files are missing, or the line has to go"
            )))
        })
    }

    /// The text of `heads.toml`: a line an app, sorted.
    pub fn print_heads(heads: &BTreeMap<String, String>) -> String {
        heads
            .iter()
            .map(|(app, head)| format!("{app} = \"{head}\"\n"))
            .collect()
    }
}

/// The squashes of the squashes of a migration, or the migration itself.
fn stand_ins<'a>(
    replaced: &BTreeMap<&'a MigrationKey, Vec<&'a MigrationKey>>,
    key: &'a MigrationKey,
) -> BTreeSet<&'a MigrationKey> {
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut open = vec![key];
    while let Some(key) = open.pop() {
        if !seen.insert(key) {
            continue;
        }
        match replaced.get(key) {
            Some(squashes) => open.extend(squashes),
            None => {
                found.insert(key);
            }
        }
    }
    found
}

fn parse_heads(text: &str) -> Result<BTreeMap<String, String>> {
    if let Some(at) = text.lines().position(|line| line.starts_with("<<<<<<<")) {
        return Err(Error::new(ErrorKind::MigrationConflict {
            message: format!(
                "heads.toml, line {}: the markers of a merge stand there, because two branches have new migrations; run \
                 `migrate makemigrations --merge`, which joins the branches and writes heads.toml anew out of the files",
                at + 1
            ),
        }));
    }
    let document = parse_document("heads.toml", text)?;
    let read = |(app, head): (&str, &Item)| match head.as_str() {
        Some(head) => Ok((app.to_owned(), head.to_owned())),
        None => Err(Error::migration(format!(
            "heads.toml: `{app}` needs the name of a migration as text"
        ))),
    };
    document.iter().map(read).collect()
}

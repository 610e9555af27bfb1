//! Migration files: what stands in them, how they are read and written, and the folders and programs that carry them.
//!
//! A file is TOML. [`Migration::parse`] reads one strictly (what it does not know is an error with file and line),
//! [`Migration::print`] writes one in the one canonical form, [`Migration::rewrite`] writes one over an older text and
//! keeps its comments. [`MigrationSet`] holds all that a folder or a program brings.

mod comments;
mod diff;
mod folder;
mod json;
mod phase;
mod print;
mod read;
mod set;
#[cfg(test)]
mod tests;

use super::operation::Operation;
use super::state::ProjectState;
use crate::error::Result;

pub use diff::migrations_to_json;
pub use folder::MigrationFolder;
pub use phase::Phase;
pub use read::FileLines;
pub use set::{EmbeddedMigrations, MigrationSet, linked_migrations};

#[doc(hidden)]
pub use inventory;

/// The format of migration files that this version writes, and the newest that it reads.
pub const FORMAT: i64 = 1;

/// One migration: a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Migration {
    /// The app it belongs to.
    pub app: String,
    /// Its name: `0002_post_status`.
    pub name: String,
    /// The migrations that come before it, as app and name.
    pub dependencies: Vec<MigrationKey>,
    /// Migrations of other apps that must come after it.
    pub run_before: Vec<MigrationKey>,
    /// The migrations that it stands for: it is their squash.
    pub replaces: Vec<MigrationKey>,
    /// Whether it is the app's first; none: it is if it depends on none of its own app.
    pub initial: Option<bool>,
    /// Whether it runs in one transaction, where the database can; none: it does.
    pub atomic: Option<bool>,
    /// The phase of a deployment that it belongs to.
    pub phase: Option<Phase>,
    /// What it has consent to do, such as `data_loss`.
    pub allow: Vec<String>,
    /// What `migrate lint` is not to find in it, and why.
    pub lint_allow: Vec<LintAllowance>,
    /// Its steps.
    pub operations: Vec<Operation>,
}

/// A finding that somebody has looked at and stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintAllowance {
    /// The code of the rule.
    pub code: String,
    /// The table, or the table and the column (`blog_post.body`), that it is about; none: all of them.
    pub on: Option<String>,
    /// Why it is right here.
    pub reason: String,
}

/// The app and the name of a migration; printed `app.name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MigrationKey {
    /// The app's label.
    pub app: String,
    /// The migration's name.
    pub name: String,
}

impl MigrationKey {
    /// A key of an app and a name.
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> MigrationKey {
        MigrationKey {
            app: app.into(),
            name: name.into(),
        }
    }

    /// Reads `app.name`.
    pub fn parse(text: &str) -> Option<MigrationKey> {
        let (app, name) = text.split_once('.')?;
        let is_key = !app.is_empty() && !name.is_empty() && !name.contains('.');
        is_key.then(|| MigrationKey::new(app, name))
    }
}

impl std::fmt::Display for MigrationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.app, self.name)
    }
}

impl Migration {
    /// Its key.
    pub fn key(&self) -> MigrationKey {
        MigrationKey::new(&self.app, &self.name)
    }

    /// Its number: the leading digits of its name, or of a squash the last number in it (`0001_squashed_0004_x` is 4).
    pub fn number(&self) -> Option<u32> {
        let squashed = self.name.rsplit_once("_squashed_").map(|(_, last)| last);
        let name = squashed.unwrap_or(&self.name);
        let digits = name
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(name.len());
        name[..digits].parse().ok()
    }

    /// Whether it is the first of its app: said so, or dependent on none of its own app.
    pub fn is_initial(&self) -> bool {
        self.initial.unwrap_or_else(|| {
            self.dependencies
                .iter()
                .all(|dependency| dependency.app != self.app)
        })
    }

    /// Whether it runs in one transaction, where the database can.
    pub fn is_atomic(&self) -> bool {
        self.atomic.unwrap_or(true)
    }

    /// Whether it has consent to lose data.
    pub fn allows_data_loss(&self) -> bool {
        self.allow.iter().any(|consent| consent == "data_loss")
    }

    /// Does to the state what its operations mean.
    ///
    /// # Errors
    /// If one of them does not fit the state; the message names the migration and the operation.
    pub fn apply(&self, state: &mut ProjectState) -> Result<()> {
        let apply = |operation: &Operation| operation.apply(&self.app, state);
        self.operations
            .iter()
            .try_for_each(apply)
            .map_err(|error| error.context(self.key().to_string()))
    }
}

impl ProjectState {
    /// The state that migrations lead to, carried out in this order from nothing.
    ///
    /// # Errors
    /// If an operation does not fit the state that those before it made.
    pub fn replay<'a>(migrations: impl IntoIterator<Item = &'a Migration>) -> Result<ProjectState> {
        let mut state = ProjectState::default();
        migrations
            .into_iter()
            .try_for_each(|migration| migration.apply(&mut state))?;
        Ok(state)
    }
}

//! What about migrations hurts, told before anybody applies them: rules over what a migration changes and over the
//! statements that will really run.
//!
//! [`Linter::lint`] walks migrations in order. In: the files, a database's language of structure, what is known of its
//! tables, and a reader of handwritten SQL. Out: findings. It is pure; whoever calls it asks a database, or nobody.

mod change;
mod fix;
mod handwritten;
mod known;
mod names;
mod rules;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::migrate::files::MigrationKey;
use crate::sql::{Remedy, Rule, SchemaEditor, Severity, Written};

pub use fix::fix;
pub use rules::rules;

/// Reads a statement that was written by hand for a database; the error says why it cannot be read.
pub type Reader = dyn Fn(&str, &str) -> Result<Vec<Written>, String>;

/// What lints migrations for one database.
#[derive(Clone, Copy)]
pub struct Linter<'a> {
    /// How the database is told about structure.
    pub editor: &'a dyn SchemaEditor,
    /// Reads what was written by hand.
    pub read: &'a Reader,
    /// How strict to be.
    pub settings: &'a LintSettings,
    /// What a live database has told.
    pub known: Option<&'a Known>,
}

/// What is configured.
#[derive(Debug, Default)]
pub struct LintSettings {
    /// Severities by the code of a rule, or by how codes begin (`PG4`); the longest that fits counts.
    pub severities: BTreeMap<String, Severity>,
    /// From how many rows on a table is large.
    pub large: u64,
    /// The patterns of names, by the code of their rule (`NM101` …).
    pub names: BTreeMap<String, Pattern>,
    /// Whether statements wait for a table for ever.
    pub waits_for_ever: bool,
}

/// What names must look like.
pub struct Pattern {
    /// The pattern as it was written.
    pub text: String,
    /// Whether a name is as agreed.
    pub fits: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// What a live database has told.
#[derive(Debug, Default)]
pub struct Known {
    /// The migrations that are applied.
    pub applied: BTreeSet<MigrationKey>,
    /// The rows of the tables that are there; none where nobody knows.
    pub rows: BTreeMap<String, Option<u64>>,
    /// How many rows are in the way, by the query that counts them.
    pub counts: BTreeMap<String, u64>,
}

/// Something that hurts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// The migration.
    pub migration: MigrationKey,
    /// The number of the operation in the file; none where it is about the file.
    pub operation: Option<usize>,
    /// The number of the entry of `lint_allow` that it is about.
    pub allowance: Option<usize>,
    /// The database, by its word.
    pub database: &'static str,
    /// The table, or the table and the column (`blog_post.body`).
    pub subject: String,
    /// What happens here.
    pub detail: String,
    /// What a machine can do, and the statement that it is about where that was written by hand.
    pub remedy: Option<(Remedy, String)>,
    /// Why it is allowed, where it is.
    pub allowed: Option<String>,
}

impl Finding {
    /// What, why and what to do.
    pub fn message(&self) -> String {
        format!("{}: {}; {}", self.detail, self.rule.why, self.rule.advice)
    }
}

impl LintSettings {
    /// How much a rule is configured to matter.
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        let fits = |(code, _): &(&String, &Severity)| rule.code.starts_with(code.as_str());
        let longest = self
            .severities
            .iter()
            .filter(fits)
            .max_by_key(|(code, _)| code.len());
        longest.map(|(_, severity)| *severity)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl fmt::Debug for Linter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linter")
            .field("database", &self.editor.backend())
            .field("settings", self.settings)
            .finish_non_exhaustive()
    }
}

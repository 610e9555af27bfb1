//! The words in which databases say what hurts about a change: rules with stable codes, and what a rule finds.
//!
//! [`SchemaEditor::lint`](super::SchemaEditor::lint) looks at one statement that will really run. What does not depend on
//! a database is looked at by `migrate::lint`, in the same words.

use std::fmt;

use super::DdlStatement;
use crate::schema::{Schema, Table};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is not looked for.
    Off,
    /// Good to know.
    Info,
    /// It depends on the rows, or on who else is at work.
    Warning,
    /// It fails, loses data, breaks the release that still runs, or keeps others waiting for as long as a table is large.
    Error,
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its code, which never changes its meaning.
    pub code: &'static str,
    /// How much it matters where nothing else is configured.
    pub severity: Severity,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why that hurts.
    pub why: &'static str,
    /// What to do in its place.
    pub advice: &'static str,
}

/// What a rule has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// The rule.
    pub rule: &'static Rule,
    /// What it is about: a table, or a table and a column.
    pub subject: String,
    /// What happens here.
    pub detail: String,
    /// How much this case of it matters, where the rule is not configured and it is not as much as others.
    pub weight: Option<Severity>,
    /// What a machine can do about it.
    pub remedy: Option<Remedy>,
}

/// What a machine can do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// `atomic = true` goes: the planner then keeps nobody waiting.
    LetGo,
    /// This takes the place of the statement that was written by hand; nothing, where it is empty. `stepwise` where it
    /// can only be run outside of a transaction.
    Rewrite {
        /// The new text.
        sql: String,
        /// Whether the file must say `atomic = false`.
        stepwise: bool,
        /// Whether every database understands it.
        portable: bool,
    },
}

/// A statement that was written by hand, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Its text, its table and its effect; `Placement::Outside` where it says that it keeps out of transactions.
    pub statement: DdlStatement,
    /// What it does that is no effect on a table.
    pub act: Act,
    /// Whether it says CASCADE.
    pub cascade: bool,
    /// Whether it says IF EXISTS or IF NOT EXISTS.
    pub guarded: bool,
    /// Whether a column is said anew with all that belongs to it, and what is not said is gone.
    pub restated: bool,
    /// Whether it states how the server is to go about it (`ALGORITHM=`, `LOCK=`).
    pub stated: bool,
    /// What it defines that its database may read otherwise: the types, defaults and references of columns, as words.
    pub words: Vec<Word>,
}

/// What of a hand-written definition only its database can judge.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // each is what it says
pub enum Word {
    /// The type of a column, in capitals.
    Type { column: String, name: String },
    /// `REFERENCES` within the definition of a column.
    Reference { column: String, table: String },
    /// A default in double quotes.
    QuotedDefault { column: String, text: String },
    /// A name of a table without its schema.
    Unqualified(String),
    /// Any name that is defined.
    Name(String),
    /// ALGORITHM=COPY, LOCK=SHARED and the like.
    Blocking(String),
}

/// What a hand-written statement does that is no effect on a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)] // each is what it says
pub enum Act {
    /// The effect says it.
    #[default]
    Effect,
    DropSchema(String),
    DropDatabase(String),
    RenameSchema(String),
    Truncate,
    /// BEGIN, COMMIT, ROLLBACK.
    Transaction,
    Insert,
    Update {
        filtered: bool,
    },
    Delete {
        filtered: bool,
    },
    /// What no transaction takes, by its words.
    Alone(&'static str),
    /// Work on a table that locks it for as long as it takes, by its words.
    Maintenance(&'static str),
    /// A type of values that are listed gets one more; whether its place is said.
    AddEnumValue {
        placed: bool,
    },
    RenameEnumValue,
    /// A domain gets a constraint.
    ConstrainDomain(String),
    CreateView(String),
    Setting {
        name: String,
        value: String,
    },
    /// Nothing that a rule is about.
    Other,
}

/// A statement that will run, and what is known around it.
#[derive(Debug)]
pub struct LintSubject<'a> {
    /// The statement.
    pub statement: &'a DdlStatement,
    /// How it was read, where it was written by hand.
    pub written: Option<&'a Written>,
    /// How many statements stand in the text that it was written in.
    pub together_with: usize,
    /// All tables before its operation.
    pub schema: &'a Schema,
    /// All tables after its operation.
    pub after: &'a Schema,
    /// Whether its table is made by the same migration, or is there and empty.
    pub is_new: bool,
    /// The rows of its table, where a database was asked.
    pub rows: Option<u64>,
    /// From how many rows on a table is large.
    pub large: u64,
    /// Whether it runs in one transaction with others.
    pub in_transaction: bool,
    /// Whether the file says `atomic = true`.
    pub fixed: bool,
    /// What ran in the same transaction before it.
    pub earlier: &'a [DdlStatement],
    /// Whether statements wait for a table for ever.
    pub waits_for_ever: bool,
}

impl LintSubject<'_> {
    /// Its table as it was.
    pub fn table(&self) -> Option<&Table> {
        self.schema.table(&self.statement.table)
    }

    /// Its table as it will be.
    pub fn table_after(&self) -> Option<&Table> {
        self.after.table(&self.statement.table)
    }

    /// A finding about its table, or a column of it.
    pub fn concern(
        &self,
        rule: &'static Rule,
        column: Option<&str>,
        detail: impl Into<String>,
    ) -> Concern {
        let table = self.statement.table.as_str();
        let subject = column.map_or_else(|| table.to_owned(), |column| format!("{table}.{column}"));
        Concern::new(rule, subject, detail)
    }

    /// Whether its table is known to be large.
    pub fn is_large(&self) -> bool {
        self.rows.is_some_and(|rows| self.large <= rows)
    }

    /// The way out of a transaction that the file insists on.
    pub fn let_go(&self) -> Option<Remedy> {
        (self.fixed && self.written.is_none()).then_some(Remedy::LetGo)
    }
}

impl Rule {
    /// A rule.
    pub const fn new(code: &'static str, severity: Severity, words: [&'static str; 3]) -> Self {
        let [title, why, advice] = words;
        Rule {
            code,
            severity,
            title,
            why,
            advice,
        }
    }
}

impl Concern {
    /// A finding.
    pub fn new(
        rule: &'static Rule,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Concern {
        Concern {
            rule,
            subject: subject.into(),
            detail: detail.into(),
            weight: None,
            remedy: None,
        }
    }

    /// The same, of another weight.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.weight = Some(severity);
        self
    }

    /// The same, with what a machine can do.
    #[must_use]
    pub fn with(mut self, remedy: Option<Remedy>) -> Self {
        self.remedy = remedy;
        self
    }
}

impl Severity {
    /// The severity of a word.
    pub fn parse(word: &str) -> Option<Severity> {
        let all = [
            Severity::Off,
            Severity::Info,
            Severity::Warning,
            Severity::Error,
        ];
        all.into_iter().find(|severity| severity.word() == word)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Off => "off",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

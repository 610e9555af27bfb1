//! What a statement of a plan does, where it may run, and what it costs others while it runs.
//!
//! [`Effect`] is said by whoever writes the statement, in words that all databases share. What lock that takes and
//! whether the table is copied are facts of a database and its version: [`SchemaEditor::impact`](super::SchemaEditor::impact).

use std::borrow::Cow;
use std::fmt;

use crate::schema::change::AlteredColumn;
use crate::schema::{Check, Column, ForeignKey, Index, Table, Unique};

/// What a statement does to its table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)] // most are what they say
pub enum Effect {
    /// Nobody knows: it was written by hand.
    #[default]
    Unknown,
    CreateTable,
    DropTable,
    /// The table is renamed to this.
    RenameTable(String),
    /// The table is made anew and filled from the old one, these columns otherwise than they were.
    RebuildTable {
        columns: Vec<String>,
    },
    AddColumn(Column),
    DropColumn(String),
    RenameColumn,
    /// The type of a column, or all about it at once.
    AlterColumn(Box<AlteredColumn>),
    /// No NULL from now on; `proven` where a validated check says that there is none.
    SetNotNull {
        column: String,
        proven: bool,
    },
    DropNotNull(String),
    /// A default is set or dropped.
    SetDefault(String),
    SetIdentity(String),
    /// Rows get a value in a column that is NULL; `key` is what they can be walked along by.
    Fill {
        column: String,
        key: Vec<String>,
    },
    /// Rows get values in columns, whatever these hold.
    Backfill {
        columns: Vec<String>,
    },
    /// From now on, columns are kept in step, or filled, as rows are written.
    KeepInStep {
        columns: Vec<String>,
    },
    StopKeepingInStep,
    /// The table gets this name besides its own.
    CreateView(String),
    DropView(String),
    CreateIndex(Index),
    DropIndex(String),
    RenameIndex,
    AddPrimaryKey(Vec<String>),
    DropPrimaryKey,
    /// A unique constraint; `built` where its index is there already.
    AddUnique {
        unique: Unique,
        built: bool,
    },
    AddExclusion(String),
    /// A check; `valid` where the rows that exist are looked at.
    AddCheck {
        check: Check,
        valid: bool,
    },
    /// A foreign key; `valid` where the rows that exist are looked at.
    AddForeignKey {
        key: ForeignKey,
        valid: bool,
    },
    /// The rows that exist are looked at for a constraint.
    Validate(String),
    DropConstraint(String),
    DropForeignKey(ForeignKey),
    Comment,
    /// Something is said to the connection only.
    Setting,
}

/// Where a statement runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Placement {
    /// In the transaction of the statements around it.
    #[default]
    Together,
    /// In a transaction of its own, so that it holds no lock of others while it works.
    Apart,
    /// Outside of any transaction.
    Outside,
    /// In many small transactions.
    Batches(Walk),
}

/// How the rows of a table are walked along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The columns of the key, in their order.
    pub key: Vec<String>,
    /// How many rows at once, unless whoever applies it says otherwise.
    pub rows: Option<u32>,
}

impl Walk {
    /// Along a key; none, where there is none.
    pub fn along(key: &[String]) -> Option<Walk> {
        (!key.is_empty()).then(|| Walk {
            key: key.to_vec(),
            rows: None,
        })
    }
}

/// What a statement keeps others from while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// The lock on the table, in the database's words; empty where it takes none that matters.
    pub lock: Cow<'static, str>,
    /// What others cannot do meanwhile.
    pub blocks: Blocks,
    /// How much there is to do while the lock is held.
    pub work: Work,
    /// Other tables that it locks, with the lock and what that blocks.
    pub others: Vec<(String, &'static str, Blocks)>,
}

/// What others cannot do to a table while a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// Rows are read and written as ever.
    Nothing,
    /// Rows cannot be written.
    Writes,
    /// Rows can be neither read nor written.
    ReadsAndWrites,
    /// Nobody knows.
    Unknown,
}

/// How much a statement has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The catalogue changes; that takes no time worth naming.
    Catalogue,
    /// Every row is read.
    Scan,
    /// An index is built.
    IndexBuild,
    /// Every row is written anew.
    Rewrite,
    /// Rows are written.
    Rows,
    /// Nobody knows.
    Unknown,
}

impl Impact {
    /// A lock on the statement's own table alone.
    pub fn new(lock: impl Into<Cow<'static, str>>, blocks: Blocks, work: Work) -> Self {
        Impact {
            lock: lock.into(),
            blocks,
            work,
            others: Vec::new(),
        }
    }

    /// No lock that matters to anyone.
    pub fn none() -> Self {
        Impact::new("", Blocks::Nothing, Work::Catalogue)
    }

    /// What nobody can say of statements written by hand.
    pub fn unknown() -> Self {
        Impact::new("unknown", Blocks::Unknown, Work::Unknown)
    }

    /// With another table that it locks as well.
    #[must_use]
    pub fn and(mut self, table: impl Into<String>, lock: &'static str, blocks: Blocks) -> Self {
        self.others.push((table.into(), lock, blocks));
        self
    }

    /// Whether the time that others wait grows with the table.
    pub fn blocks_long(&self) -> bool {
        matches!(self.blocks, Blocks::Writes | Blocks::ReadsAndWrites)
            && matches!(self.work, Work::Scan | Work::IndexBuild | Work::Rewrite)
    }
}

impl Blocks {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Blocks::Nothing => "nothing",
            Blocks::Writes => "writes",
            Blocks::ReadsAndWrites => "reads_and_writes",
            Blocks::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blocks::Nothing => "blocks nothing",
            Blocks::Writes => "blocks writes",
            Blocks::ReadsAndWrites => "blocks reads and writes",
            Blocks::Unknown => "what it blocks is unknown",
        })
    }
}

impl Work {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Work::Catalogue => "catalogue",
            Work::Scan => "scan",
            Work::IndexBuild => "index_build",
            Work::Rewrite => "rewrite",
            Work::Rows => "rows",
            Work::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Work::Catalogue => "at once",
            Work::Scan => "reads the table",
            Work::IndexBuild => "builds an index",
            Work::Rewrite => "rewrites the table",
            Work::Rows => "writes rows",
            Work::Unknown => "work unknown",
        })
    }
}

impl Effect {
    /// The filling of a column of a table.
    pub fn fill(table: &Table, column: &str) -> Self {
        Effect::Fill {
            column: column.to_owned(),
            key: key_of(table),
        }
    }
}

/// The columns along which the rows of a table can be walked in small steps.
pub(crate) fn key_of(table: &Table) -> Vec<String> {
    let key = table.primary_key.as_ref();
    key.map(|key| key.columns.clone()).unwrap_or_default()
}

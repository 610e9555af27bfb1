//! Constraints: primary keys, unique constraints, foreign keys, checks, exclusions.
//!
//! A name is `None` where the database keeps none. `implied` marks what a field brings with it; its name does not
//! stand in the state and is carried from the moment of its creation.

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryKey {
    /// Its name.
    pub name: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<String>,
}

/// A unique constraint over columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Its name.
    pub name: Option<String>,
    /// Whether a field or the option `unique_together` brings it.
    pub implied: bool,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether the check can wait for the end of the transaction.
    pub deferrable: Option<Deferrable>,
    /// Whether two NULLs differ; `None` is the database's way.
    pub nulls_distinct: Option<bool>,
}

/// A constraint whose check can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferrable {
    /// It waits when asked to.
    Immediate,
    /// It waits by itself.
    Deferred,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: Option<String>,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table that they refer to.
    pub to_table: String,
    /// The columns there.
    pub to_columns: Vec<String>,
    /// What the database does when the row referred to is deleted.
    pub on_delete: ReferentialAction,
}

/// What the database does to rows when the row that they refer to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferentialAction {
    /// It refuses, at the end of the statement or of the transaction.
    NoAction,
    /// It deletes them too.
    Cascade,
    /// It sets the column NULL.
    SetNull,
    /// It sets the column to its default.
    SetDefault,
    /// It refuses at once (met in catalogues only).
    Restrict,
}

impl ReferentialAction {
    /// The clause of SQL, empty for the default.
    pub fn clause(self) -> &'static str {
        match self {
            ReferentialAction::NoAction => "",
            ReferentialAction::Cascade => " ON DELETE CASCADE",
            ReferentialAction::SetNull => " ON DELETE SET NULL",
            ReferentialAction::SetDefault => " ON DELETE SET DEFAULT",
            ReferentialAction::Restrict => " ON DELETE RESTRICT",
        }
    }

    /// The action of a catalogue's words.
    pub fn parse(words: &str) -> Self {
        match words.to_ascii_uppercase().as_str() {
            "CASCADE" => ReferentialAction::Cascade,
            "SET NULL" => ReferentialAction::SetNull,
            "SET DEFAULT" => ReferentialAction::SetDefault,
            "RESTRICT" => ReferentialAction::Restrict,
            _ => ReferentialAction::NoAction,
        }
    }
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: Option<String>,
    /// The column whose type brings it.
    pub implied_by: Option<String>,
    /// What must hold, as SQL.
    pub condition: String,
}

/// An exclusion constraint: no two rows for which all operators hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Its name.
    pub name: String,
    /// The index method.
    pub using: String,
    /// Expressions and their operators, as SQL.
    pub elements: Vec<(String, String)>,
    /// The rows that it holds for, as SQL.
    pub condition: Option<String>,
    /// Columns that the index carries along.
    pub include: Vec<String>,
    /// Whether the check can wait.
    pub deferrable: Option<Deferrable>,
}

//! What an error can be, as data, with the sentence for each kind.

use std::fmt;

/// What happened. More kinds may come.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A query for one row found none.
    #[error("no {model} matches the query")]
    DoesNotExist {
        /// The model that was asked for.
        model: String,
    },
    /// A query for one row found several.
    #[error("more than one {model} matches the query; filter further, or use first()")]
    MultipleObjectsReturned {
        /// The model that was asked for.
        model: String,
    },
    /// A row that `save`, `refresh` or `delete` speaks of is not there (any more).
    #[error("{model} {key} is not in the database (deleted meanwhile?); create it, or leave it")]
    RowGone {
        /// The model of the row.
        model: String,
        /// Its primary key, printed.
        key: String,
    },
    /// A relation was read that nothing has loaded.
    #[error("`{model}.{field}` is not loaded: {hint}")]
    NotLoaded {
        /// The model that declares the relation.
        model: String,
        /// The relation.
        field: String,
        /// What to call.
        hint: String,
    },
    /// An object that is not in the database was used as a key.
    #[error("this {model} is not saved yet, so it has no key: create() or save() it first")]
    NotSaved {
        /// The model of the object.
        model: String,
    },
    /// A name that the model does not have.
    #[error("no field `{field}` on `{model}`{suggestion}")]
    UnknownField {
        /// The model.
        model: String,
        /// The name that was asked for.
        field: String,
        /// `; did you mean …?`, or nothing.
        suggestion: String,
    },
    /// A query that cannot mean anything.
    #[error("{message}")]
    InvalidQuery {
        /// Why, and what to write instead.
        message: String,
    },
    /// What this database lacks.
    #[error("{backend} does not support {feature}")]
    Unsupported {
        /// The feature.
        feature: String,
        /// The database.
        backend: String,
    },
    /// A write violated a constraint.
    #[error("{0}")]
    ConstraintViolation(Constraint),
    /// A deletion was refused by the rule of a foreign key.
    #[error(
        "cannot delete {model}: it is referenced through {references}; delete those first, or change on_delete"
    )]
    Protected {
        /// The model of the object to delete.
        model: String,
        /// The foreign keys that refuse, with how many rows each.
        references: String,
    },
    /// The transaction lost against another one and may be tried again.
    #[error("the transaction lost against a concurrent one and can be tried again: {message}")]
    SerializationFailure {
        /// The database's words.
        message: String,
    },
    /// A lock was not had in time.
    #[error("a lock was not had in time: {message}")]
    LockTimeout {
        /// The database's words.
        message: String,
    },
    /// The connection broke.
    #[error("the connection to {database} was lost: {message}")]
    ConnectionLost {
        /// Which database, without password.
        database: String,
        /// The driver's words.
        message: String,
    },
    /// No connection could be made.
    #[error("cannot connect to {database}: {message}")]
    Connect {
        /// Which database, without password.
        database: String,
        /// The driver's words and what to do.
        message: String,
    },
    /// The pool had nothing to give in time.
    #[error(
        "no connection was free within {seconds} s (pool of {size}); raise `pool_size`, or look for a transaction left open"
    )]
    PoolTimeout {
        /// The time-out.
        seconds: f64,
        /// The pool's size.
        size: usize,
    },
    /// A statement took longer than allowed.
    #[error("the statement took longer than {seconds} s and was cancelled")]
    StatementTimeout {
        /// The time-out.
        seconds: f64,
    },
    /// A URL, an option or a setting that is wrong.
    #[error("{message}")]
    Configuration {
        /// What is wrong and what to write.
        message: String,
    },
    /// A stored value is not one of the Rust type.
    #[error("column `{column}`: expected {expected}, found {found}")]
    Decode {
        /// The column, by name or by position.
        column: String,
        /// The Rust type's word.
        expected: String,
        /// What the database gave.
        found: String,
    },
    /// A Rust value does not fit the column.
    #[error("{what} does not fit: {why}")]
    Encode {
        /// The field or parameter.
        what: String,
        /// Why it does not fit.
        why: String,
    },
    /// A transaction handle was used in a way that cannot work.
    #[error("{message}")]
    Transaction {
        /// What was wrong and what to do.
        message: String,
    },
    /// Anything else that the database said.
    #[error("{message}{}", code_suffix(code))]
    Database {
        /// SQLSTATE, or the database's own number.
        code: Option<String>,
        /// The database's words.
        message: String,
    },
    /// Something about migrations.
    #[error("{message}")]
    Migration {
        /// What, where and what to do.
        message: String,
    },
    /// Two branches of an app's migrations that have to be joined first.
    #[error("{message}")]
    MigrationConflict {
        /// The app, its newest migrations and what to do.
        message: String,
    },
    /// The history of a database does not fit the migrations that there are.
    #[error("{message}")]
    InconsistentHistory {
        /// Which migrations, and how to go on.
        message: String,
    },
    /// Migrations that are not carried out without more: consent to lose data, or a way back that does not exist.
    #[error("{message}")]
    MigrationRefused {
        /// What was refused, why and what to do.
        message: String,
    },
    /// Migrations need functions that are not linked into this program.
    #[error(
        "nothing was applied, because functions of the service are needed and not linked into this program: {}; let \
         the service apply its own migrations, or link the crate that registers them",
        functions.join(", ")
    )]
    FunctionsNotLinked {
        /// The functions, each with its migration.
        functions: Vec<String>,
    },
    /// The caller's own error, carried through `atomic`.
    #[error("{message}")]
    User {
        /// The error printed; the error itself is the source.
        message: String,
    },
}

/// A constraint that a write violated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Of which kind.
    pub kind: ConstraintKind,
    /// Its name, where the database tells.
    pub name: Option<String>,
    /// Its table, where the database tells.
    pub table: Option<String>,
    /// Its columns, where the database tells.
    pub columns: Vec<String>,
    /// The database's words.
    pub message: String,
}

/// The kinds of constraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// A unique constraint, a unique index or a primary key.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check.
    Check,
    /// NOT NULL.
    NotNull,
    /// An exclusion constraint.
    Exclusion,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ConstraintKind::Unique => "unique constraint",
            ConstraintKind::ForeignKey => "foreign key",
            ConstraintKind::Check => "check",
            ConstraintKind::NotNull => "NOT NULL",
            ConstraintKind::Exclusion => "exclusion constraint",
        };
        write!(f, "{kind}")?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        write!(f, " is violated: {}", self.message)
    }
}

fn code_suffix(code: &Option<String>) -> String {
    code.as_ref()
        .map(|code| format!(" ({code})"))
        .unwrap_or_default()
}

//! The one error of the crate: what failed, where, and what to do about it.
//!
//! [`Error`] is one word wide. [`ErrorKind`] says what happened, as data; the predicates answer the questions that
//! programs ask (`is_does_not_exist`, `is_unique_violation`, …); the context says where, outermost first; the SQL is
//! kept without its parameter values, which may be private.

mod kind;

use std::error::Error as StdError;
use std::fmt;

pub use kind::{Constraint, ConstraintKind, ErrorKind};

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate: a kind, where it happened, and the statement without its values.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    context: Vec<String>,
    sql: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind, with no context yet.
    pub fn new(kind: ErrorKind) -> Self {
        Error(Box::new(Inner {
            kind,
            context: Vec::new(),
            sql: None,
            source: None,
        }))
    }

    /// A query that cannot mean anything: the message says why and what to write instead.
    pub fn query(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidQuery {
            message: message.into(),
        })
    }

    /// A feature that this database lacks.
    pub fn unsupported(feature: impl Into<String>, backend: impl Into<String>) -> Self {
        Error::new(ErrorKind::Unsupported {
            feature: feature.into(),
            backend: backend.into(),
        })
    }

    /// Something about migrations: the message says what, where and what to do.
    pub fn migration(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Migration {
            message: message.into(),
        })
    }

    /// Carries an error of the caller's own out of an `atomic` block.
    pub fn user(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        Error::new(ErrorKind::User {
            message: error.to_string(),
        })
        .with_source(error)
    }

    /// Says where the error happened; the last one added is printed first.
    #[must_use]
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.0.context.push(context.into());
        self
    }

    /// Keeps the statement that failed, without its values; the first one stays.
    #[must_use]
    pub fn with_sql(mut self, sql: &str) -> Self {
        if self.0.sql.is_none() {
            self.0.sql = Some(sql.to_owned());
        }
        self
    }

    /// Keeps the error of the driver beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What happened, as data.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The statement that failed, with placeholders in the place of its values.
    pub fn sql(&self) -> Option<&str> {
        self.0.sql.as_deref()
    }

    /// The caller's own error, where [`Error::user`] carried one of this type.
    pub fn user_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.as_ref()?.downcast_ref::<E>()
    }

    /// Whether `get` or `save` found no row.
    pub fn is_does_not_exist(&self) -> bool {
        matches!(self.0.kind, ErrorKind::DoesNotExist { .. })
    }

    /// Whether `get` found several rows.
    pub fn is_multiple_objects_returned(&self) -> bool {
        matches!(self.0.kind, ErrorKind::MultipleObjectsReturned { .. })
    }

    /// The constraint that a write violated, with its kind, name and columns where the database tells.
    pub fn constraint(&self) -> Option<&Constraint> {
        match &self.0.kind {
            ErrorKind::ConstraintViolation(constraint) => Some(constraint),
            _ => None,
        }
    }

    /// Whether a write violated a unique constraint, a unique index or a primary key.
    pub fn is_unique_violation(&self) -> bool {
        self.constraint()
            .is_some_and(|c| c.kind == ConstraintKind::Unique)
    }

    /// Whether a write violated a foreign key.
    pub fn is_foreign_key_violation(&self) -> bool {
        self.constraint()
            .is_some_and(|c| c.kind == ConstraintKind::ForeignKey)
    }

    /// Whether the transaction lost against another (serialization failure or deadlock) and may be tried again.
    pub fn is_serialization_failure(&self) -> bool {
        matches!(self.0.kind, ErrorKind::SerializationFailure { .. })
    }

    /// Whether a lock was not had in time, `nowait` included.
    pub fn is_lock_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::LockTimeout { .. })
    }

    /// Whether the connection broke; the statement may or may not have been carried out.
    pub fn is_connection_lost(&self) -> bool {
        matches!(self.0.kind, ErrorKind::ConnectionLost { .. })
    }

    /// Whether the pool had no connection to give within its time-out.
    pub fn is_pool_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::PoolTimeout { .. })
    }

    /// Whether the database lacks what was asked for.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unsupported { .. })
    }

    /// Whether a `PROTECT` or `RESTRICT` rule refused a deletion.
    pub fn is_protected(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Protected { .. })
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error::new(kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for context in self.0.context.iter().rev() {
            write!(f, "{context}: ")?;
        }
        write!(f, "{}", self.0.kind)?;
        if let Some(sql) = &self.0.sql {
            match sql.char_indices().nth(SQL_SHOWN) {
                Some((end, _)) => write!(f, "\n  in: {} …", &sql[..end])?,
                None => write!(f, "\n  in: {sql}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        if let Some(source) = &self.0.source {
            write!(f, "\n  caused by: {source}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|e| e as &(dyn StdError + 'static))
    }
}

/// So many characters of a statement stand in a message: an insert of many rows is the same over and over.
const SQL_SHOWN: usize = 1000;

/// The ending of a message that suggests the nearest of the names that exist: `; did you mean "email"?`, or the
/// names themselves where they are few, or nothing.
pub fn suggestion<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let nearest = names
        .iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| 0.8 <= *likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None if names.is_empty() => String::new(),
        None => format!("; there are: {}", names.join(", ")),
    }
}

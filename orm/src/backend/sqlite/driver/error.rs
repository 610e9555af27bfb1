//! What SQLite's errors mean.

use rusqlite::ffi;

use crate::error::{Constraint, ConstraintKind, Error, ErrorKind};

/// The error of a statement, with its text.
pub(super) fn of_statement(error: rusqlite::Error, sql: &str) -> Error {
    Error::new(kind(&error)).with_sql(sql).with_source(error)
}

/// Whether somebody else holds the lock that was needed, so that trying again can help.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked)
    )
}

/// Whether the statement was interrupted.
pub(super) fn is_interrupted(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ffi::ErrorCode::OperationInterrupted)
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    let Some(code) = error.sqlite_error() else {
        return ErrorKind::Database {
            code: None,
            message: error.to_string(),
        };
    };
    let message = message(error);
    let constraint = match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Some(ConstraintKind::Unique),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(ConstraintKind::ForeignKey),
        ffi::SQLITE_CONSTRAINT_CHECK => Some(ConstraintKind::Check),
        ffi::SQLITE_CONSTRAINT_NOTNULL => Some(ConstraintKind::NotNull),
        _ => None,
    };
    if let Some(kind) = constraint {
        return ErrorKind::ConstraintViolation(violation(kind, &message));
    }
    match code.code {
        ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked => {
            ErrorKind::LockTimeout { message }
        }
        _ => ErrorKind::Database {
            code: Some(format!("SQLite {}", code.extended_code)),
            message,
        },
    }
}

/// The words of SQLite itself.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        _ => error.to_string(),
    }
}

/// Reads `UNIQUE constraint failed: blog_author.email, blog_author.name`, `… failed: index 'name'` and
/// `CHECK constraint failed: name`.
fn violation(kind: ConstraintKind, message: &str) -> Constraint {
    let detail = message.split_once("failed: ").map(|(_, detail)| detail);
    let mut constraint = Constraint {
        kind,
        name: None,
        table: None,
        columns: Vec::new(),
        message: message.to_owned(),
    };
    let Some(detail) = detail else {
        return constraint;
    };
    if let Some(index) = detail.strip_prefix("index ") {
        constraint.name = Some(index.trim_matches('\'').to_owned());
    } else if kind == ConstraintKind::Check {
        constraint.name = Some(detail.to_owned());
    } else {
        for column in detail.split(", ") {
            let (table, column) = column.rsplit_once('.').unwrap_or(("", column));
            if !table.is_empty() {
                constraint.table = Some(table.to_owned());
            }
            constraint.columns.push(column.to_owned());
        }
    }
    constraint
}

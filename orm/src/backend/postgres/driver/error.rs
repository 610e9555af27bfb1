//! What PostgreSQL and its driver say when something fails, as errors of this crate.
//!
//! The server's message is kept; its detail, which quotes the row, is not, and neither are values quoted in a message,
//! since an error may end in a log. The driver's own error stays as the source only where no server spoke.

use std::io;
use std::time::Duration;

use tokio_postgres::Error as DriverError;
use tokio_postgres::error::{DbError, SqlState};

use crate::error::{Constraint, ConstraintKind, Error, ErrorKind};

/// Whose errors they are.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The address of the database, without its password.
    pub(super) address: String,
    /// The name of the database.
    pub(super) database: String,
    /// The time that a statement may take.
    pub(super) statement_timeout: Option<Duration>,
}

impl Origin {
    /// An error of a statement.
    pub(super) fn statement(&self, error: DriverError, sql: &str) -> Error {
        self.classify(error).with_sql(sql)
    }

    /// An error of a connection in use.
    pub(super) fn classify(&self, error: DriverError) -> Error {
        if let Some(said) = error.as_db_error() {
            return Error::new(self.kind(said));
        }
        if is_io(&error) || error.is_closed() {
            let message = with_cause(&error);
            return self.lost(message).with_source(error);
        }
        // A value that cannot be written, or the wrong number of values.
        let message = with_cause(&error);
        Error::new(ErrorKind::Encode {
            what: "a parameter".to_owned(),
            why: message,
        })
    }

    /// The connection is gone.
    pub(super) fn lost(&self, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::ConnectionLost {
            database: self.address.clone(),
            message: message.into(),
        })
    }

    /// No connection could be made.
    pub(super) fn connecting(&self, error: &DriverError) -> Error {
        let message = match error.as_db_error() {
            Some(said) => match self.kind(said) {
                ErrorKind::Connect { message, .. } => message,
                _ => said.message().to_owned(),
            },
            None => {
                let mut message = with_cause(error);
                message.push_str(connect_hint(&message));
                message
            }
        };
        self.unreachable(message)
    }

    /// No connection could be made, for this reason.
    pub(super) fn unreachable(&self, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Connect {
            database: self.address.clone(),
            message: message.into(),
        })
    }

    fn kind(&self, said: &DbError) -> ErrorKind {
        let message = message_of(said);
        if let Some(kind) = constraint_kind(said.code()) {
            return ErrorKind::ConstraintViolation(constraint(kind, said));
        }
        match *said.code() {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                ErrorKind::SerializationFailure { message }
            }
            SqlState::LOCK_NOT_AVAILABLE => ErrorKind::LockTimeout { message },
            SqlState::QUERY_CANCELED if message.contains("statement timeout") => {
                ErrorKind::StatementTimeout {
                    seconds: self.statement_timeout.unwrap_or_default().as_secs_f64(),
                }
            }
            SqlState::STRING_DATA_RIGHT_TRUNCATION | SqlState::NUMERIC_VALUE_OUT_OF_RANGE => {
                ErrorKind::Encode {
                    what: said.column().map_or_else(|| "a value".to_owned(), |c| format!("`{c}`")),
                    why: message,
                }
            }
            SqlState::IN_FAILED_SQL_TRANSACTION => ErrorKind::Transaction {
                message: "an earlier statement of this transaction failed, so it can only be rolled back; \
                          catch errors around an inner `atomic`, which is a savepoint"
                    .to_owned(),
            },
            SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::IDLE_SESSION_TIMEOUT
            | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => ErrorKind::ConnectionLost {
                database: self.address.clone(),
                message,
            },
            _ => self.refusal(said).map_or_else(
                || ErrorKind::Database {
                    code: Some(said.code().code().to_owned()),
                    message: format!("{message}{}", hint(said)),
                },
                |hint| ErrorKind::Connect {
                    database: self.address.clone(),
                    message: format!("{message}; {hint}"),
                },
            ),
        }
    }

    /// Why a server takes no connection, and what to do.
    fn refusal(&self, said: &DbError) -> Option<String> {
        Some(match *said.code() {
            SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                "check user and password in the URL, and the server's pg_hba.conf".to_owned()
            }
            SqlState::INVALID_CATALOG_NAME => {
                format!("create it first: createdb {}", self.database)
            }
            SqlState::TOO_MANY_CONNECTIONS => {
                "lower `pool_size`, or raise the server's max_connections".to_owned()
            }
            SqlState::CANNOT_CONNECT_NOW => "try again in a moment".to_owned(),
            _ => return None,
        })
    }
}

/// The statement was prepared before its tables changed, or the server has forgotten it: preparing it again may help.
pub(super) fn is_stale(error: &DriverError) -> bool {
    error.as_db_error().is_some_and(|said| match *said.code() {
        SqlState::FEATURE_NOT_SUPPORTED => said.routine() == Some("RevalidateCachedQuery"),
        SqlState::INVALID_SQL_STATEMENT_NAME => true,
        _ => false,
    })
}

/// The transaction had failed before this statement.
pub(super) fn is_in_failed_transaction(error: &DriverError) -> bool {
    error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
}

fn constraint_kind(code: &SqlState) -> Option<ConstraintKind> {
    Some(match *code {
        SqlState::UNIQUE_VIOLATION => ConstraintKind::Unique,
        SqlState::FOREIGN_KEY_VIOLATION | SqlState::RESTRICT_VIOLATION => {
            ConstraintKind::ForeignKey
        }
        SqlState::CHECK_VIOLATION => ConstraintKind::Check,
        SqlState::NOT_NULL_VIOLATION => ConstraintKind::NotNull,
        SqlState::EXCLUSION_VIOLATION => ConstraintKind::Exclusion,
        _ => return None,
    })
}

fn constraint(kind: ConstraintKind, said: &DbError) -> Constraint {
    let columns = match said.column() {
        Some(column) => vec![column.to_owned()],
        None => said.detail().map(key_columns).unwrap_or_default(),
    };
    Constraint {
        kind,
        name: said.constraint().map(str::to_owned),
        table: said.table().map(str::to_owned),
        columns,
        message: message_of(said),
    }
}

/// The columns of `Key (author_id, slug)=(1, x) already exists.`; of an index over expressions, none.
fn key_columns(detail: &str) -> Vec<String> {
    let columns = detail
        .strip_prefix("Key (")
        .and_then(|rest| rest.split_once(")=("));
    match columns {
        Some((columns, _)) if !columns.contains('(') => columns
            .split(", ")
            .map(|column| column.trim_matches('"').to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

/// The server's message; of errors about data (class 22) without the values that it quotes.
fn message_of(said: &DbError) -> String {
    let message = said.message();
    if !said.code().code().starts_with("22") {
        return message.to_owned();
    }
    let mut masked = String::with_capacity(message.len());
    for (at, part) in message.split('"').enumerate() {
        match at % 2 {
            0 => masked.push_str(part),
            _ => masked.push_str("\"…\""),
        }
    }
    masked
}

/// What to do, where it is known better than the server says.
fn hint(said: &DbError) -> String {
    match *said.code() {
        SqlState::INSUFFICIENT_PRIVILEGE if said.message().contains("schema") => {
            let schema = said.message().rsplit(' ').next().unwrap_or("public");
            format!(
                "; since PostgreSQL 15 the right to create there must be given: \
                 GRANT CREATE ON SCHEMA {schema} TO <user>, as the database's owner"
            )
        }
        SqlState::INVALID_SCHEMA_NAME if said.message().contains("no schema has been selected") => {
            "; there is none that the user may see: GRANT USAGE, CREATE ON SCHEMA public TO <user>, as the database's owner"
                .to_owned()
        }
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN => {
            "; are all migrations applied? (`migrate apply`)".to_owned()
        }
        SqlState::DUPLICATE_PSTATEMENT | SqlState::INVALID_SQL_STATEMENT_NAME => {
            "; a pooler in between, such as PgBouncer in transaction mode, has given the connection to another: connect with \
             `prepared_statements=0`, or let PgBouncer 1.21 or newer keep them by its `max_prepared_statements`"
                .to_owned()
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "; the server is a replica, or the transaction was begun as read-only".to_owned()
        }
        _ => said
            .hint()
            .map(|hint| format!("; {hint}"))
            .unwrap_or_default(),
    }
}

fn connect_hint(message: &str) -> &'static str {
    if message.contains("does not support TLS") {
        "; use `tls=prefer`, or turn TLS on in the server"
    } else if message.contains("certificate") {
        "; give the authority that signed it with `tls_ca`, or use `tls=require`, which does not look at it"
    } else if message.contains("refused") || message.contains("No such file") {
        "; is the server running, and does it listen there?"
    } else if message.contains("lookup") {
        "; is the host's name right?"
    } else if message.contains("password missing") {
        "; put the password into the URL: postgres://user:password@host/database"
    } else {
        ""
    }
}

fn is_io(error: &DriverError) -> bool {
    let cause = std::error::Error::source(error);
    cause.is_some_and(|cause| cause.is::<io::Error>())
}

/// The driver's words and those of what is beneath.
fn with_cause(error: &DriverError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::key_columns;

    #[test]
    fn columns_are_read_from_the_detail_and_values_are_not() {
        assert_eq!(
            key_columns("Key (author_id, \"Slug\")=(1, x) already exists."),
            ["author_id", "Slug"]
        );
        assert!(key_columns("Key (lower(email::text))=(a@b) already exists.").is_empty());
        assert!(key_columns("Failing row contains (1, secret).").is_empty());
    }
}

//! What MySQL, MariaDB and their driver say when something fails, as errors of this crate.
//!
//! The numbers are the same on both where both have the error. Messages that quote a value lose it, since an error may
//! end in a log.

use std::time::Duration;

use mysql_async::{DriverError, Error as WireError, ServerError};

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
    /// An error of a connection in use.
    pub(super) fn classify(&self, error: WireError) -> Error {
        match error {
            WireError::Server(said) => Error::new(self.kind(&said)),
            WireError::Io(error) => self.lost(error.to_string()).with_source(error),
            WireError::Driver(
                error @ (DriverError::ConnectionClosed
                | DriverError::PacketOutOfOrder
                | DriverError::UnexpectedPacket { .. }
                | DriverError::PoolDisconnected),
            ) => self.lost(error.to_string()),
            WireError::Driver(DriverError::PacketTooLarge) => Error::new(ErrorKind::Encode {
                what: "the statement".to_owned(),
                why: "it is larger than the server's max_allowed_packet".to_owned(),
            }),
            WireError::Driver(DriverError::StmtParamsMismatch { required, supplied }) => {
                Error::new(ErrorKind::Encode {
                    what: "a parameter".to_owned(),
                    why: format!("the statement takes {required} of them, not {supplied}"),
                })
            }
            other => Error::new(ErrorKind::Database {
                code: None,
                message: other.to_string(),
            }),
        }
    }

    fn lost(&self, message: String) -> Error {
        Error::new(ErrorKind::ConnectionLost {
            database: self.address.clone(),
            message,
        })
    }

    /// No connection could be made.
    pub(super) fn connecting(&self, error: &WireError) -> Error {
        let message = match error {
            WireError::Server(said) => match self.kind(said) {
                ErrorKind::Connect { message, .. } => message,
                _ => said.message.clone(),
            },
            WireError::Driver(DriverError::NoClientSslFlagFromServer) => {
                "the server does not support TLS; use `tls=prefer`, or turn TLS on in the server"
                    .to_owned()
            }
            // MySQL hides which users there are: for a stranger it asks for a plugin chosen at random.
            WireError::Driver(DriverError::UnknownAuthPlugin { name }) => format!(
                "the server asks for authentication by `{name}`, which this driver does not have; check user, password \
                 and host in the URL (an unknown user is asked so too), or give the user \
                 caching_sha2_password: ALTER USER … IDENTIFIED WITH caching_sha2_password BY '…'"
            ),
            error => {
                let message = error.to_string();
                let hint = connect_hint(&message);
                format!("{message}{hint}")
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

    fn kind(&self, said: &ServerError) -> ErrorKind {
        if let Some(constraint) = constraint(said) {
            return ErrorKind::ConstraintViolation(constraint);
        }
        let message = mask(&said.message);
        match said.code {
            // A deadlock; the row changed since the snapshot (MariaDB).
            1213 | 1020 => ErrorKind::SerializationFailure { message },
            1205 | 3572 => ErrorKind::LockTimeout { message },
            3024 | 1969 => ErrorKind::StatementTimeout {
                seconds: self.statement_timeout.unwrap_or_default().as_secs_f64(),
            },
            // Too long, out of range, not of the column's type.
            1406 | 1264 | 1366 | 1292 | 1690 => ErrorKind::Encode {
                what: column(&said.message)
                    .map_or_else(|| "a value".to_owned(), |c| format!("`{c}`")),
                why: message,
            },
            // Shut down; gone; killed; closed for idling.
            1053 | 1079 | 1080 | 1927 | 2006 | 2013 | 4031 => ErrorKind::ConnectionLost {
                database: self.address.clone(),
                message,
            },
            code => match self.refusal(code) {
                Some(hint) => ErrorKind::Connect {
                    database: self.address.clone(),
                    message: format!("{message}; {hint}"),
                },
                None => ErrorKind::Database {
                    code: Some(code.to_string()),
                    message: format!("{message}{}", hint(code)),
                },
            },
        }
    }

    /// Why a server takes no connection, and what to do.
    fn refusal(&self, code: u16) -> Option<String> {
        Some(match code {
            1045 | 1044 | 1130 | 1698 => {
                "check user, password and host in the URL, and the user's grants".to_owned()
            }
            1049 => format!("create it first: CREATE DATABASE `{}`", self.database),
            1040 | 1203 | 1226 => {
                "lower `pool_size`, or raise the server's max_connections".to_owned()
            }
            _ => return None,
        })
    }
}

/// The server has forgotten the statement, or cannot follow how its tables changed (MySQL keeps to the character set that
/// a parameter had before).
pub(super) fn is_stale(error: &WireError) -> bool {
    matches!(error, WireError::Server(said) if matches!(said.code, 1243 | 1615 | 3988))
}

/// The statement cannot be prepared at all.
pub(super) fn is_unpreparable(error: &WireError) -> bool {
    matches!(error, WireError::Server(said) if said.code == 1295)
}

/// The error has ended the whole transaction.
pub(super) fn ends_transaction(error: &WireError) -> bool {
    matches!(error, WireError::Server(said) if matches!(said.code, 1213 | 1020))
}

fn constraint(said: &ServerError) -> Option<Constraint> {
    let words = said.message.as_str();
    let (kind, name, table, columns) = match said.code {
        // Duplicate entry 'x' for key 'table.name'; MariaDB leaves the table out.
        1062 | 1586 => {
            let key = words.rsplit('\'').nth(1);
            let (table, name) = match key.and_then(|key| key.split_once('.')) {
                Some((table, name)) => (Some(table), Some(name)),
                None => (None, key),
            };
            (ConstraintKind::Unique, name, table, None)
        }
        1451 | 1452 | 1216 | 1217 => (
            ConstraintKind::ForeignKey,
            between(words, "CONSTRAINT `", "`"),
            between(words, "(`", "`, CONSTRAINT").and_then(|table| table.rsplit('`').next()),
            between(words, "FOREIGN KEY (`", "`)"),
        ),
        3819 => (ConstraintKind::Check, between(words, "'", "'"), None, None),
        4025 => (
            ConstraintKind::Check,
            between(words, "CONSTRAINT `", "`"),
            words.rsplit('`').nth(1),
            None,
        ),
        1048 | 1364 => (
            ConstraintKind::NotNull,
            None,
            None,
            between(words, "'", "'"),
        ),
        _ => return None,
    };
    let columns = columns
        .into_iter()
        .flat_map(|columns| columns.split("`, `"));
    Some(Constraint {
        kind,
        name: name.map(str::to_owned),
        table: table.map(str::to_owned),
        columns: columns.map(str::to_owned).collect(),
        message: mask(words),
    })
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The column of `… for column 'name' at row 1`; MariaDB writes `db`.`table`.`name`.
fn column(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("column ")?;
    let name = rest.split(" at row").next()?;
    name.rsplit('.')
        .next()
        .map(|name| name.trim_matches(['\'', '`']))
}

/// The message without the value that stands in it: `Duplicate entry '…' for key 'x'`, `Incorrect … value: '…' for …`.
fn mask(message: &str) -> String {
    for (before, after) in [
        ("Duplicate entry '", "' for key "),
        ("value: '", "' for column "),
        ("value: '", "'"),
        ("out of range in '", "'"),
    ] {
        // A value may hold the words behind it, so what is behind is searched from the end.
        let Some((start, rest)) = message.split_once(before) else {
            continue;
        };
        if let Some((_, end)) = rest.rsplit_once(after) {
            return format!("{start}{before}…{after}{end}");
        }
    }
    message.to_owned()
}

/// What to do, where it is known better than the server says.
fn hint(code: u16) -> &'static str {
    match code {
        1146 | 1054 => "; are all migrations applied? (`migrate apply`)",
        1142 | 1143 => "; the user lacks this right: GRANT it",
        1290 | 1792 | 1836 => {
            "; the server is a replica, or the transaction was begun as read-only"
        }
        1615 => "; its table changes faster than the statement is run: try again",
        _ => "",
    }
}

fn connect_hint(message: &str) -> &'static str {
    if message.contains("refused") || message.contains("No such file") {
        "; is the server running, and does it listen there?"
    } else if message.contains("ertificate") {
        "; give the authority that signed it with `tls_ca`, or use `tls=require`, which does not look at it"
    } else if message.contains("lookup") {
        "; is the host's name right?"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: u16, message: &str) -> Constraint {
        let said = ServerError {
            code,
            message: message.to_owned(),
            state: String::new(),
        };
        constraint(&said).unwrap()
    }

    #[test]
    fn constraints_are_read_from_both_servers_words() {
        let unique = said(
            1062,
            "Duplicate entry 'o'neil' for key 'x' for key 'blog_author.email'",
        );
        assert_eq!(unique.name.as_deref(), Some("email"));
        assert_eq!(unique.table.as_deref(), Some("blog_author"));
        assert_eq!(
            unique.message,
            "Duplicate entry '…' for key 'blog_author.email'"
        );
        let check = said(4025, "CONSTRAINT `views` failed for `db`.`post`");
        assert_eq!(
            (check.name.as_deref(), check.table.as_deref()),
            (Some("views"), Some("post"))
        );
        let foreign = said(
            1452,
            "Cannot add or update a child row: a foreign key constraint fails (`db`.`post`, CONSTRAINT `post_author` \
             FOREIGN KEY (`author_id`) REFERENCES `author` (`id`))",
        );
        assert_eq!(foreign.name.as_deref(), Some("post_author"));
        assert_eq!(foreign.table.as_deref(), Some("post"));
        assert_eq!(foreign.columns, ["author_id"]);
    }

    #[test]
    fn values_are_masked_and_columns_found() {
        let message = "Incorrect integer value: 'se'cret' for column `db`.`t`.`n` at row 1";
        assert_eq!(
            mask(message),
            "Incorrect integer value: '…' for column `db`.`t`.`n` at row 1"
        );
        assert_eq!(column(message), Some("n"));
        assert_eq!(
            column("Data too long for column 'name' at row 1"),
            Some("name")
        );
    }
}

//! How a command fails: with an exit code, a message with the way out, and perhaps data.
//!
//! The codes: 0 done; 1 an error, or `--check` found work; 2 usage; 3 questions; 4 a conflict, an inconsistent history,
//! or nothing linked; 5 the lock was not had; 6 refused.

use nuages::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::print;

/// The result of a command or of a part of one.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    /// What `--format json` prints instead of an error.
    data: Option<Value>,
}

/// Exit codes other than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Error = 1,
    Usage = 2,
    Questions = 3,
    Conflict = 4,
    Lock = 5,
    Refused = 6,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
            data: None,
        }
    }

    pub(crate) fn error(message: impl Into<String>) -> Failure {
        Failure::new(Code::Error, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Code::Usage, message)
    }

    /// With what to print as JSON.
    pub(crate) fn with_data(mut self, data: Value) -> Failure {
        self.data = Some(data);
        self
    }

    /// With what was being done.
    pub(crate) fn context(mut self, context: impl std::fmt::Display) -> Failure {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Why, and the way out.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Prints it and gives the exit code.
    pub(crate) fn print(&self, as_json: bool) -> u8 {
        let code = self.code as u8;
        match &self.data {
            Some(data) if as_json => print::json(data),
            _ if as_json => print::json(&json!({"error": self.message, "exit_code": code})),
            _ => {}
        }
        if self.data.is_none() || !as_json {
            print::error(&self.message);
        }
        code
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = match error.kind() {
            ErrorKind::MigrationConflict { .. } | ErrorKind::InconsistentHistory { .. } => {
                Code::Conflict
            }
            ErrorKind::LockTimeout { .. } => Code::Lock,
            ErrorKind::MigrationRefused { .. } | ErrorKind::FunctionsNotLinked { .. } => {
                Code::Refused
            }
            _ => Code::Error,
        };
        let mut message = error.to_string();
        if matches!(
            error.kind(),
            ErrorKind::Connect { .. } | ErrorKind::ConnectionLost { .. }
        ) {
            message += "\n  the address comes from --database-url, DATABASE_URL, .env or migrate.toml, whichever is first there";
        }
        Failure::new(code, message)
    }
}

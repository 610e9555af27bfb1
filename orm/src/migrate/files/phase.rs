//! The two phases of a change that code of before and code of after live through.

use std::fmt;

use serde_json::Value;

use crate::error::suggestion;
use crate::meta::json::{Fault, Parsed, text};

/// When a migration of a change that breaks code is applied: before the new code runs, or after the old code is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before the new code runs: adds what that needs, and keeps what the old code needs.
    Expand,
    /// After the old code is gone: drops what only that needed.
    Contract,
}

impl Phase {
    /// Both, in their order.
    pub const ALL: [Phase; 2] = [Phase::Expand, Phase::Contract];

    /// The word for it in files: `expand`, `contract`.
    pub const fn word(self) -> &'static str {
        match self {
            Phase::Expand => "expand",
            Phase::Contract => "contract",
        }
    }

    pub(super) fn from_json(value: &Value) -> Parsed<Phase> {
        let word = text(value)?;
        let found = Phase::ALL.into_iter().find(|phase| phase.word() == word);
        found.ok_or_else(|| {
            let hint = suggestion(&word, Phase::ALL.map(Phase::word));
            Fault::new(format!(
                "no phase `{word}`: it is `expand` or `contract`{hint}"
            ))
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

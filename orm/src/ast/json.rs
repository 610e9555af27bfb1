//! Looking into JSON.

use super::{Expr, Name};

/// A step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JsonStep {
    /// A member of an object.
    Key(Name),
    /// An element of an array, from 0.
    Index(u32),
}

/// What is asked of a JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonOp {
    /// The JSON value at a path; NULL where there is none.
    Extract(Vec<JsonStep>),
    /// The text at a path: a string without its quotes, anything else as JSON prints it; NULL for JSON null.
    ExtractText(Vec<JsonStep>),
    /// Whether something is at the path, JSON null included.
    Exists(Vec<JsonStep>),
    /// Whether the JSON value at the path is JSON null.
    IsJsonNull(Vec<JsonStep>),
    /// Whether it equals another JSON value, whatever the order of members.
    Equals(Expr),
    /// Whether it contains another JSON value, as `@>` means it.
    Contains(Expr),
    /// Whether it is contained in another JSON value.
    ContainedBy(Expr),
    /// The number of elements of an array.
    ArrayLength,
}

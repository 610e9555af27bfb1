//! Searching text for text: `contains`, `startswith`, `endswith`, `iexact`.

use super::Expr;

/// Text that is searched for text. The pattern is taken literally: `%`, `_` and `\` in it are no wildcards.
///
/// Case-sensitive everywhere unless `insensitive`; what counts as the same letter then is the database's affair.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Where the pattern must stand.
    pub kind: MatchKind,
    /// Whether capital and small letters are the same.
    pub insensitive: bool,
    /// The text that is searched; an expression that is not text must be cast to text.
    pub subject: Expr,
    /// The text that is searched for.
    pub pattern: Expr,
}

/// Where a pattern must stand in the text that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchKind {
    /// The whole text. Not insensitive, it is plain equality, which on some databases is the column's collation's affair.
    Exact,
    /// Anywhere.
    Contains,
    /// At the beginning.
    StartsWith,
    /// At the end.
    EndsWith,
}

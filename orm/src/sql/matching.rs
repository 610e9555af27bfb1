//! Text in text, with LIKE and the functions that all databases have.

use super::{Transform, Writer};
use crate::ast::{Expr, Match, MatchKind, Param};
use crate::error::Result;

/// The search of a text in a text: LIKE for values, whose wildcards are escaped when they are bound; functions for
/// expressions, where there is nothing to escape. Case is ignored by comparing capital letters.
///
/// # Errors
/// `Unsupported`, where an expression lacks.
pub fn matching(w: &mut Writer<'_>, matching: &Match) -> Result<()> {
    let Match {
        kind,
        insensitive,
        subject,
        pattern,
    } = matching;
    let (subject, pattern) = (&Upper(subject, *insensitive), &Upper(pattern, *insensitive));
    match (kind, pattern.0) {
        (MatchKind::Exact, _) => {
            subject.write(w)?;
            w.push(" = ");
            pattern.write(w)
        }
        (_, Expr::Param(param)) => {
            subject.write(w)?;
            w.push(" LIKE ");
            w.push(if pattern.1 { "UPPER(" } else { "" });
            like(w, *kind, *param);
            w.push(if pattern.1 { ")" } else { "" });
            Ok(())
        }
        (MatchKind::Contains, _) => call(w, "STRPOS(", &[subject, pattern], ") > 0"),
        (MatchKind::StartsWith, _) => {
            call(w, "LEFT(", &[subject], ", LENGTH(")?;
            call(w, "", &[pattern], ")) = ")?;
            pattern.write(w)
        }
        (MatchKind::EndsWith, _) => {
            call(w, "RIGHT(", &[subject], ", LENGTH(")?;
            call(w, "", &[pattern], ")) = ")?;
            pattern.write(w)
        }
    }
}

/// Writes the pattern of LIKE for a value: escaped when it is bound.
pub fn like(w: &mut Writer<'_>, kind: MatchKind, param: Param) {
    let transform = match kind {
        MatchKind::Exact => Transform::LikeExact,
        MatchKind::Contains => Transform::LikeContains,
        MatchKind::StartsWith => Transform::LikeStartsWith,
        MatchKind::EndsWith => Transform::LikeEndsWith,
    };
    w.transformed(param, transform);
}

/// An expression, in capital letters or as it is.
struct Upper<'e>(&'e Expr, bool);

impl Upper<'_> {
    fn write(&self, w: &mut Writer<'_>) -> Result<()> {
        if self.1 {
            w.template("UPPER({0})", &[self.0])
        } else {
            w.atom(self.0)
        }
    }
}

fn call(w: &mut Writer<'_>, before: &str, arguments: &[&Upper<'_>], after: &str) -> Result<()> {
    w.push(before);
    for (nth, argument) in arguments.iter().enumerate() {
        if 0 < nth {
            w.push(", ");
        }
        argument.write(w)?;
    }
    w.push(after);
    Ok(())
}

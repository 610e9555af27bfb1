//! Which tables a condition needs: those without whose row it cannot hold.
//!
//! An expression is strict in a table if it is NULL whenever the table's row is absent. A condition that compares such
//! an expression cannot hold then, and the join to the table may be inner. What is true of a conjunct is true of the
//! whole; of a disjunction only what is true of every part. Django's promotion of joins reaches the same by votes.

use std::collections::BTreeSet;

use crate::ast::{Alias, Comparison, Expr, Function};

/// The tables that must have a row for the condition to hold.
pub(super) fn required(condition: &Expr) -> BTreeSet<Alias> {
    match condition {
        Expr::And(parts) => parts.iter().flat_map(required).collect(),
        Expr::Or(parts) => {
            let mut parts = parts.iter().map(required);
            let first = parts.next().unwrap_or_default();
            parts.fold(first, |common, part| {
                common.intersection(&part).copied().collect()
            })
        }
        // The complement of a strict comparison is NULL where the comparison is.
        Expr::Not(part) if !matches!(**part, Expr::And(_) | Expr::Or(_) | Expr::Not(_)) => {
            required(part)
        }
        Expr::IsNull {
            expr,
            negated: true,
        } => strict(expr),
        Expr::Compare {
            op: Comparison::Distinct | Comparison::NotDistinct,
            ..
        } => BTreeSet::new(),
        Expr::Compare { left, right, .. } => union(strict(left), strict(right)),
        Expr::Between { expr, .. } | Expr::In { expr, .. } => strict(expr),
        Expr::Match(matching) => union(strict(&matching.subject), strict(&matching.pattern)),
        Expr::Regex {
            subject, pattern, ..
        } => union(strict(subject), strict(pattern)),
        Expr::Column { .. } => strict(condition),
        _ => BTreeSet::new(),
    }
}

/// The tables without whose row the expression is NULL.
fn strict(expr: &Expr) -> BTreeSet<Alias> {
    match expr {
        Expr::Column { table, .. } => BTreeSet::from([*table]),
        Expr::Arithmetic { left, right, .. } | Expr::Temporal { left, right, .. } => {
            union(strict(left), strict(right))
        }
        Expr::Negative(expr)
        | Expr::Extract { expr, .. }
        | Expr::Truncate { expr, .. }
        | Expr::DateOf { expr, .. }
        | Expr::TimeOf { expr, .. }
        | Expr::Cast(expr, _)
        | Expr::Collate(expr, _) => strict(expr),
        Expr::Function(function, args) if is_strict(*function) => {
            args.iter().flat_map(strict).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Whether a function of a NULL is NULL.
pub(super) fn is_strict(function: Function) -> bool {
    !matches!(
        function,
        Function::Coalesce
            | Function::NullIf
            | Function::Concat
            | Function::Greatest
            | Function::Least
            | Function::JsonArray
            | Function::JsonObject
    )
}

fn union(mut left: BTreeSet<Alias>, right: BTreeSet<Alias>) -> BTreeSet<Alias> {
    left.extend(right);
    left
}

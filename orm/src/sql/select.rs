//! Queries in standard SQL.

use super::{Features, Writer};
use crate::ast::{
    Compound, Expr, JoinKind, Literal, Lock, LockStrength, LockWait, Nulls, Order, OutputColumn,
    PositionOrder, Query, Relation, Select, SetOperator, SetPart, Slice, Source,
};
use crate::error::Result;

/// A query, without parentheses.
///
/// # Errors
/// `Unsupported`, where the database lacks a construct.
pub fn query(w: &mut Writer<'_>, query: &Query) -> Result<()> {
    match query {
        Query::Select(select) => self::select(w, select),
        Query::Compound(compound) => self::compound(w, compound),
    }
}

/// A query in parentheses.
///
/// # Errors
/// `Unsupported`, where the database lacks a construct.
pub fn plain_subquery(w: &mut Writer<'_>, query: &Query) -> Result<()> {
    w.push("(");
    self::query(w, query)?;
    w.push(")");
    Ok(())
}

fn select(w: &mut Writer<'_>, select: &Select) -> Result<()> {
    w.push("SELECT ");
    distinct(w, select)?;
    output_columns(w, &select.columns)?;
    match &select.from {
        Some(source) => {
            w.push(" FROM ");
            self::source(w, source)?;
        }
        None if select.filter.is_some() => {
            let dual = w.dialect().without_tables();
            w.push(dual);
        }
        None => {}
    }
    for join in &select.joins {
        w.push(match join.kind {
            JoinKind::Inner => " INNER JOIN ",
            JoinKind::Left => " LEFT JOIN ",
        });
        self::source(w, &join.source)?;
        w.push(" ON ");
        w.expr(&join.on)?;
    }
    filter(w, select.filter.as_ref())?;
    group_by(w, select)?;
    if let Some(having) = &select.having {
        w.push(" HAVING ");
        w.expr(having)?;
    }
    for (nth, order) in select.order_by.iter().enumerate() {
        w.push(if nth == 0 { " ORDER BY " } else { ", " });
        match computed_output(w, select, order) {
            Some(order) => position_order(w, &order)?,
            None => w.dialect().order(w, order)?,
        }
    }
    w.dialect().slice(w, &select.slice)?;
    if let Some(lock) = &select.lock {
        w.dialect().lock(w, lock)?;
    }
    Ok(())
}

fn distinct(w: &mut Writer<'_>, select: &Select) -> Result<()> {
    if !select.distinct_on.is_empty() {
        if !w.dialect().features().distinct_on {
            return Err(w.unsupported("DISTINCT ON"));
        }
        w.push("DISTINCT ON (");
        w.exprs(&select.distinct_on)?;
        w.push(") ");
    } else if select.distinct {
        w.push("DISTINCT ");
    }
    Ok(())
}

/// Columns with commas, under their names; `1` for none.
pub(super) fn output_columns(w: &mut Writer<'_>, columns: &[OutputColumn]) -> Result<()> {
    if columns.is_empty() {
        w.push("1");
    }
    for (nth, column) in columns.iter().enumerate() {
        if 0 < nth {
            w.push(", ");
        }
        w.expr(&column.expr)?;
        if let Some(name) = &column.name {
            // A bare column could be taken for a name of the output.
            w.keep_qualifiers();
            w.push(" AS ");
            w.name(name);
        }
    }
    Ok(())
}

fn source(w: &mut Writer<'_>, source: &Source) -> Result<()> {
    match &source.relation {
        Relation::Table(table) => {
            if w.reads_table(table) {
                // A copy that is made before anything is written: DISTINCT keeps it from being merged away.
                w.push("(SELECT DISTINCT * FROM ");
                w.table(table);
                w.push(")");
            } else {
                w.table(table);
            }
        }
        Relation::Subquery { query, lateral } => {
            if *lateral && !w.dialect().features().lateral {
                return Err(w.unsupported("LATERAL subqueries"));
            }
            w.push(if *lateral { "LATERAL " } else { "" });
            plain_subquery(w, query)?;
        }
    }
    w.declare(source.alias);
    Ok(())
}

/// ` WHERE …`, if there is a condition.
pub(super) fn filter(w: &mut Writer<'_>, filter: Option<&Expr>) -> Result<()> {
    if let Some(filter) = filter {
        w.push(" WHERE ");
        w.expr(filter)?;
    }
    Ok(())
}

fn group_by(w: &mut Writer<'_>, select: &Select) -> Result<()> {
    for (nth, expr) in select.group_by.iter().enumerate() {
        w.push(if nth == 0 { " GROUP BY " } else { ", " });
        let position = select
            .columns
            .iter()
            .position(|column| column.expr == *expr);
        match (expr, position) {
            (Expr::Column { .. }, _) => w.expr(expr)?,
            // By its place in the output, so that no database has to find out that two expressions are one.
            (_, Some(position)) => w.push(&(position + 1).to_string()),
            _ => constant_safe(w, expr)?,
        }
    }
    Ok(())
}

/// The order by an output that is computed, by its place, so that no database has to find out that two expressions
/// are one; none where it must be spelled, or is a column.
fn computed_output(w: &Writer<'_>, select: &Select, order: &Order) -> Option<PositionOrder> {
    let features = w.dialect().features();
    let Order {
        by,
        descending,
        nulls,
    } = order;
    let spelled =
        features.nulls_ordering || null_placement(features, *descending, *nulls) == Nulls::Native;
    if !spelled || matches!(by, Expr::Column { .. }) {
        return None;
    }
    let position = select
        .columns
        .iter()
        .position(|column| column.expr == *by)?;
    Some(PositionOrder {
        column: u32::try_from(position).ok()?,
        descending: *descending,
        nulls: *nulls,
    })
}

/// An expression where a bare number would be the place of an output column.
fn constant_safe(w: &mut Writer<'_>, expr: &Expr) -> Result<()> {
    match expr {
        Expr::Literal(_) | Expr::Param(_) => {
            w.push("(SELECT ");
            w.expr(expr)?;
            w.push(")");
            Ok(())
        }
        _ => w.expr(expr),
    }
}

/// Where the database must be told to put NULLs: nowhere, if it puts them there by itself.
pub fn null_placement(features: &Features, descending: bool, nulls: Nulls) -> Nulls {
    let native = if features.nulls_sort_largest == descending {
        Nulls::First
    } else {
        Nulls::Last
    };
    if nulls == native {
        Nulls::Native
    } else {
        nulls
    }
}

/// A term of ORDER BY. Where NULLs cannot be placed by words, they are ordered first by `IS NULL`.
///
/// # Errors
/// `Unsupported`, where the expression lacks.
pub fn order(w: &mut Writer<'_>, order: &Order) -> Result<()> {
    let features = w.dialect().features();
    let nulls = null_placement(features, order.descending, order.nulls);
    let spelled = features.nulls_ordering;
    if !spelled && nulls != Nulls::Native {
        w.atom(&order.by)?;
        w.push(if nulls == Nulls::First {
            " IS NOT NULL, "
        } else {
            " IS NULL, "
        });
    }
    constant_safe(w, &order.by)?;
    w.push(if order.descending { " DESC" } else { "" });
    w.push(match nulls {
        Nulls::First if spelled => " NULLS FIRST",
        Nulls::Last if spelled => " NULLS LAST",
        _ => "",
    });
    Ok(())
}

/// `LIMIT … OFFSET …`.
pub fn slice(w: &mut Writer<'_>, slice: &Slice) {
    if let Some(limit) = slice.limit {
        w.push(" LIMIT ");
        w.param(limit);
    }
    if let Some(offset) = slice.offset {
        w.push(" OFFSET ");
        w.param(offset);
    }
}

/// `FOR UPDATE`.
///
/// # Errors
/// `Unsupported`, where rows can be locked, but not so.
pub fn lock(w: &mut Writer<'_>, lock: &Lock) -> Result<()> {
    let features = w.dialect().features();
    if !features.row_locks {
        return Ok(());
    }
    let lacks = [
        (
            lock.strength == LockStrength::NoKeyUpdate && !features.lock_no_key,
            "FOR NO KEY UPDATE",
        ),
        (
            lock.wait == LockWait::NoWait && !features.lock_nowait,
            "NOWAIT",
        ),
        (
            lock.wait == LockWait::SkipLocked && !features.lock_skip_locked,
            "SKIP LOCKED",
        ),
    ];
    if let Some((_, feature)) = lacks.iter().find(|(lacks, _)| *lacks) {
        return Err(w.unsupported(*feature));
    }
    w.push(match lock.strength {
        LockStrength::Update => " FOR UPDATE",
        LockStrength::NoKeyUpdate => " FOR NO KEY UPDATE",
        LockStrength::Share => " FOR SHARE",
    });
    // Where tables cannot be named, the rows of all are locked: more than asked for, never less.
    let of = lock.of.iter().filter(|_| features.lock_of);
    for (nth, table) in of.enumerate() {
        w.keep_qualifiers();
        w.push(if nth == 0 { " OF " } else { ", " });
        w.alias(*table);
    }
    w.push(match lock.wait {
        LockWait::Wait => "",
        LockWait::NoWait => " NOWAIT",
        LockWait::SkipLocked => " SKIP LOCKED",
    });
    Ok(())
}

fn compound(w: &mut Writer<'_>, compound: &Compound) -> Result<()> {
    // Some let INTERSECT bind tighter than the others: `(a UNION b) INTERSECT c` makes what stands left one first.
    let binds_tighter = w.dialect().features().compound_parentheses;
    let is_intersect = |part: &SetPart| part.operator == SetOperator::Intersect;
    let closes = |nth: usize| {
        let before = nth
            .checked_sub(1)
            .and_then(|before| compound.rest.get(before));
        binds_tighter
            && is_intersect(&compound.rest[nth])
            && before.is_some_and(|before| !is_intersect(before))
    };
    for _ in (0..compound.rest.len()).filter(|nth| closes(*nth)) {
        w.push("(");
    }
    set_operand(w, &compound.first)?;
    for (nth, part) in compound.rest.iter().enumerate() {
        w.push(if closes(nth) { ")" } else { "" });
        w.push(set_operator(w, part)?);
        set_operand(w, &part.query)?;
    }
    for (nth, order) in compound.order_by.iter().enumerate() {
        w.push(if nth == 0 { " ORDER BY " } else { ", " });
        position_order(w, order)?;
    }
    w.dialect().slice(w, &compound.slice)
}

fn set_operator(w: &Writer<'_>, part: &SetPart) -> Result<&'static str> {
    let known = w.dialect().features().intersect_except;
    match part.operator {
        SetOperator::Union => Ok(" UNION "),
        SetOperator::UnionAll => Ok(" UNION ALL "),
        SetOperator::Intersect if known => Ok(" INTERSECT "),
        SetOperator::Except if known => Ok(" EXCEPT "),
        SetOperator::Intersect => Err(w.unsupported("INTERSECT")),
        SetOperator::Except => Err(w.unsupported("EXCEPT")),
    }
}

/// A query of a compound, so that its own order, slice and operators stay its own.
fn set_operand(w: &mut Writer<'_>, query: &Query) -> Result<()> {
    let bare = match query {
        Query::Select(select) => {
            select.order_by.is_empty() && select.slice.is_all() && select.lock.is_none()
        }
        Query::Compound(_) => false,
    };
    if bare {
        return self::query(w, query);
    }
    if !w.dialect().features().compound_parentheses {
        w.push("SELECT * FROM ");
    }
    plain_subquery(w, query)
}

fn position_order(w: &mut Writer<'_>, order: &PositionOrder) -> Result<()> {
    let features = w.dialect().features();
    let nulls = null_placement(features, order.descending, order.nulls);
    if nulls != Nulls::Native && !features.nulls_ordering {
        return Err(w.unsupported("a place for NULLs in the order of a UNION"));
    }
    w.literal(&Literal::Int(i64::from(order.column) + 1));
    w.push(if order.descending { " DESC" } else { "" });
    w.push(match nulls {
        Nulls::First => " NULLS FIRST",
        Nulls::Last => " NULLS LAST",
        Nulls::Native => "",
    });
    Ok(())
}

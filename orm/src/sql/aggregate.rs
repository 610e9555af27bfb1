//! Aggregates and window functions in standard SQL.

use super::Writer;
use crate::ast::{
    Aggregate, AggregateFunction, Expr, Frame, FrameBound, FrameUnits, Order, Spread, Window,
    WindowFunction,
};
use crate::error::Result;

/// An aggregate under its standard name.
///
/// # Errors
/// `Unsupported`, where there is none.
pub fn aggregate(w: &mut Writer<'_>, aggregate: &Aggregate) -> Result<()> {
    let name = match &aggregate.function {
        AggregateFunction::Count => "COUNT",
        AggregateFunction::Sum | AggregateFunction::ExactSum => "SUM",
        AggregateFunction::Avg | AggregateFunction::ExactAvg => "AVG",
        AggregateFunction::Min => "MIN",
        AggregateFunction::Max => "MAX",
        AggregateFunction::StdDev(Spread::Population) => "STDDEV_POP",
        AggregateFunction::StdDev(Spread::Sample) => "STDDEV_SAMP",
        AggregateFunction::Variance(Spread::Population) => "VAR_POP",
        AggregateFunction::Variance(Spread::Sample) => "VAR_SAMP",
        other => return Err(w.unsupported(format!("the aggregate {other:?}"))),
    };
    call(w, name, aggregate, ["", ""])
}

/// `name([DISTINCT] argument<extra> [ORDER BY …]<extra>) [FILTER (WHERE …)]`; the filter becomes a CASE around the
/// argument where there is no FILTER.
///
/// # Errors
/// `Unsupported`, where an expression lacks.
pub fn call(w: &mut Writer<'_>, name: &str, aggregate: &Aggregate, extra: [&str; 2]) -> Result<()> {
    let clause = w.dialect().features().aggregate_filter;
    w.push(name);
    w.push("(");
    w.push(if aggregate.distinct { "DISTINCT " } else { "" });
    match (&aggregate.filter, &aggregate.argument) {
        (Some(filter), argument) if !clause => {
            w.push("CASE WHEN ");
            w.expr(filter)?;
            w.push(" THEN ");
            w.expr(argument.as_ref().unwrap_or(&Expr::int(1)))?;
            w.push(" END");
        }
        (_, Some(argument)) => w.expr(argument)?,
        (_, None) => w.push("*"),
    }
    w.push(extra[0]);
    order_by(w, &aggregate.order_by, " ORDER BY ")?;
    w.push(extra[1]);
    w.push(")");
    match &aggregate.filter {
        Some(filter) if clause => {
            w.push(" FILTER (WHERE ");
            w.expr(filter)?;
            w.push(")");
        }
        _ => {}
    }
    Ok(())
}

fn order_by(w: &mut Writer<'_>, terms: &[Order], words: &str) -> Result<()> {
    for (nth, order) in terms.iter().enumerate() {
        w.push(if nth == 0 { words } else { ", " });
        w.dialect().order(w, order)?;
    }
    Ok(())
}

/// `function OVER (…)`.
pub(super) fn window(w: &mut Writer<'_>, window: &Window) -> Result<()> {
    window_function(w, &window.function)?;
    w.push(" OVER (");
    let mut between = "";
    if !window.partition_by.is_empty() {
        w.push("PARTITION BY ");
        w.exprs(&window.partition_by)?;
        between = " ";
    }
    if !window.order_by.is_empty() {
        w.push(between);
        order_by(w, &window.order_by, "ORDER BY ")?;
        between = " ";
    }
    if let Some(frame) = &window.frame {
        w.push(between);
        self::frame(w, frame)?;
    }
    w.push(")");
    Ok(())
}

fn window_function(w: &mut Writer<'_>, function: &WindowFunction) -> Result<()> {
    use WindowFunction as F;
    match function {
        F::RowNumber => w.push("ROW_NUMBER()"),
        F::Rank => w.push("RANK()"),
        F::DenseRank => w.push("DENSE_RANK()"),
        F::PercentRank => w.push("PERCENT_RANK()"),
        F::CumeDist => w.push("CUME_DIST()"),
        F::NTile(buckets) => return window_call(w, "NTILE(", &[Some(buckets)], 0),
        F::Lag {
            value,
            offset,
            default,
        } => {
            return neighbour(w, "LAG(", value, offset.as_ref(), default.as_ref());
        }
        F::Lead {
            value,
            offset,
            default,
        } => {
            return neighbour(w, "LEAD(", value, offset.as_ref(), default.as_ref());
        }
        F::FirstValue(value) => return window_call(w, "FIRST_VALUE(", &[Some(value)], 1),
        F::LastValue(value) => return window_call(w, "LAST_VALUE(", &[Some(value)], 1),
        F::NthValue(value, nth) => {
            return window_call(w, "NTH_VALUE(", &[Some(value), Some(nth)], 1);
        }
        F::Aggregate(aggregate) => return w.dialect().aggregate(w, aggregate),
    }
    Ok(())
}

fn neighbour(
    w: &mut Writer<'_>,
    name: &str,
    value: &Expr,
    offset: Option<&Expr>,
    default: Option<&Expr>,
) -> Result<()> {
    if default.is_some() && !w.dialect().features().lag_default {
        return Err(w.unsupported("a default of LAG and LEAD"));
    }
    let one = Expr::int(1);
    let offset = offset.or(default.map(|_| &one));
    window_call(w, name, &[Some(value), offset, default], 1)
}

/// `name(arguments)`, of which one, by its place, is a count.
fn window_call(
    w: &mut Writer<'_>,
    name: &str,
    arguments: &[Option<&Expr>],
    count: usize,
) -> Result<()> {
    w.push(name);
    for (nth, argument) in arguments.iter().flatten().enumerate() {
        if 0 < nth {
            w.push(", ");
        }
        if nth == count {
            w.dialect().count(w, argument)?;
        } else {
            w.expr(argument)?;
        }
    }
    w.push(")");
    Ok(())
}

fn frame(w: &mut Writer<'_>, frame: &Frame) -> Result<()> {
    w.push(match frame.units {
        FrameUnits::Rows => "ROWS",
        FrameUnits::Range => "RANGE",
        FrameUnits::Groups if w.dialect().features().frame_groups => "GROUPS",
        FrameUnits::Groups => return Err(w.unsupported("frames of GROUPS")),
    });
    w.push(" BETWEEN ");
    bound(w, frame.start);
    w.push(" AND ");
    bound(w, frame.end);
    Ok(())
}

fn bound(w: &mut Writer<'_>, bound: FrameBound) {
    match bound {
        FrameBound::UnboundedPreceding => w.push("UNBOUNDED PRECEDING"),
        FrameBound::Preceding(rows) => w.push(&format!("{rows} PRECEDING")),
        FrameBound::CurrentRow => w.push("CURRENT ROW"),
        FrameBound::Following(rows) => w.push(&format!("{rows} FOLLOWING")),
        FrameBound::UnboundedFollowing => w.push("UNBOUNDED FOLLOWING"),
    }
}

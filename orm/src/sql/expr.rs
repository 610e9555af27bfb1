//! Expressions in standard SQL.

use super::dialect::{ArithmeticOf, Clock, Moment, Place};
use super::{BindParam, ListForm, Transform, Writer, aggregate, function};
use crate::ast::{
    Arithmetic, CastType, Comparison, Domain, Expr, InSet, ListParam, Literal, Query, Raw, RawPart,
    Temporal,
};
use crate::error::{Error, Result};

/// How tightly an expression holds together; a looser one inside a tighter one needs parentheses.
type Precedence = u8;

const LOOSE: Precedence = 0;
const OR: Precedence = 1;
const AND: Precedence = 2;
const NOT: Precedence = 3;
const COMPARISON: Precedence = 4;
const SUM: Precedence = 5;
const PRODUCT: Precedence = 6;
/// Cannot be torn apart.
pub(super) const ATOM: Precedence = 9;

fn precedence(expr: &Expr) -> Precedence {
    match expr {
        Expr::Or(all) => single(all).map_or(OR, precedence),
        Expr::And(all) => single(all).map_or(AND, precedence),
        Expr::Not(_) => NOT,
        Expr::Compare { .. }
        | Expr::IsNull { .. }
        | Expr::Between { .. }
        | Expr::In { .. }
        | Expr::Match(_)
        | Expr::Regex { .. } => COMPARISON,
        Expr::Arithmetic { op, .. } => match op {
            Arithmetic::Add | Arithmetic::Subtract => SUM,
            Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo => PRODUCT,
            // Written as functions, or in parentheses of their own: databases differ in their precedences.
            _ => ATOM,
        },
        Expr::Temporal { .. }
        | Expr::Negative(_)
        | Expr::Json(..)
        | Expr::Raw(_)
        | Expr::Collate(..) => LOOSE,
        _ => ATOM,
    }
}

/// The only one of several, or a constant where there is none.
fn single(all: &[Expr]) -> Option<&Expr> {
    match all {
        [] => Some(&Expr::Default),
        [one] => Some(one),
        _ => None,
    }
}

/// Writes an expression as a part of another, in parentheses if it is looser than that needs.
pub(super) fn operand(w: &mut Writer<'_>, expr: &Expr, at_least: Precedence) -> Result<()> {
    if at_least <= precedence(expr) {
        return self::expr(w, expr);
    }
    w.push("(");
    self::expr(w, expr)?;
    w.push(")");
    Ok(())
}

pub(super) fn expr(w: &mut Writer<'_>, expr: &Expr) -> Result<()> {
    let dialect = w.dialect();
    match expr {
        Expr::Column { table, name } => w.column(*table, name),
        Expr::Proposed(column) => dialect.proposed(w, column),
        Expr::Default if dialect.features().default_keyword => w.push("DEFAULT"),
        Expr::Default => {
            return Err(w.unsupported("DEFAULT in the place of a value; leave the column out"));
        }
        Expr::Param(param) => {
            let (slot, value_type) = (param.slot, param.value_type);
            let transform = dialect.encoding(value_type);
            dialect.param(
                w,
                BindParam {
                    slot,
                    value_type,
                    transform,
                },
            )?;
        }
        Expr::Literal(Literal::Float(number)) if !number.is_finite() => {
            return Err(Error::query(
                "NaN and infinity cannot be written as constants; bind them",
            ));
        }
        Expr::Literal(literal) => w.literal(literal),
        Expr::Tuple(parts) => parenthesised(w, parts)?,
        Expr::Collate(text, collation) => {
            operand(w, text, ATOM)?;
            w.push(" COLLATE ");
            w.name(collation);
        }
        other => condition(w, other)?,
    }
    Ok(())
}

/// The expressions that hold or do not; the others go on to [`computed`].
fn condition(w: &mut Writer<'_>, expr: &Expr) -> Result<()> {
    let dialect = w.dialect();
    match expr {
        Expr::Compare { op, left, right } => dialect.compare(w, *op, left, right),
        Expr::And(all) => joined(w, all, " AND ", AND, true),
        Expr::Or(any) => joined(w, any, " OR ", OR, false),
        Expr::Not(condition) => {
            w.push("NOT ");
            operand(w, condition, ATOM)
        }
        Expr::IsNull { expr, negated } => {
            operand(w, expr, SUM)?;
            w.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            Ok(())
        }
        Expr::Between { expr, low, high } => {
            operand(w, expr, SUM)?;
            w.push(" BETWEEN ");
            operand(w, low, SUM)?;
            w.push(" AND ");
            operand(w, high, SUM)
        }
        Expr::In { expr, set, negated } => in_set(w, expr, set, *negated),
        Expr::Match(matching) => dialect.matching(w, matching),
        Expr::Regex {
            insensitive,
            subject,
            pattern,
        } => dialect.regex(w, subject, pattern, *insensitive),
        Expr::Exists(select) => {
            w.push("EXISTS ");
            dialect.subquery(w, &Query::Select(select.clone()), Place::Exists)
        }
        other => computed(w, other),
    }
}

/// The expressions that are computed from others.
fn computed(w: &mut Writer<'_>, expr: &Expr) -> Result<()> {
    let dialect = w.dialect();
    match expr {
        Expr::Arithmetic {
            op,
            domain,
            left,
            right,
        } => {
            let (op, domain) = (*op, *domain);
            dialect.arithmetic(
                w,
                &ArithmeticOf {
                    op,
                    domain,
                    left,
                    right,
                },
            )
        }
        Expr::Temporal {
            op,
            kind,
            left,
            right,
        } => dialect.temporal(w, *op, &moment(*kind, left, None), right),
        Expr::Negative(number) => w.template("-{0}", &[number]),
        Expr::Function(function, arguments) => {
            function::check(*function, arguments)?;
            dialect.function(w, *function, arguments)
        }
        Expr::CustomFunction(name, arguments) => {
            w.push(name);
            parenthesised(w, arguments)
        }
        Expr::Cast(value, to) => dialect.cast(w, value, *to),
        Expr::Extract {
            part,
            kind,
            expr,
            zone,
        } => dialect.extract(w, *part, &moment(*kind, expr, zone.as_deref())),
        Expr::Truncate {
            unit,
            kind,
            expr,
            zone,
        } => dialect.truncate(w, *unit, &moment(*kind, expr, zone.as_deref())),
        Expr::DateOf { expr, zone } => dialect.clock(
            w,
            Clock::Date,
            &moment(Temporal::DateTime, expr, zone.as_deref()),
        ),
        Expr::TimeOf { expr, zone } => dialect.clock(
            w,
            Clock::Time,
            &moment(Temporal::DateTime, expr, zone.as_deref()),
        ),
        Expr::Case { when, otherwise } => case(w, when, otherwise.as_deref()),
        Expr::Subquery(query) => dialect.subquery(w, query, Place::Value),
        Expr::Aggregate(aggregate) => dialect.aggregate(w, aggregate),
        Expr::Window(window) => aggregate::window(w, window),
        Expr::Json(document, op) => dialect.json(w, document, op),
        Expr::Raw(raw) => written_by_hand(w, raw),
        _ => unreachable!("the others are written by `expr` and `condition`"),
    }
}

/// SQL of the user's, which may name tables as it likes: all keep their numbers.
fn written_by_hand(w: &mut Writer<'_>, raw: &Raw) -> Result<()> {
    w.keep_qualifiers();
    raw.parts.iter().try_for_each(|part| match part {
        RawPart::Sql(sql) => {
            w.push(sql);
            Ok(())
        }
        RawPart::Expr(expr) => w.atom(expr),
    })
}

fn moment<'e>(kind: Temporal, expr: &'e Expr, zone: Option<&'e str>) -> Moment<'e> {
    Moment { kind, expr, zone }
}

fn parenthesised(w: &mut Writer<'_>, exprs: &[Expr]) -> Result<()> {
    w.push("(");
    w.exprs(exprs)?;
    w.push(")");
    Ok(())
}

fn joined(
    w: &mut Writer<'_>,
    all: &[Expr],
    between: &str,
    own: Precedence,
    empty: bool,
) -> Result<()> {
    match all {
        [] => w.literal(&Literal::Bool(empty)),
        [one] => expr(w, one)?,
        _ => {
            for (nth, condition) in all.iter().enumerate() {
                if 0 < nth {
                    w.push(between);
                }
                operand(w, condition, own + 1)?;
            }
        }
    }
    Ok(())
}

fn case(w: &mut Writer<'_>, when: &[(Expr, Expr)], otherwise: Option<&Expr>) -> Result<()> {
    if when.is_empty() {
        // Without a condition, CASE is no SQL, and its meaning is the last branch.
        return match otherwise {
            Some(expr) => w.atom(expr),
            None => w.expr(&Expr::null()),
        };
    }
    w.push("CASE");
    for (condition, result) in when {
        w.push(" WHEN ");
        w.expr(condition)?;
        w.push(" THEN ");
        w.expr(result)?;
    }
    if let Some(otherwise) = otherwise {
        w.push(" ELSE ");
        w.expr(otherwise)?;
    }
    w.push(" END");
    Ok(())
}

fn in_set(w: &mut Writer<'_>, value: &Expr, set: &InSet, negated: bool) -> Result<()> {
    let dialect = w.dialect();
    match set {
        InSet::List(list) => dialect.in_list(w, value, *list, negated),
        InSet::Exprs(exprs) if exprs.is_empty() => {
            w.literal(&Literal::Bool(negated));
            Ok(())
        }
        InSet::Exprs(exprs) => {
            operand(w, value, SUM)?;
            w.push(if negated { " NOT IN " } else { " IN " });
            match value {
                Expr::Tuple(_) => dialect.in_rows(w, exprs),
                _ => parenthesised(w, exprs),
            }
        }
        InSet::Query(query) => {
            operand(w, value, SUM)?;
            w.push(if negated { " NOT IN " } else { " IN " });
            dialect.subquery(w, query, Place::Set)
        }
    }
}

/// Whether a value is in a list, in the form in which the database takes lists: `= ANY(…)`, or placeholders.
///
/// # Errors
/// `Unsupported`, where the value lacks.
pub fn in_list(w: &mut Writer<'_>, value: &Expr, list: ListParam, negated: bool) -> Result<()> {
    if w.dialect().features().list_form == ListForm::Placeholders {
        return in_placeholders(w, value, list, negated);
    }
    operand(w, value, SUM)?;
    w.push(if negated { " <> ALL(" } else { " = ANY(" });
    w.list_param(list);
    w.push(")");
    Ok(())
}

fn in_placeholders(w: &mut Writer<'_>, value: &Expr, list: ListParam, negated: bool) -> Result<()> {
    if list.size_class == 0 {
        w.bind_nothing(list);
        w.literal(&Literal::Bool(negated));
        return Ok(());
    }
    operand(w, value, SUM)?;
    w.push(if negated { " NOT IN (" } else { " IN (" });
    for nth in 0..list.size_class {
        if 0 < nth {
            w.push(", ");
        }
        let param = BindParam {
            slot: list.slot,
            value_type: list.element,
            transform: Transform::Element(nth),
        };
        w.dialect().param(w, param)?;
    }
    w.push(")");
    w.within_params()
}

/// A comparison, with the standard's operators.
///
/// # Errors
/// `Unsupported`, where a side lacks.
pub fn compare(w: &mut Writer<'_>, op: Comparison, left: &Expr, right: &Expr) -> Result<()> {
    let word = match op {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
        Comparison::NotDistinct => " IS NOT DISTINCT FROM ",
        Comparison::Distinct => " IS DISTINCT FROM ",
    };
    operator(w, left, word, right)
}

/// An operator of a comparison between two operands, in parentheses where they need them.
///
/// # Errors
/// `Unsupported`, where an operand lacks.
pub fn operator(w: &mut Writer<'_>, left: &Expr, word: &str, right: &Expr) -> Result<()> {
    operand(w, left, SUM)?;
    w.push(word);
    operand(w, right, SUM)
}

/// Arithmetic, with the operators that all databases have.
///
/// # Errors
/// `Unsupported`, where there is none that all have.
pub fn arithmetic(w: &mut Writer<'_>, operation: &ArithmeticOf<'_>) -> Result<()> {
    let ArithmeticOf {
        op,
        domain,
        left,
        right,
    } = *operation;
    let (word, own) = match op {
        Arithmetic::Add => (" + ", SUM),
        Arithmetic::Subtract => (" - ", SUM),
        Arithmetic::Multiply => (" * ", PRODUCT),
        Arithmetic::Divide => (" / ", PRODUCT),
        Arithmetic::Modulo => (" % ", PRODUCT),
        Arithmetic::BitAnd => return w.template("({0} & {1})", &[left, right]),
        Arithmetic::BitOr => return w.template("({0} | {1})", &[left, right]),
        Arithmetic::ShiftLeft => return w.template("({0} << {1})", &[left, right]),
        Arithmetic::ShiftRight => return w.template("({0} >> {1})", &[left, right]),
        Arithmetic::Power if domain != Domain::Integer => {
            return w.template("POWER({0}, {1})", &[left, right]);
        }
        Arithmetic::Power | Arithmetic::BitXor => {
            return Err(w.unsupported(format!("{op:?} of {domain:?}")));
        }
    };
    operand(w, left, own)?;
    w.push(word);
    // The left side of the same precedence is computed first anyway; the right side is not.
    operand(w, right, own + 1)
}

/// `CAST(… AS …)`.
///
/// # Errors
/// `Unsupported`, where the type lacks.
pub fn cast(w: &mut Writer<'_>, value: &Expr, to: CastType) -> Result<()> {
    w.push("CAST(");
    w.expr(value)?;
    w.push(" AS ");
    w.dialect().cast_type(w, to)?;
    w.push(")");
    Ok(())
}

/// The standard's names of types, and the common ones of those that the standard does not know.
pub fn cast_type(w: &mut Writer<'_>, to: CastType) {
    let word = match to {
        CastType::Boolean => "boolean",
        CastType::Integer => "integer",
        CastType::BigInteger => "bigint",
        CastType::Float => "double precision",
        CastType::Decimal { digits: None, .. } => "numeric",
        CastType::Decimal {
            digits: Some(digits),
            places,
        } => return w.push(&format!("numeric({digits}, {places})")),
        CastType::Text => "text",
        CastType::Char(length) => return w.push(&format!("varchar({length})")),
        CastType::Binary => "bytea",
        CastType::Date => "date",
        CastType::Time => "time",
        CastType::DateTime => "timestamp with time zone",
        CastType::Duration => "interval",
        CastType::Uuid => "uuid",
        CastType::Json => "jsonb",
        CastType::Inet => "inet",
    };
    w.push(word);
}

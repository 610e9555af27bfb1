//! Conditions and expressions of a query as the written ones of checks, indexes and generated columns.
//!
//! Those speak of one row of one model: literals, its columns, arithmetic and functions. Anything else is an error
//! that says what may not stand there.

use super::{Node, Path, Predicate, Step};
use crate::ast::{Arithmetic, DatePart};
use crate::error::{Error, Result};
use crate::meta::{Condition, Expression, Literal, Lookup};

impl Predicate {
    /// The condition in its written form.
    ///
    /// # Errors
    /// Where it speaks of more than literals and columns of one row.
    pub fn to_condition(&self) -> Result<Condition> {
        let all = |parts: &[Predicate]| -> Result<Vec<Condition>> {
            parts.iter().map(Predicate::to_condition).collect()
        };
        Ok(match self {
            Predicate::Compare(left, lookup, right) => {
                Condition::compare(left.to_expression()?, *lookup, right.to_expression()?)
            }
            Predicate::InList(node, values) => Condition::compare(
                node.to_expression()?,
                Lookup::In,
                Literal::try_from(values.clone())?,
            ),
            Predicate::Between(node, low, high) => Condition::compare(
                node.to_expression()?,
                Lookup::Range,
                Literal::List(vec![literal(low)?, literal(high)?]),
            ),
            Predicate::IsNull(node, null) => {
                Condition::compare(node.to_expression()?, Lookup::IsNull, *null)
            }
            Predicate::IsTrue(node) => {
                Condition::compare(node.to_expression()?, Lookup::Exact, true)
            }
            Predicate::And(parts) => Condition::And(all(parts)?),
            Predicate::Or(parts) => Condition::Or(all(parts)?),
            Predicate::Not(part) => Condition::Not(Box::new(part.to_condition()?)),
            Predicate::InQuery(..) | Predicate::Exists(_) => return Err(refused("a subquery")),
            Predicate::Constant(_) => {
                return Err(refused("a condition that every row or no row meets"));
            }
        })
    }
}

impl Node {
    /// The expression in its written form.
    ///
    /// # Errors
    /// Where it speaks of more than literals and columns of one row.
    pub fn to_expression(&self) -> Result<Expression> {
        Ok(match self {
            Node::Path(path) => Expression::field(own_field(path)?),
            Node::Value(value) => Expression::Literal(Literal::try_from(value.clone())?),
            Node::Arithmetic(op, left, right) => Expression::function(
                arithmetic(*op)?,
                vec![left.to_expression()?, right.to_expression()?],
            ),
            Node::Negative(node) => {
                Expression::function("mul", vec![node.to_expression()?, (-1_i64).into()])
            }
            Node::Function(function, args, _) => {
                let word = function
                    .word()
                    .ok_or_else(|| refused(&format!("the function {function:?}")))?;
                let args = args.iter().map(Node::to_expression);
                Expression::function(word, args.collect::<Result<_>>()?)
            }
            Node::Extract(part, node) => {
                Expression::function(date_part(*part), vec![node.to_expression()?])
            }
            Node::DateOf(node) => Expression::function("date", vec![node.to_expression()?]),
            Node::TimeOf(node) => Expression::function("time", vec![node.to_expression()?]),
            Node::Case(when, otherwise) => {
                let mut args = Vec::with_capacity(when.len() * 2 + 1);
                for (condition, node) in when {
                    args.push(Expression::Condition(Box::new(condition.to_condition()?)));
                    args.push(node.to_expression()?);
                }
                if let Some(node) = otherwise {
                    args.push(node.to_expression()?);
                }
                Expression::function("case", args)
            }
            Node::Predicate(predicate) => {
                Expression::Condition(Box::new(predicate.to_condition()?))
            }
            Node::Invalid(kind) => return Err(Error::new((**kind).clone())),
            Node::Outer(_) => return Err(refused("outer()")),
            Node::Subquery(_) => return Err(refused("a subquery")),
            Node::Aggregate(aggregate) => {
                return Err(refused(&format!("an aggregate, {aggregate},")));
            }
            Node::Window(_) => return Err(refused("a window function")),
            Node::Truncate(..) => return Err(refused("trunc()")),
            Node::Cast(..) => return Err(refused("a cast")),
            Node::InZone(..) => return Err(refused("in_zone()")),
        })
    }
}

/// The column of the row itself that a path leads to.
fn own_field(path: &Path) -> Result<&'static str> {
    let [Step::Field(position)] = path.steps[..] else {
        return Err(refused(&format!(
            "the path `{}`, which follows relations,",
            path.name()
        )));
    };
    let field = &path.root.fields[usize::from(position)];
    if field.is_column() {
        Ok(field.name)
    } else {
        Err(refused(&format!("`{}`, which is no column,", field.name)))
    }
}

fn literal(node: &Node) -> Result<Literal> {
    match node.to_expression()? {
        Expression::Literal(literal) => Ok(literal),
        _ => Err(refused("range() over anything but two values")),
    }
}

fn arithmetic(op: Arithmetic) -> Result<&'static str> {
    Ok(match op {
        Arithmetic::Add => "add",
        Arithmetic::Subtract => "sub",
        Arithmetic::Multiply => "mul",
        Arithmetic::Divide => "div",
        Arithmetic::Modulo => "mod",
        other => return Err(refused(&format!("the operator {other:?}"))),
    })
}

fn date_part(part: DatePart) -> &'static str {
    match part {
        DatePart::Year => "year",
        DatePart::IsoYear => "iso_year",
        DatePart::Quarter => "quarter",
        DatePart::Month => "month",
        DatePart::Week => "week",
        DatePart::WeekDay => "week_day",
        DatePart::IsoWeekDay => "iso_week_day",
        DatePart::Day => "day",
        DatePart::Hour => "hour",
        DatePart::Minute => "minute",
        DatePart::Second => "second",
    }
}

fn refused(what: &str) -> Error {
    Error::query(format!(
        "{what} cannot stand here: only literals, columns of the same row, arithmetic and functions can"
    ))
}

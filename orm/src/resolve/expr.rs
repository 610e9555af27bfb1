//! Expressions: nodes become expressions over columns, each with its type and whether it may be NULL.

use super::level::is_temporal;
use super::{Place, Resolver, Typed};
use crate::ast::{Arithmetic, CastType, Domain, Expr, Function, Name, Temporal, TemporalOp};
use crate::error::{Error, Result};
use crate::query::{Node, Predicate};
use crate::value::ValueType;

impl<'q> Resolver<'q> {
    /// An expression.
    pub(super) fn expr(&mut self, node: &'q Node, place: Place<'_>) -> Result<Typed> {
        if let Some(groups) = place.groups
            && let Some(column) = self.grouped(node, groups)?
        {
            return Ok(column);
        }
        match node {
            Node::Path(path) => match place.groups {
                Some(groups) => Err(groups.not_a_key(node)),
                None => self.path(path, place.reuse),
            },
            Node::Outer(path) => self.outer(path),
            Node::Value(value) => Ok(Typed {
                expr: self.param(value)?,
                value_type: value.value_type(),
                nullable: value.is_null(),
            }),
            Node::Arithmetic(op, left, right) => self.arithmetic(*op, left, right, place),
            Node::Negative(inner) => {
                self.mapped(inner, place, |expr| Expr::Negative(Box::new(expr)))
            }
            Node::Function(function, args, value_type) => {
                self.function(*function, args, *value_type, place)
            }
            Node::Extract(..) | Node::Truncate(..) | Node::DateOf(_) | Node::TimeOf(_) => {
                self.date_part(node, place)
            }
            Node::InZone(instant, _) => self.expr(instant, place),
            Node::Cast(inner, cast, value_type) => {
                let typed = self.expr(inner, place)?;
                Ok(Typed {
                    expr: typed.expr.cast(*cast),
                    value_type: *value_type,
                    nullable: typed.nullable,
                })
            }
            Node::Case(when, otherwise) => self.case(when, otherwise.as_deref(), place),
            Node::Aggregate(aggregate) => self.row_aggregate(aggregate, place),
            Node::Window(window) => self.window(window, place),
            Node::Subquery(query) => {
                let (value_type, select) = self.scalar_subquery(query)?;
                Ok(Typed {
                    expr: Expr::Subquery(Box::new(select.into())),
                    value_type,
                    nullable: true,
                })
            }
            Node::Predicate(predicate) => self.truth_value(predicate, place),
            Node::Invalid(kind) => Err(Error::new((**kind).clone())),
        }
    }

    fn mapped(
        &mut self,
        node: &'q Node,
        place: Place<'_>,
        f: impl FnOnce(Expr) -> Expr,
    ) -> Result<Typed> {
        let typed = self.expr(node, place)?;
        Ok(Typed {
            expr: f(typed.expr),
            ..typed
        })
    }

    fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: &'q Node,
        right: &'q Node,
        place: Place<'_>,
    ) -> Result<Typed> {
        let (left, right) = (self.expr(left, place)?, self.expr(right, place)?);
        if is_temporal(left.value_type) {
            return moved(op, left, right);
        }
        let (domain, value_type) = domain(left.value_type, right.value_type)?;
        // Some databases give NULL for a division by zero.
        let divides = matches!(op, Arithmetic::Divide | Arithmetic::Modulo);
        Ok(Typed {
            nullable: left.nullable || right.nullable || divides,
            expr: left.expr.arithmetic(op, domain, right.expr),
            value_type,
        })
    }

    fn function(
        &mut self,
        function: Function,
        args: &'q [Node],
        value_type: ValueType,
        place: Place<'_>,
    ) -> Result<Typed> {
        let mut args = args
            .iter()
            .map(|arg| self.expr(arg, place))
            .collect::<Result<Vec<_>>>()?;
        let nullable = match function {
            Function::Coalesce | Function::Greatest | Function::Least => {
                args.iter().all(|arg| arg.nullable)
            }
            Function::Concat => false,
            function if function.may_lack_value() => true,
            _ => args.iter().any(|arg| arg.nullable),
        };
        let of_whole = args
            .first()
            .is_some_and(|arg| arg.value_type == ValueType::Int);
        if of_whole && matches!(function, Function::Floor | Function::Ceil | Function::Round) {
            return Ok(args.swap_remove(0));
        }
        let exprs = args.into_iter().map(|arg| arg.expr).collect();
        let expr = Expr::Function(function, exprs);
        // Some databases compute these as floats or decimals.
        let own_type = matches!(function, Function::Round | Function::Sign);
        Ok(Typed {
            expr: if own_type {
                expr.cast(cast_type(value_type))
            } else {
                expr
            },
            value_type,
            nullable,
        })
    }

    fn date_part(&mut self, node: &'q Node, place: Place<'_>) -> Result<Typed> {
        let (Node::Extract(_, inner)
        | Node::Truncate(_, inner)
        | Node::DateOf(inner)
        | Node::TimeOf(inner)) = node
        else {
            return Err(Error::query("no part of a date or time"));
        };
        let (inner, zone) = match &**inner {
            Node::InZone(instant, zone) => (&**instant, Some(Name::from(zone.clone()))),
            inner => (inner, None),
        };
        let typed = self.expr(inner, place)?;
        let kind = temporal(typed.value_type)?;
        let expr = Box::new(typed.expr);
        let (expr, value_type) = match node {
            Node::Extract(part, _) => (
                Expr::Extract {
                    part: *part,
                    kind,
                    expr,
                    zone,
                },
                ValueType::Int,
            ),
            Node::Truncate(unit, _) => (
                Expr::Truncate {
                    unit: *unit,
                    kind,
                    expr,
                    zone,
                },
                typed.value_type,
            ),
            Node::DateOf(_) => (Expr::DateOf { expr, zone }, ValueType::Date),
            _ => (Expr::TimeOf { expr, zone }, ValueType::Time),
        };
        Ok(Typed {
            expr,
            value_type,
            nullable: typed.nullable,
        })
    }

    fn case(
        &mut self,
        when: &'q [(Predicate, Node)],
        otherwise: Option<&'q Node>,
        place: Place<'_>,
    ) -> Result<Typed> {
        let mut branches = Vec::with_capacity(when.len());
        let mut nullable = otherwise.is_none();
        let mut value_type = ValueType::Text;
        for (condition, result) in when {
            let condition = self.condition(condition, place)?;
            let result = self.expr(result, place)?;
            nullable |= result.nullable;
            value_type = result.value_type;
            branches.push((condition, result.expr));
        }
        let otherwise = match otherwise {
            Some(otherwise) => {
                let otherwise = self.expr(otherwise, place)?;
                nullable |= otherwise.nullable;
                Some(Box::new(otherwise.expr))
            }
            None => None,
        };
        Ok(Typed {
            expr: Expr::Case {
                when: branches,
                otherwise,
            },
            value_type,
            nullable,
        })
    }

    /// A condition as a value that is never NULL.
    pub(super) fn truth_value(
        &mut self,
        predicate: &'q Predicate,
        place: Place<'_>,
    ) -> Result<Typed> {
        let condition = self.condition(predicate, place)?;
        Ok(Typed {
            expr: Expr::Case {
                when: vec![(condition, Expr::bool(true))],
                otherwise: Some(Box::new(Expr::bool(false))),
            },
            value_type: ValueType::Bool,
            nullable: false,
        })
    }
}

/// A date or time that is moved by a duration, or compared with another.
fn moved(op: Arithmetic, left: Typed, right: Typed) -> Result<Typed> {
    // A moved date is an instant, as in Django: durations are finer than days.
    let place = match left.value_type {
        ValueType::Date => ValueType::DateTime,
        other => other,
    };
    let (temporal_op, value_type) = match (op, right.value_type) {
        (Arithmetic::Add, ValueType::Duration) => (TemporalOp::Add, place),
        (Arithmetic::Subtract, ValueType::Duration) => (TemporalOp::Subtract, place),
        (Arithmetic::Subtract, other) if other == left.value_type => {
            (TemporalOp::Difference, ValueType::Duration)
        }
        (op, other) => {
            return Err(Error::query(format!(
                "{op:?} of {} and {}: a moment can be moved by a duration, and compared with its like",
                left.value_type.as_str(),
                other.as_str()
            )));
        }
    };
    Ok(Typed {
        nullable: left.nullable || right.nullable,
        expr: Expr::Temporal {
            op: temporal_op,
            kind: temporal(left.value_type)?,
            left: Box::new(left.expr),
            right: Box::new(right.expr),
        },
        value_type,
    })
}

/// With what kind of numbers two operands are computed, and the type of the result.
fn domain(left: ValueType, right: ValueType) -> Result<(Domain, ValueType)> {
    use ValueType::{Decimal, Duration, Float, Int};
    Ok(match (left, right) {
        (Int, Int) => (Domain::Integer, Int),
        (Float, Int | Float | Decimal) | (Int | Decimal, Float) => (Domain::Float, Float),
        (Decimal, Int | Decimal) | (Int, Decimal) => (Domain::Decimal, Decimal),
        (Duration, Duration) => (Domain::Duration, Duration),
        (left, right) => {
            return Err(Error::query(format!(
                "cannot compute with {} and {}: cast one of them",
                left.as_str(),
                right.as_str()
            )));
        }
    })
}

/// The kind of a date or time.
fn temporal(value_type: ValueType) -> Result<Temporal> {
    if !is_temporal(value_type) {
        return Err(Error::query(format!(
            "{} has no parts of a date or time",
            value_type.as_str()
        )));
    }
    Ok(match value_type {
        ValueType::Date => Temporal::Date,
        ValueType::Time => Temporal::Time,
        _ => Temporal::DateTime,
    })
}

/// What a value of a type is cast to where a database would give another.
pub(super) fn cast_type(value_type: ValueType) -> CastType {
    match value_type {
        ValueType::Bool => CastType::Boolean,
        ValueType::Int => CastType::BigInteger,
        ValueType::Float => CastType::Float,
        ValueType::Text => CastType::Text,
        ValueType::Bytes => CastType::Binary,
        ValueType::Date => CastType::Date,
        ValueType::Time => CastType::Time,
        ValueType::DateTime => CastType::DateTime,
        ValueType::Duration => CastType::Duration,
        ValueType::Decimal => CastType::Decimal {
            digits: None,
            places: 6,
        },
        ValueType::Uuid => CastType::Uuid,
        ValueType::Json => CastType::Json,
        ValueType::Inet => CastType::Inet,
    }
}

//! Conditions and expressions of checks, indexes and generated columns, as SQL of a database.

use crate::ast::{
    Alias, Arithmetic, Comparison, DatePart, Domain, Expr, Function, InSet, Literal as SqlLiteral,
    Match, MatchKind, Raw, RawPart, Temporal,
};
use crate::error::{Error, Result, suggestion};
use crate::meta::condition::{Condition, Expression, Lookup};
use crate::meta::kind::FieldKind;
use crate::meta::literal::Literal;
use crate::meta::value_of;
use crate::migrate::state::{ModelState, ProjectState};
use crate::migrate::to_schema::kind_of_column;
use crate::sql::SchemaEditor;

/// The model whose fields an expression speaks of, and the database that it is written for.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) state: &'a ProjectState,
    pub(super) model: &'a ModelState,
    pub(super) editor: &'a dyn SchemaEditor,
}

const TABLE: Alias = Alias(0);

impl Scope<'_> {
    /// A condition as SQL.
    pub(super) fn condition(&self, condition: &Condition) -> Result<String> {
        let expr = self
            .lower_condition(condition)
            .map_err(|error| self.located(error))?;
        self.editor
            .expression(&expr)
            .map_err(|error| self.located(error))
    }

    /// An expression as SQL; `kind` is what a bare literal is meant for.
    pub(super) fn expression(
        &self,
        expression: &Expression,
        kind: Option<FieldKind>,
    ) -> Result<String> {
        let expr = self
            .lower(expression, kind)
            .map_err(|error| self.located(error))?;
        self.editor
            .expression(&expr)
            .map_err(|error| self.located(error))
    }

    fn located(&self, error: Error) -> Error {
        error.context(format!("model {}", self.model.key()))
    }

    fn lower_condition(&self, condition: &Condition) -> Result<Expr> {
        let all = |parts: &[Condition]| {
            parts
                .iter()
                .map(|part| self.lower_condition(part))
                .collect::<Result<Vec<_>>>()
        };
        Ok(match condition {
            Condition::And(parts) => Expr::And(all(parts)?),
            Condition::Or(parts) => Expr::Or(all(parts)?),
            Condition::Not(inner) => self.lower_condition(inner)?.not(),
            Condition::Compare {
                left,
                lookup,
                right,
            } => self.lower_lookup(left, *lookup, right)?,
        })
    }

    fn lower_lookup(&self, left: &Expression, lookup: Lookup, right: &Expression) -> Result<Expr> {
        let kind = self.kind_of(left).or_else(|| self.kind_of(right));
        let subject = self.lower(left, kind)?;
        let members = || match right {
            Expression::Literal(Literal::List(items)) => items
                .iter()
                .map(|item| self.lower_literal(item, kind))
                .collect::<Result<Vec<_>>>(),
            _ => Err(Error::migration(format!(
                "`{}` is compared with a list",
                lookup.as_str()
            ))),
        };
        if let Some((kind, insensitive)) = matching(lookup) {
            return Ok(Expr::Match(Box::new(Match {
                kind,
                insensitive,
                subject,
                pattern: self.lower(right, Some(FieldKind::Text))?,
            })));
        }
        Ok(match lookup {
            Lookup::IsNull => match right {
                Expression::Literal(Literal::Bool(true)) => subject.is_null(),
                Expression::Literal(Literal::Bool(false)) => subject.is_not_null(),
                _ => return Err(Error::migration("`isnull` is compared with true or false")),
            },
            Lookup::In => Expr::In {
                expr: Box::new(subject),
                set: InSet::Exprs(members()?),
                negated: false,
            },
            Lookup::Range => match <[Expr; 2]>::try_from(members()?) {
                Ok([low, high]) => Expr::Between {
                    expr: Box::new(subject),
                    low: Box::new(low),
                    high: Box::new(high),
                },
                Err(_) => return Err(Error::migration("`range` is compared with a list of two")),
            },
            Lookup::Regex | Lookup::IRegex => Expr::Regex {
                insensitive: lookup == Lookup::IRegex,
                subject: Box::new(subject),
                pattern: Box::new(self.lower(right, Some(FieldKind::Text))?),
            },
            _ => subject.compare(comparison(lookup), self.lower(right, kind)?),
        })
    }

    fn lower(&self, expression: &Expression, kind: Option<FieldKind>) -> Result<Expr> {
        match expression {
            Expression::Field(name) => {
                Ok(Expr::column(TABLE, self.model.expect_field(name)?.column()))
            }
            Expression::Literal(literal) => self.lower_literal(literal, kind),
            Expression::Function { name, args } => self.lower_function(name, args, kind),
            Expression::Condition(condition) => self.lower_condition(condition),
        }
    }

    fn lower_literal(&self, literal: &Literal, kind: Option<FieldKind>) -> Result<Expr> {
        let plain = match literal {
            Literal::Bool(value) => Some(SqlLiteral::Bool(*value)),
            Literal::Int(value) => Some(SqlLiteral::Int(*value)),
            Literal::Float(value) => Some(SqlLiteral::Float(*value)),
            Literal::Text(text) => Some(SqlLiteral::Text(text.clone().into())),
            Literal::List(_) | Literal::Json(_) => None,
        };
        // What is written as text means something else for a date, a UUID, a decimal.
        let needs_kind =
            matches!(literal, Literal::Text(_)) && kind.is_some_and(|kind| !kind.is_text());
        match (plain, kind) {
            (Some(plain), _) if !needs_kind => Ok(Expr::Literal(plain)),
            (_, Some(kind)) => {
                let sql = self.editor.literal(&value_of(kind, literal)?)?;
                Ok(Expr::Raw(Raw {
                    parts: vec![RawPart::Sql(sql.into())],
                }))
            }
            _ => Err(Error::migration(format!(
                "the literal {literal:?} cannot stand here"
            ))),
        }
    }

    fn lower_function(
        &self,
        name: &str,
        args: &[Expression],
        kind: Option<FieldKind>,
    ) -> Result<Expr> {
        let own = args.iter().find_map(|arg| self.kind_of(arg));
        let lowered = |kind: Option<FieldKind>| {
            args.iter()
                .map(|arg| self.lower(arg, kind))
                .collect::<Result<Vec<_>>>()
        };
        if let Some(op) = arithmetic(name) {
            let domain = domain(own.or(kind));
            let mut operands = lowered(own.or(kind))?.into_iter();
            let first = operands
                .next()
                .ok_or_else(|| Error::migration(format!("`{name}` needs operands")))?;
            return Ok(operands.fold(first, |left, right| left.arithmetic(op, domain, right)));
        }
        if let Some(part) = date_part(name) {
            let arg = lowered(None)?
                .into_iter()
                .next()
                .ok_or_else(|| Error::migration(format!("`{name}` needs an argument")))?;
            return Ok(Expr::Extract {
                part,
                kind: temporal(own),
                expr: Box::new(arg),
                zone: None,
            });
        }
        if name == "case" {
            return self.lower_case(args, kind);
        }
        let function = FUNCTIONS
            .iter()
            .find(|(word, _)| *word == name)
            .map(|(_, function)| *function);
        let function = function.ok_or_else(|| {
            let hint = suggestion(name, FUNCTIONS.iter().map(|(word, _)| *word));
            Error::migration(format!(
                "no function `{name}` for checks, indexes and generated columns{hint}"
            ))
        })?;
        Ok(Expr::Function(function, lowered(own.or(kind))?))
    }

    fn lower_case(&self, args: &[Expression], kind: Option<FieldKind>) -> Result<Expr> {
        let mut when = Vec::new();
        let mut pairs = args.chunks_exact(2);
        for pair in &mut pairs {
            when.push((self.lower(&pair[0], None)?, self.lower(&pair[1], kind)?));
        }
        let otherwise = pairs
            .remainder()
            .first()
            .map(|last| self.lower(last, kind))
            .transpose()?;
        Ok(Expr::Case {
            when,
            otherwise: otherwise.map(Box::new),
        })
    }

    fn kind_of(&self, expression: &Expression) -> Option<FieldKind> {
        match expression {
            Expression::Field(name) => kind_of_column(self.state, self.model.field(name)?),
            Expression::Function { name, args }
                if arithmetic(name).is_some() || name == "coalesce" =>
            {
                args.iter().find_map(|arg| self.kind_of(arg))
            }
            Expression::Function { name, .. } if date_part(name).is_some() || name == "length" => {
                Some(FieldKind::Integer)
            }
            Expression::Function { name, .. }
                if name == "lower" || name == "upper" || name == "concat" =>
            {
                Some(FieldKind::Text)
            }
            _ => None,
        }
    }
}

fn matching(lookup: Lookup) -> Option<(MatchKind, bool)> {
    Some(match lookup {
        Lookup::IExact => (MatchKind::Exact, true),
        Lookup::Contains => (MatchKind::Contains, false),
        Lookup::IContains => (MatchKind::Contains, true),
        Lookup::StartsWith => (MatchKind::StartsWith, false),
        Lookup::IStartsWith => (MatchKind::StartsWith, true),
        Lookup::EndsWith => (MatchKind::EndsWith, false),
        Lookup::IEndsWith => (MatchKind::EndsWith, true),
        _ => return None,
    })
}

fn comparison(lookup: Lookup) -> Comparison {
    match lookup {
        Lookup::Gt => Comparison::Greater,
        Lookup::Gte => Comparison::GreaterOrEqual,
        Lookup::Lt => Comparison::Less,
        Lookup::Lte => Comparison::LessOrEqual,
        _ => Comparison::Equal,
    }
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        "add" => Arithmetic::Add,
        "sub" => Arithmetic::Subtract,
        "mul" => Arithmetic::Multiply,
        "div" => Arithmetic::Divide,
        "mod" => Arithmetic::Modulo,
        _ => return None,
    })
}

fn domain(kind: Option<FieldKind>) -> Domain {
    match kind {
        Some(FieldKind::Float) => Domain::Float,
        Some(FieldKind::Decimal) => Domain::Decimal,
        Some(FieldKind::Duration) => Domain::Duration,
        _ => Domain::Integer,
    }
}

fn temporal(kind: Option<FieldKind>) -> Temporal {
    match kind {
        Some(FieldKind::Date) => Temporal::Date,
        Some(FieldKind::Time) => Temporal::Time,
        _ => Temporal::DateTime,
    }
}

fn date_part(name: &str) -> Option<DatePart> {
    Some(match name {
        "year" => DatePart::Year,
        "quarter" => DatePart::Quarter,
        "month" => DatePart::Month,
        "week" => DatePart::Week,
        "week_day" => DatePart::WeekDay,
        "day" => DatePart::Day,
        "hour" => DatePart::Hour,
        "minute" => DatePart::Minute,
        "second" => DatePart::Second,
        _ => return None,
    })
}

const FUNCTIONS: [(&str, Function); 30] = [
    ("abs", Function::Abs),
    ("ceil", Function::Ceil),
    ("coalesce", Function::Coalesce),
    ("concat", Function::Concat),
    ("exp", Function::Exp),
    ("floor", Function::Floor),
    ("greatest", Function::Greatest),
    ("least", Function::Least),
    ("left", Function::Left),
    ("length", Function::Length),
    ("ln", Function::Ln),
    ("lower", Function::Lower),
    ("lpad", Function::LPad),
    ("ltrim", Function::LTrim),
    ("md5", Function::Md5),
    ("now", Function::Now),
    ("nullif", Function::NullIf),
    ("power", Function::Power),
    ("repeat", Function::Repeat),
    ("replace", Function::Replace),
    ("right", Function::Right),
    ("round", Function::Round),
    ("rpad", Function::RPad),
    ("rtrim", Function::RTrim),
    ("sign", Function::Sign),
    ("sqrt", Function::Sqrt),
    ("substr", Function::Substr),
    ("trim", Function::Trim),
    ("upper", Function::Upper),
    ("uuid4", Function::RandomUuid),
];

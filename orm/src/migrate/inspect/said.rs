//! What stands in a catalogue as SQL (checks, conditions, expressions), as models say it.

use crate::meta::condition::{Condition, Expression, Lookup};
use crate::meta::kind::FieldKind;
use crate::meta::literal::Literal;
use crate::migrate::expression::Scope;
use crate::migrate::read_sql::{Junction, Sql, read};
use crate::migrate::to_schema::kind_of_column;

/// The condition of a text, if a model can say it.
pub(super) fn condition(scope: &Scope<'_>, sql: &str) -> Option<Condition> {
    let condition = condition_of(scope, &read(sql)?)?;
    scope.condition(&condition).is_ok().then_some(condition)
}

/// The expression of a text, if a model can say it.
pub(super) fn expression(scope: &Scope<'_>, sql: &str) -> Option<Expression> {
    let expression = expression_of(scope, &read(sql)?, None)?;
    let is_sayable = scope.expression(&expression, None).is_ok();
    is_sayable.then_some(expression)
}

fn condition_of(scope: &Scope<'_>, sql: &Sql) -> Option<Condition> {
    let all = |parts: &[Sql]| -> Option<Vec<Condition>> {
        parts.iter().map(|part| condition_of(scope, part)).collect()
    };
    Some(match sql {
        Sql::Junction(Junction::And, parts) => Condition::And(all(parts)?),
        Sql::Junction(Junction::Or, parts) => Condition::Or(all(parts)?),
        // A truth value has two complements, and models say the comparison.
        Sql::Not(inner) if kind_of(scope, inner) == Some(FieldKind::Boolean) => {
            Condition::compare(expression_of(scope, inner, None)?, Lookup::Exact, false)
        }
        Sql::Not(inner) => match &**inner {
            Sql::IsNull(inner) => {
                Condition::compare(expression_of(scope, inner, None)?, Lookup::IsNull, false)
            }
            inner => Condition::Not(Box::new(condition_of(scope, inner)?)),
        },
        Sql::IsNull(inner) => {
            Condition::compare(expression_of(scope, inner, None)?, Lookup::IsNull, true)
        }
        Sql::Compare(sign, left, right) => {
            let kind = kind_of(scope, left).or_else(|| kind_of(scope, right));
            Condition::compare(
                expression_of(scope, left, kind)?,
                lookup(sign),
                expression_of(scope, right, kind)?,
            )
        }
        Sql::In(left, members) => {
            let kind = kind_of(scope, left);
            let members = members
                .iter()
                .map(|member| literal(member, kind))
                .collect::<Option<_>>()?;
            Condition::compare(
                expression_of(scope, left, kind)?,
                Lookup::In,
                Literal::List(members),
            )
        }
        Sql::Between(left, low, high) => {
            let kind = kind_of(scope, left);
            let ends = vec![literal(low, kind)?, literal(high, kind)?];
            Condition::compare(
                expression_of(scope, left, kind)?,
                Lookup::Range,
                Literal::List(ends),
            )
        }
        Sql::Column(_) if kind_of(scope, sql) == Some(FieldKind::Boolean) => {
            Condition::compare(expression_of(scope, sql, None)?, Lookup::Exact, true)
        }
        Sql::Cast(inner, _) => condition_of(scope, inner)?,
        _ => return None,
    })
}

fn lookup(sign: &str) -> Lookup {
    match sign {
        "<" => Lookup::Lt,
        "<=" => Lookup::Lte,
        ">" => Lookup::Gt,
        ">=" => Lookup::Gte,
        _ => Lookup::Exact,
    }
}

fn expression_of(scope: &Scope<'_>, sql: &Sql, kind: Option<FieldKind>) -> Option<Expression> {
    Some(match sql {
        Sql::Column(column) => Expression::field(field_name(scope, column)?),
        // A type that the database writes out is that of the column beside it.
        Sql::Cast(inner, _) => expression_of(scope, inner, kind)?,
        Sql::Call(name, args) => {
            let own = args.iter().find_map(|arg| kind_of(scope, arg)).or(kind);
            let args = args
                .iter()
                .map(|arg| expression_of(scope, arg, own))
                .collect::<Option<Vec<_>>>()?;
            let name = match name.as_str() {
                "+" => "add",
                "-" => "sub",
                "*" => "mul",
                "/" => "div",
                "%" => "mod",
                // One database has functions under names of our own.
                name => name.strip_prefix("nuages_").unwrap_or(name),
            };
            Expression::function(name, args)
        }
        Sql::Text(_) | Sql::Number(_) | Sql::Truth(_) => Expression::Literal(literal(sql, kind)?),
        _ => return None,
    })
}

/// A value as the field says it that it is compared with.
fn literal(sql: &Sql, kind: Option<FieldKind>) -> Option<Literal> {
    Some(match (sql, kind) {
        (Sql::Cast(inner, _), _) => literal(inner, kind)?,
        (Sql::Truth(value), _) => Literal::Bool(*value),
        (Sql::Number(number), Some(FieldKind::Boolean)) => Literal::Bool(number != "0"),
        (Sql::Number(number), Some(FieldKind::Decimal)) => Literal::Text(number.clone()),
        (Sql::Number(number), _) => match (number.parse(), number.parse()) {
            (Ok(whole), _) if kind != Some(FieldKind::Float) => Literal::Int(whole),
            (_, Ok(float)) => Literal::Float(float),
            _ => return None,
        },
        (Sql::Text(text), _) => Literal::Text(text.clone()),
        _ => return None,
    })
}

fn field_name(scope: &Scope<'_>, column: &str) -> Option<String> {
    let mut fields = scope.model.columns();
    let field = fields.find(|field| field.column().eq_ignore_ascii_case(column))?;
    Some(field.name.clone())
}

fn kind_of(scope: &Scope<'_>, sql: &Sql) -> Option<FieldKind> {
    match sql {
        Sql::Column(column) => {
            let name = field_name(scope, column)?;
            kind_of_column(scope.state, scope.model.field(&name)?)
        }
        Sql::Cast(inner, _) => kind_of(scope, inner),
        Sql::Call(name, _) if name == "length" => Some(FieldKind::Integer),
        Sql::Call(_, args) => args.iter().find_map(|arg| kind_of(scope, arg)),
        _ => None,
    }
}

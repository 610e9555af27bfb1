//! Conditions and expressions as the closures over a row that a model has in Rust.
//!
//! What the compiler would refuse (values of two types compared with each other, say) gives `None`.

use nuages::meta::condition::{Condition, Expression, Lookup};
use nuages::meta::kind::FieldKind;
use nuages::meta::literal::Literal;
use nuages::migrate::ModelState;
use nuages::migrate::state::FieldState;

use super::base_type;

/// `|p| p.total().gte(0)`
pub(super) fn condition(model: &ModelState, condition: &Condition) -> Option<String> {
    Some(format!("|p| {}", condition_text(model, condition)?))
}

/// `|p| p.title().lower()`
pub(super) fn expression(model: &ModelState, expression: &Expression) -> Option<String> {
    let (text, _) = expression_text(model, expression)?;
    let bare = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    Some(format!("|p| {}", bare.unwrap_or(&text)))
}

/// An expression of an index, which may be descending.
pub(super) fn part(model: &ModelState, part: &Expression) -> Option<String> {
    match part {
        Expression::Function { name, args } if name == "desc" => {
            Some(format!("{}.desc()", expression(model, args.first()?)?))
        }
        part => expression(model, part),
    }
}

fn condition_text(model: &ModelState, condition: &Condition) -> Option<String> {
    let joined = |parts: &[Condition], sign: &str| -> Option<String> {
        let parts: Option<Vec<String>> = parts
            .iter()
            .map(|part| {
                let text = condition_text(model, part)?;
                let is_joined = matches!(part, Condition::And(_) | Condition::Or(_));
                Some(if is_joined { format!("({text})") } else { text })
            })
            .collect();
        Some(parts?.join(sign))
    };
    match condition {
        Condition::And(parts) => joined(parts, " & "),
        Condition::Or(parts) => joined(parts, " | "),
        Condition::Not(inner) => Some(format!("!({})", condition_text(model, inner)?)),
        Condition::Compare {
            left,
            lookup,
            right,
        } => comparison(model, left, *lookup, right),
    }
}

fn comparison(
    model: &ModelState,
    left: &Expression,
    lookup: Lookup,
    right: &Expression,
) -> Option<String> {
    let (subject, ty) = expression_text(model, left)?;
    let list = |right: &Expression| -> Option<Vec<String>> {
        match right {
            Expression::Literal(Literal::List(items)) => {
                items.iter().map(|item| literal_text(item, &ty)).collect()
            }
            _ => None,
        }
    };
    let method = match lookup {
        Lookup::IsNull => {
            let is_null = *right == Expression::Literal(Literal::Bool(true));
            let method = if is_null { "is_null" } else { "is_not_null" };
            return Some(format!("{subject}.{method}()"));
        }
        Lookup::In => return Some(format!("{subject}.in_([{}])", list(right)?.join(", "))),
        Lookup::Range => return Some(format!("{subject}.range({})", list(right)?.join(", "))),
        Lookup::Exact => "eq",
        Lookup::Gt => "gt",
        Lookup::Gte => "gte",
        Lookup::Lt => "lt",
        Lookup::Lte => "lte",
        _ => return None,
    };
    let operand = match right {
        Expression::Literal(literal) => literal_text(literal, &ty)?,
        right => {
            let (text, other) = expression_text(model, right)?;
            (other == ty).then_some(text)?
        }
    };
    Some(format!("{subject}.{method}({operand})"))
}

/// An expression, and the type of its values.
fn expression_text(model: &ModelState, expression: &Expression) -> Option<(String, String)> {
    match expression {
        Expression::Field(name) => {
            let field = model.field(name)?;
            Some((format!("p.{}()", accessor(field)), type_of(field)))
        }
        Expression::Function { name, args } => {
            let (subject, ty) = expression_text(model, args.first()?)?;
            let signs = [("add", "+"), ("sub", "-"), ("mul", "*"), ("mod", "%")];
            let sign = signs.iter().find(|(word, _)| word == name);
            match (sign, args.as_slice()) {
                (Some((_, sign)), [_, right]) => {
                    let operand = match right {
                        Expression::Literal(literal) => literal_text(literal, &ty)?,
                        right => {
                            let (text, other) = expression_text(model, right)?;
                            (other == ty).then_some(text)?
                        }
                    };
                    Some((format!("({subject} {sign} {operand})"), ty))
                }
                (None, [_]) if ty == "String" => {
                    let is_text = ["lower", "upper", "trim", "ltrim", "rtrim"];
                    if name == "length" {
                        return Some((format!("{subject}.length()"), "i32".to_owned()));
                    }
                    is_text
                        .contains(&name.as_str())
                        .then(|| (format!("{subject}.{name}()"), ty))
                }
                _ => None,
            }
        }
        Expression::Literal(_) | Expression::Condition(_) => None,
    }
}

/// What reads the column of a field.
fn accessor(field: &FieldState) -> String {
    match &field.relation {
        Some(_) => format!("{}_id", field.name),
        None => field.name.clone(),
    }
}

fn type_of(field: &FieldState) -> String {
    let output = field.generated.as_ref().map(|generated| &generated.output);
    let field = output.unwrap_or(field);
    match field.kind {
        // Compared with nothing but itself.
        FieldKind::ForeignKey | FieldKind::OneToOne => format!("the key of {:?}", field.to()),
        _ => base_type(field),
    }
}

/// A value as Rust writes one of a type.
fn literal_text(literal: &Literal, ty: &str) -> Option<String> {
    Some(match (literal, ty) {
        (Literal::Bool(value), "bool") => value.to_string(),
        (Literal::Int(number), "u16" | "u32" | "u64") if *number < 0 => return None,
        (Literal::Int(number), "i16" | "i32" | "i64" | "u16" | "u32" | "u64") => number.to_string(),
        (Literal::Int(number), "f64") => format!("{number}.0"),
        (Literal::Float(number), "f64") => format!("{number:?}"),
        (Literal::Text(text), "String") => format!("{text:?}"),
        (Literal::Text(number), "rust_decimal::Decimal") => {
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
            format!("rust_decimal::Decimal::new({digits}, {})", fraction.len())
        }
        _ => return None,
    })
}

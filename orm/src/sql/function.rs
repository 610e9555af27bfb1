//! Functions under the names that most databases give them.

use super::Writer;
use crate::ast::Expr;
use crate::ast::Function;
use crate::error::{Error, Result};

/// The name that most databases know a function by; none where there is no such name.
pub fn name_of(function: Function) -> Option<&'static str> {
    use Function as F;
    Some(match function {
        F::Coalesce => "COALESCE",
        F::NullIf => "NULLIF",
        F::Greatest => "GREATEST",
        F::Least => "LEAST",
        F::Concat => "CONCAT",
        F::Lower => "LOWER",
        F::Upper => "UPPER",
        F::Length => "LENGTH",
        F::Substr => "SUBSTR",
        F::Trim => "TRIM",
        F::LTrim => "LTRIM",
        F::RTrim => "RTRIM",
        F::Replace => "REPLACE",
        F::Left => "LEFT",
        F::Right => "RIGHT",
        F::LPad => "LPAD",
        F::RPad => "RPAD",
        F::Repeat => "REPEAT",
        F::Reverse => "REVERSE",
        F::StrIndex => "STRPOS",
        F::Chr => "CHR",
        F::Ord => "ASCII",
        F::Md5 => "MD5",
        F::Abs => "ABS",
        F::Acos => "ACOS",
        F::Asin => "ASIN",
        F::Atan => "ATAN",
        F::Atan2 => "ATAN2",
        F::Ceil => "CEIL",
        F::Cos => "COS",
        F::Cot => "COT",
        F::Degrees => "DEGREES",
        F::Exp => "EXP",
        F::Floor => "FLOOR",
        F::Ln => "LN",
        F::Log => "LOG",
        F::Mod => "MOD",
        F::Pi => "PI",
        F::Power => "POWER",
        F::Radians => "RADIANS",
        F::Random => "RANDOM",
        F::Round => "ROUND",
        F::Sign => "SIGN",
        F::Sin => "SIN",
        F::Sqrt => "SQRT",
        F::Tan => "TAN",
        F::Sha1
        | F::Sha224
        | F::Sha256
        | F::Sha384
        | F::Sha512
        | F::Now
        | F::RandomUuid
        | F::JsonObject
        | F::JsonArray => return None,
    })
}

/// How few and how many arguments a function takes.
fn arity(function: Function) -> (usize, usize) {
    use Function as F;
    match function {
        F::Pi | F::Random | F::Now | F::RandomUuid => (0, 0),
        F::Coalesce | F::Greatest | F::Least | F::Concat => (1, usize::MAX),
        F::JsonObject | F::JsonArray => (0, usize::MAX),
        F::NullIf
        | F::Left
        | F::Right
        | F::Repeat
        | F::StrIndex
        | F::Atan2
        | F::Log
        | F::Mod
        | F::Power => (2, 2),
        F::Substr => (2, 3),
        F::Replace | F::LPad | F::RPad => (3, 3),
        F::Round => (1, 2),
        _ => (1, 1),
    }
}

/// Checks the number of arguments, so that templates find theirs.
///
/// # Errors
/// `InvalidQuery`, where it is wrong.
pub(super) fn check(function: Function, arguments: &[Expr]) -> Result<()> {
    let (least, most) = arity(function);
    let count = arguments.len();
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let takes = if least == most {
        least.to_string()
    } else {
        format!("at least {least}")
    };
    Err(Error::query(format!(
        "{function:?} takes {takes} arguments, and was given {count}"
    )))
}

/// A function under the name that most databases know it by.
///
/// # Errors
/// `Unsupported`, where there is no such name.
pub fn function(w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
    match name_of(function) {
        Some(name) => call(w, name, arguments),
        None => Err(w.unsupported(format!("the function {function:?}"))),
    }
}

/// `name(arguments)`.
///
/// # Errors
/// `Unsupported`, where an argument lacks.
pub fn call(w: &mut Writer<'_>, name: &str, arguments: &[Expr]) -> Result<()> {
    w.push(name);
    w.push("(");
    w.exprs(arguments)?;
    w.push(")");
    Ok(())
}

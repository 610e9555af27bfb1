//! How SQLite departs from the standard: it has few functions, so the connection brings some (`functions.rs`), and no
//! types of dates and times, so these are text that sorts: `2026-03-01`, `12:00:00`, `2026-03-01 12:00:00.000001`,
//! the fraction left out where it is zero.

use super::features::FEATURES;
use super::json;
use super::moment;
use crate::ast::{
    Aggregate, AggregateFunction, Arithmetic, CastType, Comparison, DatePart, Domain, Expr,
    Function, JsonOp, ListParam, Literal, Match, MatchKind, Slice, Spread, TemporalOp, TruncUnit,
};
use crate::error::Result;
use crate::sql::{
    ArithmeticOf, Clock, Deferral, Dialect, Features, Moment, Transform, Version, Writer, standard,
};
use crate::value::ValueType;

/// The dialect of SQLite at a version.
pub fn dialect(version: Version) -> &'static dyn Dialect {
    if version < SQLITE_3_44.version {
        &SQLITE_3_37
    } else {
        &SQLITE_3_44
    }
}

/// SQLite.
#[derive(Debug)]
pub struct SqliteDialect {
    version: Version,
    key: &'static str,
}

static SQLITE_3_37: SqliteDialect = SqliteDialect {
    version: Version::new(3, 37, 0),
    key: "sqlite-3.37",
};

/// Has ORDER BY within aggregates.
static SQLITE_3_44: SqliteDialect = SqliteDialect {
    version: Version::new(3, 44, 0),
    key: "sqlite-3.44",
};

impl Dialect for SqliteDialect {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn key(&self) -> &'static str {
        self.key
    }

    fn version(&self) -> Version {
        self.version
    }

    fn features(&self) -> &Features {
        &FEATURES
    }

    /// `defer_foreign_keys = OFF` forgets the violations that are there by then, so that only the end of the transaction,
    /// which tells them, ends it.
    fn defer_foreign_keys(&self) -> Option<Deferral> {
        Some(Deferral {
            begin: "PRAGMA defer_foreign_keys = ON",
            end: None,
        })
    }

    /// `sqlite_sequence` is there once a table with AUTOINCREMENT is.
    fn empty_tables(&self, tables: &[String], numbered: &[String]) -> String {
        let mut statements: Vec<String> = tables
            .iter()
            .map(|table| format!("DELETE FROM {}", self.quoted(table)))
            .collect();
        if !numbered.is_empty() {
            let names: Vec<String> = numbered.iter().map(|name| self.quoted_text(name)).collect();
            let names = names.join(", ");
            statements.push(format!(
                "DELETE FROM sqlite_sequence WHERE name IN ({names})"
            ));
        }
        statements.join("; ")
    }

    fn explain(&self) -> &'static str {
        "EXPLAIN QUERY PLAN"
    }

    fn placeholder(&self, sql: &mut String, nth: usize) {
        sql.push('?');
        sql.push_str(&nth.to_string());
    }

    fn encoding(&self, value_type: ValueType) -> Transform {
        // Text would compare with a computed number by type, not by value.
        if value_type == ValueType::Decimal {
            Transform::Number
        } else {
            Transform::AsIs
        }
    }

    fn cast(&self, w: &mut Writer<'_>, value: &Expr, to: CastType) -> Result<()> {
        let template = match to {
            CastType::Boolean => "CAST({0} AS INTEGER) <> 0",
            CastType::Integer | CastType::BigInteger => "CAST({0} AS INTEGER)",
            CastType::Duration => "NUAGES_ROUND({0}, 0)",
            CastType::Float => "CAST({0} AS REAL)",
            CastType::Text | CastType::Inet => "CAST({0} AS TEXT)",
            CastType::Char(length) => {
                return w.template(
                    &format!("SUBSTR(CAST({{0}} AS TEXT), 1, {length})"),
                    &[value],
                );
            }
            CastType::Binary => "CAST({0} AS BLOB)",
            CastType::Date => "SUBSTR({0}, 1, 10)",
            CastType::Time => "CASE WHEN SUBSTR({0}, 5, 1) = '-' THEN SUBSTR({0}, 12) ELSE {0} END",
            CastType::DateTime => {
                "CASE LENGTH({0}) WHEN 10 THEN {0} || ' 00:00:00' ELSE REPLACE({0}, 'T', ' ') END"
            }
            CastType::Uuid => "LOWER(REPLACE({0}, '-', ''))",
            CastType::Json => "JSON({0})",
            CastType::Decimal { digits: None, .. } => "NUAGES_ROUND({0}, NULL)",
            CastType::Decimal { places, .. } => {
                return w.template(&format!("NUAGES_ROUND({{0}}, {places})"), &[value]);
            }
        };
        w.push(if to == CastType::Boolean { "(" } else { "" });
        w.template(template, &[value])?;
        w.push(if to == CastType::Boolean { ")" } else { "" });
        Ok(())
    }

    fn arithmetic(&self, w: &mut Writer<'_>, operation: &ArithmeticOf<'_>) -> Result<()> {
        let sides = [operation.left, operation.right];
        if operation.domain == Domain::Decimal {
            let template = match operation.op {
                Arithmetic::Add => "NUAGES_DECIMAL('+', {0}, {1})",
                Arithmetic::Subtract => "NUAGES_DECIMAL('-', {0}, {1})",
                Arithmetic::Multiply => "NUAGES_DECIMAL('*', {0}, {1})",
                Arithmetic::Divide => "NUAGES_DECIMAL('/', {0}, {1})",
                Arithmetic::Modulo => "NUAGES_DECIMAL('%', {0}, {1})",
                Arithmetic::Power => "NUAGES_POWER({0}, {1})",
                other => return Err(w.unsupported(format!("{other:?} of decimals"))),
            };
            return w.template(template, &sides);
        }
        match (operation.op, operation.domain) {
            (Arithmetic::Divide, Domain::Float) => w.template("CAST({0} AS REAL) / {1}", &sides),
            (Arithmetic::Modulo, Domain::Float) => w.template("NUAGES_FMOD({0}, {1})", &sides),
            (Arithmetic::Power, _) => w.template("NUAGES_POWER({0}, {1})", &sides),
            (Arithmetic::BitXor, _) => w.template("(({0} | {1}) - ({0} & {1}))", &sides),
            _ => standard::arithmetic(w, operation),
        }
    }

    fn compare(&self, w: &mut Writer<'_>, op: Comparison, left: &Expr, right: &Expr) -> Result<()> {
        match op {
            // The standard's words came with 3.39.
            Comparison::NotDistinct => standard::operator(w, left, " IS ", right),
            Comparison::Distinct => standard::operator(w, left, " IS NOT ", right),
            _ => standard::compare(w, op, left, right),
        }
    }

    fn in_list(
        &self,
        w: &mut Writer<'_>,
        value: &Expr,
        list: ListParam,
        negated: bool,
    ) -> Result<()> {
        w.atom(value)?;
        w.push(if negated {
            " NOT IN (SELECT "
        } else {
            " IN (SELECT "
        });
        w.push(if list.element == ValueType::Bytes {
            "NUAGES_UNHEX(value)"
        } else {
            "value"
        });
        w.push(" FROM JSON_EACH(");
        w.list_param(list);
        w.push("))");
        Ok(())
    }

    fn in_rows(&self, w: &mut Writer<'_>, rows: &[Expr]) -> Result<()> {
        w.push("(VALUES ");
        w.exprs(rows)?;
        w.push(")");
        Ok(())
    }

    fn matching(&self, w: &mut Writer<'_>, matching: &Match) -> Result<()> {
        self::matching(w, matching)
    }

    fn regex(
        &self,
        w: &mut Writer<'_>,
        subject: &Expr,
        pattern: &Expr,
        insensitive: bool,
    ) -> Result<()> {
        w.atom(subject)?;
        w.push(" REGEXP ");
        match pattern {
            Expr::Param(param) if insensitive => {
                w.transformed(*param, Transform::Prefixed("(?i)"));
                Ok(())
            }
            _ if insensitive => w.template("('(?i)' || {0})", &[pattern]),
            _ => w.atom(pattern),
        }
    }

    fn function(&self, w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
        self::function(w, function, arguments)
    }

    fn extract(&self, w: &mut Writer<'_>, part: DatePart, moment: &Moment<'_>) -> Result<()> {
        moment::extract(w, part, moment)
    }

    fn truncate(&self, w: &mut Writer<'_>, unit: TruncUnit, moment: &Moment<'_>) -> Result<()> {
        moment::truncate(w, unit, moment)
    }

    fn clock(&self, w: &mut Writer<'_>, half: Clock, moment: &Moment<'_>) -> Result<()> {
        moment::clock(w, half, moment)
    }

    fn temporal(
        &self,
        w: &mut Writer<'_>,
        op: TemporalOp,
        left: &Moment<'_>,
        right: &Expr,
    ) -> Result<()> {
        moment::arithmetic(w, op, left, right)
    }

    fn json(&self, w: &mut Writer<'_>, document: &Expr, op: &JsonOp) -> Result<()> {
        json::look(w, document, op)
    }

    fn aggregate(&self, w: &mut Writer<'_>, aggregate: &Aggregate) -> Result<()> {
        if !aggregate.order_by.is_empty() && self.version < SQLITE_3_44.version {
            return Err(w.unsupported("ORDER BY within an aggregate before version 3.44"));
        }
        let call =
            |w: &mut Writer<'_>, name| standard::aggregate_call(w, name, aggregate, ["", ""]);
        match &aggregate.function {
            AggregateFunction::ExactSum => call(w, "NUAGES_DECIMAL_SUM"),
            AggregateFunction::ExactAvg => call(w, "NUAGES_DECIMAL_AVG"),
            AggregateFunction::StdDev(Spread::Population) => call(w, "NUAGES_STDDEV_POP"),
            AggregateFunction::StdDev(Spread::Sample) => call(w, "NUAGES_STDDEV_SAMP"),
            AggregateFunction::Variance(Spread::Population) => call(w, "NUAGES_VAR_POP"),
            AggregateFunction::Variance(Spread::Sample) => call(w, "NUAGES_VAR_SAMP"),
            AggregateFunction::AnyValue | AggregateFunction::BoolAnd => call(w, "MIN"),
            AggregateFunction::BoolOr => call(w, "MAX"),
            AggregateFunction::BitAnd => call(w, "NUAGES_BIT_AND"),
            AggregateFunction::BitOr => call(w, "NUAGES_BIT_OR"),
            AggregateFunction::BitXor => call(w, "NUAGES_BIT_XOR"),
            AggregateFunction::JsonArrayAgg => call(w, "JSON_GROUP_ARRAY"),
            // With DISTINCT it takes one argument only, and the separator is a comma.
            AggregateFunction::StringAgg(separator) if aggregate.distinct && separator == "," => {
                call(w, "GROUP_CONCAT")
            }
            AggregateFunction::StringAgg(_) if aggregate.distinct => {
                Err(w.unsupported("distinct texts joined by anything but a comma"))
            }
            AggregateFunction::StringAgg(separator) => {
                let mut extra = String::from(", ");
                self.string(&mut extra, separator);
                standard::aggregate_call(w, "GROUP_CONCAT", aggregate, [&extra, ""])
            }
            _ => standard::aggregate(w, aggregate),
        }
    }

    fn slice(&self, w: &mut Writer<'_>, slice: &Slice) -> Result<()> {
        match slice.limit {
            // A limit that is a bare placeholder is one whose value the planner reads: it would plan the statement anew
            // for each run.
            Some(limit) => {
                w.push(" LIMIT ");
                w.param(limit);
                w.push(" + 0");
            }
            // There is no OFFSET without LIMIT; a negative one is none.
            None if slice.offset.is_some() => w.push(" LIMIT -1"),
            None => {}
        }
        let offset = slice.offset;
        standard::slice(
            w,
            &Slice {
                limit: None,
                offset,
            },
        );
        Ok(())
    }
}

/// LIKE ignores the case of ASCII letters and no others, and with a bound pattern a statement is prepared again for
/// each; so text is searched with functions, and a beginning by the range that an index has.
fn matching(w: &mut Writer<'_>, matching: &Match) -> Result<()> {
    let Match {
        kind,
        insensitive,
        subject,
        pattern,
    } = matching;
    if let (MatchKind::StartsWith, false, Expr::Param(param)) = (kind, insensitive, pattern) {
        w.push("(");
        w.template("{0} COLLATE BINARY >= ", &[subject])?;
        w.param(*param);
        w.template(" AND {0} COLLATE BINARY < ", &[subject])?;
        w.transformed(*param, Transform::PrefixEnd);
        w.push(")");
        return Ok(());
    }
    let text = |w: &mut Writer<'_>, text: &Expr| match text {
        Expr::Param(param) if *insensitive => {
            w.transformed(*param, Transform::Fold);
            Ok(())
        }
        _ if *insensitive => w.template("NUAGES_FOLD({0})", &[text]),
        _ => w.atom(text),
    };
    let mut parts = |before: &str, between: &str, sides: [&Expr; 2]| {
        w.push(before);
        text(w, sides[0])?;
        w.push(between);
        text(w, sides[1])
    };
    let (subject, pattern) = (subject, pattern);
    match kind {
        MatchKind::Exact => parts("", " = ", [subject, pattern]),
        MatchKind::Contains => {
            parts("INSTR(", ", ", [subject, pattern])?;
            w.push(") > 0");
            Ok(())
        }
        MatchKind::StartsWith => {
            parts("SUBSTR(", ", 1, LENGTH(", [subject, pattern])?;
            w.push(")) = ");
            text(w, pattern)
        }
        MatchKind::EndsWith => {
            parts("SUBSTR(", ", LENGTH(", [subject, subject])?;
            w.push(") - LENGTH(");
            text(w, pattern)?;
            w.push(") + 1) = ");
            text(w, pattern)
        }
    }
}

fn function(w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
    use Function as F;
    let all: Vec<&Expr> = arguments.iter().collect();
    let template = match function {
        F::Greatest => return extreme(w, "MAX", arguments),
        F::Least => return extreme(w, "MIN", arguments),
        F::Concat => return concat(w, arguments),
        F::Lower => "NUAGES_LOWER({0})",
        F::Upper => "NUAGES_UPPER({0})",
        F::Left => "SUBSTR({0}, 1, {1})",
        F::Right => "SUBSTR({0}, MAX(1, LENGTH({0}) - {1} + 1))",
        F::LPad => "NUAGES_LPAD({0}, {1}, {2})",
        F::RPad => "NUAGES_RPAD({0}, {1}, {2})",
        F::Repeat => "NUAGES_REPEAT({0}, {1})",
        F::Reverse => "NUAGES_REVERSE({0})",
        F::StrIndex => "INSTR({0}, {1})",
        F::Chr => "CHAR({0})",
        F::Ord => "CASE WHEN {0} = '' THEN 0 ELSE UNICODE({0}) END",
        F::Md5 => "NUAGES_MD5({0})",
        F::Sha1 => "NUAGES_SHA1({0})",
        F::Sha224 => "NUAGES_SHA224({0})",
        F::Sha256 => "NUAGES_SHA256({0})",
        F::Sha384 => "NUAGES_SHA384({0})",
        F::Sha512 => "NUAGES_SHA512({0})",
        F::Acos => "NUAGES_ACOS({0})",
        F::Asin => "NUAGES_ASIN({0})",
        F::Atan => "NUAGES_ATAN({0})",
        F::Atan2 => "NUAGES_ATAN2({0}, {1})",
        F::Ceil => "NUAGES_CEIL({0})",
        F::Cos => "NUAGES_COS({0})",
        F::Cot => "NUAGES_COT({0})",
        F::Degrees => "NUAGES_DEGREES({0})",
        F::Exp => "NUAGES_EXP({0})",
        F::Floor => "NUAGES_FLOOR({0})",
        F::Ln => "NUAGES_LN({0})",
        F::Log => "NUAGES_LOG({0}, {1})",
        F::Mod => "NUAGES_FMOD({0}, {1})",
        F::Pi => "3.141592653589793",
        F::Power => "NUAGES_POWER({0}, {1})",
        F::Radians => "NUAGES_RADIANS({0})",
        F::Round if arguments.len() == 1 => "NUAGES_ROUND({0}, 0)",
        F::Round => "NUAGES_ROUND({0}, {1})",
        F::Sign => "NUAGES_SIGN({0})",
        F::Sin => "NUAGES_SIN({0})",
        F::Sqrt => "NUAGES_SQRT({0})",
        F::Tan => "NUAGES_TAN({0})",
        F::Random => "(ABS(RANDOM() % 9007199254740992) / 9007199254740992.0)",
        // Milliseconds, in the form of six digits: it is also a column's default, where no function of ours is known.
        F::Now => "STRFTIME('%Y-%m-%d %H:%M:%f000', 'now')",
        F::RandomUuid => {
            "LOWER(HEX(RANDOMBLOB(6)) || '4' || SUBSTR(HEX(RANDOMBLOB(2)), 2) \
             || SUBSTR('89ab', 1 + (RANDOM() & 3), 1) || SUBSTR(HEX(RANDOMBLOB(8)), 2))"
        }
        F::JsonObject => return standard::call(w, "JSON_OBJECT", arguments),
        F::JsonArray => return standard::call(w, "JSON_ARRAY", arguments),
        F::Coalesce if arguments.len() == 1 => "{0}",
        _ => return standard::function(w, function, arguments),
    };
    w.template(template, &all)
}

/// MAX and MIN of several values are NULL if one is: each is replaced by the first of the others that is not.
fn extreme(w: &mut Writer<'_>, name: &str, arguments: &[Expr]) -> Result<()> {
    let [one] = arguments else {
        w.push(name);
        for first in 0..arguments.len() {
            w.push(if first == 0 {
                "(COALESCE("
            } else {
                ", COALESCE("
            });
            w.exprs(arguments[first..].iter().chain(&arguments[..first]))?;
            w.push(")");
        }
        w.push(")");
        return Ok(());
    };
    w.atom(one)
}

fn concat(w: &mut Writer<'_>, arguments: &[Expr]) -> Result<()> {
    w.push("(");
    for (nth, argument) in arguments.iter().enumerate() {
        w.push(if nth == 0 { "" } else { " || " });
        match argument {
            Expr::Literal(Literal::Text(_)) => w.expr(argument)?,
            _ => w.template("COALESCE({0}, '')", &[argument])?,
        }
    }
    w.push(")");
    Ok(())
}

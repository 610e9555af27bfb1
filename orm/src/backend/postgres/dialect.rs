//! How PostgreSQL departs from the standard: its types are strict, its integers have widths, its instants have zones.

use super::features::FEATURES;
use crate::ast::{
    Aggregate, AggregateFunction, Arithmetic, DatePart, Domain, Expr, Function, JsonOp, JsonStep,
    Literal, Temporal, TemporalOp, TruncUnit,
};
use crate::error::Result;
use crate::sql::{
    ArithmeticOf, Clock, Deferral, Dialect, Features, Moment, Version, Writer, standard,
};

/// The dialect of PostgreSQL at a version.
pub fn dialect(version: Version) -> &'static dyn Dialect {
    if version.major < 16 {
        &POSTGRES_14
    } else {
        &POSTGRES_16
    }
}

/// PostgreSQL.
#[derive(Debug)]
pub struct PostgresDialect {
    version: Version,
    key: &'static str,
}

static POSTGRES_14: PostgresDialect = PostgresDialect {
    version: Version::new(14, 0, 0),
    key: "postgres-14",
};

/// Has `ANY_VALUE`.
static POSTGRES_16: PostgresDialect = PostgresDialect {
    version: Version::new(16, 0, 0),
    key: "postgres-16",
};

impl Dialect for PostgresDialect {
    fn name(&self) -> &'static str {
        "PostgreSQL"
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

    fn defer_foreign_keys(&self) -> Option<Deferral> {
        Some(Deferral {
            begin: "SET CONSTRAINTS ALL DEFERRED",
            end: Some("SET CONSTRAINTS ALL IMMEDIATE"),
        })
    }

    fn follow_keys(&self, table: &str, column: &str) -> Option<String> {
        // The function takes the table as it is written in SQL, and the column as it is called.
        let (column_text, table, column) = (
            self.quoted_text(column),
            self.quoted(table),
            self.quoted(column),
        );
        let table_text = self.quoted_text(&table);
        Some(format!(
            "SELECT setval(pg_get_serial_sequence({table_text}, {column_text}), coalesce(max({column}), 1), \
             max({column}) IS NOT NULL) FROM {table}"
        ))
    }

    /// One statement, since tables that refer to each other are emptied together or not at all.
    fn empty_tables(&self, tables: &[String], _numbered: &[String]) -> String {
        let tables: Vec<String> = tables.iter().map(|table| self.quoted(table)).collect();
        format!("TRUNCATE {} RESTART IDENTITY", tables.join(", "))
    }

    fn placeholder(&self, sql: &mut String, nth: usize) {
        sql.push('$');
        sql.push_str(&nth.to_string());
    }

    fn count(&self, w: &mut Writer<'_>, count: &Expr) -> Result<()> {
        // Counts are 32 bits wide, and nothing is narrowed by itself.
        match count {
            Expr::Literal(Literal::Int(_)) => w.expr(count),
            _ => w.template("CAST({0} AS integer)", &[count]),
        }
    }

    fn arithmetic(&self, w: &mut Writer<'_>, operation: &ArithmeticOf<'_>) -> Result<()> {
        let sides = [operation.left, operation.right];
        match (operation.op, operation.domain) {
            (Arithmetic::Divide, Domain::Float) => {
                w.template("CAST({0} AS double precision) / {1}", &sides)
            }
            // There is no remainder of floats.
            (Arithmetic::Modulo, Domain::Float) => {
                w.template("({0} - {1} * TRUNC({0} / {1}))", &sides)
            }
            // Of integers, POWER is a float, which holds 53 bits.
            (Arithmetic::Power, Domain::Integer) => {
                w.template("CAST(POWER(CAST({0} AS numeric), {1}) AS bigint)", &sides)
            }
            (Arithmetic::BitXor, _) => w.template("({0} # {1})", &sides),
            (Arithmetic::ShiftLeft, _) => w.template("({0} << CAST({1} AS integer))", &sides),
            (Arithmetic::ShiftRight, _) => w.template("({0} >> CAST({1} AS integer))", &sides),
            _ => standard::arithmetic(w, operation),
        }
    }

    fn regex(
        &self,
        w: &mut Writer<'_>,
        subject: &Expr,
        pattern: &Expr,
        insensitive: bool,
    ) -> Result<()> {
        standard::operator(
            w,
            subject,
            if insensitive { " ~* " } else { " ~ " },
            pattern,
        )
    }

    fn function(&self, w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
        use Function as F;
        let all: Vec<&Expr> = arguments.iter().collect();
        match function {
            // The counts of text functions are 32 bits wide.
            F::Substr | F::Left | F::Right | F::Repeat => narrow_counts(w, function, arguments, 1),
            F::LPad | F::RPad => narrow_counts(w, function, arguments, 1),
            F::Chr => narrow_counts(w, function, arguments, 0),
            // ROUND of a float takes halves to the even neighbour, and no places.
            F::Round if arguments.len() == 1 => w.template("ROUND(CAST({0} AS numeric))", &all),
            F::Round => w.template("ROUND(CAST({0} AS numeric), CAST({1} AS integer))", &all),
            F::Log => w.template(
                "CAST(LOG(CAST({0} AS numeric), CAST({1} AS numeric)) AS double precision)",
                &all,
            ),
            F::Mod => w.template(
                "({0} - {1} * TRUNC(CAST({0} AS double precision) / {1}))",
                &all,
            ),
            // pgcrypto's: the core has no SHA-1.
            F::Sha1 => w.template("ENCODE(DIGEST({0}, 'sha1'), 'hex')", &all),
            F::Sha224 => w.template("ENCODE(SHA224(CONVERT_TO({0}, 'UTF8')), 'hex')", &all),
            F::Sha256 => w.template("ENCODE(SHA256(CONVERT_TO({0}, 'UTF8')), 'hex')", &all),
            F::Sha384 => w.template("ENCODE(SHA384(CONVERT_TO({0}, 'UTF8')), 'hex')", &all),
            F::Sha512 => w.template("ENCODE(SHA512(CONVERT_TO({0}, 'UTF8')), 'hex')", &all),
            F::Now => standard::call(w, "STATEMENT_TIMESTAMP", arguments),
            F::RandomUuid => standard::call(w, "GEN_RANDOM_UUID", arguments),
            F::JsonObject => standard::call(w, "JSONB_BUILD_OBJECT", arguments),
            F::JsonArray => standard::call(w, "JSONB_BUILD_ARRAY", arguments),
            _ => standard::function(w, function, arguments),
        }
    }

    fn extract(&self, w: &mut Writer<'_>, part: DatePart, moment: &Moment<'_>) -> Result<()> {
        let (field, correction) = match part {
            DatePart::Year => ("YEAR", ""),
            DatePart::IsoYear => ("ISOYEAR", ""),
            DatePart::Quarter => ("QUARTER", ""),
            DatePart::Month => ("MONTH", ""),
            DatePart::Week => ("WEEK", ""),
            DatePart::WeekDay => ("DOW", " + 1"),
            DatePart::IsoWeekDay => ("ISODOW", ""),
            DatePart::Day => ("DAY", ""),
            DatePart::Hour => ("HOUR", ""),
            DatePart::Minute => ("MINUTE", ""),
            DatePart::Second => ("SECOND", ""),
        };
        w.push(if part == DatePart::Second {
            "CAST(FLOOR(EXTRACT("
        } else {
            "CAST(EXTRACT("
        });
        w.push(field);
        w.push(" FROM ");
        local(w, moment)?;
        w.push(if part == DatePart::Second { "))" } else { ")" });
        w.push(correction);
        w.push(" AS bigint)");
        Ok(())
    }

    fn truncate(&self, w: &mut Writer<'_>, unit: TruncUnit, moment: &Moment<'_>) -> Result<()> {
        let unit = match unit {
            TruncUnit::Year => "'year', ",
            TruncUnit::Quarter => "'quarter', ",
            TruncUnit::Month => "'month', ",
            TruncUnit::Week => "'week', ",
            TruncUnit::Day => "'day', ",
            TruncUnit::Hour => "'hour', ",
            TruncUnit::Minute => "'minute', ",
            TruncUnit::Second => "'second', ",
        };
        w.push(match moment.kind {
            Temporal::Date | Temporal::Time => "CAST(DATE_TRUNC(",
            Temporal::DateTime => "(DATE_TRUNC(",
        });
        w.push(unit);
        match moment.kind {
            Temporal::Date => w.template("CAST({0} AS timestamp)) AS date)", &[moment.expr]),
            Temporal::Time => w.template("{0}) AS time)", &[moment.expr]),
            Temporal::DateTime => {
                local(w, moment)?;
                w.push(") AT TIME ZONE ");
                zone(w, moment);
                w.push(")");
                Ok(())
            }
        }
    }

    fn clock(&self, w: &mut Writer<'_>, half: Clock, moment: &Moment<'_>) -> Result<()> {
        w.push("CAST(");
        local(w, moment)?;
        w.push(match half {
            Clock::Date => " AS date)",
            Clock::Time => " AS time)",
        });
        Ok(())
    }

    fn temporal(
        &self,
        w: &mut Writer<'_>,
        op: TemporalOp,
        left: &Moment<'_>,
        right: &Expr,
    ) -> Result<()> {
        let template = match (op, left.kind) {
            // A date plus an interval is a timestamp without a zone.
            (TemporalOp::Add, Temporal::Date) => {
                "(CAST({0} AS timestamp) + {1}) AT TIME ZONE 'UTC'"
            }
            (TemporalOp::Subtract, Temporal::Date) => {
                "(CAST({0} AS timestamp) - {1}) AT TIME ZONE 'UTC'"
            }
            // The difference of two dates is a number of days.
            (TemporalOp::Difference, Temporal::Date) => "({0} - {1}) * INTERVAL '1 day'",
            (TemporalOp::Add, _) => "{0} + {1}",
            (TemporalOp::Subtract | TemporalOp::Difference, _) => "{0} - {1}",
        };
        w.template(template, &[left.expr, right])
    }

    fn json(&self, w: &mut Writer<'_>, document: &Expr, op: &JsonOp) -> Result<()> {
        match op {
            JsonOp::Extract(path) => steps(w, document, path, false),
            JsonOp::ExtractText(path) => steps(w, document, path, true),
            JsonOp::Exists(path) => {
                grouped(w, |w| steps(w, document, path, false))?;
                w.push(" IS NOT NULL");
                Ok(())
            }
            JsonOp::IsJsonNull(path) => {
                grouped(w, |w| steps(w, document, path, false))?;
                w.push(" IS NOT DISTINCT FROM CAST('null' AS jsonb)");
                Ok(())
            }
            JsonOp::Equals(other) => w.template("{0} = {1}", &[document, other]),
            JsonOp::Contains(other) => w.template("{0} @> {1}", &[document, other]),
            JsonOp::ContainedBy(other) => w.template("{0} <@ {1}", &[document, other]),
            JsonOp::ArrayLength => w.template(
                "CASE WHEN JSONB_TYPEOF({0}) = 'array' THEN CAST(JSONB_ARRAY_LENGTH({0}) AS bigint) END",
                &[document],
            ),
        }
    }

    fn aggregate(&self, w: &mut Writer<'_>, aggregate: &Aggregate) -> Result<()> {
        let call =
            |w: &mut Writer<'_>, name| standard::aggregate_call(w, name, aggregate, ["", ""]);
        match &aggregate.function {
            AggregateFunction::AnyValue if self.version.major < 16 => {
                let mut filled = aggregate.clone();
                let not_null = aggregate.argument.clone().map(Expr::is_not_null);
                filled.filter = Some(Expr::And(
                    aggregate
                        .filter
                        .clone()
                        .into_iter()
                        .chain(not_null)
                        .collect(),
                ));
                w.push("(");
                standard::aggregate_call(w, "ARRAY_AGG", &filled, ["", ""])?;
                w.push(")[1]");
                Ok(())
            }
            AggregateFunction::AnyValue => call(w, "ANY_VALUE"),
            AggregateFunction::StringAgg(separator) => {
                let mut extra = String::from(", ");
                self.string(&mut extra, separator);
                standard::aggregate_call(w, "STRING_AGG", aggregate, [&extra, ""])
            }
            AggregateFunction::ArrayAgg => call(w, "ARRAY_AGG"),
            AggregateFunction::JsonArrayAgg => call(w, "JSONB_AGG"),
            AggregateFunction::BoolAnd => call(w, "BOOL_AND"),
            AggregateFunction::BoolOr => call(w, "BOOL_OR"),
            AggregateFunction::BitAnd => call(w, "BIT_AND"),
            AggregateFunction::BitOr => call(w, "BIT_OR"),
            AggregateFunction::BitXor => call(w, "BIT_XOR"),
            _ => standard::aggregate(w, aggregate),
        }
    }
}

/// A date or a time as it is seen in its zone: an instant as a timestamp without one.
fn local(w: &mut Writer<'_>, moment: &Moment<'_>) -> Result<()> {
    w.atom(moment.expr)?;
    if moment.kind == Temporal::DateTime {
        w.push(" AT TIME ZONE ");
        zone(w, moment);
    }
    Ok(())
}

fn zone(w: &mut Writer<'_>, moment: &Moment<'_>) {
    match (moment.zone_beyond_utc(), moment.offset_minutes()) {
        (None, _) => w.push("'UTC'"),
        // As text, an offset would be read the other way round, as POSIX has it.
        (Some(offset), Some(_)) => {
            w.push("INTERVAL ");
            w.string(offset);
        }
        (Some(name), None) => w.string(name),
    }
}

fn narrow_counts(
    w: &mut Writer<'_>,
    function: Function,
    arguments: &[Expr],
    from: usize,
) -> Result<()> {
    w.push(standard::name_of(function).unwrap_or_default());
    w.push("(");
    for (nth, argument) in arguments.iter().enumerate() {
        w.push(if nth == 0 { "" } else { ", " });
        let fill = matches!(function, Function::LPad | Function::RPad) && nth == 2;
        if nth < from || fill {
            w.expr(argument)?;
        } else {
            w.dialect().count(w, argument)?;
        }
    }
    w.push(")");
    Ok(())
}

fn steps(w: &mut Writer<'_>, document: &Expr, path: &[JsonStep], as_text: bool) -> Result<()> {
    w.atom(document)?;
    if path.is_empty() && as_text {
        // The text of the document itself, without a string's quotes.
        w.push(" #>> '{}'");
    }
    for (nth, step) in path.iter().enumerate() {
        w.push(if as_text && nth + 1 == path.len() {
            " ->> "
        } else {
            " -> "
        });
        match step {
            JsonStep::Key(key) => w.string(key),
            JsonStep::Index(index) => w.push(&index.to_string()),
        }
    }
    Ok(())
}

fn grouped(w: &mut Writer<'_>, write: impl FnOnce(&mut Writer<'_>) -> Result<()>) -> Result<()> {
    w.push("(");
    write(w)?;
    w.push(")");
    Ok(())
}

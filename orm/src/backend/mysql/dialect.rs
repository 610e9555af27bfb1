//! How MySQL and MariaDB depart from the standard, and from each other.

use super::features::{MARIADB, MARIADB_10_7, MYSQL, MYSQL_8_0_31};
use super::{json, list, moment};
use crate::ast::{
    Aggregate, AggregateFunction, Arithmetic, CastType, Comparison, Conflict, DatePart, Domain,
    Expr, Function, Insert, InsertRows, JsonOp, ListParam, Lock, LockStrength, LockWait, Match,
    MatchKind, Query, Set, Slice, TemporalOp, TruncUnit,
};
use crate::error::{Error, Result};
use crate::sql::{
    ArithmeticOf, BindParam, Clock, Dialect, Features, Moment, Place, Transform, Version, Writer,
    standard,
};
use crate::value::ValueType;

/// The dialect of MySQL at a version.
pub fn mysql_dialect(version: Version) -> &'static dyn Dialect {
    match version {
        _ if version < MYSQL_19.version => &MYSQL_16,
        _ if version < MYSQL_31.version => &MYSQL_19,
        _ => &MYSQL_31,
    }
}

/// The dialect of MariaDB at a version.
pub fn mariadb_dialect(version: Version) -> &'static dyn Dialect {
    if version < MARIA_7.version {
        &MARIA_6
    } else {
        &MARIA_7
    }
}

/// MySQL or MariaDB.
#[derive(Debug)]
pub struct MysqlDialect {
    pub(super) mariadb: bool,
    pub(super) version: Version,
    key: &'static str,
    features: Features,
}

static MYSQL_16: MysqlDialect = MysqlDialect {
    mariadb: false,
    version: Version::new(8, 0, 16),
    key: "mysql-8.0.16",
    features: MYSQL,
};

/// Has an alias for the row that an upsert would have inserted, and CAST to floats.
static MYSQL_19: MysqlDialect = MysqlDialect {
    mariadb: false,
    version: Version::new(8, 0, 19),
    key: "mysql-8.0.19",
    features: MYSQL,
};

/// Has INTERSECT and EXCEPT.
static MYSQL_31: MysqlDialect = MysqlDialect {
    mariadb: false,
    version: Version::new(8, 0, 31),
    key: "mysql-8.0.31",
    features: MYSQL_8_0_31,
};

static MARIA_6: MysqlDialect = MysqlDialect {
    mariadb: true,
    version: Version::new(10, 6, 0),
    key: "mariadb-10.6",
    features: MARIADB,
};

/// Has a type for UUIDs, and equality of JSON.
static MARIA_7: MysqlDialect = MysqlDialect {
    mariadb: true,
    version: Version::new(10, 7, 0),
    key: "mariadb-10.7",
    features: MARIADB_10_7,
};

impl MysqlDialect {
    /// Whether there is a type for UUIDs.
    pub(super) fn has_uuid(&self) -> bool {
        self.features.native_uuid
    }
}

impl Dialect for MysqlDialect {
    fn name(&self) -> &'static str {
        if self.mariadb { "MariaDB" } else { "MySQL" }
    }

    fn key(&self) -> &'static str {
        self.key
    }

    fn version(&self) -> Version {
        self.version
    }

    fn features(&self) -> &Features {
        &self.features
    }

    fn ignore_foreign_keys(&self) -> Option<&'static str> {
        Some("SET foreign_key_checks = 0")
    }

    fn empty_tables(&self, tables: &[String], _numbered: &[String]) -> String {
        let truncate = |table: &String| format!("TRUNCATE TABLE {}", self.quoted(table));
        let statements: Vec<String> = tables.iter().map(truncate).collect();
        statements.join("; ")
    }

    fn quote(&self) -> char {
        '`'
    }

    fn placeholder(&self, sql: &mut String, _nth: usize) {
        sql.push('?');
    }

    fn param(&self, w: &mut Writer<'_>, param: BindParam) -> Result<()> {
        // A decimal is bound as text, which arithmetic and comparisons would take for a float.
        let is_decimal = param.value_type == ValueType::Decimal;
        w.push(if is_decimal { "CAST(" } else { "" });
        w.bind(param);
        w.push(if is_decimal {
            " AS DECIMAL(65, 30))"
        } else {
            ""
        });
        Ok(())
    }

    fn string(&self, sql: &mut String, text: &str) {
        sql.push('\'');
        sql.push_str(&text.replace('\\', "\\\\").replace('\'', "''"));
        sql.push('\'');
    }

    fn cast(&self, w: &mut Writer<'_>, value: &Expr, to: CastType) -> Result<()> {
        let template = match to {
            CastType::Boolean => "(CAST({0} AS SIGNED) <> 0)",
            CastType::Integer | CastType::BigInteger | CastType::Duration => "CAST({0} AS SIGNED)",
            CastType::Float if self.version < MYSQL_19.version => "({0} + 0e0)",
            CastType::Float => "CAST({0} AS DOUBLE)",
            // Of decimals these are decimals already, with the places that they need.
            CastType::Decimal { digits: None, .. }
                if matches!(value, Expr::Aggregate(_) | Expr::Window(_)) =>
            {
                "{0}"
            }
            CastType::Decimal {
                digits: None,
                places,
            } => {
                return w.template(
                    &format!("CAST({{0}} AS DECIMAL(65, {}))", places.max(30)),
                    &[value],
                );
            }
            CastType::Decimal {
                digits: Some(digits),
                places,
            } => {
                return w.template(
                    &format!("CAST({{0}} AS DECIMAL({digits}, {places}))"),
                    &[value],
                );
            }
            CastType::Text | CastType::Inet => "CAST({0} AS CHAR)",
            CastType::Char(length) => {
                return w.template(&format!("CAST({{0}} AS CHAR({length}))"), &[value]);
            }
            CastType::Binary => "CAST({0} AS BINARY)",
            CastType::Date => "CAST({0} AS DATE)",
            CastType::Time => "CAST({0} AS TIME(6))",
            CastType::DateTime => "CAST({0} AS DATETIME(6))",
            CastType::Uuid if self.features.native_uuid => "CAST({0} AS UUID)",
            CastType::Uuid => "LOWER(REPLACE({0}, '-', ''))",
            CastType::Json if self.mariadb => "JSON_COMPACT({0})",
            CastType::Json => "CAST({0} AS JSON)",
        };
        w.template(template, &[value])
    }

    fn arithmetic(&self, w: &mut Writer<'_>, operation: &ArithmeticOf<'_>) -> Result<()> {
        let sides = [operation.left, operation.right];
        let template = match (operation.op, operation.domain) {
            (Arithmetic::Divide, Domain::Integer) => "{0} DIV {1}",
            (Arithmetic::Divide, Domain::Float) => "({0} + 0e0) / {1}",
            (Arithmetic::Power, Domain::Integer) => "CAST(POWER({0}, {1}) AS SIGNED)",
            // Of bits, the results are unsigned.
            (Arithmetic::BitAnd, _) => "CAST({0} & {1} AS SIGNED)",
            (Arithmetic::BitOr, _) => "CAST({0} | {1} AS SIGNED)",
            (Arithmetic::BitXor, _) => "CAST({0} ^ {1} AS SIGNED)",
            (Arithmetic::ShiftLeft, _) => "CAST({0} << {1} AS SIGNED)",
            (Arithmetic::ShiftRight, _) => "CAST({0} >> {1} AS SIGNED)",
            _ => return standard::arithmetic(w, operation),
        };
        w.template(template, &sides)
    }

    fn compare(&self, w: &mut Writer<'_>, op: Comparison, left: &Expr, right: &Expr) -> Result<()> {
        match op {
            // MariaDB 10.11 loses the rows with NULL where it splits a grouped subquery that is joined by `<=>`.
            Comparison::NotDistinct if self.mariadb && are_columns(left, right) => {
                w.template("({0} = {1} OR {0} IS NULL AND {1} IS NULL)", &[left, right])
            }
            Comparison::NotDistinct => standard::operator(w, left, " <=> ", right),
            Comparison::Distinct => {
                w.push("NOT (");
                standard::operator(w, left, " <=> ", right)?;
                w.push(")");
                Ok(())
            }
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
        list::member(self, w, value, list, negated)
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
        if !self.mariadb {
            let template = if insensitive {
                "REGEXP_LIKE({0}, {1}, 'i')"
            } else {
                "REGEXP_LIKE({0}, {1}, 'c')"
            };
            return w.template(template, &[subject, pattern]);
        }
        // MariaDB's follows the collation, unless the pattern says otherwise.
        w.atom(subject)?;
        w.push(" REGEXP ");
        match pattern {
            Expr::Param(param) => {
                w.transformed(
                    *param,
                    Transform::Prefixed(if insensitive { "(?i)" } else { "(?-i)" }),
                );
                Ok(())
            }
            _ if insensitive => w.template("CONCAT('(?i)', {0})", &[pattern]),
            _ => w.template("CONCAT('(?-i)', {0})", &[pattern]),
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
        json::look(self, w, document, op)
    }

    fn aggregate(&self, w: &mut Writer<'_>, aggregate: &Aggregate) -> Result<()> {
        let call =
            |w: &mut Writer<'_>, name| standard::aggregate_call(w, name, aggregate, ["", ""]);
        let bits = |w: &mut Writer<'_>, name| {
            // Of no rows, these are all ones or zeros, not NULL.
            let count = Aggregate {
                function: AggregateFunction::Count,
                ..aggregate.clone()
            };
            w.push("CASE WHEN ");
            standard::aggregate(w, &count)?;
            w.push(" > 0 THEN CAST(");
            call(w, name)?;
            w.push(" AS SIGNED) END");
            Ok(())
        };
        match &aggregate.function {
            // ANY_VALUE is no aggregate: it makes no group of its own.
            AggregateFunction::AnyValue | AggregateFunction::BoolAnd => call(w, "MIN"),
            AggregateFunction::BoolOr => call(w, "MAX"),
            AggregateFunction::BitAnd => bits(w, "BIT_AND"),
            AggregateFunction::BitOr => bits(w, "BIT_OR"),
            AggregateFunction::BitXor => bits(w, "BIT_XOR"),
            AggregateFunction::JsonArrayAgg
                if aggregate.distinct || !aggregate.order_by.is_empty() =>
            {
                Err(w.unsupported("an order or DISTINCT of values gathered as JSON"))
            }
            AggregateFunction::JsonArrayAgg if aggregate.filter.is_some() => {
                // A CASE would gather NULLs where the filter does not hold.
                Err(w.unsupported("a filter of values gathered as JSON"))
            }
            AggregateFunction::JsonArrayAgg => call(w, "JSON_ARRAYAGG"),
            AggregateFunction::StringAgg(separator) => {
                let mut extra = String::from(" SEPARATOR ");
                self.string(&mut extra, separator);
                standard::aggregate_call(w, "GROUP_CONCAT", aggregate, ["", &extra])
            }
            _ => standard::aggregate(w, aggregate),
        }
    }

    fn subquery(&self, w: &mut Writer<'_>, query: &Query, place: Place) -> Result<()> {
        self::subquery(w, query, place)
    }

    fn slice(&self, w: &mut Writer<'_>, slice: &Slice) -> Result<()> {
        if slice.limit.is_none() && slice.offset.is_some() {
            // MySQL 8.0 manual, 13.2.13: there is no OFFSET without LIMIT, so use a large number.
            w.push(" LIMIT 18446744073709551615");
        }
        standard::slice(w, slice);
        Ok(())
    }

    fn lock(&self, w: &mut Writer<'_>, lock: &Lock) -> Result<()> {
        if !(self.mariadb && lock.strength == LockStrength::Share) {
            return standard::lock(w, lock);
        }
        if lock.wait != LockWait::Wait || !lock.of.is_empty() {
            return Err(w.unsupported("FOR SHARE with NOWAIT, SKIP LOCKED or OF"));
        }
        w.push(" LOCK IN SHARE MODE");
        Ok(())
    }

    fn without_tables(&self) -> &'static str {
        " FROM DUAL"
    }

    fn insert_defaults(&self) -> &'static str {
        " () VALUES ()"
    }

    fn conflict(&self, w: &mut Writer<'_>, insert: &Insert, conflict: &Conflict) -> Result<()> {
        let set = match conflict {
            Conflict::Ignore { .. } => None,
            Conflict::Update {
                filter: Some(_), ..
            } => return Err(w.unsupported("a condition of an upsert")),
            Conflict::Update { set, .. } => Some(set),
        };
        if !self.mariadb
            && MYSQL_19.version <= self.version
            && matches!(insert.rows, InsertRows::Values(_))
        {
            w.push(" AS proposed");
            w.name_proposed_row();
        }
        w.keep_qualifiers();
        w.push(" ON DUPLICATE KEY UPDATE ");
        match (set, insert.columns.first()) {
            (Some(set), _) => self.assignments(w, set),
            // IGNORE would also swallow broken foreign keys and values that do not fit.
            (None, Some(column)) => {
                w.name(column);
                w.push(" = ");
                w.column(insert.alias, column);
                Ok(())
            }
            (None, None) => Err(Error::query(
                "an insert that leaves rows in peace must name a column",
            )),
        }
    }

    fn proposed(&self, w: &mut Writer<'_>, column: &str) {
        let named = w.is_proposed_row_named();
        w.push(if named { "proposed." } else { "VALUES(" });
        w.name(column);
        w.push(if named { "" } else { ")" });
    }

    fn assignments(&self, w: &mut Writer<'_>, set: &[Set]) -> Result<()> {
        let set = ordered(w, set)?;
        standard::assignments(w, &set)
    }
}

/// MySQL and MariaDB assign from left to right, and a later value reads what an earlier one wrote: so a column is
/// written after all that read it.
fn ordered(w: &mut Writer<'_>, set: &[Set]) -> Result<Vec<Set>> {
    let mut reads: Vec<Vec<usize>> = Vec::with_capacity(set.len());
    for (own, Set { value, .. }) in set.iter().enumerate() {
        let here = w.checkpoint();
        w.expr(value)?;
        let read = |other: &usize| *other != own && w.read_column_since(here, &set[*other].column);
        reads.push((0..set.len()).filter(read).collect());
        w.rewind(here);
    }
    let mut left: Vec<usize> = (0..set.len()).collect();
    let mut ordered = Vec::with_capacity(set.len());
    while !left.is_empty() {
        let free = left
            .iter()
            .position(|column| left.iter().all(|other| !reads[*other].contains(column)));
        let Some(free) = free else {
            return Err(
                w.unsupported("an UPDATE whose columns take each other's values; use two updates")
            );
        };
        ordered.push(set[left.remove(free)].clone());
    }
    Ok(ordered)
}

/// A subquery may not read the table that its statement writes, and that of IN may have no LIMIT, unless it is wrapped
/// in a table of its own; one that speaks of outer tables cannot be, and reads a copy of the table instead.
fn subquery(w: &mut Writer<'_>, query: &Query, place: Place) -> Result<()> {
    let here = w.checkpoint();
    standard::plain_subquery(w, query)?;
    let reads_target = w.read_target_since(here) && !w.copies_target();
    let slice = match query {
        Query::Select(select) => &select.slice,
        Query::Compound(compound) => &compound.slice,
    };
    let limited = place == Place::Set && !slice.is_all();
    if !reads_target && !limited {
        return Ok(());
    }
    let correlated = w.is_correlated_since(here);
    w.rewind(here);
    if !correlated {
        w.push("(SELECT * FROM ");
        standard::plain_subquery(w, query)?;
        w.push(" AS wrapped)");
        return Ok(());
    }
    if limited {
        return Err(w.unsupported("LIMIT in the query of IN that speaks of outer tables"));
    }
    w.copying_target(|w| standard::plain_subquery(w, query))
}

/// LIKE follows the column's collation, which mostly ignores case; a pattern of bytes is compared byte by byte. A
/// beginning is asked for in both ways: the first can use the column's index, the second is exact.
fn matching(w: &mut Writer<'_>, matching: &Match) -> Result<()> {
    let Match {
        kind,
        insensitive,
        subject,
        pattern,
    } = matching;
    let by_bytes = !insensitive && *kind != MatchKind::Exact;
    match (kind, pattern) {
        (MatchKind::Exact, _) if !insensitive => standard::operator(w, subject, " = ", pattern),
        (MatchKind::StartsWith, Expr::Param(param)) if by_bytes => {
            w.push("(");
            w.template("{0} LIKE ", &[subject])?;
            standard::like(w, *kind, *param);
            w.template(" AND {0} LIKE CAST(", &[subject])?;
            standard::like(w, *kind, *param);
            w.push(" AS BINARY))");
            Ok(())
        }
        (_, Expr::Param(param)) => {
            w.template("{0} LIKE ", &[subject])?;
            w.push(if by_bytes { "CAST(" } else { "" });
            standard::like(w, *kind, *param);
            w.push(if by_bytes { " AS BINARY)" } else { "" });
            Ok(())
        }
        (MatchKind::Exact, _) => standard::operator(w, subject, " = ", pattern),
        (MatchKind::Contains, _) if by_bytes => w.template(
            "LOCATE(CAST({1} AS BINARY), CAST({0} AS BINARY)) > 0",
            &[subject, pattern],
        ),
        (MatchKind::Contains, _) => w.template("LOCATE({1}, {0}) > 0", &[subject, pattern]),
        (MatchKind::StartsWith, _) if by_bytes => w.template(
            "LEFT({0}, CHAR_LENGTH({1})) = CAST({1} AS BINARY)",
            &[subject, pattern],
        ),
        (MatchKind::StartsWith, _) => {
            w.template("LEFT({0}, CHAR_LENGTH({1})) = {1}", &[subject, pattern])
        }
        (MatchKind::EndsWith, _) if by_bytes => w.template(
            "RIGHT({0}, CHAR_LENGTH({1})) = CAST({1} AS BINARY)",
            &[subject, pattern],
        ),
        (MatchKind::EndsWith, _) => {
            w.template("RIGHT({0}, CHAR_LENGTH({1})) = {1}", &[subject, pattern])
        }
    }
}

fn function(w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
    use Function as F;
    let all: Vec<&Expr> = arguments.iter().collect();
    let template = match function {
        F::Greatest | F::Least => return extreme(w, function, arguments),
        F::Concat => {
            w.push("CONCAT_WS('', ");
            w.exprs(arguments)?;
            w.push(")");
            return Ok(());
        }
        F::Length => "CHAR_LENGTH({0})",
        F::StrIndex => "LOCATE({1}, {0})",
        F::Chr => "CONVERT(CHAR({0} USING utf32) USING utf8mb4)",
        F::Ord => {
            "IF(CHAR_LENGTH({0}) = 0, 0, CAST(CONV(HEX(CONVERT(LEFT({0}, 1) USING utf32)), 16, 10) AS SIGNED))"
        }
        // MySQL 9.6 moved MD5 and SHA1 into a component that may have to be installed.
        F::Sha1 => "SHA1({0})",
        F::Sha224 => "SHA2({0}, 224)",
        F::Sha256 => "SHA2({0}, 256)",
        F::Sha384 => "SHA2({0}, 384)",
        F::Sha512 => "SHA2({0}, 512)",
        F::Random => "RAND()",
        F::Now => "UTC_TIMESTAMP(6)",
        F::JsonObject => return standard::call(w, "JSON_OBJECT", arguments),
        F::JsonArray => return standard::call(w, "JSON_ARRAY", arguments),
        _ => return standard::function(w, function, arguments),
    };
    w.template(template, &all)
}

fn are_columns(left: &Expr, right: &Expr) -> bool {
    matches!((left, right), (Expr::Column { .. }, Expr::Column { .. }))
}

/// GREATEST and LEAST are NULL if one is: each argument is replaced by the first of the others that is not.
fn extreme(w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
    if let [one] = arguments {
        return w.atom(one);
    }
    w.push(standard::name_of(function).unwrap_or_default());
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
    Ok(())
}

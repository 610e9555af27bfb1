//! How a database departs from the standard.

use std::fmt;

use super::{
    BindParam, Features, Transform, Version, Writer, aggregate, expr, function, matching, select,
    write,
};
use crate::ast::{
    Aggregate, Arithmetic, CastType, Comparison, Conflict, DatePart, Expr, Function, Insert,
    JsonOp, ListParam, Lock, Match, Order, Query, Set, Slice, Temporal, TemporalOp, TruncUnit,
};
use crate::error::Result;
use crate::value::ValueType;

/// Where a subquery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// As one value.
    Value,
    /// As the set of IN.
    Set,
    /// In EXISTS.
    Exists,
}

/// The half of an instant that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Its day.
    Date,
    /// Its time of day.
    Time,
}

/// The statements that make foreign keys wait, and check them at once again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deferral {
    /// They wait for the end of the transaction.
    pub begin: &'static str,
    /// They are checked at once again; none where the end of the transaction alone ends it.
    pub end: Option<&'static str>,
}

/// How one database, at a version, departs from standard SQL.
///
/// The defaults are the standard, or a refusal where there is none that all follow. An override that departs only
/// sometimes falls back by calling the function of [`standard`](super::standard) that is its default.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// The database's name, for messages.
    fn name(&self) -> &'static str;

    /// A word for the dialect and what it can do: two dialects with one key compile alike.
    fn key(&self) -> &'static str;

    /// The oldest version that it holds for.
    fn version(&self) -> Version;

    /// What the database can do.
    fn features(&self) -> &Features;

    /// What stands before a query to see how it would be run.
    fn explain(&self) -> &'static str {
        "EXPLAIN"
    }

    /// What makes foreign keys wait for the end of the transaction, where they can.
    fn defer_foreign_keys(&self) -> Option<Deferral> {
        None
    }

    /// What keeps the database from looking at foreign keys on a connection, where they cannot wait.
    fn ignore_foreign_keys(&self) -> Option<&'static str> {
        None
    }

    /// What lets the keys that the database gives come behind those that are in a table, where that must be said.
    fn follow_keys(&self, _table: &str, _column: &str) -> Option<String> {
        None
    }

    /// The statements that remove all rows of tables, and let the keys of those that are numbered begin again.
    fn empty_tables(&self, tables: &[String], numbered: &[String]) -> String;

    /// What names are quoted with.
    fn quote(&self) -> char {
        '"'
    }

    /// A name in quotes.
    fn quoted(&self, name: &str) -> String {
        let quote = self.quote();
        let doubled: String = [quote, quote].iter().collect();
        format!("{quote}{}{quote}", name.replace(quote, &doubled))
    }

    /// A text in quotes.
    fn quoted_text(&self, text: &str) -> String {
        let mut sql = String::new();
        self.string(&mut sql, text);
        sql
    }

    /// What becomes of values of a type before they are bound.
    fn encoding(&self, _value_type: ValueType) -> Transform {
        Transform::AsIs
    }

    /// Writes a value that an expression is made of. One that is only stored is bound without this.
    ///
    /// # Errors
    /// None by default.
    fn param(&self, w: &mut Writer<'_>, param: BindParam) -> Result<()> {
        w.bind(param);
        Ok(())
    }

    /// Writes a count that a function takes: of characters, of rows.
    ///
    /// # Errors
    /// `Unsupported`, where the expression lacks.
    fn count(&self, w: &mut Writer<'_>, count: &Expr) -> Result<()> {
        w.expr(count)
    }

    /// Writes the n-th placeholder, from 1.
    fn placeholder(&self, sql: &mut String, nth: usize);

    /// Writes a text in quotes.
    fn string(&self, sql: &mut String, text: &str) {
        sql.push('\'');
        sql.push_str(&text.replace('\'', "''"));
        sql.push('\'');
    }

    /// Writes the name of a type in CAST.
    ///
    /// # Errors
    /// `Unsupported`, where there is none.
    fn cast_type(&self, w: &mut Writer<'_>, to: CastType) -> Result<()> {
        expr::cast_type(w, to);
        Ok(())
    }

    /// Writes a value as another type.
    ///
    /// # Errors
    /// `Unsupported`, where the type lacks.
    fn cast(&self, w: &mut Writer<'_>, value: &Expr, to: CastType) -> Result<()> {
        expr::cast(w, value, to)
    }

    /// Writes arithmetic. What is written must not need parentheses beyond those of the standard's precedences.
    ///
    /// # Errors
    /// `Unsupported`, where the operator lacks.
    fn arithmetic(&self, w: &mut Writer<'_>, operation: &ArithmeticOf<'_>) -> Result<()> {
        expr::arithmetic(w, operation)
    }

    /// Writes a comparison.
    ///
    /// # Errors
    /// `Unsupported`, where a side lacks.
    fn compare(&self, w: &mut Writer<'_>, op: Comparison, left: &Expr, right: &Expr) -> Result<()> {
        expr::compare(w, op, left, right)
    }

    /// Writes whether a value is in a list that is bound.
    ///
    /// # Errors
    /// `Unsupported`, where values of the type cannot be listed.
    fn in_list(
        &self,
        w: &mut Writer<'_>,
        value: &Expr,
        list: ListParam,
        negated: bool,
    ) -> Result<()> {
        expr::in_list(w, value, list, negated)
    }

    /// Writes whether a row value is among others.
    ///
    /// # Errors
    /// `Unsupported`, where a value lacks.
    fn in_rows(&self, w: &mut Writer<'_>, rows: &[Expr]) -> Result<()> {
        w.push("(");
        w.exprs(rows)?;
        w.push(")");
        Ok(())
    }

    /// Writes the search of a text in a text.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks.
    fn matching(&self, w: &mut Writer<'_>, matching: &Match) -> Result<()> {
        matching::matching(w, matching)
    }

    /// Writes the search of a regular expression in a text.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks.
    fn regex(
        &self,
        w: &mut Writer<'_>,
        subject: &Expr,
        pattern: &Expr,
        insensitive: bool,
    ) -> Result<()>;

    /// Writes a function.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks; `InvalidQuery`, where the number of arguments is wrong.
    fn function(&self, w: &mut Writer<'_>, function: Function, arguments: &[Expr]) -> Result<()> {
        function::function(w, function, arguments)
    }

    /// Writes a number of a date or a time.
    ///
    /// # Errors
    /// `Unsupported`, where the part or the zone lacks.
    fn extract(&self, w: &mut Writer<'_>, part: DatePart, moment: &Moment<'_>) -> Result<()>;

    /// Writes a date or a time cut down.
    ///
    /// # Errors
    /// `Unsupported`, where the unit or the zone lacks.
    fn truncate(&self, w: &mut Writer<'_>, unit: TruncUnit, moment: &Moment<'_>) -> Result<()>;

    /// Writes the day or the time of day of an instant.
    ///
    /// # Errors
    /// `Unsupported`, where the zone lacks.
    fn clock(&self, w: &mut Writer<'_>, half: Clock, moment: &Moment<'_>) -> Result<()>;

    /// Writes arithmetic with dates and times.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks.
    fn temporal(
        &self,
        w: &mut Writer<'_>,
        op: TemporalOp,
        left: &Moment<'_>,
        right: &Expr,
    ) -> Result<()>;

    /// Writes a look into JSON.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks.
    fn json(&self, w: &mut Writer<'_>, document: &Expr, op: &JsonOp) -> Result<()>;

    /// Writes an aggregate.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks.
    fn aggregate(&self, w: &mut Writer<'_>, aggregate: &Aggregate) -> Result<()> {
        aggregate::aggregate(w, aggregate)
    }

    /// Writes a query in parentheses, in the place of a value or of a set of values.
    ///
    /// # Errors
    /// `Unsupported`, where it cannot stand there.
    fn subquery(&self, w: &mut Writer<'_>, query: &Query, _place: Place) -> Result<()> {
        select::plain_subquery(w, query)
    }

    /// Writes a term of ORDER BY.
    ///
    /// # Errors
    /// `Unsupported`, where the expression lacks.
    fn order(&self, w: &mut Writer<'_>, order: &Order) -> Result<()> {
        select::order(w, order)
    }

    /// Writes LIMIT and OFFSET.
    ///
    /// # Errors
    /// None by default.
    fn slice(&self, w: &mut Writer<'_>, slice: &Slice) -> Result<()> {
        select::slice(w, slice);
        Ok(())
    }

    /// Writes FOR UPDATE.
    ///
    /// # Errors
    /// `Unsupported`, where rows can be locked, but not so.
    fn lock(&self, w: &mut Writer<'_>, lock: &Lock) -> Result<()> {
        select::lock(w, lock)
    }

    /// What follows a SELECT without tables that has a WHERE.
    fn without_tables(&self) -> &'static str {
        ""
    }

    /// What follows the table's name in an INSERT of defaults only.
    fn insert_defaults(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    /// Writes what an INSERT does with rows that are there already.
    ///
    /// # Errors
    /// `Unsupported`, where it lacks.
    fn conflict(&self, w: &mut Writer<'_>, insert: &Insert, conflict: &Conflict) -> Result<()> {
        write::conflict_clause(w, insert, conflict)
    }

    /// Writes the value that an upsert would have inserted.
    fn proposed(&self, w: &mut Writer<'_>, column: &str) {
        w.push("excluded.");
        w.name(column);
    }

    /// Writes the changes of an UPDATE.
    ///
    /// # Errors
    /// `Unsupported`, where they cannot be told as meant.
    fn assignments(&self, w: &mut Writer<'_>, set: &[Set]) -> Result<()> {
        write::assignments(w, set)
    }
}

/// Arithmetic, as a dialect is told of it.
#[derive(Debug, Clone, Copy)]
pub struct ArithmeticOf<'e> {
    /// The operator.
    pub op: Arithmetic,
    /// With which kind of numbers.
    pub domain: crate::ast::Domain,
    /// The left side.
    pub left: &'e Expr,
    /// The right side.
    pub right: &'e Expr,
}

/// A date or a time, and the zone in which it is seen.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'e> {
    /// What kind it is.
    pub kind: Temporal,
    /// The expression.
    pub expr: &'e Expr,
    /// The zone; none is UTC.
    pub zone: Option<&'e str>,
}

impl Moment<'_> {
    /// The zone as an offset in minutes, if it is one: `+02:00`, `-05:30`.
    pub fn offset_minutes(&self) -> Option<i64> {
        let zone = self.zone?;
        let (sign, digits) = match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
            (Some(digits), _) => (1, digits),
            (_, Some(digits)) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = digits.split_once(':')?;
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
    }

    /// The zone, if it is not UTC.
    pub fn zone_beyond_utc(&self) -> Option<&str> {
        self.zone.filter(|zone| !matches!(*zone, "UTC" | "+00:00"))
    }
}

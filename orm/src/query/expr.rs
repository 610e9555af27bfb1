//! Expressions, typed by their root and their value, and the lookups on them.

use std::marker::PhantomData;

use super::operand::Operands;
use super::{IntoOperand, IntoOperands, Node, OrderBy, Path, Predicate, Q};
use crate::ast::{CastType, DatePart, TruncUnit};
use crate::error::ErrorKind;
use crate::meta::field_type::Like;
use crate::meta::{FieldKind, FieldType, Lookup};
use crate::value::{Value, ValueType, days_from_civil};

/// An expression over the rows of a root model `O` whose value is a `T`.
#[must_use = "an expression does nothing until it stands in a query"]
pub struct Expr<O, T> {
    pub(crate) node: Node,
    types: PhantomData<fn() -> (O, T)>,
}

/// An expression of an enclosing query, made by [`outer`].
pub struct Outer<T> {
    pub(crate) node: Node,
    value: PhantomData<fn() -> T>,
}

/// Names an expression of an enclosing query in a subquery; it binds to the query that the expression's path began in.
///
/// ```text
/// Author::objects().filter(|a| exists(Post::objects().filter(|p| p.author_id().eq(outer(a.id())))))
/// ```
pub fn outer<O, T: FieldType>(expr: Expr<O, T>) -> Outer<T> {
    let node = match expr.node {
        Node::Path(path) => Node::Outer(path),
        _ => Node::invalid(ErrorKind::InvalidQuery {
            message:
                "outer() takes a field of an enclosing query; compute with it inside the subquery"
                    .to_owned(),
        }),
    };
    Outer {
        node,
        value: PhantomData,
    }
}

impl<O, T> Expr<O, T> {
    /// A typed expression over a node.
    pub fn new(node: Node) -> Self {
        Expr {
            node,
            types: PhantomData,
        }
    }

    /// The field at a position of the model at a path's end.
    pub fn at(path: &Path, position: u16) -> Self {
        Expr::new(Node::Path(path.field(position)))
    }

    /// The node beneath.
    pub fn into_node(self) -> Node {
        self.node
    }
}

impl<O, T> Clone for Expr<O, T> {
    fn clone(&self) -> Self {
        Expr::new(self.node.clone())
    }
}

impl<O, T> std::fmt::Debug for Expr<O, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<T> std::fmt::Debug for Outer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<O, T: FieldType> Expr<O, T> {
    fn compare(self, lookup: Lookup, right: impl IntoOperand<O, T::Base>) -> Q<O> {
        let right = right.into_node();
        if let Node::Value(Value::Int(year)) = right
            && let Some(range) = year_range(&self.node, lookup, year)
        {
            return Q::new(range);
        }
        Q::new(Predicate::Compare(self.node, lookup, right))
    }

    /// `= value`.
    pub fn eq(self, value: impl IntoOperand<O, T::Base>) -> Q<O> {
        self.compare(Lookup::Exact, value)
    }

    /// The complement of [`eq`](Expr::eq): NULL is not equal to anything, so rows with NULL belong to it.
    pub fn ne(self, value: impl IntoOperand<O, T::Base>) -> Q<O> {
        !self.eq(value)
    }

    /// `> value`.
    pub fn gt(self, value: impl IntoOperand<O, T::Base>) -> Q<O> {
        self.compare(Lookup::Gt, value)
    }

    /// `>= value`.
    pub fn gte(self, value: impl IntoOperand<O, T::Base>) -> Q<O> {
        self.compare(Lookup::Gte, value)
    }

    /// `< value`.
    pub fn lt(self, value: impl IntoOperand<O, T::Base>) -> Q<O> {
        self.compare(Lookup::Lt, value)
    }

    /// `<= value`.
    pub fn lte(self, value: impl IntoOperand<O, T::Base>) -> Q<O> {
        self.compare(Lookup::Lte, value)
    }

    /// `BETWEEN low AND high`: both ends belong to it.
    pub fn range(
        self,
        low: impl IntoOperand<O, T::Base>,
        high: impl IntoOperand<O, T::Base>,
    ) -> Q<O> {
        Q::new(Predicate::Between(
            self.node,
            low.into_node(),
            high.into_node(),
        ))
    }

    /// One of a list of values, or of what a query set of one column finds. An empty list matches nothing.
    pub fn in_(self, values: impl IntoOperands<O, T::Base>) -> Q<O> {
        Q::new(match values.into_operands() {
            Operands::List(Ok(values)) => {
                Predicate::InList(self.node, Value::List(T::KIND.value_type(), values))
            }
            Operands::List(Err(error)) => Predicate::IsTrue(Node::invalid(error.kind().clone())),
            Operands::Query(query) => Predicate::InQuery(self.node, query),
        })
    }

    /// `IS NULL`.
    pub fn is_null(self) -> Q<O> {
        self.isnull(true)
    }

    /// `IS NOT NULL`.
    pub fn is_not_null(self) -> Q<O> {
        self.isnull(false)
    }

    /// `IS NULL`, or `IS NOT NULL`.
    pub fn isnull(self, null: bool) -> Q<O> {
        Q::new(Predicate::IsNull(self.node, null))
    }

    /// From the smallest up.
    pub fn asc(self) -> OrderBy<O> {
        OrderBy::new(self.node, false)
    }

    /// From the greatest down.
    pub fn desc(self) -> OrderBy<O> {
        OrderBy::new(self.node, true)
    }

    /// The value as text, as the database prints it.
    pub fn as_text(self) -> Expr<O, Like<T, String>> {
        self.cast_to(CastType::Text, ValueType::Text)
    }

    /// The value as an integer.
    pub fn as_integer(self) -> Expr<O, Like<T, i64>> {
        self.cast_to(CastType::BigInteger, ValueType::Int)
    }

    /// The value as a floating-point number.
    pub fn as_float(self) -> Expr<O, Like<T, f64>> {
        self.cast_to(CastType::Float, ValueType::Float)
    }

    fn cast_to<U>(self, cast: CastType, value_type: ValueType) -> Expr<O, U> {
        Expr::new(Node::Cast(Box::new(self.node), cast, value_type))
    }
}

/// A year compared with a number as a range of dates or instants, so that an index on the field serves.
pub(super) fn year_range(node: &Node, lookup: Lookup, year: i64) -> Option<Predicate> {
    let Node::Extract(DatePart::Year, field) = node else {
        return None;
    };
    let Node::Path(path) = &**field else {
        return None;
    };
    let year = i32::try_from(year)
        .ok()
        .filter(|year| (1..9999).contains(year))?;
    let of_instants = path.field_meta()?.kind == FieldKind::DateTime;
    // The first moment of a year, and the last one before it.
    let bound = |year: i32, last_before: bool| {
        let days = days_from_civil(year, 1, 1);
        Node::Value(if of_instants {
            Value::DateTime(i64::from(days) * 86_400_000_000 - i64::from(last_before))
        } else {
            Value::Date(days - i32::from(last_before))
        })
    };
    let field = || Node::Path(path.clone());
    Some(match lookup {
        Lookup::Exact => Predicate::Between(field(), bound(year, false), bound(year + 1, true)),
        Lookup::Gt => Predicate::Compare(field(), Lookup::Gte, bound(year + 1, false)),
        Lookup::Gte => Predicate::Compare(field(), Lookup::Gte, bound(year, false)),
        Lookup::Lt => Predicate::Compare(field(), Lookup::Lt, bound(year, false)),
        Lookup::Lte => Predicate::Compare(field(), Lookup::Lt, bound(year + 1, false)),
        _ => return None,
    })
}

impl<O, T: FieldType<Base = bool>> Expr<O, T> {
    /// The truth value itself as a condition.
    pub fn is_true(self) -> Q<O> {
        Q::new(Predicate::IsTrue(self.node))
    }
}

/// The field types that text lookups take: `String`, and every type that is stored as text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "this lookup is for text; `as_text()` makes text of any value"
)]
pub trait TextType: FieldType {}

impl TextType for String {}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: TextType,
{
    /// Equal but for capital and small letters.
    pub fn iexact(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::IExact, text)
    }

    /// Holds the text somewhere, letters' case counting. `%`, `_` and `\` are letters like others.
    pub fn contains(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::Contains, text)
    }

    /// Holds the text somewhere, whatever the letters' case.
    pub fn icontains(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::IContains, text)
    }

    /// Begins with the text.
    pub fn startswith(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::StartsWith, text)
    }

    /// Begins with the text, whatever the letters' case.
    pub fn istartswith(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::IStartsWith, text)
    }

    /// Ends with the text.
    pub fn endswith(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::EndsWith, text)
    }

    /// Ends with the text, whatever the letters' case.
    pub fn iendswith(self, text: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::IEndsWith, text)
    }

    /// Matches a regular expression in the database's syntax.
    pub fn regex(self, pattern: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::Regex, pattern)
    }

    /// Matches a regular expression, whatever the letters' case.
    pub fn iregex(self, pattern: impl IntoOperand<O, String>) -> Q<O> {
        self.matches(Lookup::IRegex, pattern)
    }

    fn matches(self, lookup: Lookup, text: impl IntoOperand<O, String>) -> Q<O> {
        Q::new(Predicate::Compare(self.node, lookup, text.into_node()))
    }
}

/// The types that hold a day.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no day",
    label = "this part is of dates and of instants"
)]
pub trait HasDate: FieldType {}

/// The types that hold a time of day.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no time of day",
    label = "this part is of times and of instants"
)]
pub trait HasTime: FieldType {}

macro_rules! parts {
    ($bound:ident: $($(#[$doc:meta])* $name:ident => $part:ident),* $(,)?) => {
        impl<O, T: FieldType> Expr<O, T>
        where
            T::Base: $bound,
        {
            $($(#[$doc])*
            pub fn $name(self) -> Expr<O, Like<T, i32>> {
                Expr::new(Node::Extract(DatePart::$part, Box::new(self.node)))
            })*
        }
    };
}

parts!(HasDate:
    /// The year, UTC.
    year => Year,
    /// The year that the ISO week belongs to.
    iso_year => IsoYear,
    /// The quarter, 1 to 4.
    quarter => Quarter,
    /// The month, 1 to 12.
    month => Month,
    /// The day of the month.
    day => Day,
    /// The ISO week, 1 to 53.
    week => Week,
    /// The day of the week, from 1 (Sunday) to 7 (Saturday), as in Django.
    week_day => WeekDay,
    /// The day of the week, from 1 (Monday) to 7 (Sunday).
    iso_week_day => IsoWeekDay,
);

parts!(HasTime:
    /// The hour, 0 to 23, UTC.
    hour => Hour,
    /// The minute.
    minute => Minute,
    /// The second, without its fraction.
    second => Second,
);

#[cfg(feature = "chrono")]
mod chrono_parts {
    use super::{Expr, FieldType, HasDate, HasTime, IntoOperand, Like, Node};
    use crate::ast::Arithmetic;
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

    impl HasDate for NaiveDate {}
    impl HasDate for DateTime<Utc> {}
    impl HasTime for NaiveTime {}
    impl HasTime for DateTime<Utc> {}

    impl<O, T: FieldType<Base = DateTime<Utc>>> Expr<O, T> {
        /// The day, UTC.
        pub fn date(self) -> Expr<O, Like<T, NaiveDate>> {
            Expr::new(Node::DateOf(Box::new(self.node)))
        }

        /// The time of day, UTC.
        pub fn time(self) -> Expr<O, Like<T, NaiveTime>> {
            Expr::new(Node::TimeOf(Box::new(self.node)))
        }

        /// The instant so much later: `p.created_at().plus(TimeDelta::days(7))`.
        pub fn plus<R: IntoOperand<O, TimeDelta>>(self, duration: R) -> Expr<O, R::Over<T>> {
            Expr::new(arithmetic(Arithmetic::Add, self.node, duration.into_node()))
        }

        /// The instant so much earlier: `now().minus(TimeDelta::days(7))`.
        pub fn minus<R: IntoOperand<O, TimeDelta>>(self, duration: R) -> Expr<O, R::Over<T>> {
            Expr::new(arithmetic(
                Arithmetic::Subtract,
                self.node,
                duration.into_node(),
            ))
        }

        /// How long after another instant it is; NULL where one of them is.
        pub fn since<R: IntoOperand<O, DateTime<Utc>>>(
            self,
            earlier: R,
        ) -> Expr<O, R::Over<Like<T, TimeDelta>>> {
            Expr::new(arithmetic(
                Arithmetic::Subtract,
                self.node,
                earlier.into_node(),
            ))
        }
    }

    fn arithmetic(op: Arithmetic, left: Node, right: Node) -> Node {
        Node::Arithmetic(op, Box::new(left), Box::new(right))
    }
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: HasDate,
{
    /// Cut down to the beginning of its year, month, day, …
    pub fn trunc(self, unit: TruncUnit) -> Expr<O, T> {
        Expr::new(Node::Truncate(unit, Box::new(self.node)))
    }
}

//! Expressions: what has a value in a row.

use super::{
    Aggregate, Alias, CastType, DatePart, Function, JsonOp, Match, Name, Query, Select, Temporal,
    TemporalOp, TruncUnit, Window,
};
use crate::value::ValueType;

/// What has a value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A column of a table of this statement or of one around it.
    Column {
        /// The table.
        table: Alias,
        /// The column.
        name: Name,
    },
    /// The value of a column that would have been inserted, in [`Conflict::Update`](super::Conflict::Update).
    Proposed(Name),
    /// The column's default, as a value of an insert or an update.
    Default,
    /// A value that travels beside the statement.
    Param(Param),
    /// A constant that belongs to the statement's shape.
    Literal(Literal),
    /// Several values compared as one: composite keys.
    Tuple(Vec<Expr>),
    /// Arithmetic.
    Arithmetic {
        /// Which.
        op: Arithmetic,
        /// With which kind of numbers.
        domain: Domain,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// Arithmetic with dates and times.
    Temporal {
        /// Which.
        op: TemporalOp,
        /// What kind the left side is; that of the right side is the same for a difference.
        kind: Temporal,
        /// The left side.
        left: Box<Expr>,
        /// The right side: a duration, or for a difference what `left` is.
        right: Box<Expr>,
    },
    /// The negative of a number.
    Negative(Box<Expr>),
    /// A comparison.
    Compare {
        /// Which.
        op: Comparison,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// All hold; an empty one is true.
    And(Vec<Expr>),
    /// One holds; an empty one is false.
    Or(Vec<Expr>),
    /// Does not hold.
    Not(Box<Expr>),
    /// `IS NULL`, or `IS NOT NULL`.
    IsNull {
        /// What.
        expr: Box<Expr>,
        /// NOT.
        negated: bool,
    },
    /// Both ends belong to it.
    Between {
        /// What.
        expr: Box<Expr>,
        /// At least.
        low: Box<Expr>,
        /// At most.
        high: Box<Expr>,
    },
    /// One of a set.
    In {
        /// What.
        expr: Box<Expr>,
        /// Of which set.
        set: InSet,
        /// NOT.
        negated: bool,
    },
    /// Text that is searched for text.
    Match(Box<Match>),
    /// Text that is searched for a regular expression, in the database's own syntax.
    Regex {
        /// Whether capital and small letters are the same.
        insensitive: bool,
        /// The text.
        subject: Box<Expr>,
        /// The regular expression.
        pattern: Box<Expr>,
    },
    /// A function.
    Function(Function, Vec<Expr>),
    /// A function that this crate does not know, by its name in the database; no dialect checks it.
    CustomFunction(Name, Vec<Expr>),
    /// A number of a date or a time.
    Extract {
        /// Which number.
        part: DatePart,
        /// What kind the expression is.
        kind: Temporal,
        /// Of what.
        expr: Box<Expr>,
        /// The zone in which an instant is seen; none is UTC.
        zone: Option<Name>,
    },
    /// A date or a time cut down; it stays of its kind.
    Truncate {
        /// To what.
        unit: TruncUnit,
        /// What kind the expression is.
        kind: Temporal,
        /// What.
        expr: Box<Expr>,
        /// The zone in which an instant is seen; none is UTC.
        zone: Option<Name>,
    },
    /// The day of an instant.
    DateOf {
        /// The instant.
        expr: Box<Expr>,
        /// The zone in which it is seen; none is UTC.
        zone: Option<Name>,
    },
    /// The time of day of an instant.
    TimeOf {
        /// The instant.
        expr: Box<Expr>,
        /// The zone in which it is seen; none is UTC.
        zone: Option<Name>,
    },
    /// A value as another type.
    Cast(Box<Expr>, CastType),
    /// Text under another collation, by the collation's name in the database.
    Collate(Box<Expr>, Name),
    /// The first result whose condition holds.
    Case {
        /// Conditions and results.
        when: Vec<(Expr, Expr)>,
        /// The result where none holds; NULL by default.
        otherwise: Option<Box<Expr>>,
    },
    /// Whether a query finds a row.
    Exists(Box<Select>),
    /// The one value that a query finds; NULL if it finds no row.
    Subquery(Box<Query>),
    /// An aggregate.
    Aggregate(Box<Aggregate>),
    /// A function over the rows around a row.
    Window(Box<Window>),
    /// Looking into JSON.
    Json(Box<Expr>, Box<JsonOp>),
    /// SQL that the user wrote.
    Raw(Raw),
}

/// A value that travels beside the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Param {
    /// Where it stands in the list of values, from 0. One slot may be used several times.
    pub slot: u32,
    /// The type of the value there, NULL or not.
    pub value_type: ValueType,
}

/// A list of values that travels beside the statement, as one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListParam {
    /// Where the list stands in the list of values, from 0.
    pub slot: u32,
    /// The type of its elements. No element is NULL where the list is searched.
    pub element: ValueType,
    /// How many elements it has at most: see [`ListParam::size_class`]. It belongs to the shape only where
    /// `Features::list_form` is `Placeholders`; elsewhere leave it 0, and any list is of one shape.
    pub size_class: u32,
}

impl ListParam {
    /// The number of placeholders for a list of so many elements: the next power of two, or 0 for none. A list is
    /// padded with its last element. Long ones are padded less, since placeholders run out.
    pub fn size_class(length: usize) -> u32 {
        let padded = match length {
            0 => 0,
            1..=8_192 => length.next_power_of_two(),
            _ => length.next_multiple_of(1_024),
        };
        u32::try_from(padded).unwrap_or(u32::MAX)
    }
}

/// A constant that belongs to the statement's shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Text(Name),
}

/// The operators of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// The sum.
    Add,
    /// The difference.
    Subtract,
    /// The product.
    Multiply,
    /// The quotient; of integers, the whole number towards zero. By zero: an error or NULL, as the database has it.
    Divide,
    /// The remainder, with the sign of the left side.
    Modulo,
    /// The power.
    Power,
    /// Bits and-ed.
    BitAnd,
    /// Bits or-ed.
    BitOr,
    /// Bits xor-ed.
    BitXor,
    /// Bits moved left.
    ShiftLeft,
    /// Bits moved right.
    ShiftRight,
}

/// The kind of numbers that an operation is about, which is that of its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// Whole numbers; durations among themselves too.
    Integer,
    /// Binary floating point.
    Float,
    /// Exact decimals.
    Decimal,
    /// Durations, added and subtracted.
    Duration,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal; NULL if one is NULL.
    Equal,
    /// Not equal; NULL if one is NULL.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Equal, or both NULL; never NULL.
    NotDistinct,
    /// The contrary of that; never NULL.
    Distinct,
}

/// The set that something may be one of.
#[derive(Debug, Clone, PartialEq)]
pub enum InSet {
    /// A list of values that travels beside the statement. An empty list holds nothing.
    List(ListParam),
    /// Expressions; none holds nothing.
    Exprs(Vec<Expr>),
    /// What a query finds.
    Query(Box<Query>),
}

/// SQL that the user wrote, with what stands between.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// Its parts, in order.
    pub parts: Vec<RawPart>,
}

/// A part of SQL that the user wrote.
#[derive(Debug, Clone, PartialEq)]
pub enum RawPart {
    /// Text, printed as it is.
    Sql(Name),
    /// An expression between: a parameter, a column.
    Expr(Expr),
}

impl Expr {
    /// A column of a table.
    pub fn column(table: Alias, name: impl Into<Name>) -> Self {
        Expr::Column {
            table,
            name: name.into(),
        }
    }

    /// A value that travels beside the statement.
    pub fn param(slot: u32, value_type: ValueType) -> Self {
        Expr::Param(Param { slot, value_type })
    }

    /// NULL.
    pub fn null() -> Self {
        Expr::Literal(Literal::Null)
    }

    /// A whole number that belongs to the shape.
    pub fn int(number: i64) -> Self {
        Expr::Literal(Literal::Int(number))
    }

    /// A text that belongs to the shape.
    pub fn text(text: impl Into<Name>) -> Self {
        Expr::Literal(Literal::Text(text.into()))
    }

    /// True or false.
    pub fn bool(value: bool) -> Self {
        Expr::Literal(Literal::Bool(value))
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Expr) -> Self {
        match (self, other) {
            (Expr::And(mut all), Expr::And(more)) => {
                all.extend(more);
                Expr::And(all)
            }
            (Expr::And(mut all), one) => {
                all.push(one);
                Expr::And(all)
            }
            (one, other) => Expr::And(vec![one, other]),
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Expr) -> Self {
        match (self, other) {
            (Expr::Or(mut all), Expr::Or(more)) => {
                all.extend(more);
                Expr::Or(all)
            }
            (Expr::Or(mut all), one) => {
                all.push(one);
                Expr::Or(all)
            }
            (one, other) => Expr::Or(vec![one, other]),
        }
    }

    /// Does not hold.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "`!` on an expression would read as Rust's own"
    )]
    pub fn not(self) -> Self {
        Expr::Not(Box::new(self))
    }

    /// A comparison with another expression.
    #[must_use]
    pub fn compare(self, op: Comparison, right: Expr) -> Self {
        Expr::Compare {
            op,
            left: Box::new(self),
            right: Box::new(right),
        }
    }

    /// Equality with another expression.
    #[must_use]
    pub fn equals(self, right: Expr) -> Self {
        self.compare(Comparison::Equal, right)
    }

    /// `IS NULL`.
    #[must_use]
    pub fn is_null(self) -> Self {
        Expr::IsNull {
            expr: Box::new(self),
            negated: false,
        }
    }

    /// `IS NOT NULL`.
    #[must_use]
    pub fn is_not_null(self) -> Self {
        Expr::IsNull {
            expr: Box::new(self),
            negated: true,
        }
    }

    /// Arithmetic with another expression.
    #[must_use]
    pub fn arithmetic(self, op: Arithmetic, domain: Domain, right: Expr) -> Self {
        Expr::Arithmetic {
            op,
            domain,
            left: Box::new(self),
            right: Box::new(right),
        }
    }

    /// The value as another type.
    #[must_use]
    pub fn cast(self, to: CastType) -> Self {
        Expr::Cast(Box::new(self), to)
    }
}

//! The condition that can be written down: what checks, partial indexes and generated columns are made of.
//!
//! It speaks of the fields of one model and of literals, nothing else: no relations, subqueries or aggregates. Its
//! written form is Django's keyword lookups (`{"view_count__gte": 0}`), with `and`, `or`, `not` and functions where
//! keywords do not reach.

use super::literal::Literal;

/// What is true or false of a row (or unknown, where NULL comes in).
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// One expression compared with another.
    Compare {
        /// What is asked about.
        left: Expression,
        /// How they are compared.
        lookup: Lookup,
        /// What it is compared with: a list for `in` and `range`, a boolean for `isnull`.
        right: Expression,
    },
}

/// A value computed from a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A field of the same model, by its name (`F("price")` in Django).
    Field(String),
    /// A value.
    Literal(Literal),
    /// A function or an operator by its name: `lower`, `coalesce`, `year`; `add sub mul div mod`; `case` with
    /// conditions and values in turn and perhaps a last value; `asc` and `desc` in an index.
    Function {
        /// The name, in snake case.
        name: String,
        /// The arguments.
        args: Vec<Expression>,
    },
    /// A condition as a value.
    Condition(Box<Condition>),
}

/// How two expressions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // each is Django's lookup of the same name
pub enum Lookup {
    Exact,
    IExact,
    Contains,
    IContains,
    StartsWith,
    IStartsWith,
    EndsWith,
    IEndsWith,
    In,
    Gt,
    Gte,
    Lt,
    Lte,
    Range,
    IsNull,
    Regex,
    IRegex,
}

impl Lookup {
    /// Every lookup, in the order of the reference.
    pub const ALL: [Lookup; 17] = [
        Lookup::Exact,
        Lookup::IExact,
        Lookup::Contains,
        Lookup::IContains,
        Lookup::StartsWith,
        Lookup::IStartsWith,
        Lookup::EndsWith,
        Lookup::IEndsWith,
        Lookup::In,
        Lookup::Gt,
        Lookup::Gte,
        Lookup::Lt,
        Lookup::Lte,
        Lookup::Range,
        Lookup::IsNull,
        Lookup::Regex,
        Lookup::IRegex,
    ];

    /// Django's word for it: `gte`, `istartswith`, …
    pub const fn as_str(self) -> &'static str {
        match self {
            Lookup::Exact => "exact",
            Lookup::IExact => "iexact",
            Lookup::Contains => "contains",
            Lookup::IContains => "icontains",
            Lookup::StartsWith => "startswith",
            Lookup::IStartsWith => "istartswith",
            Lookup::EndsWith => "endswith",
            Lookup::IEndsWith => "iendswith",
            Lookup::In => "in",
            Lookup::Gt => "gt",
            Lookup::Gte => "gte",
            Lookup::Lt => "lt",
            Lookup::Lte => "lte",
            Lookup::Range => "range",
            Lookup::IsNull => "isnull",
            Lookup::Regex => "regex",
            Lookup::IRegex => "iregex",
        }
    }

    /// The lookup of a word, if it is one.
    pub fn parse(word: &str) -> Option<Lookup> {
        Lookup::ALL
            .into_iter()
            .find(|lookup| lookup.as_str() == word)
    }
}

impl Condition {
    /// One expression compared with another.
    pub fn compare(
        left: impl Into<Expression>,
        lookup: Lookup,
        right: impl Into<Expression>,
    ) -> Condition {
        Condition::Compare {
            left: left.into(),
            lookup,
            right: right.into(),
        }
    }

    /// A field compared with a value or an expression: `field("age", Lookup::Gte, 18)`.
    pub fn field(name: &str, lookup: Lookup, right: impl Into<Expression>) -> Condition {
        Condition::compare(Expression::field(name), lookup, right)
    }

    /// The names of the fields that it speaks of, in the order in which they stand.
    pub fn fields(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_fields(&mut names);
        names
    }

    /// Puts `new` in the place of the field `old` wherever it speaks of it.
    pub fn rename_field(&mut self, old: &str, new: &str) {
        match self {
            Condition::And(parts) | Condition::Or(parts) => {
                parts
                    .iter_mut()
                    .for_each(|part| part.rename_field(old, new));
            }
            Condition::Not(inner) => inner.rename_field(old, new),
            Condition::Compare { left, right, .. } => {
                left.rename_field(old, new);
                right.rename_field(old, new);
            }
        }
    }

    fn collect_fields<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Condition::And(parts) | Condition::Or(parts) => {
                parts.iter().for_each(|part| part.collect_fields(names));
            }
            Condition::Not(inner) => inner.collect_fields(names),
            Condition::Compare { left, right, .. } => {
                left.collect_fields(names);
                right.collect_fields(names);
            }
        }
    }
}

impl Expression {
    /// A field of the same model.
    pub fn field(name: impl Into<String>) -> Expression {
        Expression::Field(name.into())
    }

    /// A function of arguments.
    pub fn function(name: impl Into<String>, args: Vec<Expression>) -> Expression {
        Expression::Function {
            name: name.into(),
            args,
        }
    }

    /// The names of the fields that it is computed from, in the order in which they stand.
    pub fn fields(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_fields(&mut names);
        names
    }

    /// Puts `new` in the place of the field `old` wherever it stands.
    pub fn rename_field(&mut self, old: &str, new: &str) {
        match self {
            Expression::Field(name) if name == old => new.clone_into(name),
            Expression::Function { args, .. } => {
                args.iter_mut().for_each(|arg| arg.rename_field(old, new))
            }
            Expression::Condition(condition) => condition.rename_field(old, new),
            Expression::Field(_) | Expression::Literal(_) => {}
        }
    }

    fn collect_fields<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Expression::Field(name) if !names.contains(&name.as_str()) => names.push(name),
            Expression::Function { args, .. } => {
                args.iter().for_each(|arg| arg.collect_fields(names))
            }
            Expression::Condition(condition) => condition.collect_fields(names),
            Expression::Field(_) | Expression::Literal(_) => {}
        }
    }
}

impl<T: Into<Literal>> From<T> for Expression {
    fn from(value: T) -> Self {
        Expression::Literal(value.into())
    }
}

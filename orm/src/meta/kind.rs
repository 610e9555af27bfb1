//! The kinds of fields, with the words that states and migration files use for them.

use crate::value::ValueType;

/// What a field holds: Django's field classes in snake case. Its column type is the dialect's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // each is Django's field of the same name
pub enum FieldKind {
    Auto,
    BigAuto,
    SmallAuto,
    BigInteger,
    Integer,
    SmallInteger,
    PositiveInteger,
    PositiveBigInteger,
    PositiveSmallInteger,
    Boolean,
    Char,
    Text,
    Slug,
    Email,
    Url,
    GenericIpAddress,
    Float,
    Decimal,
    Date,
    DateTime,
    Time,
    Duration,
    Uuid,
    Json,
    Binary,
    ForeignKey,
    OneToOne,
    ManyToMany,
    Generated,
    CompositePrimaryKey,
}

impl FieldKind {
    /// Every kind, in the order of the reference.
    pub const ALL: [FieldKind; 30] = [
        FieldKind::Auto,
        FieldKind::BigAuto,
        FieldKind::SmallAuto,
        FieldKind::BigInteger,
        FieldKind::Integer,
        FieldKind::SmallInteger,
        FieldKind::PositiveInteger,
        FieldKind::PositiveBigInteger,
        FieldKind::PositiveSmallInteger,
        FieldKind::Boolean,
        FieldKind::Char,
        FieldKind::Text,
        FieldKind::Slug,
        FieldKind::Email,
        FieldKind::Url,
        FieldKind::GenericIpAddress,
        FieldKind::Float,
        FieldKind::Decimal,
        FieldKind::Date,
        FieldKind::DateTime,
        FieldKind::Time,
        FieldKind::Duration,
        FieldKind::Uuid,
        FieldKind::Json,
        FieldKind::Binary,
        FieldKind::ForeignKey,
        FieldKind::OneToOne,
        FieldKind::ManyToMany,
        FieldKind::Generated,
        FieldKind::CompositePrimaryKey,
    ];

    /// The word for it in states and migration files: `big_auto`, `date_time`, …
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldKind::Auto => "auto",
            FieldKind::BigAuto => "big_auto",
            FieldKind::SmallAuto => "small_auto",
            FieldKind::BigInteger => "big_integer",
            FieldKind::Integer => "integer",
            FieldKind::SmallInteger => "small_integer",
            FieldKind::PositiveInteger => "positive_integer",
            FieldKind::PositiveBigInteger => "positive_big_integer",
            FieldKind::PositiveSmallInteger => "positive_small_integer",
            FieldKind::Boolean => "boolean",
            FieldKind::Char => "char",
            FieldKind::Text => "text",
            FieldKind::Slug => "slug",
            FieldKind::Email => "email",
            FieldKind::Url => "url",
            FieldKind::GenericIpAddress => "generic_ip_address",
            FieldKind::Float => "float",
            FieldKind::Decimal => "decimal",
            FieldKind::Date => "date",
            FieldKind::DateTime => "date_time",
            FieldKind::Time => "time",
            FieldKind::Duration => "duration",
            FieldKind::Uuid => "uuid",
            FieldKind::Json => "json",
            FieldKind::Binary => "binary",
            FieldKind::ForeignKey => "foreign_key",
            FieldKind::OneToOne => "one_to_one",
            FieldKind::ManyToMany => "many_to_many",
            FieldKind::Generated => "generated",
            FieldKind::CompositePrimaryKey => "composite_primary_key",
        }
    }

    /// The kind of a word, if it is one.
    pub fn parse(word: &str) -> Option<FieldKind> {
        FieldKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// Whether the database numbers the column by itself.
    pub const fn is_auto(self) -> bool {
        matches!(
            self,
            FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto
        )
    }

    /// Whether it holds whole numbers.
    pub const fn is_integer(self) -> bool {
        self.is_auto()
            || matches!(
                self,
                FieldKind::BigInteger
                    | FieldKind::Integer
                    | FieldKind::SmallInteger
                    | FieldKind::PositiveInteger
                    | FieldKind::PositiveBigInteger
                    | FieldKind::PositiveSmallInteger
            )
    }

    /// Whether it is a relation to another model.
    pub const fn is_relation(self) -> bool {
        matches!(
            self,
            FieldKind::ForeignKey | FieldKind::OneToOne | FieldKind::ManyToMany
        )
    }

    /// Whether it is text with a length: `varchar`.
    pub const fn is_varchar(self) -> bool {
        matches!(
            self,
            FieldKind::Char | FieldKind::Slug | FieldKind::Email | FieldKind::Url
        )
    }

    /// Whether it holds text.
    pub const fn is_text(self) -> bool {
        self.is_varchar() || matches!(self, FieldKind::Text)
    }
}

impl FieldKind {
    /// The type of its values on the wire. Relations are as their target's key, which the caller looks up.
    pub const fn value_type(self) -> ValueType {
        match self {
            FieldKind::Boolean => ValueType::Bool,
            FieldKind::Float => ValueType::Float,
            FieldKind::Char
            | FieldKind::Text
            | FieldKind::Slug
            | FieldKind::Email
            | FieldKind::Url => ValueType::Text,
            FieldKind::GenericIpAddress => ValueType::Inet,
            FieldKind::Decimal => ValueType::Decimal,
            FieldKind::Date => ValueType::Date,
            FieldKind::DateTime => ValueType::DateTime,
            FieldKind::Time => ValueType::Time,
            FieldKind::Duration => ValueType::Duration,
            FieldKind::Uuid => ValueType::Uuid,
            FieldKind::Json => ValueType::Json,
            FieldKind::Binary => ValueType::Bytes,
            FieldKind::Auto
            | FieldKind::BigAuto
            | FieldKind::SmallAuto
            | FieldKind::BigInteger
            | FieldKind::Integer
            | FieldKind::SmallInteger
            | FieldKind::PositiveInteger
            | FieldKind::PositiveBigInteger
            | FieldKind::PositiveSmallInteger
            | FieldKind::ForeignKey
            | FieldKind::OneToOne
            | FieldKind::ManyToMany
            | FieldKind::Generated
            | FieldKind::CompositePrimaryKey => ValueType::Int,
        }
    }
}

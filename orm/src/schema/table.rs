//! Tables and columns.

use super::{Check, Exclusion, ForeignKey, Index, PrimaryKey, Unique};

/// A table with all that belongs to it.
#[derive(Debug, Clone, PartialEq, std::default::Default)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Its unique constraints, without those that are unique indexes only.
    pub uniques: Vec<Unique>,
    /// Its indexes, without those that stand behind constraints.
    pub indexes: Vec<Index>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its checks.
    pub checks: Vec<Check>,
    /// Its exclusion constraints.
    pub exclusions: Vec<Exclusion>,
    /// Its comment.
    pub comment: Option<String>,
    /// Its tablespace.
    pub tablespace: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ColumnType,
    /// Whether it may be NULL.
    pub null: bool,
    /// Whether the database numbers it.
    pub identity: bool,
    /// What the database puts where a write leaves the column out.
    pub default: Option<Default>,
    /// The expression that it is computed by.
    pub generated: Option<Generated>,
    /// Its collation, where it is not the database's default.
    pub collation: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// The default of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Default {
    /// A literal or an expression, as SQL.
    pub sql: String,
    /// Whether it was given only to fill the rows of the moment; it goes with the column's next change.
    pub one_off: bool,
}

/// How a generated column is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression, as SQL.
    pub expression: String,
    /// Whether the value is stored, or computed when it is read.
    pub stored: bool,
}

/// The type of a column, in words that all databases share; each spells them in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// 16 bits.
    SmallInteger,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInteger,
    /// 16 bits, not negative.
    PositiveSmallInteger,
    /// 32 bits, not negative.
    PositiveInteger,
    /// 64 bits, not negative.
    PositiveBigInteger,
    /// A truth value.
    Boolean,
    /// Text of at most so many characters.
    Varchar(Option<u32>),
    /// Text of any length.
    Text,
    /// A floating-point number of 64 bits.
    Float,
    /// An exact number: digits in all, digits after the point.
    Decimal(Option<(u32, u32)>),
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// A time of day.
    Time,
    /// A span of time.
    Duration,
    /// A UUID.
    Uuid,
    /// A JSON document.
    Json,
    /// Bytes.
    Binary,
    /// An IP address.
    IpAddress,
    /// A type that the catalogue names and none of the above is.
    Other(String),
}

impl ColumnType {
    /// Whether it holds text.
    pub fn is_text(&self) -> bool {
        matches!(self, ColumnType::Varchar(_) | ColumnType::Text)
    }

    /// Whether it holds whole numbers.
    pub fn is_integer(&self) -> bool {
        use ColumnType::{
            BigInteger, Integer, PositiveBigInteger, PositiveInteger, PositiveSmallInteger,
            SmallInteger,
        };
        matches!(
            self,
            SmallInteger
                | Integer
                | BigInteger
                | PositiveSmallInteger
                | PositiveInteger
                | PositiveBigInteger
        )
    }

    /// Whether it holds numbers.
    pub fn is_number(&self) -> bool {
        self.is_integer() || matches!(self, ColumnType::Float | ColumnType::Decimal(_))
    }
}

impl Column {
    /// A column of a type that is NOT NULL and has nothing else to it.
    pub fn new(name: impl Into<String>, ty: ColumnType) -> Self {
        Column {
            name: name.into(),
            ty,
            null: false,
            identity: false,
            default: None,
            generated: None,
            collation: None,
            comment: None,
        }
    }
}

impl Table {
    /// A table without columns yet.
    pub fn new(name: impl Into<String>) -> Self {
        Table {
            name: name.into(),
            ..Table::default()
        }
    }

    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary key's column, where it is one.
    pub fn single_key(&self) -> Option<&str> {
        match self.primary_key.as_ref()?.columns.as_slice() {
            [column] => Some(column),
            _ => None,
        }
    }

    /// Whether something else than `except` makes an index that begins with a column: the primary key, a unique
    /// constraint, an index.
    pub fn has_index_from(&self, column: &str, except: &str) -> bool {
        let key = self
            .primary_key
            .as_ref()
            .and_then(|key| key.columns.first());
        let uniques = self
            .uniques
            .iter()
            .filter(|u| u.name.as_deref() != Some(except))
            .filter_map(|u| u.columns.first());
        let indexes = self.indexes.iter().filter(|index| index.name != except);
        key.into_iter().chain(uniques).any(|first| first == column)
            || indexes
                .filter_map(|index| index.parts.first())
                .any(|part| part.column() == Some(column))
    }
}

//! Indexes.

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether a field brings it.
    pub implied: bool,
    /// Whether it refuses equal rows.
    pub unique: bool,
    /// Its columns and expressions, in order.
    pub parts: Vec<IndexPart>,
    /// Columns that it carries along.
    pub include: Vec<String>,
    /// The rows that it holds, as SQL.
    pub condition: Option<String>,
    /// Its method, where not the default.
    pub using: Option<String>,
    /// Its tablespace.
    pub tablespace: Option<String>,
    /// For a unique index: whether two NULLs differ; `None` is the database's way.
    pub nulls_distinct: Option<bool>,
}

/// A column or expression of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    /// What is indexed.
    pub target: IndexTarget,
    /// Whether from the last to the first.
    pub descending: bool,
    /// The operator class, where not the default.
    pub opclass: Option<String>,
}

/// What an index is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexTarget {
    /// A column.
    Column(String),
    /// An expression, as SQL.
    Expression(String),
}

impl IndexPart {
    /// A column, ascending.
    pub fn of_column(name: impl Into<String>) -> Self {
        IndexPart {
            target: IndexTarget::Column(name.into()),
            descending: false,
            opclass: None,
        }
    }

    /// The column, if it is one.
    pub fn column(&self) -> Option<&str> {
        match &self.target {
            IndexTarget::Column(name) => Some(name),
            IndexTarget::Expression(_) => None,
        }
    }
}

impl Index {
    /// A plain index over columns.
    pub fn new(name: impl Into<String>, columns: &[String]) -> Self {
        Index {
            name: name.into(),
            implied: false,
            unique: false,
            parts: columns.iter().map(IndexPart::of_column).collect(),
            include: Vec::new(),
            condition: None,
            using: None,
            tablespace: None,
            nulls_distinct: None,
        }
    }

    /// Whether the two are the same but for their names.
    pub fn same_but_name(&self, other: &Index) -> bool {
        let mut renamed = self.clone();
        renamed.name.clone_from(&other.name);
        renamed.implied = other.implied;
        renamed == *other
    }

    /// Whether a column stands in it, be it in an expression or in the condition.
    pub fn mentions(&self, column: &str) -> bool {
        let expressions = self.parts.iter().filter_map(|part| match &part.target {
            IndexTarget::Expression(sql) => Some(sql),
            IndexTarget::Column(_) => None,
        });
        self.parts.iter().any(|part| part.column() == Some(column))
            || self.include.iter().any(|name| name == column)
            || expressions
                .chain(&self.condition)
                .any(|sql| super::mentions_identifier(sql, column))
    }
}

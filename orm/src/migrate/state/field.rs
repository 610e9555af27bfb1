//! A field as the migrations know it.

use super::ModelKey;
use crate::meta::condition::{Condition, Expression};
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultValue, Literal};

/// A field: its kind and everything that may be said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldState {
    /// Its name in Rust; empty for the output of a generated column.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it is the primary key.
    pub primary_key: bool,
    /// Whether it may be NULL.
    pub null: bool,
    /// Whether it was declared unique (a one-to-one always is); see [`FieldState::is_unique`].
    pub unique: bool,
    /// The greatest number of characters.
    pub max_length: Option<u32>,
    /// The default that Rust gives.
    pub default: Option<DefaultValue>,
    /// The column, where it is not the one that follows from the name; see [`FieldState::column`].
    pub column: Option<String>,
    /// Whether it has an index of its own: by default relations and slugs do.
    pub index: bool,
    /// Of a decimal: the digits in all.
    pub max_digits: Option<u32>,
    /// Of a decimal: the digits after the point.
    pub decimal_places: Option<u32>,
    /// Whether every save sets it to now.
    pub auto_now: bool,
    /// Whether its creation sets it to now.
    pub auto_now_add: bool,
    /// The default that the database gives.
    pub db_default: Option<Expression>,
    /// The column's comment in the database.
    pub comment: Option<String>,
    /// The column's collation.
    pub collation: Option<String>,
    /// The tablespace of the field's index.
    pub tablespace: Option<String>,
    /// The values to choose from: values, pairs of value and label, or groups, as they were declared. No DDL.
    pub choices: Vec<Literal>,
    /// Whether forms may leave it empty. No DDL.
    pub blank: bool,
    /// The name for people. No DDL.
    pub verbose_name: Option<String>,
    /// A sentence for people. No DDL.
    pub help_text: Option<String>,
    /// Of a foreign key, one-to-one or many-to-many: where it points.
    pub relation: Option<Box<RelationState>>,
    /// Of a generated column: how it is computed.
    pub generated: Option<Box<GeneratedState>>,
    /// Of a composite primary key: the fields that it consists of.
    pub fields: Vec<String>,
}

/// Where a relation points and what it does there.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationState {
    /// The model it points at.
    pub to: ModelKey,
    /// What happens to this row when that one is deleted; none for many-to-many.
    pub on_delete: Option<OnDelete>,
    /// The name of the reverse side.
    pub related_name: Option<String>,
    /// The name of the reverse side in look-ups.
    pub related_query_name: Option<String>,
    /// The field it refers to, where that is not the primary key.
    pub to_field: Option<String>,
    /// Whether the database holds the foreign key (true by default).
    pub db_constraint: bool,
    /// Whether it links a model to the one it inherits from.
    pub parent_link: bool,
    /// Which rows may be chosen. No DDL.
    pub limit_choices_to: Option<Condition>,
    /// Of many-to-many: the model between, where it is declared.
    pub through: Option<ModelKey>,
    /// Of many-to-many: the fields of `through` that point to this side and to the other.
    pub through_fields: Vec<String>,
    /// Of many-to-many: the table between, where it is not the default; see [`super::ModelState::through_table`].
    pub table: Option<String>,
    /// Of many-to-many to self: whether it holds both ways. None: it does exactly when it points to self.
    pub symmetrical: Option<bool>,
}

/// How a generated column is computed.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedState {
    /// From what.
    pub expression: Expression,
    /// The type of the result: a field without a name.
    pub output: FieldState,
    /// Whether it is stored, or computed when it is read.
    pub stored: bool,
}

/// What happens to a row when the row that it points at is deleted.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // each is Django's rule of the same name
pub enum OnDelete {
    Cascade,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    /// Sets this value.
    Set(DefaultValue),
    DoNothing,
    DbCascade,
    DbSetNull,
    DbSetDefault,
}

impl OnDelete {
    /// The rules that are a word, in the order of the reference.
    pub const WORDS: [(&'static str, OnDelete); 9] = [
        ("CASCADE", OnDelete::Cascade),
        ("PROTECT", OnDelete::Protect),
        ("RESTRICT", OnDelete::Restrict),
        ("SET_NULL", OnDelete::SetNull),
        ("SET_DEFAULT", OnDelete::SetDefault),
        ("DO_NOTHING", OnDelete::DoNothing),
        ("DB_CASCADE", OnDelete::DbCascade),
        ("DB_SET_NULL", OnDelete::DbSetNull),
        ("DB_SET_DEFAULT", OnDelete::DbSetDefault),
    ];

    /// Whether the database itself carries the rule out, so that a change of it is a change of the constraint.
    pub fn is_database_rule(&self) -> bool {
        matches!(
            self,
            OnDelete::DbCascade | OnDelete::DbSetNull | OnDelete::DbSetDefault
        )
    }
}

impl FieldState {
    /// A field of a kind with the defaults of the kind.
    pub fn new(name: impl Into<String>, kind: FieldKind) -> FieldState {
        FieldState {
            name: name.into(),
            kind,
            primary_key: kind == FieldKind::CompositePrimaryKey,
            null: false,
            unique: kind == FieldKind::OneToOne,
            max_length: FieldState::default_max_length(kind),
            default: None,
            column: None,
            index: FieldState::default_index(kind),
            max_digits: None,
            decimal_places: None,
            auto_now: false,
            auto_now_add: false,
            db_default: None,
            comment: None,
            collation: None,
            tablespace: None,
            choices: Vec::new(),
            blank: false,
            verbose_name: None,
            help_text: None,
            relation: None,
            generated: None,
            fields: Vec::new(),
        }
    }

    /// A foreign key, one-to-one or many-to-many to a model; the first two cascade until told otherwise.
    pub fn relation(name: impl Into<String>, kind: FieldKind, to: ModelKey) -> FieldState {
        let mut field = FieldState::new(name, kind);
        let mut relation = RelationState::new(to);
        relation.on_delete = (kind != FieldKind::ManyToMany).then_some(OnDelete::Cascade);
        field.relation = Some(Box::new(relation));
        field
    }

    /// The length of a kind that has one without being told: Django's 50, 200 and 254.
    pub const fn default_max_length(kind: FieldKind) -> Option<u32> {
        match kind {
            FieldKind::Slug => Some(50),
            FieldKind::Url => Some(200),
            FieldKind::Email => Some(254),
            _ => None,
        }
    }

    /// Whether a kind has an index without being told.
    pub const fn default_index(kind: FieldKind) -> bool {
        matches!(
            kind,
            FieldKind::ForeignKey | FieldKind::OneToOne | FieldKind::Slug
        )
    }

    /// Whether it is unique, by itself or as the primary key.
    pub fn is_unique(&self) -> bool {
        self.unique || self.primary_key
    }

    /// Whether it has an index of its own: asked for, and not had already by being unique.
    pub fn is_indexed(&self) -> bool {
        self.index && !self.is_unique() && self.has_column()
    }

    /// Whether it is a column of the model's table: a many-to-many and a composite key are not.
    pub fn has_column(&self) -> bool {
        !matches!(
            self.kind,
            FieldKind::ManyToMany | FieldKind::CompositePrimaryKey
        )
    }

    /// The name of its column: the one given, else the field's own name, with `_id` for a key.
    pub fn column(&self) -> String {
        match (&self.column, self.kind) {
            (Some(column), _) => column.clone(),
            (None, FieldKind::ForeignKey | FieldKind::OneToOne) => format!("{}_id", self.name),
            (None, _) => self.name.clone(),
        }
    }

    /// The model that it points at, if it is a relation.
    pub fn to(&self) -> Option<&ModelKey> {
        self.relation.as_ref().map(|relation| &relation.to)
    }

    /// Whether it points at a model by `to` or `through`.
    pub fn references(&self, key: &ModelKey) -> bool {
        self.relation
            .as_ref()
            .is_some_and(|relation| relation.to == *key || relation.through.as_ref() == Some(key))
    }

    /// Whether it holds the same in the database and in Rust under whatever name: the comparison of renames.
    pub fn equals_but_for_name(&self, other: &FieldState) -> bool {
        let mut other = other.clone();
        other.name.clone_from(&self.name);
        *self == other
    }
}

impl RelationState {
    /// A relation to a model with every option at its default.
    pub fn new(to: ModelKey) -> RelationState {
        RelationState {
            to,
            on_delete: None,
            related_name: None,
            related_query_name: None,
            to_field: None,
            db_constraint: true,
            parent_link: false,
            limit_choices_to: None,
            through: None,
            through_fields: Vec::new(),
            table: None,
            symmetrical: None,
        }
    }
}

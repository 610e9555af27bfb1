//! A model and its fields, as static data that the derive writes with `const` builders.
//!
//! A field's position in [`ModelMeta::fields`] is what paths and decoders carry; names are looked up only for
//! queries by name and for messages.

use std::sync::OnceLock;

use super::{Choice, Condition, Expression, FieldKind, Literal};
use crate::error::{Error, ErrorKind, Result, suggestion};
use crate::schema::Deferrable;
use crate::value::{Value, ValueType};

/// What a model declares.
#[derive(Debug)]
pub struct ModelMeta {
    /// The app that it belongs to.
    pub app: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// All that a path can step on, in the order of the struct: columns, relations forwards and backwards.
    pub fields: &'static [FieldMeta],
    /// Everything that concerns queries only now and then.
    pub options: ModelOptions,
}

/// The options of a model.
#[derive(Debug, Clone, Copy)]
pub struct ModelOptions {
    /// The default order: names, `-` before one for descending.
    pub ordering: &'static [&'static str],
    /// Whether migrations create and change the table.
    pub managed: bool,
    /// A comment on the table.
    pub comment: Option<&'static str>,
    /// The name that the model had before.
    pub renamed_from: Option<&'static str>,
    /// The field by which `latest` and `earliest` go.
    pub get_latest_by: &'static [&'static str],
    /// Indexes of the model.
    pub indexes: &'static [IndexMeta],
    /// Constraints of the model.
    pub constraints: &'static [ConstraintMeta],
    /// Sets of columns that are unique together.
    pub unique_together: &'static [&'static [&'static str]],
    /// The field whose equal values make rows a sequence, with the place of each in [`FieldOptions::order`]'s column.
    pub order_with_respect_to: Option<&'static str>,
    /// The model whose table a proxy has.
    pub proxy: Option<ModelRef>,
    /// The table's tablespace, where a database has them.
    pub tablespace: Option<&'static str>,
    /// The name for people.
    pub verbose_name: Option<&'static str>,
    /// The plural for people.
    pub verbose_name_plural: Option<&'static str>,
    /// The name of the reverse side of relations that do not name one.
    pub default_related_name: Option<&'static str>,
    /// The name of the manager that Django's models use; kept in states for programs that share them.
    pub default_manager_name: Option<&'static str>,
    /// The models that it belongs together with.
    pub siblings: Siblings,
    /// The package that declares it, for `makemigrations` to find the folder.
    pub package: &'static str,
    /// The folder of that package when it was compiled.
    pub manifest_dir: &'static str,
}

/// The models that may lead to a model.
#[derive(Debug, Clone, Copy)]
pub enum Siblings {
    /// Those that are linked into the program.
    Linked,
    /// Those of a moment of history.
    Moment(&'static OnceLock<&'static [&'static ModelMeta]>),
}

impl ModelOptions {
    /// What a model has that declares nothing.
    pub const DEFAULT: ModelOptions = ModelOptions {
        ordering: &[],
        managed: true,
        comment: None,
        renamed_from: None,
        get_latest_by: &[],
        indexes: &[],
        constraints: &[],
        unique_together: &[],
        order_with_respect_to: None,
        proxy: None,
        tablespace: None,
        verbose_name: None,
        verbose_name_plural: None,
        default_related_name: None,
        default_manager_name: None,
        siblings: Siblings::Linked,
        package: "",
        manifest_dir: "",
    };
}

/// A field: a column, a relation, or the reverse side of one.
#[derive(Debug)]
pub struct FieldMeta {
    /// Its name: of a foreign key `author`, not `author_id`.
    pub name: &'static str,
    /// Its column; empty for what has none (many-to-many, reverse sides).
    pub column: &'static str,
    /// Whether the column's name was given and not derived from the field's.
    pub column_given: bool,
    /// Its kind. Of a reverse side, the kind of the field that it is the reverse of.
    pub kind: FieldKind,
    /// Whether NULL is one of its values.
    pub null: bool,
    /// Where it leads, if it is a relation.
    pub relation: Option<RelationMeta>,
    /// Everything that concerns queries only now and then.
    pub options: FieldOptions,
}

/// Makes an expression of what was written as a closure.
pub type MakeExpression = fn() -> Result<Expression>;

/// Makes a condition of what was written as a closure.
pub type MakeCondition = fn() -> Result<Condition>;

/// The options of a field.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)] // each is Django's option of the same name
pub struct FieldOptions {
    pub primary_key: bool,
    pub unique: bool,
    /// Whether it was asked for or refused; foreign keys have one unless it is refused.
    pub index: Option<bool>,
    pub max_length: Option<u32>,
    pub max_digits: Option<u32>,
    pub decimal_places: Option<u32>,
    pub default: Option<DefaultMeta>,
    pub db_default: Option<fn() -> Result<Expression>>,
    pub auto_now: bool,
    pub auto_now_add: bool,
    pub choices: &'static [Choice],
    /// Whether `defer` and `only` may leave it unread.
    pub deferred: bool,
    pub comment: Option<&'static str>,
    pub collation: Option<&'static str>,
    /// The name that the field had before.
    pub renamed_from: Option<&'static str>,
    /// What a generated column is computed from, and whether it is stored.
    pub generated: Option<(MakeExpression, bool)>,
    pub tablespace: Option<&'static str>,
    pub blank: bool,
    pub verbose_name: Option<&'static str>,
    pub help_text: Option<&'static str>,
    pub related_query_name: Option<&'static str>,
    /// Of a relation: which rows may be chosen, a condition on the related model.
    pub limit_choices_to: Option<MakeCondition>,
    /// Whether it holds the row's place among those of one `order_with_respect_to`.
    pub order: bool,
}

/// The default of a field, for states and migrations; the builder has the Rust expression itself.
#[derive(Debug, Clone, Copy)]
pub enum DefaultMeta {
    /// A value.
    Literal(fn() -> Result<Literal>),
    /// The time of the write.
    Now,
    /// A random UUID.
    Uuid4,
    /// A function of the crate: its path, and what it gives now.
    Rust(&'static str, fn() -> Result<Value>),
}

/// Where a relation leads.
#[derive(Debug, Clone, Copy)]
pub enum RelationMeta {
    /// A foreign key or one-to-one of this model.
    ToOne(ToOne),
    /// A many-to-many of this model.
    ManyToMany(ManyToMany),
    /// The other side of a relation that another model declares.
    Reverse(Reverse),
}

/// A foreign key or one-to-one.
#[derive(Debug, Clone, Copy)]
pub struct ToOne {
    /// The model that it leads to.
    pub to: ModelRef,
    /// The field there whose values it holds; the primary key by default.
    pub to_field: Option<&'static str>,
    /// What becomes of this row when that one is deleted.
    pub on_delete: OnDelete,
    /// The name of the reverse side in queries by name and in states.
    pub related_name: Option<&'static str>,
    /// Whether the database holds the constraint.
    pub db_constraint: bool,
    /// Whether it leads to the row of the model that this one is a kind of.
    pub parent_link: bool,
}

/// A many-to-many.
#[derive(Debug, Clone, Copy)]
pub struct ManyToMany {
    /// The model that it leads to.
    pub to: ModelRef,
    /// The model of the rows between, where the user declared one.
    pub through: Option<ModelRef>,
    /// The fields of that model that lead here and there, where they are not the only ones.
    pub through_fields: Option<(&'static str, &'static str)>,
    /// The table of the rows between, where it is not the default.
    pub table: Option<&'static str>,
    /// Of a relation to itself: whether a row there is also one back.
    pub symmetrical: bool,
    /// The name of the reverse side in queries by name and in states.
    pub related_name: Option<&'static str>,
    /// Whether the database holds the constraints of the table between.
    pub db_constraint: bool,
}

/// The reverse side of a relation.
#[derive(Debug, Clone, Copy)]
pub struct Reverse {
    /// The model that declares the relation.
    pub from: ModelRef,
    /// The field there.
    pub field: &'static str,
    /// What a row may have on this side.
    pub kind: ReverseKind,
}

/// What a row may have on the reverse side of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReverseKind {
    /// Any number, by their foreign key.
    HasMany,
    /// At most one, by its one-to-one.
    HasOne,
    /// Any number, by a many-to-many.
    ManyToMany,
}

/// A model, named from another's metadata.
#[derive(Clone, Copy)]
pub enum ModelRef {
    /// One that is compiled in.
    Static(fn() -> &'static ModelMeta),
    /// One that is made at run time, once all of its kind are.
    Late(&'static OnceLock<&'static ModelMeta>),
}

/// What becomes of a row when the row that its key leads to is deleted.
#[derive(Debug, Clone, Copy)]
pub enum OnDelete {
    /// It is deleted, by the collector.
    Cascade,
    /// The deletion is refused.
    Protect,
    /// The deletion is refused, unless the row is deleted anyway by another way.
    Restrict,
    /// Its key becomes NULL.
    SetNull,
    /// Its key becomes the field's default.
    SetDefault,
    /// Its key becomes this value.
    Set(fn() -> Result<Literal>),
    /// Nothing; the database may refuse.
    DoNothing,
    /// It is deleted, by the database.
    DbCascade,
    /// Its key becomes NULL, by the database.
    DbSetNull,
    /// Its key becomes the column's default, by the database.
    DbSetDefault,
}

/// An index of a model.
#[derive(Debug, Clone, Copy)]
pub struct IndexMeta {
    /// Its name; made from the columns where none is given.
    pub name: Option<&'static str>,
    /// Its fields, `-` before one for descending.
    pub fields: &'static [&'static str],
    /// What it is over in the place of fields.
    pub expressions: &'static [MakeExpression],
    /// Only the rows for which this holds.
    pub condition: Option<MakeCondition>,
    /// Columns that it carries along.
    pub include: &'static [&'static str],
    /// The operator class of each field.
    pub opclasses: &'static [&'static str],
    /// The method: `btree`, `gin`, …
    pub using: Option<&'static str>,
    /// Its tablespace.
    pub tablespace: Option<&'static str>,
}

/// A constraint of a model.
#[derive(Debug, Clone, Copy)]
pub struct ConstraintMeta {
    /// What it asks.
    pub kind: ConstraintMetaKind,
    /// Its name.
    pub name: &'static str,
    /// Of a check: what must hold. Of the others: only among the rows for which this holds.
    pub condition: Option<MakeCondition>,
    /// Of `unique`: the fields.
    pub fields: &'static [&'static str],
    /// Of `unique`: what takes the place of fields.
    pub expressions: &'static [MakeExpression],
    /// Of `unique`: the operator class of each field.
    pub opclasses: &'static [&'static str],
    /// Columns that its index carries along.
    pub include: &'static [&'static str],
    /// Whether it may wait for the end of the transaction.
    pub deferrable: Option<Deferrable>,
    /// Of `unique`: whether NULLs are different from each other.
    pub nulls_distinct: Option<bool>,
    /// Of `exclude`: what is compared, and by which operator.
    pub elements: &'static [(MakeExpression, &'static str)],
    /// Of `exclude`: the method of its index.
    pub using: Option<&'static str>,
    /// The code of a violation, for whoever validates.
    pub violation_error_code: Option<&'static str>,
    /// The message of a violation, for whoever validates.
    pub violation_error_message: Option<&'static str>,
}

/// What a constraint asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintMetaKind {
    /// Something of every row.
    Check,
    /// That no two rows are alike.
    Unique,
    /// That no two rows are related by its operators.
    Exclude,
}

impl ModelMeta {
    /// A model of nothing, for rows that are of none.
    pub(crate) const EMPTY: ModelMeta = ModelMeta {
        app: "",
        name: "row",
        table: "",
        fields: &[],
        options: ModelOptions::DEFAULT,
    };

    /// The primary key's field.
    pub fn primary_key(&self) -> &FieldMeta {
        &self.fields[self.primary_key_index()]
    }

    /// The primary key's position. A model without one does not pass the derive.
    pub fn primary_key_index(&self) -> usize {
        self.fields
            .iter()
            .position(|field| field.options.primary_key)
            .unwrap_or(0)
    }

    /// The positions of the fields that are the primary key: several where it is composite.
    pub fn keys(&self) -> impl Iterator<Item = usize> + '_ {
        let fields = self.fields.iter().enumerate();
        fields
            .filter(|(_, field)| field.options.primary_key)
            .map(|(position, _)| position)
    }

    /// Whether several fields are the primary key together.
    pub fn has_composite_key(&self) -> bool {
        1 < self.keys().count()
    }

    /// The position of a field by its name, or by its column's (`author_id`), or `pk` where the key is one field.
    pub fn position(&self, name: &str) -> Option<usize> {
        if name == "pk" {
            return Some(self.primary_key_index()).filter(|_| !self.has_composite_key());
        }
        let by_name = self.fields.iter().position(|field| field.name == name);
        by_name.or_else(|| {
            self.fields.iter().position(|field| {
                matches!(field.relation, Some(RelationMeta::ToOne(_)))
                    && name.strip_suffix("_id") == Some(field.name)
            })
        })
    }

    /// The position of a field by its name.
    ///
    /// # Errors
    /// `UnknownField`, with the nearest name.
    pub fn require(&self, name: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| {
            Error::new(ErrorKind::UnknownField {
                model: self.name.to_owned(),
                field: name.to_owned(),
                suggestion: suggestion(name, self.fields.iter().map(|field| field.name)),
            })
        })
    }

    /// The field that holds the place of a row, and the field whose equal values make rows a sequence.
    pub fn order(&self) -> Option<(usize, usize)> {
        let by = self.position(self.options.order_with_respect_to?)?;
        let order = self.fields.iter().position(|field| field.options.order)?;
        Some((order, by))
    }

    /// The model that has the table: itself, or what it is a proxy of.
    pub fn concrete(&'static self) -> &'static ModelMeta {
        match self.options.proxy {
            Some(base) => base.get().concrete(),
            None => self,
        }
    }

    /// The fields that are columns, with their positions.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &'static FieldMeta)> + use<> {
        self.fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.is_column())
    }

    /// The name of the reverse side of a relation of this model: the one that was declared, or what all of its relations
    /// have that declare none.
    pub fn related_name(&self, field: &FieldMeta) -> Option<&'static str> {
        self.declared_related_name(field).or(self
            .options
            .default_related_name
            .filter(|_| field.relation.is_some()))
    }

    /// The name of the reverse side of a relation of this model: the one that was given, or that of the field which the
    /// related model declares for it.
    pub fn declared_related_name(&self, field: &FieldMeta) -> Option<&'static str> {
        let given = match field.relation? {
            RelationMeta::ToOne(to_one) => to_one.related_name,
            RelationMeta::ManyToMany(many) => many.related_name,
            RelationMeta::Reverse(_) => return None,
        };
        given.or_else(|| {
            let declared =
                field
                    .related_model()?
                    .fields
                    .iter()
                    .find(|other| match other.relation {
                        Some(RelationMeta::Reverse(reverse)) => {
                            reverse.from.get().is(self) && reverse.field == field.name
                        }
                        _ => false,
                    });
            declared.map(|other| other.name)
        })
    }

    /// The models among which another may lead to this one.
    pub fn siblings(&self) -> Vec<&'static ModelMeta> {
        match self.options.siblings {
            Siblings::Linked => super::registry::models(),
            Siblings::Moment(models) => models
                .get()
                .map(|models| models.to_vec())
                .unwrap_or_default(),
        }
    }

    /// `app.Model`.
    pub fn label(&self) -> String {
        format!("{}.{}", self.app, self.name)
    }

    /// Whether it is the same model: there is one metadata for each.
    pub fn is(&self, other: &ModelMeta) -> bool {
        std::ptr::eq(self, other)
    }
}

/// One metadata, one model: equality is identity.
impl PartialEq for ModelMeta {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl FieldMeta {
    /// Whether it is a column of the model's table.
    pub const fn is_column(&self) -> bool {
        !self.column.is_empty()
    }

    /// The type of its values: of a key, that of the column that it leads to.
    pub fn value_type(&self) -> ValueType {
        match &self.relation {
            Some(RelationMeta::ToOne(to_one)) => to_one.target().value_type(),
            _ => self.kind.value_type(),
        }
    }

    /// The model on the other side, if it is a relation.
    pub fn related_model(&self) -> Option<&'static ModelMeta> {
        Some(match self.relation? {
            RelationMeta::ToOne(to_one) => to_one.to.get(),
            RelationMeta::ManyToMany(many) => many.to.get(),
            RelationMeta::Reverse(reverse) => reverse.from.get(),
        })
    }

    /// Whether a row may have several on the other side.
    pub fn is_to_many(&self) -> bool {
        match self.relation {
            Some(RelationMeta::ManyToMany(_)) => true,
            Some(RelationMeta::Reverse(reverse)) => reverse.kind != ReverseKind::HasOne,
            Some(RelationMeta::ToOne(_)) | None => false,
        }
    }
}

impl FieldOptions {
    /// What a field has that declares nothing.
    pub const DEFAULT: FieldOptions = FieldOptions {
        primary_key: false,
        unique: false,
        index: None,
        max_length: None,
        max_digits: None,
        decimal_places: None,
        default: None,
        db_default: None,
        auto_now: false,
        auto_now_add: false,
        choices: &[],
        deferred: false,
        comment: None,
        collation: None,
        renamed_from: None,
        generated: None,
        tablespace: None,
        blank: false,
        verbose_name: None,
        help_text: None,
        related_query_name: None,
        limit_choices_to: None,
        order: false,
    };
}

impl ToOne {
    /// The field whose values the key holds.
    pub fn target(&self) -> &'static FieldMeta {
        let to = self.to.get();
        self.to_field
            .and_then(|name| to.position(name))
            .map_or_else(|| to.primary_key(), |at| &to.fields[at])
    }
}

impl ModelRef {
    /// The model.
    pub fn get(self) -> &'static ModelMeta {
        match self {
            ModelRef::Static(meta) => meta(),
            ModelRef::Late(cell) => match cell.get() {
                Some(meta) => meta,
                None => unreachable!("models made at run time are linked before any is used"),
            },
        }
    }
}

impl std::fmt::Debug for ModelRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Two models may lead to each other, so that only the name is printed.
        write!(f, "{}", self.get().label())
    }
}

impl OnDelete {
    /// The rule's name, Django's.
    pub const fn as_str(self) -> &'static str {
        match self {
            OnDelete::Cascade => "CASCADE",
            OnDelete::Protect => "PROTECT",
            OnDelete::Restrict => "RESTRICT",
            OnDelete::SetNull => "SET_NULL",
            OnDelete::SetDefault => "SET_DEFAULT",
            OnDelete::Set(_) => "SET",
            OnDelete::DoNothing => "DO_NOTHING",
            OnDelete::DbCascade => "DB_CASCADE",
            OnDelete::DbSetNull => "DB_SET_NULL",
            OnDelete::DbSetDefault => "DB_SET_DEFAULT",
        }
    }
}

//! What the derive writes metadata with: `const` constructors, one short call for each thing that the user declared.
//!
//! ```
//! use nuages::meta::FieldMeta;
//!
//! const TITLE: FieldMeta = FieldMeta::of::<String>("title").max_length(200).unique();
//! assert_eq!(TITLE.kind, nuages::FieldKind::Char);
//! ```

use super::{
    ConstraintMeta, ConstraintMetaKind, DefaultMeta, Expression, FieldKind, FieldMeta,
    FieldOptions, FieldType, IndexMeta, Literal, MakeCondition, MakeExpression, ManyToMany,
    ModelMeta, ModelRef, OnDelete, RelationMeta, Reverse, ReverseKind, ToOne,
};
use crate::error::Result;
use crate::schema::Deferrable;

/// The metadata of a model, once asked for.
type MetaOf = fn() -> &'static ModelMeta;

impl FieldMeta {
    /// A field of a type, in a column of its own name.
    pub const fn of<T: FieldType>(name: &'static str) -> FieldMeta {
        let mut options = FieldOptions::DEFAULT;
        options.max_length = T::MAX_LENGTH;
        options.choices = T::CHOICES;
        FieldMeta {
            name,
            column: name,
            column_given: false,
            kind: T::KIND,
            null: T::NULL,
            relation: None,
            options,
        }
    }

    /// A foreign key in a column.
    pub const fn foreign_key(name: &'static str, column: &'static str, to: ToOne) -> FieldMeta {
        let mut field = FieldMeta::relation(name, FieldKind::ForeignKey, RelationMeta::ToOne(to));
        field.column = column;
        field
    }

    /// A one-to-one in a column.
    pub const fn one_to_one(name: &'static str, column: &'static str, to: ToOne) -> FieldMeta {
        let mut field = FieldMeta::relation(name, FieldKind::OneToOne, RelationMeta::ToOne(to));
        field.column = column;
        field
    }

    /// A many-to-many of this model.
    pub const fn many_to_many(name: &'static str, to: ManyToMany) -> FieldMeta {
        FieldMeta::relation(name, FieldKind::ManyToMany, RelationMeta::ManyToMany(to))
    }

    /// The reverse side of a relation.
    pub const fn reverse(name: &'static str, of: Reverse) -> FieldMeta {
        let kind = match of.kind {
            ReverseKind::HasMany => FieldKind::ForeignKey,
            ReverseKind::HasOne => FieldKind::OneToOne,
            ReverseKind::ManyToMany => FieldKind::ManyToMany,
        };
        FieldMeta::relation(name, kind, RelationMeta::Reverse(of)).nullable()
    }

    const fn relation(name: &'static str, kind: FieldKind, relation: RelationMeta) -> FieldMeta {
        FieldMeta {
            name,
            column: "",
            column_given: false,
            kind,
            null: false,
            relation: Some(relation),
            options: FieldOptions::DEFAULT,
        }
    }

    /// With NULL among its values.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.null = true;
        self
    }

    /// With this column instead of the one that its name gives.
    #[must_use]
    pub const fn in_column(mut self, column: &'static str) -> Self {
        self.column = column;
        self.column_given = true;
        self
    }

    /// As another kind than its type's: `auto` keys, `slug`, `email`, `url`, these with their usual lengths.
    #[must_use]
    pub const fn as_kind(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        match kind {
            FieldKind::Slug => self.max_length(50),
            FieldKind::Email => self.max_length(254),
            FieldKind::Url => self.max_length(200),
            _ => self,
        }
    }

    /// As a primary key that the database numbers, if it is an integer.
    #[must_use]
    pub const fn auto_key(mut self) -> Self {
        self.kind = match self.kind {
            FieldKind::SmallInteger => FieldKind::SmallAuto,
            FieldKind::Integer => FieldKind::Auto,
            FieldKind::BigInteger => FieldKind::BigAuto,
            other => other,
        };
        self.primary_key()
    }

    /// As the primary key.
    #[must_use]
    pub const fn primary_key(mut self) -> Self {
        self.options.primary_key = true;
        self
    }

    /// With no value twice.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.options.unique = true;
        self
    }

    /// With an index of its own, or without the one that its kind brings.
    #[must_use]
    pub const fn indexed(mut self, index: bool) -> Self {
        self.options.index = Some(index);
        self
    }

    /// With a length; text without a kind of its own becomes `char`.
    #[must_use]
    pub const fn max_length(mut self, length: u32) -> Self {
        self.options.max_length = Some(length);
        if matches!(self.kind, FieldKind::Text) {
            self.kind = FieldKind::Char;
        }
        self
    }

    /// With so many digits, and so many of them behind the point.
    #[must_use]
    pub const fn digits(mut self, digits: u32, places: u32) -> Self {
        self.options.max_digits = Some(digits);
        self.options.decimal_places = Some(places);
        self
    }

    /// With a value as its default.
    #[must_use]
    pub const fn default(self, value: fn() -> Result<Literal>) -> Self {
        self.default_by(DefaultMeta::Literal(value))
    }

    /// With a function as its default.
    #[must_use]
    pub const fn default_by(mut self, default: DefaultMeta) -> Self {
        self.options.default = Some(default);
        self
    }

    /// With a default that the database evaluates.
    #[must_use]
    pub const fn db_default(mut self, default: fn() -> Result<Expression>) -> Self {
        self.options.db_default = Some(default);
        self
    }

    /// One that queries may leave unread.
    #[must_use]
    pub const fn deferred(mut self) -> Self {
        self.options.deferred = true;
        self
    }

    /// With the time of the last save.
    #[must_use]
    pub const fn auto_now(mut self) -> Self {
        self.options.auto_now = true;
        self
    }

    /// With the time of the first save.
    #[must_use]
    pub const fn auto_now_add(mut self) -> Self {
        self.options.auto_now_add = true;
        self
    }

    /// With a comment on the column.
    #[must_use]
    pub const fn comment(mut self, comment: &'static str) -> Self {
        self.options.comment = Some(comment);
        self
    }

    /// With a collation of the database.
    #[must_use]
    pub const fn collation(mut self, collation: &'static str) -> Self {
        self.options.collation = Some(collation);
        self
    }

    /// With its index in a tablespace.
    #[must_use]
    pub const fn tablespace(mut self, tablespace: &'static str) -> Self {
        self.options.tablespace = Some(tablespace);
        self
    }

    /// One that forms may leave empty.
    #[must_use]
    pub const fn blank(mut self) -> Self {
        self.options.blank = true;
        self
    }

    /// With a name for people.
    #[must_use]
    pub const fn verbose_name(mut self, name: &'static str) -> Self {
        self.options.verbose_name = Some(name);
        self
    }

    /// With a sentence for people.
    #[must_use]
    pub const fn help_text(mut self, text: &'static str) -> Self {
        self.options.help_text = Some(text);
        self
    }

    /// With a name for the reverse side in look-ups.
    #[must_use]
    pub const fn related_query_name(mut self, name: &'static str) -> Self {
        self.options.related_query_name = Some(name);
        self
    }

    /// To the rows only for which a condition holds.
    #[must_use]
    pub const fn limit_choices_to(mut self, condition: MakeCondition) -> Self {
        self.options.limit_choices_to = Some(condition);
        self
    }

    /// With the name that it had before.
    #[must_use]
    pub const fn renamed_from(mut self, name: &'static str) -> Self {
        self.options.renamed_from = Some(name);
        self
    }

    /// One that holds the row's place among those of one `order_with_respect_to`.
    #[must_use]
    pub const fn order(mut self) -> Self {
        self.options.order = true;
        self
    }

    /// Computed by the database, and stored or not.
    #[must_use]
    pub const fn generated(mut self, from: fn() -> Result<Expression>, stored: bool) -> Self {
        self.options.generated = Some((from, stored));
        self
    }
}

impl ToOne {
    /// A key to a model, and what becomes of the row when that one's is deleted.
    pub const fn new(to: MetaOf, on_delete: OnDelete) -> ToOne {
        ToOne {
            to: ModelRef::Static(to),
            to_field: None,
            on_delete,
            related_name: None,
            db_constraint: true,
            parent_link: false,
        }
    }

    /// To the row of the model that this one is a kind of.
    #[must_use]
    pub const fn parent_link(mut self) -> Self {
        self.parent_link = true;
        self
    }

    /// To another field than the primary key.
    #[must_use]
    pub const fn to_field(mut self, field: &'static str) -> Self {
        self.to_field = Some(field);
        self
    }

    /// With a name for the reverse side.
    #[must_use]
    pub const fn related_name(mut self, name: &'static str) -> Self {
        self.related_name = Some(name);
        self
    }

    /// Without a constraint in the database.
    #[must_use]
    pub const fn without_constraint(mut self) -> Self {
        self.db_constraint = false;
        self
    }
}

impl ManyToMany {
    /// A relation to a model.
    pub const fn new(to: MetaOf) -> ManyToMany {
        ManyToMany {
            to: ModelRef::Static(to),
            through: None,
            through_fields: None,
            table: None,
            symmetrical: false,
            related_name: None,
            db_constraint: true,
        }
    }

    /// With a model of the rows between.
    #[must_use]
    pub const fn through(mut self, model: MetaOf) -> Self {
        self.through = Some(ModelRef::Static(model));
        self
    }

    /// By these fields of the model between: the one that leads here, the one that leads there.
    #[must_use]
    pub const fn through_fields(mut self, here: &'static str, there: &'static str) -> Self {
        self.through_fields = Some((here, there));
        self
    }

    /// With a name for the table of the rows between.
    #[must_use]
    pub const fn table(mut self, table: &'static str) -> Self {
        self.table = Some(table);
        self
    }

    /// To itself, and each row there also one back.
    #[must_use]
    pub const fn symmetrical(mut self) -> Self {
        self.symmetrical = true;
        self
    }

    /// Without constraints in the database.
    #[must_use]
    pub const fn without_constraint(mut self) -> Self {
        self.db_constraint = false;
        self
    }

    /// With a name for the reverse side.
    #[must_use]
    pub const fn related_name(mut self, name: &'static str) -> Self {
        self.related_name = Some(name);
        self
    }
}

impl Reverse {
    /// The reverse side of a field of a model.
    pub const fn new(from: MetaOf, field: &'static str, kind: ReverseKind) -> Reverse {
        Reverse {
            from: ModelRef::Static(from),
            field,
            kind,
        }
    }
}

impl IndexMeta {
    /// An index over fields, `-` before one for descending.
    pub const fn new(fields: &'static [&'static str]) -> IndexMeta {
        IndexMeta {
            name: None,
            fields,
            expressions: &[],
            condition: None,
            include: &[],
            opclasses: &[],
            using: None,
            tablespace: None,
        }
    }

    /// With a name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Over expressions.
    #[must_use]
    pub const fn expressions(mut self, expressions: &'static [MakeExpression]) -> Self {
        self.expressions = expressions;
        self
    }

    /// Only over the rows for which a condition holds.
    #[must_use]
    pub const fn only(mut self, condition: MakeCondition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// With columns that it carries along.
    #[must_use]
    pub const fn include(mut self, fields: &'static [&'static str]) -> Self {
        self.include = fields;
        self
    }

    /// With an operator class for each field.
    #[must_use]
    pub const fn opclasses(mut self, opclasses: &'static [&'static str]) -> Self {
        self.opclasses = opclasses;
        self
    }

    /// By a method of the database: `gin`, `hash`, …
    #[must_use]
    pub const fn using(mut self, method: &'static str) -> Self {
        self.using = Some(method);
        self
    }

    /// In a tablespace.
    #[must_use]
    pub const fn tablespace(mut self, tablespace: &'static str) -> Self {
        self.tablespace = Some(tablespace);
        self
    }
}

impl ConstraintMeta {
    const fn of(kind: ConstraintMetaKind, name: &'static str) -> Self {
        ConstraintMeta {
            kind,
            name,
            condition: None,
            fields: &[],
            expressions: &[],
            opclasses: &[],
            include: &[],
            deferrable: None,
            nulls_distinct: None,
            elements: &[],
            using: None,
            violation_error_code: None,
            violation_error_message: None,
        }
    }

    /// What must hold of every row.
    pub const fn check(name: &'static str, condition: MakeCondition) -> Self {
        ConstraintMeta::of(ConstraintMetaKind::Check, name).only(condition)
    }

    /// What may stand in one row only.
    pub const fn unique(name: &'static str, fields: &'static [&'static str]) -> Self {
        let mut unique = ConstraintMeta::of(ConstraintMetaKind::Unique, name);
        unique.fields = fields;
        unique
    }

    /// What no two rows may have that its operators relate.
    pub const fn exclude(
        name: &'static str,
        elements: &'static [(MakeExpression, &'static str)],
    ) -> Self {
        let mut exclude = ConstraintMeta::of(ConstraintMetaKind::Exclude, name);
        exclude.elements = elements;
        exclude
    }

    /// Only among the rows for which a condition holds.
    #[must_use]
    pub const fn only(mut self, condition: MakeCondition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Over expressions.
    #[must_use]
    pub const fn expressions(mut self, expressions: &'static [MakeExpression]) -> Self {
        self.expressions = expressions;
        self
    }

    /// With an operator class for each field.
    #[must_use]
    pub const fn opclasses(mut self, opclasses: &'static [&'static str]) -> Self {
        self.opclasses = opclasses;
        self
    }

    /// With columns that its index carries along.
    #[must_use]
    pub const fn include(mut self, fields: &'static [&'static str]) -> Self {
        self.include = fields;
        self
    }

    /// Waiting for the end of the transaction.
    #[must_use]
    pub const fn deferred(mut self) -> Self {
        self.deferrable = Some(Deferrable::Deferred);
        self
    }

    /// Waiting for the end of the transaction when told to.
    #[must_use]
    pub const fn immediate(mut self) -> Self {
        self.deferrable = Some(Deferrable::Immediate);
        self
    }

    /// With NULLs that are different from each other, or all the same.
    #[must_use]
    pub const fn nulls_distinct(mut self, distinct: bool) -> Self {
        self.nulls_distinct = Some(distinct);
        self
    }

    /// By a method of the database: `gist`, `spgist`.
    #[must_use]
    pub const fn using(mut self, method: &'static str) -> Self {
        self.using = Some(method);
        self
    }

    /// With a code for violations.
    #[must_use]
    pub const fn violation_error_code(mut self, code: &'static str) -> Self {
        self.violation_error_code = Some(code);
        self
    }

    /// With a message for violations.
    #[must_use]
    pub const fn violation_error_message(mut self, message: &'static str) -> Self {
        self.violation_error_message = Some(message);
        self
    }
}

//! What a model declares: its name, table, fields, relations, indexes and constraints, as data.

pub mod condition;
mod declare;
pub(crate) mod json;
pub mod kind;
pub mod literal;
mod literal_value;
mod written;

pub mod field_type;
pub mod model;
pub mod primary_key;
pub mod registry;
#[cfg(test)]
mod tests;

pub use condition::{Condition, Expression, Lookup};
pub use field_type::{Choice, ChoiceValue, FieldType, KeyType};
pub use kind::FieldKind;
pub use literal::{DefaultFunction, DefaultValue, Literal};
pub use literal_value::value_of;
pub use model::{
    ConstraintMeta, ConstraintMetaKind, DefaultMeta, FieldMeta, FieldOptions, IndexMeta,
    MakeCondition, MakeExpression, ManyToMany, ModelMeta, ModelOptions, ModelRef, OnDelete,
    RelationMeta, Reverse, ReverseKind, ToOne,
};
pub use primary_key::PrimaryKey;

//! What the derive implements, and the relations that a model's struct holds.
//!
//! A row is decoded by position: [`Model::decode`] asks a [`RowReader`] for one field after another, in the order of
//! the struct. The reader knows where in the tree of joined models it is ([`ModelNode`]), so that relations
//! get their peers and what was joined without the model's code knowing of either.

mod access;
mod attach;
mod builder;
pub mod choices;
mod declared;
mod deferred;
mod foreign_key;
mod node;
mod owners;
mod peers;
mod reader;
pub mod related;
mod setter;
#[cfg(test)]
mod tests;
pub mod to_many;
mod via;

pub use access::{Access, PlainField, StructField};
pub use attach::Owner;
pub use builder::{AllSet, Builder, IsSet, Missing, Set, optional_key, required};
pub use choices::{Choices, IntegerChoices, TextChoices};
pub use declared::{
    FromNow, condition, default_key, default_value, expression, given, index_part, literal,
    literal_expression, own_field, proxy, reverse, to_many, to_one,
};
pub use deferred::Deferred;
pub use foreign_key::{ForeignKey, IntoForeignKey, OneToOne, ToOneField};
pub use node::{ModelNode, owner_position};
pub use peers::{Keys, Loaded, PeerSet, RelatedRows, ToManyPeers, ToOnePeers, forward_position};
pub use reader::{Output, RowReader};
pub use setter::{IntoField, IntoOptionalKey};
pub use to_many::{HasMany, HasOne, ManyToMany, ToManyField};
pub use via::Via;

use crate::error::Result;
use crate::meta::{ModelMeta, PrimaryKey};
use crate::query::{ModelPath, Nullability};
use crate::value::{RowCursor, Value};

/// A struct whose values are rows of a table. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "`#[derive(Model)]` makes one of a struct"
)]
pub trait Model: Output {
    /// The type of the primary key: a tuple where several fields are the key together.
    type Key: PrimaryKey;
    /// The typed path to this model, over a root and a state.
    type Path<O: 'static, N: Nullability>: ModelPath<Target = Self, Root = O, State = N>;
    /// The builder before anything is set.
    type Builder;
    /// The relations that it declares, one function each, for `#[related(…)]` of others.
    type Relations;

    /// Its metadata.
    fn meta() -> &'static ModelMeta;
    /// An empty builder: a setter for each field, then `create(&db)`, or `build()`.
    fn builder() -> Self::Builder;
    /// Its primary key.
    fn key(&self) -> Self::Key;
    /// Reads a row, field by field in the order of the struct.
    ///
    /// # Errors
    /// Where a column does not hold what its field needs.
    fn decode(row: &mut RowReader<'_>) -> Result<Self>;
    /// Its fields by their position.
    fn accesses() -> &'static [Access<Self>];

    /// The value of the column at a field's position; for a position without column, an error.
    ///
    /// # Errors
    /// Where the value cannot be stored, or is the key of an object that is not saved.
    fn value(&self, field: usize) -> Result<Value> {
        Self::accesses()[field].get(self).value()
    }

    /// Takes the field at a position from a column of a row (after an insert, in a refresh).
    ///
    /// # Errors
    /// Where the column does not hold what the field needs.
    fn set_from(&mut self, field: usize, row: &mut dyn RowCursor, column: usize) -> Result<()> {
        Self::accesses()[field].get_mut(self).set_from(row, column)
    }
}

//! Rows on their way into models: the reader, and the tree of what was joined.

use std::sync::Arc;

use super::node::{ModelNode, ToManySlot, ToOneSlot};
use super::peers::ToManyPeers;
use super::{Deferred, ForeignKey, HasMany, HasOne, ManyToMany, Model};
use crate::error::Result;
use crate::meta::{FieldType, KeyType};
use crate::value::RowCursor;

/// Something that is read from a row: a model, a field's value, a tuple of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    label = "rows are read as models, field types, projections, and tuples of these"
)]
pub trait Output: Sized + Send + Sync + 'static {
    /// Reads it from the columns at the reader's position, and moves behind them.
    ///
    /// # Errors
    /// Where a column does not hold what is read.
    fn read_from(row: &mut RowReader<'_>) -> Result<Self>;
}

impl<T: FieldType> Output for T {
    fn read_from(row: &mut RowReader<'_>) -> Result<Self> {
        row.field()
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {
        $(impl<$($name: Output),*> Output for ($($name,)*) {
            fn read_from(row: &mut RowReader<'_>) -> Result<Self> {
                Ok(($($name::read_from(row)?,)*))
            }
        })*
    };
}

tuples!((A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(
    A, B, C, D, E, F
)(A, B, C, D, E, F, G)(A, B, C, D, E, F, G, H)(
    A, B, C, D, E, F, G, H, I
)(A, B, C, D, E, F, G, H, I, J)(
    A, B, C, D, E, F, G, H, I, J, K
)(A, B, C, D, E, F, G, H, I, J, K, L));

/// A row, a position in it, and the place in the tree of joined models.
pub struct RowReader<'r> {
    row: &'r mut dyn RowCursor,
    at: usize,
    node: &'r mut ModelNode,
}

impl<'r> RowReader<'r> {
    /// A reader at the beginning of a row.
    pub fn new(row: &'r mut dyn RowCursor, at: usize, node: &'r mut ModelNode) -> Self {
        RowReader { row, at, node }
    }

    /// How many columns are behind it.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next column as a field's value.
    ///
    /// # Errors
    /// Where the column does not hold one.
    #[inline]
    pub fn field<T: FieldType>(&mut self) -> Result<T> {
        let at = self.at;
        self.at += 1;
        T::decode(self.row, at)
    }

    /// The next column as a foreign key, the relation at this position of the model.
    ///
    /// # Errors
    /// Where the column does not hold a key.
    pub fn foreign_key<T: Model, K: KeyType>(
        &mut self,
        position: usize,
    ) -> Result<ForeignKey<T, K>> {
        let key = self.field::<K>()?;
        self.key_at(position, key)
    }

    /// The next column as a foreign key that may be NULL.
    ///
    /// # Errors
    /// Where the column holds neither a key nor NULL.
    pub fn optional_foreign_key<T: Model, K: KeyType>(
        &mut self,
        position: usize,
    ) -> Result<Option<ForeignKey<T, K>>> {
        let at = self.at;
        self.at += 1;
        K::read(self.row, at)?
            .map(|key| self.key_at(position, key))
            .transpose()
    }

    fn key_at<T: Model, K: KeyType>(
        &mut self,
        position: usize,
        key: K,
    ) -> Result<ForeignKey<T, K>> {
        let slot = self.node.slot::<ToOneSlot<T, K>>(position);
        if let Some(joined) = &mut slot.joined
            && let Some(object) = joined.object(self.row)?
        {
            return Ok(ForeignKey::loaded(key, object));
        }
        slot.keys.push(key.clone());
        Ok(ForeignKey::with_peers(key, Arc::clone(&slot.peers)))
    }

    /// The next column as a field that `defer` may have left unread.
    ///
    /// # Errors
    /// Where the column does not hold one.
    pub fn deferred<T: FieldType>(&mut self, position: usize) -> Result<Deferred<T>> {
        if self.node.is_deferred(position) {
            return Ok(Deferred::Unread);
        }
        self.field().map(Deferred::Read)
    }

    /// The many rows on the reverse side of a foreign key: no column.
    pub fn has_many<T: Model>(&mut self, position: usize) -> HasMany<T> {
        let (peers, index) = self.peers_at(position);
        HasMany::with_peers(peers, index)
    }

    /// The row on the reverse side of a one-to-one: no column, unless it was joined.
    ///
    /// # Errors
    /// Where the joined row cannot be read.
    pub fn has_one<T: Model>(&mut self, position: usize) -> Result<HasOne<T>> {
        let index = self.node.row_index();
        let slot = self.node.slot::<ToManySlot<T>>(position);
        match &mut slot.joined {
            Some(joined) => Ok(HasOne::loaded(joined.object(self.row)?)),
            None => Ok(HasOne::with_peers(Arc::clone(&slot.peers), index)),
        }
    }

    /// The many rows of a many-to-many: no column.
    pub fn many_to_many<T: Model>(&mut self, position: usize) -> ManyToMany<T> {
        let (peers, index) = self.peers_at(position);
        ManyToMany::with_peers(peers, index)
    }

    fn peers_at<T: Model>(&mut self, position: usize) -> (Arc<ToManyPeers<T>>, u32) {
        let index = self.node.row_index();
        let slot = self.node.slot::<ToManySlot<T>>(position);
        (Arc::clone(&slot.peers), index)
    }

    /// Reads a model whose columns begin here; the derive's `Output` calls it.
    ///
    /// # Errors
    /// Where a column does not hold what its field needs.
    pub fn model<M: Model>(&mut self) -> Result<M> {
        self.node.root(M::meta())?;
        let model = M::decode(self).map_err(|error| error.context(M::meta().name))?;
        self.node.note(&model)?;
        Ok(model)
    }
}

impl std::fmt::Debug for RowReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RowReader(at {} of {})", self.at, self.row.width())
    }
}

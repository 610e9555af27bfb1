//! The tree of what a result reads: for each model in it, the slots of its relations.
//!
//! A slot is made when the first row asks for it, because only the model's decoder knows its type. It holds the
//! peers that all rows of the result share, and, where the relation is joined, the objects met so far: an object that
//! repeats is decoded and stored once.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::owners::OwnerKeys;
use super::peers::{ToManyPeers, ToOnePeers};
use super::reader::RowReader;
use super::{Model, PeerSet};
use crate::error::{Error, Result};
use crate::meta::{KeyType, ModelMeta, PrimaryKey, RelationMeta, ReverseKind};
use crate::resolve::JoinShape;
use crate::value::{Peek, RowCursor};

/// A model in the tree of a result.
pub struct ModelNode {
    meta: &'static ModelMeta,
    joins: Arc<[JoinShape]>,
    deferred: Vec<u16>,
    slots: Vec<Option<Box<dyn Slot>>>,
    owners: Vec<Owners>,
    rows: u32,
}

/// The values of one field of all rows read: what the rows on the other side of a relation point to.
struct Owners {
    position: usize,
    keys: OwnerKeys,
}

impl ModelNode {
    /// A model that nothing was read of yet.
    pub fn new(meta: &'static ModelMeta, joins: Arc<[JoinShape]>, deferred: Vec<u16>) -> Self {
        let mut owners: Vec<Owners> = Vec::new();
        for position in 0..meta.fields.len() {
            if let Some(position) = owner_position(meta, position)
                && !owners.iter().any(|known| known.position == position)
            {
                let keys = OwnerKeys::default();
                owners.push(Owners { position, keys });
            }
        }
        ModelNode {
            meta,
            joins,
            deferred,
            slots: std::iter::repeat_with(|| None)
                .take(meta.fields.len())
                .collect(),
            owners,
            rows: 0,
        }
    }

    /// Makes room for so many rows.
    pub fn reserve(&mut self, rows: usize) {
        for owners in &mut self.owners {
            owners.keys = OwnerKeys::with_capacity(rows);
        }
    }

    /// No model: for rows of plain values.
    pub fn empty() -> Self {
        static NOTHING: ModelMeta = ModelMeta::EMPTY;
        ModelNode::new(&NOTHING, Arc::default(), Vec::new())
    }

    /// Makes sure that the node is that of a model; an empty one becomes it.
    ///
    /// # Errors
    /// Where it is another model's: a row read by position holds one.
    pub(super) fn root(&mut self, meta: &'static ModelMeta) -> Result<()> {
        let is = |other: &ModelMeta| (self.meta.app, self.meta.name) == (other.app, other.name);
        if std::ptr::eq(self.meta, meta) || is(meta) {
            return Ok(());
        }
        if is(&ModelMeta::EMPTY) {
            *self = ModelNode::new(meta, Arc::default(), Vec::new());
            return Ok(());
        }
        Err(Error::query(format!(
            "a row cannot be read as both `{}` and `{}`: read one model and plain columns",
            self.meta.name, meta.name
        )))
    }

    /// The number of the row that is being read.
    pub(super) fn row_index(&self) -> u32 {
        self.rows
    }

    pub(super) fn is_deferred(&self, position: usize) -> bool {
        self.deferred
            .iter()
            .any(|deferred| usize::from(*deferred) == position)
    }

    /// Where the column of the field at a position stands among those that are read.
    pub(super) fn column_of(&self, position: usize) -> usize {
        let before = self.meta.columns().take_while(|(at, _)| *at != position);
        before.filter(|(at, _)| !self.is_deferred(*at)).count()
    }

    /// How many columns are read.
    pub(super) fn width(&self) -> usize {
        let columns = self.meta.columns();
        columns.filter(|(at, _)| !self.is_deferred(*at)).count()
    }

    /// Takes note of a row that was read.
    pub(super) fn note<M: Model>(&mut self, model: &M) -> Result<()> {
        self.rows += 1;
        for owners in &mut self.owners {
            owners.keys.push(model.value(owners.position)?);
        }
        Ok(())
    }

    /// The slot of a relation, of the type that the decoder asks for.
    pub(super) fn slot<S: NewSlot>(&mut self, position: usize) -> &mut S {
        let meta = self.meta;
        let joins = &self.joins;
        let slot = self.slots[position].get_or_insert_with(|| {
            let join = joins.iter().find(|join| join.position == position);
            Box::new(S::new(meta, position, join))
        });
        match (&mut **slot as &mut dyn Any).downcast_mut::<S>() {
            Some(slot) => slot,
            None => unreachable!("a model's decoder asks for one type of slot at a position"),
        }
    }

    /// Ends the reading: the peers learn of all keys, so that any of them can load for all.
    pub fn finish(&mut self) {
        let owners: Vec<(usize, Arc<OwnerKeys>)> = self
            .owners
            .drain(..)
            .map(|owners| (owners.position, Arc::new(owners.keys)))
            .collect();
        for (position, slot) in self.slots.iter_mut().enumerate() {
            let Some(slot) = slot else { continue };
            let own = owner_position(self.meta, position);
            let values = owners
                .iter()
                .find(|(position, _)| Some(*position) == own)
                .map(|(_, values)| values);
            slot.finish(values);
        }
    }

    /// The peers of the relation at a position, if any row was read.
    pub fn peers(&self, position: usize) -> Option<Arc<dyn PeerSet>> {
        self.slots[position].as_ref().and_then(|slot| slot.peers())
    }

    /// The node of the relation at a position, if it was joined.
    pub fn joined(&mut self, position: usize) -> Option<&mut ModelNode> {
        self.slots[position].as_mut().and_then(|slot| slot.node())
    }
}

/// The field of a model that the rows on the other side of its to-many relation (or reverse one-to-one) point to.
pub fn owner_position(meta: &ModelMeta, position: usize) -> Option<usize> {
    match meta.fields[position].relation? {
        RelationMeta::ToOne(_) => None,
        RelationMeta::ManyToMany(_) => Some(meta.primary_key_index()),
        RelationMeta::Reverse(reverse) if reverse.kind == ReverseKind::ManyToMany => {
            Some(meta.primary_key_index())
        }
        RelationMeta::Reverse(reverse) => {
            let from = reverse.from.get();
            let to_field = match from
                .position(reverse.field)
                .map(|at| from.fields[at].relation)
            {
                Some(Some(RelationMeta::ToOne(to_one))) => to_one.to_field,
                _ => None,
            };
            Some(
                to_field
                    .and_then(|name| meta.position(name))
                    .unwrap_or_else(|| meta.primary_key_index()),
            )
        }
    }
}

/// What a node keeps for a relation.
pub(super) trait Slot: Any + Send {
    fn finish(&mut self, owners: Option<&Arc<OwnerKeys>>);
    fn peers(&self) -> Option<Arc<dyn PeerSet>>;
    fn node(&mut self) -> Option<&mut ModelNode>;
}

/// How a slot is made.
pub(super) trait NewSlot: Slot + Sized {
    fn new(owner: &'static ModelMeta, position: usize, join: Option<&JoinShape>) -> Self;
}

/// A foreign key of the model.
pub(super) struct ToOneSlot<T: Model, K: KeyType> {
    pub(super) peers: Arc<ToOnePeers<T, K>>,
    pub(super) keys: Vec<K>,
    pub(super) joined: Option<Joined<T>>,
}

impl<T: Model, K: KeyType> NewSlot for ToOneSlot<T, K> {
    fn new(owner: &'static ModelMeta, position: usize, join: Option<&JoinShape>) -> Self {
        ToOneSlot {
            peers: Arc::new(ToOnePeers::new(owner, position)),
            keys: Vec::new(),
            joined: join.map(Joined::new),
        }
    }
}

impl<T: Model, K: KeyType> Slot for ToOneSlot<T, K> {
    fn finish(&mut self, _owners: Option<&Arc<OwnerKeys>>) {
        self.peers.set_keys(std::mem::take(&mut self.keys));
        if let Some(joined) = &mut self.joined {
            joined.node.finish();
        }
    }

    fn peers(&self) -> Option<Arc<dyn PeerSet>> {
        let peers: Arc<dyn PeerSet> = Arc::clone(&self.peers) as _;
        self.joined.is_none().then_some(peers)
    }

    fn node(&mut self) -> Option<&mut ModelNode> {
        self.joined.as_mut().map(|joined| &mut joined.node)
    }
}

/// A to-many relation of the model, or the reverse side of a one-to-one.
pub(super) struct ToManySlot<T: Model> {
    pub(super) peers: Arc<ToManyPeers<T>>,
    pub(super) joined: Option<Joined<T>>,
}

impl<T: Model> NewSlot for ToManySlot<T> {
    fn new(owner: &'static ModelMeta, position: usize, join: Option<&JoinShape>) -> Self {
        ToManySlot {
            peers: Arc::new(ToManyPeers::new(owner, position)),
            joined: join.map(Joined::new),
        }
    }
}

impl<T: Model> Slot for ToManySlot<T> {
    fn finish(&mut self, owners: Option<&Arc<OwnerKeys>>) {
        if let Some(owners) = owners {
            self.peers.set_owners(Arc::clone(owners));
        }
        if let Some(joined) = &mut self.joined {
            joined.node.finish();
        }
    }

    fn peers(&self) -> Option<Arc<dyn PeerSet>> {
        let peers: Arc<dyn PeerSet> = Arc::clone(&self.peers) as _;
        self.joined.is_none().then_some(peers)
    }

    fn node(&mut self) -> Option<&mut ModelNode> {
        self.joined.as_mut().map(|joined| &mut joined.node)
    }
}

/// A joined model: where its columns are, and the objects met so far by primary key.
pub(super) struct Joined<T: Model> {
    offset: usize,
    key_columns: Vec<usize>,
    node: ModelNode,
    met: HashMap<T::Key, Arc<T>>,
}

impl<T: Model> Joined<T> {
    fn new(shape: &JoinShape) -> Self {
        let meta = T::meta();
        let node = ModelNode::new(meta, Arc::clone(&shape.children), Vec::new());
        Joined {
            offset: shape.offset,
            key_columns: meta
                .keys()
                .map(|at| shape.offset + node.column_of(at))
                .collect(),
            node,
            met: HashMap::new(),
        }
    }

    /// The object of this row; none where the join found none.
    pub(super) fn object(&mut self, row: &mut dyn RowCursor) -> Result<Option<Arc<T>>> {
        let Some(key) = T::Key::read_key(&mut Peek(row), &self.key_columns)? else {
            return Ok(None);
        };
        if let Some(object) = self.met.get(&key) {
            return Ok(Some(Arc::clone(object)));
        }
        let object = Arc::new(RowReader::new(row, self.offset, &mut self.node).model::<T>()?);
        self.met.insert(key, Arc::clone(&object));
        Ok(Some(object))
    }
}

impl std::fmt::Debug for ModelNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelNode({}, {} rows)", self.meta.label(), self.rows)
    }
}

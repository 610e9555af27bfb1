//! Peers: the rows of one result that share a relation, so that loading for one loads for all.
//!
//! While a result is read, keys are gathered; the first `load` of any row (or a prefetch) asks for all of them at
//! once, and every row finds its part here. [`PeerSet`] is the view of `load`, which knows no types.

use std::any::Any;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use super::Model;
use super::node::ModelNode;
use super::owners::{KeyGroups, OwnerKeys};
use super::reader::RowReader;
use crate::error::{Error, ErrorKind, Result};
use crate::meta::{KeyType, ModelMeta, PrimaryKey};
use crate::value::{Peek, RowCursor, Value};

/// The peers of a relation, without their type.
pub trait PeerSet: Send + Sync {
    /// The model that declares the relation.
    fn owner(&self) -> &'static ModelMeta;
    /// The relation's position among its fields.
    fn position(&self) -> usize;
    /// Whether they are loaded already.
    fn is_loaded(&self) -> bool;
    /// The keys that are asked for, each once; those of the relation's column, or of the owners.
    fn keys(&self) -> Result<Vec<Value>>;
    /// What takes the rows of the answer: the related model's columns, and for a many-to-many the owner's key behind.
    fn rows(self: Arc<Self>, node: ModelNode) -> Box<dyn RelatedRows>;
    /// One loader at a time.
    fn loading(&self) -> &tokio::sync::Mutex<()>;
}

/// Takes the rows that were asked for by [`PeerSet::keys`].
pub trait RelatedRows: Send {
    /// Takes one.
    ///
    /// # Errors
    /// Where it cannot be decoded.
    fn row(&mut self, row: &mut dyn RowCursor) -> Result<()>;
    /// Hands all of them to the peers, and gives back the tree under them, for what is to be loaded next.
    fn finish(self: Box<Self>) -> ModelNode;
}

/// Keys gathered for later.
pub type Keys<K> = OnceLock<Vec<K>>;

/// What has been loaded, once it is.
///
/// It is kept behind `dyn Any`, so that the compiler, when it asks whether a model may cross threads, does not follow the
/// relations from there to every other model: a dozen models related in a circle are deeper than it goes.
pub struct Loaded<T> {
    value: OnceLock<Box<dyn Any + Send + Sync>>,
    of: PhantomData<fn() -> T>,
}

impl<T: Any + Send + Sync> Loaded<T> {
    fn new() -> Self {
        Loaded {
            value: OnceLock::new(),
            of: PhantomData,
        }
    }

    fn get(&self) -> Option<&T> {
        self.value.get()?.downcast_ref()
    }

    /// Whoever loaded it first: both are the same rows.
    fn set(&self, value: T) {
        let _ = self.value.set(Box::new(value));
    }
}

impl<T> std::fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loaded({})", self.value.get().is_some())
    }
}

/// The rows that share a foreign key's loading.
pub struct ToOnePeers<T: Model, K: KeyType> {
    owner: &'static ModelMeta,
    position: usize,
    keys: Keys<K>,
    loaded: Loaded<HashMap<K, Arc<T>>>,
    loading: tokio::sync::Mutex<()>,
}

impl<T: Model, K: KeyType> ToOnePeers<T, K> {
    pub(super) fn new(owner: &'static ModelMeta, position: usize) -> Self {
        ToOnePeers {
            owner,
            position,
            keys: OnceLock::new(),
            loaded: Loaded::new(),
            loading: tokio::sync::Mutex::new(()),
        }
    }

    pub(super) fn set_keys(&self, keys: Vec<K>) {
        // A result is finished once; a second time there would be nothing new.
        let _ = self.keys.set(keys);
    }

    pub(super) fn get(&self, key: &K) -> Option<Option<&Arc<T>>> {
        self.loaded.get().map(|loaded| loaded.get(key))
    }
}

impl<T: Model, K: KeyType> PeerSet for ToOnePeers<T, K> {
    fn owner(&self) -> &'static ModelMeta {
        self.owner
    }

    fn position(&self) -> usize {
        self.position
    }

    fn is_loaded(&self) -> bool {
        self.loaded.get().is_some()
    }

    fn keys(&self) -> Result<Vec<Value>> {
        let mut seen = std::collections::HashSet::new();
        let keys = self.keys.get().map(Vec::as_slice).unwrap_or_default();
        keys.iter()
            .filter(|key| seen.insert(*key))
            .map(|key| key.to_value())
            .collect()
    }

    fn rows(self: Arc<Self>, node: ModelNode) -> Box<dyn RelatedRows> {
        Box::new(ToOneRows {
            key_column: node.column_of(target_of(self.owner, self.position, T::meta())),
            peers: self,
            node,
            objects: HashMap::new(),
        })
    }

    fn loading(&self) -> &tokio::sync::Mutex<()> {
        &self.loading
    }
}

/// The field of the related model whose value a foreign key holds.
fn target_of(owner: &ModelMeta, position: usize, related: &ModelMeta) -> usize {
    let to_field = match owner.fields[position].relation {
        Some(crate::meta::RelationMeta::ToOne(to_one)) => to_one.to_field,
        _ => None,
    };
    to_field
        .and_then(|name| related.position(name))
        .unwrap_or_else(|| related.primary_key_index())
}

struct ToOneRows<T: Model, K: KeyType> {
    peers: Arc<ToOnePeers<T, K>>,
    key_column: usize,
    node: ModelNode,
    objects: HashMap<K, Arc<T>>,
}

impl<T: Model, K: KeyType> RelatedRows for ToOneRows<T, K> {
    fn row(&mut self, row: &mut dyn RowCursor) -> Result<()> {
        let key = K::decode(&mut Peek(row), self.key_column)?;
        let object = RowReader::new(row, 0, &mut self.node).model::<T>()?;
        self.objects.insert(key, Arc::new(object));
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> ModelNode {
        self.node.finish();
        // Two loaders cannot be here: `loading` lets one in, and it asks `is_loaded` first.
        self.peers.loaded.set(self.objects);
        self.node
    }
}

/// The rows that share a to-many relation's loading (or that of the reverse side of a one-to-one).
pub struct ToManyPeers<T: Model> {
    owner: &'static ModelMeta,
    position: usize,
    owners: OnceLock<Arc<OwnerKeys>>,
    loaded: Loaded<Members<T>>,
    loading: tokio::sync::Mutex<()>,
}

/// What was loaded, by the owners' rows.
struct Members<T> {
    /// For each owner's row, its group; several rows of one owner share one.
    group_of_row: Vec<u32>,
    groups: Groups<T>,
}

/// The groups: of a reverse side each object has one owner; of a many-to-many objects are shared.
enum Groups<T> {
    Own(Vec<Vec<T>>),
    Shared(Vec<Vec<Arc<T>>>),
}

impl<T: Model> ToManyPeers<T> {
    pub(super) fn new(owner: &'static ModelMeta, position: usize) -> Self {
        ToManyPeers {
            owner,
            position,
            owners: OnceLock::new(),
            loaded: Loaded::new(),
            loading: tokio::sync::Mutex::new(()),
        }
    }

    pub(super) fn set_owners(&self, owners: Arc<OwnerKeys>) {
        // A result is finished once; a second time there would be nothing new.
        let _ = self.owners.set(owners);
    }

    /// The key of an owner's row.
    pub(super) fn owner_key(&self, row: u32) -> Option<Value> {
        self.owners.get()?.get(usize::try_from(row).ok()?)
    }

    fn group(&self, row: u32) -> Option<(&Members<T>, usize)> {
        let members = self.loaded.get()?;
        let group = *members.group_of_row.get(usize::try_from(row).ok()?)?;
        Some((members, usize::try_from(group).ok()?))
    }

    /// The rows of a reverse side.
    pub(super) fn own(&self, row: u32) -> Option<&[T]> {
        match self.group(row)? {
            (
                Members {
                    groups: Groups::Own(groups),
                    ..
                },
                at,
            ) => groups.get(at).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The rows of a many-to-many.
    pub(super) fn shared(&self, row: u32) -> Option<&[Arc<T>]> {
        match self.group(row)? {
            (
                Members {
                    groups: Groups::Shared(groups),
                    ..
                },
                at,
            ) => groups.get(at).map(Vec::as_slice),
            _ => None,
        }
    }
}

impl<T: Model> PeerSet for ToManyPeers<T> {
    fn owner(&self) -> &'static ModelMeta {
        self.owner
    }

    fn position(&self) -> usize {
        self.position
    }

    fn is_loaded(&self) -> bool {
        self.loaded.get().is_some()
    }

    fn keys(&self) -> Result<Vec<Value>> {
        let owners = self.owners.get();
        Ok(owners.map(|owners| owners.distinct()).unwrap_or_default())
    }

    fn rows(self: Arc<Self>, node: ModelNode) -> Box<dyn RelatedRows> {
        let owners = self.owners.get();
        let (group_of_row, group_by_key) = owners.map(|owners| owners.groups()).unwrap_or_default();
        let count = usize::try_from(group_by_key.count()).unwrap_or_default();
        let field = &self.owner.fields[self.position];
        let link = if field.kind == crate::meta::FieldKind::ManyToMany {
            Link::Column(node.width())
        } else {
            Link::Field(forward_position(self.owner, self.position))
        };
        let groups = match link {
            Link::Column(_) => Groups::Shared(empty_groups(count)),
            Link::Field(_) => Groups::Own(empty_groups(count)),
        };
        Box::new(ToManyRows {
            peers: self,
            node,
            link,
            group_by_key,
            met: HashMap::new(),
            members: Members {
                group_of_row,
                groups,
            },
        })
    }

    fn loading(&self) -> &tokio::sync::Mutex<()> {
        &self.loading
    }
}

fn empty_groups<T>(count: usize) -> Vec<Vec<T>> {
    std::iter::repeat_with(Vec::new).take(count).collect()
}

/// The position of the foreign key that a reverse side belongs to, in the model that declares it.
pub fn forward_position(owner: &ModelMeta, position: usize) -> usize {
    match owner.fields[position].relation {
        Some(crate::meta::RelationMeta::Reverse(reverse)) => reverse
            .from
            .get()
            .position(reverse.field)
            .unwrap_or_default(),
        _ => position,
    }
}

/// Where the owner's key stands in a related row.
enum Link {
    /// The value of this field of the related model.
    Field(usize),
    /// This column, behind those of the related model.
    Column(usize),
}

struct ToManyRows<T: Model> {
    peers: Arc<ToManyPeers<T>>,
    node: ModelNode,
    link: Link,
    group_by_key: KeyGroups,
    met: HashMap<T::Key, Arc<T>>,
    members: Members<T>,
}

impl<T: Model> ToManyRows<T> {
    fn group(&mut self, key: Value) -> Result<usize> {
        let group = self.group_by_key.find(key);
        group
            .and_then(|group| usize::try_from(group).ok())
            .ok_or_else(|| {
                Error::new(ErrorKind::Decode {
                    column: self.peers.owner.fields[self.peers.position].name.to_owned(),
                    expected: "a key that was asked for".to_owned(),
                    found: "another (do two spellings of a key count as equal in the database?)"
                        .to_owned(),
                })
            })
    }

    fn shared_object(&mut self, row: &mut dyn RowCursor) -> Result<Arc<T>> {
        let key_column = self.node.column_of(T::meta().primary_key_index());
        let Some(key) = T::Key::read_key(&mut Peek(row), &[key_column])? else {
            return Err(Error::query(format!("a {} without a key", T::meta().name)));
        };
        if let Some(object) = self.met.get(&key) {
            return Ok(Arc::clone(object));
        }
        let object = Arc::new(RowReader::new(row, 0, &mut self.node).model::<T>()?);
        self.met.insert(key, Arc::clone(&object));
        Ok(object)
    }
}

impl<T: Model> RelatedRows for ToManyRows<T> {
    fn row(&mut self, row: &mut dyn RowCursor) -> Result<()> {
        match self.link {
            Link::Field(position) => {
                let object = RowReader::new(row, 0, &mut self.node).model::<T>()?;
                let group = self.group(object.value(position)?)?;
                if let Groups::Own(groups) = &mut self.members.groups {
                    groups[group].push(object);
                }
            }
            Link::Column(column) => {
                let owner_type = self.peers.owner.primary_key().value_type();
                let key = owner_type.read(row, column)?;
                let group = self.group(key)?;
                let object = self.shared_object(row)?;
                if let Groups::Shared(groups) = &mut self.members.groups {
                    groups[group].push(object);
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> ModelNode {
        self.node.finish();
        // Two loaders cannot be here: `loading` lets one in, and it asks `is_loaded` first.
        self.peers.loaded.set(self.members);
        self.node
    }
}

impl<T: Model, K: KeyType> std::fmt::Debug for ToOnePeers<T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ToOnePeers({}.{})",
            self.owner.name, self.owner.fields[self.position].name
        )
    }
}

impl<T: Model> std::fmt::Debug for ToManyPeers<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ToManyPeers({}.{})",
            self.owner.name, self.owner.fields[self.position].name
        )
    }
}

//! Foreign keys and one-to-ones as a row holds them: the key, the object once loaded, the peers.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use super::Model;
use super::peers::ToOnePeers;
use crate::error::{Error, ErrorKind, Result};
use crate::meta::{FieldKind, FieldType, KeyType, PrimaryKey};
use crate::query::{AsKey, AsObject, AsText, IntoKeyOperand, Node, Nullability};
use crate::value::{OneValue, RowCursor, Value};

/// A foreign key to a `T`: its key, and the object once it is loaded.
///
/// [`get`](ForeignKey::get) reads what is loaded; `load` loads it, for every row of the same result at once. Assigning
/// another key detaches. Equality and hash go by key. `K` is the type of the key where `to_field` makes it another
/// than the primary key's.
pub struct ForeignKey<T: Model, K: KeyType = <T as Model>::Key> {
    key: K,
    unsaved: bool,
    link: Link<T, K>,
}

/// A foreign key that at most one row has for each `T`.
pub type OneToOne<T, K = <T as Model>::Key> = ForeignKey<T, K>;

enum Link<T: Model, K: KeyType> {
    /// The object came with the row, or was given.
    Object(Arc<T>),
    /// The row is one of a result.
    Peers(Arc<ToOnePeers<T, K>>),
    /// The key was given by hand: what was loaded for it since, and the field there whose value it is, if that is
    /// known not to be the primary key.
    Alone(OnceLock<Arc<T>>, Option<&'static str>),
}

impl<T: Model, K: KeyType> ForeignKey<T, K> {
    /// A foreign key with this key; nothing is loaded.
    pub fn from_key(key: K) -> Self {
        ForeignKey {
            key,
            unsaved: false,
            link: Link::Alone(OnceLock::new(), None),
        }
    }

    /// Learns which field there it holds the value of.
    pub(super) fn lead_to(&mut self, field: Option<&'static str>) {
        if let Link::Alone(_, to_field) = &mut self.link {
            *to_field = field;
        }
    }

    fn leading_to(mut self, field: Option<&'static str>) -> Self {
        self.lead_to(field);
        self
    }

    /// The field of the other model whose value the key is, if nothing is loaded with the row.
    ///
    /// # Errors
    /// Where a key that was given by hand cannot be a primary key, and no field is known.
    pub(crate) fn target(&self) -> Result<usize> {
        let meta = T::meta();
        if let Link::Alone(_, Some(field)) = &self.link {
            return meta.require(field);
        }
        let own = T::Key::COLUMN.map(FieldKind::value_type);
        if own != Some(K::KIND.value_type()) {
            return Err(Error::query(format!(
                "the key {:?} is of a field of {} that is not known here: save() the object that holds it first",
                self.key, meta.name
            )));
        }
        Ok(meta.primary_key_index())
    }

    pub(super) fn loaded(key: K, object: Arc<T>) -> Self {
        ForeignKey {
            key,
            unsaved: false,
            link: Link::Object(object),
        }
    }

    pub(super) fn with_peers(key: K, peers: Arc<ToOnePeers<T, K>>) -> Self {
        ForeignKey {
            key,
            unsaved: false,
            link: Link::Peers(peers),
        }
    }

    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Whether the object is loaded.
    pub fn is_loaded(&self) -> bool {
        self.object().is_some()
    }

    fn object(&self) -> Option<&Arc<T>> {
        match &self.link {
            Link::Object(object) => Some(object),
            Link::Peers(peers) => peers.get(&self.key).flatten(),
            Link::Alone(cell, _) => cell.get(),
        }
    }

    /// The object, if it is loaded.
    ///
    /// # Errors
    /// `NotLoaded`, which says what to call; `DoesNotExist` if it was looked for and is not there.
    pub fn get(&self) -> Result<&T> {
        self.shared().map(|object| &**object)
    }

    /// The object as it is shared by all rows that point to it.
    ///
    /// # Errors
    /// As [`get`](ForeignKey::get).
    pub fn shared(&self) -> Result<&Arc<T>> {
        self.object().ok_or_else(|| self.not_loaded())
    }

    #[cold]
    fn not_loaded(&self) -> Error {
        let Link::Peers(peers) = &self.link else {
            return Error::new(ErrorKind::NotLoaded {
                model: T::meta().name.to_owned(),
                field: format!("{:?}", self.key),
                hint: "load it with `.load(&db)`".to_owned(),
            });
        };
        if peers.get(&self.key).is_some() {
            return self.dangling();
        }
        let (owner, field) = relation_of(&**peers);
        Error::new(ErrorKind::NotLoaded {
            model: owner.to_owned(),
            field: field.to_owned(),
            hint: format!(
                "add `.select_related(|x| x.{field}())` to the query, or load it for all its rows with `.{field}.load(&db)`"
            ),
        })
    }

    /// The error of a key that points to nothing.
    #[cold]
    pub(crate) fn dangling(&self) -> Error {
        Error::new(ErrorKind::DoesNotExist {
            model: format!("{} {:?}", T::meta().name, self.key),
        })
    }

    /// The peers, if the row is one of a result.
    pub(crate) fn peers(&self) -> Option<&Arc<ToOnePeers<T, K>>> {
        match &self.link {
            Link::Peers(peers) => Some(peers),
            Link::Object(_) | Link::Alone(..) => None,
        }
    }

    /// Keeps what was loaded for a key that was given by hand.
    pub(crate) fn keep(&self, object: Arc<T>) {
        if let Link::Alone(cell, _) = &self.link {
            // Whoever loaded it first: both are the same row.
            let _ = cell.set(object);
        }
    }

    /// The key for a statement.
    ///
    /// # Errors
    /// `NotSaved`, if the object that it was taken of is not in the database.
    pub fn to_value(&self) -> Result<Value> {
        if self.unsaved {
            return Err(not_saved::<T>());
        }
        self.key.to_value()
    }
}

#[cold]
fn not_saved<T: Model>() -> Error {
    Error::new(ErrorKind::NotSaved {
        model: T::meta().name.to_owned(),
    })
}

/// The model and the field of a relation, for messages.
fn relation_of(peers: &dyn super::PeerSet) -> (&'static str, &'static str) {
    let owner = peers.owner();
    (owner.name, owner.fields[peers.position()].name)
}

impl<T: Model, K: KeyType> Clone for ForeignKey<T, K> {
    fn clone(&self) -> Self {
        ForeignKey {
            key: self.key.clone(),
            unsaved: self.unsaved,
            link: match &self.link {
                Link::Object(object) => Link::Object(Arc::clone(object)),
                Link::Peers(peers) => Link::Peers(Arc::clone(peers)),
                Link::Alone(cell, to_field) => Link::Alone(cell.clone(), *to_field),
            },
        }
    }
}

impl<T: Model, K: KeyType> fmt::Debug for ForeignKey<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", T::meta().name, self.key)
    }
}

impl<T: Model, K: KeyType> PartialEq for ForeignKey<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T: Model, K: KeyType> Eq for ForeignKey<T, K> {}

impl<T: Model, K: KeyType> Hash for ForeignKey<T, K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<T: Model, K: KeyType + serde::Serialize> serde::Serialize for ForeignKey<T, K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.key.serialize(serializer)
    }
}

impl<'de, T: Model, K: KeyType + serde::Deserialize<'de>> serde::Deserialize<'de>
    for ForeignKey<T, K>
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        K::deserialize(deserializer).map(ForeignKey::from_key)
    }
}

/// What a foreign key's setter takes: an object, a shared object, another foreign key, or a key.
///
/// `Form` tells these apart for the compiler; it is never written.
#[diagnostic::on_unimplemented(
    message = "a foreign key to `{T}` cannot be made of `{Self}`",
    label = "expected `&{T}`, an `Arc` of it, a `ForeignKey` to it, or its key"
)]
pub trait IntoForeignKey<T: Model, K: KeyType, Form> {
    /// The foreign key. `to_field` is the field of the object whose value it holds, if not the primary key.
    ///
    /// # Errors
    /// Where the object's value is not of the key's type.
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>>;
}

fn key_of<T: Model, K: KeyType>(object: &T, to_field: Option<&'static str>) -> Result<(K, bool)> {
    let meta = T::meta();
    let position = match to_field {
        Some(name) => meta.require(name)?,
        None => meta.primary_key_index(),
    };
    let unsaved = meta.primary_key().kind.is_auto() && object.key().is_unsaved();
    let key = K::read(&mut OneValue::new(object.value(position)?), 0)?;
    key.map(|key| (key, unsaved)).ok_or_else(not_saved::<T>)
}

impl<T: Model, K: KeyType> IntoForeignKey<T, K, AsObject> for &T {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>> {
        let (key, unsaved) = key_of(self, to_field)?;
        Ok(ForeignKey {
            unsaved,
            ..ForeignKey::from_key(key).leading_to(to_field)
        })
    }
}

impl<T: Model, K: KeyType> IntoForeignKey<T, K, AsObject> for &Arc<T> {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>> {
        let (key, unsaved) = key_of::<T, K>(self, to_field)?;
        Ok(ForeignKey {
            unsaved,
            ..ForeignKey::loaded(key, Arc::clone(self))
        })
    }
}

impl<T: Model, K: KeyType> IntoForeignKey<T, K, AsObject> for Arc<T> {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>> {
        (&self).into_foreign_key(to_field)
    }
}

impl<T: Model, K: KeyType> IntoForeignKey<T, K, AsObject> for ForeignKey<T, K> {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>> {
        Ok(self.leading_to(to_field))
    }
}

impl<T: Model, K: KeyType> IntoForeignKey<T, K, AsObject> for &ForeignKey<T, K> {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>> {
        Ok(self.clone().leading_to(to_field))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Model, K: KeyType> IntoForeignKey<T, K, AsKey> for K {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, K>> {
        Ok(ForeignKey::from_key(self).leading_to(to_field))
    }
}

impl<T: Model, K: KeyType> From<K> for ForeignKey<T, K> {
    fn from(key: K) -> Self {
        ForeignKey::from_key(key)
    }
}

impl<T: Model> IntoForeignKey<T, String, AsText> for &String {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, String>> {
        self.as_str().into_foreign_key(to_field)
    }
}

impl<T: Model> IntoForeignKey<T, String, AsText> for &str {
    fn into_foreign_key(self, to_field: Option<&'static str>) -> Result<ForeignKey<T, String>> {
        Ok(ForeignKey::from_key(self.to_owned()).leading_to(to_field))
    }
}

impl<M: Model> IntoKeyOperand<M, AsObject> for &M {
    fn into_key_node(self, to_field: Option<&'static str>) -> Node {
        if to_field.is_none() && M::meta().has_composite_key() {
            return crate::query::value_node(Err(Error::query(format!(
                "a {} is identified by several columns: compare these",
                M::meta().name
            ))));
        }
        let position = to_field.and_then(|name| M::meta().position(name));
        let position = position.unwrap_or_else(|| M::meta().primary_key_index());
        if M::meta().primary_key().kind.is_auto() && self.key().is_unsaved() {
            return crate::query::value_node(Err(not_saved::<M>()));
        }
        crate::query::value_node(self.value(position))
    }
}

impl<M: Model> IntoKeyOperand<M, AsObject> for &Arc<M> {
    fn into_key_node(self, to_field: Option<&'static str>) -> Node {
        (&**self).into_key_node(to_field)
    }
}

impl<M: Model, K: KeyType> IntoKeyOperand<M, AsObject> for &ForeignKey<M, K> {
    fn into_key_node(self, _to_field: Option<&'static str>) -> Node {
        crate::query::value_node(self.to_value())
    }
}

impl<M: Model, K: KeyType> IntoKeyOperand<M, AsObject> for ForeignKey<M, K> {
    fn into_key_node(self, to_field: Option<&'static str>) -> Node {
        (&self).into_key_node(to_field)
    }
}

/// A field that is a foreign key or one-to-one, NULL or not: what the derive needs to know of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a foreign key",
    label = "expected `ForeignKey<Model>`, `OneToOne<Model>`, or an `Option` of one"
)]
pub trait ToOneField {
    /// The model that it leads to.
    type Target: Model;
    /// The type of its key.
    type Key: KeyType;
    /// The type of its column: the key's, or an `Option` of it.
    type Column: FieldType;
    /// The state of a path behind it.
    type State<N: Nullability>: Nullability;
    /// Whether NULL is one of its values.
    const NULL: bool;

    /// The key for a statement.
    ///
    /// # Errors
    /// `NotSaved`, if the object that it was taken of is not in the database.
    fn column_value(&self) -> Result<Value>;

    /// The key of a column; nothing is loaded.
    ///
    /// # Errors
    /// Where the column holds something else.
    fn from_column(row: &mut dyn RowCursor, column: usize) -> Result<Self>
    where
        Self: Sized;
}

impl<T: Model, K: KeyType> ToOneField for ForeignKey<T, K> {
    type Target = T;
    type Key = K;
    type Column = K;
    type State<N: Nullability> = N;
    const NULL: bool = false;

    fn column_value(&self) -> Result<Value> {
        self.to_value()
    }

    fn from_column(row: &mut dyn RowCursor, column: usize) -> Result<Self> {
        K::decode(row, column).map(ForeignKey::from_key)
    }
}

impl<T: Model, K: KeyType> ToOneField for Option<ForeignKey<T, K>> {
    type Target = T;
    type Key = K;
    type Column = Option<K>;
    type State<N: Nullability> = N::OrNull;
    const NULL: bool = true;

    fn column_value(&self) -> Result<Value> {
        match self {
            Some(key) => key.to_value(),
            None => Ok(Value::Null(<K as FieldType>::KIND.value_type())),
        }
    }

    fn from_column(row: &mut dyn RowCursor, column: usize) -> Result<Self> {
        Ok(K::read(row, column)?.map(ForeignKey::from_key))
    }
}

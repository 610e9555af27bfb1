//! The fields that hold no column: the reverse sides of keys, and many-to-many.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::peers::ToManyPeers;
use super::{Model, PeerSet};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// The rows whose foreign key leads here.
pub struct HasMany<T: Model> {
    link: Option<Link<T>>,
}

/// The row whose one-to-one leads here, if there is one.
pub struct HasOne<T: Model> {
    link: Option<Link<T>>,
    joined: Option<Option<Arc<T>>>,
}

/// The rows on the other side of a many-to-many.
pub struct ManyToMany<T: Model> {
    link: Option<Link<T>>,
}

/// Which row of which peers.
struct Link<T: Model> {
    peers: Arc<ToManyPeers<T>>,
    row: u32,
    /// What holds instead, since this row's part of what the peers had loaded was written to.
    renewed: OnceLock<Box<Link<T>>>,
}

impl<T: Model> Link<T> {
    fn new(peers: Arc<ToManyPeers<T>>, row: u32) -> Self {
        Link {
            peers,
            row,
            renewed: OnceLock::new(),
        }
    }

    /// The link that holds now.
    fn current(&self) -> &Link<T> {
        let mut link = self;
        while let Some(renewed) = link.renewed.get() {
            link = renewed;
        }
        link
    }

    /// Forgets what was loaded for this row; its peers keep what they have.
    fn renew(&self) {
        let link = self.current();
        if !link.peers.is_loaded() {
            return;
        }
        let peers = ToManyPeers::new(link.peers.owner(), link.peers.position());
        let key = link.peers.owner_key(link.row);
        peers.set_owners(Arc::new(key.into_iter().collect()));
        // Whoever was first: both know nothing.
        let _ = link.renewed.set(Box::new(Link::new(Arc::new(peers), 0)));
    }
}

impl<T: Model> Clone for Link<T> {
    fn clone(&self) -> Self {
        let current = self.current();
        Link::new(Arc::clone(&current.peers), current.row)
    }
}

impl<T: Model> HasMany<T> {
    pub(super) fn with_peers(peers: Arc<ToManyPeers<T>>, row: u32) -> Self {
        HasMany {
            link: Some(Link::new(peers, row)),
        }
    }

    /// The rows, if they are loaded.
    ///
    /// # Errors
    /// `NotLoaded`, which says what to call.
    pub fn get(&self) -> Result<&[T]> {
        let link = self.link.as_ref().map(Link::current);
        let own = link.and_then(|link| link.peers.own(link.row));
        own.ok_or_else(|| not_loaded(link))
    }
}

impl<T: Model> ManyToMany<T> {
    pub(super) fn with_peers(peers: Arc<ToManyPeers<T>>, row: u32) -> Self {
        ManyToMany {
            link: Some(Link::new(peers, row)),
        }
    }

    /// The objects, if they are loaded; one that several rows have is shared by them.
    ///
    /// # Errors
    /// `NotLoaded`, which says what to call.
    pub fn get(&self) -> Result<&[Arc<T>]> {
        let link = self.link.as_ref().map(Link::current);
        let shared = link.and_then(|link| link.peers.shared(link.row));
        shared.ok_or_else(|| not_loaded(link))
    }
}

impl<T: Model> HasOne<T> {
    pub(super) fn with_peers(peers: Arc<ToManyPeers<T>>, row: u32) -> Self {
        HasOne {
            link: Some(Link::new(peers, row)),
            joined: None,
        }
    }

    pub(super) fn loaded(object: Option<Arc<T>>) -> Self {
        HasOne {
            link: None,
            joined: Some(object),
        }
    }

    /// The row, or `None` if there is none, once that is known.
    ///
    /// # Errors
    /// `NotLoaded`, which says what to call.
    pub fn get(&self) -> Result<Option<&T>> {
        if let Some(joined) = &self.joined {
            return Ok(joined.as_deref());
        }
        let link = self.link.as_ref().map(Link::current);
        let own = link.and_then(|link| link.peers.own(link.row));
        own.map(<[T]>::first).ok_or_else(|| not_loaded(link))
    }
}

#[cold]
fn not_loaded<T: Model>(link: Option<&Link<T>>) -> Error {
    let Some(link) = link else {
        return Error::new(ErrorKind::NotSaved {
            model: format!("owner of {} objects", T::meta().name),
        });
    };
    let owner = link.peers.owner();
    let field = owner.fields[link.peers.position()].name;
    Error::new(ErrorKind::NotLoaded {
        model: owner.name.to_owned(),
        field: field.to_owned(),
        hint: format!(
            "add `.prefetch_related(|x| x.{field}())` to the query, or load it for all its rows with `.{field}.load(&db)`"
        ),
    })
}

/// A field that holds no column.
pub trait ToManyField {
    /// The model on the other side.
    type Target: Model;

    /// The peers and this row among them, if the owner is in the database.
    fn peers(&self) -> Option<(&Arc<ToManyPeers<Self::Target>>, u32)>;

    /// Forgets what was loaded of it, after a write: the next `load` reads anew, for this row alone.
    fn renew(&self);

    /// Becomes the field of an owner that is in the database.
    fn attach_to(&mut self, peers: Arc<ToManyPeers<Self::Target>>, row: u32);

    /// The relation's owner, its position there, and the owner's key.
    ///
    /// # Errors
    /// `NotSaved`, if the owner is not in the database.
    fn owner_key(&self) -> Result<(&'static crate::meta::ModelMeta, usize, Value)> {
        let known = self.peers().and_then(|(peers, row)| {
            Some((peers.owner(), peers.position(), peers.owner_key(row)?))
        });
        known.ok_or_else(|| not_loaded::<Self::Target>(None))
    }
}

macro_rules! to_many {
    ($($type:ident { $($extra:ident: $default:expr),* }),* $(,)?) => {
        $(impl<T: Model> ToManyField for $type<T> {
            type Target = T;

            fn peers(&self) -> Option<(&Arc<ToManyPeers<T>>, u32)> {
                let link = self.link.as_ref()?.current();
                Some((&link.peers, link.row))
            }

            fn renew(&self) {
                if let Some(link) = &self.link {
                    link.renew();
                }
            }

            fn attach_to(&mut self, peers: Arc<ToManyPeers<T>>, row: u32) {
                self.link = Some(Link::new(peers, row));
                $(self.$extra = $default;)*
            }
        }

        impl<T: Model> Default for $type<T> {
            fn default() -> Self {
                $type {
                    link: None,
                    $($extra: $default,)*
                }
            }
        }

        impl<T: Model> Clone for $type<T> {
            fn clone(&self) -> Self {
                $type {
                    link: self.link.clone(),
                    $($extra: self.$extra.clone(),)*
                }
            }
        }

        /// What is loaded is no part of the row, so that these fields never make two rows differ.
        impl<T: Model> PartialEq for $type<T> {
            fn eq(&self, _other: &Self) -> bool {
                true
            }
        }

        impl<T: Model> Eq for $type<T> {}

        impl<T: Model> std::hash::Hash for $type<T> {
            fn hash<H: std::hash::Hasher>(&self, _state: &mut H) {}
        }

        impl<T: Model> fmt::Debug for $type<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.get() {
                    Ok(_) => write!(f, "{}<{}>(loaded)", stringify!($type), T::meta().name),
                    Err(_) => write!(f, "{}<{}>", stringify!($type), T::meta().name),
                }
            }
        }

        impl<'de, T: Model> serde::Deserialize<'de> for $type<T> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::de::IgnoredAny::deserialize(deserializer).map(|_| $type::default())
            }
        })*
    };
}

to_many!(HasMany {}, HasOne { joined: None }, ManyToMany {});

macro_rules! serialize {
    ($($type:ident: $objects:ident => $keys:expr),* $(,)?) => {
        $(impl<T: Model> serde::Serialize for $type<T>
        where
            T::Key: serde::Serialize,
        {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.get() {
                    Ok($objects) => $keys.serialize(serializer),
                    Err(_) => serializer.serialize_none(),
                }
            }
        })*
    };
}

serialize!(
    HasMany: objects => objects.iter().map(T::key).collect::<Vec<_>>(),
    HasOne: object => object.map(T::key),
    ManyToMany: objects => objects.iter().map(|object| object.key()).collect::<Vec<_>>(),
);

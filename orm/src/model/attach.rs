//! Owners of relations that came into being outside of a result: objects that were just created.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Model;
use super::node::owner_position;
use super::owners::OwnerKeys;
use super::peers::ToManyPeers;
use crate::error::Result;
use crate::meta::{ModelMeta, RelationMeta};

/// Objects that are in the database, with the values that relations to them hold. What is loaded for one of them is
/// loaded for all.
#[derive(Debug)]
pub struct Owner {
    meta: &'static ModelMeta,
    /// For each field that relations lead to, its value in every object.
    values: Vec<(usize, Arc<OwnerKeys>)>,
    /// The peers by the position of their relation; each is an `Arc<ToManyPeers<_>>` of the relation's own type.
    peers: RefCell<HashMap<usize, Box<dyn Any>>>,
    row: u32,
}

impl Owner {
    /// Attaches an object's to-many fields to it, so that they can be loaded, added to and removed from.
    ///
    /// # Errors
    /// Where one of its values cannot be stored.
    pub fn attach<M: Model>(object: &mut M) -> Result<()> {
        Owner::attach_all(std::slice::from_mut(object))
    }

    /// Attaches the to-many fields of objects to them, and makes them peers of each other, as if one query had read
    /// them.
    ///
    /// # Errors
    /// Where one of their values cannot be stored.
    pub fn attach_all<M: Model>(objects: &mut [M]) -> Result<()> {
        let meta = M::meta();
        let mut values: Vec<(usize, Arc<OwnerKeys>)> = Vec::new();
        let mut relations = Vec::new();
        for relation in 0..meta.fields.len() {
            let Some(position) = owner_position(meta, relation) else {
                continue;
            };
            relations.push(relation);
            if !values.iter().any(|(known, _)| *known == position) {
                let of_objects = objects.iter().map(|object| object.value(position));
                let keys = of_objects.collect::<Result<OwnerKeys>>()?;
                values.push((position, Arc::new(keys)));
            }
        }
        let mut owner = Owner {
            meta,
            values,
            peers: RefCell::default(),
            row: 0,
        };
        for object in objects {
            Owner::lead_keys(object);
            for relation in &relations {
                let field = M::accesses()[*relation].get_mut(object);
                field.attach(&owner, *relation);
            }
            owner.row += 1;
        }
        Ok(())
    }

    /// Tells the keys of an object which fields they hold the values of, where those are not primary keys.
    pub fn lead_keys<M: Model>(object: &mut M) {
        for (field, access) in M::meta().fields.iter().zip(M::accesses()) {
            if let Some(RelationMeta::ToOne(to_one)) = field.relation
                && to_one.to_field.is_some()
            {
                access.get_mut(object).lead_to(to_one.to_field);
            }
        }
    }

    /// The object's number among its peers.
    pub(super) fn row(&self) -> u32 {
        self.row
    }

    /// The peers of the relation at a position, the same for all objects.
    pub(super) fn peers<T: Model>(&self, position: usize) -> Arc<ToManyPeers<T>> {
        let mut all = self.peers.borrow_mut();
        let peers = all
            .entry(position)
            .or_insert_with(|| Box::new(self.new_peers::<T>(position)));
        match peers.downcast_ref::<Arc<ToManyPeers<T>>>() {
            Some(peers) => Arc::clone(peers),
            None => unreachable!("the relation at a position has one type"),
        }
    }

    fn new_peers<T: Model>(&self, position: usize) -> Arc<ToManyPeers<T>> {
        let own = owner_position(self.meta, position);
        let held = self
            .values
            .iter()
            .find(|(position, _)| Some(*position) == own)
            .map(|(_, values)| Arc::clone(values));
        let peers = ToManyPeers::new(self.meta, position);
        peers.set_owners(held.unwrap_or_default());
        Arc::new(peers)
    }
}

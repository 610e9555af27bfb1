//! What depends on the rows of a model: the foreign keys to it, and the tables between that name it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::ast::Name;
use crate::error::Result;
use crate::meta::registry::{models, references_to};
use crate::meta::{ModelMeta, OnDelete, RelationMeta, ToOne};
use crate::resolve::many_to_many_link;
use crate::value::ValueType;

/// What depends on the rows of a model.
#[derive(Debug)]
pub(super) struct Incoming {
    /// The foreign keys whose rule the collector carries out.
    pub(super) keys: Vec<Key>,
    /// The tables of many-to-many relations that no model stands for.
    pub(super) between: Vec<Between>,
    /// The fields that must be known of a row to be deleted: first the primary key, then what foreign keys hold instead.
    pub(super) read: Vec<usize>,
    /// Whether the model has a `RESTRICT` key of its own: its rows are collected one by one, to know which of them
    /// are deleted anyway.
    pub(super) restricts: bool,
}

/// A foreign key to the model.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) model: &'static ModelMeta,
    pub(super) position: usize,
    pub(super) on_delete: OnDelete,
    /// Which of the fields in [`Incoming::read`] it holds.
    pub(super) holds: usize,
}

/// A table between the sides of a many-to-many relation.
#[derive(Debug)]
pub(super) struct Between {
    pub(super) label: String,
    pub(super) table: Name,
    pub(super) column: Name,
    pub(super) value_type: ValueType,
}

impl Incoming {
    /// What depends on a model, found once: models do not change while a program runs.
    pub(super) fn of(model: &'static ModelMeta) -> Arc<Incoming> {
        static KNOWN: OnceLock<RwLock<HashMap<usize, Arc<Incoming>>>> = OnceLock::new();
        let all = KNOWN.get_or_init(RwLock::default);
        let address = std::ptr::from_ref(model) as usize;
        let known = all.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&address) {
            return Arc::clone(known);
        }
        drop(known);
        let found = Arc::new(Incoming::find(model));
        let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(address).or_insert(found))
    }

    fn find(model: &'static ModelMeta) -> Incoming {
        let mut incoming = Incoming {
            keys: Vec::new(),
            between: between(model),
            read: model.keys().collect(),
            restricts: model.fields.iter().any(|field| {
                matches!(
                    field.relation,
                    Some(RelationMeta::ToOne(ToOne {
                        on_delete: OnDelete::Restrict,
                        ..
                    }))
                )
            }),
        };
        for (other, position, to_one) in references_to(model) {
            let on_delete = to_one.on_delete;
            if is_left_alone(on_delete) {
                continue;
            }
            let target = to_one.to_field.and_then(|name| model.position(name));
            let target = target.unwrap_or(model.primary_key_index());
            let known = incoming.read.iter().position(|read| *read == target);
            let holds = known.unwrap_or_else(|| {
                incoming.read.push(target);
                incoming.read.len() - 1
            });
            incoming.keys.push(Key {
                model: other,
                position,
                on_delete,
                holds,
            });
        }
        incoming
    }

    /// Whether rows can be deleted without looking further.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.between.is_empty()
    }
}

/// Whether a rule is none of the collector's business.
fn is_left_alone(on_delete: OnDelete) -> bool {
    matches!(
        on_delete,
        OnDelete::DoNothing | OnDelete::DbCascade | OnDelete::DbSetNull | OnDelete::DbSetDefault
    )
}

fn between(model: &'static ModelMeta) -> Vec<Between> {
    let mut all = Vec::new();
    let model = model.concrete();
    for owner in models() {
        for field in owner.fields {
            let Some(RelationMeta::ManyToMany(relation)) = field.relation else {
                continue;
            };
            let to = relation.to.get().concrete();
            if relation.through.is_some() || !owner.is(model) && !to.is(model) {
                continue;
            }
            let link: Result<_> = many_to_many_link(owner, field, &relation);
            // Only an explicit table between can be wrong; those are models, and found by their keys.
            let Ok(link) = link else { continue };
            let mut side = |column: &Name| {
                all.push(Between {
                    label: format!("{}_{}", owner.label(), field.name),
                    table: link.table.clone(),
                    column: column.clone(),
                    value_type: model.primary_key().value_type(),
                });
            };
            if owner.is(model) {
                side(&link.source);
            }
            if to.is(model) {
                side(&link.target);
            }
        }
    }
    all
}

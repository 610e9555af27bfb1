//! Rows on the other side of a to-many relation: added, removed, made.
//!
//! After a write, what was loaded of the relation is forgotten for its owner, so that the next `load` reads anew. The
//! other side is not known here: objects that were loaded with their own view of the relation keep it.

mod between;
mod has_many;
mod many_to_many;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::query::{IntoKeyOperand, Node};
use crate::value::Value;

/// The keys of objects, each once.
fn keys_of<T: Model, I, F>(objects: I, to_field: Option<&'static str>) -> Result<Vec<Value>>
where
    I: IntoIterator,
    I::Item: IntoKeyOperand<T, F>,
{
    if to_field.is_none() && T::meta().has_composite_key() {
        return Err(Error::query(format!(
            "a {} is identified by several columns: set its key to this object, and save it",
            T::meta().name
        )));
    }
    let mut seen = std::collections::HashSet::new();
    let mut keys = Vec::new();
    for object in objects {
        match object.into_key_node(to_field) {
            Node::Value(value) => {
                if seen.insert(value.clone().into_key()) {
                    keys.push(value);
                }
            }
            Node::Invalid(kind) => return Err(Error::new((*kind).clone())),
            other => {
                return Err(Error::query(format!(
                    "a relation holds objects and keys of {}, not {other}",
                    T::meta().name
                )));
            }
        }
    }
    Ok(keys)
}

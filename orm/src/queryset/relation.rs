//! `author.posts.objects()`: what is on the other side of a relation, as a query set.

use std::sync::Arc;

use super::QuerySet;
use crate::error::Result;
use crate::load::Relation;
use crate::meta::Lookup;
use crate::model::{HasMany, HasOne, ManyToMany, Model, ToManyField};
use crate::query::{Node, Predicate};

/// The rows of a relation, for its owner.
fn related<T: Model, F: ToManyField<Target = T>>(field: &F) -> QuerySet<T> {
    let mut query_set = QuerySet::<T>::new();
    if let Err(error) = restrict(&mut query_set, field) {
        let kind = Arc::new(error.kind().clone());
        query_set.query.error.get_or_insert(kind);
    }
    query_set
}

fn restrict<T: Model, F: ToManyField<Target = T>>(
    query_set: &mut QuerySet<T>,
    field: &F,
) -> Result<()> {
    let (owner, position, key) = field.owner_key()?;
    let mut path = query_set.query.root();
    path.steps.extend(Relation::of(owner, position)?.steps);
    query_set.query.filter(Predicate::Compare(
        Node::Path(path),
        Lookup::Exact,
        Node::Value(key),
    ));
    Ok(())
}

macro_rules! objects {
    ($($type:ident),*) => {
        $(impl<T: Model> $type<T> {
            /// What is on the other side, as a query set to filter, order, count, update or delete. An owner that is
            /// not in the database is told when it runs.
            pub fn objects(&self) -> QuerySet<T> {
                related(self)
            }
        })*
    };
}

objects!(HasMany, HasOne, ManyToMany);

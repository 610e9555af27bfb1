//! Relations as such: compared with keys, joined by `select_related`, loaded by `prefetch_related`.

use super::{
    Assignment, Expr, IntoKeyOperand, ModelPath, Node, NullableState, OrderBy, Path, Predicate, Q,
    Query, Step, ToOneState, aggregate, by_name,
};
use crate::error::ErrorKind;
use crate::meta::{FieldMeta, Lookup, RelationMeta};
use crate::value::{Value, ValueType};

/// Relations to be joined, as a tree: a step and what lies behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedTree {
    /// The step.
    pub step: Step,
    /// What is joined from there.
    pub children: Vec<RelatedTree>,
}

impl RelatedTree {
    /// Adds a path to a forest of trees; steps that are there already are shared.
    pub fn insert(trees: &mut Vec<RelatedTree>, steps: &[Step]) {
        let Some((first, rest)) = steps.split_first() else {
            return;
        };
        let at = trees
            .iter()
            .position(|tree| tree.step == *first)
            .unwrap_or_else(|| {
                trees.push(RelatedTree {
                    step: *first,
                    children: Vec::new(),
                });
                trees.len() - 1
            });
        RelatedTree::insert(&mut trees[at].children, rest);
    }
}

/// Relations to be loaded by further queries: a path, and the query for what is at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefetch {
    /// The steps from the root; every one is loaded.
    pub steps: Vec<Step>,
    /// The query for the last step, where it is not just all rows.
    pub query: Option<Box<Query>>,
}

/// What `select_related` takes: to-one paths, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`select_related` follows to-one relations only",
    label = "this is no path over foreign keys and one-to-ones; for to-many relations there is `prefetch_related`"
)]
pub trait IntoRelated<O> {
    /// The paths.
    fn into_paths(self) -> Vec<Path>;
}

#[diagnostic::do_not_recommend]
impl<O, P: ModelPath<Root = O>> IntoRelated<O> for P
where
    P::State: ToOneState,
{
    fn into_paths(self) -> Vec<Path> {
        vec![self.path().clone()]
    }
}

/// What `prefetch_related` takes: paths to models, [`Prefetch`]es with a query of their own, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be prefetched",
    label = "expected a path to a model: `p.tags()`, `a.posts().tags()`, perhaps `.with(query)`"
)]
pub trait IntoPrefetch<O> {
    /// The prefetches.
    fn into_prefetches(self) -> Vec<Prefetch>;
}

#[diagnostic::do_not_recommend]
impl<O, P: ModelPath<Root = O>> IntoPrefetch<O> for P {
    fn into_prefetches(self) -> Vec<Prefetch> {
        vec![Prefetch {
            steps: self.path().steps.to_vec(),
            query: None,
        }]
    }
}

impl<O> IntoPrefetch<O> for Prefetch {
    fn into_prefetches(self) -> Vec<Prefetch> {
        vec![self]
    }
}

/// The verbs of a path that leads to a model: `p.author().is_null()`, `p.author().eq(&alice)`, `a.posts().count()`.
pub trait RelationPath: ModelPath {
    /// The relation's key as a node.
    fn key_node(&self) -> Node {
        Node::Path(self.path().clone())
    }

    /// Nothing is on the other side.
    fn is_null(&self) -> Q<Self::Root> {
        Q::new(Predicate::IsNull(self.key_node(), true))
    }

    /// Something is on the other side.
    fn is_not_null(&self) -> Q<Self::Root> {
        Q::new(Predicate::IsNull(self.key_node(), false))
    }

    /// This object is on the other side; of a to-many relation, among them.
    fn eq<F>(&self, object: impl IntoKeyOperand<Self::Target, F>) -> Q<Self::Root> {
        let key = key_operand(self.path(), object);
        Q::new(Predicate::Compare(self.key_node(), Lookup::Exact, key))
    }

    /// The complement of `eq`.
    fn ne<F>(&self, object: impl IntoKeyOperand<Self::Target, F>) -> Q<Self::Root> {
        !self.eq(object)
    }

    /// In `update`: leads to this object from now on.
    fn set<F>(&self, object: impl IntoKeyOperand<Self::Target, F>) -> Assignment<Self::Root> {
        let key = key_operand(self.path(), object);
        Assignment::new(self.key_node(), key)
    }

    /// In `update`: leads to nothing from now on. Of a key in an `Option`, `p.author_id().set(None)` is the same.
    fn set_null(&self) -> Assignment<Self::Root>
    where
        Self::State: NullableState,
    {
        let path = self.path();
        let null = Value::Null(held_type(path));
        Assignment::new(self.key_node(), Node::Value(null))
    }

    /// In the order of the model on the other side: its own, or else that of its key.
    fn asc(&self) -> Vec<OrderBy<Self::Root>> {
        by_name::order_of(self.path(), false)
    }

    /// In the opposite of the order of the model on the other side.
    fn desc(&self) -> Vec<OrderBy<Self::Root>> {
        by_name::order_of(self.path(), true)
    }

    /// One of these objects is on the other side.
    fn in_<I, F>(&self, objects: I) -> Q<Self::Root>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<Self::Target, F>,
    {
        let mut values = Vec::new();
        for object in objects {
            match key_operand(self.path(), object) {
                Node::Value(value) => values.push(value),
                other => return Q::new(Predicate::IsTrue(other)),
            }
        }
        let value_type = values.first().map_or(ValueType::Int, Value::value_type);
        Q::new(Predicate::InList(
            self.key_node(),
            Value::List(value_type, values),
        ))
    }

    /// The object on the other side is one that a query finds.
    fn in_query(&self, query: impl Into<Query>) -> Q<Self::Root> {
        let mut query = query.into();
        if query.values.is_none()
            && let Some(to_field) = to_field(self.path())
            && let Some(position) = query.model.position(to_field)
        {
            // What the key holds is not the primary key.
            let held = query
                .root()
                .step(Step::Field(u16::try_from(position).unwrap_or(u16::MAX)));
            query.select([Node::Path(held)]);
        }
        Q::new(Predicate::InQuery(self.key_node(), Box::new(query)))
    }

    /// How many are on the other side.
    fn count(&self) -> Expr<Self::Root, i64> {
        aggregate::count_of(self.key_node())
    }

    /// Prefetches with a query of its own: filtered, ordered, sliced for each parent.
    fn with(&self, query: impl Into<Query>) -> Prefetch {
        Prefetch {
            steps: self.path().steps.to_vec(),
            query: Some(Box::new(query.into())),
        }
    }
}

impl<P: ModelPath> RelationPath for P {}

/// The field that a path's last step takes.
fn last_field(path: &Path) -> Option<&'static FieldMeta> {
    let (last, before) = path.steps.split_last()?;
    let mut model = path.root;
    for step in before {
        model = step.field(model).1;
    }
    matches!(last, Step::Field(_)).then(|| last.field(model).0)
}

/// The field whose values the relation at a path's end holds, if it is not the primary key.
fn to_field(path: &Path) -> Option<&'static str> {
    match last_field(path)?.relation {
        Some(RelationMeta::ToOne(to_one)) => to_one.to_field,
        _ => None,
    }
}

/// The type of the keys that the relation at a path's end holds.
fn held_type(path: &Path) -> ValueType {
    match last_field(path) {
        Some(field) if matches!(field.relation, Some(RelationMeta::ToOne(_))) => field.value_type(),
        _ => path.model().primary_key().value_type(),
    }
}

/// What a relation is compared with, which must be of its keys' type: SQLite would find nothing, and say nothing.
fn key_operand<M, F>(path: &Path, object: impl IntoKeyOperand<M, F>) -> Node {
    let held = held_type(path);
    match object.into_key_node(to_field(path)) {
        Node::Value(value) if value.value_type() != held => {
            let message = format!(
                "a relation to {} is compared with {}, and its key is {}",
                path.model().name,
                value.value_type().as_str(),
                held.as_str()
            );
            Node::invalid(ErrorKind::InvalidQuery { message })
        }
        node => node,
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {
        $(impl<OO, $($name: IntoRelated<OO>),*> IntoRelated<OO> for ($($name,)*) {
            #[allow(non_snake_case)] // the type parameters name the parts
            fn into_paths(self) -> Vec<Path> {
                let ($($name,)*) = self;
                let mut paths = Vec::new();
                $(paths.extend($name.into_paths());)*
                paths
            }
        }

        impl<OO, $($name: IntoPrefetch<OO>),*> IntoPrefetch<OO> for ($($name,)*) {
            #[allow(non_snake_case)] // the type parameters name the parts
            fn into_prefetches(self) -> Vec<Prefetch> {
                let ($($name,)*) = self;
                let mut prefetches = Vec::new();
                $(prefetches.extend($name.into_prefetches());)*
                prefetches
            }
        })*
    };
}

tuples!((A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F));

//! What is loaded beside a query's rows: a tree of relations, each with the query for its rows.

use std::sync::Arc;

use super::prepare;
use crate::driver::Statement;
use crate::error::{Error, Result};
use crate::meta::{FieldKind, ModelMeta, RelationMeta, ReverseKind};
use crate::model::{ModelNode, PeerSet, RelatedRows, forward_position};
use crate::query::{Filter, Node, Path, Placed, Predicate, Prefetch, Query, Step};
use crate::resolve::Read;
use crate::sql::{Dialect, ListForm};
use crate::value::{Value, ValueType};

/// A relation to be loaded for all rows of a node, and what is loaded behind it.
#[derive(Debug, Clone)]
pub(crate) struct PrefetchTree {
    position: usize,
    query: Option<Box<Query>>,
    children: Vec<PrefetchTree>,
}

/// Peers that are to be loaded.
pub(super) struct Request {
    pub(super) peers: Arc<dyn PeerSet>,
    pub(super) query: Option<Box<Query>>,
    pub(super) children: Vec<PrefetchTree>,
}

/// Peers whose rows are on their way.
pub(super) struct Pending {
    pub(super) rows: Box<dyn RelatedRows>,
    pub(super) children: Vec<PrefetchTree>,
}

/// So many keys are asked for by one statement where each is a placeholder of its own.
pub(crate) const KEYS_OF_PLACEHOLDERS: usize = 8192;

impl PrefetchTree {
    /// The trees of a query's prefetches: paths that begin alike share their beginnings.
    ///
    /// # Errors
    /// Where a path takes a step that is no declared relation, or one relation is given two queries.
    pub(crate) fn of(
        prefetches: &[Prefetch],
        model: &'static ModelMeta,
    ) -> Result<Vec<PrefetchTree>> {
        let mut trees = Vec::new();
        for prefetch in prefetches {
            insert(
                &mut trees,
                &prefetch.steps,
                prefetch.query.as_deref(),
                model,
            )?;
        }
        Ok(trees)
    }

    /// What is to be loaded for a node: its relations, and those of the models joined to it.
    pub(super) fn requests(
        trees: &[PrefetchTree],
        node: &mut ModelNode,
        requests: &mut Vec<Request>,
    ) -> Result<()> {
        for tree in trees {
            if let Some(joined) = node.joined(tree.position) {
                PrefetchTree::requests(&tree.children, joined, requests)?;
                continue;
            }
            // Without a row there is nobody to load for.
            if let Some(peers) = node.peers(tree.position)
                && !peers.is_loaded()
            {
                requests.push(Request {
                    peers,
                    query: tree.query.clone(),
                    children: tree.children.clone(),
                });
            }
        }
        Ok(())
    }
}

fn insert(
    trees: &mut Vec<PrefetchTree>,
    steps: &[Step],
    query: Option<&Query>,
    model: &'static ModelMeta,
) -> Result<()> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    let position = match *step {
        Step::Field(position) => position,
        Step::Via(other, position) => {
            let (other, key) = (other.name, other.fields[usize::from(position)].name);
            return Err(Error::query(format!(
                "prefetch_related() fills fields, and {} has none for the way back over `{other}.{key}`: \
                 declare one with `#[related({other}::{key})]`",
                model.name
            )));
        }
    };
    let position = usize::from(position);
    let (_, related) = step.field(model);
    let at = trees
        .iter()
        .position(|tree| tree.position == position)
        .unwrap_or_else(|| {
            trees.push(PrefetchTree {
                position,
                query: None,
                children: Vec::new(),
            });
            trees.len() - 1
        });
    if rest.is_empty()
        && let Some(query) = query
    {
        if trees[at].query.is_some() {
            return Err(Error::query(format!(
                "`{}` of {} is prefetched with two queries: make it one",
                model.fields[position].name, model.name
            )));
        }
        for prefetch in &query.prefetch {
            insert(
                &mut trees[at].children,
                &prefetch.steps,
                prefetch.query.as_deref(),
                related,
            )?;
        }
        trees[at].query = Some(Box::new(query.clone()));
    }
    insert(&mut trees[at].children, rest, query, related)
}

impl Request {
    /// The statements that ask for all rows, and what takes them.
    pub(super) fn statements(
        self,
        dialect: &'static dyn Dialect,
    ) -> Result<(Pending, Vec<Statement>)> {
        let relation = Relation::of(self.peers.owner(), self.peers.position())?;
        let keys = self.peers.keys()?;
        let mut statements = Vec::new();
        let mut joins = Arc::default();
        for keys in chunks(keys, per_statement(dialect)) {
            let query = relation.query(self.query.as_deref(), keys)?;
            let prepared = prepare(dialect, &query, Read::Rows)?;
            joins = prepared.joins;
            statements.push(prepared.statement);
        }
        let deferred = self.query.map(|query| query.deferred).unwrap_or_default();
        let node = ModelNode::new(relation.related, joins, deferred);
        let pending = Pending {
            rows: self.peers.rows(node),
            children: self.children,
        };
        Ok((pending, statements))
    }
}

/// So many keys are asked for by one statement.
pub(crate) fn per_statement(dialect: &dyn Dialect) -> usize {
    match dialect.features().list_form {
        ListForm::Placeholders => KEYS_OF_PLACEHOLDERS,
        ListForm::Array | ListForm::Json => usize::MAX,
    }
}

fn chunks(mut keys: Vec<Value>, size: usize) -> Vec<Vec<Value>> {
    let mut chunks = Vec::new();
    while size < keys.len() {
        let rest = keys.split_off(size);
        chunks.push(std::mem::replace(&mut keys, rest));
    }
    if !keys.is_empty() {
        chunks.push(keys);
    }
    chunks
}

/// A relation, seen from the rows that are loaded: the path from them to the keys that were asked for.
pub(crate) struct Relation {
    pub(crate) related: &'static ModelMeta,
    /// The step, or the steps, from a loaded row to what is looked for among the keys.
    pub(crate) steps: Vec<Step>,
    key_type: ValueType,
    /// Whether the key must be selected beside the row: it is not one of its columns.
    beside: bool,
}

impl Relation {
    /// The relation at a position of its owner.
    pub(crate) fn of(owner: &'static ModelMeta, position: usize) -> Result<Relation> {
        let field = &owner.fields[position];
        let Some(relation) = field.relation else {
            return Err(Error::query(format!(
                "`{}` of {} is no relation",
                field.name, owner.name
            )));
        };
        let step = |position: usize| Step::Field(u16::try_from(position).unwrap_or(u16::MAX));
        Ok(match relation {
            RelationMeta::ToOne(to_one) => {
                let related = to_one.to.get();
                let target = match to_one.to_field {
                    Some(name) => related.require(name)?,
                    None => related.primary_key_index(),
                };
                Relation {
                    related,
                    steps: vec![step(target)],
                    key_type: related.fields[target].value_type(),
                    beside: false,
                }
            }
            RelationMeta::ManyToMany(many) => Relation {
                related: many.to.get(),
                steps: vec![Step::Via(
                    owner,
                    u16::try_from(position).unwrap_or(u16::MAX),
                )],
                key_type: owner.primary_key().value_type(),
                beside: true,
            },
            RelationMeta::Reverse(reverse) => {
                let related = reverse.from.get();
                let forward = forward_position(owner, position);
                let beside = reverse.kind == ReverseKind::ManyToMany;
                debug_assert!(beside == (related.fields[forward].kind == FieldKind::ManyToMany));
                let key_type = if beside {
                    owner.primary_key().value_type()
                } else {
                    related.fields[forward].value_type()
                };
                Relation {
                    related,
                    steps: vec![step(forward)],
                    key_type,
                    beside,
                }
            }
        })
    }

    /// The query for the rows of these keys.
    fn query(&self, custom: Option<&Query>, keys: Vec<Value>) -> Result<Query> {
        let mut query = custom.cloned().unwrap_or_else(|| Query::new(self.related));
        if query.values.is_some() || !query.model.is(self.related) {
            return Err(Error::query(format!(
                "a prefetch of {} takes a query of {0}, without values()",
                self.related.name
            )));
        }
        query.prefetch.clear();
        let mut path = Path::root(query.model, query.scope);
        path.steps.extend(self.steps.iter().copied());
        let key = Node::Path(path);
        // First, so that the key beside the row is of the join that was looked through.
        query.filters.insert(
            0,
            Filter {
                predicate: Predicate::InList(key.clone(), Value::List(self.key_type, keys)),
                on_groups: false,
            },
        );
        query
            .annotations
            .iter_mut()
            .for_each(|placed| placed.filters += 1);
        if query.is_sliced() {
            query.partition = Some(key.clone());
        }
        if self.beside {
            query.annotations.insert(
                0,
                Placed {
                    node: key,
                    filters: 1,
                },
            );
        }
        Ok(query)
    }
}

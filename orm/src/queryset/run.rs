//! The methods that run a query.

use std::collections::HashMap;
use std::sync::Arc;

use super::{QuerySet, Root};
use crate::driver::{BoxFuture, Chunks, Executor, RowCursor, Statement};
use crate::driver::{downcast, execute, fold, read_rows};
use crate::error::{Error, ErrorKind, Result};
use crate::load::{Ends, Fetch, PrefetchTree, lock, per_statement, prepare, prepare_update};
use crate::meta::{ModelMeta, PrimaryKey};
use crate::model::{Model, ModelNode, Output, RowReader};
use crate::query::{
    Assignment, IntoAssignments, IntoOrdering, Node, OrderTerm, Ordering, Predicate, Query, Rebind,
    Selection, Step,
};
use crate::resolve::Read;
use crate::value::Value;

/// So many rows of a stream are read at a time; those of a chunk are peers of each other.
const CHUNK: usize = 2000;
/// So many keys of several columns a statement compares with at most.
const COMPOSITE_KEYS: usize = 100;

impl<M: Model, Out: Output> QuerySet<M, Out> {
    /// All rows.
    ///
    /// # Errors
    /// What is wrong with the query, what the database says, or a value that is not of its field's type.
    pub async fn all(self, executor: &dyn Executor) -> Result<Vec<Out>> {
        if self.query.none && self.query.error.is_none() {
            return Ok(Vec::new());
        }
        let fetch = self.fetch(executor)?;
        Ok(downcast::<Fetch<Out>>(executor.run(Box::new(fetch)).await?).into_rows())
    }

    fn fetch(&self, executor: &dyn Executor) -> Result<Fetch<Out>> {
        let query = &self.query;
        let dialect = executor.dialect();
        let prepared = prepare(dialect, query, Read::Rows)?;
        if locks(query) && !executor.in_transaction() {
            return Err(Error::new(ErrorKind::Transaction {
                message:
                    "select_for_update() locks until the transaction ends: run it inside atomic()"
                        .to_owned(),
            }));
        }
        let prefetch = PrefetchTree::of(&query.prefetch, query.model)?;
        Ok(Fetch::new(
            dialect,
            query.model,
            prepared,
            query.deferred.clone(),
            prefetch,
        ))
    }

    /// The first row, by primary key where there is no order; none if there is no row.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn first(mut self, executor: &dyn Executor) -> Result<Option<Out>> {
        self.order_somehow();
        Ok(self.limit(1).all(executor).await?.pop())
    }

    /// The last row, by primary key where there is no order; none if there is no row.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn last(mut self, executor: &dyn Executor) -> Result<Option<Out>> {
        self.order_somehow();
        self.reverse().first(executor).await
    }

    fn order_somehow(&mut self) {
        let unordered = match &self.query.ordering {
            Ordering::Default => self.query.model.options.ordering.is_empty(),
            Ordering::By(terms) => terms.is_empty(),
        };
        if self.query.is_grouped() {
            if !matches!(&self.query.ordering, Ordering::By(terms) if !terms.is_empty()) {
                self.query.fail(
                    "first() and last() of groups need an order: add order_by() by a key or an aggregate",
                );
            }
        } else if unordered && !self.query.is_sliced() && !self.combines_values() {
            let term = |node| OrderTerm {
                node,
                descending: false,
                nulls: crate::ast::Nulls::Native,
            };
            self.query.ordering = Ordering::By(self.key_nodes().map(term).collect());
        }
    }

    /// Whether several queries were made one that read no models, and so no keys.
    fn combines_values(&self) -> bool {
        self.query.combined.is_some() && self.query.head().values.is_some()
    }

    /// The columns of the primary key.
    fn key_nodes(&self) -> impl Iterator<Item = Node> + use<M, Out> {
        let root = self.query.root();
        self.query.model.keys().map(move |position| {
            let position = u16::try_from(position).unwrap_or(u16::MAX);
            Node::Path(root.field(position))
        })
    }

    /// The only row.
    ///
    /// # Errors
    /// `DoesNotExist` where there is none, `MultipleObjectsReturned` where there are several; otherwise as
    /// [`all`](QuerySet::all).
    pub async fn get(self, executor: &dyn Executor) -> Result<Out> {
        let model = self.query.model.name;
        let found = self.one(executor).await?;
        found.ok_or_else(|| {
            ErrorKind::DoesNotExist {
                model: model.to_owned(),
            }
            .into()
        })
    }

    /// The only row, or none.
    ///
    /// # Errors
    /// `MultipleObjectsReturned` where there are several; otherwise as [`all`](QuerySet::all).
    pub async fn one(mut self, executor: &dyn Executor) -> Result<Option<Out>> {
        let model = self.query.model.name;
        if !self.query.is_sliced() {
            if self.query.distinct_on.is_empty() {
                self.query.ordering = Ordering::By(Vec::new());
            }
            self.query.limit = Some(2);
        }
        let mut rows = self.all(executor).await?;
        if 1 < rows.len() {
            return Err(ErrorKind::MultipleObjectsReturned {
                model: model.to_owned(),
            }
            .into());
        }
        Ok(rows.pop())
    }

    /// The rows as they come, in constant memory; those of a chunk of 2,000 are peers of each other, so that `load`
    /// costs one query a chunk. What is prefetched is loaded chunk by chunk, on a second connection.
    ///
    /// # Errors
    /// What is wrong with the query; the stream's items have the errors of the way.
    pub fn stream(self, executor: &dyn Executor) -> Result<Rows<'_, Out>> {
        self.stream_by(CHUNK, executor)
    }

    /// [`stream`](QuerySet::stream) with chunks of so many rows.
    ///
    /// # Errors
    /// As [`stream`](QuerySet::stream).
    pub fn stream_by(self, chunk: usize, executor: &dyn Executor) -> Result<Rows<'_, Out>> {
        let mut fetch = self.fetch(executor)?;
        let prefetch = fetch.prefetching_by_chunk();
        if prefetch.is_some() && executor.in_transaction() {
            return Err(Error::query(
                "a stream holds the transaction's only connection until its end, so that nothing can be prefetched \
                 beside it: read the rows with all(), or stream them outside of the transaction",
            ));
        }
        let beside = prefetch.map(|(trees, ends)| Beside {
            executor,
            model: self.query.model,
            trees,
            ends,
        });
        let chunks = crate::driver::stream(executor, chunk, |outlet| fetch.into_outlet(outlet));
        Ok(Rows {
            chunks,
            rows: Vec::new().into_iter(),
            beside,
        })
    }

    /// How many rows.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn count(self, executor: &dyn Executor) -> Result<u64> {
        if self.query.none && self.query.error.is_none() {
            return Ok(0);
        }
        let count: i64 = self.scalar(executor, Read::Count).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn exists(self, executor: &dyn Executor) -> Result<bool> {
        if self.query.none && self.query.error.is_none() {
            return Ok(false);
        }
        self.scalar(executor, Read::Exists).await
    }

    async fn scalar<T: Output>(&self, executor: &dyn Executor, read: Read<'_>) -> Result<T> {
        let statement = prepare(executor.dialect(), &self.query, read)?.statement;
        one_row(executor, self.query.model, statement).await
    }

    /// Aggregates over all rows, as one value or tuple: `|p| (p.id().count(), p.views().sum())`.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub fn aggregate<S: Selection<M>>(
        mut self,
        executor: &dyn Executor,
        select: impl FnOnce(Root<M>) -> S,
    ) -> BoxFuture<'_, Result<S::Row>>
    where
        S::Row: Output,
    {
        self.query.before_combining("aggregate()");
        let nodes = select(self.root()).into_nodes().bind(self.query.scope);
        Box::pin(async move { self.scalar(executor, Read::Aggregates(&nodes)).await })
    }

    /// The row that is earliest by the model's `get_latest_by`.
    ///
    /// # Errors
    /// `DoesNotExist` where there is no row; otherwise as [`all`](QuerySet::all).
    pub async fn earliest(self, executor: &dyn Executor) -> Result<Out> {
        self.by_latest(false, executor).await
    }

    /// The row that is latest by the model's `get_latest_by`.
    ///
    /// # Errors
    /// `DoesNotExist` where there is no row; otherwise as [`all`](QuerySet::all).
    pub async fn latest(self, executor: &dyn Executor) -> Result<Out> {
        self.by_latest(true, executor).await
    }

    /// The first row in this order; an error where there is none: `earliest_by(&db, |p| p.created_at())`.
    ///
    /// # Errors
    /// As [`earliest`](QuerySet::earliest).
    pub fn earliest_by<'e, T: IntoOrdering<M>>(
        self,
        executor: &'e dyn Executor,
        order: impl FnOnce(Root<M>) -> T,
    ) -> BoxFuture<'e, Result<Out>>
    where
        M: 'e,
        Out: 'e,
    {
        let terms = order(self.root()).into_terms();
        Box::pin(self.first_of(terms, false, executor))
    }

    /// The last row in this order; an error where there is none.
    ///
    /// # Errors
    /// As [`latest`](QuerySet::latest).
    pub fn latest_by<'e, T: IntoOrdering<M>>(
        self,
        executor: &'e dyn Executor,
        order: impl FnOnce(Root<M>) -> T,
    ) -> BoxFuture<'e, Result<Out>>
    where
        M: 'e,
        Out: 'e,
    {
        let terms = order(self.root()).into_terms();
        Box::pin(self.first_of(terms, true, executor))
    }

    async fn by_latest(self, latest: bool, executor: &dyn Executor) -> Result<Out> {
        let model = self.query.model;
        if model.options.get_latest_by.is_empty() {
            return Err(Error::query(format!(
                "{} has no `get_latest_by`: declare it, or use order_by() and first()",
                model.name
            )));
        }
        let mut terms = Vec::new();
        for name in model.options.get_latest_by {
            terms.extend(self.terms_by_name(name)?);
        }
        self.first_of(terms, latest, executor).await
    }

    async fn first_of(
        mut self,
        terms: Vec<OrderTerm>,
        latest: bool,
        executor: &dyn Executor,
    ) -> Result<Out> {
        let model = self.query.model;
        self.before_slices(if latest { "latest()" } else { "earliest()" });
        self.query.order_by(terms);
        self.query.reversed = latest;
        let found = self.first(executor).await?;
        found.ok_or_else(|| {
            ErrorKind::DoesNotExist {
                model: model.name.to_owned(),
            }
            .into()
        })
    }

    /// Changes all rows in one statement; gives how many it matched.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all); a constraint that is violated.
    pub fn update<A: IntoAssignments<M>>(
        mut self,
        executor: &dyn Executor,
        assign: impl FnOnce(Root<M>) -> A,
    ) -> BoxFuture<'_, Result<u64>> {
        self.query.before_combining("update()");
        let assignments = assign(self.root()).into_assignments();
        Box::pin(self.assign(executor, assignments))
    }

    async fn assign(self, executor: &dyn Executor, assignments: Vec<Assignment<M>>) -> Result<u64> {
        let mut set = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            set.push((
                self.own_position(&assignment.field)?,
                assignment.value.bind(self.query.scope),
            ));
        }
        if set.is_empty() || self.query.none {
            return Ok(0);
        }
        let statement = prepare_update(executor.dialect(), &self.query, &set)?;
        Ok(execute(executor, statement).await?.rows)
    }

    fn own_position(&self, field: &Node) -> Result<usize> {
        if let Node::Path(path) = field
            && let [Step::Field(position)] = path.steps[..]
        {
            return Ok(usize::from(position));
        }
        Err(Error::query(format!(
            "update() sets fields of {} itself, not {field}",
            self.query.model.name
        )))
    }

    /// The SQL that would read the rows, with placeholders; nothing runs.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn sql(&self, executor: &dyn Executor) -> Result<String> {
        Ok(prepare(executor.dialect(), &self.query, Read::Rows)?
            .statement
            .sql
            .to_string())
    }

    /// How the database would read the rows, in its own words, a line each.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn explain(self, executor: &dyn Executor) -> Result<Vec<String>> {
        let statement = prepare(executor.dialect(), &self.query, Read::Rows)?.statement;
        let explain = executor.dialect().explain();
        let statement = Statement::query(format!("{explain} {}", statement.sql), statement.params);
        read_rows(executor, statement, line).await
    }
}

impl<M: Model> QuerySet<M> {
    /// The rows of these primary keys, by key; keys without a row are left out.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn in_bulk<K: Into<M::Key>>(
        mut self,
        executor: &dyn Executor,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<HashMap<M::Key, M>> {
        let mut values = Vec::new();
        for key in keys {
            values.push(key.into().key_values()?);
        }
        if values.is_empty() {
            return Ok(HashMap::new());
        }
        self.before_slices("in_bulk()");
        let per_statement = match M::Key::COLUMN {
            Some(_) => per_statement(executor.dialect()),
            None => COMPOSITE_KEYS,
        };
        let mut found = HashMap::with_capacity(values.len());
        for keys in values.chunks(per_statement) {
            let mut of_keys = self.clone();
            of_keys.query.filter(self.is_one_of(keys));
            let rows = of_keys.all(executor).await?;
            found.extend(rows.into_iter().map(|row| (row.key(), row)));
        }
        Ok(found)
    }

    /// Whether an object's row is among the rows.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub async fn contains(self, executor: &dyn Executor, object: &M) -> Result<bool> {
        self.key(object.key()).exists(executor).await
    }

    /// Only the rows of these primary keys.
    pub fn keys(mut self, keys: impl IntoIterator<Item = impl Into<M::Key>>) -> Self {
        let keys = keys.into_iter().map(|key| key.into().key_values());
        let condition = match keys.collect::<Result<Vec<_>>>() {
            Ok(keys) => self.is_one_of(&keys),
            Err(error) => self.is_key(Err(error)),
        };
        self.query.filter(condition);
        self
    }

    /// Only the row of this primary key.
    pub fn key(mut self, key: impl Into<M::Key>) -> Self {
        let condition = self.is_key(key.into().key_values());
        self.query.filter(condition);
        self
    }

    /// The row has one of these keys.
    fn is_one_of(&self, keys: &[Vec<Value>]) -> Predicate {
        if let (Some(kind), Some(key)) = (M::Key::COLUMN, self.key_nodes().next()) {
            let values = keys.iter().flatten().cloned().collect();
            return Predicate::InList(key, Value::List(kind.value_type(), values));
        }
        let keys = keys.iter().map(|key| self.is_key(Ok(key.clone())));
        keys.reduce(Predicate::or)
            .unwrap_or(Predicate::Constant(false))
    }

    /// The row has this key.
    fn is_key(&self, values: Result<Vec<Value>>) -> Predicate {
        let values: Vec<Node> = match values {
            Ok(values) => values.into_iter().map(Node::Value).collect(),
            Err(error) => vec![crate::query::value_node(Err(error))],
        };
        let parts = self.key_nodes().zip(values);
        parts
            .map(|(part, value)| Predicate::Compare(part, crate::meta::Lookup::Exact, value))
            .reduce(Predicate::and)
            .unwrap_or(Predicate::Constant(false))
    }
}

/// The rows of a stream: read them with [`next`](Rows::next).
#[derive(Debug)]
pub struct Rows<'a, Out> {
    chunks: Chunks<'a, Out>,
    rows: std::vec::IntoIter<Out>,
    beside: Option<Beside<'a>>,
}

/// What is loaded beside each chunk of a stream.
struct Beside<'a> {
    executor: &'a dyn Executor,
    model: &'static ModelMeta,
    trees: Vec<PrefetchTree>,
    ends: Ends,
}

impl Beside<'_> {
    /// Loads for the next so many rows.
    async fn load<Out: Output>(&self, rows: usize) -> Result<()> {
        let mut left = rows;
        while 0 < left {
            let end = lock(&self.ends).pop_front();
            let Some((count, node)) = end else {
                return Ok(());
            };
            left = left.saturating_sub(count);
            let dialect = self.executor.dialect();
            let fetch = Fetch::<Out>::beside(dialect, node, self.model, self.trees.clone());
            self.executor.run(Box::new(fetch)).await?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Beside<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Beside({} relations)", self.trees.len())
    }
}

impl<Out: Output> Rows<'_, Out> {
    /// The next row; none at the end.
    ///
    /// # Errors
    /// What the database said on the way, or a value that is not of its field's type.
    pub async fn next(&mut self) -> Result<Option<Out>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match self.next_chunk().await? {
                Some(chunk) => self.rows = chunk.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// The next rows, together; none at the end.
    ///
    /// # Errors
    /// As [`next`](Rows::next).
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<Out>>> {
        use futures_util::StreamExt;
        let chunk = self.chunks.next().await.transpose()?;
        if let (Some(beside), Some(rows)) = (&self.beside, &chunk) {
            beside.load::<Out>(rows.len()).await?;
        }
        Ok(chunk)
    }
}

/// Whether a query, or one that loads beside it, locks rows.
fn locks(query: &Query) -> bool {
    let prefetched = query
        .prefetch
        .iter()
        .filter_map(|prefetch| prefetch.query.as_deref());
    query.lock.is_some() || prefetched.into_iter().any(locks)
}

/// Runs a statement that gives one row.
async fn one_row<T: Output>(
    executor: &dyn Executor,
    model: &'static crate::meta::ModelMeta,
    statement: Statement,
) -> Result<T> {
    let mut node = ModelNode::new(model, Arc::default(), Vec::new());
    let read = move |found: &mut Option<T>, row: &mut dyn RowCursor| {
        *found = Some(T::read_from(&mut RowReader::new(row, 0, &mut node))?);
        Ok(())
    };
    let (row, _) = fold(executor, statement, None, read).await?;
    row.ok_or_else(|| Error::query("the database gave no row where it must give one"))
}

/// A row as a line of text.
fn line(row: &mut dyn RowCursor) -> Result<String> {
    let mut parts = Vec::with_capacity(row.width());
    for column in 0..row.width() {
        parts.push(match row.value(column)? {
            Value::Null(_) => "NULL".to_owned(),
            Value::Text(text) | Value::Json(text) | Value::Decimal(text) => text,
            Value::Int(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            other => format!("{other:?}"),
        });
    }
    Ok(parts.join(" | "))
}

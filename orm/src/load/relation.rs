//! `load`: a relation of one row, loaded for every row of its result at once.

use std::sync::Arc;

use super::prefetch::Request;
use super::{Fetch, Prepared, prepare};
use crate::driver::{Executor, Job, RowCursor, Statement, downcast};
use crate::error::{Error, Result};
use crate::meta::{KeyType, Lookup};
use crate::model::{ForeignKey, HasMany, HasOne, ManyToMany, Model, PeerSet, ToManyField};
use crate::query::{Filter, Node, Path, Predicate, Query, Step};
use crate::resolve::Read;
use crate::sql::Dialect;
use crate::value::Value;

impl<T: Model, K: KeyType> ForeignKey<T, K> {
    /// The object, loaded if it is not: with one query for **all** rows of the result that this row came with.
    ///
    /// # Errors
    /// `DoesNotExist` where the key leads to no row; otherwise what the database said.
    pub async fn load(&self, executor: &dyn Executor) -> Result<&T> {
        if self.is_loaded() {
            return self.get();
        }
        match self.peers() {
            Some(peers) => load_peers(executor, Arc::clone(peers) as _).await?,
            None => {
                let object = load_by::<T>(
                    executor,
                    std::iter::once((self.target()?, self.to_value()?)),
                )
                .await?;
                self.keep(Arc::new(object.ok_or_else(|| self.dangling())?));
            }
        }
        self.get()
    }
}

macro_rules! to_many {
    ($($type:ident => $answer:ty),* $(,)?) => {
        $(impl<T: Model> $type<T> {
            /// What is on the other side, loaded if it is not: with one query for **all** rows of the result that
            /// this row came with.
            ///
            /// # Errors
            /// `NotSaved` where the owner is not in the database; otherwise what the database said.
            pub async fn load(&self, executor: &dyn Executor) -> Result<$answer> {
                if let Some((peers, _)) = self.peers()
                    && !peers.is_loaded()
                {
                    load_peers(executor, Arc::clone(peers) as _).await?;
                }
                self.get()
            }
        })*
    };
}

to_many!(HasMany => &[T], HasOne => Option<&T>, ManyToMany => &[Arc<T>]);

/// Loads peers, once, whoever asks first; the others wait and find it done.
async fn load_peers(executor: &dyn Executor, peers: Arc<dyn PeerSet>) -> Result<()> {
    let _one_at_a_time = peers.loading().lock().await;
    if peers.is_loaded() {
        return Ok(());
    }
    let job = LoadPeers {
        dialect: executor.dialect(),
        request: Some(Request {
            peers: Arc::clone(&peers),
            query: None,
            children: Vec::new(),
        }),
        rows: None,
    };
    let mut job = downcast::<LoadPeers>(executor.run(Box::new(job)).await?);
    if let Some(rows) = job.rows.take() {
        rows.finish();
    }
    Ok(())
}

/// The job of [`load_peers`].
struct LoadPeers {
    dialect: &'static dyn Dialect,
    request: Option<Request>,
    rows: Option<Box<dyn crate::model::RelatedRows>>,
}

impl Job for LoadPeers {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        let Some(request) = self.request.take() else {
            return Ok(Vec::new());
        };
        let (pending, statements) = request.statements(self.dialect)?;
        self.rows = Some(pending.rows);
        Ok(statements)
    }

    fn row(&mut self, _statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        match &mut self.rows {
            Some(rows) => rows.row(row),
            None => Err(Error::query("a row came before it was asked for")),
        }
    }
}

/// The object of a primary key.
pub(crate) async fn load_one<T: Model>(
    executor: &dyn Executor,
    key: Vec<Value>,
) -> Result<Option<T>> {
    load_by(executor, T::meta().keys().zip(key)).await
}

/// The object that has these values in fields that are unique together.
async fn load_by<T: Model>(
    executor: &dyn Executor,
    by: impl Iterator<Item = (usize, Value)>,
) -> Result<Option<T>> {
    let mut query = Query::new(T::meta());
    query.ordering = crate::query::Ordering::By(Vec::new());
    for (field, value) in by {
        let mut path = Path::root(query.model, query.scope);
        let position = u16::try_from(field).unwrap_or(u16::MAX);
        path.steps.push(Step::Field(position));
        query.filters.push(Filter {
            predicate: Predicate::Compare(Node::Path(path), Lookup::Exact, Node::Value(value)),
            on_groups: false,
        });
    }
    let prepared: Prepared = prepare(executor.dialect(), &query, Read::Rows)?;
    let fetch = Fetch::<T>::new(
        executor.dialect(),
        query.model,
        prepared,
        Vec::new(),
        Vec::new(),
    );
    let fetch = downcast::<Fetch<T>>(executor.run(Box::new(fetch)).await?);
    Ok(fetch.into_rows().pop())
}

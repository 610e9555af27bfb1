//! One row, found or made: safe however many do the same at once.

use tokio::task::yield_now;

use super::{QuerySet, Root};
use crate::driver::{BoxFuture, Executor, Transaction};
use crate::error::{Error, Result};
use crate::load::prepare_update;
use crate::meta::Lookup;
use crate::model::{AllSet, Builder, Model};
use crate::query::{IntoAssignments, ModelPath, Node, Predicate, Query, Rebind};
use crate::value::Value;
use crate::write::{Record, own_position, set_values, touched};

impl<M: Model> QuerySet<M> {
    /// The only row, or else a new one; and whether it is new.
    ///
    /// ```text
    /// let (tag, created) = Tag::objects().filter(|t| t.name().eq("rust"))
    ///     .get_or_create(&db, Tag::builder().name("rust")).await?;
    /// ```
    ///
    /// If another makes the row in the same moment, a unique constraint refuses this one's, and the other's is given:
    /// so what is filtered by should be unique.
    ///
    /// # Errors
    /// `MultipleObjectsReturned` where there are several; otherwise as [`get`](QuerySet::get) and
    /// [`create`](crate::write::Create::create).
    pub fn get_or_create<B>(
        self,
        executor: &dyn Executor,
        new: B,
    ) -> BoxFuture<'_, Result<(M, bool)>>
    where
        B: Builder<Model = M>,
        B::State: AllSet,
    {
        let mut new = New::of(new.build());
        Box::pin(async move {
            for _ in 1..TRIES {
                match self.clone().get_or_insert(executor, &mut new).await {
                    Err(error) if new.may_try_again(executor, &error) => yield_now().await,
                    done => return done,
                }
            }
            self.get_or_insert(executor, &mut new).await
        })
    }

    async fn get_or_insert(self, executor: &dyn Executor, new: &mut New<M>) -> Result<(M, bool)> {
        if let Some(found) = self.clone().one(executor).await? {
            return Ok((found, false));
        }
        let mut object = new.take()?;
        let Err(error) = insert_apart(executor, &mut object).await else {
            return Ok((object, true));
        };
        new.0 = Some(Ok(object));
        if !error.is_unique_violation() {
            return Err(error);
        }
        // A transaction may still see the rows as of its beginning; what it locks, it sees as it is.
        let again = match executor.in_transaction() {
            true => self.select_for_update(),
            false => self,
        };
        match again.one(executor).await? {
            Some(found) => Ok((found, false)),
            None => Err(error),
        }
    }

    /// The only row, changed, or else a new one; and whether it is new. The row is locked meanwhile.
    ///
    /// ```text
    /// let (tag, created) = Tag::objects().filter(|t| t.name().eq("rust"))
    ///     .update_or_create(&db, Tag::builder().name("rust").uses(1), |t| t.uses().set(t.uses() + 1)).await?;
    /// ```
    ///
    /// A row that is found gets the assignments and the time in its `auto_now` fields; a new one is made by the
    /// builder alone.
    ///
    /// # Errors
    /// As [`get_or_create`](QuerySet::get_or_create).
    pub fn update_or_create<B, A>(
        self,
        executor: &dyn Executor,
        new: B,
        assign: impl FnOnce(Root<M>) -> A,
    ) -> BoxFuture<'_, Result<(M, bool)>>
    where
        B: Builder<Model = M>,
        B::State: AllSet,
        A: IntoAssignments<M>,
    {
        let mut new = New::of(new.build());
        let change = Change::of::<M, A>(assign);
        Box::pin(async move {
            let change = change?;
            for _ in 1..TRIES {
                let done = self.clone().change_or_insert(executor, &mut new, &change);
                match done.await {
                    Err(error) if new.may_try_again(executor, &error) => yield_now().await,
                    done => return done,
                }
            }
            self.change_or_insert(executor, &mut new, &change).await
        })
    }

    async fn change_or_insert(
        self,
        executor: &dyn Executor,
        new: &mut New<M>,
        change: &Change,
    ) -> Result<(M, bool)> {
        let transaction = executor.begin().await?;
        match self.update_or_insert(&transaction, new, change).await {
            Ok(done) => {
                transaction.commit().await?;
                Ok(done)
            }
            Err(error) => {
                // The error says more than that of a rollback, which a broken connection alone can fail.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    async fn update_or_insert(
        self,
        transaction: &Transaction,
        new: &mut New<M>,
        change: &Change,
    ) -> Result<(M, bool)> {
        let (mut object, created) = self
            .select_for_update()
            .get_or_insert(transaction, new)
            .await?;
        if !created {
            change.clone().apply(transaction, &mut object).await?;
        }
        Ok((object, created))
    }
}

/// How often something is tried that loses against others. Whoever is first makes the row; from then on the others wait
/// for it, and no longer for each other.
const TRIES: usize = 10;

/// The new object, until it is inserted.
struct New<M>(Option<Result<M>>);

impl<M> New<M> {
    fn of(built: Result<M>) -> Self {
        New(Some(built))
    }

    fn take(&mut self) -> Result<M> {
        let gone = || Err(Error::query("the new object was inserted already"));
        self.0.take().unwrap_or_else(gone)
    }

    /// Whether what lost against another transaction can begin again: a transaction around it is lost too. On MySQL and
    /// MariaDB, two who look for a row that is not there block each other's insert, and one of them is turned away.
    fn may_try_again(&self, executor: &dyn Executor, error: &Error) -> bool {
        self.0.is_some() && !executor.in_transaction() && error.is_serialization_failure()
    }
}

/// Inserts an object so that a transaction around can go on if it fails.
async fn insert_apart<M: Model>(executor: &dyn Executor, object: &mut M) -> Result<()> {
    if !executor.in_transaction() {
        return object.insert(executor).await;
    }
    let savepoint = executor.begin().await?;
    match object.insert(&savepoint).await {
        Ok(()) => savepoint.commit().await,
        Err(error) => {
            // The error says more than that of a rollback, which a broken connection alone can fail.
            let _ = savepoint.rollback().await;
            Err(error)
        }
    }
}

/// What becomes of a row.
#[derive(Clone)]
struct Change {
    query: Query,
    set: Vec<(usize, Node)>,
}

impl Change {
    fn of<M: Model, A: IntoAssignments<M>>(assign: impl FnOnce(Root<M>) -> A) -> Result<Self> {
        let query = Query::new(M::meta());
        let assignments = assign(<Root<M>>::at(query.root())).into_assignments();
        let mut set = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let position = own_position(query.model, "update_or_create()", &assignment.field)?;
            set.push((position, assignment.value.bind(query.scope)));
        }
        let assigned: Vec<usize> = set.iter().map(|(position, _)| *position).collect();
        let touched = touched(query.model, &assigned).into_iter();
        set.extend(touched.map(|(position, value)| (position, Node::Value(value))));
        Ok(Change { query, set })
    }

    /// Changes an object and its row. What is set to a value is known; what is computed is read.
    async fn apply<M: Model>(mut self, executor: &dyn Executor, object: &mut M) -> Result<()> {
        if self.set.is_empty() {
            return Ok(());
        }
        for key in self.query.model.keys() {
            let path = self
                .query
                .root()
                .field(u16::try_from(key).unwrap_or(u16::MAX));
            let row = Node::Value(object.value(key)?);
            self.query
                .filter(Predicate::Compare(Node::Path(path), Lookup::Exact, row));
        }
        let statement = prepare_update(executor.dialect(), &self.query, &self.set)?;
        crate::driver::execute(executor, statement).await?;
        let fields = &self.query.model.fields;
        if fields.iter().any(|field| field.options.generated.is_some()) {
            return object.refresh(executor).await;
        }
        let mut known = Vec::with_capacity(self.set.len());
        for (position, node) in self.set {
            match node {
                Node::Value(value) => known.push((position, value)),
                _ => return object.refresh(executor).await,
            }
        }
        let (positions, values): (Vec<usize>, Vec<Value>) = known.into_iter().unzip();
        set_values(object, &positions, values)
    }
}

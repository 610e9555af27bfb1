//! `post.tags.add(&db, [&rust])` and the other verbs of a many-to-many.

use super::between::Between;
use super::keys_of;
use crate::driver::{BoxFuture, Executor};
use crate::error::Result;
use crate::model::{AllSet, Builder, ManyToMany, Model, ToManyField};
use crate::query::IntoKeyOperand;
use crate::value::Value;
use crate::write::insert::{insert, value_of};

impl<T: Model> ManyToMany<T> {
    async fn between(&self, executor: &dyn Executor) -> Result<Between> {
        let (owner, position, key) = self.owner_key()?;
        Between::of(owner, position, key)?.found(executor).await
    }

    /// The keys of others, as the rows between hold them.
    fn others<I, F>(&self, objects: I) -> Result<Vec<Value>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let (owner, position, _) = self.owner_key()?;
        keys_of::<T, I, F>(objects, Between::other_field(owner, position)?)
    }

    /// Adds objects, or keys; those that are there already stay as they are.
    ///
    /// Of a symmetrical relation the rows back are added too. Through a model of your own the rows get the defaults of
    /// their other fields; where one has no default, make the row with that model's builder.
    ///
    /// # Errors
    /// `NotSaved` where this object or one of the others is not in the database; otherwise what the database said.
    pub fn add<'a, I, F>(
        &'a self,
        executor: &'a dyn Executor,
        objects: I,
    ) -> BoxFuture<'a, Result<()>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let others = self.others(objects);
        Box::pin(async move {
            self.between(executor).await?.add(executor, others?).await?;
            self.renew();
            Ok(())
        })
    }

    /// Removes objects, or keys; those that are not there are passed over. The objects themselves stay.
    ///
    /// # Errors
    /// As [`add`](ManyToMany::add).
    pub fn remove<'a, I, F>(
        &'a self,
        executor: &'a dyn Executor,
        objects: I,
    ) -> BoxFuture<'a, Result<()>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let others = self.others(objects);
        Box::pin(async move {
            self.between(executor)
                .await?
                .remove(executor, Some(others?))
                .await?;
            self.renew();
            Ok(())
        })
    }

    /// Makes these the objects of the relation: others are removed, missing ones added, in one transaction.
    ///
    /// # Errors
    /// As [`add`](ManyToMany::add).
    pub fn set<'a, I, F>(
        &'a self,
        executor: &'a dyn Executor,
        objects: I,
    ) -> BoxFuture<'a, Result<()>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let others = self.others(objects);
        Box::pin(async move {
            self.between(executor).await?.set(executor, others?).await?;
            self.renew();
            Ok(())
        })
    }

    /// Removes all objects from the relation.
    ///
    /// # Errors
    /// As [`add`](ManyToMany::add).
    pub async fn clear(&self, executor: &dyn Executor) -> Result<()> {
        self.between(executor).await?.remove(executor, None).await?;
        self.renew();
        Ok(())
    }

    /// Inserts an object and adds it, in one transaction.
    ///
    /// # Errors
    /// As [`add`](ManyToMany::add), and a constraint that is violated.
    pub fn create<'a, B: Builder<Model = T>>(
        &'a self,
        executor: &'a dyn Executor,
        builder: B,
    ) -> BoxFuture<'a, Result<T>>
    where
        B::State: AllSet,
    {
        let built = builder.build();
        Box::pin(async move {
            let (between, mut object) = (self.between(executor).await?, built?);
            let (owner, position, _) = self.owner_key()?;
            let other = Between::other_field(owner, position)?;
            let transaction = executor.begin().await?;
            let made: Result<()> = async {
                insert(&transaction, &mut object).await?;
                let key = match other {
                    Some(field) => T::meta().require(field)?,
                    None => T::meta().primary_key_index(),
                };
                let key = value_of(&object, key)?;
                between.add(&transaction, vec![key]).await
            }
            .await;
            match made {
                Ok(()) => transaction.commit().await?,
                Err(error) => {
                    // The error says more than that of a rollback, which a broken connection alone can fail.
                    let _ = transaction.rollback().await;
                    return Err(error);
                }
            }
            self.renew();
            Ok(object)
        })
    }
}

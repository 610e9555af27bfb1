//! The methods that write: many objects at once, and rows that a query finds.

use super::{QuerySet, Root};
use crate::driver::Executor;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::query::Selection;
use crate::write::{BulkCreate, BulkUpdate, Deleted, delete_rows, number};

impl<M: Model, Out> QuerySet<M, Out> {
    /// Deletes the rows, and what the `on_delete` rules of foreign keys to them say, in one transaction; the report
    /// counts every row. A model that nothing refers to costs one statement.
    ///
    /// # Errors
    /// `Protected` where a `PROTECT` or `RESTRICT` rule refuses; otherwise what is wrong with the query, and what the
    /// database said.
    pub async fn delete(mut self, executor: &dyn Executor) -> Result<Deleted> {
        self.query.before_combining("delete()");
        delete_rows(executor, self.query).await
    }
}

impl<M: Model> QuerySet<M> {
    /// Inserts objects with as few statements as the database lets, all or none, and gives them back with the keys
    /// that it made (not on MySQL, which does not tell them).
    ///
    /// ```text
    /// let posts = Post::objects().bulk_create(&db, posts).await?;
    /// Tag::objects().bulk_create(&db, tags).ignore_conflicts().await?;
    /// Post::objects().bulk_create(&db, posts).batch_size(500).update_conflicts(|p| p.slug(), |p| p.title()).await?;
    /// ```
    pub fn bulk_create<'a>(
        &self,
        executor: &'a dyn Executor,
        objects: impl IntoIterator<Item = M>,
    ) -> BulkCreate<'a, M> {
        BulkCreate::new(executor, objects.into_iter().collect())
    }

    /// Gives rows of a model with `order_with_respect_to` their places anew: those of these keys come first, second, third,
    /// … `Answer::objects().filter(|a| a.question_id().eq(7)).set_order(&db, [3, 1, 2]).await?`. What has no key here
    /// keeps its place, so that as a rule all rows of a sequence are named.
    ///
    /// # Errors
    /// Where the model has no such order, or a key is not that of one of the rows; otherwise what the database said.
    pub async fn set_order(
        self,
        executor: &dyn Executor,
        keys: impl IntoIterator<Item = M::Key>,
    ) -> Result<()> {
        let keys: Vec<M::Key> = keys.into_iter().collect();
        let mut found = self.in_bulk(executor, keys.iter().cloned()).await?;
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            rows.push(found.remove(&key).ok_or_else(|| {
                Error::query(format!(
                    "set_order(): {key:?} is no key of these rows of {}, or stands there twice",
                    M::meta().name
                ))
            })?);
        }
        let order = number(&mut rows)?;
        BulkUpdate::of_fields(executor, &rows, vec![order]).await?;
        Ok(())
    }

    /// Writes these columns of objects with as few statements as the database lets, all or none; gives how many rows
    /// were found: `Post::objects().bulk_update(&db, &posts, |p| (p.title(), p.view_count())).await?`. `auto_now`
    /// fields are written as the objects have them.
    pub fn bulk_update<'a, S: Selection<M>>(
        &self,
        executor: &'a dyn Executor,
        objects: &'a [M],
        fields: impl FnOnce(Root<M>) -> S,
    ) -> BulkUpdate<'a, M> {
        BulkUpdate::new(executor, objects, fields)
    }
}

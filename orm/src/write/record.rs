//! The verbs of an object that is, or shall be, a row.

use super::delete::{Deleted, delete_object};
use super::{insert, save};
use crate::driver::{BoxFuture, Executor};
use crate::error::Result;
use crate::model::Model;
use crate::query::{NotNull, Selection};

/// `insert`, `save`, `refresh` and `delete`, on every model.
pub trait Record: Model {
    /// Inserts the object as a new row: with the key that it has, or else with one that the database makes, which the
    /// object then holds. `auto_now` and `auto_now_add` fields get the time, all the same instant.
    ///
    /// # Errors
    /// A constraint that is violated, a key that was taken of an object that is not saved, and what else the database
    /// said.
    fn insert<'a>(&'a mut self, executor: &'a dyn Executor) -> BoxFuture<'a, Result<()>> {
        Box::pin(insert::insert(executor, self))
    }

    /// Writes all of the object's columns, and sets its `auto_now` fields; of related objects, only keys.
    ///
    /// An object whose automatic key is not set is inserted. One that has it is updated, and `RowGone` says so if the
    /// row is not there: a row that was deleted meanwhile does not come back by accident (use
    /// [`insert`](Record::insert) to choose a key). An object with a key of your own (a UUID, a name) is updated, and
    /// inserted where no row has the key, as in Django; [`create`](super::Create::create) and `insert` know that it is
    /// new and save the attempt. Fields that a query left unread are not written.
    ///
    /// # Errors
    /// As [`insert`](Record::insert), and `RowGone`.
    fn save<'a>(&'a mut self, executor: &'a dyn Executor) -> BoxFuture<'a, Result<()>> {
        Box::pin(save::save(executor, self))
    }

    /// Writes these columns only: `post.save_fields(&db, |p| (p.title(), p.author_id()))`. An `auto_now` field is set
    /// if it is among them.
    ///
    /// # Errors
    /// `RowGone` if the row is not there, `NotSaved` if the object has no key; otherwise as [`save`](Record::save).
    fn save_fields<'a, S: Selection<Self>>(
        &'a mut self,
        executor: &'a dyn Executor,
        fields: impl FnOnce(Self::Path<Self, NotNull>) -> S,
    ) -> BoxFuture<'a, Result<()>> {
        let fields = save::positions("save_fields()", fields);
        Box::pin(async move { save::save_fields(executor, self, fields?).await })
    }

    /// Reads the row again, all of it; what was loaded of relations is forgotten.
    ///
    /// # Errors
    /// `RowGone` if the row is not there, `NotSaved` if the object has no key, and what the database said.
    fn refresh<'a>(&'a mut self, executor: &'a dyn Executor) -> BoxFuture<'a, Result<()>> {
        Box::pin(save::refresh(executor, self))
    }

    /// Reads these columns again: `post.refresh_fields(&db, |p| p.view_count())`.
    ///
    /// # Errors
    /// As [`refresh`](Record::refresh).
    fn refresh_fields<'a, S: Selection<Self>>(
        &'a mut self,
        executor: &'a dyn Executor,
        fields: impl FnOnce(Self::Path<Self, NotNull>) -> S,
    ) -> BoxFuture<'a, Result<()>> {
        let fields = save::positions("refresh_fields()", fields);
        Box::pin(async move { save::refresh_fields(executor, self, &fields?).await })
    }

    /// Deletes the row, and what the `on_delete` rules of foreign keys to it say; the report counts every row. A row
    /// that is gone already is no error: the report is empty.
    ///
    /// # Errors
    /// `Protected` where a `PROTECT` or `RESTRICT` rule refuses, `NotSaved` if the object has no key, and what the
    /// database said.
    fn delete<'a>(&'a self, executor: &'a dyn Executor) -> BoxFuture<'a, Result<Deleted>> {
        Box::pin(delete_object(executor, self))
    }
}

impl<M: Model> Record for M {}

//! Deletions, with what the `on_delete` rules of foreign keys say.
//!
//! A model that nothing depends on is deleted by one statement. Otherwise the rows are collected first
//! ([`collect`]), level by level, and deleted in an order that the constraints allow ([`order`]), all in one
//! transaction. A deletion is pure data until its last wave, and knows no model's type.

mod collect;
mod incoming;
mod order;

use std::collections::BTreeMap;
use std::fmt;

use collect::{Collector, Root};
use incoming::Incoming;

use super::insert::value_of;
use super::job::{Request, run_one, run_whole};
use super::save::{key_of, saved};
use super::statement::{delete_by_keys, delete_where_in};
use crate::driver::Executor;
use crate::error::{Error, Result};
use crate::load::{prepare, prepare_delete};
use crate::meta::ModelMeta;
use crate::model::Model;
use crate::query::{Node, Ordering, Query};
use crate::resolve::Read;

/// What was deleted: rows that went by `CASCADE` and the rows between the sides of many-to-many relations included,
/// those that the database deletes by its own rules (`DB_CASCADE`) not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// How many rows in all.
    pub total: u64,
    /// How many of each model, by `app.Model`; of the rows between, by `app.Model_field`. Models without one are left
    /// out.
    pub per_model: BTreeMap<String, u64>,
}

impl Deleted {
    /// How many rows of a model.
    pub fn of<M: Model>(&self) -> u64 {
        let label = M::meta().label();
        self.per_model.get(&label).copied().unwrap_or_default()
    }

    fn add(&mut self, label: &str, rows: u64) {
        if rows == 0 {
            return;
        }
        self.total += rows;
        *self.per_model.entry(label.to_owned()).or_default() += rows;
    }
}

impl fmt::Display for Deleted {
    /// A line for each model, `app.Model: 3`, and the total.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (model, rows) in &self.per_model {
            writeln!(f, "{model}: {rows}")?;
        }
        write!(f, "total: {}", self.total)
    }
}

/// Deletes an object's row.
pub(super) async fn delete_object<M: Model>(
    executor: &dyn Executor,
    object: &M,
) -> Result<Deleted> {
    saved(object)?;
    let model = M::meta();
    let incoming = Incoming::of(model);
    let mut row = Vec::with_capacity(incoming.read.len());
    for position in &incoming.read {
        row.push(value_of(object, *position)?);
    }
    if incoming.is_empty() {
        let key = model.primary_key();
        let statement = if model.has_composite_key() {
            delete_by_keys(executor.dialect(), model, &[key_of(object)?])?
        } else {
            delete_where_in(
                executor.dialect(),
                &model.table.into(),
                &key.column.into(),
                key.value_type(),
                row,
            )?
        };
        return delete_at_once(executor, model, Request::silent(statement)).await;
    }
    collected(executor, model, Root::Row(row)).await
}

/// Deletes a query's rows.
pub(crate) async fn delete_rows(executor: &dyn Executor, mut query: Query) -> Result<Deleted> {
    let (dialect, model) = (executor.dialect(), query.model);
    if query.values.is_some() {
        return Err(Error::query(format!(
            "delete() deletes rows of {}: call it without values()",
            model.name
        )));
    }
    if query.none && query.error.is_none() {
        return Ok(Deleted::default());
    }
    query.related.clear();
    query.prefetch.clear();
    query.annotations.clear();
    query.lock = None;
    if !query.is_sliced() && query.distinct_on.is_empty() {
        query.ordering = Ordering::By(Vec::new());
    }
    let incoming = Incoming::of(model);
    if incoming.is_empty() {
        let statement = prepare_delete(dialect, &query)?;
        return delete_at_once(executor, model, Request::silent(statement)).await;
    }
    let root = query.root();
    let read = incoming.read.iter().map(|position| {
        let position = u16::try_from(*position).unwrap_or(u16::MAX);
        query.place(Node::Path(root.field(position)))
    });
    query.values = Some(read.collect());
    let statement = prepare(dialect, &query, Read::Rows)?.statement;
    collected(executor, model, Root::Query(statement)).await
}

async fn delete_at_once(
    executor: &dyn Executor,
    model: &'static ModelMeta,
    request: Request,
) -> Result<Deleted> {
    let answer = run_one(executor, request).await?;
    let mut deleted = Deleted::default();
    deleted.add(&model.label(), answer.outcome.rows);
    Ok(deleted)
}

async fn collected(
    executor: &dyn Executor,
    model: &'static ModelMeta,
    root: Root,
) -> Result<Deleted> {
    let nested = executor.in_transaction();
    let collector = Collector::new(executor.dialect(), model, root, nested);
    Ok(run_whole(executor, collector).await?.deleted)
}

//! Rows as plain values, without objects: what fixtures are made of and put back by.

use std::collections::HashSet;

use super::bulk_create::rows_per_statement;
use super::job::{Request, run, run_one};
use super::statement::{
    InsertForm, Keys, OnConflict, TABLE, delete_where_in, is_in, select_where_in, update_by_key,
};
use crate::ast::{Conflict, Expr, Insert, InsertRows, Select};
use crate::driver::{Executor, Statement};
use crate::error::Result;
use crate::meta::ModelMeta;
use crate::resolve::ManyToManyLink;
use crate::sql;
use crate::value::{Value, ValueType};

/// Rows of one model that give the same columns.
#[derive(Debug)]
pub(crate) struct RowSet {
    pub(crate) model: &'static ModelMeta,
    /// The positions of the fields that each row gives.
    pub(crate) columns: Vec<usize>,
    /// One a row, as long as the columns.
    pub(crate) rows: Vec<Vec<Value>>,
}

impl RowSet {
    /// Writes the rows: those whose key is in the table already change it, the others are new.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn put(self, executor: &dyn Executor) -> Result<()> {
        let most = rows_per_statement(executor.dialect(), self.columns.len());
        let key = self.model.primary_key_index();
        let at = self.columns.iter().position(|column| *column == key);
        let mut rows = self.rows.into_iter().peekable();
        while rows.peek().is_some() {
            let batch: Vec<Vec<Value>> = rows.by_ref().take(most).collect();
            let (known, new) = match at {
                Some(at) => split(executor, self.model, at, batch).await?,
                None => (Vec::new(), batch),
            };
            let mut requests = Vec::new();
            if let Some(at) = at {
                requests = updates(executor, self.model, &self.columns, at, known)?;
            }
            if !new.is_empty() {
                let form = InsertForm {
                    model: self.model,
                    columns: &self.columns,
                    returning: &[],
                    conflict: &OnConflict::Fail,
                };
                let values = new.into_iter().flatten().collect();
                requests.push(Request::silent(form.statement(executor.dialect(), values)?));
            }
            if !requests.is_empty() {
                run(executor, requests).await?;
            }
        }
        Ok(())
    }
}

/// The rows whose key is in the table, and those whose is not.
async fn split(
    executor: &dyn Executor,
    model: &'static ModelMeta,
    at: usize,
    rows: Vec<Vec<Value>>,
) -> Result<(Vec<Vec<Value>>, Vec<Vec<Value>>)> {
    let key = model.primary_key_index();
    let keys = rows.iter().map(|row| row[at].clone()).collect();
    let mut there = HashSet::new();
    for keys in Keys::batches(executor.dialect(), keys) {
        let request = Request {
            statement: select_where_in(executor.dialect(), model, &[key], key, keys)?,
            reads: vec![model.fields[key].value_type()],
        };
        let found = run_one(executor, request).await?.values;
        there.extend(found.into_iter().map(Value::into_key));
    }
    Ok(rows
        .into_iter()
        .partition(|row| there.contains(&row[at].clone().into_key())))
}

fn updates(
    executor: &dyn Executor,
    model: &'static ModelMeta,
    columns: &[usize],
    at: usize,
    rows: Vec<Vec<Value>>,
) -> Result<Vec<Request>> {
    let others: Vec<usize> = columns
        .iter()
        .copied()
        .filter(|column| *column != columns[at])
        .collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let update = |mut row: Vec<Value>| {
        let key = row.remove(at);
        row.push(key);
        let statement = update_by_key(executor.dialect(), model, &others, &[], row)?;
        Ok(Request::silent(statement))
    };
    rows.into_iter().map(update).collect()
}

/// The rows between the two sides of a many-to-many, where they are of no model.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) link: ManyToManyLink,
    pub(crate) source: ValueType,
    pub(crate) target: ValueType,
}

impl Links {
    /// The pairs of source and target whose source is one of these.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn of(
        &self,
        executor: &dyn Executor,
        sources: Vec<Value>,
    ) -> Result<Vec<(Value, Value)>> {
        let dialect = executor.dialect();
        let mut pairs = Vec::new();
        for sources in Keys::batches(dialect, sources) {
            let keys = Keys::new(dialect, 0, self.source, sources);
            let source = Expr::column(TABLE, self.link.source.clone());
            let select = Select {
                columns: vec![
                    source.clone().into(),
                    Expr::column(TABLE, self.link.target.clone()).into(),
                ],
                filter: Some(is_in(source, keys.param)),
                ..Select::from_table(self.link.table.clone(), TABLE)
            };
            let compiled = sql::compile(dialect, &select.into())?;
            let values = compiled.bind(vec![keys.value])?;
            let request = Request {
                statement: Statement::query(compiled.sql, values),
                reads: vec![self.source, self.target],
            };
            let mut values = run_one(executor, request).await?.values.into_iter();
            while let (Some(source), Some(target)) = (values.next(), values.next()) {
                pairs.push((source, target));
            }
        }
        Ok(pairs)
    }

    /// Makes these pairs the rows of these sources, in the place of those that are there.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn replace(
        &self,
        executor: &dyn Executor,
        sources: Vec<Value>,
        pairs: Vec<(Value, Value)>,
    ) -> Result<()> {
        let dialect = executor.dialect();
        for sources in Keys::batches(dialect, sources) {
            let (table, column) = (&self.link.table, &self.link.source);
            let statement = delete_where_in(dialect, table, column, self.source, sources)?;
            run_one(executor, Request::silent(statement)).await?;
        }
        let mut pairs = pairs.into_iter().peekable();
        while pairs.peek().is_some() {
            let batch: Vec<Value> = pairs
                .by_ref()
                .take(rows_per_statement(dialect, 2).min(1000))
                .flat_map(|(source, target)| [source, target])
                .collect();
            run_one(executor, Request::silent(self.insert(executor, batch)?)).await?;
        }
        Ok(())
    }

    fn insert(&self, executor: &dyn Executor, values: Vec<Value>) -> Result<Statement> {
        let row = |slot: u32| {
            vec![
                Expr::param(slot, self.source),
                Expr::param(slot + 1, self.target),
            ]
        };
        let rows = (0..).step_by(2).take(values.len() / 2).map(row);
        let insert = Insert {
            table: self.link.table.clone().into(),
            alias: TABLE,
            columns: vec![self.link.source.clone(), self.link.target.clone()],
            rows: InsertRows::Values(rows.collect()),
            on_conflict: Some(Conflict::Ignore { unique: Vec::new() }),
            returning: Vec::new(),
        };
        let compiled = sql::compile(executor.dialect(), &insert.into())?;
        let values = compiled.bind(values)?;
        Ok(Statement::execute(compiled.sql, values))
    }
}

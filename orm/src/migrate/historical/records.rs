//! Queries over historical models, by name.

use super::Record;
use crate::ast::{self, Alias, Expr, InsertRows};
use crate::driver::{Executor, RowCursor, Rows, Statement, execute, fold, read_rows};
use crate::error::{Error, ErrorKind, Result};
use crate::load::{prepare, prepare_delete, prepare_update};
use crate::migrate::state::ORDER;
use crate::query::{Given, Node, Ordering, Predicate, Query, by_name};
use crate::resolve::Read;
use crate::sql;
use crate::value::Value;

/// The rows of a historical model that some conditions choose: lazy, put together by names.
#[derive(Clone)]
#[must_use = "nothing runs before all(), count(), update(), … is awaited"]
pub struct Records<'a> {
    query: Query,
    executor: &'a dyn Executor,
}

impl<'a> Records<'a> {
    pub(crate) fn new(query: Query, executor: &'a dyn Executor) -> Self {
        Records { query, executor }
    }

    /// Only the rows for which a lookup holds: `lookup("author__name__icontains", "ali")`.
    ///
    /// # Errors
    /// `UnknownField` for a name that leads nowhere, with the nearest; `InvalidQuery` for a value that does not fit.
    pub fn lookup(mut self, name: &str, value: impl Given) -> Result<Self> {
        let condition = by_name::lookup(&self.query, name, value.given()?)?;
        self.query.filter(condition);
        Ok(self)
    }

    /// Only the rows for which a lookup does not hold.
    ///
    /// # Errors
    /// As [`lookup`](Records::lookup).
    pub fn exclude_lookup(mut self, name: &str, value: impl Given) -> Result<Self> {
        let condition = by_name::lookup(&self.query, name, value.given()?)?;
        self.query.filter(Predicate::Not(Box::new(condition)));
        Ok(self)
    }

    /// In the order of a field, `-` before it for descending; a second call adds a term.
    ///
    /// # Errors
    /// `UnknownField`, with the nearest name.
    pub fn order_by_name(mut self, name: &str) -> Result<Self> {
        let terms = by_name::order_term(&self.query, name)?;
        match &mut self.query.ordering {
            Ordering::By(known) => known.extend(terms),
            ordering @ Ordering::Default => *ordering = Ordering::By(terms),
        }
        Ok(self)
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(rows);
        self
    }

    /// The rows.
    ///
    /// # Errors
    /// What is wrong with the query, and what the database says.
    pub async fn all(self) -> Result<Vec<Record>> {
        let prepared = prepare(self.executor.dialect(), &self.query, Read::Rows)?;
        self.run(prepared.statement).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`all`](Records::all).
    pub async fn first(self) -> Result<Option<Record>> {
        Ok(self.limit(1).all().await?.pop())
    }

    /// The only row.
    ///
    /// # Errors
    /// `DoesNotExist`, `MultipleObjectsReturned`; otherwise as [`all`](Records::all).
    pub async fn get(self) -> Result<Record> {
        let model = self.query.model.name.to_owned();
        let mut records = self.limit(2).all().await?;
        match records.len() {
            0 => Err(ErrorKind::DoesNotExist { model }.into()),
            1 => Ok(records.remove(0)),
            _ => Err(ErrorKind::MultipleObjectsReturned { model }.into()),
        }
    }

    /// How many rows.
    ///
    /// # Errors
    /// As [`all`](Records::all).
    pub async fn count(self) -> Result<u64> {
        let prepared = prepare(self.executor.dialect(), &self.query, Read::Count)?;
        let numbers = read_rows(self.executor, prepared.statement, |row| row.int(0)).await?;
        let count = numbers.first().copied().flatten().unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Sets fields of all rows; gives how many it matched.
    ///
    /// # Errors
    /// `UnknownField`, `InvalidQuery` for a value that does not fit, and what the database says.
    pub async fn update(self, set: &[(&str, Value)]) -> Result<u64> {
        let set = self
            .fitted(set)?
            .into_iter()
            .map(|(at, value)| (at, Node::Value(value)))
            .collect::<Vec<_>>();
        let statement = prepare_update(self.executor.dialect(), &self.query, &set)?;
        Ok(execute(self.executor, statement).await?.rows)
    }

    /// Deletes the rows; what refers to them is the database's affair.
    ///
    /// # Errors
    /// What the database says, a foreign key that refuses among it.
    pub async fn delete(self) -> Result<u64> {
        let statement = prepare_delete(self.executor.dialect(), &self.query)?;
        Ok(execute(self.executor, statement).await?.rows)
    }

    /// Writes a new row; gives its primary key, of several columns as a list.
    ///
    /// # Errors
    /// `UnknownField`, `InvalidQuery` for a value that does not fit, and what the database says.
    pub async fn create(self, fields: &[(&str, Value)]) -> Result<Value> {
        let meta = self.query.model;
        let mut fields = self.fitted(fields)?;
        if let Some((order, by)) = meta.order()
            && fields.iter().all(|(at, _)| *at != order)
        {
            let place = self.last_place(&fields, by).await?;
            fields.push((order, place));
        }
        let key = meta.primary_key();
        let given = fields
            .iter()
            .find(|(at, _)| meta.fields[*at].options.primary_key)
            .map(|(_, value)| value.clone());
        let dialect = self.executor.dialect();
        let parts = meta.keys().map(|key| {
            let part = fields.iter().find(|(at, _)| *at == key);
            part.map(|(_, value)| value.clone())
        });
        let whole: Option<Vec<Value>> = parts.collect();
        let given = match whole {
            Some(parts) if meta.has_composite_key() => Some(Value::List(key.value_type(), parts)),
            _ => given,
        };
        let returns = given.is_none() && dialect.features().insert_returning;
        let alias = Alias(0);
        let params = (0..)
            .zip(&fields)
            .map(|(slot, (_, value))| Expr::param(slot, value.value_type()));
        let insert = ast::Insert {
            table: meta.table.into(),
            alias,
            columns: fields
                .iter()
                .map(|(at, _)| meta.fields[*at].column.into())
                .collect(),
            rows: if fields.is_empty() {
                InsertRows::Defaults
            } else {
                InsertRows::Values(vec![params.collect()])
            },
            on_conflict: None,
            returning: if returns {
                vec![Expr::column(alias, key.column).into()]
            } else {
                Vec::new()
            },
        };
        let compiled = sql::compile(dialect, &insert.into())?;
        let values = compiled.bind(fields.into_iter().map(|(_, value)| value).collect())?;
        let mut statement = Statement::query(compiled.sql, values);
        if !returns {
            statement.rows = Rows::None;
        }
        let key_type = key.value_type();
        let read = move |made: &mut Option<Value>, row: &mut dyn RowCursor| {
            *made = Some(key_type.read(row, 0)?);
            Ok(())
        };
        let (made, outcome) = fold(self.executor, statement, None, read).await?;
        let made = given.or(made).or(outcome.last_insert_id.map(Value::Int));
        made.ok_or_else(|| {
            Error::query(format!(
                "the database does not tell the key of a new {}: give it",
                meta.name
            ))
        })
    }

    /// The place behind the rows of the sequence that a new row belongs to.
    async fn last_place(&self, fields: &[(usize, Value)], by: usize) -> Result<Value> {
        let meta = self.query.model;
        let rows = Records::new(Query::new(meta), self.executor);
        let name = meta.fields[by].name;
        let owner = fields.iter().find(|(at, _)| *at == by);
        let rows = match owner.map(|(_, value)| value) {
            Some(value) if !value.is_null() => rows.lookup(name, value.clone())?,
            _ => rows.lookup(&format!("{name}__isnull"), true)?,
        };
        let last = rows.order_by_name(&format!("-{ORDER}"))?.first().await?;
        let last: Option<i32> = last.map(|row| row.get(ORDER)).transpose()?;
        Ok(Value::from(last.map_or(0, |last| last + 1)))
    }

    /// Names as positions, values as the types of their columns.
    fn fitted(&self, fields: &[(&str, Value)]) -> Result<Vec<(usize, Value)>> {
        let meta = self.query.model;
        let mut fitted = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let position = meta.require(name)?;
            if meta.fields[position].options.generated.is_some() {
                return Err(Error::query(format!(
                    "`{}.{name}` cannot be written: the database computes it",
                    meta.name
                )));
            }
            let value_type = meta.fields[position].value_type();
            let value = match value {
                Value::Null(_) => Value::Null(value_type),
                value => by_name::fit(value.clone(), value_type, name)?,
            };
            fitted.push((position, value));
        }
        Ok(fitted)
    }

    async fn run(&self, statement: Statement) -> Result<Vec<Record>> {
        let model = self.query.model;
        read_rows(self.executor, statement, move |row| {
            Record::read(model, row)
        })
        .await
    }
}

impl std::fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Records({})", self.query.model.label())
    }
}

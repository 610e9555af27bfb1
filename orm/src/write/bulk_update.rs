//! Many objects' rows, changed with as few statements as the database lets.

use std::future::IntoFuture;

use super::insert::value_of;
use super::job::{Request, run};
use super::save::{positions, saved};
use super::statement::{Keys, Shape, TABLE, all_of, column, is_in, is_part, param};
use crate::ast::{Alias, Expr, ListParam, ListRows, Name, Set, Update};
use crate::driver::{BoxFuture, Executor, Rows, Statement};
use crate::error::{Error, Result};
use crate::meta::ModelMeta;
use crate::model::Model;
use crate::query::{NotNull, Selection};
use crate::sql::Dialect;
use crate::value::Value;

/// So many rows an update has at most where each is an arm of CASE: every row is compared with the arms before its own.
const ROWS_OF_CASE: usize = 200;
/// So many where each column is one list.
const ROWS_OF_LISTS: usize = 10_000;

/// The rows that values are taken from.
const GIVEN: Alias = Alias(1);

/// The update of many objects' rows: await it for the number of rows that were found.
#[must_use = "nothing is updated until it is awaited"]
pub struct BulkUpdate<'a, M> {
    executor: &'a dyn Executor,
    objects: &'a [M],
    fields: Result<Vec<usize>>,
    batch_size: usize,
}

impl<'a, M: Model> BulkUpdate<'a, M> {
    pub(crate) fn new<S: Selection<M>>(
        executor: &'a dyn Executor,
        objects: &'a [M],
        fields: impl FnOnce(M::Path<M, NotNull>) -> S,
    ) -> Self {
        BulkUpdate {
            executor,
            objects,
            fields: positions("bulk_update()", fields),
            batch_size: usize::MAX,
        }
    }

    /// The update of fields by their positions.
    pub(crate) fn of_fields(
        executor: &'a dyn Executor,
        objects: &'a [M],
        fields: Vec<usize>,
    ) -> Self {
        BulkUpdate {
            executor,
            objects,
            fields: Ok(fields),
            batch_size: usize::MAX,
        }
    }

    /// At most so many rows a statement; the database's own limits hold in any case.
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows.max(1);
        self
    }

    async fn run(self) -> Result<u64> {
        let form = Form {
            model: M::meta(),
            fields: &self.fields?,
        };
        form.check()?;
        let dialect = self.executor.dialect();
        let rows = form.rows_per_statement(dialect).min(self.batch_size);
        let mut requests = Vec::new();
        for objects in self.objects.chunks(rows) {
            let statement = form.statement(dialect, objects)?;
            requests.push(Request::silent(statement));
        }
        if requests.is_empty() || form.fields.is_empty() {
            return Ok(0);
        }
        let answers = run(self.executor, requests).await?;
        Ok(answers.iter().map(|answer| answer.outcome.rows).sum())
    }
}

impl<'a, M: Model> IntoFuture for BulkUpdate<'a, M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<M: Model> std::fmt::Debug for BulkUpdate<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "BulkUpdate({}, {})",
            M::meta().label(),
            self.objects.len()
        )
    }
}

/// What is updated.
#[derive(Clone, Copy)]
struct Form<'f> {
    model: &'static ModelMeta,
    fields: &'f [usize],
}

impl Form<'_> {
    fn check(self) -> Result<()> {
        let fixed = self.fields.iter().map(|at| &self.model.fields[*at]);
        for field in fixed {
            if field.options.primary_key || field.options.generated.is_some() {
                return Err(Error::query(format!(
                    "bulk_update() cannot write `{}.{}`: a key stays, and the database computes what is computed",
                    self.model.name, field.name
                )));
            }
        }
        Ok(())
    }

    fn rows_per_statement(self, dialect: &dyn Dialect) -> usize {
        let features = dialect.features();
        if features.insert_from_lists {
            return ROWS_OF_LISTS;
        }
        // An arm is a key and a value for each field; the key stands once more behind WHERE, in a padded list.
        let params =
            2 * self.fields.len() + 2 * self.model.keys().count() * (1 + self.fields.len());
        ROWS_OF_CASE.min(features.max_params / params).max(1)
    }

    /// The update of these objects' rows.
    fn statement<M: Model>(
        self,
        dialect: &'static dyn Dialect,
        objects: &[M],
    ) -> Result<Statement> {
        for object in objects {
            saved(object)?;
        }
        if dialect.features().insert_from_lists {
            self.by_lists(dialect, objects)
        } else if self.model.has_composite_key() {
            self.by_composite_arms(dialect, objects)
        } else {
            let key = self.model.primary_key_index();
            let keys = objects.iter().map(|object| value_of(object, key));
            let keys = keys.collect::<Result<_>>()?;
            let keys = Keys::new(dialect, 0, self.model.fields[key].value_type(), keys);
            self.by_arms(dialect, objects, keys)
        }
    }

    /// One list a column: the slots are the columns of the key, then each field.
    fn by_lists<M: Model>(self, dialect: &'static dyn Dialect, objects: &[M]) -> Result<Statement> {
        let given: Vec<usize> = self
            .model
            .keys()
            .chain(self.fields.iter().copied())
            .collect();
        let mut lists = Vec::with_capacity(given.len());
        for field in &given {
            let values = objects.iter().map(|object| value_of(object, *field));
            lists.push(Value::List(
                self.model.fields[*field].value_type(),
                values.collect::<Result<_>>()?,
            ));
        }
        let shape = Shape::new("bulk update")
            .model(self.model)
            .positions(self.fields);
        shape.prepare(dialect, Rows::None, lists, || {
            let name = |at: &usize| Name::from(self.model.fields[*at].column);
            let columns = (0..).zip(&given).map(|(slot, at)| {
                let element = self.model.fields[*at].value_type();
                let list = ListParam {
                    slot,
                    element,
                    size_class: 0,
                };
                (name(at), list)
            });
            Ok(Update {
                table: self.model.table.into(),
                alias: TABLE,
                set: self
                    .fields
                    .iter()
                    .map(|at| Set::new(name(at), Expr::column(GIVEN, name(at))))
                    .collect(),
                from: Some(ListRows {
                    alias: GIVEN,
                    columns: columns.collect(),
                }),
                filter: all_of(
                    self.model
                        .keys()
                        .map(|at| column(self.model, at).equals(Expr::column(GIVEN, name(&at)))),
                ),
                returning: Vec::new(),
            }
            .into())
        })
    }

    /// One arm a row: the slots are the list of keys, then for each row its key and its fields.
    fn by_arms<M: Model>(
        self,
        dialect: &'static dyn Dialect,
        objects: &[M],
        keys: Keys,
    ) -> Result<Statement> {
        let key = self.model.primary_key_index();
        let mut values = Vec::with_capacity(1 + objects.len() * (1 + self.fields.len()));
        values.push(keys.value);
        for object in objects {
            values.push(value_of(object, key)?);
            for field in self.fields {
                values.push(value_of(object, *field)?);
            }
        }
        let shape = Shape::new("bulk update")
            .model(self.model)
            .positions(self.fields)
            .number(objects.len())
            .list(keys.param);
        shape.prepare(dialect, Rows::None, values, || {
            let set = (1..).zip(self.fields).map(|(nth, field)| {
                let name = self.model.fields[*field].column;
                Set::new(name, self.arms(objects.len(), nth, *field))
            });
            Ok(Update {
                table: self.model.table.into(),
                alias: TABLE,
                set: set.collect(),
                from: None,
                filter: Some(is_in(column(self.model, key), keys.param)),
                returning: Vec::new(),
            }
            .into())
        })
    }

    /// One arm a row, of a key of several columns: the slots are for each row its key and its fields.
    fn by_composite_arms<M: Model>(
        self,
        dialect: &'static dyn Dialect,
        objects: &[M],
    ) -> Result<Statement> {
        let given: Vec<usize> = self
            .model
            .keys()
            .chain(self.fields.iter().copied())
            .collect();
        let width = given.len();
        let parts = width - self.fields.len();
        let mut values = Vec::with_capacity(objects.len() * width);
        for object in objects {
            for position in &given {
                values.push(value_of(object, *position)?);
            }
        }
        let shape = Shape::new("bulk update by keys")
            .model(self.model)
            .positions(self.fields)
            .number(objects.len());
        shape.prepare(dialect, Rows::None, values, || {
            let slot = |slot: usize| u32::try_from(slot).unwrap_or(u32::MAX);
            let is_row = |row: usize| {
                let keys = (row * width..).zip(self.model.keys());
                all_of(keys.map(|(nth, at)| is_part(self.model, at, slot(nth))))
            };
            let rows = || (0..objects.len()).filter_map(|row| Some((row, is_row(row)?)));
            let set = (parts..).zip(self.fields).map(|(nth, field)| {
                let arm =
                    |(row, is_row)| (is_row, param(self.model, *field, slot(row * width + nth)));
                let case = Expr::Case {
                    when: rows().map(arm).collect(),
                    otherwise: None,
                };
                Set::new(self.model.fields[*field].column, case)
            });
            Ok(Update {
                table: self.model.table.into(),
                alias: TABLE,
                set: set.collect(),
                from: None,
                filter: rows().map(|(_, is_row)| is_row).reduce(Expr::or),
                returning: Vec::new(),
            }
            .into())
        })
    }

    /// `CASE WHEN key = … THEN … END` over so many rows, for the nth of their fields.
    fn arms(self, rows: usize, nth: usize, field: usize) -> Expr {
        let key = self.model.primary_key_index();
        let slot = |slot: usize| u32::try_from(slot).unwrap_or(u32::MAX);
        let arm = |row: usize| {
            let first = 1 + row * (1 + self.fields.len());
            let condition = column(self.model, key).equals(param(self.model, key, slot(first)));
            (condition, param(self.model, field, slot(first + nth)))
        };
        Expr::Case {
            when: (0..rows).map(arm).collect(),
            otherwise: None,
        }
    }
}

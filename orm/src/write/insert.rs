//! One object as a new row.

use super::job::{Request, run_one};
use super::moment::Moment;
use super::save::reread;
use super::sequence;
use super::statement::{InsertForm, OnConflict, types};
use crate::driver::{BoxFuture, Executor};
use crate::error::{Error, Result};
use crate::meta::{Expression, FieldMeta, ModelMeta, PrimaryKey};
use crate::model::{AllSet, Builder, Model, Owner};
use crate::value::{OneValue, Value};

/// `create`, on every builder.
pub trait Create: Builder {
    /// Inserts the object and gives it back with what the database made: its key, and the columns that the database
    /// computes.
    ///
    /// # Errors
    /// A constraint that is violated ([`Error::is_unique_violation`]), a key that was taken of an object that is not
    /// saved, and what else the database said.
    fn create<'a>(self, executor: &'a dyn Executor) -> BoxFuture<'a, Result<Self::Model>>
    where
        Self::State: AllSet,
    {
        let built = self.build();
        Box::pin(async move {
            let mut object = built?;
            insert(executor, &mut object).await?;
            Ok(object)
        })
    }
}

impl<B: Builder> Create for B {}

/// Inserts an object.
pub(super) async fn insert<M: Model>(executor: &dyn Executor, object: &mut M) -> Result<()> {
    Moment::now().stamp_new(object)?;
    sequence::place(executor, std::slice::from_mut(object)).await?;
    let model = M::meta();
    let mut row = Row::default();
    row.read(object)?;
    let Row {
        columns,
        values,
        mut left,
    } = row;
    let features = executor.dialect().features();
    let returning: &[usize] = if features.insert_returning {
        &left
    } else {
        &[]
    };
    let form = InsertForm {
        model,
        columns: &columns,
        returning,
        conflict: &OnConflict::Fail,
    };
    let request = Request {
        statement: form.statement(executor.dialect(), values)?,
        reads: types(model, returning),
    };
    let answer = run_one(executor, request).await?;
    if features.insert_returning {
        set_values(object, &left, answer.values)?;
    } else if !left.is_empty() {
        if let Some(id) = answer.outcome.last_insert_id
            && is_unsaved(object)
        {
            set_value(object, model.primary_key_index(), Value::Int(id))?;
        }
        left.retain(|position| *position != model.primary_key_index());
        reread(executor, object, &left).await?;
    }
    Owner::attach(object)
}

/// What of an object an insert gives the database, and what it leaves to it.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The fields that are given.
    pub(super) columns: Vec<usize>,
    /// Their values.
    pub(super) values: Vec<Value>,
    /// The fields that the database makes.
    pub(super) left: Vec<usize>,
}

impl Row {
    /// Becomes the row of an object; what it was before is forgotten.
    pub(super) fn read<M: Model>(&mut self, object: &M) -> Result<()> {
        let model = M::meta();
        self.columns.clear();
        self.values.clear();
        self.left.clear();
        let unsaved = is_unsaved(object);
        for (position, field) in model.columns() {
            if field.options.generated.is_some() || unsaved && field.options.primary_key {
                self.left.push(position);
                continue;
            }
            let value = value_of(object, position)?;
            if value.is_null() && has_computed_default(field)? {
                self.left.push(position);
            } else {
                self.columns.push(position);
                self.values.push(value);
            }
        }
        Ok(())
    }
}

/// Whether the database has a default for a field that the builder could not evaluate: an `Option` that was left out
/// is left to the database then.
fn has_computed_default(field: &FieldMeta) -> Result<bool> {
    match field.options.db_default {
        Some(default) => Ok(!matches!(default()?, Expression::Literal(_))),
        None => Ok(false),
    }
}

/// Whether an object has an automatic key that no insert has set.
pub(crate) fn is_unsaved<M: Model>(object: &M) -> bool {
    M::meta().primary_key().kind.is_auto() && object.key().is_unsaved()
}

/// The value of a field for a statement; an error says which field.
pub(super) fn value_of<M: Model>(object: &M, position: usize) -> Result<Value> {
    object
        .value(position)
        .map_err(|error| in_field(M::meta(), position, error))
}

/// Sets a field to a neutral value.
pub(super) fn set_value<M: Model>(object: &mut M, position: usize, value: Value) -> Result<()> {
    object
        .set_from(position, &mut OneValue::new(value), 0)
        .map_err(|error| in_field(M::meta(), position, error))
}

/// Sets fields to neutral values.
pub(crate) fn set_values<M: Model>(
    object: &mut M,
    positions: &[usize],
    values: impl IntoIterator<Item = Value>,
) -> Result<()> {
    for (position, value) in positions.iter().zip(values) {
        set_value(object, *position, value)?;
    }
    Ok(())
}

#[cold]
fn in_field(model: &ModelMeta, position: usize, error: Error) -> Error {
    error.context(format!("{}.{}", model.name, model.fields[position].name))
}

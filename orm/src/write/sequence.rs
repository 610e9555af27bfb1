//! The places of rows in the sequences that `order_with_respect_to` makes of them.
//!
//! A new row comes last among those of its sequence: the greatest place there is asked for first, one question for all
//! new rows of a write. As in Django, two writers at once may be told the same place.

use std::collections::HashMap;

use super::insert::{set_value, value_of};
use super::job::{Request, run};
use super::statement::{Keys, Shape, TABLE, column, is_in};
use crate::ast::{Aggregate, AggregateFunction, Expr, OutputColumn, Select};
use crate::driver::{Executor, Rows, Statement};
use crate::error::{Error, Result};
use crate::meta::ModelMeta;
use crate::model::Model;
use crate::sql::Dialect;
use crate::value::{Value, ValueKey, ValueType};

/// Gives new objects their places, in the order in which they come.
pub(super) async fn place<M: Model>(executor: &dyn Executor, objects: &mut [M]) -> Result<()> {
    let model = M::meta();
    let Some((order, by)) = model.order() else {
        return Ok(());
    };
    let mut owners = Vec::with_capacity(objects.len());
    for object in &*objects {
        owners.push(value_of(object, by)?.into_key());
    }
    let mut next: HashMap<ValueKey, i64> = HashMap::new();
    let mut asked = Vec::new();
    for owner in &owners {
        if next.insert(ValueKey(owner.0.clone()), 0).is_none() {
            asked.push(owner.0.clone());
        }
    }
    let requests = questions(executor.dialect(), model, (order, by), asked)?;
    let answers = run(executor, requests).await?;
    for pair in answers.iter().flat_map(|answer| answer.values.chunks(2)) {
        if let [owner, Value::Int(last)] = pair {
            next.insert(ValueKey(owner.clone()), last + 1);
        }
    }
    for (object, owner) in objects.iter_mut().zip(owners) {
        let place = next.entry(owner).or_default();
        set_value(object, order, Value::Int(*place))?;
        *place += 1;
    }
    Ok(())
}

/// The greatest place of each of these sequences; rows that belong to none are a sequence too.
fn questions(
    dialect: &'static dyn Dialect,
    model: &'static ModelMeta,
    (order, by): (usize, usize),
    owners: Vec<Value>,
) -> Result<Vec<Request>> {
    let value_type = model.fields[by].value_type();
    let (without, owners): (Vec<Value>, Vec<Value>) = owners.into_iter().partition(Value::is_null);
    let mut statements = Vec::new();
    for keys in Keys::batches(dialect, owners) {
        let keys = Keys::new(dialect, 0, value_type, keys);
        let shape = Shape::new("places").model(model).list(keys.param);
        let among = is_in(column(model, by), keys.param);
        statements.push(greatest(
            dialect,
            (shape, vec![keys.value]),
            model,
            (order, by),
            among,
        )?);
    }
    if !without.is_empty() {
        let shape = Shape::new("places of none").model(model);
        let among = column(model, by).is_null();
        statements.push(greatest(
            dialect,
            (shape, Vec::new()),
            model,
            (order, by),
            among,
        )?);
    }
    let reads = vec![value_type, ValueType::Int];
    let request = |statement| Request {
        statement,
        reads: reads.clone(),
    };
    Ok(statements.into_iter().map(request).collect())
}

/// `SELECT by, MAX(order) … GROUP BY by`.
fn greatest(
    dialect: &'static dyn Dialect,
    (shape, values): (Shape, Vec<Value>),
    model: &'static ModelMeta,
    (order, by): (usize, usize),
    among: Expr,
) -> Result<Statement> {
    shape.prepare(dialect, Rows::Some, values, || {
        let greatest = Aggregate::new(AggregateFunction::Max, column(model, order));
        Ok(Select {
            columns: vec![
                OutputColumn::from(column(model, by)),
                Expr::Aggregate(Box::new(greatest)).into(),
            ],
            filter: Some(among),
            group_by: vec![column(model, by)],
            ..Select::from_table(model.table, TABLE)
        }
        .into())
    })
}

/// Gives rows the places 0, 1, 2, … in the order in which they come.
pub(crate) fn number<M: Model>(rows: &mut [M]) -> Result<usize> {
    let model = M::meta();
    let Some((order, _)) = model.order() else {
        return Err(Error::query(format!(
            "set_order() is for models with `order_with_respect_to`, and {} has none",
            model.name
        )));
    };
    for (row, place) in rows.iter_mut().zip(0..) {
        set_value(row, order, Value::Int(place))?;
    }
    Ok(order)
}

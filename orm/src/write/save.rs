//! An object's row, changed, read again.

use super::insert::{insert, is_unsaved, set_values, value_of};
use super::job::{Answer, Request, run_one};
use super::moment::Moment;
use super::statement::{select_by_key, types, update_by_key};
use crate::driver::Executor;
use crate::error::{Error, ErrorKind, Result};
use crate::load::load_one;
use crate::meta::ModelMeta;
use crate::model::{Model, Owner};
use crate::query::{ModelPath, Node, NotNull, Path, Scope, Selection, Step};
use crate::value::Value;

/// Writes all fields of an object.
pub(super) async fn save<M: Model>(executor: &dyn Executor, object: &mut M) -> Result<()> {
    if is_unsaved(object) {
        return insert(executor, object).await;
    }
    let model = M::meta();
    let fields: Vec<usize> = model
        .columns()
        .filter(|(_, field)| !field.options.primary_key && field.options.generated.is_none())
        .map(|(position, _)| position)
        .collect();
    if update(executor, object, fields).await? {
        return Ok(());
    }
    if model.primary_key().kind.is_auto() {
        return Err(gone(object));
    }
    insert(executor, object).await
}

/// Writes some fields of an object.
pub(super) async fn save_fields<M: Model>(
    executor: &dyn Executor,
    object: &mut M,
    fields: Vec<usize>,
) -> Result<()> {
    let model = M::meta();
    saved(object)?;
    for position in &fields {
        let field = &model.fields[*position];
        let why = if field.options.primary_key {
            "is the key, by which the row is found"
        } else if field.options.generated.is_some() {
            "is computed by the database"
        } else {
            continue;
        };
        return Err(Error::query(format!(
            "save_fields() cannot write `{}.{}`: it {why}",
            model.name, field.name
        )));
    }
    if fields.is_empty() || update(executor, object, fields).await? {
        return Ok(());
    }
    Err(gone(object))
}

/// Updates fields of an object's row; false if there is no such row.
async fn update<M: Model>(
    executor: &dyn Executor,
    object: &mut M,
    mut fields: Vec<usize>,
) -> Result<bool> {
    let model = M::meta();
    Moment::now().stamp_saved(object, &fields)?;
    Owner::lead_keys(object);
    let mut values = Vec::with_capacity(fields.len() + 1);
    let mut unread = Vec::new();
    for position in &fields {
        match object.value(*position) {
            Ok(value) => values.push(value),
            Err(error)
                if model.fields[*position].options.deferred
                    && matches!(error.kind(), ErrorKind::NotLoaded { .. }) =>
            {
                unread.push(*position);
            }
            Err(_) => values.push(value_of(object, *position)?),
        }
    }
    fields.retain(|position| !unread.contains(position));
    let key = key_of(object)?;
    if fields.is_empty() {
        // Nothing to change, but whether the row is there is asked all the same.
        fields.push(model.primary_key_index());
        values.extend(key.first().cloned());
    }
    values.extend(key);
    let computed: Vec<usize> = model
        .columns()
        .filter(|(_, field)| field.options.generated.is_some())
        .map(|(position, _)| position)
        .collect();
    let dialect = executor.dialect();
    let returning: &[usize] = if dialect.features().update_returning {
        &computed
    } else {
        &[]
    };
    let request = Request {
        statement: update_by_key(dialect, model, &fields, returning, values)?,
        reads: types(model, returning),
    };
    let Answer { outcome, values } = run_one(executor, request).await?;
    if outcome.rows == 0 {
        return Ok(false);
    }
    if returning.is_empty() {
        reread(executor, object, &computed).await?;
    } else {
        set_values(object, returning, values)?;
    }
    Ok(true)
}

/// Reads fields of an object's row again.
pub(super) async fn reread<M: Model>(
    executor: &dyn Executor,
    object: &mut M,
    fields: &[usize],
) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    let model = M::meta();
    let request = Request {
        statement: select_by_key(executor.dialect(), model, fields, key_of(object)?)?,
        reads: types(model, fields),
    };
    let answer = run_one(executor, request).await?;
    if answer.values.is_empty() {
        return Err(gone(object));
    }
    set_values(object, fields, answer.values)?;
    Owner::lead_keys(object);
    Ok(())
}

/// Reads all of an object's row again; nothing of its relations is loaded then.
pub(super) async fn refresh<M: Model>(executor: &dyn Executor, object: &mut M) -> Result<()> {
    saved(object)?;
    match load_one::<M>(executor, key_of(object)?).await? {
        Some(found) => {
            *object = found;
            Ok(())
        }
        None => Err(gone(object)),
    }
}

/// Reads some fields of an object's row again.
pub(super) async fn refresh_fields<M: Model>(
    executor: &dyn Executor,
    object: &mut M,
    fields: &[usize],
) -> Result<()> {
    saved(object)?;
    reread(executor, object, fields).await
}

/// The values of an object's key.
pub(super) fn key_of<M: Model>(object: &M) -> Result<Vec<Value>> {
    M::meta().keys().map(|at| value_of(object, at)).collect()
}

/// An error if an object has no key yet.
pub(super) fn saved<M: Model>(object: &M) -> Result<()> {
    if is_unsaved(object) {
        return Err(Error::new(ErrorKind::NotSaved {
            model: M::meta().name.to_owned(),
        }));
    }
    Ok(())
}

#[cold]
fn gone<M: Model>(object: &M) -> Error {
    Error::new(ErrorKind::RowGone {
        model: M::meta().name.to_owned(),
        key: format!("{:?}", object.key()),
    })
}

/// The positions of fields that were named by paths: `|p| (p.title(), p.author_id())`.
pub(super) fn positions<M: Model, S: Selection<M>>(
    verb: &str,
    select: impl FnOnce(M::Path<M, NotNull>) -> S,
) -> Result<Vec<usize>> {
    let root = Path::root(M::meta(), Scope::fresh());
    let mut positions = Vec::new();
    for node in select(ModelPath::at(root)).into_nodes() {
        let position = own_position(M::meta(), verb, &node)?;
        if !positions.contains(&position) {
            positions.push(position);
        }
    }
    Ok(positions)
}

/// The position of a field of the model itself, of which a node is the path.
pub(crate) fn own_position(model: &'static ModelMeta, verb: &str, node: &Node) -> Result<usize> {
    if let Node::Path(path) = node
        && let [Step::Field(position)] = path.steps[..]
        && model.fields[usize::from(position)].is_column()
    {
        return Ok(usize::from(position));
    }
    Err(Error::query(format!(
        "{verb} takes columns of {} itself, not {node}",
        model.name
    )))
}

/// The `auto_now` fields that assignments leave out, and their values.
pub(crate) fn touched(model: &'static ModelMeta, assigned: &[usize]) -> Vec<(usize, Value)> {
    let now = Moment::now();
    model
        .columns()
        .filter(|(position, field)| field.options.auto_now && !assigned.contains(position))
        .map(|(position, field)| (position, now.value(field)))
        .collect()
}

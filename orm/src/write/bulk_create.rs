//! Many objects as new rows, with as few statements as the database lets.

use std::future::IntoFuture;
use std::ops::Range;

use super::insert::{Row, is_unsaved, set_value, set_values};
use super::job::{Answer, Request, run};
use super::moment::Moment;
use super::save::positions;
use super::sequence;
use super::statement::{InsertForm, OnConflict, types};
use crate::driver::{BoxFuture, Executor};
use crate::error::{Error, Result};
use crate::model::{Model, Owner};
use crate::query::{NotNull, Selection};
use crate::sql::Dialect;
use crate::value::Value;

/// So many rows an insert has at most where each value is a placeholder of its own: what a greater one saves in round
/// trips it costs in parsing.
const ROWS_OF_PLACEHOLDERS: usize = 1000;
/// So many where each column is one list.
const ROWS_OF_LISTS: usize = 10_000;
/// So many bytes of text and the like an insert has at most, unless one row has more: servers refuse messages that are
/// too long.
const BYTES: usize = 4 << 20;

/// The insert of many objects: await it, perhaps after setting how.
#[must_use = "nothing is inserted until it is awaited"]
pub struct BulkCreate<'a, M> {
    executor: &'a dyn Executor,
    objects: Vec<M>,
    batch_size: usize,
    conflict: Result<OnConflict>,
}

impl<'a, M: Model> BulkCreate<'a, M> {
    pub(crate) fn new(executor: &'a dyn Executor, objects: Vec<M>) -> Self {
        BulkCreate {
            executor,
            objects,
            batch_size: usize::MAX,
            conflict: Ok(OnConflict::Fail),
        }
    }

    /// At most so many rows a statement; the database's own limits hold in any case.
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows.max(1);
        self
    }

    /// Leaves out the rows that some unique constraint refuses. The objects come back without the keys that the
    /// database made, since it does not tell which rows it took.
    pub fn ignore_conflicts(mut self) -> Self {
        self.conflict = self.conflict.map(|_| OnConflict::Ignore);
        self
    }

    /// Where a row has equal `unique` fields, sets these fields of it instead:
    /// `.update_conflicts(|p| p.slug(), |p| (p.title(), p.body()))`. MySQL and MariaDB look at every unique
    /// constraint, whichever fields are named.
    pub fn update_conflicts<U: Selection<M>, F: Selection<M>>(
        mut self,
        unique: impl FnOnce(M::Path<M, NotNull>) -> U,
        fields: impl FnOnce(M::Path<M, NotNull>) -> F,
    ) -> Self {
        let named = positions("update_conflicts()", unique)
            .and_then(|unique| Ok((unique, positions("update_conflicts()", fields)?)))
            .and_then(|(unique, fields)| {
                let computed = |at: &&usize| M::meta().fields[**at].options.generated.is_some();
                match fields.iter().find(computed) {
                    None => Ok((unique, fields)),
                    Some(at) => Err(Error::query(format!(
                        "update_conflicts() cannot set `{}.{}`: the database computes it",
                        M::meta().name,
                        M::meta().fields[*at].name
                    ))),
                }
            });
        self.conflict = named.map(|(unique, fields)| OnConflict::Update { unique, fields });
        self
    }

    async fn run(mut self) -> Result<Vec<M>> {
        let conflict = self.conflict?;
        insert_all(self.executor, &mut self.objects, self.batch_size, &conflict).await?;
        Ok(self.objects)
    }
}

impl<'a, M: Model> IntoFuture for BulkCreate<'a, M> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Result<Vec<M>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<M: Model> std::fmt::Debug for BulkCreate<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "BulkCreate({}, {})",
            M::meta().label(),
            self.objects.len()
        )
    }
}

/// The objects that give the same columns: one shape of insert.
struct Group {
    columns: Vec<usize>,
    /// The fields that the database makes.
    left: Vec<usize>,
    members: Vec<usize>,
    values: Vec<Value>,
}

impl Group {
    /// The members of each insert: at most so many, and so many bytes.
    fn batches(&self, rows: usize) -> Vec<Range<usize>> {
        let width = self.columns.len();
        let mut batches = Vec::new();
        let (mut first, mut bytes) = (0, 0);
        for member in 0..self.members.len() {
            let values = &self.values[member * width..(member + 1) * width];
            let added: usize = values.iter().map(weight).sum();
            if first < member && (member - first == rows || BYTES < bytes + added) {
                batches.push(first..member);
                (first, bytes) = (member, 0);
            }
            bytes += added;
        }
        batches.push(first..self.members.len());
        batches
    }
}

/// How many bytes of a message a value takes, roughly.
fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

async fn insert_all<M: Model>(
    executor: &dyn Executor,
    objects: &mut [M],
    batch_size: usize,
    conflict: &OnConflict,
) -> Result<()> {
    sequence::place(executor, objects).await?;
    let dialect = executor.dialect();
    let returns = dialect.features().insert_returning && *conflict != OnConflict::Ignore;
    let mut requests = Vec::new();
    let mut sent: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for group in groups(objects)? {
        let rows = rows_per_statement(dialect, group.columns.len()).min(batch_size);
        let returning: &[usize] = if returns { &group.left } else { &[] };
        let form = InsertForm {
            model: M::meta(),
            columns: &group.columns,
            returning,
            conflict,
        };
        let batches = group.batches(rows);
        let mut values = group.values.into_iter();
        for members in batches.into_iter().map(|batch| &group.members[batch]) {
            let of_batch = values.by_ref().take(members.len() * group.columns.len());
            requests.push(Request {
                statement: form.statement(dialect, of_batch.collect())?,
                reads: types(M::meta(), returning),
            });
            sent.push((members.to_vec(), returning.to_vec()));
        }
    }
    if requests.is_empty() {
        return Ok(());
    }
    let answers = run(executor, requests).await?;
    for ((members, returning), answer) in sent.into_iter().zip(answers) {
        take(objects, &members, &returning, answer, conflict)?;
    }
    attach(objects)
}

/// The objects by what they leave to the database: those with and those without a key, as a rule.
fn groups<M: Model>(objects: &mut [M]) -> Result<Vec<Group>> {
    let now = Moment::now();
    let mut groups: Vec<Group> = Vec::new();
    let mut capacity = objects.len();
    let mut row = Row::default();
    for (member, object) in objects.iter_mut().enumerate() {
        now.stamp_new(object)?;
        row.read(object)?;
        match groups.iter_mut().find(|group| group.left == row.left) {
            Some(group) => {
                group.members.push(member);
                group.values.append(&mut row.values);
            }
            None => {
                let mut values = Vec::with_capacity(capacity * row.values.len());
                // The first group is, as a rule, the only one.
                capacity = 1;
                values.append(&mut row.values);
                groups.push(Group {
                    columns: row.columns.clone(),
                    left: row.left.clone(),
                    members: vec![member],
                    values,
                });
            }
        }
    }
    Ok(groups)
}

/// How many rows one insert of so many columns has at most.
pub(super) fn rows_per_statement(dialect: &dyn Dialect, columns: usize) -> usize {
    let features = dialect.features();
    match columns {
        0 => 1,
        _ if features.insert_from_lists => ROWS_OF_LISTS,
        _ => ROWS_OF_PLACEHOLDERS
            .min(features.max_params / columns)
            .max(1),
    }
}

/// Gives the objects of a batch what the database made.
fn take<M: Model>(
    objects: &mut [M],
    members: &[usize],
    returning: &[usize],
    answer: Answer,
    conflict: &OnConflict,
) -> Result<()> {
    if let ([member], Some(id)) = (members, answer.outcome.last_insert_id)
        && *conflict == OnConflict::Fail
        && is_unsaved(&objects[*member])
    {
        let position = M::meta().primary_key_index();
        return set_value(&mut objects[*member], position, Value::Int(id));
    }
    if returning.is_empty() {
        return Ok(());
    }
    if answer.values.len() != members.len() * returning.len() {
        return Err(Error::query(format!(
            "the insert of {} rows of {} answered with {}",
            members.len(),
            M::meta().name,
            answer.values.len() / returning.len()
        )));
    }
    let mut values = answer.values.into_iter();
    for member in members {
        set_values(
            &mut objects[*member],
            returning,
            values.by_ref().take(returning.len()),
        )?;
    }
    Ok(())
}

/// Makes the objects peers of each other, if all have keys.
fn attach<M: Model>(objects: &mut [M]) -> Result<()> {
    if objects.iter().any(is_unsaved) {
        return Ok(());
    }
    Owner::attach_all(objects)
}

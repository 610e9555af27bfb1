//! The collector: finds what must go with some rows, and deletes it all.
//!
//! Its first waves read, a level of foreign keys each; its last one writes: rows that nothing depends on, then keys
//! that become something else, then the collected rows, those first that refer to others. Only the columns that
//! foreign keys hold are read.

use std::collections::HashSet;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use super::Deleted;
use super::incoming::{Incoming, Key};
use super::order::order;
use crate::ast::Name;
use crate::driver::{Job, Outcome, RowCursor, Statement};
use crate::error::{Error, ErrorKind, Result};
use crate::meta::{DefaultMeta, FieldMeta, ModelMeta, OnDelete, RelationMeta, value_of};
use crate::sql::Dialect;
use crate::value::{Value, ValueKey, ValueType};
use crate::write::job::read_row;
use crate::write::statement::{
    Keys, delete_by_keys, delete_where_in, select_where_in, types, update_where_in,
};

/// So many keys of several columns a statement compares with at most.
const COMPOSITE_KEYS: usize = 100;

/// What the deletion begins with.
#[derive(Debug)]
pub(super) enum Root {
    /// One row: the values of the fields that must be known of it.
    Row(Vec<Value>),
    /// The rows of a statement that reads those fields.
    Query(Statement),
}

/// The job of a deletion.
pub(super) struct Collector {
    dialect: &'static dyn Dialect,
    root: &'static ModelMeta,
    begin: Option<Root>,
    /// Whether a transaction of the caller goes on afterwards.
    nested: bool,
    collected: Vec<Collected>,
    /// Pairs of collected models: the first refers to the second.
    before: Vec<(usize, usize)>,
    /// What was collected last, and not looked at yet.
    frontier: Vec<(usize, Range<usize>)>,
    asked: Vec<Question>,
    restricted: Vec<(&'static ModelMeta, usize, Vec<Vec<ValueKey>>)>,
    at_once: Vec<AtOnce>,
    changes: Vec<Change>,
    /// Of the statements that delete: what they are counted as.
    counted: Vec<Option<String>>,
    done: bool,
    pub(super) deleted: Deleted,
}

/// The rows of a model that are deleted by key.
struct Collected {
    model: &'static ModelMeta,
    incoming: Arc<Incoming>,
    seen: HashSet<Vec<ValueKey>>,
    /// The values of [`Incoming::read`], row by row.
    rows: Vec<Vec<Value>>,
    /// Where each level of discovery begins.
    levels: Vec<usize>,
}

/// A statement of a reading wave, and what has come of it.
struct Question {
    /// What is asked for; none for the rows that the deletion begins with.
    key: Option<(usize, usize)>,
    reads: Vec<ValueType>,
    values: Vec<Value>,
}

/// Rows that nothing depends on.
struct AtOnce {
    label: String,
    table: Name,
    column: Name,
    value_type: ValueType,
    keys: Vec<Value>,
}

/// Keys that become something else.
struct Change {
    model: &'static ModelMeta,
    field: usize,
    value: Value,
    by: usize,
    keys: Vec<Value>,
}

impl Collector {
    pub(super) fn new(
        dialect: &'static dyn Dialect,
        root: &'static ModelMeta,
        begin: Root,
        nested: bool,
    ) -> Self {
        Collector {
            dialect,
            root,
            begin: Some(begin),
            nested,
            collected: Vec::new(),
            before: Vec::new(),
            frontier: Vec::new(),
            asked: Vec::new(),
            restricted: Vec::new(),
            at_once: Vec::new(),
            changes: Vec::new(),
            counted: Vec::new(),
            done: false,
            deleted: Deleted::default(),
        }
    }

    /// Adds rows of a model, without those that are there; gives the model's number.
    fn collect(
        &mut self,
        model: &'static ModelMeta,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> usize {
        let known = self
            .collected
            .iter()
            .position(|known| known.model.is(model));
        let at = known.unwrap_or_else(|| {
            self.collected.push(Collected {
                model,
                incoming: Incoming::of(model),
                seen: HashSet::new(),
                rows: Vec::new(),
                levels: Vec::new(),
            });
            self.collected.len() - 1
        });
        let collected = &mut self.collected[at];
        let first = collected.rows.len();
        for row in rows {
            if collected.seen.insert(identity(model, &row)) {
                collected.rows.push(row);
            }
        }
        if first < collected.rows.len() {
            collected.levels.push(first);
            self.frontier.push((at, first..collected.rows.len()));
        }
        at
    }

    /// What must be asked about what was collected last.
    fn ask(&mut self) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        for (at, rows) in mem::take(&mut self.frontier) {
            let incoming = Arc::clone(&self.collected[at].incoming);
            for (nth, key) in incoming.keys.iter().enumerate() {
                let held = self.held(at, rows.clone(), key.holds);
                self.ask_about(&mut statements, (at, nth), key, held)?;
            }
            for between in &incoming.between {
                let keys = self.held(at, rows.clone(), 0);
                self.at_once.push(AtOnce {
                    label: between.label.clone(),
                    table: between.table.clone(),
                    column: between.column.clone(),
                    value_type: between.value_type,
                    keys,
                });
            }
        }
        Ok(statements)
    }

    /// The values of a column that foreign keys hold, of rows that were collected.
    fn held(&self, at: usize, rows: Range<usize>, column: usize) -> Vec<Value> {
        self.collected[at].rows[rows]
            .iter()
            .map(|row| row[column].clone())
            .filter(|value| !value.is_null())
            .collect()
    }

    fn ask_about(
        &mut self,
        statements: &mut Vec<Statement>,
        asker: (usize, usize),
        key: &Key,
        held: Vec<Value>,
    ) -> Result<()> {
        if held.is_empty() {
            return Ok(());
        }
        let field = &key.model.fields[key.position];
        let of_key = Incoming::of(key.model);
        let read: &[usize] = match key.on_delete {
            OnDelete::Cascade if of_key.is_empty() && !of_key.restricts => {
                self.at_once.push(AtOnce {
                    label: key.model.label(),
                    table: key.model.table.into(),
                    column: field.column.into(),
                    value_type: field.value_type(),
                    keys: held,
                });
                return Ok(());
            }
            OnDelete::Protect => &[],
            OnDelete::Cascade | OnDelete::Restrict => &of_key.read,
            _ => {
                self.changes.push(Change {
                    model: key.model,
                    field: key.position,
                    value: replacement(key.model, field, key.on_delete)?,
                    by: key.position,
                    keys: held,
                });
                return Ok(());
            }
        };
        let reads = match read {
            [] => vec![ValueType::Int],
            read => types(key.model, read),
        };
        for keys in Keys::batches(self.dialect, held) {
            statements.push(select_where_in(
                self.dialect,
                key.model,
                read,
                key.position,
                keys,
            )?);
            self.asked.push(Question {
                key: Some(asker),
                reads: reads.clone(),
                values: Vec::new(),
            });
        }
        Ok(())
    }

    /// Draws the consequences of the answers of a wave.
    fn hear(&mut self) -> Result<()> {
        let mut protected: Vec<(&'static ModelMeta, usize, i64)> = Vec::new();
        for question in mem::take(&mut self.asked) {
            let width = question.reads.len();
            let mut values = question.values.into_iter();
            let rows = std::iter::from_fn(|| {
                let row: Vec<Value> = values.by_ref().take(width).collect();
                (!row.is_empty()).then_some(row)
            });
            let Some((asker, nth)) = question.key else {
                let rows: Vec<_> = rows.collect();
                self.collect(self.root, rows.into_iter());
                continue;
            };
            let incoming = Arc::clone(&self.collected[asker].incoming);
            let key = &incoming.keys[nth];
            let rows: Vec<Vec<Value>> = rows.collect();
            match key.on_delete {
                OnDelete::Protect => {
                    if let Some([Value::Int(count @ 1..)]) = rows.first().map(Vec::as_slice) {
                        protected.push((key.model, key.position, *count));
                    }
                }
                _ if rows.is_empty() => {}
                OnDelete::Restrict => {
                    let keys = rows.iter().map(|row| identity(key.model, row));
                    self.restricted
                        .push((key.model, key.position, keys.collect()));
                }
                _ => self.cascade(asker, key, rows)?,
            }
        }
        refuse(self.root, "PROTECT", &protected)
    }

    fn cascade(&mut self, asker: usize, key: &Key, rows: Vec<Vec<Value>>) -> Result<()> {
        let field = &key.model.fields[key.position];
        // Where constraints cannot wait, a key that may be NULL is, so that rows may refer to each other in circles.
        let can_wait = self.dialect.defer_foreign_keys().is_some();
        if field.null && !can_wait && !key.model.has_composite_key() {
            self.changes.push(Change {
                model: key.model,
                field: key.position,
                value: replacement(key.model, field, OnDelete::SetNull)?,
                by: key.model.primary_key_index(),
                keys: rows.iter().map(|row| row[0].clone()).collect(),
            });
            self.collect(key.model, rows.into_iter());
        } else {
            let at = self.collect(key.model, rows.into_iter());
            self.before.push((at, asker));
        }
        Ok(())
    }

    /// Refuses if a `RESTRICT` key leads to a row that is deleted, from one that is not.
    fn check_restricted(&self) -> Result<()> {
        let mut refusing = Vec::new();
        for (model, position, keys) in &self.restricted {
            let collected = self.collected.iter().find(|known| known.model.is(model));
            let stays =
                |key: &&Vec<ValueKey>| !collected.is_some_and(|known| known.seen.contains(*key));
            let count = keys.iter().filter(stays).count();
            if 0 < count {
                refusing.push((*model, *position, i64::try_from(count).unwrap_or(i64::MAX)));
            }
        }
        refuse(self.root, "RESTRICT", &refusing)
    }

    /// The statements that delete, in an order that the constraints allow.
    fn delete(&mut self) -> Result<Vec<Statement>> {
        self.check_restricted()?;
        for (model, _, _) in mem::take(&mut self.restricted) {
            self.order_restricted(model);
        }
        let mut statements = Vec::new();
        let before = mem::take(&mut self.before);
        let (models, straight) = order(self.collected.len(), &before);
        let deferring = self.dialect.defer_foreign_keys().filter(|_| !straight);
        if let Some(deferring) = deferring {
            self.count(None);
            statements.push(Statement::execute(deferring.begin, Vec::new()));
        }
        for at_once in mem::take(&mut self.at_once) {
            for keys in Keys::batches(self.dialect, at_once.keys) {
                self.count(Some(&at_once.label));
                statements.push(delete_where_in(
                    self.dialect,
                    &at_once.table,
                    &at_once.column,
                    at_once.value_type,
                    keys,
                )?);
            }
        }
        for change in mem::take(&mut self.changes) {
            for keys in Keys::batches(self.dialect, change.keys) {
                self.count(None);
                let set = (change.field, change.value.clone());
                statements.push(update_where_in(
                    self.dialect,
                    change.model,
                    set,
                    change.by,
                    keys,
                )?);
            }
        }
        for at in models {
            self.delete_collected(at, &mut statements)?;
        }
        let end = deferring.filter(|_| self.nested).and_then(|it| it.end);
        if let Some(end) = end {
            self.count(None);
            statements.push(Statement::execute(end, Vec::new()));
        }
        Ok(statements)
    }

    /// A model whose rows were restricted and are deleted anyway comes before what it refers to.
    fn order_restricted(&mut self, model: &'static ModelMeta) {
        let number = |wanted: &ModelMeta| {
            self.collected
                .iter()
                .position(|known| known.model.is(wanted))
        };
        let Some(own) = number(model) else { return };
        for field in model.fields {
            if let Some(RelationMeta::ToOne(to_one)) = field.relation
                && let Some(other) = number(to_one.to.get())
            {
                self.before.push((own, other));
            }
        }
    }

    fn delete_collected(&mut self, at: usize, statements: &mut Vec<Statement>) -> Result<()> {
        let collected = &mut self.collected[at];
        let model = collected.model;
        let rows = mem::take(&mut collected.rows);
        let mut levels = mem::take(&mut collected.levels);
        let key = model.primary_key();
        if self.dialect.defer_foreign_keys().is_some() {
            levels.truncate(1);
        }
        if model.has_composite_key() {
            let width = model.keys().count();
            let mut keys: Vec<Vec<Value>> = rows;
            keys.iter_mut().for_each(|key| key.truncate(width));
            for first in levels.into_iter().rev() {
                for keys in keys.split_off(first).chunks(COMPOSITE_KEYS) {
                    self.count(Some(&model.label()));
                    statements.push(delete_by_keys(self.dialect, model, keys)?);
                }
            }
            return Ok(());
        }
        let mut keys: Vec<Value> = rows
            .into_iter()
            .filter_map(|row| row.into_iter().next())
            .collect();
        // Where each row is checked by itself, those found last go first: they refer to those found before.
        for first in levels.into_iter().rev() {
            for keys in Keys::batches(self.dialect, keys.split_off(first)) {
                self.count(Some(&model.label()));
                statements.push(delete_where_in(
                    self.dialect,
                    &model.table.into(),
                    &key.column.into(),
                    key.value_type(),
                    keys,
                )?);
            }
        }
        Ok(())
    }

    fn count(&mut self, label: Option<&str>) {
        self.counted.push(label.map(str::to_owned));
    }
}

impl Job for Collector {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        if self.done {
            return Ok(Vec::new());
        }
        match self.begin.take() {
            Some(Root::Query(statement)) => {
                self.asked.push(Question {
                    key: None,
                    reads: types(self.root, &Incoming::of(self.root).read),
                    values: Vec::new(),
                });
                return Ok(vec![statement]);
            }
            Some(Root::Row(row)) => {
                self.collect(self.root, std::iter::once(row));
            }
            None => self.hear()?,
        }
        let questions = self.ask()?;
        if !questions.is_empty() {
            return Ok(questions);
        }
        self.done = true;
        self.delete()
    }

    fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        let question = &mut self.asked[statement];
        read_row(row, &question.reads, &mut question.values)
    }

    fn done(&mut self, statement: usize, outcome: Outcome) -> Result<()> {
        if let Some(Some(label)) = self.counted.get(statement) {
            self.deleted.add(label, outcome.rows);
        }
        Ok(())
    }
}

/// What tells a row of a model from the others: its key, which is read first.
fn identity(model: &ModelMeta, row: &[Value]) -> Vec<ValueKey> {
    let key = row.iter().take(model.keys().count());
    key.map(|value| value.clone().into_key()).collect()
}

/// What a foreign key becomes when its row is deleted.
fn replacement(model: &ModelMeta, field: &FieldMeta, on_delete: OnDelete) -> Result<Value> {
    let kind = match field.relation {
        Some(RelationMeta::ToOne(to_one)) => to_one.target().kind,
        _ => field.kind,
    };
    let null = Value::Null(field.value_type());
    match on_delete {
        OnDelete::Set(literal) => value_of(kind, &literal()?),
        OnDelete::SetDefault => match field.options.default {
            None => Ok(null),
            Some(DefaultMeta::Literal(literal)) => value_of(kind, &literal()?),
            Some(DefaultMeta::Rust(_, value)) => value(),
            Some(other) => Err(Error::query(format!(
                "SET_DEFAULT of `{}.{}` needs a default that is a value or a function of yours, not {other:?}",
                model.name, field.name
            ))),
        },
        _ => Ok(null),
    }
}

/// The error of rows that refuse a deletion, if there are any.
fn refuse(
    root: &ModelMeta,
    rule: &str,
    refusing: &[(&'static ModelMeta, usize, i64)],
) -> Result<()> {
    // A key may have been asked about in several waves or batches.
    let mut fields: Vec<(&'static ModelMeta, usize, i64)> = Vec::new();
    for (model, position, count) in refusing {
        match fields
            .iter_mut()
            .find(|(known, at, _)| known.is(model) && at == position)
        {
            Some((_, _, sum)) => *sum += count,
            None => fields.push((model, *position, *count)),
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    let references: Vec<String> = fields
        .iter()
        .map(|(model, position, count)| {
            let rows = if *count == 1 { "row" } else { "rows" };
            let field = model.fields[*position].name;
            format!("{}.{field} ({count} {rows}, {rule})", model.name)
        })
        .collect();
    Err(Error::new(ErrorKind::Protected {
        model: root.name.to_owned(),
        references: references.join(", "),
    }))
}

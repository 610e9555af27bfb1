//! Statements over a model's table, by the positions of its fields; each shape is compiled once.

use crate::ast::{
    Alias, Conflict, Delete, Expr, InSet, Insert, InsertRows, ListParam, Name, Order, OutputColumn,
    Param, Select, Set, Update,
};
use crate::driver::{Rows, Statement};
use crate::error::Result;
use crate::load::{KEYS_OF_PLACEHOLDERS, NO_QUERY, Written, prepare_written};
use crate::meta::ModelMeta;
use crate::sql::{Dialect, ListForm};
use crate::value::{Value, ValueType};

/// The one table of these statements.
pub(super) const TABLE: Alias = Alias(0);

/// The shape of a statement: what it does, to which table, with which columns.
#[derive(Debug)]
pub(super) struct Shape(Vec<u8>);

impl Shape {
    /// What is done, by a word that no other kind of statement uses.
    pub(super) fn new(kind: &str) -> Self {
        let mut shape = Shape(Vec::with_capacity(64));
        shape.0.extend_from_slice(&NO_QUERY);
        shape.text(kind)
    }

    pub(super) fn model(mut self, model: &'static ModelMeta) -> Self {
        let address = std::ptr::from_ref(model) as usize;
        self.0.extend_from_slice(&address.to_le_bytes());
        self
    }

    pub(super) fn number(mut self, number: usize) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// Positions of fields: as many bytes as there are, behind their count.
    pub(super) fn positions(mut self, positions: &[usize]) -> Self {
        self = self.number(positions.len());
        for position in positions {
            let position = u16::try_from(*position).unwrap_or(u16::MAX);
            self.0.extend_from_slice(&position.to_le_bytes());
        }
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self = self.number(text.len());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn value_type(mut self, value_type: ValueType) -> Self {
        self.0.push(value_type as u8);
        self
    }

    /// The list's size, where it belongs to the shape.
    pub(super) fn list(self, list: ListParam) -> Self {
        let size = usize::try_from(list.size_class).unwrap_or(usize::MAX);
        self.number(size)
    }

    /// The statement of this shape.
    pub(super) fn prepare(
        &self,
        dialect: &'static dyn Dialect,
        rows: Rows,
        values: Vec<Value>,
        make: impl FnOnce() -> Result<Written>,
    ) -> Result<Statement> {
        prepare_written(dialect, &self.0, rows, values, make)
    }
}

/// How an insert treats rows that are there already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum OnConflict {
    /// It fails.
    #[default]
    Fail,
    /// It leaves them as they are.
    Ignore,
    /// It updates them.
    Update {
        /// The fields whose equality counts.
        unique: Vec<usize>,
        /// The fields that are set.
        fields: Vec<usize>,
    },
}

/// What an insert into a model's table consists of, beside its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct InsertForm<'f> {
    pub(super) model: &'static ModelMeta,
    pub(super) columns: &'f [usize],
    pub(super) returning: &'f [usize],
    pub(super) conflict: &'f OnConflict,
}

impl InsertForm<'_> {
    /// The insert of these values, row by row.
    pub(super) fn statement(
        self,
        dialect: &'static dyn Dialect,
        values: Vec<Value>,
    ) -> Result<Statement> {
        let width = self.columns.len();
        let rows = values.len().checked_div(width).unwrap_or(1);
        let lists = 1 < rows && dialect.features().insert_from_lists;
        let values = if lists {
            self.transposed(values)
        } else {
            values
        };
        let mut shape = Shape::new("insert")
            .model(self.model)
            .positions(self.columns)
            .positions(self.returning)
            .number(if lists { 0 } else { rows });
        shape = match self.conflict {
            OnConflict::Fail => shape.number(0),
            OnConflict::Ignore => shape.number(1),
            OnConflict::Update { unique, fields } => {
                shape.number(2).positions(unique).positions(fields)
            }
        };
        shape.prepare(dialect, answers(self.returning), values, || {
            let insert = Insert {
                table: self.model.table.into(),
                alias: TABLE,
                columns: names(self.model, self.columns),
                rows: self.rows(rows, lists),
                on_conflict: self.on_conflict(),
                returning: outputs(self.model, self.returning),
            };
            let keys = dialect.features().keys_by_row_id && self.makes_keys_alone();
            Ok(Written {
                keys: keys.then(|| self.keys_apart(&insert, rows)),
                statement: insert.into(),
            })
        })
    }

    /// Whether what the database makes of each row is its automatic key, and nothing else.
    fn makes_keys_alone(self) -> bool {
        let key = self.model.primary_key_index();
        self.returning == [key]
            && self.model.fields[key].kind.is_auto()
            && *self.conflict == OnConflict::Fail
            && !self.columns.is_empty()
    }

    fn keys_apart(
        self,
        insert: &Insert,
        rows: usize,
    ) -> (crate::ast::Statement, crate::ast::Statement, u64) {
        let silent = Insert {
            returning: Vec::new(),
            ..insert.clone()
        };
        let greatest = Select {
            columns: outputs(self.model, self.returning),
            order_by: vec![Order {
                descending: true,
                ..Order::ascending(Expr::column(TABLE, "rowid"))
            }],
            ..Select::from_table(self.model.table, TABLE)
        };
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        (silent.into(), greatest.into(), rows)
    }

    /// One list a column, of values that came row by row.
    fn transposed(self, values: Vec<Value>) -> Vec<Value> {
        let width = self.columns.len();
        let rows = values.len() / width.max(1);
        let mut lists: Vec<Vec<Value>> = std::iter::repeat_with(|| Vec::with_capacity(rows))
            .take(width)
            .collect();
        for (nth, value) in values.into_iter().enumerate() {
            lists[nth % width].push(value);
        }
        let types = self
            .columns
            .iter()
            .map(|at| self.model.fields[*at].value_type());
        types
            .zip(lists)
            .map(|(value_type, list)| Value::List(value_type, list))
            .collect()
    }

    fn rows(self, rows: usize, lists: bool) -> InsertRows {
        if self.columns.is_empty() {
            return InsertRows::Defaults;
        }
        let types: Vec<ValueType> = self
            .columns
            .iter()
            .map(|at| self.model.fields[*at].value_type())
            .collect();
        if lists {
            let lists = (0..).zip(&types).map(|(slot, element)| ListParam {
                slot,
                element: *element,
                size_class: 0,
            });
            return InsertRows::Lists(lists.collect());
        }
        let mut slots = 0_u32..;
        let row = |types: &[ValueType], slots: &mut dyn Iterator<Item = u32>| {
            types
                .iter()
                .zip(slots)
                .map(|(value_type, slot)| Expr::param(slot, *value_type))
                .collect()
        };
        let rows = (0..rows).map(|_| row(&types, &mut slots.by_ref().take(types.len())));
        InsertRows::Values(rows.collect())
    }

    fn on_conflict(self) -> Option<Conflict> {
        match self.conflict {
            OnConflict::Fail => None,
            OnConflict::Ignore => Some(Conflict::Ignore { unique: Vec::new() }),
            OnConflict::Update { unique, fields } => Some(Conflict::Update {
                unique: names(self.model, unique),
                set: names(self.model, fields)
                    .into_iter()
                    .map(|column| Set::new(column.clone(), Expr::Proposed(column)))
                    .collect(),
                filter: None,
            }),
        }
    }
}

/// `UPDATE … SET fields WHERE key = …`: the values are those of the fields, then the key.
pub(super) fn update_by_key(
    dialect: &'static dyn Dialect,
    model: &'static ModelMeta,
    fields: &[usize],
    returning: &[usize],
    values: Vec<Value>,
) -> Result<Statement> {
    let shape = Shape::new("update")
        .model(model)
        .positions(fields)
        .positions(returning);
    shape.prepare(dialect, answers(returning), values, || {
        let mut slots = 0_u32..;
        let mut param = |position: usize| {
            let slot = slots.next().unwrap_or(u32::MAX);
            Expr::param(slot, model.fields[position].value_type())
        };
        let set = fields
            .iter()
            .map(|at| Set::new(model.fields[*at].column, param(*at)))
            .collect();
        let key = all_of(model.keys().map(|at| column(model, at).equals(param(at))));
        Ok(Update {
            table: model.table.into(),
            alias: TABLE,
            set,
            from: None,
            filter: key,
            returning: outputs(model, returning),
        }
        .into())
    })
}

/// `SELECT fields … WHERE key = …`.
pub(super) fn select_by_key(
    dialect: &'static dyn Dialect,
    model: &'static ModelMeta,
    fields: &[usize],
    key: Vec<Value>,
) -> Result<Statement> {
    let shape = Shape::new("select by key").model(model).positions(fields);
    shape.prepare(dialect, Rows::Some, key, || {
        let parts = (0..).zip(model.keys());
        Ok(Select {
            columns: outputs(model, fields),
            filter: all_of(parts.map(|(slot, at)| is_part(model, at, slot))),
            ..Select::from_table(model.table, TABLE)
        }
        .into())
    })
}

/// `SELECT fields … WHERE field IN (…)`; without fields, how many rows there are.
pub(super) fn select_where_in(
    dialect: &'static dyn Dialect,
    model: &'static ModelMeta,
    fields: &[usize],
    by: usize,
    keys: Vec<Value>,
) -> Result<Statement> {
    let keys = Keys::new(dialect, 0, model.fields[by].value_type(), keys);
    let shape = Shape::new("select in")
        .model(model)
        .positions(fields)
        .number(by)
        .list(keys.param);
    shape.prepare(dialect, Rows::Some, vec![keys.value], || {
        let columns = match fields {
            [] => vec![Expr::Aggregate(Box::new(crate::ast::Aggregate::count_rows())).into()],
            fields => outputs(model, fields),
        };
        Ok(Select {
            columns,
            filter: Some(is_in(column(model, by), keys.param)),
            ..Select::from_table(model.table, TABLE)
        }
        .into())
    })
}

/// `UPDATE … SET field = value WHERE field IN (…)`.
pub(super) fn update_where_in(
    dialect: &'static dyn Dialect,
    model: &'static ModelMeta,
    set: (usize, Value),
    by: usize,
    keys: Vec<Value>,
) -> Result<Statement> {
    let (field, value) = set;
    let keys = Keys::new(dialect, 1, model.fields[by].value_type(), keys);
    let shape = Shape::new("update in")
        .model(model)
        .positions(&[field, by])
        .list(keys.param);
    shape.prepare(dialect, Rows::None, vec![value, keys.value], || {
        let value = Expr::param(0, model.fields[field].value_type());
        Ok(Update {
            from: None,
            table: model.table.into(),
            alias: TABLE,
            set: vec![Set::new(model.fields[field].column, value)],
            filter: Some(is_in(column(model, by), keys.param)),
            returning: Vec::new(),
        }
        .into())
    })
}

/// `DELETE FROM table WHERE column IN (…)`.
pub(super) fn delete_where_in(
    dialect: &'static dyn Dialect,
    table: &Name,
    by: &Name,
    value_type: ValueType,
    keys: Vec<Value>,
) -> Result<Statement> {
    let keys = Keys::new(dialect, 0, value_type, keys);
    let shape = Shape::new("delete in")
        .text(table)
        .text(by)
        .value_type(value_type)
        .list(keys.param);
    shape.prepare(dialect, Rows::None, vec![keys.value], || {
        Ok(Delete {
            table: table.clone().into(),
            alias: TABLE,
            filter: Some(is_in(Expr::column(TABLE, by.clone()), keys.param)),
            returning: Vec::new(),
        }
        .into())
    })
}

/// `DELETE FROM table WHERE key = … OR key = …`, by all columns of the keys.
pub(super) fn delete_by_keys(
    dialect: &'static dyn Dialect,
    model: &'static ModelMeta,
    keys: &[Vec<Value>],
) -> Result<Statement> {
    let shape = Shape::new("delete by keys").model(model).number(keys.len());
    let values = keys.iter().flatten().cloned().collect();
    shape.prepare(dialect, Rows::None, values, || {
        let mut slots = 0_u32..;
        let keys = keys.iter().filter_map(|_| {
            let parts = model.keys().zip(slots.by_ref());
            all_of(
                parts
                    .map(|(at, slot)| is_part(model, at, slot))
                    .collect::<Vec<_>>(),
            )
        });
        Ok(Delete {
            table: model.table.into(),
            alias: TABLE,
            filter: keys.reduce(Expr::or),
            returning: Vec::new(),
        }
        .into())
    })
}

/// A part of the key has the value in a slot.
pub(super) fn is_part(model: &ModelMeta, position: usize, slot: u32) -> Expr {
    column(model, position).equals(param(model, position, slot))
}

/// All of these hold.
pub(super) fn all_of(conditions: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    conditions.into_iter().reduce(Expr::and)
}

/// A list of keys as a parameter, and its value.
pub(super) struct Keys {
    pub(super) param: ListParam,
    pub(super) value: Value,
}

impl Keys {
    /// Keys in a slot.
    pub(super) fn new(
        dialect: &dyn Dialect,
        slot: u32,
        element: ValueType,
        keys: Vec<Value>,
    ) -> Self {
        let sized = dialect.features().list_form == ListForm::Placeholders;
        Keys {
            param: ListParam {
                slot,
                element,
                size_class: if sized {
                    ListParam::size_class(keys.len())
                } else {
                    0
                },
            },
            value: Value::List(element, keys),
        }
    }

    /// How many keys one statement takes.
    pub(super) fn most(dialect: &dyn Dialect) -> usize {
        match dialect.features().list_form {
            ListForm::Placeholders => KEYS_OF_PLACEHOLDERS,
            ListForm::Array | ListForm::Json => usize::MAX,
        }
    }

    /// Keys in lists that one statement takes; none for none.
    pub(super) fn batches(dialect: &dyn Dialect, mut keys: Vec<Value>) -> Vec<Vec<Value>> {
        let most = Keys::most(dialect);
        let mut batches = Vec::new();
        while most < keys.len() {
            let rest = keys.split_off(most);
            batches.push(std::mem::replace(&mut keys, rest));
        }
        if !keys.is_empty() {
            batches.push(keys);
        }
        batches
    }
}

/// `expr IN (list)`.
pub(super) fn is_in(expr: Expr, list: ListParam) -> Expr {
    Expr::In {
        expr: Box::new(expr),
        set: InSet::List(list),
        negated: false,
    }
}

/// A field's column.
pub(super) fn column(model: &ModelMeta, position: usize) -> Expr {
    Expr::column(TABLE, model.fields[position].column)
}

/// A parameter of a field's type.
pub(super) fn param(model: &ModelMeta, position: usize, slot: u32) -> Expr {
    Expr::Param(Param {
        slot,
        value_type: model.fields[position].value_type(),
    })
}

fn names(model: &'static ModelMeta, positions: &[usize]) -> Vec<Name> {
    positions
        .iter()
        .map(|at| model.fields[*at].column.into())
        .collect()
}

pub(super) fn outputs(model: &'static ModelMeta, positions: &[usize]) -> Vec<OutputColumn> {
    positions
        .iter()
        .map(|at| column(model, *at).into())
        .collect()
}

/// The types of fields, for reading them back.
pub(super) fn types(model: &ModelMeta, positions: &[usize]) -> Vec<ValueType> {
    positions
        .iter()
        .map(|at| model.fields[*at].value_type())
        .collect()
}

fn answers(returning: &[usize]) -> Rows {
    if returning.is_empty() {
        Rows::None
    } else {
        Rows::Some
    }
}

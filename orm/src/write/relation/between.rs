//! The rows between the two sides of a many-to-many, seen from one object.

use std::collections::HashSet;

use crate::ast::{Conflict, Delete, Expr, Insert, InsertRows, ListParam, Name, Select};
use crate::driver::{Executor, Rows, Statement};
use crate::error::{Error, ErrorKind, Result};
use crate::meta::{DefaultMeta, FieldMeta, Lookup, ManyToMany, ModelMeta, RelationMeta, value_of};
use crate::query::{Node, Predicate, Query};
use crate::resolve::{ManyToManyLink, many_to_many_link};
use crate::sql::Dialect;
use crate::value::{Value, ValueType};
use crate::write::bulk_create::rows_per_statement;
use crate::write::delete::delete_rows;
use crate::write::job::{Request, run, run_one};
use crate::write::moment::Moment;
use crate::write::statement::{InsertForm, Keys, OnConflict, Shape, TABLE, is_in};

/// A many-to-many, seen from one object.
#[derive(Debug)]
pub(super) struct Between {
    link: ManyToManyLink,
    /// The model of the rows between, where the user declared one.
    through: Option<&'static ModelMeta>,
    /// Whether every row has one back.
    mirrored: bool,
    owner: &'static ModelMeta,
    /// The field of the owner that the rows between hold.
    own_field: &'static FieldMeta,
    /// That field of this object; until [`found`](Between::found) looks it up, the primary key.
    own: Value,
    own_type: ValueType,
    other_type: ValueType,
    /// What it is called in messages.
    name: String,
}

impl Between {
    /// The relation at a position of a model, seen from the object with this key.
    pub(super) fn of(owner: &'static ModelMeta, position: usize, own: Value) -> Result<Self> {
        let field = &owner.fields[position];
        let name = format!("{}.{}", owner.name, field.name);
        let (link, relation, other) = match field.relation {
            Some(RelationMeta::ManyToMany(relation)) => {
                let link = many_to_many_link(owner, field, &relation)?;
                (link, relation, relation.to.get())
            }
            Some(RelationMeta::Reverse(reverse)) => {
                let from = reverse.from.get();
                let (field, relation) = declared(from, reverse.field)?;
                (
                    many_to_many_link(from, field, &relation)?.reversed(),
                    relation,
                    from,
                )
            }
            _ => return Err(Error::query(format!("`{name}` is no many-to-many"))),
        };
        let own_field = field_in(owner, link.source_key);
        let other_type = field_in(other, link.target_key).value_type();
        Ok(Between {
            link,
            through: relation.through.map(crate::meta::model::ModelRef::get),
            mirrored: relation.symmetrical && other.is(owner),
            owner,
            own_field,
            own,
            own_type: own_field.value_type(),
            other_type,
            name,
        })
    }

    /// The field of the others that the rows between hold, and its name where it is not the primary key.
    pub(super) fn other_field(
        owner: &'static ModelMeta,
        position: usize,
    ) -> Result<Option<&'static str>> {
        let between = Between::of(owner, position, Value::Null(ValueType::Int))?;
        let other = owner.fields[position].related_model().unwrap_or(owner);
        let field = field_in(other, between.link.target_key);
        Ok((field.name != other.primary_key().name).then_some(field.name))
    }

    /// Where the rows between hold another field of this object than its primary key, the value of that.
    ///
    /// # Errors
    /// `DoesNotExist` where the object is not in the database; otherwise what the database said.
    pub(super) async fn found(mut self, executor: &dyn Executor) -> Result<Self> {
        let key = self.owner.primary_key();
        if self.own_field.column == key.column {
            return Ok(self);
        }
        let shape = self.shape("key of between").text(self.owner.table);
        let values = vec![self.own.clone()];
        let statement = shape.prepare(executor.dialect(), Rows::Some, values, || {
            let is_this = Expr::column(TABLE, key.column).equals(Expr::param(0, key.value_type()));
            Ok(Select {
                columns: vec![Expr::column(TABLE, self.own_field.column).into()],
                filter: Some(is_this),
                ..Select::from_table(self.owner.table, TABLE)
            }
            .into())
        })?;
        let request = Request {
            statement,
            reads: vec![self.own_type],
        };
        let held = run_one(executor, request).await?.values.pop();
        self.own = held.ok_or_else(|| ErrorKind::DoesNotExist {
            model: self.owner.name.to_owned(),
        })?;
        if self.own.is_null() {
            return Err(Error::query(format!(
                "`{}` holds `{}` of {}, which is NULL here",
                self.name, self.own_field.name, self.owner.name
            )));
        }
        Ok(self)
    }

    /// Adds rows to these others, where there are none yet.
    pub(super) async fn add(&self, executor: &dyn Executor, others: Vec<Value>) -> Result<()> {
        let dialect = executor.dialect();
        let pairs = self.pairs(others);
        let rows = rows_per_statement(dialect, 2);
        let mut requests = Vec::new();
        match self.through {
            None => {
                for pairs in pairs.chunks(rows) {
                    requests.push(Request::silent(self.insert(dialect, pairs.to_vec())?));
                }
            }
            Some(through) => {
                let pairs = self.missing(executor, pairs).await?;
                let form = Through::of(self, through)?;
                for pairs in pairs.chunks(rows) {
                    requests.push(Request::silent(form.insert(dialect, pairs)?));
                }
            }
        }
        if !requests.is_empty() {
            run(executor, requests).await?;
        }
        Ok(())
    }

    /// The rows to others: pairs of source and target.
    fn pairs(&self, others: Vec<Value>) -> Vec<(Value, Value)> {
        let mut pairs = Vec::with_capacity(others.len() * if self.mirrored { 2 } else { 1 });
        for other in others {
            if self.mirrored && other != self.own {
                pairs.push((other.clone(), self.own.clone()));
            }
            pairs.push((self.own.clone(), other));
        }
        pairs
    }

    fn insert(
        &self,
        dialect: &'static dyn Dialect,
        pairs: Vec<(Value, Value)>,
    ) -> Result<Statement> {
        let lists = 1 < pairs.len() && dialect.features().insert_from_lists;
        let rows = pairs.len();
        let values = if lists {
            let (sources, targets) = pairs.into_iter().unzip();
            vec![
                Value::List(self.own_type, sources),
                Value::List(self.other_type, targets),
            ]
        } else {
            let pairs = pairs.into_iter();
            pairs
                .flat_map(|(source, target)| [source, target])
                .collect()
        };
        let shape = self
            .shape("insert between")
            .number(if lists { 0 } else { rows });
        shape.prepare(dialect, Rows::None, values, || {
            let rows = if lists {
                let list = |slot, element| ListParam {
                    slot,
                    element,
                    size_class: 0,
                };
                InsertRows::Lists(vec![list(0, self.own_type), list(1, self.other_type)])
            } else {
                let pair = |slot: u32| {
                    vec![
                        Expr::param(slot, self.own_type),
                        Expr::param(slot + 1, self.other_type),
                    ]
                };
                InsertRows::Values((0..).step_by(2).take(rows).map(pair).collect())
            };
            Ok(Insert {
                table: self.link.table.clone().into(),
                alias: TABLE,
                columns: vec![self.link.source.clone(), self.link.target.clone()],
                rows,
                on_conflict: Some(Conflict::Ignore { unique: Vec::new() }),
                returning: Vec::new(),
            }
            .into())
        })
    }

    fn shape(&self, kind: &str) -> Shape {
        Shape::new(kind)
            .text(&self.link.table)
            .text(&self.link.source)
            .text(&self.link.target)
            .value_type(self.own_type)
            .value_type(self.other_type)
    }

    /// Those of the pairs that no row stands for yet. One of each pair is this object.
    async fn missing(
        &self,
        executor: &dyn Executor,
        mut pairs: Vec<(Value, Value)>,
    ) -> Result<Vec<(Value, Value)>> {
        let own = self.own.clone().into_key();
        let (mut from_here, mut to_here) = (HashSet::new(), HashSet::new());
        from_here.extend(self.others(executor, false).await?);
        if self.mirrored {
            to_here.extend(self.others(executor, true).await?);
        }
        pairs.retain(|(source, target)| {
            if source.clone().into_key() == own {
                !from_here.contains(&target.clone().into_key())
            } else {
                !to_here.contains(&source.clone().into_key())
            }
        });
        Ok(pairs)
    }

    /// The keys of the others; `back` asks for those whose rows lead here.
    async fn others(
        &self,
        executor: &dyn Executor,
        back: bool,
    ) -> Result<Vec<crate::value::ValueKey>> {
        let (own, other) = self.columns(back);
        let own_key = vec![self.own.clone()];
        let shape = self.shape("select between").number(usize::from(back));
        let statement = shape.prepare(executor.dialect(), Rows::Some, own_key, || {
            Ok(Select {
                columns: vec![Expr::column(TABLE, other.clone()).into()],
                filter: Some(self.is_own(own)),
                ..Select::from_table(self.link.table.clone(), TABLE)
            }
            .into())
        })?;
        let request = Request {
            statement,
            reads: vec![self.other_type],
        };
        let answer = run_one(executor, request).await?;
        Ok(answer.values.into_iter().map(Value::into_key).collect())
    }

    /// The column that leads here, and the one that leads to the others.
    fn columns(&self, back: bool) -> (&Name, &Name) {
        if back {
            (&self.link.target, &self.link.source)
        } else {
            (&self.link.source, &self.link.target)
        }
    }

    /// The column is this object's key, which stands in the first slot.
    fn is_own(&self, column: &Name) -> Expr {
        Expr::column(TABLE, column.clone()).equals(Expr::param(0, self.own_type))
    }

    /// Makes these the others: removes rows to all else, and adds what is missing.
    pub(super) async fn set(&self, executor: &dyn Executor, others: Vec<Value>) -> Result<()> {
        let transaction = executor.begin().await?;
        match self.set_within(&transaction, others).await {
            Ok(()) => transaction.commit().await,
            Err(error) => {
                // The error says more than that of a rollback, which a broken connection alone can fail.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    async fn set_within(&self, executor: &dyn Executor, others: Vec<Value>) -> Result<()> {
        let there = self.others(executor, false).await?;
        let wanted: HashSet<_> = others.iter().cloned().map(Value::into_key).collect();
        let gone = there.iter().filter(|key| !wanted.contains(key));
        let gone: Vec<Value> = gone.map(|key| key.0.clone()).collect();
        let there: HashSet<_> = there.into_iter().collect();
        let new = others.into_iter();
        let new: Vec<Value> = new
            .filter(|other| !there.contains(&other.clone().into_key()))
            .collect();
        if !gone.is_empty() {
            self.remove(executor, Some(gone)).await?;
        }
        self.add(executor, new).await
    }

    /// Removes the rows to these others, or all.
    pub(super) async fn remove(
        &self,
        executor: &dyn Executor,
        others: Option<Vec<Value>>,
    ) -> Result<()> {
        if others.as_ref().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        if let Some(through) = self.through {
            let query = self.query(through, others.as_deref())?;
            return delete_rows(executor, query).await.map(|_| ());
        }
        let mut requests = Vec::new();
        let dialect = executor.dialect();
        match others {
            None => requests.push(Request::silent(self.delete(dialect, None)?)),
            Some(others) => {
                for others in Keys::batches(dialect, others) {
                    requests.push(Request::silent(self.delete(dialect, Some(others))?));
                }
            }
        }
        run(executor, requests).await.map(|_| ())
    }

    fn delete(
        &self,
        dialect: &'static dyn Dialect,
        others: Option<Vec<Value>>,
    ) -> Result<Statement> {
        let mut values = vec![self.own.clone()];
        let mut shape = self
            .shape("delete between")
            .number(usize::from(self.mirrored))
            .number(usize::from(others.is_some()));
        let mut list = None;
        if let Some(others) = others {
            let keys = Keys::new(dialect, 1, self.other_type, others);
            shape = shape.list(keys.param);
            values.push(keys.value);
            list = Some(keys.param);
        }
        shape.prepare(dialect, Rows::None, values, || {
            let rows = |back: bool| {
                let (own, other) = self.columns(back);
                match list {
                    Some(list) => self
                        .is_own(own)
                        .and(is_in(Expr::column(TABLE, other.clone()), list)),
                    None => self.is_own(own),
                }
            };
            Ok(Delete {
                table: self.link.table.clone().into(),
                alias: TABLE,
                filter: Some(if self.mirrored {
                    rows(false).or(rows(true))
                } else {
                    rows(false)
                }),
                returning: Vec::new(),
            }
            .into())
        })
    }

    /// The rows between as a query of their model, for the collector: something may depend on them.
    fn query(&self, through: &'static ModelMeta, others: Option<&[Value]>) -> Result<Query> {
        let mut query = Query::new(through);
        let path = |column: &Name| {
            let position = position_of(through, column, &self.name)?;
            let position = u16::try_from(position).unwrap_or(u16::MAX);
            Ok::<_, Error>(Node::Path(query.root().field(position)))
        };
        let own_key = Node::Value(self.own.clone());
        let mut rows = Vec::new();
        for back in [false, true] {
            if back && !self.mirrored {
                continue;
            }
            let (own, other) = self.columns(back);
            let mut row = Predicate::Compare(path(own)?, Lookup::Exact, own_key.clone());
            if let Some(others) = others {
                let list = Value::List(self.other_type, others.to_vec());
                row = row.and(Predicate::InList(path(other)?, list));
            }
            rows.push(row);
        }
        query.filter(Predicate::Or(rows));
        Ok(query)
    }
}

/// The field of a model that a column is of.
fn field_in(model: &'static ModelMeta, column: &str) -> &'static FieldMeta {
    let found = model.columns().find(|(_, field)| field.column == column);
    found.map_or(model.primary_key(), |(_, field)| field)
}

/// The many-to-many that a model declares under a name.
fn declared(model: &'static ModelMeta, name: &str) -> Result<(&'static FieldMeta, ManyToMany)> {
    let field = &model.fields[model.require(name)?];
    match field.relation {
        Some(RelationMeta::ManyToMany(relation)) => Ok((field, relation)),
        _ => Err(Error::query(format!(
            "`{}.{name}` is no many-to-many",
            model.name
        ))),
    }
}

fn position_of(through: &'static ModelMeta, column: &Name, relation: &str) -> Result<usize> {
    let found = through.columns().find(|(_, field)| field.column == column);
    found.map(|(position, _)| position).ok_or_else(|| {
        Error::query(format!(
            "`{relation}` goes through {}, which has no column `{column}`",
            through.name
        ))
    })
}

/// How rows of a model between are made: their two keys, and the defaults of everything else.
struct Through {
    model: &'static ModelMeta,
    columns: Vec<usize>,
    defaults: Vec<Value>,
}

impl Through {
    fn of(between: &Between, model: &'static ModelMeta) -> Result<Self> {
        let source = position_of(model, &between.link.source, &between.name)?;
        let target = position_of(model, &between.link.target, &between.name)?;
        let mut through = Through {
            model,
            columns: vec![source, target],
            defaults: Vec::new(),
        };
        let now = Moment::now();
        for (position, field) in model.columns() {
            let options = &field.options;
            let made =
                field.kind.is_auto() || options.generated.is_some() || options.db_default.is_some();
            if made || position == source || position == target {
                continue;
            }
            let default = match options.default {
                _ if options.auto_now || options.auto_now_add => now.value(field),
                Some(DefaultMeta::Now) => now.value(field),
                Some(DefaultMeta::Literal(literal)) => value_of(field.kind, &literal()?)?,
                Some(DefaultMeta::Rust(_, value)) => value()?,
                None if field.null => Value::Null(field.value_type()),
                _ => {
                    return Err(Error::query(format!(
                        "`{}` goes through {model}, whose `{}` add() cannot know: make the row with {model}::builder()",
                        between.name,
                        field.name,
                        model = model.name,
                    )));
                }
            };
            through.columns.push(position);
            through.defaults.push(default);
        }
        Ok(through)
    }

    fn insert(&self, dialect: &'static dyn Dialect, pairs: &[(Value, Value)]) -> Result<Statement> {
        let mut values = Vec::with_capacity(pairs.len() * self.columns.len());
        for (source, target) in pairs {
            values.extend([source.clone(), target.clone()]);
            values.extend(self.defaults.iter().cloned());
        }
        let form = InsertForm {
            model: self.model,
            columns: &self.columns,
            returning: &[],
            conflict: &OnConflict::Fail,
        };
        form.statement(dialect, values)
    }
}

//! `author.posts.add(&db, [&post])` and the other verbs of the reverse side of a foreign key.

use super::keys_of;
use crate::ast::{Expr, Update};
use crate::driver::{BoxFuture, Executor, Rows, Statement};
use crate::error::{Error, Result};
use crate::meta::{FieldMeta, ModelMeta};
use crate::model::{AllSet, Builder, HasMany, Model, ToManyField, forward_position};
use crate::query::IntoKeyOperand;
use crate::sql::Dialect;
use crate::value::Value;
use crate::write::insert::{insert, set_value};
use crate::write::job::{Request, run};
use crate::write::statement::{Keys, Shape, TABLE, column, is_in, param, update_where_in};

/// The reverse side of a foreign key, seen from one object.
struct Reverse {
    owner: &'static ModelMeta,
    field_name: &'static str,
    /// The model of the rows, and its foreign key.
    model: &'static ModelMeta,
    key: usize,
    own: Value,
}

impl Reverse {
    fn key_field(&self) -> &'static FieldMeta {
        &self.model.fields[self.key]
    }

    /// An error where the rows cannot be without an owner.
    fn check_nullable(&self, verb: &str) -> Result<()> {
        if self.key_field().null {
            return Ok(());
        }
        Err(Error::query(format!(
            "`{}.{}.{verb}` would leave rows of {} without a `{}`, which cannot be NULL: delete them, or give them another",
            self.owner.name,
            self.field_name,
            self.model.name,
            self.key_field().name
        )))
    }

    fn null(&self) -> Value {
        Value::Null(self.key_field().value_type())
    }

    /// Gives the rows of these keys this owner.
    fn adopt(&self, dialect: &'static dyn Dialect, keys: Vec<Value>) -> Result<Vec<Request>> {
        let by = self.model.primary_key_index();
        in_batches(dialect, keys, |keys| {
            update_where_in(dialect, self.model, (self.key, self.own.clone()), by, keys)
        })
    }

    /// Takes this owner away from those of its rows that have one of these keys, or from all others.
    fn release(
        &self,
        dialect: &'static dyn Dialect,
        keys: Vec<Value>,
        others: bool,
    ) -> Result<Statement> {
        let by = self.model.primary_key_index();
        let keys = Keys::new(dialect, 2, self.model.fields[by].value_type(), keys);
        let shape = Shape::new("release")
            .model(self.model)
            .number(self.key)
            .number(usize::from(others))
            .list(keys.param);
        let values = vec![self.null(), self.own.clone(), keys.value];
        shape.prepare(dialect, Rows::None, values, || {
            let listed = is_in(column(self.model, by), keys.param);
            let own = column(self.model, self.key).equals(param(self.model, self.key, 1));
            Ok(Update {
                table: self.model.table.into(),
                alias: TABLE,
                set: vec![crate::ast::Set::new(
                    self.key_field().column,
                    Expr::param(0, self.key_field().value_type()),
                )],
                from: None,
                filter: Some(own.and(if others { listed.not() } else { listed })),
                returning: Vec::new(),
            }
            .into())
        })
    }

    async fn set(&self, executor: &dyn Executor, keys: Vec<Value>) -> Result<()> {
        let dialect = executor.dialect();
        let mut requests = Vec::new();
        if self.key_field().null {
            // A list that one statement does not take is let go of and taken up again.
            let in_one = (1..=Keys::most(dialect)).contains(&keys.len());
            requests.push(Request::silent(if in_one {
                self.release(dialect, keys.clone(), true)?
            } else {
                self.release_all(dialect)?
            }));
        }
        requests.extend(self.adopt(dialect, keys)?);
        run_all(executor, requests).await
    }

    fn release_all(&self, dialect: &'static dyn Dialect) -> Result<Statement> {
        update_where_in(
            dialect,
            self.model,
            (self.key, self.null()),
            self.key,
            vec![self.own.clone()],
        )
    }
}

fn in_batches(
    dialect: &'static dyn Dialect,
    keys: Vec<Value>,
    statement: impl Fn(Vec<Value>) -> Result<Statement>,
) -> Result<Vec<Request>> {
    Keys::batches(dialect, keys)
        .into_iter()
        .map(|keys| Ok(Request::silent(statement(keys)?)))
        .collect()
}

async fn run_all(executor: &dyn Executor, requests: Vec<Request>) -> Result<()> {
    if !requests.is_empty() {
        run(executor, requests).await?;
    }
    Ok(())
}

impl<T: Model> HasMany<T> {
    fn reverse(&self) -> Result<Reverse> {
        let (owner, position, own) = self.owner_key()?;
        Ok(Reverse {
            owner,
            field_name: owner.fields[position].name,
            model: T::meta(),
            key: forward_position(owner, position),
            own,
        })
    }

    /// Gives rows, or keys of rows, this owner: one UPDATE. The objects in memory keep the key that they have.
    ///
    /// # Errors
    /// `NotSaved` where this object or one of the others is not in the database; otherwise what the database said.
    pub fn add<'a, I, F>(
        &'a self,
        executor: &'a dyn Executor,
        objects: I,
    ) -> BoxFuture<'a, Result<()>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let keys = keys_of::<T, I, F>(objects, None);
        Box::pin(async move {
            let requests = self.reverse()?.adopt(executor.dialect(), keys?)?;
            run_all(executor, requests).await?;
            self.renew();
            Ok(())
        })
    }

    /// Takes this owner away from rows that have it; only where the foreign key may be NULL.
    ///
    /// # Errors
    /// As [`add`](HasMany::add), and where the foreign key cannot be NULL.
    pub fn remove<'a, I, F>(
        &'a self,
        executor: &'a dyn Executor,
        objects: I,
    ) -> BoxFuture<'a, Result<()>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let keys = keys_of::<T, I, F>(objects, None);
        Box::pin(async move {
            let reverse = self.reverse()?;
            reverse.check_nullable("remove()")?;
            let dialect = executor.dialect();
            let requests =
                in_batches(dialect, keys?, |keys| reverse.release(dialect, keys, false))?;
            run_all(executor, requests).await?;
            self.renew();
            Ok(())
        })
    }

    /// Makes these the rows of this owner, in one transaction. Where the foreign key cannot be NULL, rows are only
    /// added, as in Django.
    ///
    /// # Errors
    /// As [`add`](HasMany::add).
    pub fn set<'a, I, F>(
        &'a self,
        executor: &'a dyn Executor,
        objects: I,
    ) -> BoxFuture<'a, Result<()>>
    where
        I: IntoIterator,
        I::Item: IntoKeyOperand<T, F>,
    {
        let keys = keys_of::<T, I, F>(objects, None);
        Box::pin(async move {
            self.reverse()?.set(executor, keys?).await?;
            self.renew();
            Ok(())
        })
    }

    /// Takes this owner away from all its rows; only where the foreign key may be NULL.
    ///
    /// # Errors
    /// As [`remove`](HasMany::remove).
    pub async fn clear(&self, executor: &dyn Executor) -> Result<()> {
        let reverse = self.reverse()?;
        reverse.check_nullable("clear()")?;
        let release = reverse.release_all(executor.dialect())?;
        run_all(executor, vec![Request::silent(release)]).await?;
        self.renew();
        Ok(())
    }

    /// Inserts a row with this owner, whatever owner the builder was given.
    ///
    /// # Errors
    /// As [`add`](HasMany::add), and a constraint that is violated.
    pub fn create<'a, B: Builder<Model = T>>(
        &'a self,
        executor: &'a dyn Executor,
        builder: B,
    ) -> BoxFuture<'a, Result<T>>
    where
        B::State: AllSet,
    {
        let built = builder.build();
        Box::pin(async move {
            let (reverse, mut object) = (self.reverse()?, built?);
            set_value(&mut object, reverse.key, reverse.own)?;
            insert(executor, &mut object).await?;
            self.renew();
            Ok(object)
        })
    }
}

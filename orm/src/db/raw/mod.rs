//! SQL as the user writes it, with placeholders that are the same on every database.

mod placeholder;
mod row;

pub use row::Row;

use crate::driver::{self, Executor, RowCursor, Rows, Statement};
use crate::error::{Error, Result};
use crate::meta::FieldType;
use crate::value::Value;

/// Begins a statement in SQL of one's own. A `{}` stands where a value is bound, on every database; inside of quotes
/// and comments it is text. Values never become part of the text.
///
/// ```no_run
/// # async fn example(db: nuages::Database) -> nuages::Result<()> {
/// let rows = nuages::raw("SELECT id, name FROM blog_author WHERE name LIKE {} AND id IN {}")
///     .bind("A%")
///     .bind_list([1, 2, 3])
///     .rows(&db)
///     .await?;
/// for row in &rows {
///     println!("{} {}", row.get::<i64>("id")?, row.get::<String>("name")?);
/// }
/// # Ok(())
/// # }
/// ```
pub fn raw(sql: impl Into<String>) -> Raw {
    Raw {
        sql: sql.into(),
        bound: Ok(Vec::new()),
    }
}

/// A statement in SQL of the user's own; see [`raw`].
#[derive(Debug)]
#[must_use = "nothing runs before `rows`, `execute` or `read` is awaited"]
pub struct Raw {
    sql: String,
    bound: Result<Vec<Bound>>,
}

/// What stands for a placeholder.
#[derive(Debug, Clone)]
enum Bound {
    One(Value),
    List(Vec<Value>),
}

/// A value that may be bound: of a field's type, or borrowed text or bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound to a placeholder",
    label = "values of field types, `&str` and `&[u8]` can be bound; lists by `bind_list`"
)]
pub trait Bind {
    /// The value for the statement.
    ///
    /// # Errors
    /// Where it cannot be stored.
    fn to_bound(&self) -> Result<Value>;
}

impl<T: FieldType> Bind for T {
    fn to_bound(&self) -> Result<Value> {
        self.to_value()
    }
}

impl Bind for &str {
    fn to_bound(&self) -> Result<Value> {
        Ok((*self).into())
    }
}

impl Bind for &[u8] {
    fn to_bound(&self) -> Result<Value> {
        Ok(self.to_vec().into())
    }
}

impl Raw {
    /// Binds a value to the next placeholder.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "values are written in the call, and references to text are values too"
    )]
    pub fn bind(self, value: impl Bind) -> Self {
        let value = value.to_bound().map(Bound::One);
        self.with(value)
    }

    /// Binds values to the next placeholder, which becomes `(…, …)`: `WHERE id IN {}`.
    pub fn bind_list<T: Bind>(self, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(|value| value.to_bound());
        let list = values.collect::<Result<Vec<_>>>().map(Bound::List);
        self.with(list)
    }

    /// Runs it and gives the rows, read by name. [`all`](Raw::all) reads tuples, [`models`](Raw::models) models.
    ///
    /// # Errors
    /// Where placeholders and values are not as many, or what the database said.
    pub async fn rows(self, executor: &dyn Executor) -> Result<Vec<Row>> {
        let mut names = None;
        self.read(executor, move |row| Row::read(row, &mut names))
            .await
    }

    /// Runs it and gives how many rows it matched or wrote.
    ///
    /// # Errors
    /// As [`rows`](Raw::rows).
    pub async fn execute(self, executor: &dyn Executor) -> Result<u64> {
        let mut statement = self.statement(executor)?;
        statement.rows = Rows::None;
        Ok(driver::execute(executor, statement).await?.rows)
    }

    /// Runs it and reads every row by a function, positionally and where the driver has it.
    ///
    /// # Errors
    /// As [`rows`](Raw::rows), and those of the function.
    pub async fn read<T, F>(self, executor: &dyn Executor, read: F) -> Result<Vec<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn RowCursor) -> Result<T> + Send + 'static,
    {
        driver::read_rows(executor, self.statement(executor)?, read).await
    }

    /// The statement as this database takes it.
    ///
    /// # Errors
    /// Where placeholders and values are not as many, or a value cannot be stored.
    pub fn statement(self, executor: &dyn Executor) -> Result<Statement> {
        let bound = self.bound?;
        let (sql, params) = placeholder::write(&self.sql, bound, executor)
            .map_err(|error: Error| error.with_sql(&self.sql))?;
        Ok(Statement::query(sql, params).inferred())
    }

    fn with(mut self, bound: Result<Bound>) -> Self {
        match (&mut self.bound, bound) {
            (Ok(all), Ok(bound)) => all.push(bound),
            (Ok(_), Err(error)) => self.bound = Err(error),
            (Err(_), _) => {}
        }
        self
    }
}

//! SQL of the user's own, read as models, projections and tuples.

use std::sync::Arc;

use crate::db::Raw;
use crate::driver::{Executor, RowCursor, fold};
use crate::error::{Error, Result};
use crate::model::{Model, ModelNode, Output, RowReader};
use crate::value::Value;

impl Raw {
    /// Runs it and reads each row by position: as a value, a tuple, a projection.
    ///
    /// ```no_run
    /// # async fn example(db: nuages::Database) -> nuages::Result<()> {
    /// let longest: Vec<(String, i64)> =
    ///     nuages::raw("SELECT name, LENGTH(name) FROM blog_author ORDER BY 2 DESC").all(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`rows`](Raw::rows), and where the columns are not as many or not of the kind that is read.
    pub async fn all<T: Output>(self, executor: &dyn Executor) -> Result<Vec<T>> {
        self.read(executor, |row| {
            let mut node = ModelNode::empty();
            let width = row.width();
            let mut reader = RowReader::new(row, 0, &mut node);
            let item = T::read_from(&mut reader)?;
            match reader.position() {
                read if read == width => Ok(item),
                read => Err(Error::query(format!(
                    "the statement gives {width} columns and `{}` reads {read}",
                    std::any::type_name::<T>()
                ))),
            }
        })
        .await
    }

    /// Runs it and reads the one row that it gives, by position.
    ///
    /// # Errors
    /// As [`all`](Raw::all), and where there is none or are several.
    pub async fn get<T: Output>(self, executor: &dyn Executor) -> Result<T> {
        let mut rows = self.all::<T>(executor).await?;
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row),
            (None, _) => Err(Error::query(
                "get() reads one row and the statement gave none; use all()",
            )),
            (Some(_), false) => Err(Error::query(format!(
                "get() reads one row and the statement gave {}; use all()",
                rows.len() + 1
            ))),
        }
    }

    /// Runs it and reads each row as a model, its columns by name; other columns are left aside. The rows are peers,
    /// as those of a query set are: `load` of one loads for all.
    ///
    /// # Errors
    /// As [`rows`](Raw::rows), and where a column of the model is missing.
    pub async fn models<M: Model>(self, executor: &dyn Executor) -> Result<Vec<M>> {
        let models = Models::<M> {
            node: ModelNode::new(M::meta(), Arc::default(), Vec::new()),
            columns: None,
            models: Vec::new(),
        };
        let statement = self.statement(executor)?;
        let (mut models, _) = fold(executor, statement, models, Models::row).await?;
        models.node.finish();
        Ok(models.models)
    }
}

struct Models<M> {
    node: ModelNode,
    /// For each column of the model, the column of the rows; known with the first row.
    columns: Option<Vec<usize>>,
    models: Vec<M>,
}

impl<M: Model> Models<M> {
    fn row(&mut self, row: &mut dyn RowCursor) -> Result<()> {
        let columns = match &mut self.columns {
            Some(columns) => columns,
            none => none.insert(columns_of::<M>(row)?),
        };
        let mut row = Mapped { row, columns };
        let model = RowReader::new(&mut row, 0, &mut self.node).model::<M>()?;
        self.models.push(model);
        Ok(())
    }
}

fn columns_of<M: Model>(row: &dyn RowCursor) -> Result<Vec<usize>> {
    let meta = M::meta();
    let mut columns = Vec::new();
    for (_, field) in meta.columns() {
        let at = (0..row.width()).find(|at| row.column_name(*at) == field.column);
        columns.push(at.ok_or_else(|| {
            Error::query(format!(
                "the rows have no column `{}`, which {} needs: select all of its columns, or read tuples with all()",
                field.column, meta.name
            ))
        })?);
    }
    Ok(columns)
}

/// A row whose columns are in another order.
struct Mapped<'r> {
    row: &'r mut dyn RowCursor,
    columns: &'r [usize],
}

macro_rules! mapped {
    ($($name:ident -> $type:ty),* $(,)?) => {
        $(fn $name(&mut self, column: usize) -> Result<$type> {
            self.row.$name(self.columns[column])
        })*
    };
}

impl RowCursor for Mapped<'_> {
    fn width(&self) -> usize {
        self.columns.len()
    }

    fn column_name(&self, column: usize) -> &str {
        self.row.column_name(self.columns[column])
    }

    fn text(&mut self, column: usize) -> Result<Option<&str>> {
        self.row.text(self.columns[column])
    }

    fn bytes(&mut self, column: usize) -> Result<Option<&[u8]>> {
        self.row.bytes(self.columns[column])
    }

    mapped!(
        is_null -> bool, bool -> Option<bool>, int -> Option<i64>, float -> Option<f64>, string -> Option<String>,
        date -> Option<i32>, time -> Option<i64>, date_time -> Option<i64>, duration -> Option<i64>,
        decimal -> Option<String>, uuid -> Option<[u8; 16]>, json -> Option<String>, inet -> Option<String>,
        value -> Value,
    );
}

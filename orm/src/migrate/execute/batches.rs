//! Rows filled along the primary key: so many at once, each batch in a transaction of its own that also notes how far
//! it came, so that a run that was broken off goes on behind its last batch.

use super::Run;
use crate::driver::{Executor, RowCursor, Statement, execute, read_rows};
use crate::error::{Error, Result};
use crate::migrate::migrator::Progress;
use crate::migrate::plan::MigrationPlan;
use crate::sql::{DdlStatement, SchemaEditor, WaitLimit, Walk};
use crate::value::Value;

mod cursor;

use cursor::Cursor;

/// How many rows are filled at once where nobody says otherwise.
const ROWS: u32 = 5_000;

impl Run<'_> {
    /// Batch by batch to the end of the table; whether there is anything left to do after it.
    pub(super) async fn batches(
        &self,
        plan: &MigrationPlan,
        (at, hash): (usize, &str),
        (statement, walk): (&DdlStatement, &Walk),
    ) -> Result<bool> {
        let table = [statement.table.clone()].into();
        let sizes = super::ahead::sizes(self.session, self.editor, &table).await?;
        let total = sizes.get(&statement.table).and_then(|size| size.rows);
        loop {
            let transaction = self.session.begin().await?;
            if let WaitLimit::Transaction(limit) = self.wait_limit() {
                transaction.batch(&limit).await?;
            }
            let history = self.history(&transaction);
            let journal = history.journal(&plan.key, plan.direction).await?;
            let entry = journal.get(&at);
            let is_done = entry.is_some_and(|entry| entry.is_done);
            if is_done || self.is_ended_elsewhere(&transaction, plan).await? {
                transaction.rollback().await?;
                return Ok(is_done);
            }
            if entry.is_none() {
                let step = (at, hash);
                history.begin_step(&plan.key, plan.direction, step).await?;
            }
            let progress = history.progress(&plan.key, plan.direction, at).await?;
            let last = progress.map(|text| Cursor::parse(&text)).transpose()?;
            let next = self.batch(&transaction, (statement, walk), last).await?;
            match &next {
                Some(cursor) => {
                    let text = cursor.to_text();
                    history
                        .set_progress(&plan.key, plan.direction, (at, &text))
                        .await?;
                }
                None => history.end_step(&plan.key, plan.direction, at).await?,
            }
            transaction.commit().await?;
            let Some(cursor) = next else {
                return Ok(true);
            };
            (self.tell)(&Progress::Fills {
                plan,
                table: &statement.table,
                rows: cursor.rows,
                total: total.map(|total| total.max(cursor.rows)),
            });
            tokio::time::sleep(self.options.batch_pause).await;
        }
    }

    /// The rows behind the last batch, where there are any.
    async fn batch(
        &self,
        executor: &dyn Executor,
        (statement, walk): (&DdlStatement, &Walk),
        last: Option<Cursor>,
    ) -> Result<Option<Cursor>> {
        let rows = self.options.batch_size.or(walk.rows).unwrap_or(ROWS);
        let behind = |range: &mut Range<'_>| match &last {
            Some(last) => range.limit(&last.after, [">=", ">", ">"]),
            None => range.sql.push_str("1 = 1"),
        };
        let mut range = Range::new(self.editor, &walk.key);
        behind(&mut range);
        let Some((upto, count)) = range.last_key(executor, &statement.table, rows).await? else {
            return Ok(None);
        };
        let mut range = Range::new(self.editor, &walk.key);
        behind(&mut range);
        range.sql.push_str(" AND ");
        range.limit(&upto, ["<=", "<", "<="]);
        let sql = format!("{} AND {}", statement.sql, range.sql);
        let update = Statement::execute(sql.clone(), range.params);
        execute(executor, update)
            .await
            .map_err(|error| error.with_sql(&sql))?;
        Ok(Some(Cursor {
            after: upto,
            rows: last.map_or(0, |last| last.rows) + count,
        }))
    }
}

/// A condition on the key of a table.
struct Range<'r> {
    editor: &'r dyn SchemaEditor,
    /// The columns of the key, quoted.
    columns: Vec<String>,
    sql: String,
    params: Vec<Value>,
}

impl<'r> Range<'r> {
    fn new(editor: &'r dyn SchemaEditor, key: &[String]) -> Self {
        Range {
            editor,
            columns: key.iter().map(|name| editor.quote(name)).collect(),
            sql: String::new(),
            params: Vec::new(),
        }
    }

    /// On one side of a key; the signs are those of the first column by itself, of a column before the last, and of
    /// the last. That of the first is implied, but every database finds it in an index, and the rest not all of them.
    fn limit(&mut self, key: &[Value], [first, before, last]: [&str; 3]) {
        let count = self.columns.len().min(key.len());
        if 1 < count {
            self.compare(0, first, &key[0]);
            self.sql.push_str(" AND ");
        }
        for (at, value) in key.iter().enumerate().take(count) {
            if at + 1 == count {
                self.compare(at, last, value);
                break;
            }
            self.sql.push('(');
            self.compare(at, before, value);
            self.sql.push_str(" OR (");
            self.compare(at, "=", value);
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(&"))".repeat(count.saturating_sub(1)));
    }

    fn compare(&mut self, at: usize, sign: &str, value: &Value) {
        self.sql.push_str(&format!("{} {sign} ", self.columns[at]));
        self.params.push(value.clone());
        let dialect = self.editor.dialect();
        dialect.placeholder(&mut self.sql, self.params.len());
    }

    /// The greatest key of so many rows, and how many there are.
    async fn last_key(
        self,
        executor: &dyn Executor,
        table: &str,
        rows: u32,
    ) -> Result<Option<(Vec<Value>, u64)>> {
        let columns = self.columns.join(", ");
        let downwards = self.columns.join(" DESC, ");
        let query = format!(
            "SELECT {columns}, count(*) OVER () FROM (SELECT {columns} FROM {} WHERE {} ORDER BY {columns} LIMIT {rows}) \
             batch ORDER BY {downwards} DESC LIMIT 1",
            self.editor.quote(table),
            self.sql
        );
        let count = self.columns.len();
        let read = move |row: &mut dyn RowCursor| {
            let key = (0..count).map(|at| row.value(at));
            let key = key.collect::<Result<Vec<Value>>>()?;
            match row.value(count)? {
                Value::Int(rows) => Ok((key, u64::try_from(rows).unwrap_or_default())),
                other => Err(Error::migration(format!("{other:?} is no number of rows"))),
            }
        };
        let found = read_rows(executor, Statement::query(query, self.params), read).await?;
        Ok(found.into_iter().next())
    }
}

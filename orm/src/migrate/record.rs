//! The history of a database: which migrations are applied, and how far one has come that cannot be undone.
//!
//! `nuages_migrations` has a row for each applied migration, with the hash of what it meant. `nuages_migration_steps`
//! is the journal of migrations whose statements commit one by one; a migration that has come to its end leaves
//! nothing there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::driver::Executor;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::{ask, tell};
use crate::migrate::files::MigrationKey;
use crate::migrate::plan::Direction;
use crate::schema::{Column, ColumnType, PrimaryKey, Table, Unique};
use crate::sql::SchemaEditor;
use crate::value::{Value, parse_date_time};

/// The table of what is applied.
pub const MIGRATIONS: &str = "nuages_migrations";
/// The table of what is under way.
pub const STEPS: &str = "nuages_migration_steps";

/// A migration that is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which.
    pub key: MigrationKey,
    /// The hash of what it meant when it was applied.
    pub hash: String,
    /// When, in microseconds since the epoch, UTC.
    pub applied_at: i64,
}

/// A statement of a migration that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JournalEntry {
    pub(super) hash: String,
    pub(super) is_done: bool,
}

/// The history of one database, through an executor.
#[derive(Clone, Copy)]
pub(super) struct History<'a> {
    pub(super) executor: &'a dyn Executor,
    pub(super) editor: &'a dyn SchemaEditor,
}

impl History<'_> {
    /// Whether the tables of the history are there.
    pub(super) async fn exists(&self) -> Result<bool> {
        Ok(self.tables().await?.contains(MIGRATIONS))
    }

    /// The names of all tables.
    pub(super) async fn tables(&self) -> Result<BTreeSet<String>> {
        let rows = ask(self.executor, self.editor.tables_query(), Vec::new()).await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect())
    }

    /// Makes the tables of the history where they are missing.
    pub(super) async fn prepare(&self) -> Result<()> {
        let existing = self.tables().await?;
        for table in [migrations_table(), steps_table()] {
            if existing.contains(&table.name) {
                continue;
            }
            for statement in self.editor.create_table(&table)? {
                let sql = statement
                    .sql
                    .replacen("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1);
                let hint = "the table of the history of migrations could not be made: the user needs the right to create tables";
                self.executor
                    .batch(&sql)
                    .await
                    .map_err(|error| error.context(hint))?;
            }
        }
        Ok(())
    }

    /// What is applied, in the order in which it was.
    pub(super) async fn applied(&self) -> Result<Vec<Applied>> {
        let [id, app, name, hash, applied] =
            ["id", "app", "name", "hash", "applied"].map(|column| self.editor.quote(column));
        let table = self.editor.quote(MIGRATIONS);
        let rows = ask(
            self.executor,
            format!("SELECT {app}, {name}, {hash}, {applied} FROM {table} ORDER BY {id}"),
            Vec::new(),
        )
        .await?;
        rows.into_iter()
            .map(|row| applied_of(&row).ok_or_else(|| damaged(MIGRATIONS)))
            .collect()
    }

    /// Whether one migration is applied.
    pub(super) async fn contains(&self, key: &MigrationKey) -> Result<bool> {
        let (table, condition) = (
            self.editor.quote(MIGRATIONS),
            self.condition(&["app", "name"], 1),
        );
        let rows = ask(
            self.executor,
            format!("SELECT 1 FROM {table} WHERE {condition}"),
            of_key(key),
        )
        .await?;
        Ok(!rows.is_empty())
    }

    /// Notes that a migration is applied.
    pub(super) async fn add(&self, key: &MigrationKey, hash: &str, took: Duration) -> Result<()> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| Error::migration("the clock stands before 1970"))?;
        let mut params = of_key(key);
        params.push(Value::from(hash));
        params.push(Value::DateTime(
            i64::try_from(now.as_micros()).unwrap_or(i64::MAX),
        ));
        params.push(Value::Int(
            i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
        ));
        params.push(Value::from(env!("CARGO_PKG_VERSION")));
        self.insert(
            MIGRATIONS,
            &["app", "name", "hash", "applied", "duration_ms", "version"],
            params,
        )
        .await
    }

    /// Notes what an applied migration means by now.
    pub(super) async fn rehash(&self, key: &MigrationKey, hash: &str) -> Result<()> {
        let (table, column) = (self.editor.quote(MIGRATIONS), self.editor.quote("hash"));
        let (slot, condition) = (self.placeholder(1), self.condition(&["app", "name"], 2));
        let mut params = vec![Value::from(hash)];
        params.extend(of_key(key));
        let sql = format!("UPDATE {table} SET {column} = {slot} WHERE {condition}");
        tell(self.executor, sql, params).await
    }

    /// Notes that a migration is not applied any more.
    pub(super) async fn remove(&self, key: &MigrationKey) -> Result<()> {
        let (table, condition) = (
            self.editor.quote(MIGRATIONS),
            self.condition(&["app", "name"], 1),
        );
        tell(
            self.executor,
            format!("DELETE FROM {table} WHERE {condition}"),
            of_key(key),
        )
        .await
    }

    /// The journal of a migration, by the number of the statement.
    pub(super) async fn journal(
        &self,
        key: &MigrationKey,
        direction: Direction,
    ) -> Result<BTreeMap<usize, JournalEntry>> {
        let [step, hash, done] = ["step", "hash", "done"].map(|column| self.editor.quote(column));
        let (table, condition) = (
            self.editor.quote(STEPS),
            self.condition(&["app", "name", "direction"], 1),
        );
        let sql = format!("SELECT {step}, {hash}, {done} FROM {table} WHERE {condition}");
        let rows = ask(self.executor, sql, of_way(key, direction)).await?;
        let entry = |row: &Vec<Option<String>>| {
            let [Some(step), Some(hash), Some(done)] = row.as_slice() else {
                return None;
            };
            let entry = JournalEntry {
                hash: hash.clone(),
                is_done: done == "1",
            };
            Some((step.parse().ok()?, entry))
        };
        rows.iter()
            .map(|row| entry(row).ok_or_else(|| damaged(STEPS)))
            .collect()
    }

    /// The migrations that were broken off.
    pub(super) async fn under_way(&self) -> Result<BTreeSet<MigrationKey>> {
        let [app, name] = ["app", "name"].map(|column| self.editor.quote(column));
        let table = self.editor.quote(STEPS);
        let sql = format!("SELECT DISTINCT {app}, {name} FROM {table}");
        let rows = ask(self.executor, sql, Vec::new()).await?;
        let key = |row: Vec<Option<String>>| match row.as_slice() {
            [Some(app), Some(name)] => Some(MigrationKey::new(app, name)),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(key).collect())
    }

    /// Notes that a statement begins.
    pub(super) async fn begin_step(
        &self,
        key: &MigrationKey,
        direction: Direction,
        (step, hash): (usize, &str),
    ) -> Result<()> {
        let mut params = of_way(key, direction);
        params.extend([number(step), Value::from(hash), Value::Int(0)]);
        self.insert(
            STEPS,
            &["app", "name", "direction", "step", "hash", "done"],
            params,
        )
        .await
    }

    /// Notes that a statement is done.
    pub(super) async fn end_step(
        &self,
        key: &MigrationKey,
        direction: Direction,
        step: usize,
    ) -> Result<()> {
        let (table, done) = (self.editor.quote(STEPS), self.editor.quote("done"));
        let condition = self.condition(&["app", "name", "direction", "step"], 1);
        let mut params = of_way(key, direction);
        params.push(number(step));
        tell(
            self.executor,
            format!("UPDATE {table} SET {done} = 1 WHERE {condition}"),
            params,
        )
        .await
    }

    /// Sees to it that the journal can say how far a statement has come.
    pub(super) async fn prepare_progress(&self) -> Result<()> {
        let (table, column) = (self.editor.quote(STEPS), self.editor.quote("progress"));
        let query = format!("SELECT {column} FROM {table} WHERE 1 = 0");
        match ask(self.executor, query, Vec::new()).await {
            // A journal of before has no such column.
            Err(error) if matches!(error.kind(), ErrorKind::Database { .. }) => {}
            answer => return answer.map(drop),
        }
        let definition = self
            .editor
            .column_definition(&steps_table(), &progress_column())?;
        let sql = format!("ALTER TABLE {table} ADD COLUMN {definition}");
        match self.executor.batch(&sql).await {
            Err(error) if self.editor.is_done_already(&error) => Ok(()),
            result => result,
        }
    }

    /// How far a statement has come that goes through the rows of a table.
    pub(super) async fn progress(
        &self,
        key: &MigrationKey,
        direction: Direction,
        step: usize,
    ) -> Result<Option<String>> {
        let (table, column) = (self.editor.quote(STEPS), self.editor.quote("progress"));
        let condition = self.condition(&["app", "name", "direction", "step"], 1);
        let mut params = of_way(key, direction);
        params.push(number(step));
        let sql = format!("SELECT {column} FROM {table} WHERE {condition}");
        let rows = ask(self.executor, sql, params).await?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next()?))
    }

    /// Notes how far a statement has come.
    pub(super) async fn set_progress(
        &self,
        key: &MigrationKey,
        direction: Direction,
        (step, progress): (usize, &str),
    ) -> Result<()> {
        let (table, column) = (self.editor.quote(STEPS), self.editor.quote("progress"));
        let (slot, condition) = (
            self.placeholder(1),
            self.condition(&["app", "name", "direction", "step"], 2),
        );
        let mut params = vec![Value::from(progress)];
        params.extend(of_way(key, direction));
        params.push(number(step));
        let sql = format!("UPDATE {table} SET {column} = {slot} WHERE {condition}");
        tell(self.executor, sql, params).await
    }

    /// Empties the journal of a migration.
    pub(super) async fn clear(&self, key: &MigrationKey) -> Result<()> {
        let (table, condition) = (
            self.editor.quote(STEPS),
            self.condition(&["app", "name"], 1),
        );
        tell(
            self.executor,
            format!("DELETE FROM {table} WHERE {condition}"),
            of_key(key),
        )
        .await
    }

    async fn insert(&self, table: &str, columns: &[&str], params: Vec<Value>) -> Result<()> {
        let names: Vec<String> = columns
            .iter()
            .map(|column| self.editor.quote(column))
            .collect();
        let slots: Vec<String> = (1..=columns.len())
            .map(|nth| self.placeholder(nth))
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.editor.quote(table),
            names.join(", "),
            slots.join(", ")
        );
        tell(self.executor, sql, params).await
    }

    fn condition(&self, columns: &[&str], first: usize) -> String {
        let equal = |(at, column): (usize, &&str)| {
            format!(
                "{} = {}",
                self.editor.quote(column),
                self.placeholder(first + at)
            )
        };
        let all: Vec<String> = columns.iter().enumerate().map(equal).collect();
        all.join(" AND ")
    }

    fn placeholder(&self, nth: usize) -> String {
        let mut sql = String::new();
        self.editor.dialect().placeholder(&mut sql, nth);
        sql
    }
}

impl Direction {
    fn number(self) -> i64 {
        match self {
            Direction::Forwards => 1,
            Direction::Backwards => -1,
        }
    }
}

fn of_key(key: &MigrationKey) -> Vec<Value> {
    vec![
        Value::from(key.app.as_str()),
        Value::from(key.name.as_str()),
    ]
}

fn of_way(key: &MigrationKey, direction: Direction) -> Vec<Value> {
    let mut params = of_key(key);
    params.push(Value::Int(direction.number()));
    params
}

fn number(step: usize) -> Value {
    Value::Int(i64::try_from(step).unwrap_or(i64::MAX))
}

fn applied_of(row: &[Option<String>]) -> Option<Applied> {
    let [Some(app), Some(name), Some(hash), Some(applied)] = row else {
        return None;
    };
    Some(Applied {
        key: MigrationKey::new(app, name),
        hash: hash.clone(),
        applied_at: applied.parse().ok().or_else(|| parse_date_time(applied))?,
    })
}

fn damaged(table: &str) -> Error {
    Error::migration(format!(
        "the table `{table}` holds what nobody of us wrote: restore it, or rename it and use `--fake`"
    ))
}

fn migrations_table() -> Table {
    let columns = [
        ("hash", ColumnType::Varchar(Some(64))),
        ("applied", ColumnType::DateTime),
        ("duration_ms", ColumnType::BigInteger),
    ];
    let mut table = base(
        MIGRATIONS,
        "nuages_migrations_app_name_uniq",
        &["app", "name"],
    );
    table
        .columns
        .extend(columns.map(|(name, ty)| Column::new(name, ty)));
    table
        .columns
        .push(Column::new("version", ColumnType::Varchar(Some(32))));
    table
}

fn steps_table() -> Table {
    let mut table = base(
        STEPS,
        "nuages_migration_steps_uniq",
        &["app", "name", "direction", "step"],
    );
    table
        .columns
        .extend(["direction", "step"].map(|name| Column::new(name, ColumnType::Integer)));
    table
        .columns
        .push(Column::new("hash", ColumnType::Varchar(Some(64))));
    table.columns.push(Column::new("done", ColumnType::Integer));
    table.columns.push(progress_column());
    table
}

fn progress_column() -> Column {
    let mut column = Column::new("progress", ColumnType::Text);
    column.null = true;
    column
}

fn base(name: &str, unique: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(name);
    let mut id = Column::new("id", ColumnType::BigInteger);
    id.identity = true;
    table.columns.push(id);
    table
        .columns
        .extend(["app", "name"].map(|name| Column::new(name, ColumnType::Varchar(Some(255)))));
    table.primary_key = Some(PrimaryKey {
        name: None,
        columns: vec!["id".to_owned()],
    });
    table.uniques.push(Unique {
        name: Some(unique.to_owned()),
        implied: false,
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        deferrable: None,
        nulls_distinct: None,
    });
    table
}

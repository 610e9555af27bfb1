//! The language of structure: what a database must be told for one [`SchemaChange`] to come true.
//!
//! [`SchemaEditor`] is standard SQL by default; a database overrides what it does otherwise. An editor is pure: it
//! gives statements and never runs one, so that plans are printed, checked and tested without a server.

use std::fmt;
use std::time::Duration;

use super::{
    Alias, Blocks, Concern, Copies, Dialect, Effect, Impact, InStep, LintSubject, Placement, Rule,
    Work, ddl_index, ddl_standard as standard,
};
use crate::ast::Expr;
use crate::error::{Error, Result};
use crate::meta::literal::DefaultFunction;
use crate::schema::change::{AlteredColumn, SchemaChange, TableChange};
use crate::schema::{Check, Column, ColumnType, Exclusion, ForeignKey, Index, Table, Unique};
use crate::value::Value;

/// A statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DdlStatement {
    /// Its text.
    pub sql: String,
    /// Whether it writes rows rather than structure.
    pub writes_rows: bool,
    /// The table that it is about; empty where that is unknown.
    pub table: String,
    /// What it does to the table.
    pub effect: Effect,
    /// Where it runs.
    pub place: Placement,
    /// The same with less asked of the server, for where it refuses to work so gently; the last is the least gentle.
    pub weaker: Vec<String>,
    /// What it drops whose name nobody gave: it may have another name than the one expected.
    pub drops: Option<Nameless>,
    /// A query to be asked before the statement; the SQL that it answers with runs after the last statement of the
    /// step. A table that is made anew keeps its triggers this way.
    pub restore: Option<String>,
}

/// A part of a table whose name nobody gave, and by what else it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nameless {
    /// The table.
    pub table: String,
    /// The name that it is expected to have.
    pub name: String,
    /// What it is.
    pub kind: NamelessKind,
    /// The columns that it is over.
    pub columns: Vec<String>,
}

/// What a part of a table can be whose name nobody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is what it says
pub enum NamelessKind {
    ForeignKey,
    Unique,
    Index,
    Check,
}

/// What a database can be told about structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is what it says
pub struct DdlFeatures {
    /// The greatest length of a name: bytes or characters; `None` without a limit.
    pub max_name: Option<NameLimit>,
    /// Whether structure is changed within transactions.
    pub transactional: bool,
    pub comments: bool,
    pub partial_indexes: bool,
    pub expression_indexes: bool,
    pub included_columns: bool,
    pub operator_classes: bool,
    pub index_methods: bool,
    pub descending_indexes: bool,
    pub deferrable_unique: bool,
    pub nulls_not_distinct: bool,
    pub exclusions: bool,
    pub set_default: bool,
    pub stored_generated: bool,
    pub virtual_generated: bool,
    pub tablespaces: bool,
    pub extensions: bool,
    /// Whether a constraint can be added without a look at the rows, and validated later.
    pub not_valid: bool,
    /// Whether a foreign key needs an index of its own (elsewhere the database makes one).
    pub foreign_key_indexes: bool,
    /// Whether text of any length can be a key or be indexed; elsewhere it is text of at most 255 characters there.
    pub text_keys: bool,
    /// Whether `unique_together` and conditions of uniqueness are unique indexes even where constraints would do.
    pub unique_together_as_index: bool,
}

/// The rows of an answer, every value as text.
pub type Answer = Vec<Vec<Option<String>>>;

/// How a database is kept from being migrated by two programs at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationLock {
    /// A transaction has the database for itself from its beginning.
    Transaction,
    /// A query on the connection that migrates takes it if it is free, another gives it back. The answer is `1` or
    /// `true` where it was had.
    SameConnection {
        /// Takes it.
        take: &'static str,
        /// Gives it back.
        release: &'static str,
    },
    /// A query in a transaction of a connection of its own takes it if it is free; the end of that transaction gives
    /// it back.
    OtherConnection {
        /// Takes it.
        take: &'static str,
        /// Said once it is had, so that the transaction holds nothing else while others work.
        hold: &'static str,
    },
}

/// How a database is told not to wait for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitLimit {
    /// It cannot be told, or need not be.
    None,
    /// At the beginning of each transaction.
    Transaction(String),
    /// Once for a connection, which is told otherwise in the end.
    Connection {
        /// Sets the limit.
        set: String,
        /// Takes it away.
        reset: &'static str,
    },
}

/// The greatest length of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameLimit {
    /// In bytes of UTF-8.
    Bytes(usize),
    /// In characters.
    Characters(usize),
}

/// What a field implies and the database names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Implied {
    /// The primary key.
    PrimaryKey,
    /// The uniqueness of a column.
    Unique,
    /// The check of a column's type.
    Check,
}

/// A place to make a schema in, to look at it, and to throw away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scratch {
    /// A database in memory, at this URL.
    Memory(&'static str),
    /// A transaction that is rolled back, after this SQL.
    Transaction(String),
    /// A connection of its own, after the first SQL; the other removes what that one made.
    Session {
        /// What makes the place, and goes there.
        enter: String,
        /// What removes it.
        leave: String,
    },
}

impl Scratch {
    /// A name that nobody else uses now: two programs may look at one server, each as its first process.
    pub fn name() -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let nanoseconds = now.unwrap_or_default().as_nanos();
        format!("nuages_scratch_{}_{nanoseconds:x}", std::process::id())
    }
}

/// How a database is told about structure; the defaults are standard SQL.
pub trait SchemaEditor: fmt::Debug + Send + Sync {
    /// The database's word in `run_sql` and in files.
    fn backend(&self) -> &'static str;

    /// The word that stands for it where its own does not.
    fn fallback(&self) -> Option<&'static str> {
        None
    }

    /// The database's name for people.
    fn product(&self) -> &'static str;

    /// What it can be told.
    fn features(&self) -> DdlFeatures;

    /// A name, quoted.
    fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A type as `CREATE TABLE` spells it.
    fn type_name(&self, ty: &ColumnType) -> String;

    /// The type of the catalogue's words for it.
    fn parse_type(&self, words: &str) -> ColumnType;

    /// The type of a column as the catalogue tells it, which may tell less.
    fn told_type(&self, column: &Column) -> ColumnType {
        self.parse_type(&self.type_name(&column.ty))
    }

    /// A value as SQL.
    ///
    /// # Errors
    /// For a list, which no column holds.
    fn literal(&self, value: &Value) -> Result<String>;

    /// What the database checks of a column because of its type, as SQL.
    fn type_check(&self, column: &str, ty: &ColumnType) -> Option<String> {
        use ColumnType::{PositiveBigInteger, PositiveInteger, PositiveSmallInteger};
        let positive = matches!(
            ty,
            PositiveSmallInteger | PositiveInteger | PositiveBigInteger
        );
        positive.then(|| format!("{} >= 0", self.quote(column)))
    }

    /// The name that the database itself would give to what a column brings at its creation; `None` where it has
    /// none. `taken` are the names in use on the table.
    fn creation_name(
        &self,
        _kind: Implied,
        _table: &str,
        _column: &str,
        _taken: &[&str],
    ) -> Option<String> {
        None
    }

    /// How the database writes queries and expressions.
    fn dialect(&self) -> &dyn Dialect;

    /// An expression without parameters, as SQL.
    ///
    /// # Errors
    /// `Unsupported`.
    fn expression(&self, expr: &Expr) -> Result<String> {
        standard::expression(self.dialect(), expr)
    }

    /// What a function that fills rows is, as SQL: evaluated once for each row.
    fn function(&self, function: DefaultFunction, ty: &ColumnType) -> String;

    /// The type of a column that refers to one of a type.
    fn referring_type(&self, ty: ColumnType) -> ColumnType {
        match ty {
            ColumnType::PositiveSmallInteger => ColumnType::SmallInteger,
            ColumnType::PositiveInteger => ColumnType::Integer,
            ColumnType::PositiveBigInteger => ColumnType::BigInteger,
            other => other,
        }
    }

    /// Whether a column of a type can have an index of its own.
    fn can_index(&self, _ty: &ColumnType) -> bool {
        true
    }

    /// Whether varying text and decimals may go without a length.
    fn unlimited(&self) -> bool {
        true
    }

    /// Whether foreign keys have names.
    fn names_foreign_keys(&self) -> bool {
        true
    }

    /// Whether generated columns are always allowed to be NULL.
    fn generated_may_be_null(&self) -> bool {
        false
    }

    /// The name that a check has once its table is renamed.
    fn check_after_rename(&self, name: &str, _from: &str, _to: &str) -> String {
        name.to_owned()
    }

    /// What follows `DEFAULT`, for a literal.
    fn default_literal(&self, literal: String, _ty: &ColumnType) -> String {
        literal
    }

    /// The words by which the database numbers a column.
    fn identity(&self) -> &'static str {
        "GENERATED BY DEFAULT AS IDENTITY"
    }

    /// Everything that a change takes, in the order in which it can be done.
    ///
    /// # Errors
    /// `Unsupported` where the database lacks something.
    fn change(&self, change: &SchemaChange) -> Result<Vec<DdlStatement>> {
        standard::change(self, change)
    }

    /// The same statements for tables that are in use: as many as it takes to keep nobody waiting, each saying where
    /// it may run. `is_new` tells the tables that the migration itself makes; what is about them stays as it is.
    fn online(
        &self,
        statements: Vec<DdlStatement>,
        _is_new: &dyn Fn(&str) -> bool,
    ) -> Vec<DdlStatement> {
        statements
    }

    /// What a statement keeps others from while it runs, on this version.
    fn impact(&self, statement: &DdlStatement) -> Impact {
        match &statement.effect {
            Effect::Unknown => Impact::unknown(),
            Effect::Fill { .. } | Effect::Backfill { .. } => {
                Impact::new("rows", Blocks::Nothing, Work::Rows)
            }
            _ => Impact::none(),
        }
    }

    /// The rules of this database about changes that hurt.
    fn lint_rules(&self) -> &'static [Rule] {
        &[]
    }

    /// What those rules find in a statement.
    fn lint(&self, _subject: &LintSubject<'_>) -> Vec<Concern> {
        Vec::new()
    }

    /// A query that tells how far a statement outside of transactions has come: `done`, `broken` (what it left is
    /// of no use), `busy` (somebody is at it); no row where nothing of it is there.
    fn probe(&self, _statement: &DdlStatement) -> Option<String> {
        None
    }

    /// What removes that which a broken statement left.
    fn repair(&self, _statement: &DdlStatement) -> Option<String> {
        None
    }

    /// How waiting for locks on tables is limited.
    fn limit_waiting(&self, _limit: Duration) -> WaitLimit {
        WaitLimit::None
    }

    /// A query for those who hold locks on tables, one row each, in words for people.
    fn blockers_query(&self, _tables: &[&str]) -> Option<String> {
        None
    }

    /// A query for who is migrating the database, one row, in words for people.
    fn migrating_query(&self) -> Option<&'static str> {
        None
    }

    /// A query for all tables with their rows (estimated, NULL where unknown) and bytes.
    fn sizes_query(&self) -> Option<&'static str> {
        None
    }

    /// The number of characters of a text, where the database holds text to its length.
    fn char_length(&self, column: &str) -> Option<String> {
        Some(format!("char_length({column})"))
    }

    /// Whether an error says that the server will not work as gently as asked.
    fn is_refusal(&self, _error: &Error) -> bool {
        false
    }

    /// Looks at a change before it is rendered, and makes anew what this database cannot keep.
    fn prepare(&self, _change: &mut SchemaChange) {}

    /// A table, without its indexes and foreign keys.
    ///
    /// # Errors
    /// `Unsupported`.
    fn create_table(&self, table: &Table) -> Result<Vec<DdlStatement>> {
        standard::create_table(self, table)
    }

    /// Drops a table.
    fn drop_table(&self, table: &str) -> String {
        format!("DROP TABLE {}", self.quote(table))
    }

    /// Renames a table.
    fn rename_table(&self, from: &str, to: &str) -> Vec<DdlStatement> {
        let sql = format!(
            "ALTER TABLE {} RENAME TO {}",
            self.quote(from),
            self.quote(to)
        );
        vec![DdlStatement::new(sql).on(from, Effect::RenameTable(to.to_owned()))]
    }

    /// Renames a column.
    fn rename_column(&self, table: &str, from: &str, to: &str) -> String {
        format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            self.quote(table),
            self.quote(from),
            self.quote(to)
        )
    }

    /// A column's definition within `CREATE TABLE` or `ADD COLUMN`.
    ///
    /// # Errors
    /// `Unsupported`.
    fn column_definition(&self, table: &Table, column: &Column) -> Result<String> {
        standard::column_definition(self, table, column)
    }

    /// Drops a column.
    fn drop_column(&self, table: &str, column: &str) -> String {
        format!(
            "ALTER TABLE {} DROP COLUMN {}",
            self.quote(table),
            self.quote(column)
        )
    }

    /// Changes a column of a table that already has its new name.
    ///
    /// # Errors
    /// `Unsupported`.
    fn alter_column(&self, table: &Table, column: &AlteredColumn) -> Result<Vec<DdlStatement>>;

    /// Drops the primary key that a table has before a change.
    fn drop_primary_key(&self, change: &TableChange) -> Vec<DdlStatement> {
        let name = change
            .old
            .primary_key
            .as_ref()
            .and_then(|key| key.name.as_deref());
        let table = &change.old.name;
        let sql = name.map(|name| self.drop_constraint(table, name));
        sql.map(|sql| DdlStatement::new(sql).on(table, Effect::DropPrimaryKey))
            .into_iter()
            .collect()
    }

    /// Drops a constraint.
    fn drop_constraint(&self, table: &str, name: &str) -> String {
        format!(
            "ALTER TABLE {} DROP CONSTRAINT {}",
            self.quote(table),
            self.quote(name)
        )
    }

    /// Drops a unique constraint.
    fn drop_unique(&self, table: &str, name: &str) -> String {
        self.drop_constraint(table, name)
    }

    /// Drops a foreign key.
    fn drop_foreign_key(&self, table: &str, name: &str) -> String {
        self.drop_constraint(table, name)
    }

    /// Drops a check.
    fn drop_check(&self, table: &str, name: &str) -> String {
        self.drop_constraint(table, name)
    }

    /// Drops an index.
    fn drop_index(&self, _table: &str, name: &str) -> String {
        format!("DROP INDEX {}", self.quote(name))
    }

    /// Renames an index.
    ///
    /// # Errors
    /// `Unsupported`.
    fn rename_index(&self, table: &Table, from: &str, index: &Index) -> Result<Vec<DdlStatement>> {
        let sql = format!(
            "ALTER INDEX {} RENAME TO {}",
            self.quote(from),
            self.quote(&index.name)
        );
        Ok(vec![
            DdlStatement::new(sql).on(&table.name, Effect::RenameIndex),
        ])
    }

    /// Creates an index.
    ///
    /// # Errors
    /// `Unsupported`.
    fn create_index(&self, table: &Table, index: &Index) -> Result<String> {
        ddl_index::create_index(self, table, index)
    }

    /// A unique constraint, without its name.
    ///
    /// # Errors
    /// `Unsupported`.
    fn unique(&self, unique: &Unique) -> Result<String> {
        standard::unique(self, unique)
    }

    /// A check, without its name.
    fn check(&self, check: &Check) -> String {
        format!("CHECK ({})", check.condition)
    }

    /// An exclusion constraint, without its name.
    ///
    /// # Errors
    /// `Unsupported`.
    fn exclusion(&self, exclusion: &Exclusion) -> Result<String> {
        standard::exclusion(self, exclusion)
    }

    /// A foreign key, without its name.
    ///
    /// # Errors
    /// `Unsupported`.
    fn foreign_key(&self, key: &ForeignKey) -> Result<String> {
        standard::foreign_key(self, key)
    }

    /// Adds a constraint of which the words are given.
    fn add_constraint(&self, table: &str, name: Option<&str>, words: &str) -> String {
        let name = name
            .map(|name| format!("CONSTRAINT {} ", self.quote(name)))
            .unwrap_or_default();
        format!("ALTER TABLE {} ADD {name}{words}", self.quote(table))
    }

    /// What marks an added constraint as not checked against the rows that exist.
    ///
    /// # Errors
    /// `Unsupported`.
    fn not_valid(&self) -> Result<&'static str> {
        Err(self.lacks("constraints that are validated later"))
    }

    /// Checks the rows that a constraint has not looked at.
    ///
    /// # Errors
    /// `Unsupported`.
    fn validate_constraint(&self, _table: &str, _name: &str) -> Result<String> {
        Err(self.lacks("constraints that are validated later"))
    }

    /// Installs an extension.
    ///
    /// # Errors
    /// `Unsupported`.
    fn create_extension(&self, _name: &str) -> Result<String> {
        Err(self.lacks("extensions"))
    }

    /// Removes an extension.
    ///
    /// # Errors
    /// `Unsupported`.
    fn drop_extension(&self, _name: &str) -> Result<String> {
        Err(self.lacks("extensions"))
    }

    /// Sets the comments of a table.
    fn comment_on_table(&self, table: &str, comment: Option<&str>) -> Result<String>;

    /// Sets the comment of a column, where that is a statement of its own.
    fn comment_on_column(&self, _table: &str, _column: &Column) -> Result<Option<String>> {
        Ok(None)
    }

    /// What must be said between writing rows and the next change of structure in one transaction.
    fn after_rows(&self) -> Option<&'static str> {
        None
    }

    /// How it is kept from being migrated by two programs at once.
    fn migration_lock(&self) -> MigrationLock {
        MigrationLock::Transaction
    }

    /// What a connection is told before a migration's transaction begins.
    fn before_migration(&self) -> Option<&'static str> {
        None
    }

    /// What a connection is told after a migration's transaction has ended.
    fn after_migration(&self) -> Option<&'static str> {
        None
    }

    /// A query that names what violates foreign keys, where a migration is not checked as it goes.
    fn violations_query(&self) -> Option<&'static str> {
        None
    }

    /// Whether an error says that what was asked for is done already.
    fn is_done_already(&self, _error: &Error) -> bool {
        false
    }

    /// What may be done about an error of a statement, for people.
    fn advice(&self, _statement: &DdlStatement, _error: &Error) -> Option<&'static str> {
        None
    }

    /// Two statements in one, where the moment between them would be seen, and the database can.
    fn joined(&self, _first: &DdlStatement, _second: &DdlStatement) -> Option<DdlStatement> {
        None
    }

    /// Keeps two columns in step, or one filled, from now on.
    ///
    /// # Errors
    /// `Unsupported`.
    fn keep_in_step(&self, _step: &InStep) -> Result<Vec<DdlStatement>> {
        Err(self.lacks("columns that are kept in step"))
    }

    /// Ends what [`keep_in_step`](SchemaEditor::keep_in_step) began.
    ///
    /// # Errors
    /// `Unsupported`.
    fn stop_keeping_in_step(&self, _step: &InStep) -> Result<Vec<DdlStatement>> {
        Err(self.lacks("columns that are kept in step"))
    }

    /// A value of a column, as it is assigned to a column of another type.
    fn converted(&self, value: &str, _from: &ColumnType, _to: &ColumnType) -> String {
        value.to_owned()
    }

    /// Gives a table another name besides its own, to read and to write through.
    fn add_alias(&self, alias: &Alias) -> Vec<DdlStatement> {
        vec![alias.create(self)]
    }

    /// How a database is copied whole.
    fn copies(&self) -> Copies;

    /// Where a schema can be made to be looked at.
    fn scratch(&self) -> Scratch;

    /// Whether a key of whole numbers is numbered without being told so.
    fn numbers_integer_keys(&self) -> bool {
        false
    }

    /// A query for the names of all views.
    fn views_query(&self) -> &'static str;

    /// A query for the names of all tables.
    fn tables_query(&self) -> &'static str;

    /// The queries that tell what the catalogue knows of a table.
    fn catalogue_queries(&self, table: &str) -> Vec<String>;

    /// The table that the answers to [`catalogue_queries`](SchemaEditor::catalogue_queries) describe.
    ///
    /// # Errors
    /// Where the catalogue says something unheard of.
    fn read_catalogue(&self, table: &str, answers: &[Answer]) -> Result<Table>;

    /// The error for something that the database lacks.
    fn lacks(&self, feature: &str) -> Error {
        Error::unsupported(feature, self.product())
    }
}

impl DdlStatement {
    /// A statement that changes structure.
    pub fn new(sql: impl Into<String>) -> Self {
        DdlStatement {
            sql: sql.into(),
            ..DdlStatement::default()
        }
    }

    /// The same, saying what it does to which table.
    #[must_use]
    pub fn on(mut self, table: impl Into<String>, effect: Effect) -> Self {
        self.table = table.into();
        self.effect = effect;
        self
    }

    /// The same, in another place.
    #[must_use]
    pub fn placed(mut self, place: Placement) -> Self {
        self.place = place;
        self
    }

    /// The tables that it locks.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        let other = match &self.effect {
            Effect::AddForeignKey { key, .. } | Effect::DropForeignKey(key) => {
                Some(key.to_table.as_str())
            }
            _ => None,
        };
        let own = Some(self.table.as_str()).filter(|table| !table.is_empty());
        own.into_iter().chain(other)
    }

    /// A statement that says something to the connection only.
    pub fn setting(sql: impl Into<String>) -> Self {
        DdlStatement::new(sql).on("", Effect::Setting)
    }

    /// A statement that writes rows.
    pub fn rows(sql: impl Into<String>) -> Self {
        DdlStatement {
            writes_rows: true,
            ..DdlStatement::new(sql)
        }
    }
}

impl NameLimit {
    /// The number.
    pub fn get(self) -> usize {
        match self {
            NameLimit::Bytes(limit) | NameLimit::Characters(limit) => limit,
        }
    }

    /// Whether a name fits.
    pub fn fits(self, name: &str) -> bool {
        match self {
            NameLimit::Bytes(limit) => name.len() <= limit,
            NameLimit::Characters(limit) => name.chars().count() <= limit,
        }
    }
}

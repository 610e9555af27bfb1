//! PostgreSQL's language of structure: close to the standard, all of it within transactions.

use std::time::Duration;

use super::copies::Templates;
use super::{activity, dialect, impact, in_step, introspect, lint, online, types};
use crate::error::Result;
use crate::meta::literal::DefaultFunction;
use crate::schema::change::AlteredColumn;
use crate::schema::{Column, ColumnType, ForeignKey, Table};
use crate::sql::Scratch;
use crate::sql::ddl_standard::{columns, quoted, references};
use crate::sql::{
    Answer, Concern, Copies, DdlFeatures, DdlStatement, Dialect, Effect, Impact, Implied, InStep,
    LintSubject, MigrationLock, NameLimit, Rule, SchemaEditor, Version, WaitLimit,
};
use crate::value::Value;

const NAME_LIMIT: usize = 63;

/// Writes PostgreSQL's DDL.
#[derive(Debug, Clone, Copy)]
pub struct PostgresEditor {
    version: Version,
}

impl PostgresEditor {
    /// Writes for a version.
    pub const fn new(version: Version) -> Self {
        PostgresEditor { version }
    }

    /// Whether an index that is built beside running writes can be relied on: from 14.0 to 14.3 it could lose rows.
    pub(super) fn builds_concurrently(self) -> bool {
        self.version < Version::new(14, 0, 0) || Version::new(14, 4, 0) <= self.version
    }
}

impl SchemaEditor for PostgresEditor {
    fn backend(&self) -> &'static str {
        "postgres"
    }

    fn product(&self) -> &'static str {
        "PostgreSQL"
    }

    fn features(&self) -> DdlFeatures {
        DdlFeatures {
            max_name: Some(NameLimit::Bytes(NAME_LIMIT)),
            transactional: true,
            comments: true,
            partial_indexes: true,
            expression_indexes: true,
            included_columns: true,
            operator_classes: true,
            index_methods: true,
            descending_indexes: true,
            deferrable_unique: true,
            nulls_not_distinct: 15 <= self.version.major,
            exclusions: true,
            set_default: true,
            stored_generated: true,
            virtual_generated: 18 <= self.version.major,
            tablespaces: true,
            extensions: true,
            not_valid: true,
            foreign_key_indexes: true,
            text_keys: true,
            unique_together_as_index: false,
        }
    }

    fn type_name(&self, ty: &ColumnType) -> String {
        types::name(ty)
    }

    fn parse_type(&self, words: &str) -> ColumnType {
        types::parse(words)
    }

    fn literal(&self, value: &Value) -> Result<String> {
        types::literal(value)
    }

    fn dialect(&self) -> &dyn Dialect {
        dialect(self.version)
    }

    fn function(&self, function: DefaultFunction, ty: &ColumnType) -> String {
        let sql = match (function, ty) {
            (DefaultFunction::Now, ColumnType::Date) => {
                "(statement_timestamp() AT TIME ZONE 'UTC')::date"
            }
            (DefaultFunction::Now, ColumnType::Time) => {
                "(statement_timestamp() AT TIME ZONE 'UTC')::time"
            }
            (DefaultFunction::Now, _) => "statement_timestamp()",
            (DefaultFunction::Uuid4, ColumnType::Uuid) => "gen_random_uuid()",
            (DefaultFunction::Uuid4, _) => "gen_random_uuid()::text",
        };
        sql.to_owned()
    }

    fn creation_name(
        &self,
        kind: Implied,
        table: &str,
        column: &str,
        taken: &[&str],
    ) -> Option<String> {
        let (column, label) = match kind {
            Implied::PrimaryKey => ("", "pkey"),
            Implied::Unique => (column, "key"),
            Implied::Check => (column, "check"),
        };
        let free = |name: &String| !taken.contains(&name.as_str());
        let numbered = (1..).map(|number| object_name(table, column, &format!("{label}{number}")));
        std::iter::once(object_name(table, column, label))
            .chain(numbered)
            .find(free)
    }

    fn alter_column(&self, table: &Table, column: &AlteredColumn) -> Result<Vec<DdlStatement>> {
        Ok(alter_column(self, table, column))
    }

    fn foreign_key(&self, key: &ForeignKey) -> Result<String> {
        let references = references(self, key)?;
        Ok(format!(
            "FOREIGN KEY ({}) {references} DEFERRABLE INITIALLY IMMEDIATE",
            columns(self, &key.columns)
        ))
    }

    fn not_valid(&self) -> Result<&'static str> {
        Ok(" NOT VALID")
    }

    fn validate_constraint(&self, table: &str, name: &str) -> Result<String> {
        Ok(format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {}",
            self.quote(table),
            self.quote(name)
        ))
    }

    fn create_extension(&self, name: &str) -> Result<String> {
        Ok(format!(
            "CREATE EXTENSION IF NOT EXISTS {}",
            self.quote(name)
        ))
    }

    fn drop_extension(&self, name: &str) -> Result<String> {
        Ok(format!("DROP EXTENSION IF EXISTS {}", self.quote(name)))
    }

    fn comment_on_table(&self, table: &str, comment: Option<&str>) -> Result<String> {
        Ok(format!(
            "COMMENT ON TABLE {} IS {}",
            self.quote(table),
            comment.map_or("NULL".to_owned(), quoted)
        ))
    }

    fn comment_on_column(&self, table: &str, column: &Column) -> Result<Option<String>> {
        let comment = column.comment.as_deref().map_or("NULL".to_owned(), quoted);
        Ok(Some(format!(
            "COMMENT ON COLUMN {}.{} IS {comment}",
            self.quote(table),
            self.quote(&column.name)
        )))
    }

    /// The key is "nuages" and "migrate" in ASCII, cut to 32 bits each. The portal of the query that took the lock
    /// stays open with its snapshot, for which an index that is built concurrently would wait, until a simple query
    /// closes it.
    fn migration_lock(&self) -> MigrationLock {
        MigrationLock::OtherConnection {
            take: "SELECT pg_try_advisory_xact_lock(1853186401, 1835624306)",
            hold: "SET LOCAL idle_in_transaction_session_timeout = 0",
        }
    }

    fn keep_in_step(&self, step: &InStep) -> Result<Vec<DdlStatement>> {
        Ok(in_step::keep(self, step))
    }

    fn stop_keeping_in_step(&self, step: &InStep) -> Result<Vec<DdlStatement>> {
        Ok(in_step::stop(self, step))
    }

    fn converted(&self, value: &str, from: &ColumnType, to: &ColumnType) -> String {
        in_step::converted(self, value, from, to)
    }

    fn copies(&self) -> Copies {
        Copies::Databases(&Templates)
    }

    fn scratch(&self) -> Scratch {
        let name = Scratch::name();
        Scratch::Transaction(format!(
            "CREATE SCHEMA {name}; SELECT set_config('search_path', '{name}, ' || current_setting('search_path'), true)"
        ))
    }

    fn views_query(&self) -> &'static str {
        introspect::VIEWS
    }

    fn online(
        &self,
        statements: Vec<DdlStatement>,
        is_new: &dyn Fn(&str) -> bool,
    ) -> Vec<DdlStatement> {
        online::online(self, &statements, is_new)
    }

    fn impact(&self, statement: &DdlStatement) -> Impact {
        impact::impact(statement)
    }

    fn lint_rules(&self) -> &'static [Rule] {
        lint::RULES
    }

    fn lint(&self, subject: &LintSubject<'_>) -> Vec<Concern> {
        lint::lint(self, subject)
    }

    fn probe(&self, statement: &DdlStatement) -> Option<String> {
        activity::probe(self, statement)
    }

    fn repair(&self, statement: &DdlStatement) -> Option<String> {
        activity::repair(self, statement)
    }

    fn limit_waiting(&self, limit: Duration) -> WaitLimit {
        WaitLimit::Transaction(format!("SET LOCAL lock_timeout = {}", limit.as_millis()))
    }

    fn blockers_query(&self, tables: &[&str]) -> Option<String> {
        Some(activity::blockers(self, tables))
    }

    fn migrating_query(&self) -> Option<&'static str> {
        Some(activity::MIGRATING)
    }

    fn sizes_query(&self) -> Option<&'static str> {
        Some(activity::SIZES)
    }

    fn tables_query(&self) -> &'static str {
        introspect::TABLES
    }

    fn catalogue_queries(&self, table: &str) -> Vec<String> {
        introspect::queries(table)
    }

    fn read_catalogue(&self, table: &str, answers: &[Answer]) -> Result<Table> {
        introspect::read(table, answers)
    }

    /// A deferred foreign key that has rows to check keeps its table from being altered.
    fn after_rows(&self) -> Option<&'static str> {
        Some("SET CONSTRAINTS ALL IMMEDIATE")
    }
}

/// The name that PostgreSQL gives to what has none: the longer of table and column is cut until all fits
/// (`makeObjectName` of its source).
fn object_name(table: &str, column: &str, label: &str) -> String {
    let separators = if column.is_empty() { 1 } else { 2 };
    let room = NAME_LIMIT - label.len() - separators;
    let (mut of_table, mut of_column) = (table.len(), column.len());
    while of_table + of_column > room {
        if of_table > of_column {
            of_table -= 1;
        } else {
            of_column -= 1;
        }
    }
    let table = cut(table, of_table);
    if column.is_empty() {
        return format!("{table}_{label}");
    }
    format!("{table}_{}_{label}", cut(column, of_column))
}

/// The first bytes of a text, without a broken character at the end.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// `ALTER COLUMN`, one statement a property, rows filled between.
fn alter_column(
    editor: &PostgresEditor,
    table: &Table,
    column: &AlteredColumn,
) -> Vec<DdlStatement> {
    let (before, after) = (&column.before, &column.after);
    let (name, quoted_name) = (editor.quote(&table.name), editor.quote(&after.name));
    let alter = |words: String, effect: Effect| {
        let sql = format!("ALTER TABLE {name} ALTER COLUMN {quoted_name} {words}");
        DdlStatement::new(sql).on(&table.name, effect)
    };
    let own = || after.name.clone();
    let mut out = Vec::new();
    if before.identity && !after.identity {
        let words = "DROP IDENTITY IF EXISTS".to_owned();
        out.push(alter(words, Effect::SetIdentity(own())));
    }
    if before.default.is_some() && (before.default != after.default || column.retyped()) {
        out.push(alter("DROP DEFAULT".to_owned(), Effect::SetDefault(own())));
    }
    if column.retyped() {
        let collation = match (&before.collation, &after.collation) {
            (_, Some(collation)) => format!(" COLLATE {}", editor.quote(collation)),
            (Some(_), None) => " COLLATE \"default\"".to_owned(),
            (None, None) => String::new(),
        };
        let using = if before.ty == after.ty {
            String::new()
        } else {
            using_clause(editor, column)
        };
        let words = format!("TYPE {}{collation}{using}", editor.type_name(&after.ty));
        out.push(alter(words, Effect::AlterColumn(Box::new(column.clone()))));
    }
    if let Some(default) = after
        .default
        .as_ref()
        .filter(|_| before.default != after.default || column.retyped())
    {
        let words = format!("SET DEFAULT {}", default.sql);
        out.push(alter(words, Effect::SetDefault(own())));
    }
    if before.null && !after.null {
        if let Some(fill) = &column.fill {
            let sql =
                format!("UPDATE {name} SET {quoted_name} = {fill} WHERE {quoted_name} IS NULL");
            let effect = Effect::fill(table, &after.name);
            out.push(DdlStatement::rows(sql).on(&table.name, effect));
            out.extend(editor.after_rows().map(DdlStatement::setting));
        }
        let effect = Effect::SetNotNull {
            column: own(),
            proven: false,
        };
        out.push(alter("SET NOT NULL".to_owned(), effect));
    } else if after.null && !before.null {
        out.push(alter(
            "DROP NOT NULL".to_owned(),
            Effect::DropNotNull(own()),
        ));
    }
    if after.identity && !before.identity {
        out.extend(start_numbering(editor, &table.name, &after.name));
    }
    if before.comment != after.comment {
        let comment = after.comment.as_deref().map_or("NULL".to_owned(), quoted);
        let sql = format!("COMMENT ON COLUMN {name}.{quoted_name} IS {comment}");
        out.push(DdlStatement::new(sql).on(&table.name, Effect::Comment));
    }
    out
}

/// A column is numbered from now on, after the greatest number that is there.
fn start_numbering(editor: &PostgresEditor, table: &str, column: &str) -> [DdlStatement; 2] {
    let (name, quoted_name) = (editor.quote(table), editor.quote(column));
    let sequence = format!(
        "pg_get_serial_sequence({}, {})",
        quoted(&name),
        quoted(column)
    );
    let numbered = format!(
        "ALTER TABLE {name} ALTER COLUMN {quoted_name} ADD {}",
        editor.identity()
    );
    let advanced = format!(
        "SELECT setval({sequence}, coalesce(max({quoted_name}), 0) + 1, false) FROM {name}"
    );
    let effect = || Effect::SetIdentity(column.to_owned());
    [
        DdlStatement::new(numbered).on(table, effect()),
        DdlStatement::rows(advanced).on(table, effect()),
    ]
}

/// How the values of a column become those of another type; what has no cast goes through text.
fn using_clause(editor: &PostgresEditor, column: &AlteredColumn) -> String {
    use crate::schema::ColumnType::{Boolean, Date, DateTime, Time};
    let (from, to) = (&column.before.ty, &column.after.ty);
    let direct = from.is_text()
        || to.is_text()
        || (from.is_number() && to.is_number())
        || matches!(
            (from, to),
            (Date | DateTime, Date | DateTime) | (DateTime, Time)
        );
    let through = match (from, to) {
        _ if direct => "",
        (Boolean, to) if to.is_number() => "::integer",
        (from, Boolean) if from.is_number() => "::integer",
        _ => "::text",
    };
    format!(
        " USING {}{through}::{}",
        editor.quote(&column.after.name),
        editor.type_name(to)
    )
}

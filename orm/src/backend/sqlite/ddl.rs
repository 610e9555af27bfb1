//! SQLite's language of structure: constraints stand in `CREATE TABLE`, and little can be altered afterwards, so that
//! most changes make the table anew (`rebuild.rs`).

use super::{dialect, in_step, introspect, lint, rebuild, types};
use crate::error::{Error, Result};
use crate::meta::literal::DefaultFunction;
use crate::schema::change::{AlteredColumn, SchemaChange};
use crate::schema::{Column, ColumnType, ForeignKey, Index, Table};
use crate::sql::Scratch;
use crate::sql::ddl_standard::{columns, generated_clause, references};
use crate::sql::{
    Alias, Answer, Blocks, Concern, Copies, DdlFeatures, DdlStatement, Dialect, Effect, Impact,
    InStep, LintSubject, Rule, SchemaEditor, Version, Work,
};
use crate::value::Value;

/// Writes SQLite's DDL.
#[derive(Debug, Clone, Copy)]
pub struct SqliteEditor {
    version: Version,
}

impl SqliteEditor {
    /// Writes for a version.
    pub const fn new(version: Version) -> Self {
        SqliteEditor { version }
    }
}

impl SchemaEditor for SqliteEditor {
    fn backend(&self) -> &'static str {
        "sqlite"
    }

    fn product(&self) -> &'static str {
        "SQLite"
    }

    fn features(&self) -> DdlFeatures {
        DdlFeatures {
            max_name: None,
            transactional: true,
            comments: false,
            partial_indexes: true,
            expression_indexes: true,
            included_columns: false,
            operator_classes: false,
            index_methods: false,
            descending_indexes: true,
            deferrable_unique: false,
            nulls_not_distinct: false,
            exclusions: false,
            set_default: true,
            stored_generated: true,
            virtual_generated: true,
            tablespaces: false,
            extensions: false,
            not_valid: false,
            foreign_key_indexes: true,
            text_keys: true,
            unique_together_as_index: true,
        }
    }

    fn type_name(&self, ty: &ColumnType) -> String {
        types::name(ty)
    }

    fn parse_type(&self, words: &str) -> ColumnType {
        types::parse(words)
    }

    fn told_type(&self, column: &Column) -> ColumnType {
        if column.identity {
            ColumnType::Integer
        } else {
            types::parse(&types::name(&column.ty))
        }
    }

    fn literal(&self, value: &Value) -> Result<String> {
        types::literal(value)
    }

    fn dialect(&self) -> &dyn Dialect {
        dialect(self.version)
    }

    fn names_foreign_keys(&self) -> bool {
        false
    }

    fn function(&self, function: DefaultFunction, ty: &ColumnType) -> String {
        let sql = match (function, ty) {
            (DefaultFunction::Now, ColumnType::Date) => "date('now')",
            (DefaultFunction::Now, ColumnType::Time) => "strftime('%H:%M:%f', 'now')",
            (DefaultFunction::Now, _) => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
            // Version 4 has a 4 for its thirteenth digit and 8, 9, a or b for its seventeenth.
            (DefaultFunction::Uuid4, _) => {
                "lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || \
                 substr('89AB', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(8)), 2))"
            }
        };
        sql.to_owned()
    }

    fn type_check(&self, column: &str, ty: &ColumnType) -> Option<String> {
        use ColumnType::{Json, PositiveBigInteger, PositiveInteger, PositiveSmallInteger};
        let column = self.quote(column);
        match ty {
            Json => Some(format!("(JSON_VALID({column}) OR {column} IS NULL)")),
            PositiveSmallInteger | PositiveInteger | PositiveBigInteger => {
                Some(format!("{column} >= 0"))
            }
            _ => None,
        }
    }

    fn change(&self, change: &SchemaChange) -> Result<Vec<DdlStatement>> {
        rebuild::change(self, change)
    }

    /// A name that differs in its case only is the same to SQLite: the way leads through a third one.
    fn rename_table(&self, from: &str, to: &str) -> Vec<DdlStatement> {
        let rename = |from: &str, to: &str| {
            let sql = format!(
                "ALTER TABLE {} RENAME TO {}",
                self.quote(from),
                self.quote(to)
            );
            DdlStatement::new(sql).on(from, Effect::RenameTable(to.to_owned()))
        };
        if from.eq_ignore_ascii_case(to) {
            let between = format!("{to}__renamed");
            return vec![rename(from, &between), rename(&between, to)];
        }
        vec![rename(from, to)]
    }

    /// All that a column brings stands with it: SQLite names none of it.
    fn column_definition(&self, table: &Table, column: &Column) -> Result<String> {
        // Only an `integer` column can be numbered.
        let ty = if column.identity {
            "integer".to_owned()
        } else {
            types::name(&column.ty)
        };
        let mut words = format!("{} {ty}", self.quote(&column.name));
        if let Some(collation) = &column.collation {
            words += &format!(" COLLATE {}", self.quote(collation));
        }
        if let Some(generated) = &column.generated {
            words += &generated_clause(self, generated.stored, &generated.expression)?;
        }
        if let Some(default) = &column.default {
            words += &format!(" DEFAULT {}", default.sql);
        }
        words += if column.null { " NULL" } else { " NOT NULL" };
        if table.single_key() == Some(&column.name) {
            words += " PRIMARY KEY";
        }
        if column.identity {
            words += " AUTOINCREMENT";
        }
        if table
            .uniques
            .iter()
            .any(|unique| unique.name.is_none() && unique.columns == [column.name.as_str()])
        {
            words += " UNIQUE";
        }
        for check in table
            .checks
            .iter()
            .filter(|check| check.implied_by.as_deref() == Some(&column.name))
        {
            words += &format!(" CHECK ({})", check.condition);
        }
        for key in table
            .foreign_keys
            .iter()
            .filter(|key| key.columns == [column.name.as_str()])
        {
            words += &format!(" {}", references(self, key)?);
        }
        Ok(words)
    }

    fn alter_column(&self, table: &Table, column: &AlteredColumn) -> Result<Vec<DdlStatement>> {
        Err(Error::migration(format!(
            "column `{}` of `{}` is altered by making the table anew",
            column.after.name, table.name
        )))
    }

    fn rename_index(&self, table: &Table, from: &str, index: &Index) -> Result<Vec<DdlStatement>> {
        Ok(vec![
            DdlStatement::new(self.drop_index(&table.name, from)),
            DdlStatement::new(self.create_index(table, index)?),
        ])
    }

    fn foreign_key(&self, key: &ForeignKey) -> Result<String> {
        Ok(format!(
            "FOREIGN KEY ({}) {}",
            columns(self, &key.columns),
            references(self, key)?
        ))
    }

    /// SQLite does not look at the length of a type.
    fn char_length(&self, _column: &str) -> Option<String> {
        None
    }

    /// Whoever writes has the whole database; in the journal mode `wal`, readers never wait.
    fn impact(&self, statement: &DdlStatement) -> Impact {
        let work = match &statement.effect {
            Effect::Unknown => Work::Unknown,
            Effect::Setting | Effect::CreateTable => return Impact::none(),
            Effect::RebuildTable { .. } => Work::Rewrite,
            Effect::CreateIndex(_) => Work::IndexBuild,
            Effect::DropColumn(_) => Work::Rewrite,
            Effect::Fill { .. } | Effect::Backfill { .. } => Work::Rows,
            _ => Work::Catalogue,
        };
        Impact::new("the database's writer", Blocks::Writes, work)
    }

    fn lint_rules(&self) -> &'static [Rule] {
        lint::RULES
    }

    fn lint(&self, subject: &LintSubject<'_>) -> Vec<Concern> {
        lint::lint(subject)
    }

    fn keep_in_step(&self, step: &InStep) -> Result<Vec<DdlStatement>> {
        Ok(in_step::keep(self, step))
    }

    fn stop_keeping_in_step(&self, step: &InStep) -> Result<Vec<DdlStatement>> {
        Ok(in_step::stop(self, step))
    }

    fn converted(&self, value: &str, from: &ColumnType, to: &ColumnType) -> String {
        rebuild::converted(from, to, value)
    }

    fn add_alias(&self, alias: &Alias) -> Vec<DdlStatement> {
        in_step::add_alias(self, alias)
    }

    /// Tables that are made anew must not take the rows that refer to them along; this has no effect within a
    /// transaction.
    fn before_migration(&self) -> Option<&'static str> {
        Some("PRAGMA foreign_keys = OFF")
    }

    fn after_migration(&self) -> Option<&'static str> {
        Some("PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON")
    }

    fn violations_query(&self) -> Option<&'static str> {
        Some(
            "SELECT \"table\", 'row ' || rowid, 'refers to nothing in', parent FROM pragma_foreign_key_check",
        )
    }

    fn copies(&self) -> Copies {
        Copies::Files {
            url: "sqlite::memory:?journal_mode=delete&synchronous=off",
        }
    }

    fn scratch(&self) -> Scratch {
        Scratch::Memory("sqlite::memory:")
    }

    fn views_query(&self) -> &'static str {
        introspect::VIEWS
    }

    /// Such a column is another name of the row's own number.
    fn numbers_integer_keys(&self) -> bool {
        true
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

    fn comment_on_table(&self, _table: &str, _comment: Option<&str>) -> Result<String> {
        Err(self.lacks("comments"))
    }
}

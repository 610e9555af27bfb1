//! The language of structure of MySQL and MariaDB: a column is restated whole when anything about it changes, and
//! every statement commits by itself.

use std::time::Duration;

use super::copies::Scripts;
use super::{
    Flavour, activity, in_step, introspect, lint, mariadb_dialect, mysql_dialect, online, types,
};
use crate::error::{Error, ErrorKind, Result};
use crate::meta::literal::DefaultFunction;
use crate::schema::change::{AlteredColumn, SchemaChange, TableChange};
use crate::schema::{Column, ColumnType, ForeignKey, Index, Table, mentions_identifier};
use crate::sql::Scratch;
use crate::sql::ddl_standard::generated_clause;
use crate::sql::{
    Answer, Concern, Copies, DdlFeatures, DdlStatement, Dialect, Effect, Impact, Implied, InStep,
    LintSubject, MigrationLock, NameLimit, Rule, SchemaEditor, Version, WaitLimit,
};
use crate::value::Value;

/// What the server says when something is there already, or gone already: tables (1050, 1051, 1146), columns (1054,
/// 1060), keys (1061, 1091), triggers (1359, 1360), constraints (1826, 3822, 3821, 3940), tables to rename (1017).
const ALREADY: [&str; 13] = [
    "1017", "1050", "1051", "1054", "1060", "1061", "1091", "1146", "1359", "1360", "1826", "3821",
    "3822",
];

/// Writes the DDL of MySQL or MariaDB.
#[derive(Debug, Clone, Copy)]
pub struct MysqlEditor {
    flavour: Flavour,
}

impl MysqlEditor {
    /// Writes for one of the two, at a version.
    pub const fn new(flavour: Flavour) -> Self {
        MysqlEditor { flavour }
    }

    fn is_mysql(&self) -> bool {
        matches!(self.flavour, Flavour::Mysql(_))
    }
}

impl SchemaEditor for MysqlEditor {
    fn backend(&self) -> &'static str {
        match self.flavour {
            Flavour::Mysql(_) => "mysql",
            Flavour::Mariadb(_) => "mariadb",
        }
    }

    fn product(&self) -> &'static str {
        match self.flavour {
            Flavour::Mysql(_) => "MySQL",
            Flavour::Mariadb(_) => "MariaDB",
        }
    }

    fn features(&self) -> DdlFeatures {
        DdlFeatures {
            max_name: Some(NameLimit::Characters(64)),
            transactional: false,
            comments: true,
            partial_indexes: false,
            expression_indexes: self.is_mysql(),
            included_columns: false,
            operator_classes: false,
            index_methods: false,
            descending_indexes: true,
            deferrable_unique: false,
            nulls_not_distinct: false,
            exclusions: false,
            set_default: false,
            stored_generated: true,
            virtual_generated: true,
            tablespaces: false,
            extensions: false,
            not_valid: false,
            foreign_key_indexes: false,
            text_keys: false,
            unique_together_as_index: false,
        }
    }

    fn quote(&self, name: &str) -> String {
        types::identifier(name)
    }

    fn type_name(&self, ty: &ColumnType) -> String {
        types::name(self.flavour, ty)
    }

    fn parse_type(&self, words: &str) -> ColumnType {
        types::parse(words)
    }

    fn literal(&self, value: &Value) -> Result<String> {
        types::literal(self.flavour, value)
    }

    fn dialect(&self) -> &dyn Dialect {
        match self.flavour {
            Flavour::Mysql(version) => mysql_dialect(version),
            Flavour::Mariadb(version) => mariadb_dialect(version),
        }
    }

    fn fallback(&self) -> Option<&'static str> {
        (!self.is_mysql()).then_some("mysql")
    }

    fn function(&self, function: DefaultFunction, ty: &ColumnType) -> String {
        let has_random_bytes =
            !matches!(self.flavour, Flavour::Mariadb(version) if version < Version::new(10, 10, 0));
        let sql = match (function, ty) {
            (DefaultFunction::Now, ColumnType::Date) => "UTC_DATE()",
            (DefaultFunction::Now, ColumnType::Time) => "UTC_TIME(6)",
            (DefaultFunction::Now, _) => "UTC_TIMESTAMP(6)",
            // Version 4 has a 4 for its thirteenth digit and 8, 9, a or b for its seventeenth.
            (DefaultFunction::Uuid4, _) if has_random_bytes => {
                "LOWER(CONCAT(HEX(RANDOM_BYTES(6)), '4', SUBSTR(HEX(RANDOM_BYTES(2)), 2), \
                 SUBSTR('89AB', 1 + FLOOR(RAND() * 4), 1), SUBSTR(HEX(RANDOM_BYTES(8)), 2)))"
            }
            (DefaultFunction::Uuid4, _) => "REPLACE(UUID(), '-', '')",
        };
        sql.to_owned()
    }

    /// Columns that refer have the very type of those that they refer to.
    fn referring_type(&self, ty: ColumnType) -> ColumnType {
        ty
    }

    /// Text without a length takes no index over its whole.
    fn can_index(&self, ty: &ColumnType) -> bool {
        !matches!(ty, ColumnType::Text | ColumnType::Json | ColumnType::Binary)
    }

    fn unlimited(&self) -> bool {
        false
    }

    fn generated_may_be_null(&self) -> bool {
        !self.is_mysql()
    }

    fn creation_name(
        &self,
        kind: Implied,
        table: &str,
        column: &str,
        taken: &[&str],
    ) -> Option<String> {
        let free = |name: &String| !taken.contains(&name.as_str());
        let numbered = (2..).map(|number| format!("{column}_{number}"));
        let mut names = std::iter::once(column.to_owned()).chain(numbered);
        match (kind, self.flavour) {
            (Implied::PrimaryKey, _) => None,
            (Implied::Unique, _) => names.find(free),
            (Implied::Check, Flavour::Mysql(_)) => {
                let prefix = format!("{table}_chk_");
                let numbers = taken
                    .iter()
                    .filter_map(|name| name.strip_prefix(&prefix)?.parse::<u32>().ok());
                Some(format!("{prefix}{}", numbers.max().unwrap_or(0) + 1))
            }
            // MariaDB takes no check of a table by the name of a unique constraint.
            (Implied::Check, Flavour::Mariadb(_)) => names.find(free),
        }
    }

    /// MySQL takes a name of this form for one that it gave itself, and renames it with the table.
    fn check_after_rename(&self, name: &str, from: &str, to: &str) -> String {
        match name
            .strip_prefix(from)
            .filter(|rest| self.is_mysql() && rest.starts_with("_chk_"))
        {
            Some(rest) => format!("{to}{rest}"),
            None => name.to_owned(),
        }
    }

    /// Only an expression may be the default of text without a length, and expressions stand in parentheses.
    fn default_literal(&self, literal: String, ty: &ColumnType) -> String {
        match ty {
            ColumnType::Text | ColumnType::Json | ColumnType::Binary => format!("({literal})"),
            _ => literal,
        }
    }

    fn identity(&self) -> &'static str {
        "AUTO_INCREMENT"
    }

    fn prepare(&self, change: &mut SchemaChange) {
        for table in &mut change.altered {
            remake_foreign_keys_without_index(table);
            drop_indexes_of_foreign_keys(table);
            if self.is_mysql() {
                remake_what_mentions_renamed_columns(table);
            }
        }
    }

    fn rename_table(&self, from: &str, to: &str) -> Vec<DdlStatement> {
        let sql = format!("RENAME TABLE {} TO {}", self.quote(from), self.quote(to));
        vec![DdlStatement::new(sql).on(from, Effect::RenameTable(to.to_owned()))]
    }

    fn column_definition(&self, table: &Table, column: &Column) -> Result<String> {
        let key = if table.single_key() == Some(&column.name) {
            " PRIMARY KEY"
        } else {
            ""
        };
        self.definition(column, key)
    }

    fn alter_column(&self, table: &Table, column: &AlteredColumn) -> Result<Vec<DdlStatement>> {
        let (name, quoted) = (self.quote(&table.name), self.quote(&column.after.name));
        let mut out = Vec::new();
        if let Some(fill) = column
            .fill
            .as_ref()
            .filter(|_| column.before.null && !column.after.null)
        {
            let sql = format!("UPDATE {name} SET {quoted} = {fill} WHERE {quoted} IS NULL");
            let effect = Effect::fill(table, &column.after.name);
            out.push(DdlStatement::rows(sql).on(&table.name, effect));
        }
        let definition = self.definition(&column.after, "")?;
        let sql = format!("ALTER TABLE {name} MODIFY COLUMN {definition}");
        let effect = Effect::AlterColumn(Box::new(column.clone()));
        out.push(DdlStatement::new(sql).on(&table.name, effect));
        Ok(out)
    }

    /// A numbered column must be a key, so the numbering goes first.
    fn drop_primary_key(&self, change: &TableChange) -> Vec<DdlStatement> {
        let name = self.quote(&change.old.name);
        let columns = change.old.columns.iter().filter(|column| column.identity);
        let plain = columns.filter_map(|column| {
            let plain = Column {
                identity: false,
                ..column.clone()
            };
            self.definition(&plain, "").ok()
        });
        let mut out: Vec<DdlStatement> = plain
            .map(|definition| {
                DdlStatement::new(format!("ALTER TABLE {name} MODIFY COLUMN {definition}"))
                    .on(&change.old.name, Effect::SetIdentity(String::new()))
            })
            .collect();
        let dropped = DdlStatement::new(format!("ALTER TABLE {name} DROP PRIMARY KEY"));
        out.push(dropped.on(&change.old.name, Effect::DropPrimaryKey));
        out
    }

    fn drop_unique(&self, table: &str, name: &str) -> String {
        format!(
            "ALTER TABLE {} DROP INDEX {}",
            self.quote(table),
            self.quote(name)
        )
    }

    fn drop_foreign_key(&self, table: &str, name: &str) -> String {
        format!(
            "ALTER TABLE {} DROP FOREIGN KEY {}",
            self.quote(table),
            self.quote(name)
        )
    }

    /// MariaDB drops the check of a column with its restatement, so it may be gone already.
    fn drop_check(&self, table: &str, name: &str) -> String {
        let words = if self.is_mysql() {
            "DROP CHECK"
        } else {
            "DROP CONSTRAINT IF EXISTS"
        };
        format!(
            "ALTER TABLE {} {words} {}",
            self.quote(table),
            self.quote(name)
        )
    }

    fn drop_index(&self, table: &str, name: &str) -> String {
        format!("DROP INDEX {} ON {}", self.quote(name), self.quote(table))
    }

    fn rename_index(&self, table: &Table, from: &str, index: &Index) -> Result<Vec<DdlStatement>> {
        let (name, to) = (self.quote(&table.name), self.quote(&index.name));
        let sql = format!(
            "ALTER TABLE {name} RENAME INDEX {} TO {to}",
            self.quote(from)
        );
        Ok(vec![
            DdlStatement::new(sql).on(&table.name, Effect::RenameIndex),
        ])
    }

    /// The lock is the server's, so its name tells the database.
    fn migration_lock(&self) -> MigrationLock {
        MigrationLock::SameConnection {
            take: "SELECT GET_LOCK(CONCAT('nuages_migrate_', LEFT(SHA2(DATABASE(), 256), 16)), 0)",
            release: "SELECT RELEASE_LOCK(CONCAT('nuages_migrate_', LEFT(SHA2(DATABASE(), 256), 16)))",
        }
    }

    fn is_done_already(&self, error: &Error) -> bool {
        let ErrorKind::Database {
            code: Some(code),
            message,
        } = error.kind()
        else {
            return false;
        };
        // A foreign key that is there already is to MariaDB a table that it cannot make, for this reason.
        ALREADY.contains(&code.as_str()) || (code == "1005" && message.contains("errno: 121"))
    }

    fn keep_in_step(&self, step: &InStep) -> Result<Vec<DdlStatement>> {
        Ok(in_step::keep(self, step))
    }

    fn stop_keeping_in_step(&self, step: &InStep) -> Result<Vec<DdlStatement>> {
        Ok(in_step::stop(self, step))
    }

    fn advice(&self, statement: &DdlStatement, error: &Error) -> Option<&'static str> {
        in_step::advice(statement, error)
    }

    fn joined(&self, first: &DdlStatement, second: &DdlStatement) -> Option<DdlStatement> {
        online::joined(first, second)
    }

    fn copies(&self) -> Copies {
        Copies::Databases(&Scripts)
    }

    fn scratch(&self) -> Scratch {
        let name = Scratch::name();
        Scratch::Session {
            enter: format!("CREATE DATABASE {name}; USE {name}"),
            leave: format!("DROP DATABASE {name}"),
        }
    }

    fn views_query(&self) -> &'static str {
        introspect::VIEWS
    }

    fn online(
        &self,
        statements: Vec<DdlStatement>,
        is_new: &dyn Fn(&str) -> bool,
    ) -> Vec<DdlStatement> {
        online::online(self.flavour, statements, is_new)
    }

    fn impact(&self, statement: &DdlStatement) -> Impact {
        online::impact(self.flavour, statement)
    }

    fn lint_rules(&self) -> &'static [Rule] {
        lint::RULES
    }

    fn lint(&self, subject: &LintSubject<'_>) -> Vec<Concern> {
        lint::lint(self.flavour, subject)
    }

    fn limit_waiting(&self, limit: Duration) -> WaitLimit {
        WaitLimit::Connection {
            set: format!("SET SESSION lock_wait_timeout = {}", limit.as_secs().max(1)),
            reset: "SET SESSION lock_wait_timeout = DEFAULT",
        }
    }

    fn blockers_query(&self, tables: &[&str]) -> Option<String> {
        Some(activity::blockers(self.is_mysql(), tables))
    }

    fn migrating_query(&self) -> Option<&'static str> {
        Some(activity::MIGRATING)
    }

    fn sizes_query(&self) -> Option<&'static str> {
        Some(activity::SIZES)
    }

    /// Not this algorithm (1845, 1846), no more instant changes of this table (4092), not with this lock (1221).
    fn is_refusal(&self, error: &Error) -> bool {
        let code = match error.kind() {
            ErrorKind::Database { code, .. } => code.as_deref(),
            _ => None,
        };
        matches!(code, Some("1845" | "1846" | "1221" | "4092"))
    }

    fn tables_query(&self) -> &'static str {
        introspect::TABLES
    }

    fn catalogue_queries(&self, table: &str) -> Vec<String> {
        introspect::queries(self.is_mysql(), table)
    }

    fn read_catalogue(&self, table: &str, answers: &[Answer]) -> Result<Table> {
        introspect::read(self.is_mysql(), table, answers)
    }

    fn comment_on_table(&self, table: &str, comment: Option<&str>) -> Result<String> {
        Ok(format!(
            "ALTER TABLE {} COMMENT = {}",
            self.quote(table),
            types::quoted(comment.unwrap_or_default())
        ))
    }
}

impl MysqlEditor {
    fn definition(&self, column: &Column, key: &str) -> Result<String> {
        let mut words = format!(
            "{} {}",
            self.quote(&column.name),
            types::name(self.flavour, &column.ty)
        );
        if let Some(collation) = &column.collation {
            words += &format!(" COLLATE {}", self.quote(collation));
        }
        if let Some(generated) = &column.generated {
            words += &generated_clause(self, generated.stored, &generated.expression)?;
        }
        if let Some(default) = &column.default {
            words += &format!(" DEFAULT {}", default.sql);
        }
        if column.identity {
            words += " AUTO_INCREMENT";
        }
        // MariaDB knows no NULL or NOT NULL of a generated column.
        if column.generated.is_none() || self.is_mysql() {
            words += if column.null { " NULL" } else { " NOT NULL" };
        }
        words += key;
        if let Some(comment) = &column.comment {
            words += &format!(" COMMENT {}", types::quoted(comment));
        }
        Ok(words)
    }
}

/// A foreign key must have an index that begins with its column. Where the one that goes is the only such index, the
/// key goes before and comes back after, and with it the index that the database makes for it.
fn remake_foreign_keys_without_index(table: &mut TableChange) {
    let kept_from = |column: &str| {
        let key = table
            .after
            .primary_key
            .as_ref()
            .filter(|_| !table.primary_key);
        let uniques = table
            .after
            .uniques
            .iter()
            .filter(|unique| table.before.uniques.contains(unique));
        let indexes = table
            .after
            .indexes
            .iter()
            .filter(|index| table.before.indexes.contains(index));
        let firsts = key.into_iter().filter_map(|key| key.columns.first());
        let mut firsts = firsts.chain(uniques.filter_map(|unique| unique.columns.first()));
        firsts.any(|first| first == column)
            || indexes
                .filter_map(|index| index.parts.first())
                .any(|part| part.column() == Some(column))
    };
    let dropped_from = |column: &str| {
        table
            .uniques
            .dropped
            .iter()
            .any(|unique| unique.columns.first().is_some_and(|first| first == column))
            || table.indexes.dropped.iter().any(|index| {
                index
                    .parts
                    .first()
                    .is_some_and(|part| part.column() == Some(column))
            })
    };
    let bare = |key: &&ForeignKey| {
        let first = key.columns.first().map_or("", String::as_str);
        dropped_from(first)
            && !kept_from(first)
            && table.after.foreign_keys.contains(key)
            && !table.foreign_keys.added.contains(key)
    };
    let remade: Vec<ForeignKey> = table
        .before
        .foreign_keys
        .iter()
        .filter(bare)
        .cloned()
        .collect();
    table.foreign_keys.dropped.extend(remade.iter().cloned());
    table.foreign_keys.added.extend(remade);
}

/// The index that the database made for a foreign key stays when the key goes: it is dropped too, unless the key
/// comes again or its column goes.
fn drop_indexes_of_foreign_keys(table: &mut TableChange) {
    for key in &table.foreign_keys.dropped {
        let again = table
            .after
            .foreign_keys
            .iter()
            .any(|other| other.columns == key.columns);
        let stays = key
            .columns
            .iter()
            .all(|column| table.after.column(column).is_some());
        let first = key.columns.first().map_or("", String::as_str);
        if let Some(name) = key
            .name
            .as_ref()
            .filter(|_| !again && stays && !table.before.has_index_from(first, ""))
        {
            table.indexes.dropped.push(Index::new(name, &key.columns));
        }
    }
}

/// MySQL refuses to rename a column that a check or an index over an expression mentions.
fn remake_what_mentions_renamed_columns(table: &mut TableChange) {
    for (_, to) in &table.renamed_columns {
        for check in table
            .before
            .checks
            .iter()
            .filter(|check| mentions_identifier(&check.condition, to))
        {
            if table.after.checks.contains(check) && !table.checks.added.contains(check) {
                table.checks.dropped.push(check.clone());
                table.checks.added.push(check.clone());
            }
        }
        for index in table
            .before
            .indexes
            .iter()
            .filter(|index| index.mentions(to))
        {
            let over_expression = index.parts.iter().any(|part| part.column().is_none());
            if over_expression
                && table.after.indexes.contains(index)
                && !table.indexes.added.contains(index)
            {
                table.indexes.dropped.push(index.clone());
                table.indexes.added.push(index.clone());
            }
        }
    }
}

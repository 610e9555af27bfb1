//! Reads SQL that was written by hand into the words that lint rules speak of: effects on tables, and acts besides.
//!
//! What the parser does not know is read by its first words; what is left is an error that says why.

mod column;

use nuages::schema::{Check, Column, Index, Unique, change::AlteredColumn};
use nuages::sql::{Act, DdlStatement, Effect, Placement, Word, Written};
use sqlparser::ast::{
    AlterColumnOperation, AlterTableAlgorithm, AlterTableLock, AlterTableOperation,
    AlterTypeOperation, CascadeOption, ColumnOption, CreateIndex, DataType, DropBehavior,
    FromTable, Ident, IndexColumn, ObjectName, ObjectType, RenameTableNameKind, Set, Statement,
    TableConstraint, TableFactor,
};
use sqlparser::parser::Parser;

use crate::sql_text::dialects;
use column::{column, column_type, foreign_key, options, part, within};

/// What a statement does; an ALTER TABLE may do several things.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn read(sql: &str, database: &str) -> Result<Vec<Written>, String> {
    if let Some(act) = by_first_words(sql) {
        return Ok(vec![act]);
    }
    let parsed = parse(sql, database)?;
    Ok(parsed
        .iter()
        .flat_map(|statement| Reading { sql }.statement(statement))
        .collect())
}

fn parse(sql: &str, database: &str) -> Result<Vec<Statement>, String> {
    // The parser has no CONCURRENTLY behind DROP INDEX.
    let text = match words(sql).as_slice() {
        [drop, index, concurrently, ..]
            if drop == "DROP" && index == "INDEX" && concurrently == "CONCURRENTLY" =>
        {
            remove_word(sql, "CONCURRENTLY")
        }
        _ => sql.to_owned(),
    };
    let mut first = None;
    for dialect in dialects(Some(database)) {
        match Parser::parse_sql(&*dialect, &text) {
            Ok(statements) => return Ok(statements),
            Err(error) => _ = first.get_or_insert(error.to_string()),
        }
    }
    let why = first.unwrap_or_default();
    Err(why.trim_start_matches("sql parser error: ").to_owned())
}

/// The words of a statement in capitals, comments before it left out.
fn words(sql: &str) -> Vec<String> {
    let mut rest = sql.trim_start();
    loop {
        let end = if rest.starts_with("--") || rest.starts_with('#') {
            rest.find('\n').map(|at| at + 1)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|at| at + 2)
        } else {
            break;
        };
        rest = end.map_or("", |end| rest[end..].trim_start());
    }
    rest.split(|c: char| c.is_whitespace() || c == '(' || c == ',')
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_end_matches(';').to_ascii_uppercase())
        .collect()
}

fn remove_word(sql: &str, word: &str) -> String {
    match sql.to_ascii_uppercase().find(word) {
        Some(at) => format!("{}{}", &sql[..at], &sql[at + word.len()..]),
        None => sql.to_owned(),
    }
}

/// Statements that the parser does not know, or of which the first words say all.
fn by_first_words(sql: &str) -> Option<Written> {
    let words = words(sql);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |word: &str| words.contains(&word);
    let name = |at: usize| bare(words.get(at).copied().unwrap_or_default()).to_lowercase();
    let act = match words.as_slice() {
        ["REINDEX", ..] if has("CONCURRENTLY") => Act::Alone("REINDEX CONCURRENTLY"),
        ["REINDEX", ..] => Act::Maintenance("REINDEX"),
        ["CLUSTER", ..] => Act::Maintenance("CLUSTER"),
        ["VACUUM", ..] if has("FULL") => Act::Maintenance("VACUUM FULL"),
        ["VACUUM", ..] => Act::Alone("VACUUM"),
        ["CREATE", "DATABASE", ..] => Act::Alone("CREATE DATABASE"),
        ["ALTER", "SYSTEM", ..] => Act::Alone("ALTER SYSTEM"),
        ["ALTER", "DOMAIN", ..] if has("ADD") && !has("VALID") => Act::ConstrainDomain(name(2)),
        ["ALTER", "DOMAIN", ..] => Act::Other,
        ["ALTER", "SCHEMA", _, "RENAME", ..] => Act::RenameSchema(name(2)),
        ["ALTER", "TABLE", ..] if has("DETACH") && has("PARTITION") => match has("CONCURRENTLY") {
            true => Act::Alone("DETACH PARTITION CONCURRENTLY"),
            false => Act::Maintenance("DETACH PARTITION"),
        },
        ["BEGIN"]
        | ["BEGIN", "TRANSACTION" | "WORK", ..]
        | ["START", "TRANSACTION", ..]
        | ["COMMIT" | "ROLLBACK" | "ABORT" | "END"]
        | ["COMMIT" | "ROLLBACK" | "END", "TRANSACTION" | "WORK", ..] => Act::Transaction,
        [
            "CREATE",
            "FUNCTION" | "PROCEDURE" | "TRIGGER" | "EVENT" | "OR" | "DEFINER",
            ..,
        ] if !has("VIEW") => Act::Other,
        [
            "REFRESH" | "ANALYZE" | "COMMENT" | "DO" | "GRANT" | "REVOKE" | "NOTIFY" | "EXPLAIN"
            | "PRAGMA",
            ..,
        ] => Act::Other,
        _ => return None,
    };
    Some(Written {
        statement: DdlStatement::new(sql).on("", Effect::Setting),
        act,
        ..Written::default()
    })
}

fn bare(name: &str) -> &str {
    name.trim_matches(|c| c == '"' || c == '`')
}

/// The last part of a name.
fn last(name: &ObjectName) -> String {
    let part = name.0.last();
    part.and_then(|part| part.as_ident())
        .map_or_else(|| name.to_string(), |ident| ident.value.clone())
}

/// One statement being read.
struct Reading<'a> {
    sql: &'a str,
}

impl Reading<'_> {
    fn on(&self, table: &ObjectName, effect: Effect) -> Written {
        let mut written = Written {
            statement: DdlStatement::new(self.sql).on(last(table), effect),
            ..Written::default()
        };
        if table.0.len() == 1 {
            written.words.push(Word::Unqualified(last(table)));
        }
        written
    }

    fn act(&self, act: Act) -> Written {
        Written {
            statement: DdlStatement::new(self.sql).on("", Effect::Setting),
            act,
            ..Written::default()
        }
    }

    fn rows(&self, table: &TableFactor, act: Act) -> Written {
        let mut written = match table {
            TableFactor::Table { name, .. } => self.on(name, Effect::Setting),
            _ => self.act(Act::Other),
        };
        written.statement.writes_rows = true;
        written.act = act;
        written
    }

    fn statement(&self, statement: &Statement) -> Vec<Written> {
        match statement {
            Statement::AlterTable(alter) => self.alter_table(&alter.name, &alter.operations),
            Statement::CreateIndex(create) => vec![self.create_index(create)],
            Statement::CreateTable(create) => {
                let mut written = self.on(&create.name, Effect::CreateTable);
                written.guarded = create.if_not_exists;
                written.words.push(Word::Name(last(&create.name)));
                for def in &create.columns {
                    let (_, words) = column(&def.name, &def.data_type, options(def));
                    written.words.extend(words);
                }
                vec![written]
            }
            Statement::CreateView(view) => vec![self.act(Act::CreateView(last(&view.name)))],
            Statement::Drop { .. } => self.drop(statement),
            Statement::Truncate(truncate) => {
                let cascade = truncate.cascade == Some(CascadeOption::Cascade);
                let of = |target: &sqlparser::ast::TruncateTableTarget| {
                    let mut written = self.on(&target.name, Effect::Setting);
                    written.act = Act::Truncate;
                    written.cascade = cascade;
                    written
                };
                truncate.table_names.iter().map(of).collect()
            }
            Statement::Update(update) => {
                let filtered = update.selection.is_some() || update.limit.is_some();
                vec![self.rows(&update.table.relation, Act::Update { filtered })]
            }
            Statement::Delete(delete) => {
                let filtered = delete.selection.is_some() || delete.limit.is_some();
                let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) =
                    &delete.from;
                let table = tables.first().map(|table| &table.relation);
                table
                    .map(|table| self.rows(table, Act::Delete { filtered }))
                    .into_iter()
                    .collect()
            }
            Statement::Insert(_) => {
                let mut written = self.act(Act::Insert);
                written.statement.writes_rows = true;
                vec![written]
            }
            Statement::RenameTable(renames) => {
                let of = |rename: &sqlparser::ast::RenameTable| {
                    self.on(
                        &rename.old_name,
                        Effect::RenameTable(last(&rename.new_name)),
                    )
                };
                renames.iter().map(of).collect()
            }
            Statement::AlterType(alter) => vec![self.act(match &alter.operation {
                AlterTypeOperation::AddValue(add) => Act::AddEnumValue {
                    placed: add.position.is_some(),
                },
                AlterTypeOperation::RenameValue(_) => Act::RenameEnumValue,
                AlterTypeOperation::Rename(_) => Act::Other,
            })],
            Statement::Set(set) => vec![self.setting(set)],
            Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. } => vec![self.act(Act::Transaction)],
            _ => vec![self.act(Act::Other)],
        }
    }

    fn setting(&self, set: &Set) -> Written {
        match set {
            Set::SingleAssignment {
                variable, values, ..
            } => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                self.act(Act::Setting {
                    name: last(variable).to_lowercase(),
                    value: values.join(", ").trim_matches('\'').to_owned(),
                })
            }
            _ => self.act(Act::Other),
        }
    }

    fn drop(&self, statement: &Statement) -> Vec<Written> {
        let Statement::Drop {
            object_type,
            if_exists,
            names,
            cascade,
            table,
            ..
        } = statement
        else {
            return Vec::new();
        };
        let of = |name: &ObjectName| {
            let mut written = match object_type {
                ObjectType::Table => self.on(name, Effect::DropTable),
                ObjectType::Index => {
                    let effect = Effect::DropIndex(last(name));
                    let mut written = match table {
                        Some(table) => self.on(table, effect),
                        None => self.on(&ObjectName(Vec::new()), effect),
                    };
                    if words(self.sql).iter().any(|word| word == "CONCURRENTLY") {
                        written.statement.place = Placement::Outside;
                    }
                    written
                }
                ObjectType::Schema => self.act(Act::DropSchema(last(name))),
                ObjectType::Database => self.act(Act::DropDatabase(last(name))),
                _ => self.act(Act::Other),
            };
            written.cascade = *cascade;
            written.guarded = *if_exists;
            written
        };
        names.iter().map(of).collect()
    }

    fn create_index(&self, create: &CreateIndex) -> Written {
        let name = create.name.as_ref().map(last).unwrap_or_default();
        let index = Index {
            unique: create.unique,
            parts: create.columns.iter().map(part).collect(),
            condition: create.predicate.as_ref().map(ToString::to_string),
            ..Index::new(&name, &[])
        };
        let mut written = self.on(&create.table_name, Effect::CreateIndex(index));
        written.guarded = create.if_not_exists;
        written.words.push(Word::Name(name));
        if create.concurrently {
            written.statement.place = Placement::Outside;
        }
        self.stated(&create.alter_options, &mut written);
        written
    }

    /// `ALGORITHM=` and `LOCK=`.
    fn stated(&self, operations: &[AlterTableOperation], written: &mut Written) {
        for operation in operations {
            match operation {
                AlterTableOperation::Algorithm { algorithm, .. } => {
                    written.stated = true;
                    if *algorithm == AlterTableAlgorithm::Copy {
                        written
                            .words
                            .push(Word::Blocking("ALGORITHM=COPY".to_owned()));
                    }
                }
                AlterTableOperation::Lock { lock, .. } => {
                    written.stated = true;
                    if matches!(lock, AlterTableLock::Shared | AlterTableLock::Exclusive) {
                        written.words.push(Word::Blocking(format!("LOCK={lock}")));
                    }
                }
                _ => {}
            }
        }
    }

    fn alter_table(&self, table: &ObjectName, operations: &[AlterTableOperation]) -> Vec<Written> {
        let mut all: Vec<Written> = operations
            .iter()
            .flat_map(|operation| self.alteration(table, operation))
            .collect();
        if all.is_empty() {
            all.push(self.act(Act::Other));
        }
        let mut stated = Written::default();
        self.stated(operations, &mut stated);
        for written in &mut all {
            written.stated = stated.stated;
        }
        if let Some(first) = all.first_mut() {
            first.words.extend(stated.words);
        }
        all
    }

    fn alteration(&self, table: &ObjectName, operation: &AlterTableOperation) -> Vec<Written> {
        let one = |effect: Effect| vec![self.on(table, effect)];
        match operation {
            AlterTableOperation::AddColumn {
                column_def,
                if_not_exists,
                ..
            } => {
                let (column, words) =
                    column(&column_def.name, &column_def.data_type, options(column_def));
                let mut written = self.on(table, Effect::AddColumn(column.clone()));
                written.guarded = *if_not_exists;
                written.words.extend(words);
                let constraints =
                    options(column_def).filter_map(|option| within(option, &column.name));
                let constraints: Vec<Written> =
                    constraints.map(|effect| self.on(table, effect)).collect();
                std::iter::once(written).chain(constraints).collect()
            }
            AlterTableOperation::AddConstraint {
                constraint,
                not_valid,
            } => self.constraint(table, constraint, *not_valid),
            AlterTableOperation::DropPrimaryKey { .. } => one(Effect::DropPrimaryKey),
            AlterTableOperation::DropIndex { name } => one(Effect::DropIndex(name.value.clone())),
            AlterTableOperation::RenameColumn { .. } => one(Effect::RenameColumn),
            AlterTableOperation::RenameTable { table_name } => {
                let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
                one(Effect::RenameTable(last(to)))
            }
            AlterTableOperation::ChangeColumn {
                old_name,
                new_name,
                data_type,
                options,
                ..
            } => {
                let mut all = vec![self.restated(table, (old_name, new_name), data_type, options)];
                if old_name.value != new_name.value {
                    all.extend(one(Effect::RenameColumn));
                }
                all
            }
            AlterTableOperation::ModifyColumn {
                col_name,
                data_type,
                options,
                ..
            } => vec![self.restated(table, (col_name, col_name), data_type, options)],
            AlterTableOperation::AlterColumn { column_name, op } => {
                self.alter_column(table, column_name, op)
            }
            AlterTableOperation::ValidateConstraint { name } => {
                one(Effect::Validate(name.value.clone()))
            }
            other => self.dropped(table, other),
        }
    }

    /// What of a table goes.
    fn dropped(&self, table: &ObjectName, operation: &AlterTableOperation) -> Vec<Written> {
        let dropped = |effect: Effect, behavior: Option<&DropBehavior>, guarded: bool| Written {
            cascade: behavior == Some(&DropBehavior::Cascade),
            guarded,
            ..self.on(table, effect)
        };
        match operation {
            AlterTableOperation::DropColumn {
                column_names,
                if_exists,
                drop_behavior,
                ..
            } => column_names
                .iter()
                .map(|name| {
                    dropped(
                        Effect::DropColumn(name.value.clone()),
                        drop_behavior.as_ref(),
                        *if_exists,
                    )
                })
                .collect(),
            AlterTableOperation::DropConstraint {
                if_exists,
                name,
                drop_behavior,
            } => vec![dropped(
                Effect::DropConstraint(name.value.clone()),
                drop_behavior.as_ref(),
                *if_exists,
            )],
            AlterTableOperation::DropForeignKey {
                name,
                drop_behavior,
            } => {
                vec![dropped(
                    Effect::DropConstraint(name.value.clone()),
                    drop_behavior.as_ref(),
                    false,
                )]
            }
            _ => Vec::new(),
        }
    }

    fn alter_column(
        &self,
        table: &ObjectName,
        name: &Ident,
        op: &AlterColumnOperation,
    ) -> Vec<Written> {
        let column = name.value.clone();
        let effect = match op {
            AlterColumnOperation::SetNotNull => Effect::SetNotNull {
                column,
                proven: false,
            },
            AlterColumnOperation::DropNotNull => Effect::DropNotNull(column),
            AlterColumnOperation::SetDefault { .. } | AlterColumnOperation::DropDefault => {
                Effect::SetDefault(column)
            }
            AlterColumnOperation::SetDataType { data_type, .. } => {
                let column = Column::new(column, column_type(data_type));
                Effect::AlterColumn(Box::new(AlteredColumn {
                    before: column.clone(),
                    after: column,
                    fill: None,
                }))
            }
            AlterColumnOperation::AddGenerated { .. } => Effect::SetIdentity(column),
        };
        vec![self.on(table, effect)]
    }

    /// A column with all that belongs to it, in the place of what it was.
    fn restated(
        &self,
        table: &ObjectName,
        (old, new): (&Ident, &Ident),
        ty: &DataType,
        options: &[ColumnOption],
    ) -> Written {
        let (after, words) = column(new, ty, options.iter());
        let mut before = after.clone();
        before.name.clone_from(&old.value);
        let mut written = self.on(
            table,
            Effect::AlterColumn(Box::new(AlteredColumn {
                before,
                after,
                fill: None,
            })),
        );
        written.restated = true;
        written.words.extend(words);
        written
    }

    fn constraint(
        &self,
        table: &ObjectName,
        constraint: &TableConstraint,
        not_valid: bool,
    ) -> Vec<Written> {
        let unique =
            |name: Option<&Ident>, columns: &[IndexColumn], built: bool| Effect::AddUnique {
                unique: Unique {
                    name: name.map(|name| name.value.clone()),
                    implied: false,
                    columns: columns
                        .iter()
                        .filter_map(|column| part(column).column().map(str::to_owned))
                        .collect(),
                    deferrable: None,
                    nulls_distinct: None,
                },
                built,
            };
        let effect = match constraint {
            TableConstraint::Unique(one) => unique(one.name.as_ref(), &one.columns, false),
            TableConstraint::UniqueUsingIndex(one) => unique(one.name.as_ref(), &[], true),
            TableConstraint::PrimaryKey(key) => {
                let columns = key
                    .columns
                    .iter()
                    .filter_map(|column| part(column).column().map(str::to_owned));
                Effect::AddPrimaryKey(columns.collect())
            }
            TableConstraint::ForeignKey(key) => foreign_key(key, None, !not_valid),
            TableConstraint::Check(check) => Effect::AddCheck {
                check: Check {
                    name: check.name.as_ref().map(|name| name.value.clone()),
                    implied_by: None,
                    condition: check.expr.to_string(),
                },
                valid: !not_valid,
            },
            TableConstraint::Index(index) => {
                let name = index
                    .name
                    .as_ref()
                    .map(|name| name.value.clone())
                    .unwrap_or_default();
                Effect::CreateIndex(Index {
                    parts: index.columns.iter().map(part).collect(),
                    ..Index::new(name, &[])
                })
            }
            _ => return vec![self.act(Act::Other)],
        };
        vec![self.on(table, effect)]
    }
}

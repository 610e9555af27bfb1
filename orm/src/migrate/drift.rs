//! Drift: what differs between a live database and the schema that its migrations lead to.
//!
//! The two are compared in the form that the database itself gives back: what should be there is made on the same
//! server, in a place that is thrown away, and read from the catalogue as what is there is. So a default, a check or an
//! expression that the database spells in its own way is no difference.

use std::collections::BTreeSet;

use crate::db::{Database, editor};
use crate::driver::Executor;
use crate::error::Result;
use crate::migrate::inspect::is_moment;
use crate::migrate::introspect;
use crate::migrate::plan::statements_between;
use crate::migrate::read_sql::{meaning, same};
use crate::migrate::record::{MIGRATIONS, STEPS};
use crate::schema::{
    Check, Column, ForeignKey, Index, IndexTarget, PrimaryKey, ReferentialAction, Schema, Table,
    Unique,
};
use crate::sql::{DdlStatement, SchemaEditor, Scratch};

/// One thing that is otherwise than it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The table.
    pub table: String,
    /// What kind of thing: `table`, `column`, `primary key`, `unique`, `index`, `foreign key`, `check`, `exclusion`,
    /// `comment`.
    pub subject: &'static str,
    /// Which one, where the table has several.
    pub name: String,
    /// What of it: empty for the whole, else `type`, `null`, `default`, `generated`, `collation`, `comment`, `name`,
    /// `identity`.
    pub aspect: &'static str,
    /// What should be there; none where nothing should.
    pub expected: Option<String>,
    /// What is there; none where nothing is.
    pub found: Option<String>,
}

/// What differs, and what would undo it.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// What differs.
    pub findings: Vec<Finding>,
    /// What is as the migrations say and yet worth knowing.
    pub notes: Vec<String>,
    /// The statements that bring the database back. Tables that nobody knows of stay.
    pub statements: Vec<DdlStatement>,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Finding {
            subject,
            name,
            aspect,
            ..
        } = self;
        let what = match (subject, name.as_str()) {
            (subject, "") => (*subject).to_owned(),
            (subject, name) => format!("{subject} {name}"),
        };
        match (&self.expected, &self.found) {
            (Some(expected), None) if aspect.is_empty() => {
                write!(f, "{what} is missing: {expected}")
            }
            (None, Some(found)) if aspect.is_empty() => {
                write!(f, "{what} is there and in no migration: {found}")
            }
            (expected, found) => {
                let or_none =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                let aspect = if aspect.is_empty() { "" } else { " " }.to_owned() + aspect;
                write!(
                    f,
                    "{what}:{aspect} should be {}, is {}",
                    or_none(expected),
                    or_none(found)
                )
            }
        }
    }
}

/// Compares a database with the schema that it should have; `foreign` are tables that are somebody else's.
///
/// # Errors
/// What the database said: it must be allowed to make and drop a schema (PostgreSQL) or database (MySQL, MariaDB).
pub async fn drift(
    database: &Database,
    wanted: &Schema,
    is_foreign: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Drift> {
    let editor = editor(database.server());
    let expected = given_back(database, wanted, &*editor).await?;
    let mut found = introspect::schema(database, &*editor).await?;
    found
        .tables
        .retain(|name, _| name != MIGRATIONS && name != STEPS && !is_foreign(name));
    let mut drift = Drift {
        findings: findings(wanted, &expected, &found, &*editor),
        notes: one_off_defaults(wanted),
        statements: Vec::new(),
    };
    if !drift.findings.is_empty() {
        found
            .tables
            .retain(|name, _| expected.table(name).is_some());
        match statements_between(&found, &expected, &*editor) {
            Ok(statements) => drift.statements = statements,
            Err(error) => drift.notes.push(format!(
                "no statements can bring the database back to what the migrations say: {error}"
            )),
        }
    }
    Ok(drift)
}

/// What is otherwise with tables that are there than with those that should be; others are nobody's business.
///
/// # Errors
/// As [`drift`].
pub(super) async fn compare_tables(
    database: &Database,
    executor: &dyn Executor,
    wanted: &Schema,
    editor: &dyn SchemaEditor,
) -> Result<Vec<Finding>> {
    let expected = given_back(database, wanted, editor).await?;
    let mut found = Schema::default();
    for name in wanted.tables.keys() {
        let table = introspect::table(executor, editor, name).await?;
        if !table.columns.is_empty() {
            found.insert(table);
        }
    }
    Ok(findings(wanted, &expected, &found, editor))
}

fn findings(
    wanted: &Schema,
    expected: &Schema,
    found: &Schema,
    editor: &dyn SchemaEditor,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names: BTreeSet<&String> = expected.tables.keys().chain(found.tables.keys()).collect();
    for name in names {
        match (expected.table(name), found.table(name)) {
            (Some(table), None) => findings.push(whole(table, true)),
            (None, Some(table)) => findings.push(whole(table, false)),
            (Some(expected), Some(found)) => {
                let comparison = Comparison {
                    editor,
                    wanted: wanted.table(name),
                    expected,
                    found,
                };
                findings.extend(comparison.findings());
            }
            (None, None) => {}
        }
    }
    findings
}

fn whole(table: &Table, is_expected: bool) -> Finding {
    let columns: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let columns = Some(columns.join(", "));
    Finding {
        table: table.name.clone(),
        subject: "table",
        name: table.name.clone(),
        aspect: "",
        expected: columns.clone().filter(|_| is_expected),
        found: columns.filter(|_| !is_expected),
    }
}

fn one_off_defaults(wanted: &Schema) -> Vec<String> {
    let columns = wanted
        .tables
        .values()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    columns
        .filter(|(_, column)| column.default.as_ref().is_some_and(|default| default.one_off))
        .map(|(table, column)| {
            format!(
                "{}.{} still has the default that was given once for the rows that were there; it goes with the field's next \
                 change",
                table.name, column.name
            )
        })
        .collect()
}

/// A schema as the catalogue tells it once it is there: made in a place of its own and read.
async fn given_back(
    database: &Database,
    schema: &Schema,
    editor: &dyn SchemaEditor,
) -> Result<Schema> {
    let statements = statements_between(&Schema::default(), &with_targets(schema), editor)?;
    match editor.scratch() {
        Scratch::Memory(url) => {
            let scratch = Database::connect(url).await?;
            let made = make(&scratch, (schema, &statements), editor).await;
            scratch.close();
            made
        }
        Scratch::Transaction(enter) => {
            let session = database.session_apart().await?;
            let transaction = session.begin().await?;
            transaction.batch(&enter).await?;
            let made = make(&transaction, (schema, &statements), editor).await;
            transaction.rollback().await?;
            made
        }
        Scratch::Session { enter, leave } => {
            let session = database.session_apart().await?;
            let hint = "drift makes what should be there in a database of its own and drops it again: the user needs the right to \
                        create databases whose names begin with nuages_scratch_";
            session
                .batch(&enter)
                .await
                .map_err(|error| error.context(hint))?;
            let made = make(&session, (schema, &statements), editor).await;
            session.batch(&leave).await?;
            made
        }
    }
}

/// The schema with the tables that foreign keys point to and that are not managed here: as much of them as that needs.
fn with_targets(schema: &Schema) -> Schema {
    let mut whole = schema.clone();
    for table in schema.tables.values() {
        for key in &table.foreign_keys {
            if whole.table(&key.to_table).is_some() {
                continue;
            }
            let mut target = Table::new(&key.to_table);
            for (own, name) in key.columns.iter().zip(&key.to_columns) {
                let ty = table.column(own).map(|column| column.ty.clone());
                target.columns.extend(ty.map(|ty| Column::new(name, ty)));
            }
            target.primary_key = Some(PrimaryKey {
                name: None,
                columns: key.to_columns.clone(),
            });
            whole.insert(target);
        }
    }
    whole
}

async fn make(
    executor: &dyn Executor,
    (schema, statements): (&Schema, &[DdlStatement]),
    editor: &dyn SchemaEditor,
) -> Result<Schema> {
    for statement in statements {
        executor
            .batch(&statement.sql)
            .await
            .map_err(|error| error.with_sql(&statement.sql))?;
    }
    // Table by table: the list of all tables may be a statement that the connection has prepared elsewhere.
    let mut made = Schema::default();
    for name in schema.tables.keys() {
        made.insert(introspect::table(executor, editor, name).await?);
    }
    Ok(made)
}

/// One table as it should be and as it is.
struct Comparison<'a> {
    editor: &'a dyn SchemaEditor,
    /// The table as the migrations have it, which alone tells what fields imply.
    wanted: Option<&'a Table>,
    expected: &'a Table,
    found: &'a Table,
}

impl Comparison<'_> {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.compare_columns(&mut findings);
        let key = |table: &Table| table.primary_key.as_ref().map(|key| key.columns.join(", "));
        self.compare(
            "primary key",
            "",
            "",
            [key(self.expected), key(self.found)],
            &mut findings,
        );
        let comment = |table: &Table| table.comment.clone().filter(|text| !text.is_empty());
        let comments = [comment(self.expected), comment(self.found)];
        self.compare("comment", "", "", comments, &mut findings);
        self.compare_parts(
            "unique",
            |table| table.uniques.iter().map(Part::of_unique).collect(),
            &mut findings,
        );
        self.compare_parts("index", |table| self.index_parts(table), &mut findings);
        self.compare_parts(
            "foreign key",
            |table| {
                table
                    .foreign_keys
                    .iter()
                    .map(Part::of_foreign_key)
                    .collect()
            },
            &mut findings,
        );
        self.compare_parts(
            "check",
            |table| table.checks.iter().map(Part::of_check).collect(),
            &mut findings,
        );
        self.compare_parts(
            "exclusion",
            |table| {
                let part = |one: &crate::schema::Exclusion| {
                    let words = format!("{:?}", (&one.using, &one.elements, &one.condition));
                    Part::plain(Some(one.name.clone()), words)
                };
                table.exclusions.iter().map(part).collect()
            },
            &mut findings,
        );
        findings
    }

    fn index_parts(&self, table: &Table) -> Vec<Part> {
        let by_database = !self.editor.features().foreign_key_indexes;
        let part = |index: &Index| {
            let mut part = Part::of_index(index);
            // A foreign key wants an index there, whatever its name, and the database makes one where there is none.
            part.comes_by_itself |= by_database
                && table
                    .foreign_keys
                    .iter()
                    .any(|key| index.same_but_name(&Index::new(&index.name, &key.columns)));
            part
        };
        table.indexes.iter().map(part).collect()
    }

    fn compare(
        &self,
        subject: &'static str,
        name: &str,
        aspect: &'static str,
        [expected, found]: [Option<String>; 2],
        findings: &mut Vec<Finding>,
    ) {
        if expected != found {
            findings.push(Finding {
                table: self.found.name.clone(),
                subject,
                name: name.to_owned(),
                aspect,
                expected,
                found,
            });
        }
    }

    fn compare_columns(&self, findings: &mut Vec<Finding>) {
        let (expected, found) = (self.expected, self.found);
        let words = |column: &Column| {
            let null = if column.null { "" } else { " NOT NULL" };
            format!("{}{null}", self.editor.type_name(&column.ty))
        };
        for column in &expected.columns {
            match found.column(&column.name) {
                Some(other) => self.compare_column(column, other, findings),
                None => self.compare(
                    "column",
                    &column.name,
                    "",
                    [Some(words(column)), None],
                    findings,
                ),
            }
        }
        for column in &found.columns {
            if expected.column(&column.name).is_none() {
                self.compare(
                    "column",
                    &column.name,
                    "",
                    [None, Some(words(column))],
                    findings,
                );
            }
        }
    }

    fn compare_column(&self, expected: &Column, found: &Column, findings: &mut Vec<Finding>) {
        let mut compare = |aspect, of: &dyn Fn(&Column) -> Option<String>| {
            let both = [of(expected), of(found)];
            self.compare("column", &expected.name, aspect, both, findings);
        };
        compare("type", &|column| {
            Some(self.editor.type_name(&self.editor.told_type(column)))
        });
        let null = |column: &Column| Some(if column.null { "NULL" } else { "NOT NULL" }.to_owned());
        compare("null", &null);
        let identity = |column: &Column| {
            column
                .identity
                .then(|| self.editor.identity().trim().to_owned())
        };
        let is_key = |table: &Table| table.single_key() == Some(&expected.name);
        let numbers_itself = self.editor.numbers_integer_keys() && expected.ty.is_integer();
        if !(numbers_itself && is_key(self.expected) && is_key(self.found)) {
            compare("identity", &identity);
        }
        let default = |column: &Column| Some(column.default.as_ref()?.sql.clone());
        if !are_moments(default(expected), default(found)) {
            compare("default", &default);
        }
        let generated = |column: &Column| {
            let generated = column.generated.as_ref()?;
            let stored = if generated.stored {
                "stored"
            } else {
                "virtual"
            };
            Some(format!("{} ({stored})", generated.expression))
        };
        let is_same = expected.generated.as_ref().zip(found.generated.as_ref());
        let is_same = is_same.is_some_and(|(one, other)| {
            one.stored == other.stored && same(&one.expression, &other.expression)
        });
        if !is_same {
            compare("generated", &generated);
        }
        compare("collation", &|column| column.collation.clone());
        compare("comment", &|column| {
            column.comment.clone().filter(|text| !text.is_empty())
        });
    }

    /// Parts are paired by what they are; of those, the names must agree that somebody has given.
    fn compare_parts(
        &self,
        subject: &'static str,
        parts: impl Fn(&Table) -> Vec<Part>,
        findings: &mut Vec<Finding>,
    ) {
        let mut found = parts(self.found);
        for part in parts(self.expected) {
            let same_name = |other: &Part| other.meaning == part.meaning && other.name == part.name;
            let at = found
                .iter()
                .position(same_name)
                .or_else(|| found.iter().position(|other| other.meaning == part.meaning));
            let name = part.name.clone().unwrap_or_default();
            match at.map(|at| found.swap_remove(at)) {
                None => self.compare(subject, &name, "", [Some(part.words), None], findings),
                Some(other) if self.is_named_by_somebody(&name) => {
                    self.compare(subject, &name, "name", [part.name, other.name], findings);
                }
                Some(_) => {}
            }
        }
        for part in found.into_iter().filter(|part| !part.comes_by_itself) {
            let name = part.name.unwrap_or_default();
            self.compare(subject, &name, "", [None, Some(part.words)], findings);
        }
    }

    /// Whether a name of an index or a constraint stands in the state, and is not what a field implies.
    fn is_named_by_somebody(&self, name: &str) -> bool {
        let Some(wanted) = self.wanted else {
            return false;
        };
        let is_name = |other: &Option<String>| other.as_deref() == Some(name);
        wanted
            .indexes
            .iter()
            .any(|index| !index.implied && index.name == name)
            || wanted
                .uniques
                .iter()
                .any(|unique| !unique.implied && is_name(&unique.name))
            || wanted
                .checks
                .iter()
                .any(|check| check.implied_by.is_none() && is_name(&check.name))
            || wanted
                .exclusions
                .iter()
                .any(|exclusion| exclusion.name == name)
    }
}

/// Whether two defaults are the moment of the insert, each in its words.
fn are_moments(one: Option<String>, other: Option<String>) -> bool {
    one.is_some_and(|sql| is_moment(&sql)) && other.is_some_and(|sql| is_moment(&sql))
}

/// An index or a constraint: its name, and what it is in words.
struct Part {
    name: Option<String>,
    /// As it is shown.
    words: String,
    /// As it is compared: equal for equal ones, however the database spells their SQL.
    meaning: String,
    /// Whether it is an index that no model says: for `LIKE` beside another, as Django makes them for text on one
    /// database, or that of a foreign key where the database has one for each.
    comes_by_itself: bool,
}

impl Part {
    fn plain(name: Option<String>, words: String) -> Part {
        Part {
            name,
            meaning: words.clone(),
            words,
            comes_by_itself: false,
        }
    }

    fn of_unique(unique: &Unique) -> Part {
        let deferrable = unique
            .deferrable
            .map_or(String::new(), |when| format!(" deferrable {when:?}"));
        let nulls = if unique.nulls_distinct == Some(false) {
            " nulls not distinct"
        } else {
            ""
        };
        let words = format!("({}){deferrable}{nulls}", unique.columns.join(", "));
        Part::plain(unique.name.clone(), words)
    }

    fn of_index(index: &Index) -> Part {
        Part {
            name: Some(index.name.clone()),
            words: index_words(index, &|sql| sql.to_owned()),
            meaning: index_words(index, &meaning),
            comes_by_itself: !index.unique
                && index.parts.iter().all(|part| {
                    let class = part.opclass.as_deref();
                    class.is_some_and(|class| class.ends_with("_pattern_ops"))
                }),
        }
    }

    fn of_foreign_key(key: &ForeignKey) -> Part {
        // To refuse at once or at the end of the statement: no state tells them apart.
        let action = match key.on_delete {
            ReferentialAction::Restrict => ReferentialAction::NoAction,
            action => action,
        };
        let words = format!(
            "({}) to {} ({}){}",
            key.columns.join(", "),
            key.to_table,
            key.to_columns.join(", "),
            action.clause()
        );
        Part::plain(key.name.clone(), words)
    }

    fn of_check(check: &Check) -> Part {
        Part {
            meaning: meaning(&check.condition),
            ..Part::plain(check.name.clone(), check.condition.clone())
        }
    }
}

/// The words of an index, with its SQL in the words of `sql`.
fn index_words(index: &Index, sql: &dyn Fn(&str) -> String) -> String {
    let part = |part: &crate::schema::IndexPart| {
        let target = match &part.target {
            IndexTarget::Column(column) => column.clone(),
            IndexTarget::Expression(text) => format!("({})", sql(text)),
        };
        let opclass = part
            .opclass
            .as_ref()
            .map_or(String::new(), |name| format!(" {name}"));
        let descending = if part.descending { " DESC" } else { "" };
        format!("{target}{opclass}{descending}")
    };
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let unique = if index.unique { "unique " } else { "" };
    let mut words = format!("{unique}({})", parts.join(", "));
    if let Some(using) = &index.using {
        words += &format!(" using {using}");
    }
    if !index.include.is_empty() {
        words += &format!(" include ({})", index.include.join(", "));
    }
    if let Some(condition) = &index.condition {
        words += &format!(" where {}", sql(condition));
    }
    if index.nulls_distinct == Some(false) {
        words += " nulls not distinct";
    }
    words
}

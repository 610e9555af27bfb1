//! What hurts on PostgreSQL: locks on tables in use that last as long as the table is large, statements that a
//! transaction does not take, and what turns out otherwise than it reads.

use super::ddl::PostgresEditor;
use super::impact::{impact, is_written_into_rows};
use crate::schema::{ColumnType, Deferrable};
use crate::sql::{
    Act, Blocks, Concern, Effect, LintSubject, Placement, Remedy, Rule, Severity, Word, Work,
    Written,
};

const INFO: Severity = Severity::Info;
const WARNING: Severity = Severity::Warning;
const ERROR: Severity = Severity::Error;
const OFF: Severity = Severity::Off;

const ONLINE: &str =
    "leave it to the migration without `atomic = true`, which goes about it in small steps";

pub(super) static RULES: &[Rule] = &[
    DATA_UNDER_LOCK,
    INDEX,
    INDEX_DROPPED,
    CONCURRENTLY,
    CORRUPT_INDEXES,
    INVALID_STAYS,
    UNIQUE,
    PRIMARY_KEY,
    FOREIGN_KEY,
    CHECK,
    VALIDATE,
    EXCLUSION,
    FOREIGN_KEY_DROPPED,
    NOT_NULL,
    VOLATILE,
    STORED,
    IDENTITY,
    RETYPED,
    RETYPED_AND_NOT_NULL,
    STYLE,
    LONG_NAME,
    ENUM,
    NO_LIMIT,
    NOT_AGAIN,
    UNQUALIFIED,
    MAINTENANCE,
    DOMAIN,
    SCHEMA_RENAMED,
    UNINDEXED,
    DEFERRABLE,
];

const DATA_UNDER_LOCK: Rule = Rule::new(
    "DM101",
    WARNING,
    [
        "rows are written while a table is locked",
        "the lock of a change of structure lasts until the transaction ends, and everybody waits for the rows as well",
        "write the rows in a migration of their own",
    ],
);
const INDEX: Rule = Rule::new(
    "PG101",
    ERROR,
    [
        "an index is built while nobody can write",
        "SHARE is held for as long as the building takes",
        ONLINE,
    ],
);
const INDEX_DROPPED: Rule = Rule::new(
    "PG102",
    WARNING,
    [
        "an index is dropped under ACCESS EXCLUSIVE",
        "everybody waits behind it while it waits for those who are reading",
        ONLINE,
    ],
);
const CONCURRENTLY: Rule = Rule::new(
    "PG103",
    ERROR,
    [
        "a statement stands in a transaction that none takes",
        "the server refuses it",
        "give it a `run_sql` of its own, in a file that says `atomic = false`",
    ],
);
const CORRUPT_INDEXES: Rule = Rule::new(
    "PG104",
    ERROR,
    [
        "an index is built concurrently by a version that corrupts indexes",
        "PostgreSQL 14.0 to 14.3 may leave rows out of it",
        "update the server to 14.4 or later first",
    ],
);
const INVALID_STAYS: Rule = Rule::new(
    "PG105",
    ERROR,
    [
        "an index is built CONCURRENTLY IF NOT EXISTS",
        "a failed attempt leaves an invalid index, which counts as existing: the second attempt says nothing and leaves it",
        "leave IF NOT EXISTS out, or use the operation `add_index`, which repairs it",
    ],
);
const UNIQUE: Rule = Rule::new(
    "PG201",
    ERROR,
    [
        "a unique constraint builds its index under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "build the unique index CONCURRENTLY, and add the constraint USING INDEX; without `atomic = true` the migration does that by itself",
    ],
);
const PRIMARY_KEY: Rule = Rule::new(
    "PG202",
    ERROR,
    [
        "a primary key builds its index under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "build a unique index CONCURRENTLY over columns that are NOT NULL, and add the key USING INDEX",
    ],
);
const FOREIGN_KEY: Rule = Rule::new(
    "PG203",
    ERROR,
    [
        "a foreign key looks at all rows while nobody can write to either table",
        "SHARE ROW EXCLUSIVE is held on both for as long as that takes",
        "add it NOT VALID, and validate it in a transaction of its own; without `atomic = true` the migration does that by itself",
    ],
);
const CHECK: Rule = Rule::new(
    "PG204",
    ERROR,
    [
        "a check looks at all rows under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "add it NOT VALID, and validate it in a transaction of its own; without `atomic = true` the migration does that by itself",
    ],
);
const VALIDATE: Rule = Rule::new(
    "PG205",
    ERROR,
    [
        "a constraint is validated in the transaction that has locked the table",
        "the lock lasts for as long as all rows are looked at, which is what NOT VALID was to avoid",
        "validate it in a transaction of its own: another migration, or this one without `atomic = true`",
    ],
);
const EXCLUSION: Rule = Rule::new(
    "PG206",
    WARNING,
    [
        "an exclusion constraint builds its index under ACCESS EXCLUSIVE",
        "nobody can read or write meanwhile, and PostgreSQL knows no gentler way",
        "do it while nobody needs the table",
    ],
);
const FOREIGN_KEY_DROPPED: Rule = Rule::new(
    "PG207",
    INFO,
    [
        "dropping a foreign key locks both tables",
        "ACCESS EXCLUSIVE is taken on the table that is referred to as well",
        "see that no long transaction uses either",
    ],
);
const NOT_NULL: Rule = Rule::new(
    "PG301",
    ERROR,
    [
        "NOT NULL looks at all rows under ACCESS EXCLUSIVE",
        "nobody can read or write for as long as that takes",
        "let a validated check say it first; without `atomic = true` the migration does that by itself",
    ],
);
const VOLATILE: Rule = Rule::new(
    "PG302",
    ERROR,
    [
        "a new column has another value in each row",
        "the whole table is written anew under ACCESS EXCLUSIVE",
        "add it without the default, set the default after that, and fill the rows in batches",
    ],
);
const STORED: Rule = Rule::new(
    "PG303",
    ERROR,
    [
        "a stored generated column is added",
        "the whole table is written anew under ACCESS EXCLUSIVE",
        "add a plain column, keep it up to date by a trigger, and fill the rows in batches",
    ],
);
const IDENTITY: Rule = Rule::new(
    "PG304",
    ERROR,
    [
        "a column that numbers rows is added",
        "the whole table is written anew under ACCESS EXCLUSIVE",
        "do it while nobody needs the table, or copy into a new one",
    ],
);
const RETYPED: Rule = Rule::new(
    "PG305",
    ERROR,
    [
        "a change of type writes the whole table anew",
        "that happens under ACCESS EXCLUSIVE, and indexes are built again",
        "add a column of the new type, write both, fill it in batches, and drop the old one a release later",
    ],
);
const RETYPED_AND_NOT_NULL: Rule = Rule::new(
    "PG307",
    WARNING,
    [
        "a column changes its type and becomes NOT NULL at once",
        "all rows are looked at again under the lock of the change",
        "change the type first, and make it NOT NULL in a migration after that",
    ],
);
const STYLE: Rule = Rule::new(
    "PG401",
    OFF,
    [
        "a type that PostgreSQL has a better one for",
        "it has surprises in store",
        "use timestamptz, text, bigint, jsonb and GENERATED … AS IDENTITY",
    ],
);
const LONG_NAME: Rule = Rule::new(
    "PG402",
    ERROR,
    [
        "a name is longer than 63 bytes",
        "PostgreSQL cuts it in silence, and two names may become one",
        "choose a shorter one",
    ],
);
const ENUM: Rule = Rule::new(
    "PG403",
    WARNING,
    [
        "the values of an enumerated type change",
        "a new value cannot be used in the transaction that adds it, stands last unless its place is said, and an old name is gone for those who still use it",
        "say BEFORE or AFTER, in a file with `atomic = false`",
    ],
);
const NO_LIMIT: Rule = Rule::new(
    "PG404",
    WARNING,
    [
        "a statement waits for a table for ever",
        "while it waits, everybody waits behind it",
        "set `table_lock_timeout` in migrate.toml to some seconds",
    ],
);
const NOT_AGAIN: Rule = Rule::new(
    "PG405",
    INFO,
    [
        "a statement outside of a transaction cannot be run twice",
        "where the program is killed right after it, the next run fails at it",
        "say IF EXISTS or IF NOT EXISTS, except with CONCURRENTLY",
    ],
);
const UNQUALIFIED: Rule = Rule::new(
    "PG406",
    OFF,
    [
        "a table is named without its schema",
        "which one is meant depends on search_path",
        "write the schema before the name",
    ],
);
const MAINTENANCE: Rule = Rule::new(
    "PG407",
    ERROR,
    [
        "a table is locked while it is put in order",
        "nobody can use it for as long as that takes",
        "say CONCURRENTLY where there is such a word, in a file with `atomic = false`; else use a tool that copies beside the traffic",
    ],
);
const DOMAIN: Rule = Rule::new(
    "PG408",
    WARNING,
    [
        "a domain gets a constraint",
        "all rows of all tables that use it are looked at while they are locked",
        "add it NOT VALID, or use a check on the column",
    ],
);
const SCHEMA_RENAMED: Rule = Rule::new(
    "PG409",
    ERROR,
    [
        "a schema is renamed",
        "the release that still runs finds none of its tables",
        "make a new schema, and move to it table by table",
    ],
);
const UNINDEXED: Rule = Rule::new(
    "PG410",
    WARNING,
    [
        "a foreign key has no index",
        "each deleted or renumbered row of the other table makes the server read all of this one",
        "leave `index = false` out, or add an index that begins with the column",
    ],
);
const DEFERRABLE: Rule = Rule::new(
    "PG412",
    INFO,
    [
        "a unique constraint is deferrable",
        "ON CONFLICT fails on its columns: no upsert can name them",
        "leave `deferrable` out where rows are upserted",
    ],
);

/// What is found in a statement.
pub(super) fn lint(editor: &PostgresEditor, subject: &LintSubject<'_>) -> Vec<Concern> {
    let mut found = Vec::new();
    if let Some(written) = subject.written {
        by_hand(written, subject, &mut found);
    }
    let statement = subject.statement;
    let is_write = match subject.written {
        Some(written) => matches!(
            written.act,
            Act::Insert | Act::Update { .. } | Act::Delete { .. }
        ),
        None => statement.writes_rows && statement.place == Placement::Together,
    };
    if is_write
        && !subject.is_new
        && let Some(locked) = subject.earlier.first()
    {
        let detail = format!("rows are written while `{}` is locked", locked.table);
        found.push(Concern::new(
            &DATA_UNDER_LOCK,
            locked.table.as_str(),
            detail,
        ));
    }
    shape(subject, &mut found);
    if subject.is_new || statement.table.is_empty() {
        return found;
    }
    found.extend(locks(editor, subject));
    let blocks = impact(statement).blocks;
    let takes_lock = matches!(blocks, Blocks::Writes | Blocks::ReadsAndWrites);
    if subject.waits_for_ever && takes_lock {
        found.push(subject.concern(&NO_LIMIT, None, "nothing limits how long it waits"));
    }
    found
}

/// What keeps others from a table for long.
fn locks(editor: &PostgresEditor, subject: &LintSubject<'_>) -> Option<Concern> {
    let statement = subject.statement;
    let table = statement.table.as_str();
    let by_hand = subject.written.is_some();
    let concurrently = || {
        let sql = &statement.sql;
        let at = sql.to_ascii_uppercase().find("INDEX")? + "INDEX".len();
        let alone = 1 < subject.together_with || subject.in_transaction;
        by_hand.then(|| Remedy::Rewrite {
            sql: format!("{} CONCURRENTLY{}", &sql[..at], &sql[at..]),
            stepwise: alone,
            portable: false,
        })
    };
    let found = |rule, column: Option<&str>, detail: String| {
        Some(subject.concern(rule, column, detail).with(subject.let_go()))
    };
    match &statement.effect {
        Effect::CreateIndex(_) if statement.place == Placement::Outside => {
            let is_broken = !editor.builds_concurrently();
            let detail = format!("the index on `{table}` may lack rows");
            is_broken.then(|| subject.concern(&CORRUPT_INDEXES, None, detail))
        }
        Effect::CreateIndex(index) => {
            let detail = format!(
                "`{}` is built while nobody can write to `{table}`",
                index.name
            );
            let remedy = subject.let_go().or_else(concurrently);
            Some(subject.concern(&INDEX, None, detail).with(remedy))
        }
        Effect::DropIndex(name)
            if statement.place != Placement::Outside && (by_hand || subject.fixed) =>
        {
            let detail = format!("`{name}` goes while nobody can use `{table}`");
            let remedy = subject.let_go().or_else(concurrently);
            Some(subject.concern(&INDEX_DROPPED, None, detail).with(remedy))
        }
        Effect::AddUnique {
            unique,
            built: false,
        } => {
            let columns = unique.columns.join(", ");
            let detail =
                format!("the index over `{columns}` is built while nobody can use `{table}`");
            found(&UNIQUE, Some(&columns), detail)
        }
        Effect::AddPrimaryKey(columns) => {
            let columns = columns.join(", ");
            let detail =
                format!("the index over `{columns}` is built while nobody can use `{table}`");
            found(&PRIMARY_KEY, Some(&columns), detail)
        }
        Effect::AddForeignKey { key, valid: true } => {
            let columns = key.columns.join(", ");
            let detail = format!(
                "nobody can write to `{table}` and `{}` meanwhile",
                key.to_table
            );
            found(&FOREIGN_KEY, Some(&columns), detail)
        }
        Effect::AddCheck { check, valid: true } => {
            let name = check.name.as_deref().unwrap_or("without a name");
            found(
                &CHECK,
                None,
                format!("the check `{name}` reads `{table}` while nobody can use it"),
            )
        }
        Effect::Validate(name) => {
            let locked = |one: &&crate::sql::DdlStatement| one.table == table;
            let is_locked =
                subject.in_transaction && subject.earlier.iter().any(|one| locked(&one));
            let detail = format!("`{name}` is validated while `{table}` is locked");
            is_locked.then(|| {
                subject
                    .concern(&VALIDATE, None, detail)
                    .with(subject.let_go())
            })
        }
        Effect::AddExclusion(name) => found(
            &EXCLUSION,
            None,
            format!("`{name}` is built while nobody can use `{table}`"),
        ),
        Effect::DropForeignKey(key) => {
            let detail = format!("`{table}` and `{}` are locked for a moment", key.to_table);
            Some(subject.concern(&FOREIGN_KEY_DROPPED, None, detail))
        }
        Effect::SetNotNull {
            column,
            proven: false,
        } => {
            let detail = format!("all rows are looked at while nobody can use `{table}`");
            found(&NOT_NULL, Some(column), detail)
        }
        Effect::AddColumn(column) if is_written_into_rows(column) => {
            let rule = match (&column.generated, column.identity) {
                (Some(_), _) => &STORED,
                (None, true) => &IDENTITY,
                (None, false) => &VOLATILE,
            };
            let detail = format!("`{table}` is written anew while nobody can use it");
            Some(subject.concern(rule, Some(&column.name), detail))
        }
        Effect::AlterColumn(column) => {
            let name = Some(column.after.name.as_str());
            if column.before.null && !column.after.null && column.retyped() {
                let detail = "the type and NOT NULL change at once";
                return Some(subject.concern(&RETYPED_AND_NOT_NULL, name, detail));
            }
            let work = impact(statement).work;
            let checks = subject.table().map_or(&[][..], |table| &table.checks);
            let is_checked = checks.iter().any(|check| {
                crate::schema::mentions_identifier(&check.condition, &column.after.name)
            });
            match work {
                Work::Rewrite => {
                    let detail = format!("`{table}` is written anew while nobody can use it");
                    Some(subject.concern(&RETYPED, name, detail))
                }
                _ if column.retyped() && is_checked => {
                    let detail = format!("checks on it read all of `{table}` again");
                    Some(subject.concern(&RETYPED, name, detail).weighing(WARNING))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a table is like afterwards, new or not.
fn shape(subject: &LintSubject<'_>, found: &mut Vec<Concern>) {
    let statement = subject.statement;
    let Some(table) = subject.table_after() else {
        return;
    };
    match &statement.effect {
        Effect::AddForeignKey { key, .. } => {
            if let [column] = key.columns.as_slice()
                && !table.has_index_from(column, "")
            {
                let detail = format!("nothing indexes `{}.{column}`", table.name);
                found.push(subject.concern(&UNINDEXED, Some(column), detail));
            }
        }
        Effect::CreateTable => {
            for unique in table
                .uniques
                .iter()
                .filter(|unique| unique.deferrable.is_some())
            {
                found.push(deferred(subject, &unique.columns, unique.deferrable));
            }
            small_key(subject, table, found);
        }
        Effect::AddUnique { unique, .. } if unique.deferrable.is_some() => {
            found.push(deferred(subject, &unique.columns, unique.deferrable));
        }
        _ => {}
    }
}

fn deferred(subject: &LintSubject<'_>, columns: &[String], when: Option<Deferrable>) -> Concern {
    let columns = columns.join(", ");
    let words = match when {
        Some(Deferrable::Deferred) => "waits for the end of the transaction",
        _ => "can wait for the end of the transaction",
    };
    let detail = format!("the uniqueness of `{columns}` {words}");
    subject.concern(&DEFERRABLE, Some(&columns), detail)
}

fn small_key(subject: &LintSubject<'_>, table: &crate::schema::Table, found: &mut Vec<Concern>) {
    let key = table.single_key().and_then(|key| table.column(key));
    if let Some(key) = key.filter(|key| {
        key.identity && matches!(key.ty, ColumnType::Integer | ColumnType::SmallInteger)
    }) {
        let detail = format!("the key `{}` has no room for more than 32 bits", key.name);
        found.push(subject.concern(&STYLE, Some(&key.name), detail));
    }
}

/// What was written by hand and reads better than it is.
fn by_hand(written: &Written, subject: &LintSubject<'_>, found: &mut Vec<Concern>) {
    let sql = subject.statement.sql.as_str();
    let is_outside = written.statement.place == Placement::Outside;
    let whole = |rule, detail: String| Concern::new(rule, "run_sql", detail);
    let alone = |sql: String| {
        Some(Remedy::Rewrite {
            sql,
            stepwise: true,
            portable: false,
        })
    };
    match &written.act {
        Act::Alone(what) if subject.in_transaction => {
            let detail = format!("{what} stands in a transaction");
            found.push(whole(&CONCURRENTLY, detail).with(alone(sql.to_owned())));
        }
        Act::Maintenance(what) => {
            found.push(whole(
                &MAINTENANCE,
                format!("{what} locks what it works on"),
            ));
        }
        Act::AddEnumValue { placed } if !placed || subject.in_transaction => {
            found.push(whole(&ENUM, "a value is added to a type".to_owned()));
        }
        Act::RenameEnumValue => found.push(whole(&ENUM, "a value of a type is renamed".to_owned())),
        Act::ConstrainDomain(name) => {
            found.push(whole(
                &DOMAIN,
                format!("the domain `{name}` gets a constraint"),
            ));
        }
        Act::RenameSchema(name) => {
            found.push(whole(
                &SCHEMA_RENAMED,
                format!("the schema `{name}` is renamed"),
            ));
        }
        Act::Setting { name, value } if name == "lock_timeout" && value == "0" => {
            found.push(whole(&NO_LIMIT, "lock_timeout is set to 0".to_owned()));
        }
        _ => {}
    }
    if is_outside && subject.in_transaction {
        let detail = "CONCURRENTLY stands in a transaction".to_owned();
        found.push(
            subject
                .concern(&CONCURRENTLY, None, detail)
                .with(alone(sql.to_owned())),
        );
    }
    let is_index = matches!(written.statement.effect, Effect::CreateIndex(_));
    if is_index && is_outside && written.guarded {
        let detail = "an invalid index of that name stays as it is";
        let remedy = Remedy::Rewrite {
            sql: without_guard(sql),
            stepwise: false,
            portable: false,
        };
        found.push(
            subject
                .concern(&INVALID_STAYS, None, detail)
                .with(Some(remedy)),
        );
    }
    let changes_structure = written.act == Act::Effect
        && !matches!(written.statement.effect, Effect::Unknown | Effect::Setting);
    if !subject.in_transaction && changes_structure && !written.guarded && !is_outside {
        found.push(subject.concern(&NOT_AGAIN, None, "it fails where it was done already"));
    }
    for word in &written.words {
        spelled(word, subject, found);
    }
}

fn spelled(word: &Word, subject: &LintSubject<'_>, found: &mut Vec<Concern>) {
    match word {
        Word::Type { column, name } => {
            let better = match name.split('(').next().unwrap_or_default().trim() {
                "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => "timestamptz",
                "CHAR" | "CHARACTER" => "text",
                "SERIAL" | "BIGSERIAL" | "SMALLSERIAL" => "GENERATED BY DEFAULT AS IDENTITY",
                "JSON" => "jsonb",
                "VARCHAR" | "CHARACTER VARYING" => "text with a check",
                _ => return,
            };
            let detail = format!("`{column}` is {name}; {better} is better");
            found.push(subject.concern(&STYLE, Some(column), detail));
        }
        Word::Name(name) if 63 < name.len() => {
            let detail = format!("`{name}` has {} bytes", name.len());
            found.push(subject.concern(&LONG_NAME, None, detail));
        }
        Word::Unqualified(table) => {
            let detail = format!("`{table}` has no schema before it");
            found.push(subject.concern(&UNQUALIFIED, None, detail));
        }
        _ => {}
    }
}

/// The statement without IF NOT EXISTS.
fn without_guard(sql: &str) -> String {
    const GUARD: [&str; 3] = ["IF", "NOT", "EXISTS"];
    let words: Vec<&str> = sql.split(' ').collect();
    let is_guard = |at: usize| {
        let three = words.get(at..at + 3);
        three.is_some_and(|three| {
            three
                .iter()
                .zip(GUARD)
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
        })
    };
    match (0..words.len()).find(|at| is_guard(*at)) {
        Some(at) => [&words[..at], &words[at + 3..]].concat().join(" "),
        None => sql.to_owned(),
    }
}

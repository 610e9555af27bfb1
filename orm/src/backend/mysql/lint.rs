//! What hurts on MySQL and MariaDB: changes that copy the table while nobody can write, and definitions that the server
//! takes otherwise than they read.

use super::online::{Way, way};
use super::{Flavour, types};
use crate::schema::{ColumnType, IndexTarget, Table};
use crate::sql::{Concern, Effect, LintSubject, Remedy, Rule, Severity, Version, Word, Written};

const INFO: Severity = Severity::Info;
const WARNING: Severity = Severity::Warning;
const ERROR: Severity = Severity::Error;

/// The longest key of an index, in bytes, in tables as they are made by default.
const LONGEST_KEY: u32 = 3072;

pub(super) static RULES: &[Rule] = &[
    ZERO_VALUES,
    IGNORED_REFERENCE,
    COPY,
    BLOCKING,
    COMPUTED_DEFAULT,
    FOREIGN_KEY,
    CHECK,
    LENGTH_BYTES,
    UNSTATED,
    RESTATED,
    NOT_STRICT,
    LARGE,
    LONG_KEY,
];

const ZERO_VALUES: Rule = Rule::new(
    "MY101",
    ERROR,
    [
        "rows get a value that nobody has said",
        "a column that is NOT NULL without a default is 0, '' or the like in the rows that exist",
        "say a default, or let it be NULL until it is filled",
    ],
);
const IGNORED_REFERENCE: Rule = Rule::new(
    "MY102",
    ERROR,
    [
        "REFERENCES stands in the definition of a column",
        "MySQL before 9.0 reads it and makes no foreign key",
        "add the foreign key as a constraint of its own",
    ],
);
const COPY: Rule = Rule::new(
    "MY201",
    WARNING,
    [
        "the table is copied while nobody can write to it",
        "that takes as long as the table is large",
        "do it while nobody needs the table, or with a tool that copies beside the traffic; `migrate apply` asks for `allow = [\"table_copy\"]` where the table is large",
    ],
);
const BLOCKING: Rule = Rule::new(
    "MY202",
    ERROR,
    [
        "a statement asks the server to keep others out",
        "nobody can write for as long as it takes",
        "say LOCK=NONE, so that the server refuses what it cannot do beside the traffic",
    ],
);
const COMPUTED_DEFAULT: Rule = Rule::new(
    "MY203",
    WARNING,
    [
        "a new column has a computed default",
        "the table is written anew, in place",
        "add it without the default, and set that after the rows are filled",
    ],
);
const FOREIGN_KEY: Rule = Rule::new(
    "MY204",
    WARNING,
    [
        "a foreign key is added",
        "the table is copied while nobody can write to it; only without a look at the rows would it be quick",
        "do it while nobody needs the table",
    ],
);
const CHECK: Rule = Rule::new(
    "MY205",
    WARNING,
    [
        "a check is added",
        "the table is copied while nobody can write to it",
        "do it while nobody needs the table",
    ],
);
const LENGTH_BYTES: Rule = Rule::new(
    "MY206",
    WARNING,
    [
        "text grows over 255 bytes",
        "its length then takes two bytes, and the table is copied while nobody can write to it",
        "choose a length over 63 characters from the beginning",
    ],
);
const UNSTATED: Rule = Rule::new(
    "MY207",
    INFO,
    [
        "a statement does not say how the server is to go about it",
        "where it cannot be done beside the traffic, the server copies the table in silence",
        "say ALGORITHM=INPLACE, LOCK=NONE, so that it refuses instead",
    ],
);
const RESTATED: Rule = Rule::new(
    "MY208",
    ERROR,
    [
        "a column is defined anew without all that belonged to it",
        "what MODIFY and CHANGE do not repeat is gone",
        "repeat it, or use the operation `alter_field`",
    ],
);
const NOT_STRICT: Rule = Rule::new(
    "MY211",
    ERROR,
    [
        "the strict mode is turned off",
        "NULLs become zeros and long text is cut, without a word",
        "leave sql_mode as it is",
    ],
);
const LARGE: Rule = Rule::new(
    "MY212",
    ERROR,
    [
        "a large table is written anew",
        "it takes long, needs its room twice, and replicas fall behind",
        "use gh-ost or pt-online-schema-change, and note the migration with `migrate apply --fake`",
    ],
);
const LONG_KEY: Rule = Rule::new(
    "MY213",
    ERROR,
    [
        "the key of an index is longer than 3072 bytes",
        "the server refuses it",
        "shorten the text, or index fewer columns",
    ],
);

/// What is found in a statement.
pub(super) fn lint(flavour: Flavour, subject: &LintSubject<'_>) -> Vec<Concern> {
    let mut found = Vec::new();
    if let Some(written) = subject.written {
        by_hand(flavour, written, subject, &mut found);
    }
    found.extend(keys(subject));
    if !subject.is_new && !subject.statement.table.is_empty() {
        locks(flavour, subject, &mut found);
    }
    found
}

fn locks(flavour: Flavour, subject: &LintSubject<'_>, found: &mut Vec<Concern>) {
    let effect = &subject.statement.effect;
    let table = subject.statement.table.as_str();
    let Some(way) = way(flavour, effect) else {
        return;
    };
    let copied = format!("`{table}` is copied while nobody can write to it");
    let is_copy = way == Way::Copy;
    let concern = match effect {
        Effect::AddForeignKey { key, .. } if is_copy => {
            let columns = key.columns.join(", ");
            Some(subject.concern(&FOREIGN_KEY, Some(&columns), copied))
        }
        Effect::AddCheck { .. } if is_copy => Some(subject.concern(&CHECK, None, copied)),
        Effect::AlterColumn(column) if is_copy => {
            let name = Some(column.after.name.as_str());
            let rule = match (&column.before.ty, &column.after.ty) {
                (ColumnType::Varchar(Some(was)), ColumnType::Varchar(Some(is)))
                    if was <= is && column.before.null == column.after.null =>
                {
                    &LENGTH_BYTES
                }
                _ => &COPY,
            };
            Some(subject.concern(rule, name, copied))
        }
        Effect::AddColumn(column) if is_copy => {
            Some(subject.concern(&COPY, Some(&column.name), copied))
        }
        Effect::AddColumn(column) if way == Way::InPlace && column.default.is_some() => {
            let computed = column
                .default
                .as_ref()
                .is_some_and(|default| default.sql.starts_with('('));
            let detail = format!("`{table}` is written anew");
            computed.then(|| subject.concern(&COMPUTED_DEFAULT, Some(&column.name), detail))
        }
        _ if is_copy => Some(subject.concern(&COPY, None, copied)),
        _ => None,
    };
    if concern.is_some() && subject.is_large() {
        let rows = subject.rows.unwrap_or_default();
        found.push(subject.concern(&LARGE, None, format!("`{table}` has {rows} rows")));
    }
    found.extend(concern);
}

/// Keys of indexes that are too long.
fn keys(subject: &LintSubject<'_>) -> Vec<Concern> {
    let Some(table) = subject.table_after() else {
        return Vec::new();
    };
    let of_index = |index: &crate::schema::Index| {
        let columns = index.parts.iter().filter_map(|part| match &part.target {
            IndexTarget::Column(name) => Some(name.clone()),
            IndexTarget::Expression(_) => None,
        });
        (index.name.clone(), columns.collect::<Vec<_>>())
    };
    let of_unique = |unique: &crate::schema::Unique| {
        (
            unique.name.clone().unwrap_or_default(),
            unique.columns.clone(),
        )
    };
    let keys: Vec<(String, Vec<String>)> = match &subject.statement.effect {
        Effect::CreateIndex(index) => vec![of_index(index)],
        Effect::AddUnique { unique, .. } => vec![of_unique(unique)],
        Effect::CreateTable if subject.written.is_none() => {
            table.uniques.iter().map(of_unique).collect()
        }
        _ => Vec::new(),
    };
    let too_long = |(name, columns): (String, Vec<String>)| {
        let length: u32 = columns.iter().map(|column| key_bytes(table, column)).sum();
        let detail = format!("`{name}` takes {length} bytes");
        (LONGEST_KEY < length).then(|| subject.concern(&LONG_KEY, None, detail))
    };
    keys.into_iter().filter_map(too_long).collect()
}

/// What a column takes in a key: up to four bytes a character, and two for the length.
fn key_bytes(table: &Table, column: &str) -> u32 {
    match table.column(column).map(|column| &column.ty) {
        Some(ColumnType::Varchar(Some(length))) => length.saturating_mul(4).saturating_add(2),
        _ => 9,
    }
}

fn by_hand(
    flavour: Flavour,
    written: &Written,
    subject: &LintSubject<'_>,
    found: &mut Vec<Concern>,
) {
    let effect = &written.statement.effect;
    if let crate::sql::Act::Setting { name, value } = &written.act
        && name == "sql_mode"
        && !value.to_ascii_uppercase().contains("STRICT")
    {
        let detail = "sql_mode is set without STRICT_TRANS_TABLES";
        found.push(Concern::new(&NOT_STRICT, "run_sql", detail));
    }
    for word in &written.words {
        match word {
            Word::Reference { column, table } => {
                let is_ignored = match flavour {
                    Flavour::Mysql(version) => version < Version::new(9, 0, 0),
                    Flavour::Mariadb(_) => false,
                };
                if is_ignored {
                    let detail = format!("`{column}` refers to `{table}` in words only");
                    found.push(subject.concern(&IGNORED_REFERENCE, Some(column), detail));
                }
            }
            Word::Blocking(words) if !subject.is_new => {
                found.push(subject.concern(&BLOCKING, None, format!("it says {words}")));
            }
            _ => {}
        }
    }
    if subject.is_new {
        return;
    }
    match effect {
        Effect::AddColumn(column)
            if !column.null
                && !column.identity
                && column.default.is_none()
                && column.generated.is_none() =>
        {
            let detail = format!("`{}` is zero or empty in the rows that exist", column.name);
            found.push(subject.concern(&ZERO_VALUES, Some(&column.name), detail));
        }
        Effect::AlterColumn(column) if written.restated => {
            let lost = lost(flavour, &column.before, &column.after);
            if !lost.is_empty() {
                let detail = format!("it does not repeat {}", lost.join(", "));
                found.push(subject.concern(&RESTATED, Some(&column.after.name), detail));
            }
        }
        _ => {}
    }
    let sql = written.statement.sql.trim_end();
    let is_alter = sql
        .get(..11)
        .is_some_and(|start| start.eq_ignore_ascii_case("ALTER TABLE"));
    let gentle = way(flavour, effect).filter(|way| *way != Way::Copy);
    if let (true, false, Some(_)) = (is_alter, written.stated, gentle) {
        let remedy = Remedy::Rewrite {
            sql: format!("{sql}, ALGORITHM=INPLACE, LOCK=NONE"),
            stepwise: false,
            portable: false,
        };
        let detail = "it says neither ALGORITHM nor LOCK";
        found.push(subject.concern(&UNSTATED, None, detail).with(Some(remedy)));
    }
}

/// What a column had and a new definition does not repeat.
fn lost(
    flavour: Flavour,
    before: &crate::schema::Column,
    after: &crate::schema::Column,
) -> Vec<String> {
    let mut lost = Vec::new();
    if let (Some(default), None) = (&before.default, &after.default) {
        lost.push(format!("DEFAULT {}", default.sql));
    }
    if let (Some(comment), None) = (&before.comment, &after.comment) {
        lost.push(format!("COMMENT '{comment}'"));
    }
    if let (Some(collation), None) = (&before.collation, &after.collation)
        && after.ty.is_text()
    {
        lost.push(format!("COLLATE {collation}"));
    }
    if before.identity && !after.identity {
        lost.push("AUTO_INCREMENT".to_owned());
    }
    if !before.null && after.null {
        lost.push(format!(
            "NOT NULL (of {})",
            types::name(flavour, &before.ty)
        ));
    }
    lost
}

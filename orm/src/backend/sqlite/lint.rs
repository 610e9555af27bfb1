//! What hurts on SQLite: tables that are made anew, and SQL that it takes otherwise than it reads.

use crate::schema::ReferentialAction;
use crate::sql::{Act, Concern, Effect, LintSubject, Remedy, Rule, Severity, Word};

pub(super) static RULES: &[Rule] = &[DELETES_CHILDREN, CASE_ONLY, DOUBLE_QUOTES, REBUILT];

const DELETES_CHILDREN: Rule = Rule::new(
    "LT103",
    Severity::Error,
    [
        "a table is dropped by hand that others refer to with ON DELETE",
        "SQLite deletes its rows first, and those that refer to them go or change with them",
        "drop the model instead, or the foreign keys first",
    ],
);
const CASE_ONLY: Rule = Rule::new(
    "LT104",
    Severity::Error,
    [
        "a name changes in its case only",
        "SQLite takes the two for one, and refuses",
        "rename it to another name first",
    ],
);
const DOUBLE_QUOTES: Rule = Rule::new(
    "LT105",
    Severity::Warning,
    [
        "a default stands in double quotes",
        "those are for names; SQLite takes it for text where there is no such name, other databases do not",
        "use single quotes",
    ],
);
const REBUILT: Rule = Rule::new(
    "LT106",
    Severity::Info,
    [
        "a table is made anew and filled from the old one",
        "it needs its room twice, and nobody can write to the database meanwhile",
        "do it while nobody needs the database, where the table is large",
    ],
);

/// What is found in a statement.
pub(super) fn lint(subject: &LintSubject<'_>) -> Vec<Concern> {
    let mut found = Vec::new();
    let table = subject.statement.table.as_str();
    if let Some(written) = subject.written {
        for word in &written.words {
            if let Word::QuotedDefault { column, text } = word {
                let sql = &subject.statement.sql;
                let right = format!("'{}'", text.replace('\'', "''"));
                let remedy = Remedy::Rewrite {
                    sql: sql.replace(&format!("\"{text}\""), &right),
                    stepwise: false,
                    portable: true,
                };
                let detail = format!("the default of `{column}` is \"{text}\"");
                let concern = subject.concern(&DOUBLE_QUOTES, Some(column), detail);
                found.push(concern.with(Some(remedy)));
            }
        }
        if let (Act::Effect, Effect::RenameTable(to)) = (&written.act, &subject.statement.effect)
            && to != table
            && to.eq_ignore_ascii_case(table)
        {
            let detail = format!("`{table}` becomes `{to}`");
            found.push(subject.concern(&CASE_ONLY, None, detail));
        }
        if subject.statement.effect == Effect::DropTable && !subject.is_new {
            let harmed = subject.schema.tables.values().filter(|other| {
                let harms = |key: &crate::schema::ForeignKey| {
                    let harmless = [ReferentialAction::NoAction, ReferentialAction::Restrict];
                    key.to_table == table && !harmless.contains(&key.on_delete)
                };
                other.name != table && other.foreign_keys.iter().any(harms)
            });
            let names: Vec<String> = harmed.map(|other| format!("`{}`", other.name)).collect();
            if !names.is_empty() {
                let detail = format!("rows of {} go or change with it", names.join(", "));
                found.push(subject.concern(&DELETES_CHILDREN, None, detail));
            }
        }
    }
    if let Effect::RebuildTable { .. } = subject.statement.effect
        && !subject.is_new
    {
        let rows = subject
            .rows
            .map_or(String::new(), |rows| format!(" with its {rows} rows"));
        let detail = format!("`{table}`{rows} is copied");
        let concern = subject.concern(&REBUILT, None, detail);
        found.push(match subject.is_large() {
            true => concern.weighing(Severity::Warning),
            false => concern,
        });
    }
    found
}

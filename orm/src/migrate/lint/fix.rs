//! What a machine can do about findings: the migration, written otherwise, with the same end.

use std::collections::BTreeSet;

use super::Finding;
use crate::db::database_names;
use crate::migrate::files::Migration;
use crate::migrate::operation::{Operation, RunSql, SqlText};
use crate::migrate::split;
use crate::sql::Remedy;

/// The migration without what the findings about it can be freed of, and how many of them that are; none where a
/// machine can do nothing.
pub fn fix(migration: &Migration, findings: &[&Finding]) -> Option<(Migration, usize)> {
    let mut fixed = migration.clone();
    let mut count = 0;
    let mut unused = BTreeSet::new();
    let mut open: Vec<&&Finding> = findings
        .iter()
        .filter(|finding| finding.allowed.is_none())
        .collect();
    // From the last operation to the first, so that the numbers stay right where one becomes several.
    open.sort_by_key(|finding| std::cmp::Reverse(finding.operation));
    for finding in open {
        match (&finding.remedy, finding.operation, finding.allowance) {
            (_, None, Some(at)) if finding.rule.code == "LN101" => {
                count += usize::from(unused.insert(at));
            }
            (Some((Remedy::LetGo, _)), ..) => {
                count += 1;
                fixed.atomic = None;
            }
            (
                Some((
                    Remedy::Rewrite {
                        sql,
                        stepwise,
                        portable,
                    },
                    old,
                )),
                Some(at),
                _,
            ) => {
                let text = Text {
                    old,
                    new: sql,
                    only: (!portable).then_some(finding.database),
                };
                if fixed.rewrite_sql(at, &text, *stepwise) {
                    count += 1;
                    if *stepwise {
                        fixed.atomic = Some(false);
                    }
                }
            }
            _ => {}
        }
    }
    let mut at = 0;
    fixed.lint_allow.retain(|_| {
        at += 1;
        !unused.contains(&(at - 1))
    });
    (0 < count).then_some((fixed, count))
}

/// A statement and what takes its place, for one database or for all.
struct Text<'a> {
    old: &'a str,
    new: &'a str,
    only: Option<&'a str>,
}

impl Text<'_> {
    /// The script with the new statement; none where the old one is not in it.
    fn within(&self, script: &str) -> Option<String> {
        let at = script.find(self.old)?;
        let (before, rest) = (&script[..at], &script[at + self.old.len()..]);
        if self.new.is_empty() {
            let rest = rest.trim_start().trim_start_matches(';').trim_start();
            return Some(format!("{before}{rest}").trim_end().to_owned());
        }
        Some(format!("{before}{}{rest}", self.new))
    }

    fn within_all(&self, text: &SqlText) -> Option<SqlText> {
        match (text, self.only) {
            (SqlText::Same(script), None) => self.within(script).map(SqlText::Same),
            (SqlText::Same(script), Some(only)) => {
                let new = self.within(script)?;
                let of = |name: &'static str| {
                    let script = if name == only { &new } else { script };
                    (name.to_owned(), script.clone())
                };
                Some(SqlText::ByBackend(database_names().map(of).collect()))
            }
            (SqlText::ByBackend(texts), only) => {
                let mut is_found = false;
                let texts = texts.iter().map(|(name, script)| {
                    let is_meant = only.is_none_or(|only| only == name);
                    let new = is_meant.then(|| self.within(script)).flatten();
                    is_found |= new.is_some();
                    (name.clone(), new.unwrap_or_else(|| script.clone()))
                });
                let texts = texts.collect();
                is_found.then_some(SqlText::ByBackend(texts))
            }
        }
    }
}

impl Migration {
    /// Puts a statement of an operation in the place of another; whether it was there. Where it has to stand alone,
    /// the operation becomes one for each statement.
    fn rewrite_sql(&mut self, at: usize, text: &Text<'_>, alone: bool) -> bool {
        let Some(operation) = self.operations.get(at) else {
            return false;
        };
        let is_elidable = matches!(operation, Operation::Elidable(_));
        let mut inner = operation;
        while let Operation::Elidable(held) = inner {
            inner = held;
        }
        let Operation::RunSql(run) = inner else {
            return false;
        };
        let Some(sql) = text.within_all(&run.sql) else {
            return false;
        };
        let run = RunSql { sql, ..run.clone() };
        let runs = if alone { one_each(run) } else { vec![run] };
        let wrapped = runs.into_iter().map(|run| match is_elidable {
            true => Operation::Elidable(Box::new(Operation::RunSql(run))),
            false => Operation::RunSql(run),
        });
        self.operations.splice(at..=at, wrapped);
        true
    }
}

/// An operation for each statement; the last has the way back and what it means for the state.
fn one_each(run: RunSql) -> Vec<RunSql> {
    let texts: Vec<(Option<String>, Vec<String>)> = match &run.sql {
        SqlText::Same(script) => vec![(None, split::statements(script))],
        SqlText::ByBackend(texts) => texts
            .iter()
            .map(|(name, script)| (Some(name.clone()), split::statements(script)))
            .collect(),
    };
    let count = texts
        .iter()
        .map(|(_, parts)| parts.len())
        .max()
        .unwrap_or(0);
    if count < 2 {
        return vec![run];
    }
    let nothing = || SqlText::Same(String::new());
    let part = |at: usize| {
        let of = |parts: &[String]| parts.get(at).cloned().unwrap_or_default();
        let by_backend = texts.iter().filter_map(|(name, parts)| {
            let sql = of(parts);
            (!sql.is_empty()).then(|| (name.clone().unwrap_or_default(), sql))
        });
        let sql = match texts.as_slice() {
            [(None, parts)] => SqlText::Same(of(parts)),
            _ => SqlText::ByBackend(by_backend.collect()),
        };
        let is_last = at + 1 == count;
        RunSql {
            sql,
            reverse_sql: match (&run.reverse_sql, is_last) {
                (Some(sql), true) => Some(sql.clone()),
                (Some(_), false) => Some(nothing()),
                (None, _) => None,
            },
            state_operations: if is_last {
                run.state_operations.clone()
            } else {
                Vec::new()
            },
        }
    };
    (0..count).map(part).collect()
}

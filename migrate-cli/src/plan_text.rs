//! A plan as it is shown before it is carried out: each statement with the lock that it takes, what that keeps others
//! from, how much there is to do, how large the table is, what takes it back and what does not come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use nuages::migrate::TableSize;
use nuages::migrate::plan::{Action, Direction, MigrationPlan, Reverse, Step};
use nuages::sql::{Blocks, DdlStatement, Effect, Impact, Placement, SchemaEditor, Work};
use serde_json::{Map, Value, json};

use crate::print;

/// What plans are shown with.
pub(crate) struct Shown<'a> {
    pub(crate) editor: &'a dyn SchemaEditor,
    /// The sizes of tables, where a database was asked.
    pub(crate) sizes: BTreeMap<String, TableSize>,
}

impl Shown<'_> {
    /// A plan for people.
    pub(crate) fn text(&self, plan: &MigrationPlan) -> String {
        let mut out = format!(
            "{}{}\n",
            print::styled(print::STRONG, &plan.key),
            print::styled(print::FAINT, format!("  {}", self.manner(plan)))
        );
        let new = new_tables(plan);
        for step in &plan.steps {
            let undo = match plan.direction {
                Direction::Forwards => "",
                Direction::Backwards => "Undo ",
            };
            let _ = writeln!(out, "    {undo}{}", step.comment);
            self.step(&mut out, step, &new);
        }
        for loss in &plan.losses {
            let _ = writeln!(
                out,
                "    {}",
                print::styled(print::BAD, format!("loses {loss}"))
            );
        }
        out.truncate(out.trim_end().len());
        out
    }

    fn step(&self, out: &mut String, step: &Step, new: &BTreeSet<&str>) {
        let statements = match &step.action {
            Action::Rust { function, .. } => {
                let _ = writeln!(out, "        runs the function `{function}`");
                return;
            }
            // What is about new tables keeps nobody waiting; `sqlmigrate` has its text.
            Action::Sql(statements) if statements.iter().all(|one| is_about_new(one, new)) => {
                return;
            }
            Action::Sql(statements) => statements,
        };
        for statement in statements {
            for line in statement.sql.trim().lines() {
                let _ = writeln!(out, "        {line}");
            }
            for line in self.remarks(statement, new) {
                let _ = writeln!(out, "          {}", print::styled(print::FAINT, line));
            }
        }
        if let Some(back) = way_back(&step.reverse).filter(|_| !statements.is_empty()) {
            let _ = writeln!(out, "        {}", print::styled(print::FAINT, back));
        }
    }

    /// A plan as a script, with what is to be known as comments.
    pub(crate) fn script(&self, plan: &MigrationPlan) -> String {
        let new = new_tables(plan);
        let mut out = String::new();
        for step in &plan.steps {
            let _ = writeln!(out, "--\n-- {}\n--", step.comment);
            let statements = match &step.action {
                Action::Rust { function, .. } => {
                    let _ = writeln!(out, "-- runs the function `{function}` of the program");
                    continue;
                }
                Action::Sql(statements) => statements,
            };
            if statements.is_empty() {
                out += "-- (no-op)\n";
            }
            for statement in statements {
                for line in self.remarks(statement, &new) {
                    let _ = writeln!(out, "-- {line}");
                }
                let _ = writeln!(out, "{};", statement.sql.trim_end().trim_end_matches(';'));
            }
        }
        for loss in &plan.losses {
            let _ = writeln!(out, "-- loses {loss}");
        }
        out
    }

    /// What is to be known of a statement, a line each; nothing of tables that nobody has yet.
    fn remarks(&self, statement: &DdlStatement, new: &BTreeSet<&str>) -> Vec<String> {
        let mut lines = Vec::new();
        let impact = self.editor.impact(statement);
        let is_new = new.contains(statement.table.as_str());
        if impact == Impact::unknown() && !is_new {
            lines.push("written by hand: what it locks is not known".to_owned());
        } else if !impact.lock.is_empty() && !is_new {
            lines.push(format!(
                "{} on {}{}: {}; {}",
                impact.lock,
                statement.table,
                self.size(&statement.table),
                impact.blocks,
                impact.work
            ));
        }
        for (table, lock, blocks) in impact
            .others
            .iter()
            .filter(|(table, ..)| !new.contains(table.as_str()))
        {
            lines.push(format!("{lock} on {table}{}: {blocks}", self.size(table)));
        }
        match &statement.place {
            Placement::Together => {}
            Placement::Apart => lines.push("in a transaction of its own".to_owned()),
            Placement::Outside => lines.push("outside of any transaction".to_owned()),
            Placement::Batches(walk) => {
                let key = walk.key.join(", ");
                lines.push(format!("in batches along {key}, a transaction each"));
            }
        }
        lines
    }

    fn size(&self, table: &str) -> String {
        let Some(size) = self.sizes.get(table) else {
            return String::new();
        };
        let rows = size.rows.map(|rows| {
            let about = if size.counted { "" } else { "about " };
            format!("{about}{} rows", grouped(rows))
        });
        let parts: Vec<String> = rows.into_iter().chain(size.bytes.map(bytes)).collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!(" ({})", parts.join(", "))
        }
    }

    fn manner(&self, plan: &MigrationPlan) -> &'static str {
        match (self.editor.features().transactional, plan.atomic) {
            (true, true) => "(one transaction)",
            (true, false) => "(step by step, with a journal)",
            (false, _) => "(each statement by itself, with a journal)",
        }
    }

    /// A plan for programs.
    pub(crate) fn json(&self, plan: &MigrationPlan) -> Value {
        let new = new_tables(plan);
        let steps: Vec<Value> = plan
            .steps
            .iter()
            .map(|step| self.step_json(step, &new))
            .collect();
        json!({
            "app": plan.key.app,
            "name": plan.key.name,
            "direction": word_of(plan.direction),
            "atomic": plan.atomic && self.editor.features().transactional,
            "loses": plan.losses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "steps": steps,
        })
    }

    fn step_json(&self, step: &Step, new: &BTreeSet<&str>) -> Value {
        let mut out = Map::new();
        out.insert("operation".to_owned(), json!(step.comment));
        match &step.action {
            Action::Rust { function, .. } => {
                out.insert("function".to_owned(), json!(function));
            }
            Action::Sql(statements) => {
                let sql: Vec<&str> = statements.iter().map(|one| one.sql.as_str()).collect();
                out.insert("sql".to_owned(), json!(sql));
                let facts = statements.iter().map(|one| self.statement_json(one, new));
                out.insert("statements".to_owned(), facts.collect());
            }
        }
        let reverse = match &step.reverse {
            Reverse::Later => Value::Null,
            Reverse::Steps { steps, lossless } => json!({"steps": steps, "lossless": lossless}),
            Reverse::Never(why) => json!({"impossible": why}),
        };
        out.insert("reverse".to_owned(), reverse);
        Value::Object(out)
    }

    fn statement_json(&self, statement: &DdlStatement, new: &BTreeSet<&str>) -> Value {
        let is_new = new.contains(statement.table.as_str());
        let impact = if is_new {
            Impact::none()
        } else {
            self.editor.impact(statement)
        };
        let (place, batched_by) = match &statement.place {
            Placement::Together => ("together", None),
            Placement::Apart => ("own_transaction", None),
            Placement::Outside => ("outside", None),
            Placement::Batches(walk) => ("batches", Some(walk.key.join(", "))),
        };
        let transactional = self.editor.features().transactional && place != "outside";
        let others = impact
            .others
            .iter()
            .filter(|(table, ..)| !new.contains(table.as_str()));
        let mut out = json!({
            "sql": statement.sql,
            "table": statement.table,
            "is_new_table": is_new,
            "lock": impact.lock,
            "blocks": impact.blocks.word(),
            "blocks_reads": impact.blocks == Blocks::ReadsAndWrites,
            "blocks_writes": matches!(impact.blocks, Blocks::Writes | Blocks::ReadsAndWrites),
            "work": impact.work.word(),
            "rewrites": impact.work == Work::Rewrite,
            "transactional": transactional,
            "place": place,
            "other_locks": others.map(|(table, lock, blocks)| json!({"table": table, "lock": lock, "blocks": blocks.word()})).collect::<Vec<_>>(),
        });
        if let (Some(size), Some(object)) = (self.sizes.get(&statement.table), out.as_object_mut())
        {
            let size = json!({"rows": size.rows, "counted": size.counted, "bytes": size.bytes});
            object.insert("size".to_owned(), size);
        }
        if let (Some(key), Some(object)) = (batched_by, out.as_object_mut()) {
            object.insert("batched_by".to_owned(), json!(key));
        }
        out
    }
}

/// The word of a direction.
pub(crate) fn word_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Forwards => "forwards",
        Direction::Backwards => "backwards",
    }
}

fn way_back(reverse: &Reverse) -> Option<String> {
    match reverse {
        Reverse::Later => None,
        Reverse::Never(why) => Some(format!("back: never ({why})")),
        Reverse::Steps { steps, lossless } => {
            let loss = if *lossless {
                ""
            } else {
                ", without what the rows held"
            };
            let words: Vec<String> = steps.iter().map(|step| one_line(step)).collect();
            let words = if words.is_empty() {
                "nothing to do".to_owned()
            } else {
                words.join("; ")
            };
            Some(format!("back{loss}: {words}"))
        }
    }
}

/// A statement on one line, cut where it goes on and on.
fn one_line(sql: &str) -> String {
    const LONGEST: usize = 120;
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let start: String = line.chars().take(LONGEST).collect();
    start + "…"
}

fn is_about_new(statement: &DdlStatement, new: &BTreeSet<&str>) -> bool {
    statement.effect == Effect::Setting
        || statement.tables().all(|table| new.contains(table))
            && statement.effect != Effect::Unknown
}

fn new_tables(plan: &MigrationPlan) -> BTreeSet<&str> {
    match plan.direction {
        Direction::Forwards => plan
            .creates
            .iter()
            .map(|table| table.name.as_str())
            .collect(),
        Direction::Backwards => BTreeSet::new(),
    }
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut left = count;
    while 10_240 <= left && unit + 1 < UNITS.len() {
        left /= 1024;
        unit += 1;
    }
    format!("{left} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{bytes, grouped, one_line};

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(8_192), "8192 B");
        assert_eq!(bytes(5 << 20), "5120 kB");
        assert_eq!(bytes(3 << 40), "3072 GB");
        assert_eq!(one_line("a\n   b"), "a b");
    }
}

//! The walk over migrations: what each changes, the statements that it will really run, and what the rules find.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Around, of_change, of_check};
use super::handwritten::of_written;
use super::{Finding, Linter, rules};
use crate::error::{ErrorKind, Result};
use crate::migrate::files::{Migration, MigrationKey};
use crate::migrate::plan::{Action, Loss, Manner, MigrationPlan, Moment, OperationChange};
use crate::migrate::split;
use crate::schema::Table;
use crate::sql::{
    Act, Blocks, Concern, DdlStatement, Effect, LintSubject, Placement, Severity, Written,
};

/// What was found where, before anybody weighs it.
struct Found {
    operation: Option<usize>,
    allowance: Option<usize>,
    concern: Concern,
    /// The statement, where it was written by hand.
    sql: String,
}

impl Found {
    fn at(operation: usize, concern: Concern) -> Found {
        Found {
            operation: Some(operation),
            allowance: None,
            concern,
            sql: String::new(),
        }
    }
}

/// A migration and what is known of it.
struct Looked<'a> {
    migration: &'a Migration,
    changes: Vec<OperationChange<'a>>,
    plan: MigrationPlan,
    /// The statements that were written by hand, by the numbers of step and text.
    written: BTreeMap<usize, Vec<Handwritten>>,
    around: Around,
}

/// A statement that was written by hand.
struct Handwritten {
    sql: String,
    read: std::result::Result<Vec<Written>, String>,
    together_with: usize,
}

impl Linter<'_> {
    /// What is found in those of the migrations that are wanted; they come in the order in which they are applied.
    ///
    /// # Errors
    /// If a migration does not fit what those before it made.
    pub fn lint(
        &self,
        order: &[&Migration],
        wanted: &dyn Fn(&MigrationKey) -> bool,
    ) -> Result<Vec<Finding>> {
        let mut moment = Moment::default();
        let mut findings = Vec::new();
        let mut begun: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut to_come = BTreeSet::new();
        for migration in order {
            let before = moment.clone();
            let key = migration.key();
            let looked = match self.look(&mut moment, migration, &begun) {
                Ok(looked) => looked,
                Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
                    let subject = self.editor.product();
                    let concern = Concern::new(&rules::UNSUPPORTED, subject, error.to_string());
                    findings.extend(self.weighed(
                        migration,
                        vec![Found {
                            operation: None,
                            allowance: None,
                            concern,
                            sql: String::new(),
                        }],
                    ));
                    return Ok(findings);
                }
                Err(error) => return Err(error),
            };
            if migration.is_initial() {
                let made = moment.schema.tables.keys();
                let made = made.filter(|name| before.schema.table(name).is_none());
                begun
                    .entry(&migration.app)
                    .or_default()
                    .extend(made.cloned());
            }
            let mut found = self.missing(&looked, &key, &mut to_come);
            if wanted(&key) {
                found.extend(self.found(&looked));
                findings.extend(self.weighed(migration, found));
            }
        }
        Ok(findings)
    }

    /// The plans of those of the migrations that are wanted, for whoever asks a database what stands in their way.
    ///
    /// # Errors
    /// As [`Linter::lint`].
    pub fn plans(
        &self,
        order: &[&Migration],
        wanted: &dyn Fn(&MigrationKey) -> bool,
    ) -> Result<Vec<MigrationPlan>> {
        let mut moment = Moment::default();
        let mut plans = Vec::new();
        for migration in order {
            let plan = moment.forwards_as(migration, self.editor, Manner::Online);
            match plan {
                Ok(plan) if wanted(&plan.key) => plans.push(plan),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(plans)
    }

    /// Tables that a live database lacks though no migration that is still to come makes them.
    fn missing(
        &self,
        looked: &Looked<'_>,
        key: &MigrationKey,
        to_come: &mut BTreeSet<String>,
    ) -> Vec<Found> {
        let Some(known) = self.known.filter(|known| !known.applied.contains(key)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for changed in &looked.changes {
            let created = changed.change.created.iter();
            to_come.extend(created.map(|table| table.name.clone()));
            for table in &changed.change.altered {
                let name = &table.old.name;
                if !known.rows.contains_key(name) && !to_come.contains(name) {
                    let detail = format!("the database has no table `{name}`");
                    let concern = Concern::new(&rules::MISSING, name.as_str(), detail);
                    found.push(Found::at(changed.number, concern));
                }
                to_come.insert(table.after.name.clone());
            }
        }
        found
    }

    fn look<'m>(
        &self,
        moment: &mut Moment,
        migration: &'m Migration,
        begun: &BTreeMap<&str, BTreeSet<String>>,
    ) -> Result<Looked<'m>> {
        let plan = moment
            .clone()
            .forwards_as(migration, self.editor, Manner::Online)?;
        let changes = moment.changes(migration, self.editor)?;
        let written = self.by_hand(&plan);
        let mut around = Around {
            may_lose: migration.allows_data_loss(),
            phase: migration.phase,
            lost: plan.losses.iter().map(subject_of).collect(),
            ..Around::default()
        };
        if migration.is_initial() {
            around.new.extend(
                begun
                    .get(migration.app.as_str())
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        around.new.extend(self.empty_tables(&changes));
        for one in written
            .values()
            .flatten()
            .flat_map(|one| &one.read)
            .flatten()
        {
            if let Act::CreateView(name) = &one.act {
                around.views.insert(name.clone());
            }
            let table = &one.statement.table;
            match &one.statement.effect {
                Effect::DropTable => _ = around.lost.insert(table.clone()),
                Effect::DropColumn(column) => _ = around.lost.insert(format!("{table}.{column}")),
                _ => {}
            }
        }
        for statement in plan.statements() {
            if let Effect::CreateView(name) = &statement.effect {
                around.views.insert(name.clone());
            }
        }
        for changed in &changes {
            for table in &changed.change.altered {
                let added = table
                    .added_columns
                    .iter()
                    .map(|added| added.column.name.clone());
                around
                    .added
                    .extend(added.map(|name| (table.after.name.clone(), name)));
            }
        }
        Ok(Looked {
            migration,
            changes,
            plan,
            written,
            around,
        })
    }

    /// What was written by hand, statement by statement, by the number of its step.
    fn by_hand(&self, plan: &MigrationPlan) -> BTreeMap<usize, Vec<Handwritten>> {
        let mut written: BTreeMap<usize, Vec<Handwritten>> = BTreeMap::new();
        for (at, step) in plan.steps.iter().enumerate() {
            let Action::Sql(statements) = &step.action else {
                continue;
            };
            for text in statements.iter().filter(|one| is_by_hand(one)) {
                let texts = split::statements(&text.sql);
                let together_with = texts.len();
                let read = texts.into_iter().map(|sql| Handwritten {
                    read: (self.read)(&sql, self.editor.backend()),
                    sql,
                    together_with,
                });
                written.entry(at).or_default().extend(read);
            }
        }
        written
    }

    /// The tables that nobody can be kept from, since a live database has them without rows, or not yet.
    fn empty_tables(&self, changes: &[OperationChange<'_>]) -> BTreeSet<String> {
        let Some(known) = self.known else {
            return BTreeSet::new();
        };
        let moments = changes
            .iter()
            .flat_map(|changed| [&changed.before, &changed.after]);
        let names = moments.flat_map(|moment| moment.schema.tables.keys());
        names
            .filter(|name| matches!(known.rows.get(*name), None | Some(Some(0))))
            .cloned()
            .collect()
    }

    fn found(&self, looked: &Looked<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        let mut around = looked.around.clone();
        let mut in_transaction: Vec<DdlStatement> = Vec::new();
        for number in 0..looked.migration.operations.len() {
            let of_number = |changed: &&OperationChange<'_>| changed.number == number;
            let changes: Vec<&OperationChange<'_>> =
                looked.changes.iter().filter(of_number).collect();
            for changed in &changes {
                found.extend(
                    of_change(changed, &around)
                        .into_iter()
                        .map(|one| Found::at(number, one)),
                );
                found.extend(self.of_names(changed).map(|one| Found::at(number, one)));
            }
            let steps = looked.plan.steps.iter().enumerate();
            for (at, step) in steps.filter(|(_, step)| step.operation == number) {
                for check in looked.plan.checks.iter().filter(|check| check.step == at) {
                    let count = self.known.and_then(|known| known.counts.get(&check.count));
                    let concern =
                        of_check(check, count.copied(), changes.first().copied(), &around);
                    found.extend(concern.map(|one| Found::at(number, one)));
                }
                for changed in &changes {
                    note_new(changed, &mut around.new);
                }
                let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
                    continue;
                };
                let walk = Statements {
                    linter: self,
                    looked,
                    number,
                    moments: (&first.before, &last.after),
                };
                match &step.action {
                    Action::Rust { .. } => walk.function(&in_transaction, &mut found),
                    Action::Sql(statements) => {
                        for statement in statements {
                            if is_by_hand(statement) {
                                continue;
                            }
                            walk.planned(statement, &around, &mut in_transaction, &mut found);
                        }
                        for written in looked.written.get(&at).into_iter().flatten() {
                            walk.written(written, &mut around, &mut in_transaction, &mut found);
                        }
                    }
                }
                if looked.plan.stepwise {
                    in_transaction.clear();
                }
            }
        }
        found
    }

    /// What is found, weighed; what is allowed says why, and what is allowed in vain is found as well.
    fn weighed(&self, migration: &Migration, mut found: Vec<Found>) -> Vec<Finding> {
        let mut used = BTreeSet::new();
        let mut findings = Vec::new();
        let known: BTreeSet<&str> = rules::rules(self.editor).map(|rule| rule.code).collect();
        let mut finding = |one: Found, used: &mut BTreeSet<usize>| {
            let rule = one.concern.rule;
            let usual = one.concern.weight.unwrap_or(rule.severity);
            let severity = self.settings.severity(rule).unwrap_or(usual);
            let subject = one.concern.subject.as_str();
            let allows = |allowance: &&crate::migrate::files::LintAllowance| {
                let is_about = allowance.on.as_deref().is_none_or(|on| {
                    on == subject
                        || subject
                            .strip_prefix(on)
                            .is_some_and(|rest| rest.starts_with('.'))
                });
                allowance.code == rule.code && is_about
            };
            let mut allowances = migration.lint_allow.iter().enumerate();
            let allowance = allowances.find(|(_, allowance)| allows(allowance));
            used.extend(allowance.map(|(at, _)| at));
            if severity == Severity::Off {
                return;
            }
            let new = Finding {
                rule,
                severity,
                migration: migration.key(),
                operation: one.operation,
                allowance: one.allowance,
                database: self.editor.backend(),
                subject: one.concern.subject,
                detail: one.concern.detail,
                remedy: one.concern.remedy.map(|remedy| (remedy, one.sql)),
                allowed: allowance.map(|(_, allowance)| allowance.reason.clone()),
            };
            if !findings.contains(&new) {
                findings.push(new);
            }
        };
        for one in found.drain(..) {
            finding(one, &mut used);
        }
        for (at, allowance) in migration.lint_allow.iter().enumerate() {
            let is_known = known.contains(allowance.code.as_str());
            let elsewhere = !is_known && is_code(&allowance.code);
            if used.contains(&at) || elsewhere {
                continue;
            }
            let rule = if is_known {
                &rules::UNUSED
            } else {
                &rules::NO_SUCH_RULE
            };
            let detail = format!("nothing is found by `{}` here", allowance.code);
            finding(
                Found {
                    operation: None,
                    allowance: Some(at),
                    concern: Concern::new(rule, allowance.code.as_str(), detail),
                    sql: String::new(),
                },
                &mut BTreeSet::new(),
            );
        }
        findings
    }
}

/// Whether some database has a rule of this code.
fn is_code(code: &str) -> bool {
    crate::db::database_names()
        .filter_map(|name| crate::db::editor_named(name).ok())
        .any(|editor| rules::rules(&*editor).any(|rule| rule.code == code))
}

fn is_by_hand(statement: &DdlStatement) -> bool {
    statement.effect == Effect::Unknown && statement.writes_rows
}

/// The tables that an operation makes are new to those after it, under whatever name.
fn note_new(changed: &OperationChange<'_>, new: &mut BTreeSet<String>) {
    new.extend(
        changed
            .change
            .created
            .iter()
            .map(|table| table.name.clone()),
    );
    for table in &changed.change.altered {
        if new.contains(&table.old.name) {
            new.insert(table.after.name.clone());
        }
    }
}

/// The statements of one operation.
struct Statements<'a> {
    linter: &'a Linter<'a>,
    looked: &'a Looked<'a>,
    number: usize,
    moments: (&'a Moment, &'a Moment),
}

impl Statements<'_> {
    fn subject<'s>(
        &'s self,
        statement: &'s DdlStatement,
        around: &Around,
        earlier: &'s [DdlStatement],
    ) -> LintSubject<'s> {
        let editor = self.linter.editor;
        let table = statement.table.as_str();
        let known = self.linter.known;
        LintSubject {
            statement,
            written: None,
            together_with: 1,
            schema: &self.moments.0.schema,
            after: &self.moments.1.schema,
            is_new: around.new.contains(table),
            rows: known.and_then(|known| known.rows.get(table).copied().flatten()),
            large: self.linter.settings.large,
            in_transaction: editor.features().transactional
                && statement.place == Placement::Together,
            fixed: self.looked.migration.atomic == Some(true),
            earlier,
            waits_for_ever: self.linter.settings.waits_for_ever,
        }
    }

    /// A function of the program writes rows, as far as anybody knows.
    fn function(&self, earlier: &[DdlStatement], found: &mut Vec<Found>) {
        let statement = DdlStatement::rows("");
        let subject = self.subject(&statement, &Around::default(), earlier);
        let concerns = self.linter.editor.lint(&subject);
        found.extend(concerns.into_iter().map(|one| Found::at(self.number, one)));
    }

    fn planned(
        &self,
        statement: &DdlStatement,
        around: &Around,
        in_transaction: &mut Vec<DdlStatement>,
        found: &mut Vec<Found>,
    ) {
        if statement.place != Placement::Together {
            in_transaction.clear();
        }
        let subject = self.subject(statement, around, in_transaction);
        let is_new = subject.is_new;
        let concerns = self.linter.editor.lint(&subject);
        found.extend(concerns.into_iter().map(|one| Found::at(self.number, one)));
        self.note(statement, is_new, in_transaction);
    }

    /// What others wait for until the transaction ends.
    fn note(&self, statement: &DdlStatement, is_new: bool, in_transaction: &mut Vec<DdlStatement>) {
        let editor = self.linter.editor;
        let holds = matches!(
            editor.impact(statement).blocks,
            Blocks::Writes | Blocks::ReadsAndWrites
        );
        if statement.place != Placement::Together || !editor.features().transactional {
            in_transaction.clear();
        } else if holds && !is_new {
            in_transaction.push(statement.clone());
        }
    }

    fn written(
        &self,
        written: &Handwritten,
        around: &mut Around,
        in_transaction: &mut Vec<DdlStatement>,
        found: &mut Vec<Found>,
    ) {
        let mut push = |concern: Concern| {
            found.push(Found {
                sql: written.sql.clone(),
                ..Found::at(self.number, concern)
            });
        };
        let read = match &written.read {
            Ok(read) => read,
            Err(why) => {
                let detail = format!("`{}`: {why}", first_words(&written.sql));
                push(Concern::new(&rules::UNREADABLE, "run_sql", detail));
                return;
            }
        };
        for one in read {
            let mut one = one.clone();
            self.complete(&mut one);
            let statement = one.statement.clone();
            let mut subject = self.subject(&statement, around, in_transaction);
            subject.written = Some(&one);
            subject.together_with = written.together_with;
            subject.in_transaction = self.linter.editor.features().transactional
                && (!self.looked.plan.stepwise || 1 < written.together_with);
            of_written(&one, &subject, around)
                .into_iter()
                .for_each(&mut push);
            self.linter
                .editor
                .lint(&subject)
                .into_iter()
                .for_each(&mut push);
            let is_new = subject.is_new;
            self.note(&statement, is_new, in_transaction);
            if statement.effect == Effect::CreateTable {
                around.new.insert(statement.table.clone());
            }
            if matches!(one.act, Act::Update { filtered: true }) {
                let table = &statement.table;
                let columns = self
                    .moments
                    .0
                    .schema
                    .table(table)
                    .map(|table| &table.columns);
                for column in columns.into_iter().flatten() {
                    if fills(&statement.sql, &column.name) {
                        around.filled.insert((table.clone(), column.name.clone()));
                    }
                }
            }
        }
    }

    /// What only the tables can tell of a statement: what a column was before.
    fn complete(&self, written: &mut Written) {
        let schema = &self.moments.0.schema;
        if let (true, Effect::DropIndex(name)) = (
            written.statement.table.is_empty(),
            &written.statement.effect,
        ) {
            let has = |table: &&std::sync::Arc<Table>| {
                table.indexes.iter().any(|index| index.name == *name)
            };
            let table = schema.tables.values().find(has);
            let table = table.map_or_else(|| name.clone(), |table| table.name.clone());
            written.statement.table = table;
        }
        let table = schema.table(&written.statement.table);
        if let Effect::AlterColumn(column) = &mut written.statement.effect {
            let was = table.and_then(|table| table.column(&column.before.name));
            match was {
                Some(was) => {
                    column.before = was.clone();
                    if written.restated {
                        return;
                    }
                    let ty = column.after.ty.clone();
                    column.after = was.clone();
                    column.after.ty = ty;
                }
                None => column.before.ty = crate::schema::ColumnType::Other("unknown".to_owned()),
            }
        }
    }
}

/// Whether an UPDATE looks for the NULLs of a column.
fn fills(sql: &str, column: &str) -> bool {
    let words: Vec<String> = sql
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let wanted = [column.to_lowercase(), "is".to_owned(), "null".to_owned()];
    words.windows(3).any(|three| three == wanted)
}

/// A loss as findings name it.
fn subject_of(loss: &Loss) -> String {
    match &loss.column {
        Some(column) => format!("{}.{column}", loss.table),
        None => loss.table.clone(),
    }
}

fn first_words(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().take(6).collect();
    words.join(" ")
}

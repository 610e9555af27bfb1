//! What the rows must be like for a migration to succeed: questions that are asked before anything is changed.

use std::collections::BTreeSet;

use super::{Action, MigrationPlan};
use crate::schema::change::{AlteredColumn, SchemaChange, TableChange};
use crate::schema::{ColumnType, ForeignKey, IndexTarget, Table, mentions_identifier};
use crate::sql::{Effect, SchemaEditor};

/// How many rows are shown of those that are in the way.
const SHOWN: usize = 5;

/// What would be wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// They have no value in a new column that needs one.
    NoValue,
    /// They have NULL where it is no longer allowed.
    Null,
    /// They have values that do not fit a new type.
    DoesNotFit,
    /// They are equal where they must differ.
    Duplicate,
    /// They refer to rows that do not exist.
    Orphan,
    /// They break a check.
    BreaksCheck,
}

/// A question about rows that would be in the way of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataCheck {
    /// The step that they would be in the way of.
    pub step: usize,
    /// What would be wrong with them.
    pub fault: Fault,
    /// The columns that it is about; none where it is an expression's.
    pub columns: Vec<String>,
    /// The tables that are asked about.
    pub tables: Vec<String>,
    /// What is wrong with them, to follow their number: `rows have NULL in "title"`.
    pub what: String,
    /// The query for their number.
    pub count: String,
    /// The query for some of them: their keys, or the values that are there more than once.
    pub sample: String,
    /// What the columns of the sample are.
    pub shown: Vec<String>,
}

impl MigrationPlan {
    /// The checks that can be asked before the migration, given what those before it in the same run do: the tables
    /// are still as they will be then.
    pub fn checks_before<'a>(&'a self, earlier: &'a [MigrationPlan]) -> Vec<&'a DataCheck> {
        let prior: Vec<&Action> = earlier
            .iter()
            .flat_map(|plan| plan.steps.iter().map(|step| &step.action))
            .collect();
        let own = |check: &DataCheck| self.steps[..check.step.min(self.steps.len())].iter();
        self.checks
            .iter()
            .filter(|check| {
                let mut actions = prior
                    .iter()
                    .copied()
                    .chain(own(check).map(|step| &step.action));
                actions.all(|action| leaves_alone(action, check))
            })
            .collect()
    }
}

/// Whether an action leaves alone what a check asks about.
fn leaves_alone(action: &Action, check: &DataCheck) -> bool {
    let Action::Sql(statements) = action else {
        return false;
    };
    let asks = |column: &String| mentions_identifier(&check.count, column);
    statements.iter().all(|statement| match &statement.effect {
        Effect::Unknown => false,
        Effect::RenameTable(to) => {
            !check.tables.contains(to) && !check.tables.contains(&statement.table)
        }
        _ if !check.tables.contains(&statement.table) => true,
        Effect::AddColumn(column) => !asks(&column.name),
        Effect::AlterColumn(column) => !asks(&column.after.name),
        Effect::DropColumn(column) | Effect::Fill { column, .. } => !asks(column),
        Effect::RebuildTable { columns } | Effect::Backfill { columns } => {
            !columns.iter().any(asks)
        }
        Effect::CreateTable | Effect::DropTable | Effect::RenameColumn => false,
        _ => true,
    })
}

/// The checks of one change, for a step.
pub(super) fn checks(
    editor: &dyn SchemaEditor,
    change: &SchemaChange,
    step: usize,
) -> Vec<DataCheck> {
    let mut found = Vec::new();
    let retyped: BTreeSet<(&str, &str)> = change
        .altered
        .iter()
        .flat_map(|table| {
            let columns = table
                .altered_columns
                .iter()
                .filter(|column| column.retyped());
            columns.map(|column| (table.old.name.as_str(), column.after.name.as_str()))
        })
        .collect();
    for table in &change.altered {
        let is_renamed = table.old.name != table.after.name || !table.renamed_columns.is_empty();
        if is_renamed {
            continue;
        }
        let asked = Asked {
            editor,
            table: &table.before,
            step,
        };
        let new: BTreeSet<&str> = table
            .added_columns
            .iter()
            .map(|added| added.column.name.as_str())
            .collect();
        asked.of_columns(table, &mut found);
        asked.of_uniqueness(table, &new, &mut found);
        let is_old = |columns: &[String]| columns.iter().all(|name| !new.contains(name.as_str()));
        for key in &table.foreign_keys.added {
            let is_retyped = |of: &str, columns: &[String]| {
                columns
                    .iter()
                    .any(|name| retyped.contains(&(of, name.as_str())))
            };
            let is_known = table.before.foreign_keys.contains(key)
                || is_retyped(&table.old.name, &key.columns)
                || is_retyped(&key.to_table, &key.to_columns)
                || change
                    .created
                    .iter()
                    .any(|created| created.name == key.to_table);
            if is_old(&key.columns) && !is_known {
                found.push(asked.orphans(key));
            }
        }
        for check in &table.checks.added {
            let other = retyped.iter().filter(|(of, _)| *of == table.old.name);
            let mentions_new = new
                .iter()
                .chain(other.map(|(_, name)| name))
                .any(|name| mentions_identifier(&check.condition, name));
            let name = check.name.as_deref().unwrap_or("of its type");
            if !mentions_new && !table.before.checks.contains(check) {
                let condition = format!("NOT ({})", check.condition);
                let what = format!("rows break the check `{name}`");
                let about = (Fault::BreaksCheck, Vec::new());
                found.push(asked.rows(about, what, &condition));
            }
        }
    }
    found
}

/// Where a check is asked.
struct Asked<'a> {
    editor: &'a dyn SchemaEditor,
    table: &'a Table,
    step: usize,
}

impl Asked<'_> {
    /// NULL where it is no longer allowed, and values that no longer fit.
    fn of_columns(&self, change: &TableChange, found: &mut Vec<DataCheck>) {
        for added in &change.added_columns {
            let column = &added.column;
            let is_filled = column.null
                || column.identity
                || column.default.is_some()
                || column.generated.is_some()
                || added.fill.is_some();
            if !is_filled {
                let what = format!(
                    "rows would have no value in the new column `{}`, which may not be NULL and has no default",
                    column.name
                );
                let about = (Fault::NoValue, vec![column.name.clone()]);
                found.push(self.rows(about, what, "1 = 1"));
            }
        }
        for column in &change.altered_columns {
            let (name, quoted) = (&column.after.name, self.editor.quote(&column.after.name));
            if column.before.null && !column.after.null && column.fill.is_none() {
                let what = format!("rows have NULL in `{name}`, which becomes NOT NULL");
                let about = (Fault::Null, vec![name.clone()]);
                found.push(self.rows(about, what, &format!("{quoted} IS NULL")));
            }
            if let Some(condition) = self.does_not_fit(column) {
                let ty = self.editor.type_name(&column.after.ty);
                let what = format!("rows have values in `{name}` that do not fit into {ty}");
                let about = (Fault::DoesNotFit, vec![name.clone()]);
                found.push(self.rows(about, what, &condition));
            }
        }
    }

    /// What tells a value that does not fit the new type; `None` where all do, or nobody can say.
    fn does_not_fit(&self, column: &AlteredColumn) -> Option<String> {
        use ColumnType::{Decimal, Text, Varchar};
        let name = self.editor.quote(&column.after.name);
        let (from, to) = (&column.before.ty, &column.after.ty);
        match (from, to) {
            (Varchar(Some(was)), Varchar(Some(is))) if was <= is => None,
            (Varchar(_) | Text, Varchar(Some(most))) => {
                let length = self.editor.char_length(&name)?;
                Some(format!("{length} > {most}"))
            }
            (from, to) if from.is_integer() && to.is_integer() => {
                let (was, is) = (range(from)?, range(to)?);
                let fits = is.0 <= was.0 && was.1 <= is.1;
                (!fits).then(|| format!("{name} < {} OR {name} > {}", is.0, is.1))
            }
            (Decimal(Some((was, was_scale))), Decimal(Some((digits, scale))))
                if was - was_scale.min(was) <= digits - scale.min(digits) =>
            {
                None
            }
            (from, Decimal(Some((digits, scale)))) if from.is_number() => {
                let whole = usize::try_from(digits.saturating_sub(*scale)).ok()?;
                Some(format!("abs({name}) >= 1{}", "0".repeat(whole)))
            }
            _ => None,
        }
    }

    /// Values that are there twice where each may be there once.
    fn of_uniqueness(
        &self,
        change: &TableChange,
        new: &BTreeSet<&str>,
        found: &mut Vec<DataCheck>,
    ) {
        for unique in &change.uniques.added {
            let is_old = unique
                .columns
                .iter()
                .all(|name| !new.contains(name.as_str()));
            if is_old && !change.before.uniques.contains(unique) {
                let parts = unique.columns.iter().map(|name| self.editor.quote(name));
                let nulls = unique.nulls_distinct != Some(false);
                found.push(self.duplicates(
                    &parts.collect::<Vec<_>>(),
                    &unique.columns,
                    None,
                    nulls,
                ));
            }
        }
        let unique_indexes = change.indexes.added.iter().filter(|index| index.unique);
        for index in unique_indexes {
            if new.iter().any(|name| index.mentions(name)) {
                continue;
            }
            let parts = index.parts.iter().map(|part| match &part.target {
                IndexTarget::Column(name) => self.editor.quote(name),
                IndexTarget::Expression(sql) => format!("({sql})"),
            });
            let names = index.parts.iter().map(|part| match &part.target {
                IndexTarget::Column(name) => name.clone(),
                IndexTarget::Expression(sql) => sql.clone(),
            });
            let (names, nulls): (Vec<String>, _) =
                (names.collect(), index.nulls_distinct != Some(false));
            let condition = index.condition.as_deref();
            found.push(self.duplicates(&parts.collect::<Vec<_>>(), &names, condition, nulls));
        }
    }

    fn duplicates(
        &self,
        parts: &[String],
        names: &[String],
        condition: Option<&str>,
        nulls_differ: bool,
    ) -> DataCheck {
        let table = self.editor.quote(&self.table.name);
        let list = parts.join(", ");
        let not_null = parts.iter().map(|part| format!("{part} IS NOT NULL"));
        let mut conditions: Vec<String> = not_null.filter(|_| nulls_differ).collect();
        conditions.extend(condition.map(|condition| format!("({condition})")));
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let groups = format!("FROM {table}{filter} GROUP BY {list} HAVING count(*) > 1");
        let mut shown = names.to_vec();
        shown.push("times".to_owned());
        DataCheck {
            step: self.step,
            fault: Fault::Duplicate,
            columns: names.to_vec(),
            tables: vec![self.table.name.clone()],
            what: format!(
                "values of `{}` are there more than once and shall be unique",
                names.join("`, `")
            ),
            count: format!("SELECT count(*) FROM (SELECT 1 AS one {groups}) duplicates"),
            sample: format!("SELECT {list}, count(*) {groups} LIMIT {SHOWN}"),
            shown,
        }
    }

    /// Keys that refer to no row.
    fn orphans(&self, key: &ForeignKey) -> DataCheck {
        let quote = |name: &String| self.editor.quote(name);
        let (table, to) = (quote(&self.table.name), quote(&key.to_table));
        let set = key
            .columns
            .iter()
            .map(|column| format!("{table}.{} IS NOT NULL", quote(column)));
        let pairs = key.columns.iter().zip(&key.to_columns);
        let same = pairs
            .map(|(column, other)| format!("target.{} = {table}.{}", quote(other), quote(column)));
        let condition = format!(
            "{} AND NOT EXISTS (SELECT 1 FROM {to} target WHERE {})",
            set.collect::<Vec<_>>().join(" AND "),
            same.collect::<Vec<_>>().join(" AND ")
        );
        let what = format!(
            "rows refer by `{}` to rows of `{}` that do not exist",
            key.columns.join("`, `"),
            key.to_table
        );
        let about = (Fault::Orphan, key.columns.clone());
        let mut check = self.rows(about, what, &condition);
        check.tables.push(key.to_table.clone());
        check
    }

    /// Rows for which a condition holds.
    fn rows(
        &self,
        (fault, columns): (Fault, Vec<String>),
        what: String,
        condition: &str,
    ) -> DataCheck {
        let table = self.editor.quote(&self.table.name);
        let key = self.table.primary_key.as_ref();
        let shown = key.map_or_else(Vec::new, |key| key.columns.clone());
        let keys: Vec<String> = shown.iter().map(|name| self.editor.quote(name)).collect();
        let keys = if keys.is_empty() {
            "1".to_owned()
        } else {
            keys.join(", ")
        };
        DataCheck {
            step: self.step,
            fault,
            columns,
            tables: vec![self.table.name.clone()],
            what,
            count: format!("SELECT count(*) FROM {table} WHERE {condition}"),
            sample: format!(
                "SELECT {keys} FROM {table} WHERE {condition} ORDER BY {keys} LIMIT {SHOWN}"
            ),
            shown,
        }
    }
}

/// What an integer type holds.
fn range(ty: &ColumnType) -> Option<(i64, i64)> {
    use ColumnType::{
        BigInteger, Integer, PositiveBigInteger, PositiveInteger, PositiveSmallInteger,
        SmallInteger,
    };
    Some(match ty {
        SmallInteger => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
        BigInteger => (i64::MIN, i64::MAX),
        PositiveSmallInteger => (0, i64::from(i16::MAX)),
        PositiveInteger => (0, i64::from(i32::MAX)),
        PositiveBigInteger => (0, i64::MAX),
        _ => return None,
    })
}

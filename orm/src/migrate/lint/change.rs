//! The rules over what an operation changes, whatever statements that takes.

use std::collections::BTreeSet;

use super::rules;
use crate::migrate::files::Phase;
use crate::migrate::plan::{DataCheck, Fault, OperationChange};
use crate::migrate::{Operation, operation::RunRust, operation::RunSql};
use crate::schema::change::{AddedColumn, AlteredColumn, TableChange};
use crate::schema::{ColumnType, Index};
use crate::sql::{Concern, Rule, Severity};

/// What is known of the migration around an operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    /// The tables that it makes itself, or that are there and empty.
    pub(super) new: BTreeSet<String>,
    /// Whether its file has consent to lose data.
    pub(super) may_lose: bool,
    /// The phase that it belongs to.
    pub(super) phase: Option<Phase>,
    /// What the plan says that rows lose: not what another column holds as well.
    pub(super) lost: BTreeSet<String>,
    /// The views that later operations make.
    pub(super) views: BTreeSet<String>,
    /// The columns that later operations add, with their tables.
    pub(super) added: BTreeSet<(String, String)>,
    /// The columns of which an earlier operation fills the NULLs by hand, with their tables.
    pub(super) filled: BTreeSet<(String, String)>,
}

impl Around {
    /// What is lost, with less weight where there is consent to it; nothing where nobody can miss it.
    pub(super) fn loss(
        &self,
        rule: &'static Rule,
        subject: String,
        detail: String,
    ) -> Option<Concern> {
        let is_kept = !self.lost.contains(&subject);
        match (self.may_lose || is_kept, self.phase) {
            (true, Some(Phase::Contract)) => None,
            (true, _) => Some(Concern::new(rule, subject, detail).weighing(Severity::Warning)),
            (false, _) => {
                let detail = format!("{detail}, without consent in the file");
                Some(Concern::new(rule, subject, detail))
            }
        }
    }

    /// Whether the old release is gone.
    pub(super) fn is_contract(&self) -> bool {
        self.phase == Some(Phase::Contract)
    }

    /// What breaks the release that still runs; nothing where there is none.
    pub(super) fn breakage(
        &self,
        rule: &'static Rule,
        subject: String,
        detail: String,
    ) -> Option<Concern> {
        (!self.is_contract()).then(|| Concern::new(rule, subject, detail))
    }
}

/// What an operation is found to do.
pub(super) fn of_change(changed: &OperationChange<'_>, around: &Around) -> Vec<Concern> {
    let mut found = Vec::new();
    let dropped = changed.change.dropped.iter();
    for table in dropped.filter(|table| !around.new.contains(&table.name)) {
        let detail = format!("`{}` is dropped", table.name);
        found.extend(around.loss(&rules::DROP_TABLE, table.name.clone(), detail));
    }
    for table in &changed.change.altered {
        if !around.new.contains(&table.old.name) {
            Changed { table, around }.gather(&mut found);
        }
    }
    match changed.operation {
        Operation::RunSql(RunSql {
            reverse_sql: None, ..
        }) => found.push(one_way("run_sql")),
        Operation::RunRust(RunRust {
            forward,
            reverse: None,
        }) => found.push(one_way(forward)),
        _ => {}
    }
    found
}

fn one_way(what: &str) -> Concern {
    let detail = format!("`{what}` says nothing about the way back");
    Concern::new(&rules::ONE_WAY, what, detail)
}

/// A table that others use, and how it changes.
struct Changed<'a> {
    table: &'a TableChange,
    around: &'a Around,
}

impl Changed<'_> {
    fn gather(&self, found: &mut Vec<Concern>) {
        self.renamed(found);
        for column in &self.table.dropped_columns {
            if column.generated.is_none() {
                let detail = format!("`{}` is dropped", self.of(&column.name));
                found.extend(
                    self.around
                        .loss(&rules::DROP_COLUMN, self.of(&column.name), detail),
                );
            }
        }
        for added in &self.table.added_columns {
            found.extend(self.added(added));
        }
        for column in &self.table.altered_columns {
            self.altered(column, found);
        }
        self.references(found);
    }

    /// A column, by the name that the table has before.
    fn of(&self, column: &str) -> String {
        format!("{}.{column}", self.table.old.name)
    }

    fn renamed(&self, found: &mut Vec<Concern>) {
        let (old, new) = (&self.table.old.name, &self.table.after.name);
        if old != new && !self.around.views.contains(old) {
            let detail = format!("`{old}` is `{new}` from now on");
            found.extend(
                self.around
                    .breakage(&rules::RENAME_TABLE, old.clone(), detail),
            );
        }
        for (from, to) in &self.table.renamed_columns {
            let is_back = self.around.added.contains(&(new.clone(), from.clone()));
            if !is_back {
                let detail = format!("`{}` is `{to}` from now on", self.of(from));
                found.extend(
                    self.around
                        .breakage(&rules::RENAME_COLUMN, self.of(from), detail),
                );
            }
        }
    }

    fn added(&self, added: &AddedColumn) -> Option<Concern> {
        let column = &added.column;
        let subject = self.of(&column.name);
        if let Some(default) = &column.default {
            let is_alone = |columns: &[String]| columns == std::slice::from_ref(&column.name);
            let uniques = self
                .table
                .uniques
                .added
                .iter()
                .any(|unique| is_alone(&unique.columns));
            let of_index = |index: &Index| {
                index.unique
                    && index.parts.len() == 1
                    && index.parts[0].column() == Some(column.name.as_str())
            };
            let is_unique = uniques || self.table.indexes.added.iter().any(of_index);
            // A call is made once for each row; a literal is the same in all of them.
            let is_one_value = !default.sql.contains('(') && default.sql != "NULL";
            if is_unique && is_one_value && added.fill.is_none() {
                let detail = format!("`{subject}` is unique, and {} in every row", default.sql);
                return Some(Concern::new(&rules::SAME_DEFAULT, subject, detail));
            }
        }
        let needs_value = !column.null
            && !column.identity
            && column.default.is_none()
            && column.generated.is_none();
        if !needs_value {
            return None;
        }
        if added.fill.is_none() {
            let detail = format!("`{subject}` has no value for the rows that exist");
            return Some(Concern::new(&rules::ADD_REQUIRED, subject, detail));
        }
        let detail = format!("the rows that exist get a value in `{subject}`, later ones do not");
        self.around.breakage(&rules::NO_DEFAULT, subject, detail)
    }

    fn altered(&self, column: &AlteredColumn, found: &mut Vec<Concern>) {
        let (before, after) = (&column.before, &column.after);
        let subject = self.of(&after.name);
        if before.null && !after.null && column.fill.is_some() {
            let detail =
                format!("the rows of `{subject}` are filled; what still writes NULL fails");
            let concern = self
                .around
                .breakage(&rules::NULLS, subject.clone(), detail)
                .map(|concern| concern.weighing(Severity::Info));
            found.extend(concern);
        }
        // A phase is made for code that is old and code that is new.
        if !before.null && after.null && self.around.phase.is_none() {
            let detail = format!("`{subject}` may be NULL from now on");
            let concern = self
                .around
                .breakage(&rules::TYPE_CHANGE, subject.clone(), detail)
                .map(|concern| concern.weighing(Severity::Info));
            found.extend(concern);
        }
        if before.ty != after.ty && !widens(&before.ty, &after.ty) {
            let detail = format!("`{subject}` changes its type");
            found.extend(
                self.around
                    .breakage(&rules::TYPE_CHANGE, subject.clone(), detail),
            );
        }
        // A default that was for the rows of a moment was nobody's promise.
        let promised = |default: &Option<crate::schema::Default>| {
            let kept = default.as_ref().filter(|default| !default.one_off);
            kept.map(|default| default.sql.clone())
        };
        let (was, is) = (promised(&before.default), promised(&after.default));
        if was != is && was.is_some() {
            let words = is.map_or("there is none".to_owned(), |sql| format!("it is {sql}"));
            let detail = format!(
                "`{subject}` had the default {}, and now {words}",
                was.unwrap_or_default()
            );
            found.extend(
                self.around
                    .breakage(&rules::DEFAULT_CHANGE, subject, detail),
            );
        }
    }

    fn references(&self, found: &mut Vec<Concern>) {
        for key in &self.table.foreign_keys.dropped {
            let stays = key
                .columns
                .iter()
                .all(|name| self.table.after.column(name).is_some());
            let is_back = self
                .table
                .foreign_keys
                .added
                .iter()
                .any(|added| added.columns == key.columns);
            if stays && !is_back && self.around.phase.is_none() {
                let subject = self.of(&key.columns.join(", "));
                let detail = format!("`{subject}` no longer refers to `{}`", key.to_table);
                found.push(Concern::new(&rules::DROP_REFERENCE, subject, detail));
            }
        }
    }
}

/// Whether every value of a type is one of the other as well, to those who read it too.
pub(super) fn widens(from: &ColumnType, to: &ColumnType) -> bool {
    use ColumnType::{
        BigInteger, Decimal, Integer, PositiveBigInteger, PositiveInteger, PositiveSmallInteger,
        SmallInteger, Text, Varchar,
    };
    let size = |ty: &ColumnType| match ty {
        SmallInteger | PositiveSmallInteger => 1,
        Integer | PositiveInteger => 2,
        BigInteger | PositiveBigInteger => 3,
        _ => 0,
    };
    let is_positive = |ty: &ColumnType| {
        matches!(
            ty,
            PositiveSmallInteger | PositiveInteger | PositiveBigInteger
        )
    };
    match (from, to) {
        (from, to) if from == to => true,
        (Varchar(_), Text | Varchar(None)) | (Text, Varchar(None)) => true,
        (Varchar(Some(was)), Varchar(Some(is))) => was <= is,
        (Decimal(Some(_)), Decimal(None)) => true,
        (Decimal(Some((was, scale))), Decimal(Some((is, other)))) => was <= is && scale == other,
        (from, to) if from.is_integer() && to.is_integer() => {
            size(from) <= size(to) && (is_positive(from) || !is_positive(to))
        }
        _ => false,
    }
}

/// What is asked about rows before a migration, as a finding; `count` where a database has answered.
pub(super) fn of_check(
    check: &DataCheck,
    count: Option<u64>,
    changed: Option<&OperationChange<'_>>,
    around: &Around,
) -> Option<Concern> {
    let table = check.tables.first()?;
    if around.new.contains(table) || count == Some(0) {
        return None;
    }
    let is_filled = |column: &String| around.filled.contains(&(table.clone(), column.clone()));
    if check.fault == Fault::Null && check.columns.iter().all(is_filled) {
        return None;
    }
    let rule = match check.fault {
        // The column says so already, rows or no rows.
        Fault::NoValue => return None,
        Fault::Null => &rules::NULLS,
        Fault::Duplicate if was_indexed(check, changed) => &rules::INDEX_BECOMES_UNIQUE,
        Fault::Duplicate => &rules::DUPLICATES,
        Fault::DoesNotFit | Fault::Orphan | Fault::BreaksCheck => &rules::ROWS_DO_NOT_FIT,
    };
    let subject = match check.columns.as_slice() {
        [] => table.clone(),
        columns => format!("{table}.{}", columns.join(", ")),
    };
    let detail = match count {
        Some(count) => format!("{count} {}", check.what),
        None => format!(
            "it fails if {}, which `migrate apply` looks for first",
            check.what
        ),
    };
    let concern = Concern::new(rule, subject, detail);
    Some(match (count, check.fault) {
        (Some(_), _) => concern.weighing(Severity::Error),
        // The expansion has filled the rows, and keeps them so.
        (None, Fault::Null) if around.is_contract() => concern.weighing(Severity::Info),
        (None, _) => concern,
    })
}

/// Whether an index over the same columns, which was not unique, goes for what is unique.
fn was_indexed(check: &DataCheck, changed: Option<&OperationChange<'_>>) -> bool {
    let tables = changed
        .into_iter()
        .flat_map(|changed| &changed.change.altered);
    let mut dropped = tables.flat_map(|table| &table.indexes.dropped);
    dropped.any(|index| {
        let columns: Vec<&str> = index
            .parts
            .iter()
            .filter_map(|part| part.column())
            .collect();
        !index.unique && columns == check.columns
    })
}

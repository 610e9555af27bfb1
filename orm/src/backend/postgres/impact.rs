//! What PostgreSQL locks, and whether it copies the table: chapter 13.3 of its manual and its `ALTER TABLE` page,
//! measured for versions 14 and later.

use super::types;
use crate::schema::change::AlteredColumn;
use crate::schema::{Column, ColumnType};
use crate::sql::{Blocks, DdlStatement, Effect, Impact, Placement, Work};

const ACCESS_EXCLUSIVE: &str = "ACCESS EXCLUSIVE";
const SHARE_ROW_EXCLUSIVE: &str = "SHARE ROW EXCLUSIVE";
const SHARE_UPDATE_EXCLUSIVE: &str = "SHARE UPDATE EXCLUSIVE";

/// Functions whose value differs from row to row, so that a new column must be written into each.
const VOLATILE: [&str; 5] = [
    "clock_timestamp(",
    "random(",
    "gen_random_uuid(",
    "nextval(",
    "uuidv",
];

/// What a statement keeps others from.
pub(super) fn impact(statement: &DdlStatement) -> Impact {
    let exclusive = |work| Impact::new(ACCESS_EXCLUSIVE, Blocks::ReadsAndWrites, work);
    let beside = |work| Impact::new(SHARE_UPDATE_EXCLUSIVE, Blocks::Nothing, work);
    let is_outside = statement.place == Placement::Outside;
    match &statement.effect {
        Effect::Unknown => Impact::unknown(),
        Effect::CreateTable | Effect::Setting => Impact::none(),
        Effect::Fill { .. } | Effect::Backfill { .. } => {
            Impact::new("ROW EXCLUSIVE", Blocks::Nothing, Work::Rows)
        }
        Effect::AddColumn(column) if is_written_into_rows(column) => exclusive(Work::Rewrite),
        Effect::AlterColumn(column) => exclusive(retyping(column)),
        Effect::SetNotNull { proven: false, .. } => exclusive(Work::Scan),
        Effect::CreateIndex(_) if is_outside => beside(Work::IndexBuild),
        Effect::DropIndex(_) if is_outside => beside(Work::Catalogue),
        Effect::CreateIndex(_) => Impact::new("SHARE", Blocks::Writes, Work::IndexBuild),
        Effect::RenameIndex | Effect::Comment => beside(Work::Catalogue),
        Effect::AddUnique { built: false, .. }
        | Effect::AddPrimaryKey(_)
        | Effect::AddExclusion(_) => exclusive(Work::IndexBuild),
        Effect::AddCheck { valid: true, .. } => exclusive(Work::Scan),
        Effect::AddForeignKey { key, valid } => {
            let work = if *valid { Work::Scan } else { Work::Catalogue };
            Impact::new(SHARE_ROW_EXCLUSIVE, Blocks::Writes, work).and(
                &key.to_table,
                SHARE_ROW_EXCLUSIVE,
                Blocks::Writes,
            )
        }
        Effect::Validate(_) => beside(Work::Scan),
        Effect::DropForeignKey(key) => {
            exclusive(Work::Catalogue).and(&key.to_table, ACCESS_EXCLUSIVE, Blocks::ReadsAndWrites)
        }
        Effect::RebuildTable { .. } => exclusive(Work::Rewrite),
        Effect::KeepInStep { .. } => {
            Impact::new(SHARE_ROW_EXCLUSIVE, Blocks::Writes, Work::Catalogue)
        }
        Effect::CreateView(_) | Effect::DropView(_) => Impact::none(),
        Effect::DropTable
        | Effect::RenameTable(_)
        | Effect::AddColumn(_)
        | Effect::DropColumn(_)
        | Effect::RenameColumn
        | Effect::SetNotNull { .. }
        | Effect::DropNotNull(_)
        | Effect::SetDefault(_)
        | Effect::SetIdentity(_)
        | Effect::DropIndex(_)
        | Effect::DropPrimaryKey
        | Effect::AddUnique { .. }
        | Effect::AddCheck { .. }
        | Effect::DropConstraint(_)
        | Effect::StopKeepingInStep => exclusive(Work::Catalogue),
    }
}

/// Whether a new column is written into every row, instead of standing in the catalogue once.
pub(super) fn is_written_into_rows(column: &Column) -> bool {
    let volatile = column
        .default
        .as_ref()
        .is_some_and(|default| VOLATILE.iter().any(|name| default.sql.contains(name)));
    let stored = column
        .generated
        .as_ref()
        .is_some_and(|generated| generated.stored);
    volatile || stored || column.identity
}

/// The changes of type that leave the rows as they are.
fn retyping(column: &AlteredColumn) -> Work {
    use ColumnType::{Decimal, Text, Varchar};
    let (from, to) = (&column.before.ty, &column.after.ty);
    let keeps_rows = types::name(from) == types::name(to)
        || match (from, to) {
            (Varchar(_) | Text, Varchar(None) | Text) => true,
            (Varchar(Some(was)), Varchar(Some(is))) => was <= is,
            (Decimal(Some(_)), Decimal(None)) => true,
            (Decimal(Some((was, scale))), Decimal(Some((is, other)))) => {
                was <= is && scale == other
            }
            _ => false,
        };
    match (
        keeps_rows,
        column.before.collation == column.after.collation,
    ) {
        (true, true) => Work::Catalogue,
        (true, false) => Work::IndexBuild,
        (false, _) => Work::Rewrite,
    }
}

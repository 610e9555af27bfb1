//! How MySQL and MariaDB change tables that are in use: which way (in the catalogue, in place, by copying) each kind of
//! change can go, by version, and how the server is told to go no other way.
//!
//! `ALGORITHM=` and `LOCK=` stand in every statement, so that the server refuses at once where this file thought too
//! well of it, instead of copying the table in silence. A refused statement is tried again with less asked, and where
//! nothing is left but to copy, that is the last of the ways.

use super::Flavour;
use super::types;
use crate::schema::change::AlteredColumn;
use crate::schema::{Column, ColumnType};
use crate::sql::{Blocks, DdlStatement, Effect, Impact, Placement, Version, Walk, Work};

/// How a change is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// In the catalogue.
    Instant,
    /// In place, beside reads and writes.
    InPlace,
    /// By copying the table, beside reads only.
    Copy,
}

impl Way {
    fn words(self) -> &'static str {
        match self {
            Way::Instant => "ALGORITHM=INSTANT",
            Way::InPlace => "ALGORITHM=INPLACE, LOCK=NONE",
            Way::Copy => "ALGORITHM=COPY, LOCK=SHARED",
        }
    }
}

/// The statements, for tables in use.
pub(super) fn online(
    flavour: Flavour,
    statements: Vec<DdlStatement>,
    is_new: &dyn Fn(&str) -> bool,
) -> Vec<DdlStatement> {
    let gentle = |statement: DdlStatement| match &statement.effect {
        _ if statement.table.is_empty() || is_new(&statement.table) => statement,
        Effect::Fill { column, key } => in_batches(&statement, column, key),
        effect => match way(flavour, effect) {
            Some(way) => asking(&statement, way),
            None => statement,
        },
    };
    statements.into_iter().map(gentle).collect()
}

/// The statement with the way that it may go, and with those that are left where the server refuses.
fn asking(statement: &DdlStatement, way: Way) -> DdlStatement {
    let quote = |name: &str| format!("`{}`", name.replace('`', "``"));
    let with = |way: Way| match &statement.effect {
        Effect::CreateIndex(_) => {
            format!("{} {}", statement.sql, way.words().replace(", ", " "))
        }
        // MariaDB takes no such words behind DROP INDEX.
        Effect::DropIndex(name) => format!(
            "ALTER TABLE {} DROP INDEX {}, {}",
            quote(&statement.table),
            quote(name),
            way.words()
        ),
        _ => format!("{}, {}", statement.sql, way.words()),
    };
    let weaker = [Way::InPlace, Way::Copy].into_iter();
    DdlStatement {
        sql: with(way),
        weaker: weaker.filter(|weaker| way < *weaker).map(with).collect(),
        ..statement.clone()
    }
}

/// A column that takes the name of one that goes, or that makes room for one that comes, in one statement with that:
/// nobody finds the table without a column of the name.
pub(super) fn joined(first: &DdlStatement, second: &DdlStatement) -> Option<DdlStatement> {
    let table = format!("ALTER TABLE `{}` ", first.table.replace('`', "``"));
    let words = |one: &DdlStatement| {
        let words = one.sql.strip_prefix(&table)?;
        Some(words.split(", ALGORITHM=").next()?.to_owned())
    };
    let is_one = matches!(
        (&first.effect, &second.effect),
        (Effect::DropColumn(_), Effect::RenameColumn)
            | (Effect::RenameColumn, Effect::AddColumn(_))
    );
    if !is_one || first.table != second.table {
        return None;
    }
    let (one, two) = (words(first)?, words(second)?);
    let both = |sql: &String| sql.replacen(&one, &format!("{one}, {two}"), 1);
    Some(DdlStatement {
        sql: both(&first.sql),
        weaker: first.weaker.iter().map(both).collect(),
        ..first.clone()
    })
}

/// Filling that can be broken off and gone on with: rows that have their value are left alone.
fn in_batches(statement: &DdlStatement, column: &str, key: &[String]) -> DdlStatement {
    let condition = format!(" WHERE `{}` IS NULL", column.replace('`', "``"));
    let mut filling = statement.clone();
    if !filling.sql.ends_with(&condition) {
        filling.sql += &condition;
    }
    if let Some(walk) = Walk::along(key) {
        filling.place = Placement::Batches(walk);
    }
    filling
}

/// What a statement keeps others from.
pub(super) fn impact(flavour: Flavour, statement: &DdlStatement) -> Impact {
    let effect = &statement.effect;
    match effect {
        Effect::Unknown => return Impact::unknown(),
        Effect::CreateTable | Effect::Setting | Effect::CreateView(_) | Effect::DropView(_) => {
            return Impact::none();
        }
        Effect::KeepInStep { .. } | Effect::StopKeepingInStep => {
            return Impact::new("metadata lock", Blocks::ReadsAndWrites, Work::Catalogue);
        }
        Effect::Fill { .. } | Effect::Backfill { .. } => {
            return Impact::new("row locks", Blocks::Nothing, Work::Rows);
        }
        Effect::DropTable | Effect::RenameTable(_) => {
            return Impact::new("metadata lock", Blocks::ReadsAndWrites, Work::Catalogue);
        }
        _ => {}
    }
    let impact = match way(flavour, effect) {
        Some(Way::Instant) => {
            Impact::new("metadata lock, instant", Blocks::Nothing, Work::Catalogue)
        }
        Some(Way::InPlace) => {
            let work = in_place_work(effect);
            Impact::new("metadata lock, in place", Blocks::Nothing, work)
        }
        Some(Way::Copy) => Impact::new("metadata lock, copy", Blocks::Writes, Work::Rewrite),
        None => Impact::unknown(),
    };
    match effect {
        Effect::AddForeignKey { key, .. } | Effect::DropForeignKey(key) => {
            impact.and(&key.to_table, "metadata lock", Blocks::Nothing)
        }
        _ => impact,
    }
}

fn in_place_work(effect: &Effect) -> Work {
    match effect {
        Effect::CreateIndex(_) | Effect::AddUnique { .. } => Work::IndexBuild,
        Effect::AddColumn(_)
        | Effect::DropColumn(_)
        | Effect::AlterColumn(_)
        | Effect::AddPrimaryKey(_) => Work::Rewrite,
        _ => Work::Catalogue,
    }
}

/// The gentlest way that a version knows for a change; `None` for what takes no such words.
pub(super) fn way(flavour: Flavour, effect: &Effect) -> Option<Way> {
    let since = |mysql: Version| match flavour {
        Flavour::Mysql(version) => mysql <= version,
        // Columns come and go at any place since 10.4, and are renamed so since 10.5.2; 10.6 is the least we know.
        Flavour::Mariadb(_) => true,
    };
    let instant_since = |mysql: Version| {
        if since(mysql) {
            Way::Instant
        } else {
            Way::InPlace
        }
    };
    Some(match effect {
        Effect::AddColumn(column) => adding(column, instant_since(Version::new(8, 0, 12))),
        Effect::DropColumn(_) => instant_since(Version::new(8, 0, 29)),
        Effect::RenameColumn => instant_since(Version::new(8, 0, 28)),
        Effect::AlterColumn(column) => altering(flavour, column),
        Effect::CreateIndex(_)
        | Effect::DropIndex(_)
        | Effect::RenameIndex
        | Effect::AddUnique { .. }
        | Effect::AddPrimaryKey(_)
        | Effect::DropForeignKey(_)
        | Effect::Comment => Way::InPlace,
        // A foreign key and a check are verified row by row while nobody writes; the key of the rows is their place.
        Effect::AddForeignKey { .. } | Effect::AddCheck { .. } | Effect::DropPrimaryKey => {
            Way::Copy
        }
        Effect::DropConstraint(_) => Way::InPlace,
        _ => return None,
    })
}

/// An expression is computed for each row, a number given to each, a stored value written into each.
fn adding(column: &Column, instant: Way) -> Way {
    let is_computed = column
        .default
        .as_ref()
        .is_some_and(|default| default.sql.starts_with('('));
    let is_stored = column
        .generated
        .as_ref()
        .is_some_and(|generated| generated.stored);
    match (is_stored || column.identity, is_computed) {
        (true, _) => Way::Copy,
        (_, true) => Way::InPlace,
        _ => instant,
    }
}

/// A column that is restated: the way depends on what of it differs.
fn altering(flavour: Flavour, column: &AlteredColumn) -> Way {
    let (before, after) = (&column.before, &column.after);
    if before.identity != after.identity || before.generated != after.generated {
        return Way::Copy;
    }
    let same_type = types::name(flavour, &before.ty) == types::name(flavour, &after.ty)
        && before.collation == after.collation;
    match (same_type, before.null == after.null) {
        (true, true) => Way::Instant,
        (true, false) => Way::InPlace,
        (false, true) if widens_text(&before.ty, &after.ty) => Way::InPlace,
        (false, _) => Way::Copy,
    }
}

/// The length of text stands in one byte up to 255 bytes, which are 63 characters of utf8mb4, and in two beyond.
fn widens_text(from: &ColumnType, to: &ColumnType) -> bool {
    const ONE_BYTE: u32 = 63;
    match (from, to) {
        (ColumnType::Varchar(Some(from)), ColumnType::Varchar(Some(to))) => {
            from <= to && (*to <= ONE_BYTE || ONE_BYTE < *from)
        }
        _ => false,
    }
}

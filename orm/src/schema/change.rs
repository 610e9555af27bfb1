//! What differs between two schemas, given what was renamed: the pure comparison beneath every migration operation.
//!
//! [`compare`] pairs tables and columns by name through the [`Renames`], and the rest by name or, for what a field
//! implies, by the name that was carried. What a type change touches (the foreign keys of the column and those that
//! point at it) is listed as dropped and added again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Check, Column, Exclusion, ForeignKey, Index, IndexTarget, Schema, Table, Unique,
    rename_identifiers,
};

/// What is called otherwise afterwards.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    /// Tables: the old name and the new one.
    pub tables: BTreeMap<String, String>,
    /// Columns: by the table's old name, the old name and the new one.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
}

/// What differs between two schemas.
#[derive(Debug, Clone, Default)]
pub struct SchemaChange {
    /// Tables that are new.
    pub created: Vec<Table>,
    /// Tables that go.
    pub dropped: Vec<Table>,
    /// Tables that change.
    pub altered: Vec<TableChange>,
}

/// What differs between two moments of one table.
#[derive(Debug, Clone, Default)]
pub struct TableChange {
    /// The table as it was, under its old names.
    pub old: Table,
    /// The table as it was, under the names of afterwards.
    pub before: Table,
    /// The table as it will be.
    pub after: Table,
    /// Columns: old name, new name.
    pub renamed_columns: Vec<(String, String)>,
    /// Columns that are new.
    pub added_columns: Vec<AddedColumn>,
    /// Columns that go.
    pub dropped_columns: Vec<Column>,
    /// Columns that change otherwise than by name.
    pub altered_columns: Vec<AlteredColumn>,
    /// Whether the primary key changes.
    pub primary_key: bool,
    /// Unique constraints.
    pub uniques: Parts<Unique>,
    /// Indexes.
    pub indexes: Parts<Index>,
    /// Indexes that change their name only: old name, and as it will be.
    pub renamed_indexes: Vec<(String, Index)>,
    /// Foreign keys.
    pub foreign_keys: Parts<ForeignKey>,
    /// Checks.
    pub checks: Parts<Check>,
    /// Exclusion constraints.
    pub exclusions: Parts<Exclusion>,
}

/// A new column.
#[derive(Debug, Clone, PartialEq)]
pub struct AddedColumn {
    /// The column as it will be.
    pub column: Column,
    /// What existing rows get, as SQL, evaluated once for each; `None` where the column's default does it.
    pub fill: Option<String>,
}

/// A column before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlteredColumn {
    /// The column as it was, under its new name.
    pub before: Column,
    /// The column as it will be.
    pub after: Column,
    /// What rows that hold NULL get where NULL is no longer allowed, as SQL.
    pub fill: Option<String>,
}

/// What goes and what comes, of one kind.
#[derive(Debug, Clone)]
pub struct Parts<T> {
    /// What goes, under the names of afterwards for its columns.
    pub dropped: Vec<T>,
    /// What comes.
    pub added: Vec<T>,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Parts {
            dropped: Vec::new(),
            added: Vec::new(),
        }
    }
}

impl<T: PartialEq + Clone> Parts<T> {
    fn between(before: &[T], after: &[T]) -> Self {
        let missing = |from: &[T], other: &[T]| {
            from.iter()
                .filter(|part| !other.contains(part))
                .cloned()
                .collect()
        };
        Parts {
            dropped: missing(before, after),
            added: missing(after, before),
        }
    }

    /// Whether nothing goes and nothing comes.
    pub fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.added.is_empty()
    }
}

impl AlteredColumn {
    /// Whether the type or the collation changes.
    pub fn retyped(&self) -> bool {
        self.before.ty != self.after.ty || self.before.collation != self.after.collation
    }
}

impl TableChange {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.old.name == self.after.name
            && self.renamed_columns.is_empty()
            && self.added_columns.is_empty()
            && self.dropped_columns.is_empty()
            && self.altered_columns.is_empty()
            && !self.primary_key
            && self.uniques.is_empty()
            && self.indexes.is_empty()
            && self.renamed_indexes.is_empty()
            && self.foreign_keys.is_empty()
            && self.checks.is_empty()
            && self.exclusions.is_empty()
            && self.before.comment == self.after.comment
            && self.before.tablespace == self.after.tablespace
    }
}

impl SchemaChange {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.dropped.is_empty() && self.altered.is_empty()
    }
}

impl Renames {
    /// A table's new name.
    pub fn table<'a>(&'a self, old: &'a str) -> &'a str {
        self.tables.get(old).map_or(old, String::as_str)
    }

    /// A column's new name, by the table's old one.
    pub fn column<'a>(&'a self, table: &str, old: &'a str) -> &'a str {
        self.columns
            .get(table)
            .and_then(|columns| columns.get(old))
            .map_or(old, String::as_str)
    }

    /// The same renames the other way round.
    #[must_use]
    pub fn reversed(&self) -> Renames {
        let swap = |map: &BTreeMap<String, String>| {
            map.iter()
                .map(|(old, new)| (new.clone(), old.clone()))
                .collect()
        };
        Renames {
            tables: swap(&self.tables),
            columns: self
                .columns
                .iter()
                .map(|(table, map)| (self.table(table).to_owned(), swap(map)))
                .collect(),
        }
    }

    /// The table that will be called so, as it is now.
    pub fn source<'a>(&self, schema: &'a Schema, new: &str) -> Option<&'a Table> {
        let renamed = self.tables.iter().find(|(_, to)| *to == new);
        match renamed {
            Some((from, _)) => schema.table(from),
            None if self.tables.contains_key(new) => None,
            None => schema.table(new),
        }
    }

    /// A table under the names of afterwards; the names of indexes and constraints stay.
    pub fn apply_to_table(&self, table: &Table) -> Table {
        let mut out = table.clone();
        let names = |columns: &mut Vec<String>, of: &str| {
            for column in columns {
                *column = self.column(of, column).to_owned();
            }
        };
        let text = |sql: &mut String| {
            *sql = rename_identifiers(sql, &|name| {
                self.columns.get(&table.name)?.get(name).cloned()
            });
        };
        out.name = self.table(&table.name).to_owned();
        for column in &mut out.columns {
            column.name = self.column(&table.name, &column.name).to_owned();
            column
                .generated
                .iter_mut()
                .for_each(|generated| text(&mut generated.expression));
        }
        out.primary_key
            .iter_mut()
            .for_each(|key| names(&mut key.columns, &table.name));
        out.uniques
            .iter_mut()
            .for_each(|unique| names(&mut unique.columns, &table.name));
        for index in &mut out.indexes {
            for part in &mut index.parts {
                match &mut part.target {
                    IndexTarget::Column(name) => *name = self.column(&table.name, name).to_owned(),
                    IndexTarget::Expression(sql) => text(sql),
                }
            }
            names(&mut index.include, &table.name);
            index.condition.iter_mut().for_each(text);
        }
        for key in &mut out.foreign_keys {
            names(&mut key.columns, &table.name);
            names(&mut key.to_columns, &key.to_table);
            key.to_table = self.table(&key.to_table).to_owned();
        }
        for check in &mut out.checks {
            text(&mut check.condition);
            check.implied_by = check
                .implied_by
                .take()
                .map(|column| self.column(&table.name, &column).to_owned());
        }
        for exclusion in &mut out.exclusions {
            exclusion
                .elements
                .iter_mut()
                .for_each(|(expression, _)| text(expression));
            exclusion.condition.iter_mut().for_each(text);
            names(&mut exclusion.include, &table.name);
        }
        out
    }
}

/// What differs between two schemas.
pub fn compare(before: &Schema, after: &Schema, renames: &Renames) -> SchemaChange {
    let mut change = SchemaChange::default();
    let mut kept = BTreeSet::new();
    for old in before.tables.values() {
        let name = renames.table(&old.name);
        match after.tables.get(name) {
            Some(new) if Arc::ptr_eq(old, new) => {
                kept.insert(name);
            }
            Some(new) => {
                kept.insert(name);
                change.altered.push(compare_tables(
                    old,
                    renames.apply_to_table(old),
                    new,
                    renames,
                ));
            }
            None => change.dropped.push(Table::clone(old)),
        }
    }
    change.created = after
        .tables
        .values()
        .filter(|table| !kept.contains(table.name.as_str()))
        .map(|table| Table::clone(table))
        .collect();
    remake_foreign_keys_of_retyped_columns(&mut change);
    change.altered.retain(|table| !table.is_empty());
    change
}

fn compare_tables(old: &Table, before: Table, after: &Table, renames: &Renames) -> TableChange {
    let mut change = TableChange {
        primary_key: before.primary_key.as_ref().map(|key| &key.columns)
            != after.primary_key.as_ref().map(|key| &key.columns),
        uniques: Parts::between(&before.uniques, &after.uniques),
        foreign_keys: Parts::between(&before.foreign_keys, &after.foreign_keys),
        checks: Parts::between(&before.checks, &after.checks),
        exclusions: Parts::between(&before.exclusions, &after.exclusions),
        renamed_columns: old
            .columns
            .iter()
            .map(|column| {
                (
                    column.name.clone(),
                    renames.column(&old.name, &column.name).to_owned(),
                )
            })
            .filter(|(from, to)| from != to)
            .collect(),
        ..TableChange::default()
    };
    for column in &after.columns {
        match before.column(&column.name) {
            None => change.added_columns.push(AddedColumn {
                column: column.clone(),
                fill: None,
            }),
            Some(was) if was != column => change.altered_columns.push(AlteredColumn {
                before: was.clone(),
                after: column.clone(),
                fill: None,
            }),
            Some(_) => {}
        }
    }
    change.dropped_columns = before
        .columns
        .iter()
        .filter(|c| after.column(&c.name).is_none())
        .cloned()
        .collect();
    compare_indexes(&before, after, &mut change);
    change.old = old.clone();
    change.before = before;
    change.after = after.clone();
    change
}

fn compare_indexes(before: &Table, after: &Table, change: &mut TableChange) {
    let mut parts = Parts::between(&before.indexes, &after.indexes);
    parts.added.retain(|new| {
        let renamed = parts
            .dropped
            .iter()
            .position(|gone| gone.name != new.name && gone.same_but_name(new));
        if let Some(at) = renamed {
            change
                .renamed_indexes
                .push((parts.dropped.remove(at).name, new.clone()));
        }
        renamed.is_none()
    });
    change.indexes = parts;
}

/// A database refuses to change the type or the numbering of a column that a foreign key holds, from either side: those
/// keys are made anew.
fn remake_foreign_keys_of_retyped_columns(change: &mut SchemaChange) {
    let retyped: BTreeSet<(String, String)> = change
        .altered
        .iter()
        .flat_map(|table| {
            table
                .altered_columns
                .iter()
                .filter(|c| c.retyped() || c.before.identity != c.after.identity)
                .map(|c| (table.after.name.clone(), c.after.name.clone()))
        })
        .collect();
    let rekeyed: BTreeSet<String> = change
        .altered
        .iter()
        .filter(|table| table.primary_key)
        .map(|table| table.after.name.clone())
        .collect();
    if retyped.is_empty() && rekeyed.is_empty() {
        return;
    }
    for table in &mut change.altered {
        for key in &table.before.foreign_keys {
            let holds = |of: &str, columns: &[String]| {
                columns
                    .iter()
                    .any(|c| retyped.contains(&(of.to_owned(), c.clone())))
            };
            let touched = holds(&table.after.name, &key.columns)
                || holds(&key.to_table, &key.to_columns)
                || rekeyed.contains(&key.to_table);
            if touched
                && table.after.foreign_keys.contains(key)
                && !table.foreign_keys.added.contains(key)
            {
                table.foreign_keys.dropped.push(key.clone());
                table.foreign_keys.added.push(key.clone());
            }
        }
    }
}

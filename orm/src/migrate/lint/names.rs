//! Names that are not as agreed, where patterns are configured.

use super::{Linter, rules};
use crate::migrate::plan::OperationChange;
use crate::schema::Table;
use crate::sql::{Concern, Rule};

impl Linter<'_> {
    /// Names that are not as agreed.
    pub(super) fn of_names(&self, changed: &OperationChange<'_>) -> impl Iterator<Item = Concern> {
        let mut found = Vec::new();
        let mut look = |rule: &'static Rule, table: &str, name: &str| {
            let Some(pattern) = self.settings.names.get(rule.code) else {
                return;
            };
            if !(pattern.fits)(name) {
                let detail = format!("`{name}` does not look like `{}`", pattern.text);
                found.push(Concern::new(rule, table, detail));
            }
        };
        for table in &changed.change.created {
            look(&rules::TABLE_NAME, &table.name, &table.name);
            names_of(table, &mut look);
        }
        for table in &changed.change.altered {
            let new = Table {
                columns: table
                    .added_columns
                    .iter()
                    .map(|added| added.column.clone())
                    .collect(),
                indexes: table.indexes.added.clone(),
                foreign_keys: table.foreign_keys.added.clone(),
                checks: table.checks.added.clone(),
                uniques: table.uniques.added.clone(),
                ..Table::new(&table.after.name)
            };
            names_of(&new, &mut look);
            if table.old.name != table.after.name {
                look(&rules::TABLE_NAME, &table.after.name, &table.after.name);
            }
            for (_, name) in &table.renamed_columns {
                look(&rules::COLUMN_NAME, &table.after.name, name);
            }
        }
        found.into_iter()
    }
}

fn names_of(table: &Table, look: &mut impl FnMut(&'static Rule, &str, &str)) {
    for column in &table.columns {
        look(&rules::COLUMN_NAME, &table.name, &column.name);
    }
    // What a field brings has the name that is computed for it.
    for index in table.indexes.iter().filter(|index| !index.implied) {
        look(&rules::INDEX_NAME, &table.name, &index.name);
    }
    for name in table
        .foreign_keys
        .iter()
        .filter_map(|key| key.name.as_ref())
    {
        look(&rules::REFERENCE_NAME, &table.name, name);
    }
    let checks = table
        .checks
        .iter()
        .filter(|check| check.implied_by.is_none());
    for name in checks.filter_map(|check| check.name.as_ref()) {
        look(&rules::CHECK_NAME, &table.name, name);
    }
    let uniques = table.uniques.iter().filter(|unique| !unique.implied);
    for name in uniques.filter_map(|unique| unique.name.as_ref()) {
        look(&rules::UNIQUE_NAME, &table.name, name);
    }
}

//! What lint asks a live database: which tables are there, how large they are, and how many rows are in the way.

use std::collections::BTreeSet;

use super::Known;
use crate::error::{ErrorKind, Result};
use crate::migrate::ask::ask;
use crate::migrate::execute::sizes;
use crate::migrate::migrator::Migrator;
use crate::migrate::plan::MigrationPlan;

impl Migrator {
    /// What the database tells of tables, and of rows in the way of plans.
    ///
    /// # Errors
    /// What the database said.
    pub async fn known(&self, tables: &BTreeSet<String>, plans: &[MigrationPlan]) -> Result<Known> {
        let sizes = sizes(&self.database, &*self.editor, tables).await?;
        let mut known = Known {
            applied: self
                .history()
                .await?
                .into_iter()
                .map(|applied| applied.key)
                .collect(),
            rows: sizes
                .into_iter()
                .map(|(name, size)| (name, size.rows))
                .collect(),
            ..Known::default()
        };
        for (at, plan) in plans.iter().enumerate() {
            for check in plan.checks_before(&plans[..at]) {
                let is_there = check
                    .tables
                    .iter()
                    .all(|table| known.rows.contains_key(table));
                if !is_there || known.applied.contains(&plan.key) {
                    continue;
                }
                let answer = match ask(&self.database, check.count.as_str(), Vec::new()).await {
                    // Tables that are otherwise than the files say cannot be asked.
                    Err(error) if matches!(error.kind(), ErrorKind::Database { .. }) => continue,
                    answer => answer?,
                };
                let first = answer.first().and_then(|row| row.first()?.as_deref());
                if let Some(count) = first.and_then(|text| text.parse().ok()) {
                    known.counts.insert(check.count.clone(), count);
                }
            }
        }
        Ok(known)
    }
}

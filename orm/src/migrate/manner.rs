//! Which tables are in use: what a plan must heed of the database that it is for.

use std::collections::{BTreeMap, BTreeSet};

use crate::driver::Executor;
use crate::error::Result;
use crate::migrate::ask::ask;
use crate::migrate::execute::{TableSize, fits_the_journal, sizes};
use crate::migrate::files::MigrationKey;
use crate::migrate::migrator::{FullPlan, Goal, Migrator};
use crate::migrate::plan::{Manner, MigrationPlan};
use crate::migrate::record::{Applied, History, MIGRATIONS, STEPS};

impl Migrator {
    /// The plan for the database as it is: tables that are empty, or not there yet, are in nobody's use. A migration
    /// that was broken off goes on as it began.
    pub(super) async fn plan_for(
        &self,
        executor: &dyn Executor,
        goal: &Goal,
        history: &[Applied],
    ) -> Result<FullPlan> {
        let known = History {
            executor,
            editor: &*self.editor,
        };
        let existing = known.tables().await?;
        let is_own = |name: &String| name == MIGRATIONS || name == STEPS;
        if existing.iter().all(is_own) {
            return self.full_plan(goal, history, &|_| Manner::Plain);
        }
        let plan = self.full_plan(goal, history, &|_| Manner::Online)?;
        let under_way = match existing.contains(STEPS) {
            true => known.under_way().await?,
            false => BTreeSet::new(),
        };
        let mut plain = BTreeSet::new();
        let mut rows = BTreeMap::new();
        for planned in plan
            .migrations
            .iter()
            .filter(|plan| !plan.in_use.is_empty())
        {
            let is_plain = if under_way.contains(&planned.key) {
                !fits_the_journal(&known, planned).await?
            } else {
                self.is_idle(executor, planned, &existing, &mut rows)
                    .await?
            };
            if is_plain {
                plain.insert(planned.key.clone());
            }
        }
        let manner = |key: &MigrationKey| match plain.contains(key) {
            true => Manner::Plain,
            false => Manner::Online,
        };
        let mut plan = match plain.is_empty() {
            true => plan,
            false => self.full_plan(goal, history, &manner)?,
        };
        plan.under_way = under_way;
        Ok(plan)
    }

    /// Whether all tables that a plan is careful with are empty, or not there yet.
    async fn is_idle(
        &self,
        executor: &dyn Executor,
        plan: &MigrationPlan,
        existing: &BTreeSet<String>,
        known: &mut BTreeMap<String, bool>,
    ) -> Result<bool> {
        for table in plan.in_use.iter().filter(|table| existing.contains(*table)) {
            let has_rows = match known.get(table) {
                Some(has_rows) => *has_rows,
                None => {
                    let query = format!("SELECT 1 FROM {} LIMIT 1", self.editor.quote(table));
                    let has_rows = !ask(executor, query, Vec::new()).await?.is_empty();
                    known.insert(table.clone(), has_rows);
                    has_rows
                }
            };
            if has_rows {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How large the tables are that plans speak of, where they are there.
    ///
    /// # Errors
    /// What the database said.
    pub async fn table_sizes(
        &self,
        plans: &[MigrationPlan],
    ) -> Result<BTreeMap<String, TableSize>> {
        let tables: BTreeSet<String> = plans
            .iter()
            .flat_map(MigrationPlan::statements)
            .flat_map(|statement| statement.tables().map(str::to_owned))
            .collect();
        sizes(&self.database, &*self.editor, &tables).await
    }
}

//! What is asked before anything is changed: consent to lose data and to copy tables, and the rows themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use crate::driver::Executor;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::ask;
use crate::migrate::migrator::FullPlan;
use crate::migrate::plan::{DataCheck, Direction, Loss, MigrationPlan};
use crate::sql::{Answer, SchemaEditor, Work};

/// How large a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Its rows; `None` where nobody knows.
    pub rows: Option<u64>,
    /// Whether the rows were counted, not estimated.
    pub counted: bool,
    /// Its bytes, indexes included; `None` where the database does not tell.
    pub bytes: Option<u64>,
}

/// Tables of fewer rows by estimation are counted.
const COUNTED: u64 = 10_000;
/// Tables of fewer bytes are counted where nobody estimated.
const COUNTED_BYTES: u64 = 8 << 20;

/// The sizes of tables.
///
/// # Errors
/// What the database said.
pub(in crate::migrate) async fn sizes(
    executor: &dyn Executor,
    editor: &dyn SchemaEditor,
    tables: &BTreeSet<String>,
) -> Result<BTreeMap<String, TableSize>> {
    let mut sizes = BTreeMap::new();
    match editor.sizes_query() {
        Some(query) => {
            for row in ask(executor, query, Vec::new()).await? {
                let mut row = row.into_iter();
                let (name, rows, bytes) = (row.next(), row.next(), row.next());
                let number = |text: Option<Option<String>>| text.flatten()?.parse().ok();
                if let Some(name) = name.flatten().filter(|name| tables.contains(name)) {
                    let size = TableSize {
                        rows: number(rows),
                        counted: false,
                        bytes: number(bytes),
                    };
                    sizes.insert(name, size);
                }
            }
        }
        None => {
            let unknown = TableSize {
                rows: None,
                counted: false,
                bytes: None,
            };
            for row in ask(executor, editor.tables_query(), Vec::new()).await? {
                let name = row.into_iter().next().flatten();
                sizes.extend(
                    name.filter(|name| tables.contains(name))
                        .map(|name| (name, unknown)),
                );
            }
        }
    }
    for (name, size) in &mut sizes {
        let is_small = match (size.rows, size.bytes) {
            (Some(rows), _) => rows < COUNTED,
            (None, bytes) => bytes.is_none_or(|bytes| bytes < COUNTED_BYTES),
        };
        if is_small {
            let query = format!("SELECT count(*) FROM {}", editor.quote(name));
            size.rows = first_number(&ask(executor, query, Vec::new()).await?);
            size.counted = true;
        }
    }
    Ok(sizes)
}

fn first_number(answer: &Answer) -> Option<u64> {
    answer.first()?.first()?.as_deref()?.parse().ok()
}

impl Run<'_> {
    /// Whatever can be known before anything is changed: consent, and rows that would be in the way.
    pub(in crate::migrate) async fn look_ahead(&self, plan: &FullPlan) -> Result<()> {
        for (at, planned) in plan.migrations.iter().enumerate() {
            // What was broken off has changed already what would be asked about.
            if plan.under_way.contains(&planned.key) {
                continue;
            }
            self.refuse_copies(planned).await?;
            let checks = planned.checks_before(&plan.migrations[..at]);
            self.check_rows(planned, &checks).await?;
        }
        Ok(())
    }

    /// The rows that could not be asked about before, since an earlier migration of the run wrote some.
    pub(in crate::migrate) async fn look_again(&self, plan: &FullPlan, at: usize) -> Result<()> {
        let planned = &plan.migrations[at];
        if plan.under_way.contains(&planned.key) {
            return Ok(());
        }
        let asked = planned.checks_before(&plan.migrations[..at]);
        let mut left = planned.checks_before(&[]);
        left.retain(|check| !asked.contains(check));
        self.check_rows(planned, &left).await
    }

    /// Copying a large table, with its writers waiting, needs consent.
    async fn refuse_copies(&self, plan: &MigrationPlan) -> Result<()> {
        if self.may_copy(plan) || self.editor.features().transactional {
            return Ok(());
        }
        let copied = |statement: &&crate::sql::DdlStatement| {
            let impact = self.editor.impact(statement);
            impact.work == Work::Rewrite && impact.blocks_long()
        };
        let tables: BTreeSet<String> = plan
            .statements()
            .filter(copied)
            .map(|statement| statement.table.clone())
            .collect();
        let sizes = sizes(self.session, self.editor, &tables).await?;
        let large = sizes
            .iter()
            .find(|(_, size)| size.rows.is_some_and(|rows| self.options.copy_limit < rows));
        let Some((table, size)) = large else {
            return Ok(());
        };
        let message = format!(
            "nothing was done: `{}` makes the server copy `{table}` ({} rows), and nobody can write to it meanwhile; say \
             `--allow-table-copy`, or write `allow = [\"table_copy\"]` into its file, if that is meant",
            plan.key,
            size.rows.unwrap_or_default()
        );
        Err(Error::new(ErrorKind::MigrationRefused { message }))
    }

    /// Whether large tables may be copied.
    pub(super) fn may_copy(&self, plan: &MigrationPlan) -> bool {
        self.options.allow_table_copy || self.options.fake || plan.allows("table_copy")
    }

    /// Rows that would be in the way, all of them at once, before anything is changed.
    async fn check_rows(&self, plan: &MigrationPlan, checks: &[&DataCheck]) -> Result<()> {
        if self.options.fake || !self.options.data_checks || checks.is_empty() {
            return Ok(());
        }
        let existing = self.history(self.session).tables().await?;
        let mut faults = Vec::new();
        for check in checks {
            if check.tables.iter().all(|table| existing.contains(table)) {
                faults.extend(self.fault(check).await?);
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        let message = format!(
            "nothing of `{}` was done, since rows are in its way:\n  {}\nMend the rows, by hand or in a migration before \
             this one, and apply again.",
            plan.key,
            faults.join("\n  ")
        );
        Err(Error::new(ErrorKind::MigrationRefused { message }))
    }

    async fn fault(&self, check: &DataCheck) -> Result<Option<String>> {
        let located = |error: Error| error.context(format!("checking whether {}", check.what));
        let count = match ask(self.session, check.count.as_str(), Vec::new()).await {
            // Tables that are otherwise than the files say cannot be asked: the migration itself shows what is wrong.
            Err(error) if matches!(error.kind(), ErrorKind::Database { .. }) => return Ok(None),
            count => count.map_err(located)?,
        };
        let count = first_number(&count).unwrap_or_default();
        if count == 0 {
            return Ok(None);
        }
        let table = check.tables.first().map_or("", String::as_str);
        let mut fault = format!("{table}: {count} {}", check.what);
        if !check.shown.is_empty() {
            let rows = ask(self.session, check.sample.as_str(), Vec::new())
                .await
                .map_err(located)?;
            let shown = |row: &Vec<Option<String>>| {
                let pairs = check.shown.iter().zip(row);
                let pairs = pairs.map(|(name, value)| {
                    format!("{name} = {}", value.as_deref().unwrap_or("NULL"))
                });
                pairs.collect::<Vec<_>>().join(", ")
            };
            let rows: Vec<String> = rows.iter().map(shown).collect();
            fault += &format!(" (such as {})", rows.join("; "));
        }
        Ok(Some(fault))
    }

    /// Going backwards over rows needs consent; over empty tables and columns it does not.
    pub(in crate::migrate) async fn refuse_loss_backwards(
        &self,
        plans: &[MigrationPlan],
    ) -> Result<()> {
        if self.options.allow_data_loss || self.options.fake {
            return Ok(());
        }
        let existing = self.history(self.session).tables().await?;
        for plan in plans
            .iter()
            .filter(|plan| plan.direction == Direction::Backwards)
        {
            for loss in &plan.losses {
                if self.has_data(&existing, loss).await? {
                    let message = format!(
                        "nothing was done: taking back `{}` drops {}, which holds data; say `--allow-data-loss` if that is meant",
                        plan.key, loss
                    );
                    return Err(Error::new(ErrorKind::MigrationRefused { message }));
                }
            }
        }
        Ok(())
    }

    /// What is called otherwise by now is taken to hold data.
    async fn has_data(&self, existing: &BTreeSet<String>, loss: &Loss) -> Result<bool> {
        if !existing.contains(&loss.table) {
            return Ok(true);
        }
        let found =
            crate::migrate::introspect::table(self.session, self.editor, &loss.table).await?;
        let table = self.editor.quote(&loss.table);
        let condition = match &loss.column {
            Some(column) if found.column(column).is_none() => return Ok(true),
            Some(column) => format!(" WHERE {} IS NOT NULL", self.editor.quote(column)),
            None => String::new(),
        };
        let rows = ask(
            self.session,
            format!("SELECT 1 FROM {table}{condition} LIMIT 1"),
            Vec::new(),
        )
        .await?;
        Ok(!rows.is_empty())
    }
}

//! Applying by phases: what belongs before the new code runs, and what after the old code is gone.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::db::Database;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::files::{
    EmbeddedMigrations, MigrationKey, MigrationSet, Phase, linked_migrations,
};
use crate::migrate::graph::{MigrationGraph, Step};
use crate::migrate::migrator::{Goal, MigrationReport, Migrator};

/// The steps of a plan that belong to a phase: with `expand` all that does not come after a contract migration that is
/// not applied yet; with `contract` all that does not come after an expand migration that is not applied yet.
///
/// # Errors
/// Where the plan goes backwards; where contract migrations are left, and all of them wait for the phase before.
pub(super) fn steps_of(
    phase: Phase,
    set: &MigrationSet,
    graph: &MigrationGraph,
    steps: Vec<Step>,
) -> Result<Vec<Step>> {
    if let Some(Step::Unapply(key)) = steps.iter().find(|step| matches!(step, Step::Unapply(_))) {
        let message = format!(
            "phases are for the way forwards, and `{key}` would be taken back: leave the phase out"
        );
        return Err(Error::new(ErrorKind::MigrationRefused { message }));
    }
    let stops_at = match phase {
        Phase::Expand => Phase::Contract,
        Phase::Contract => Phase::Expand,
    };
    let phase_of = |key: &MigrationKey| set.get(key).and_then(|migration| migration.phase);
    let mut left: BTreeSet<MigrationKey> = BTreeSet::new();
    let mut taken = Vec::new();
    for step in steps {
        let key = step.key();
        let is_behind = graph
            .parents(key)
            .into_iter()
            .any(|parent| left.contains(parent));
        if is_behind || phase_of(key) == Some(stops_at) {
            left.insert(key.clone());
        } else {
            taken.push(step);
        }
    }
    let is_contract = |key: &&MigrationKey| phase_of(key) == Some(Phase::Contract);
    let took_any = taken.iter().any(|step| is_contract(&step.key()));
    if let (Phase::Contract, false, Some(waiting)) =
        (phase, took_any, left.iter().find(is_contract))
    {
        let first = left.iter().find(|key| phase_of(key) == Some(Phase::Expand));
        let mut message = format!("nothing was applied: `{waiting}` waits for the phase before it");
        if let Some(first) = first {
            let _ = write!(message, ", `{first}`");
        }
        message += "; apply that with the phase `expand`, bring the new code out, and apply the phase `contract` when \
                    the old code is gone";
        return Err(Error::new(ErrorKind::MigrationRefused { message }));
    }
    Ok(taken)
}

/// What is to be known of a plan that goes through both phases at once, on a database that others may use.
pub(super) fn warning(
    set: &MigrationSet,
    applied: &BTreeSet<MigrationKey>,
    steps: &[Step],
) -> Option<String> {
    let phase_of = |key: &MigrationKey| set.get(key).and_then(|migration| migration.phase);
    let contracts: Vec<String> = steps
        .iter()
        .filter(|step| matches!(step, Step::Apply(_)))
        .filter(|step| phase_of(step.key()) == Some(Phase::Contract))
        .map(|step| format!("`{}`", step.key()))
        .collect();
    if applied.is_empty() || contracts.is_empty() {
        return None;
    }
    let with_expand = steps
        .iter()
        .any(|step| phase_of(step.key()) == Some(Phase::Expand));
    let all = contracts.join(", ");
    Some(match with_expand {
        true => format!(
            "both phases are applied at once: after {all}, code from before fails; where such code still runs, apply the \
             phase `expand` alone first"
        ),
        false => format!("the phase `contract` is applied: after {all}, code from before fails"),
    })
}

impl Database {
    /// Applies of the migrations that a crate has embedded those of one phase: what a service does as it starts with
    /// `expand`, and once no older program runs any more with `contract`.
    ///
    /// # Errors
    /// As [`Database::migrate`], and where contract migrations wait for the phase before.
    pub async fn migrate_phase(
        &self,
        migrations: &EmbeddedMigrations,
        phase: Phase,
    ) -> Result<MigrationReport> {
        let migrator = Migrator::new(self, migrations.load()?).phase(Some(phase));
        migrator.apply(Goal::Newest).await
    }

    /// Applies of the migrations of all linked crates those of one phase.
    ///
    /// # Errors
    /// As [`Database::migrate_phase`], and where two crates have migrations of one app.
    pub async fn migrate_all_phase(&self, phase: Phase) -> Result<MigrationReport> {
        let migrator = Migrator::new(self, linked_migrations()?).phase(Some(phase));
        migrator.apply(Goal::Newest).await
    }
}

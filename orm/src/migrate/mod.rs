//! Migrations: the state of the models as data, the operations between two states, and the files they stand in.

mod affected;
pub(crate) mod ask;
pub mod autodetect;
mod carry;
pub mod commute;
pub mod drift;
mod execute;
mod expression;
pub mod files;
pub mod graph;
pub mod historical;
pub mod inspect;
pub mod introspect;
pub mod lint;
pub(crate) mod lock;
mod manner;
mod migrator;
pub mod name;
pub mod operation;
pub mod optimize;
pub mod phased;
mod phases;
pub mod plan;
mod read_sql;
mod record;
mod renames;
mod run_rust;
mod split;
pub mod squash;
pub mod state;
pub mod to_schema;
pub mod verify;

pub use crate::meta::value_of;
pub use autodetect::diff;
pub use execute::TableSize;
pub use migrator::{FullPlan, Goal, MigrationReport, Migrator, Outcome, Progress};
pub use operation::Operation;
pub use record::{Applied, MIGRATIONS, STEPS};
pub use run_rust::{DataFunction, DataMigration, DataMoment};
pub use state::{ModelKey, ModelState, ProjectState};

#[cfg(test)]
mod tests;

//! Whether a history of migrations holds: applied, taken back and applied again on a database that is made for this,
//! with a look at the catalogue after each leg.
//!
//! ```no_run
//! # async fn doc(set: nuages::migrate::files::MigrationSet) -> nuages::Result<()> {
//! use nuages::migrate::verify::verify;
//!
//! let verification = verify("postgres://localhost/blog", &set).await?;
//! assert!(verification.is_sound(), "{verification:?}");
//! # Ok(())
//! # }
//! ```

mod scratch;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use super::files::{MigrationKey, MigrationSet};
use super::graph::{GraphNode, MigrationGraph};
use super::plan::{Direction, Moment};
use super::{Goal, Migrator, introspect};
use crate::db::{Database, editor};
use crate::error::{ErrorKind, Result};
use crate::migrate::record::{MIGRATIONS, STEPS};
use crate::schema::Schema;
pub use told::{Difference, differences};

/// What came of going there and back.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// The server, with its version.
    pub server: String,
    /// The legs that were gone, in order.
    pub legs: Vec<Leg>,
    /// The migrations that cannot be taken back, each with the reason; what comes before them was not taken back.
    pub irreversible: Vec<(MigrationKey, String)>,
}

/// One leg of the way.
#[derive(Debug, Clone)]
pub struct Leg {
    /// Which way.
    pub direction: Direction,
    /// The migrations that were applied or taken back, in order.
    pub migrations: Vec<MigrationKey>,
    /// What is wrong, in words; a leg with faults is the last but for those that only show in the catalogue.
    pub faults: Vec<String>,
    /// What is noteworthy: what SQL of the files' own has made, which the files do not say of the models.
    pub notes: Vec<String>,
}

impl Verification {
    /// Whether nothing is wrong. A migration that cannot be taken back is not, if its author meant it so.
    pub fn is_sound(&self) -> bool {
        self.legs.iter().all(|leg| leg.faults.is_empty())
    }
}

/// Goes through a history on a database that is made beside the one that the URL names, and dropped again: in memory
/// for SQLite, a database of its own on a server. Nothing that exists is touched.
///
/// # Errors
/// Where no such database can be made, the files do not fit each other, or a function that they need is not linked.
/// What is wrong with the migrations is no error, but stands in the result.
pub async fn verify(url: &str, set: &MigrationSet) -> Result<Verification> {
    let scratch = scratch::make(url).await?;
    let result = verify_on(&scratch.database, set).await;
    let dropped = scratch.drop().await;
    let verification = result?;
    dropped?;
    Ok(verification)
}

async fn verify_on(database: &Database, set: &MigrationSet) -> Result<Verification> {
    let mut way = Way {
        database,
        set,
        found: Verification {
            server: database.server().to_string(),
            ..Verification::default()
        },
    };
    way.go().await?;
    Ok(way.found)
}

/// The way there and back, as far as it was gone.
struct Way<'a> {
    database: &'a Database,
    set: &'a MigrationSet,
    found: Verification,
}

impl Way<'_> {
    async fn go(&mut self) -> Result<()> {
        if !self.leg(Direction::Forwards, vec![Goal::Newest]).await? {
            return Ok(());
        }
        let goals = self.way_back().await?;
        if self.leg(Direction::Backwards, goals).await? {
            self.leg(Direction::Forwards, vec![Goal::Newest]).await?;
        }
        Ok(())
    }

    /// Goes one leg, and looks; whether it came to its end.
    async fn leg(&mut self, direction: Direction, goals: Vec<Goal>) -> Result<bool> {
        let mut leg = Leg {
            direction,
            migrations: Vec::new(),
            faults: Vec::new(),
            notes: Vec::new(),
        };
        for goal in goals {
            let migrator = Migrator::new(self.database, self.set.clone()).allow_data_loss(true);
            match migrator.apply(goal).await {
                Ok(report) => {
                    let keys = report.steps.into_iter().map(|(key, ..)| key);
                    leg.migrations.extend(keys);
                }
                Err(error) if is_about_migrations(error.kind()) => {
                    leg.faults.push(error.to_string());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        let is_whole = leg.faults.is_empty();
        if is_whole {
            self.look(&mut leg).await?;
        }
        self.found.legs.push(leg);
        Ok(is_whole)
    }

    /// Compares the catalogue with what the applied migrations lead to.
    async fn look(&self, leg: &mut Leg) -> Result<()> {
        let editor = editor(self.database.server());
        let mut moment = Moment::default();
        let mut last_change: BTreeMap<String, MigrationKey> = BTreeMap::new();
        for key in self.applied().await? {
            let Some(migration) = self.set.get(&key) else {
                continue;
            };
            let before = moment.clone();
            moment.replay(migration, &*editor)?;
            for (name, table) in &moment.schema.tables {
                if before.schema.table(name) != Some(table) {
                    last_change.insert(name.clone(), key.clone());
                }
            }
        }
        let found = self.catalogue().await?;
        for difference in differences(&moment.schema, &found, &*editor) {
            let Difference {
                table,
                what,
                is_extra,
            } = difference;
            let by = last_change.get(&table);
            let by = by.map(|key| format!(" (last changed by {key})"));
            let text = format!("table `{table}`{}: {what}", by.unwrap_or_default());
            if is_extra && self.has_sql() {
                leg.notes.push(text);
            } else {
                leg.faults.push(text);
            }
        }
        Ok(())
    }

    async fn catalogue(&self) -> Result<Schema> {
        let editor = editor(self.database.server());
        let mut found = introspect::schema(self.database, &*editor).await?;
        found
            .tables
            .retain(|name, _| name != MIGRATIONS && name != STEPS);
        Ok(found)
    }

    /// Whether files do what they need not say of the models.
    fn has_sql(&self) -> bool {
        let operations = self
            .set
            .migrations
            .values()
            .flat_map(|migration| &migration.operations);
        operations.into_iter().any(super::Operation::is_opaque)
    }

    /// What is applied, in the order in which it can be applied.
    async fn applied(&self) -> Result<Vec<MigrationKey>> {
        let migrator = Migrator::new(self.database, self.set.clone());
        let history = migrator.history().await?;
        let applied: BTreeSet<MigrationKey> =
            history.into_iter().map(|applied| applied.key).collect();
        let nodes = self.set.migrations.values().map(GraphNode::from);
        let graph = MigrationGraph::with_applied(nodes, &applied)?;
        let order = graph.order().into_iter();
        Ok(order
            .filter(|key| graph.applied().contains(*key))
            .cloned()
            .collect())
    }

    /// Takes back all that comes after the last migration that cannot be taken back, or everything.
    async fn way_back(&mut self) -> Result<Vec<Goal>> {
        let editor = editor(self.database.server());
        let applied = self.applied().await?;
        let mut moment = Moment::default();
        let mut stays = 0;
        for (at, key) in applied.iter().enumerate() {
            let Some(migration) = self.set.get(key) else {
                continue;
            };
            if let Err(error) = moment.backwards(migration, &*editor) {
                let reason = error.to_string();
                self.found.irreversible.push((key.clone(), reason));
                stays = at + 1;
            }
            moment.replay(migration, &*editor)?;
        }
        let last: BTreeMap<&str, &MigrationKey> = applied[..stays]
            .iter()
            .map(|key| (key.app.as_str(), key))
            .collect();
        let apps: BTreeSet<&str> = applied.iter().map(|key| key.app.as_str()).collect();
        let goal = |app: &str| match last.get(app) {
            Some(key) => Goal::Migration {
                app: key.app.clone(),
                name: key.name.clone(),
            },
            None => Goal::Zero(app.to_owned()),
        };
        Ok(apps.into_iter().map(goal).collect())
    }
}

/// Whether an error is about what the migrations do, rather than about the way to the database or the program.
fn is_about_migrations(kind: &ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::FunctionsNotLinked { .. }
            | ErrorKind::ConnectionLost { .. }
            | ErrorKind::LockTimeout { .. }
            | ErrorKind::Configuration { .. }
    )
}

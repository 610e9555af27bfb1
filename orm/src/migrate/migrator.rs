//! The way in: a database, a set of migrations, and where to go.
//!
//! ```no_run
//! # async fn doc(db: nuages::Database, set: nuages::migrate::files::MigrationSet) -> nuages::Result<()> {
//! use nuages::migrate::{Goal, Migrator};
//!
//! let report = Migrator::new(&db, set).apply(Goal::Newest).await?;
//! for key in report.applied() {
//!     println!("{key}");
//! }
//! # Ok(())
//! # }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::db::{Database, editor};
use crate::driver::{Executor, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::execute::Run;
use crate::migrate::files::{
    EmbeddedMigrations, Migration, MigrationKey, MigrationSet, Phase, linked_migrations,
};
use crate::migrate::graph::{GraphNode, MigrationGraph, Step, Target};
use crate::migrate::lock;
use crate::migrate::phases;
use crate::migrate::plan::{Direction, Manner, MigrationPlan, Moment};
use crate::migrate::record::{Applied, History};
use crate::migrate::run_rust::DataMigration;
use crate::migrate::state::ProjectState;
use crate::sql::SchemaEditor;

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// Everything applied.
    Newest,
    /// Everything of one app applied, with what it depends on.
    App(String),
    /// To this migration of an app, forwards or backwards; a beginning of its name that no other has is enough.
    Migration {
        /// The app.
        app: String,
        /// The name, or how it begins.
        name: String,
    },
    /// Nothing of this app applied.
    Zero(String),
}

/// How migrations are carried out.
#[derive(Clone)]
pub struct Migrator {
    pub(super) database: Database,
    pub(super) editor: Arc<dyn SchemaEditor>,
    set: MigrationSet,
    options: Options,
    listener: Option<Listener>,
}

/// Hears what happens.
type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) fake: bool,
    pub(super) fake_initial: bool,
    pub(super) phase: Option<Phase>,
    pub(super) allow_data_loss: bool,
    pub(super) accept_changed: bool,
    pub(super) lock_timeout: Duration,
    /// How long a statement may wait for a table; `None`: as long as the database lets it.
    pub(super) table_lock_timeout: Option<Duration>,
    /// How often what waited too long is tried again.
    pub(super) table_lock_retries: u32,
    pub(super) allow_table_copy: bool,
    /// Tables of at most so many rows are copied without consent.
    pub(super) copy_limit: u64,
    pub(super) data_checks: bool,
    /// How many rows are filled in one transaction; `None`: what the file says, or the usual number.
    pub(super) batch_size: Option<u32>,
    /// The pause between two of these.
    pub(super) batch_pause: Duration,
}

/// What happens while migrations run.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// A migration begins.
    Begins(&'a MigrationPlan),
    /// A migration has ended, in this way.
    Ended(&'a MigrationPlan, Outcome),
    /// Another program migrates the database, and is waited for.
    Queues {
        /// Who it is, in words; nobody where the database does not tell.
        who: &'a [String],
    },
    /// Somebody holds a table; what was begun is undone, and tried again after a pause.
    Waits {
        /// The migration.
        plan: &'a MigrationPlan,
        /// Who holds the table, in words; nobody where the database does not tell.
        who: &'a [String],
        /// How often it was tried.
        attempt: u32,
    },
    /// Rows are being filled.
    Fills {
        /// The migration.
        plan: &'a MigrationPlan,
        /// The table.
        table: &'a str,
        /// How many rows were looked at.
        rows: u64,
        /// How many rows the table has, counted or estimated; `None` where nobody knows.
        total: Option<u64>,
    },
}

/// How a migration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// It was noted as carried out, and nothing else.
    Faked,
    /// Another program had carried it out meanwhile.
    DoneElsewhere,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct MigrationReport {
    /// Each migration, the way it went and how it ended, in order.
    pub steps: Vec<(MigrationKey, Direction, Outcome)>,
    /// What is noteworthy about the history.
    pub warnings: Vec<String>,
}

/// What is to be done, and what is noteworthy.
#[derive(Debug, Clone, Default)]
pub struct FullPlan {
    /// The migrations, in order.
    pub migrations: Vec<MigrationPlan>,
    /// What is noteworthy about the history.
    pub warnings: Vec<String>,
    /// The migrations that were broken off and are gone on with.
    pub under_way: BTreeSet<MigrationKey>,
}

impl MigrationReport {
    /// The migrations that were applied here and now, in order.
    pub fn applied(&self) -> impl Iterator<Item = &MigrationKey> {
        let done = self
            .steps
            .iter()
            .filter(|(_, way, how)| *way == Direction::Forwards && *how != Outcome::DoneElsewhere);
        done.map(|(key, ..)| key)
    }
}

impl Migrator {
    /// Migrations for a database.
    pub fn new(database: &Database, set: MigrationSet) -> Self {
        Migrator {
            database: database.clone(),
            editor: editor(database.server()),
            set,
            options: Options {
                fake: false,
                fake_initial: false,
                phase: None,
                allow_data_loss: false,
                accept_changed: false,
                lock_timeout: Duration::from_secs(60),
                table_lock_timeout: Some(Duration::from_secs(5)),
                table_lock_retries: 12,
                allow_table_copy: false,
                copy_limit: 100_000,
                data_checks: true,
                batch_size: None,
                batch_pause: Duration::from_millis(10),
            },
            listener: None,
        }
    }

    /// Notes migrations as carried out without carrying them out.
    #[must_use]
    pub fn fake(mut self, fake: bool) -> Self {
        self.options.fake = fake;
        self
    }

    /// Notes an app's first migration as carried out where its tables are there already, as they should be.
    #[must_use]
    pub fn fake_initial(mut self, fake_initial: bool) -> Self {
        self.options.fake_initial = fake_initial;
        self
    }

    /// Applies the migrations of one phase only, and those of none; `None` applies all.
    #[must_use]
    pub fn phase(mut self, phase: Option<Phase>) -> Self {
        self.options.phase = phase;
        self
    }

    /// Agrees that going backwards drops data.
    #[must_use]
    pub fn allow_data_loss(mut self, allow: bool) -> Self {
        self.options.allow_data_loss = allow;
        self
    }

    /// Takes files that were changed after they were applied as they are now: their new meaning is noted, and nothing
    /// of them is run.
    #[must_use]
    pub fn accept_changed(mut self, accept: bool) -> Self {
        self.options.accept_changed = accept;
        self
    }

    /// How long to wait while another program migrates the database: a minute, unless told otherwise.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.options.lock_timeout = timeout;
        self
    }

    /// How long a statement may wait for a table that others use, before it gives way to those who queue behind it
    /// (5 s), and how often it is then tried again (12 times, with growing pauses). `None` sets no limit.
    #[must_use]
    pub fn table_lock(mut self, timeout: Option<Duration>, retries: u32) -> Self {
        self.options.table_lock_timeout = timeout;
        self.options.table_lock_retries = retries;
        self
    }

    /// Agrees that large tables are copied while nobody can write to them, where the database knows no other way.
    #[must_use]
    pub fn allow_table_copy(mut self, allow: bool) -> Self {
        self.options.allow_table_copy = allow;
        self
    }

    /// How many rows a table may have that is copied without anyone's consent (100,000).
    #[must_use]
    pub fn copy_limit(mut self, rows: u64) -> Self {
        self.options.copy_limit = rows;
        self
    }

    /// Whether rows that would be in the way are looked for before anything is changed (yes).
    #[must_use]
    pub fn data_checks(mut self, check: bool) -> Self {
        self.options.data_checks = check;
        self
    }

    /// How many rows are filled in one transaction (what the file says, else 5,000), and the pause between two of
    /// these (10 ms).
    #[must_use]
    pub fn batches(self, rows: u32, pause: Duration) -> Self {
        self.batch_size(rows).throttle(pause)
    }

    /// How many rows are filled in one transaction, whatever the files say.
    #[must_use]
    pub fn batch_size(mut self, rows: u32) -> Self {
        self.options.batch_size = Some(rows.max(1));
        self
    }

    /// The pause between two transactions that fill rows (10 ms).
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.options.batch_pause = pause;
        self
    }

    /// Lets a function hear what happens.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// What is applied, in the order in which it was; nothing where no history was ever written.
    ///
    /// # Errors
    /// What the database said.
    pub async fn history(&self) -> Result<Vec<Applied>> {
        self.read_history(&self.database).await
    }

    /// What would be done to reach a goal, without doing it.
    ///
    /// # Errors
    /// As [`Migrator::apply`], but for what only the doing shows.
    pub async fn plan(&self, goal: Goal) -> Result<FullPlan> {
        let history = self.read_history(&self.database).await?;
        self.plan_for(&self.database, &goal, &history).await
    }

    /// Reaches a goal, one program at a time.
    ///
    /// On databases that change structure within transactions, a migration is applied whole with its line of history,
    /// or not at all. On the others each statement stays, a journal keeps how far it came, and the next call goes on.
    ///
    /// # Errors
    /// Where the history does not fit the files, a migration cannot be carried out or taken back, consent to lose data
    /// is missing, the lock was not had, or what the database said: the message says what is done and how to go on.
    pub async fn apply(&self, goal: Goal) -> Result<MigrationReport> {
        let session = self.database.session().await?;
        let queue = lock::Queue {
            database: &self.database,
            session: &session,
            editor: &*self.editor,
            wait: self.options.lock_timeout,
            tell: &|progress| self.tell(progress),
        };
        let held = queue.take().await?;
        let result = self.apply_locked(&session, &goal).await;
        let released = lock::release(held, &session).await;
        let report = result?;
        released?;
        Ok(report)
    }

    async fn apply_locked(&self, session: &Session, goal: &Goal) -> Result<MigrationReport> {
        let history = self.read_history(session).await?;
        let plan = self.plan_for(session, goal, &history).await?;
        let mut report = MigrationReport {
            steps: Vec::new(),
            warnings: plan.warnings.clone(),
        };
        if plan.migrations.is_empty() {
            self.note_squashes(session).await?;
            return Ok(report);
        }
        let history = History {
            executor: session,
            editor: &*self.editor,
        };
        history.prepare().await?;
        let run = Run {
            database: &self.database,
            session,
            editor: &*self.editor,
            options: self.options,
            set: &self.set,
            tell: &|progress| self.tell(progress),
        };
        run.refuse_loss_backwards(&plan.migrations).await?;
        run.look_ahead(&plan).await?;
        let full = &plan;
        for (at, plan) in full.migrations.iter().enumerate() {
            run.look_again(full, at).await?;
            self.tell(&Progress::Begins(plan));
            let migration = self.migration(&plan.key)?;
            let outcome = run.migration(migration, plan).await?;
            self.tell(&Progress::Ended(plan, outcome));
            report
                .steps
                .push((plan.key.clone(), plan.direction, outcome));
        }
        self.note_squashes(session).await?;
        Ok(report)
    }

    /// A squash of which all that it replaces is applied is applied as well: it gets its line of history, so that the
    /// replaced files may go one day. What was changed and is to be taken as it is now gets its new hash.
    async fn note_squashes(&self, session: &Session) -> Result<()> {
        let squashes: Vec<&Migration> = self
            .set
            .migrations
            .values()
            .filter(|migration| !migration.replaces.is_empty())
            .collect();
        if squashes.is_empty() && !self.options.accept_changed {
            return Ok(());
        }
        let found = self.read_history(session).await?;
        let applied: BTreeSet<MigrationKey> =
            found.iter().map(|applied| applied.key.clone()).collect();
        let nodes = self.set.migrations.values().map(GraphNode::from);
        let graph = MigrationGraph::with_applied(nodes, &applied)?;
        let history = History {
            executor: session,
            editor: &*self.editor,
        };
        for squash in squashes {
            let key = squash.key();
            if graph.applied().contains(&key) && !applied.contains(&key) {
                let hash = squash.meaning_hash();
                history.add(&key, &hash, Duration::ZERO).await?;
            }
        }
        for applied in found.iter().filter(|_| self.options.accept_changed) {
            let hash = self.set.get(&applied.key).map(Migration::meaning_hash);
            if let Some(hash) = hash.filter(|hash| *hash != applied.hash) {
                history.rehash(&applied.key, &hash).await?;
            }
        }
        Ok(())
    }

    fn tell(&self, progress: &Progress<'_>) {
        if let Some(listener) = &self.listener {
            listener(progress);
        }
    }

    async fn read_history(&self, executor: &dyn Executor) -> Result<Vec<Applied>> {
        let history = History {
            executor,
            editor: &*self.editor,
        };
        if history.exists().await? {
            history.applied().await
        } else {
            Ok(Vec::new())
        }
    }

    fn migration(&self, key: &MigrationKey) -> Result<&Migration> {
        self.set
            .get(key)
            .ok_or_else(|| Error::migration(format!("there is no file of the migration `{key}`")))
    }

    pub(super) fn full_plan(
        &self,
        goal: &Goal,
        history: &[Applied],
        manner: &dyn Fn(&MigrationKey) -> Manner,
    ) -> Result<FullPlan> {
        let mut warnings = self.compare_history(history)?;
        let applied: BTreeSet<MigrationKey> =
            history.iter().map(|applied| applied.key.clone()).collect();
        let graph = MigrationGraph::with_applied(
            self.set.migrations.values().map(GraphNode::from),
            &applied,
        )?;
        graph.check_history()?;
        refuse_conflicts(&graph)?;
        let mut steps = graph.plan(&targets(&graph, goal)?)?;
        match self.options.phase {
            Some(phase) => steps = phases::steps_of(phase, &self.set, &graph, steps)?,
            None => warnings.extend(phases::warning(&self.set, &applied, &steps)),
        }
        let migrations = self.plan_steps(&graph, &steps, manner)?;
        if !self.options.fake {
            self.check_functions(&migrations)?;
            self.check_consent(&migrations)?;
        }
        Ok(FullPlan {
            migrations,
            warnings,
            under_way: BTreeSet::new(),
        })
    }

    /// An applied migration whose file means something else now is an error; one without a file a warning.
    fn compare_history(&self, history: &[Applied]) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        let apps = self.set.apps();
        let replaced: BTreeSet<&MigrationKey> = self
            .set
            .migrations
            .values()
            .flat_map(|migration| &migration.replaces)
            .collect();
        for applied in history {
            match self.set.get(&applied.key) {
                Some(migration) if migration.meaning_hash() != applied.hash => {
                    if self.options.accept_changed {
                        warnings.push(format!(
                            "the migration `{}` was changed after it was applied here, and is taken as it is now",
                            applied.key
                        ));
                        continue;
                    }
                    let message = format!(
                        "the migration `{}` was changed after it was applied here: put its file back as it was, and write what \
                         changes in a new migration; or, where the tables are already as the file has them now, take it as it \
                         is with `migrate apply --accept-changed`",
                        applied.key
                    );
                    return Err(Error::new(ErrorKind::InconsistentHistory { message }));
                }
                None if apps.contains(applied.key.app.as_str())
                    && !replaced.contains(&applied.key) =>
                {
                    warnings.push(format!(
                        "the migration `{}` is applied here, but there is no file of it",
                        applied.key
                    ));
                }
                _ => {}
            }
        }
        Ok(warnings)
    }

    fn plan_steps(
        &self,
        graph: &MigrationGraph,
        steps: &[Step],
        manner: &dyn Fn(&MigrationKey) -> Manner,
    ) -> Result<Vec<MigrationPlan>> {
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let editor = &*self.editor;
        let taken_back: BTreeSet<&MigrationKey> = steps
            .iter()
            .filter(|step| matches!(step, Step::Unapply(_)))
            .map(Step::key)
            .collect();
        let mut moment = Moment::default();
        let mut before = BTreeMap::new();
        for key in graph
            .order()
            .into_iter()
            .filter(|key| graph.applied().contains(*key))
        {
            if taken_back.contains(key) {
                before.insert(key.clone(), moment.clone());
            }
            moment.replay(self.migration(key)?, editor)?;
        }
        let mut plans = Vec::new();
        for step in steps {
            let migration = self.migration(step.key())?;
            plans.push(match step {
                Step::Apply(key) => moment.forwards_as(migration, editor, manner(key))?,
                Step::Unapply(key) => {
                    let before = before
                        .get(key)
                        .ok_or_else(|| Error::migration(format!("`{key}` is not applied")))?;
                    before.backwards_as(migration, editor, manner(key))?
                }
            });
        }
        Ok(plans)
    }

    fn check_functions(&self, plans: &[MigrationPlan]) -> Result<()> {
        let needed = plans
            .iter()
            .flat_map(|plan| plan.functions().map(move |function| (plan, function)));
        let missing: Vec<String> = needed
            .filter(|(_, function)| !DataMigration::is_linked(function))
            .map(|(plan, function)| format!("`{function}` of {}", plan.key))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::FunctionsNotLinked {
            functions: missing,
        }))
    }

    fn check_consent(&self, plans: &[MigrationPlan]) -> Result<()> {
        for plan in plans
            .iter()
            .filter(|plan| plan.direction == Direction::Forwards && !plan.losses.is_empty())
        {
            if !self.migration(&plan.key)?.allows_data_loss() {
                let losses: Vec<String> = plan.losses.iter().map(ToString::to_string).collect();
                let message = format!(
                    "nothing was applied: `{}` drops {} and its file does not say that this is meant; write \
                     `allow = [\"data_loss\"]` into it if it is",
                    plan.key,
                    losses.join(", ")
                );
                return Err(Error::new(ErrorKind::MigrationRefused { message }));
            }
        }
        Ok(())
    }

    /// The models, and the schema with the names that history gave, after all migrations that are applied.
    ///
    /// # Errors
    /// Where history and files do not fit each other.
    pub async fn applied_moment(&self) -> Result<Moment> {
        let history = self.history().await?;
        let applied: BTreeSet<MigrationKey> =
            history.into_iter().map(|applied| applied.key).collect();
        let graph = MigrationGraph::with_applied(
            self.set.migrations.values().map(GraphNode::from),
            &applied,
        )?;
        let mut moment = Moment::default();
        for key in graph
            .order()
            .into_iter()
            .filter(|key| graph.applied().contains(*key))
        {
            moment.replay(self.migration(key)?, &*self.editor)?;
        }
        Ok(moment)
    }

    /// The state of the models after all migrations that are applied.
    ///
    /// # Errors
    /// Where history and files do not fit each other.
    pub async fn applied_state(&self) -> Result<ProjectState> {
        Ok(ProjectState::clone(&self.applied_moment().await?.state))
    }
}

impl Database {
    /// Applies the migrations that a crate has embedded, up to the newest: what a service does as it starts. Of
    /// several that start together one applies them, and the others wait for it.
    ///
    /// # Errors
    /// As [`Migrator::apply`], and where an embedded file does not parse.
    pub async fn migrate(&self, migrations: &EmbeddedMigrations) -> Result<MigrationReport> {
        Migrator::new(self, migrations.load()?)
            .apply(Goal::Newest)
            .await
    }

    /// Applies the migrations of all linked crates, up to the newest.
    ///
    /// # Errors
    /// As [`Database::migrate`], and where two crates have migrations of one app.
    pub async fn migrate_all(&self) -> Result<MigrationReport> {
        Migrator::new(self, linked_migrations()?)
            .apply(Goal::Newest)
            .await
    }
}

fn targets(graph: &MigrationGraph, goal: &Goal) -> Result<Vec<Target>> {
    let known = |app: &str| {
        let apps = graph.apps();
        if apps.contains(app) {
            return Ok(());
        }
        let hint = crate::error::suggestion(app, apps);
        Err(Error::migration(format!(
            "no migrations of an app `{app}`{hint}"
        )))
    };
    Ok(match goal {
        Goal::Newest => graph.newest(),
        Goal::App(app) => {
            known(app)?;
            graph
                .leaves(Some(app))
                .into_iter()
                .cloned()
                .map(Target::Migration)
                .collect()
        }
        Goal::Migration { app, name } => {
            known(app)?;
            vec![Target::Migration(graph.find(app, name)?.clone())]
        }
        Goal::Zero(app) => {
            known(app)?;
            vec![Target::Zero(app.clone())]
        }
    })
}

fn refuse_conflicts(graph: &MigrationGraph) -> Result<()> {
    let conflicts = graph.conflicts();
    let Some((app, leaves)) = conflicts.iter().next() else {
        return Ok(());
    };
    let names: Vec<String> = leaves
        .iter()
        .map(|leaf| format!("`{}`", leaf.name))
        .collect();
    let message = format!(
        "the app `{app}` has several newest migrations, {}: join them with `migrate makemigrations --merge`",
        names.join(" and ")
    );
    Err(Error::new(ErrorKind::MigrationConflict { message }))
}

impl fmt::Debug for Migrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrator")
            .field("database", &self.database)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

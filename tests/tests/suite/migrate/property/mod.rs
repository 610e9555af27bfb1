//! Random models, changed at random, with rows in their tables: the migrations between them lead there and back.
//!
//! A case is three lists of edits: the first makes the models, the others change them. After each step the catalogue
//! must show what the models say, nothing must lie between them any more, and the rows must be as they were. A case
//! that fails is made shorter edit by edit until none can be left out.
//!
//! `NUAGES_SEED=<number>` begins elsewhere, `NUAGES_DEEP=1` goes on for long.

mod draw;
mod edit;
mod rows;
mod world;

use std::time::{Duration, Instant};

use nuages::Database;
use nuages::db::editor;
use nuages::driver::Executor;
use nuages::migrate::files::MigrationSet;
use nuages::migrate::graph::{GraphNode, MigrationGraph};
use nuages::migrate::plan::Moment;
use nuages::migrate::state::ProjectState;
use nuages::migrate::{Goal, Migrator, diff};
use nuages::schema::Schema;
use nuages::sql::SchemaEditor;
use nuages_tests::{Case, Given, Outcome, Product, cases, drop_everything};

use draw::Draw;
use rows::Rows;
use world::World;

pub(super) fn cases() -> Vec<Case> {
    cases![random_models_are_migrated_there_and_back.patience(Duration::from_secs(7200))]
}

/// The edits of each step.
type Story = [Vec<u64>; 3];

/// What went wrong, first in few words that tell kinds of failures apart.
struct Fault {
    what: String,
    detail: String,
}

type Result<T> = std::result::Result<T, Fault>;

fn fault(what: impl std::fmt::Display, detail: impl std::fmt::Display) -> Fault {
    Fault {
        what: what.to_string(),
        detail: detail.to_string(),
    }
}

async fn random_models_are_migrated_there_and_back(given: Given) -> Outcome {
    let is_deep = std::env::var_os("NUAGES_DEEP").is_some();
    let (most, budget) = match (given.product, is_deep) {
        (_, true) => (100_000, Duration::from_secs(1800)),
        (Product::Sqlite, false) => (2000, Duration::from_secs(40)),
        (_, false) => (100, Duration::from_secs(25)),
    };
    let first = std::env::var("NUAGES_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let (first, most) = first.map_or((1, most), |seed| (seed, most));
    let place = Place { given: &given };
    let began = Instant::now();
    let mut faults: Vec<String> = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    let mut done = 0;
    for seed in first..first + most {
        if budget < began.elapsed() || 5 <= kinds.len() {
            break;
        }
        done += 1;
        let story = story(seed);
        let Err(fault) = place.run(&story).await else {
            continue;
        };
        if kinds.contains(&fault.what) {
            continue;
        }
        kinds.push(fault.what.clone());
        let (story, fault) = place.shorten(story, fault).await;
        let lengths: Vec<usize> = story.iter().map(Vec::len).collect();
        faults.push(format!(
            "seed {seed}, {lengths:?} edits: {}\n{}",
            fault.what, fault.detail
        ));
    }
    assert!(
        faults.is_empty(),
        "of {done} cases {} kinds fail:\n\n{}",
        faults.len(),
        faults.join("\n\n")
    );
    // How many depends on how busy the machine is.
    assert!(3 < done, "only {done} cases were tried");
    Ok(())
}

fn story(seed: u64) -> Story {
    let mut draw = Draw::new(seed);
    let mut some = |from: usize, to: usize| {
        let count = from + draw.below(to - from + 1);
        (0..count).map(|_| draw.number()).collect()
    };
    [some(3, 14), some(1, 6), some(0, 4)]
}

/// Where stories are played.
struct Place<'a> {
    given: &'a Given,
}

/// What a step came to.
struct Reached {
    world: World,
    moment: Moment,
    /// For each app, its newest migration then.
    leaves: Vec<(String, String)>,
    rows: Rows,
}

impl Place<'_> {
    /// Leaves out whatever can be left out while a story still fails.
    async fn shorten(&self, mut story: Story, mut fault: Fault) -> (Story, Fault) {
        let until = Instant::now() + Duration::from_secs(60);
        let mut size = 8;
        while 0 < size {
            let mut is_shorter = false;
            for list in 0..story.len() {
                let mut at = 0;
                while at < story[list].len() && Instant::now() < until {
                    let mut shorter = story.clone();
                    let end = (at + size).min(shorter[list].len());
                    shorter[list].drain(at..end);
                    match self.run(&shorter).await {
                        Err(found) if found.what == fault.what => {
                            (story, fault) = (shorter, found);
                            is_shorter = true;
                        }
                        _ => at += size,
                    }
                }
            }
            if !is_shorter {
                size /= 2;
            }
        }
        (story, fault)
    }

    async fn run(&self, story: &Story) -> Result<()> {
        let db = match self.given.product {
            Product::Sqlite => Database::connect("sqlite::memory:")
                .await
                .map_err(|error| fault("connect", error))?,
            _ => self.given.db.clone(),
        };
        let play = Play {
            db: &db,
            product: self.given.product,
            editor: &*editor(db.server()),
        };
        let result = play.there_and_back(story).await;
        if self.given.product == Product::Sqlite {
            db.close();
        } else if result.is_err() {
            drop_everything(&db, self.given.product)
                .await
                .map_err(|error| fault("cleaning", error))?;
        }
        result
    }
}

/// A story on a database.
struct Play<'a> {
    db: &'a Database,
    product: Product,
    editor: &'a dyn SchemaEditor,
}

impl Play<'_> {
    async fn there_and_back(&self, story: &Story) -> Result<()> {
        let mut world = World::new(self.editor.features());
        let mut set = MigrationSet::default();
        let mut reached: Vec<Reached> = Vec::new();
        for edits in story {
            let before = world.clone();
            edits.iter().for_each(|seed| edit::edit(&mut world, *seed));
            let moment = self.migrate(&before, &world, &mut set, reached.last())?;
            let told = |error| self.told(&before, &world, &set, &error);
            self.go(&set, Goal::Newest)
                .await
                .map_err(|error| fault(short(&error), told(error)))?;
            self.compare(&moment.schema)
                .await
                .map_err(|fault| self.located(&before, &world, &set, fault))?;
            if reached.is_empty() {
                let sql = rows::insert(&world, self.editor, self.product);
                self.db
                    .batch(&sql)
                    .await
                    .map_err(|error| fault("inserting", format!("{error}\n{sql}")))?;
            }
            let rows = self.rows(&world).await?;
            if let Some(last) = reached.last()
                && let Some(loss) = rows::lost((&last.world, &last.rows), (&world, &rows), false)
            {
                return Err(self.located(&before, &world, &set, fault("rows", loss)));
            }
            world.settle((!reached.is_empty()).then_some(&before));
            let leaves = leaves(&set)?;
            reached.push(Reached {
                world: world.clone(),
                moment,
                leaves,
                rows,
            });
        }
        self.back(&set, &reached).await
    }

    async fn back(&self, set: &MigrationSet, reached: &[Reached]) -> Result<()> {
        let mut rows = reached
            .last()
            .map(|last| last.rows.clone())
            .unwrap_or_default();
        for pair in reached.windows(2).rev() {
            let (earlier, later) = (&pair[0], &pair[1]);
            let located = |fault: Fault| {
                let fault = Fault {
                    what: format!("back: {}", fault.what),
                    ..fault
                };
                self.located(&earlier.world, &later.world, set, fault)
            };
            for (app, _) in &later.leaves {
                let goal = match earlier.leaves.iter().find(|(other, _)| other == app) {
                    Some((app, name)) => continue_at(app, name),
                    None => Goal::Zero(app.clone()),
                };
                self.go(set, goal)
                    .await
                    .map_err(|error| located(fault(short(&error), error)))?;
            }
            self.compare(&earlier.moment.schema)
                .await
                .map_err(located)?;
            let before = self.rows(&earlier.world).await?;
            if let Some(loss) = rows::lost((&later.world, &rows), (&earlier.world, &before), true) {
                return Err(located(fault("rows", loss)));
            }
            rows = before;
        }
        for (app, _) in &reached[0].leaves {
            self.go(set, Goal::Zero(app.clone()))
                .await
                .map_err(|error| fault(format!("to zero: {}", short(&error)), error))?;
        }
        self.compare(&Schema::default()).await
    }

    /// Writes the migrations of a step, and looks whether they lead where they should as data.
    fn migrate(
        &self,
        before: &World,
        after: &World,
        set: &mut MigrationSet,
        last: Option<&Reached>,
    ) -> Result<Moment> {
        let graph = graph_of(set)?;
        let (from, to) = (&before.state, &after.state);
        let mut answers = after.answers_from(before);
        let found = diff(from, to, &mut answers, &graph).map_err(|error| fault("diff", error))?;
        if !found.questions.is_empty() {
            return Err(fault("questions", found.to_json()));
        }
        let mut moment = last.map(|last| last.moment.clone()).unwrap_or_default();
        for mut migration in found.migrations {
            migration.allow = vec!["data_loss".to_owned()];
            moment
                .replay(&migration, self.editor)
                .map_err(|error| fault("replay", format!("{error}\n{}", from.to_json())))?;
            set.insert(migration);
        }
        let again = diff(&moment.state, to, &mut answers, &graph_of(set)?)
            .map_err(|error| fault("second diff", error))?;
        if !again.migrations.is_empty() {
            return Err(self.located(
                before,
                after,
                set,
                fault("a second diff is not empty", again.to_json()),
            ));
        }
        let fresh = Moment::new(ProjectState::clone(to), self.editor)
            .map_err(|error| fault("schema", error))?;
        let [wanted, got] = [&fresh.schema, &moment.schema].map(|schema| super::nameless(schema));
        super::difference(&wanted, &got, self.editor).map_or(Ok(moment), |text| {
            Err(self.located(before, after, set, fault("replay and models differ", text)))
        })
    }

    async fn go(&self, set: &MigrationSet, goal: Goal) -> nuages::Result<()> {
        Migrator::new(self.db, set.clone())
            .allow_data_loss(true)
            .apply(goal)
            .await
            .map(drop)
    }

    async fn compare(&self, wanted: &Schema) -> Result<()> {
        let found = super::found(self.db)
            .await
            .map_err(|error| fault("introspection", error))?;
        match super::difference(wanted, &found, self.editor) {
            None => Ok(()),
            Some(text) => Err(fault("the catalogue differs", text)),
        }
    }

    async fn rows(&self, world: &World) -> Result<Rows> {
        rows::read(self.db, world, self.editor)
            .await
            .map_err(|error| fault("reading rows", error))
    }

    fn told(
        &self,
        before: &World,
        after: &World,
        set: &MigrationSet,
        error: &nuages::Error,
    ) -> String {
        self.located(before, after, set, fault("", error)).detail
    }

    /// A fault with the states around it and the operations between them.
    fn located(&self, before: &World, after: &World, set: &MigrationSet, found: Fault) -> Fault {
        let operations: Vec<String> = set
            .migrations
            .values()
            .flat_map(|migration| {
                let key = migration.key();
                migration
                    .operations
                    .iter()
                    .map(move |operation| format!("  {key}: {}", operation.to_json()))
            })
            .collect();
        let (from, to) = (before.state.to_json(), after.state.to_json());
        let detail = format!(
            "{}\nfrom {from}\nto   {to}\noperations\n{}",
            found.detail,
            operations.join("\n")
        );
        Fault { detail, ..found }
    }
}

fn continue_at(app: &str, name: &str) -> Goal {
    Goal::Migration {
        app: app.to_owned(),
        name: name.to_owned(),
    }
}

fn graph_of(set: &MigrationSet) -> Result<MigrationGraph> {
    MigrationGraph::new(set.migrations.values().map(GraphNode::from))
        .map_err(|error| fault("graph", error))
}

fn leaves(set: &MigrationSet) -> Result<Vec<(String, String)>> {
    let graph = graph_of(set)?;
    let keys = graph.leaves(None).into_iter();
    Ok(keys
        .map(|key| (key.app.clone(), key.name.clone()))
        .collect())
}

/// An error without what differs from case to case: names and numbers.
fn short(error: &nuages::Error) -> String {
    let text = error.to_string();
    let last = text.rsplit(": ").take(2).collect::<Vec<_>>().join(" / ");
    let words = last
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| 3 < word.len());
    words.take(12).collect::<Vec<_>>().join(" ")
}

//! The history: ten apps of twenty models, a hundred migrations each. Every model is made in a migration of its own, and
//! changed in four more.

/// Apps.
pub(crate) const APPS: usize = 10;
/// Models of an app.
pub(crate) const MODELS: usize = 20;
/// Migrations of an app.
const MIGRATIONS: usize = 5 * MODELS;
/// Migrations of all apps.
pub(crate) const ALL: usize = APPS * MIGRATIONS;

/// What a migration does to its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Makes it.
    Create,
    /// Adds a text that may be NULL.
    AddExtra,
    /// Lets its name be longer.
    WidenName,
    /// Adds an index.
    AddIndex,
    /// Adds a flag with a default.
    AddFlag,
}

/// A migration.
#[derive(Debug, Clone)]
pub(crate) struct Migration {
    pub(crate) app: usize,
    pub(crate) name: String,
    pub(crate) model: usize,
    pub(crate) step: Step,
    /// Those that come before, by app and name.
    pub(crate) dependencies: Vec<(usize, String)>,
}

/// Which model a foreign key leads to, by app and number: the one before; none of the very first.
pub(crate) fn parent(app: usize, model: usize) -> Option<(usize, usize)> {
    match (app, model) {
        (0, 0) => None,
        (app, 0) => Some((app - 1, MODELS - 1)),
        (app, model) => Some((app, model - 1)),
    }
}

/// Which model of the same app a many-to-many relation leads to, of one model in five.
pub(crate) fn linked(model: usize) -> Option<usize> {
    (model % 5 == 4).then(|| model - 2)
}

/// The name of a model's index.
pub(crate) fn index(app: usize, model: usize) -> String {
    format!("app{app}_model{model:02}_idx")
}

/// All migrations of an app, in their order.
pub(crate) fn migrations(app: usize) -> Vec<Migration> {
    (0..MIGRATIONS)
        .map(|number| {
            let mut dependencies = Vec::new();
            if number != 0 {
                dependencies.push((app, name(number - 1)));
            }
            // The first migration of an app needs a table of the app before; one in the middle its state of that time.
            if app != 0 && (number == 0 || number == MIGRATIONS / 2) {
                dependencies.push((app - 1, name(number.max(MODELS - 1))));
            }
            Migration {
                app,
                name: name(number),
                model: number % MODELS,
                step: step(number),
                dependencies,
            }
        })
        .collect()
}

fn step(number: usize) -> Step {
    match number / MODELS {
        0 => Step::Create,
        1 => Step::AddExtra,
        2 => Step::WidenName,
        3 => Step::AddIndex,
        _ => Step::AddFlag,
    }
}

fn name(number: usize) -> String {
    let what = match step(number) {
        Step::Create => "",
        Step::AddExtra => "_extra",
        Step::WidenName => "_longer_name",
        Step::AddIndex => "_index",
        Step::AddFlag => "_flag",
    };
    format!("{:04}_model{:02}{what}", number + 1, number % MODELS)
}

//! `migrate apply`: brings a database to a state.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nuages::ErrorKind;
use nuages::db::editor;
use nuages::migrate::files::Phase;
use nuages::migrate::plan::Direction;
use nuages::migrate::{FullPlan, Goal, MigrationReport, Migrator, Outcome, Progress};
use serde_json::{Value, json};

use super::makemigrations::is_behind;
use super::{Role, Setting, apps_of, check_apps, no_migrations_yet};
use crate::args::{ApplyArgs, PhaseArg};
use crate::failure::Result;
use crate::models::{Models, are_linked};
use crate::plan_text::word_of;
use crate::project::Loaded;
use crate::{handover, plan_text, print, sql_text};

pub(super) async fn run(setting: &Setting<'_>, args: &ApplyArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    check_apps(args.app.as_slice(), &apps_of(&loaded))?;
    let goal = goal_of(args);
    let database = setting.connect().await?;
    let mut migrator = Migrator::new(&database, loaded.set.clone())
        .fake(args.fake)
        .fake_initial(args.fake_initial)
        .allow_data_loss(args.allow_data_loss)
        .accept_changed(args.accept_changed)
        .allow_table_copy(args.allow_table_copy)
        .data_checks(!args.no_data_checks);
    migrator = setting
        .config
        .limits(migrator)
        .phase(args.phase.map(Phase::from));
    if let Some(pause) = args.throttle {
        migrator = migrator.throttle(Duration::from_millis(pause));
    }
    if let Some(rows) = args.batch_size {
        migrator = migrator.batch_size(rows);
    }
    let plan = match migrator.plan(goal.clone()).await {
        Err(error) if needs_program(&error) && setting.role == Role::Installed => {
            if !handover::is_possible(&project) {
                return Err(error.into());
            }
            drop(migrator);
            database.close();
            return setting.hand_over(&project);
        }
        other => other?,
    };
    plan.warnings.iter().for_each(print::warning);
    warn_of_sql(&plan, &loaded, database.server().product);
    if args.plan || args.check {
        let shown = plan_text::Shown {
            editor: &*editor(database.server()),
            sizes: migrator.table_sizes(&plan.migrations).await?,
        };
        return Ok(show_plan(setting, args, &plan, &shown));
    }
    if !setting.is_json() {
        print_goal(&goal, &loaded, args.phase);
    }
    let shown = Arc::new(Shown::default());
    if !setting.is_json() {
        let shown = Arc::clone(&shown);
        migrator = migrator.on_progress(move |progress| shown.hear(progress));
    }
    let result = migrator.apply(goal).await;
    shown.end_line(result.is_ok());
    report(setting, &result?, &loaded)
}

/// Warns of SQL in the plan that cannot be read, before any of it runs.
fn warn_of_sql(plan: &FullPlan, loaded: &Loaded, product: &str) {
    let name = match product {
        "PostgreSQL" => "postgres".to_owned(),
        product => product.to_lowercase(),
    };
    for planned in &plan.migrations {
        if let Some(migration) = loaded.set.migrations.get(&planned.key) {
            sql_text::warnings(migration, Some(&name))
                .iter()
                .for_each(print::warning);
        }
    }
}

impl From<PhaseArg> for Phase {
    fn from(phase: PhaseArg) -> Phase {
        match phase {
            PhaseArg::Expand => Phase::Expand,
            PhaseArg::Contract => Phase::Contract,
        }
    }
}

fn needs_program(error: &nuages::Error) -> bool {
    matches!(error.kind(), ErrorKind::FunctionsNotLinked { .. })
}

fn goal_of(args: &ApplyArgs) -> Goal {
    match (args.app.clone(), args.migration.clone()) {
        (None, _) => Goal::Newest,
        (Some(app), None) => Goal::App(app),
        (Some(app), Some(name)) if name == "zero" => Goal::Zero(app),
        (Some(app), Some(name)) => Goal::Migration { app, name },
    }
}

fn print_goal(goal: &Goal, loaded: &Loaded, phase: Option<PhaseArg>) {
    print::heading("Operations to perform:");
    let line = match goal {
        Goal::Newest => {
            let apps: Vec<String> = apps_of(loaded).into_iter().collect();
            format!("  Apply all migrations: {}", apps.join(", "))
        }
        Goal::App(app) => format!("  Apply all migrations: {app}"),
        Goal::Migration { app, name } => format!("  Target specific migration: {name}, from {app}"),
        Goal::Zero(app) => format!("  Unapply all migrations: {app}"),
    };
    print::line(match phase {
        Some(phase) => format!("{line} (phase {})", Phase::from(phase)),
        None => line,
    });
    print::heading("Running migrations:");
}

/// Prints the plan; the exit code says whether it holds work, where that was asked.
fn show_plan(
    setting: &Setting<'_>,
    args: &ApplyArgs,
    plan: &FullPlan,
    shown: &plan_text::Shown<'_>,
) -> u8 {
    if setting.is_json() {
        let plan: Vec<Value> = plan.migrations.iter().map(|one| shown.json(one)).collect();
        print::json(&json!({"plan": plan}));
    } else {
        print::heading("Planned operations:");
        if plan.migrations.is_empty() {
            print::line("  No planned migration operations.");
        }
        for migration in &plan.migrations {
            print::line(shown.text(migration));
        }
    }
    u8::from(args.check && !plan.migrations.is_empty())
}

fn report(setting: &Setting<'_>, report: &MigrationReport, loaded: &Loaded) -> Result<u8> {
    if setting.is_json() {
        let step = |(key, direction, outcome): &(_, Direction, Outcome)| {
            let key: &nuages::migrate::files::MigrationKey = key;
            let outcome = match outcome {
                Outcome::Done => "done",
                Outcome::Faked => "faked",
                Outcome::DoneElsewhere => "done_elsewhere",
            };
            json!({"app": key.app, "name": key.name, "direction": word_of(*direction), "outcome": outcome})
        };
        let steps: Vec<Value> = report.steps.iter().map(step).collect();
        print::json(&json!({"steps": steps, "warnings": report.warnings}));
        return Ok(0);
    }
    if report.steps.is_empty() {
        print::line("  No migrations to apply.");
    }
    if are_linked() && is_behind(loaded, &Models::find(None)?)? {
        print::note(
            "  Your models have changes that are not in a migration yet, and so will not be applied.\n  Run `migrate \
             makemigrations` to write one, and then `migrate apply` again.",
        );
    }
    Ok(0)
}

/// The line that is being shown: `  Applying blog.0001_initial... OK`.
#[derive(Default)]
struct Shown {
    open: Mutex<Option<Open>>,
}

struct Open {
    text: String,
    /// Turns and counts the seconds where somebody watches.
    spinner: Option<ProgressBar>,
}

impl Shown {
    fn hear(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Begins(plan) => {
                let verb = match plan.direction {
                    Direction::Forwards => "Applying",
                    Direction::Backwards => "Unapplying",
                };
                self.begin(format!("  {verb} {}...", plan.key));
            }
            Progress::Queues { who } => print::note(format!(
                "  Another program migrates this database: waiting for {}.",
                or_unknown(who)
            )),
            Progress::Waits { who, attempt, .. } => self.say(&format!(
                "a table is in use, attempt {attempt} gave way: waiting for {}",
                or_unknown(who)
            )),
            Progress::Fills {
                table, rows, total, ..
            } => {
                let of_all = total
                    .map(|total| format!(" of {total}"))
                    .unwrap_or_default();
                self.say(&format!("{table}: {rows}{of_all} rows filled"))
            }
            Progress::Ended(_, outcome) => self.end(&match outcome {
                Outcome::Done => print::styled(print::GOOD, "OK"),
                Outcome::Faked => print::styled(print::CHANGE, "FAKED"),
                Outcome::DoneElsewhere => print::styled(print::FAINT, "done by another program"),
            }),
        }
    }

    fn begin(&self, text: String) {
        let spinner = print::is_watched().then(|| spinner(&text));
        if spinner.is_none() {
            print::begin(&text);
        }
        *self.lock() = Some(Open { text, spinner });
    }

    fn end(&self, how: &str) {
        let Some(open) = self.lock().take() else {
            return;
        };
        match open.spinner {
            None => print::line(format!(" {how}")),
            Some(spinner) => {
                spinner.finish_and_clear();
                print::line(format!("{} {how}", open.text));
            }
        }
    }

    /// Says how it goes, beside the line that is being shown; where nobody watches, below it.
    fn say(&self, how: &str) {
        match &*self.lock() {
            Some(Open {
                spinner: Some(spinner),
                text,
            }) => spinner.set_message(format!("{text} {how}")),
            _ => print::note(format!("    {how}")),
        }
    }

    /// Ends a line that a failure left open.
    fn end_line(&self, is_ok: bool) {
        if !is_ok {
            self.end(&print::styled(print::BAD, "FAILED"));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn or_unknown(who: &[String]) -> String {
    if who.is_empty() {
        "whoever it is".to_owned()
    } else {
        who.join("; ")
    }
}

fn spinner(text: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {spinner} {elapsed}");
    let spinner = ProgressBar::new_spinner().with_message(text.to_owned());
    if let Ok(style) = style {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

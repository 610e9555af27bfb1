//! `migrate check`: what is wrong with models and migrations, as far as that shows without a database.

use serde_json::{Value, json};

use super::makemigrations::{is_behind, refuse_conflicts, refuse_missing_apps};
use super::{Setting, graph_of, replay};
use crate::args::CheckArgs;
use crate::failure::{Failure, Result};
use crate::models::Models;
use crate::project::Loaded;
use crate::{print, sql_text};

/// Gathers what is wrong.
#[derive(Default)]
struct Findings(Vec<(&'static str, Failure)>);

impl Findings {
    /// The value, or none and a finding about the subject.
    fn keep<T>(&mut self, subject: &'static str, result: Result<T>) -> Option<T> {
        result
            .map_err(|failure| self.0.push((subject, failure)))
            .ok()
    }
}

pub(super) fn run(setting: &Setting<'_>, args: &CheckArgs) -> Result<u8> {
    let mut findings = Findings::default();
    let project = setting.project()?;
    let models = findings.keep("models", Models::find(args.models.file.as_deref()));
    if let Some(loaded) = findings.keep("migrations", project.load()) {
        for migration in loaded.set.migrations.values() {
            sql_text::warnings(migration, None)
                .iter()
                .for_each(print::warning);
        }
        let is_sound = findings
            .keep("migrations", check_migrations(&loaded))
            .is_some();
        if let (Some(models), true) = (&models, is_sound) {
            findings.keep("models", compare(&loaded, models));
        }
    }
    report(setting, &findings.0);
    Ok(u8::from(!findings.0.is_empty()))
}

fn check_migrations(loaded: &Loaded) -> Result<()> {
    let graph = graph_of(&loaded.set)?;
    refuse_conflicts(&graph)?;
    replay(&loaded.set, &graph).map(drop)
}

fn compare(loaded: &Loaded, models: &Models) -> Result<()> {
    let from = replay(&loaded.set, &graph_of(&loaded.set)?)?;
    refuse_missing_apps(&from, models, &[])?;
    if is_behind(loaded, models)? {
        return Err(Failure::error(
            "the models have changes that are not in a migration yet: run `migrate makemigrations`",
        ));
    }
    Ok(())
}

fn report(setting: &Setting<'_>, findings: &[(&'static str, Failure)]) {
    if setting.is_json() {
        let finding = |(subject, failure): &(&'static str, Failure)| json!({"subject": subject, "message": failure.message()});
        print::json(&json!({"findings": findings.iter().map(finding).collect::<Vec<Value>>()}));
        return;
    }
    for (subject, failure) in findings {
        let subject = print::styled(print::BAD, format!("{subject}:"));
        print::line(format!("{subject} {}", failure.message()));
    }
    match findings.len() {
        0 => print::line("Check found nothing wrong."),
        1 => print::line("Check found one fault."),
        count => print::line(format!("Check found {count} faults.")),
    }
}

//! `migrate diff`: the migrations between two states, as data. Needs neither models nor a database.

use nuages::migrate::autodetect::Answers;
use nuages::migrate::graph::MigrationGraph;

use super::makemigrations::print_operations;
use crate::args::{DiffArgs, Global};
use crate::ask::{Asker, unanswered};
use crate::failure::{Failure, Result};
use crate::models::{read, read_state};
use crate::print;

pub(super) fn run(global: &Global, args: &DiffArgs) -> Result<u8> {
    let from = read_state(&args.from)?;
    let to = read_state(&args.to)?;
    let answers = match &args.answers {
        None => Answers::new(),
        Some(path) => Answers::from_json_text(&read(path)?)
            .map_err(|error| Failure::from(error).context(path.display()))?,
    };
    let graph = match &args.graph {
        None => MigrationGraph::default(),
        Some(path) => MigrationGraph::from_json(&read(path)?)
            .map_err(|error| Failure::from(error).context(path.display()))?,
    };
    let mut asker = Asker::new(answers, false);
    let found = nuages::migrate::diff(&from, &to, &mut asker, &graph)?;
    asker.finish()?;
    found.warnings.iter().for_each(print::warning);
    if !found.questions.is_empty() {
        return Err(unanswered(&found.questions).with_data(found.to_json()));
    }
    if global.is_json() {
        print::json(&found.to_json());
    } else if found.migrations.is_empty() {
        print::line("No changes detected");
    } else {
        for migration in &found.migrations {
            print::heading(&migration.key().to_string());
            print_operations(migration, "    ");
        }
    }
    Ok(0)
}

//! `migrate optimizemigration`: the operations of one migration, as few as they can be.

use nuages::migrate::optimize::optimize_keeping_elidable;
use serde_json::json;

use super::{Setting, apps_of, check_apps, graph_of, no_migrations_yet};
use crate::args::OptimizeArgs;
use crate::failure::{Failure, Result};
use crate::print;

pub(super) fn run(setting: &Setting<'_>, args: &OptimizeArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    check_apps(std::slice::from_ref(&args.app), &apps_of(&loaded))?;
    let graph = graph_of(&loaded.set)?;
    let key = graph.find(&args.app, &args.migration)?;
    let migration = loaded
        .set
        .get(key)
        .ok_or_else(|| Failure::error(format!("there is no file of `{key}`")))?;
    let mut optimized = migration.clone();
    optimized.operations = optimize_keeping_elidable(migration.operations.clone(), &migration.app);
    let (from, to) = (migration.operations.len(), optimized.operations.len());
    let is_shorter = to < from;
    if is_shorter && !args.check {
        project
            .folder_of(&key.app, &loaded, None)?
            .write([&optimized])?;
    }
    if setting.is_json() {
        print::json(&json!({"migration": key.to_string(), "operations": from, "optimized": to}));
    } else if !is_shorter {
        print::line("No optimizations possible.");
    } else if args.check {
        print::line(format!(
            "{key} could have {to} operations in the place of {from}."
        ));
    } else {
        print::line(format!("Optimized {key} from {from} operations to {to}."));
        print::note(
            "Where it is applied already, its file now means something else to the history: say `migrate apply \
             --accept-changed` there.",
        );
    }
    Ok(u8::from(args.check && is_shorter))
}

//! `migrate sqlmigrate`: the SQL of a migration, on a database that is named or asked.

use nuages::db::{editor, editor_named};
use nuages::migrate::plan::Moment;
use serde_json::json;

use super::{Setting, apps_of, check_apps, graph_of, no_migrations_yet};
use crate::args::SqlArgs;
use crate::failure::{Failure, Result};
use crate::print;

pub(super) async fn run(setting: &Setting<'_>, args: &SqlArgs) -> Result<u8> {
    let project = setting.project()?;
    let loaded = project.load()?;
    if loaded.set.migrations.is_empty() {
        return Err(no_migrations_yet(&project));
    }
    check_apps(std::slice::from_ref(&args.app), &apps_of(&loaded))?;
    let graph = graph_of(&loaded.set)?;
    let key = graph.find(&args.app, &args.migration)?;
    let editor = match &args.database {
        Some(name) => editor_named(name).map_err(|error| Failure::usage(error.to_string()))?,
        None => {
            let hint = "to see SQL without a database, name its kind: --database postgres";
            let connected = setting
                .connect()
                .await
                .map_err(|failure| failure.context(hint))?;
            editor(connected.server())
        }
    };
    let mut moment = Moment::default();
    let mut plan = None;
    for step in graph.forwards(key)? {
        let Some(migration) = loaded.set.get(step) else {
            continue;
        };
        plan = Some(if step == key && args.backwards {
            moment.backwards(migration, &*editor)?
        } else {
            moment.forwards(migration, &*editor)?
        });
    }
    let sql = plan.map(|plan| plan.to_sql()).unwrap_or_default();
    if setting.is_json() {
        print::json(&json!({"app": key.app, "name": key.name, "sql": sql}));
    } else {
        print::line(sql.trim_end());
    }
    Ok(0)
}

//! `migrate sqlmigrate`: the SQL of a migration, on a database that is named or asked.

use std::collections::BTreeMap;

use nuages::db::{editor, editor_named};
use nuages::migrate::Migrator;
use nuages::migrate::plan::{Manner, Moment};

use super::{Setting, apps_of, check_apps, graph_of, no_migrations_yet};
use crate::args::SqlArgs;
use crate::failure::{Failure, Result};
use crate::plan_text::Shown;
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
    let mut connection = None;
    let editor = match &args.database {
        Some(name) => editor_named(name).map_err(|error| Failure::usage(error.to_string()))?,
        None => {
            let hint = "to see SQL without a database, name its kind: --database postgres";
            let connected = setting
                .connect()
                .await
                .map_err(|failure| failure.context(hint))?;
            let editor = editor(connected.server());
            connection = Some(connected);
            editor
        }
    };
    let mut moment = Moment::default();
    let mut plan = None;
    for step in graph.forwards(key)? {
        let Some(migration) = loaded.set.get(step) else {
            continue;
        };
        plan = Some(if step == key && args.backwards {
            moment.backwards_as(migration, &*editor, Manner::Online)?
        } else {
            moment.forwards_as(migration, &*editor, Manner::Online)?
        });
    }
    let Some(plan) = plan else {
        return Ok(0);
    };
    let sizes = match connection {
        Some(database) => {
            let migrator = Migrator::new(&database, loaded.set.clone());
            migrator.table_sizes(std::slice::from_ref(&plan)).await?
        }
        None => BTreeMap::new(),
    };
    let shown = Shown {
        editor: &*editor,
        sizes,
    };
    if setting.is_json() {
        let mut json = shown.json(&plan);
        if let Some(object) = json.as_object_mut() {
            object.insert("sql".to_owned(), plan.to_sql().into());
        }
        print::json(&json);
    } else {
        print::line(shown.script(&plan).trim_end());
    }
    Ok(0)
}

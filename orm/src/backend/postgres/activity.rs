//! What PostgreSQL tells about itself while migrations run: who holds locks, how far an index has come, how large
//! tables are.

use super::ddl::PostgresEditor;
use crate::sql::ddl_standard::quoted;
use crate::sql::{DdlStatement, Effect, SchemaEditor};

/// Words for a session of `pg_stat_activity`, which is called `a`.
const WHO: &str = "'process ' || a.pid || coalesce(' (' || nullif(a.application_name, '') || ')', '') \
    || coalesce(' of ' || a.usename, '') || coalesce(' from ' || host(a.client_addr), '') \
    || coalesce(', ' || a.state, '') \
    || coalesce(', in its transaction for ' || extract(epoch FROM date_trunc('second', clock_timestamp() - a.xact_start))::bigint || ' s', '')";

/// Who migrates: the holder of the lock of migrations, whose key is that of `PostgresEditor::migration_lock`.
pub(super) const MIGRATING: &str = "SELECT 'process ' || a.pid \
    || coalesce(' (' || nullif(a.application_name, '') || ')', '') || coalesce(' of ' || a.usename, '') \
    || coalesce(' from ' || host(a.client_addr), '') \
    || coalesce(', for ' || extract(epoch FROM date_trunc('second', clock_timestamp() - a.xact_start))::bigint || ' s', '') \
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 1853186401 AND l.objid = 1835624306 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1";

/// Names, rows as estimated, bytes with indexes.
pub(super) const SIZES: &str = "SELECT c.relname::text, \
    CASE WHEN 0 <= c.reltuples THEN c.reltuples::bigint END, pg_total_relation_size(c.oid) \
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid) \
    AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)";

/// Those who hold or wait for locks on tables, the oldest transaction first.
pub(super) fn blockers(editor: &PostgresEditor, tables: &[&str]) -> String {
    let names: Vec<String> = tables
        .iter()
        .map(|table| format!("to_regclass({})", quoted(&editor.quote(table))))
        .collect();
    format!(
        "SELECT {WHO} || coalesce(': ' || left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80), '') \
         FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND EXISTS (SELECT 1 FROM pg_locks l \
         WHERE l.pid = a.pid AND l.granted AND l.relation IN ({})) ORDER BY a.xact_start LIMIT 5",
        names.join(", ")
    )
}

/// How far the building or dropping of an index has come.
pub(super) fn probe(editor: &PostgresEditor, statement: &DdlStatement) -> Option<String> {
    let table = quoted(&editor.quote(&statement.table));
    match &statement.effect {
        Effect::CreateIndex(index) => Some(format!(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) \
             THEN 'busy' WHEN i.indisvalid THEN 'done' ELSE 'broken' END \
             FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
             WHERE c.relname = {} AND i.indrelid = to_regclass({table})",
            quoted(&index.name)
        )),
        // An index that is there still is dropped, whatever state it is in; none is what was wanted.
        Effect::DropIndex(name) => Some(format!(
            "SELECT 'done' WHERE NOT EXISTS (SELECT 1 FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
             WHERE c.relname = {} AND i.indrelid = to_regclass({table}))",
            quoted(name)
        )),
        _ => None,
    }
}

/// A broken index is dropped before it is built again.
pub(super) fn repair(editor: &PostgresEditor, statement: &DdlStatement) -> Option<String> {
    match &statement.effect {
        Effect::CreateIndex(index) => Some(format!(
            "DROP INDEX CONCURRENTLY IF EXISTS {}",
            editor.quote(&index.name)
        )),
        _ => None,
    }
}

//! PostgreSQL copies databases by itself: any database is a template.

use crate::sql::DatabaseCopies;
use crate::sql::ddl_standard::quoted;

/// Says of a snapshot that it is whole.
const WHOLE: &str = "nuages: a whole snapshot";

/// `CREATE DATABASE … TEMPLATE`, see <https://www.postgresql.org/docs/current/manage-ag-templatedbs.html>.
#[derive(Debug)]
pub(super) struct Templates;

impl DatabaseCopies for Templates {
    fn create(&self, name: &str) -> String {
        format!("CREATE DATABASE \"{name}\"")
    }

    fn drop(&self, name: &str) -> String {
        format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")
    }

    fn names(&self, prefix: &str) -> String {
        format!(
            "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, {})",
            quoted(prefix)
        )
    }

    fn is_whole(&self, snapshot: &str) -> String {
        format!(
            "SELECT 1::int8 FROM pg_database WHERE datname = {} AND shobj_description(oid, 'pg_database') = '{WHOLE}'",
            quoted(snapshot)
        )
    }

    fn seal(&self, snapshot: &str, _script: &[String]) -> Vec<String> {
        vec![format!("COMMENT ON DATABASE \"{snapshot}\" IS '{WHOLE}'")]
    }

    fn copy(&self, snapshot: &str, to: &str) -> String {
        format!("CREATE DATABASE \"{to}\" TEMPLATE \"{snapshot}\"")
    }
}

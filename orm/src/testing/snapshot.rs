//! Snapshots: made once for a history of migrations, and copied for each test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use md5::{Digest, Md5};
use tokio::sync::Mutex;

use super::{Place, TestDatabase};
use crate::db::{Database, editor};
use crate::driver::{Executor, Server};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::ask::{ask, tell};
use crate::migrate::files::MigrationSet;
use crate::migrate::{Goal, Migrator, lock};
use crate::sql::{Copies, DatabaseCopies, SchemaEditor};

/// How the names of snapshots begin.
const SNAPSHOT: &str = "nuages_snapshot_";

/// How the names of tests' databases begin.
const COPY: &str = "nuages_copy_";

/// How long a test waits for the snapshot that another program is making.
const PATIENCE: Duration = Duration::from_secs(300);

/// Lets one task of this program make a snapshot, and the others wait for it.
static MAKING: Mutex<()> = Mutex::const_new(());

/// The connections that may be there while a snapshot is made: the lock's, and the work's.
const FEW: usize = 3;

/// A copy of the snapshot of these migrations.
pub(super) async fn copy(url: &str, migrations: MigrationSet) -> Result<TestDatabase> {
    let base = Database::builder(url).pool_size(FEW).connect().await?;
    let editor = editor(base.server());
    let name = format!("{SNAPSHOT}{}", fingerprint(&migrations, base.server()));
    let making = Making {
        url,
        base: &base,
        editor,
        name,
        migrations,
    };
    let copied = match making.editor.copies() {
        Copies::Files { url } => making.file(url).await,
        Copies::Databases(copies) => making.database(copies).await,
    };
    base.close();
    copied
}

/// Drops the snapshots of a server, and the databases of tests that were killed; the temporary files of SQLite. No test
/// may be running meanwhile.
///
/// # Errors
/// Where the URL leads nowhere, or what the database said.
pub async fn clear(url: &str) -> Result<()> {
    let base = Database::builder(url).pool_size(1).connect().await?;
    match editor(base.server()).copies() {
        Copies::Files { .. } => {
            let files = std::fs::read_dir(std::env::temp_dir()).map_err(Error::user)?;
            for file in files.filter_map(std::result::Result::ok) {
                let name = file.file_name();
                let name = name.to_string_lossy();
                if name.starts_with(SNAPSHOT) || name.starts_with(COPY) {
                    super::remove_file(&file.path());
                }
            }
        }
        Copies::Databases(copies) => {
            for prefix in [SNAPSHOT, COPY] {
                let names = ask(&base, copies.names(prefix), Vec::new()).await?;
                for name in names.into_iter().filter_map(|row| row.into_iter().next()?) {
                    base.batch(&copies.drop(&name)).await?;
                }
            }
        }
    }
    base.close();
    Ok(())
}

/// Drops a test's database.
pub(super) async fn drop_database(url: &str, name: &str) -> Result<()> {
    let base = Database::builder(url).pool_size(1).connect().await?;
    if let Copies::Databases(copies) = editor(base.server()).copies() {
        base.batch(&copies.drop(name)).await?;
    }
    base.close();
    Ok(())
}

/// A snapshot that is wanted.
struct Making<'a> {
    url: &'a str,
    base: &'a Database,
    editor: Arc<dyn SchemaEditor>,
    name: String,
    migrations: MigrationSet,
}

impl Making<'_> {
    async fn file(self, url: &str) -> Result<TestDatabase> {
        let snapshot = temporary(&self.name);
        if !snapshot.exists() {
            let _one = MAKING.lock().await;
            if !snapshot.exists() {
                self.write_file(url, &snapshot).await?;
            }
        }
        let path = temporary(&copy_name());
        let copied = std::fs::copy(&snapshot, &path);
        copied.map_err(|error| unwritable(&path, &error))?;
        let database = Database::builder(self.url).database(path.to_string_lossy());
        Ok(TestDatabase {
            database: database.connect().await?,
            place: Place::File(path),
        })
    }

    /// Written beside its place and moved there, so that no other program sees half of one.
    async fn write_file(&self, url: &str, snapshot: &Path) -> Result<()> {
        let part = temporary(&copy_name());
        let database = Database::builder(url).database(part.to_string_lossy());
        let database = database.connect().await?;
        self.migrate(&database).await?;
        database.close();
        std::fs::rename(&part, snapshot).map_err(|error| unwritable(snapshot, &error))
    }

    async fn database(self, copies: &'static dyn DatabaseCopies) -> Result<TestDatabase> {
        let whole = copies.is_whole(&self.name);
        if ask(self.base, whole.clone(), Vec::new()).await?.is_empty() {
            let _one = MAKING.lock().await;
            let session = self.base.session().await?;
            let queue = lock::Queue {
                database: self.base,
                session: &session,
                editor: &*self.editor,
                wait: PATIENCE,
                tell: &|_| (),
            };
            let held = queue.take().await?;
            let made = if ask(self.base, whole, Vec::new()).await?.is_empty() {
                self.make_database(copies).await
            } else {
                Ok(())
            };
            let released = lock::release(held, &session).await;
            made.and(released)?;
        }
        self.copy_database(copies).await
    }

    async fn make_database(&self, copies: &dyn DatabaseCopies) -> Result<()> {
        self.base.batch(&copies.drop(&self.name)).await?;
        self.base.batch(&copies.create(&self.name)).await?;
        let snapshot = Database::builder(self.url)
            .database(&self.name)
            .pool_size(FEW);
        let snapshot = snapshot.connect().await?;
        self.migrate(&snapshot).await?;
        let script = self.script(copies, &snapshot).await?;
        snapshot.close();
        for statement in copies.seal(&self.name, &script) {
            tell(self.base, statement, Vec::new()).await?;
        }
        Ok(())
    }

    /// What fills a copy; nothing where the server copies by itself, or where a script cannot tell everything.
    async fn script(
        &self,
        copies: &dyn DatabaseCopies,
        snapshot: &Database,
    ) -> Result<Vec<String>> {
        let mut script = Vec::new();
        if let Some(query) = copies.obstacles()
            && !ask(snapshot, query, Vec::new()).await?.is_empty()
        {
            return Ok(script);
        }
        for row in ask(snapshot, self.editor.tables_query(), Vec::new()).await? {
            let Some(table) = row.into_iter().next().flatten() else {
                continue;
            };
            let mut answers = Vec::new();
            for query in copies.table_queries(&table) {
                answers.push(ask(snapshot, query, Vec::new()).await?);
            }
            script.extend(copies.table_script(&self.name, &table, &answers)?);
        }
        Ok(script)
    }

    async fn copy_database(self, copies: &'static dyn DatabaseCopies) -> Result<TestDatabase> {
        let name = copy_name();
        self.base.batch(&copies.copy(&self.name, &name)).await?;
        let database = Database::builder(self.url).database(&name).connect().await;
        let test = TestDatabase {
            database: database?,
            place: Place::Server {
                url: self.url.to_owned(),
                name,
            },
        };
        if let Some(query) = copies.script_query(&self.name) {
            let script = ask(self.base, query, Vec::new()).await?;
            let script: Vec<String> = script.into_iter().flatten().flatten().collect();
            if script.is_empty() {
                self.migrate(&test).await?;
            } else {
                test.batch(&script.join(";\n")).await?;
            }
        }
        Ok(test)
    }

    async fn migrate(&self, database: &Database) -> Result<()> {
        let migrator = Migrator::new(database, self.migrations.clone());
        migrator.apply(Goal::Newest).await.map(drop)
    }
}

/// What the migrations mean, and on what they ran.
fn fingerprint(migrations: &MigrationSet, server: &Server) -> String {
    let mut digest = Md5::new();
    digest.update(format!("{server} {}", env!("CARGO_PKG_VERSION")));
    for (key, migration) in &migrations.migrations {
        digest.update(format!("{key} {}\n", migration.meaning_hash()));
    }
    let digest = digest.finalize();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A name that no other test has, on this machine or another.
fn copy_name() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let moment = now.map_or(0, |since| since.as_nanos());
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{COPY}{}_{number}_{moment:x}", std::process::id())
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(name)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Configuration {
        message: format!(
            "a test's database cannot be written to {}: {error}",
            path.display()
        ),
    })
}

//! Settings: a flag, else the environment, else `.env`, else `migrate.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nuages::error::suggestion;
use nuages::migrate::Migrator;
use toml_edit::{DocumentMut, Item};

use crate::args::Global;
use crate::failure::{Failure, Result};
use crate::lint_config::LintConfig;
use crate::print;

const KEYS: [&str; 9] = [
    "database_url",
    "paths",
    "lock_timeout",
    "table_lock_timeout",
    "table_lock_retries",
    "copy_limit",
    "batch_size",
    "batch_pause",
    "lint",
];

/// What stands where only its fellow is set.
const TABLE_LOCK_TIMEOUT: u64 = 5;
const TABLE_LOCK_RETRIES: u32 = 12;
const BATCH_SIZE: u32 = 5_000;
const BATCH_PAUSE: u64 = 10;

/// What is set, by whatever means.
#[derive(Debug, Default)]
pub(crate) struct Config {
    database_url: Option<String>,
    /// The folders of migrations, where they are named.
    pub(crate) paths: Vec<PathBuf>,
    /// How long to wait while another program migrates.
    pub(crate) lock_timeout: Option<Duration>,
    limits: Limits,
    /// What `migrate lint` is told.
    pub(crate) lint: LintConfig,
}

/// How careful to be with tables that are in use, where that is set.
#[derive(Debug, Default, Clone, Copy)]
struct Limits {
    table_lock_timeout: Option<u64>,
    table_lock_retries: Option<u64>,
    copy_limit: Option<u64>,
    batch_size: Option<u64>,
    batch_pause: Option<u64>,
}

impl Config {
    /// Reads all that there is.
    ///
    /// # Errors
    /// If a file cannot be read, or has a key or value that does not belong there.
    pub(crate) fn read(global: &Global) -> Result<Config> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::error(format!("the current folder: {error}")))?;
        let file = match upwards(&here, "migrate.toml") {
            Some(path) => read_file(&path)?,
            None => Config::default(),
        };
        let dot_env = dot_env(&here)?;
        let setting = |name: &str| {
            let from_file = || dot_env.iter().find(|(key, _)| key == name);
            std::env::var(name)
                .ok()
                .or_else(|| from_file().map(|(_, value)| value.clone()))
                .filter(|value| !value.is_empty())
        };
        let paths = if global.migrations.is_empty() {
            setting("MIGRATE_PATHS").map(|paths| std::env::split_paths(&paths).collect())
        } else {
            Some(global.migrations.clone())
        };
        let lock_timeout = match global.lock_timeout {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => setting("MIGRATE_LOCK_TIMEOUT")
                .map(|text| seconds_of("MIGRATE_LOCK_TIMEOUT", &text))
                .transpose()?,
        };
        Ok(Config {
            database_url: global
                .database_url
                .clone()
                .or_else(|| setting("DATABASE_URL"))
                .or(file.database_url),
            paths: paths.unwrap_or(file.paths),
            lock_timeout: lock_timeout.or(file.lock_timeout),
            limits: file.limits,
            lint: file.lint.or_environment(&setting)?,
        })
    }

    /// Migrations within the limits that are set.
    pub(crate) fn limits(&self, mut migrator: Migrator) -> Migrator {
        if let Some(timeout) = self.lock_timeout {
            migrator = migrator.lock_timeout(timeout);
        }
        let limits = self.limits;
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        if limits.table_lock_timeout.is_some() || limits.table_lock_retries.is_some() {
            let timeout = limits.table_lock_timeout.unwrap_or(TABLE_LOCK_TIMEOUT);
            let timeout = (0 < timeout).then(|| Duration::from_secs(timeout));
            let retries = limits.table_lock_retries.map_or(TABLE_LOCK_RETRIES, small);
            migrator = migrator.table_lock(timeout, retries);
        }
        if let Some(rows) = limits.copy_limit {
            migrator = migrator.copy_limit(rows);
        }
        if limits.batch_size.is_some() || limits.batch_pause.is_some() {
            let rows = limits.batch_size.map_or(BATCH_SIZE, small);
            let pause = Duration::from_millis(limits.batch_pause.unwrap_or(BATCH_PAUSE));
            migrator = migrator.batches(rows, pause);
        }
        migrator
    }

    /// Whether a database is named.
    pub(crate) fn has_database(&self) -> bool {
        self.database_url.is_some()
    }

    /// Whether statements wait for tables for ever.
    pub(crate) fn waits_for_ever(&self) -> bool {
        self.limits.table_lock_timeout == Some(0)
    }

    /// The database.
    ///
    /// # Errors
    /// If none is named.
    pub(crate) fn database_url(&self) -> Result<&str> {
        self.database_url.as_deref().ok_or_else(|| {
            Failure::usage(
                "no database is named: say --database-url sqlite://blog.db (or postgres://…, mysql://…), set \
                 DATABASE_URL in the environment or in .env, or write `database_url = \"…\"` into migrate.toml",
            )
        })
    }
}

fn seconds_of(what: &str, text: &str) -> Result<Duration> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|_| Failure::error(format!("{what} is a number of seconds, not `{text}`")))
}

/// The nearest file of a name, here or further up.
pub(crate) fn upwards(from: &Path, name: &str) -> Option<PathBuf> {
    from.ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
}

fn dot_env(here: &Path) -> Result<Vec<(String, String)>> {
    let Some(path) = upwards(here, ".env").filter(|path| path.is_file()) else {
        return Ok(Vec::new());
    };
    let fault = |error: dotenvy::Error| Failure::error(format!("{}: {error}", print::path(&path)));
    dotenvy::from_path_iter(&path)
        .map_err(fault)?
        .map(|pair| pair.map_err(fault))
        .collect()
}

fn read_file(path: &Path) -> Result<Config> {
    let fault = |what: String| Failure::error(format!("{}: {what}", print::path(path)));
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| fault(error.to_string()))?;
    let mut config = Config::default();
    for (key, item) in document.iter() {
        match key {
            "database_url" => {
                let url = item.as_str();
                config.database_url = Some(
                    url.ok_or_else(|| fault("`database_url` is text".to_owned()))?
                        .to_owned(),
                );
            }
            "paths" => config.paths = read_paths(path, item).map_err(fault)?,
            "lock_timeout" => {
                config.lock_timeout = Some(Duration::from_secs(number(key, item).map_err(fault)?));
            }
            "table_lock_timeout" => {
                config.limits.table_lock_timeout = Some(number(key, item).map_err(fault)?);
            }
            "table_lock_retries" => {
                config.limits.table_lock_retries = Some(number(key, item).map_err(fault)?);
            }
            "copy_limit" => config.limits.copy_limit = Some(number(key, item).map_err(fault)?),
            "batch_size" => config.limits.batch_size = Some(number(key, item).map_err(fault)?),
            "batch_pause" => config.limits.batch_pause = Some(number(key, item).map_err(fault)?),
            "lint" => config.lint = LintConfig::of_toml(item).map_err(fault)?,
            other => {
                return Err(fault(format!(
                    "no key `{other}`{}",
                    suggestion(other, KEYS)
                )));
            }
        }
    }
    Ok(config)
}

fn number(key: &str, item: &Item) -> std::result::Result<u64, String> {
    let number = item
        .as_integer()
        .and_then(|value| u64::try_from(value).ok());
    let unit = match key {
        "lock_timeout" | "table_lock_timeout" => " of seconds",
        "batch_pause" => " of milliseconds",
        _ => "",
    };
    number.ok_or_else(|| format!("`{key}` is a number{unit}"))
}

/// The folders, relative to that of the file.
fn read_paths(file: &Path, item: &Item) -> std::result::Result<Vec<PathBuf>, String> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let paths = item.as_array().and_then(|array| {
        let path = |value: &toml_edit::Value| Some(folder.join(value.as_str()?));
        array.iter().map(path).collect::<Option<Vec<_>>>()
    });
    paths.ok_or_else(|| "`paths` is a list of folders, such as [\"blog/migrations\"]".to_owned())
}

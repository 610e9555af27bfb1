//! The `migrations` folder of a crate: `<app>/0001_initial.toml` and `heads.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Migration, MigrationKey, MigrationSet};
use crate::error::{Error, Result};

/// A folder of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFolder {
    path: PathBuf,
}

impl MigrationFolder {
    /// The folder at a path; it need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> MigrationFolder {
        MigrationFolder { path: path.into() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a migration.
    pub fn file_of(&self, key: &MigrationKey) -> PathBuf {
        self.path.join(&key.app).join(format!("{}.toml", key.name))
    }

    /// Reads every migration; a folder that is not there has none. Files and heads are compared by
    /// [`MigrationSet::check_heads`], which is left to the caller.
    ///
    /// # Errors
    /// If a file cannot be read or does not parse.
    pub fn load(&self) -> Result<MigrationSet> {
        let heads = read_if_there(&self.path.join("heads.toml"))?.unwrap_or_default();
        self.load_with(&heads)
    }

    /// Reads every migration and leaves `heads.toml` aside: the heads are those that the files have.
    ///
    /// # Errors
    /// If a file cannot be read or does not parse.
    pub fn load_files(&self) -> Result<MigrationSet> {
        let mut set = self.load_with("")?;
        set.heads = set.leaf_heads();
        Ok(set)
    }

    fn load_with(&self, heads: &str) -> Result<MigrationSet> {
        let mut files = Vec::new();
        for app in entries(&self.path)?
            .into_iter()
            .filter(|path| path.is_dir())
        {
            for file in entries(&app)?.into_iter().filter(|path| is_migration(path)) {
                let relative = file.strip_prefix(&self.path).unwrap_or(&file);
                let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                let text =
                    fs::read_to_string(&file).map_err(|error| failed("read", &file, error))?;
                files.push((parts.join("/"), text));
            }
        }
        let texts = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        MigrationSet::parse(heads, texts)
            .map_err(|error| error.context(self.path.display().to_string()))
    }

    /// Writes migrations, over older texts of them with their comments kept, and then the heads. Each file appears
    /// whole or not at all.
    ///
    /// # Errors
    /// If a file cannot be written, or an older text does not parse.
    pub fn write<'a>(
        &self,
        migrations: impl IntoIterator<Item = &'a Migration>,
    ) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for migration in migrations {
            let path = self.file_of(&migration.key());
            let text = match read_if_there(&path)? {
                Some(old) => migration.rewrite(&path.display().to_string(), &old)?,
                None => migration.print(),
            };
            write_whole(&path, &text)?;
            written.push(path);
        }
        self.write_heads(&self.load_files()?.heads)?;
        Ok(written)
    }

    /// Removes the file of a migration, and then writes the heads.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, key: &MigrationKey) -> Result<()> {
        let path = self.file_of(key);
        fs::remove_file(&path).map_err(|error| failed("remove", &path, error))?;
        self.write_heads(&self.load_files()?.heads)
    }

    /// Writes `heads.toml` anew where it is there and does not say what the files say; whether it did.
    ///
    /// # Errors
    /// If a file cannot be read, does not parse or cannot be written.
    pub fn mend_heads(&self) -> Result<bool> {
        let Some(text) = read_if_there(&self.path.join("heads.toml"))? else {
            return Ok(false);
        };
        let heads = self.load_files()?.heads;
        let is_wrong = MigrationSet::print_heads(&heads) != text;
        self.write_heads(&heads).map(|()| is_wrong)
    }

    /// Writes `heads.toml`, unless it says the same already.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_heads(&self, heads: &BTreeMap<String, String>) -> Result<()> {
        let path = self.path.join("heads.toml");
        let text = MigrationSet::print_heads(heads);
        if read_if_there(&path)?.as_deref() == Some(&text) {
            return Ok(());
        }
        write_whole(&path, &text)
    }
}

fn is_migration(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    name.ends_with(".toml") && !name.starts_with(['.', '_', '~'])
}

/// What is in a folder, sorted; nothing if it is not there.
fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    let read = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| failed("read", path, error))?,
    };
    let mut paths: Vec<PathBuf> = read
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .map_err(|error| failed("read", path, error))?;
    paths.sort();
    Ok(paths)
}

fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, error)),
    }
}

/// Writes beside the file and renames, so that nobody sees half of it.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| failed("write", path, error))
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::migration(format!("cannot {what} {}: {error}", path.display())).with_source(error)
}

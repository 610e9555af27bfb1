//! Where the migrations are: the folders of the packages of a workspace, as Cargo tells, or as they are named.
//!
//! Cargo is asked for the members of the workspace alone, which needs neither network nor build. Where there is no
//! Cargo (in an image with only the files) the nearest `migrations` folder is taken.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};
use nuages::error::suggestion;
use nuages::migrate::files::{MigrationFolder, MigrationKey, MigrationSet, linked_migrations};

use crate::args::Global;
use crate::command::Role;
use crate::config::{Config, upwards};
use crate::failure::{Failure, Result};
use crate::print;

/// The packages whose migrations matter here.
#[derive(Debug)]
pub(crate) struct Project {
    packages: Vec<Package>,
    /// What Cargo knows, where it was asked, and the package that is meant.
    pub(crate) cargo: Option<Cargo>,
}

/// A package with a folder of migrations.
#[derive(Debug)]
struct Package {
    /// Its folder; none where the folder of migrations was named by itself.
    dir: Option<PathBuf>,
    folder: MigrationFolder,
}

/// A workspace, as Cargo knows it.
#[derive(Debug)]
pub(crate) struct Cargo {
    pub(crate) metadata: Metadata,
    /// Which package is meant, by its place in the metadata; none where several may be.
    pub(crate) main: Option<usize>,
}

/// All migrations, and which folder has which.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// All of them.
    pub(crate) set: MigrationSet,
    /// The apps of each package's folder, in the order of the packages.
    apps: Vec<BTreeSet<String>>,
}

impl Cargo {
    /// The package that is meant.
    pub(crate) fn package(&self) -> Option<&cargo_metadata::Package> {
        self.metadata.packages.get(self.main?)
    }
}

impl Project {
    /// Finds the project around the current folder, or that of the flags.
    ///
    /// # Errors
    /// If a manifest is broken, or the package that is named does not exist.
    pub(crate) fn find(role: Role, global: &Global, config: &Config) -> Result<Project> {
        let cargo = Cargo::find(role, global)?;
        let packages = if !config.paths.is_empty() {
            named(&config.paths)?
        } else if let Some(cargo) = &cargo {
            cargo.packages()
        } else {
            nearest()
        };
        Ok(Project { packages, cargo })
    }

    /// Reads all migrations: of the folders, and of linked crates whose folders are elsewhere.
    ///
    /// # Errors
    /// If a file is broken, files and heads disagree, or two packages have one app.
    pub(crate) fn load(&self) -> Result<Loaded> {
        self.gather(|folder| {
            let set = folder.load()?;
            set.check_heads()
                .map_err(|error| error.context(print::path(folder.path())))?;
            Ok(set)
        })
    }

    /// Reads all migrations as [`Project::load`] does, whatever `heads.toml` says.
    ///
    /// # Errors
    /// If a file is broken, or two packages have one app.
    pub(crate) fn load_files(&self) -> Result<Loaded> {
        self.gather(MigrationFolder::load_files)
    }

    /// Writes `heads.toml` anew where it does not say what the files say, and gives the paths of those.
    ///
    /// # Errors
    /// If one cannot be written.
    pub(crate) fn mend_heads(&self) -> Result<Vec<PathBuf>> {
        let mut mended = Vec::new();
        for package in &self.packages {
            if package.folder.mend_heads()? {
                mended.push(package.folder.path().join("heads.toml"));
            }
        }
        Ok(mended)
    }

    fn gather(
        &self,
        read: impl Fn(&MigrationFolder) -> nuages::Result<MigrationSet>,
    ) -> Result<Loaded> {
        let mut loaded = Loaded {
            set: MigrationSet::default(),
            apps: Vec::new(),
        };
        for package in &self.packages {
            let set = read(&package.folder)?;
            loaded
                .apps
                .push(set.apps().into_iter().map(str::to_owned).collect());
            loaded
                .set
                .merge(set)
                .map_err(|error| self.ambiguous(error.into()))?;
        }
        let linked = linked_migrations()?;
        let own: BTreeSet<String> = loaded.set.apps().into_iter().map(str::to_owned).collect();
        for (key, migration) in linked.migrations {
            if !own.contains(&key.app) {
                loaded.set.insert(migration);
            }
        }
        Ok(loaded)
    }

    /// The folder that an app's migrations are written into: where it has some; else that of the package that declares
    /// its models; else that of the package that is meant.
    ///
    /// # Errors
    /// If the app belongs to a package that is not of this workspace, or nothing tells which one.
    pub(crate) fn folder_of(
        &self,
        app: &str,
        loaded: &Loaded,
        declared_in: Option<&str>,
    ) -> Result<&MigrationFolder> {
        let has = |apps: &BTreeSet<String>| apps.contains(app);
        if let Some(at) = loaded.apps.iter().position(has) {
            return Ok(&self.packages[at].folder);
        }
        let is_linked = loaded.set.of_app(app).next().is_some();
        let declaring = declared_in.filter(|dir| !dir.is_empty()).map(canonical);
        if let Some(dir) = &declaring {
            let of_package = |package: &&Package| package.dir.as_ref() == Some(dir);
            if let Some(package) = self.packages.iter().find(of_package) {
                return Ok(&package.folder);
            }
            let is_fixed = self.packages.iter().any(|package| package.dir.is_some());
            if is_linked || is_fixed {
                return Err(Failure::error(format!(
                    "the models of the app `{app}` belong to the package in {}, which is no member of this workspace: its \
                     migrations are written there, not here",
                    dir.display()
                )));
            }
        }
        match self.packages.as_slice() {
            [package] => Ok(&package.folder),
            _ => self.main_folder().ok_or_else(|| {
                Failure::usage(format!(
                    "several folders could hold the migrations of the app `{app}`: say which package is meant with -p, or \
                     which folder with --migrations"
                ))
            }),
        }
    }

    /// The folders of migrations.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.packages.iter().map(|package| package.folder.path())
    }

    /// The file of a migration; none where a linked crate brings it.
    pub(crate) fn file_of(&self, key: &MigrationKey, loaded: &Loaded) -> Option<PathBuf> {
        let at = loaded
            .apps
            .iter()
            .position(|apps| apps.contains(&key.app))?;
        Some(self.packages[at].folder.file_of(key))
    }

    fn main_folder(&self) -> Option<&MigrationFolder> {
        let dir = package_dir(self.cargo.as_ref()?.package()?);
        let main = self
            .packages
            .iter()
            .find(|package| package.dir.as_ref() == Some(&dir));
        main.map(|package| &package.folder)
    }

    /// Where all members of a workspace were read, one of them may be what is meant.
    fn ambiguous(&self, failure: Failure) -> Failure {
        match &self.cargo {
            Some(cargo) if cargo.main.is_none() => failure.context(format!(
                "say which package is meant with -p (there are: {})",
                cargo.prepared_names().join(", ")
            )),
            _ => failure,
        }
    }

    /// Where migrations were looked for, for messages.
    pub(crate) fn places(&self) -> String {
        let paths: Vec<String> = self
            .packages
            .iter()
            .map(|package| print::path(package.folder.path()))
            .collect();
        paths.join(", ")
    }
}

impl Cargo {
    fn find(role: Role, global: &Global) -> Result<Option<Cargo>> {
        let manifest = global
            .manifest_path
            .clone()
            .or_else(|| manifest_of_run(role, global));
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(manifest) = &manifest {
            if !manifest.is_file() {
                return Err(Failure::usage(format!(
                    "there is no manifest {}",
                    manifest.display()
                )));
            }
            command.manifest_path(manifest);
        }
        let here = std::env::current_dir().unwrap_or_default();
        if manifest.is_none() && upwards(&here, "Cargo.toml").is_none() {
            return match &global.package {
                None => Ok(None),
                Some(name) => Err(Failure::usage(format!(
                    "there is no package `{name}`: there is no Cargo.toml here or further up"
                ))),
            };
        }
        let metadata = match command.exec() {
            Ok(metadata) => metadata,
            Err(cargo_metadata::Error::Io(_)) => return Ok(None),
            Err(cargo_metadata::Error::CargoMetadata { stderr }) => {
                let said = stderr.trim().trim_start_matches("error: ");
                return Err(Failure::error(format!("cargo metadata: {said}")));
            }
            Err(error) => return Err(Failure::error(format!("cargo metadata: {error}"))),
        };
        let from = manifest.as_deref().and_then(Path::parent).unwrap_or(&here);
        let main = main_package(&metadata, global.package.as_deref(), &canonical(from))?;
        Ok(Some(Cargo { metadata, main }))
    }

    /// The names of the packages that may be meant: those that `migrate init` has prepared, or all if there are none.
    pub(crate) fn prepared_names(&self) -> Vec<&str> {
        let packages = &self.metadata.packages;
        let is_prepared =
            |package: &&cargo_metadata::Package| package.metadata.get("nuages").is_some();
        let prepared: Vec<&str> = packages
            .iter()
            .filter(is_prepared)
            .map(|package| package.name.as_str())
            .collect();
        if prepared.is_empty() {
            return packages
                .iter()
                .map(|package| package.name.as_str())
                .collect();
        }
        prepared
    }

    /// The packages whose migrations belong together: the one that is meant with all members of the workspace that it
    /// depends on; all members, where none is meant.
    fn packages(&self) -> Vec<Package> {
        let dirs: Vec<PathBuf> = match self.package() {
            None => self.metadata.packages.iter().map(package_dir).collect(),
            Some(main) => {
                let mut found = vec![package_dir(main)];
                let mut at = 0;
                while let Some(dir) = found.get(at).cloned() {
                    at += 1;
                    let of_dir = |package: &&cargo_metadata::Package| package_dir(package) == dir;
                    let Some(package) = self.metadata.packages.iter().find(of_dir) else {
                        continue;
                    };
                    for path in package
                        .dependencies
                        .iter()
                        .filter_map(|on| on.path.as_ref())
                    {
                        let path = canonical(path);
                        if !found.contains(&path) {
                            found.push(path);
                        }
                    }
                }
                found
            }
        };
        let main = self.package().map(package_dir);
        let package = |dir: PathBuf| Package {
            folder: MigrationFolder::new(dir.join("migrations")),
            dir: Some(dir),
        };
        dirs.into_iter()
            .filter(|dir| {
                Some(dir) == main.as_ref() || is_member(&self.metadata, dir) || has_migrations(dir)
            })
            .map(package)
            .collect()
    }
}

fn is_member(metadata: &Metadata, dir: &Path) -> bool {
    metadata
        .packages
        .iter()
        .any(|package| package_dir(package) == dir)
}

fn has_migrations(dir: &Path) -> bool {
    dir.join("migrations").join("heads.toml").is_file()
}

/// The manifest of the package whose target `cargo run` has started.
fn manifest_of_run(role: Role, global: &Global) -> Option<PathBuf> {
    if role == Role::Installed || global.package.is_some() {
        return None;
    }
    let dir = std::env::var_os("CARGO_MANIFEST_DIR")?;
    Some(PathBuf::from(dir).join("Cargo.toml"))
}

/// Which package is meant: the one that is named, else the innermost around the folder, else the only one with a
/// target of ours, else the only one with migrations.
fn main_package(metadata: &Metadata, name: Option<&str>, from: &Path) -> Result<Option<usize>> {
    let packages = &metadata.packages;
    if let Some(name) = name {
        let at = packages
            .iter()
            .position(|package| package.name.as_str() == name);
        return at.map(Some).ok_or_else(|| {
            let names = packages.iter().map(|package| package.name.as_str());
            Failure::usage(format!(
                "the workspace has no package `{name}`{}",
                suggestion(name, names)
            ))
        });
    }
    let around = (0..packages.len()).filter(|at| from.starts_with(package_dir(&packages[*at])));
    let innermost = around.max_by_key(|at| package_dir(&packages[*at]).components().count());
    let only = |is_meant: &dyn Fn(&cargo_metadata::Package) -> bool| {
        let mut meant = (0..packages.len()).filter(|at| is_meant(&packages[*at]));
        meant.next().filter(|_| meant.next().is_none())
    };
    Ok(innermost
        .or_else(|| only(&|package| package.metadata.get("nuages").is_some()))
        .or_else(|| only(&|package| has_migrations(&package_dir(package)))))
}

/// The folder of a package.
pub(crate) fn package_dir(package: &cargo_metadata::Package) -> PathBuf {
    let dir = package.manifest_path.parent();
    dir.map(canonical).unwrap_or_default()
}

fn named(paths: &[PathBuf]) -> Result<Vec<Package>> {
    let mut packages: Vec<Package> = Vec::new();
    for path in paths {
        if path.join("Cargo.toml").is_file() {
            let hint = path.join("migrations");
            return Err(Failure::usage(format!(
                "{} is a package, not a folder of migrations: did you mean {}?",
                path.display(),
                hint.display()
            )));
        }
        packages.push(Package {
            dir: None,
            folder: MigrationFolder::new(path),
        });
    }
    Ok(packages)
}

fn nearest() -> Vec<Package> {
    let here = std::env::current_dir().unwrap_or_default();
    let path = upwards(&here, "migrations")
        .filter(|path| path.is_dir())
        .unwrap_or_else(|| here.join("migrations"));
    vec![Package {
        dir: None,
        folder: MigrationFolder::new(path),
    }]
}

fn canonical(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

//! The models: what a package manager knows of a package.

#![allow(missing_docs, reason = "what a field is stands in its name")]

use nuages::prelude::*;

/// Which manifest the packages in the database were read from, and when.
#[derive(Model, Debug, Clone)]
pub struct Reading {
    pub id: i64,
    pub manifest: String,
    pub complete: bool,
    #[field(auto_now_add)]
    pub read_at: DateTime<Utc>,
}

/// One version of a package.
#[derive(Model, Debug, Clone)]
#[model(
    ordering = ["name", "version"],
    index(fields = ["name", "version"])
)]
pub struct Package {
    pub id: i64,
    /// Cargo's name for exactly this package: `registry+https://…#serde@1.0.0`.
    #[field(max_length = 500, unique)]
    pub spec: String,
    #[field(max_length = 100)]
    pub name: String,
    #[field(max_length = 100)]
    pub version: String,
    pub origin: Origin,
    pub description: Option<String>,
    #[field(on_delete = SET_NULL)]
    pub licence: Option<ForeignKey<Licence>>,
    #[field(through = PackageKeyword)]
    pub keywords: ManyToMany<Keyword>,
    #[field(through = PackageCategory)]
    pub categories: ManyToMany<Category>,
    #[field(through = Authorship)]
    pub authors: ManyToMany<Author>,
    #[field(through = Dependency, through_fields = ("package", "needs"), symmetrical = false)]
    pub dependencies: ManyToMany<Package>,
    #[related(Package::dependencies)]
    pub dependents: ManyToMany<Package>,
    #[related(Target::package)]
    pub targets: HasMany<Target>,
}

/// Where a package comes from.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A member of the workspace, or a folder beside it.
    Local,
    Registry,
    Git,
}

/// That a package needs another: the rows between the two ends of `Package::dependencies`.
#[derive(Model, Debug, Clone)]
#[model(
    ordering = ["id"],
    unique(fields = ["package", "needs", "kind"], name = "one_dependency_of_a_kind")
)]
pub struct Dependency {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub package: ForeignKey<Package>,
    #[field(on_delete = CASCADE)]
    pub needs: ForeignKey<Package>,
    #[field(default = DependencyKind::Normal)]
    pub kind: DependencyKind,
    #[field(default = false)]
    pub optional: bool,
    /// Which versions will do: `^1.2`.
    #[field(max_length = 200)]
    pub requirement: Option<String>,
}

/// When a dependency is needed.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DependencyKind {
    Normal,
    /// By the build script.
    Build,
    /// By tests and examples.
    Dev,
}

/// Something that a package builds.
#[derive(Model, Debug, Clone)]
#[model(ordering = ["kind", "name"], index(fields = ["kind", "name"]))]
pub struct Target {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub package: ForeignKey<Package>,
    #[field(max_length = 200)]
    pub name: String,
    pub kind: TargetKind,
}

/// What kind of thing is built.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetKind {
    Lib,
    ProcMacro,
    Bin,
    Example,
    Test,
    Bench,
    BuildScript,
}

/// Terms under which packages may be used: an SPDX expression.
#[derive(Model, Debug, Clone)]
#[model(ordering = ["name"])]
pub struct Licence {
    pub id: i64,
    #[field(max_length = 200, unique)]
    pub name: String,
    #[related(Package::licence)]
    pub packages: HasMany<Package>,
}

/// A word that packages are found by.
#[derive(Model, Debug, Clone)]
#[model(ordering = ["name"])]
pub struct Keyword {
    pub id: i64,
    #[field(max_length = 100, unique)]
    pub name: String,
    #[related(Package::keywords)]
    pub packages: ManyToMany<Package>,
}

/// A subject of the registry's catalogue.
#[derive(Model, Debug, Clone)]
#[model(ordering = ["name"])]
pub struct Category {
    pub id: i64,
    #[field(max_length = 100, unique)]
    pub name: String,
    #[related(Package::categories)]
    pub packages: ManyToMany<Package>,
}

/// Who wrote packages.
#[derive(Model, Debug, Clone)]
#[model(ordering = ["name", "id"], index(fields = ["name"]))]
pub struct Author {
    pub id: i64,
    #[field(max_length = 200)]
    pub name: String,
    #[field(email)]
    pub email: Option<String>,
    #[related(Package::authors)]
    pub packages: ManyToMany<Package>,
}

/// A keyword of a package.
#[derive(Model, Debug, Clone)]
#[model(unique(fields = ["package", "keyword"], name = "keyword_once"))]
pub struct PackageKeyword {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub package: ForeignKey<Package>,
    #[field(on_delete = CASCADE)]
    pub keyword: ForeignKey<Keyword>,
}

/// A category of a package.
#[derive(Model, Debug, Clone)]
#[model(unique(fields = ["package", "category"], name = "category_once"))]
pub struct PackageCategory {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub package: ForeignKey<Package>,
    #[field(on_delete = CASCADE)]
    pub category: ForeignKey<Category>,
}

/// An author of a package.
#[derive(Model, Debug, Clone)]
#[model(unique(fields = ["package", "author"], name = "author_once"))]
pub struct Authorship {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub package: ForeignKey<Package>,
    #[field(on_delete = CASCADE)]
    pub author: ForeignKey<Author>,
}

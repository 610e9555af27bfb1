//! Writes a workspace into the database, in bulk and in one transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use indicatif::ProgressBar;
use nuages::prelude::*;

use crate::cargo::{PackageFacts, Workspace};
use crate::models::{
    Author, Authorship, Category, Dependency, Keyword, Licence, Package, PackageCategory,
    PackageKeyword, Reading, Target,
};

/// So many rows are inserted at a time: enough that the number of statements does not matter, and few enough that the
/// bar moves.
const BATCH: usize = 500;

/// Replaces what is in the database by a workspace: all of it, or nothing if it fails on the way.
///
/// # Errors
/// What the database says.
pub async fn load(db: &Database, workspace: &Workspace, bar: &ProgressBar) -> nuages::Result<()> {
    db.atomic(async |tx| {
        clear(tx).await?;
        let load = Load { tx, bar };
        let words = load.words(&Shared::of(&workspace.packages)).await?;
        let packages = load.packages(&workspace.packages, &words.licences).await?;
        load.tags(&workspace.packages, &packages, &words).await?;
        load.targets(&workspace.packages, &packages).await?;
        load.dependencies(workspace, &packages).await?;
        Reading::builder()
            .manifest(&workspace.manifest)
            .complete(workspace.complete)
            .create(tx)
            .await?;
        Ok(())
    })
    .await
}

/// How many rows [`load`] inserts for the packages: the length of its bar.
pub fn rows(workspace: &Workspace) -> usize {
    let of_package = |p: &PackageFacts| {
        let tags = each_once(&p.keywords).count() + each_once(&p.categories).count();
        1 + p.targets.len() + tags + each_once(&p.authors).count()
    };
    let shared = Shared::of(&workspace.packages).rows();
    let of_packages: usize = workspace.packages.iter().map(of_package).sum();
    shared + of_packages + workspace.needs.len()
}

/// What packages share, each once and sorted.
struct Shared<'a> {
    licences: BTreeSet<&'a String>,
    keywords: BTreeSet<&'a String>,
    categories: BTreeSet<&'a String>,
    authors: BTreeSet<&'a (String, Option<String>)>,
}

impl<'a> Shared<'a> {
    fn of(packages: &'a [PackageFacts]) -> Self {
        Shared {
            licences: packages.iter().filter_map(|p| p.licence.as_ref()).collect(),
            keywords: packages.iter().flat_map(|p| &p.keywords).collect(),
            categories: packages.iter().flat_map(|p| &p.categories).collect(),
            authors: packages.iter().flat_map(|p| &p.authors).collect(),
        }
    }

    fn rows(&self) -> usize {
        self.licences.len() + self.keywords.len() + self.categories.len() + self.authors.len()
    }
}

/// Deletes everything; what points at packages goes with them, since its keys say `CASCADE`.
async fn clear(tx: &Transaction) -> nuages::Result<()> {
    Package::objects().delete(tx).await?;
    Licence::objects().delete(tx).await?;
    Keyword::objects().delete(tx).await?;
    Category::objects().delete(tx).await?;
    Author::objects().delete(tx).await?;
    Reading::objects().delete(tx).await?;
    Ok(())
}

/// A load under way.
struct Load<'a> {
    tx: &'a Transaction,
    bar: &'a ProgressBar,
}

/// The keys of what packages share, by name.
struct Words {
    licences: HashMap<String, i64>,
    keywords: HashMap<String, i64>,
    categories: HashMap<String, i64>,
    authors: HashMap<(String, Option<String>), i64>,
}

impl Load<'_> {
    async fn insert<M: Model>(&self, rows: Vec<nuages::Result<M>>) -> nuages::Result<()> {
        let mut rows = rows.into_iter();
        loop {
            let batch = rows
                .by_ref()
                .take(BATCH)
                .collect::<nuages::Result<Vec<M>>>()?;
            let count = batch.len();
            if count == 0 {
                return Ok(());
            }
            M::objects().bulk_create(self.tx, batch).await?;
            self.bar.inc(u64::try_from(count).unwrap_or_default());
        }
    }

    /// What packages share. The keys are read back with one query each: not every database tells the keys of rows that
    /// were inserted together.
    async fn words(&self, shared: &Shared<'_>) -> nuages::Result<Words> {
        let licences = shared
            .licences
            .iter()
            .map(|name| Licence::builder().name(*name).build());
        let keywords = shared
            .keywords
            .iter()
            .map(|name| Keyword::builder().name(*name).build());
        let categories = shared
            .categories
            .iter()
            .map(|name| Category::builder().name(*name).build());
        let authors = shared
            .authors
            .iter()
            .map(|(name, email)| Author::builder().name(name).email(email.clone()).build());
        self.insert(licences.collect()).await?;
        self.insert(keywords.collect()).await?;
        self.insert(categories.collect()).await?;
        self.insert(authors.collect()).await?;
        let licences = Licence::objects()
            .values(|l| (l.name(), l.id()))
            .all(self.tx);
        let keywords = Keyword::objects()
            .values(|k| (k.name(), k.id()))
            .all(self.tx);
        let categories = Category::objects()
            .values(|c| (c.name(), c.id()))
            .all(self.tx);
        let authors = Author::objects().all(self.tx).await?;
        Ok(Words {
            licences: licences.await?.into_iter().collect(),
            keywords: keywords.await?.into_iter().collect(),
            categories: categories.await?.into_iter().collect(),
            authors: authors
                .into_iter()
                .map(|author| ((author.name, author.email), author.id))
                .collect(),
        })
    }

    /// The packages; gives their keys, in the same order.
    async fn packages(
        &self,
        packages: &[PackageFacts],
        licences: &HashMap<String, i64>,
    ) -> nuages::Result<Vec<i64>> {
        let package = |facts: &PackageFacts| {
            Package::builder()
                .spec(&facts.spec)
                .name(&facts.name)
                .version(&facts.version)
                .origin(facts.origin)
                .description(facts.description.clone())
                .licence(facts.licence.as_ref().map(|name| licences[name]))
                .build()
        };
        self.insert(packages.iter().map(package).collect()).await?;
        let keys = Package::objects()
            .values(|p| (p.spec(), p.id()))
            .all(self.tx)
            .await?;
        let keys: HashMap<String, i64> = keys.into_iter().collect();
        Ok(packages.iter().map(|facts| keys[&facts.spec]).collect())
    }

    /// Keywords, categories and authors of the packages: the rows between.
    async fn tags(
        &self,
        packages: &[PackageFacts],
        keys: &[i64],
        words: &Words,
    ) -> nuages::Result<()> {
        let (mut keywords, mut categories, mut authors) = (Vec::new(), Vec::new(), Vec::new());
        for (facts, package) in packages.iter().zip(keys) {
            for keyword in each_once(&facts.keywords) {
                let row = PackageKeyword::builder()
                    .package(*package)
                    .keyword(words.keywords[keyword]);
                keywords.push(row.build());
            }
            for category in each_once(&facts.categories) {
                let row = PackageCategory::builder()
                    .package(*package)
                    .category(words.categories[category]);
                categories.push(row.build());
            }
            for author in each_once(&facts.authors) {
                authors.push(
                    Authorship::builder()
                        .package(*package)
                        .author(words.authors[author])
                        .build(),
                );
            }
        }
        self.insert(keywords).await?;
        self.insert(categories).await?;
        self.insert(authors).await
    }

    async fn targets(&self, packages: &[PackageFacts], keys: &[i64]) -> nuages::Result<()> {
        let targets = packages.iter().zip(keys).flat_map(|(facts, package)| {
            facts.targets.iter().map(|(name, kind)| {
                Target::builder()
                    .package(*package)
                    .name(name)
                    .kind(*kind)
                    .build()
            })
        });
        self.insert(targets.collect()).await
    }

    async fn dependencies(&self, workspace: &Workspace, keys: &[i64]) -> nuages::Result<()> {
        let dependencies = workspace.needs.iter().map(|need| {
            Dependency::builder()
                .package(keys[need.package])
                .needs(keys[need.needs])
                .kind(need.kind)
                .optional(need.optional)
                .requirement(need.requirement.clone())
                .build()
        });
        self.insert(dependencies.collect()).await
    }
}

/// What is there, without what is there twice.
fn each_once<T: std::hash::Hash + Eq>(items: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = HashSet::new();
    items.iter().filter(move |item| seen.insert(*item))
}

//! The quickstart on its own workspace: what the database answers is what a few lines of plain Rust answer.

#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use indicatif::ProgressBar;
use nuages::assert_queries;
use nuages::migrate::autodetect::Answers;
use nuages::migrate::graph::{GraphNode, MigrationGraph};
use nuages::migrate::{Goal, Migrator, ProjectState};
use nuages::prelude::*;
use quickstart::cargo::{self, Workspace};
use quickstart::models::{Author, Dependency, Keyword, Licence, Package, Reading, Target};
use quickstart::{MIGRATIONS, listing, load, questions};

/// A database with the packages of this workspace: what the lock file tells, so that no network is needed.
async fn loaded() -> (Database, Workspace) {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let migrator = Migrator::new(&db, MIGRATIONS.load().unwrap());
    migrator.apply(Goal::Newest).await.unwrap();
    let workspace = cargo::read_members(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    load::load(&db, &workspace, &ProgressBar::hidden())
        .await
        .unwrap();
    (db, workspace)
}

#[tokio::test]
async fn everything_that_was_read_is_there() {
    let (db, workspace) = loaded().await;
    let count = |count: usize| u64::try_from(count).unwrap();
    assert_eq!(
        Package::objects().count(&db).await.unwrap(),
        count(workspace.packages.len())
    );
    assert_eq!(
        Dependency::objects().count(&db).await.unwrap(),
        count(workspace.needs.len())
    );
    let targets: usize = workspace
        .packages
        .iter()
        .map(|package| package.targets.len())
        .sum();
    assert_eq!(Target::objects().count(&db).await.unwrap(), count(targets));
    let keywords: BTreeSet<&String> = workspace
        .packages
        .iter()
        .flat_map(|package| &package.keywords)
        .collect();
    assert_eq!(
        Keyword::objects().count(&db).await.unwrap(),
        count(keywords.len())
    );
    let reading = Reading::objects().get(&db).await.unwrap();
    assert_eq!(
        (reading.manifest, reading.complete),
        (workspace.manifest, false)
    );
}

#[tokio::test]
async fn loading_takes_few_statements_and_replaces_what_was_there() {
    let (db, workspace) = loaded().await;
    let recording = db.record();
    let bar = ProgressBar::hidden();
    load::load(&db, &workspace, &bar).await.unwrap();
    let inserted = usize::try_from(bar.position()).unwrap();
    assert_eq!(inserted, load::rows(&workspace));
    assert!(recording.count() < 60, "{recording}");
    let packages = u64::try_from(workspace.packages.len()).unwrap();
    assert_eq!(Package::objects().count(&db).await.unwrap(), packages);
    assert_eq!(Reading::objects().count(&db).await.unwrap(), 1);
}

#[tokio::test]
async fn four_listings_are_the_same_and_their_queries_are_counted() {
    let (db, workspace) = loaded().await;
    let naive = db.record();
    let lines = listing::naive(&db).await.unwrap();
    let licensed = Dependency::objects()
        .filter(|d| d.needs().licence().is_not_null())
        .count(&db);
    let licensed = usize::try_from(licensed.await.unwrap()).unwrap();
    naive.assert_count(2 + 2 * workspace.needs.len() + licensed);
    assert!(!naive.report().is_clean());
    drop(naive);
    assert_eq!(lines.len(), workspace.needs.len());
    assert_eq!(
        assert_queries!(db, 4, { listing::load(&db).await.unwrap() }),
        lines
    );
    assert_eq!(
        assert_queries!(db, 1, { listing::select_related(&db).await.unwrap() }),
        lines
    );
    assert_eq!(
        assert_queries!(db, 4, { listing::prefetch_related(&db).await.unwrap() }),
        lines
    );
}

#[tokio::test]
async fn the_most_needed_are_those_with_most_dependents() {
    let (db, workspace) = loaded().await;
    let mut dependents: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for need in &workspace.needs {
        dependents
            .entry(need.needs)
            .or_default()
            .insert(need.package);
    }
    let mut expected: Vec<(String, String, i64)> = dependents
        .iter()
        .map(|(at, by)| {
            let package = &workspace.packages[*at];
            (
                package.name.clone(),
                package.version.clone(),
                i64::try_from(by.len()).unwrap(),
            )
        })
        .collect();
    expected.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
    expected.truncate(20);
    let found = assert_queries!(db, 1, { questions::most_needed(&db, 20).await.unwrap() });
    let found: Vec<(String, String, i64)> = found
        .into_iter()
        .map(|(package, count)| (package.name, package.version, count))
        .collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn who_needs_a_package_is_found_level_by_level() {
    let (db, workspace) = loaded().await;
    let at = |name: &str| {
        workspace
            .packages
            .iter()
            .position(|package| package.name == name)
            .unwrap()
    };
    let mut seen = HashSet::from([at("serde_core")]);
    let mut level = seen.clone();
    let mut expected: Vec<BTreeSet<&str>> = Vec::new();
    loop {
        let needing = workspace
            .needs
            .iter()
            .filter(|need| level.contains(&need.needs))
            .map(|need| need.package);
        level = needing.filter(|package| !seen.contains(package)).collect();
        if level.is_empty() {
            break;
        }
        seen.extend(&level);
        expected.push(
            level
                .iter()
                .map(|at| workspace.packages[*at].spec.as_str())
                .collect(),
        );
    }
    let about = assert_queries!(db, 4, {
        questions::about(&db, "serde_core").await.unwrap()
    });
    let levels = assert_queries!(db, expected.len() + 1, {
        questions::who_needs(&db, &about).await.unwrap()
    });
    let found: Vec<BTreeSet<&str>> = levels
        .iter()
        .map(|level| level.iter().map(|package| package.spec.as_str()).collect())
        .collect();
    assert!(2 < found.len());
    assert_eq!(found, expected);
}

#[tokio::test]
async fn licences_are_counted_with_the_packages_that_give_none() {
    let (db, workspace) = loaded().await;
    let mut expected: BTreeMap<Option<String>, i64> = BTreeMap::new();
    for package in &workspace.packages {
        *expected.entry(package.licence.clone()).or_default() += 1;
    }
    let found = questions::by_licence(&db).await.unwrap();
    assert!(found.is_sorted_by(|a, b| b.1 <= a.1));
    assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), expected);
    let licences = Licence::objects()
        .prefetch_related(|l| l.packages())
        .all(&db)
        .await
        .unwrap();
    for licence in licences {
        let packages = i64::try_from(licence.packages.get().unwrap().len()).unwrap();
        assert_eq!(Some(&packages), expected.get(&Some(licence.name)));
    }
    assert_eq!(
        Author::objects()
            .filter(|a| a.packages().is_null())
            .count(&db)
            .await
            .unwrap(),
        0
    );
}

#[test]
fn models_and_migrations_agree() {
    let models = ProjectState::from_linked_models().unwrap();
    let set = MIGRATIONS.load().unwrap();
    let graph = MigrationGraph::new(set.migrations.values().map(GraphNode::from)).unwrap();
    let files = graph.order().into_iter().map(|key| &set.migrations[key]);
    let files = ProjectState::replay(files).unwrap();
    let found = nuages::migrate::diff(&files, &models, &mut Answers::new(), &graph).unwrap();
    assert!(
        found.migrations.is_empty() && found.questions.is_empty(),
        "the models have changed: cargo run -p migrate-cli -- makemigrations -p quickstart\n{found:#?}"
    );
}

//! What the quickstart asks of its database.

use std::collections::HashSet;

use nuages::prelude::*;

use crate::models::Package;

/// The packages that most others need, with how many those are.
///
/// # Errors
/// What the database says.
pub async fn most_needed(db: &Database, limit: u64) -> nuages::Result<Vec<(Package, i64)>> {
    Package::objects()
        .annotate(|p| p.dependents().id().count().distinct())
        .order_by(|p| {
            (
                p.dependents().id().count().distinct().desc(),
                p.name().asc(),
                p.version().asc(),
            )
        })
        .limit(limit)
        .all(db)
        .await
}

/// How many packages there are of each licence.
///
/// # Errors
/// What the database says.
pub async fn by_licence(db: &Database) -> nuages::Result<Vec<(Option<String>, i64)>> {
    Package::objects()
        .values(|p| (p.licence().name(), p.id().count()))
        .order_by(|p| (p.id().count().desc(), p.licence().name().asc()))
        .all(db)
        .await
}

/// The versions of a package, with all that is known of it: licence, authors, keywords and targets, by as many queries
/// however many versions there are.
///
/// # Errors
/// What the database says.
pub async fn about(db: &Database, name: &str) -> nuages::Result<Vec<Package>> {
    Package::objects()
        .filter(|p| p.name().eq(name))
        .select_related(|p| p.licence())
        .prefetch_related(|p| (p.authors(), p.keywords(), p.targets()))
        .all(db)
        .await
}

/// The packages that need these, directly (the first of the levels) or through others, each in the level of its
/// shortest way: one query a level.
///
/// # Errors
/// What the database says.
pub async fn who_needs(db: &Database, packages: &[Package]) -> nuages::Result<Vec<Vec<Package>>> {
    let mut seen: HashSet<i64> = packages.iter().map(|package| package.id).collect();
    let mut level: Vec<i64> = seen.iter().copied().collect();
    let mut levels = Vec::new();
    while !level.is_empty() {
        let mut found = Package::objects()
            .filter(|p| p.dependencies().id().in_(level))
            .distinct()
            .all(db)
            .await?;
        found.retain(|package| seen.insert(package.id));
        level = found.iter().map(|package| package.id).collect();
        levels.extend((!found.is_empty()).then_some(found));
    }
    Ok(levels)
}

/// The names of all packages.
///
/// # Errors
/// What the database says.
pub async fn names(db: &Database) -> nuages::Result<Vec<String>> {
    Package::objects()
        .values_flat(|p| p.name())
        .order_by(|p| p.name().asc())
        .distinct()
        .all(db)
        .await
}

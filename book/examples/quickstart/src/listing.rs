//! One listing, made in four ways: a line for each dependency, with both packages and the licence of what is needed.
//!
//! The four give the same lines. What differs is how often they ask the database.

use nuages::prelude::*;

use crate::models::{Dependency, Licence, Package};

/// A query for each row and relation, as in a loop written without a thought: 1 + 3 × n queries.
///
/// # Errors
/// What the database says.
pub async fn naive(db: &Database) -> nuages::Result<Vec<String>> {
    let mut lines = Vec::new();
    for dependency in Dependency::objects().all(db).await? {
        let package = Package::objects()
            .key(*dependency.package.key())
            .get(db)
            .await?;
        let needs = Package::objects()
            .key(*dependency.needs.key())
            .get(db)
            .await?;
        let licence = match &needs.licence {
            Some(licence) => Some(Licence::objects().key(*licence.key()).get(db).await?),
            None => None,
        };
        lines.push(line(&dependency, &package, &needs, licence.as_ref()));
    }
    Ok(lines)
}

/// The same loop with `load`, which loads a relation for all rows of a result at once: 4 queries.
///
/// # Errors
/// What the database says.
pub async fn load(db: &Database) -> nuages::Result<Vec<String>> {
    let dependencies = Dependency::objects().all(db).await?;
    let mut lines = Vec::new();
    for dependency in &dependencies {
        let package = dependency.package.load(db).await?;
        let needs = dependency.needs.load(db).await?;
        let licence = match &needs.licence {
            Some(licence) => Some(licence.load(db).await?),
            None => None,
        };
        lines.push(line(dependency, package, needs, licence));
    }
    Ok(lines)
}

/// All relations joined: 1 query.
///
/// # Errors
/// What the database says.
pub async fn select_related(db: &Database) -> nuages::Result<Vec<String>> {
    let dependencies = Dependency::objects()
        .select_related(|d| (d.package(), d.needs().licence()))
        .all(db)
        .await?;
    dependencies.iter().map(loaded_line).collect()
}

/// Each relation by a query of its own: 4 queries.
///
/// # Errors
/// What the database says.
pub async fn prefetch_related(db: &Database) -> nuages::Result<Vec<String>> {
    let dependencies = Dependency::objects()
        .prefetch_related(|d| (d.package(), d.needs().licence()))
        .all(db)
        .await?;
    dependencies.iter().map(loaded_line).collect()
}

/// The line of a dependency whose relations are loaded: `get` never asks the database.
fn loaded_line(dependency: &Dependency) -> nuages::Result<String> {
    let needs = dependency.needs.get()?;
    let licence = needs.licence.as_ref().map(ForeignKey::get).transpose()?;
    Ok(line(dependency, dependency.package.get()?, needs, licence))
}

fn line(
    dependency: &Dependency,
    package: &Package,
    needs: &Package,
    licence: Option<&Licence>,
) -> String {
    format!(
        "{} {} needs {} {} ({})",
        package.name,
        package.version,
        needs.name,
        dependency.requirement.as_deref().unwrap_or(&needs.version),
        licence.map_or("no licence given", |licence| &licence.name),
    )
}

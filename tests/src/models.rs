//! Tables for models, made as a migration would make them.

use nuages::Database;
use nuages::driver::Executor;
use nuages::meta::ModelMeta;
use nuages::migrate::ProjectState;
use nuages::migrate::plan::{Moment, statements_between};

use crate::{Outcome, Tables, blog, club};

/// The blog's tables.
pub static BLOG: Tables = Tables {
    name: "blog",
    create: |db| Box::pin(async move { create_tables(&db, &blog::models()).await }),
};

/// The chess club's tables.
pub static CLUB: Tables = Tables {
    name: "club",
    create: |db| Box::pin(async move { create_tables(&db, &club::models()).await }),
};

/// Makes the tables of models in a database that has none of them.
///
/// # Errors
/// What the database said.
pub async fn create_tables(db: &Database, models: &[&'static ModelMeta]) -> Outcome {
    let editor = nuages::db::editor(db.server());
    let before = Moment::new(ProjectState::default(), &*editor)?;
    let after = Moment::new(ProjectState::from_models(models.iter().copied())?, &*editor)?;
    for statement in statements_between(&before.schema, &after.schema, &*editor)? {
        db.batch(&statement.sql).await?;
    }
    Ok(())
}

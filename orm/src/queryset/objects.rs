//! `Post::objects()`: a trait method, so that a model's own function of this name stays its own.

use super::QuerySet;
use crate::model::Model;

/// The entry point of every model's queries.
pub trait Objects: Model {
    /// All rows of the model.
    fn objects() -> QuerySet<Self> {
        QuerySet::new()
    }
}

impl<M: Model> Objects for M {}

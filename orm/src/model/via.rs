//! Backwards over relations for which no reverse side is declared.

use super::Model;
use crate::query::{Many, ModelPath, NotNull, Path, Scope, Step};

/// The way back over a relation that this path's model does not declare, such as one of another crate's model.
pub trait Via: ModelPath {
    /// `a.via::<Post, _>(|p| p.author())` leads from an author to the posts whose author it is.
    fn via<C, R>(
        &self,
        relation: impl FnOnce(C::Path<C, NotNull>) -> R,
    ) -> C::Path<Self::Root, Many>
    where
        C: Model,
        Self::Root: 'static,
        R: ModelPath<Target = Self::Target>,
    {
        let forward = relation(ModelPath::at(Path::root(C::meta(), Scope::fresh())));
        let mut backwards = self.path().clone();
        // The relation is one step; that it leads here is what its type says.
        if let Some(Step::Field(position)) = forward.path().steps.first() {
            backwards.steps.push(Step::Via(C::meta(), *position));
        }
        ModelPath::at(backwards)
    }
}

impl<P: ModelPath> Via for P {}

//! Conditions and expressions that are made outside of a query set, for any query set of their model.

use super::Root;
use crate::model::Model;
use crate::query::{Expr, ModelPath, Path, Q, Scope, free};

impl<M: Model> Q<M> {
    /// A condition outside of any query set: keep it, gather it in a list, and use it in every query set of the model.
    ///
    /// ```text
    /// let published = Q::<Post>::of(|p| p.status().eq(Status::Published));
    /// let posts = Post::objects().filter(|_| published.clone() & Q::any(wanted));
    /// ```
    ///
    /// Its path is that of the query set whose closure returns it; subqueries in it speak of that by `outer`, as
    /// everywhere.
    pub fn of(condition: impl FnOnce(Root<M>) -> Q<M>) -> Q<M> {
        let scope = Scope::fresh();
        let mut condition = condition(root::<M>(scope)).into_predicate();
        free(&mut condition, scope);
        Q::new(condition)
    }
}

impl<M: Model, T> Expr<M, T> {
    /// An expression outside of any query set, as [`Q::of`]: `let shout = Expr::of(|p: Root<Post>| p.title().upper());`.
    pub fn of(expression: impl FnOnce(Root<M>) -> Expr<M, T>) -> Expr<M, T> {
        let scope = Scope::fresh();
        let mut node = expression(root::<M>(scope)).into_node();
        free(&mut node, scope);
        Expr::new(node)
    }
}

fn root<M: Model>(scope: Scope) -> Root<M> {
    <Root<M>>::at(Path::root(M::meta(), scope))
}

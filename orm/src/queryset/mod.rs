//! Query sets: the lazy typed skin over a [`Query`]. A method edits the query, or runs it; the work is done below.

mod by_name;
mod combined;
mod free;
#[cfg(feature = "chrono")]
mod moments;
mod objects;
mod relation;
mod run;
mod subquery;
mod upsert;
mod write;

pub use objects::Objects;
pub use subquery::{exists, subquery};

use std::marker::PhantomData;

use crate::ast::{Lock, LockWait};
use crate::model::Model;
use crate::query::{
    IntoOrdering, IntoPrefetch, IntoRelated, ModelPath, Node, NotNull, Predicate, Q, Query, Rebind,
    RelatedTree, Selection, Step,
};

/// The path type of a query's root.
pub type Root<M> = <M as Model>::Path<M, NotNull>;

/// The rows of a model that some conditions choose, in some order: lazy, cloneable, put together at run time.
///
/// `Out` is what a row is read as: the model, `(M, A)` after [`annotate`](QuerySet::annotate), a tuple after
/// [`values`](QuerySet::values). Nothing runs before a method that takes a database is awaited.
#[must_use = "a query set is lazy: nothing runs before all(), get(), count(), …"]
pub struct QuerySet<M, Out = M> {
    query: Query,
    types: PhantomData<fn() -> (M, Out)>,
}

impl<M: Model> QuerySet<M> {
    /// All rows of the model.
    pub fn new() -> Self {
        QuerySet::over(Query::new(M::meta()))
    }
}

impl<M: Model> Default for QuerySet<M> {
    fn default() -> Self {
        QuerySet::new()
    }
}

impl<M: Model, Out> QuerySet<M, Out> {
    fn over(query: Query) -> Self {
        QuerySet {
            query,
            types: PhantomData,
        }
    }

    fn retyped<Other>(self) -> QuerySet<M, Other> {
        QuerySet::over(self.query)
    }

    fn root(&self) -> Root<M> {
        <Root<M>>::at(self.query.root())
    }

    /// Takes note of a method that is called too late, if rows are cut off already.
    fn before_slices(&mut self, method: &str) {
        if self.query.is_sliced() {
            self.query.fail(format!(
                "{method} comes before limit() and offset(): the rows are cut off already"
            ));
        }
    }

    /// Takes note of a method that reads models, if none are read.
    fn before_values(&mut self, method: &str) {
        if self.query.head().values.is_some() {
            self.query.fail(format!(
                "{method} fills models, and values() reads none: leave one of them out"
            ));
        }
    }

    /// The query in model terms.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Only the rows for which the condition holds.
    ///
    /// Conditions in **one** call that cross a to-many relation speak of the same related row; each call may speak of
    /// another: `filter(|a| a.posts().title().eq("x") & a.posts().views().gt(3))` wants one post that is both.
    pub fn filter(mut self, condition: impl FnOnce(Root<M>) -> Q<M>) -> Self {
        let condition = condition(self.root()).into_predicate();
        self.query.filter(condition);
        self
    }

    /// Only the rows for which the condition does not hold: the exact complement of [`filter`](QuerySet::filter), rows
    /// for which it is unknown (NULL) included.
    pub fn exclude(mut self, condition: impl FnOnce(Root<M>) -> Q<M>) -> Self {
        let condition = condition(self.root()).into_predicate();
        self.query.filter(Predicate::Not(Box::new(condition)));
        self
    }

    /// In this order, instead of the model's own: `|p| p.created_at().desc()`, or a tuple; `|_| ()` for none.
    pub fn order_by<T: IntoOrdering<M>>(mut self, order: impl FnOnce(Root<M>) -> T) -> Self {
        self.before_slices("order_by()");
        let terms = order(self.root()).into_terms();
        self.query.order_by(terms);
        self
    }

    /// In the opposite order.
    pub fn reverse(mut self) -> Self {
        self.before_slices("reverse()");
        self.query.reversed = !self.query.reversed;
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(self.query.limit.map_or(rows, |limit| limit.min(rows)));
        self
    }

    /// Without the first so many rows; after a `limit`, without the first of those.
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = self.query.offset.saturating_add(rows);
        self.query.limit = self.query.limit.map(|limit| limit.saturating_sub(rows));
        self
    }

    /// Equal rows once. What [`order_by`](QuerySet::order_by) names counts too: it is selected with them. (The model's
    /// own order is left out where it would make equal [`values`](QuerySet::values) differ.)
    pub fn distinct(mut self) -> Self {
        self.before_slices("distinct()");
        self.query.before_combining("distinct()");
        self.query.distinct = true;
        self
    }

    /// The first row for each value of these (`DISTINCT ON`); the order must begin with the same. PostgreSQL only.
    pub fn distinct_on<S: Selection<M>>(mut self, by: impl FnOnce(Root<M>) -> S) -> Self {
        self.before_slices("distinct_on()");
        self.query.before_combining("distinct_on()");
        self.query.distinct_on = by(self.root()).into_nodes().bind(self.query.scope);
        self.query.distinct = true;
        self
    }

    /// No row; no statement is sent.
    pub fn none(mut self) -> Self {
        self.query.none = true;
        self
    }

    /// Locks the rows until the transaction ends (`FOR UPDATE`). SQLite, which has one writer at a time, has no such
    /// clause, and none is sent there.
    pub fn select_for_update(mut self) -> Self {
        self.query.before_combining("select_for_update()");
        self.query.lock.get_or_insert_with(Lock::default);
        self
    }

    /// With [`select_for_update`](QuerySet::select_for_update): fails at once where a row is locked.
    pub fn nowait(self) -> Self {
        self.waiting(LockWait::NoWait)
    }

    /// With [`select_for_update`](QuerySet::select_for_update): leaves locked rows out.
    pub fn skip_locked(self) -> Self {
        self.waiting(LockWait::SkipLocked)
    }

    fn waiting(mut self, wait: LockWait) -> Self {
        match &mut self.query.lock {
            Some(lock) if lock.wait != LockWait::Wait && lock.wait != wait => {
                self.query
                    .fail("nowait() and skip_locked() exclude each other");
            }
            Some(lock) => lock.wait = wait,
            None => self
                .query
                .fail("nowait() and skip_locked() come after select_for_update()"),
        }
        self
    }

    /// What these select beside the row: `Out` becomes `(Out, A)`. An aggregate is over what one row has on the other
    /// side of a to-many relation; several never multiply each other.
    pub fn annotate<S: Selection<M>>(
        mut self,
        select: impl FnOnce(Root<M>) -> S,
    ) -> QuerySet<M, (Out, S::Row)> {
        self.query.before_combining("annotate()");
        if self.query.values.is_some() {
            self.query
                .fail("annotate() comes before values(): add the expression to values()");
        }
        for node in select(self.root()).into_nodes() {
            let placed = self.query.place(node);
            self.query.annotations.push(placed);
        }
        self.retyped()
    }

    /// These values instead of the row, as a tuple (one expression: its value). With an aggregate among them, the plain
    /// expressions are the keys of groups; without, this only narrows what is read.
    pub fn values<S: Selection<M>>(
        mut self,
        select: impl FnOnce(Root<M>) -> S,
    ) -> QuerySet<M, S::Row> {
        let nodes = select(self.root()).into_nodes();
        self.query.select(nodes);
        self.retyped()
    }

    /// The values of one expression.
    pub fn values_flat<T: crate::meta::FieldType>(
        self,
        select: impl FnOnce(Root<M>) -> crate::query::Expr<M, T>,
    ) -> QuerySet<M, T> {
        self.values(select)
    }

    /// Joins these to-one relations and reads their objects with the row: no further query.
    pub fn select_related<R: IntoRelated<M>>(
        mut self,
        relations: impl FnOnce(Root<M>) -> R,
    ) -> Self {
        self.before_values("select_related()");
        self.query.before_combining("select_related()");
        for path in relations(self.root()).into_paths() {
            RelatedTree::insert(&mut self.query.related, &path.steps);
        }
        self
    }

    /// Loads these relations with one further query each, for all rows together: to-many and to-one, at any depth,
    /// perhaps with a query of its own: `|a| a.posts().with(Post::objects().filter(…))`.
    pub fn prefetch_related<P: IntoPrefetch<M>>(
        mut self,
        relations: impl FnOnce(Root<M>) -> P,
    ) -> Self {
        self.before_values("prefetch_related()");
        let prefetches = relations(self.root()).into_prefetches();
        self.query.prefetch.extend(prefetches);
        self
    }

    /// Leaves these fields unread, beside those that were left unread already; they must be declared `Deferred`.
    pub fn defer<S: Selection<M>>(mut self, fields: impl FnOnce(Root<M>) -> S) -> Self {
        for position in self.positions(fields(self.root()).into_nodes()) {
            let field = &self.query.model.fields[usize::from(position)];
            if !field.options.deferred {
                self.query.fail(format!(
                    "defer() leaves `{}.{}` unread, which its type has no room for: declare it as `Deferred<…>`, or read \
                     a part of the row by values()",
                    self.query.model.name, field.name
                ));
            }
            if !self.query.deferred.contains(&position) {
                self.query.deferred.push(position);
            }
        }
        self
    }

    /// Reads of the fields declared `Deferred` only these.
    pub fn only<S: Selection<M>>(mut self, fields: impl FnOnce(Root<M>) -> S) -> Self {
        let read = self.positions(fields(self.root()).into_nodes());
        let deferrable = (0..)
            .zip(self.query.model.fields)
            .filter(|(_, field)| field.options.deferred);
        self.query.deferred = deferrable
            .map(|(at, _)| at)
            .filter(|at| !read.contains(at))
            .collect();
        self
    }

    fn positions(&mut self, nodes: Vec<Node>) -> Vec<u16> {
        self.query.before_combining("defer() and only()");
        let mut positions = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Path(path) if path.steps.len() == 1 => {
                    if let Step::Field(position) = path.steps[0] {
                        positions.push(position);
                    }
                }
                _ => self
                    .query
                    .fail("defer() and only() take fields of the model itself"),
            }
        }
        positions
    }
}

impl<M, Out> Clone for QuerySet<M, Out> {
    fn clone(&self) -> Self {
        QuerySet {
            query: self.query.clone(),
            types: PhantomData,
        }
    }
}

impl<M, Out> std::fmt::Debug for QuerySet<M, Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QuerySet({})", self.query.model.label())
    }
}

impl<M, Out> From<QuerySet<M, Out>> for Query {
    fn from(query_set: QuerySet<M, Out>) -> Self {
        query_set.query
    }
}

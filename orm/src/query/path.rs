//! Paths: from a root model over fields and relations to a column or a model.
//!
//! A path is the root's scope and a few numbers. Whether a value at its end may be NULL is in its type only:
//! [`NotNull`], [`Nullable`] (a nullable relation was crossed) or [`Many`] (a to-many relation was crossed).

use std::sync::atomic::{AtomicU64, Ordering};

use smallvec::SmallVec;

use crate::meta::{FieldMeta, FieldType, ModelMeta};

/// The query that a root path belongs to: each query set has its own, clones share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope(u64);

impl Scope {
    /// Of no query yet: see `rebind`.
    pub(crate) const FREE: Scope = Scope(0);

    /// A scope that no other query has.
    pub fn fresh() -> Scope {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Scope(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A step of a path.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// To the field at this position of the model reached so far.
    Field(u16),
    /// Backwards over the relation at this position of another model, where no reverse side is declared.
    Via(&'static ModelMeta, u16),
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Step::Field(a), Step::Field(b)) => a == b,
            (Step::Via(m, a), Step::Via(n, b)) => m.is(n) && a == b,
            _ => false,
        }
    }
}

impl Eq for Step {}

/// Steps from a root model.
#[derive(Clone)]
pub struct Path {
    /// The model that the first step is taken on.
    pub root: &'static ModelMeta,
    /// The query that the root belongs to.
    pub scope: Scope,
    /// The steps; none is the root itself.
    pub steps: SmallVec<[Step; 3]>,
}

impl Path {
    /// The root of a query.
    pub fn root(root: &'static ModelMeta, scope: Scope) -> Path {
        Path {
            root,
            scope,
            steps: SmallVec::new(),
        }
    }

    /// One step further, to a field of the model at the end.
    #[must_use]
    pub fn field(&self, position: u16) -> Path {
        self.step(Step::Field(position))
    }

    /// One step further.
    #[must_use]
    pub fn step(&self, step: Step) -> Path {
        let mut path = self.clone();
        path.steps.push(step);
        path
    }

    /// The model at the end: of the last relation, or the root.
    pub fn model(&self) -> &'static ModelMeta {
        let mut model = self.root;
        for step in &self.steps {
            model = step.field(model).1;
        }
        model
    }

    /// The field of the last step.
    pub fn field_meta(&self) -> Option<&'static FieldMeta> {
        let (last, before) = self.steps.split_last()?;
        let model = before
            .iter()
            .fold(self.root, |model, step| step.field(model).1);
        Some(last.field(model).0)
    }

    /// The names of the steps, joined as in a lookup by name: `author__name`.
    pub fn name(&self) -> String {
        let mut model = self.root;
        let mut names = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            names.push(match step {
                Step::Field(position) => model.fields[usize::from(*position)].name.to_owned(),
                Step::Via(other, _) => other.name.to_lowercase(),
            });
            model = step.field(model).1;
        }
        names.join("__")
    }
}

impl Step {
    /// The field that the step takes on a model, and the model that it leads to (the same one, for a plain column).
    pub fn field(self, model: &'static ModelMeta) -> (&'static FieldMeta, &'static ModelMeta) {
        match self {
            Step::Field(position) => {
                let field = &model.fields[usize::from(position)];
                (field, field.related_model().unwrap_or(model))
            }
            Step::Via(other, position) => (&other.fields[usize::from(position)], other),
        }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.root.is(other.root) && self.scope == other.scope && self.steps == other.steps
    }
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.root.name, self.name())
    }
}

/// Whether the value at a path's end may be NULL: `N::Of<String>` is `String` or `Option<String>`.
pub trait Nullability: Copy + Send + Sync + 'static {
    /// The type of a field at the path's end.
    type Of<T: FieldType>: FieldType<Base = T::Base>;
    /// The state behind a nullable relation.
    type OrNull: Nullability;
}

/// Nothing on the way may be absent.
#[derive(Debug, Clone, Copy)]
pub struct NotNull;

/// A to-one relation on the way may be absent.
#[derive(Debug, Clone, Copy)]
pub struct Nullable;

/// A to-many relation is on the way.
#[derive(Debug, Clone, Copy)]
pub struct Many;

impl Nullability for NotNull {
    type Of<T: FieldType> = T;
    type OrNull = Nullable;
}

impl Nullability for Nullable {
    type Of<T: FieldType> = T::Nullable;
    type OrNull = Nullable;
}

impl Nullability for Many {
    type Of<T: FieldType> = T::Nullable;
    type OrNull = Many;
}

/// The states of paths that lead to at most one row: what `select_related` can follow.
pub trait ToOneState: Nullability {}

impl ToOneState for NotNull {}
impl ToOneState for Nullable {}

/// The state of paths whose end may be NULL: what `set_null` can be asked of.
#[diagnostic::on_unimplemented(
    message = "this relation is never NULL",
    label = "its field is a `ForeignKey<…>`; one that may be NULL is an `Option<ForeignKey<…>>`"
)]
pub trait NullableState: Nullability {}

impl NullableState for Nullable {}

/// A typed path that leads to a model; the derive writes one type for each model.
pub trait ModelPath: Sized {
    /// The model at its end.
    type Target;
    /// The root model.
    type Root;
    /// Whether something on the way may be absent.
    type State: Nullability;

    /// The typed path over a path.
    fn at(path: Path) -> Self;
    /// The path beneath.
    fn path(&self) -> &Path;
}

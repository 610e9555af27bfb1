//! `#[related(Post::author)]`, checked at compile time.
//!
//! A model's [`Relations`](super::Model::Relations) has a constant for each relation that it declares, whose type
//! says what it is. The derive of the other side passes it to one of the checks here.

use std::marker::PhantomData;

/// A foreign key of `Child` to `Parent`.
#[derive(Debug)]
pub struct ForeignKeyOf<Child, Parent>(PhantomData<fn() -> (Child, Parent)>);

/// A one-to-one of `Child` to `Parent`.
#[derive(Debug)]
pub struct OneToOneOf<Child, Parent>(PhantomData<fn() -> (Child, Parent)>);

/// A many-to-many of `Child` to `Parent`.
#[derive(Debug)]
pub struct ManyToManyOf<Child, Parent>(PhantomData<fn() -> (Child, Parent)>);

impl<Child, Parent> ForeignKeyOf<Child, Parent> {
    /// Stands for the relation.
    pub const RELATION: Self = ForeignKeyOf(PhantomData);
}

/// The relation is a `ForeignKey` to `Parent`.
#[diagnostic::on_unimplemented(
    message = "`#[related(…)]` of a `HasMany` must name a `ForeignKey` to `{Parent}`",
    label = "this relation is a `{Self}`"
)]
pub trait IsForeignKeyTo<Parent> {}

impl<Child, Parent> IsForeignKeyTo<Parent> for ForeignKeyOf<Child, Parent> {}

/// Checks that what `#[related(…)]` of a `HasMany` names is a `ForeignKey` to `Parent`.
pub const fn check_has_many<Parent, R: IsForeignKeyTo<Parent>>(_relation: &R) {}

impl<Child, Parent> OneToOneOf<Child, Parent> {
    /// Stands for the relation.
    pub const RELATION: Self = OneToOneOf(PhantomData);
}

/// The relation is a `OneToOne` to `Parent`.
#[diagnostic::on_unimplemented(
    message = "`#[related(…)]` of a `HasOne` must name a `OneToOne` to `{Parent}`",
    label = "this relation is a `{Self}`"
)]
pub trait IsOneToOneTo<Parent> {}

impl<Child, Parent> IsOneToOneTo<Parent> for OneToOneOf<Child, Parent> {}

/// Checks that what `#[related(…)]` of a `HasOne` names is a `OneToOne` to `Parent`.
pub const fn check_has_one<Parent, R: IsOneToOneTo<Parent>>(_relation: &R) {}

impl<Child, Parent> ManyToManyOf<Child, Parent> {
    /// Stands for the relation.
    pub const RELATION: Self = ManyToManyOf(PhantomData);
}

/// The relation is a `ManyToMany` to `Parent`.
#[diagnostic::on_unimplemented(
    message = "`#[related(…)]` of a `ManyToMany` must name a `ManyToMany` to `{Parent}`",
    label = "this relation is a `{Self}`"
)]
pub trait IsManyToManyTo<Parent> {}

impl<Child, Parent> IsManyToManyTo<Parent> for ManyToManyOf<Child, Parent> {}

/// Checks that what `#[related(…)]` of a `ManyToMany` names is a `ManyToMany` to `Parent`.
pub const fn check_many_to_many<Parent, R: IsManyToManyTo<Parent>>(_relation: &R) {}

//! The builder's typestate: which required fields are still missing.
//!
//! A builder's state is a list, `(Missing<title>, (Set, ()))`: [`build`](Builder::build) asks that all of it is set,
//! so that the compiler names the field that was forgotten.

use std::marker::PhantomData;

use super::Model;
use crate::error::{Error, Result};

/// The state of a required field that has been set.
#[derive(Debug)]
pub struct Set;

/// The state of a required field that has not been set; `F` bears its name.
#[derive(Debug)]
pub struct Missing<F>(PhantomData<F>);

/// A required field has been set.
#[diagnostic::on_unimplemented(
    message = "a required field is not set: {Self}",
    label = "call the setter of this field first",
    note = "fields without `default`, `Option`, `auto_now` or `auto_now_add` are required"
)]
pub trait IsSet {}

impl IsSet for Set {}

/// All required fields have been set.
pub trait AllSet {}

impl AllSet for () {}

impl<First: IsSet, Rest: AllSet> AllSet for (First, Rest) {}

/// What builds an object: `Post::builder()`, then a setter for each field that has no default.
pub trait Builder: Sized {
    /// What it builds.
    type Model: Model;
    /// Which of the required fields are set.
    type State;

    /// The object, not saved yet. Defaults are evaluated here.
    ///
    /// # Errors
    /// Where a key was taken of an object that is not saved.
    fn build(self) -> Result<Self::Model>
    where
        Self::State: AllSet;
}

/// What a setter was given for a required field.
///
/// # Errors
/// None in practice: the typestate has seen to it.
pub fn required<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::query("a required field is not set"))
}

/// What a setter was given for a key that may be left out.
///
/// # Errors
/// Where the key was taken of an object that is not saved.
pub fn optional_key<T: Default>(value: Option<Result<T>>) -> Result<T> {
    value.unwrap_or_else(|| Ok(T::default()))
}

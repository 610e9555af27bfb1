//! Where in a row the columns of joined models stand.

use std::sync::Arc;

/// A relation that is joined: its columns begin at `offset`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinShape {
    /// The relation's position among the fields of the model that it is joined to.
    pub position: usize,
    /// The first of the joined model's columns.
    pub offset: usize,
    /// What is joined to the joined model.
    pub children: Arc<[JoinShape]>,
}

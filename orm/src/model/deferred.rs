//! Fields that a query may leave unread.

use crate::error::{Error, ErrorKind, Result};
use crate::meta::FieldType;
use crate::value::Value;

/// A field that `defer` and `only` may leave unread: a large text, a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Deferred<T> {
    /// It was read, or set.
    Read(T),
    /// The query left it out.
    Unread,
}

impl<T: FieldType> Deferred<T> {
    /// The value, if it was read.
    ///
    /// # Errors
    /// `NotLoaded`, if the query left it out.
    pub fn get(&self) -> Result<&T> {
        match self {
            Deferred::Read(value) => Ok(value),
            Deferred::Unread => Err(unread()),
        }
    }

    /// The value for a statement.
    ///
    /// # Errors
    /// `NotLoaded`, if the query left it out.
    pub fn to_value(&self) -> Result<Value> {
        self.get()?.to_value()
    }
}

impl<T> From<T> for Deferred<T> {
    fn from(value: T) -> Self {
        Deferred::Read(value)
    }
}

#[cold]
fn unread() -> Error {
    Error::new(ErrorKind::NotLoaded {
        model: "row".to_owned(),
        field: "deferred field".to_owned(),
        hint: "the query left it out by defer() or only(); read it with refresh(), or leave it in"
            .to_owned(),
    })
}

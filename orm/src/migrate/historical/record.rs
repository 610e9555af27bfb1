//! Rows of historical models.

use crate::error::Result;
use crate::meta::{FieldType, ModelMeta};
use crate::value::{OneValue, RowCursor, Value};

/// A row of a historical model, read by the names of its fields.
#[derive(Debug, Clone)]
pub struct Record {
    meta: &'static ModelMeta,
    values: Vec<Value>,
}

impl Record {
    pub(super) fn read(meta: &'static ModelMeta, row: &mut dyn RowCursor) -> Result<Record> {
        let mut values = Vec::with_capacity(meta.fields.len());
        for (at, (_, field)) in meta.columns().enumerate() {
            values.push(field.value_type().read(row, at)?);
        }
        Ok(Record { meta, values })
    }

    /// The value of a field, or of a foreign key by `author` or `author_id`.
    ///
    /// # Errors
    /// `UnknownField`, with the nearest name.
    pub fn value(&self, field: &str) -> Result<Value> {
        let position = self.meta.require(field)?;
        let at = self.meta.columns().position(|(at, _)| at == position);
        at.and_then(|at| self.values.get(at).cloned())
            .ok_or_else(|| {
                crate::error::Error::query(format!("`{field}` of {} is no column", self.meta.name))
            })
    }

    /// The value of a field as a Rust type; `Option` for one that may be NULL.
    ///
    /// # Errors
    /// `UnknownField`; `Decode` where the value is of another type.
    pub fn get<T: FieldType>(&self, field: &str) -> Result<T> {
        T::decode(&mut OneValue::new(self.value(field)?), 0)
    }

    /// The primary key, where it is one field.
    ///
    /// # Errors
    /// `UnknownField` where several fields are the key together: ask for each.
    pub fn key(&self) -> Result<Value> {
        self.value("pk")
    }
}

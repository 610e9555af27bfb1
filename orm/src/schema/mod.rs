//! What a database contains: tables, columns, indexes and constraints, as plain owned data in the database's names.
//!
//! A [`Schema`] is made from a state of models (what should be there) or read from a catalogue (what is there); two of
//! them are compared by [`change::compare`]. Expressions are SQL text of the database that the schema is for.

pub mod change;
mod constraint;
mod index;
mod table;
mod text;

pub use constraint::{
    Check, Deferrable, Exclusion, ForeignKey, PrimaryKey, ReferentialAction, Unique,
};
pub use index::{Index, IndexPart, IndexTarget};
pub use table::{Column, ColumnType, Default, Generated, Table};
pub use text::{mentions_identifier, rename_identifiers};

use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables of a database, by name.
#[derive(Debug, Clone, PartialEq, std::default::Default)]
pub struct Schema {
    /// Each table under its own name. Schemas share them: a clone costs little, and what changes is copied then.
    pub tables: BTreeMap<String, Arc<Table>>,
}

impl Schema {
    /// A table by its name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).map(Arc::as_ref)
    }

    /// A table by its name, to be changed.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.get_mut(name).map(Arc::make_mut)
    }

    /// Puts a table in, in the place of one of the same name.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), Arc::new(table));
    }
}

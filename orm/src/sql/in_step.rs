//! What a database does for code that is old and code that is new at once: columns kept in step, tables with two names.

use super::{DdlStatement, Effect, SchemaEditor};
use crate::schema::Column;

/// A column that the database keeps in step with another, or filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InStep {
    /// The name of what does it; databases that need several put letters behind it.
    pub name: String,
    /// The table.
    pub table: String,
    /// The column. What is written here counts, where both are written.
    pub column: Column,
    /// The column that holds the same.
    pub with: Option<Column>,
    /// What a row gets that is written with neither, as SQL.
    pub default: Option<String>,
}

/// Another name for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// The table.
    pub table: String,
    /// Each column of the table, with its name there.
    pub columns: Vec<(String, String)>,
    /// The column that the database numbers.
    pub numbered: Option<String>,
}

impl InStep {
    /// A statement that brings it about.
    pub fn begins(&self, sql: String) -> DdlStatement {
        let with = self.with.iter().map(|column| column.name.clone());
        let columns = with.chain([self.column.name.clone()]).collect();
        DdlStatement::new(sql).on(&self.table, Effect::KeepInStep { columns })
    }

    /// A statement that ends it.
    pub fn ends(&self, sql: String) -> DdlStatement {
        DdlStatement::new(sql).on(&self.table, Effect::StopKeepingInStep)
    }
}

impl Alias {
    /// What makes the view.
    pub fn create<E: SchemaEditor + ?Sized>(&self, editor: &E) -> DdlStatement {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(
                |(column, name)| match (column == name, editor.quote(column)) {
                    (true, column) => column,
                    (false, column) => format!("{column} AS {}", editor.quote(name)),
                },
            )
            .collect();
        let sql = format!(
            "CREATE VIEW {} AS SELECT {} FROM {}",
            editor.quote(&self.name),
            columns.join(", "),
            editor.quote(&self.table)
        );
        DdlStatement::new(sql).on(&self.table, Effect::CreateView(self.name.clone()))
    }

    /// What drops the view.
    pub fn drop<E: SchemaEditor + ?Sized>(&self, editor: &E) -> DdlStatement {
        let sql = format!("DROP VIEW {}", editor.quote(&self.name));
        DdlStatement::new(sql).on(&self.table, Effect::DropView(self.name.clone()))
    }
}

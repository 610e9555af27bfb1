//! Updates and deletions of a query's rows.

use super::select::{key_columns, one_of};
use super::{Place, Resolver};
use crate::ast::{self, Alias, Expr, Relation, Select, Set, Source};
use crate::error::{Error, Result};
use crate::query::{Node, Query};

impl<'q> Resolver<'q> {
    /// UPDATE of a query's rows.
    pub(super) fn update(
        &mut self,
        query: &'q Query,
        set: &'q [(usize, Node)],
    ) -> Result<ast::Statement> {
        let (alias, filter) = self.target(query)?;
        self.enter_table(query, alias);
        let place = Place::output(0);
        let mut assignments = Vec::with_capacity(set.len());
        for (position, value) in set {
            let field = &query.model.fields[*position];
            if !field.is_column() {
                return Err(Error::query(format!(
                    "update() sets columns, and `{}.{}` has none",
                    query.model.name, field.name
                )));
            }
            if field.options.generated.is_some() {
                return Err(Error::query(format!(
                    "update() cannot set `{}.{}`: the database computes it",
                    query.model.name, field.name
                )));
            }
            if value.has_window() {
                return Err(Error::query(format!(
                    "update() sets `{}.{}` by a window function, which sees rows that it changes: read the values first",
                    query.model.name, field.name
                )));
            }
            assignments.push(Set::new(field.column, self.expr(value, place)?.expr));
        }
        let level = self.leave(None)?;
        if !level.joins.is_empty() {
            return Err(Error::query(format!(
                "update() of {} computes with its own columns only; for a related row's value use a subquery",
                query.model.name
            )));
        }
        Ok(ast::Update {
            table: query.model.table.into(),
            alias,
            set: assignments,
            from: None,
            filter,
            returning: Vec::new(),
        }
        .into())
    }

    /// DELETE of a query's rows.
    pub(super) fn delete(&mut self, query: &'q Query) -> Result<ast::Statement> {
        let (alias, filter) = self.target(query)?;
        Ok(ast::Delete {
            table: query.model.table.into(),
            alias,
            filter,
            returning: Vec::new(),
        }
        .into())
    }

    /// The table that is written, and which of its rows: by their own columns, or else by their keys.
    fn target(&mut self, query: &'q Query) -> Result<(Alias, Option<Expr>)> {
        if let Some(kind) = &query.error {
            return Err(Error::new((**kind).clone()));
        }
        if query.is_grouped() {
            return Err(Error::query(format!(
                "update() and delete() change rows of {}, not groups of them: call them without values()",
                query.model.name
            )));
        }
        let rows = self.keys_of(query)?;
        match simple_table(&rows) {
            Some(alias) if !query.is_sliced() => Ok((alias, rows.filter)),
            _ => {
                let alias = self.alias();
                let mut key: Vec<Expr> = key_columns(query.model, alias).collect();
                let key = match key.len() {
                    1 => key.remove(0),
                    _ => Expr::Tuple(key),
                };
                Ok((alias, Some(one_of(key, rows))))
            }
        }
    }
}

/// The number of a select's only table.
fn simple_table(select: &Select) -> Option<Alias> {
    match &select.from {
        Some(Source {
            relation: Relation::Table(_),
            alias,
        }) if select.joins.is_empty() => Some(*alias),
        _ => None,
    }
}

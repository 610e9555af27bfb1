//! The text under way, its parameters, and what was seen while writing.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use super::compiled::{BindParam, Compiled, Transform};
use super::{Dialect, expr};
use crate::ast::{Alias, Expr, ListParam, Literal, Name, Param, TableName};
use crate::error::{Error, Result};

/// Writes one statement for one dialect.
///
/// Columns are written with their tables' numbers (`t1."name"`). A statement of one table needs none, so they are
/// taken out at the end, unless something else could take the columns' names.
pub struct Writer<'d> {
    dialect: &'d dyn Dialect,
    sql: String,
    params: Vec<BindParam>,
    /// Where parameters stand that may be named again, because placeholders carry numbers.
    places: HashMap<BindParam, usize>,
    /// Where the numbers of tables stand, to be taken out.
    qualifiers: Vec<Range<usize>>,
    /// Whether they stay, however few tables there are.
    qualified: bool,
    /// The tables that were written in FROM.
    sources: Vec<Alias>,
    /// The columns that were read.
    columns: Vec<(Alias, Name)>,
    /// The table that the statement writes.
    target: Option<(Alias, TableName)>,
    /// How often a subquery reads the table that the statement writes.
    target_reads: usize,
    /// Whether such a subquery reads a copy of it.
    copies_target: bool,
    /// Whether an upsert names the new row by an alias.
    proposed_alias: bool,
}

/// A point of the text to go back to.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint {
    sql: usize,
    params: usize,
    qualifiers: usize,
    qualified: bool,
    sources: usize,
    columns: usize,
    target_reads: usize,
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("sql", &self.sql)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

impl<'d> Writer<'d> {
    /// A writer with nothing written.
    pub fn new(dialect: &'d dyn Dialect) -> Self {
        Writer {
            dialect,
            sql: String::with_capacity(256),
            params: Vec::new(),
            places: HashMap::new(),
            qualifiers: Vec::new(),
            qualified: false,
            sources: Vec::new(),
            columns: Vec::new(),
            target: None,
            target_reads: 0,
            copies_target: false,
            proposed_alias: false,
        }
    }

    /// The dialect that is written.
    pub fn dialect(&self) -> &'d dyn Dialect {
        self.dialect
    }

    /// The error for what this database lacks.
    pub fn unsupported(&self, feature: impl Into<String>) -> Error {
        Error::unsupported(feature, self.dialect.name())
    }

    /// Whether the database takes as many values in a statement as were written so far.
    ///
    /// # Errors
    /// `InvalidQuery`, with what to do.
    pub(super) fn within_params(&self) -> Result<()> {
        let most = self.dialect.features().max_params;
        if self.params.len() <= most {
            return Ok(());
        }
        Err(Error::query(format!(
            "{} takes at most {most} values in a statement, and a list has more: look into a query set, read by in_bulk(), or ask for parts of the list",
            self.dialect.name()
        )))
    }

    /// The text and the layout of its values.
    pub fn finish(self) -> Compiled {
        let tables = self.sources.len() + usize::from(self.target.is_some());
        if self.qualified || 1 < tables || self.qualifiers.is_empty() {
            return Compiled::new(self.sql, self.params);
        }
        let mut sql = String::with_capacity(self.sql.len());
        let mut from = 0;
        for Range { start, end } in self.qualifiers {
            sql.push_str(&self.sql[from..start]);
            from = end;
        }
        sql.push_str(&self.sql[from..]);
        Compiled::new(sql, self.params)
    }

    /// The text, columns standing alone whatever is around them: an expression that belongs to one table.
    pub(super) fn finish_bare(mut self) -> Compiled {
        self.qualified = false;
        self.finish()
    }

    /// Writes text as it is.
    pub fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Writes a name in quotes.
    pub fn name(&mut self, name: &str) {
        let quote = self.dialect.quote();
        self.sql.push(quote);
        for character in name.chars() {
            if character == quote {
                self.sql.push(quote);
            }
            self.sql.push(character);
        }
        self.sql.push(quote);
    }

    /// Writes names in quotes, with commas.
    pub fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n Name>) {
        for (nth, name) in names.into_iter().enumerate() {
            if 0 < nth {
                self.push(", ");
            }
            self.name(name);
        }
    }

    /// Writes a table's name.
    pub fn table(&mut self, table: &TableName) {
        if let Some(schema) = &table.schema {
            self.name(schema);
            self.push(".");
        }
        self.name(&table.name);
    }

    /// Writes a table of FROM: its number is declared.
    pub fn declare(&mut self, alias: Alias) {
        self.sources.push(alias);
        let start = self.sql.len();
        self.push(" AS ");
        self.alias(alias);
        self.qualifiers.push(start..self.sql.len());
    }

    /// Says which table the statement writes.
    pub(super) fn set_target(&mut self, alias: Alias, table: &TableName) {
        self.target = Some((alias, table.clone()));
    }

    /// Takes note that FROM reads a table; true if a copy of it must be read, because the statement writes it.
    pub(super) fn reads_table(&mut self, table: &TableName) -> bool {
        let is_target = self
            .target
            .as_ref()
            .is_some_and(|(_, target)| target == table);
        self.target_reads += usize::from(is_target);
        is_target && self.copies_target
    }

    /// Writes the number of a table, or the name of the one that the statement writes.
    pub fn alias(&mut self, alias: Alias) {
        match &self.target {
            Some((target, table)) if *target == alias => {
                let name = table.name.clone();
                self.name(&name);
            }
            _ => {
                self.push("t");
                self.push(&alias.0.to_string());
            }
        }
    }

    /// Writes a column of a table.
    pub fn column(&mut self, table: Alias, name: &Name) {
        self.columns.push((table, name.clone()));
        let start = self.sql.len();
        self.alias(table);
        self.push(".");
        self.qualifiers.push(start..self.sql.len());
        self.name(name);
    }

    /// Keeps the numbers of tables in the text, because a bare name could be taken for something else.
    pub fn keep_qualifiers(&mut self) {
        self.qualified = true;
    }

    /// Writes a parameter.
    pub fn param(&mut self, param: Param) {
        self.transformed(param, self.dialect.encoding(param.value_type));
    }

    /// Writes a parameter whose value is transformed before it is bound.
    pub fn transformed(&mut self, param: Param, transform: Transform) {
        self.bind(BindParam {
            slot: param.slot,
            value_type: param.value_type,
            transform,
        });
    }

    /// Writes a list that is bound as one value.
    pub fn list_param(&mut self, list: ListParam) {
        let transform = match self.dialect.encoding(list.element) {
            Transform::Number => Transform::NumberList,
            _ => Transform::List,
        };
        self.bind(BindParam {
            slot: list.slot,
            value_type: list.element,
            transform,
        });
    }

    /// Takes note of a parameter for which nothing is written and nothing bound.
    pub(super) fn bind_nothing(&mut self, list: ListParam) {
        self.params.push(BindParam {
            slot: list.slot,
            value_type: list.element,
            transform: Transform::EmptyList,
        });
    }

    /// Writes a placeholder, the same for the same value where placeholders carry numbers.
    pub fn bind(&mut self, param: BindParam) {
        let numbered = self.dialect.features().numbered_params;
        let known = self.places.get(&param).copied().filter(|_| numbered);
        let nth = known.unwrap_or_else(|| {
            self.params.push(param);
            let nth = self.params.len() - 1;
            if numbered {
                self.places.insert(param, nth);
            }
            nth
        });
        self.dialect.placeholder(&mut self.sql, nth + 1);
    }

    /// Writes an expression.
    ///
    /// # Errors
    /// `Unsupported`, where the database lacks it.
    pub fn expr(&mut self, expr: &Expr) -> Result<()> {
        expr::expr(self, expr)
    }

    /// Writes an expression in parentheses, unless it cannot be torn apart.
    ///
    /// # Errors
    /// `Unsupported`, where the database lacks it.
    pub fn atom(&mut self, expr: &Expr) -> Result<()> {
        expr::operand(self, expr, expr::ATOM)
    }

    /// Writes expressions with commas.
    ///
    /// # Errors
    /// `Unsupported`, where the database lacks one.
    pub fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Result<()> {
        for (nth, expr) in exprs.into_iter().enumerate() {
            if 0 < nth {
                self.push(", ");
            }
            self.expr(expr)?;
        }
        Ok(())
    }

    /// Writes a template: `{0}`, `{1}` … stand for expressions, each written so that it cannot be torn apart.
    ///
    /// # Errors
    /// `Unsupported`, where the database lacks one of the expressions.
    pub fn template(&mut self, template: &str, exprs: &[&Expr]) -> Result<()> {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            self.push(before);
            let Some((place, after)) = after.split_once('}') else {
                unreachable!("templates are written in this crate, and every brace is closed")
            };
            let expr = place
                .parse::<usize>()
                .ok()
                .and_then(|place| exprs.get(place));
            let Some(expr) = expr else {
                return Err(Error::query(format!(
                    "a function takes more than {} arguments",
                    exprs.len()
                )));
            };
            self.atom(expr)?;
            rest = after;
        }
        self.push(rest);
        Ok(())
    }

    /// Writes a constant.
    pub fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.push("NULL"),
            Literal::Bool(true) => self.push("TRUE"),
            Literal::Bool(false) => self.push("FALSE"),
            Literal::Int(number) if *number < 0 => self.push(&format!("({number})")),
            Literal::Int(number) => self.push(&number.to_string()),
            Literal::Float(number) => self.push(&format!("({number:e})")),
            Literal::Text(text) => self.string(text),
        }
    }

    /// Writes a text in quotes.
    pub fn string(&mut self, text: &str) {
        let dialect = self.dialect;
        dialect.string(&mut self.sql, text);
    }

    /// The point that the text has come to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            sql: self.sql.len(),
            params: self.params.len(),
            qualifiers: self.qualifiers.len(),
            qualified: self.qualified,
            sources: self.sources.len(),
            columns: self.columns.len(),
            target_reads: self.target_reads,
        }
    }

    /// Goes back to a point, as if nothing had been written since.
    pub fn rewind(&mut self, to: Checkpoint) {
        self.sql.truncate(to.sql);
        self.params.truncate(to.params);
        self.places.retain(|_, nth| *nth < to.params);
        self.qualifiers.truncate(to.qualifiers);
        self.qualified = to.qualified;
        self.sources.truncate(to.sources);
        self.columns.truncate(to.columns);
        self.target_reads = to.target_reads;
    }

    /// Whether a subquery read the table that the statement writes, since a point.
    pub fn read_target_since(&self, since: Checkpoint) -> bool {
        since.target_reads < self.target_reads
    }

    /// Whether a column was read, since a point, of a table that was not declared since.
    pub fn is_correlated_since(&self, since: Checkpoint) -> bool {
        let declared = &self.sources[since.sources..];
        self.columns[since.columns..]
            .iter()
            .any(|(table, _)| !declared.contains(table))
    }

    /// Whether a column of the written table was read, since a point.
    pub fn read_column_since(&self, since: Checkpoint, column: &Name) -> bool {
        let target = self.target.as_ref().map(|(alias, _)| *alias);
        self.columns[since.columns..]
            .iter()
            .any(|(table, name)| Some(*table) == target && name == column)
    }

    /// Whether a subquery that reads the table that the statement writes reads a copy of it already.
    pub fn copies_target(&self) -> bool {
        self.copies_target
    }

    /// Says that the row that an upsert would have inserted has an alias.
    pub fn name_proposed_row(&mut self) {
        self.proposed_alias = true;
    }

    /// Whether the row that an upsert would have inserted has an alias.
    pub fn is_proposed_row_named(&self) -> bool {
        self.proposed_alias
    }

    /// Writes what reads a copy of the table that the statement writes.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn copying_target(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let before = std::mem::replace(&mut self.copies_target, true);
        let result = write(self);
        self.copies_target = before;
        result
    }
}

//! From a query in model terms to a statement over tables: paths become joins, names become columns.
//!
//! A `Resolver` keeps a stack of levels, one for each query that is being resolved and one for each subquery that
//! the meaning of a query makes (an aggregate over a to-many relation, the complement of a condition on one). A level
//! gathers the joins that its paths ask for; whether each is inner or outer is decided last, from the finished WHERE.

mod aggregate;
mod combined;
mod condition;
mod expr;
mod group;
mod level;
mod link;
mod negation;
mod order;
mod select;
mod shape;
mod strictness;
mod window;
mod write;

pub use link::{ManyToManyLink, many_to_many_link};
pub use shape::JoinShape;

use std::collections::HashMap;

use crate::ast::{self, Alias, Expr};
use crate::error::{Error, Result};
use crate::query::{BoundRef, Node, Query, Shape, Step};
use crate::value::{Value, ValueType};
use level::Level;

/// A query as a statement, and where in its rows everything stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The statement.
    pub statement: ast::Statement,
    /// The models that are joined by `select_related`.
    pub joins: Vec<JoinShape>,
}

/// What is read of a query.
#[derive(Debug, Clone, Copy)]
pub enum Read<'q> {
    /// Its rows.
    Rows,
    /// How many rows it has.
    Count,
    /// Whether it has a row.
    Exists,
    /// These aggregates over all its rows, as one row.
    Aggregates(&'q [Node]),
}

/// Resolves a query for reading.
///
/// # Errors
/// Everything that is wrong with the query: an aggregate where none can stand, a path of another query, …
pub fn resolve<'q>(query: &'q Query, read: Read<'q>, shape: &Shape<'q>) -> Result<Resolved> {
    let mut resolver = Resolver::new(shape);
    let (select, joins) = match read {
        Read::Rows => resolver.rows(query)?,
        Read::Count => (resolver.count(query)?, Vec::new()),
        Read::Exists => (resolver.exists(query)?, Vec::new()),
        Read::Aggregates(nodes) => (resolver.aggregates(query, nodes)?, Vec::new()),
    };
    Ok(Resolved {
        statement: select.into(),
        joins,
    })
}

/// Resolves an UPDATE of the rows of a query.
///
/// # Errors
/// As [`resolve`], and where what is set is no column of the model itself.
pub fn resolve_update<'q>(
    query: &'q Query,
    set: &'q [(usize, Node)],
    shape: &Shape<'q>,
) -> Result<ast::Statement> {
    Resolver::new(shape).update(query, set)
}

/// Resolves a DELETE of the rows of a query.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_delete<'q>(query: &'q Query, shape: &Shape<'q>) -> Result<ast::Statement> {
    Resolver::new(shape).delete(query)
}

/// Where an expression stands: which level its paths start from, and what they may share.
#[derive(Clone, Copy)]
pub(crate) struct Place<'g> {
    /// Joins of to-many relations that paths may use.
    reuse: Reuse,
    /// So many filters came before: they restrict aggregates.
    filters: usize,
    /// The groups that aggregates are over, if rows are grouped.
    groups: Option<&'g group::Groups>,
    /// The to-many relations that are followed already: conditions are about one row behind these steps.
    row: &'g [Step],
    /// Whether conditions on relations beyond that row ask for *some* related row, and join none: a join would
    /// multiply what an aggregate counts.
    existential: bool,
}

impl<'g> Place<'g> {
    /// In the nth call of `filter`.
    fn filter(nth: usize) -> Self {
        Place {
            reuse: Reuse::Call(nth),
            ..Place::output(nth)
        }
    }

    /// Among what is selected after so many calls of `filter`.
    fn output(filters: usize) -> Self {
        Place {
            reuse: Reuse::Before(filters),
            filters,
            groups: None,
            row: &[],
            existential: false,
        }
    }

    /// Where all calls of `filter` came before: the order, the keys of groups.
    fn after(query: &Query) -> Self {
        Place::output(query.filters.len())
    }

    /// In an aggregate over the rows behind these steps.
    fn aggregated(row: &'g [Step]) -> Self {
        Place {
            reuse: Reuse::Any,
            filters: 0,
            groups: None,
            row,
            existential: true,
        }
    }

    fn of_groups(self, groups: &'g group::Groups) -> Self {
        Place {
            groups: Some(groups),
            ..self
        }
    }
}

/// Which joins of a to-many relation a path may use; those of to-one relations are always shared.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reuse {
    /// Those of the same call of `filter`: the same related row.
    Call(usize),
    /// The latest that came before that many calls of `filter`: what is selected speaks of the rows that they found.
    Before(usize),
    /// The latest.
    Any,
}

impl Reuse {
    /// When a join was made, or may have been made at the latest.
    fn time(self) -> usize {
        match self {
            Reuse::Before(filters) => 2 * filters,
            Reuse::Call(nth) => 2 * nth + 1,
            Reuse::Any => usize::MAX,
        }
    }

    /// Whether a join that another made may be used.
    fn may_use(self, other: Reuse) -> bool {
        match self {
            Reuse::Call(_) => self == other,
            Reuse::Before(_) | Reuse::Any => other.time() <= self.time(),
        }
    }
}

/// An expression with what must be known of its value.
pub(crate) struct Typed {
    expr: Expr,
    value_type: ValueType,
    nullable: bool,
}

/// A resolution under way.
pub(crate) struct Resolver<'q> {
    slots: HashMap<usize, (u32, BoundRef<'q>)>,
    sized_lists: bool,
    next_alias: u32,
    levels: Vec<Level<'q>>,
}

impl<'q> Resolver<'q> {
    pub(crate) fn new(shape: &Shape<'q>) -> Self {
        let number = |nth: usize| u32::try_from(nth).unwrap_or(u32::MAX);
        Resolver {
            slots: shape
                .values
                .iter()
                .enumerate()
                .map(|(nth, bound)| (bound.address(), (number(nth), *bound)))
                .collect(),
            sized_lists: shape.sized_lists(),
            next_alias: 0,
            levels: Vec::new(),
        }
    }

    fn alias(&mut self) -> Alias {
        let alias = Alias(self.next_alias);
        self.next_alias += 1;
        alias
    }

    /// The slot of a value of the query.
    fn slot(&self, bound: BoundRef<'_>) -> Result<u32> {
        let slot = self.slots.get(&bound.address());
        slot.map(|(slot, _)| *slot)
            .ok_or_else(|| Error::query("a value of the query is not in its shape"))
    }

    fn param(&self, value: &Value) -> Result<Expr> {
        Ok(Expr::param(
            self.slot(BoundRef::Value(value))?,
            value.value_type(),
        ))
    }

    fn count_param(&self, count: &u64) -> Result<ast::Param> {
        Ok(ast::Param {
            slot: self.slot(BoundRef::Count(count))?,
            value_type: ValueType::Int,
        })
    }

    /// The level that paths start from now.
    fn level(&mut self) -> &mut Level<'q> {
        match self.levels.last_mut() {
            Some(level) => level,
            None => unreachable!("a level is entered before anything is resolved on it"),
        }
    }
}

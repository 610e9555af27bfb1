//! Several queries made one: union, intersection, difference.

use super::rebind::moved;
use super::{Node, Placed, Query};
use crate::ast::SetOperator;

/// The queries that were made one, from left to right: `((first op second) op third)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined {
    /// The first; it says what is read.
    pub first: Query,
    /// The others, and how each is combined with those before it.
    pub rest: Vec<(SetOperator, Query)>,
}

impl Query {
    /// This query and another as one, which has an order and a slice of its own.
    #[must_use]
    pub fn combine(mut self, operator: SetOperator, other: Query) -> Query {
        let mistake = mistake(&self, &other);
        let unsliced = !self.is_sliced();
        let whole = Query::new(self.model);
        let mut whole = match self.combined.take_if(|_| unsliced) {
            Some(mut combined) => {
                combined.rest.push((operator, other));
                Query {
                    combined: Some(combined),
                    ordering: super::Ordering::Default,
                    reversed: false,
                    ..self
                }
            }
            None => Query {
                scope: self.scope,
                deferred: self.deferred.clone(),
                prefetch: std::mem::take(&mut self.prefetch),
                combined: Some(Box::new(Combined {
                    first: self,
                    rest: vec![(operator, other)],
                })),
                ..whole
            },
        };
        if let Some(mistake) = mistake {
            whole.fail(mistake);
        }
        whole
    }

    /// Reads these of each of the queries that were made one.
    pub(super) fn select_of_parts(&mut self, nodes: &[Node]) {
        let scope = self.scope;
        let head = self.head();
        let mistake = if head.values.is_some() || !head.annotations.is_empty() {
            "values() behind union(), intersection() and difference() chooses columns of models: here rows are read \
             that are values already"
        } else if nodes
            .iter()
            .any(|node| node.has_aggregate() || node.has_window())
        {
            "values() behind union(), intersection() and difference() takes columns and what is computed from them: \
             aggregates and windows belong to the parts"
        } else {
            let Some(combined) = &mut self.combined else {
                return;
            };
            let rest = combined.rest.iter_mut().map(|(_, part)| part);
            for part in std::iter::once(&mut combined.first).chain(rest) {
                let to = part.scope;
                let nodes = nodes.iter().map(|node| moved(node.clone(), scope, to));
                part.select(nodes.collect::<Vec<_>>());
            }
            return;
        };
        self.fail(mistake);
    }

    /// The query that says what is read: itself, or the first of those that were made one.
    pub fn head(&self) -> &Query {
        match &self.combined {
            Some(combined) => combined.first.head(),
            None => self,
        }
    }

    /// Takes note of a method that is for one query, if several were made one.
    pub fn before_combining(&mut self, method: &str) {
        if self.combined.is_some() {
            self.fail(format!(
                "{method} comes before union(), intersection() and difference(): behind them are values(), order_by(), \
                 reverse(), limit(), offset(), prefetch_related() and what reads or counts rows"
            ));
        }
    }
}

/// What keeps two queries from being one.
fn mistake(one: &Query, other: &Query) -> Option<String> {
    let (head, others) = (one.head(), other.head());
    let width = |placed: &Option<Vec<Placed>>| placed.as_ref().map(Vec::len);
    for query in [one, other] {
        if !query.head().related.is_empty() {
            return Some("select_related() has no place in what is combined: prefetch_related() behind it reads the objects".to_owned());
        }
        if query.head().lock.is_some() {
            return Some("rows that are combined cannot be locked".to_owned());
        }
    }
    let alike = width(&head.values) == width(&others.values)
        && head.annotations.len() == others.annotations.len()
        && (head.values.is_some()
            || (head.model.is(others.model) && head.deferred == others.deferred));
    (!alike).then(|| {
        format!(
            "rows of {} and {} that are combined have the same columns: choose them with values()",
            head.model.name, others.model.name
        )
    })
}

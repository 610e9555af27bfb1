//! Queries that were made one: a compound of their selects as the source of a select with the order and the slice.

use super::group::Groups;
use super::select::{columns_of, name_columns, without_order};
use super::{Place, Resolver, Typed};
use crate::ast::{self, Alias, Compound, Expr, Nulls, Order, Select, SetPart, Source};
use crate::error::{Error, Result};
use crate::query::{Combined, Node, Ordering, Path, Query};

impl<'q> Resolver<'q> {
    /// The rows of several queries that were made one.
    pub(super) fn combined(&mut self, query: &'q Query, combined: &'q Combined) -> Result<Select> {
        let mut first = self.member(&combined.first)?;
        let width = first.columns.len();
        name_columns(&mut first);
        let mut rest = Vec::with_capacity(combined.rest.len());
        for (operator, member) in &combined.rest {
            let select = self.member(member)?;
            if select.columns.len() != width {
                return Err(Error::query(
                    "queries that are combined select the same number of columns",
                ));
            }
            rest.push(SetPart {
                operator: *operator,
                query: select.into(),
            });
        }
        let compound = Compound {
            first: first.into(),
            rest,
            order_by: Vec::new(),
            slice: ast::Slice::default(),
        };
        let alias = self.alias();
        let order_by = self.combined_order(query, alias)?;
        Ok(Select {
            columns: columns_of(alias, width),
            from: Some(Source::subquery(compound, alias)),
            order_by,
            slice: self.slice(query)?,
            ..Select::default()
        })
    }

    /// A query among others, of as many columns as it reads.
    fn member(&mut self, query: &'q Query) -> Result<Select> {
        let (mut select, _) = self.rows(query)?;
        without_order(query, &mut select);
        select.lock = None;
        let width = outputs(query).len();
        if select.order_by.is_empty() {
            // What was selected for the order's sake.
            select.columns.truncate(width);
        }
        Ok(self.first_columns(select, width))
    }

    /// The order of the whole, by what is selected.
    fn combined_order(&mut self, query: &'q Query, alias: Alias) -> Result<Vec<Order>> {
        if matches!(query.ordering, Ordering::Default) {
            return Ok(own_order(query, alias));
        }
        let head = query.head();
        let mut outputs = Vec::new();
        if head.values.is_none() {
            outputs.extend(model_outputs(head));
        }
        for placed in head.values.iter().flatten().chain(annotations(head)) {
            outputs.push((placed.node.clone(), self.typed(head, &placed.node)?));
        }
        let groups = Groups::of_columns(query, outputs, alias);
        self.enter(query);
        let order = self.explicit_order(query, Place::after(query).of_groups(&groups));
        self.leave(None)?;
        order
    }

    /// Of several queries that were made one as a subquery: what they select, or the keys of the models.
    pub(super) fn combined_subquery(
        &mut self,
        query: &'q Query,
        combined: &'q Combined,
    ) -> Result<Select> {
        let mut select = self.combined(query, combined)?;
        without_order(query, &mut select);
        let head = query.head();
        if head.values.is_none() {
            let read = outputs(head);
            let columns = head.model.keys().filter_map(|key| {
                let at = read.iter().position(|node| is_field(node, key))?;
                select.columns.get(at).cloned()
            });
            select.columns = columns.collect();
        }
        Ok(select)
    }
}

/// The model's own order, as far as its columns are selected.
fn own_order(query: &Query, alias: Alias) -> Vec<Order> {
    let outputs = outputs(query);
    let mut order = Vec::new();
    for name in query.model.options.ordering {
        let (name, descending) = match name.strip_prefix('-') {
            Some(name) => (name, true),
            None => (*name, false),
        };
        let field = query
            .model
            .fields
            .iter()
            .position(|field| field.name == name);
        let field = field.filter(|field| query.model.fields[*field].relation.is_none());
        let column = field.and_then(|field| outputs.iter().position(|node| is_field(node, field)));
        let Some(column) = column else { break };
        order.push(Order {
            by: Expr::column(alias, format!("c{column}")),
            descending: descending != query.reversed,
            nulls: Nulls::Native,
        });
    }
    order
}

/// Whether a node is a field of the root model itself.
fn is_field(node: &Node, position: usize) -> bool {
    match node {
        Node::Path(Path { steps, .. }) => {
            matches!(steps[..], [crate::query::Step::Field(at)] if usize::from(at) == position)
        }
        _ => false,
    }
}

/// What a query reads, in order.
fn outputs(query: &Query) -> Vec<Node> {
    let head = query.head();
    let mut nodes: Vec<Node> = match &head.values {
        Some(values) => values.iter().map(|placed| placed.node.clone()).collect(),
        None => model_outputs(head).map(|(node, _)| node).collect(),
    };
    nodes.extend(annotations(head).map(|placed| placed.node.clone()));
    nodes
}

/// What is read beside the model.
fn annotations(query: &Query) -> impl Iterator<Item = &crate::query::Placed> {
    query.annotations.iter().filter(|_| query.values.is_none())
}

/// The columns of a query's model that are read.
fn model_outputs(query: &Query) -> impl Iterator<Item = (Node, Typed)> {
    let columns = query.model.columns().filter(|(position, _)| {
        !query
            .deferred
            .iter()
            .any(|deferred| usize::from(*deferred) == *position)
    });
    columns.map(|(position, field)| {
        let path = query
            .root()
            .field(u16::try_from(position).unwrap_or(u16::MAX));
        let typed = Typed {
            expr: Expr::null(),
            value_type: field.value_type(),
            nullable: field.null,
        };
        (Node::Path(path), typed)
    })
}

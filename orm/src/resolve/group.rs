//! Groups: `values` with aggregates, and `aggregate()`, which is one group of all.
//!
//! Aggregates over the same rows (the root's, or those of one to-many relation) are made by one grouped select. Where
//! aggregates are over different rows, each kind has a grouped select of its own and they are joined by the keys, NULL
//! equal to NULL, so that no join multiplies what another aggregate counts.

use super::aggregate::{finish, rows_of};
use super::condition::all_of;
use super::window::{filtered_groups, filters_windows};
use super::{Place, Resolver, Typed};
use crate::ast::{
    Alias, Comparison, Expr, Join, JoinKind, Name, Nulls, OutputColumn, Select, Source,
};
use crate::error::{Error, Result};
use crate::query::{Aggregate, Node, Query, Step};
use crate::value::ValueType;

/// The groups of a query: what may be read of one.
pub(crate) struct Groups {
    model: &'static str,
    keys: Vec<(Node, Member)>,
    /// The aggregates that stand in a column already; the others are made where they are met.
    made: Vec<(Aggregate, Member)>,
    /// Whether only what is selected may be read: there are no rows behind it.
    selected_only: bool,
    /// What aggregates are over, where that is not rows of models: the values that another query selects.
    over: Option<Box<Groups>>,
}

/// Something that is read of a group.
pub(super) struct Member {
    expr: Expr,
    value_type: ValueType,
    nullable: bool,
}

impl Member {
    fn of(typed: &Typed) -> Self {
        Member {
            expr: typed.expr.clone(),
            value_type: typed.value_type,
            nullable: typed.nullable,
        }
    }

    fn typed(&self) -> Typed {
        Typed {
            expr: self.expr.clone(),
            value_type: self.value_type,
            nullable: self.nullable,
        }
    }
}

impl Groups {
    /// One group of all rows.
    pub(super) fn all_rows(query: &Query) -> Groups {
        Groups {
            model: query.model.name,
            keys: Vec::new(),
            made: Vec::new(),
            selected_only: false,
            over: None,
        }
    }

    /// The columns of a subquery, which are the values of a query: each row is its own group.
    pub(super) fn of_columns(
        query: &Query,
        values: impl IntoIterator<Item = (Node, Typed)>,
        from: Alias,
    ) -> Groups {
        let keys = values.into_iter().enumerate().map(|(nth, (node, typed))| {
            let member = Member {
                expr: Expr::column(from, format!("c{nth}")),
                value_type: typed.value_type,
                nullable: typed.nullable,
            };
            (node, member)
        });
        Groups {
            keys: keys.collect(),
            selected_only: true,
            ..Groups::all_rows(query)
        }
    }

    /// One group of all rows of a subquery, whose columns are the values of a query.
    pub(super) fn all_values(
        query: &Query,
        values: impl IntoIterator<Item = (Node, Typed)>,
        from: Alias,
    ) -> Groups {
        Groups {
            over: Some(Box::new(Groups {
                selected_only: false,
                ..Groups::of_columns(query, values, from)
            })),
            ..Groups::all_rows(query)
        }
    }

    /// The error of an expression that has several values in a group.
    #[cold]
    pub(super) fn not_a_key(&self, node: &Node) -> Error {
        if self.selected_only {
            return Error::query(format!(
                "{node} is not selected: what union(), intersection() and difference() make is ordered by its columns"
            ));
        }
        Error::query(format!(
            "{node} is neither a key nor an aggregate of the groups of {}: add it to values(), or aggregate it",
            self.model
        ))
    }
}

impl<'q> Resolver<'q> {
    /// A key or an aggregate of a group; none for what must be looked into.
    pub(super) fn grouped(&mut self, node: &'q Node, groups: &Groups) -> Result<Option<Typed>> {
        if let Some((_, member)) = groups.keys.iter().find(|(key, _)| key == node) {
            return Ok(Some(member.typed()));
        }
        let Node::Aggregate(aggregate) = node else {
            return Ok(None);
        };
        if let Some((_, member)) = groups.made.iter().find(|(made, _)| *made == **aggregate) {
            return Ok(Some(member.typed()));
        }
        if groups.selected_only {
            return Err(groups.not_a_key(node));
        }
        self.group_aggregate(aggregate, groups.over.as_deref())
            .map(Some)
    }

    fn group_aggregate(
        &mut self,
        aggregate: &'q Aggregate,
        over: Option<&Groups>,
    ) -> Result<Typed> {
        let rows = Place {
            filters: self.level().query.filters.len(),
            groups: over,
            ..Place::aggregated(rows_of(aggregate)?)
        };
        let argument = match &aggregate.argument {
            Some(argument) => Some(self.expr(argument, rows)?),
            None => None,
        };
        let filter = match &aggregate.filter {
            Some(filter) => Some(self.condition(filter, rows)?),
            None => None,
        };
        Ok(finish(aggregate, argument, filter))
    }

    /// The groups of a query as a select of `nodes`; the query's own order and slice included where `whole`.
    pub(super) fn groups(
        &mut self,
        query: &'q Query,
        nodes: &[&'q Node],
        whole: bool,
    ) -> Result<Select> {
        if whole && filters_windows(query) {
            return Err(filtered_groups());
        }
        let keys = if whole { keys_of(query) } else { Vec::new() };
        let mut aggregates = Vec::new();
        nodes.iter().for_each(|node| collect(node, &mut aggregates));
        if whole {
            for filter in query.filters.iter().filter(|filter| filter.on_groups) {
                filter
                    .predicate
                    .visit(&mut |node| take(node, &mut aggregates));
            }
            if let crate::query::Ordering::By(terms) = &query.ordering {
                terms
                    .iter()
                    .for_each(|term| collect(&term.node, &mut aggregates));
            }
        }
        let mut sets: Vec<(&'q [Step], Vec<&'q Aggregate>)> = Vec::new();
        for aggregate in aggregates {
            let rows = rows_of(aggregate)?;
            match sets.iter_mut().find(|(known, _)| *known == rows) {
                Some((_, members)) => members.push(aggregate),
                None => sets.push((rows, vec![aggregate])),
            }
        }
        if sets.is_empty() {
            sets.push((&[], Vec::new()));
        }
        let named = whole && needs_names(query, nodes, &keys);
        if sets.len() == 1 && !named {
            return self.one_set(query, nodes, &keys, whole);
        }
        self.many_sets(query, nodes, &keys, &sets, whole)
    }

    /// All aggregates are over the same rows, and no condition needs its keys by name: one grouped select.
    fn one_set(
        &mut self,
        query: &'q Query,
        nodes: &[&'q Node],
        keys: &[&'q Node],
        whole: bool,
    ) -> Result<Select> {
        let filter = self.enter_rows(query, whole)?;
        let groups = self.keys(query, keys)?;
        let place = Place::after(query).of_groups(&groups);
        let mut columns = Vec::with_capacity(nodes.len());
        for node in nodes {
            columns.push(OutputColumn::from(self.expr(node, place)?.expr));
        }
        let (having, order_by) = if whole {
            self.having_and_order(query, place)?
        } else {
            (None, Vec::new())
        };
        let mut select = self.leave_rows(query, filter, whole)?;
        select.columns = columns;
        select.group_by = groups.keys.into_iter().map(|(_, key)| key.expr).collect();
        select.having = having;
        select.order_by = order_by;
        Ok(select)
    }

    /// The keys of the groups, on the level that is entered.
    pub(super) fn keys(&mut self, query: &'q Query, keys: &[&'q Node]) -> Result<Groups> {
        let place = Place::after(query);
        let mut members = Vec::with_capacity(keys.len());
        for key in keys {
            let typed = self.expr(key, place)?;
            members.push(((*key).clone(), Member::of(&typed)));
        }
        Ok(Groups {
            keys: members,
            ..Groups::all_rows(query)
        })
    }

    fn having_and_order(
        &mut self,
        query: &'q Query,
        place: Place<'_>,
    ) -> Result<(Option<Expr>, Vec<crate::ast::Order>)> {
        let mut conditions = Vec::new();
        for filter in query.filters.iter().filter(|filter| filter.on_groups) {
            conditions.push(self.condition(&filter.predicate, place)?);
        }
        let having = (!conditions.is_empty()).then(|| all_of(conditions));
        Ok((having, self.explicit_order(query, place)?))
    }

    /// Aggregates over different rows: a grouped select for each kind, joined by the keys.
    fn many_sets(
        &mut self,
        query: &'q Query,
        nodes: &[&'q Node],
        keys: &[&'q Node],
        sets: &[(&'q [Step], Vec<&'q Aggregate>)],
        whole: bool,
    ) -> Result<Select> {
        let mut select = Select::default();
        let mut groups = Groups::all_rows(query);
        let mut first: Option<Alias> = None;
        for (_, aggregates) in sets {
            let (part, key_members, members) = self.set(query, keys, aggregates, whole)?;
            let alias = self.alias();
            let at = |(name, member): (Name, Member)| Member {
                expr: Expr::column(alias, name),
                ..member
            };
            let source = Source::subquery(part, alias);
            match first {
                None => {
                    first = Some(alias);
                    select.from = Some(source);
                    let members = key_members.into_iter().map(at);
                    groups.keys = keys.iter().map(|key| (*key).clone()).zip(members).collect();
                }
                Some(first) => {
                    let on = key_members.iter().map(|(name, key)| {
                        let left = Expr::column(first, name.clone());
                        let right = Expr::column(alias, name.clone());
                        let null_safe = if key.nullable {
                            Comparison::NotDistinct
                        } else {
                            Comparison::Equal
                        };
                        left.compare(null_safe, right)
                    });
                    let on = all_of(on.collect());
                    select.joins.push(Join {
                        kind: JoinKind::Inner,
                        source,
                        on,
                    });
                }
            }
            let members = members.into_iter().map(at);
            groups.made.extend(
                aggregates
                    .iter()
                    .map(|aggregate| (*aggregate).clone())
                    .zip(members),
            );
        }
        self.enter(query);
        let place = Place::after(query).of_groups(&groups);
        for node in nodes {
            select.columns.push(self.expr(node, place)?.expr.into());
        }
        if whole {
            (select.filter, select.order_by) = self.having_and_order(query, place)?;
        }
        self.leave(None)?;
        Ok(select)
    }

    /// One kind of aggregates, grouped: the select, its keys and its aggregates by their names.
    #[expect(clippy::type_complexity, reason = "two lists of named members")]
    fn set(
        &mut self,
        query: &'q Query,
        keys: &[&'q Node],
        aggregates: &[&'q Aggregate],
        whole: bool,
    ) -> Result<(Select, Vec<(Name, Member)>, Vec<(Name, Member)>)> {
        let filter = self.enter_rows(query, whole)?;
        let groups = self.keys(query, keys)?;
        let mut members = Vec::with_capacity(aggregates.len());
        for (nth, aggregate) in aggregates.iter().enumerate() {
            let typed = self.group_aggregate(aggregate, None)?;
            members.push((Name::from(format!("a{nth}")), Member::of(&typed)));
        }
        let mut select = self.leave_rows(query, filter, whole)?;
        let keys: Vec<(Name, Member)> = groups
            .keys
            .into_iter()
            .enumerate()
            .map(|(nth, (_, key))| (Name::from(format!("k{nth}")), key))
            .collect();
        let named = |(name, member): &(Name, Member)| {
            OutputColumn::named(member.expr.clone(), name.clone())
        };
        select.columns = keys.iter().chain(&members).map(named).collect();
        select.group_by = keys.iter().map(|(_, key)| key.expr.clone()).collect();
        Ok((select, keys, members))
    }
}

/// The aggregates of an expression; those within aggregates are of rows, not of groups.
fn collect<'q>(node: &'q Node, aggregates: &mut Vec<&'q Aggregate>) {
    node.visit(&mut |node| take(node, aggregates));
}

fn take<'q>(node: &'q Node, aggregates: &mut Vec<&'q Aggregate>) -> bool {
    if let Node::Aggregate(aggregate) = node {
        if !aggregates.contains(&&**aggregate) {
            aggregates.push(aggregate);
        }
        return false;
    }
    true
}

/// Whether keys must have names: a key that is computed is spoken of by more than its place among what is selected, in a
/// condition, an order or a larger expression, where not every database knows it again; or a window is over groups.
fn needs_names(query: &Query, nodes: &[&Node], keys: &[&Node]) -> bool {
    let computed: Vec<&&Node> = keys
        .iter()
        .filter(|key| !matches!(key, Node::Path(_)))
        .collect();
    let mut found = false;
    if let crate::query::Ordering::By(terms) = &query.ordering {
        // Where groups come in order, some forget to sort them again behind a window.
        found |= terms.iter().any(|term| term.node.has_window());
    }
    found |= selected(query).any(Node::has_window);
    let mut look = |node: &Node| {
        found |= computed.iter().any(|key| **key == node);
        !found && !matches!(node, Node::Aggregate(_))
    };
    for filter in query.filters.iter().filter(|filter| filter.on_groups) {
        filter.predicate.visit(&mut look);
    }
    if let crate::query::Ordering::By(terms) = &query.ordering {
        let by_place = |term: &&crate::query::OrderTerm| {
            term.nulls == Nulls::Native && nodes.contains(&&term.node)
        };
        for term in terms.iter().filter(|term| !by_place(term)) {
            term.node.visit(&mut look);
        }
    }
    for node in nodes.iter().filter(|node| !keys.contains(node)) {
        node.visit(&mut look);
    }
    found
}

/// What is read of each group.
fn selected(query: &Query) -> impl Iterator<Item = &Node> {
    query.values.iter().flatten().map(|placed| &placed.node)
}

/// What the rows of a query are grouped by: what is plain in the `values` that made the groups.
pub(super) fn keys_of(query: &Query) -> Vec<&Node> {
    let selected = query.groups.as_ref().or(query.values.as_ref());
    let nodes = selected.into_iter().flatten().map(|placed| &placed.node);
    nodes
        .filter(|node| !node.has_aggregate() && !node.has_window())
        .collect()
}

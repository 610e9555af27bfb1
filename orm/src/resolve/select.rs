//! Queries as selects: rows, counts, existence, and the subqueries in expressions.

use super::condition::all_of;
use super::group::{Groups, keys_of};
use super::level::to_many_beyond;
use super::shape::JoinShape;
use super::window::{filters_windows, parts};
use super::{Place, Resolver, Typed};
use crate::ast::{
    self, Aggregate, Alias, Comparison, Domain, Expr, InSet, Join, JoinKind, Name, OutputColumn,
    Select, Slice, Source, Window, WindowFunction,
};
use crate::error::{Error, Result};
use crate::meta::ModelMeta;
use crate::query::{Node, Ordering, Query, RelatedTree, Step};
use crate::value::ValueType;

impl<'q> Resolver<'q> {
    /// The rows of a query: the model's columns (or the values), the annotations, the joined models.
    pub(super) fn rows(&mut self, query: &'q Query) -> Result<(Select, Vec<JoinShape>)> {
        check(query)?;
        if let Some(combined) = &query.combined {
            return Ok((self.combined(query, combined)?, Vec::new()));
        }
        if query.is_grouped() {
            let nodes = selected(query);
            let mut select = self.groups(query, &nodes, true)?;
            select.distinct = query.distinct;
            select.slice = self.slice(query)?;
            return Ok((select, Vec::new()));
        }
        self.enter(query);
        let filter = self.where_of(query)?;
        let root = self.root_alias();
        let mut columns = match &query.values {
            Some(values) => self.placed(values.iter())?,
            None => model_columns(query.model, root, &query.deferred),
        };
        columns.extend(self.placed(query.annotations.iter().filter(|_| query.values.is_none()))?);
        let joins = if query.values.is_none() {
            self.related(root, query.model, &query.related, &mut columns)?
        } else {
            Vec::new()
        };
        let order_by = self.order(query)?;
        let distinct_on = self.distinct_on(query)?;
        let mut partition = self.partition(query)?;
        let slice = self.slice(query)?;
        let on_windows = self.window_conditions(query)?;
        let mut select = self.leave(filter)?;
        select.columns = columns;
        select.order_by = order_by;
        if !on_windows.is_empty() {
            (select, partition) = self.chosen(select, on_windows, partition);
        }
        select.distinct = query.distinct && distinct_on.is_empty();
        select.distinct_on = distinct_on;
        if select.distinct {
            order_distinct(query, &mut select);
        }
        select.lock = self.lock(query, root, &select);
        match partition {
            Some(partition) => select = self.sliced_by(select, partition, query)?,
            None => select.slice = slice,
        }
        Ok((select, joins))
    }

    /// WHERE: the calls of `filter` on rows, each with joins of its own for to-many relations.
    pub(super) fn where_of(&mut self, query: &'q Query) -> Result<Option<Expr>> {
        let mut conditions = Vec::new();
        let existential = is_aggregated_by_row(query);
        for (nth, filter) in query.filters.iter().enumerate() {
            if filter.on_groups {
                continue;
            }
            let place = Place {
                existential,
                ..Place::filter(nth)
            };
            if !filter.predicate.has_window() {
                conditions.push(self.condition(&filter.predicate, place)?);
                continue;
            }
            // What windows say is known only of the rows that are left.
            for part in parts(filter).into_iter().filter(|part| !part.has_window()) {
                conditions.push(self.condition(part, place)?);
            }
        }
        if query.none {
            conditions.push(Expr::bool(false));
        }
        let filter = all_of(conditions);
        Ok((filter != Expr::bool(true)).then_some(filter))
    }

    fn placed(
        &mut self,
        placed: impl Iterator<Item = &'q crate::query::Placed>,
    ) -> Result<Vec<OutputColumn>> {
        let mut columns = Vec::new();
        for placed in placed {
            let place = Place::output(placed.filters);
            columns.push(self.expr(&placed.node, place)?.expr.into());
        }
        Ok(columns)
    }

    fn distinct_on(&mut self, query: &'q Query) -> Result<Vec<Expr>> {
        let place = Place::after(query);
        query
            .distinct_on
            .iter()
            .map(|node| self.expr(node, place).map(|typed| typed.expr))
            .collect()
    }

    fn partition(&mut self, query: &'q Query) -> Result<Option<Expr>> {
        let Some(node) = &query.partition else {
            return Ok(None);
        };
        // By the join of the first filter, which looks for the keys.
        self.expr(node, Place::output(1))
            .map(|typed| Some(typed.expr))
    }

    /// Joins what `select_related` asks for, and adds its columns.
    fn related(
        &mut self,
        parent: Alias,
        model: &'static ModelMeta,
        trees: &'q [RelatedTree],
        columns: &mut Vec<OutputColumn>,
    ) -> Result<Vec<JoinShape>> {
        let mut shapes = Vec::with_capacity(trees.len());
        for tree in trees {
            let Step::Field(position) = tree.step else {
                return Err(Error::query(format!(
                    "select_related() fills fields: declare the way back on {} with `#[related(…)]`",
                    model.name
                )));
            };
            let (_, related) = tree.step.field(model);
            let alias = self.join_related(parent, model, tree.step)?;
            let offset = columns.len();
            columns.extend(model_columns(related, alias, &[]));
            shapes.push(JoinShape {
                position: usize::from(position),
                offset,
                children: self
                    .related(alias, related, &tree.children, columns)?
                    .into(),
            });
        }
        Ok(shapes)
    }

    pub(super) fn slice(&self, query: &'q Query) -> Result<Slice> {
        let limit = query
            .limit
            .as_ref()
            .map(|limit| self.count_param(limit))
            .transpose()?;
        let offset = (query.offset != 0)
            .then(|| self.count_param(&query.offset))
            .transpose()?;
        Ok(Slice { limit, offset })
    }

    fn lock(&self, query: &Query, root: Alias, select: &Select) -> Option<ast::Lock> {
        let mut lock = query.lock.clone()?;
        // Only the model's own rows: the nullable side of an outer join cannot be locked.
        if !select.joins.is_empty() {
            lock.of = vec![root];
        }
        Some(lock)
    }

    /// So many rows for each value of an expression: numbered within, then cut.
    fn sliced_by(
        &mut self,
        mut inner: Select,
        mut partition: Expr,
        query: &'q Query,
    ) -> Result<Select> {
        let number = Name::from("row_number");
        let width = inner.columns.len();
        if inner.distinct {
            // Equal rows are one before they are counted.
            let (source, outside) = self.as_source(inner, vec![partition]);
            inner = source;
            partition = one_of_all(outside)?;
        }
        name_columns(&mut inner);
        let numbered = Expr::Window(Box::new(Window {
            function: WindowFunction::RowNumber,
            partition_by: vec![partition],
            order_by: std::mem::take(&mut inner.order_by),
            frame: None,
        }));
        inner
            .columns
            .push(OutputColumn::named(numbered, number.clone()));
        let alias = self.alias();
        let mut outer = Select {
            columns: columns_of(alias, width),
            from: Some(Source::subquery(inner, alias)),
            ..Select::default()
        };
        let row = Expr::column(alias, number);
        let slice = self.slice(query)?;
        if let Some(offset) = slice.offset {
            outer.and_filter(
                row.clone()
                    .compare(Comparison::Greater, Expr::Param(offset)),
            );
        }
        if let Some(limit) = slice.limit {
            let last = match slice.offset {
                Some(offset) => Expr::Param(limit).arithmetic(
                    ast::Arithmetic::Add,
                    Domain::Integer,
                    Expr::Param(offset),
                ),
                None => Expr::Param(limit),
            };
            outer.and_filter(row.clone().compare(Comparison::LessOrEqual, last));
        }
        outer.order_by = vec![ast::Order::ascending(row)];
        Ok(outer)
    }

    /// Of the rows of a select those for which the conditions on its windows hold.
    fn chosen(
        &mut self,
        select: Select,
        conditions: Vec<Expr>,
        partition: Option<Expr>,
    ) -> (Select, Option<Expr>) {
        let count = conditions.len();
        let wanted = conditions.into_iter().chain(partition).collect();
        let (mut select, mut outside) = self.as_source(select, wanted);
        let partition = outside.drain(count..).next();
        for condition in outside {
            select.and_filter(condition);
        }
        (select, partition)
    }

    /// A select as the source of another that has the same columns and order; and what these are there.
    fn as_source(&mut self, mut inner: Select, wanted: Vec<Expr>) -> (Select, Vec<Expr>) {
        let alias = self.alias();
        let width = inner.columns.len();
        let mut outside = |expr: Expr| {
            let columns = &mut inner.columns;
            let at = columns.iter().position(|column| column.expr == expr);
            let at = at.unwrap_or_else(|| {
                columns.push(expr.into());
                columns.len() - 1
            });
            Expr::column(alias, format!("c{at}"))
        };
        let wanted = wanted.into_iter().map(&mut outside).collect();
        let order_by = std::mem::take(&mut inner.order_by)
            .into_iter()
            .map(|term| ast::Order {
                by: outside(term.by),
                ..term
            });
        let order_by = order_by.collect();
        name_columns(&mut inner);
        let outer = Select {
            columns: columns_of(alias, width),
            from: Some(Source::subquery(inner, alias)),
            order_by,
            ..Select::default()
        };
        (outer, wanted)
    }

    /// How many rows.
    pub(super) fn count(&mut self, query: &'q Query) -> Result<Select> {
        let count = Expr::Aggregate(Box::new(Aggregate::count_rows()));
        if !query.is_sliced()
            && !query.distinct
            && !query.is_grouped()
            && query.distinct_on.is_empty()
            && query.combined.is_none()
            && !filters_windows(query)
        {
            check(query)?;
            self.enter(query);
            let filter = self.where_of(query)?;
            let mut select = self.leave(filter)?;
            select.columns = vec![count.into()];
            return Ok(select);
        }
        let (mut rows, _) = self.rows(query)?;
        without_order(query, &mut rows);
        rows.lock = None;
        name_columns(&mut rows);
        let alias = self.alias();
        Ok(Select {
            columns: vec![count.into()],
            from: Some(Source::subquery(rows, alias)),
            ..Select::default()
        })
    }

    /// Whether there is a row.
    pub(super) fn exists(&mut self, query: &'q Query) -> Result<Select> {
        let select = self.subquery_of_any(query)?;
        Ok(Select {
            columns: vec![Expr::Exists(Box::new(select)).into()],
            ..Select::default()
        })
    }

    /// Aggregates over all rows of a query, as one row.
    pub(super) fn aggregates(&mut self, query: &'q Query, nodes: &'q [Node]) -> Result<Select> {
        check(query)?;
        let nodes: Vec<&'q Node> = nodes.iter().collect();
        if let Some(plain) = nodes.iter().find(|node| !node.has_aggregate()) {
            return Err(Error::query(format!(
                "{plain} is no aggregate: aggregate() makes one row of all; values() groups by fields"
            )));
        }
        if query.is_grouped() || (query.distinct && query.values.is_some()) {
            return self.aggregates_of_values(query, &nodes);
        }
        self.groups(query, &nodes, false)
    }

    /// Aggregates over what a query selects: over its groups, over values each once.
    fn aggregates_of_values(&mut self, query: &'q Query, nodes: &[&'q Node]) -> Result<Select> {
        let mut values = Vec::new();
        for node in selected(query) {
            values.push((node.clone(), self.typed(query, node)?));
        }
        let (mut rows, _) = self.rows(query)?;
        without_order(query, &mut rows);
        rows.lock = None;
        name_columns(&mut rows);
        let alias = self.alias();
        let groups = Groups::all_values(query, values, alias);
        self.enter(query);
        let place = Place::after(query).of_groups(&groups);
        let mut columns = Vec::with_capacity(nodes.len());
        for node in nodes {
            columns.push(OutputColumn::from(self.expr(node, place)?.expr));
        }
        self.leave(None)?;
        Ok(Select {
            columns,
            from: Some(Source::subquery(rows, alias)),
            ..Select::default()
        })
    }

    /// Enters the rows that are aggregated: those that the filters leave, or all where a slice is joined to them.
    pub(super) fn enter_rows(&mut self, query: &'q Query, whole: bool) -> Result<Option<Expr>> {
        self.enter(query);
        if whole || !is_cut(query) {
            self.where_of(query)
        } else {
            Ok(None)
        }
    }

    /// Leaves the rows that are aggregated.
    pub(super) fn leave_rows(
        &mut self,
        query: &'q Query,
        filter: Option<Expr>,
        whole: bool,
    ) -> Result<Select> {
        let root = self.root_alias();
        let mut select = self.leave(filter)?;
        if whole || !is_cut(query) {
            return Ok(select);
        }
        let mut rows = self.keys_of(query)?;
        name_columns(&mut rows);
        let alias = self.alias();
        let on = key_columns(query.model, root)
            .zip(0..)
            .map(|(key, nth)| key.equals(Expr::column(alias, format!("c{nth}"))));
        select.joins.push(Join {
            kind: JoinKind::Inner,
            source: Source::subquery(rows, alias),
            on: on.reduce(Expr::and).unwrap_or(Expr::bool(true)),
        });
        Ok(select)
    }

    /// The primary keys of a query's rows, sliced, ordered and each once as they are.
    pub(super) fn keys_of(&mut self, query: &'q Query) -> Result<Select> {
        self.enter(query);
        let filter = self.where_of(query)?;
        let root = self.root_alias();
        let order_by = if query.is_sliced() || !query.distinct_on.is_empty() {
            self.order(query)?
        } else {
            Vec::new()
        };
        let distinct_on = self.distinct_on(query)?;
        let slice = self.slice(query)?;
        let on_windows = self.window_conditions(query)?;
        let mut select = self.leave(filter)?;
        select.columns = key_columns(query.model, root)
            .map(OutputColumn::from)
            .collect();
        let width = select.columns.len();
        select.order_by = order_by;
        if !on_windows.is_empty() {
            (select, _) = self.chosen(select, on_windows, None);
        }
        select.slice = slice;
        select.distinct = query.distinct && distinct_on.is_empty();
        select.distinct_on = distinct_on;
        if select.distinct {
            order_distinct(query, &mut select);
        }
        Ok(self.first_columns(select, width))
    }

    /// A select of more columns as one of its first.
    pub(super) fn first_columns(&mut self, mut select: Select, width: usize) -> Select {
        if select.columns.len() <= width {
            return select;
        }
        name_columns(&mut select);
        let alias = self.alias();
        Select {
            columns: columns_of(alias, width),
            from: Some(Source::subquery(select, alias)),
            ..Select::default()
        }
    }

    /// A subquery in a condition. Without `values`, its columns are the primary key.
    fn subquery(&mut self, query: &'q Query) -> Result<Select> {
        check(query)?;
        if let Some(combined) = &query.combined {
            return self.combined_subquery(query, combined);
        }
        let Some(values) = &query.values else {
            return self.keys_of(query);
        };
        let (mut select, _) = self.rows(query)?;
        without_order(query, &mut select);
        select.lock = None;
        if select.order_by.is_empty() {
            // What was selected for the order's sake.
            select.columns.truncate(values.len());
        }
        if values.len() == 1 {
            select = self.first_columns(select, 1);
        }
        Ok(select)
    }

    /// A subquery of whose rows only their existence counts.
    pub(super) fn subquery_of_any(&mut self, query: &'q Query) -> Result<Select> {
        let mut select = self.subquery(query)?;
        let counts = select.distinct || !select.distinct_on.is_empty();
        let counts = counts && !select.slice.is_all();
        if select.group_by.is_empty() && select.having.is_none() && !counts {
            // Without columns there is nothing to compute; an aggregate is a row by itself.
            let aggregated = selected(query).iter().any(|node| node.has_aggregate());
            if !aggregated {
                select.columns.clear();
                select.distinct = false;
                select.distinct_on.clear();
                select.order_by.clear();
            }
        }
        if !counts {
            return Ok(select);
        }
        // Some databases forget DISTINCT within EXISTS, and with it what the slice counts.
        name_columns(&mut select);
        let alias = self.alias();
        Ok(Select {
            from: Some(Source::subquery(select, alias)),
            ..Select::default()
        })
    }

    /// A subquery whose one column is looked into: its NULLs are no members.
    pub(super) fn members(&mut self, query: &'q Query) -> Result<Select> {
        let mut select = self.subquery(query)?;
        if select.columns.len() != 1 {
            return Err(Error::query(format!(
                "in_() takes a query of one column, this one of {} has {}: choose one with values_flat()",
                query.model.name,
                select.columns.len()
            )));
        }
        let head = query.head();
        let nullable = match head.values.as_deref() {
            Some([placed]) => query.combined.is_some() || self.typed(head, &placed.node)?.nullable,
            _ => false,
        };
        if !nullable {
            return Ok(select);
        }
        let is_plain =
            select.slice.is_all() && !query.is_grouped() && select.distinct_on.is_empty();
        if !is_plain {
            name_columns(&mut select);
            let alias = self.alias();
            select = Select {
                columns: columns_of(alias, 1),
                from: Some(Source::subquery(select, alias)),
                ..Select::default()
            };
        }
        let member = select.columns[0].expr.clone();
        select.and_filter(member.is_not_null());
        Ok(select)
    }

    /// A subquery as a value: one column, at most one row.
    pub(super) fn scalar_subquery(&mut self, query: &'q Query) -> Result<(ValueType, Select)> {
        let head = query.head();
        let Some([placed]) = head.values.as_deref() else {
            return Err(Error::query(
                "a query in the place of a value selects one column: end it with values_flat()",
            ));
        };
        check(query)?;
        let value_type = self.typed(head, &placed.node)?.value_type;
        Ok((value_type, self.subquery(query)?))
    }

    /// What a query selects, for its type.
    pub(super) fn typed(&mut self, query: &'q Query, node: &'q Node) -> Result<Typed> {
        self.enter(query);
        let groups = match query.is_grouped() {
            true => Some(self.keys(query, &keys_of(query))?),
            false => None,
        };
        let place = Place {
            groups: groups.as_ref(),
            ..Place::after(query)
        };
        let typed = self.expr(node, place);
        self.leave(None)?;
        typed
    }
}

/// The only one.
fn one_of_all(exprs: Vec<Expr>) -> Result<Expr> {
    exprs
        .into_iter()
        .next()
        .ok_or_else(|| Error::query("a select lost its partition"))
}

/// Whether the rows are not just those that the filters leave.
fn is_cut(query: &Query) -> bool {
    query.is_sliced() || query.distinct || filters_windows(query)
}

/// Where no row is cut off, the order does not matter to what is made of the rows.
pub(super) fn without_order(query: &Query, rows: &mut Select) {
    if !query.is_sliced() && query.distinct_on.is_empty() {
        rows.order_by.clear();
    }
}

/// What rows are ordered by must be selected where equal rows are shown once; the model's own order, which nobody
/// asked for, gives way if it would make equal values differ.
fn order_distinct(query: &Query, select: &mut Select) {
    let is_selected = |by: &Expr| select.columns.iter().any(|column| column.expr == *by);
    let missing: Vec<Expr> = select
        .order_by
        .iter()
        .map(|term| &term.by)
        .filter(|by| !is_selected(by))
        .cloned()
        .collect();
    let unasked = query.values.is_some() && matches!(query.ordering, Ordering::Default);
    if !missing.is_empty() && unasked {
        select.order_by.clear();
        return;
    }
    select
        .columns
        .extend(missing.into_iter().map(OutputColumn::from));
}

/// Names the columns for a select around: `c0`, `c1`, …
pub(super) fn name_columns(select: &mut Select) {
    for (nth, column) in select.columns.iter_mut().enumerate() {
        column.name = Some(Name::from(format!("c{nth}")));
    }
}

/// The first columns of a subquery whose columns are named so.
pub(super) fn columns_of(alias: Alias, width: usize) -> Vec<OutputColumn> {
    (0..width)
        .map(|nth| Expr::column(alias, format!("c{nth}")).into())
        .collect()
}

/// The columns of a model's key in its table.
pub(super) fn key_columns(model: &'static ModelMeta, table: Alias) -> impl Iterator<Item = Expr> {
    model
        .keys()
        .map(move |at| Expr::column(table, model.fields[at].column))
}

/// `key IN (rows)`.
pub(super) fn one_of(key: Expr, rows: Select) -> Expr {
    Expr::In {
        expr: Box::new(key),
        set: InSet::Query(Box::new(rows.into())),
        negated: false,
    }
}

/// A mistake that was made while the query was put together.
fn check(query: &Query) -> Result<()> {
    match &query.error {
        Some(kind) => Err(Error::new((**kind).clone())),
        None => Ok(()),
    }
}

/// Whether each row of the model is a group of its own: an aggregate is taken of it, and nothing that is read or ordered
/// by joins its to-many relations. Such a row is there once, however many related rows a filter finds, as in Django.
fn is_aggregated_by_row(query: &Query) -> bool {
    if query.is_grouped() || query.partition.is_some() {
        return false;
    }
    let values = query.values.iter().flatten();
    let read = values.chain(&query.annotations).map(|placed| &placed.node);
    let terms = match &query.ordering {
        Ordering::By(terms) => terms.as_slice(),
        Ordering::Default => &[],
    };
    let mut aggregates = query
        .filters
        .iter()
        .any(|filter| filter.predicate.has_aggregate());
    let mut joins = false;
    let ordered = terms.iter().map(|term| &term.node);
    for node in read.chain(ordered).chain(&query.distinct_on) {
        aggregates |= node.has_aggregate();
        node.visit(&mut |node| {
            joins |= matches!(node, Node::Path(path) if to_many_beyond(path, &[]).is_some());
            !matches!(node, Node::Aggregate(_))
        });
    }
    aggregates && !joins
}

/// What a grouped query selects: its values, then its annotations.
fn selected(query: &Query) -> Vec<&Node> {
    let values = query.values.as_deref().unwrap_or_default();
    values.iter().map(|placed| &placed.node).collect()
}

/// The columns of a model, but those that are deferred.
fn model_columns(model: &'static ModelMeta, alias: Alias, deferred: &[u16]) -> Vec<OutputColumn> {
    let is_read = |position: usize| {
        !deferred
            .iter()
            .any(|deferred| usize::from(*deferred) == position)
    };
    model
        .columns()
        .filter(|(position, _)| is_read(*position))
        .map(|(_, field)| Expr::column(alias, field.column).into())
        .collect()
}

//! The shape of a query: all of it but its values, as bytes, and the values in their order.
//!
//! Two queries of equal bytes make the same SQL and read rows of the same form, so that resolution and compilation are
//! kept by these bytes. Every part is written with a tag and, where it may repeat, its length, so that no two
//! different queries have equal bytes.

use super::{
    Aggregate, Combined, Filter, Node, OrderTerm, Ordering, Path, Placed, Predicate, Query,
    RelatedTree, Step, Window, WindowFunction,
};
use crate::ast::{AggregateFunction, CastType, FrameBound, ListParam, Spread};
use crate::error::{Error, ErrorKind, Result};
use crate::meta::ModelMeta;
use crate::value::Value;

/// A value of a query, where it stands.
#[derive(Debug, Clone, Copy)]
pub enum BoundRef<'q> {
    /// A value.
    Value(&'q Value),
    /// A limit or an offset.
    Count(&'q u64),
}

impl BoundRef<'_> {
    /// Where it stands in memory: what tells it from the others while the query is borrowed.
    pub fn address(self) -> usize {
        match self {
            BoundRef::Value(value) => std::ptr::from_ref(value) as usize,
            BoundRef::Count(count) => std::ptr::from_ref(count) as usize,
        }
    }

    /// The value to bind.
    pub fn to_value(self) -> Value {
        match self {
            BoundRef::Value(value) => value.clone(),
            BoundRef::Count(count) => Value::Int(i64::try_from(*count).unwrap_or(i64::MAX)),
        }
    }
}

/// The shape of a query, and its values.
#[derive(Debug)]
pub struct Shape<'q> {
    /// The shape.
    pub key: Vec<u8>,
    /// The values, in the order of the shape.
    pub values: Vec<BoundRef<'q>>,
    /// The first mistake in the query; its shape is then of no use.
    error: Option<&'q ErrorKind>,
    /// Whether a list's size belongs to the shape (the database spreads lists over placeholders).
    sized_lists: bool,
    /// Whether it belongs to the shape which values are equal: where an expression that was selected is met again, it is
    /// known by its values too.
    equalities: bool,
    /// The scopes met so far: their numbers in the key are by order, so that they are equal for equal queries.
    scopes: Vec<super::Scope>,
}

impl<'q> Shape<'q> {
    /// The shape of a query.
    pub fn of(query: &'q Query, sized_lists: bool) -> Shape<'q> {
        let mut shape = Shape {
            key: Vec::with_capacity(96),
            values: Vec::new(),
            error: None,
            sized_lists,
            equalities: false,
            scopes: Vec::new(),
        };
        shape.query(query);
        shape
    }

    /// Whether the query means anything.
    ///
    /// # Errors
    /// The first mistake that was made while it was put together.
    pub fn check(&self) -> Result<()> {
        match self.error {
            Some(kind) => Err(Error::new(kind.clone())),
            None => Ok(()),
        }
    }

    /// Whether a list's size belongs to the shape.
    pub fn sized_lists(&self) -> bool {
        self.sized_lists
    }

    /// Adds something that the caller's statement depends on beside the query.
    pub fn add(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.key.extend_from_slice(bytes);
    }

    /// Adds expressions that belong to the statement beside the query.
    pub fn add_nodes(&mut self, nodes: impl IntoIterator<Item = &'q Node>) {
        let mut nodes = nodes.into_iter().peekable();
        self.equalities |= nodes.peek().is_some();
        for node in nodes {
            self.tag(1);
            self.node(node);
        }
        self.tag(0);
    }

    fn tag(&mut self, tag: u8) {
        self.key.push(tag);
    }

    fn number(&mut self, number: usize) {
        // Small numbers are one byte; a greater one is marked and whole.
        match u8::try_from(number) {
            Ok(small) if small < u8::MAX => self.key.push(small),
            _ => {
                self.key.push(u8::MAX);
                self.key.extend_from_slice(&number.to_le_bytes());
            }
        }
    }

    fn model(&mut self, model: &'static ModelMeta) {
        self.key
            .extend_from_slice(&(std::ptr::from_ref(model) as usize).to_le_bytes());
    }

    fn query(&mut self, query: &'q Query) {
        self.error = self.error.or(query.error.as_deref());
        self.equalities |=
            query.values.is_some() || query.combined.is_some() || !query.annotations.is_empty();
        self.model(query.model);
        self.scope(query.scope);
        self.number(query.filters.len());
        for Filter {
            predicate,
            on_groups,
        } in &query.filters
        {
            self.tag(u8::from(*on_groups));
            self.predicate(predicate);
        }
        self.placed(&query.annotations);
        for selected in [&query.values, &query.groups] {
            self.tag(u8::from(selected.is_some()));
            if let Some(selected) = selected {
                self.placed(selected);
            }
        }
        match &query.ordering {
            Ordering::Default => self.tag(0),
            Ordering::By(terms) => {
                self.tag(1);
                self.number(terms.len());
                terms.iter().for_each(|term| self.order(term));
            }
        }
        let flags = [
            query.reversed,
            query.limit.is_some(),
            query.offset != 0,
            query.distinct,
            query.none,
        ];
        flags.into_iter().for_each(|flag| self.tag(u8::from(flag)));
        if let Some(limit) = &query.limit {
            self.values.push(BoundRef::Count(limit));
        }
        if query.offset != 0 {
            self.values.push(BoundRef::Count(&query.offset));
        }
        self.add_nodes(&query.distinct_on);
        self.trees(&query.related);
        self.add_nodes(&query.partition);
        match &query.lock {
            Some(lock) => {
                self.tag(1 + lock.strength as u8);
                self.tag(lock.wait as u8);
            }
            None => self.tag(0),
        }
        self.combined(query.combined.as_deref());
        self.number(query.deferred.len());
        query
            .deferred
            .iter()
            .for_each(|position| self.number(usize::from(*position)));
    }

    fn scope(&mut self, scope: super::Scope) {
        let known = self.scopes.iter().position(|known| *known == scope);
        let number = known.unwrap_or_else(|| {
            self.scopes.push(scope);
            self.scopes.len() - 1
        });
        self.number(number);
    }

    fn placed(&mut self, placed: &'q [Placed]) {
        self.number(placed.len());
        for Placed { node, filters } in placed {
            self.number(*filters);
            self.node(node);
        }
    }

    fn trees(&mut self, trees: &'q [RelatedTree]) {
        self.number(trees.len());
        for tree in trees {
            self.step(tree.step);
            self.trees(&tree.children);
        }
    }

    fn order(&mut self, term: &'q OrderTerm) {
        self.tag(u8::from(term.descending));
        self.tag(term.nulls as u8);
        self.node(&term.node);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Field(position) => {
                self.tag(0);
                self.number(usize::from(position));
            }
            Step::Via(model, position) => {
                self.tag(1);
                self.model(model);
                self.number(usize::from(position));
            }
        }
    }

    fn path(&mut self, path: &Path) {
        self.scope(path.scope);
        self.number(path.steps.len());
        path.steps.iter().for_each(|step| self.step(*step));
    }

    fn value(&mut self, value: &'q Value) {
        self.tag(value.value_type() as u8);
        self.tag(match value {
            Value::Null(_) => 1,
            Value::List(_, values) if values.is_empty() => 2,
            Value::List(..) => 3,
            _ => 0,
        });
        if let Value::List(_, values) = value
            && self.sized_lists
        {
            self.key
                .extend_from_slice(&ListParam::size_class(values.len()).to_le_bytes());
        }
        if self.equalities {
            let is_same =
                |known: &BoundRef<'_>| matches!(known, BoundRef::Value(known) if *known == value);
            let known = self.values.iter().position(is_same);
            self.number(known.map_or(0, |at| at + 1));
        }
        self.values.push(BoundRef::Value(value));
    }

    fn nodes(&mut self, nodes: &'q [Node]) {
        self.number(nodes.len());
        nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &'q Node) {
        match node {
            Node::Path(path) => {
                self.tag(1);
                self.path(path);
            }
            Node::Outer(path) => {
                self.tag(2);
                self.path(path);
            }
            Node::Value(value) => {
                self.tag(3);
                self.value(value);
            }
            Node::Arithmetic(op, left, right) => {
                self.tag(4);
                self.tag(*op as u8);
                self.node(left);
                self.node(right);
            }
            Node::Negative(node) => self.unary(5, 0, node),
            Node::Function(function, nodes, value_type) => {
                self.tag(6);
                self.tag(*function as u8);
                self.tag(*value_type as u8);
                self.nodes(nodes);
            }
            Node::Extract(part, node) => self.unary(7, *part as u8, node),
            Node::Truncate(unit, node) => self.unary(8, *unit as u8, node),
            Node::DateOf(node) => self.unary(9, 0, node),
            Node::TimeOf(node) => self.unary(10, 0, node),
            Node::Cast(node, cast, value_type) => {
                self.unary(11, *value_type as u8, node);
                self.cast(*cast);
            }
            Node::Case(when, otherwise) => self.case(when, otherwise.as_deref()),
            Node::Aggregate(aggregate) => self.aggregate(aggregate),
            Node::Subquery(query) => {
                self.tag(14);
                self.query(query);
            }
            Node::Predicate(predicate) => {
                self.tag(15);
                self.predicate(predicate);
            }
            Node::InZone(node, zone) => {
                self.unary(17, 0, node);
                self.add(zone.as_bytes());
            }
            Node::Window(window) => self.window(window),
            Node::Invalid(kind) => {
                self.error = self.error.or(Some(kind));
                self.tag(16);
            }
        }
    }

    fn unary(&mut self, tag: u8, detail: u8, node: &'q Node) {
        self.tag(tag);
        self.tag(detail);
        self.node(node);
    }

    fn cast(&mut self, cast: CastType) {
        let (tag, numbers): (u8, [usize; 2]) = match cast {
            CastType::Boolean => (1, [0; 2]),
            CastType::Integer => (2, [0; 2]),
            CastType::BigInteger => (3, [0; 2]),
            CastType::Float => (4, [0; 2]),
            CastType::Decimal { digits, places } => (
                5,
                [
                    digits.map_or(0, |digits| usize::from(digits) + 1),
                    places.into(),
                ],
            ),
            CastType::Text => (6, [0; 2]),
            CastType::Char(length) => (7, [usize::try_from(length).unwrap_or(usize::MAX), 0]),
            CastType::Binary => (8, [0; 2]),
            CastType::Date => (9, [0; 2]),
            CastType::Time => (10, [0; 2]),
            CastType::DateTime => (11, [0; 2]),
            CastType::Duration => (12, [0; 2]),
            CastType::Uuid => (13, [0; 2]),
            CastType::Json => (14, [0; 2]),
            CastType::Inet => (15, [0; 2]),
        };
        self.tag(tag);
        numbers.into_iter().for_each(|number| self.number(number));
    }

    fn function(&mut self, function: &AggregateFunction) {
        self.tag(match function {
            AggregateFunction::Count => 1,
            AggregateFunction::Sum => 2,
            AggregateFunction::Avg => 3,
            AggregateFunction::Min => 4,
            AggregateFunction::Max => 5,
            AggregateFunction::StdDev(Spread::Population) => 6,
            AggregateFunction::StdDev(Spread::Sample) => 7,
            AggregateFunction::Variance(Spread::Population) => 8,
            AggregateFunction::Variance(Spread::Sample) => 9,
            AggregateFunction::AnyValue => 10,
            AggregateFunction::StringAgg(_) => 11,
            AggregateFunction::ArrayAgg => 12,
            AggregateFunction::JsonArrayAgg => 13,
            AggregateFunction::BoolAnd => 14,
            AggregateFunction::BoolOr => 15,
            AggregateFunction::BitAnd => 16,
            AggregateFunction::BitOr => 17,
            AggregateFunction::BitXor => 18,
            AggregateFunction::ExactSum => 19,
            AggregateFunction::ExactAvg => 20,
        });
        if let AggregateFunction::StringAgg(separator) = function {
            self.add(separator.as_bytes());
        }
    }

    fn case(&mut self, when: &'q [(Predicate, Node)], otherwise: Option<&'q Node>) {
        self.tag(12);
        self.number(when.len());
        for (condition, result) in when {
            self.predicate(condition);
            self.node(result);
        }
        self.add_nodes(otherwise);
    }

    fn aggregate(&mut self, aggregate: &'q Aggregate) {
        self.tag(13);
        self.function(&aggregate.function);
        self.tag(u8::from(aggregate.distinct));
        self.tag(aggregate.value_type as u8);
        self.add_nodes(&aggregate.argument);
        self.tag(u8::from(aggregate.filter.is_some()));
        if let Some(filter) = &aggregate.filter {
            self.predicate(filter);
        }
    }

    fn predicate(&mut self, predicate: &'q Predicate) {
        match predicate {
            Predicate::Compare(left, lookup, right) => {
                self.tag(1);
                self.tag(*lookup as u8);
                self.node(left);
                self.node(right);
            }
            Predicate::InList(node, values) => {
                self.tag(2);
                self.node(node);
                self.value(values);
            }
            Predicate::InQuery(node, query) => {
                self.tag(3);
                self.node(node);
                self.query(query);
            }
            Predicate::Between(node, low, high) => {
                self.tag(4);
                self.node(node);
                self.node(low);
                self.node(high);
            }
            Predicate::IsNull(node, null) => self.unary(5, u8::from(*null), node),
            Predicate::IsTrue(node) => self.unary(6, 0, node),
            Predicate::And(parts) => self.predicates(7, parts),
            Predicate::Or(parts) => self.predicates(8, parts),
            Predicate::Not(part) => {
                self.tag(9);
                self.predicate(part);
            }
            Predicate::Exists(query) => {
                self.tag(10);
                self.query(query);
            }
            Predicate::Constant(value) => {
                self.tag(11);
                self.tag(u8::from(*value));
            }
        }
    }

    fn window(&mut self, window: &'q Window) {
        self.tag(18);
        let tag = match &window.function {
            WindowFunction::RowNumber => 1,
            WindowFunction::Rank => 2,
            WindowFunction::DenseRank => 3,
            WindowFunction::PercentRank => 4,
            WindowFunction::CumeDist => 5,
            WindowFunction::NTile => 6,
            WindowFunction::Lag => 7,
            WindowFunction::Lead => 8,
            WindowFunction::FirstValue => 9,
            WindowFunction::LastValue => 10,
            WindowFunction::NthValue => 11,
            WindowFunction::Aggregate(_) => 12,
        };
        self.tag(tag);
        if let WindowFunction::Aggregate(aggregate) = &window.function {
            self.aggregate(aggregate);
        }
        self.tag(window.value_type as u8);
        self.nodes(&window.args);
        self.nodes(&window.partition_by);
        self.number(window.order_by.len());
        window.order_by.iter().for_each(|term| self.order(term));
        self.tag(u8::from(window.frame.is_some()));
        if let Some(frame) = &window.frame {
            self.tag(frame.units as u8);
            self.bound(frame.start);
            self.bound(frame.end);
        }
    }

    fn bound(&mut self, bound: FrameBound) {
        let (tag, rows) = match bound {
            FrameBound::UnboundedPreceding => (1, 0),
            FrameBound::Preceding(rows) => (2, rows),
            FrameBound::CurrentRow => (3, 0),
            FrameBound::Following(rows) => (4, rows),
            FrameBound::UnboundedFollowing => (5, 0),
        };
        self.tag(tag);
        self.key.extend_from_slice(&rows.to_le_bytes());
    }

    fn combined(&mut self, combined: Option<&'q Combined>) {
        let Some(combined) = combined else {
            return self.number(0);
        };
        self.number(1 + combined.rest.len());
        self.query(&combined.first);
        for (operator, member) in &combined.rest {
            self.tag(*operator as u8);
            self.query(member);
        }
    }

    fn predicates(&mut self, tag: u8, parts: &'q [Predicate]) {
        self.tag(tag);
        self.number(parts.len());
        parts.iter().for_each(|part| self.predicate(part));
    }
}

//! The order of operations: what each needs before it, sorting by that within an app, and cutting the apps' lists into
//! migrations where they need each other.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::error::{Error, Result};
use crate::migrate::files::MigrationKey;
use crate::migrate::graph::{FIRST, MigrationGraph};
use crate::migrate::operation::Operation;
use crate::migrate::state::ModelKey;

/// Something that an operation must come after, if anything does it at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Dependency {
    pub(super) model: ModelKey,
    pub(super) event: Event,
}

/// What can happen to a model that others wait for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Event {
    Created,
    Removed,
    FieldCreated(String),
    FieldRemoved(String),
    FieldAltered(String),
    /// The rows are not ordered within this field (any more).
    OrderLeft(String),
    TogetherAltered,
}

impl Dependency {
    pub(super) fn new(model: &ModelKey, event: Event) -> Self {
        Dependency {
            model: model.clone(),
            event,
        }
    }
}

/// An operation and what it must come after.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) operation: Operation,
    pub(super) dependencies: Vec<Dependency>,
}

/// The events of an operation of an app; the name of `OrderLeft` is the field that the order is within from then on.
fn events(app: &str, operation: &Operation) -> Vec<Dependency> {
    let one = |model: &str, event| vec![Dependency::new(&ModelKey::new(app, model), event)];
    match operation {
        Operation::CreateModel(create) => {
            let model = ModelKey::new(app, &create.model);
            let mut events = vec![Dependency::new(&model, Event::Created)];
            let fields = create
                .fields
                .iter()
                .map(|field| Event::FieldCreated(field.name.clone()));
            events.extend(fields.map(|event| Dependency::new(&model, event)));
            events
        }
        Operation::DeleteModel(delete) => one(&delete.model, Event::Removed),
        Operation::AddField(add) => one(&add.model, Event::FieldCreated(add.field.name.clone())),
        Operation::RemoveField(remove) => {
            one(&remove.model, Event::FieldRemoved(remove.name.clone()))
        }
        Operation::AlterField(alter) => {
            one(&alter.model, Event::FieldAltered(alter.field.name.clone()))
        }
        Operation::AlterUniqueTogether(alter) => one(&alter.model, Event::TogetherAltered),
        Operation::AlterOrderWithRespectTo(alter) => one(
            &alter.model,
            Event::OrderLeft(alter.order_with_respect_to.clone().unwrap_or_default()),
        ),
        _ => Vec::new(),
    }
}

/// The events of an operation, with those of renames, which Django does not count as such: what is called so from then
/// on is there from then on.
fn events_with_renames(app: &str, operation: &Operation) -> Vec<Dependency> {
    match operation {
        Operation::RenameModel(rename) => {
            vec![
                Dependency::new(&ModelKey::new(app, &rename.new_name), Event::Created),
                Dependency::new(&ModelKey::new(app, &rename.old_name), Event::Removed),
            ]
        }
        Operation::RenameField(rename) => {
            let event = Event::FieldCreated(rename.new_name.clone());
            vec![Dependency::new(&ModelKey::new(app, &rename.model), event)]
        }
        other => events(app, other),
    }
}

/// By which dependencies to put operations in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By Django's, which now and then forget one.
    AsDjango,
    /// By all; see [`complete`](super::sound::complete).
    Strict,
}

/// Which operations bring about what.
#[derive(Default)]
struct Providers {
    exact: HashMap<Dependency, Vec<usize>>,
    /// Of each model, the operations that change the field its rows are ordered within, with that field.
    orders: HashMap<ModelKey, Vec<(usize, String)>>,
}

impl Providers {
    fn add(&mut self, index: usize, app: &str, operation: &Operation, order: Order) {
        let events = match order {
            Order::AsDjango => events(app, operation),
            Order::Strict => events_with_renames(app, operation),
        };
        for dependency in events {
            match dependency.event {
                Event::OrderLeft(field) => self
                    .orders
                    .entry(dependency.model)
                    .or_default()
                    .push((index, field)),
                _ => self.exact.entry(dependency).or_default().push(index),
            }
        }
    }

    fn of(&self, dependency: &Dependency) -> Vec<usize> {
        match &dependency.event {
            Event::OrderLeft(field) => {
                let orders = self
                    .orders
                    .get(&dependency.model)
                    .map_or(&[][..], Vec::as_slice);
                orders
                    .iter()
                    .filter(|(_, now)| now != field)
                    .map(|(index, _)| *index)
                    .collect()
            }
            _ => self.exact.get(dependency).cloned().unwrap_or_default(),
        }
    }
}

/// Sorts the operations of an app so that each comes after what it needs: in waves, each wave in the order in which its
/// operations became free, as Python's `graphlib` does.
pub(super) fn sort(app: &str, operations: Vec<Pending>, by: Order) -> Result<Vec<Pending>> {
    let mut providers = Providers::default();
    for (index, pending) in operations.iter().enumerate() {
        providers.add(index, app, &pending.operation, by);
    }
    let count = operations.len();
    // The order in which operations are first spoken of, by themselves or as someone's need.
    let mut order = Vec::with_capacity(count);
    let mut is_known = vec![false; count];
    let mut meet = |index: usize, order: &mut Vec<usize>| {
        if !std::mem::replace(&mut is_known[index], true) {
            order.push(index);
        }
    };
    let mut waits_for = vec![0_usize; count];
    let mut frees: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, pending) in operations.iter().enumerate() {
        meet(index, &mut order);
        for dependency in pending
            .dependencies
            .iter()
            .filter(|dependency| dependency.model.app == app)
        {
            for needed in providers
                .of(dependency)
                .into_iter()
                .filter(|needed| *needed != index)
            {
                meet(needed, &mut order);
                frees[needed].push(index);
                waits_for[index] += 1;
            }
        }
    }
    let mut sorted: Vec<usize> = order
        .into_iter()
        .filter(|index| waits_for[*index] == 0)
        .collect();
    let mut at = 0;
    while let Some(&done) = sorted.get(at) {
        for &index in &frees[done] {
            waits_for[index] -= 1;
            if waits_for[index] == 0 {
                sorted.push(index);
            }
        }
        at += 1;
    }
    if sorted.len() < count {
        let stuck: Vec<String> = (0..count)
            .filter(|i| 0 < waits_for[*i])
            .map(|i| super::naming::describe(&operations[i].operation))
            .collect();
        return Err(Error::migration(format!(
            "operations of app `{app}` need each other in a circle: {}",
            stuck.join(", ")
        )));
    }
    let mut operations: Vec<Option<Pending>> = operations.into_iter().map(Some).collect();
    Ok(sorted
        .into_iter()
        .filter_map(|index| operations[index].take())
        .collect())
}

/// What a migration depends on, while the new ones have no names yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// A new migration of an app, by its place.
    New(String, usize),
    /// One that exists, or `__first__`.
    Existing(MigrationKey),
}

/// A migration without a name.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) app: String,
    /// Which of the app's new migrations it is.
    pub(super) place: usize,
    pub(super) dependencies: Vec<Link>,
    pub(super) operations: Vec<Operation>,
}

/// Cuts the apps' sorted lists into migrations, in an order in which they can be applied.
///
/// As long as whole lists can go, they go; when none can, the first list that can be begun is cut before the operation
/// that has to wait.
pub(super) fn cut(
    lists: BTreeMap<String, Vec<Pending>>,
    graph: &MigrationGraph,
    by: Order,
) -> Result<Vec<Draft>> {
    let mut cutter = Cutter::new(lists, graph, by);
    let mut may_cut = false;
    while cutter.queues.values().any(|queue| !queue.is_empty()) {
        let before = cutter.drafts.len();
        let apps: Vec<String> = cutter.queues.keys().cloned().collect();
        for app in apps {
            let (length, links) = cutter.free_prefix(&app, may_cut);
            let is_whole = length == cutter.queues[&app].len();
            if 0 < length && (is_whole || may_cut) {
                cutter.emit(&app, length, links);
                may_cut = false;
            }
        }
        if cutter.drafts.len() == before {
            if may_cut {
                return Err(cutter.stuck());
            }
            may_cut = true;
        }
    }
    Ok(cutter.drafts)
}

struct Cutter<'g> {
    graph: &'g MigrationGraph,
    operations: Vec<Option<Pending>>,
    /// Of each app, the operations that wait, in order.
    queues: BTreeMap<String, VecDeque<usize>>,
    providers: Providers,
    drafts: Vec<Draft>,
    /// How many migrations each app has so far.
    counts: HashMap<String, usize>,
}

impl<'g> Cutter<'g> {
    fn new(lists: BTreeMap<String, Vec<Pending>>, graph: &'g MigrationGraph, by: Order) -> Self {
        let mut cutter = Cutter {
            graph,
            operations: Vec::new(),
            queues: BTreeMap::new(),
            providers: Providers::default(),
            drafts: Vec::new(),
            counts: HashMap::new(),
        };
        for (app, list) in lists {
            for pending in list {
                let index = cutter.operations.len();
                cutter.providers.add(index, &app, &pending.operation, by);
                cutter
                    .queues
                    .entry(app.clone())
                    .or_default()
                    .push_back(index);
                cutter.operations.push(Some(pending));
            }
        }
        cutter
    }

    /// How many of the app's next operations wait for no other app, and what they depend on there.
    fn free_prefix(&self, app: &str, may_cut: bool) -> (usize, Vec<Link>) {
        let mut links = Vec::new();
        for (length, &index) in self.queues[app].iter().enumerate() {
            match self.links_of(app, index, may_cut) {
                Some(more) => links.extend(more),
                None => return (length, links),
            }
        }
        (self.queues[app].len(), links)
    }

    /// What an operation depends on in other apps; none if it has to wait.
    fn links_of(&self, app: &str, index: usize, may_cut: bool) -> Option<Vec<Link>> {
        let mut links = Vec::new();
        let pending = self.operations[index].as_ref()?;
        for dependency in pending
            .dependencies
            .iter()
            .filter(|dependency| dependency.model.app != app)
        {
            if self
                .providers
                .of(dependency)
                .into_iter()
                .any(|other| self.operations[other].is_some())
            {
                return None;
            }
            let other = &dependency.model.app;
            match self.counts.get(other) {
                Some(count) => links.push(Link::New(other.clone(), count - 1)),
                // Which of its migrations made what is needed is not known: the newest has it in any case.
                None if may_cut => links.push(Link::Existing(
                    match self.graph.leaves(Some(other)).first() {
                        Some(leaf) => (*leaf).clone(),
                        None => MigrationKey::new(other, FIRST),
                    },
                )),
                None => return None,
            }
        }
        Some(links)
    }

    fn emit(&mut self, app: &str, length: usize, mut dependencies: Vec<Link>) {
        let count = self.counts.entry(app.to_owned()).or_default();
        if let Some(before) = count.checked_sub(1) {
            dependencies.push(Link::New(app.to_owned(), before));
        }
        dependencies.sort();
        dependencies.dedup();
        let queue = self.queues.entry(app.to_owned()).or_default();
        let operations = queue
            .drain(..length)
            .filter_map(|index| self.operations[index].take())
            .map(|pending| pending.operation)
            .collect();
        self.drafts.push(Draft {
            app: app.to_owned(),
            place: *count,
            dependencies,
            operations,
        });
        *count += 1;
    }

    fn stuck(&self) -> Error {
        let first = |queue: &VecDeque<usize>| {
            let pending = self.operations[*queue.front()?].as_ref()?;
            Some(super::naming::describe(&pending.operation))
        };
        let waiting: Vec<String> = self
            .queues
            .iter()
            .filter_map(|(app, queue)| Some(format!("`{app}` waits with {}", first(queue)?)))
            .collect();
        Error::migration(format!(
            "apps need each other's operations in a circle that cannot be cut: {}",
            waiting.join(", ")
        ))
    }
}

//! The job that reads a query's rows and everything that is loaded beside them.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cache::Size;
use super::prefetch::{Pending, PrefetchTree, Request};
use crate::driver::{BoxFuture, Job, Outlet, RowCursor, Statement};
use crate::error::Result;
use crate::meta::ModelMeta;
use crate::model::{ModelNode, Output, RowReader};
use crate::resolve::JoinShape;
use crate::sql::Dialect;

/// Reads rows of a query as `Out`, then what is prefetched, level by level.
pub(crate) struct Fetch<Out> {
    dialect: &'static dyn Dialect,
    plan: Plan,
    main: Option<Statement>,
    node: Option<ModelNode>,
    rows: Vec<Out>,
    size: Option<Size>,
    outlet: Option<Outlet<Out>>,
    /// Of a stream: where the ends of the chunks go whose relations are loaded beside them.
    ends: Option<Ends>,
    /// So many rows were read since the last end.
    counted: usize,
    pending: Vec<Pending>,
    /// For each statement of the wave, the pending request that takes its rows.
    taker: Vec<usize>,
}

/// What stands behind the rows of a stream, in their order: how many, and their peers. A chunk has one end, or several
/// where it was held back.
pub(crate) type Ends = Arc<Mutex<VecDeque<(usize, ModelNode)>>>;

/// What is needed to read the rows of the main statement, again for each chunk of a stream.
struct Plan {
    model: &'static ModelMeta,
    joins: Arc<[JoinShape]>,
    deferred: Vec<u16>,
    prefetch: Vec<PrefetchTree>,
}

impl<Out: Output> Fetch<Out> {
    /// A job that reads a statement's rows.
    pub(crate) fn new(
        dialect: &'static dyn Dialect,
        model: &'static ModelMeta,
        prepared: super::Prepared,
        deferred: Vec<u16>,
        prefetch: Vec<PrefetchTree>,
    ) -> Self {
        let plan = Plan {
            model,
            joins: prepared.joins,
            deferred,
            prefetch,
        };
        let likely = prepared.size.likely();
        let mut node = plan.node();
        node.reserve(likely);
        Fetch {
            dialect,
            node: Some(node),
            plan,
            main: Some(prepared.statement),
            rows: Vec::with_capacity(likely),
            size: Some(prepared.size),
            outlet: None,
            ends: None,
            counted: 0,
            pending: Vec::new(),
            taker: Vec::new(),
        }
    }

    /// A job that loads what is prefetched for the rows of a chunk, which were read already.
    pub(crate) fn beside(
        dialect: &'static dyn Dialect,
        node: ModelNode,
        model: &'static ModelMeta,
        prefetch: Vec<PrefetchTree>,
    ) -> Self {
        Fetch {
            dialect,
            node: Some(node),
            plan: Plan {
                model,
                joins: Arc::default(),
                deferred: Vec::new(),
                prefetch,
            },
            main: None,
            rows: Vec::new(),
            size: None,
            outlet: None,
            ends: None,
            counted: 0,
            pending: Vec::new(),
            taker: Vec::new(),
        }
    }

    /// What it prefetches is loaded chunk by chunk, by jobs of their own: it goes out with the ends of the chunks.
    pub(crate) fn prefetching_by_chunk(&mut self) -> Option<(Vec<PrefetchTree>, Ends)> {
        if self.plan.prefetch.is_empty() {
            return None;
        }
        let ends = Ends::default();
        self.ends = Some(Arc::clone(&ends));
        Some((mem::take(&mut self.plan.prefetch), ends))
    }

    /// Hands its rows on chunk by chunk; the rows of a chunk are peers of each other.
    pub(crate) fn into_outlet(mut self, outlet: Outlet<Out>) -> Self {
        self.rows = Vec::new();
        self.outlet = Some(outlet);
        self
    }

    /// The rows that were read.
    pub(crate) fn into_rows(self) -> Vec<Out> {
        let mut rows = self.rows;
        if let Some(size) = &self.size {
            size.learn(rows.len());
        }
        if rows.len() < rows.capacity() / 4 {
            rows.shrink_to_fit();
        }
        rows
    }

    /// Ends what has been read so far: its peers learn of all keys.
    fn finish_node(&mut self) -> Option<ModelNode> {
        let mut node = self.node.take()?;
        node.finish();
        Some(node)
    }
}

impl Plan {
    fn node(&self) -> ModelNode {
        ModelNode::new(self.model, Arc::clone(&self.joins), self.deferred.clone())
    }
}

impl<Out: Output> Job for Fetch<Out> {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        if let Some(main) = self.main.take() {
            return Ok(vec![main]);
        }
        let mut requests: Vec<Request> = Vec::new();
        if let Some(ends) = &self.ends {
            // What is behind the last chunk, which is handed on after this.
            let counted = mem::take(&mut self.counted);
            lock(ends).extend(self.node.take().map(|node| (counted, node)));
        }
        if let Some(mut node) = self.finish_node() {
            PrefetchTree::requests(&self.plan.prefetch, &mut node, &mut requests)?;
        }
        for pending in mem::take(&mut self.pending) {
            let mut node = pending.rows.finish();
            PrefetchTree::requests(&pending.children, &mut node, &mut requests)?;
        }
        let mut statements = Vec::new();
        self.taker.clear();
        for request in requests {
            let (pending, of_request) = request.statements(self.dialect)?;
            self.taker
                .extend(std::iter::repeat_n(self.pending.len(), of_request.len()));
            self.pending.push(pending);
            statements.extend(of_request);
        }
        if statements.is_empty() && !self.pending.is_empty() {
            // Nothing to ask for (no keys), but what was loaded of nothing must be handed over.
            return self.wave();
        }
        Ok(statements)
    }

    fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        if let Some(node) = &mut self.node {
            let out = Out::read_from(&mut RowReader::new(row, 0, node))?;
            match &mut self.outlet {
                Some(outlet) => outlet.push(out),
                None => self.rows.push(out),
            }
            self.counted += 1;
            return Ok(());
        }
        self.pending[self.taker[statement]].rows.row(row)
    }

    fn chunk(&self) -> Option<usize> {
        self.outlet.as_ref().and_then(Outlet::chunk)
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        if let Some(mut node) = self.node.replace(self.plan.node()) {
            match &self.ends {
                Some(ends) => {
                    let counted = mem::take(&mut self.counted);
                    lock(ends).push_back((counted, node));
                }
                None => node.finish(),
            }
        }
        match &mut self.outlet {
            Some(outlet) => outlet.flush(),
            None => Box::pin(std::future::ready(Ok(()))),
        }
    }
}

/// The ends, whatever became of a thread that held them.
pub(crate) fn lock(ends: &Ends) -> MutexGuard<'_, VecDeque<(usize, ModelNode)>> {
    ends.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Out> std::fmt::Debug for Fetch<Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Fetch({}, {} rows)",
            self.plan.model.label(),
            self.rows.len()
        )
    }
}

//! A job on its way through a connection, flushed as often as it wants to be.

use super::{Job, Outcome, Statement};
use crate::error::Result;
use crate::value::RowCursor;

/// What a backend hands rows to: the job, with a count of its rows since the last flush.
pub(crate) struct Sink<'j> {
    job: &'j mut dyn Job,
    chunk: Option<usize>,
    rows: usize,
}

impl<'j> Sink<'j> {
    pub(crate) fn new(job: &'j mut dyn Job) -> Self {
        let chunk = job.chunk();
        Sink {
            job,
            chunk,
            rows: 0,
        }
    }

    /// The statements of the next wave; none at the end.
    pub(crate) fn wave(&mut self) -> Result<Vec<Statement>> {
        self.job.wave()
    }

    /// Hands over a row. [`pause`](Sink::pause) must be awaited before the next one.
    pub(crate) fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        self.rows += 1;
        self.job.row(statement, row)
    }

    /// Flushes the job where it has a chunk full.
    pub(crate) async fn pause(&mut self) -> Result<()> {
        match self.chunk {
            Some(size) if size <= self.rows => {
                self.rows = 0;
                self.job.flush().await
            }
            _ => Ok(()),
        }
    }

    /// Tells that a statement has ended.
    pub(crate) fn done(&mut self, statement: usize, outcome: Outcome) -> Result<()> {
        self.job.done(statement, outcome)
    }

    /// Flushes what is left when the job has ended.
    pub(crate) async fn end(&mut self) -> Result<()> {
        match self.chunk {
            Some(_) => self.job.flush().await,
            None => Ok(()),
        }
    }
}

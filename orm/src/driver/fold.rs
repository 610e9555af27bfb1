//! The job of one statement, whose rows are folded into a state by a function.

use super::{Executor, Job, Outcome, RowCursor, Statement, downcast};
use crate::error::Result;

struct Fold<S, F> {
    statement: Option<Statement>,
    state: S,
    row: F,
    outcome: Outcome,
}

impl<S, F> Job for Fold<S, F>
where
    S: Send + 'static,
    F: FnMut(&mut S, &mut dyn RowCursor) -> Result<()> + Send + 'static,
{
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.statement.take().into_iter().collect())
    }

    fn row(&mut self, _statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        (self.row)(&mut self.state, row)
    }

    fn done(&mut self, _statement: usize, outcome: Outcome) -> Result<()> {
        self.outcome = outcome;
        Ok(())
    }
}

/// Runs a statement, hands each of its rows to the function, and gives the state and what the statement did.
pub(crate) async fn fold<S, F>(
    executor: &dyn Executor,
    statement: Statement,
    state: S,
    row: F,
) -> Result<(S, Outcome)>
where
    S: Send + 'static,
    F: FnMut(&mut S, &mut dyn RowCursor) -> Result<()> + Send + 'static,
{
    let job = Fold {
        statement: Some(statement),
        state,
        row,
        outcome: Outcome::default(),
    };
    let job = downcast::<Fold<S, F>>(executor.run(Box::new(job)).await?);
    Ok((job.state, job.outcome))
}

/// Runs a statement and reads each of its rows by a function.
pub(crate) async fn read_rows<T, F>(
    executor: &dyn Executor,
    statement: Statement,
    mut read: F,
) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: FnMut(&mut dyn RowCursor) -> Result<T> + Send + 'static,
{
    let push = move |rows: &mut Vec<T>, row: &mut dyn RowCursor| {
        rows.push(read(row)?);
        Ok(())
    };
    Ok(fold(executor, statement, Vec::new(), push).await?.0)
}

/// Runs a statement whose rows nobody needs, and gives what it did.
pub(crate) async fn execute(executor: &dyn Executor, statement: Statement) -> Result<Outcome> {
    Ok(fold(executor, statement, (), |(), _| Ok(())).await?.1)
}

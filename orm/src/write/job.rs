//! The job of every write: statements, and what they answered as neutral values.

use crate::driver::{Executor, Job, Outcome, RowCursor, Statement, downcast};
use crate::error::Result;
use crate::value::{Value, ValueType};

/// A statement, and the types of the columns that it answers with.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) statement: Statement,
    pub(crate) reads: Vec<ValueType>,
}

/// What a statement did, and the columns of its rows one after another.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) values: Vec<Value>,
}

impl Request {
    /// A statement that answers with a count only.
    pub(crate) fn silent(statement: Statement) -> Self {
        Request {
            statement,
            reads: Vec::new(),
        }
    }
}

/// Runs statements as one wave; several of them as one transaction, a savepoint within one.
///
/// # Errors
/// What the database said.
pub(crate) async fn run(executor: &dyn Executor, requests: Vec<Request>) -> Result<Vec<Answer>> {
    let several = 1 < requests.len();
    let wave = Wave::of(requests);
    let wave = if several {
        run_whole(executor, wave).await?
    } else {
        downcast::<Wave>(executor.run(Box::new(wave)).await?)
    };
    Ok(wave.answers)
}

/// Runs one statement.
///
/// # Errors
/// What the database said.
pub(crate) async fn run_one(executor: &dyn Executor, request: Request) -> Result<Answer> {
    let wave = Wave::of(vec![request]);
    let mut wave = downcast::<Wave>(executor.run(Box::new(wave)).await?);
    Ok(wave.answers.pop().unwrap_or_default())
}

/// Runs a job in a transaction of its own, a savepoint within one: all of it happens, or nothing.
///
/// # Errors
/// What the job or the database said.
pub(crate) async fn run_whole<J: Job>(executor: &dyn Executor, job: J) -> Result<Box<J>> {
    let transaction = executor.begin().await?;
    match transaction.run(Box::new(job)).await {
        Ok(job) => {
            transaction.commit().await?;
            Ok(downcast::<J>(job))
        }
        Err(error) => {
            // The error says more than that of a rollback, which a broken connection alone can fail.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

struct Wave {
    statements: Vec<Statement>,
    reads: Vec<Vec<ValueType>>,
    answers: Vec<Answer>,
}

impl Wave {
    fn of(requests: Vec<Request>) -> Self {
        let mut wave = Wave {
            statements: Vec::with_capacity(requests.len()),
            reads: Vec::with_capacity(requests.len()),
            answers: Vec::with_capacity(requests.len()),
        };
        for Request { statement, reads } in requests {
            wave.statements.push(statement);
            wave.reads.push(reads);
            wave.answers.push(Answer::default());
        }
        wave
    }
}

impl Job for Wave {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(std::mem::take(&mut self.statements))
    }

    fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        read_row(
            row,
            &self.reads[statement],
            &mut self.answers[statement].values,
        )
    }

    fn done(&mut self, statement: usize, outcome: Outcome) -> Result<()> {
        self.answers[statement].outcome = outcome;
        Ok(())
    }
}

/// Reads the columns of a row behind the values read before.
pub(super) fn read_row(
    row: &mut dyn RowCursor,
    reads: &[ValueType],
    values: &mut Vec<Value>,
) -> Result<()> {
    for (column, value_type) in reads.iter().enumerate() {
        values.push(value_type.read(row, column)?);
    }
    Ok(())
}

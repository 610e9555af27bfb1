//! A job on a PostgreSQL connection: its waves pipelined, its rows handed over as they arrive.
//!
//! PostgreSQL answers in the order in which it was asked. So the statements of a wave are sent at once and their answers
//! read in turn; and nothing may be asked, and its answer waited for, while an answer before it has not been read.

use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesOrdered;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error as DriverError, Row, RowStream};

use super::cursor::Cursor;
use super::error::{Origin, is_in_failed_transaction, is_stale};
use super::value::{Param, type_of};
use crate::driver::{Job, Outcome, PreparedStatements, Rows, Sink, Statement};
use crate::error::{Error, Result};

/// What runs jobs on a connection, for as long as it is borrowed.
pub(super) struct Runner<'c> {
    pub(super) client: &'c Client,
    pub(super) prepared: &'c mut PreparedStatements<Prepared>,
    pub(super) origin: &'c Origin,
    /// Whether statements may be prepared under a name.
    pub(super) named: bool,
}

/// A statement that the server has parsed.
#[derive(Clone)]
pub(super) struct Prepared {
    handle: tokio_postgres::Statement,
    inferred: bool,
}

impl Prepared {
    /// Whether it was prepared for parameters of these types.
    fn fits(&self, statement: &Statement) -> bool {
        if self.inferred || statement.inferred {
            return self.inferred == statement.inferred;
        }
        let types = statement.params.iter().map(type_of);
        self.handle.params().iter().cloned().eq(types)
    }
}

/// The type to declare for each parameter.
fn declared(statement: &Statement) -> impl Iterator<Item = Type> {
    statement
        .params
        .iter()
        .map(|value| match statement.inferred {
            true => Type::UNKNOWN,
            false => type_of(value),
        })
}

/// Sends a statement; the answer's rows come by the stream.
async fn send(
    client: &Client,
    prepared: Option<Prepared>,
    statement: &Statement,
) -> Result<RowStream, DriverError> {
    match prepared {
        Some(prepared) => {
            let params = statement.params.iter().map(Param);
            client.query_raw(&prepared.handle, params).await
        }
        None => {
            let params = statement.params.iter().map(Param).zip(declared(statement));
            client.query_typed_raw(&statement.sql, params).await
        }
    }
}

async fn prepare(client: &Client, statement: &Statement) -> Result<Prepared, DriverError> {
    let types: Vec<Type> = declared(statement).collect();
    Ok(Prepared {
        handle: client.prepare_typed(&statement.sql, &types).await?,
        inferred: statement.inferred,
    })
}

/// An answer taken off the wire.
struct Answer {
    rows: Vec<Row>,
    count: u64,
}

impl Runner<'_> {
    /// Runs a job to its end.
    pub(super) async fn job(&mut self, job: &mut dyn Job) -> Result<()> {
        let mut sink = Sink::new(job);
        loop {
            let wave = sink.wave()?;
            match wave.as_slice() {
                [] => break,
                [_, _, ..] if self.named => self.pipeline(&wave, &mut sink).await?,
                wave => {
                    for (index, statement) in wave.iter().enumerate() {
                        self.one(index, statement, &mut sink).await?;
                    }
                }
            }
        }
        sink.end().await
    }

    /// Runs text without parameters.
    pub(super) async fn batch(&self, sql: &str) -> Result<()> {
        let ran = self.client.batch_execute(sql).await;
        ran.map_err(|error| self.origin.statement(error, sql))
    }

    async fn one(
        &mut self,
        index: usize,
        statement: &Statement,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let prepared = self.prepared(statement).await?;
        match send(self.client, prepared, statement).await {
            Ok(stream) => self.hand_over(index, statement, stream, sink).await,
            Err(error) if is_stale(&error) => self.again(index, statement, error, sink).await,
            Err(error) => Err(self.origin.statement(error, &statement.sql)),
        }
    }

    /// Prepares a stale statement anew and runs it. In a transaction this cannot help, as the error has ended that;
    /// the first error then stands.
    async fn again(
        &mut self,
        index: usize,
        statement: &Statement,
        stale: DriverError,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        self.prepared.remove(&statement.sql);
        let sent = match prepare(self.client, statement).await {
            Ok(prepared) => {
                self.keep(statement, prepared.clone());
                send(self.client, Some(prepared), statement).await
            }
            Err(error) => Err(error),
        };
        match sent {
            Ok(stream) => self.hand_over(index, statement, stream, sink).await,
            Err(error) if is_in_failed_transaction(&error) => {
                Err(self.origin.statement(stale, &statement.sql))
            }
            Err(error) => Err(self.origin.statement(error, &statement.sql)),
        }
    }

    /// Runs the statements of a wave in one round trip, not counting those that must be prepared first.
    async fn pipeline(&mut self, wave: &[Statement], sink: &mut Sink<'_>) -> Result<()> {
        let prepared = self.prepared_all(wave).await?;
        let client = self.client;
        let mut sent: FuturesOrdered<_> = wave
            .iter()
            .zip(prepared)
            .map(|(statement, prepared)| send(client, prepared, statement))
            .collect();
        for (index, statement) in wave.iter().enumerate() {
            match sent.next().await {
                Some(Ok(stream)) => self.hand_over(index, statement, stream, sink).await?,
                Some(Err(error)) if is_stale(&error) => {
                    let mut behind = Vec::new();
                    while let Some(sent) = sent.next().await {
                        behind.push(take_off(sent).await);
                    }
                    self.again(index, statement, error, sink).await?;
                    return self.rest(index + 1, wave, behind, sink).await;
                }
                Some(Err(error)) => return Err(self.origin.statement(error, &statement.sql)),
                None => break,
            }
        }
        Ok(())
    }

    /// Hands over the answers behind a statement that had to be run again.
    async fn rest(
        &mut self,
        first: usize,
        wave: &[Statement],
        answers: Vec<Result<Answer, DriverError>>,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        for (index, answer) in (first..).zip(answers) {
            let statement = &wave[index];
            match answer {
                Ok(answer) => {
                    for row in &answer.rows {
                        sink.row(index, &mut Cursor(row))
                            .map_err(|e| e.with_sql(&statement.sql))?;
                        sink.pause().await?;
                    }
                    sink.done(index, counted(answer.count))?;
                }
                Err(error) if is_stale(&error) => {
                    self.again(index, statement, error, sink).await?;
                }
                Err(error) => return Err(self.origin.statement(error, &statement.sql)),
            }
        }
        Ok(())
    }

    async fn hand_over(
        &self,
        index: usize,
        statement: &Statement,
        stream: RowStream,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let in_sql = |error: Error| error.with_sql(&statement.sql);
        let mut stream = pin!(stream);
        while let Some(row) = stream.next().await {
            let row = row.map_err(|error| self.origin.statement(error, &statement.sql))?;
            sink.row(index, &mut Cursor(&row)).map_err(in_sql)?;
            sink.pause().await?;
        }
        let count = stream.rows_affected().unwrap_or_default();
        sink.done(index, counted(count)).map_err(in_sql)
    }

    /// The prepared form of a statement; none for those that are sent with their text: everything where no names may be
    /// used, and what has neither rows nor parameters, since that is seldom run twice.
    async fn prepared(&mut self, statement: &Statement) -> Result<Option<Prepared>> {
        if let Some(known) = self.known(statement) {
            return Ok(known);
        }
        let prepared = prepare(self.client, statement).await;
        let prepared = prepared.map_err(|error| self.origin.statement(error, &statement.sql))?;
        self.keep(statement, prepared.clone());
        Ok(Some(prepared))
    }

    /// The prepared forms of a wave; those that the server does not know yet are prepared in one round trip.
    async fn prepared_all(&mut self, wave: &[Statement]) -> Result<Vec<Option<Prepared>>> {
        let known: Vec<Option<Option<Prepared>>> =
            wave.iter().map(|statement| self.known(statement)).collect();
        let (client, origin) = (self.client, self.origin);
        let prepared = try_join_all(wave.iter().zip(known).map(|(statement, known)| async move {
            match known {
                Some(known) => Ok((known, false)),
                None => match prepare(client, statement).await {
                    Ok(prepared) => Ok((Some(prepared), true)),
                    Err(error) => Err(origin.statement(error, &statement.sql)),
                },
            }
        }))
        .await?;
        let mut all = Vec::with_capacity(wave.len());
        for (statement, (prepared, fresh)) in wave.iter().zip(prepared) {
            if let Some(prepared) = prepared.clone().filter(|_| fresh) {
                self.keep(statement, prepared);
            }
            all.push(prepared);
        }
        Ok(all)
    }

    /// What need not be prepared: the inner `None` is a statement that is sent with its text.
    fn known(&mut self, statement: &Statement) -> Option<Option<Prepared>> {
        if !self.named || (statement.rows == Rows::None && statement.params.is_empty()) {
            return Some(None);
        }
        let kept = self.prepared.get(&statement.sql);
        kept.filter(|kept| kept.fits(statement)).cloned().map(Some)
    }

    fn keep(&mut self, statement: &Statement, prepared: Prepared) {
        // What is displaced closes itself on the server when it is dropped.
        drop(self.prepared.insert(Arc::clone(&statement.sql), prepared));
    }
}

fn counted(rows: u64) -> Outcome {
    let last_insert_id = None;
    Outcome {
        rows,
        last_insert_id,
    }
}

/// Reads an answer into memory.
async fn take_off(sent: Result<RowStream, DriverError>) -> Result<Answer, DriverError> {
    let mut stream = pin!(sent?);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
    }
    let count = stream.rows_affected().unwrap_or_default();
    Ok(Answer { rows, count })
}

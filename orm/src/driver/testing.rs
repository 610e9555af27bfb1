//! For the tests of backends: jobs that gather what they get, and the addresses of servers.

use super::{Address, Connection, Job, Outcome, RowCursor, Statement, downcast};
use crate::error::Result;
use crate::value::Value;

/// Runs one wave and keeps every row as values.
pub(crate) struct Gather {
    wave: Vec<Statement>,
    /// The rows by statement, in the order in which they came.
    pub(crate) rows: Vec<(usize, Vec<Value>)>,
    /// The outcomes by statement.
    pub(crate) outcomes: Vec<(usize, Outcome)>,
}

impl Job for Gather {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(std::mem::take(&mut self.wave))
    }

    fn row(&mut self, statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        let values: Result<Vec<Value>> = (0..row.width()).map(|at| row.value(at)).collect();
        self.rows.push((statement, values?));
        Ok(())
    }

    fn done(&mut self, statement: usize, outcome: Outcome) -> Result<()> {
        self.outcomes.push((statement, outcome));
        Ok(())
    }
}

/// Runs statements as one wave.
pub(crate) async fn gather(
    connection: &mut dyn Connection,
    wave: Vec<Statement>,
) -> Result<Box<Gather>> {
    let job = Gather {
        wave,
        rows: Vec::new(),
        outcomes: Vec::new(),
    };
    run(connection, job).await
}

/// The first row of a query.
pub(crate) async fn first(
    connection: &mut dyn Connection,
    sql: &str,
    params: Vec<Value>,
) -> Result<Vec<Value>> {
    let gathered = gather(connection, vec![Statement::query(sql, params)]).await?;
    Ok(gathered
        .rows
        .into_iter()
        .next()
        .map(|(_, row)| row)
        .unwrap_or_default())
}

/// Reads the first row of a query with a cursor.
pub(crate) struct Read<F, T> {
    statement: Option<Statement>,
    reader: F,
    result: Option<T>,
}

impl<F, T> Job for Read<F, T>
where
    F: FnMut(&mut dyn RowCursor) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.statement.take().into_iter().collect())
    }

    fn row(&mut self, _: usize, row: &mut dyn RowCursor) -> Result<()> {
        self.result = Some((self.reader)(row)?);
        Ok(())
    }
}

/// Runs a query and reads its row with a cursor.
pub(crate) async fn read<T: Send + 'static>(
    connection: &mut dyn Connection,
    statement: Statement,
    reader: impl FnMut(&mut dyn RowCursor) -> Result<T> + Send + 'static,
) -> Result<T> {
    let job = Read {
        statement: Some(statement),
        reader,
        result: None,
    };
    let job = run(connection, job).await?;
    Ok(job.result.expect("the query has a row"))
}

async fn run<J: Job>(connection: &mut dyn Connection, job: J) -> Result<Box<J>> {
    Ok(downcast(connection.run(Box::new(job)).await?))
}

/// The address of a test server: of a variable, else the first of the usual places where one listens; `None`, with a note,
/// where none does.
pub(crate) fn server(variable: &str, usual: &[&str]) -> Option<Address> {
    if let Ok(named) = std::env::var(variable) {
        return Some(address(&named));
    }
    let mut places = usual.iter().map(|url| address(url));
    let found = places.find(|place| {
        let port = place.port.expect("usual places have a port");
        std::net::TcpStream::connect((place.host.as_str(), port)).is_ok()
    });
    if found.is_none() {
        println!(
            "skipped: no server at {}; set {variable}",
            usual.join(" or ")
        );
    }
    found
}

fn address(url: &str) -> Address {
    let url = url::Url::parse(url).expect("the URL of a test server");
    Address {
        scheme: url.scheme().to_owned(),
        host: url.host_str().unwrap_or("localhost").to_owned(),
        port: url.port(),
        user: Some(url.username().to_owned()).filter(|user| !user.is_empty()),
        password: url.password().map(str::to_owned),
        database: url.path().trim_start_matches('/').to_owned(),
        options: Vec::new(),
    }
}

//! Connections to MySQL and MariaDB, by mysql_async.
//!
//! A session counts the rows that a write matched, not those that it changed; is in UTC; reads what others have committed,
//! as Django does; and refuses values that do not fit, which the servers would otherwise cut.

mod cursor;
mod error;
mod value;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mysql_async::consts::StatusFlags;
use mysql_async::prelude::{Protocol, Queryable};
use mysql_async::{Conn, DriverError, Error as WireError, IoError, Opts, OptsBuilder, Params};
use mysql_async::{QueryResult, SslOpts};
use rustls::crypto::CryptoProvider;

use self::cursor::Cursor;
use self::error::{Origin, ends_transaction, is_stale, is_unpreparable};
use self::value::to_wire;
use crate::driver::{
    Address, Backend, BoxFuture, Connection, Isolation, Job, Outcome, PreparedStatements, Rows,
    Server, Settings, Sink, Statement, Tls, TransactionOptions,
};
use crate::error::{Error, ErrorKind, Result, suggestion};
use crate::value::Value;

/// The way to one database of MySQL or MariaDB.
///
/// `isolation` among the options of the URL names the level of its transactions (`read-committed` if nothing is said,
/// `repeatable-read`, `serializable`, …), `socket` the path of a Unix socket. MySQL stops only SELECTs that take longer
/// than the statement time-out, MariaDB every statement.
pub struct Mysql {
    opts: OptsBuilder,
    tls: Tls,
    ssl: SslOpts,
    /// Whether the server was found to offer no encryption, where it is only preferred.
    plain: AtomicBool,
    isolation: Isolation,
    settings: Settings,
    origin: Origin,
}

impl fmt::Debug for Mysql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mysql({})", self.origin.address)
    }
}

/// The options of a URL that only these databases know.
const OPTIONS: [&str; 2] = ["isolation", "socket"];

impl Mysql {
    /// Takes the address and settings; nothing is opened yet.
    ///
    /// # Errors
    /// `Configuration`, for an option that is unknown or has a value that it cannot have.
    pub fn new(address: &Address, settings: &Settings) -> Result<Self> {
        let mut opts = OptsBuilder::default()
            .tcp_port(address.port.unwrap_or(3306))
            .user(address.user.as_deref())
            .pass(address.password.as_deref())
            .db_name(Some(&address.database).filter(|name| !name.is_empty()))
            .client_found_rows(true)
            .prefer_socket(false)
            .tcp_keepalive(Some(Duration::from_secs(60)))
            .stmt_cache_size(0);
        opts = match address.host.starts_with('/') {
            true => opts.socket(Some(&address.host)),
            false => opts.ip_or_hostname(&address.host),
        };
        let mut isolation = Isolation::ReadCommitted;
        for (name, value) in &address.options {
            match name.as_str() {
                "socket" => opts = opts.socket(Some(value)),
                "isolation" => isolation = parse_isolation(value)?,
                _ => {
                    let suggestion = suggestion(name, OPTIONS);
                    let message = format!("MySQL and MariaDB know no option `{name}`{suggestion}");
                    return Err(ErrorKind::Configuration { message }.into());
                }
            }
        }
        Ok(Mysql {
            opts,
            tls: settings.tls,
            ssl: encryption(settings),
            plain: AtomicBool::new(settings.tls == Tls::Disable),
            isolation,
            settings: settings.clone(),
            origin: Origin {
                address: address.to_string(),
                database: address.database.clone(),
                statement_timeout: settings.statement_timeout,
            },
        })
    }

    /// The driver's options, with encryption unless the server has none.
    fn opts(&self) -> Opts {
        let ssl = Some(self.ssl.clone()).filter(|_| !self.plain.load(Ordering::Relaxed));
        self.opts.clone().ssl_opts(ssl).into()
    }

    async fn open(&self) -> Result<Box<dyn Connection>> {
        let opened = match Conn::new(self.opts()).await {
            Err(error) if self.tls == Tls::Prefer && is_of_tls(&error) => {
                self.plain.store(true, Ordering::Relaxed);
                Conn::new(self.opts()).await
            }
            opened => opened,
        };
        let mut conn = opened.map_err(|error| self.origin.connecting(&error))?;
        let version = conn.query_first::<String, _>("SELECT VERSION()").await;
        let version = version.map_err(|error| self.origin.connecting(&error))?;
        let server = parse_server(&version.unwrap_or_default());
        let set_up = self.set_up(&server);
        let ready = conn.query_drop(set_up).await;
        ready.map_err(|error| self.origin.connecting(&error))?;
        Ok(Box::new(Session {
            prepared: PreparedStatements::new(self.settings.prepared_statements),
            server,
            origin: self.origin.clone(),
            opts: self.opts(),
            under_way: false,
            lost: false,
            in_transaction: false,
            conn,
        }))
    }

    /// The statement that sets the session up.
    fn set_up(&self, server: &Server) -> String {
        let is_mariadb = server.product == MARIADB;
        // MariaDB does not see what depends on a grouped key, so there the mode refuses right queries.
        let full_group_by = if is_mariadb {
            ""
        } else {
            "ONLY_FULL_GROUP_BY,"
        };
        let mut sql = format!(
            "SET NAMES utf8mb4, SESSION time_zone = '+00:00', SESSION group_concat_max_len = 4294967295, \
             SESSION div_precision_increment = {QUOTIENT_PLACES}, SESSION sql_mode = \
             '{full_group_by}STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
             NO_ENGINE_SUBSTITUTION,NO_UNSIGNED_SUBTRACTION'"
        );
        if let Some(limit) = self.settings.statement_timeout {
            let (name, limit) = match is_mariadb {
                true => ("max_statement_time", limit.as_secs_f64().to_string()),
                false => ("max_execution_time", limit.as_millis().max(1).to_string()),
            };
            sql.push_str(&format!(", SESSION {name} = {limit}"));
        }
        if let Some(limit) = self.settings.lock_timeout {
            let seconds = limit.as_secs_f64().ceil().max(1.0);
            sql.push_str(&format!(", SESSION innodb_lock_wait_timeout = {seconds}"));
            sql.push_str(&format!(", SESSION lock_wait_timeout = {seconds}"));
        }
        let isolation = self.isolation.as_sql();
        sql.push_str(&format!(
            "; SET SESSION TRANSACTION ISOLATION LEVEL {isolation}"
        ));
        sql
    }
}

impl Backend for Mysql {
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        Box::pin(async {
            let limit = self.settings.connect_timeout;
            match tokio::time::timeout(limit, self.open()).await {
                Ok(opened) => opened,
                Err(_) => {
                    let seconds = limit.as_secs_f64();
                    Err(self
                        .origin
                        .unreachable(format!("no answer within {seconds} s")))
                }
            }
        })
    }

    fn address(&self) -> &str {
        &self.origin.address
    }
}

const MYSQL: &str = "MySQL";
const MARIADB: &str = "MariaDB";

/// How many places a quotient of exact numbers has beyond those of its left side; a mean too. The default of 4 would be
/// fewer than other databases give.
const QUOTIENT_PLACES: u8 = 20;

/// The driver takes the process's provider of cryptography, and would panic without one; so one is installed where
/// there is none.
fn encryption(settings: &Settings) -> SslOpts {
    let ssl = SslOpts::default();
    if settings.tls == Tls::Disable {
        return ssl;
    }
    if CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let trusted = match (settings.tls, &settings.tls_ca) {
        (Tls::Verify, Some(file)) => vec![file.clone().into()],
        (Tls::Verify, None) => {
            let found = rustls_native_certs::load_native_certs().certs;
            found
                .iter()
                .map(|authority| authority.to_vec().into())
                .collect()
        }
        _ => {
            return ssl
                .with_danger_accept_invalid_certs(true)
                .with_danger_skip_domain_validation(true);
        }
    };
    ssl.with_root_certs(trusted)
        .with_disable_built_in_roots(true)
}

fn is_of_tls(error: &WireError) -> bool {
    matches!(
        error,
        WireError::Driver(DriverError::NoClientSslFlagFromServer) | WireError::Io(IoError::Tls(_))
    )
}

fn parse_isolation(value: &str) -> Result<Isolation> {
    let levels = [
        Isolation::ReadUncommitted,
        Isolation::ReadCommitted,
        Isolation::RepeatableRead,
        Isolation::Serializable,
    ];
    let word = |level: &Isolation| level.as_sql().to_lowercase().replace(' ', "-");
    let found = levels.iter().find(|level| word(level) == value);
    found.copied().ok_or_else(|| {
        let words: Vec<String> = levels.iter().map(word).collect();
        let message = format!("`isolation={value}`: it is one of {}", words.join(", "));
        ErrorKind::Configuration { message }.into()
    })
}

/// Product and numbers of `8.4.0-log` or `10.11.6-MariaDB-0+deb12u1`.
fn parse_server(version: &str) -> Server {
    let is_mariadb = version.to_ascii_lowercase().contains("mariadb");
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    Server {
        product: if is_mariadb { MARIADB } else { MYSQL },
        version: (next(), next(), next()),
    }
}

/// One connection.
struct Session {
    conn: Conn,
    prepared: PreparedStatements<mysql_async::Statement>,
    server: Server,
    origin: Origin,
    opts: Opts,
    /// Set while a future of this connection lives; it stays set where one was dropped half-way.
    under_way: bool,
    lost: bool,
    in_transaction: bool,
}

impl Session {
    async fn job(&mut self, job: &mut dyn Job) -> Result<()> {
        let mut sink = Sink::new(job);
        loop {
            let wave = sink.wave()?;
            if wave.is_empty() {
                return sink.end().await;
            }
            for (index, statement) in wave.into_iter().enumerate() {
                let sql = statement.sql.clone();
                let ran = self.statement(index, statement, &mut sink).await;
                ran.map_err(|error| error.with_sql(&sql))?;
            }
        }
    }

    /// Runs a statement: what has neither rows nor parameters as text, since it is seldom run twice and may be one that
    /// cannot be prepared; all others prepared, so that values come typed.
    async fn statement(
        &mut self,
        index: usize,
        statement: Statement,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let Statement {
            sql, params, rows, ..
        } = statement;
        let is_plain = params.is_empty();
        if rows == Rows::None && is_plain {
            return self.text(index, &sql, sink).await;
        }
        let (handle, displaced) = match self.prepared.get(&sql).cloned() {
            Some(handle) => (handle, Vec::new()),
            None => match self.conn.prep(&*sql).await {
                Ok(handle) => {
                    let displaced = self.prepared.insert(sql.clone(), handle.clone());
                    (handle, displaced)
                }
                Err(error) if is_plain && is_unpreparable(&error) => {
                    return self.text(index, &sql, sink).await;
                }
                Err(error) => return Err(self.failed(error)),
            },
        };
        let ran = self.prepared(index, &handle, params, sink).await;
        if let Err(Failure::Wire(error)) = &ran
            && is_stale(error)
        {
            self.prepared.remove(&sql);
        }
        // Closed now, as one that is displaced at once (where none are to be kept) was still to be run.
        for handle in displaced {
            let closed = self.conn.close(handle).await;
            closed.map_err(|error| self.failed(error))?;
        }
        ran.map_err(|failure| self.because(failure))
    }

    async fn prepared(
        &mut self,
        index: usize,
        handle: &mysql_async::Statement,
        params: Vec<Value>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Failure> {
        let params: Result<Vec<_>> = params.into_iter().map(to_wire).collect();
        let params = match params? {
            params if params.is_empty() => Params::Empty,
            params => Params::Positional(params),
        };
        let result = self.conn.exec_iter(handle, params).await?;
        hand_over(index, result, sink).await?;
        self.note_transaction();
        Ok(())
    }

    async fn text(&mut self, index: usize, sql: &str, sink: &mut Sink<'_>) -> Result<()> {
        let ran = async {
            let result = self.conn.query_iter(sql).await?;
            hand_over(index, result, sink).await
        };
        let ran = ran.await;
        self.note_transaction();
        ran.map_err(|failure| self.because(failure))
    }

    /// Takes over what the server said of the transaction, if it ended its answer well.
    fn note_transaction(&mut self) {
        if let Some(ok) = self.conn.last_ok_packet() {
            let flags = ok.status_flags();
            self.in_transaction = flags.contains(StatusFlags::SERVER_STATUS_IN_TRANS);
        }
    }

    fn failed(&mut self, error: WireError) -> Error {
        if ends_transaction(&error) {
            self.in_transaction = false;
        }
        let error = self.origin.classify(error);
        self.lost |= error.is_connection_lost();
        error
    }

    fn because(&mut self, failure: Failure) -> Error {
        match failure {
            Failure::Wire(error) => self.failed(error),
            Failure::Job(error) => error,
        }
    }
}

/// Why a statement did not end well.
enum Failure {
    /// The server or the connection.
    Wire(WireError),
    /// The job, or a value that cannot be sent.
    Job(Error),
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Failure::Wire(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Job(error)
    }
}

/// Hands the rows of an answer over. What a job leaves unread the driver reads away before the next statement.
async fn hand_over<P: Protocol>(
    index: usize,
    mut result: QueryResult<'_, '_, P>,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let has_rows = !result.columns_ref().is_empty();
    let mut read = 0;
    while let Some(row) = result.next().await? {
        read += 1;
        sink.row(index, &mut Cursor(row))?;
        sink.pause().await?;
    }
    let outcome = Outcome {
        rows: if has_rows {
            read
        } else {
            result.affected_rows()
        },
        last_insert_id: result
            .last_insert_id()
            .and_then(|id| i64::try_from(id).ok()),
    };
    result.drop_result().await?;
    sink.done(index, outcome)?;
    Ok(())
}

impl Connection for Session {
    fn run<'a>(&'a mut self, mut job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(async move {
            self.under_way = true;
            let outcome = self.job(&mut *job).await;
            self.under_way = false;
            outcome.map(|()| job)
        })
    }

    fn batch<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.under_way = true;
            let ran = self.conn.query_drop(sql).await;
            self.note_transaction();
            let outcome = ran.map_err(|error| self.failed(error).with_sql(sql));
            self.under_way = false;
            outcome
        })
    }

    fn begin<'a>(&'a mut self, options: &'a TransactionOptions) -> BoxFuture<'a, Result<()>> {
        let mut sql = String::new();
        if let Some(isolation) = options.isolation {
            sql = format!("SET TRANSACTION ISOLATION LEVEL {}; ", isolation.as_sql());
        }
        sql.push_str(match options.read_only {
            true => "START TRANSACTION READ ONLY",
            false => "START TRANSACTION",
        });
        Box::pin(async move { self.batch(&sql).await })
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let answered = Queryable::ping(&mut self.conn).await;
            answered.map_err(|error| self.failed(error))
        })
    }

    fn is_broken(&self) -> bool {
        self.under_way || self.lost || self.conn.is_disconnected()
    }

    fn in_transaction(&self) -> Option<bool> {
        Some(self.in_transaction)
    }

    fn discard(self: Box<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if !self.under_way {
            return;
        }
        let (id, opts) = (self.conn.id(), self.opts);
        // These servers do not notice that a client is gone while they work for it.
        runtime.spawn(async move {
            if let Ok(mut conn) = Conn::new(opts).await {
                let _ = conn.query_drop(format!("KILL {id}")).await;
                let _ = conn.disconnect().await;
            }
        });
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

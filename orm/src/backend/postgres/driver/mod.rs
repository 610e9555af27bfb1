//! Connections to PostgreSQL, by tokio-postgres.
//!
//! What a connection reads and writes is moved along by the task that waits for it (see [`Wire`]), not by a task of its
//! own: a statement costs no switch between tasks, and a connection that nobody uses needs no runtime.

mod cursor;
mod error;
mod numeric;
mod run;
mod tls;
mod value;
mod wire;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::pin::pin;
use std::str::FromStr;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use self::error::Origin;
use self::run::{Prepared, Runner};
use self::wire::Wire;
use crate::driver::{
    Address, Backend, BoxFuture, Connection, Job, PreparedStatements, Server, Settings, Tls,
    TransactionOptions,
};
use crate::error::{ErrorKind, Result, suggestion};

/// The way to one PostgreSQL database.
///
/// With no prepared statements kept (`prepared_statements = 0`) none is named on the server, and nothing is set for the
/// session that a pooler could hand to another: this is the mode for PgBouncer before 1.21 in transaction mode.
/// Time-outs of statements and locks then hold inside transactions only.
pub struct Postgres {
    config: Config,
    tls: Result<MakeRustlsConnect, String>,
    settings: Settings,
    origin: Origin,
    set_up: String,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({})", self.origin.address)
    }
}

/// The options of a URL that only PostgreSQL knows.
const OPTIONS: [&str; 5] = [
    "application_name",
    "channel_binding",
    "host",
    "search_path",
    "target_session_attrs",
];

impl Postgres {
    /// Takes the address and settings; nothing is opened yet.
    ///
    /// # Errors
    /// `Configuration`, for an option that is unknown or has a value that it cannot have.
    pub fn new(address: &Address, settings: &Settings) -> Result<Self> {
        // A socket's folder stands in the query of a URL, as its path names the database.
        let host = address.options.iter().find(|(name, _)| name == "host");
        let mut config = Config::new();
        config
            .host(host.map_or(&address.host, |(_, host)| host))
            .port(address.port.unwrap_or(5432))
            .application_name("nuages")
            .connect_timeout(settings.connect_timeout)
            .keepalives_idle(Duration::from_secs(60))
            .ssl_mode(match settings.tls {
                Tls::Disable => SslMode::Disable,
                Tls::Prefer => SslMode::Prefer,
                Tls::Require | Tls::Verify => SslMode::Require,
            });
        if let Some(user) = &address.user {
            config.user(user);
        }
        if let Some(password) = &address.password {
            config.password(password);
        }
        if !address.database.is_empty() {
            config.dbname(&address.database);
        }
        let mut set_up = String::from("SET TIME ZONE 'UTC'");
        if settings.prepared_statements != 0 {
            set_up.push_str(&time_outs(settings, "SET"));
        }
        for (name, value) in &address.options {
            match name.as_str() {
                "host" => {}
                "search_path" => set_up.push_str(&set_search_path(value)),
                name => set_option(&mut config, name, value)?,
            }
        }
        Ok(Postgres {
            config,
            tls: tls::connector(settings),
            settings: settings.clone(),
            origin: Origin {
                address: address.to_string(),
                database: address.database.clone(),
                statement_timeout: settings.statement_timeout,
            },
            set_up,
        })
    }

    async fn open(&self) -> Result<Box<dyn Connection>> {
        let tls = self
            .tls
            .clone()
            .map_err(|why| self.origin.unreachable(why))?;
        let (client, connection) = self
            .config
            .connect(tls.clone())
            .await
            .map_err(|error| self.origin.connecting(&error))?;
        let version = connection.parameter("server_version").unwrap_or_default();
        let mut session = Session {
            client,
            server: Server {
                product: "PostgreSQL",
                version: parse_version(version),
            },
            wire: RefCell::new(Wire::new(connection)),
            prepared: PreparedStatements::new(self.settings.prepared_statements),
            settings: self.settings.clone(),
            origin: self.origin.clone(),
            tls,
            under_way: false,
        };
        session.batch(&self.set_up).await?;
        Ok(Box::new(session))
    }
}

impl Backend for Postgres {
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

fn set_option(config: &mut Config, name: &str, value: &str) -> Result<()> {
    match name {
        "application_name" => {
            config.application_name(value);
        }
        "channel_binding" => {
            let choices = [
                ("disable", ChannelBinding::Disable),
                ("prefer", ChannelBinding::Prefer),
                ("require", ChannelBinding::Require),
            ];
            config.channel_binding(choose(name, value, choices)?);
        }
        "target_session_attrs" => {
            let choices = [
                ("any", TargetSessionAttrs::Any),
                ("read-write", TargetSessionAttrs::ReadWrite),
                ("read-only", TargetSessionAttrs::ReadOnly),
            ];
            config.target_session_attrs(choose(name, value, choices)?);
        }
        _ => {
            let suggestion = suggestion(name, OPTIONS);
            let message = format!("PostgreSQL knows no option `{name}`{suggestion}");
            return Err(ErrorKind::Configuration { message }.into());
        }
    }
    Ok(())
}

fn choose<T: Copy>(name: &str, value: &str, choices: [(&str, T); 3]) -> Result<T> {
    let chosen = choices.iter().find(|(word, _)| *word == value);
    chosen.map(|(_, choice)| *choice).ok_or_else(|| {
        let words = choices.map(|(word, _)| word).join(", ");
        let message = format!("`{name}={value}`: it is one of {words}");
        ErrorKind::Configuration { message }.into()
    })
}

fn set_search_path(schemas: &str) -> String {
    let schemas: Vec<String> = schemas
        .split(',')
        .map(|schema| format!("\"{}\"", schema.trim().replace('"', "\"\"")))
        .collect();
    format!("; SET search_path TO {}", schemas.join(", "))
}

/// The statements that set the time-outs, each behind a `;`.
fn time_outs(settings: &Settings, set: &str) -> String {
    let limits = [
        ("statement_timeout", settings.statement_timeout),
        ("lock_timeout", settings.lock_timeout),
    ];
    let mut sql = String::new();
    for (name, limit) in limits {
        // Zero would mean no limit.
        if let Some(limit) = limit {
            sql.push_str(&format!("; {set} {name} = {}", limit.as_millis().max(1)));
        }
    }
    sql
}

/// The numbers of `15.4 (Debian …)`.
fn parse_version(text: &str) -> (u32, u32, u32) {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(u32::from_str);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    (next(), next(), 0)
}

/// One connection.
struct Session {
    client: Client,
    wire: RefCell<Wire>,
    prepared: PreparedStatements<Prepared>,
    server: Server,
    settings: Settings,
    origin: Origin,
    tls: MakeRustlsConnect,
    /// Set while a future of this connection lives; it stays set where one was dropped half-way.
    under_way: bool,
}

impl Session {
    /// What moves the bytes and what speaks, borrowed apart.
    fn start(&mut self) -> (&mut Wire, Runner<'_>) {
        self.under_way = true;
        let runner = Runner {
            client: &self.client,
            prepared: &mut self.prepared,
            origin: &self.origin,
            named: self.settings.prepared_statements != 0,
        };
        (self.wire.get_mut(), runner)
    }

    fn end<T>(&mut self, outcome: Result<T>) -> Result<T> {
        self.under_way = false;
        outcome.map_err(|error| self.wire.get_mut().explain(error, &self.origin))
    }
}

impl Connection for Session {
    fn run<'a>(&'a mut self, mut job: Box<dyn Job>) -> BoxFuture<'a, Result<Box<dyn Job>>> {
        Box::pin(async move {
            let (wire, mut runner) = self.start();
            let outcome = wire.drive(runner.job(&mut *job)).await;
            self.end(outcome)?;
            Ok(job)
        })
    }

    fn batch<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (wire, runner) = self.start();
            let outcome = wire.drive(runner.batch(sql)).await;
            self.end(outcome)
        })
    }

    fn begin<'a>(&'a mut self, options: &'a TransactionOptions) -> BoxFuture<'a, Result<()>> {
        let mut sql = String::from("BEGIN");
        if let Some(isolation) = options.isolation {
            sql.push_str(" ISOLATION LEVEL ");
            sql.push_str(isolation.as_sql());
        }
        if options.read_only {
            sql.push_str(" READ ONLY");
        }
        if self.settings.prepared_statements == 0 {
            sql.push_str(&time_outs(&self.settings, "SET LOCAL"));
        }
        Box::pin(async move { self.batch(&sql).await })
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        self.batch("")
    }

    fn is_broken(&self) -> bool {
        // Looking at the wire tells of a server that hung up while nobody was waiting.
        let closed = match self.wire.try_borrow_mut() {
            Ok(mut wire) => wire.is_closed(),
            Err(_) => true,
        };
        self.under_way || closed || self.client.is_closed()
    }

    fn aborts_on_error(&self) -> bool {
        true
    }

    fn rollback_now(&mut self) -> bool {
        if self.is_broken() {
            return false;
        }
        // Sent now; whoever speaks next finds the answer on the wire before its own, and the driver drops it.
        let sent = pin!(self.client.batch_execute("ROLLBACK"));
        let _ = sent.poll(&mut Context::from_waker(Waker::noop()));
        !self.wire.get_mut().is_closed()
    }

    fn discard(self: Box<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.under_way && !self.client.is_closed() {
            let (cancel, tls) = (self.client.cancel_token(), self.tls);
            // Whether it arrives in time nobody can know; the connection is given up either way.
            runtime.spawn(async move { cancel.cancel_query(tls).await.ok() });
        }
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

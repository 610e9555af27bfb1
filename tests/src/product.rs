//! The database products that the suite runs on, and where a server of each is found.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use nuages::Database;
use url::Url;

/// A database product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Product {
    /// In a file of its own for each trial; always there.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
    /// A server of Oracle's MySQL.
    MySql,
    /// A MariaDB server.
    MariaDb,
}

/// Where a product's databases are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// A server with this URL, or for SQLite the folders of the trials.
    At(String),
    /// There is none, for this reason.
    Absent(String),
}

impl Product {
    /// All of them, in the order of their trials.
    pub const ALL: [Product; 4] = [
        Product::Sqlite,
        Product::Postgres,
        Product::MySql,
        Product::MariaDb,
    ];

    /// As in the names of trials.
    pub const fn name(self) -> &'static str {
        match self {
            Product::Sqlite => "sqlite",
            Product::Postgres => "postgres",
            Product::MySql => "mysql",
            Product::MariaDb => "mariadb",
        }
    }

    /// As a connection names it.
    const fn calls_itself(self) -> &'static str {
        match self {
            Product::Sqlite => "SQLite",
            Product::Postgres => "PostgreSQL",
            Product::MySql => "MySQL",
            Product::MariaDb => "MariaDB",
        }
    }

    /// The variable that says where the server is.
    pub const fn variable(self) -> &'static str {
        match self {
            Product::Sqlite => "",
            Product::Postgres => "TEST_POSTGRES_URL",
            Product::MySql => "TEST_MYSQL_URL",
            Product::MariaDb => "TEST_MARIADB_URL",
        }
    }

    /// The usual places, and those where `tests/servers.sh` starts servers; MySQL and MariaDB may stand at either's.
    const fn usual(self) -> &'static [&'static str] {
        match self {
            Product::Sqlite => &[],
            Product::Postgres => &[
                "postgres://postgres@127.0.0.1:5432/postgres",
                "postgres://postgres@127.0.0.1:54329/postgres",
            ],
            Product::MySql | Product::MariaDb => &[
                "mysql://root@127.0.0.1:3306",
                "mysql://root@127.0.0.1:3307",
                "mysql://root@127.0.0.1:33069",
            ],
        }
    }

    /// Looks for a server: the variable, else the usual places. What the variable names is believed, so that a server
    /// that was asked for and does not answer makes its trials fail instead of disappear.
    pub async fn find(self) -> Server {
        if self == Product::Sqlite {
            return Server::At("sqlite://".to_owned());
        }
        if let Ok(url) = std::env::var(self.variable())
            && !url.is_empty()
        {
            return Server::At(url);
        }
        let mut reasons = Vec::new();
        for url in self.usual() {
            match self.answers(url).await {
                Ok(true) => return Server::At((*url).to_owned()),
                Ok(false) => {}
                Err(reason) => reasons.push(reason),
            }
        }
        let reasons = if reasons.is_empty() {
            String::new()
        } else {
            format!(" ({})", reasons.join("; "))
        };
        Server::Absent(format!(
            "no {} server answers and {} is not set{reasons}",
            self.name(),
            self.variable()
        ))
    }

    /// Whether this product is there. An error is a server that might be it and does not let us in.
    async fn answers(self, url: &str) -> Result<bool, String> {
        if !listens(url) {
            return Ok(false);
        }
        let db = Database::connect(url)
            .await
            .map_err(|error| error.to_string())?;
        Ok(db.server().product == self.calls_itself())
    }
}

/// Whether anything listens there, which tells an absent server apart without its driver's patience.
fn listens(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port()) else {
        return false;
    };
    let Ok(mut addresses) = (host, port).to_socket_addrs() else {
        return false;
    };
    addresses
        .any(|address| TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok())
}

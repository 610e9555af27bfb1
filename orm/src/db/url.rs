//! Database URLs: a scheme, where the database is, and options.

use std::time::Duration;

use crate::driver::{Address, Execution, PoolSettings, Settings, Tls};
use crate::error::{Error, ErrorKind, Result, suggestion};

/// Everything that a URL says.
#[derive(Debug, Clone)]
pub(super) struct Parsed {
    pub(super) kind: Kind,
    pub(super) address: Address,
    pub(super) settings: Settings,
    pub(super) pool: PoolSettings,
    pub(super) log_values: bool,
}

/// The families of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
    Mysql,
}

const SCHEMES: [(&str, Kind); 5] = [
    ("sqlite", Kind::Sqlite),
    ("postgres", Kind::Postgres),
    ("postgresql", Kind::Postgres),
    ("mysql", Kind::Mysql),
    ("mariadb", Kind::Mysql),
];

/// Reads a URL.
pub(super) fn parse(url: &str) -> Result<Parsed> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(configuration(
            "a database URL begins with a scheme: `sqlite://path`, `postgres://user@host/name` or `mysql://user@host/name`",
        ));
    };
    let scheme = scheme.to_ascii_lowercase();
    let Some((_, kind)) = SCHEMES.iter().find(|(known, _)| *known == scheme) else {
        let known = SCHEMES.iter().map(|(known, _)| *known);
        return Err(configuration(format!(
            "no database has the scheme `{scheme}`{}",
            suggestion(&scheme, known)
        )));
    };
    let (mut address, options) = match kind {
        Kind::Sqlite => file(scheme, rest)?,
        Kind::Postgres | Kind::Mysql => server(scheme, url)?,
    };
    let mut parsed = Parsed {
        kind: *kind,
        address: Address::default(),
        settings: Settings::default(),
        pool: PoolSettings::default(),
        log_values: false,
    };
    for (name, value) in options {
        if !parsed.set(&name, &value)? {
            address.options.push((name, value));
        }
    }
    parsed.address = address;
    Ok(parsed)
}

impl Parsed {
    /// Takes an option, if it is one of those that every database has.
    fn set(&mut self, name: &str, value: &str) -> Result<bool> {
        match name {
            "pool_size" => self.pool.size = positive(name, value)?,
            "connect_timeout" => {
                self.pool.connect_timeout = duration(name, value)?;
                self.settings.connect_timeout = self.pool.connect_timeout;
            }
            "wait_timeout" => self.pool.wait_timeout = duration(name, value)?,
            "idle_timeout" => self.pool.idle_timeout = duration(name, value)?,
            "max_lifetime" => self.pool.max_lifetime = limit(name, value)?,
            "statement_timeout" => self.settings.statement_timeout = limit(name, value)?,
            "lock_timeout" => self.settings.lock_timeout = limit(name, value)?,
            "prepared_statements" => self.settings.prepared_statements = number(name, value)?,
            "tls" | "sslmode" | "ssl-mode" => self.settings.tls = tls(name, value)?,
            "tls_ca" | "sslrootcert" | "ssl-ca" => self.settings.tls_ca = Some(value.into()),
            "execution" => {
                self.settings.execution = match value {
                    "auto" => Execution::Auto,
                    "thread" => Execution::Thread,
                    _ => return Err(no_such_value(name, value, "auto, thread")),
                }
            }
            "log_values" => {
                self.log_values = match value {
                    "true" | "1" => true,
                    "false" | "0" => false,
                    _ => return Err(no_such_value(name, value, "true, false")),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An address, and the options of its URL.
type Located = (Address, Vec<(String, String)>);

/// `//path`, `///absolute/path`, `path` or `:memory:`, and options.
fn file(scheme: String, rest: &str) -> Result<Located> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    let address = Address {
        scheme,
        database: decode(path)?,
        ..Address::default()
    };
    Ok((address, options(query)))
}

/// `scheme://user:password@host:port/name`, and options.
fn server(scheme: String, text: &str) -> Result<Located> {
    let url = url::Url::parse(text).map_err(|error| {
        configuration(format!(
            "the database URL cannot be read: {error}; it is `{scheme}://user:password@host:port/name`, and `/ ? # @ : %` \
             in a password are written as %2F %3F %23 %40 %3A %25"
        ))
        .with_source(error)
    })?;
    if url.fragment().is_some() {
        return Err(configuration(
            "the database URL holds a `#`; in a password it is written as %23",
        ));
    }
    let user = Some(url.username()).filter(|user| !user.is_empty());
    let host = url.host_str().filter(|host| !host.is_empty());
    let address = Address {
        host: decode(host.unwrap_or("localhost").trim_matches(['[', ']']))?,
        port: url.port(),
        user: user.map(decode).transpose()?,
        password: url.password().map(decode).transpose()?,
        database: decode(url.path().trim_start_matches('/'))?,
        scheme,
        options: Vec::new(),
    };
    Ok((address, options(url.query().unwrap_or_default())))
}

fn options(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// Takes percent signs out: `%2F` is `/`.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| behind.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() {
            &behind[2..]
        } else {
            behind
        };
    }
    String::from_utf8(bytes)
        .map_err(|_| configuration("the database URL is not UTF-8 once its % signs are taken out"))
}

fn tls(name: &str, value: &str) -> Result<Tls> {
    match value.to_ascii_lowercase().as_str() {
        "disable" | "disabled" => Ok(Tls::Disable),
        "prefer" | "preferred" | "allow" => Ok(Tls::Prefer),
        "require" | "required" => Ok(Tls::Require),
        "verify" | "verify-full" | "verify_identity" | "verify-ca" | "verify_ca" => Ok(Tls::Verify),
        _ => Err(no_such_value(
            name,
            value,
            "disable, prefer, require, verify",
        )),
    }
}

fn number(name: &str, value: &str) -> Result<usize> {
    value
        .parse()
        .map_err(|_| no_such_value(name, value, "a whole number"))
}

fn positive(name: &str, value: &str) -> Result<usize> {
    match number(name, value)? {
        0 => Err(no_such_value(name, value, "a number from 1 on")),
        number => Ok(number),
    }
}

/// A duration, or none for `0` and `none`.
fn limit(name: &str, value: &str) -> Result<Option<Duration>> {
    if value == "none" {
        return Ok(None);
    }
    Ok(Some(duration(name, value)?).filter(|limit| !limit.is_zero()))
}

/// `30` and `30s` (seconds), `500ms`, `5m`, `1h`.
fn duration(name: &str, value: &str) -> Result<Duration> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &value[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    let seconds = digits.parse::<f64>().unwrap_or(f64::NAN) * factor;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| no_such_value(name, value, "a duration such as `30s`, `500ms`, `5m`"))
}

fn no_such_value(name: &str, value: &str, known: &str) -> Error {
    configuration(format!(
        "the option `{name}` cannot be `{value}`; it is {}{known}",
        if known.contains(", ") && !known.starts_with("a ") {
            "one of "
        } else {
            ""
        }
    ))
}

pub(super) fn configuration(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration {
        message: message.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_how() {
        let parsed = parse(
            "postgres://ann:p%40ss@db.example:5433/shop?pool_size=3&statement_timeout=500ms&application_name=x",
        )
        .unwrap();
        assert_eq!(parsed.kind, Kind::Postgres);
        assert_eq!(parsed.address.password.as_deref(), Some("p@ss"));
        assert_eq!(
            parsed.address.to_string(),
            "postgres://ann@db.example:5433/shop"
        );
        assert_eq!(parsed.pool.size, 3);
        let timeout = parsed.settings.statement_timeout;
        assert_eq!(timeout, Some(Duration::from_millis(500)));
        let rest = [("application_name".to_owned(), "x".to_owned())];
        assert_eq!(parsed.address.options, rest);
    }

    #[test]
    fn files_are_relative_absolute_or_in_memory() {
        let path = |url| parse(url).unwrap().address.database;
        assert_eq!(path("sqlite://blog.db"), "blog.db");
        assert_eq!(path("sqlite:blog.db?mode=ro"), "blog.db");
        assert_eq!(path("sqlite:///srv/my%20blog.db"), "/srv/my blog.db");
        assert_eq!(path("sqlite::memory:"), ":memory:");
        assert_eq!(path("sqlite://:memory:"), ":memory:");
    }

    #[test]
    fn mistakes_are_told_apart() {
        let error = |url| parse(url).unwrap_err().to_string();
        assert!(error("postgrse://h/d").contains("did you mean `postgres`"));
        assert!(error("blog.db").contains("begins with a scheme"));
        assert!(error("sqlite://a?pool_size=0").contains("from 1 on"));
        assert!(error("sqlite://a?execution=fast").contains("one of auto, thread"));
        assert!(error("sqlite://a?connect_timeout=soon").contains("`500ms`"));
        assert!(error("mysql://me:a#b@h/d").contains("%23"));
    }
}

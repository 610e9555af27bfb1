//! `migrate dbshell`: the database's own client, connected to the database that is set.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::Command;

use url::Url;

use super::Setting;
use crate::args::ShellArgs;
use crate::failure::{Failure, Result};

pub(super) fn run(setting: &Setting<'_>, args: &ShellArgs) -> Result<u8> {
    let client = Client::of(setting.config.database_url()?)?;
    for program in client.programs {
        let mut command = Command::new(program);
        command.args(&client.arguments).args(&args.arguments);
        if let Some((name, password)) = &client.password {
            command.env(name, password);
        }
        match command.status() {
            Ok(status) => {
                return Ok(status
                    .code()
                    .map_or(1, |code| u8::try_from(code).unwrap_or(1)));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::error(format!("{program}: {error}"))),
        }
    }
    Err(Failure::error(format!(
        "there is no program {} here: install the client of {}",
        client.programs.join(" or "),
        client.product
    )))
}

/// A client, and what it is told. The password goes by the environment, where other users do not see it.
struct Client {
    product: &'static str,
    programs: &'static [&'static str],
    arguments: Vec<OsString>,
    password: Option<(&'static str, String)>,
}

impl Client {
    fn of(url: &str) -> Result<Client> {
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        if scheme.eq_ignore_ascii_case("sqlite") {
            let path = rest.split('?').next().unwrap_or_default();
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Client {
                product: "SQLite",
                programs: &["sqlite3"],
                arguments: vec![percent_decoded(path).into()],
                password: None,
            });
        }
        let url = Url::parse(url)
            .map_err(|error| Failure::usage(format!("the database's URL: {error}")))?;
        let name = percent_decoded(url.path().trim_start_matches('/'));
        let password = url.password().map(percent_decoded);
        match url.scheme() {
            "postgres" | "postgresql" => {
                let socket = url.query_pairs().find(|(name, _)| name == "host");
                let host = socket.map(|(_, host)| host.into_owned());
                let mut arguments = address(&url, host, ["--host", "--port", "--username"]);
                if !name.is_empty() {
                    arguments.push(format!("--dbname={name}").into());
                }
                Ok(Client {
                    product: "PostgreSQL",
                    programs: &["psql"],
                    arguments,
                    password: password.map(|password| ("PGPASSWORD", password)),
                })
            }
            "mysql" | "mariadb" => {
                let mut arguments = vec!["--protocol=tcp".into()];
                arguments.extend(address(&url, None, ["--host", "--port", "--user"]));
                if !name.is_empty() {
                    arguments.push(name.into());
                }
                Ok(Client {
                    product: "MySQL or MariaDB",
                    programs: &["mariadb", "mysql"],
                    arguments,
                    password: password.map(|password| ("MYSQL_PWD", password)),
                })
            }
            scheme => Err(Failure::usage(format!(
                "no database has the scheme `{scheme}`"
            ))),
        }
    }
}

fn address(url: &Url, socket: Option<String>, flags: [&str; 3]) -> Vec<OsString> {
    let host = socket.or_else(|| url.host_str().map(str::to_owned));
    let port = url.port().map(|port| port.to_string());
    let user = Some(percent_decoded(url.username())).filter(|user| !user.is_empty());
    let given = flags.into_iter().zip([host, port, user]);
    let argument =
        |(flag, value): (&str, Option<String>)| Some(format!("{flag}={}", value?).into());
    given.filter_map(argument).collect()
}

/// A part of a URL as it is meant: `%40` is `@`.
fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> Vec<String> {
        let client = Client::of(url).unwrap();
        let arguments = client.arguments.iter();
        arguments
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_client_is_told_where_the_database_is() {
        assert_eq!(told("sqlite:///tmp/a%20b.db?mode=ro"), ["/tmp/a b.db"]);
        assert_eq!(
            told("postgres://me:p%40ss@db:5433/blog?pool_size=3"),
            ["--host=db", "--port=5433", "--username=me", "--dbname=blog"]
        );
        assert_eq!(
            told("mysql://root@127.0.0.1/blog"),
            ["--protocol=tcp", "--host=127.0.0.1", "--user=root", "blog"]
        );
    }

    #[test]
    fn a_password_is_not_among_the_arguments() {
        let client = Client::of("postgres://me:p%40ss@db/blog").unwrap();
        assert_eq!(client.password, Some(("PGPASSWORD", "p@ss".to_owned())));
    }
}

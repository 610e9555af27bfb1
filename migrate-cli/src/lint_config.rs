//! What `migrate lint` is told: by flags, by the environment, by `[lint]` in `migrate.toml`.

use std::collections::BTreeMap;

use nuages::error::suggestion;
use nuages::migrate::lint::{LintSettings, Pattern};
use nuages::sql::Severity;
use regex::Regex;
use toml_edit::{Item, TableLike};

use crate::args::LintArgs;
use crate::failure::{Failure, Result};

/// From how many rows on a table is large, where nobody says.
const LARGE: u64 = 100_000;
const KEYS: [&str; 5] = ["databases", "fail_on", "large_table", "severity", "names"];
/// The kinds of things that have names, and the rule of each.
const NAMES: [(&str, &str); 6] = [
    ("table", "NM101"),
    ("column", "NM102"),
    ("index", "NM103"),
    ("foreign_key", "NM104"),
    ("check", "NM105"),
    ("unique", "NM106"),
];

type Parsed<T> = std::result::Result<T, String>;

/// What is set.
#[derive(Debug, Default)]
pub(crate) struct LintConfig {
    /// The kinds of databases.
    pub(crate) databases: Vec<String>,
    fail_on: Option<Severity>,
    large: Option<u64>,
    severities: BTreeMap<String, Severity>,
    names: BTreeMap<String, String>,
}

impl LintConfig {
    /// The table `lint` of the file.
    pub(crate) fn of_toml(item: &Item) -> Parsed<LintConfig> {
        let mut config = LintConfig::default();
        for (key, item) in table(item, "lint")?.iter() {
            match key {
                "databases" => {
                    let list = item.as_array().into_iter().flatten();
                    let names: Option<Vec<String>> = list
                        .map(|value| value.as_str().map(str::to_owned))
                        .collect();
                    config.databases = names.filter(|names| !names.is_empty()).ok_or(
                        "`lint.databases` is a list such as [\"postgres:15\", \"sqlite\"]",
                    )?;
                }
                "fail_on" => config.fail_on = Some(severity(text(item, "lint.fail_on")?)?),
                "large_table" => {
                    let rows = item.as_integer().and_then(|rows| u64::try_from(rows).ok());
                    config.large = Some(rows.ok_or("`lint.large_table` is a number of rows")?);
                }
                "severity" => {
                    for (code, item) in table(item, "lint.severity")?.iter() {
                        let severity = severity(text(item, code)?)?;
                        config.severities.insert(known(code)?, severity);
                    }
                }
                "names" => {
                    for (kind, item) in table(item, "lint.names")?.iter() {
                        let kinds = NAMES.iter().map(|(kind, _)| *kind);
                        let rule = NAMES.iter().find(|(known, _)| *known == kind);
                        let (_, code) = rule.ok_or_else(|| {
                            format!("`lint.names` knows no `{kind}`{}", suggestion(kind, kinds))
                        })?;
                        let pattern = text(item, kind)?.to_owned();
                        config.names.insert((*code).to_owned(), pattern);
                    }
                }
                other => {
                    return Err(format!("no key `lint.{other}`{}", suggestion(other, KEYS)));
                }
            }
        }
        Ok(config)
    }

    /// The same, with what the environment says instead.
    pub(crate) fn or_environment(
        mut self,
        setting: &dyn Fn(&str) -> Option<String>,
    ) -> Result<LintConfig> {
        let fault =
            |name: &'static str| move |what: String| Failure::error(format!("{name}: {what}"));
        if let Some(text) = setting("MIGRATE_LINT_DATABASES") {
            self.databases = text.split(',').map(|name| name.trim().to_owned()).collect();
        }
        if let Some(text) = setting("MIGRATE_LINT_FAIL_ON") {
            self.fail_on = Some(severity(&text).map_err(fault("MIGRATE_LINT_FAIL_ON"))?);
        }
        if let Some(text) = setting("MIGRATE_LINT_SEVERITY") {
            let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
            for pair in pairs {
                let (code, severity) = pair_of(pair).map_err(fault("MIGRATE_LINT_SEVERITY"))?;
                self.severities.insert(code, severity);
            }
        }
        Ok(self)
    }

    /// All that counts, flags first; and from which severity on the command fails.
    pub(crate) fn settings(
        &self,
        args: &LintArgs,
        waits_for_ever: bool,
    ) -> Result<(LintSettings, Severity)> {
        let usage = |what: String| Failure::usage(what);
        let mut severities = self.severities.clone();
        for pair in &args.severity {
            let (code, severity) = pair_of(pair).map_err(usage)?;
            severities.insert(code, severity);
        }
        let mut names = BTreeMap::new();
        for (code, text) in &self.names {
            let pattern = Regex::new(text)
                .map_err(|error| Failure::error(format!("the pattern `{text}`: {error}")))?;
            names.insert(
                code.clone(),
                Pattern {
                    text: text.clone(),
                    fits: Box::new(move |name| pattern.is_match(name)),
                },
            );
        }
        let fail_on = match &args.fail_on {
            Some(word) => severity(word).map_err(usage)?,
            None => self.fail_on.unwrap_or(Severity::Error),
        };
        let settings = LintSettings {
            severities,
            large: self.large.unwrap_or(LARGE),
            names,
            waits_for_ever,
        };
        Ok((settings, fail_on))
    }
}

fn pair_of(pair: &str) -> Parsed<(String, Severity)> {
    let (code, word) = pair
        .split_once('=')
        .ok_or_else(|| format!("`{pair}` is not as in DS103=warning"))?;
    Ok((known(code.trim())?, severity(word.trim())?))
}

/// A code, or how some begin; what fits no rule would be set in vain.
fn known(code: &str) -> Parsed<String> {
    let is_known = crate::command::all_rules()
        .iter()
        .any(|(rule, _)| !code.is_empty() && rule.code.starts_with(code));
    match is_known {
        true => Ok(code.to_owned()),
        false => Err(format!(
            "no rule has a code that begins with `{code}`: see `migrate lint --rules`"
        )),
    }
}

fn severity(word: &str) -> Parsed<Severity> {
    Severity::parse(word).ok_or_else(|| {
        let words = ["off", "info", "warning", "error"];
        format!(
            "`{word}` is no severity{}: it is off, info, warning or error",
            suggestion(word, words)
        )
    })
}

fn text<'a>(item: &'a Item, what: &str) -> Parsed<&'a str> {
    item.as_str().ok_or_else(|| format!("`{what}` is text"))
}

fn table<'a>(item: &'a Item, what: &str) -> Parsed<&'a dyn TableLike> {
    item.as_table_like()
        .ok_or_else(|| format!("`{what}` is a table"))
}

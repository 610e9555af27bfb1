//! What lint has found, as text, as JSON, as annotations for GitHub and as SARIF 2.1.0.

use std::collections::BTreeMap;

use nuages::migrate::files::{FileLines, MigrationKey};
use nuages::migrate::lint::Finding;
use nuages::sql::{Rule, Severity};
use serde_json::{Value, json};

use crate::command::all_rules;
use crate::print;

/// A file that something is found in.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its path, as one would write it from here.
    pub(crate) name: String,
    /// Where its operations stand.
    pub(crate) lines: FileLines,
}

/// All that is to be told.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) findings: &'a [Finding],
    pub(crate) places: &'a BTreeMap<MigrationKey, Place>,
    /// How many migrations were looked at.
    pub(crate) looked_at: usize,
    /// How many findings a machine has mended.
    pub(crate) fixed: usize,
    /// From which severity on the command fails.
    pub(crate) fail_on: Severity,
}

impl Report<'_> {
    /// Whether something is found that matters enough.
    pub(crate) fn fails(&self) -> bool {
        self.fail_on != Severity::Off && self.open().any(|finding| self.fail_on <= finding.severity)
    }

    fn open(&self) -> impl Iterator<Item = &Finding> {
        let is_open = |finding: &&Finding| finding.allowed.is_none();
        self.findings.iter().filter(is_open)
    }

    /// The file and the line of a finding; the migration's name where it has no file here.
    fn place(&self, finding: &Finding) -> (String, usize) {
        let Some(place) = self.places.get(&finding.migration) else {
            return (finding.migration.to_string(), 1);
        };
        let line = match (finding.operation, finding.allowance) {
            (Some(at), _) => place.lines.operations.get(at),
            (None, Some(at)) => place.lines.lint_allow.get(at),
            (None, None) => None,
        };
        (place.name.clone(), line.copied().unwrap_or(1))
    }

    pub(crate) fn text(&self) {
        for finding in self.open() {
            let (file, line) = self.place(finding);
            let style = match finding.severity {
                Severity::Error => print::BAD,
                Severity::Warning => print::CHANGE,
                Severity::Info | Severity::Off => print::FAINT,
            };
            let head = format!("{} {}", finding.severity, finding.rule.code);
            print::line(format!(
                "{file}:{line}: {}: {} ({}, {})",
                print::styled(style, head),
                print::styled(print::STRONG, finding.rule.title),
                finding.subject,
                finding.database
            ));
            print::line(format!("    {}: {}", finding.detail, finding.rule.why));
            let mend = match finding.remedy {
                Some(_) => " (--fix does it)",
                None if finding.rule.code == "LN101" => " (--fix does it)",
                None => "",
            };
            print::line(format!("    to do: {}{mend}", finding.rule.advice));
        }
        let count = |severity| self.open().filter(|one| one.severity == severity).count();
        let allowed = self.findings.len() - self.open().count();
        let mut words = format!(
            "{}: {}, {}, {} of lesser weight",
            number(self.looked_at, "migration"),
            number(count(Severity::Error), "error"),
            number(count(Severity::Warning), "warning"),
            count(Severity::Info),
        );
        if 0 < allowed {
            words += &format!("; {allowed} allowed in the files");
        }
        if 0 < self.fixed {
            words += &format!("; {} mended", self.fixed);
        }
        print::line(words);
    }

    pub(crate) fn json(&self) -> Value {
        let finding = |finding: &Finding| {
            let (file, line) = self.place(finding);
            json!({
                "code": finding.rule.code,
                "severity": finding.severity.word(),
                "title": finding.rule.title,
                "message": finding.message(),
                "detail": finding.detail,
                "why": finding.rule.why,
                "advice": finding.rule.advice,
                "database": finding.database,
                "migration": finding.migration.to_string(),
                "operation": finding.operation,
                "subject": finding.subject,
                "file": file,
                "line": line,
                "fixable": finding.remedy.is_some() || finding.rule.code == "LN101",
                "allowed": finding.allowed,
            })
        };
        json!({
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "migrations": self.looked_at,
            "fixed": self.fixed,
            "fails": self.fails(),
        })
    }

    /// Commands of GitHub's workflows, one a line.
    pub(crate) fn github(&self) {
        for finding in self.open() {
            let (file, line) = self.place(finding);
            let word = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info | Severity::Off => "notice",
            };
            print::line(format!(
                "::{word} file={},line={line},title={}::{}",
                property(&file),
                property(&format!("{} {}", finding.rule.code, finding.rule.title)),
                escaped(&finding.message())
            ));
        }
    }

    pub(crate) fn sarif(&self) -> Value {
        let mut rules: Vec<&Rule> = self.findings.iter().map(|finding| finding.rule).collect();
        rules.sort_by_key(|rule| rule.code);
        rules.dedup_by_key(|rule| rule.code);
        let index = |rule: &Rule| rules.iter().position(|known| known.code == rule.code);
        let rule = |rule: &&Rule| {
            json!({
                "id": rule.code,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": format!("{}: {}.", rule.title, rule.why)},
                "help": {"text": rule.advice},
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        };
        let result = |finding: &Finding| {
            let (file, line) = self.place(finding);
            let mut result = json!({
                "ruleId": finding.rule.code,
                "ruleIndex": index(finding.rule),
                "level": level(finding.severity),
                "message": {"text": finding.message()},
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": {"uri": uri(&file)},
                        "region": {"startLine": line},
                    },
                    "logicalLocations": [{"fullyQualifiedName": finding.subject}],
                }],
                "partialFingerprints": {
                    "finding/v1": format!(
                        "{}:{}:{}", finding.rule.code, finding.migration, finding.subject
                    ),
                },
                "properties": {"database": finding.database},
            });
            if let (Some(reason), Some(object)) = (&finding.allowed, result.as_object_mut()) {
                let suppression = json!([{"kind": "inSource", "justification": reason}]);
                object.insert("suppressions".to_owned(), suppression);
            }
            result
        };
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "migrate lint",
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules.iter().map(rule).collect::<Vec<_>>(),
                }},
                "results": self.findings.iter().map(result).collect::<Vec<_>>(),
            }],
        })
    }
}

/// The list of the rules.
pub(crate) fn rules(as_json: bool) {
    let all = all_rules();
    if as_json {
        let rule = |(rule, databases): &(&Rule, Vec<&str>)| {
            json!({
                "code": rule.code,
                "severity": rule.severity.word(),
                "title": rule.title,
                "why": rule.why,
                "advice": rule.advice,
                "databases": databases,
            })
        };
        print::json(&json!({"rules": all.iter().map(rule).collect::<Vec<_>>()}));
        return;
    }
    let row = |(rule, databases): &(&Rule, Vec<&str>)| {
        vec![
            rule.code.to_owned(),
            rule.severity.to_string(),
            of_databases(databases),
            rule.title.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    print::table(&["code", "severity", "databases", "what is found"], &rows);
}

fn of_databases(names: &[&str]) -> String {
    let all = nuages::db::database_names().count();
    match names.len() == all {
        true => "all".to_owned(),
        false => names.join(", "),
    }
}

fn number(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Off => "none",
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A path as a relative reference: what a URI may not hold is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                uri.push(char::from(byte));
            }
            other => uri += &format!("%{other:02X}"),
        }
    }
    uri
}

/// The text of a command of GitHub's.
fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command of GitHub's.
fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

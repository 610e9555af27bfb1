//! Each rule of `migrate lint`: a migration in which it finds something, and its neighbour in which it does not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "cases")]

use std::collections::{BTreeMap, BTreeSet};

use nuages::db::editor_named;
use nuages::migrate::files::Migration;
use nuages::migrate::lint::{Finding, Known, LintSettings, Linter, Pattern, fix};
use nuages::sql::Severity;

use crate::command::all_rules;
use crate::sql_read;

/// The tables that migrations change here.
const FIRST: &str = r#"
format = 1
app = "blog"
name = "0001_initial"

[[operations]]
op = "create_model"
model = "Author"
table = "blog_author"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "char", max_length = 100 },
]

[[operations]]
op = "create_model"
model = "Post"
table = "blog_post"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "title", type = "char", max_length = 50 },
  { name = "code", type = "char", max_length = 10, index = true, default = "" },
  { name = "body", type = "text", null = true },
  { name = "views", type = "integer", default = 0 },
  { name = "score", type = "integer", db_default = 1, comment = "from 1 to 5" },
  { name = "author", type = "foreign_key", to = "blog.Author", on_delete = "CASCADE" },
]
indexes = [
  { name = "title_idx", fields = ["title"] },
]

[[operations]]
op = "create_model"
model = "Comment"
table = "blog_comment"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "post", type = "foreign_key", to = "blog.Post", on_delete = "DB_CASCADE" },
]
"#;

/// Of each rule, and a database: a migration in which it finds something, and one in which it does not. Keys of the file
/// stand before ` --- `, operations after it, parted by ` +++ `; one that does not begin with `op` is SQL.
const CASES: &str = include_str!("lint_tests/cases.txt");

/// A case, taken apart.
struct Case {
    code: &'static str,
    database: &'static str,
    finds: &'static str,
    leaves: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |block: &'static str| {
        let mut lines = block.lines();
        let (code, database) = lines.next().unwrap().split_once(' ').unwrap();
        let mut line = |word: &str| {
            lines
                .next()
                .unwrap()
                .trim()
                .strip_prefix(word)
                .unwrap()
                .trim()
        };
        Case {
            code,
            database,
            finds: line("finds "),
            leaves: line("leaves "),
        }
    };
    CASES.split("\n\n").map(case).collect()
}

/// The rules that only a live database, or one that is large, can show.
const OF_LIVE_DATABASES: &[&str] = &["MY212", "LN105"];

/// The second migration, of the words of a case.
fn migration(words: &str) -> Migration {
    let (head, operations) = words.split_once("---").unwrap_or(("", words));
    let mut text = "format = 1\napp = \"blog\"\nname = \"0002_next\"\ndependencies = [\"blog.0001_initial\"]\n".to_owned();
    text += &one_a_line(head);
    for operation in operations
        .split("+++")
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        text += "\n[[operations]]\n";
        if operation.starts_with("op =") {
            text += &one_a_line(operation);
        } else {
            text += &format!("op = \"run_sql\"\nsql = '''\n{operation}'''\n");
        }
    }
    Migration::parse("0002_next.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Keys and values, each on a line of its own: a word, ` = `, and a value up to the next such beginning on the top level.
fn one_a_line(words: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let mut quoted = false;
    let mut rest = words.trim();
    while let Some(c) = rest.chars().next() {
        match c {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            ' ' if !quoted && depth == 0 && begins_key(&rest[1..]) => {
                out.push('\n');
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out + "\n"
}

fn begins_key(rest: &str) -> bool {
    let word = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || "_.".contains(*c))
        .count();
    0 < word && rest[word..].starts_with(" = ")
}

fn settings() -> LintSettings {
    let named = ["NM101", "NM102", "NM103", "NM104", "NM105", "NM106"].map(|code| {
        let pattern = Pattern {
            text: "^[a-z]".to_owned(),
            fits: Box::new(|name| name.starts_with(|c: char| c.is_ascii_lowercase())),
        };
        (code.to_owned(), pattern)
    });
    LintSettings {
        severities: BTreeMap::from([("PG4".to_owned(), Severity::Warning)]),
        large: 1000,
        names: named.into(),
        waits_for_ever: false,
    }
}

fn lint(
    database: &str,
    second: &Migration,
    settings: &LintSettings,
    known: Option<&Known>,
) -> Result<Vec<Finding>, String> {
    let editor = editor_named(database).unwrap();
    let first = Migration::parse("0001_initial.toml", FIRST).unwrap();
    let linter = Linter {
        editor: &*editor,
        read: &sql_read::read,
        settings,
        known,
    };
    linter
        .lint(&[&first, second], &|key| key.name == "0002_next")
        .map_err(|error| {
            format!(
                "{error}
{}",
                second.print()
            )
        })
}

fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    let open = findings.iter().filter(|finding| finding.allowed.is_none());
    open.map(|finding| finding.rule.code).collect()
}

#[test]
fn each_rule_finds_its_case_and_leaves_its_neighbour_alone() {
    let settings = settings();
    let mut wrong = Vec::new();
    for Case {
        code,
        database,
        finds,
        leaves,
    } in cases()
    {
        match lint(database, &migration(finds), &settings, None) {
            Ok(found) if codes(&found).contains(code) => {}
            Ok(found) => wrong.push(format!(
                "{code} does not find `{finds}` on {database}, but {:?}",
                codes(&found)
            )),
            Err(error) => wrong.push(error),
        }
        match lint(database, &migration(leaves), &settings, None) {
            Ok(found) if !codes(&found).contains(code) => {}
            Ok(found) => wrong.push(format!("{code} finds `{leaves}` on {database}: {found:#?}")),
            Err(error) => wrong.push(error),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let with_case: BTreeSet<&str> = cases()
        .iter()
        .map(|case| case.code)
        .chain(OF_LIVE_DATABASES.iter().copied())
        .collect();
    let all: BTreeSet<&str> = all_rules().iter().map(|(rule, _)| rule.code).collect();
    assert_eq!(with_case, all);
}

#[test]
fn what_is_allowed_says_why_and_nothing_else_is() {
    let settings = settings();
    let allowed = |entry: &str| {
        let words = format!(
            r#"lint_allow = [{{ code = "DS103", {entry}reason = "nobody reads it" }}] --- op = "remove_field" model = "Post" name = "body""#
        );
        lint("sqlite", &migration(&words), &settings, None).unwrap()
    };
    for on in ["", r#"on = "blog_post", "#, r#"on = "blog_post.body", "#] {
        let found = allowed(on);
        assert_eq!(codes(&found), BTreeSet::new(), "{found:#?}");
        assert_eq!(found[0].allowed.as_deref(), Some("nobody reads it"));
    }
    for on in [r#"on = "blog_post.title", "#, r#"on = "blog", "#] {
        assert_eq!(codes(&allowed(on)), BTreeSet::from(["DS103", "LN101"]));
    }
    let text = migration("DELETE FROM blog_post WHERE id = 1").print();
    let broken = text.replace(
        "[[operations]]",
        "lint_allow = [{ code = \"DS103\" }]\n[[operations]]",
    );
    let error = Migration::parse("x.toml", &broken).unwrap_err().to_string();
    assert!(error.contains("needs the key `reason`"), "{error}");
}

#[test]
fn severities_are_configured_by_code_and_by_how_codes_begin() {
    let second = migration("CREATE INDEX i ON blog_post (views)");
    let severity = |pairs: &[(&str, Severity)]| {
        let mut settings = settings();
        for (code, severity) in pairs {
            settings.severities.insert((*code).to_owned(), *severity);
        }
        let found = lint("postgres", &second, &settings, None).unwrap();
        let found = found.iter().find(|finding| finding.rule.code == "PG101");
        found.map(|finding| finding.severity)
    };
    assert_eq!(severity(&[]), Some(Severity::Error));
    assert_eq!(severity(&[("PG1", Severity::Info)]), Some(Severity::Info));
    let both = [("PG", Severity::Off), ("PG101", Severity::Warning)];
    assert_eq!(severity(&both), Some(Severity::Warning));
    assert_eq!(severity(&[("PG", Severity::Off)]), None);
}

#[test]
fn consent_and_the_contract_phase_make_a_loss_weigh_less() {
    let severity = |head: &str| {
        let words = format!(r#"{head} --- op = "remove_field" model = "Post" name = "body""#);
        let found = lint(
            "postgres",
            &migration(&words),
            &LintSettings::default(),
            None,
        )
        .unwrap();
        let found = found.iter().find(|finding| finding.rule.code == "DS103");
        found.map(|finding| finding.severity)
    };
    assert_eq!(severity(""), Some(Severity::Error));
    assert_eq!(
        severity(r#"allow = ["data_loss"]"#),
        Some(Severity::Warning)
    );
    assert_eq!(
        severity(r#"allow = ["data_loss"] phase = "contract""#),
        None
    );
}

#[test]
fn a_live_database_tells_what_is_there_and_how_much() {
    let known = |rows: &[(&str, u64)]| Known {
        applied: BTreeSet::from([nuages::migrate::files::MigrationKey::new(
            "blog",
            "0001_initial",
        )]),
        rows: rows
            .iter()
            .map(|(name, rows)| ((*name).to_owned(), Some(*rows)))
            .collect(),
        counts: BTreeMap::new(),
    };
    let settings = settings();
    let of = |database: &str, words: &str, known: &Known| {
        let found = lint(database, &migration(words), &settings, Some(known)).unwrap();
        codes(&found)
    };
    let retype = r#"op = "alter_field" model = "Post" field = { name = "views", type = "big_integer", default = 0 }"#;
    let empty = known(&[("blog_post", 0), ("blog_author", 0)]);
    let small = known(&[("blog_post", 10), ("blog_author", 0)]);
    let large = known(&[("blog_post", 5000), ("blog_author", 0)]);
    assert_eq!(of("mysql", retype, &empty), BTreeSet::new());
    assert_eq!(of("mysql", retype, &small), BTreeSet::from(["MY201"]));
    assert_eq!(
        of("mysql", retype, &large),
        BTreeSet::from(["MY201", "MY212"])
    );
    assert!(of("mysql", retype, &known(&[])).contains("LN105"));
    let write = "UPDATE blog_post SET views = 0";
    assert!(!of("postgres", write, &small).contains("DM102"));
    assert!(of("postgres", write, &large).contains("DM102"));
    // Rows that are counted turn what may be into what is.
    let not_null = r#"op = "alter_field" model = "Post" field = { name = "body", type = "text" }"#;
    let counted = |count: u64| {
        let mut known = known(&[("blog_post", 10)]);
        let query = "SELECT count(*) FROM \"blog_post\" WHERE \"body\" IS NULL";
        known.counts.insert(query.to_owned(), count);
        let found = lint("sqlite", &migration(not_null), &settings, Some(&known)).unwrap();
        let found = found
            .into_iter()
            .find(|finding| finding.rule.code == "MF104");
        found.map(|finding| (finding.severity, finding.detail))
    };
    assert_eq!(counted(0), None);
    let (severity, detail) = counted(3).unwrap();
    assert_eq!(severity, Severity::Error);
    assert!(detail.starts_with("3 rows have NULL"), "{detail}");
}

/// A case of a fix: the database, the migration, the code that goes, and what the file says afterwards.
const FIXES: &[(&str, &str, &str, &str)] = &[
    (
        "postgres",
        r#"atomic = true --- op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
        "PG101",
        r#"op = "add_index" model = "Post" index = { name = "i", fields = ["views"] }"#,
    ),
    (
        "postgres",
        r#"op = "run_sql" sql.postgres = "CREATE INDEX i ON blog_post (views)""#,
        "PG101",
        r#"atomic = false --- op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
    ),
    (
        "postgres",
        r#"op = "run_sql" sql.postgres = "UPDATE blog_post SET views = 1 WHERE id = 1; CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
        "PG103",
        r#"atomic = false --- op = "run_sql" sql.postgres = "UPDATE blog_post SET views = 1 WHERE id = 1" +++ op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
    ),
    (
        "postgres",
        r#"op = "run_sql" sql = "BEGIN; UPDATE blog_post SET views = 1 WHERE id = 1; COMMIT""#,
        "TX101",
        r#"op = "run_sql" sql = "UPDATE blog_post SET views = 1 WHERE id = 1;""#,
    ),
    (
        "postgres",
        r#"atomic = false --- op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON blog_post (views)""#,
        "PG105",
        r#"atomic = false --- op = "run_sql" sql.postgres = "CREATE INDEX CONCURRENTLY i ON blog_post (views)""#,
    ),
    (
        "mysql",
        r#"op = "run_sql" sql.mysql = "ALTER TABLE blog_post ADD COLUMN a int""#,
        "MY207",
        r#"op = "run_sql" sql.mysql = "ALTER TABLE blog_post ADD COLUMN a int, ALGORITHM=INPLACE, LOCK=NONE""#,
    ),
    (
        "sqlite",
        "ALTER TABLE blog_post ADD COLUMN a text DEFAULT \"x\"",
        "LT105",
        "ALTER TABLE blog_post ADD COLUMN a text DEFAULT 'x'",
    ),
    (
        "sqlite",
        r#"lint_allow = [{ code = "DS102", reason = "was there once" }] --- DELETE FROM blog_post WHERE id = 1"#,
        "LN101",
        "DELETE FROM blog_post WHERE id = 1",
    ),
];

#[test]
fn a_fix_makes_its_finding_vanish_and_nothing_else_change() {
    let settings = settings();
    for (database, words, code, expected) in FIXES {
        let second = migration(words);
        let found = lint(database, &second, &settings, None).unwrap();
        let meant: Vec<&Finding> = found.iter().filter(|one| one.rule.code == *code).collect();
        assert!(!meant.is_empty(), "{code}: {found:#?}");
        let (fixed, count) = fix(&second, &meant).unwrap();
        assert_eq!(count, meant.len(), "{code}");
        assert_eq!(fixed.print(), migration(expected).print(), "{code}");
        let left = lint(database, &fixed, &settings, None).unwrap();
        assert!(!codes(&left).contains(code), "{code}: {left:#?}");
    }
    // SQL that all databases share is parted where one of them gets words of its own.
    let shared = migration("CREATE INDEX i ON blog_post (views)");
    let found = lint("postgres", &shared, &settings, None).unwrap();
    let (fixed, _) = fix(&shared, &found.iter().collect::<Vec<_>>()).unwrap();
    let text = fixed.print();
    assert!(text.contains(r#"sql.mysql = "CREATE INDEX i ON"#), "{text}");
    assert!(
        text.contains(r#"sql.postgres = "CREATE INDEX CONCURRENTLY i ON"#),
        "{text}"
    );
}

/// The table of the book; `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_book_lists_the_rules() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../book/src/output/lint_rules.txt"
    );
    let mut table =
        "| code | severity | on | what is found | why it hurts |\n|---|---|---|---|---|\n"
            .to_owned();
    for (rule, databases) in all_rules() {
        let on = match databases.len() {
            4 => "all".to_owned(),
            _ => databases.join(", "),
        };
        let cells = [rule.code, rule.severity.word(), &on, rule.title, rule.why];
        table += &format!("| {} |\n", cells.join(" | "));
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written, table, "UPDATE_EXPECT=1 writes {path} anew");
}

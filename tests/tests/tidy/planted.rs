//! A fault of each kind, planted, so that each rule is seen to find it.

use super::*;

/// The rules that `text` breaks, with their lines.
fn check(path: &str, text: &str) -> Vec<(usize, Rule)> {
    let lib = Source::new(
        "orm/src/lib.rs",
        "//! Lib.\npub use error::{Error, Result};\npub use queryset::{QuerySet as Set, Page};\n",
    );
    faults(&Source::new(path, text), &gathered(&lib))
        .into_iter()
        .map(|fault| (fault.line, fault.rule))
        .collect()
}

#[test]
fn a_later_room_is_not_imported() {
    assert_eq!(
        check(
            "orm/src/ast/select.rs",
            "//! Doc.\nuse crate::query::Query;\n"
        ),
        [(2, Rule::RoomOrder)]
    );
    assert_eq!(
        check(
            "orm/src/query/mod.rs",
            "//! Doc.\nuse crate::ast::Select;\nuse crate::query::Path;\n"
        ),
        []
    );
    assert_eq!(
        check(
            "orm/src/ast/a.rs",
            "//! Doc.\nfn f() { crate::load::x(); }\n"
        ),
        [(2, Rule::RoomOrder)]
    );
}

#[test]
fn groups_and_the_super_of_a_room_are_seen() {
    let group = "//! Doc.\nuse crate::{\n    error::{Error, kind::ErrorKind},\n    value::Value, query::Query,\n};\n";
    assert_eq!(check("orm/src/sql/a.rs", group), [(2, Rule::RoomOrder)]);
    assert_eq!(
        check(
            "orm/src/sql/a.rs",
            &group.replace("query::Query", "ast::{Query as Q, Expr}")
        ),
        []
    );
    assert_eq!(
        check(
            "orm/src/sql/mod.rs",
            "//! Doc.\nuse super::migrate::Plan;\n"
        ),
        [(2, Rule::RoomOrder)]
    );
    assert_eq!(
        check("orm/src/sql/a.rs", "//! Doc.\nuse super::query::Clause;\n"),
        [],
        "a module of the room itself"
    );
    assert_eq!(
        check(
            "orm/src/sql/mod.rs",
            "//! Doc.\npub mod standard {\n    pub use super::query::f;\n}\n"
        ),
        []
    );
}

#[test]
fn what_the_root_gathers_counts_as_its_room() {
    assert_eq!(
        check(
            "orm/src/sql/a.rs",
            "//! Doc.\nuse crate::{Error, Result};\n"
        ),
        []
    );
    assert_eq!(
        check("orm/src/sql/a.rs", "//! Doc.\nuse crate::{Error, Page};\n"),
        [(2, Rule::RoomOrder)]
    );
}

#[test]
fn a_module_outside_the_list_is_found() {
    assert_eq!(
        check("orm/src/helpers.rs", "//! Doc.\n"),
        [(1, Rule::RoomOrder)]
    );
    assert_eq!(
        check(
            "orm/src/lib.rs",
            "//! Doc.\npub use crate::migrate::Plan;\n"
        ),
        []
    );
}

#[test]
fn vendors_are_named_in_their_folder_only() {
    let text = "//! Like PostgreSQL's.\n/// On SQLite too.\nfn f() -> &'static str { \"MariaDB\" } // mysql\n";
    assert_eq!(check("orm/src/sql/a.rs", text), [(3, Rule::Vendor)]);
    assert_eq!(check("orm/src/backend/mysql/ddl.rs", text), []);
    assert_eq!(
        check("orm/src/backend/sqlite/ddl.rs", text),
        [(3, Rule::Vendor)]
    );
    assert_eq!(check("orm/src/db/url.rs", text), []);
    assert_eq!(
        check(
            "orm/src/backend/mod.rs",
            "//! Doc.\n#[cfg(feature = \"sqlite\")]\npub mod sqlite;\n"
        ),
        []
    );
    assert_eq!(
        check(
            "orm/src/backend/mod.rs",
            "//! Doc.\nconst X: Sqlite = Sqlite;\n"
        ),
        [(2, Rule::Vendor)]
    );
}

#[test]
fn unit_tests_may_look_anywhere() {
    let text = "//! Doc.\n#[cfg(test)]\nmod tests {\n    use crate::migrate::X;\n    fn sqlite() {}\n}\nuse crate::load::Y;\n";
    assert_eq!(check("orm/src/sql/a.rs", text), [(7, Rule::RoomOrder)]);
    assert_eq!(
        check(
            "orm/src/sql/a.rs",
            &text.replace("(test)", "(all(test, feature = \"x\"))")
        ),
        [(7, Rule::RoomOrder)]
    );
    assert_eq!(
        check("orm/src/sql/tests.rs", "//! Doc.\nuse crate::migrate::X;\n"),
        []
    );
    assert_eq!(
        check(
            "orm/src/sql/a.rs",
            "//! Doc.\n#[cfg(test)]\nmod tests;\nuse crate::load::Y;\n"
        ),
        [(4, Rule::RoomOrder)]
    );
}

#[test]
fn only_lines_of_code_count() {
    let code = "fn f() {}\n".repeat(MAX_CODE_LINES);
    assert_eq!(
        check(
            "migrate-cli/src/a.rs",
            &format!("//! Doc.\n\n// Why.\n/* a\nb */\n{code}")
        ),
        []
    );
    assert_eq!(
        check(
            "migrate-cli/src/a.rs",
            &format!("//! Doc.\n{code}fn g() {{}}\n")
        ),
        [(1, Rule::Size)]
    );
    let pinned = format!(
        "//! Doc.\nconst SQL: &str = r#\"\n{}\"#;\n",
        "SELECT 1\n".repeat(MAX_CODE_LINES)
    );
    assert_eq!(check("migrate-cli/src/a.rs", &pinned), []);
}

#[test]
fn files_say_what_they_are_for() {
    assert_eq!(
        check("orm-derive/src/a.rs", "// Doc.\nfn f() {}\n"),
        [(1, Rule::ModuleDocs)]
    );
    assert_eq!(
        check("book/examples/a/src/main.rs", "fn f() {}\n//! Doc.\n"),
        [(1, Rule::ModuleDocs)]
    );
}

#[test]
fn forbidden_words_are_found_in_tests_too() {
    assert_eq!(
        check("tests/tests/a.rs", "//! Doc.\nuse super::super::x;\n"),
        [(2, Rule::SuperSuper)]
    );
    assert_eq!(
        check(
            "tests/tests/a.rs",
            "//! Doc.\n#[ignore = \"slow\"]\n#[test]\nfn f() {}\n"
        ),
        [(2, Rule::Ignored)]
    );
    assert_eq!(
        check(
            "tests/tests/a.rs",
            "//! `super::super::` and `#[ignore]`\nconst A: &str = \"#[ignore]\";\n"
        ),
        []
    );
}

#[test]
fn literals_do_not_mislead_the_reader() {
    for literal in [
        "\"// \\\" /*\"",
        "r#\"\" // \"#",
        "'\"'",
        "'\\''",
        "b\"/*\"",
        "br#\"/*\"#",
        "'/'",
    ] {
        let text =
            format!("//! Doc.\nfn f<'a>(x: &'a str) {{ g({literal}); }} use crate::load::Y;\n");
        assert_eq!(
            check("orm/src/sql/a.rs", &text),
            [(2, Rule::RoomOrder)],
            "{literal}"
        );
    }
    assert_eq!(
        check(
            "orm/src/sql/a.rs",
            "//! Doc.\n/* a /* b */ use crate::load::Y; */\nconst S: &str = \"crate::load::Y\";\n"
        ),
        []
    );
}

//! Each construct of the language, in the SQL of the four databases side by side. No server is needed.

mod aggregates;
mod expressions;
mod functions;
mod queries;
mod writes;

use std::fmt::Write as _;

use expect_test::Expect;

use super::{mysql, postgres, sqlite};
use crate::ast::{Alias, Expr, OutputColumn, Select, Statement};
use crate::sql::{Dialect, Transform, Version, compile};
use crate::value::ValueType;

const POST: Alias = Alias(0);
const AUTHOR: Alias = Alias(1);

/// The newest dialects, under the names that stand in the expectations.
fn dialects() -> [(&'static str, &'static dyn Dialect); 4] {
    [
        ("postgres", postgres::dialect(Version::new(17, 0, 0))),
        ("sqlite  ", sqlite::dialect(Version::new(3, 50, 0))),
        ("mysql   ", mysql::mysql_dialect(Version::new(9, 0, 0))),
        ("mariadb ", mysql::mariadb_dialect(Version::new(11, 4, 0))),
    ]
}

fn check(statement: impl Into<Statement>, expect: &Expect) {
    check_with(&statement.into(), |sql| sql, expect);
}

/// Checks an expression as the only column of a select from posts.
fn check_expr(expr: Expr, expect: &Expect) {
    let select = Select {
        columns: vec![OutputColumn::from(expr)],
        ..Select::from_table("blog_post", POST)
    };
    let expr_of = |sql: String| {
        let expr = sql
            .strip_prefix("SELECT ")
            .and_then(|sql| sql.rsplit_once(" FROM "));
        expr.map_or(sql.clone(), |(expr, _)| expr.to_owned())
    };
    check_with(&select.into(), expr_of, expect);
}

fn check_with(statement: &Statement, shown: impl Fn(String) -> String, expect: &Expect) {
    let mut text = String::new();
    for (name, dialect) in dialects() {
        let line = match compile(dialect, statement) {
            Ok(compiled) => {
                let mut line = shown(compiled.sql.to_string());
                for param in compiled
                    .params
                    .iter()
                    .filter(|param| param.transform != Transform::AsIs)
                {
                    _ = write!(line, " [{} {:?}]", param.slot, param.transform);
                }
                line
            }
            Err(error) => error.to_string(),
        };
        _ = writeln!(text, "{name} {line}");
    }
    expect.assert_eq(&text);
}

fn column(name: &'static str) -> Expr {
    Expr::column(POST, name)
}

fn int(slot: u32) -> Expr {
    Expr::param(slot, ValueType::Int)
}

fn text(slot: u32) -> Expr {
    Expr::param(slot, ValueType::Text)
}

//! Expressions of text.

use nuages::ast::{Expr, Function, Match, MatchKind};
use nuages::value::{Value, ValueType};
use nuages_tests::{Given, Outcome};

use super::sample::{Asked, Values, column};

fn function(function: Function, arguments: Vec<Expr>) -> Expr {
    Expr::Function(function, arguments)
}

fn search(kind: MatchKind, insensitive: bool, pattern: Expr) -> Expr {
    Expr::Match(Box::new(Match {
        kind,
        insensitive,
        subject: column("title"),
        pattern,
    }))
}

pub(super) async fn searching_text(given: Given) -> Outcome {
    use MatchKind::{Contains, EndsWith, Exact, StartsWith};
    let mut asked = Asked::of(&given).await?;
    let whole = "Ärger mit 50% und a_b";
    for (kind, insensitive, pattern, expected) in [
        (Contains, false, "50% u", true),
        (Contains, false, "50_ u", false),
        (Contains, false, "mit%und", false),
        (Contains, false, "MIT", false),
        (Contains, false, "", true),
        (Contains, true, "MIT", true),
        (Contains, true, "ÄRGER", true),
        (Contains, true, "ärger MIT 5_%", false),
        (StartsWith, false, "Ärger", true),
        (StartsWith, false, "ärger", false),
        (StartsWith, false, "Ä%", false),
        (StartsWith, false, "", true),
        (StartsWith, true, "äRGER", true),
        (EndsWith, false, "a_b", true),
        (EndsWith, false, "a%b", false),
        (EndsWith, false, "A_B", false),
        (EndsWith, false, "", true),
        (
            EndsWith,
            false,
            "and a much longer text than the title itself",
            false,
        ),
        (EndsWith, true, "A_B", true),
        (Exact, false, whole, true),
        (Exact, true, "äRGER mit 50% und A_B", true),
        (Exact, true, "äRGER mit 50% und A%", false),
    ] {
        asked
            .row(1, expected, |v| search(kind, insensitive, v.param(pattern)))
            .await;
    }
    let null = Value::Null(ValueType::Bool);
    asked
        .row(3, null.clone(), |v| search(Contains, false, v.param("a")))
        .await;
    asked
        .row(3, null.clone(), |v| search(StartsWith, false, v.param("a")))
        .await;
    // Expressions are taken literally too.
    for (kind, insensitive, id, expected) in [
        (Contains, false, 1, true),
        (StartsWith, false, 1, false),
        (EndsWith, false, 2, true),
        (EndsWith, true, 2, true),
        (Contains, true, 1, true),
        (Exact, true, 2, false),
    ] {
        asked
            .row(id, expected, |_| search(kind, insensitive, column("slug")))
            .await;
    }
    asked
        .row(2, false, |_| {
            search(
                EndsWith,
                false,
                function(Function::Upper, vec![column("slug")]),
            )
        })
        .await;
    asked
        .row(2, true, |_| {
            search(
                EndsWith,
                true,
                function(Function::Upper, vec![column("slug")]),
            )
        })
        .await;
    for (insensitive, pattern, expected) in [
        (false, "m[aio]t", true),
        (false, "M[aio]t", false),
        (true, "M[AIO]T", true),
        (false, "^mit", false),
    ] {
        let regex = |v: &mut Values| Expr::Regex {
            insensitive,
            subject: Box::new(column("title")),
            pattern: Box::new(v.param(pattern)),
        };
        asked.row(1, expected, regex).await;
    }
    asked.done()
}

pub(super) async fn functions_of_text(given: Given) -> Outcome {
    use Function as F;
    let mut asked = Asked::of(&given).await?;
    let title = || column("title");
    asked
        .row(2, "ZWEI", |_| function(F::Upper, vec![title()]))
        .await;
    asked
        .row(1, "ärger mit 50% und a_b", |_| {
            function(F::Lower, vec![title()])
        })
        .await;
    asked
        .row(1, 21, |_| function(F::Length, vec![title()]))
        .await;
    asked
        .row(1, "rg", |v| {
            function(F::Substr, vec![title(), v.param(2), v.param(2)])
        })
        .await;
    asked
        .row(2, "ei", |_| {
            function(F::Substr, vec![title(), Expr::int(3)])
        })
        .await;
    asked
        .row(1, "Är", |v| function(F::Left, vec![title(), v.param(2)]))
        .await;
    asked
        .row(1, "_b", |v| function(F::Right, vec![title(), v.param(2)]))
        .await;
    asked
        .row(2, "zwei", |v| function(F::Right, vec![title(), v.param(9)]))
        .await;
    asked
        .row(2, "", |v| function(F::Right, vec![title(), v.param(0)]))
        .await;
    asked
        .row(2, "xyxzwei", |v| {
            function(F::LPad, vec![title(), v.param(7), v.param("xy")])
        })
        .await;
    asked
        .row(2, "zw", |v| {
            function(F::RPad, vec![title(), v.param(2), v.param("xy")])
        })
        .await;
    asked
        .row(2, "zweizwei", |v| {
            function(F::Repeat, vec![title(), v.param(2)])
        })
        .await;
    asked
        .row(2, "iewz", |_| function(F::Reverse, vec![title()]))
        .await;
    asked
        .row(2, "zwo", |v| {
            function(F::Replace, vec![title(), v.param("ei"), v.param("o")])
        })
        .await;
    asked
        .row(2, 3, |v| {
            function(F::StrIndex, vec![title(), v.param("ei")])
        })
        .await;
    asked
        .row(2, 0, |v| function(F::StrIndex, vec![title(), v.param("q")]))
        .await;
    asked
        .row(2, "x", |v| function(F::Trim, vec![v.param("  x ")]))
        .await;
    asked
        .row(2, "x ", |v| function(F::LTrim, vec![v.param("  x ")]))
        .await;
    asked.row(1, 196, |_| function(F::Ord, vec![title()])).await;
    asked
        .row(1, "Ä", |v| function(F::Chr, vec![v.param(196)]))
        .await;
    asked
        .row(1, "🦀", |v| function(F::Chr, vec![v.param(0x1F980)]))
        .await;
    asked
        .row(3, "a-", |v| {
            function(F::Concat, vec![v.param("a"), title(), Expr::text("-")])
        })
        .await;
    let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    asked
        .row(2, sha, |v| function(F::Sha256, vec![v.param("abc")]))
        .await;
    asked
        .row(3, "x", |v| {
            function(F::Coalesce, vec![title(), v.param("x")])
        })
        .await;
    asked
        .row(2, Value::Null(ValueType::Text), |v| {
            function(F::NullIf, vec![title(), v.param("zwei")])
        })
        .await;
    asked.row(2, r"it's \ %", |_| Expr::text(r"it's \ %")).await;
    asked.done()
}

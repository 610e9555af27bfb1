//! Expressions of numbers, conditions, JSON; aggregates.

use nuages::ast::{
    Aggregate, AggregateFunction, Arithmetic, CastType, Comparison, Domain, Expr, Function, JsonOp,
    JsonStep, Spread,
};
use nuages::value::{Value, ValueType};
use nuages_tests::{Given, Outcome};

use super::sample::{Asked, Values, column, date, decimal, instant};

fn function(function: Function, arguments: Vec<Expr>) -> Expr {
    Expr::Function(function, arguments)
}

pub(super) async fn functions_of_numbers(given: Given) -> Outcome {
    use Function as F;
    let mut asked = Asked::of(&given).await?;
    let f = || column("f");
    asked.row(1, 3.0, |_| function(F::Ceil, vec![f()])).await;
    asked.row(2, -1.0, |_| function(F::Floor, vec![f()])).await;
    asked.row(2, 0.5, |_| function(F::Abs, vec![f()])).await;
    asked.row(2, -1.0, |_| function(F::Sign, vec![f()])).await;
    asked
        .row(1, 2.35, |v| {
            function(F::Round, vec![v.param(decimal("2.345")), v.param(2)])
        })
        .await;
    asked
        .row(1, decimal("-3"), |v| {
            function(F::Round, vec![v.param(decimal("-2.5"))])
        })
        .await;
    asked
        .row(1, 3.0, |v| {
            function(F::Log, vec![Expr::int(2), v.param(8.0)])
        })
        .await;
    asked
        .row(1, 1.0, |v| {
            function(F::Ln, vec![function(F::Exp, vec![v.param(1.0)])])
        })
        .await;
    asked
        .row(1, 4.0, |v| function(F::Sqrt, vec![v.param(16.0)]))
        .await;
    asked
        .row(1, std::f64::consts::PI, |_| function(F::Pi, vec![]))
        .await;
    asked
        .row(1, 180.0, |_| {
            function(F::Degrees, vec![function(F::Pi, vec![])])
        })
        .await;
    asked
        .row(1, 0.0, |v| function(F::Sin, vec![v.param(0.0)]))
        .await;
    asked
        .row(1, 6.25, |_| function(F::Power, vec![f(), Expr::int(2)]))
        .await;
    asked
        .row(1, 1.5, |v| {
            function(F::Mod, vec![v.param(5.5), Expr::int(2)])
        })
        .await;
    asked
        .row(1, 17, |_| {
            function(
                F::Greatest,
                vec![column("n"), column("other"), Expr::int(3)],
            )
        })
        .await;
    asked
        .row(1, 17, |_| {
            function(F::Least, vec![column("n"), column("other")])
        })
        .await;
    let random = |_: &mut Values| Expr::Between {
        expr: Box::new(function(F::Random, vec![])),
        low: Box::new(Expr::int(0)),
        high: Box::new(Expr::int(1)),
    };
    asked.row(1, true, random).await;
    asked.done()
}

pub(super) async fn arithmetic(given: Given) -> Outcome {
    use Arithmetic::{
        Add, BitAnd, BitOr, BitXor, Divide, Modulo, Multiply, Power, ShiftLeft, ShiftRight,
        Subtract,
    };
    let mut asked = Asked::of(&given).await?;
    for (id, op, right, expected) in [
        (1, Add, 3, 20),
        (1, Subtract, 3, 14),
        (1, Multiply, 3, 51),
        (1, Divide, 3, 5),
        (2, Divide, 2, -3),
        (1, Modulo, 5, 2),
        (2, Modulo, 5, -2),
        (1, Power, 3, 4913),
        (1, BitAnd, 5, 1),
        (1, BitOr, 6, 23),
        (1, BitXor, 5, 20),
        (2, BitAnd, 15, 9),
        (1, ShiftLeft, 3, 136),
        (1, ShiftRight, 2, 4),
    ] {
        asked
            .row(id, expected, |v| {
                column("n").arithmetic(op, Domain::Integer, v.param(right))
            })
            .await;
    }
    for (op, right, expected) in [
        (Add, 0.25, 2.75),
        (Divide, 2.0, 1.25),
        (Modulo, 2.0, 0.5),
        (Power, 2.0, 6.25),
    ] {
        asked
            .row(1, expected, |v| {
                column("f").arithmetic(op, Domain::Float, v.param(right))
            })
            .await;
    }
    asked
        .row(1, 8.5, |v| {
            column("n").arithmetic(Divide, Domain::Float, v.param(2.0))
        })
        .await;
    for (op, right, expected) in [
        (Add, "0.20", "0.30"),
        (Subtract, "0.30", "-0.20"),
        (Multiply, "0.10", "0.01"),
        (Divide, "4", "0.025"),
        (Modulo, "0.03", "0.01"),
    ] {
        let right = decimal(right);
        asked
            .row(1, decimal(expected), |v| {
                column("d").arithmetic(op, Domain::Decimal, v.param(right))
            })
            .await;
    }
    let sum =
        |v: &mut Values| column("d").arithmetic(Add, Domain::Decimal, v.param(decimal("0.20")));
    asked
        .row(1, true, |v| sum(v).equals(v.param(decimal("0.30"))))
        .await;
    asked
        .row(1, true, |v| {
            sum(v).compare(Comparison::Less, v.param(decimal("10")))
        })
        .await;
    asked
        .row(1, -17, |_| Expr::Negative(Box::new(column("n"))))
        .await;
    asked
        .row(1, Value::Duration(90_000_001), |v| {
            column("span").arithmetic(Add, Domain::Duration, v.param(Value::Duration(1)))
        })
        .await;
    asked.done()
}

pub(super) async fn logic(given: Given) -> Outcome {
    let mut asked = Asked::of(&given).await?;
    let null = Value::Null(ValueType::Bool);
    asked.row(1, true, |_| column("flag")).await;
    asked.row(2, true, |_| column("flag").not()).await;
    asked.row(3, null.clone(), |_| column("flag").not()).await;
    asked
        .row(3, true, |v| {
            column("n").compare(
                Comparison::NotDistinct,
                v.param(Value::Null(ValueType::Int)),
            )
        })
        .await;
    asked
        .row(1, true, |v| {
            column("n").compare(Comparison::Distinct, v.param(Value::Null(ValueType::Int)))
        })
        .await;
    asked.row(3, null, |v| column("n").equals(v.param(1))).await;
    asked.row(1, true, |_| Expr::And(vec![])).await;
    asked.row(1, false, |_| Expr::Or(vec![])).await;
    asked.row(1, true, |_| column("title").is_not_null()).await;
    asked
        .row(1, true, |v| {
            column("uid").equals(v.param(Value::Uuid([0xab; 16])))
        })
        .await;
    asked
        .row(1, true, |v| {
            column("at").equals(v.param(instant("2024-12-31 23:59:59.999600")))
        })
        .await;
    asked
        .row(1, true, |v| {
            column("span").equals(v.param(Value::Duration(90_000_000)))
        })
        .await;
    asked
        .row(2, true, |v| {
            column("day").compare(Comparison::Less, v.param(date("2023-01-02")))
        })
        .await;
    asked
        .row(3, true, |v| {
            column("d").equals(v.param(decimal("12345678901.23")))
        })
        .await;
    asked
        .row(2, true, |v| {
            Expr::Tuple(vec![column("n"), column("id")])
                .compare(Comparison::Less, Expr::Tuple(vec![v.param(-7), v.param(3)]))
        })
        .await;
    let case = |v: &mut Values| Expr::Case {
        when: vec![
            (
                column("n").compare(Comparison::Less, Expr::int(0)),
                v.param("less"),
            ),
            (
                column("n").compare(Comparison::Greater, Expr::int(0)),
                v.param("more"),
            ),
        ],
        otherwise: Some(Box::new(v.param("unknown"))),
    };
    asked.row(1, "more", case).await;
    asked.row(2, "less", case).await;
    asked.row(3, "unknown", case).await;
    asked.done()
}

pub(super) async fn casts(given: Given) -> Outcome {
    let mut asked = Asked::of(&given).await?;
    asked
        .row(1, "17", |_| column("n").cast(CastType::Text))
        .await;
    asked
        .row(1, "1", |_| column("n").cast(CastType::Char(1)))
        .await;
    asked
        .row(1, 17.0, |_| column("n").cast(CastType::Float))
        .await;
    asked
        .row(1, 42, |v| v.param("42").cast(CastType::BigInteger))
        .await;
    let money = CastType::Decimal {
        digits: Some(10),
        places: 2,
    };
    asked
        .row(1, decimal("2.68"), |v| v.param("2.675").cast(money))
        .await;
    asked
        .row(1, date("2024-02-03"), |v| {
            v.param("2024-02-03").cast(CastType::Date)
        })
        .await;
    asked
        .row(1, instant("2024-12-30 00:00:00"), |v| {
            v.param("2024-12-30 00:00:00").cast(CastType::DateTime)
        })
        .await;
    asked
        .row(1, Value::Uuid([0xab; 16]), |v| {
            v.param("abababab-abab-abab-abab-abababababab")
                .cast(CastType::Uuid)
        })
        .await;
    asked
        .row(1, Value::Json("[1]".to_owned()), |v| {
            v.param("[1]").cast(CastType::Json)
        })
        .await;
    asked.done()
}

pub(super) async fn json(given: Given) -> Outcome {
    let mut asked = Asked::of(&given).await?;
    let key = |key: &'static str| JsonStep::Key(key.into());
    let of = |op: JsonOp| Expr::Json(Box::new(column("data")), Box::new(op));
    let json = |text: &str| Value::Json(text.to_owned());
    asked
        .row(1, json("\"x\""), |_| {
            of(JsonOp::Extract(vec![key("a"), JsonStep::Index(1)]))
        })
        .await;
    asked
        .row(1, json("true"), |_| of(JsonOp::Extract(vec![key("b")])))
        .await;
    asked
        .row(1, json("null"), |_| {
            of(JsonOp::Extract(vec![key("a"), JsonStep::Index(2)]))
        })
        .await;
    asked
        .row(1, json("{\"c\": 1.5}"), |_| {
            of(JsonOp::Extract(vec![key("it's")]))
        })
        .await;
    asked
        .row(1, Value::Null(ValueType::Json), |_| {
            of(JsonOp::Extract(vec![key("q")]))
        })
        .await;
    asked
        .row(1, "x", |_| {
            of(JsonOp::ExtractText(vec![key("a"), JsonStep::Index(1)]))
        })
        .await;
    asked
        .row(1, "1.5", |_| {
            of(JsonOp::ExtractText(vec![key("it's"), key("c")]))
        })
        .await;
    asked
        .row(1, "true", |_| of(JsonOp::ExtractText(vec![key("b")])))
        .await;
    let null = Value::Null(ValueType::Text);
    asked
        .row(1, null, |_| {
            of(JsonOp::ExtractText(vec![key("a"), JsonStep::Index(2)]))
        })
        .await;
    asked
        .row(1, true, |_| {
            of(JsonOp::Exists(vec![key("a"), JsonStep::Index(2)]))
        })
        .await;
    asked
        .row(1, false, |_| of(JsonOp::Exists(vec![key("q")])))
        .await;
    asked
        .row(1, true, |_| {
            of(JsonOp::IsJsonNull(vec![key("a"), JsonStep::Index(2)]))
        })
        .await;
    asked
        .row(1, false, |_| of(JsonOp::IsJsonNull(vec![key("q")])))
        .await;
    asked
        .row(2, true, |v| of(JsonOp::Equals(v.param(json("[1,2]")))))
        .await;
    let other_order = r#"{"b": true, "it's": {"c": 1.5}, "a": [1, "x", null]}"#;
    asked
        .row(1, true, |v| of(JsonOp::Equals(v.param(json(other_order)))))
        .await;
    asked
        .row(1, true, |v| {
            of(JsonOp::Contains(v.param(json(r#"{"b": true}"#))))
        })
        .await;
    asked
        .row(1, false, |v| {
            of(JsonOp::Contains(v.param(json(r#"{"b": false}"#))))
        })
        .await;
    asked
        .row(2, true, |v| {
            of(JsonOp::ContainedBy(v.param(json("[3, 2, 1]"))))
        })
        .await;
    asked.row(2, 2, |_| of(JsonOp::ArrayLength)).await;
    asked
        .row(1, Value::Null(ValueType::Int), |_| of(JsonOp::ArrayLength))
        .await;
    let object =
        |v: &mut Values| Expr::Function(Function::JsonObject, vec![Expr::text("n"), v.param(1)]);
    asked.row(1, json("{\"n\": 1}"), object).await;
    asked.done()
}

pub(super) async fn aggregates(given: Given) -> Outcome {
    let mut asked = Asked::of(&given).await?;
    let over = |function, name| Expr::Aggregate(Box::new(Aggregate::new(function, column(name))));
    asked
        .all(3, |_| Expr::Aggregate(Box::new(Aggregate::count_rows())))
        .await;
    asked.all(2, |_| over(AggregateFunction::Count, "n")).await;
    asked
        .all(10, |_| {
            over(AggregateFunction::Sum, "n").cast(CastType::BigInteger)
        })
        .await;
    let mean = Aggregate::new(AggregateFunction::Avg, column("n").cast(CastType::Float));
    asked.all(5.0, |_| Expr::Aggregate(Box::new(mean))).await;
    asked.all(-7, |_| over(AggregateFunction::Min, "n")).await;
    asked
        .all(instant("2024-12-31 23:59:59.999600"), |_| {
            over(AggregateFunction::Max, "at")
        })
        .await;
    asked
        .all(12.0, |_| {
            over(AggregateFunction::StdDev(Spread::Population), "n")
        })
        .await;
    asked
        .all(288.0, |_| {
            over(AggregateFunction::Variance(Spread::Sample), "n")
        })
        .await;
    let money = CastType::Decimal {
        digits: Some(16),
        places: 2,
    };
    asked
        .all(decimal("12345678901.53"), |_| {
            over(AggregateFunction::ExactSum, "d").cast(money)
        })
        .await;
    let exact = CastType::Decimal {
        digits: None,
        places: 0,
    };
    let two = |function| Aggregate {
        filter: Some(column("id").compare(Comparison::Less, Expr::int(3))),
        ..Aggregate::new(function, column("d"))
    };
    for (function, expected) in [
        (AggregateFunction::ExactSum, "0.3"),
        (AggregateFunction::ExactAvg, "0.15"),
    ] {
        let aggregate = Expr::Aggregate(Box::new(two(function)));
        asked
            .all(decimal(expected), |_| aggregate.cast(exact))
            .await;
    }
    let some = Aggregate {
        filter: Some(column("n").compare(Comparison::Greater, Expr::int(0))),
        ..Aggregate::count_rows()
    };
    asked.all(1, |_| Expr::Aggregate(Box::new(some))).await;
    let distinct = Aggregate {
        distinct: true,
        ..Aggregate::new(AggregateFunction::Count, column("other"))
    };
    asked.all(1, |_| Expr::Aggregate(Box::new(distinct))).await;
    let joined = Aggregate {
        order_by: vec![nuages::ast::Order::descending(column("id"))],
        ..Aggregate::new(
            AggregateFunction::StringAgg("; ".to_owned()),
            column("slug"),
        )
    };
    asked
        .all("ei; 50%", |_| Expr::Aggregate(Box::new(joined)))
        .await;
    asked
        .all(false, |_| over(AggregateFunction::BoolAnd, "flag"))
        .await;
    asked
        .all(true, |_| over(AggregateFunction::BoolOr, "flag"))
        .await;
    asked
        .all(17, |_| over(AggregateFunction::BitAnd, "n"))
        .await;
    asked
        .all(5, |_| over(AggregateFunction::AnyValue, "other"))
        .await;
    asked.done()
}

//! Expressions of dates and times.

use nuages::ast::{DatePart, Expr, Function, Name, Temporal, TemporalOp, TruncUnit};
use nuages::value::{Value, ValueType};
use nuages_tests::{Given, Outcome};

use super::sample::{Asked, column, date, instant, time};

fn extract(part: DatePart, kind: Temporal, zone: Option<&'static str>) -> Expr {
    Expr::Extract {
        part,
        kind,
        expr: Box::new(of(kind)),
        zone: zone.map(Name::from),
    }
}

fn of(kind: Temporal) -> Expr {
    column(match kind {
        Temporal::Date => "day",
        Temporal::Time => "clock",
        Temporal::DateTime => "at",
    })
}

pub(super) async fn numbers_of_moments(given: Given) -> Outcome {
    use DatePart::{
        Day, Hour, IsoWeekDay, IsoYear, Minute, Month, Quarter, Second, Week, WeekDay, Year,
    };
    use Temporal::{Date, DateTime, Time};
    let mut asked = Asked::of(&given).await?;
    for (id, part, kind, expected) in [
        (1, Year, DateTime, 2024),
        (1, Month, DateTime, 12),
        (1, Day, DateTime, 31),
        (1, Hour, DateTime, 23),
        (1, Minute, DateTime, 59),
        (1, Second, DateTime, 59),
        // 2024-12-30 is the Monday of the first ISO week of 2025.
        (1, IsoYear, Date, 2025),
        (1, Week, Date, 1),
        (1, WeekDay, Date, 2),
        (1, IsoWeekDay, Date, 1),
        (1, Quarter, Date, 4),
        // 2023-01-01 is the Sunday of the last ISO week of 2022.
        (2, IsoYear, Date, 2022),
        (2, Week, DateTime, 52),
        (2, WeekDay, Date, 1),
        (2, IsoWeekDay, DateTime, 7),
        (2, Quarter, DateTime, 1),
        (1, Hour, Time, 13),
        (1, Minute, Time, 45),
        (1, Second, Time, 59),
    ] {
        asked.row(id, expected, |_| extract(part, kind, None)).await;
    }
    asked
        .row(1, 2025, |_| extract(Year, DateTime, Some("+02:00")))
        .await;
    asked
        .row(1, 18, |_| extract(Hour, DateTime, Some("-05:30")))
        .await;
    asked
        .row(3, Value::Null(ValueType::Int), |_| {
            extract(Week, Date, None)
        })
        .await;
    asked
        .row(3, Value::Null(ValueType::Int), |_| {
            extract(Year, DateTime, Some("+02:00"))
        })
        .await;
    asked.done()
}

pub(super) async fn cutting_moments(given: Given) -> Outcome {
    use TruncUnit::{Day, Hour, Minute, Month, Quarter, Second, Week, Year};
    let mut asked = Asked::of(&given).await?;
    let cut = |unit, kind, zone: Option<&'static str>| Expr::Truncate {
        unit,
        kind,
        expr: Box::new(of(kind)),
        zone: zone.map(Name::from),
    };
    for (unit, expected) in [
        (Year, "2024-01-01 00:00:00"),
        (Quarter, "2024-10-01 00:00:00"),
        (Month, "2024-12-01 00:00:00"),
        (Week, "2024-12-30 00:00:00"),
        (Day, "2024-12-31 00:00:00"),
        (Hour, "2024-12-31 23:00:00"),
        (Minute, "2024-12-31 23:59:00"),
        (Second, "2024-12-31 23:59:59"),
    ] {
        asked
            .row(1, instant(expected), |_| {
                cut(unit, Temporal::DateTime, None)
            })
            .await;
        asked
            .row(3, Value::Null(ValueType::DateTime), |_| {
                cut(unit, Temporal::DateTime, None)
            })
            .await;
    }
    for (unit, expected) in [
        (Year, "2023-01-01"),
        (Quarter, "2023-01-01"),
        (Month, "2023-01-01"),
        (Week, "2022-12-26"),
        (Day, "2023-01-01"),
    ] {
        asked
            .row(2, date(expected), |_| cut(unit, Temporal::Date, None))
            .await;
    }
    for (unit, expected) in [
        (Hour, "13:00:00"),
        (Minute, "13:45:00"),
        (Second, "13:45:59"),
    ] {
        asked
            .row(1, time(expected), |_| cut(unit, Temporal::Time, None))
            .await;
    }
    // In the zone it is 2025 already, and its midnight is two hours before that of UTC.
    asked
        .row(1, instant("2024-12-31 22:00:00"), |_| {
            cut(Year, Temporal::DateTime, Some("+02:00"))
        })
        .await;
    asked
        .row(2, instant("2022-12-31 05:30:00"), |_| {
            cut(Day, Temporal::DateTime, Some("-05:30"))
        })
        .await;
    asked.done()
}

pub(super) async fn halves_of_instants(given: Given) -> Outcome {
    let mut asked = Asked::of(&given).await?;
    let at = || Box::new(column("at"));
    asked
        .row(1, date("2024-12-31"), |_| Expr::DateOf {
            expr: at(),
            zone: None,
        })
        .await;
    asked
        .row(1, date("2025-01-01"), |_| Expr::DateOf {
            expr: at(),
            zone: Some("+01:00".into()),
        })
        .await;
    asked
        .row(1, time("23:59:59.999600"), |_| Expr::TimeOf {
            expr: at(),
            zone: None,
        })
        .await;
    asked
        .row(1, time("00:59:59.999600"), |_| Expr::TimeOf {
            expr: at(),
            zone: Some("+01:00".into()),
        })
        .await;
    asked.done()
}

pub(super) async fn arithmetic_with_moments(given: Given) -> Outcome {
    use TemporalOp::{Add, Difference, Subtract};
    let mut asked = Asked::of(&given).await?;
    let moved = |op, kind, right| Expr::Temporal {
        op,
        kind,
        left: Box::new(of(kind)),
        right: Box::new(right),
    };
    let span = |micros| Value::Duration(micros);
    let day = 86_400_000_000;
    asked
        .row(1, instant("2025-01-01 00:00:00"), |v| {
            moved(Add, Temporal::DateTime, v.param(span(400)))
        })
        .await;
    asked
        .row(1, instant("2024-12-30 23:59:59.999600"), |v| {
            moved(Subtract, Temporal::DateTime, v.param(span(day)))
        })
        .await;
    asked
        .row(1, instant("2024-12-30 00:01:30"), |_| {
            moved(Add, Temporal::Date, column("span"))
        })
        .await;
    asked
        .row(1, time("13:47:29.250000"), |_| {
            moved(Add, Temporal::Time, column("span"))
        })
        .await;
    asked
        .row(2, time("23:59:59.999999"), |v| {
            moved(Subtract, Temporal::Time, v.param(span(1)))
        })
        .await;
    asked
        .row(2, span(day + 1_500_000), |v| {
            moved(
                Difference,
                Temporal::DateTime,
                v.param(instant("2022-12-30 23:59:58.500000")),
            )
        })
        .await;
    asked
        .row(1, span(-2 * day), |v| {
            moved(Difference, Temporal::Date, v.param(date("2025-01-01")))
        })
        .await;
    asked
        .row(1, span(250_000), |v| {
            moved(Difference, Temporal::Time, v.param(time("13:45:59")))
        })
        .await;
    // The clocks of the server and of this process may differ, but not by a day.
    let since = |v: &mut super::sample::Values| {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let now = Value::DateTime(i64::try_from(now.as_micros()).unwrap());
        let since = Expr::Temporal {
            op: Difference,
            kind: Temporal::DateTime,
            left: Box::new(Expr::Function(Function::Now, vec![])),
            right: Box::new(v.param(now)),
        };
        Expr::Between {
            expr: Box::new(since),
            low: Box::new(v.param(span(-day))),
            high: Box::new(v.param(span(day))),
        }
    };
    asked.row(1, true, since).await;
    asked.done()
}

//! What computes with what: every pair of types that has a result, against values computed here.

use nuages::prelude::*;
use nuages_tests::models::create_tables;
use nuages_tests::{Case, Given, Outcome, Tables, cases};
use rust_decimal::Decimal;

static LINES: Tables = Tables {
    name: "lines",
    create: |db| Box::pin(async move { create_tables(&db, &[Line::meta()]).await }),
};

/// A line of an order.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(app = "shop")]
struct Line {
    id: i64,
    few: i16,
    quantity: i32,
    many: i64,
    stock: u32,
    #[field(max_digits = 14, decimal_places = 2)]
    price: Decimal,
    weight: f64,
    day: NaiveDate,
    clock: NaiveTime,
    begun: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
    span: TimeDelta,
    pause: Option<TimeDelta>,
    reserved: Option<i32>,
}

pub(super) fn cases() -> Vec<Case> {
    cases![
        integers_of_all_widths_compute_with_each_other.on(&LINES),
        decimals_compute_with_integers_exactly.on(&LINES),
        floats_compute_with_integers.on(&LINES),
        moments_move_by_durations.on(&LINES),
        sums_and_means_have_the_type_of_what_they_are_of.on(&LINES),
        sums_over_windows_are_exact.on(&LINES),
        computed_values_are_compared_and_written.on(&LINES),
    ]
}

fn decimal(digits: &str) -> Decimal {
    digits.parse().unwrap_or_default()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

fn at(date: NaiveDate, hour: u32, minute: u32, micros: i64) -> DateTime<Utc> {
    let start = date.and_hms_opt(hour, minute, 0).unwrap_or_default();
    start.and_utc() + TimeDelta::microseconds(micros)
}

fn lines() -> Vec<Line> {
    let begun = at(day(2024, 2, 28), 22, 30, 1);
    vec![
        Line {
            id: 1,
            few: -3,
            quantity: 7,
            many: 3_000_000_000,
            stock: 5,
            price: decimal("19.99"),
            weight: 2.5,
            day: day(2024, 2, 28),
            clock: NaiveTime::from_hms_opt(23, 30, 0).unwrap_or_default(),
            begun,
            ended: Some(begun + TimeDelta::days(2) + TimeDelta::microseconds(3)),
            span: TimeDelta::hours(36) + TimeDelta::microseconds(1),
            pause: None,
            reserved: Some(9),
        },
        Line {
            id: 2,
            few: 4,
            quantity: -2,
            many: 10,
            stock: 4_000_000,
            price: decimal("-0.05"),
            weight: -0.5,
            day: day(2024, 12, 31),
            clock: NaiveTime::MIN,
            begun: at(day(1999, 12, 31), 23, 59, 999_999),
            ended: None,
            span: TimeDelta::microseconds(-2),
            pause: Some(TimeDelta::seconds(90)),
            reserved: None,
        },
        Line {
            id: 3,
            few: 32_767,
            quantity: i32::MAX,
            many: 1,
            stock: 0,
            price: decimal("9.99"),
            weight: 1e10,
            day: day(2000, 1, 1),
            clock: NaiveTime::from_hms_micro_opt(12, 0, 0, 500_000).unwrap_or_default(),
            begun: at(day(2000, 1, 1), 0, 0, 0),
            ended: Some(at(day(1999, 12, 31), 0, 0, 0)),
            span: TimeDelta::days(1),
            pause: Some(TimeDelta::zero()),
            reserved: Some(0),
        },
    ]
}

async fn fill(given: &Given) -> nuages::Result<Vec<Line>> {
    Line::objects().bulk_create(&given.db, lines()).await?;
    Ok(lines())
}

/// Asks for an expression of every line, and holds the answers against those of a function of the line in Rust.
macro_rules! computes {
    ($given:ident, $lines:ident, |$p:ident| $expr:expr, |$line:ident| $expected:expr) => {{
        let found = Line::objects()
            .order_by(|p| p.id())
            .values_flat(|$p| $expr)
            .all(&$given.db)
            .await
            .map_err(|error| format!("{}: {error}", stringify!($expr)))?;
        let expected: Vec<_> = $lines.iter().map(|$line| $expected).collect();
        assert_eq!(found, expected, "{}", stringify!($expr));
    }};
}

async fn integers_of_all_widths_compute_with_each_other(given: Given) -> Outcome {
    let lines = fill(&given).await?;
    computes!(given, lines, |p| p.many() * p.quantity(), |l| l.many
        * i64::from(l.quantity));
    computes!(given, lines, |p| p.quantity() + p.many(), |l| {
        i64::from(l.quantity) + l.many
    });
    computes!(given, lines, |p| p.few() - p.many(), |l| i64::from(l.few)
        - l.many);
    computes!(given, lines, |p| p.few() / p.quantity(), |l| Some(
        i32::from(l.few) / l.quantity
    ));
    computes!(given, lines, |p| p.many() % p.few(), |l| Some(
        l.many % i64::from(l.few)
    ));
    // Without a sign and with one: the result may be below zero, and beyond 32 bits.
    computes!(given, lines, |p| p.stock() - p.quantity(), |l| {
        i64::from(l.stock) - i64::from(l.quantity)
    });
    computes!(given, lines, |p| p.quantity() * p.stock(), |l| {
        i64::from(l.quantity) * i64::from(l.stock)
    });
    computes!(given, lines, |p| p.few() * p.stock(), |l| i64::from(l.few)
        * i64::from(l.stock));
    computes!(given, lines, |p| p.stock() - p.reserved(), |l| l
        .reserved
        .map(|reserved| i64::from(l.stock) - i64::from(reserved)));
    computes!(given, lines, |p| p.reserved() + p.many(), |l| l
        .reserved
        .map(|reserved| i64::from(reserved) + l.many));
    computes!(given, lines, |p| p.many() + 5_000_000_000, |l| l.many
        + 5_000_000_000);
    computes!(given, lines, |p| (p.few() + 0) * value(2_i64), |l| {
        i64::from(l.few) * 2
    });
    computes!(given, lines, |p| -(p.quantity() - p.stock()), |l| {
        i64::from(l.stock) - i64::from(l.quantity)
    });
    Ok(())
}

async fn decimals_compute_with_integers_exactly(given: Given) -> Outcome {
    let lines = fill(&given).await?;
    let exact = |number: i64| Decimal::from(number);
    computes!(given, lines, |p| p.price() * p.few(), |l| l.price
        * exact(l.few.into()));
    computes!(given, lines, |p| p.quantity() * p.price(), |l| l.price
        * exact(l.quantity.into()));
    computes!(given, lines, |p| p.stock() + p.price(), |l| l.price
        + exact(l.stock.into()));
    computes!(given, lines, |p| p.price() - p.many(), |l| l.price
        - exact(l.many));
    computes!(given, lines, |p| p.price() % p.few(), |l| Some(
        l.price % exact(l.few.into())
    ));
    computes!(given, lines, |p| p.price() * 3, |l| l.price * exact(3));
    computes!(given, lines, |p| p.price() + decimal("0.01"), |l| l.price
        + decimal("0.01"));
    computes!(given, lines, |p| p.price() * p.reserved(), |l| l
        .reserved
        .map(|reserved| l.price * exact(reserved.into())));
    // A quotient is cut where it has enough places.
    computes!(given, lines, |p| (p.price() / 8).round_to(4), |l| (l.price
        / exact(8))
    .round_dp_with_strategy(
        4,
        rust_decimal::RoundingStrategy::MidpointAwayFromZero
    ));
    computes!(
        given,
        lines,
        |p| (p.quantity() / p.price()).round_to(6),
        |l| Some(
            (exact(l.quantity.into()) / l.price)
                .round_dp_with_strategy(6, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
        )
    );
    Ok(())
}

async fn floats_compute_with_integers(given: Given) -> Outcome {
    let lines = fill(&given).await?;
    computes!(given, lines, |p| p.weight() * p.few(), |l| l.weight
        * f64::from(l.few));
    computes!(given, lines, |p| p.quantity() / p.weight(), |l| Some(
        f64::from(l.quantity) / l.weight
    ));
    computes!(given, lines, |p| p.stock() - p.weight(), |l| f64::from(
        l.stock
    ) - l.weight);
    computes!(given, lines, |p| p.weight() / 4, |l| l.weight / 4.0);
    computes!(given, lines, |p| p.weight() * 1.5, |l| l.weight * 1.5);
    Ok(())
}

async fn moments_move_by_durations(given: Given) -> Outcome {
    let lines = fill(&given).await?;
    computes!(given, lines, |p| p.ended() - p.begun(), |l| l
        .ended
        .map(|ended| ended - l.begun));
    computes!(given, lines, |p| p.begun() - p.begun(), |_l| {
        TimeDelta::zero()
    });
    computes!(
        given,
        lines,
        |p| p.begun() - at(day(2000, 1, 1), 0, 0, 0),
        |l| l.begun - at(day(2000, 1, 1), 0, 0, 0)
    );
    computes!(given, lines, |p| p.begun() + p.span(), |l| l.begun + l.span);
    computes!(given, lines, |p| p.begun() - p.span(), |l| l.begun - l.span);
    computes!(given, lines, |p| p.span() + p.begun(), |l| l.begun + l.span);
    computes!(
        given,
        lines,
        |p| p.begun() + TimeDelta::microseconds(-1),
        |l| l.begun - TimeDelta::microseconds(1)
    );
    computes!(given, lines, |p| p.ended() + p.pause(), |l| {
        Some(l.ended? + l.pause?)
    });
    computes!(given, lines, |p| p.day() - day(2024, 1, 1), |l| l.day
        - day(2024, 1, 1));
    computes!(given, lines, |p| p.day() - p.begun().date(), |l| l.day
        - l.begun.date_naive());
    let midnight = |date: NaiveDate| at(date, 0, 0, 0);
    computes!(given, lines, |p| p.day() + p.span(), |l| midnight(l.day)
        + l.span);
    computes!(given, lines, |p| p.day() - TimeDelta::minutes(1), |l| {
        midnight(l.day) - TimeDelta::minutes(1)
    });
    // A time of day stays in its day.
    computes!(given, lines, |p| p.clock() + TimeDelta::hours(1), |l| l
        .clock
        + TimeDelta::hours(1));
    computes!(given, lines, |p| p.clock() - p.span(), |l| l.clock - l.span);
    computes!(given, lines, |p| p.clock() - p.begun().time(), |l| l.clock
        - l.begun.time());
    computes!(given, lines, |p| p.span() - TimeDelta::hours(1), |l| l.span
        - TimeDelta::hours(1));
    computes!(given, lines, |p| p.span() + p.pause(), |l| l
        .pause
        .map(|pause| l.span + pause));
    Ok(())
}

async fn sums_and_means_have_the_type_of_what_they_are_of(given: Given) -> Outcome {
    let lines = fill(&given).await?;
    let db = &given.db;
    let (span, mean, pause): (Option<TimeDelta>, Option<TimeDelta>, Option<TimeDelta>) =
        Line::objects()
            .aggregate(db, |p| (p.span().sum(), p.span().avg(), p.pause().avg()))
            .await?;
    let total: TimeDelta = lines.iter().map(|line| line.span).sum();
    assert_eq!(span, Some(total));
    // 2.5 days less a microsecond, in three: the nearest microsecond.
    assert_eq!(mean, Some(TimeDelta::microseconds(72_000_000_000)));
    assert_eq!(pause, Some(TimeDelta::seconds(45)));
    let (longest, elapsed): (Option<TimeDelta>, Option<TimeDelta>) = Line::objects()
        .aggregate(db, |p| (p.span().max(), (p.ended() - p.begun()).sum()))
        .await?;
    assert_eq!(longest, lines.iter().map(|line| line.span).max());
    let expected = lines
        .iter()
        .filter_map(|line| Some(line.ended? - line.begun));
    assert_eq!(elapsed, Some(expected.sum()));
    let (worth, mean, few): (Option<Decimal>, Option<Decimal>, Option<f64>) = Line::objects()
        .aggregate(db, |p| {
            ((p.price() * p.few()).sum(), p.price().avg(), p.few().avg())
        })
        .await?;
    let expected: Decimal = lines.iter().map(|l| l.price * Decimal::from(l.few)).sum();
    assert_eq!(worth, Some(expected));
    let expected = lines.iter().map(|l| l.price).sum::<Decimal>() / Decimal::from(3);
    assert_eq!(
        mean.map(|mean| mean.round_dp(4)),
        Some(expected.round_dp(4))
    );
    assert_eq!(few, Some(32_768.0 / 3.0));
    let none: (Option<TimeDelta>, Option<TimeDelta>, Option<Decimal>) = Line::objects()
        .filter(|p| p.id().lt(0))
        .aggregate(db, |p| (p.span().sum(), p.span().avg(), p.price().avg()))
        .await?;
    assert_eq!(none, (None, None, None));
    Ok(())
}

async fn sums_over_windows_are_exact(given: Given) -> Outcome {
    let lines = fill(&given).await?;
    let running: Vec<(Option<Decimal>, Option<TimeDelta>, Option<TimeDelta>)> = Line::objects()
        .order_by(|p| p.id())
        .values(|p| {
            let so_far = || window().order_by(p.id());
            (
                p.price().sum().over(so_far()),
                p.span().sum().over(so_far()),
                p.span().avg().over(so_far().rows(-1..=0)),
            )
        })
        .all(&given.db)
        .await?;
    let mut price = Decimal::ZERO;
    let mut span = TimeDelta::zero();
    let mut means = [
        lines[0].span,
        // Half of an odd number of microseconds: away from zero, or to the even one.
        (lines[0].span + lines[1].span) / 2,
        (lines[1].span + lines[2].span) / 2,
    ]
    .into_iter();
    for (line, (prices, spans, mean)) in lines.iter().zip(running) {
        price += line.price;
        span += line.span;
        assert_eq!((prices, spans), (Some(price), Some(span)));
        let difference = mean
            .zip(means.next())
            .map(|(found, told)| (found - told).abs());
        assert!(difference <= Some(TimeDelta::microseconds(1)), "{mean:?}");
    }
    Ok(())
}

async fn computed_values_are_compared_and_written(given: Given) -> Outcome {
    fill(&given).await?;
    let db = &given.db;
    let ids = |query: QuerySet<Line>| async move {
        query
            .order_by(|p| p.id())
            .values_flat(|p| p.id())
            .all(db)
            .await
    };
    let dear = Line::objects().filter(|p| (p.price() * p.quantity()).gt(decimal("0.09")));
    assert_eq!(ids(dear).await?, [1, 2, 3]);
    let exact = Line::objects().filter(|p| (p.price() * p.quantity()).eq(decimal("0.10")));
    assert_eq!(ids(exact).await?, [2]);
    let short = Line::objects().filter(|p| (p.stock() - p.reserved()).lt(0));
    assert_eq!(ids(short).await?, [1]);
    // Of one type without a sign, and still below zero while it is computed.
    let short = Line::objects().filter(|p| (p.stock() - 6).lt(0));
    assert_eq!(
        ids(short.clone()).await.map(|ids| ids.len()).ok(),
        Some(2),
        "{}",
        short.sql(db)?
    );
    let long = Line::objects().filter(|p| (p.ended() - p.begun()).gt(TimeDelta::days(2)));
    assert_eq!(ids(long).await?, [1]);
    let order = Line::objects().order_by(|p| (p.price() * p.quantity()).desc());
    let order = order.values_flat(|p| p.id()).all(db).await?;
    assert_eq!(order, [3, 1, 2]);
    Line::objects()
        .filter(|p| p.id().eq(1))
        .update(db, |p| {
            (
                p.price().set(p.price() * p.few()),
                p.many().set(p.many() + p.quantity()),
                p.begun().set(p.begun() + p.span()),
                p.span().set(p.span() + TimeDelta::seconds(1)),
            )
        })
        .await?;
    let line = Line::objects().key(1).get(db).await?;
    let before = &lines()[0];
    assert_eq!(line.price, decimal("-59.97"));
    assert_eq!(line.many, 3_000_000_007);
    assert_eq!(line.begun, before.begun + before.span);
    assert_eq!(line.span, before.span + TimeDelta::seconds(1));
    Ok(())
}

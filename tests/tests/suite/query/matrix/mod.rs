//! Every lookup on every type, with the values at the ends of what the types hold, against answers computed here.
//!
//! A table has a row for each interesting value of each type, and one with NULL in every column. Each lookup is asked by
//! method, by name and as an exclusion, which must find what is left.

use std::net::IpAddr;

use nuages::prelude::*;
use nuages_tests::models::create_tables;
use nuages_tests::{Case, Given, Tables, cases};
use rust_decimal::Decimal;
use uuid::Uuid;

static CELLS: Tables = Tables {
    name: "cells",
    create: |db| Box::pin(async move { create_tables(&db, &[Cell::meta()]).await }),
};

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
#[choices(integer)]
#[repr(i16)]
enum Rank {
    Low = -1,
    High = 10,
}

/// A column of each type.
#[derive(Model, Debug, Clone)]
#[model(app = "cells")]
struct Cell {
    id: i64,
    small: Option<i16>,
    whole: Option<i32>,
    big: Option<i64>,
    unsigned: Option<u32>,
    huge: Option<u64>,
    float: Option<f64>,
    truth: Option<bool>,
    text: Option<String>,
    #[field(max_length = 60)]
    word: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    clock: Option<NaiveTime>,
    instant: Option<DateTime<Utc>>,
    span: Option<TimeDelta>,
    #[field(max_digits = 20, decimal_places = 8)]
    exact: Option<Decimal>,
    uuid: Option<Uuid>,
    address: Option<IpAddr>,
    size: Option<Size>,
    rank: Option<Rank>,
    document: Option<serde_json::Value>,
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

fn clock(hour: u32, minute: u32, second: u32, micros: u32) -> NaiveTime {
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros).unwrap_or_default()
}

fn decimal(digits: &str) -> Decimal {
    digits.parse().unwrap_or_default()
}

const TEXTS: [&str; 14] = [
    "",
    "plain",
    "100%",
    "low_score",
    "back\\slash",
    "quote' \"",
    "crab 🦀 crab",
    "Ünï ÄÖ",
    "UPPER",
    "tab\tnew\nline",
    "%",
    "_",
    "\\",
    "日本語",
];

fn days() -> Vec<NaiveDate> {
    vec![
        day(1, 1, 1),
        day(9999, 12, 31),
        day(2024, 2, 29),
        day(1969, 12, 31),
        day(1970, 1, 1),
        day(2000, 12, 31),
        day(2021, 1, 3),
        day(2026, 1, 1),
        day(1899, 12, 31),
        day(2020, 12, 31),
        day(2018, 12, 30),
    ]
}

fn clocks() -> Vec<NaiveTime> {
    vec![
        NaiveTime::MIN,
        clock(23, 59, 59, 999_999),
        clock(12, 0, 0, 0),
        clock(0, 0, 0, 1),
        clock(9, 5, 7, 100_000),
    ]
}

fn instants() -> Vec<DateTime<Utc>> {
    let clocks = clocks();
    let days = days();
    let pairs = days.iter().zip(clocks.iter().cycle());
    pairs
        .map(|(day, clock)| day.and_time(*clock).and_utc())
        .collect()
}

fn spans() -> [TimeDelta; 6] {
    [
        TimeDelta::zero(),
        TimeDelta::microseconds(-1),
        TimeDelta::microseconds(1),
        TimeDelta::days(-400_000),
        TimeDelta::days(400_000),
        TimeDelta::hours(36),
    ]
}

/// Row by row the n-th value of each type; NULL behind the last.
fn cells() -> Vec<Cell> {
    let exact = [
        "0",
        "0.00000001",
        "-0.00000001",
        "123456789.012345",
        "-9999999.99999999",
        "999999999999.000",
        "2.5",
    ];
    let uuids = [0, u128::MAX, 0x0123_4567_89ab_4def_8123_4567_89ab_cdef];
    let addresses = [
        "127.0.0.1",
        "::1",
        "255.255.255.255",
        "2001:db8::ff00:42:8329",
    ];
    let documents = [
        serde_json::json!({"a": 1, "b": [1, "x", null]}),
        serde_json::json!([]),
        serde_json::json!("text"),
        serde_json::json!(5),
        serde_json::json!(true),
        serde_json::json!({"b": {"c": 1.5}}),
    ];
    let floats = [
        0.0,
        0.1,
        -0.1,
        f64::MAX,
        f64::MIN,
        2.225e-307,
        1e15,
        0.1 + 0.2,
    ];
    (0..15_usize)
        .map(|n| Cell {
            id: i64::try_from(n).unwrap_or_default() + 1,
            small: [0, -1, 1, i16::MIN, i16::MAX].get(n).copied(),
            whole: [0, -1, 1, i32::MIN, i32::MAX].get(n).copied(),
            big: [0, -1, 1, i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1]
                .get(n)
                .copied(),
            unsigned: [0, 1, 2_147_483_647].get(n).copied(),
            huge: [0, 1, 9_223_372_036_854_775_807].get(n).copied(),
            float: floats.get(n).copied(),
            truth: [true, false].get(n).copied(),
            text: TEXTS.get(n).map(|text| (*text).to_owned()),
            word: TEXTS.get(n).map(|text| (*text).to_owned()),
            bytes: [&[][..], &[0], &[0, 255], &[255], b"text"]
                .get(n)
                .map(|bytes| bytes.to_vec()),
            day: days().get(n).copied(),
            clock: clocks().get(n).copied(),
            instant: instants().get(n).copied(),
            span: spans().get(n).copied(),
            exact: exact.get(n).map(|digits| decimal(digits)),
            uuid: uuids.get(n).map(|number| Uuid::from_u128(*number)),
            address: addresses.get(n).and_then(|address| address.parse().ok()),
            size: [Size::Small, Size::Large].get(n).copied(),
            rank: [Rank::Low, Rank::High].get(n).copied(),
            document: documents.get(n).cloned(),
        })
        .collect()
}

async fn fill(given: &Given) -> nuages::Result<Vec<Cell>> {
    Cell::objects().bulk_create(&given.db, cells()).await?;
    let mut stored = Cell::objects().order_by(|c| c.id()).all(&given.db).await?;
    let mut told = cells();
    for cell in stored.iter_mut().chain(&mut told) {
        cell.exact = cell.exact.map(|exact| exact.normalize());
    }
    for (stored, told) in stored.iter().zip(&told) {
        assert_eq!(
            format!("{stored:?}"),
            format!("{told:?}"),
            "what was stored is read back"
        );
    }
    Ok(stored)
}

/// The keys of what a query set finds.
async fn found(given: &Given, query: QuerySet<Cell>) -> nuages::Result<Vec<i64>> {
    query
        .order_by(|c| c.id())
        .values_flat(|c| c.id())
        .all(&given.db)
        .await
}

/// The keys of the cells whose value meets a condition, and of the others.
fn split<'c, T: 'c>(
    cells: &'c [Cell],
    get: impl Fn(&'c Cell) -> Option<&'c T>,
    holds: impl Fn(&T) -> bool,
) -> (Vec<i64>, Vec<i64>) {
    let (found, rest): (Vec<&Cell>, Vec<&Cell>) =
        cells.iter().partition(|cell| get(cell).is_some_and(&holds));
    let keys = |cells: Vec<&Cell>| cells.into_iter().map(|cell| cell.id).collect();
    (keys(found), keys(rest))
}

/// Holds a lookup and its exclusion against a function of the column's value: what is unknown belongs to the exclusion.
macro_rules! finds {
    ($given:ident, $cells:ident, $field:ident, $name:expr, $query:expr, $holds:expr) => {{
        let (expected, rest) = split(&$cells, |cell| cell.$field.as_ref(), $holds);
        let name = format!("{} {}", stringify!($field), $name);
        let query = $query;
        assert_eq!(
            found(&$given, Cell::objects().filter(&query))
                .await
                .map_err(|e| format!("{name}: {e}"))?,
            expected,
            "{name}"
        );
        assert_eq!(
            found(&$given, Cell::objects().exclude(&query))
                .await
                .map_err(|e| format!("{name}: {e}"))?,
            rest,
            "not {name}"
        );
    }};
}

/// The same by name.
macro_rules! finds_by_name {
    ($given:ident, $cells:ident, $field:ident, $lookup:literal, $value:expr, $holds:expr) => {{
        let (expected, _) = split(&$cells, |cell| cell.$field.as_ref(), $holds);
        let name = concat!(stringify!($field), "__", $lookup);
        let query = Cell::objects().lookup(name, $value)?;
        assert_eq!(
            found(&$given, query).await?,
            expected,
            "{name} {:?}",
            $value
        );
    }};
}

/// Equality, lists and NULL.
macro_rules! equality {
    ($given:ident, $cells:ident, $field:ident, $operands:expr) => {{
        let operands = $operands;
        for value in &operands {
            finds!(
                $given,
                $cells,
                $field,
                format!("= {value:?}"),
                |c: Root<Cell>| c.$field().eq(value.clone()),
                |cell| cell == value
            );
            finds!(
                $given,
                $cells,
                $field,
                format!("in [{value:?}]"),
                |c: Root<Cell>| c.$field().in_([value.clone()]),
                |cell| cell == value
            );
            finds_by_name!(
                $given,
                $cells,
                $field,
                "exact",
                value.to_value()?,
                |cell| cell == value
            );
            let ne = found(
                &$given,
                Cell::objects().filter(|c| c.$field().ne(value.clone())),
            )
            .await?;
            let others = $cells
                .iter()
                .filter(|cell| cell.$field.as_ref() != Some(value));
            assert_eq!(
                ne,
                others.map(|cell| cell.id).collect::<Vec<_>>(),
                "{} <> {value:?}",
                stringify!($field)
            );
        }
        finds!(
            $given,
            $cells,
            $field,
            "in all",
            |c: Root<Cell>| c.$field().in_(&operands),
            |cell| operands.contains(cell)
        );
        finds!(
            $given,
            $cells,
            $field,
            "in none",
            |c: Root<Cell>| c.$field().in_(&operands[..0]),
            |_| false
        );
        let nulls: Vec<i64> = $cells
            .iter()
            .filter(|cell| cell.$field.is_none())
            .map(|cell| cell.id)
            .collect();
        assert_eq!(
            found(&$given, Cell::objects().filter(|c| c.$field().is_null())).await?,
            nulls
        );
        assert_eq!(
            found(
                &$given,
                Cell::objects().exclude(|c| c.$field().isnull(false))
            )
            .await?,
            nulls
        );
        let by_name = Cell::objects().lookup(
            stringify!($field),
            nuages::Value::Null(nuages::value::ValueType::Text),
        )?;
        assert_eq!(found(&$given, by_name).await?, nulls);
    }};
}

/// Equality, and everything that needs an order.
macro_rules! order {
    ($given:ident, $cells:ident, $field:ident, $beyond:expr) => {{
        let mut operands: Vec<_> = $cells
            .iter()
            .filter_map(|cell| cell.$field.clone())
            .collect();
        operands.extend($beyond);
        equality!($given, $cells, $field, operands.clone());
        for value in &operands {
            finds!(
                $given,
                $cells,
                $field,
                format!("> {value:?}"),
                |c: Root<Cell>| c.$field().gt(value.clone()),
                |cell| cell > value
            );
            finds!(
                $given,
                $cells,
                $field,
                format!(">= {value:?}"),
                |c: Root<Cell>| c.$field().gte(value.clone()),
                |cell| cell >= value
            );
            finds!(
                $given,
                $cells,
                $field,
                format!("< {value:?}"),
                |c: Root<Cell>| c.$field().lt(value.clone()),
                |cell| cell < value
            );
            finds!(
                $given,
                $cells,
                $field,
                format!("<= {value:?}"),
                |c: Root<Cell>| c.$field().lte(value.clone()),
                |cell| cell <= value
            );
            finds_by_name!($given, $cells, $field, "gt", value.to_value()?, |cell| cell
                > value);
            finds_by_name!(
                $given,
                $cells,
                $field,
                "lte",
                value.to_value()?,
                |cell| cell <= value
            );
        }
        for (low, high) in operands
            .iter()
            .zip(operands.iter().skip(1))
            .chain(operands.iter().skip(1).zip(&operands))
        {
            finds!(
                $given,
                $cells,
                $field,
                format!("between {low:?} and {high:?}"),
                |c: Root<Cell>| c.$field().range(low.clone(), high.clone()),
                |cell| low <= cell && cell <= high
            );
        }
    }};
}

mod lists;
mod parts;
mod text;
mod values;

use lists::lists_may_be_huge;
use parts::parts_of_moments_are_those_of_the_calendar;
use text::{
    text_is_searched_letter_by_letter, text_is_searched_without_regard_to_case,
    text_matches_expressions,
};
use values::{
    floats_that_are_no_numbers, moments_are_looked_up_to_their_ends,
    nulls_among_members_match_nothing, numbers_are_looked_up_to_their_ends,
    numbers_beyond_a_column_are_never_found, other_types_are_looked_up,
    what_a_database_refuses_is_told,
};

pub(super) fn cases() -> Vec<Case> {
    cases![
        numbers_are_looked_up_to_their_ends.on(&CELLS),
        moments_are_looked_up_to_their_ends.on(&CELLS),
        other_types_are_looked_up.on(&CELLS),
        text_is_searched_letter_by_letter.on(&CELLS),
        text_is_searched_without_regard_to_case.on(&CELLS),
        text_matches_expressions.on(&CELLS),
        parts_of_moments_are_those_of_the_calendar.on(&CELLS),
        numbers_beyond_a_column_are_never_found.on(&CELLS),
        floats_that_are_no_numbers.on(&CELLS),
        lists_may_be_huge.on(&CELLS),
        nulls_among_members_match_nothing.on(&CELLS),
        what_a_database_refuses_is_told.on(&CELLS),
    ]
}

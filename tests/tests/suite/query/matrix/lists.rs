//! Lists of many thousand members.

use std::net::IpAddr;

use nuages::prelude::*;
use nuages_tests::{Given, Outcome};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Cell, day, fill, found, instants, split};

pub(super) async fn lists_may_be_huge(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    let moment = |n: i64| DateTime::from_timestamp_micros(n * 1_000_003).unwrap_or_default();
    for length in [10_000_i64, 100_000] {
        let mut integers: Vec<i64> = (10..length).collect();
        integers.extend([1, i64::MAX]);
        finds!(
            given,
            cells,
            big,
            "in many",
            |c: Root<Cell>| c.big().in_(&integers),
            |cell| *cell == 1 || *cell == i64::MAX
        );
        let mut texts: Vec<String> = (0..length).map(|n| format!("'{n}\\ü")).collect();
        texts.extend([
            "crab 🦀 crab".to_owned(),
            "\\".to_owned(),
            "tab\tnew\nline".to_owned(),
        ]);
        finds!(
            given,
            cells,
            text,
            "in many",
            |c: Root<Cell>| c.text().in_(&texts),
            |cell| texts.contains(cell)
        );
        finds!(
            given,
            cells,
            word,
            "in many",
            |c: Root<Cell>| c.word().in_(&texts),
            |cell| texts.contains(cell)
        );
        let mut moments: Vec<DateTime<Utc>> = (1..length).map(moment).collect();
        moments.extend(instants());
        finds!(
            given,
            cells,
            instant,
            "in many",
            |c: Root<Cell>| c.instant().in_(&moments),
            |_| true
        );
    }
    let length = 20_000_u32;
    let floats: Vec<f64> = (1..length).map(|n| f64::from(n) / 10.0).collect();
    finds!(
        given,
        cells,
        float,
        "in many",
        |c: Root<Cell>| c.float().in_(&floats),
        |cell| floats.contains(cell)
    );
    let decimals: Vec<Decimal> = (1..length).map(|n| Decimal::new(n.into(), 1)).collect();
    finds!(
        given,
        cells,
        exact,
        "in many",
        |c: Root<Cell>| c.exact().in_(&decimals),
        |cell| decimals.contains(cell)
    );
    let days: Vec<NaiveDate> = (0..length)
        .map(|n| day(1990, 1, 1) + TimeDelta::days(n.into()))
        .collect();
    finds!(
        given,
        cells,
        day,
        "in many",
        |c: Root<Cell>| c.day().in_(&days),
        |cell| days.contains(cell)
    );
    let clocks: Vec<NaiveTime> = (0..length)
        .map(|n| NaiveTime::MIN + TimeDelta::seconds(n.into()))
        .collect();
    finds!(
        given,
        cells,
        clock,
        "in many",
        |c: Root<Cell>| c.clock().in_(&clocks),
        |cell| clocks.contains(cell)
    );
    let spans: Vec<TimeDelta> = (0..length)
        .map(|n| TimeDelta::microseconds(n.into()))
        .collect();
    finds!(
        given,
        cells,
        span,
        "in many",
        |c: Root<Cell>| c.span().in_(&spans),
        |cell| spans.contains(cell)
    );
    let uuids: Vec<Uuid> = (0..length).map(|n| Uuid::from_u128(n.into())).collect();
    finds!(
        given,
        cells,
        uuid,
        "in many",
        |c: Root<Cell>| c.uuid().in_(&uuids),
        |cell| uuids.contains(cell)
    );
    let bytes: Vec<Vec<u8>> = (0..length).map(|n| n.to_be_bytes()[2..].to_vec()).collect();
    finds!(
        given,
        cells,
        bytes,
        "in many",
        |c: Root<Cell>| c.bytes().in_(&bytes),
        |cell| bytes.contains(cell)
    );
    let addresses: Vec<IpAddr> = (0..length)
        .map(|n| IpAddr::from((0x7f00_0000 + n).to_be_bytes()))
        .collect();
    finds!(
        given,
        cells,
        address,
        "in many",
        |c: Root<Cell>| c.address().in_(&addresses),
        |cell| addresses.contains(cell)
    );
    Ok(())
}

//! Values of each type, and values that a column or a database does not take.

use std::net::IpAddr;

use chrono::Datelike;
use nuages::meta::FieldType;
use nuages::prelude::*;
use nuages_tests::{Given, Outcome};
use uuid::Uuid;

use super::{Cell, Rank, Size, TEXTS, cells, clock, day, decimal, fill, found, split};

pub(super) async fn numbers_are_looked_up_to_their_ends(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    order!(given, cells, small, [2]);
    order!(given, cells, whole, [2]);
    order!(given, cells, big, [2]);
    order!(given, cells, unsigned, [u32::MAX]);
    order!(given, cells, huge, [2]);
    order!(given, cells, float, [0.3, -0.0, 1e300]);
    order!(
        given,
        cells,
        exact,
        [
            decimal("2.50000000"),
            decimal("123456789.01234"),
            decimal("-1")
        ]
    );
    Ok(())
}

pub(super) async fn moments_are_looked_up_to_their_ends(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    order!(given, cells, day, [day(2024, 3, 1)]);
    order!(given, cells, clock, [clock(9, 5, 7, 0)]);
    order!(
        given,
        cells,
        instant,
        [day(2024, 2, 29).and_time(NaiveTime::MIN).and_utc()]
    );
    order!(given, cells, span, [TimeDelta::hours(37)]);
    Ok(())
}

pub(super) async fn other_types_are_looked_up(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    order!(given, cells, truth, [true]);
    order!(given, cells, bytes, [vec![0, 254]]);
    order!(given, cells, rank, [Rank::High]);
    equality!(given, cells, size, [Size::Small, Size::Large]);
    equality!(
        given,
        cells,
        uuid,
        [Uuid::nil(), Uuid::max(), Uuid::from_u128(7)]
    );
    let addresses = ["127.0.0.1", "2001:db8::ff00:42:8329", "10.0.0.1"];
    equality!(
        given,
        cells,
        address,
        addresses.map(|address| address
            .parse::<IpAddr>()
            .unwrap_or(IpAddr::from([0, 0, 0, 0])))
    );
    let texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    equality!(given, cells, text, texts.clone());
    equality!(given, cells, word, texts);
    for document in cells.iter().filter_map(|cell| cell.document.clone()) {
        finds!(
            given,
            cells,
            document,
            format!("= {document}"),
            |c: Root<Cell>| c.document().eq(document.clone()),
            |cell| *cell == document
        );
    }
    Ok(())
}

pub(super) async fn numbers_beyond_a_column_are_never_found(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    let beyond = 5_000_000_000_i64;
    finds_by_name!(given, cells, small, "exact", beyond, |_| false);
    finds_by_name!(given, cells, small, "gt", beyond, |_| false);
    finds_by_name!(given, cells, small, "lt", beyond, |_| true);
    finds_by_name!(given, cells, whole, "gte", -beyond, |_| true);
    finds_by_name!(given, cells, whole, "lte", -beyond, |_| false);
    finds_by_name!(given, cells, unsigned, "gt", -1_i64, |_| true);
    finds_by_name!(given, cells, huge, "lt", -1_i64, |_| false);
    let members = nuages::Value::List(
        nuages::value::ValueType::Int,
        vec![beyond.into(), 1_i64.into()],
    );
    finds_by_name!(given, cells, whole, "in", members.clone(), |cell| *cell
        == 1);
    let years = [-1, 0, 1, 9999, 10_000, 3_000_000];
    for year in years {
        finds!(
            given,
            cells,
            day,
            format!("year = {year}"),
            |c: Root<Cell>| c.day().year().eq(year),
            |cell| cell.year() == year
        );
        finds!(
            given,
            cells,
            instant,
            format!("year < {year}"),
            |c: Root<Cell>| c.instant().year().lt(year),
            |cell| cell.year() < year
        );
        finds!(
            given,
            cells,
            instant,
            format!("year >= {year}"),
            |c: Root<Cell>| c.instant().year().gte(year),
            |cell| cell.year() >= year
        );
    }
    // A float beside whole numbers: what is whole of it decides.
    finds_by_name!(given, cells, whole, "gt", 0.5, |cell| f64::from(*cell)
        > 0.5);
    finds_by_name!(given, cells, whole, "gte", 0.5, |cell| f64::from(*cell)
        >= 0.5);
    finds_by_name!(given, cells, whole, "lt", 0.5, |cell| f64::from(*cell)
        < 0.5);
    finds_by_name!(given, cells, whole, "lte", -0.5, |cell| f64::from(*cell)
        <= -0.5);
    finds_by_name!(given, cells, whole, "exact", 1.0, |cell| *cell == 1);
    finds_by_name!(given, cells, whole, "exact", 0.5, |_| false);
    Ok(())
}

pub(super) async fn floats_that_are_no_numbers(given: Given) -> Outcome {
    fill(&given).await?;
    let db = &given.db;
    for float in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let cell = Cell {
            id: 100,
            float: Some(float),
            ..cells().pop().ok_or("a cell")?
        };
        match Cell::objects().bulk_create(db, vec![cell]).await {
            Ok(_) => {
                let stored = Cell::objects().key(100).get(db).await?.float;
                assert_eq!(stored.map(f64::is_nan), Some(float.is_nan()));
                assert_eq!(
                    found(&given, Cell::objects().filter(|c| c.float().eq(float))).await?,
                    [100]
                );
                assert_eq!(
                    found(
                        &given,
                        Cell::objects().filter(|c| c.float().in_([float, 0.5]))
                    )
                    .await?,
                    [100]
                );
                let others =
                    found(&given, Cell::objects().exclude(|c| c.float().in_([float]))).await?;
                assert_eq!(others.len(), 15, "{float}");
                let greater =
                    found(&given, Cell::objects().filter(|c| c.float().gt(f64::MAX))).await?;
                assert_eq!(
                    greater.len(),
                    usize::from(float != f64::NEG_INFINITY),
                    "{float}"
                );
                Cell::objects().key(100).delete(db).await?;
            }
            Err(error) => {
                assert!(error.to_string().contains("there is no"), "{error}");
                let refused = Cell::objects()
                    .filter(|c| c.float().eq(float))
                    .all(db)
                    .await;
                assert!(refused.is_err_and(|error| error.to_string().contains("there is no")));
            }
        }
    }
    Ok(())
}

pub(super) async fn nulls_among_members_match_nothing(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    // The column itself as the members: NULL among them, and outside.
    let members = || Cell::objects().values_flat(|c| c.whole());
    finds!(
        given,
        cells,
        whole,
        "in its column",
        |c: Root<Cell>| c.whole().in_(members()),
        |_| true
    );
    let some = || {
        Cell::objects()
            .filter(|c| c.id().in_([1, 15]))
            .values_flat(|c| c.whole())
    };
    finds!(
        given,
        cells,
        whole,
        "in 0 and NULL",
        |c: Root<Cell>| c.whole().in_(some()),
        |cell| *cell == 0
    );
    let only_null = || {
        Cell::objects()
            .filter(|c| c.id().eq(15))
            .values_flat(|c| c.whole())
    };
    finds!(
        given,
        cells,
        whole,
        "in NULL",
        |c: Root<Cell>| c.whole().in_(only_null()),
        |_| false
    );
    let none = || Cell::objects().none().values_flat(|c| c.whole());
    finds!(
        given,
        cells,
        whole,
        "in nothing",
        |c: Root<Cell>| c.whole().in_(none()),
        |_| false
    );
    let null = nuages::Value::Null(nuages::value::ValueType::Int);
    let members = nuages::Value::List(
        nuages::value::ValueType::Int,
        vec![null.clone(), 1_i64.into()],
    );
    finds_by_name!(given, cells, whole, "in", members.clone(), |cell| *cell
        == 1);
    let refused = Cell::objects().lookup("whole__gt", null).map(|_| ());
    assert!(refused.is_err_and(|error| error.to_string().contains("NULL")));
    Ok(())
}

pub(super) async fn what_a_database_refuses_is_told(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    let db = &given.db;
    // The character NUL: PostgreSQL takes none, the others find nothing.
    let nul = found(&given, Cell::objects().filter(|c| c.text().eq("a\0b"))).await;
    match nul {
        Ok(found) => assert_eq!(found, [0_i64; 0]),
        Err(error) => assert!(error.to_string().contains("0x00"), "{error}"),
    }
    let broken = Cell::objects()
        .filter(|c| c.text().regex("("))
        .all(db)
        .await;
    assert!(broken.is_err(), "a broken expression is an error");
    // Years that a database does not know are refused, or nothing is of them; never compared as text.
    let late = found(
        &given,
        Cell::objects().filter(|c| c.day().lt(NaiveDate::MAX)),
    )
    .await;
    match late {
        Ok(found) => assert_eq!(
            found.len(),
            cells.iter().filter(|cell| cell.day.is_some()).count()
        ),
        Err(error) => assert!(error.to_string().contains("years"), "{error}"),
    }
    let huge = Cell::objects()
        .filter(|c| c.huge().eq(u64::MAX))
        .all(db)
        .await;
    assert!(huge.is_err_and(|error| error.to_string().contains("9223372036854775807")));
    Ok(())
}

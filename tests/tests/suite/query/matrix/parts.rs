//! Parts of dates and times.

use chrono::{Datelike, Timelike};
use nuages::meta::FieldType;
use nuages::prelude::*;
use nuages_tests::{Given, Outcome};

use super::{Cell, fill, found, split};

fn number<T: TryInto<i32>>(number: T) -> i32 {
    number.try_into().unwrap_or_default()
}

/// Each part of each moment, read and looked up.
macro_rules! parts {
    ($given:ident, $cells:ident, $field:ident: $($part:ident => $value:expr),* $(,)?) => {
        $({
            let of: fn(_) -> _ = $value;
            let read = Cell::objects().order_by(|c| c.id()).values_flat(|c| c.$field().$part()).all(&$given.db).await?;
            let expected: Vec<_> = $cells.iter().map(|cell| cell.$field.map(of)).collect();
            assert_eq!(read, expected, "{} of {}", stringify!($part), stringify!($field));
            for part in expected.into_iter().flatten() {
                let name = format!("{} = {part:?}", stringify!($part));
                finds!($given, $cells, $field, name, |c: Root<Cell>| c.$field().$part().eq(part), |cell| of(*cell) == part);
                let name = format!("{} > {part:?}", stringify!($part));
                finds!($given, $cells, $field, name, |c: Root<Cell>| c.$field().$part().gt(part), |cell| of(*cell) > part);
                let name = format!("{} <= {part:?}", stringify!($part));
                finds!($given, $cells, $field, name, |c: Root<Cell>| c.$field().$part().lte(part), |cell| of(*cell) <= part);
                finds!($given, $cells, $field, "in", |c: Root<Cell>| c.$field().$part().in_([part]), |cell| of(*cell) == part);
                let by_name = concat!(stringify!($field), "__", stringify!($part), "__gte");
                let known = $cells.iter().filter(|cell| cell.$field.is_some_and(|cell| of(cell) >= part));
                let expected: Vec<i64> = known.map(|cell| cell.id).collect();
                assert_eq!(found(&$given, Cell::objects().lookup(by_name, part.to_value()?)?).await?, expected, "{by_name} {part:?}");
            }
        })*
    };
}

pub(super) async fn parts_of_moments_are_those_of_the_calendar(given: Given) -> Outcome {
    let cells = fill(&given).await?;
    parts!(given, cells, day:
        year => |day: NaiveDate| day.year(),
        iso_year => |day: NaiveDate| day.iso_week().year(),
        quarter => |day: NaiveDate| number(day.month0() / 3 + 1),
        month => |day: NaiveDate| number(day.month()),
        day => |day: NaiveDate| number(day.day()),
        week => |day: NaiveDate| number(day.iso_week().week()),
        week_day => |day: NaiveDate| number(day.weekday().num_days_from_sunday() + 1),
        iso_week_day => |day: NaiveDate| number(day.weekday().number_from_monday()),
    );
    parts!(given, cells, clock:
        hour => |clock: NaiveTime| number(clock.hour()),
        minute => |clock: NaiveTime| number(clock.minute()),
        second => |clock: NaiveTime| number(clock.second()),
    );
    parts!(given, cells, instant:
        year => |at: DateTime<Utc>| at.year(),
        iso_year => |at: DateTime<Utc>| at.iso_week().year(),
        quarter => |at: DateTime<Utc>| number(at.month0() / 3 + 1),
        month => |at: DateTime<Utc>| number(at.month()),
        day => |at: DateTime<Utc>| number(at.day()),
        week => |at: DateTime<Utc>| number(at.iso_week().week()),
        week_day => |at: DateTime<Utc>| number(at.weekday().num_days_from_sunday() + 1),
        iso_week_day => |at: DateTime<Utc>| number(at.weekday().number_from_monday()),
        hour => |at: DateTime<Utc>| number(at.hour()),
        minute => |at: DateTime<Utc>| number(at.minute()),
        second => |at: DateTime<Utc>| number(at.second()),
        date => |at: DateTime<Utc>| at.date_naive(),
        time => |at: DateTime<Utc>| at.time(),
    );
    Ok(())
}

//! Functions, and those of dates and times.

use expect_test::{Expect, expect};

use super::{check_expr, column, int, text};
use crate::ast::{DatePart, Expr, Function, Temporal, TemporalOp, TruncUnit};
use crate::value::ValueType;

fn of(function: Function, arguments: Vec<Expr>, expect: &Expect) {
    check_expr(Expr::Function(function, arguments), expect);
}

#[test]
fn functions_of_choice() {
    of(
        Function::Coalesce,
        vec![column("a"), int(0)],
        &expect![[r#"
        postgres COALESCE("a", $1)
        sqlite   COALESCE("a", ?1)
        mysql    COALESCE(`a`, ?)
        mariadb  COALESCE(`a`, ?)
    "#]],
    );
    of(
        Function::NullIf,
        vec![column("a"), int(0)],
        &expect![[r#"
        postgres NULLIF("a", $1)
        sqlite   NULLIF("a", ?1)
        mysql    NULLIF(`a`, ?)
        mariadb  NULLIF(`a`, ?)
    "#]],
    );
    of(
        Function::Greatest,
        vec![column("a"), column("b"), int(0)],
        &expect![[r#"
            postgres GREATEST("a", "b", $1)
            sqlite   MAX(COALESCE("a", "b", ?1), COALESCE("b", ?1, "a"), COALESCE(?1, "a", "b"))
            mysql    GREATEST(COALESCE(`a`, `b`, ?), COALESCE(`b`, ?, `a`), COALESCE(?, `a`, `b`))
            mariadb  GREATEST(COALESCE(`a`, `b`, ?), COALESCE(`b`, ?, `a`), COALESCE(?, `a`, `b`))
        "#]],
    );
    of(
        Function::Least,
        vec![column("a")],
        &expect![[r#"
        postgres LEAST("a")
        sqlite   "a"
        mysql    `a`
        mariadb  `a`
    "#]],
    );
    of(
        Function::NullIf,
        vec![column("a")],
        &expect![[r#"
        postgres NullIf takes 2 arguments, and was given 1
        sqlite   NullIf takes 2 arguments, and was given 1
        mysql    NullIf takes 2 arguments, and was given 1
        mariadb  NullIf takes 2 arguments, and was given 1
    "#]],
    );
}

#[test]
fn functions_of_text() {
    let a = || column("a");
    of(
        Function::Concat,
        vec![a(), Expr::text(" "), text(0)],
        &expect![[r#"
            postgres CONCAT("a", ' ', $1)
            sqlite   (COALESCE("a", '') || ' ' || COALESCE(?1, ''))
            mysql    CONCAT_WS('', `a`, ' ', ?)
            mariadb  CONCAT_WS('', `a`, ' ', ?)
        "#]],
    );
    of(
        Function::Lower,
        vec![a()],
        &expect![[r#"
        postgres LOWER("a")
        sqlite   NUAGES_LOWER("a")
        mysql    LOWER(`a`)
        mariadb  LOWER(`a`)
    "#]],
    );
    of(
        Function::Length,
        vec![a()],
        &expect![[r#"
        postgres LENGTH("a")
        sqlite   LENGTH("a")
        mysql    CHAR_LENGTH(`a`)
        mariadb  CHAR_LENGTH(`a`)
    "#]],
    );
    of(
        Function::Substr,
        vec![a(), int(0), int(1)],
        &expect![[r#"
        postgres SUBSTR("a", CAST($1 AS integer), CAST($2 AS integer))
        sqlite   SUBSTR("a", ?1, ?2)
        mysql    SUBSTR(`a`, ?, ?)
        mariadb  SUBSTR(`a`, ?, ?)
    "#]],
    );
    of(
        Function::Left,
        vec![a(), Expr::int(3)],
        &expect![[r#"
        postgres LEFT("a", 3)
        sqlite   SUBSTR("a", 1, 3)
        mysql    LEFT(`a`, 3)
        mariadb  LEFT(`a`, 3)
    "#]],
    );
    of(
        Function::Right,
        vec![a(), int(0)],
        &expect![[r#"
        postgres RIGHT("a", CAST($1 AS integer))
        sqlite   SUBSTR("a", MAX(1, LENGTH("a") - ?1 + 1))
        mysql    RIGHT(`a`, ?)
        mariadb  RIGHT(`a`, ?)
    "#]],
    );
    of(
        Function::LPad,
        vec![a(), int(0), text(1)],
        &expect![[r#"
        postgres LPAD("a", CAST($1 AS integer), $2)
        sqlite   NUAGES_LPAD("a", ?1, ?2)
        mysql    LPAD(`a`, ?, ?)
        mariadb  LPAD(`a`, ?, ?)
    "#]],
    );
    of(
        Function::Repeat,
        vec![a(), int(0)],
        &expect![[r#"
        postgres REPEAT("a", CAST($1 AS integer))
        sqlite   NUAGES_REPEAT("a", ?1)
        mysql    REPEAT(`a`, ?)
        mariadb  REPEAT(`a`, ?)
    "#]],
    );
    of(
        Function::StrIndex,
        vec![a(), text(0)],
        &expect![[r#"
        postgres STRPOS("a", $1)
        sqlite   INSTR("a", ?1)
        mysql    LOCATE(?, `a`)
        mariadb  LOCATE(?, `a`)
    "#]],
    );
    of(
        Function::Chr,
        vec![a()],
        &expect![[r#"
        postgres CHR(CAST("a" AS integer))
        sqlite   CHAR("a")
        mysql    CONVERT(CHAR(`a` USING utf32) USING utf8mb4)
        mariadb  CONVERT(CHAR(`a` USING utf32) USING utf8mb4)
    "#]],
    );
    of(
        Function::Ord,
        vec![a()],
        &expect![[r#"
            postgres ASCII("a")
            sqlite   CASE WHEN "a" = '' THEN 0 ELSE UNICODE("a") END
            mysql    IF(CHAR_LENGTH(`a`) = 0, 0, CAST(CONV(HEX(CONVERT(LEFT(`a`, 1) USING utf32)), 16, 10) AS SIGNED))
            mariadb  IF(CHAR_LENGTH(`a`) = 0, 0, CAST(CONV(HEX(CONVERT(LEFT(`a`, 1) USING utf32)), 16, 10) AS SIGNED))
        "#]],
    );
    of(
        Function::Sha1,
        vec![a()],
        &expect![[r#"
        postgres ENCODE(DIGEST("a", 'sha1'), 'hex')
        sqlite   NUAGES_SHA1("a")
        mysql    SHA1(`a`)
        mariadb  SHA1(`a`)
    "#]],
    );
    of(
        Function::Sha256,
        vec![a()],
        &expect![[r#"
        postgres ENCODE(SHA256(CONVERT_TO("a", 'UTF8')), 'hex')
        sqlite   NUAGES_SHA256("a")
        mysql    SHA2(`a`, 256)
        mariadb  SHA2(`a`, 256)
    "#]],
    );
}

#[test]
fn functions_of_numbers() {
    let a = || column("a");
    of(
        Function::Ceil,
        vec![a()],
        &expect![[r#"
        postgres CEIL("a")
        sqlite   NUAGES_CEIL("a")
        mysql    CEIL(`a`)
        mariadb  CEIL(`a`)
    "#]],
    );
    of(
        Function::Round,
        vec![a()],
        &expect![[r#"
        postgres ROUND(CAST("a" AS numeric))
        sqlite   NUAGES_ROUND("a", 0)
        mysql    ROUND(`a`)
        mariadb  ROUND(`a`)
    "#]],
    );
    of(
        Function::Round,
        vec![a(), int(0)],
        &expect![[r#"
        postgres ROUND(CAST("a" AS numeric), CAST($1 AS integer))
        sqlite   NUAGES_ROUND("a", ?1)
        mysql    ROUND(`a`, ?)
        mariadb  ROUND(`a`, ?)
    "#]],
    );
    of(
        Function::Log,
        vec![Expr::int(2), a()],
        &expect![[r#"
        postgres CAST(LOG(CAST(2 AS numeric), CAST("a" AS numeric)) AS double precision)
        sqlite   NUAGES_LOG(2, "a")
        mysql    LOG(2, `a`)
        mariadb  LOG(2, `a`)
    "#]],
    );
    of(
        Function::Mod,
        vec![a(), int(0)],
        &expect![[r#"
        postgres ("a" - $1 * TRUNC(CAST("a" AS double precision) / $1))
        sqlite   NUAGES_FMOD("a", ?1)
        mysql    MOD(`a`, ?)
        mariadb  MOD(`a`, ?)
    "#]],
    );
    of(
        Function::Random,
        vec![],
        &expect![[r#"
        postgres RANDOM()
        sqlite   (ABS(RANDOM() % 9007199254740992) / 9007199254740992.0)
        mysql    RAND()
        mariadb  RAND()
    "#]],
    );
    of(
        Function::Pi,
        vec![],
        &expect![[r#"
        postgres PI()
        sqlite   3.141592653589793
        mysql    PI()
        mariadb  PI()
    "#]],
    );
}

#[test]
fn other_functions() {
    of(
        Function::Now,
        vec![],
        &expect![[r#"
        postgres STATEMENT_TIMESTAMP()
        sqlite   STRFTIME('%Y-%m-%d %H:%M:%f000', 'now')
        mysql    UTC_TIMESTAMP(6)
        mariadb  UTC_TIMESTAMP(6)
    "#]],
    );
    of(
        Function::RandomUuid,
        vec![],
        &expect![[r#"
        postgres GEN_RANDOM_UUID()
        sqlite   LOWER(HEX(RANDOMBLOB(6)) || '4' || SUBSTR(HEX(RANDOMBLOB(2)), 2) || SUBSTR('89ab', 1 + (RANDOM() & 3), 1) || SUBSTR(HEX(RANDOMBLOB(8)), 2))
        mysql    MySQL does not support the function RandomUuid
        mariadb  MariaDB does not support the function RandomUuid
    "#]],
    );
    of(
        Function::JsonObject,
        vec![Expr::text("a"), column("a")],
        &expect![[r#"
            postgres JSONB_BUILD_OBJECT('a', "a")
            sqlite   JSON_OBJECT('a', "a")
            mysql    JSON_OBJECT('a', `a`)
            mariadb  JSON_OBJECT('a', `a`)
        "#]],
    );
}

fn extract(part: DatePart, kind: Temporal, zone: Option<&'static str>, expect: &Expect) {
    let expr = Expr::Extract {
        part,
        kind,
        expr: Box::new(column("at")),
        zone: zone.map(Into::into),
    };
    check_expr(expr, expect);
}

#[test]
fn numbers_of_dates_and_times() {
    extract(
        DatePart::Year,
        Temporal::DateTime,
        None,
        &expect![[r#"
            postgres CAST(EXTRACT(YEAR FROM "at" AT TIME ZONE 'UTC') AS bigint)
            sqlite   CAST(SUBSTR("at", 1, 4) AS INTEGER)
            mysql    EXTRACT(YEAR FROM `at`)
            mariadb  EXTRACT(YEAR FROM `at`)
        "#]],
    );
    extract(
        DatePart::Month,
        Temporal::Date,
        None,
        &expect![[r#"
        postgres CAST(EXTRACT(MONTH FROM "at") AS bigint)
        sqlite   CAST(SUBSTR("at", 6, 2) AS INTEGER)
        mysql    MONTH(`at`)
        mariadb  MONTH(`at`)
    "#]],
    );
    extract(
        DatePart::Week,
        Temporal::Date,
        None,
        &expect![[r#"
        postgres CAST(EXTRACT(WEEK FROM "at") AS bigint)
        sqlite   ((STRFTIME('%j', SUBSTR("at", 1, 10), '-3 days', 'weekday 4') - 1) / 7 + 1)
        mysql    WEEK(`at`, 3)
        mariadb  WEEK(`at`, 3)
    "#]],
    );
    extract(
        DatePart::IsoYear,
        Temporal::Date,
        None,
        &expect![[r#"
        postgres CAST(EXTRACT(ISOYEAR FROM "at") AS bigint)
        sqlite   CAST(STRFTIME('%Y', SUBSTR("at", 1, 10), '-3 days', 'weekday 4') AS INTEGER)
        mysql    (YEARWEEK(`at`, 3) DIV 100)
        mariadb  (YEARWEEK(`at`, 3) DIV 100)
    "#]],
    );
    extract(
        DatePart::WeekDay,
        Temporal::Date,
        None,
        &expect![[r#"
        postgres CAST(EXTRACT(DOW FROM "at") + 1 AS bigint)
        sqlite   (STRFTIME('%w', SUBSTR("at", 1, 10)) + 1)
        mysql    DAYOFWEEK(`at`)
        mariadb  DAYOFWEEK(`at`)
    "#]],
    );
    extract(
        DatePart::IsoWeekDay,
        Temporal::DateTime,
        None,
        &expect![[r#"
        postgres CAST(EXTRACT(ISODOW FROM "at" AT TIME ZONE 'UTC') AS bigint)
        sqlite   ((STRFTIME('%w', SUBSTR("at", 1, 10)) + 6) % 7 + 1)
        mysql    (WEEKDAY(`at`) + 1)
        mariadb  (WEEKDAY(`at`) + 1)
    "#]],
    );
    extract(
        DatePart::Quarter,
        Temporal::Date,
        None,
        &expect![[r#"
        postgres CAST(EXTRACT(QUARTER FROM "at") AS bigint)
        sqlite   ((CAST(SUBSTR("at", 6, 2) AS INTEGER) + 2) / 3)
        mysql    QUARTER(`at`)
        mariadb  QUARTER(`at`)
    "#]],
    );
    extract(
        DatePart::Second,
        Temporal::Time,
        None,
        &expect![[r#"
        postgres CAST(FLOOR(EXTRACT(SECOND FROM "at")) AS bigint)
        sqlite   CAST(SUBSTR("at", 7, 2) AS INTEGER)
        mysql    SECOND(`at`)
        mariadb  SECOND(`at`)
    "#]],
    );
    extract(
        DatePart::Hour,
        Temporal::DateTime,
        Some("+02:00"),
        &expect![[r#"
            postgres CAST(EXTRACT(HOUR FROM "at" AT TIME ZONE INTERVAL '+02:00') AS bigint)
            sqlite   CAST(SUBSTR(NUAGES_DATE_TIME_ADD("at", 7200000000), 12, 2) AS INTEGER)
            mysql    HOUR(CONVERT_TZ(`at`, '+00:00', '+02:00'))
            mariadb  HOUR(CONVERT_TZ(`at`, '+00:00', '+02:00'))
        "#]],
    );
    extract(
        DatePart::Day,
        Temporal::DateTime,
        Some("Europe/Berlin"),
        &expect![[r#"
            postgres CAST(EXTRACT(DAY FROM "at" AT TIME ZONE 'Europe/Berlin') AS bigint)
            sqlite   SQLite does not support the zone `Europe/Berlin` (only offsets like `+02:00`)
            mysql    DAYOFMONTH(CONVERT_TZ(`at`, '+00:00', 'Europe/Berlin'))
            mariadb  DAYOFMONTH(CONVERT_TZ(`at`, '+00:00', 'Europe/Berlin'))
        "#]],
    );
}

fn truncate(unit: TruncUnit, kind: Temporal, zone: Option<&'static str>, expect: &Expect) {
    let expr = Expr::Truncate {
        unit,
        kind,
        expr: Box::new(column("at")),
        zone: zone.map(Into::into),
    };
    check_expr(expr, expect);
}

#[test]
fn dates_and_times_cut_down() {
    truncate(
        TruncUnit::Year,
        Temporal::DateTime,
        None,
        &expect![[r#"
        postgres (DATE_TRUNC('year', "at" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
        sqlite   (SUBSTR("at", 1, 4) || '-01-01' || ' 00:00:00')
        mysql    CAST(DATE_FORMAT(`at`, '%Y-01-01') AS DATETIME(6))
        mariadb  CAST(DATE_FORMAT(`at`, '%Y-01-01') AS DATETIME(6))
    "#]],
    );
    truncate(
        TruncUnit::Quarter,
        Temporal::Date,
        None,
        &expect![[r#"
        postgres CAST(DATE_TRUNC('quarter', CAST("at" AS timestamp)) AS date)
        sqlite   (SUBSTR("at", 1, 5) || SUBSTR('01040710', (CAST(SUBSTR("at", 6, 2) AS INTEGER) + 2) / 3 * 2 - 1, 2) || '-01')
        mysql    CAST(MAKEDATE(YEAR(`at`), 1) + INTERVAL (QUARTER(`at`) - 1) QUARTER AS DATE)
        mariadb  CAST(MAKEDATE(YEAR(`at`), 1) + INTERVAL (QUARTER(`at`) - 1) QUARTER AS DATE)
    "#]],
    );
    truncate(
        TruncUnit::Week,
        Temporal::DateTime,
        None,
        &expect![[r#"
        postgres (DATE_TRUNC('week', "at" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
        sqlite   (DATE(SUBSTR("at", 1, 10), '-6 days', 'weekday 1') || ' 00:00:00')
        mysql    CAST(DATE(`at`) - INTERVAL WEEKDAY(`at`) DAY AS DATETIME(6))
        mariadb  CAST(DATE(`at`) - INTERVAL WEEKDAY(`at`) DAY AS DATETIME(6))
    "#]],
    );
    truncate(
        TruncUnit::Hour,
        Temporal::Time,
        None,
        &expect![[r#"
        postgres CAST(DATE_TRUNC('hour', "at") AS time)
        sqlite   (SUBSTR("at", 1, 2) || ':00:00')
        mysql    CAST(TIME_FORMAT(`at`, '%H:00:00') AS TIME(6))
        mariadb  CAST(TIME_FORMAT(`at`, '%H:00:00') AS TIME(6))
    "#]],
    );
    truncate(
        TruncUnit::Minute,
        Temporal::DateTime,
        None,
        &expect![[r#"
        postgres (DATE_TRUNC('minute', "at" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
        sqlite   (SUBSTR("at", 1, 16) || ':00')
        mysql    CAST(DATE_FORMAT(`at`, '%Y-%m-%d %H:%i:00') AS DATETIME(6))
        mariadb  CAST(DATE_FORMAT(`at`, '%Y-%m-%d %H:%i:00') AS DATETIME(6))
    "#]],
    );
    truncate(
        TruncUnit::Day,
        Temporal::DateTime,
        Some("-05:30"),
        &expect![[r#"
            postgres (DATE_TRUNC('day', "at" AT TIME ZONE INTERVAL '-05:30') AT TIME ZONE INTERVAL '-05:30')
            sqlite   NUAGES_DATE_TIME_ADD(SUBSTR(NUAGES_DATE_TIME_ADD("at", -19800000000), 1, 10) || ' 00:00:00', 19800000000)
            mysql    CONVERT_TZ(CAST(DATE_FORMAT(CONVERT_TZ(`at`, '+00:00', '-05:30'), '%Y-%m-%d') AS DATETIME(6)), '-05:30', '+00:00')
            mariadb  CONVERT_TZ(CAST(DATE_FORMAT(CONVERT_TZ(`at`, '+00:00', '-05:30'), '%Y-%m-%d') AS DATETIME(6)), '-05:30', '+00:00')
        "#]],
    );
    truncate(
        TruncUnit::Day,
        Temporal::DateTime,
        Some("Europe/Berlin"),
        &expect![[r#"
            postgres (DATE_TRUNC('day', "at" AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin')
            sqlite   SQLite does not support the zone `Europe/Berlin` (only offsets like `+02:00`)
            mysql    CONVERT_TZ(CAST(DATE_FORMAT(CONVERT_TZ(`at`, '+00:00', 'Europe/Berlin'), '%Y-%m-%d') AS DATETIME(6)), 'Europe/Berlin', '+00:00')
            mariadb  CONVERT_TZ(CAST(DATE_FORMAT(CONVERT_TZ(`at`, '+00:00', 'Europe/Berlin'), '%Y-%m-%d') AS DATETIME(6)), 'Europe/Berlin', '+00:00')
        "#]],
    );
}

#[test]
fn halves_of_instants() {
    let at = || Box::new(column("at"));
    check_expr(
        Expr::DateOf {
            expr: at(),
            zone: None,
        },
        &expect![[r#"
            postgres CAST("at" AT TIME ZONE 'UTC' AS date)
            sqlite   SUBSTR("at", 1, 10)
            mysql    DATE(`at`)
            mariadb  DATE(`at`)
        "#]],
    );
    check_expr(
        Expr::TimeOf {
            expr: at(),
            zone: Some("+01:00".into()),
        },
        &expect![[r#"
            postgres CAST("at" AT TIME ZONE INTERVAL '+01:00' AS time)
            sqlite   SUBSTR(NUAGES_DATE_TIME_ADD("at", 3600000000), 12)
            mysql    TIME(CONVERT_TZ(`at`, '+00:00', '+01:00'))
            mariadb  TIME(CONVERT_TZ(`at`, '+00:00', '+01:00'))
        "#]],
    );
}

fn temporal(op: TemporalOp, kind: Temporal, expect: &Expect) {
    let right = match op {
        TemporalOp::Difference => column("until"),
        TemporalOp::Add | TemporalOp::Subtract => Expr::param(0, ValueType::Duration),
    };
    let expr = Expr::Temporal {
        op,
        kind,
        left: Box::new(column("at")),
        right: Box::new(right),
    };
    check_expr(expr, expect);
}

#[test]
fn arithmetic_with_dates_and_times() {
    temporal(
        TemporalOp::Add,
        Temporal::DateTime,
        &expect![[r#"
        postgres "at" + $1
        sqlite   NUAGES_DATE_TIME_ADD("at", ?1)
        mysql    `at` + INTERVAL ? MICROSECOND
        mariadb  `at` + INTERVAL ? MICROSECOND
    "#]],
    );
    temporal(
        TemporalOp::Subtract,
        Temporal::DateTime,
        &expect![[r#"
        postgres "at" - $1
        sqlite   NUAGES_DATE_TIME_ADD("at", -?1)
        mysql    `at` - INTERVAL ? MICROSECOND
        mariadb  `at` - INTERVAL ? MICROSECOND
    "#]],
    );
    temporal(
        TemporalOp::Difference,
        Temporal::DateTime,
        &expect![[r#"
        postgres "at" - "until"
        sqlite   NUAGES_MICROS("at") - NUAGES_MICROS("until")
        mysql    TIMESTAMPDIFF(MICROSECOND, `until`, `at`)
        mariadb  TIMESTAMPDIFF(MICROSECOND, `until`, `at`)
    "#]],
    );
    temporal(
        TemporalOp::Add,
        Temporal::Date,
        &expect![[r#"
        postgres (CAST("at" AS timestamp) + $1) AT TIME ZONE 'UTC'
        sqlite   NUAGES_DATE_TIME_ADD("at", ?1)
        mysql    `at` + INTERVAL ? MICROSECOND
        mariadb  `at` + INTERVAL ? MICROSECOND
    "#]],
    );
    temporal(
        TemporalOp::Difference,
        Temporal::Date,
        &expect![[r#"
        postgres ("at" - "until") * INTERVAL '1 day'
        sqlite   NUAGES_MICROS("at") - NUAGES_MICROS("until")
        mysql    TIMESTAMPDIFF(MICROSECOND, `until`, `at`)
        mariadb  TIMESTAMPDIFF(MICROSECOND, `until`, `at`)
    "#]],
    );
    temporal(
        TemporalOp::Subtract,
        Temporal::Time,
        &expect![[r#"
        postgres "at" - $1
        sqlite   NUAGES_TIME_ADD("at", -?1)
        mysql    TIME(TIMESTAMP('2000-01-01', `at`) - INTERVAL ? MICROSECOND)
        mariadb  TIME(TIMESTAMP('2000-01-01', `at`) - INTERVAL ? MICROSECOND)
    "#]],
    );
    temporal(
        TemporalOp::Difference,
        Temporal::Time,
        &expect![[r#"
        postgres "at" - "until"
        sqlite   NUAGES_MICROS("at") - NUAGES_MICROS("until")
        mysql    TIMESTAMPDIFF(MICROSECOND, TIMESTAMP('2000-01-01', `until`), TIMESTAMP('2000-01-01', `at`))
        mariadb  TIMESTAMPDIFF(MICROSECOND, TIMESTAMP('2000-01-01', `until`), TIMESTAMP('2000-01-01', `at`))
    "#]],
    );
}

//! The functions, asked through SQL.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::register;

fn asked(sql: &str) -> Result<Value, String> {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection).unwrap();
    let answer = connection.query_row(&format!("SELECT {sql}"), [], |row| row.get(0));
    answer.map_err(|error| error.to_string())
}

#[track_caller]
fn check(sql: &str, expected: impl Into<Value>) {
    assert_eq!(asked(sql), Ok(expected.into()), "{sql}");
}

#[test]
fn null_is_null() {
    check("nuages_lower(NULL)", Value::Null);
    check("nuages_decimal('+', 1, NULL)", Value::Null);
    check("nuages_round(NULL, 2)", Value::Null);
    check("NULL REGEXP 'a'", Value::Null);
}

#[test]
fn texts() {
    check("nuages_upper('straße ä')", "STRASSE Ä".to_owned());
    check("'abc' REGEXP '^a.c$'", 1);
    check(
        "nuages_md5('abc')",
        "900150983cd24fb0d6963f7d28e17f72".to_owned(),
    );
    check(
        "nuages_sha1('abc')",
        "a9993e364706816aba3e25717850c26c9cd0d89d".to_owned(),
    );
    check("nuages_lpad('abcde', 3, 'x')", "abc".to_owned());
    check("nuages_rpad('a', 4, 'xy')", "axyx".to_owned());
    check("nuages_lpad('a', 4, '')", "a".to_owned());
    check("nuages_unhex('00ff')", vec![0, 255]);
    assert!(
        asked("'a' REGEXP '('")
            .unwrap_err()
            .contains("unclosed group")
    );
    assert!(asked("nuages_unhex('x')").is_err());
}

#[test]
fn decimals_are_exact() {
    check("nuages_decimal('+', 0.1, 0.2)", 0.3);
    check("nuages_decimal('+', 0.5, 0.5)", 1);
    check("nuages_decimal('*', 19.99, 3)", 59.97);
    check("nuages_decimal('-', 1, 0.9)", 0.1);
    check("nuages_decimal('/', 1, 3)", 0.333_333_333_333_333);
    check("nuages_decimal('/', 2, -3)", -0.666_666_666_666_667);
    check("nuages_decimal('/', 1, 8)", 0.125);
    check("nuages_decimal('/', 1, 0)", Value::Null);
    check("nuages_decimal('%', -5.5, 2)", -1.5);
    check("nuages_decimal('+', '1e3', '2.5E-1')", 1000.25);
    let error = asked("nuages_decimal('*', 1234567.1, 1234567.12345)").unwrap_err();
    assert!(error.contains("more than 15 digits"), "{error}");
    assert!(asked("nuages_decimal('+', 'x', 1)").is_err());
}

#[test]
fn rounding_takes_halves_away_from_zero() {
    check("nuages_round(2.675, 2)", 2.68);
    check("nuages_round(-2.5, 0)", -3);
    check("nuages_round(1250, -2)", 1300);
    check("nuages_round('12.340', NULL)", 12.34);
    check("nuages_round(1e300, 2)", 1e300);
    check("nuages_round(7, 3)", 7);
}

#[test]
fn numbers() {
    check("nuages_power(2, 62)", 4_611_686_018_427_387_904_i64);
    check("nuages_power(2, -1)", 0.5);
    check("nuages_power(10, 30)", 1e30);
    check("nuages_sqrt(-1)", Value::Null);
    check("nuages_fmod(-5.5, 2)", -1.5);
    check("nuages_fmod(1, 0)", Value::Null);
    check("nuages_sign(0)", 0.0);
}

#[test]
fn dates_and_times() {
    check(
        "nuages_date_time_add('2024-12-31 23:59:59.999999', 1)",
        "2025-01-01 00:00:00".to_owned(),
    );
    check(
        "nuages_date_time_add('2024-03-01', -1000)",
        "2024-02-29 23:59:59.999000".to_owned(),
    );
    check(
        "nuages_time_add('00:00:00', -1)",
        "23:59:59.999999".to_owned(),
    );
    check("nuages_micros('1970-01-02')", 86_400_000_000_i64);
    check("nuages_micros('00:00:01.5')", 1_500_000);
    assert!(asked("nuages_date_time_add('9999-12-31', 86400000000)").is_err());
    assert!(asked("nuages_micros('yesterday')").is_err());
}

#[test]
fn documents() {
    check(
        "nuages_json_equal('{\"a\": 1, \"b\": [1]}', '{\"b\": [1.0], \"a\": 1}')",
        1,
    );
    check("nuages_json_equal('[1, 2]', '[2, 1]')", 0);
    check("nuages_json_contains('[1, [2, 3]]', '[[3]]')", 1);
    check("nuages_json_contains('[\"a\", \"b\"]', '\"b\"')", 1);
    check(
        "nuages_json_contains('{\"a\": [\"b\"]}', '{\"a\": \"b\"}')",
        0,
    );
    check(
        "nuages_json_contains('{\"a\": {\"b\": 1, \"c\": 2}}', '{\"a\": {\"b\": 1}}')",
        1,
    );
    assert!(asked("nuages_json_equal('{', '{}')").is_err());
}

#[test]
fn aggregates() {
    let over =
        |aggregate: &str, values: &str| format!("{aggregate}(column1) FROM (VALUES {values})");
    check(&over("nuages_decimal_sum", "(0.1), (0.2), (NULL)"), 0.3);
    check(&over("nuages_decimal_avg", "(1), (2), (NULL)"), 1.5);
    check(&over("nuages_decimal_sum", "(NULL)"), Value::Null);
    check(&over("nuages_var_samp", "(1)"), Value::Null);
    check(&over("nuages_var_pop", "(1)"), 0.0);
    check(
        &over(
            "nuages_stddev_pop",
            "(2), (4), (4), (4), (5), (5), (7), (9)",
        ),
        2.0,
    );
    check(&over("nuages_bit_and", "(6), (3), (NULL)"), 2);
    check(&over("nuages_bit_xor", "(6), (3)"), 5);
    check("nuages_bit_or(1) FROM (SELECT 1 WHERE FALSE)", Value::Null);
}

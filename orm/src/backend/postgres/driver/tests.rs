//! What is on the wire, against a real server.

mod statements;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::driver::testing::{first, gather, read, server};
use crate::driver::{Isolation, RowCursor, Statement};
use crate::error::ConstraintKind;
use crate::value::{Value, ValueType};

const LOCAL: &[&str] = &[
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres@127.0.0.1:54329/postgres",
];

async fn connect_with(settings: Settings) -> Option<Box<dyn Connection>> {
    let address = server("TEST_POSTGRES_URL", LOCAL)?;
    let backend = Postgres::new(&address, &settings).unwrap();
    Some(backend.connect().await.unwrap())
}

async fn connect() -> Option<Box<dyn Connection>> {
    connect_with(Settings::default()).await
}

fn pooled() -> Settings {
    Settings {
        prepared_statements: 0,
        ..Settings::default()
    }
}

/// Every type of value with its extremes, and the column that takes it.
fn values() -> Vec<(&'static str, Value)> {
    let long = format!("-{}.{}", "9".repeat(200), "0".repeat(150) + "1");
    vec![
        ("boolean", Value::Bool(true)),
        ("bigint", Value::Int(i64::MIN)),
        ("bigint", Value::Int(i64::MAX)),
        ("double precision", Value::Float(f64::MAX)),
        ("double precision", Value::Float(f64::NEG_INFINITY)),
        ("double precision", Value::Float(-0.1)),
        ("text", Value::from("")),
        ("text", Value::from("ß \"quoted\" \\ {braces}, 日本語 🦀")),
        ("varchar(10)", Value::from("ten chars.")),
        ("bytea", Value::Bytes((0..=255).collect())),
        ("bytea", Value::Bytes(Vec::new())),
        ("date", Value::Date(-719_162)),
        ("date", Value::Date(2_932_896)),
        ("time", Value::Time(0)),
        ("time", Value::Time(86_399_999_999)),
        ("timestamptz", Value::DateTime(-62_135_596_800_000_000)),
        ("timestamptz", Value::DateTime(253_402_300_799_999_999)),
        ("timestamptz", Value::DateTime(1)),
        ("interval", Value::Duration(-1)),
        ("interval", Value::Duration(i64::MAX)),
        ("numeric", Value::Decimal("0".to_owned())),
        ("numeric", Value::Decimal("-0.0001".to_owned())),
        ("numeric", Value::Decimal("100000000".to_owned())),
        ("numeric(10,2)", Value::Decimal("12345678.90".to_owned())),
        ("numeric", Value::Decimal(long)),
        ("uuid", Value::Uuid([0xAB; 16])),
        ("jsonb", Value::Json("{\"a\": [1, null, \"ü\"]}".to_owned())),
        ("inet", Value::Inet("192.0.2.1".to_owned())),
        ("inet", Value::Inet("2001:db8::1".to_owned())),
        ("inet", Value::Inet("10.0.0.0/8".to_owned())),
    ]
}

async fn round_trip(connection: &mut dyn Connection) {
    for (column, value) in values() {
        let table = format!("CREATE TEMPORARY TABLE wire_value (v {column}, n {column})");
        connection.batch(&table).await.unwrap();
        let null = Value::Null(value.value_type());
        let insert = Statement::execute(
            "INSERT INTO wire_value VALUES ($1, $2)",
            vec![value.clone(), null.clone()],
        );
        let inserted = gather(connection, vec![insert]).await.unwrap();
        assert_eq!(inserted.outcomes[0].1.rows, 1);
        let equal = "SELECT v, n FROM wire_value WHERE v = $1";
        let row = first(connection, equal, vec![value.clone()]).await.unwrap();
        assert_eq!(row, [value.clone(), null], "{column}");
        let list = Value::List(value.value_type(), vec![value.clone(), value.clone()]);
        let found = "SELECT $1, v FROM wire_value WHERE v = ANY($1)";
        let row = first(connection, found, vec![list.clone()]).await.unwrap();
        assert_eq!(row, [list, value], "a list for {column}");
        connection.batch("DROP TABLE wire_value").await.unwrap();
    }
}

#[tokio::test]
async fn every_value_comes_back_as_it_went() {
    let Some(mut connection) = connect().await else {
        return;
    };
    round_trip(&mut *connection).await;
}

#[tokio::test]
async fn every_value_comes_back_without_named_statements() {
    let Some(mut connection) = connect_with(pooled()).await else {
        return;
    };
    round_trip(&mut *connection).await;
    let kept = first(
        &mut *connection,
        "SELECT count(*) FROM pg_prepared_statements",
        vec![],
    );
    assert_eq!(kept.await.unwrap(), [Value::Int(0)]);
}

#[tokio::test]
async fn types_may_be_left_to_the_server() {
    let Some(mut connection) = connect().await else {
        return;
    };
    let sql = "SELECT repeat('x', $1), $2 = 'infinity'::date, $3 = ANY('{1,2}'::int4[]), \
               $4::inet, 5 = ANY($5), make_interval(days => $6) = $7";
    let params = vec![
        Value::Int(3),
        Value::Date(0),
        Value::Int(2),
        Value::from("10.1.2.3"),
        Value::List(
            ValueType::Int,
            vec![Value::Int(5), Value::Null(ValueType::Int)],
        ),
        Value::Int(2),
        Value::Duration(2 * value::DAY_MICROS),
    ];
    for settings in [Settings::default(), pooled()] {
        let Some(mut connection) = connect_with(settings).await else {
            return;
        };
        let statement = Statement::query(sql, params.clone()).inferred();
        let gathered = gather(&mut *connection, vec![statement]).await.unwrap();
        let expected = [
            Value::from("xxx"),
            Value::Bool(false),
            Value::Bool(true),
            Value::Inet("10.1.2.3".to_owned()),
            Value::Bool(true),
            Value::Bool(true),
        ];
        assert_eq!(gathered.rows[0].1, expected);
    }
    // The same text with declared types is another statement, and `repeat` takes no bigint.
    let declared = first(
        &mut *connection,
        "SELECT repeat('x', $1)",
        vec![Value::Int(3)],
    )
    .await;
    assert!(declared.unwrap_err().to_string().contains("does not exist"));
}

#[tokio::test]
async fn columns_of_other_types_are_read_where_nothing_is_lost() {
    let Some(mut connection) = connect().await else {
        return;
    };
    connection
        .batch("DROP TYPE IF EXISTS wire_mood; CREATE TYPE wire_mood AS ENUM ('sad', 'glad')")
        .await
        .unwrap();
    let sql = "SELECT 7::int2, 8::int4, 1.5::float4, sum(9::bigint), 'glad'::wire_mood, 'x'::name, \
               timestamp '2026-03-01 12:00', '{\"a\":1}'::json, 12.50, \
               '5A5A5A5A-5A5A-5A5A-5A5A-5A5A5A5A5A5A'::text, interval '1 day -1 hour', ARRAY['glad']::wire_mood[]";
    let query = Statement::query(sql, vec![]);
    let checked = read(&mut *connection, query, |row: &mut dyn RowCursor| {
        assert_eq!(row.int(0)?, Some(7));
        assert_eq!(row.int(1)?, Some(8));
        assert_eq!(row.float(2)?, Some(1.5));
        assert_eq!(row.int(3)?, Some(9));
        assert_eq!(row.text(4)?, Some("glad"));
        assert_eq!(row.string(5)?.as_deref(), Some("x"));
        assert_eq!(row.date_time(6)?, Some(1_772_366_400_000_000));
        assert_eq!(row.json(7)?.as_deref(), Some("{\"a\":1}"));
        assert_eq!(row.float(8)?, Some(12.5));
        assert_eq!(row.decimal(1)?.as_deref(), Some("8"));
        assert_eq!(row.uuid(9)?, Some([0x5A; 16]));
        assert_eq!(row.duration(10)?, Some(23 * 3_600_000_000));
        let glad = Value::List(ValueType::Text, vec![Value::from("glad")]);
        assert_eq!(row.value(11)?, glad);
        assert_eq!(row.column_name(4), "wire_mood");
        let error = row.text(0).unwrap_err().to_string();
        assert_eq!(
            error,
            "column `int2`: expected text, found a column of type int2"
        );
        assert!(
            row.int(99)
                .unwrap_err()
                .to_string()
                .contains("a row of 12 columns")
        );
        Ok(())
    });
    checked.await.unwrap();
    connection.batch("DROP TYPE wire_mood").await.unwrap();
}

#[tokio::test]
async fn what_has_no_value_is_refused_by_name() {
    let Some(mut connection) = connect().await else {
        return;
    };
    for (sql, words) in [
        ("SELECT 'infinity'::timestamptz AS t", "found infinity"),
        (
            "SELECT interval '1 month' AS t",
            "months, which have no fixed length",
        ),
        ("SELECT '(1,2)'::point AS t", "cast it in the SQL"),
        ("SELECT ARRAY[[1],[2]] AS t", "an array of 2 dimensions"),
    ] {
        let error = first(&mut *connection, sql, vec![]).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.sql(), Some(sql));
    }
    let row = first(&mut *connection, "SELECT 'NaN'::numeric, 5", vec![])
        .await
        .unwrap();
    assert!(matches!(row[..], [Value::Float(nan), Value::Int(5)] if nan.is_nan()));
}

#[tokio::test]
async fn violations_tell_what_was_violated_and_keep_the_values_to_themselves() {
    let Some(mut connection) = connect().await else {
        return;
    };
    connection
        .batch(
            "CREATE TEMPORARY TABLE wire_parent (id bigint PRIMARY KEY);
             CREATE TEMPORARY TABLE wire_child (
                 id bigint PRIMARY KEY,
                 parent_id bigint NOT NULL CONSTRAINT child_parent REFERENCES wire_parent,
                 slug varchar(6), UNIQUE (parent_id, slug),
                 CONSTRAINT slug_is_lower CHECK (slug = lower(slug)));
             INSERT INTO wire_parent VALUES (1); INSERT INTO wire_child VALUES (1, 1, 'secret')",
        )
        .await
        .unwrap();
    for (values, kind, name, columns) in [
        (
            "2, 1, 'secret'",
            ConstraintKind::Unique,
            Some("wire_child_parent_id_slug_key"),
            &["parent_id", "slug"][..],
        ),
        (
            "2, 7, 'secret'",
            ConstraintKind::ForeignKey,
            Some("child_parent"),
            &["parent_id"],
        ),
        (
            "2, 1, 'SECRET'",
            ConstraintKind::Check,
            Some("slug_is_lower"),
            &[],
        ),
        (
            "2, NULL, 'secret'",
            ConstraintKind::NotNull,
            None,
            &["parent_id"],
        ),
    ] {
        let sql = format!("INSERT INTO wire_child VALUES ({values})");
        let insert = Statement::execute(sql.as_str(), vec![]);
        let error = gather(&mut *connection, vec![insert])
            .await
            .map(drop)
            .unwrap_err();
        let constraint = error.constraint().unwrap();
        assert_eq!(constraint.kind, kind);
        assert_eq!(constraint.name.as_deref(), name);
        assert_eq!(constraint.table.as_deref(), Some("wire_child"));
        assert_eq!(constraint.columns, columns);
        assert!(
            !constraint.message.to_lowercase().contains("secret"),
            "{constraint}"
        );
    }
    let too_long = "UPDATE wire_child SET slug = $1";
    let error = first(&mut *connection, too_long, vec![Value::from("too long")])
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Encode { .. }), "{error}");
}

async fn kind_of(connection: &mut dyn Connection, sql: &str) -> ErrorKind {
    let error = first(connection, sql, vec![]).await.unwrap_err();
    error.kind().clone()
}

#[tokio::test]
async fn the_server_s_refusals_have_their_kinds() {
    let settings = Settings {
        statement_timeout: Some(Duration::from_millis(50)),
        lock_timeout: Some(Duration::from_millis(20)),
        ..Settings::default()
    };
    let Some(mut connection) = connect_with(settings).await else {
        return;
    };
    let kind = kind_of(&mut *connection, "SELECT pg_sleep(5)").await;
    assert_eq!(kind, ErrorKind::StatementTimeout { seconds: 0.05 });
    let kind = kind_of(&mut *connection, "SELECT * FROM wire_missing").await;
    assert!(matches!(&kind, ErrorKind::Database { code: Some(code), .. } if code == "42P01"));
    let kind = kind_of(&mut *connection, "SELECT 'secret'::int").await;
    assert!(!kind.to_string().contains("secret"), "{kind}");

    let read_only = TransactionOptions {
        isolation: Some(Isolation::Serializable),
        read_only: true,
    };
    connection.begin(&read_only).await.unwrap();
    let level = first(&mut *connection, "SHOW transaction_isolation", vec![])
        .await
        .unwrap();
    assert_eq!(level, [Value::from("serializable")]);
    let kind = kind_of(&mut *connection, "CREATE TABLE wire_never (id int)").await;
    assert!(matches!(&kind, ErrorKind::Database { code: Some(code), .. } if code == "25006"));
    let kind = kind_of(&mut *connection, "SELECT 1").await;
    assert!(matches!(kind, ErrorKind::Transaction { .. }));
    connection.batch("ROLLBACK").await.unwrap();

    let mut other = connect().await.unwrap();
    other
        .batch("BEGIN; SELECT pg_advisory_xact_lock(815)")
        .await
        .unwrap();
    let kind = kind_of(&mut *connection, "SELECT pg_advisory_xact_lock(815)").await;
    assert!(matches!(kind, ErrorKind::LockTimeout { .. }));
    assert!(other.rollback_now());
    first(
        &mut *connection,
        "SELECT pg_advisory_xact_lock(815)",
        vec![],
    )
    .await
    .unwrap();
    first(&mut *other, "SELECT 1", vec![]).await.unwrap();
}

#[tokio::test]
async fn connecting_says_why_it_cannot() {
    let Some(address) = server("TEST_POSTGRES_URL", LOCAL) else {
        return;
    };
    let missing = Address {
        database: "wire_no_such_database".to_owned(),
        ..address.clone()
    };
    let nobody = Address {
        port: Some(1),
        ..address.clone()
    };
    for (address, words) in [
        (missing, "createdb wire_no_such_database"),
        (nobody, "is the server running"),
    ] {
        let backend = Postgres::new(&address, &Settings::default()).unwrap();
        let error = backend.connect().await.map(drop).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Connect { .. }));
        assert!(error.to_string().contains(words), "{error}");
    }
    let typo = Address {
        options: vec![("aplication_name".to_owned(), "x".to_owned())],
        ..address
    };
    let error = Postgres::new(&typo, &Settings::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("did you mean `application_name`"),
        "{error}"
    );
}

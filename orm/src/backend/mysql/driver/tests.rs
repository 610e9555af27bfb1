//! What is on the wire, against real servers: each test on MySQL and on MariaDB, in a database of its own.

mod connections;

use super::*;
use crate::driver::testing::{first, gather, read, server};
use crate::error::ConstraintKind;
use crate::value::{RowCursor, ValueType};

/// Each must be one of the two products, whichever; the tests ask it.
const SERVERS: [(&str, &[&str]); 2] = [
    ("TEST_MARIADB_URL", &["mysql://root@127.0.0.1:3306/"]),
    (
        "TEST_MYSQL_URL",
        &[
            "mysql://root@127.0.0.1:3307/",
            "mysql://root@127.0.0.1:33069/",
        ],
    ),
];

/// A database that a test has for itself, on one of the servers.
struct Ground {
    address: Address,
    is_mariadb: bool,
    connection: Box<dyn Connection>,
}

async fn open(address: &Address, settings: &Settings) -> Box<dyn Connection> {
    let backend = Mysql::new(address, settings).unwrap();
    backend.connect().await.unwrap()
}

/// Makes the test's database on each server that is there.
async fn grounds(test: &str) -> Vec<Ground> {
    let mut grounds = Vec::new();
    for (variable, local) in SERVERS {
        let Some(mut address) = server(variable, local) else {
            continue;
        };
        address.database = String::new();
        let mut connection = open(&address, &Settings::default()).await;
        address.database = format!("nuages_wire_{test}");
        let name = &address.database;
        let create = format!(
            "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name}"
        );
        connection.batch(&create).await.unwrap();
        let is_mariadb = connection.server().product == MARIADB;
        grounds.push(Ground {
            address,
            is_mariadb,
            connection,
        });
    }
    grounds
}

impl Ground {
    async fn again(&self, settings: &Settings) -> Box<dyn Connection> {
        open(&self.address, settings).await
    }

    async fn clear(mut self) {
        let drop = format!("DROP DATABASE {}", self.address.database);
        self.connection.batch(&drop).await.unwrap();
    }
}

/// Every type of value with its extremes, and the column that takes it.
fn values(is_mariadb: bool) -> Vec<(&'static str, Value)> {
    let uuid = Value::Uuid([0xAB; 16]);
    let mut values = vec![
        ("bool", Value::Bool(true)),
        ("bit(1)", Value::Bool(true)),
        ("bigint", Value::Int(i64::MIN)),
        ("bigint unsigned", Value::Int(i64::MAX)),
        ("smallint", Value::Int(-7)),
        ("double", Value::Float(f64::MAX)),
        ("double", Value::Float(-0.1)),
        ("longtext", Value::from("")),
        (
            "longtext",
            Value::from("ß \"quoted\" \\ 'single', 日本語 🦀"),
        ),
        ("varchar(10)", Value::from("ten chars.")),
        ("longblob", Value::Bytes((0..=255).collect())),
        ("date", Value::Date(-354_285)),
        ("date", Value::Date(2_932_896)),
        ("time(6)", Value::Time(0)),
        ("time(6)", Value::Time(86_399_999_999)),
        ("datetime(6)", Value::DateTime(-30_610_224_000_000_000)),
        ("datetime(6)", Value::DateTime(253_402_300_799_999_999)),
        ("datetime(6)", Value::DateTime(-1)),
        ("bigint", Value::Duration(i64::MIN)),
        (
            "numeric(65, 30)",
            Value::Decimal(format!("-{}.{}", "9".repeat(35), "1".repeat(30))),
        ),
        ("numeric(10, 2)", Value::Decimal("12345678.90".to_owned())),
        ("char(32)", uuid.clone()),
        (
            "longtext",
            Value::Json("{\"a\": [1, null, \"ü\"]}".to_owned()),
        ),
        ("json", Value::Json("{\"a\": [1, null, \"ü\"]}".to_owned())),
        ("char(39)", Value::Inet("2001:db8::1".to_owned())),
    ];
    if is_mariadb {
        values.push(("uuid", uuid));
        values.push(("inet6", Value::Inet("2001:db8::1".to_owned())));
    }
    values
}

fn read_as(row: &mut dyn RowCursor, at: usize, wanted: ValueType) -> Result<Option<Value>> {
    Ok(match wanted {
        ValueType::Bool => row.bool(at)?.map(Value::Bool),
        ValueType::Int => row.int(at)?.map(Value::Int),
        ValueType::Float => row.float(at)?.map(Value::Float),
        ValueType::Text => row.string(at)?.map(Value::Text),
        ValueType::Bytes => row.bytes(at)?.map(|bytes| Value::Bytes(bytes.to_owned())),
        ValueType::Date => row.date(at)?.map(Value::Date),
        ValueType::Time => row.time(at)?.map(Value::Time),
        ValueType::DateTime => row.date_time(at)?.map(Value::DateTime),
        ValueType::Duration => row.duration(at)?.map(Value::Duration),
        ValueType::Decimal => row.decimal(at)?.map(Value::Decimal),
        ValueType::Uuid => row.uuid(at)?.map(Value::Uuid),
        ValueType::Json => row.json(at)?.map(Value::Json),
        ValueType::Inet => row.inet(at)?.map(Value::Inet),
    })
}

#[tokio::test]
async fn every_value_comes_back_as_it_went() {
    for mut ground in grounds("values").await {
        let connection = &mut *ground.connection;
        for (at, (column, value)) in values(ground.is_mariadb).into_iter().enumerate() {
            let table = format!("table_{at}");
            let create = format!("CREATE TABLE {table} (v {column}, n {column})");
            connection.batch(&create).await.unwrap();
            let null = Value::Null(value.value_type());
            let insert = format!("INSERT INTO {table} VALUES (?, ?)");
            let insert = Statement::execute(insert, vec![value.clone(), null]);
            let inserted = gather(connection, vec![insert]).await.unwrap();
            assert_eq!(inserted.outcomes[0].1.rows, 1);
            // JSON documents are equal to JSON only, and a decimal number to a text as floating-point numbers.
            let filter = match value.value_type() {
                ValueType::Json => "",
                _ => " WHERE v = ?",
            };
            let params = vec![value.clone()]
                .into_iter()
                .filter(|_| !filter.is_empty())
                .collect();
            let query = Statement::query(format!("SELECT v, n FROM {table}{filter}"), params);
            let wanted = value.value_type();
            let both = read(connection, query, move |row| {
                Ok((read_as(row, 0, wanted)?, read_as(row, 1, wanted)?))
            });
            assert_eq!(both.await.unwrap(), (Some(value), None), "{column}");
        }
        ground.clear().await;
    }
}

#[tokio::test]
async fn rows_by_name_have_the_columns_values() {
    for mut ground in grounds("names").await {
        let connection = &mut *ground.connection;
        connection
            .batch(
                "CREATE TABLE many (b bool, i int, y year, f float, d decimal(5, 2), t text, x varbinary(4), e enum('a', 'b'),
                     day date, at datetime(6), clock time(6), j json, two binary(2));
                 INSERT INTO many VALUES
                     (true, -5, 2026, 1.5, 12.50, 'text', x'00ff', 'b', '2026-03-01', '2026-03-01 12:00:00.000001',
                      '-01:00:00', '[1]', 'ab')",
            )
            .await
            .unwrap();
        let row = first(connection, "SELECT * FROM many", vec![])
            .await
            .unwrap();
        let json = match ground.is_mariadb {
            true => Value::from("[1]"),
            false => Value::Json("[1]".to_owned()),
        };
        let expected = [
            Value::Bool(true),
            Value::Int(-5),
            Value::Int(2026),
            Value::Float(1.5),
            Value::Decimal("12.50".to_owned()),
            Value::from("text"),
            Value::Bytes(vec![0, 255]),
            Value::from("b"),
            Value::Date(20_513),
            Value::DateTime(1_772_366_400_000_001),
            Value::Duration(-3_600_000_000),
            json,
            Value::Bytes(b"ab".to_vec()),
        ];
        assert_eq!(row, expected);
        let sums = "SELECT SUM(i), COUNT(*), AVG(i), SUM(f), COUNT(*) = 5, CAST('9' AS UNSIGNED) FROM many";
        let checked = read(connection, Statement::query(sums, vec![]), |row| {
            assert_eq!((row.int(0)?, row.int(1)?), (Some(-5), Some(1)));
            assert_eq!(
                (row.decimal(2)?.as_deref(), row.float(2)?),
                (Some("-5.00000000000000000000"), Some(-5.0))
            );
            assert_eq!(
                (row.float(3)?, row.bool(4)?, row.int(5)?),
                (Some(1.5), Some(false), Some(9))
            );
            let error = row.text(0).unwrap_err().to_string();
            assert_eq!(
                error,
                "column `SUM(i)`: expected text, found a column of type newdecimal"
            );
            assert!(
                row.int(99)
                    .unwrap_err()
                    .to_string()
                    .contains("a row of 6 columns")
            );
            Ok(())
        });
        checked.await.unwrap();
        let shown = first(connection, "SHOW TABLES", vec![]).await.unwrap();
        assert_eq!(shown, [Value::from("many")]);
        ground.clear().await;
    }
}

#[tokio::test]
async fn writes_tell_the_rows_they_matched_and_the_first_key() {
    for mut ground in grounds("outcomes").await {
        let connection = &mut *ground.connection;
        connection
            .batch("CREATE TABLE item (id bigint AUTO_INCREMENT PRIMARY KEY, n int)")
            .await
            .unwrap();
        let values = vec![Value::Int(1), Value::Int(1), Value::Int(2)];
        let wave = vec![
            Statement::execute("INSERT INTO item (n) VALUES (?), (?), (?)", values),
            Statement::execute("UPDATE item SET n = ? WHERE n = 1", vec![Value::Int(1)]),
            Statement::query("SELECT id FROM item", vec![]),
            Statement::execute("DELETE FROM item", vec![]),
        ];
        let gathered = gather(connection, wave).await.unwrap();
        let outcomes: Vec<_> = gathered
            .outcomes
            .iter()
            .map(|(_, outcome)| *outcome)
            .collect();
        let outcome = |rows, last_insert_id| Outcome {
            rows,
            last_insert_id,
        };
        let expected = [
            outcome(3, Some(1)),
            outcome(2, None),
            outcome(3, None),
            outcome(3, None),
        ];
        assert_eq!(outcomes, expected);
        ground.clear().await;
    }
}

#[tokio::test]
async fn violations_tell_what_was_violated_and_keep_the_values_to_themselves() {
    for mut ground in grounds("violations").await {
        let connection = &mut *ground.connection;
        connection
            .batch(
                "CREATE TABLE parent (id bigint PRIMARY KEY);
                 CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint NOT NULL, slug varchar(6), size int,
                     UNIQUE KEY one_slug (parent_id, slug),
                     CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent (id),
                     CONSTRAINT size_is_positive CHECK (size > 0));
                 INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1, 'secret', 1)",
            )
            .await
            .unwrap();
        for (values, kind, name, columns) in [
            (
                "2, 1, 'secret', 1",
                ConstraintKind::Unique,
                Some("one_slug"),
                &[][..],
            ),
            (
                "2, 7, 'other', 1",
                ConstraintKind::ForeignKey,
                Some("child_parent"),
                &["parent_id"],
            ),
            (
                "2, 1, 'other', -1",
                ConstraintKind::Check,
                Some("size_is_positive"),
                &[],
            ),
            (
                "2, NULL, 'other', 1",
                ConstraintKind::NotNull,
                None,
                &["parent_id"],
            ),
        ] {
            let insert = Statement::execute(format!("INSERT INTO child VALUES ({values})"), vec![]);
            let error = gather(connection, vec![insert])
                .await
                .map(drop)
                .unwrap_err();
            let constraint = error.constraint().unwrap_or_else(|| panic!("{error}"));
            assert_eq!((constraint.kind, constraint.name.as_deref()), (kind, name));
            assert_eq!(constraint.columns, columns);
            assert!(!constraint.message.contains("secret"), "{constraint}");
        }
        let delete = Statement::execute("DELETE FROM parent", vec![]);
        let error = gather(connection, vec![delete])
            .await
            .map(drop)
            .unwrap_err();
        assert!(error.is_foreign_key_violation());
        for sql in [
            "UPDATE child SET slug = 'secretive'",
            "UPDATE child SET size = 99999999999",
            "UPDATE child SET size = 'secret'",
        ] {
            let update = Statement::execute(sql, vec![]);
            let error = gather(connection, vec![update])
                .await
                .map(drop)
                .unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Encode { .. }), "{error}");
            assert!(!error.kind().to_string().contains("secret"), "{error}");
        }
        ground.clear().await;
    }
}

#[tokio::test]
async fn the_session_is_set_up() {
    for mut ground in grounds("session").await {
        let connection = &mut *ground.connection;
        let version = connection.server().version;
        assert!(if ground.is_mariadb {
            (10, 6, 0) <= version
        } else {
            (8, 0, 16) <= version
        });
        let isolation = if ground.is_mariadb {
            "tx_isolation"
        } else {
            "transaction_isolation"
        };
        let settings = format!(
            "SELECT @@{isolation}, @@time_zone, @@character_set_client, @@sql_mode LIKE '%STRICT_TRANS_TABLES%'"
        );
        let row = first(connection, &settings, vec![]).await.unwrap();
        let expected = [
            Value::from("READ-COMMITTED"),
            Value::from("+00:00"),
            Value::from("utf8mb4"),
            Value::Int(1),
        ];
        assert_eq!(row, expected);
        connection.batch("CREATE TABLE t (id int)").await.unwrap();
        // A transaction of another level, read-only; the next is as usual again.
        let options = TransactionOptions {
            isolation: Some(Isolation::RepeatableRead),
            read_only: true,
        };
        connection.begin(&options).await.unwrap();
        assert_eq!(connection.in_transaction(), Some(true));
        let error = connection
            .batch("INSERT INTO t VALUES (1)")
            .await
            .unwrap_err();
        assert!(error.to_string().contains("read-only"), "{error}");
        connection.batch("ROLLBACK").await.unwrap();
        assert_eq!(connection.in_transaction(), Some(false));
        ground.clear().await;
    }
}

#[tokio::test]
async fn the_servers_refusals_have_their_kinds() {
    for mut ground in grounds("refusals").await {
        let settings = Settings {
            statement_timeout: Some(Duration::from_millis(100)),
            lock_timeout: Some(Duration::from_millis(200)),
            ..Settings::default()
        };
        let mut hurried = ground.again(&settings).await;
        let connection = &mut *ground.connection;
        connection
            .batch(
                "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1), (2, 2)",
            )
            .await
            .unwrap();
        let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
                    SELECT COUNT(*) FROM n a, n b, n c WHERE a.i + b.i + c.i = 1";
        let error = first(&mut *hurried, slow, vec![]).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::StatementTimeout { seconds: 0.1 });
        let error = first(connection, "SELECT * FROM missing", vec![])
            .await
            .unwrap_err();
        assert!(error.to_string().contains("migrate apply"), "{error}");

        connection
            .begin(&TransactionOptions::default())
            .await
            .unwrap();
        connection
            .batch("UPDATE t SET n = 5 WHERE id = 1")
            .await
            .unwrap();
        let locked = first(
            &mut *hurried,
            "SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT",
            vec![],
        );
        let error = locked.await.unwrap_err();
        assert!(error.is_lock_timeout(), "{error}");

        // A deadlock ends one of the two transactions, and its connection knows.
        let mut other = open(&ground.address, &Settings::default()).await;
        other.begin(&TransactionOptions::default()).await.unwrap();
        other
            .batch("UPDATE t SET n = 6 WHERE id = 2")
            .await
            .unwrap();
        let (one, two) = futures_util::join!(
            connection.batch("UPDATE t SET n = 5 WHERE id = 2"),
            other.batch("UPDATE t SET n = 6 WHERE id = 1"),
        );
        let (loser, error) = match (one, two) {
            (Err(error), Ok(())) => (connection.in_transaction(), error),
            (Ok(()), Err(error)) => (other.in_transaction(), error),
            both => panic!("{both:?}"),
        };
        assert!(error.is_serialization_failure(), "{error}");
        assert_eq!(loser, Some(false));
        connection.batch("ROLLBACK").await.unwrap();
        drop(other);
        ground.clear().await;
    }
}

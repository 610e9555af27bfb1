//! Connections: their cache, their end, and why there is none.

use super::*;

#[tokio::test]
async fn a_changed_table_and_a_bounded_cache() {
    for mut ground in grounds("prepared").await {
        for kept in [3, 0] {
            let settings = Settings {
                prepared_statements: kept,
                ..Settings::default()
            };
            let mut connection = ground.again(&settings).await;
            let connection = &mut *connection;
            connection
                .batch("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
                .await
                .unwrap();
            assert_eq!(
                first(connection, "SELECT * FROM t", vec![]).await.unwrap(),
                [Value::Int(1)]
            );
            ground
                .connection
                .batch("ALTER TABLE t ADD COLUMN name text")
                .await
                .unwrap();
            ground
                .connection
                .batch("UPDATE t SET name = 'x'")
                .await
                .unwrap();
            let row = first(connection, "SELECT * FROM t", vec![]).await.unwrap();
            assert_eq!(row, [Value::Int(1), Value::from("x")]);
            for i in 0..10 {
                first(connection, &format!("SELECT {i}"), vec![])
                    .await
                    .unwrap();
            }
            connection.batch("DROP TABLE t").await.unwrap();
        }
        ground.clear().await;
    }
}

#[tokio::test]
async fn a_dropped_statement_is_stopped_on_the_server() {
    for mut ground in grounds("dropped").await {
        let mut connection = ground.again(&Settings::default()).await;
        let slow = first(&mut *connection, "SELECT SLEEP(60) AS wire_dropped", vec![]);
        let dropped = tokio::time::timeout(Duration::from_millis(200), slow).await;
        assert!(dropped.is_err());
        assert!(connection.is_broken());
        connection.discard();
        let running = "SELECT COUNT(*) FROM information_schema.processlist
                       WHERE db = ? AND info LIKE 'SELECT SLEEP%'";
        let mut left = Value::Int(1);
        for _ in 0..50 {
            let name = Value::from(ground.address.database.as_str());
            left = first(&mut *ground.connection, running, vec![name])
                .await
                .unwrap()
                .remove(0);
            if left == Value::Int(0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(left, Value::Int(0));
        ground.clear().await;
    }
}

#[tokio::test]
async fn a_killed_connection_is_a_lost_one() {
    for mut ground in grounds("killed").await {
        for is_idle in [false, true] {
            let mut victim = ground.again(&Settings::default()).await;
            let id = first(&mut *victim, "SELECT CONNECTION_ID()", vec![])
                .await
                .unwrap()
                .remove(0);
            let Value::Int(id) = id else { panic!("{id:?}") };
            let kill = format!("KILL {id}");
            let error = if is_idle {
                ground.connection.batch(&kill).await.unwrap();
                tokio::time::sleep(Duration::from_millis(100)).await;
                first(&mut *victim, "SELECT 1", vec![]).await.unwrap_err()
            } else {
                let (slow, ()) = futures_util::join!(
                    first(&mut *victim, "SELECT SLEEP(60) FROM DUAL", vec![]),
                    async {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        ground.connection.batch(&kill).await.unwrap();
                    }
                );
                slow.unwrap_err()
            };
            assert!(error.is_connection_lost(), "{error}");
            assert!(victim.is_broken());
        }
        ground.clear().await;
    }
}

#[tokio::test]
async fn connecting_says_why_it_cannot() {
    for (variable, local) in SERVERS {
        let Some(address) = server(variable, local) else {
            continue;
        };
        let missing = Address {
            database: "wire_no_such_database".to_owned(),
            ..address.clone()
        };
        let stranger = Address {
            user: Some("wire_nobody".to_owned()),
            password: Some("wrong".to_owned()),
            ..address.clone()
        };
        let nobody = Address {
            port: Some(1),
            ..address.clone()
        };
        for (address, words) in [
            (missing, "CREATE DATABASE `wire_no_such_database`"),
            (stranger, "check user, password"),
            (nobody, "is the server running"),
        ] {
            let backend = Mysql::new(&address, &Settings::default()).unwrap();
            let error = backend.connect().await.map(drop).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Connect { .. }));
            assert!(error.to_string().contains(words), "{error}");
        }
        let typo = Address {
            options: vec![("isolation".to_owned(), "reed-committed".to_owned())],
            ..address
        };
        let error = Mysql::new(&typo, &Settings::default()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("one of read-uncommitted, read-committed"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn encryption_is_as_it_was_asked_for() {
    for (variable, local) in SERVERS {
        let Some(address) = server(variable, local) else {
            continue;
        };
        let with = |tls| Settings {
            tls,
            ..Settings::default()
        };
        for tls in [Tls::Require, Tls::Prefer] {
            let backend = Mysql::new(&address, &with(tls)).unwrap();
            match backend.connect().await {
                Ok(mut connection) => {
                    let cipher = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
                    let cipher = first(&mut *connection, cipher, vec![]).await.unwrap();
                    let is_plain = cipher[1] == Value::from("");
                    assert!(!is_plain || tls == Tls::Prefer);
                }
                Err(error) => {
                    assert!(
                        error.to_string().contains("does not support TLS"),
                        "{error}"
                    );
                    assert_eq!(tls, Tls::Require);
                }
            }
        }
        // A test server has no certificate that the world trusts.
        let verify = Mysql::new(&address, &with(Tls::Verify)).unwrap();
        let error = verify.connect().await.map(drop).unwrap_err().to_string();
        assert!(
            error.contains("tls_ca") || error.contains("does not support TLS"),
            "{error}"
        );
    }
}

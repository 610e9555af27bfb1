//! Statements on the wire: waves, prepared handles, cancellation, loss.

use super::*;

/// Forwards to a server and counts how often the client spoke after the server did: the round trips.
async fn count_turns(address: &Address) -> (Address, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = (address.host.clone(), address.port.unwrap_or(5432));
    let turns = Arc::new(AtomicUsize::new(0));
    let counter = turns.clone();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(target).await.unwrap();
        let (mut asked, mut answered) = ([0; 65536], [0; 65536]);
        let mut client_spoke_last = false;
        loop {
            tokio::select! {
                read = client.read(&mut asked) => match read.unwrap_or(0) {
                    0 => return,
                    n => {
                        counter.fetch_add(usize::from(!client_spoke_last), Ordering::Relaxed);
                        client_spoke_last = true;
                        server.write_all(&asked[..n]).await.unwrap();
                    }
                },
                read = server.read(&mut answered) => match read.unwrap_or(0) {
                    0 => return,
                    n => {
                        client_spoke_last = false;
                        client.write_all(&answered[..n]).await.unwrap();
                    }
                },
            }
        }
    });
    let address = Address {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        ..address.clone()
    };
    (address, turns)
}

#[tokio::test]
async fn a_wave_is_one_round_trip() {
    let Some(address) = server("TEST_POSTGRES_URL", LOCAL) else {
        return;
    };
    let (address, turns) = count_turns(&address).await;
    let backend = Postgres::new(&address, &Settings::default()).unwrap();
    let mut connection = backend.connect().await.unwrap();
    let wave = || {
        (0..5)
            .map(|i| Statement::query(format!("SELECT {i}, $1"), vec![Value::Int(i)]))
            .collect::<Vec<_>>()
    };
    for expected in [2, 1] {
        let before = turns.load(Ordering::Relaxed);
        gather(&mut *connection, wave()).await.unwrap();
        assert_eq!(turns.load(Ordering::Relaxed) - before, expected);
    }
}

#[tokio::test]
async fn the_answers_of_a_wave_come_in_the_order_of_its_statements() {
    let Some(mut connection) = connect().await else {
        return;
    };
    // The large answer in front would block one that was asked for out of turn.
    let wave = || {
        (0..8_i64)
            .map(|i| {
                let rows = if i == 0 { 50_000 } else { 2 };
                let sql = "SELECT $1, n FROM generate_series(1, $2::bigint) AS n";
                Statement::query(sql, vec![Value::Int(i), Value::Int(rows)])
            })
            .collect::<Vec<_>>()
    };
    let gathered = gather(&mut *connection, wave()).await.unwrap();
    assert_eq!(gathered.rows.len(), 50_000 + 14);
    assert!(gathered.rows.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    assert!(
        gathered
            .rows
            .iter()
            .all(|(at, row)| row[0] == Value::Int(i64::try_from(*at).unwrap()))
    );
    let counts: Vec<u64> = gathered
        .outcomes
        .iter()
        .map(|(_, outcome)| outcome.rows)
        .collect();
    assert_eq!(counts, [50_000, 2, 2, 2, 2, 2, 2, 2]);

    // An error in the middle leaves the connection usable.
    let mut broken = wave();
    broken.insert(1, Statement::query("SELECT 1/$1", vec![Value::Int(0)]));
    let error = gather(&mut *connection, broken)
        .await
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("division by zero"));
    assert_eq!(
        gather(&mut *connection, wave()).await.unwrap().rows.len(),
        50_014
    );
}

#[tokio::test]
async fn a_changed_table_is_prepared_anew() {
    let Some(mut connection) = connect().await else {
        return;
    };
    connection
        .batch("CREATE TEMPORARY TABLE wire_changed (id int); INSERT INTO wire_changed VALUES (1)")
        .await
        .unwrap();
    let all = || Statement::query("SELECT * FROM wire_changed", vec![]);
    let insert = || {
        Statement::execute(
            "INSERT INTO wire_changed (id) VALUES ($1)",
            vec![Value::Int(2)],
        )
    };
    let one = || Statement::query("SELECT 1", vec![]);
    gather(&mut *connection, vec![all(), insert(), one()])
        .await
        .unwrap();
    connection
        .batch("ALTER TABLE wire_changed ADD COLUMN name text DEFAULT 'x'")
        .await
        .unwrap();
    // In a wave: what stands behind is run once, and its rows come behind.
    let gathered = gather(&mut *connection, vec![all(), insert(), one()])
        .await
        .unwrap();
    let row = |id| vec![Value::Int(id), Value::from("x")];
    let expected = [
        (0, row(1)),
        (0, row(2)),
        (0, row(2)),
        (2, vec![Value::Int(1)]),
    ];
    assert_eq!(gathered.rows, expected);

    // In a transaction the error stands: going on would need the whole transaction again.
    connection
        .begin(&TransactionOptions::default())
        .await
        .unwrap();
    connection
        .batch("ALTER TABLE wire_changed DROP COLUMN name")
        .await
        .unwrap();
    let error = gather(&mut *connection, vec![all()])
        .await
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("cached plan"), "{error}");
    connection.batch("ROLLBACK; DEALLOCATE ALL").await.unwrap();
    assert_eq!(
        gather(&mut *connection, vec![all()])
            .await
            .unwrap()
            .rows
            .len(),
        3
    );
}

#[tokio::test]
async fn prepared_statements_are_bounded() {
    let settings = Settings {
        prepared_statements: 3,
        ..Settings::default()
    };
    let Some(mut connection) = connect_with(settings).await else {
        return;
    };
    for i in 0..10 {
        first(&mut *connection, &format!("SELECT {i}"), vec![])
            .await
            .unwrap();
    }
    let kept = "SELECT count(*) FROM pg_prepared_statements";
    assert_eq!(
        first(&mut *connection, kept, vec![]).await.unwrap(),
        [Value::Int(3)]
    );
}

#[tokio::test]
async fn a_dropped_statement_is_stopped_on_the_server() {
    let Some(mut connection) = connect().await else {
        return;
    };
    let mut watcher = connect().await.unwrap();
    let mark = "SELECT pg_sleep(60) AS wire_dropped";
    let slow = first(&mut *connection, mark, vec![]);
    let dropped = tokio::time::timeout(Duration::from_millis(200), slow).await;
    assert!(dropped.is_err());
    assert!(connection.is_broken());
    connection.discard();
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND state = 'active'";
    for _ in 0..50 {
        let count = first(&mut *watcher, running, vec![Value::from(mark)])
            .await
            .unwrap();
        if count == [Value::Int(0)] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the statement still runs");
}

#[tokio::test]
async fn a_killed_backend_is_a_lost_connection() {
    let Some(mut connection) = connect().await else {
        return;
    };
    let mut killer = connect().await.unwrap();
    let pid = first(&mut *connection, "SELECT pg_backend_pid()::bigint", vec![])
        .await
        .unwrap();
    let kill = "SELECT pg_terminate_backend($1::int)";
    assert!(!connection.is_broken());
    let (slow, _) = tokio::join!(
        first(&mut *connection, "SELECT pg_sleep(60)", vec![]),
        async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            first(&mut *killer, kill, pid).await.unwrap()
        }
    );
    let error = slow.unwrap_err();
    assert!(error.is_connection_lost(), "{error}");
    assert!(
        error.to_string().contains("administrator command"),
        "{error}"
    );
    assert!(connection.is_broken());

    // One that was idle meanwhile is found broken without asking the server.
    let mut idle = connect().await.unwrap();
    let pid = first(&mut *idle, "SELECT pg_backend_pid()::bigint", vec![])
        .await
        .unwrap();
    first(&mut *killer, kill, pid).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(idle.is_broken());
    let error = first(&mut *idle, "SELECT 1", vec![]).await.unwrap_err();
    assert!(
        error.is_connection_lost() && error.to_string().contains("administrator command"),
        "{error}"
    );
}

#[tokio::test]
async fn encryption_is_as_it_was_asked_for() {
    let Some(address) = server("TEST_POSTGRES_URL", LOCAL) else {
        return;
    };
    let with = |tls| Settings {
        tls,
        ..Settings::default()
    };
    for tls in [Tls::Disable, Tls::Prefer, Tls::Require] {
        let backend = Postgres::new(&address, &with(tls)).unwrap();
        match backend.connect().await {
            Ok(mut connection) => {
                let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
                let encrypted = first(&mut *connection, encrypted, vec![]).await.unwrap();
                let is_encrypted = encrypted == [Value::Bool(true)];
                assert!(is_encrypted || tls != Tls::Require);
                assert!(!is_encrypted || tls != Tls::Disable);
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
    let verify = Postgres::new(&address, &with(Tls::Verify)).unwrap();
    let error = verify.connect().await.map(drop).unwrap_err().to_string();
    assert!(
        error.contains("tls_ca") || error.contains("does not support TLS"),
        "{error}"
    );
}

#[tokio::test]
async fn the_options_of_the_url_are_set() {
    let Some(mut address) = server("TEST_POSTGRES_URL", LOCAL) else {
        return;
    };
    let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    address.options = vec![
        option("application_name", "wire"),
        option("search_path", "pg_catalog, Od\"d"),
        option("target_session_attrs", "read-write"),
    ];
    let backend = Postgres::new(&address, &Settings::default()).unwrap();
    let mut connection = backend.connect().await.unwrap();
    let shown = "SELECT current_setting('application_name'), current_setting('search_path'), \
                 current_setting('TimeZone')";
    let row = first(&mut *connection, shown, vec![]).await.unwrap();
    let expected = ["wire", "pg_catalog, \"Od\"\"d\"", "UTC"].map(Value::from);
    assert_eq!(row, expected);
    assert!((14, 0, 0) <= connection.server().version);
}

#[tokio::test]
async fn a_missing_right_to_create_names_the_grant() {
    let Some(mut connection) = connect().await else {
        return;
    };
    if connection.server().version < (15, 0, 0) {
        return;
    }
    let guest = "BEGIN; CREATE ROLE wire_guest; CREATE SCHEMA wire_shop; GRANT USAGE ON SCHEMA wire_shop TO wire_guest; \
                 SET LOCAL ROLE wire_guest";
    connection.batch(guest).await.unwrap();
    let error = connection
        .batch("CREATE TABLE wire_shop.t (id int)")
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("GRANT CREATE ON SCHEMA wire_shop"),
        "{error}"
    );
    connection.batch("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_statement_of_anothers_name_tells_of_poolers() {
    let Some(mut connection) = connect().await else {
        return;
    };
    let error = connection
        .batch("PREPARE twice AS SELECT 1; PREPARE twice AS SELECT 1")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("`prepared_statements=0`"), "{error}");
}

//! Recordings of what runs.

use super::*;

#[tokio::test]
async fn a_recording_counts_statements_and_round_trips() {
    let db = memory().await;
    let recording = db.record();
    insert(&db, "a").await.unwrap();
    db.atomic(async |tx| insert(tx, "b").await).await.unwrap();
    let _ = insert(&db, "b").await;
    assert_eq!(recording.count(), 3);
    assert_eq!(recording.round_trips(), 5);
    let statements = recording.statements();
    let control: Vec<&str> = statements
        .iter()
        .filter(|s| s.control)
        .map(|s| &*s.sql)
        .collect();
    assert_eq!(control, ["BEGIN", "COMMIT"]);
    assert_eq!(statements[0].params, ["a".into()]);
    assert_eq!(statements[0].rows, 1);
    let failed: Vec<bool> = statements.iter().map(|s| s.failed).collect();
    assert_eq!(failed, [false, false, false, false, true]);
    drop(recording);
    assert_eq!(db.record().count(), 0);
}

/// Keeps the fields of the events of the target `nuages`.
#[derive(Default)]
struct Events {
    lines: std::sync::Mutex<Vec<String>>,
}

struct Fields(String);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() != "micros" {
            self.0 += &format!(" {field}={value:?}");
        }
    }
}

impl tracing::Subscriber for &'static Events {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_span() || metadata.target() == "nuages"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.lines.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn every_statement_is_an_event_and_values_only_on_request() {
    let events: &'static Events = Box::leak(Box::default());
    // The other tests of the process are heard too: a subscriber of one thread alone would miss places in the code
    // that another thread comes to first.
    tracing::subscriber::set_global_default(events).unwrap();
    for options in ["", "?log_values=true"] {
        let db = Database::connect(&format!("sqlite::memory:{options}"))
            .await
            .unwrap();
        let sql = "SELECT ? AS secret";
        ask(&db, Statement::query(sql, vec!["s3cret".into()]))
            .await
            .unwrap();
    }
    let mut lines = events.lines.lock().unwrap().clone();
    lines.retain(|line| line.contains("AS secret"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(
        lines[0],
        " message=statement sql=SELECT ? AS secret rows=1 failed=false"
    );
    assert!(lines[1].contains("s3cret"));
}

#[tokio::test]
async fn the_report_names_queries_in_a_loop() {
    let db = memory().await;
    let recording = db.record();
    for id in 0..4_i64 {
        let sql = "SELECT * FROM \"blog_author\" WHERE id = ?".replace("blog_author", "t");
        ask(&db, Statement::query(sql, vec![id.into()]))
            .await
            .unwrap();
    }
    query(&db, "SELECT 1").await.unwrap();
    let report = recording.report();
    assert_eq!(report.repeated.len(), 1);
    assert_eq!(report.repeated[0].times, 4);
    let text = report.to_string();
    assert!(
        text.contains("4 × with only other values") && text.contains("rows of `t`"),
        "{text}"
    );
    assert!(text.contains("select_related"), "{text}");
}

#[tokio::test]
async fn assert_queries_holds_a_count() {
    let db = memory().await;
    let both = crate::assert_queries!(db, 2, {
        insert(&db, "a").await.unwrap();
        count(&db).await
    });
    assert_eq!(both, 1);
    let wrong = tokio::spawn(async move {
        crate::assert_queries!(db, 1, {
            query(&db, "SELECT 1").await.unwrap();
            query(&db, "SELECT 2").await.unwrap()
        });
    });
    let panic = wrong.await.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(
        text.contains("expected 1") && text.contains("SELECT 2"),
        "{text}"
    );
}

//! SQL of one's own.

use super::*;
use crate::db::raw;

#[tokio::test]
async fn values_are_bound_and_rows_read_by_name() {
    let db = memory().await;
    for name in ["a", "b", "{}"] {
        let inserted = raw("INSERT INTO t (name) VALUES ({})")
            .bind(name)
            .execute(&db)
            .await;
        assert_eq!(inserted.unwrap(), 1);
    }
    let rows =
        raw("SELECT id, name, '{}' AS braces, NULL AS empty FROM t WHERE id IN {} AND name <> {}")
            .bind_list([1, 2, 3])
            .bind("b")
            .rows(&db)
            .await
            .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].get::<i64>("id").unwrap(), 1);
    assert_eq!(rows[1].get::<String>("name").unwrap(), "{}");
    assert_eq!(rows[1].get::<String>("braces").unwrap(), "{}");
    assert_eq!(rows[0].get::<Option<i64>>("empty").unwrap(), None);
    assert!(message(&rows[0].get::<i64>("idd").unwrap_err()).contains("did you mean `id`"));
    assert!(rows[0].get::<i64>("name").is_err());
    let names = raw("SELECT name FROM t ORDER BY id")
        .read(&db, |row| Ok(row.string(0)?.unwrap_or_default()))
        .await
        .unwrap();
    assert_eq!(names, ["a", "b", "{}"]);
}

#[tokio::test]
async fn rows_are_read_as_tuples() {
    let db = memory().await;
    insert(&db, "a").await.unwrap();
    let select = || raw("SELECT id, name, NULL FROM t WHERE name = {}").bind("a");
    let rows: Vec<(i64, String, Option<String>)> = select().all(&db).await.unwrap();
    assert_eq!(rows, [(1, "a".to_owned(), None)]);
    let error = select().all::<(i64, String)>(&db).await.unwrap_err();
    assert!(message(&error).contains("gives 3 columns"), "{error}");
    let count: i64 = raw("SELECT count(*) FROM t").get(&db).await.unwrap();
    assert_eq!(count, 1);
    assert!(
        raw("SELECT id FROM t WHERE 1 = 0")
            .get::<i64>(&db)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn mistakes_are_named() {
    let db = memory().await;
    let error = raw("SELECT * FROM t WHERE id = ?")
        .bind(1)
        .rows(&db)
        .await
        .unwrap_err();
    assert!(
        message(&error).contains("0 placeholders `{}` and 1 values"),
        "{error}"
    );
    let error = raw("SELECT {}")
        .bind_list(Vec::<i64>::new())
        .rows(&db)
        .await
        .unwrap_err();
    assert!(message(&error).contains("is empty"), "{error}");
}

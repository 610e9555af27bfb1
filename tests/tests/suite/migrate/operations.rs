//! Operations that the journeys do not come by, there and back with rows in the tables.

use nuages::driver::Executor;
use nuages_tests::{Case, Given, Outcome, cases};

use super::{assert_there, chain, go, to, values};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_field_that_a_key_refers_to_goes_before_the_key_does,
        a_key_refers_to_a_field_that_becomes_unique_with_it,
        a_key_that_others_refer_to_is_numbered_and_is_not,
        a_positive_field_may_be_unique,
    ]
}

const BOOKS: &str = r#"
[[operations]]
op = "create_model"
model = "Book"
table = "shop_book"
fields = [
  { name = "id", type = "big_integer", primary_key = true },
  { name = "code", type = "char", max_length = 20, unique = true },
  { name = "slug", type = "char", max_length = 40, null = true },
]

[[operations]]
op = "create_model"
model = "Copy"
table = "shop_copy"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "book", type = "foreign_key", to = "blog.Book", on_delete = "CASCADE", to_field = "code" },
  { name = "friends", type = "many_to_many", to = "blog.Book" },
]
"#;

const ROWS: [&str; 3] = [
    "INSERT INTO shop_book (id, code, slug) VALUES (1, 'a', 'a'), (2, 'b', 'b')",
    "INSERT INTO shop_copy (book_id) VALUES ('a'), ('b'), ('b')",
    "INSERT INTO shop_copy_friends (copy_id, book_id) VALUES (1, 1), (1, 2)",
];

/// From the books forwards, back and forwards again.
async fn from_books(given: &Given, operations: &str) -> Outcome {
    let set = chain(&[("", BOOKS), ("allow = [\"data_loss\"]", operations)]);
    let db = &given.db;
    go(db, &set, to(1)).await?;
    for sql in ROWS {
        db.batch(sql).await?;
    }
    go(db, &set, to(2)).await?;
    assert_there(db, &set, 2).await?;
    assert_eq!(copies(given).await?, ["a", "b", "b"]);
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    assert_eq!(copies(given).await?, ["a", "b", "b"]);
    go(db, &set, to(2)).await?;
    assert_there(db, &set, 2).await?;
    Ok(())
}

async fn copies(given: &Given) -> nuages::Result<Vec<String>> {
    values(&given.db, "SELECT book_id FROM shop_copy ORDER BY id").await
}

/// The order is Django's: what is referred to goes first.
async fn a_field_that_a_key_refers_to_goes_before_the_key_does(given: Given) -> Outcome {
    let set = chain(&[
        ("", BOOKS),
        (
            "allow = [\"data_loss\"]",
            r#"
[[operations]]
op = "alter_field"
model = "Book"
field = { name = "slug", type = "char", max_length = 40, unique = true }

[[operations]]
op = "remove_field"
model = "Book"
name = "code"

[[operations]]
op = "alter_field"
model = "Copy"
field = { name = "book", type = "foreign_key", to = "blog.Book", on_delete = "CASCADE", to_field = "slug" }
"#,
        ),
    ]);
    let db = &given.db;
    go(db, &set, to(1)).await?;
    for sql in ROWS {
        db.batch(sql).await?;
    }
    go(db, &set, to(2)).await?;
    assert_there(db, &set, 2).await?;
    assert_eq!(copies(&given).await?, ["a", "b", "b"]);
    for table in ["shop_copy_friends", "shop_copy", "shop_book"] {
        db.batch(&format!("DELETE FROM {table}")).await?;
    }
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    Ok(())
}

async fn a_key_refers_to_a_field_that_becomes_unique_with_it(given: Given) -> Outcome {
    let operations = r#"
[[operations]]
op = "alter_field"
model = "Book"
field = { name = "slug", type = "char", max_length = 30, unique = true }

[[operations]]
op = "alter_field"
model = "Copy"
field = { name = "book", type = "foreign_key", to = "blog.Book", on_delete = "CASCADE", to_field = "slug" }
"#;
    from_books(&given, operations).await
}

async fn a_key_that_others_refer_to_is_numbered_and_is_not(given: Given) -> Outcome {
    let operations = r#"
[[operations]]
op = "alter_field"
model = "Book"
field = { name = "id", type = "big_auto", primary_key = true }
"#;
    from_books(&given, operations).await?;
    given
        .db
        .batch("INSERT INTO shop_book (code, slug) VALUES ('c', 'c')")
        .await?;
    assert_eq!(
        values(&given.db, "SELECT id FROM shop_book ORDER BY id").await?,
        ["1", "2", "3"]
    );
    assert_eq!(
        values(
            &given.db,
            "SELECT book_id FROM shop_copy_friends ORDER BY id"
        )
        .await?,
        ["1", "2"]
    );
    Ok(())
}

/// The database would give its check and its uniqueness one name.
async fn a_positive_field_may_be_unique(given: Given) -> Outcome {
    let create = r#"
[[operations]]
op = "create_model"
model = "Seat"
table = "shop_seat"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "number", type = "positive_integer", unique = true },
]
"#;
    let add = r#"
[[operations]]
op = "add_field"
model = "Seat"
field = { name = "rank", type = "positive_small_integer", unique = true, null = true }
"#;
    let set = chain(&[("", create), ("", add)]);
    let db = &given.db;
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    db.batch("INSERT INTO shop_seat (number) VALUES (7)")
        .await?;
    let twice = db.batch("INSERT INTO shop_seat (number) VALUES (7)").await;
    assert!(twice.unwrap_err().is_unique_violation());
    go(db, &set, to(2)).await?;
    assert_there(db, &set, 2).await?;
    go(db, &set, to(1)).await?;
    assert_there(db, &set, 1).await?;
    Ok(())
}

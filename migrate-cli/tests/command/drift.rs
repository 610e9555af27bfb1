//! Drift: none on a fresh database, and everything that somebody changes by hand, on every database.

use nuages::driver::Executor;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::Place;

pub(crate) fn area() -> Area {
    Area::new(
        "drift",
        cases![
            a_fresh_database_has_none,
            what_is_changed_by_hand_is_found_and_undone,
            models_and_pending_migrations_are_told_apart.once(),
        ],
    )
}

/// Models of many kinds.
const RICH: &str = r#"{"models": [
  {"app": "shop", "name": "Customer", "table": "shop_customer", "options": {"comment": "who buys"}, "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "email", "type": "email", "unique": true},
    {"name": "name", "type": "char", "max_length": 80, "index": true, "comment": "as printed"},
    {"name": "slug", "type": "slug"},
    {"name": "vip", "type": "boolean", "default": false},
    {"name": "rating", "type": "decimal", "max_digits": 6, "decimal_places": 2, "default": "1.50"},
    {"name": "born", "type": "date", "null": true},
    {"name": "seen", "type": "date_time", "default": "2024-01-02T03:04:05Z"},
    {"name": "data", "type": "json", "default": {}},
    {"name": "token", "type": "uuid", "null": true},
    {"name": "photo", "type": "binary", "null": true},
    {"name": "note", "type": "text", "default": "it's \"x\""},
    {"name": "score", "type": "float", "default": 0.5},
    {"name": "wait", "type": "duration", "null": true},
    {"name": "at", "type": "time", "null": true},
    {"name": "ip", "type": "generic_ip_address", "null": true},
    {"name": "friends", "type": "many_to_many", "to": "shop.Customer"}]},
  {"app": "shop", "name": "Order", "table": "shop_order", "options": {"unique_together": [["customer", "number"]]},
   "indexes": [{"name": "order_recent", "fields": ["status", "-placed"]}],
   "constraints": [
     {"kind": "check", "name": "total_positive", "condition": {"total__gte": 0}},
     {"kind": "check", "name": "status_known", "condition": {"or": [{"status__in": ["new", "paid"]}, {"total": 0}]}},
     {"kind": "unique", "name": "order_ref", "fields": ["reference", "status"]}],
   "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "customer", "type": "foreign_key", "to": "shop.Customer", "on_delete": "CASCADE"},
    {"name": "twin", "type": "one_to_one", "to": "shop.Order", "on_delete": "DB_SET_NULL", "null": true},
    {"name": "number", "type": "positive_integer"},
    {"name": "big", "type": "positive_big_integer", "default": 7},
    {"name": "small", "type": "small_integer", "default": -1},
    {"name": "total", "type": "integer"},
    {"name": "status", "type": "char", "max_length": 20, "default": "new"},
    {"name": "reference", "type": "char", "max_length": 40},
    {"name": "doubled", "type": "generated", "expression": {"fn": "mul", "args": [{"f": "total"}, {"value": 2}]}, "output": {"type": "integer"}, "stored": true},
    {"name": "placed", "type": "date_time", "db_default": {"fn": "now"}}]}]}"#;

fn rich(url: &str) -> Place {
    let place = Place::with(url);
    place.make(RICH);
    place.ok("apply");
    place
}

async fn a_fresh_database_has_none(given: Given) -> Outcome {
    let place = rich(&given.url);
    assert_eq!(
        place.ok("drift --models models.json"),
        "The database is as its migrations say.\n"
    );
    // After renames the names of what fields imply are older than the fields.
    place.write(
        "models.json",
        &RICH
            .replace("\"number\"", "\"sequence\"")
            .replace("\"email\", \"type\"", "\"mail\", \"type\""),
    );
    place.ok("makemigrations --models models.json --rename shop.Order.number=sequence --rename shop.Customer.email=mail");
    place.ok("apply");
    assert_eq!(
        place.ok("drift"),
        "The database is as its migrations say.\n"
    );
    Ok(())
}

async fn what_is_changed_by_hand_is_found_and_undone(given: Given) -> Outcome {
    let place = rich(&given.url);
    let index = if given.url.starts_with("mysql") || given.url.starts_with("mariadb") {
        "DROP INDEX order_recent ON shop_order"
    } else {
        "DROP INDEX order_recent"
    };
    for sql in [
        index,
        "CREATE INDEX by_hand ON shop_order (reference)",
        "ALTER TABLE shop_customer ADD COLUMN extra integer",
        "ALTER TABLE shop_customer DROP COLUMN photo",
        "CREATE TABLE stray (id integer)",
    ] {
        given.db.batch(sql).await?;
    }
    let ran = place.run("drift");
    assert_eq!(ran.code, 1, "{ran:?}");
    for line in [
        "shop_customer\n  column photo is missing: ",
        "  column extra is there and in no migration: ",
        "  index order_recent is missing: (status, placed DESC)\n",
        "  index by_hand is there and in no migration: (reference)\n",
        "  table stray is there and in no migration: id\n",
        "5 differences between the migrations and the database.\n",
    ] {
        assert!(ran.out.contains(line), "`{line}` is missing in {ran:?}");
    }
    let json = place.run("drift --ignore str* --format json");
    assert!(
        json.out.contains("\"change\": \"missing\"") && !json.out.contains("stray"),
        "{json:?}"
    );
    let sql = place.run("drift --sql").out;
    assert!(!sql.contains("stray"), "{sql}");
    for statement in sql
        .split(";\n")
        .filter(|statement| !statement.trim().is_empty())
    {
        given.db.batch(statement).await?;
    }
    assert_eq!(
        place.ok("drift --ignore stray"),
        "The database is as its migrations say.\n"
    );
    Ok(())
}

async fn models_and_pending_migrations_are_told_apart(given: Given) -> Outcome {
    let place = rich(&given.url);
    place.write(
        "models.json",
        &RICH.replace("\"max_length\": 80", "\"max_length\": 90"),
    );
    let ran = place.run("drift --models models.json");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("models have changes that are in no migration"),
        "{ran:?}"
    );
    place.ok("makemigrations --models models.json");
    let ran = place.run("drift --models models.json");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.said
            .contains("Not applied yet, and so not expected here: shop.0002"),
        "{ran:?}"
    );
    Ok(())
}

//! Rows out of a database and into one: `dumpdata`, `loaddata`, `flush`, `dbshell`.

use nuages_tests::{Area, Given, Outcome, cases};
use serde_json::{Value, json};

use crate::place::{BODY, Place, blog, model, models};

pub(crate) fn area() -> Area {
    Area::new(
        "fixtures",
        cases![
            every_kind_of_value_comes_back,
            rows_are_chosen_by_app_and_model,
            rows_move_from_one_database_to_another,
            what_is_no_fixture_is_refused_whole,
            a_flush_leaves_the_tables,
            a_client_that_is_not_there_is_named.once(),
        ],
    )
}

/// A model with a field of every kind, and one that has many of it.
fn every_kind() -> String {
    let kinds = [
        r#""name": "flag", "type": "boolean""#,
        r#""name": "small", "type": "small_integer""#,
        r#""name": "number", "type": "integer", "null": true"#,
        r#""name": "big", "type": "big_integer""#,
        r#""name": "up", "type": "positive_integer""#,
        r#""name": "ratio", "type": "float""#,
        r#""name": "price", "type": "decimal", "max_digits": 12, "decimal_places": 2"#,
        r#""name": "word", "type": "char", "max_length": 50"#,
        r#""name": "text", "type": "text""#,
        r#""name": "day", "type": "date""#,
        r#""name": "hour", "type": "time""#,
        r#""name": "moment", "type": "date_time""#,
        r#""name": "took", "type": "duration""#,
        r#""name": "token", "type": "uuid""#,
        r#""name": "data", "type": "json""#,
        r#""name": "bytes", "type": "binary""#,
        r#""name": "address", "type": "generic_ip_address""#,
    ];
    let fields: Vec<String> = kinds.iter().map(|kind| format!("{{{kind}}}")).collect();
    models(&format!(
        r#"{tag}, {{"app": "shop", "name": "Item", "table": "shop_item", "fields": [
            {{"name": "code", "type": "char", "max_length": 10, "primary_key": true}}, {fields},
            {{"name": "parent", "type": "foreign_key", "to": "shop.Item", "on_delete": "CASCADE", "null": true}},
            {{"name": "tags", "type": "many_to_many", "to": "shop.Tag"}}]}}"#,
        tag = model("shop", "Tag"),
        fields = fields.join(", "),
    ))
}

/// The child comes before its parent, and both before their tags.
fn items() -> Value {
    let item = |code: &str, parent: Value, tags: Value| {
        json!({"model": "shop.item", "pk": code, "fields": {
            "flag": true, "small": -7, "number": null, "big": i64::MIN, "up": 3, "ratio": 0.1, "price": "-12.50",
            "word": "it's", "text": "a\n\\ \u{1F600}", "day": "2024-02-29", "hour": "23:59:59.000001",
            "moment": "2024-02-29T12:00:00.500000Z", "took": "-P1DT02H03M04.500000S",
            "token": "00112233-4455-6677-8899-aabbccddeeff", "data": {"a": [1, null, {"b": "c"}]},
            "bytes": "AP8Q", "address": "192.0.2.1", "parent": parent, "tags": tags}})
    };
    json!([
        item("a", json!("b"), json!([1, 3])),
        item("b", Value::Null, json!([])),
        {"model": "shop.tag", "pk": 1, "fields": {"name": "one"}},
        {"model": "shop.tag", "pk": 3, "fields": {"name": "three"}},
    ])
}

fn dump(place: &Place, args: &str) -> Value {
    serde_json::from_str(&place.ok(&format!("dumpdata {args}"))).unwrap()
}

async fn every_kind_of_value_comes_back(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&every_kind()).ok("apply");
    let fixture = items();
    place.write("items.json", &fixture.to_string());
    let said = place.ok("loaddata items.json");
    assert!(
        said.contains("Installed 4 objects from 1 fixtures"),
        "{said}"
    );
    assert_eq!(dump(&place, ""), fixture);
    assert_eq!(dump(&place, "--indent 2"), fixture);
    // Once more: the rows are there, and changed.
    let mut changed = fixture.clone();
    changed[0]["fields"]["tags"] = json!([3]);
    changed[0]["fields"]["word"] = json!("changed");
    place.write("items.json", &changed.to_string());
    place.ok("loaddata items.json");
    assert_eq!(dump(&place, ""), changed);
    // As Django writes it, and with a row that leaves its key to the database, behind those that are there.
    let django = json!([
        {"model": "shop.item", "pk": "a", "fields": {"took": "-2 21:56:55.500000", "moment": "2024-02-29T12:00:00.5+00:00"}},
        {"model": "shop.tag", "pk": null, "fields": {"name": "four"}},
    ]);
    place.write("django.json", &django.to_string());
    place.ok("loaddata django.json");
    let expected = json!({"model": "shop.tag", "pk": 4, "fields": {"name": "four"}});
    assert_eq!(dump(&place, "")[4], expected);
    assert_eq!(dump(&place, "shop.Item")[0], changed[0]);
    Ok(())
}

async fn rows_are_chosen_by_app_and_model(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&every_kind()).ok("apply");
    place.write("items.json", &items().to_string());
    place.ok("loaddata items.json");
    assert_eq!(dump(&place, "shop.tag").as_array().unwrap().len(), 2);
    assert_eq!(
        dump(&place, "shop --exclude shop.Item")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    place.ok("dumpdata --output rows.json");
    assert_eq!(
        serde_json::from_str::<Value>(&place.read("rows.json"))?,
        items()
    );
    place.fails(
        "dumpdata shop.Itme",
        1,
        &["`shop.Itme`", "did you mean `shop.Item`?"],
    );
    Ok(())
}

async fn rows_move_from_one_database_to_another(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&every_kind()).ok("apply");
    place.write("items.json", &items().to_string());
    place.ok("loaddata items.json");
    place.ok("dumpdata --output moved.json");
    place.ok("apply --database-url sqlite://other.db");
    place.ok("loaddata moved.json --database-url sqlite://other.db");
    assert_eq!(dump(&place, "--database-url sqlite://other.db"), items());
    Ok(())
}

async fn what_is_no_fixture_is_refused_whole(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&blog(BODY));
    place.fails("dumpdata", 1, &["run `migrate apply` first"]);
    place.ok("apply");
    let author = json!({"model": "blog.author", "pk": 1, "fields": {"name": "Ada"}});
    let wrong = [
        (
            json!({"model": "blog.autor"}),
            "object 2: there is no app or model `blog.autor`; did you mean `blog.Author`?",
        ),
        (
            json!({"model": "blog.post", "pk": 1, "fields": {"titel": "x"}}),
            "did you mean `title`?",
        ),
        (json!({"model": "blog.post", "pk": "x"}), "object 2: `id`:"),
        (
            json!({"model": "blog.post", "pk": 1, "fields": {"title": "x", "body": "", "author": 7}}),
            "items.json: ",
        ),
    ];
    for (object, says) in wrong {
        place.write("items.json", &json!([author, object]).to_string());
        place.fails("loaddata items.json", 1, &[says]);
        assert_eq!(dump(&place, ""), json!([]), "{object}");
    }
    place.fails("loaddata nowhere.json", 1, &["nowhere.json"]);
    Ok(())
}

async fn a_flush_leaves_the_tables(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    place.make(&every_kind()).ok("apply");
    place.write("items.json", &items().to_string());
    place.ok("loaddata items.json");
    place.fails("flush", 6, &["--no-input"]);
    assert_ne!(dump(&place, ""), json!([]));
    let said = place.ok("flush --no-input");
    assert!(said.contains("Emptied 3 tables"), "{said}");
    assert_eq!(dump(&place, ""), json!([]));
    assert!(place.ok("showmigrations").contains("[X] 0001_initial"));
    // Keys begin again at 1.
    let tag = json!([{"model": "shop.tag", "fields": {"name": "first"}}]);
    place.write("tag.json", &tag.to_string());
    place.ok("loaddata tag.json");
    assert_eq!(dump(&place, "")[0]["pk"], 1);
    Ok(())
}

async fn a_client_that_is_not_there_is_named(_: Given) -> Outcome {
    let place = Place::new();
    let args = "dbshell --database-url sqlite://x.db";
    place
        .run_with(args, "PATH", place.path(""))
        .must(1, &["sqlite3", "install the client of SQLite"]);
    Ok(())
}

//! Options that queries do not see: constraints and indexes of all sorts, tablespaces, and what is for people.

use super::{field_json, model_json};
use crate::prelude::*;
use serde_json::json;

/// What is booked.
#[derive(Model, Debug, Clone)]
#[model(app = "rooms", managed = false)]
struct Room {
    id: i64,
}

/// A thing with all that databases and people can be told.
#[derive(Model, Debug, Clone)]
#[model(
    app = "rooms",
    managed = false,
    tablespace = "fast",
    verbose_name = "booking",
    verbose_name_plural = "bookings",
    default_related_name = "bookings",
    default_manager_name = "objects",
    index(name = "by_lower", expressions = [|b| b.title().lower()], tablespace = "slow"),
    index(name = "by_title", fields = ["title"], opclasses = ["text_pattern_ops"]),
    unique(name = "one_title", fields = ["title"], include = ["number"], opclasses = ["text_ops"]),
    unique(
        name = "later",
        fields = ["number"],
        deferrable = deferred,
        nulls_distinct = false,
        violation_error_code = "taken",
        violation_error_message = "is taken"
    ),
    unique(name = "any_case", expressions = |b| b.title().lower(), condition = |b| b.number().gt(0)),
    check(name = "positive", |b| b.number().gte(0), violation_error_message = "negative"),
    exclude(
        name = "no_clash",
        elements = [("room", "="), (|b| b.title().lower(), "=")],
        using = "spgist",
        condition = |b| b.number().gt(1),
        deferrable = immediate
    )
)]
struct Booking {
    id: i64,
    #[field(
        max_length = 100,
        blank,
        tablespace = "fast",
        verbose_name = "the title",
        help_text = "what is said"
    )]
    title: String,
    number: i32,
    #[field(on_delete = CASCADE, related_query_name = "booked", limit_choices_to = |r| r.id().gt(1))]
    room: ForeignKey<Room>,
    #[field(
        db_constraint = false,
        verbose_name = "others",
        related_name = "others"
    )]
    others: ManyToMany<Room>,
}

#[test]
fn indexes_and_constraints_have_all_that_a_database_can_be_told() {
    let model = model_json::<Booking>();
    let lower = json!({"fn": "lower", "args": [{"f": "title"}]});
    assert_eq!(
        model["indexes"],
        json!([
            {"name": "by_lower", "tablespace": "slow", "expressions": [lower]},
            {"name": "by_title", "fields": ["title"], "opclasses": ["text_pattern_ops"]},
        ])
    );
    assert_eq!(
        model["constraints"],
        json!([
            {"kind": "check", "name": "positive", "condition": {"number__gte": 0}, "violation_error_message": "negative"},
            {"kind": "unique", "name": "one_title", "fields": ["title"], "include": ["number"], "opclasses": ["text_ops"]},
            {"kind": "unique", "name": "later", "fields": ["number"], "deferrable": "deferred", "nulls_distinct": false,
             "violation_error_code": "taken", "violation_error_message": "is taken"},
            {"kind": "unique", "name": "any_case", "condition": {"number__gt": 0}, "expressions": [lower]},
            {"kind": "exclude", "name": "no_clash", "condition": {"number__gt": 1}, "deferrable": "immediate",
             "elements": [[{"f": "room"}, "="], [lower, "="]], "using": "spgist"},
        ])
    );
}

#[test]
fn what_is_for_people_stands_in_the_state() {
    assert_eq!(
        model_json::<Booking>()["options"],
        json!({"managed": false, "tablespace": "fast", "verbose_name": "booking", "verbose_name_plural": "bookings",
               "default_related_name": "bookings", "default_manager_name": "objects"})
    );
    assert_eq!(
        field_json::<Booking>("title"),
        json!({"name": "title", "type": "char", "max_length": 100, "tablespace": "fast", "blank": true,
               "verbose_name": "the title", "help_text": "what is said"})
    );
    assert_eq!(
        field_json::<Booking>("room"),
        json!({"name": "room", "type": "foreign_key", "to": "rooms.Room", "on_delete": "CASCADE",
               "related_query_name": "booked", "limit_choices_to": {"id__gt": 1}})
    );
    assert_eq!(
        field_json::<Booking>("others"),
        json!({"name": "others", "type": "many_to_many", "verbose_name": "others", "to": "rooms.Room",
               "related_name": "others", "db_constraint": false})
    );
    let room = Booking::meta().fields[3].name;
    assert_eq!(
        Booking::meta().related_name(&Booking::meta().fields[3]),
        Some("bookings"),
        "{room}"
    );
}

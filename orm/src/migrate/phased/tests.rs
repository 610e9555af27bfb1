//! What each change becomes, and that both parts lead to the models.

use serde_json::{Value, json};

use super::phased;
use crate::migrate::autodetect::{Answers, diff};
use crate::migrate::files::{Migration, Phase};
use crate::migrate::graph::MigrationGraph;
use crate::migrate::state::ProjectState;

fn state(models: &Value) -> ProjectState {
    ProjectState::from_json_text(&json!({"models": models}).to_string()).unwrap()
}

fn model(name: &str, fields: &[Value], more: &Value) -> Value {
    let mut all = vec![json!({"name": "id", "type": "big_auto", "primary_key": true})];
    all.extend(fields.iter().cloned());
    let mut model = json!({"app": "blog", "name": name, "table": format!("blog_{}", name.to_lowercase()), "fields": all});
    for (key, value) in more.as_object().into_iter().flatten() {
        model[key] = value.clone();
    }
    model
}

fn char(name: &str) -> Value {
    json!({"name": name, "type": "char", "max_length": 100})
}

/// The migrations between two states, divided; every name that looks renamed is.
fn divided(from: &Value, to: &Value) -> Result<Vec<Migration>, String> {
    let (from, to) = (state(from), state(to));
    let graph = MigrationGraph::new([]).unwrap();
    let mut answers = Answers::new().renames(true);
    let found = diff(&from, &to, &mut answers, &graph).unwrap();
    assert!(found.questions.is_empty(), "{:?}", found.questions);
    let divided = phased(found.migrations, &from).map_err(|error| error.to_string())?;
    // Replayed in order, each before those that depend on it, they lead to the models.
    let mut reached = from;
    for migration in &divided {
        migration.apply(&mut reached).unwrap();
    }
    let graph = MigrationGraph::new([]).unwrap();
    let left = diff(&reached, &to, &mut Answers::new(), &graph).unwrap();
    assert!(left.migrations.is_empty(), "{:?}", left.migrations);
    Ok(divided)
}

fn words(migrations: &[Migration]) -> Vec<(Option<&str>, Vec<String>)> {
    let of_one = |migration: &'_ Migration| {
        let words = migration.operations.iter().map(|op| op.word().to_owned());
        words.collect()
    };
    migrations
        .iter()
        .map(|migration| (migration.phase.map(Phase::word), of_one(migration)))
        .collect()
}

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn a_renamed_field_stands_beside_the_old_one_with_all_that_speaks_of_it() {
    let more = |field: &str| {
        json!({"options": {"unique_together": [["id", field]], "ordering": [field]},
               "indexes": [{"name": "by_title", "fields": [format!("-{field}")]}],
               "constraints": [{"kind": "unique", "name": "one_title", "fields": [field]},
                               {"kind": "check", "name": "some_title", "condition": {format!("{field}__gt"): ""}}]})
    };
    let from = json!([model("Post", &[char("title")], &more("title"))]);
    let to = json!([model("Post", &[char("headline")], &more("headline"))]);
    let divided = divided(&from, &to).unwrap();
    assert_eq!(
        words(&divided)[0],
        (
            Some("expand"),
            list(&[
                "alter_model_options",
                "alter_field",
                "add_field",
                "keep_in_step",
                "backfill",
                "add_index",
                "add_constraint",
                "alter_unique_together"
            ])
        )
    );
    let (phase, contract) = &words(&divided)[1];
    assert_eq!(*phase, Some("contract"));
    assert_eq!(
        contract[..8],
        list(&[
            "backfill",
            "stop_keeping_in_step",
            "alter_unique_together",
            "remove_index",
            "remove_constraint",
            "remove_constraint",
            "remove_field",
            "rename_index"
        ])
    );
    assert!(divided[0].name.starts_with("0001_expand_"));
    assert_eq!(
        divided[1].name,
        divided[0].name.replace("0001_expand", "0002_contract")
    );
    assert_eq!(divided[1].dependencies, [divided[0].key()]);
}

#[test]
fn what_breaks_nobody_stays_one_migration() {
    let from = json!([model("Post", &[char("title")], &json!({}))]);
    let more = json!({"indexes": [{"name": "by_title", "fields": ["title"]}]});
    let fields = [
        json!({"name": "title", "type": "text"}),
        json!({"name": "views", "type": "integer", "default": 0}),
        json!({"name": "note", "type": "text", "null": true}),
    ];
    let to = json!([
        model("Post", &fields, &more),
        model("Tag", &[char("name")], &json!({}))
    ]);
    let divided = divided(&from, &to).unwrap();
    assert_eq!(divided.len(), 1);
    assert_eq!(divided[0].phase, None);
}

#[test]
fn what_goes_may_be_left_out_before_it_goes() {
    let fields = [
        char("title"),
        json!({"name": "views", "type": "integer"}),
        json!({"name": "note", "type": "text", "null": true}),
        json!({"name": "token", "type": "uuid", "unique": true}),
    ];
    let from = json!([
        model("Post", &fields, &json!({})),
        model("Tag", &[char("name")], &json!({}))
    ]);
    let to = json!([model("Post", &[], &json!({}))]);
    let divided = divided(&from, &to).unwrap();
    assert_eq!(
        words(&divided)[0],
        (
            Some("expand"),
            list(&["alter_field", "alter_field", "alter_field"])
        )
    );
    let expand: Vec<Value> = divided[0]
        .operations
        .iter()
        .map(|op| op.to_json())
        .collect();
    let of = |name: &str| {
        let field = expand.iter().find(|op| op["field"]["name"] == name);
        field.map(|op| op["field"].clone()).unwrap()
    };
    assert_eq!(of("title")["db_default"], "");
    assert_eq!(of("views")["db_default"], 0);
    assert_eq!(of("token")["null"], true);
    let (phase, contract) = &words(&divided)[1];
    assert_eq!(*phase, Some("contract"));
    assert!(
        contract.contains(&"delete_model".to_owned()),
        "{contract:?}"
    );
}

#[test]
fn what_must_not_be_null_is_filled_until_it_is_not() {
    let title = |more: Value| {
        let mut field = char("title");
        for (key, value) in more.as_object().unwrap() {
            field[key] = value.clone();
        }
        json!([model("Post", &[field], &json!({}))])
    };
    let from = title(json!({"null": true}));
    let to = title(json!({"default": "none"}));
    let divided = divided(&from, &to).unwrap();
    assert_eq!(
        words(&divided),
        [
            (
                Some("expand"),
                list(&["alter_field", "keep_in_step", "backfill"])
            ),
            (
                Some("contract"),
                list(&["stop_keeping_in_step", "alter_field"])
            )
        ]
    );
}

#[test]
fn what_must_be_unique_or_hold_comes_when_the_old_code_is_gone() {
    let from = json!([model("Post", &[char("title"), char("slug")], &json!({}))]);
    let mut slug = char("slug");
    slug["unique"] = json!(true);
    let more = json!({"options": {"unique_together": [["slug", "title"]]},
                      "constraints": [{"kind": "check", "name": "some", "condition": {"title__gt": ""}}]});
    let to = json!([model("Post", &[char("title"), slug], &more)]);
    let divided = divided(&from, &to).unwrap();
    assert_eq!(divided.len(), 1);
    assert_eq!(divided[0].phase, Some(Phase::Contract));
}

#[test]
fn a_type_changes_in_a_column_beside_that_takes_the_place_in_the_end() {
    let views = |kind: &str, column: Option<&str>| {
        let mut field = json!({"name": "views", "type": kind});
        if let Some(column) = column {
            field["column"] = json!(column);
        }
        let more = json!({"indexes": [{"name": "by_views", "fields": ["views"]}]});
        json!([model("Post", &[field], &more)])
    };
    let grown = divided(&views("integer", None), &views("big_integer", None)).unwrap();
    assert_eq!(
        words(&grown)[1].1,
        list(&[
            "backfill",
            "stop_keeping_in_step",
            "remove_index",
            "remove_field",
            "rename_field",
            "rename_index",
            "alter_field"
        ])
    );
    let refused = divided(&views("integer", None), &views("text", None)).unwrap_err();
    assert!(refused.contains("#[field(column = "), "{refused}");
    let moved = divided(&views("integer", None), &views("text", Some("views_text"))).unwrap();
    assert_eq!(
        words(&moved)[1].1,
        list(&[
            "backfill",
            "stop_keeping_in_step",
            "remove_index",
            "remove_field",
            "rename_field",
            "rename_index",
            "alter_field"
        ])
    );
}

#[test]
fn renamed_tables_keep_their_old_names_for_a_while() {
    let tags = json!({"name": "tags", "type": "many_to_many", "to": "blog.Tag"});
    let tag = model("Tag", &[char("name")], &json!({}));
    let from = json!([
        tag,
        model("Post", &[char("title"), tags.clone()], &json!({}))
    ]);
    let to = json!([tag, model("Article", &[char("title"), tags], &json!({}))]);
    let divided = divided(&from, &to).unwrap();
    assert_eq!(
        words(&divided),
        [
            (
                Some("expand"),
                list(&["rename_model", "add_table_alias", "add_table_alias"])
            ),
            (
                Some("contract"),
                list(&["remove_table_alias", "remove_table_alias"])
            )
        ]
    );
    let between = divided[0].operations[2].to_json();
    assert_eq!(between["table"], "blog_post_tags");
    assert_eq!(between["columns"], json!(["id", "post_id", "tag_id"]));
}

#[test]
fn what_cannot_be_divided_says_why() {
    let from = json!([model("Post", &[], &json!({}))]);
    let to = json!([model(
        "Post",
        &[
            json!({"name": "token", "type": "char", "max_length": 9, "unique": true,
        "default": {"rust": "blog::token"}})
        ],
        &json!({})
    )]);
    let refused = divided(&from, &to).unwrap_err();
    assert!(refused.contains("db_default"), "{refused}");
    let tags = json!({"name": "tags", "type": "many_to_many", "to": "blog.Tag"});
    let post = model("Post", &[tags], &json!({}));
    let mut other = post.clone();
    other["fields"][1]["to"] = json!("blog.Label");
    let from = json!([post, model("Tag", &[char("name")], &json!({}))]);
    let to = json!([other, model("Label", &[char("name")], &json!({}))]);
    let refused = divided(&from, &to).unwrap_err();
    assert!(refused.contains("`through` model"), "{refused}");
}

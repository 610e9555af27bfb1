//! States as JSON, read, written and refused.

#![allow(clippy::needless_pass_by_value)] // `json!` reads best in the place of an argument

use serde_json::{Value, json};

use super::*;
use crate::meta::kind::FieldKind;
use crate::meta::literal::Literal;

/// The state of DESIGN.md, with a corner or two more.
fn blog() -> Value {
    json!({"models": [
        {"app": "blog", "name": "Author", "table": "blog_author", "fields": [
            {"name": "id", "type": "big_auto", "primary_key": true},
            {"name": "name", "type": "char", "max_length": 100}
        ]},
        {"app": "blog", "name": "Post", "table": "blog_post",
         "options": {"ordering": ["-created_at"], "unique_together": [["a", "b"], ["c"]], "get_latest_by": "created_at"},
         "indexes": [{"name": "post_status", "fields": ["status", "-created_at"], "condition": {"status": "draft"}}],
         "constraints": [
            {"kind": "check", "name": "views_not_negative", "condition": {"view_count__gte": 0}},
            {"kind": "unique", "name": "lower_slug", "expressions": [{"fn": "lower", "args": [{"f": "slug"}]}]},
            {"kind": "exclude", "name": "no_overlap", "elements": [[{"f": "during"}, "&&"]], "using": "spgist"}],
         "fields": [
            {"name": "id", "type": "big_auto", "primary_key": true},
            {"name": "slug", "type": "slug", "unique": true, "max_length": 200},
            {"name": "author", "type": "foreign_key", "to": "blog.Author", "on_delete": "CASCADE", "related_name": "posts"},
            {"name": "editor", "type": "one_to_one", "null": true, "index": false, "to": "blog.Author", "on_delete": {"set": 1}},
            {"name": "tags", "type": "many_to_many", "to": "blog.Tag", "table": "post_tags"},
            {"name": "price", "type": "decimal", "default": "1.50", "max_digits": 10, "decimal_places": 2},
            {"name": "created_at", "type": "date_time", "auto_now_add": true, "db_default": {"fn": "now"}},
            {"name": "status", "type": "char", "max_length": 20, "default": "draft",
             "choices": [["draft", "Draft"], ["published", "Published"]]},
            {"name": "title_length", "type": "generated", "expression": {"fn": "length", "args": [{"f": "slug"}]},
             "output": {"type": "integer"}, "stored": true}
         ]},
        {"app": "blog", "name": "Shown", "options": {"proxy": true, "bases": ["blog.Post"]}}
    ]})
}

#[test]
fn a_state_is_written_as_it_was_read() {
    let state = ProjectState::from_json(&blog()).unwrap();
    assert_eq!(state.to_json().to_string(), blog().to_string());
}

#[test]
fn what_is_spelled_out_but_default_counts_as_default() {
    let read = |fields: Value, table: &str| {
        let model = json!({"app": "blog", "name": "Post", "table": table, "fields": fields});
        ProjectState::from_json(&json!({"models": [model]})).unwrap()
    };
    let spelled = json!([
        {"name": "slug", "type": "slug", "max_length": 50, "index": true, "null": false},
        {"name": "author", "type": "foreign_key", "to": "blog.Post", "on_delete": "CASCADE", "index": true},
        {"name": "friends", "type": "many_to_many", "to": "blog.post", "table": "blog_post_friends", "symmetrical": true},
        {"name": "rate", "type": "float", "default": 1},
        {"name": "price", "type": "decimal", "default": 1},
    ]);
    let brief = json!([
        {"name": "slug", "type": "slug"},
        {"name": "author", "type": "foreign_key", "to": "blog.Post", "on_delete": "CASCADE"},
        {"name": "friends", "type": "many_to_many", "to": "blog.Post"},
        {"name": "rate", "type": "float", "default": 1.0},
        {"name": "price", "type": "decimal", "default": "1"},
    ]);
    assert_eq!(read(spelled, "blog_post"), read(brief.clone(), "blog_post"));
    let mut other = read(brief, "posts");
    assert_eq!(other.model("blog", "POST").unwrap().table(), "posts");
    other
        .rename_model(&ModelKey::new("blog", "Post"), "Posts")
        .unwrap();
    assert_eq!(other.model("blog", "posts").unwrap().table(), "posts");
}

#[test]
fn a_proxy_has_the_table_of_its_base() {
    let state = ProjectState::from_json(&blog()).unwrap();
    let proxy = state.model("blog", "Shown").unwrap();
    assert_eq!(state.table_of(proxy), "blog_post");
    assert!(!proxy.has_own_table());
}

#[test]
fn unknown_keys_and_words_name_the_nearest_and_the_place() {
    let fault = |field: Value| {
        let model =
            json!({"app": "a", "name": "M", "fields": [{"name": "id", "type": "big_auto"}, field]});
        ProjectState::from_json(&json!({"models": [model]}))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        fault(json!({"name": "x", "type": "char", "max_lenght": 5})),
        "models[0].fields[1].max_lenght: a field has no key `max_lenght`; did you mean `max_length`?"
    );
    assert_eq!(
        fault(json!({"name": "x", "type": "chars"})),
        "models[0].fields[1].type: no type of field `chars`; did you mean `char`?"
    );
    assert!(
        fault(json!({"name": "x", "type": "foreign_key", "to": "a.B"}))
            .contains("needs the key `on_delete`")
    );
    assert!(
        fault(json!({"name": "x", "type": "foreign_key", "to": "B", "on_delete": "CASCADE"}))
            .contains("`app.Model`")
    );
    assert!(fault(json!({"name": "x", "type": "char", "to": "a.B"})).contains("no key `to`"));
    assert!(
        fault(json!({"name": "x", "type": "integer", "default": "5"}))
            .contains("expected a whole number")
    );
    assert!(
        fault(json!({"name": "x", "type": "char", "default": null})).contains("leave the key out")
    );
    assert!(fault(json!({"name": "id", "type": "char"})).contains("two fields `id`"));
}

#[test]
fn keys_of_models_compare_without_case() {
    let (a, b) = (
        ModelKey::new("blog", "BlogPost"),
        ModelKey::new("blog", "blogpost"),
    );
    assert_eq!(a, b);
    assert_eq!(a.to_string(), "blog.BlogPost");
    assert_ne!(a, ModelKey::new("Blog", "BlogPost"));
    assert_eq!(default_table("blog", "BlogPost"), "blog_blogpost");
}

#[test]
fn fields_know_their_columns() {
    let state = ProjectState::from_json(&blog()).unwrap();
    let post = state.model("blog", "Post").unwrap();
    let columns: Vec<String> = post.columns().map(FieldState::column).collect();
    assert_eq!(columns[..4], ["id", "slug", "author_id", "editor_id"]);
    assert!(!columns.contains(&"tags".to_owned()));
    assert_eq!(post.named("author_id").unwrap().name, "author");
    assert_eq!(post.named("pk").unwrap().name, "id");
    assert_eq!(
        post.through_table(post.field("tags").unwrap()).unwrap(),
        "post_tags"
    );
    assert!(post.field("author").unwrap().is_indexed());
    assert!(!post.field("slug").unwrap().is_indexed());
    assert!(post.field("editor").unwrap().is_unique());
    assert_eq!(post.field("status").unwrap().default, Some("draft".into()));
    assert_eq!(
        post.field("status").unwrap().choices[0],
        Literal::List(vec!["draft".into(), "Draft".into()])
    );
    assert_eq!(post.primary_key().unwrap().kind, FieldKind::BigAuto);
}

//! Operations as JSON, and what each does to a state.

#![allow(clippy::needless_pass_by_value)] // `json!` reads best in the place of an argument

use serde_json::{Value, json};

use super::*;
use crate::db::database_names;
use crate::migrate::state::{ModelKey, ProjectState};

/// Reads an operation and expects it to be written as it was.
fn operation(written: Value) -> Operation {
    let operation = Operation::from_json(&written).unwrap();
    assert_eq!(operation.to_json().to_string(), written.to_string());
    operation
}

fn apply(state: &mut ProjectState, written: Value) {
    operation(written).apply("blog", state).unwrap();
}

fn refusal(state: &ProjectState, written: Value) -> String {
    let mut state = state.clone();
    operation(written)
        .apply("blog", &mut state)
        .unwrap_err()
        .to_string()
}

fn blog() -> ProjectState {
    let mut state = ProjectState::default();
    apply(
        &mut state,
        json!({"op": "create_model", "model": "Author", "table": "blog_author", "fields": [
        {"name": "id", "type": "big_auto", "primary_key": true}, {"name": "name", "type": "char", "max_length": 50}]}),
    );
    apply(
        &mut state,
        json!({"op": "create_model", "model": "Post", "table": "blog_post", "fields": [
        {"name": "id", "type": "big_auto", "primary_key": true},
        {"name": "author", "type": "foreign_key", "to": "blog.Author", "on_delete": "CASCADE", "to_field": "name",
         "limit_choices_to": {"name__startswith": "a"}},
        {"name": "friends", "type": "many_to_many", "to": "blog.Author", "through": "blog.Friend", "through_fields": ["post", "friend"]},
        {"name": "views", "type": "integer", "default": 0},
        {"name": "title_length", "type": "generated", "expression": {"f": "views"}, "output": {"type": "integer"}, "stored": true}],
        "options": {"ordering": ["-views", "author__name"], "unique_together": [["author", "views"]], "order_with_respect_to": "author"},
        "indexes": [{"name": "i", "fields": ["-views"], "condition": {"author_id__isnull": false, "views__gte": 1}}],
        "constraints": [{"kind": "check", "name": "c", "condition": {"views__gte": 0}}]}),
    );
    apply(
        &mut state,
        json!({"op": "create_model", "model": "Friend", "table": "blog_friend", "fields": [
        {"name": "id", "type": "big_auto", "primary_key": true},
        {"name": "post", "type": "foreign_key", "to": "blog.Post", "on_delete": "CASCADE"},
        {"name": "friend", "type": "foreign_key", "to": "blog.Author", "on_delete": "CASCADE"}]}),
    );
    state
}

#[test]
fn every_operation_is_written_as_it_was_read() {
    let field = json!({"name": "x", "type": "char", "max_length": 5});
    let index = json!({"name": "i", "fields": ["x"]});
    let check = json!({"kind": "check", "name": "c", "condition": {"x": "a"}});
    let by_database: Value = database_names()
        .map(|name| (name.to_owned(), json!("SELECT 1")))
        .collect();
    for written in [
        json!({"op": "delete_model", "model": "M"}),
        json!({"op": "rename_model", "old_name": "M", "new_name": "N"}),
        json!({"op": "add_field", "model": "M", "field": field, "preserve_default": false}),
        json!({"op": "alter_field", "model": "M", "field": field}),
        json!({"op": "remove_field", "model": "M", "name": "x"}),
        json!({"op": "rename_field", "model": "M", "old_name": "x", "new_name": "y"}),
        json!({"op": "add_index", "model": "M", "index": index}),
        json!({"op": "remove_index", "model": "M", "name": "i"}),
        json!({"op": "rename_index", "model": "M", "old_name": "i", "new_name": "j"}),
        json!({"op": "add_constraint", "model": "M", "constraint": check, "not_valid": true}),
        json!({"op": "alter_constraint", "model": "M", "constraint": check}),
        json!({"op": "remove_constraint", "model": "M", "name": "c"}),
        json!({"op": "alter_model_table", "model": "M", "table": "t"}),
        json!({"op": "alter_model_table", "model": "M"}),
        json!({"op": "alter_model_table_comment", "model": "M", "comment": "c"}),
        json!({"op": "alter_model_options", "model": "M", "options": {"ordering": ["x"], "managed": false}}),
        json!({"op": "alter_model_options", "model": "M", "options": {}}),
        json!({"op": "alter_unique_together", "model": "M", "unique_together": [["a", "b"]]}),
        json!({"op": "alter_order_with_respect_to", "model": "M", "order_with_respect_to": "a"}),
        json!({"op": "run_sql", "sql": "SELECT 1", "reverse_sql": ""}),
        json!({"op": "run_sql", "sql": by_database, "state_operations": [{"op": "delete_model", "model": "M"}]}),
        json!({"op": "run_rust", "forward": "blog.fill", "reverse": "blog.empty", "elidable": true}),
        json!({"op": "separate_database_and_state", "database_operations": [{"op": "run_sql", "sql": "X"}],
               "state_operations": [{"op": "delete_model", "model": "M"}]}),
        json!({"op": "create_extension", "name": "citext"}),
        json!({"op": "validate_constraint", "model": "M", "name": "c"}),
        json!({"op": "keep_in_step", "model": "M", "field": "x", "with": "y", "default": 0}),
        json!({"op": "stop_keeping_in_step", "model": "M", "field": "x", "default": {"fn": "now"}}),
        json!({"op": "backfill", "model": "M", "set": {"x": {"f": "y"}, "a": 1}, "where": {"x__isnull": true},
               "reverse": {"y": {"fn": "lower", "args": [{"f": "x"}]}}, "batch_size": 500, "elidable": true}),
        json!({"op": "add_table_alias", "model": "M", "field": "tags", "table": "t", "columns": ["id", "a", "b"]}),
        json!({"op": "remove_table_alias", "model": "M", "table": "t"}),
    ] {
        operation(written);
    }
}

#[test]
fn unknown_operations_and_keys_name_the_nearest() {
    let fault = |written: Value| Operation::from_json(&written).unwrap_err().to_string();
    assert_eq!(
        fault(json!({"op": "add_fields"})),
        "op: no operation `add_fields`; did you mean `add_field`?"
    );
    assert_eq!(
        fault(json!({"op": "remove_field", "model": "M", "name": "x", "elidible": true})),
        "elidible: remove_field has no key `elidible`; did you mean `elidable`?"
    );
    let near = format!("{}s", database_names().next().unwrap());
    let sql = json!({near.as_str(): "X"});
    assert!(
        fault(json!({"op": "run_sql", "sql": sql}))
            .contains(&format!("no database is named `{near}`; did you mean"))
    );
    assert!(
        fault(json!({"op": "alter_model_options", "model": "M", "options": {"bases": []}}))
            .contains("no key `bases`")
    );
}

#[test]
fn renaming_a_field_takes_everything_along() {
    let mut state = blog();
    apply(
        &mut state,
        json!({"op": "rename_field", "model": "post", "old_name": "views", "new_name": "hits"}),
    );
    apply(
        &mut state,
        json!({"op": "rename_field", "model": "Post", "old_name": "author", "new_name": "writer"}),
    );
    apply(
        &mut state,
        json!({"op": "rename_field", "model": "Author", "old_name": "name", "new_name": "label"}),
    );
    apply(
        &mut state,
        json!({"op": "rename_field", "model": "Friend", "old_name": "friend", "new_name": "pal"}),
    );
    let post = state.model("blog", "Post").unwrap();
    assert_eq!(post.options.ordering, ["-hits", "writer__name"]);
    assert_eq!(post.options.unique_together, [["writer", "hits"]]);
    assert_eq!(
        post.options.order_with_respect_to.as_deref(),
        Some("writer")
    );
    assert_eq!(post.indexes[0].fields, ["-hits"]);
    let condition = post.indexes[0].condition.as_ref().unwrap();
    assert_eq!(
        condition.to_json(),
        json!({"and": [{"writer_id__isnull": false}, {"hits__gte": 1}]})
    );
    assert_eq!(post.constraints[0].referenced_fields(), ["hits"]);
    assert_eq!(post.fields[1].name, "writer");
    let writer = post.fields[1].relation.as_ref().unwrap();
    assert_eq!(writer.to_field.as_deref(), Some("label"));
    assert_eq!(
        writer.limit_choices_to.as_ref().unwrap().fields(),
        ["label"]
    );
    let friends = post.field("friends").unwrap().relation.as_ref().unwrap();
    assert_eq!(friends.through_fields, ["post", "pal"]);
    let generated = post
        .field("title_length")
        .unwrap()
        .generated
        .as_ref()
        .unwrap();
    assert_eq!(generated.expression.fields(), ["hits"]);
}

#[test]
fn renaming_a_model_takes_everything_along() {
    let mut state = blog();
    apply(
        &mut state,
        json!({"op": "rename_model", "old_name": "Author", "new_name": "Writer"}),
    );
    apply(
        &mut state,
        json!({"op": "rename_model", "old_name": "Friend", "new_name": "Friendship"}),
    );
    let post = state.model("blog", "Post").unwrap();
    let writer = ModelKey::new("blog", "Writer");
    assert_eq!(post.field("author").unwrap().to(), Some(&writer));
    let friends = post.field("friends").unwrap().relation.as_ref().unwrap();
    assert_eq!(
        friends.through.as_ref().unwrap().to_string(),
        "blog.Friendship"
    );
    assert_eq!(state.get(&writer).unwrap().table(), "blog_writer");
    assert_eq!(state.references_to(&writer).count(), 3);
    assert!(state.model("blog", "Author").is_none());
}

#[test]
fn a_one_off_default_leaves_the_state_at_once() {
    let mut state = blog();
    let field = json!({"name": "slug", "type": "char", "max_length": 9, "default": "x"});
    apply(
        &mut state,
        json!({"op": "add_field", "model": "Post", "field": field, "preserve_default": false}),
    );
    assert_eq!(
        state
            .model("blog", "Post")
            .unwrap()
            .field("slug")
            .unwrap()
            .default,
        None
    );
    apply(
        &mut state,
        json!({"op": "alter_field", "model": "Post", "field": field}),
    );
    assert_eq!(
        state
            .model("blog", "Post")
            .unwrap()
            .field("slug")
            .unwrap()
            .default,
        Some("x".into())
    );
}

#[test]
fn options_that_are_not_given_go_back_to_their_defaults() {
    let mut state = blog();
    apply(
        &mut state,
        json!({"op": "alter_model_options", "model": "Post", "options": {"verbose_name": "p"}}),
    );
    let options = &state.model("blog", "Post").unwrap().options;
    assert_eq!(options.verbose_name.as_deref(), Some("p"));
    assert!(options.ordering.is_empty());
    assert_eq!(options.unique_together.len(), 1);
}

#[test]
fn what_is_not_there_is_refused_with_the_nearest_name() {
    let state = blog();
    assert_eq!(
        refusal(
            &state,
            json!({"op": "remove_field", "model": "Post", "name": "view"})
        ),
        "Remove field view from Post: no field `view` on `blog.Post`; did you mean `views`?"
    );
    assert!(
        refusal(&state, json!({"op": "delete_model", "model": "Pots"}))
            .contains("did you mean `blog.Post`?")
    );
    assert!(
        refusal(
            &state,
            json!({"op": "rename_model", "old_name": "Post", "new_name": "author"})
        )
        .contains("already")
    );
    assert!(
        refusal(
            &state,
            json!({"op": "remove_index", "model": "Post", "name": "x"})
        )
        .contains("no index `x`")
    );
    let index =
        json!({"op": "add_index", "model": "Post", "index": {"name": "i", "fields": ["views"]}});
    assert!(refusal(&state, index).contains("has the index `i` already"));
    let index =
        json!({"op": "add_index", "model": "Post", "index": {"name": "j", "fields": ["view"]}});
    assert!(refusal(&state, index).contains("did you mean `views`?"));
    let field = json!({"name": "views", "type": "text"});
    assert!(
        refusal(
            &state,
            json!({"op": "add_field", "model": "Post", "field": field})
        )
        .contains("already")
    );
}

#[test]
fn descriptions_and_fragments_are_those_of_the_field() {
    let check = |written: Value, sentence: &str, fragment: Option<&str>| {
        let operation = operation(written);
        assert_eq!(operation.describe(), sentence);
        assert_eq!(operation.name_fragment().as_deref(), fragment);
    };
    let field = json!({"name": "status", "type": "text"});
    let index = json!({"name": "I_x", "fields": ["a", "-b"]});
    check(
        json!({"op": "create_model", "model": "Post"}),
        "Create model Post",
        Some("post"),
    );
    check(
        json!({"op": "add_field", "model": "Post", "field": field}),
        "Add field status to Post",
        Some("post_status"),
    );
    check(
        json!({"op": "add_index", "model": "Post", "index": index}),
        "Create index I_x on field(s) a, -b of model Post",
        Some("post_i_x"),
    );
    check(
        json!({"op": "rename_field", "model": "Post", "old_name": "a", "new_name": "b"}),
        "Rename field a on Post to b",
        Some("rename_a_post_b"),
    );
    check(
        json!({"op": "alter_model_table", "model": "Post"}),
        "Rename table for Post to (default)",
        Some("alter_post_table"),
    );
    check(
        json!({"op": "run_sql", "sql": "X"}),
        "Raw SQL operation",
        None,
    );
}

#[test]
fn losing_data_is_known_from_the_tables_before() {
    let state = blog();
    let loses = |written: Value| operation(written).loses_data("blog", &state);
    assert!(loses(json!({"op": "delete_model", "model": "Post"})));
    assert!(loses(
        json!({"op": "remove_field", "model": "Post", "name": "views"})
    ));
    assert!(!loses(
        json!({"op": "remove_field", "model": "Post", "name": "title_length"})
    ));
    assert!(!loses(
        json!({"op": "remove_field", "model": "Post", "name": "friends"})
    ));
    assert!(loses(
        json!({"op": "separate_database_and_state", "database_operations": [{"op": "delete_model", "model": "Post"}]})
    ));
    assert!(!loses(
        json!({"op": "remove_index", "model": "Post", "name": "i"})
    ));
    assert!(!operation(json!({"op": "run_sql", "sql": "X"})).is_reversible());
    assert!(operation(json!({"op": "run_sql", "sql": "X", "reverse_sql": ""})).is_reversible());
}

#[test]
fn references_are_seen_where_they_are() {
    let author = ModelKey::new("blog", "Author");
    let foreign = json!({"name": "author", "type": "foreign_key", "to": "blog.Author", "on_delete": "CASCADE"});
    let add = operation(json!({"op": "add_field", "model": "Post", "field": foreign}));
    assert!(add.references_model("blog", &author));
    assert!(!add.references_model("blog", &ModelKey::new("blog", "Tag")));
    assert!(add.references_field("blog", &author, "id"));
    let index = operation(
        json!({"op": "add_index", "model": "Post", "index": {"name": "i", "fields": ["-a"]}}),
    );
    let post = ModelKey::new("blog", "Post");
    assert!(index.references_field("blog", &post, "a"));
    assert!(!index.references_field("blog", &post, "b"));
    assert!(!index.references_model("blog", &author));
    assert!(operation(json!({"op": "run_sql", "sql": "X"})).references_model("blog", &author));
}

#[test]
fn operations_of_phases_leave_the_state_as_it_is_and_name_what_is_missing() {
    let state = blog();
    let mut after = state.clone();
    for written in [
        json!({"op": "keep_in_step", "model": "Post", "field": "views", "with": "author"}),
        json!({"op": "stop_keeping_in_step", "model": "Post", "field": "views", "default": 0}),
        json!({"op": "backfill", "model": "Post", "set": {"views": 1}, "where": {"author__isnull": false}}),
        json!({"op": "add_table_alias", "model": "Post", "table": "old_post"}),
    ] {
        apply(&mut after, written);
    }
    assert_eq!(after, state);
    for (written, said) in [
        (
            json!({"op": "keep_in_step", "model": "Post", "field": "view", "default": 0}),
            "did you mean `views`?",
        ),
        (
            json!({"op": "keep_in_step", "model": "Post", "field": "views", "with": "title_length"}),
            "`blog.Post.title_length` has no column that could be written",
        ),
        (
            json!({"op": "backfill", "model": "Post", "set": {"views": {"f": "view"}}}),
            "did you mean `views`?",
        ),
        (
            json!({"op": "add_table_alias", "model": "Post", "field": "friends", "table": "t"}),
            "`blog.Post.friends` has no table between of its own",
        ),
    ] {
        let refused = refusal(&state, written);
        assert!(refused.contains(said), "{refused}");
    }
    let keyless = json!({"op": "keep_in_step", "model": "Post", "field": "views"});
    let fault = Operation::from_json(&keyless).unwrap_err().to_string();
    assert!(fault.contains("needs `with`"), "{fault}");
}

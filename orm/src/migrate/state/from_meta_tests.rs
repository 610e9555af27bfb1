//! States made of models: what a derive would emit, written by hand.

use serde_json::json;

use super::ProjectState;
use crate::error::{Error, Result};
use crate::meta::{
    Condition, ConstraintMeta, Expression, FieldKind, FieldMeta, IndexMeta, Literal, Lookup,
    ManyToMany, ModelMeta, ModelOptions, OnDelete, Reverse, ReverseKind, ToOne,
};

const ID: FieldMeta = FieldMeta::of::<i64>("id")
    .as_kind(FieldKind::BigAuto)
    .primary_key();

fn author() -> &'static ModelMeta {
    static AUTHOR: ModelMeta = ModelMeta {
        app: "blog",
        name: "Author",
        table: "blog_author",
        fields: &[
            ID,
            FieldMeta::of::<String>("name").max_length(100),
            FieldMeta::of::<String>("email").as_kind(FieldKind::Email),
            FieldMeta::reverse("posts", Reverse::new(post, "author", ReverseKind::HasMany)),
        ],
        options: ModelOptions::DEFAULT,
    };
    &AUTHOR
}

fn zero() -> Result<Literal> {
    Ok(Literal::Int(0))
}

fn positive() -> Result<Condition> {
    Ok(Condition::field("view_count", Lookup::Gte, 0))
}

fn refused() -> Result<Condition> {
    Err(Error::query("a subquery cannot stand in a check"))
}

fn title_length() -> Result<Expression> {
    Ok(Expression::function(
        "length",
        vec![Expression::field("title")],
    ))
}

const fn key(relation: OnDelete) -> ToOne {
    ToOne::new(author, relation).related_name("posts")
}

const POST_FIELDS: &[FieldMeta] = &[
    ID,
    FieldMeta::of::<String>("title").max_length(200),
    FieldMeta::foreign_key("author", "author_id", key(OnDelete::Cascade)),
    FieldMeta::one_to_one("editor", "editor_id", key(OnDelete::Set(zero)))
        .nullable()
        .in_column("boss_id"),
    FieldMeta::many_to_many("fans", ManyToMany::new(author)),
    FieldMeta::of::<i32>("view_count").default(zero),
    FieldMeta::of::<i32>("title_length").generated(title_length, true),
];

fn post() -> &'static ModelMeta {
    static POST: ModelMeta = ModelMeta {
        app: "blog",
        name: "Post",
        table: "blog_post",
        fields: POST_FIELDS,
        options: ModelOptions {
            ordering: &["-view_count"],
            indexes: &[
                IndexMeta::new(&["title", "-view_count"]),
                IndexMeta::new(&["author_id"])
                    .named("by_author")
                    .only(positive)
                    .using("btree"),
            ],
            constraints: &[ConstraintMeta::check("views_not_negative", positive)],
            unique_together: &[&["author", "title"]],
            ..ModelOptions::DEFAULT
        },
    };
    &POST
}

#[test]
fn models_become_the_state_that_their_files_would_make() {
    let state = ProjectState::from_models([post(), author()]).unwrap();
    let expected = json!({"models": [
        {"app": "blog", "name": "Author", "table": "blog_author", "fields": [
            {"name": "id", "type": "big_auto", "primary_key": true},
            {"name": "name", "type": "char", "max_length": 100},
            {"name": "email", "type": "email"}]},
        {"app": "blog", "name": "Post", "table": "blog_post",
         "options": {"ordering": ["-view_count"], "unique_together": [["author", "title"]]},
         "indexes": [{"name": "blog_post_title_06eb1b_idx", "fields": ["title", "-view_count"]},
                     {"name": "by_author", "fields": ["author"], "condition": {"view_count__gte": 0}}],
         "constraints": [{"kind": "check", "name": "views_not_negative", "condition": {"view_count__gte": 0}}],
         "fields": [
            {"name": "id", "type": "big_auto", "primary_key": true},
            {"name": "title", "type": "char", "max_length": 200},
            {"name": "author", "type": "foreign_key", "to": "blog.Author", "on_delete": "CASCADE", "related_name": "posts"},
            {"name": "editor", "type": "one_to_one", "null": true, "column": "boss_id",
             "to": "blog.Author", "on_delete": {"set": 0}, "related_name": "posts"},
            {"name": "fans", "type": "many_to_many", "to": "blog.Author"},
            {"name": "view_count", "type": "integer", "default": 0},
            {"name": "title_length", "type": "generated",
             "expression": {"fn": "length", "args": [{"f": "title"}]}, "output": {"type": "integer"}, "stored": true}]}
    ]});
    assert_eq!(state.to_json().to_string(), expected.to_string());
    assert_eq!(ProjectState::from_json(&expected).unwrap(), state);
}

#[test]
fn what_cannot_be_written_down_names_model_and_check() {
    static WRONG: ModelMeta = ModelMeta {
        app: "blog",
        name: "Wrong",
        table: "blog_wrong",
        fields: &[ID],
        options: ModelOptions {
            constraints: &[ConstraintMeta::check("odd", refused)],
            ..ModelOptions::DEFAULT
        },
    };
    let error = ProjectState::from_models([&WRONG]).unwrap_err().to_string();
    assert_eq!(
        error,
        "blog.Wrong: check `odd`: a subquery cannot stand in a check"
    );
}

//! Questions: when they are asked, how they are answered, and that nothing is guessed.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::meta::kind::FieldKind;
use crate::migrate::autodetect::{Answers, Diff, diff};
use crate::migrate::graph::MigrationGraph;
use crate::migrate::operation::Operation;
use crate::migrate::state::{FieldState, ModelKey, ModelState, ProjectState};

/// A state of models written `blog.Post title:char views:integer?`; `?` is NULL.
fn state(models: &[&str]) -> ProjectState {
    ProjectState::new(models.iter().map(|text| {
        let mut words = text.split(' ');
        let key = ModelKey::parse(words.next().unwrap()).unwrap();
        let mut model = ModelState::new(key.app, key.name);
        let mut id = FieldState::new("id", FieldKind::BigAuto);
        id.primary_key = true;
        model.fields.push(id);
        model.fields.extend(words.map(|word| {
            let (name, kind) = word.split_once(':').unwrap();
            let mut field =
                FieldState::new(name, FieldKind::parse(kind.trim_end_matches('?')).unwrap());
            field.null = kind.ends_with('?');
            field
        }));
        model
    }))
}

fn between(from: &[&str], to: &[&str], mut answers: Answers) -> Diff {
    diff(
        &state(from),
        &state(to),
        &mut answers,
        &MigrationGraph::default(),
    )
    .unwrap()
}

/// The operations, or the questions with the flags that answer them.
#[allow(clippy::needless_pass_by_value)] // so that a case reads `expect![…]`
fn check(from: &[&str], to: &[&str], answers: Answers, expected: Expect) {
    let diff = between(from, to, answers);
    let mut lines: Vec<String> = diff
        .questions
        .iter()
        .map(|question| format!("{} {}", question.kind.as_str(), question.answer_with()))
        .collect();
    if lines.is_empty() {
        let operations = diff
            .migrations
            .iter()
            .flat_map(|migration| &migration.operations);
        lines = operations.map(Operation::describe).collect();
    }
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn a_field_of_equal_definition_is_asked_about() {
    let (from, to) = (["blog.Post body:text"], ["blog.Post content:text"]);
    check(
        &from,
        &to,
        Answers::new(),
        expect!["rename_field --rename blog.Post.body=content"],
    );
    check(
        &from,
        &to,
        Answers::new().rename("blog.Post.body=content").unwrap(),
        expect!["Rename field body on Post to content"],
    );
    check(
        &from,
        &to,
        Answers::new()
            .rename("blog.Post.body=")
            .unwrap()
            .one_off("blog.Post.content=\"\"")
            .unwrap(),
        expect![[r"
            Remove field body from Post
            Add field content to Post"]],
    );
}

#[test]
fn a_model_of_equal_definition_is_asked_about() {
    let (from, to) = (["blog.Author name:char"], ["blog.Writer name:char"]);
    check(
        &from,
        &to,
        Answers::new(),
        expect!["rename_model --rename blog.Author=Writer"],
    );
    check(
        &from,
        &to,
        Answers::new().rename("blog.Author=Writer").unwrap(),
        expect!["Rename model Author to Writer"],
    );
}

#[test]
fn a_rename_that_is_told_needs_no_equal_definition() {
    check(
        &["blog.Author name:char"],
        &["blog.Writer name:text born:date?"],
        Answers::new().rename("blog.Author=Writer").unwrap(),
        expect![[r"
            Rename model Author to Writer
            Add field born to Writer
            Alter field name on Writer"]],
    );
    check(
        &["blog.Post body:char"],
        &["blog.Post content:text"],
        Answers::new().rename("blog.Post.body=content").unwrap(),
        expect![[r"
            Rename field body on Post to content
            Alter field content on Post"]],
    );
}

#[test]
fn a_column_is_never_renamed_to_a_table_between() {
    let mut tags =
        FieldState::relation("tags", FieldKind::ManyToMany, ModelKey::new("blog", "Post"));
    tags.null = false;
    let mut to = state(&["blog.Post"]);
    to.expect_mut(&ModelKey::new("blog", "Post"))
        .unwrap()
        .fields
        .push(tags);
    let mut answers = Answers::new().rename("blog.Post.tag=tags").unwrap();
    let diff = diff(
        &state(&["blog.Post tag:text"]),
        &to,
        &mut answers,
        &MigrationGraph::default(),
    )
    .unwrap();
    let operations: Vec<String> = diff.migrations[0]
        .operations
        .iter()
        .map(Operation::describe)
        .collect();
    assert_eq!(
        operations,
        ["Remove field tag from Post", "Add field tags to Post"]
    );
}

#[test]
fn a_field_that_may_not_be_null_needs_a_value() {
    let (from, to) = (["blog.Post"], ["blog.Post views:integer on:date_time?"]);
    check(
        &from,
        &to,
        Answers::new(),
        expect!["not_null_addition --default blog.Post.views='0'"],
    );
    check(
        &from,
        &to,
        Answers::new().one_off("blog.Post.views=1").unwrap(),
        expect![[r"
            Add field on to Post
            Add field views to Post"]],
    );
    // A value of another type is no answer.
    let diff = between(
        &from,
        &to,
        Answers::new().one_off("blog.Post.views=\"many\"").unwrap(),
    );
    assert_eq!(diff.questions.len(), 1);
    assert!(
        diff.warnings[0].contains("does not fit"),
        "{:?}",
        diff.warnings
    );
}

#[test]
fn a_field_that_may_not_be_null_any_more_needs_a_value() {
    let (from, to) = (["blog.Post views:integer?"], ["blog.Post views:integer"]);
    check(
        &from,
        &to,
        Answers::new(),
        expect!["not_null_alteration --default blog.Post.views='0'"],
    );
    check(
        &from,
        &to,
        Answers::new().one_off("blog.Post.views=0").unwrap(),
        expect!["Alter field views on Post"],
    );
}

#[test]
fn the_answers_file_says_which_renames_there_are() {
    let answers = |json: serde_json::Value| Answers::from_json_text(&json.to_string());
    let (from, to) = (["a.M x:text n:integer"], ["a.M y:text m:integer"]);
    check(
        &from,
        &to,
        answers(json!({"renames": ["a.M.x=y"], "defaults": {"a.M.m": 0}})).unwrap(),
        expect![[r"
            Rename field x on M to y
            Remove field n from M
            Add field m to M"]],
    );
    check(
        &from,
        &to,
        answers(json!({"renames": "all"})).unwrap(),
        expect![[r"
            Rename field n on M to m
            Rename field x on M to y"]],
    );
    let error = answers(json!({"rename": "all"})).unwrap_err().to_string();
    assert_eq!(
        error,
        "no key `rename` in the answers; did you mean `renames`?"
    );
    let error = Answers::new()
        .rename("blog.Post=x.y")
        .unwrap_err()
        .to_string();
    assert!(error.contains("app.Model.old=new"), "{error}");
}

#[test]
fn questions_are_data() {
    let diff = between(
        &["blog.Post body:text"],
        &["blog.Post content:text"],
        Answers::new(),
    );
    expect![[r#"
        {
          "questions": [
            {
              "kind": "rename_field",
              "app": "blog",
              "model": "Post",
              "old_name": "body",
              "new_name": "content",
              "question": "Was blog.Post.body renamed to blog.Post.content (text)?",
              "answer_with": "--rename blog.Post.body=content",
              "decline_with": "--rename blog.Post.body="
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&diff.to_json()).unwrap());
}

#[test]
fn a_rename_that_cannot_be_seen_is_warned_of() {
    let (from, to) = (["a.M x:text"], ["a.M y:text?"]);
    let diff = between(&from, &to, Answers::new());
    assert!(diff.questions.is_empty());
    assert_eq!(
        diff.warnings,
        [
            "`a.M.x` is removed with what it holds, and `y` added; if it was renamed, say --rename a.M.x=y"
        ]
    );
    let told = between(&from, &to, Answers::new().rename("a.M.x=y").unwrap());
    assert!(told.warnings.is_empty());
}

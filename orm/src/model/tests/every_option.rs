//! A model that has every option.

use std::time::Duration;

use super::{Priority, Stage, field_json, model_json};
use crate::model::Builder;
use crate::prelude::*;
use crate::value::Value;
use serde_json::json;

const LIMIT: i32 = 7;

fn a_word() -> String {
    "word".to_owned()
}

/// A thing with everything.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(
    app = "things",
    table = "all_things",
    ordering = ["-created_at", "title", "?"],
    get_latest_by = "created_at",
    comment = "everything",
    renamed_from = "Ding",
    managed = false,
    index(fields = ["title", "-amount"]),
    index(fields = ["slug"], name = "some_slugs", condition = |t| t.amount().gt(3) & t.title().is_not_null(), include = ["amount"], using = "btree"),
    unique(fields = ["title", "slug"], name = "one_title"),
    unique(fields = ["mail"], name = "one_mail", condition = |t| !t.stage().eq(Stage::New)),
    check(name = "enough", |t| (t.amount() + 1).gte(t.limit() * 2) | t.title().lower().eq("x")),
    check(name = "times", condition = |t| t.created_at().year().range(2000, 2100)),
    unique_together = [["title", "amount"]],
)]
pub(crate) struct Thing {
    #[field(primary_key, max_length = 40)]
    code: String,
    #[field(
        max_length = 200,
        index,
        column = "titel",
        comment = "what it is called",
        collation = "C",
        renamed_from = "name"
    )]
    pub(super) title: String,
    #[field(slug)]
    slug: String,
    #[field(email, unique)]
    mail: String,
    #[field(kind = url, max_length = 99)]
    link: Option<String>,
    pub(super) amount: Option<i32>,
    #[field(default = LIMIT)]
    limit: i32,
    #[field(default = "none")]
    note: String,
    #[field(default = a_word(), max_length = 9)]
    word: String,
    #[field(default = Stage::InReview)]
    stage: Stage,
    #[field(default = Priority::Low)]
    priority: Priority,
    #[field(db_default = 5)]
    stock: i16,
    #[field(db_default = |_| now(), default = Utc::now())]
    seen_at: DateTime<Utc>,
    #[field(auto_now_add)]
    created_at: DateTime<Utc>,
    #[field(auto_now)]
    changed_on: Option<NaiveDate>,
    #[field(generated = |t| t.limit() * 2)]
    double: i32,
    #[field(generated = |t| t.title().upper(), stored = false, max_length = 200)]
    loud: String,
    #[field(default = Duration::from_secs(90))]
    took: Duration,
    long: Deferred<String>,
    longer: Deferred<Option<String>>,
}

fn thing() -> Thing {
    let builder = Thing::builder()
        .code("a")
        .title("A")
        .slug("a")
        .mail("a@b.c");
    builder.long("text").build().unwrap()
}

#[test]
fn the_builder_knows_the_defaults() {
    let thing = thing();
    assert_eq!(
        (thing.limit, thing.note.as_str(), thing.word.as_str()),
        (7, "none", "word")
    );
    assert_eq!(
        (thing.stage, thing.priority),
        (Stage::InReview, Priority::Low)
    );
    assert_eq!((thing.stock, thing.amount, thing.link), (5, None, None));
    assert_eq!(thing.took, Duration::from_secs(90));
    assert_eq!(thing.changed_on, Some(Utc::now().date_naive()));
    assert!((Utc::now() - thing.created_at).num_seconds() < 60);
    assert_eq!(thing.long.get().unwrap(), "text");
    assert_eq!(thing.longer.get().unwrap(), &None);
}

#[test]
fn setters_take_what_a_field_holds() {
    let name = String::from("s");
    let thing = Thing::builder()
        .mail(String::from("m"))
        .slug(&name)
        .title("t")
        .code("c")
        .long("l")
        .amount(5)
        .link("http://")
        .stock(3)
        .priority(Priority::High)
        .build()
        .unwrap();
    assert_eq!((thing.amount, thing.stock), (Some(5), 3));
    assert_eq!(thing.link.as_deref(), Some("http://"));
    let again = Thing::builder()
        .mail("m")
        .slug("s")
        .title("t")
        .code("c")
        .long("l");
    assert_eq!(again.amount(None).build().unwrap().amount, None);
}

#[test]
fn values_go_by_position_and_come_back() {
    use crate::value::OneValue;
    let mut thing = thing();
    assert_eq!(thing.value(0).unwrap(), Value::from("a"));
    assert_eq!(thing.value(9).unwrap(), Value::from("in_review"));
    thing
        .set_from(5, &mut OneValue::new(Value::Int(12)), 0)
        .unwrap();
    assert_eq!(thing.amount, Some(12));
    assert_eq!(thing.key(), "a");
}

#[test]
fn fields_are_declared_as_written() {
    let field = field_json::<Thing>;
    assert_eq!(
        field("code"),
        json!({"name":"code","type":"char","primary_key":true,"max_length":40})
    );
    assert_eq!(
        field("title"),
        json!({"name":"title","type":"char","max_length":200,"column":"titel","index":true,"comment":"what it is called","collation":"C"})
    );
    assert_eq!(field("slug"), json!({"name":"slug","type":"slug"}));
    assert_eq!(
        field("mail"),
        json!({"name":"mail","type":"email","unique":true})
    );
    assert_eq!(
        field("link"),
        json!({"name":"link","type":"url","null":true,"max_length":99})
    );
    assert_eq!(
        field("limit"),
        json!({"name":"limit","type":"integer","default":7})
    );
    assert_eq!(
        field("note"),
        json!({"name":"note","type":"text","default":"none"})
    );
    assert_eq!(
        field("word"),
        json!({"name":"word","type":"char","max_length":9,"default":{"rust":"a_word"}})
    );
    assert_eq!(
        field("stage"),
        json!({"name":"stage","type":"char","max_length":20,"default":"in_review","choices":[["new","New"],["in_review","In Review"],["ok","All right"]]})
    );
    assert_eq!(
        field("priority"),
        json!({"name":"priority","type":"small_integer","default":-1,"choices":[[-1,"Low"],[10,"High"]]})
    );
    assert_eq!(
        field("stock"),
        json!({"name":"stock","type":"small_integer","db_default":5})
    );
}

#[test]
fn computed_fields_are_declared_as_written() {
    let field = field_json::<Thing>;
    assert_eq!(
        field("seen_at"),
        json!({"name":"seen_at","type":"date_time","default":{"fn":"now"},"db_default":{"fn":"now"}})
    );
    assert_eq!(
        field("created_at"),
        json!({"name":"created_at","type":"date_time","auto_now_add":true})
    );
    assert_eq!(
        field("changed_on"),
        json!({"name":"changed_on","type":"date","null":true,"auto_now":true})
    );
    assert_eq!(
        field("took"),
        json!({"name":"took","type":"duration","default":"P0DT00H01M30S"})
    );
    assert_eq!(
        field("double"),
        json!({"name":"double","type":"generated","expression":{"fn":"mul","args":[{"f":"limit"},2]},"output":{"type":"integer"},"stored":true})
    );
    assert_eq!(
        field("loud"),
        json!({"name":"loud","type":"generated","expression":{"fn":"upper","args":[{"f":"title"}]},"output":{"type":"char","max_length":200},"stored":false})
    );
    assert_eq!(field("long"), json!({"name":"long","type":"text"}));
    assert_eq!(
        field("longer"),
        json!({"name":"longer","type":"text","null":true})
    );
}

#[test]
fn the_model_is_declared_as_written() {
    let model = model_json::<Thing>();
    assert_eq!(model["table"], "all_things");
    assert_eq!(
        model["options"].to_string(),
        r#"{"ordering":["-created_at","title","?"],"managed":false,"unique_together":[["title","amount"]],"comment":"everything","get_latest_by":"created_at"}"#
    );
    assert_eq!(
        model["indexes"][1],
        json!({"name":"some_slugs","fields":["slug"],"condition":{"amount__gt":3,"title__isnull":false},"include":["amount"]})
    );
    let constraints = model["constraints"].as_array().unwrap();
    assert_eq!(constraints.len(), 4);
    for expected in [
        json!({"kind":"unique","name":"one_title","fields":["title","slug"]}),
        json!({"kind":"unique","name":"one_mail","condition":{"not":{"stage":"new"}},"fields":["mail"]}),
        json!({"kind":"check","name":"times","condition":{"created_at__year__range":[2000,2100]}}),
        json!({"kind":"check","name":"enough","condition":{"or":[
            {"fn":"gte","args":[{"fn":"add","args":[{"f":"amount"},1]},{"fn":"mul","args":[{"f":"limit"},2]}]},
            {"fn":"exact","args":[{"fn":"lower","args":[{"f":"title"}]},"x"]}]}}),
    ] {
        assert!(constraints.contains(&expected), "{constraints:#?}");
    }
    assert_eq!(Thing::meta().options.renamed_from, Some("Ding"));
    assert_eq!(Thing::meta().options.package, "nuages");
}

/// A model that asks too much of its check.
#[derive(Model, Debug, Clone)]
#[model(app = "things", managed = false, check(name = "odd", |w| w.other().title().eq("x")))]
struct Wrong {
    id: i64,
    #[field(on_delete = CASCADE)]
    other: ForeignKey<Thing>,
}

#[test]
fn a_check_that_follows_a_relation_names_model_and_check() {
    let error = crate::migrate::state::ProjectState::from_models([Wrong::meta()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "things.Wrong: check `odd`: the path `other__title`, which follows relations, cannot stand here: \
         only literals, columns of the same row, arithmetic and functions can"
    );
}

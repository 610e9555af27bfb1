//! Relations of every kind: to self, twice to one model, by another field, through a model.

use super::{RelationMeta, field_json};
use crate::error::ErrorKind;
use crate::model::Builder;
use crate::prelude::*;
use crate::value::Value;
use serde_json::json;

#[derive(Model, Debug, Clone)]
#[model(app = "team")]
struct Person {
    id: i64,
    #[field(unique, max_length = 8)]
    code: String,
    #[field(on_delete = SET_NULL, related_name = "reports")]
    boss: Option<ForeignKey<Self>>,
    friends: ManyToMany<Self>,
    #[field(symmetrical = false, related_name = "followers", table = "team_follow")]
    follows: ManyToMany<Person>,
    #[related(Person::boss)]
    reports: HasMany<Person>,
    #[related(Match::home)]
    at_home: HasMany<Match>,
    #[related(Match::away)]
    away: HasMany<Match>,
    #[related(Badge::person)]
    badge: HasOne<Badge>,
    #[related(Group::members)]
    groups: ManyToMany<Group>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "team")]
struct Match {
    id: i64,
    #[field(on_delete = CASCADE)]
    home: ForeignKey<Person>,
    #[field(on_delete = DB_CASCADE, index = false, db_constraint = false)]
    away: ForeignKey<Person>,
    #[field(on_delete = SET(1), column = "umpire")]
    referee: ForeignKey<Person>,
    #[field(on_delete = SET_DEFAULT, default = 1)]
    scorer: ForeignKey<Person>,
    #[field(on_delete = RESTRICT, to_field = "code")]
    reporter: ForeignKey<Person, String>,
    #[field(on_delete = DO_NOTHING, to_field = "code")]
    guest: Option<ForeignKey<Person, String>>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "team")]
struct Badge {
    #[field(primary_key, on_delete = CASCADE)]
    person: OneToOne<Person>,
    number: u32,
}

#[derive(Model, Debug, Clone)]
#[model(app = "team")]
struct Group {
    id: i16,
    #[field(through = Membership, through_fields = ("group", "person"))]
    members: ManyToMany<Person>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "team", unique(fields = ["group_id", "person"], name = "member_once"))]
struct Membership {
    #[field(primary_key, auto)]
    number: i64,
    #[field(on_delete = CASCADE)]
    group: ForeignKey<Group>,
    #[field(on_delete = CASCADE)]
    person: ForeignKey<Person>,
    #[field(on_delete = PROTECT)]
    inviter: Option<ForeignKey<Person>>,
}

fn person(id: i64) -> Person {
    Person::builder()
        .id(id)
        .code(format!("p{id}"))
        .build()
        .unwrap()
}

#[test]
fn keys_are_taken_of_objects_and_of_values() {
    let (ann, bob) = (person(1), person(2));
    let given = Match::builder()
        .home(&ann)
        .away(bob.id)
        .referee(ForeignKey::from_key(3))
        .reporter(&bob)
        .guest("p9")
        .build()
        .unwrap();
    let values: Vec<Value> = (1..7).map(|at| given.value(at).unwrap()).collect();
    assert_eq!(
        values,
        [
            1.into(),
            2.into(),
            3.into(),
            1.into(),
            Value::from("p2"),
            Value::from("p9")
        ]
    );
    let report = Person::builder()
        .code("x")
        .boss(Some(&ann))
        .build()
        .unwrap();
    assert_eq!(report.boss.as_ref().map(|boss| *boss.key()), Some(1));
    let none: Option<i64> = None;
    let alone = Person::builder().code("x").boss(none).build().unwrap();
    assert_eq!(
        alone.value(2).unwrap(),
        Value::Null(crate::value::ValueType::Int)
    );
}

#[test]
fn an_object_that_is_not_saved_gives_no_key() {
    let unsaved = Person::builder().code("x").build().unwrap();
    let report = Person::builder().code("y").boss(&unsaved).build().unwrap();
    let error = report.value(2).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotSaved { .. }),
        "{error}"
    );
}

#[test]
fn relations_are_declared_as_written() {
    assert_eq!(
        field_json::<Person>("boss"),
        json!({"name":"boss","type":"foreign_key","null":true,"to":"team.Person","on_delete":"SET_NULL","related_name":"reports"})
    );
    assert_eq!(
        field_json::<Person>("friends"),
        json!({"name":"friends","type":"many_to_many","to":"team.Person"})
    );
    assert_eq!(
        field_json::<Person>("follows"),
        json!({"name":"follows","type":"many_to_many","to":"team.Person","related_name":"followers","table":"team_follow","symmetrical":false})
    );
    assert_eq!(
        field_json::<Match>("away"),
        json!({"name":"away","type":"foreign_key","index":false,"to":"team.Person","on_delete":"DB_CASCADE","related_name":"away","db_constraint":false})
    );
    assert_eq!(
        field_json::<Match>("referee"),
        json!({"name":"referee","type":"foreign_key","column":"umpire","to":"team.Person","on_delete":{"set":1}})
    );
    assert_eq!(
        field_json::<Match>("reporter"),
        json!({"name":"reporter","type":"foreign_key","to":"team.Person","on_delete":"RESTRICT","to_field":"code"})
    );
    assert_eq!(
        field_json::<Badge>("person"),
        json!({"name":"person","type":"one_to_one","primary_key":true,"to":"team.Person","on_delete":"CASCADE","related_name":"badge"})
    );
    assert_eq!(
        field_json::<Group>("members"),
        json!({"name":"members","type":"many_to_many","to":"team.Person","related_name":"groups","through":"team.Membership","through_fields":["group","person"]})
    );
    assert_eq!(Membership::meta().fields[0].kind, crate::FieldKind::BigAuto);
}

#[test]
fn paths_follow_relations_both_ways() {
    let person = super::root::<Person>();
    let name = |node: crate::query::Node| match node {
        crate::query::Node::Path(path) => path.name(),
        other => format!("{other:?}"),
    };
    assert_eq!(name(person.boss().boss_id().into_node()), "boss__boss");
    assert_eq!(name(person.badge().number().into_node()), "badge__number");
    assert_eq!(
        name(person.at_home().away().code().into_node()),
        "at_home__away__code"
    );
    assert_eq!(
        name(person.groups().members().id().into_node()),
        "groups__members__id"
    );
    let boss: crate::query::Expr<Person, Option<String>> = person.boss().code();
    assert_eq!(name(boss.into_node()), "boss__code");
}

#[test]
fn reverse_sides_know_their_relation() {
    let reverse = |at: usize| match Person::meta().fields[at].relation {
        Some(RelationMeta::Reverse(reverse)) => (reverse.from.get().name, reverse.field),
        _ => ("", ""),
    };
    assert_eq!(reverse(5), ("Person", "boss"));
    assert_eq!(reverse(6), ("Match", "home"));
    assert_eq!(reverse(8), ("Badge", "person"));
    assert_eq!(reverse(9), ("Group", "members"));
}

#[test]
fn an_owner_gives_its_relations_a_row() {
    let mut ann = person(1);
    assert!(crate::model::ToManyField::owner_key(&ann.reports).is_err());
    crate::model::Owner::attach(&mut ann).unwrap();
    let (meta, position, key) = crate::model::ToManyField::owner_key(&ann.groups).unwrap();
    assert_eq!((meta.name, position, key), ("Person", 9, Value::Int(1)));
    assert!(
        Badge::builder()
            .person(&ann)
            .number(7)
            .build()
            .unwrap()
            .key()
            == 1
    );
}

//! Models that are more than a table of plain columns: computed columns, rows in a sequence, proxies, rows that are a
//! kind of another model's row.

use nuages::meta::ModelMeta;
use nuages::migrate::ProjectState;
use nuages::prelude::*;
use nuages_tests::models::create_tables;
use nuages_tests::{Area, Given, Outcome, Tables, cases};

static KINDS: Tables = Tables {
    name: "kinds",
    create: |db| Box::pin(async move { create_tables(&db, &models()).await }),
};

fn models() -> Vec<&'static ModelMeta> {
    vec![
        Item::meta(),
        Question::meta(),
        Answer::meta(),
        Place::meta(),
        Restaurant::meta(),
        OpenPlace::meta(),
        Note::meta(),
    ]
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds", ordering = ["id"])]
struct Item {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    price: i32,
    #[field(unique)]
    count: i32,
    #[field(generated = |i| i.price() * i.count())]
    total: i32,
    #[field(generated = |i| i.name().upper(), max_length = 50)]
    loud: String,
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds")]
struct Question {
    id: i64,
    text: String,
    #[related(Answer::question)]
    answers: HasMany<Answer>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds", order_with_respect_to = "question")]
struct Answer {
    id: i64,
    #[field(on_delete = CASCADE)]
    question: Option<ForeignKey<Question>>,
    text: String,
    _order: i32,
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds", ordering = ["-name"])]
struct Place {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    #[field(default = false)]
    open: bool,
    #[related(Restaurant::place)]
    restaurant: HasOne<Restaurant>,
    #[related(Note::place)]
    notes: HasMany<Note>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds", proxy = Place)]
struct OpenPlace {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    #[field(default = true)]
    open: bool,
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds")]
struct Restaurant {
    #[field(primary_key, parent_link, on_delete = CASCADE)]
    place: OneToOne<Place>,
    #[field(default = false)]
    serves_pizza: bool,
}

#[derive(Model, Debug, Clone)]
#[model(app = "kinds")]
struct Note {
    id: i64,
    #[field(on_delete = CASCADE)]
    place: ForeignKey<Place>,
    text: String,
}

/// A column that is computed when it is read.
#[derive(Model, Debug, Clone)]
#[model(app = "kinds")]
struct Lazy {
    id: i64,
    amount: i32,
    #[field(generated = |l| l.amount() * 2, stored = false)]
    twice: i32,
}

pub(super) fn area() -> Area {
    Area::new(
        "kinds",
        cases![
            computed_columns_are_read_and_never_written.on(&KINDS),
            columns_are_computed_when_they_are_read,
            rows_of_a_sequence_have_their_places.on(&KINDS),
            a_proxy_has_the_rows_of_its_base.on(&KINDS),
            a_row_is_a_kind_of_another.on(&KINDS),
            states_know_all_kinds_of_models,
        ],
    )
}

async fn computed_columns_are_read_and_never_written(given: Given) -> Outcome {
    let db = &given.db;
    let builder = |name: &str, count: i32| Item::builder().name(name).price(3).count(count);
    let mut item = builder("nut", 4).create(db).await?;
    assert_eq!((item.total, item.loud.as_str()), (12, "NUT"));
    item.count = 5;
    item.save(db).await?;
    assert_eq!(item.total, 15, "saved");
    item.price = 2;
    item.save_fields(db, |i| i.price()).await?;
    assert_eq!(item.total, 10, "saved in part");
    let more = vec![builder("bolt", 1).build()?, builder("nail", 2).build()?];
    Item::objects().bulk_create(db, more).await?;
    let set = Item::objects()
        .filter(|i| i.total().lt(10))
        .order_by(|i| i.total().desc());
    let mut found = set.all(db).await?;
    assert_eq!(found.iter().map(|i| i.total).collect::<Vec<_>>(), [6, 3]);
    found[0].price = 100;
    Item::objects()
        .bulk_update(db, &found, |i| i.price())
        .await?;
    found[0].refresh(db).await?;
    assert_eq!(found[0].total, 200);
    Item::objects()
        .update(db, |i| i.price().set(i.total()))
        .await?;
    assert_eq!(
        Item::objects()
            .filter(|i| i.loud().eq("NUT"))
            .get(db)
            .await?
            .price,
        10
    );
    let clash = vec![builder("screw", 5).build()?];
    Item::objects()
        .bulk_create(db, clash)
        .update_conflicts(|i| i.count(), |i| i.name())
        .await?;
    assert_eq!(
        Item::objects()
            .filter(|i| i.loud().eq("SCREW"))
            .count(db)
            .await?,
        1
    );
    for error in [
        Item::objects()
            .update(db, |i| i.total().set(1))
            .await
            .unwrap_err(),
        Item::objects()
            .bulk_update(db, &found, |i| i.total())
            .await
            .unwrap_err(),
        item.save_fields(db, |i| i.total()).await.unwrap_err(),
        Item::objects()
            .bulk_create(db, vec![builder("rod", 9).build()?])
            .update_conflicts(|i| i.count(), |i| i.total())
            .await
            .unwrap_err(),
    ] {
        assert!(error.to_string().contains("Item.total"), "{error}");
        assert!(error.to_string().contains("comput"), "{error}");
    }
    Ok(())
}

async fn columns_are_computed_when_they_are_read(given: Given) -> Outcome {
    let db = &given.db;
    let features = nuages::db::editor(db.server()).features();
    let made = create_tables(db, &[Lazy::meta()]).await;
    if !features.virtual_generated {
        let error = made.unwrap_err().to_string();
        assert!(error.contains("computed when they are read"), "{error}");
        return Ok(());
    }
    made?;
    let mut lazy = Lazy::builder().amount(4).create(db).await?;
    assert_eq!(lazy.twice, 8);
    lazy.amount = 5;
    lazy.save(db).await?;
    assert_eq!(lazy.twice, 10);
    assert_eq!(
        Lazy::objects()
            .filter(|l| l.twice().eq(10))
            .count(db)
            .await?,
        1
    );
    Ok(())
}

async fn texts(db: &Database, question: Option<i64>) -> nuages::Result<Vec<(String, i32)>> {
    let answers = match question {
        Some(id) => Answer::objects().filter(move |a| a.question_id().eq(id)),
        None => Answer::objects().filter(|a| a.question_id().is_null()),
    };
    answers.values(|a| (a.text(), a._order())).all(db).await
}

fn places(texts: &[&str]) -> Vec<(String, i32)> {
    texts
        .iter()
        .map(|text| (*text).to_owned())
        .zip(0..)
        .collect()
}

async fn rows_of_a_sequence_have_their_places(given: Given) -> Outcome {
    let db = &given.db;
    let first = Question::builder().text("why?").create(db).await?;
    let second = Question::builder().text("how?").create(db).await?;
    let answer = |question: &Question, text: &str| Answer::builder().question(question).text(text);
    let why = answer(&first, "so").create(db).await?;
    answer(&second, "thus").create(db).await?;
    let mut because = answer(&first, "because").create(db).await?;
    assert_eq!((why._order, because._order), (0, 1));
    let many = vec![
        answer(&first, "third").build()?,
        Answer::builder().text("lost").build()?,
        answer(&first, "fourth").build()?,
        Answer::builder().text("found").build()?,
    ];
    Answer::objects().bulk_create(db, many).await?;
    assert_eq!(
        texts(db, Some(first.id)).await?,
        places(&["so", "because", "third", "fourth"])
    );
    assert_eq!(texts(db, Some(second.id)).await?, places(&["thus"]));
    assert_eq!(texts(db, None).await?, places(&["lost", "found"]));
    because.text = "since".to_owned();
    because.save(db).await?;
    let of_first = || {
        let id = first.id;
        Answer::objects().filter(move |a| a.question_id().eq(id))
    };
    let mut keys = of_first().values(|a| a.id()).all(db).await?;
    keys.reverse();
    of_first().set_order(db, keys.clone()).await?;
    assert_eq!(
        texts(db, Some(first.id)).await?,
        places(&["fourth", "third", "since", "so"])
    );
    let loaded = Question::objects()
        .filter(|q| q.id().eq(first.id))
        .prefetch_related(|q| q.answers())
        .get(db)
        .await?;
    let in_order: Vec<i64> = loaded.answers.get()?.iter().map(|a| a.id).collect();
    assert_eq!(in_order, keys, "prefetched in their order");
    let error = of_first().set_order(db, [0]).await.unwrap_err();
    assert!(
        error.to_string().contains("no key of these rows of Answer"),
        "{error}"
    );
    let state = ProjectState::from_models(models())?;
    let moment = nuages::migrate::DataMoment::new(&state, db);
    let answers = moment.model("kinds.Answer")?;
    let fields = [("question", second.id.into()), ("text", "later".into())];
    answers.objects().create(&fields).await?;
    assert_eq!(
        texts(db, Some(second.id)).await?,
        places(&["thus", "later"])
    );
    Ok(())
}

async fn a_proxy_has_the_rows_of_its_base(given: Given) -> Outcome {
    let db = &given.db;
    for name in ["a", "b"] {
        Place::builder().name(name).create(db).await?;
    }
    let mut place = OpenPlace::builder().name("c").create(db).await?;
    let real = Place::objects().key(place.id).get(db).await?;
    assert!(real.open, "the proxy's own default");
    Note::builder().place(&real).text("nice").create(db).await?;
    place.name = "d".to_owned();
    place.save(db).await?;
    let names: Vec<String> = OpenPlace::objects().values(|p| p.name()).all(db).await?;
    assert_eq!(names, ["d", "b", "a"], "in the order of the base");
    let deleted = place.delete(db).await?;
    assert_eq!((deleted.of::<Note>(), deleted.total), (1, 2));
    assert_eq!(Place::objects().count(db).await?, 2);
    let state = ProjectState::from_models(models())?;
    let moment = nuages::migrate::DataMoment::new(&state, db);
    let open = moment.model("kinds.OpenPlace")?;
    open.objects()
        .create(&[("name", "e".into()), ("open", true.into())])
        .await?;
    assert_eq!(open.objects().lookup("open", true)?.count().await?, 1);
    Ok(())
}

async fn a_row_is_a_kind_of_another(given: Given) -> Outcome {
    let db = &given.db;
    let place = Place::builder().name("a").create(db).await?;
    Place::builder().name("b").create(db).await?;
    let restaurant = Restaurant::builder()
        .place(&place)
        .serves_pizza(true)
        .create(db)
        .await?;
    assert_eq!(restaurant.key(), place.id);
    let found = Restaurant::objects()
        .filter(|r| r.place().name().eq("a"))
        .select_related(|r| r.place())
        .get(db)
        .await?;
    assert_eq!(found.place.get()?.name, "a");
    let places = Place::objects()
        .select_related(|p| p.restaurant())
        .all(db)
        .await?;
    assert!(places[0].restaurant.get()?.is_none());
    assert!(places[1].restaurant.get()?.unwrap().serves_pizza);
    let deleted = place.delete(db).await?;
    assert_eq!(deleted.of::<Restaurant>(), 1);
    Ok(())
}

async fn states_know_all_kinds_of_models(_given: Given) -> Outcome {
    let state = ProjectState::from_models(models())?.to_json();
    let model = |name: &str| {
        let mut models = state["models"].as_array().into_iter().flatten();
        models
            .find(|model| model["name"] == name)
            .cloned()
            .unwrap_or_default()
    };
    let answer = model("Answer");
    assert_eq!(
        answer["options"].to_string(),
        r#"{"order_with_respect_to":"question"}"#
    );
    assert_eq!(answer["fields"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        model("OpenPlace").to_string(),
        r#"{"app":"kinds","name":"OpenPlace","options":{"proxy":true,"bases":["kinds.Place"]}}"#
    );
    let restaurant = model("Restaurant");
    assert_eq!(
        restaurant["options"].to_string(),
        r#"{"bases":["kinds.Place"]}"#
    );
    assert_eq!(
        restaurant["fields"][0].to_string(),
        r#"{"name":"place","type":"one_to_one","primary_key":true,"to":"kinds.Place","on_delete":"CASCADE","related_name":"restaurant","parent_link":true}"#
    );
    assert_eq!(ProjectState::from_json(&state)?.to_json(), state);
    Ok(())
}

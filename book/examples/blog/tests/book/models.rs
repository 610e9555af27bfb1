//! Chapter "Models".

use std::net::IpAddr;
use std::time::Duration;

use nuages::meta::ModelMeta;
use nuages::migrate::files::{Migration, MigrationSet};
use nuages::migrate::graph::MigrationGraph;
use nuages::migrate::plan::Moment;
use nuages::migrate::{Goal, Migrator, ProjectState, autodetect::Answers, diff};
use nuages::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

// ANCHOR: field_type
use nuages::{FieldKind, FieldType, KeyType, Numeric, Result, RowCursor, Value};
// ANCHOR_END: field_type

use crate::shown;

// ANCHOR: kinds
#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Everything {
    pub id: i64,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub positive_small: u16,
    pub positive: u32,
    pub positive_large: u64,
    pub single: f32,
    pub double: f64,
    pub yes: bool,
    pub text: String,
    #[field(max_length = 100)]
    pub short: String,
    #[field(slug)]
    pub slug: String,
    #[field(email)]
    pub email: String,
    #[field(url)]
    pub url: String,
    #[field(max_digits = 10, decimal_places = 2)]
    pub price: Decimal,
    pub token: Uuid,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub moment: DateTime<Utc>,
    pub took: Duration,
    pub json: serde_json::Value,
    pub bytes: Vec<u8>,
    pub address: IpAddr,
    pub size: Size,
    pub perhaps: Option<i32>,
}
// ANCHOR_END: kinds

// ANCHOR: choices
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Small, // stored as "small"
    #[choice("m")]
    Medium, // stored as "m"
    #[choice(label = "Extra large")]
    ExtraLarge, // stored as "extra_large"
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
#[choices(integer)]
#[repr(i16)]
pub enum Priority {
    Low = -1,
    High = 10,
}
// ANCHOR_END: choices

// ANCHOR: money
/// An amount in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i64);

impl FieldType for Money {
    type Base = Money;
    type Nullable = Option<Money>;
    const KIND: FieldKind = FieldKind::BigInteger;

    fn to_value(&self) -> Result<Value> {
        self.0.to_value()
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        Ok(i64::read(row, column)?.map(Money))
    }
}

/// It can be computed with, and a sum of amounts is an amount.
impl Numeric for Money {
    type Sum = Money;
    type Mean = f64;
}
// ANCHOR_END: money

// ANCHOR: key
/// The key of a lender: not to be mistaken for another model's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct LenderId(i64);

impl FieldType for LenderId {
    type Base = LenderId;
    type Nullable = Option<LenderId>;
    const KIND: FieldKind = FieldKind::BigInteger;

    fn to_value(&self) -> Result<Value> {
        self.0.to_value()
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        Ok(i64::read(row, column)?.map(LenderId))
    }
}

impl KeyType for LenderId {}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Lender {
    #[field(primary_key, auto)]
    pub id: LenderId,
    #[field(max_length = 80)]
    pub name: String,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Loan {
    pub id: i64,
    #[field(on_delete = PROTECT)]
    pub lender: ForeignKey<Lender>,
}

/// The loans of a lender.
pub fn loans_of(lender: LenderId) -> QuerySet<Loan> {
    Loan::objects().filter(move |l| l.lender().eq(lender))
}
// ANCHOR_END: key

// ANCHOR: options
fn new_token() -> Uuid {
    Uuid::new_v4()
}

#[derive(Model, Debug, Clone)]
#[model(
    app = "gallery",
    table = "gallery_stock",
    ordering = ["name"],
    get_latest_by = "created_at",
    comment = "What can be bought",
    index(fields = ["shelf", "-price"]),
    index(fields = ["name"], name = "stock_sold_out", condition = |i| i.count().eq(0)),
    unique(fields = ["shelf", "place"], name = "stock_one_place"),
    check(name = "stock_price_positive", |i| i.price().gt(Money(0))),
)]
pub struct Item {
    #[field(primary_key, default = new_token())]
    pub token: Uuid,
    #[field(max_length = 80, index, column = "title", comment = "As printed")]
    pub name: String,
    pub price: Money,
    #[field(default = 0)]
    pub count: i32,
    #[field(default = Size::Small)]
    pub size: Size,
    #[field(default = Priority::Low)]
    pub priority: Priority,
    #[field(max_length = 10)]
    pub shelf: String,
    pub place: i32,
    #[field(generated = |i| i.count() * 2)]
    pub double: i32,
    pub manual: Deferred<String>,
    #[field(auto_now_add)]
    pub created_at: DateTime<Utc>,
    #[field(auto_now)]
    pub changed_at: DateTime<Utc>,
}
// ANCHOR_END: options

// ANCHOR: relations
#[derive(Model, Debug, Clone)]
#[model(app = "gallery", ordering = ["name"])]
pub struct Person {
    pub id: i64,
    #[field(max_length = 50)]
    pub name: String,
    #[field(max_length = 10, unique)]
    pub code: String,
    #[field(on_delete = SET_NULL)]
    pub boss: Option<ForeignKey<Self>>,
    #[related(Person::boss)]
    pub reports: HasMany<Person>,
    pub friends: ManyToMany<Self>, // symmetrical
    #[field(symmetrical = false)]
    pub follows: ManyToMany<Self>,
    #[related(Badge::person)]
    pub badge: HasOne<Badge>,
    #[related(Group::members)]
    pub groups: ManyToMany<Group>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Badge {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub person: OneToOne<Person>,
    pub number: i32,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Group {
    pub id: i64,
    #[field(max_length = 50)]
    pub name: String,
    #[field(through = Membership)]
    pub members: ManyToMany<Person>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Membership {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub group: ForeignKey<Group>,
    #[field(on_delete = CASCADE)]
    pub person: ForeignKey<Person>,
    pub since: i32,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Message {
    pub id: i64,
    // two keys to one model: each has its own reverse name
    #[field(on_delete = CASCADE, related_name = "sent")]
    pub from: ForeignKey<Person>,
    #[field(on_delete = CASCADE, related_name = "received")]
    pub to: ForeignKey<Person>,
    // a key to another unique field than the primary key
    #[field(on_delete = CASCADE, to_field = "code", related_name = "noted")]
    pub about: ForeignKey<Person, String>,
}
// ANCHOR_END: relations

// ANCHOR: several_fields
#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Seat {
    #[field(primary_key, on_delete = CASCADE)]
    pub hall: ForeignKey<Place>,
    #[field(primary_key, max_length = 5)]
    pub row: String,
    #[field(primary_key)]
    pub number: i32,
    #[field(default = 0)]
    pub price: i32,
}
// ANCHOR_END: several_fields

// ANCHOR: sequence
#[derive(Model, Debug, Clone)]
#[model(app = "gallery", order_with_respect_to = "person")]
pub struct Wish {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub person: ForeignKey<Person>,
    pub text: String,
    pub _order: i32,
}
// ANCHOR_END: sequence

// ANCHOR: kinds_of
#[derive(Model, Debug, Clone)]
#[model(app = "gallery", ordering = ["name"])]
pub struct Place {
    pub id: i64,
    #[field(max_length = 50)]
    pub name: String,
    #[related(Restaurant::place)]
    pub restaurant: HasOne<Restaurant>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery")]
pub struct Restaurant {
    #[field(primary_key, parent_link, on_delete = CASCADE)]
    pub place: OneToOne<Place>,
    pub serves_pizza: bool,
}

#[derive(Model, Debug, Clone)]
#[model(app = "gallery", proxy = Place, ordering = ["-id"])]
pub struct NewPlace {
    pub id: i64,
    #[field(max_length = 50)]
    pub name: String,
}
// ANCHOR_END: kinds_of

fn gallery() -> Vec<&'static ModelMeta> {
    vec![
        Seat::meta(),
        Wish::meta(),
        Place::meta(),
        Restaurant::meta(),
        NewPlace::meta(),
        Everything::meta(),
        Item::meta(),
        Person::meta(),
        Badge::meta(),
        Group::meta(),
        Membership::meta(),
        Message::meta(),
    ]
}

/// The migrations that make these models' tables.
fn migrations(models: &[&'static ModelMeta]) -> Vec<Migration> {
    let models = ProjectState::from_models(models.iter().copied()).unwrap();
    let graph = MigrationGraph::new([]).unwrap();
    let (from, mut answers) = (ProjectState::default(), Answers::default());
    diff(&from, &models, &mut answers, &graph)
        .unwrap()
        .migrations
}

async fn tables() -> Database {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let mut set = MigrationSet::default();
    for migration in migrations(&gallery()) {
        set.insert(migration);
    }
    Migrator::new(&db, set).apply(Goal::Newest).await.unwrap();
    db
}

#[test]
fn column_types() {
    let migrations = migrations(&[Everything::meta()]);
    let columns: Vec<Vec<String>> = ["sqlite", "postgres", "mysql", "mariadb"]
        .map(|name| {
            let editor = nuages::db::editor_named(name).unwrap();
            let plan = Moment::default()
                .forwards(&migrations[0], &*editor)
                .unwrap();
            let sql = plan.to_sql();
            let (_, create) = sql.split_once("CREATE TABLE").unwrap();
            let (create, _) = create.split_once(";\n").unwrap_or((create, ""));
            columns_of(create)
        })
        .into();
    let mut table =
        "| field | SQLite | PostgreSQL | MySQL | MariaDB |\n|---|---|---|---|---|\n".to_owned();
    for (at, field) in Everything::meta().fields.iter().enumerate() {
        let kinds: Vec<String> = columns
            .iter()
            .map(|kinds| format!("`{}`", kinds[at]))
            .collect();
        table += &format!("| `{}` | {} |\n", field.name, kinds.join(" | "));
    }
    shown!("sql/columns.md", table);
}

/// The type of each column, with its NULL and its check, of a `CREATE TABLE`.
fn columns_of(create: &str) -> Vec<String> {
    let body = create.split_once('(').unwrap().1.trim_end();
    let body = body
        .strip_suffix(';')
        .unwrap_or(body)
        .rsplit_once(')')
        .unwrap()
        .0;
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for letter in body.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(letter);
    }
    let columns = parts.iter().map(|part| part.trim());
    let columns = columns.map(|part| part.split_once(' ').map_or("", |(_, kind)| kind));
    columns
        .map(|kind| {
            kind.replace("IS NULL", "IS_NULL")
                .replace(" NOT NULL", "")
                .replace(" NULL", "")
                .replace("IS_NULL", "IS NULL")
                .replace('`', "")
        })
        .collect()
}

#[tokio::test]
async fn money_is_a_field() -> Result<()> {
    let db = tables().await;
    for (place, cents) in [(1, 250), (2, 1_000)] {
        let item = Item::builder()
            .name("Tea")
            .price(Money(cents))
            .shelf("A")
            .place(place)
            .manual("…");
        item.create(&db).await?;
    }
    // ANCHOR: money_used
    let dear = Item::objects()
        .filter(|i| i.price().gt(Money(500)))
        .get(&db)
        .await?;
    let total: Option<Money> = Item::objects().aggregate(&db, |i| i.price().sum()).await?;
    // ANCHOR_END: money_used
    assert_eq!((dear.price, total), (Money(1_000), Some(Money(1_250))));
    assert!(loans_of(LenderId(7)).sql(&db)?.contains("\"lender_id\" = "));
    assert_eq!(
        (dear.double, dear.count, dear.priority),
        (0, 0, Priority::Low)
    );

    // ANCHOR: deferred
    let item = Item::objects()
        .defer(|i| i.manual())
        .first(&db)
        .await?
        .unwrap();
    assert!(item.manual.get().is_err()); // left out: says so
    let item = Item::objects().first(&db).await?.unwrap();
    assert_eq!(item.manual.get()?, "…");
    // ANCHOR_END: deferred

    let taken = Item::builder()
        .name("Tea")
        .price(Money(1))
        .shelf("A")
        .place(1)
        .manual("");
    let error = taken.create(&db).await.unwrap_err();
    assert!(error.is_unique_violation());
    let free = Item::builder()
        .name("Tea")
        .price(Money(0))
        .shelf("A")
        .place(3)
        .manual("");
    let error = free.create(&db).await.unwrap_err();
    assert_eq!(
        error.constraint().unwrap().name.as_deref(),
        Some("stock_price_positive")
    );
    let latest = Item::objects().latest(&db).await?;
    assert_eq!(latest.price, Money(1_000));
    Ok(())
}

#[tokio::test]
async fn relations_of_every_kind() -> Result<()> {
    let db = tables().await;
    // ANCHOR: relations_used
    let ada = Person::builder().name("Ada").code("a").create(&db).await?;
    let ben = Person::builder()
        .name("Ben")
        .code("b")
        .boss(&ada)
        .create(&db)
        .await?;
    ada.friends.add(&db, [&ben]).await?; // and Ben has Ada as a friend
    ada.follows.add(&db, [&ben]).await?; // Ben need not follow back
    Badge::builder().person(&ada).number(7).create(&db).await?;

    let chess = Group::builder().name("Chess").create(&db).await?;
    // a model between the two with columns of its own is written like any other
    Membership::builder()
        .group(&chess)
        .person(&ben)
        .since(2024)
        .create(&db)
        .await?;

    let people = Person::objects()
        .select_related(|p| p.badge()) // one-to-one: also from its other side
        .prefetch_related(|p| (p.reports(), p.friends(), p.follows(), p.groups()))
        .all(&db)
        .await?;
    // ANCHOR_END: relations_used
    let [ada, ben] = &people[..] else { panic!() };
    assert_eq!(ada.badge.get()?.map(|badge| badge.number), Some(7));
    assert!(ben.badge.get()?.is_none());
    assert_eq!(ada.reports.get()?[0].name, "Ben");
    assert_eq!((ada.friends.get()?.len(), ben.friends.get()?.len()), (1, 1));
    assert_eq!((ada.follows.get()?.len(), ben.follows.get()?.len()), (1, 0));
    assert_eq!(ben.groups.get()?[0].name, "Chess");

    Message::builder()
        .from(ada)
        .to(ben)
        .about("b")
        .create(&db)
        .await?;
    let gossip = Message::objects().filter(|m| m.about().boss().name().eq("Ada"));
    assert_eq!(gossip.count(&db).await?, 1);
    let since_2020 =
        Person::objects().filter(|p| p.via::<Membership, _>(|m| m.person()).since().gte(2020));
    assert_eq!(since_2020.get(&db).await?.name, "Ben");
    Ok(())
}

#[tokio::test]
async fn models_of_other_shapes() -> Result<()> {
    let db = tables().await;
    let ann = Person::builder().name("Ann").code("a").create(&db).await?;
    let mut wishes = Vec::new();
    for text in ["a ball", "a book", "a bow"] {
        wishes.push(
            Wish::builder()
                .person(&ann)
                .text(text)
                .create(&db)
                .await?
                .id,
        );
    }
    // ANCHOR: sequence_used
    wishes.reverse();
    let of_ann = Wish::objects().filter(|w| w.person_id().eq(ann.id));
    of_ann.clone().set_order(&db, wishes).await?;
    let texts: Vec<String> = of_ann.values(|w| w.text()).all(&db).await?;
    assert_eq!(texts, ["a bow", "a book", "a ball"]);
    // ANCHOR_END: sequence_used
    let place = NewPlace::builder().name("Opera").create(&db).await?;
    let place = Place::objects().key(place.id).get(&db).await?;
    let restaurant = Restaurant::builder().place(&place).serves_pizza(true);
    restaurant.create(&db).await?;
    // ANCHOR: several_fields_used
    let seat = Seat::builder().hall(&place).row("a").number(7);
    let mut seat = seat.create(&db).await?;
    seat.price = 20;
    seat.save(&db).await?;
    let key = (place.id, "a".to_owned(), 7);
    assert_eq!(seat.key(), key);
    assert_eq!(Seat::objects().key(key).get(&db).await?.price, 20);
    // ANCHOR_END: several_fields_used
    assert_eq!(place.delete(&db).await?.total, 3);
    Ok(())
}

#[test]
fn choices_are_what_they_store() -> Result<()> {
    // ANCHOR: choices_used
    assert_eq!(Size::ExtraLarge.as_str(), "extra_large");
    assert_eq!(Size::ExtraLarge.label(), "Extra large");
    assert_eq!(Size::from_str("m")?, Size::Medium);
    assert_eq!(Size::VARIANTS.len(), 3);
    assert_eq!(Priority::High.number(), 10);
    // ANCHOR_END: choices_used
    let error = Size::from_str("smal").unwrap_err();
    assert_eq!(error.to_string(), "no choice `smal`; did you mean `small`?");
    Ok(())
}

#[tokio::test]
async fn an_unknown_choice_is_an_error() -> Result<()> {
    let db = tables().await;
    let item = Item::builder()
        .name("Tea")
        .price(Money(1))
        .shelf("A")
        .place(1)
        .manual("");
    item.create(&db).await?;
    raw("UPDATE gallery_stock SET size = {}")
        .bind("huge")
        .execute(&db)
        .await?;
    let error = Item::objects().all(&db).await.unwrap_err();
    shown!("output/unknown-choice.txt", format!("{error}\n"));
    Ok(())
}

//! A library whose models depend on each other in every way that there is.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use nuages::meta::ModelMeta;
use nuages::prelude::*;
use nuages_tests::Tables;
use nuages_tests::models::create_tables;
use rust_decimal::Decimal;
use uuid::Uuid;

pub(super) static LIBRARY: Tables = Tables {
    name: "library",
    create: |db| Box::pin(async move { create_tables(&db, &models()).await }),
};

fn models() -> Vec<&'static ModelMeta> {
    vec![
        Shelf::meta(),
        Book::meta(),
        Page::meta(),
        Lamp::meta(),
        Label::meta(),
        Cat::meta(),
        Plant::meta(),
        Radio::meta(),
        Lantern::meta(),
        Dust::meta(),
        Mouse::meta(),
        Ghost::meta(),
        Ticket::meta(),
        Left::meta(),
        Right::meta(),
        Reader::meta(),
        Club::meta(),
        Membership::meta(),
        Visit::meta(),
        Token::meta(),
        Country::meta(),
        Sample::meta(),
        Bare::meta(),
        Card::meta(),
    ]
}

/// What all else stands on.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(app = "library")]
pub(super) struct Shelf {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
    #[related(Book::shelf)]
    pub books: HasMany<Book>,
    #[related(Cat::shelf)]
    pub cats: HasMany<Cat>,
    #[related(Reader::shelves)]
    pub readers: ManyToMany<Reader>,
}

/// Goes with its shelf, and takes pages with it.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Book {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub shelf: ForeignKey<Shelf>,
    #[field(max_length = 50)]
    pub name: String,
}

/// Goes with its book; nothing depends on it.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Page {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub book: ForeignKey<Book>,
}

/// Protects its shelf.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Lamp {
    pub id: i64,
    #[field(on_delete = PROTECT)]
    pub shelf: ForeignKey<Shelf>,
}

/// Restricts its shelf, and goes with its book.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Label {
    pub id: i64,
    #[field(on_delete = RESTRICT)]
    pub shelf: ForeignKey<Shelf>,
    #[field(on_delete = CASCADE)]
    pub book: ForeignKey<Book>,
}

/// Stays without its shelf.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Cat {
    pub id: i64,
    #[field(on_delete = SET_NULL)]
    pub shelf: Option<ForeignKey<Shelf>>,
    #[field(max_length = 50)]
    pub name: String,
}

/// Moves to the first shelf.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Plant {
    pub id: i64,
    #[field(on_delete = SET_DEFAULT, default = 1)]
    pub shelf: ForeignKey<Shelf>,
}

/// The shelf that lanterns move to.
fn lantern_shelf() -> i64 {
    1 + 1
}

/// Moves to a shelf that a function names.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Lantern {
    pub id: i64,
    #[field(on_delete = SET_DEFAULT, default = lantern_shelf())]
    pub shelf: ForeignKey<Shelf>,
}

/// Moves to the second shelf.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Radio {
    pub id: i64,
    #[field(on_delete = SET(2))]
    pub shelf: ForeignKey<Shelf>,
}

/// Stays as it is.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Dust {
    pub id: i64,
    #[field(on_delete = DO_NOTHING, db_constraint = false)]
    pub shelf: ForeignKey<Shelf>,
}

/// Is deleted by the database.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Mouse {
    pub id: i64,
    #[field(on_delete = DB_CASCADE)]
    pub shelf: ForeignKey<Shelf>,
}

/// Is left without its shelf by the database.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Ghost {
    pub id: i64,
    #[field(on_delete = DB_SET_NULL)]
    pub shelf: Option<ForeignKey<Shelf>>,
}

/// Knows its shelf by name.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Ticket {
    pub id: i64,
    #[field(on_delete = CASCADE, to_field = "name")]
    pub shelf: ForeignKey<Shelf, String>,
}

/// One half of a circle.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Left {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub right: Option<ForeignKey<Right>>,
}

/// The other half.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Right {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub left: ForeignKey<Left>,
}

/// Has relations to many.
#[derive(Model, Debug, Clone)]
#[model(app = "library", ordering = ["id"])]
pub(super) struct Reader {
    pub id: i64,
    #[field(max_length = 50)]
    pub name: String,
    pub shelves: ManyToMany<Shelf>,
    pub friends: ManyToMany<Self>,
    #[field(symmetrical = false, related_name = "followers")]
    pub follows: ManyToMany<Reader>,
    #[related(Club::members)]
    pub clubs: ManyToMany<Club>,
    #[related(Reader::follows)]
    pub followers: ManyToMany<Reader>,
}

/// Has members, who have ranks.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Club {
    pub id: i64,
    #[field(through = Membership)]
    pub members: ManyToMany<Reader>,
    #[field(through = Visit)]
    pub visitors: ManyToMany<Reader>,
}

/// A row between that can be made of defaults.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Membership {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub club: ForeignKey<Club>,
    #[field(on_delete = CASCADE)]
    pub reader: ForeignKey<Reader>,
    #[field(default = "new", max_length = 20)]
    pub rank: String,
    #[field(auto_now_add)]
    pub since: DateTime<Utc>,
    pub note: Option<String>,
}

/// A row between that cannot.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Visit {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub club: ForeignKey<Club>,
    #[field(on_delete = CASCADE)]
    pub reader: ForeignKey<Reader>,
    pub hours: i32,
}

/// Its key is made by the program.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Token {
    #[field(primary_key, default = Uuid::new_v4())]
    pub id: Uuid,
    #[field(max_length = 50)]
    pub note: String,
    #[field(auto_now_add)]
    pub made: DateTime<Utc>,
}

/// Its key is a word.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Country {
    #[field(primary_key, max_length = 2)]
    pub code: String,
    #[field(max_length = 50)]
    pub name: String,
}

/// A value of every type.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(app = "library")]
pub(super) struct Sample {
    pub id: i64,
    pub small: i16,
    pub whole: i32,
    pub unsigned: u32,
    pub float: f64,
    pub truth: bool,
    pub text: String,
    pub bytes: Vec<u8>,
    pub day: NaiveDate,
    pub clock: NaiveTime,
    pub instant: DateTime<Utc>,
    pub span: TimeDelta,
    #[field(max_digits = 12, decimal_places = 3)]
    pub exact: Decimal,
    pub uuid: Uuid,
    pub document: serde_json::Value,
    pub address: std::net::IpAddr,
    pub maybe_whole: Option<i32>,
    pub maybe_text: Option<String>,
    pub maybe_instant: Option<DateTime<Utc>>,
    pub maybe_exact: Option<NaiveDate>,
    pub maybe_document: Option<serde_json::Value>,
    #[field(db_default = |_| now())]
    pub made: Option<DateTime<Utc>>,
    #[field(generated = |s| s.whole() * 2)]
    pub twice: i32,
}

/// Nothing but a key.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Bare {
    pub id: i64,
}

/// Has times, and a field that queries may leave unread.
#[derive(Model, Debug, Clone)]
#[model(app = "library")]
pub(super) struct Card {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
    #[field(default = 0)]
    pub uses: i32,
    pub long: Deferred<String>,
    #[field(auto_now_add)]
    pub made: DateTime<Utc>,
    #[field(auto_now)]
    pub changed: DateTime<Utc>,
    #[field(auto_now)]
    pub changed_on: NaiveDate,
}

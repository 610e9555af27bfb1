//! Models out of tables: what they say, and that the database is taken over as it is. On every database.

use nuages::driver::Executor;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{Place, Ran};

pub(crate) fn area() -> Area {
    Area::new(
        "inspecting",
        cases![
            what_migrations_made_comes_back,
            conditions_and_computed_columns_come_back,
            other_tables_than_the_migration_makes_are_refused,
            tables_of_others_are_read.once(),
            a_database_is_taken_over,
            views_and_tables_without_a_key.once(),
        ],
    )
}

const SHOP: &str = r#"{"models": [
  {"app": "shop", "name": "Customer", "table": "shop_customer", "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "email", "type": "char", "max_length": 120, "unique": true},
    {"name": "name", "type": "char", "max_length": 80, "index": true},
    {"name": "vip", "type": "boolean", "default": false},
    {"name": "visits", "type": "positive_integer", "default": 3},
    {"name": "note", "type": "char", "max_length": 30, "default": "it's new"},
    {"name": "born", "type": "date", "null": true},
    {"name": "tags", "type": "many_to_many", "to": "shop.Tag"}]},
  {"app": "shop", "name": "Tag", "table": "shop_tag", "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "type", "type": "char", "max_length": 20}]},
  {"app": "shop", "name": "Profile", "table": "shop_profile", "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "customer", "type": "one_to_one", "to": "shop.Customer", "on_delete": "CASCADE"}]},
  {"app": "shop", "name": "Order", "table": "shop_order",
   "indexes": [{"name": "order_recent", "fields": ["status", "-placed"]}],
   "constraints": [{"kind": "unique", "name": "order_ref", "fields": ["customer", "status"]}],
   "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "customer", "type": "foreign_key", "to": "shop.Customer", "on_delete": "CASCADE"},
    {"name": "parent", "type": "foreign_key", "to": "shop.Order", "on_delete": "DB_SET_NULL", "null": true},
    {"name": "status", "type": "char", "max_length": 20},
    {"name": "placed", "type": "date_time"}]}]}"#;

/// A database that migrations have made, whose history is forgotten.
async fn forgotten(given: &Given) -> nuages::Result<Place> {
    let place = Place::with(&given.url);
    place.make(SHOP);
    place.ok("apply");
    for table in ["nuages_migrations", "nuages_migration_steps"] {
        given.db.batch(&format!("DROP TABLE {table}")).await?;
    }
    std::fs::remove_dir_all(place.path("migrations")).unwrap();
    Ok(place)
}

fn has(ran: &str, lines: &[&str]) {
    for line in lines {
        assert!(ran.contains(line), "`{line}` is missing in\n{ran}");
    }
}

async fn what_migrations_made_comes_back(given: Given) -> Outcome {
    let place = forgotten(&given).await?;
    let models = place.ok("inspectdb --app shop");
    has(
        &models,
        &[
            "pub struct Customer {\n    pub id: i64,\n",
            "    #[field(max_length = 120, unique)]\n    pub email: String,\n",
            "    #[field(max_length = 80, index)]\n    pub name: String,\n",
            "    #[field(default = false)]\n    pub vip: bool,\n",
            "    #[field(default = 3)]\n    pub visits: u32,\n",
            "default = \"it's new\")]\n    pub note: String,\n",
            "    pub born: Option<NaiveDate>,\n",
            "    pub tags: ManyToMany<Tag>,\n",
            "column = \"type\")]\n    pub type_: String,\n",
            "    #[field(on_delete = DO_NOTHING)]\n    pub customer: OneToOne<Customer>,\n",
            "    #[field(on_delete = DB_SET_NULL)]\n    pub parent: Option<ForeignKey<Order>>,\n",
            "index(fields = [\"status\", \"-placed\"], name = \"order_recent\")",
            "unique(fields = [\"customer\", \"status\"], name = \"order_ref\")",
        ],
    );
    assert!(!models.contains("managed = false"), "{models}");
    let one = place.ok("inspectdb --app shop shop_tag");
    assert!(
        one.contains("struct Tag") && !one.contains("struct Order"),
        "{one}"
    );
    place.fails("inspectdb nowhere", 2, &["there is no table `nowhere`"]);
    Ok(())
}

/// What all databases can hold beside fields.
const PARTS: &str = r#"{"models": [
  {"app": "shop", "name": "Item", "table": "shop_item",
   "constraints": [
     {"kind": "check", "name": "count_small", "condition": {"count__lt": 100}},
     {"kind": "check", "name": "either", "condition": {"or": [{"count__gt": 5}, {"kind__in": ["a", "b"]}, {"note__isnull": true}]}},
     {"kind": "check", "name": "not_seven", "condition": {"not": {"count": 7}}},
     {"kind": "check", "name": "price_positive", "condition": {"price__gte": "0"}},
     {"kind": "check", "name": "ordered", "condition": {"count__lte": {"f": "most"}}}],
   "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "count", "type": "integer"},
    {"name": "most", "type": "integer"},
    {"name": "kind", "type": "char", "max_length": 5},
    {"name": "note", "type": "char", "max_length": 5, "null": true},
    {"name": "price", "type": "decimal", "max_digits": 8, "decimal_places": 2},
    {"name": "double", "type": "generated", "expression": {"fn": "mul", "args": [{"f": "count"}, {"value": 2}]}, "output": {"type": "integer"}, "stored": true}]},
  {"app": "shop", "name": "Detail", "table": "shop_detail", "fields": [
    {"name": "item", "type": "one_to_one", "to": "shop.Item", "on_delete": "CASCADE", "primary_key": true},
    {"name": "text", "type": "text"}]}]}"#;

/// What only some can.
const PARTIAL: &str = r#"{"models": [
  {"app": "shop", "name": "Item", "table": "shop_item",
   "indexes": [
     {"name": "item_sold_out", "fields": ["kind"], "condition": {"count": 0}},
     {"name": "item_kind", "expressions": [{"fn": "desc", "args": [{"fn": "lower", "args": [{"f": "kind"}]}]}]}],
   "constraints": [{"kind": "unique", "name": "item_once", "fields": ["kind"], "condition": {"count__gt": 0}}],
   "fields": [
    {"name": "id", "type": "big_auto", "primary_key": true},
    {"name": "count", "type": "integer"},
    {"name": "kind", "type": "char", "max_length": 5}]}]}"#;

/// Forgets that migrations have made these tables, and takes them over.
async fn takes_over(given: &Given, models: &str) -> nuages::Result<(Place, String)> {
    let place = Place::with(&given.url);
    place.make(models);
    place.ok("apply");
    for table in ["nuages_migrations", "nuages_migration_steps"] {
        given.db.batch(&format!("DROP TABLE {table}")).await?;
    }
    std::fs::remove_dir_all(place.path("migrations")).unwrap();
    let text = place.ok("inspectdb --app shop");
    let state = place.ok("inspectdb --app shop --format json");
    assert!(!text.contains("managed = false"), "{text}");
    place.make(&state);
    let applied = place.ok("apply --fake-initial");
    has(&applied, &["Applying shop.0001_initial... FAKED"]);
    assert_eq!(
        place.ok("drift --models models.json"),
        "The database is as its migrations say.\n"
    );
    Ok((place, text))
}

async fn conditions_and_computed_columns_come_back(given: Given) -> Outcome {
    let (_, text) = takes_over(&given, PARTS).await?;
    has(
        &text,
        &[
            "check(name = \"count_small\", |p| p.count().lt(100))",
            "check(name = \"not_seven\", |p| !(p.count().eq(7)))",
            "check(name = \"ordered\", |p| p.count().lte(p.most()))",
            "|p| p.price().gte(rust_decimal::Decimal::new(0, 0)))",
            "p.kind().in_([\"a\", \"b\"])",
            "#[field(generated = |p| p.count() * 2)]",
            "#[field(primary_key, on_delete = DO_NOTHING)]\n    pub item: OneToOne<Item>,\n",
        ],
    );
    let features = nuages::db::editor(given.db.server()).features();
    if !features.partial_indexes || !features.expression_indexes {
        return Ok(());
    }
    for table in [
        "shop_detail",
        "shop_item",
        "nuages_migrations",
        "nuages_migration_steps",
    ] {
        given.db.batch(&format!("DROP TABLE {table}")).await?;
    }
    let (_, text) = takes_over(&given, PARTIAL).await?;
    has(
        &text,
        &[
            "index(fields = [\"kind\"], name = \"item_sold_out\", condition = |p| p.count().eq(0))",
            "index(expressions = [|p| p.kind().lower().desc()], name = \"item_kind\")",
            "unique(fields = [\"kind\"], name = \"item_once\", condition = |p| p.count().gt(0))",
        ],
    );
    Ok(())
}

/// Each difference by itself would be a surprise later.
async fn other_tables_than_the_migration_makes_are_refused(given: Given) -> Outcome {
    let place = forgotten(&given).await?;
    place.make(
        &SHOP
            .replace("\"max_length\": 80, \"index\": true", "\"max_length\": 81")
            .replace(
                "\"born\", \"type\": \"date\", \"null\": true",
                "\"born\", \"type\": \"date\"",
            )
            .replace("\"default\": 3", "\"default\": 4")
            .replace("\"DB_SET_NULL\"", "\"DB_CASCADE\"")
            .replace("[\"customer\", \"status\"]", "[\"status\", \"customer\"]"),
    );
    place.fails(
        "apply --fake-initial",
        1,
        &[
            "applying shop.0001_initial: its tables are there, but not as it makes them; nothing was noted:\n  shop_customer\n",
            "    column name: type should be varchar(81), is varchar(80)\n",
            "    column born: null should be NOT NULL, is NULL\n",
            "    column visits: default should be ",
            " is there and in no migration: (name)\n",
            "\n  shop_order\n",
            "    unique order_ref is missing: (status, customer_id)\n",
            "(parent_id) to shop_order (id) ON DELETE CASCADE\n",
            "`migrate apply shop 0001_initial --fake` notes it without looking",
        ],
    );
    has(&place.ok("showmigrations"), &["[ ] 0001_initial"]);
    given.db.batch("DROP TABLE shop_profile").await?;
    place.fails(
        "apply --fake-initial",
        1,
        &["    table shop_profile is missing: id, customer_id\n"],
    );
    let noted = place.ok("apply shop 0001_initial --fake");
    has(&noted, &["Applying shop.0001_initial... FAKED"]);
    Ok(())
}

/// In the words of other programs: other types, quotes, comments.
async fn tables_of_others_are_read(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    for sql in [
        "CREATE TABLE [Artist] ([ArtistId] INTEGER NOT NULL, -- the key, (of course)\n [Name] NVARCHAR(120), CONSTRAINT [PK_Artist] PRIMARY KEY ([ArtistId]))",
        "create table album (id integer primary key autoincrement not null, artist integer references Artist, price numeric(10,2) not null, constraint price_sane check(price >= 0))",
        "CREATE INDEX `by_artist` ON album (`artist`)",
        "CREATE TABLE odd (id int primary key, made timestamp default current_timestamp)",
    ] {
        given.db.batch(sql).await?;
    }
    let text = place.ok("inspectdb --app music");
    has(
        &text,
        &[
            "#[model(app = \"music\", table = \"Artist\")]\npub struct Artist {\n    #[field(primary_key, auto, column = \"ArtistId\")]\n    pub artist_id: i32,\n    #[field(max_length = 120, column = \"Name\")]\n    pub name: Option<String>,\n",
            "check(name = \"price_sane\", |p| p.price().gte(rust_decimal::Decimal::new(0, 0)))",
            "    pub artist: Option<ForeignKey<Artist>>,\n",
            "//   column id: type should be bigint, is integer\n",
        ],
    );
    place.make(&place.ok("inspectdb --app music --format json"));
    has(&place.ok("apply --fake-initial"), &["FAKED"]);
    assert_eq!(
        place.ok("drift"),
        "The database is as its migrations say.\n"
    );
    Ok(())
}

async fn a_database_is_taken_over(given: Given) -> Outcome {
    let place = forgotten(&given).await?;
    let state = place.ok("inspectdb --app shop --format json");
    place.make(&state);
    let applied = place.ok("apply --fake-initial");
    has(&applied, &["Applying shop.0001_initial... FAKED"]);
    assert_eq!(
        place.ok("drift --models models.json"),
        "The database is as its migrations say.\n"
    );
    Ok(())
}

async fn views_and_tables_without_a_key(given: Given) -> Outcome {
    let place = Place::with(&given.url);
    for sql in [
        "CREATE TABLE Artist (ArtistId INTEGER PRIMARY KEY, Name NVARCHAR(120) NOT NULL)",
        "CREATE TABLE Album (AlbumId INTEGER PRIMARY KEY, ArtistId INTEGER NOT NULL REFERENCES Artist (ArtistId))",
        "CREATE TABLE log (line text NOT NULL, at datetime DEFAULT CURRENT_TIMESTAMP)",
        "CREATE TABLE played (AlbumId INTEGER NOT NULL, day date NOT NULL, PRIMARY KEY (AlbumId, day))",
        "CREATE VIEW names AS SELECT ArtistId AS id, Name AS name FROM Artist",
    ] {
        given.db.batch(sql).await?;
    }
    let Ran { out, code, said } = place.run("inspectdb --app music --include-views");
    assert_eq!(code, 0, "{said}");
    has(
        &out,
        &[
            "table = \"Artist\"",
            "primary_key, auto, column = \"ArtistId\"",
            "on_delete = DO_NOTHING)]\n    pub artist: ForeignKey<Artist>,\n",
            "// it has no key: the column line stands for one\n",
            "#[field(primary_key, column = \"AlbumId\")]\n    pub album_id: i32,\n",
            "#[field(primary_key)]\n    pub day: NaiveDate,\n",
            "table = \"names\", managed = false",
        ],
    );
    let state = place.ok("inspectdb --app music --format json");
    place.make(&state);
    place.ok("apply --fake-initial");
    let ran = place.run("drift");
    assert_eq!(ran.code, 0, "{ran:?}");
    Ok(())
}

//! Models out of tables: what they say, and that the database is taken over as it is. On every database.

use nuages::driver::Executor;
use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{Place, Ran};

pub(crate) fn area() -> Area {
    Area::new(
        "inspecting",
        cases![
            what_migrations_made_comes_back,
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
        "CREATE TABLE played (AlbumId INTEGER, day date, PRIMARY KEY (AlbumId, day))",
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
            "// its key is (AlbumId, day), and a model has one column as its key",
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

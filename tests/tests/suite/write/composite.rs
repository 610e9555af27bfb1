//! Models whose key is several fields.

use nuages::meta::ModelMeta;
use nuages::migrate::{DataMoment, ProjectState};
use nuages::prelude::*;
use nuages_tests::models::create_tables;
use nuages_tests::{Area, Given, Outcome, Tables, cases};

static SEATS: Tables = Tables {
    name: "seats",
    create: |db| Box::pin(async move { create_tables(&db, &models()).await }),
};

fn models() -> Vec<&'static ModelMeta> {
    vec![
        Hall::meta(),
        Guest::meta(),
        Seat::meta(),
        Cushion::meta(),
        Mark::meta(),
    ]
}

#[derive(Model, Debug, Clone)]
#[model(app = "seats", ordering = ["id"])]
struct Hall {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    #[related(Seat::hall)]
    seats: HasMany<Seat>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "seats")]
struct Guest {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    #[related(Seat::guest)]
    seats: HasMany<Seat>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "seats")]
struct Seat {
    #[field(primary_key, on_delete = CASCADE)]
    hall: ForeignKey<Hall>,
    #[field(primary_key, max_length = 5)]
    row: String,
    #[field(primary_key)]
    id: i32,
    #[field(default = 0)]
    price: i32,
    #[field(on_delete = SET_NULL)]
    guest: Option<ForeignKey<Guest>>,
    #[field(unique, max_length = 50)]
    label: String,
    #[related(Cushion::seat)]
    cushions: HasMany<Cushion>,
}

/// Leads to a seat by a field that is unique.
#[derive(Model, Debug, Clone)]
#[model(app = "seats")]
struct Cushion {
    id: i64,
    #[field(on_delete = CASCADE, to_field = "label")]
    seat: ForeignKey<Seat, String>,
}

/// Nothing but its key.
#[derive(Model, Debug, Clone)]
#[model(app = "seats")]
struct Mark {
    #[field(primary_key)]
    x: i32,
    #[field(primary_key)]
    y: i32,
}

pub(super) fn area() -> Area {
    Area::new(
        "composite",
        cases![
            rows_are_found_by_all_of_their_key.on(&SEATS),
            rows_are_written_by_all_of_their_key.on(&SEATS),
            rows_are_deleted_by_all_of_their_key.on(&SEATS),
            queries_compare_whole_keys.on(&SEATS),
            history_knows_whole_keys.on(&SEATS),
        ],
    )
}

/// Two halls with four seats each.
async fn halls(db: &Database) -> nuages::Result<(Hall, Hall)> {
    let north = Hall::builder().name("north").create(db).await?;
    let south = Hall::builder().name("south").create(db).await?;
    let mut seats = Vec::new();
    for hall in [&north, &south] {
        for (row, id) in [("a", 1), ("a", 2), ("b", 1), ("b", 2)] {
            let label = format!("{} {row}{id}", hall.name);
            seats.push(
                Seat::builder()
                    .hall(hall)
                    .row(row)
                    .id(id)
                    .label(label)
                    .build()?,
            );
        }
    }
    Seat::objects().bulk_create(db, seats).await?;
    Ok((north, south))
}

fn at(hall: &Hall, row: &str, id: i32) -> (i64, String, i32) {
    (hall.id, row.to_owned(), id)
}

async fn rows_are_found_by_all_of_their_key(given: Given) -> Outcome {
    let db = &given.db;
    let (north, south) = halls(db).await?;
    let seat = Seat::objects().key(at(&south, "a", 2)).get(db).await?;
    assert_eq!(seat.label, "south a2");
    assert_eq!(seat.key(), at(&south, "a", 2));
    let wanted = [at(&north, "b", 1), at(&south, "a", 1), at(&south, "z", 1)];
    let found = Seat::objects().in_bulk(db, wanted.clone()).await?;
    assert_eq!(found.len(), 2);
    assert_eq!(found[&at(&north, "b", 1)].label, "north b1");
    assert_eq!(Seat::objects().keys(wanted).count(db).await?, 2);
    assert!(Seat::objects().contains(db, &seat).await?);
    assert!(
        !Seat::objects()
            .filter(|s| s.row().eq("b"))
            .contains(db, &seat)
            .await?
    );
    assert_eq!(Seat::objects().first(db).await?.unwrap().label, "north a1");
    assert_eq!(Seat::objects().last(db).await?.unwrap().label, "south b2");
    let halls = Hall::objects()
        .prefetch_related(|h| h.seats())
        .all(db)
        .await?;
    assert_eq!(halls[1].seats.get()?.len(), 4);
    let joined = Seat::objects()
        .select_related(|s| s.hall())
        .key(at(&north, "a", 1));
    assert_eq!(joined.get(db).await?.hall.get()?.name, "north");
    Ok(())
}

async fn rows_are_written_by_all_of_their_key(given: Given) -> Outcome {
    let db = &given.db;
    let (north, south) = halls(db).await?;
    let mut seat = Seat::objects().key(at(&north, "a", 1)).get(db).await?;
    seat.price = 7;
    seat.save(db).await?;
    assert_eq!(
        Seat::objects()
            .filter(|s| s.price().eq(7))
            .count(db)
            .await?,
        1
    );
    seat.price = 8;
    seat.save_fields(db, |s| s.price()).await?;
    let mut again = Seat::objects().key(at(&north, "a", 1)).get(db).await?;
    assert_eq!(again.price, 8);
    again.price = 0;
    again.refresh(db).await?;
    again.refresh_fields(db, |s| s.price()).await?;
    assert_eq!(again.price, 8);
    let mut new = Seat::builder()
        .hall(&south)
        .row("c")
        .id(1)
        .label("new")
        .build()?;
    new.save(db).await?;
    assert_eq!(Seat::objects().count(db).await?, 9, "saved as a new row");
    let mut all = Seat::objects()
        .order_by(|s| s.label().asc())
        .all(db)
        .await?;
    for (seat, price) in all.iter_mut().zip(10..) {
        seat.price = price;
    }
    let written = Seat::objects().bulk_update(db, &all, |s| s.price()).await?;
    assert_eq!(written, 9);
    let prices: Vec<i32> = Seat::objects()
        .order_by(|s| s.label().asc())
        .values(|s| s.price())
        .all(db)
        .await?;
    assert_eq!(prices, (10..19).collect::<Vec<_>>());
    let mut mark = Mark::builder().x(1).y(2).create(db).await?;
    mark.save(db).await?;
    Mark::builder().x(1).y(3).build()?.save(db).await?;
    assert_eq!(Mark::objects().count(db).await?, 2);
    let twice = Mark::builder().x(1).y(3).create(db).await.unwrap_err();
    assert!(twice.is_unique_violation(), "{twice}");
    Ok(())
}

async fn rows_are_deleted_by_all_of_their_key(given: Given) -> Outcome {
    let db = &given.db;
    let (north, south) = halls(db).await?;
    for (x, y) in [(1, 1), (1, 2), (2, 1)] {
        Mark::builder().x(x).y(y).create(db).await?;
    }
    assert_eq!(
        Mark::objects()
            .key((1, 2))
            .get(db)
            .await?
            .delete(db)
            .await?
            .total,
        1
    );
    assert_eq!(Mark::objects().count(db).await?, 2);
    let seat = Seat::objects().key(at(&north, "a", 1)).get(db).await?;
    let other = Seat::objects().key(at(&north, "a", 2)).get(db).await?;
    for seat in [&seat, &seat, &other] {
        Cushion::builder().seat(seat).create(db).await?;
    }
    let deleted = seat.delete(db).await?;
    assert_eq!((deleted.of::<Seat>(), deleted.of::<Cushion>()), (1, 2));
    assert_eq!(Seat::objects().count(db).await?, 7);
    let deleted = Seat::objects().filter(|s| s.hall().name().eq("south") & s.id().eq(1));
    assert_eq!(deleted.delete(db).await?.of::<Seat>(), 2);
    let deleted = north.delete(db).await?;
    assert_eq!((deleted.of::<Seat>(), deleted.of::<Cushion>()), (3, 1));
    let left: Vec<String> = Seat::objects()
        .order_by(|s| s.label().asc())
        .values(|s| s.label())
        .all(db)
        .await?;
    assert_eq!(left, ["south a2", "south b2"]);
    assert_eq!(south.delete(db).await?.total, 3);
    Ok(())
}

async fn queries_compare_whole_keys(given: Given) -> Outcome {
    let db = &given.db;
    let (_, south) = halls(db).await?;
    let guest = Guest::builder().name("Gil").create(db).await?;
    Seat::objects()
        .filter(|s| s.row().eq("b") & s.hall_id().eq(south.id))
        .update(db, |s| s.guest().set(&guest))
        .await?;
    // A join, so that the rows are named by their keys.
    let changed = Seat::objects()
        .filter(|s| s.guest().name().eq("Gil") & s.id().eq(1))
        .update(db, |s| s.price().set(5))
        .await?;
    assert_eq!(changed, 1);
    let cheap = Seat::objects()
        .order_by(|s| s.label().asc())
        .limit(3)
        .delete(db)
        .await?;
    assert_eq!(cheap.of::<Seat>(), 3);
    assert_eq!(Seat::objects().count(db).await?, 5);
    let without = Seat::objects().exclude(|s| s.guest().name().eq("Gil"));
    assert_eq!(without.count(db).await?, 3);
    let guests = Guest::objects()
        .filter(|g| exists(Seat::objects().filter(|s| s.guest_id().eq(outer(g.id())))));
    assert_eq!(guests.count(db).await?, 1);
    let dear: Vec<(String, Option<i64>)> = Hall::objects()
        .values(|h| (h.name(), h.seats().price().sum()))
        .all(db)
        .await?;
    assert_eq!(dear.iter().filter_map(|(_, sum)| *sum).sum::<i64>(), 5);
    let many = Hall::objects().filter(|h| h.seats().id().count().gte(4));
    assert_eq!(many.get(db).await?.id, south.id);
    let new = Seat::builder()
        .hall(&south)
        .row("z")
        .id(0)
        .label("south b2");
    let (seat, created) = Seat::objects()
        .filter(|s| s.label().eq("south b2"))
        .update_or_create(db, new, |s| s.price().set(9))
        .await?;
    assert!(!created);
    assert_eq!(seat.price, 9);
    assert_eq!(
        Seat::objects()
            .filter(|s| s.price().eq(9))
            .count(db)
            .await?,
        1
    );
    let refused = guest.seats.add(db, [&seat]).await.unwrap_err();
    assert!(refused.to_string().contains("several columns"), "{refused}");
    let error = Seat::objects().lookup("pk", 1);
    assert!(error.is_err(), "`pk` is no one value");
    Ok(())
}

async fn history_knows_whole_keys(given: Given) -> Outcome {
    let db = &given.db;
    let (north, _) = halls(db).await?;
    let state = ProjectState::from_models(models())?;
    let seat = &state.model("seats", "Seat").unwrap().fields;
    assert_eq!(seat[0].fields, ["hall", "row", "id"]);
    assert_eq!(ProjectState::from_json(&state.to_json())?, state);
    let moment = DataMoment::new(&state, db);
    let seats = moment.model("seats.Seat")?;
    // Over a relation, so that the rows are named by their keys.
    let of_north = || seats.objects().lookup("hall__name", "north");
    let changed = of_north()?.lookup("row", "a")?.lookup("id", 1)?;
    assert_eq!(changed.update(&[("price", 3.into())]).await?, 1);
    assert_eq!(of_north()?.lookup("id", 2)?.delete().await?, 2);
    let left = Seat::objects().filter(|s| s.hall_id().eq(north.id));
    assert_eq!(left.values(|s| s.price().sum()).get(db).await?, Some(3));
    assert_eq!(Seat::objects().count(db).await?, 6);
    seats
        .objects()
        .create(&[
            ("hall", north.id.into()),
            ("row", "q".into()),
            ("id", 9.into()),
            ("price", 1.into()),
            ("label", "new".into()),
        ])
        .await?;
    assert_eq!(
        Seat::objects().key(at(&north, "q", 9)).get(db).await?.label,
        "new"
    );
    Ok(())
}

//! Relations of every kind, and keys of every type: found, joined, prefetched, loaded, counted.

mod relations;
mod rows;

use nuages::prelude::*;
use nuages::queryset::QuerySet;
use nuages_tests::club::{Badge, Game, Locker, Member, Membership, Team};
use nuages_tests::models::CLUB;
use nuages_tests::{Case, Given, cases};
use uuid::Uuid;

use relations::{
    a_model_relates_to_itself, keys_to_another_field_lead_where_they_should,
    one_to_ones_go_both_ways, two_keys_lead_to_one_model,
};
use rows::{
    deferred_fields_are_read_when_asked_for, nulls_of_subqueries_are_no_members,
    orders_follow_relations, through_models_are_followed,
};

pub(super) fn cases() -> Vec<Case> {
    cases![
        keys_to_another_field_lead_where_they_should.on(&CLUB),
        one_to_ones_go_both_ways.on(&CLUB),
        a_model_relates_to_itself.on(&CLUB),
        two_keys_lead_to_one_model.on(&CLUB),
        through_models_are_followed.on(&CLUB),
        deferred_fields_are_read_when_asked_for.on(&CLUB),
        orders_follow_relations.on(&CLUB),
        nulls_of_subqueries_are_no_members.on(&CLUB),
    ]
}

/// Anna trains Ben, who trains Cleo; Dan trains himself alone. Anna, Ben and Cleo are friends of each other but for Anna and
/// Cleo; Ben and Cleo follow Anna. Anna has badge 1 (locker A1), Ben badge 2 (no locker). Whites and blacks:
/// 1 Anna–Ben (reported by Ben's code), 2 Ben–Anna (by nobody), 3 Cleo–Anna (by Ben's code).
async fn fill(db: &Database) -> nuages::Result<()> {
    let member = |id: i64, code: &str, name: &str, rating: Option<i32>, boss: Option<i64>| {
        Member::builder()
            .id(id)
            .code(code)
            .name(name)
            .rating(rating)
            .boss(boss)
            .build()
    };
    let members = vec![
        member(1, "zz", "Anna", Some(2000), None)?,
        member(2, "yy", "Ben", Some(1500), Some(1))?,
        member(3, "xx", "Cleo", None, Some(2))?,
        member(4, "ww", "Dan", Some(1500), None)?,
    ];
    let members = Member::objects().bulk_create(db, members).await?;
    members[0].friends.add(db, [&members[1]]).await?;
    members[1].friends.add(db, [&members[2]]).await?;
    members[1].follows.add(db, [&members[0]]).await?;
    members[2].follows.add(db, [&members[0]]).await?;
    Locker::builder().number("A1").create(db).await?;
    Locker::builder().number("B2").create(db).await?;
    Badge::builder()
        .member(&members[0])
        .number(1)
        .locker("A1")
        .create(db)
        .await?;
    Badge::builder()
        .member(&members[1])
        .number(2)
        .create(db)
        .await?;
    let team = Team::builder().id(1).name("First").create(db).await?;
    Team::builder().id(2).name("Second").create(db).await?;
    for (board, member) in [(1, &members[1]), (2, &members[0])] {
        Membership::builder()
            .team(&team)
            .member(member)
            .board(board)
            .create(db)
            .await?;
    }
    for (nth, white, black, reporter) in [
        (1, 1, 2, Some("yy")),
        (2, 2, 1, None),
        (3, 3, 1, Some("yy")),
    ] {
        Game::builder()
            .id(Uuid::from_u128(nth))
            .white(white)
            .black(black)
            .reporter(reporter)
            .played_on(NaiveDate::from_ymd_opt(2024, 5, u32::try_from(nth).unwrap()).unwrap())
            .took((nth != 2).then(|| TimeDelta::minutes(i64::try_from(nth).unwrap() * 30)))
            .moves(format!("e{nth}"))
            .notes((nth == 1).then(|| "good".to_owned()))
            .create(db)
            .await?;
    }
    Ok(())
}

async fn names<T>(given: &Given, members: QuerySet<Member, T>) -> nuages::Result<Vec<String>> {
    let mut names = members
        .values_flat(|m| m.name())
        .order_by(|m| m.name())
        .all(&given.db)
        .await?;
    names.sort_unstable();
    Ok(names)
}

async fn games<T>(given: &Given, games: QuerySet<Game, T>) -> nuages::Result<Vec<u128>> {
    let mut keys: Vec<u128> = games
        .values_flat(|g| g.id())
        .all(&given.db)
        .await?
        .iter()
        .map(Uuid::as_u128)
        .collect();
    keys.sort_unstable();
    Ok(keys)
}

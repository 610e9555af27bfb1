//! Through models, deferred fields, orders over relations, and NULLs among the values of subqueries.

use nuages::prelude::*;
use nuages::queryset::QuerySet;
use nuages_tests::club::{Badge, Game, Member, Membership, Team};
use nuages_tests::{Given, Outcome};
use uuid::Uuid;

use super::{fill, names};

pub(super) async fn through_models_are_followed(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    assert_eq!(
        names(
            &given,
            Member::objects().filter(|m| m.teams().name().eq("First"))
        )
        .await?,
        ["Anna", "Ben"]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().exclude(|m| m.teams().name().eq("First"))
        )
        .await?,
        ["Cleo", "Dan"]
    );
    let second_board = Member::objects().filter(|m| {
        let places = m.via::<Membership, _>(|p| p.member());
        places.board().eq(2) & places.team().name().eq("First")
    });
    assert_eq!(names(&given, second_board).await?, ["Anna"]);
    let teams = Team::objects()
        .prefetch_related(|t| t.members().badge())
        .all(db)
        .await?;
    let first: Vec<&str> = teams[0]
        .members
        .get()?
        .iter()
        .map(|m| m.name.as_str())
        .collect();
    assert_eq!(first, ["Anna", "Ben"]);
    assert_eq!(
        teams[0].members.get()?[1].badge.get()?.map(|b| b.number),
        Some(2)
    );
    assert!(teams[1].members.get()?.is_empty());
    let sliced = Team::objects()
        .prefetch_related(|t| {
            t.members()
                .with(Member::objects().order_by(|m| m.rating().desc()).limit(1))
        })
        .all(db)
        .await?;
    assert_eq!(sliced[0].members.get()?[0].name, "Anna");
    assert_eq!(sliced[0].members.get()?.len(), 1);
    // A query of its own that looks through the same relation.
    let filtered = Team::objects()
        .prefetch_related(|t| {
            t.members()
                .with(Member::objects().filter(|m| m.teams().name().eq("Second")))
        })
        .all(db)
        .await?;
    assert!(filtered[0].members.get()?.is_empty());
    let twice = Member::objects()
        .prefetch_related(|m| {
            let of_many = Team::objects()
                .filter(|t| t.members().rating().gt(0))
                .distinct()
                .limit(1);
            m.teams().with(of_many)
        })
        .order_by(|m| m.id())
        .all(db)
        .await?;
    assert_eq!(
        twice[0].teams.get()?.len(),
        1,
        "two members match, it is one team"
    );
    Ok(())
}

pub(super) async fn deferred_fields_are_read_when_asked_for(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let rows = Game::objects()
        .order_by(|g| g.id())
        .defer(|g| g.moves())
        .all(db)
        .await?;
    assert!(rows[0].moves.get().is_err());
    assert_eq!(rows[0].notes.get()?.as_deref(), Some("good"));
    assert_eq!(rows[0].took, Some(TimeDelta::minutes(30)));
    let rows = Game::objects()
        .order_by(|g| g.id())
        .only(|g| g.moves())
        .all(db)
        .await?;
    assert_eq!(rows[1].moves.get()?, "e2");
    assert!(rows[0].notes.get().is_err());
    // Beside joined models, annotations and prefetches, and in a prefetch itself.
    let rows = Game::objects()
        .defer(|g| (g.moves(), g.notes()))
        .annotate(|g| g.white().name().upper())
        .select_related(|g| g.black())
        .prefetch_related(|g| g.white().badge())
        .order_by(|g| g.id())
        .all(db)
        .await?;
    let (game, white) = &rows[2];
    assert_eq!(
        (white.as_str(), game.black.get()?.name.as_str()),
        ("CLEO", "Anna")
    );
    assert!(game.white.get()?.badge.get()?.is_none());
    let members = Member::objects()
        .prefetch_related(|m| {
            m.as_black().with(
                Game::objects()
                    .defer(|g| (g.moves(), g.notes()))
                    .order_by(|g| g.id()),
            )
        })
        .order_by(|m| m.id())
        .all(db)
        .await?;
    let games = members[0].as_black.get()?;
    assert_eq!(games.len(), 2);
    assert_eq!(games[1].took, Some(TimeDelta::minutes(90)));
    assert!(games[1].moves.get().is_err());
    let found = Game::objects()
        .filter(|g| g.moves().eq("e3"))
        .get(db)
        .await?;
    assert_eq!(found.id, Uuid::from_u128(3));
    assert_eq!(found.moves.get()?, "e3");
    Ok(())
}

pub(super) async fn orders_follow_relations(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    // A badge's order is its member's, the other way round.
    let badges: Vec<i32> = Badge::objects()
        .all(db)
        .await?
        .iter()
        .map(|b| b.number)
        .collect();
    assert_eq!(badges, [2, 1]);
    let badges: Vec<i32> = Badge::objects()
        .reverse()
        .all(db)
        .await?
        .iter()
        .map(|b| b.number)
        .collect();
    assert_eq!(badges, [1, 2]);
    let badges = Badge::objects()
        .order_by_name("member")?
        .values_flat(|b| b.number())
        .all(db)
        .await?;
    assert_eq!(badges, [1, 2]);
    assert_eq!(Badge::objects().order_by_name("?")?.all(db).await?.len(), 2);
    let latest = Member::objects().latest(db).await?;
    assert_eq!(latest.name, "Dan");
    let earliest = Member::objects().earliest(db).await?;
    assert_eq!(earliest.name, "Anna");
    let last = Team::objects().last(db).await?.ok_or("a team")?;
    assert_eq!(last.name, "Second");
    let by_rating: Vec<String> = Member::objects()
        .order_by(|m| (m.rating().desc().nulls_last(), m.name().desc()))
        .values_flat(|m| m.name())
        .all(db)
        .await?;
    assert_eq!(by_rating, ["Anna", "Dan", "Ben", "Cleo"]);
    let reversed: Vec<String> = Member::objects()
        .order_by(|m| (m.rating().desc().nulls_last(), m.name().desc()))
        .reverse()
        .values_flat(|m| m.name())
        .all(db)
        .await?;
    assert_eq!(reversed, ["Cleo", "Ben", "Dan", "Anna"]);
    Ok(())
}

pub(super) async fn nulls_of_subqueries_are_no_members(given: Given) -> Outcome {
    fill(&given.db).await?;
    let others = |query: QuerySet<Member>| names(&given, query);
    // Every one of these queries finds a NULL among its values.
    let bosses = Member::objects().values_flat(|m| m.boss_id());
    assert_eq!(
        others(Member::objects().filter(|m| m.id().in_(bosses.clone()))).await?,
        ["Anna", "Ben"]
    );
    assert_eq!(
        others(Member::objects().exclude(|m| m.id().in_(bosses))).await?,
        ["Cleo", "Dan"]
    );
    let whites = Member::objects().values_flat(|m| m.pupils().id());
    assert_eq!(
        others(Member::objects().exclude(|m| m.id().in_(whites))).await?,
        ["Anna", "Dan"]
    );
    let computed = Member::objects().values_flat(|m| m.boss_id() + 0);
    assert_eq!(
        others(Member::objects().exclude(|m| m.id().in_(computed))).await?,
        ["Cleo", "Dan"]
    );
    let sliced = Member::objects()
        .order_by(|m| m.id())
        .values_flat(|m| m.boss_id())
        .limit(3);
    assert_eq!(
        others(Member::objects().exclude(|m| m.id().in_(sliced))).await?,
        ["Cleo", "Dan"]
    );
    let grouped = Member::objects()
        .values(|m| (m.boss_id(), m.id().count()))
        .values_flat(|m| m.boss_id());
    assert_eq!(
        others(Member::objects().exclude(|m| m.id().in_(grouped))).await?,
        ["Cleo", "Dan"]
    );
    let best = Member::objects().values_flat(|m| m.pupils().rating().max());
    assert_eq!(
        others(Member::objects().exclude(|m| m.rating().in_(best))).await?,
        ["Anna", "Cleo"]
    );
    Ok(())
}

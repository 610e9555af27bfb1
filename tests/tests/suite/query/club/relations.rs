//! Keys to another field, one-to-ones, relations to self, and two to one model.

use nuages::prelude::*;
use nuages::queryset::QuerySet;
use nuages_tests::club::{Badge, Game, Locker, Member};
use nuages_tests::{Given, Outcome};
use uuid::Uuid;

use super::{fill, games, names};

pub(super) async fn keys_to_another_field_lead_where_they_should(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let ben = Member::objects()
        .filter(|m| m.name().eq("Ben"))
        .get(db)
        .await?;
    assert_eq!(
        games(&given, Game::objects().filter(|g| g.reporter().eq(&ben))).await?,
        [1, 3]
    );
    assert_eq!(
        games(&given, Game::objects().filter(|g| g.reporter().eq("yy"))).await?,
        [1, 3]
    );
    assert_eq!(
        games(
            &given,
            Game::objects().filter(|g| g.reporter().name().eq("Ben"))
        )
        .await?,
        [1, 3]
    );
    assert_eq!(
        games(&given, Game::objects().filter(|g| g.reporter().id().eq(2))).await?,
        [1, 3]
    );
    assert_eq!(
        games(&given, Game::objects().filter(|g| g.reporter_id().eq("yy"))).await?,
        [1, 3]
    );
    assert_eq!(
        games(
            &given,
            Game::objects().exclude(|g| g.reporter().name().eq("Ben"))
        )
        .await?,
        [2]
    );
    assert_eq!(
        games(&given, Game::objects().filter(|g| g.reporter().in_([&ben]))).await?,
        [1, 3]
    );
    let strong = Member::objects().filter(|m| m.name().eq("Ben"));
    assert_eq!(
        games(
            &given,
            Game::objects().filter(|g| g.reporter().in_query(strong.clone()))
        )
        .await?,
        [1, 3]
    );
    assert_eq!(
        games(
            &given,
            Game::objects().exclude(|g| g.reporter().in_query(strong))
        )
        .await?,
        [2]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().filter(|m| m.reported().id().eq(Uuid::from_u128(1)))
        )
        .await?,
        ["Ben"]
    );
    assert_eq!(
        names(&given, Member::objects().filter(|m| m.reported().is_null())).await?,
        ["Anna", "Cleo", "Dan"]
    );
    let rows = Member::objects()
        .annotate(|m| m.reported().count())
        .order_by(|m| m.id())
        .all(db)
        .await?;
    let counts: Vec<i64> = rows.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [0, 2, 0, 0]);
    let recording = db.record();
    let all = Game::objects().order_by(|g| g.id()).all(db).await?;
    let reporter = all[0].reporter.as_ref().ok_or("a reporter")?;
    assert_eq!(reporter.load(db).await?.name, "Ben");
    assert_eq!(
        all[2].reporter.as_ref().ok_or("a reporter")?.get()?.name,
        "Ben"
    );
    assert_eq!(recording.count(), 2);
    let joined = Game::objects()
        .select_related(|g| g.reporter())
        .order_by(|g| g.id())
        .all(db)
        .await?;
    assert_eq!(
        joined[2].reporter.as_ref().ok_or("a reporter")?.get()?.name,
        "Ben"
    );
    let members = Member::objects()
        .prefetch_related(|m| m.reported())
        .order_by(|m| m.id())
        .all(db)
        .await?;
    assert_eq!(members[1].reported.get()?.len(), 2);
    // A key that was given by hand is one of the field that the relation leads to.
    let fresh = Game::builder()
        .id(Uuid::from_u128(9))
        .white(1)
        .black(2)
        .reporter("xx")
        .played_on(NaiveDate::default())
        .moves("d4")
        .notes(None)
        .create(db)
        .await?;
    assert_eq!(
        fresh
            .reporter
            .as_ref()
            .ok_or("a reporter")?
            .load(db)
            .await?
            .name,
        "Cleo"
    );
    let by_object = Game::builder()
        .id(Uuid::from_u128(10))
        .white(1)
        .black(2)
        .reporter(&ben)
        .played_on(NaiveDate::default())
        .moves("d4")
        .notes(None)
        .build()?;
    assert_eq!(
        by_object
            .reporter
            .as_ref()
            .ok_or("a reporter")?
            .load(db)
            .await?
            .name,
        "Ben"
    );
    let mut changed = fresh.clone();
    changed.reporter = Some(ForeignKey::from_key("ww".to_owned()));
    changed.save(db).await?;
    assert_eq!(
        changed
            .reporter
            .as_ref()
            .ok_or("a reporter")?
            .load(db)
            .await?
            .name,
        "Dan"
    );
    changed.refresh(db).await?;
    assert_eq!(
        changed
            .reporter
            .as_ref()
            .ok_or("a reporter")?
            .load(db)
            .await?
            .name,
        "Dan"
    );
    Ok(())
}

pub(super) async fn one_to_ones_go_both_ways(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    assert_eq!(
        names(
            &given,
            Member::objects().filter(|m| m.badge().number().eq(2))
        )
        .await?,
        ["Ben"]
    );
    assert_eq!(
        names(&given, Member::objects().filter(|m| m.badge().is_null())).await?,
        ["Cleo", "Dan"]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().exclude(|m| m.badge().number().eq(2))
        )
        .await?,
        ["Anna", "Cleo", "Dan"]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().filter(|m| m.badge().locker().number().eq("A1"))
        )
        .await?,
        ["Anna"]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().exclude(|m| m.badge().locker().is_null())
        )
        .await?,
        ["Anna"]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().filter(|m| m.badge().locker().is_null())
        )
        .await?,
        ["Ben", "Cleo", "Dan"]
    );
    let recording = db.record();
    let joined = Member::objects()
        .select_related(|m| (m.badge().locker(), m.boss().badge()))
        .order_by(|m| m.id())
        .all(db)
        .await?;
    let numbers: Vec<Option<i32>> = joined
        .iter()
        .map(|m| Ok(m.badge.get()?.map(|b| b.number)))
        .collect::<nuages::Result<_>>()?;
    assert_eq!(numbers, [Some(1), Some(2), None, None]);
    let locker = joined[0]
        .badge
        .get()?
        .and_then(|b| b.locker.as_ref())
        .ok_or("a locker")?;
    assert_eq!(locker.get()?.number, "A1");
    let boss = joined[1].boss.as_ref().ok_or("a boss")?.get()?;
    assert_eq!(boss.badge.get()?.map(|b| b.number), Some(1));
    assert_eq!(recording.count(), 1);
    let prefetched = Member::objects()
        .prefetch_related(|m| m.badge().locker())
        .order_by(|m| m.id())
        .all(db)
        .await?;
    assert_eq!(recording.count(), 4);
    assert_eq!(prefetched[1].badge.get()?.map(|b| b.number), Some(2));
    assert!(prefetched[3].badge.get()?.is_none());
    let lockers = Locker::objects().order_by(|l| l.number()).all(db).await?;
    assert_eq!(lockers[0].badge.load(db).await?.map(|b| b.number), Some(1));
    assert!(lockers[1].badge.get()?.is_none());
    assert_eq!(recording.count(), 6);
    let of_lockers = Locker::objects()
        .select_related(|l| l.badge().member())
        .order_by(|l| l.number())
        .all(db)
        .await?;
    assert_eq!(
        of_lockers[0]
            .badge
            .get()?
            .ok_or("a badge")?
            .member
            .get()?
            .name,
        "Anna"
    );
    let badges = Badge::objects()
        .select_related(|b| (b.member(), b.locker()))
        .order_by(|b| b.number())
        .all(db)
        .await?;
    assert_eq!(badges[1].member.get()?.name, "Ben");
    assert!(badges[1].locker.is_none());
    let bulk = Locker::objects()
        .in_bulk(db, ["A1".to_owned(), "none".to_owned()])
        .await?;
    assert_eq!(bulk.len(), 1);
    let by_member = Badge::objects().in_bulk(db, [2]).await?;
    assert_eq!(by_member[&2].number, 2);
    Ok(())
}

pub(super) async fn a_model_relates_to_itself(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    let all = |members: QuerySet<Member>| names(&given, members);
    assert_eq!(
        all(Member::objects().filter(|m| m.boss().name().eq("Anna"))).await?,
        ["Ben"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.boss().boss().name().eq("Anna"))).await?,
        ["Cleo"]
    );
    assert_eq!(
        all(Member::objects().exclude(|m| m.boss().boss().name().eq("Anna"))).await?,
        ["Anna", "Ben", "Dan"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.pupils().pupils().name().eq("Cleo"))).await?,
        ["Anna"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.friends().name().eq("Ben"))).await?,
        ["Anna", "Cleo"]
    );
    assert_eq!(
        all(Member::objects().exclude(|m| m.friends().name().eq("Ben"))).await?,
        ["Ben", "Dan"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.follows().name().eq("Anna"))).await?,
        ["Ben", "Cleo"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.followers().name().eq("Ben"))).await?,
        ["Anna"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.followers().id().eq(2))).await?,
        ["Anna"]
    );
    assert_eq!(
        all(Member::objects().filter(|m| m.friends().follows().name().eq("Anna"))).await?,
        ["Anna", "Ben", "Cleo"]
    );
    let counts = Member::objects()
        .annotate(|m| {
            (
                m.friends().count(),
                m.follows().count(),
                m.followers().count(),
                m.pupils().count(),
            )
        })
        .order_by(|m| m.id())
        .all(db)
        .await?;
    let counts: Vec<_> = counts.into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(
        counts,
        [(1, 0, 2, 1), (2, 1, 0, 1), (1, 1, 0, 0), (0, 0, 0, 0)]
    );
    let recording = db.record();
    let rows = Member::objects()
        .prefetch_related(|m| (m.friends(), m.follows(), m.followers(), m.pupils().pupils()))
        .order_by(|m| m.id())
        .all(db)
        .await?;
    assert_eq!(recording.count(), 6);
    let of = |members: &[std::sync::Arc<Member>]| -> Vec<String> {
        members.iter().map(|m| m.name.clone()).collect()
    };
    assert_eq!(of(rows[1].friends.get()?), ["Anna", "Cleo"]);
    assert_eq!(of(rows[0].followers.get()?), ["Ben", "Cleo"]);
    assert_eq!(of(rows[0].follows.get()?), Vec::<String>::new());
    assert_eq!(of(rows[2].follows.get()?), ["Anna"]);
    assert_eq!(rows[0].pupils.get()?[0].pupils.get()?[0].name, "Cleo");
    let chain = Member::objects()
        .select_related(|m| m.boss().boss())
        .order_by(|m| m.id())
        .all(db)
        .await?;
    let boss = chain[2].boss.as_ref().ok_or("a boss")?.get()?;
    assert_eq!(boss.boss.as_ref().ok_or("a boss")?.get()?.name, "Anna");
    assert!(chain[0].boss.is_none());
    let loaded = Member::objects().order_by(|m| m.id()).all(db).await?;
    assert_eq!(of(loaded[0].followers.load(db).await?), ["Ben", "Cleo"]);
    assert_eq!(of(loaded[1].friends.load(db).await?), ["Anna", "Cleo"]);
    let higher = Member::objects().filter(|m| m.boss().rating().gt(m.rating()));
    assert_eq!(all(higher).await?, ["Ben"]);
    Ok(())
}

pub(super) async fn two_keys_lead_to_one_model(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = &given.db;
    assert_eq!(
        games(
            &given,
            Game::objects().filter(|g| g.white().name().eq("Anna") & g.black().name().eq("Ben"))
        )
        .await?,
        [1]
    );
    assert_eq!(
        names(
            &given,
            Member::objects().filter(|m| m.as_white().black().name().eq("Anna"))
        )
        .await?,
        ["Ben", "Cleo"]
    );
    let counts = Member::objects()
        .annotate(|m| (m.as_white().count(), m.as_black().count()))
        .order_by(|m| m.id())
        .all(db)
        .await?;
    let counts: Vec<_> = counts.into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(counts, [(1, 2), (1, 1), (1, 0), (0, 0)]);
    let joined = Game::objects()
        .select_related(|g| (g.white().boss(), g.black()))
        .order_by(|g| g.id())
        .all(db)
        .await?;
    assert_eq!(
        (
            joined[2].white.get()?.name.as_str(),
            joined[2].black.get()?.name.as_str()
        ),
        ("Cleo", "Anna")
    );
    assert_eq!(
        joined[2]
            .white
            .get()?
            .boss
            .as_ref()
            .ok_or("a boss")?
            .get()?
            .name,
        "Ben"
    );
    let grouped: Vec<(String, String, i64)> = Game::objects()
        .values(|g| (g.white().name(), g.black().name(), g.id().count()))
        .order_by(|g| (g.white().name(), g.black().name()))
        .all(db)
        .await?;
    assert_eq!(grouped.len(), 3);
    let sum: Option<i64> = Member::objects()
        .aggregate(db, |m| m.as_black().white().rating().sum())
        .await?;
    assert_eq!(
        sum,
        Some(3500),
        "2000 against Ben, 1500 and none against Anna"
    );
    Ok(())
}

//! Keys of the user's own types, and relations that hold other fields than primary keys.

use nuages::meta::{KeyType, ModelMeta};
use nuages::prelude::*;
use nuages::{FieldKind, FieldType, RowCursor, Value};
use nuages_tests::models::create_tables;
use nuages_tests::{Area, Given, Outcome, Tables, cases};

static KEYS: Tables = Tables {
    name: "keys",
    create: |db| Box::pin(async move { create_tables(&db, &models()).await }),
};

fn models() -> Vec<&'static ModelMeta> {
    vec![
        Account::meta(),
        Page::meta(),
        Visit::meta(),
        Circle::meta(),
        Place::meta(),
    ]
}

/// The key of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct AccountId(i64);

impl FieldType for AccountId {
    type Base = AccountId;
    type Nullable = Option<AccountId>;
    const KIND: FieldKind = FieldKind::BigInteger;

    fn to_value(&self) -> nuages::Result<Value> {
        self.0.to_value()
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> nuages::Result<Option<Self>> {
        Ok(i64::read(row, column)?.map(AccountId))
    }
}

impl KeyType for AccountId {}

/// A name in addresses: small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Slug(String);

impl FieldType for Slug {
    type Base = Slug;
    type Nullable = Option<Slug>;
    const KIND: FieldKind = FieldKind::Slug;
    const MAX_LENGTH: Option<u32> = Some(50);

    fn to_value(&self) -> nuages::Result<Value> {
        self.0.to_value()
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> nuages::Result<Option<Self>> {
        Ok(String::read(row, column)?.map(Slug))
    }
}

impl KeyType for Slug {}

fn slug(text: &str) -> Slug {
    Slug(text.to_owned())
}

#[derive(Model, Debug, Clone)]
#[model(app = "keys", ordering = ["id"])]
struct Account {
    #[field(primary_key, auto)]
    id: AccountId,
    #[field(unique)]
    handle: Slug,
    #[related(Visit::account)]
    visits: HasMany<Visit>,
    #[related(Circle::members)]
    circles: ManyToMany<Circle>,
    fans: ManyToMany<Page>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "keys", ordering = ["slug"])]
struct Page {
    #[field(primary_key)]
    slug: Slug,
    #[field(max_length = 50)]
    title: String,
}

#[derive(Model, Debug, Clone)]
#[model(app = "keys", ordering = ["id"])]
struct Visit {
    id: i64,
    #[field(on_delete = CASCADE)]
    account: ForeignKey<Account>,
    #[field(on_delete = SET_NULL)]
    page: Option<ForeignKey<Page>>,
    #[field(on_delete = SET_NULL, to_field = "handle", related_name = "advised")]
    adviser: Option<ForeignKey<Account, Slug>>,
}

/// Its places hold handles and names, not primary keys.
#[derive(Model, Debug, Clone)]
#[model(app = "keys", ordering = ["id"])]
struct Circle {
    id: i64,
    #[field(unique, max_length = 50)]
    name: String,
    #[field(through = Place)]
    members: ManyToMany<Account>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "keys")]
struct Place {
    id: i64,
    #[field(on_delete = CASCADE, to_field = "name")]
    circle: ForeignKey<Circle, String>,
    #[field(on_delete = CASCADE, to_field = "handle")]
    member: ForeignKey<Account, Slug>,
    #[field(default = 1)]
    rank: i32,
}

pub(super) fn area() -> Area {
    Area::new(
        "keys",
        cases![
            keys_of_own_types_lead_to_their_objects.on(&KEYS),
            keys_of_own_types_are_compared.on(&KEYS),
            rows_between_may_hold_other_fields.on(&KEYS),
        ],
    )
}

async fn accounts(db: &Database) -> nuages::Result<(Account, Account)> {
    let anna = Account::builder().handle(slug("anna")).create(db).await?;
    let ben = Account::builder().handle(slug("ben")).create(db).await?;
    Ok((anna, ben))
}

async fn keys_of_own_types_lead_to_their_objects(given: Given) -> Outcome {
    let db = &given.db;
    let (anna, ben) = accounts(db).await?;
    assert_ne!(anna.id, AccountId(0), "the database numbers it");
    assert_ne!(anna.id, ben.id);
    let home = Page::builder()
        .slug(slug("home"))
        .title("Home")
        .create(db)
        .await?;
    Visit::builder()
        .account(&anna)
        .page(&home)
        .adviser(&ben)
        .create(db)
        .await?;
    Visit::builder()
        .account(ben.id)
        .page(slug("home"))
        .adviser(Some(slug("anna")))
        .create(db)
        .await?;
    Visit::builder()
        .account(ForeignKey::from(anna.id))
        .create(db)
        .await?;
    let visits = Visit::objects()
        .select_related(|v| (v.account(), v.page()))
        .all(db)
        .await?;
    assert_eq!(visits[0].account.get()?.handle, slug("anna"));
    assert_eq!(visits[1].page.as_ref().unwrap().get()?.title, "Home");
    assert!(visits[2].page.is_none());
    let adviser = visits[1].adviser.as_ref().unwrap();
    assert_eq!(adviser.load(db).await?.id, anna.id);
    let with_visits = Account::objects()
        .prefetch_related(|a| a.visits())
        .all(db)
        .await?;
    assert_eq!(with_visits[0].visits.get()?.len(), 2);
    let found = Account::objects()
        .in_bulk(db, [anna.id, AccountId(-1)])
        .await?;
    assert_eq!(found.len(), 1);
    ben.fans.add(db, [&home]).await?;
    ben.fans.add(db, [slug("home")]).await?;
    let fans = Account::objects().filter(|a| a.fans().eq(slug("home")));
    assert_eq!(fans.get(db).await?.id, ben.id);
    let deleted = Account::objects()
        .filter(|a| a.id().eq(anna.id))
        .delete(db)
        .await?;
    assert_eq!(deleted.of::<Visit>(), 2);
    assert!(Visit::objects().get(db).await?.adviser.is_none());
    Ok(())
}

async fn keys_of_own_types_are_compared(given: Given) -> Outcome {
    let db = &given.db;
    let (anna, ben) = accounts(db).await?;
    for account in [&anna, &anna, &ben] {
        Visit::builder()
            .account(account)
            .adviser(&ben)
            .create(db)
            .await?;
    }
    let count = async |visits: QuerySet<Visit>| visits.count(db).await;
    let all = Visit::objects;
    assert_eq!(count(all().filter(|v| v.account().eq(anna.id))).await?, 2);
    assert_eq!(
        count(all().filter(|v| v.account_id().eq(anna.id))).await?,
        2
    );
    assert_eq!(count(all().filter(|v| v.account().ne(&anna))).await?, 1);
    assert_eq!(
        count(all().filter(|v| v.account().in_([anna.id, ben.id]))).await?,
        3
    );
    assert_eq!(
        count(all().filter(|v| v.account_id().in_([ben.id]))).await?,
        1
    );
    assert_eq!(
        count(all().filter(|v| v.adviser().eq(slug("ben")))).await?,
        3
    );
    assert_eq!(count(all().filter(|v| v.adviser().eq("ben"))).await?, 3);
    assert_eq!(count(all().filter(|v| v.adviser().eq(&ben))).await?, 3);
    assert_eq!(
        count(all().lookup("account__id", anna.id.0)?).await?,
        2,
        "by name"
    );
    let moved = all()
        .filter(|v| v.account().eq(anna.id))
        .update(db, |v| {
            (v.account().set(ben.id), v.adviser().set(slug("anna")))
        })
        .await?;
    assert_eq!(moved, 2);
    let per_account: Vec<(AccountId, i64)> = all()
        .values(|v| (v.account_id(), v.id().count()))
        .all(db)
        .await?;
    assert_eq!(per_account, [(ben.id, 3)]);
    Ok(())
}

async fn rows_between_may_hold_other_fields(given: Given) -> Outcome {
    let db = &given.db;
    let (anna, ben) = accounts(db).await?;
    let circle = Circle::builder().name("chess").create(db).await?;
    circle.members.add(db, [&anna]).await?;
    circle.members.add(db, [&anna, &ben]).await?;
    let mut places = Place::objects()
        .values(|p| (p.circle_id(), p.member_id(), p.rank()))
        .all(db)
        .await?;
    places.sort_by_key(|place| place.1.0.clone());
    let chess = || "chess".to_owned();
    assert_eq!(
        places,
        [(chess(), slug("anna"), 1), (chess(), slug("ben"), 1)]
    );
    assert_eq!(circle.members.load(db).await?.len(), 2);
    ben.circles.remove(db, [&circle]).await?;
    assert_eq!(circle.members.objects().get(db).await?.id, anna.id);
    circle.members.set(db, [slug("ben")]).await?;
    let loaded = Circle::objects()
        .prefetch_related(|c| c.members())
        .get(db)
        .await?;
    assert_eq!(loaded.members.get()?[0].id, ben.id);
    let go = ben.circles.create(db, Circle::builder().name("go")).await?;
    assert_eq!(ben.circles.load(db).await?.len(), 2);
    assert_eq!(go.members.objects().get(db).await?.id, ben.id);
    ben.circles.clear(db).await?;
    assert_eq!(Place::objects().count(db).await?, 0);
    Ok(())
}

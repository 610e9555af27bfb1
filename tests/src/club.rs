//! A chess club: relations of every kind, and keys of every type.

use nuages::meta::ModelMeta;
use nuages::prelude::*;
use uuid::Uuid;

/// All of them.
pub fn models() -> Vec<&'static ModelMeta> {
    vec![
        Member::meta(),
        Locker::meta(),
        Badge::meta(),
        Team::meta(),
        Membership::meta(),
        Game::meta(),
    ]
}

/// Who plays.
#[derive(Model, Debug, Clone)]
#[model(app = "club", ordering = ["name"], get_latest_by = "name")]
pub struct Member {
    /// The key.
    pub id: i64,
    /// What games are reported under.
    #[field(unique, max_length = 8)]
    pub code: String,
    /// The name.
    #[field(max_length = 50)]
    pub name: String,
    /// The strength; beginners have none.
    pub rating: Option<i32>,
    /// Who trains this one.
    #[field(on_delete = SET_NULL)]
    pub boss: Option<ForeignKey<Self>>,
    /// Friends of each other.
    pub friends: ManyToMany<Self>,
    /// Whose games this one follows.
    #[field(symmetrical = false)]
    pub follows: ManyToMany<Member>,
    /// Who follows this one's games.
    #[related(Member::follows)]
    pub followers: ManyToMany<Member>,
    /// Who is trained by this one.
    #[related(Member::boss)]
    pub pupils: HasMany<Member>,
    /// Games with the white pieces.
    #[related(Game::white)]
    pub as_white: HasMany<Game>,
    /// Games with the black pieces.
    #[related(Game::black)]
    pub as_black: HasMany<Game>,
    /// Games that this one reported.
    #[related(Game::reporter)]
    pub reported: HasMany<Game>,
    /// The badge.
    #[related(Badge::member)]
    pub badge: HasOne<Badge>,
    /// The teams.
    #[related(Team::members)]
    pub teams: ManyToMany<Team>,
}

/// A locker, whose key is text.
#[derive(Model, Debug, Clone)]
#[model(app = "club")]
pub struct Locker {
    /// The key.
    #[field(primary_key, max_length = 10)]
    pub number: String,
    /// Whose it is.
    #[related(Badge::locker)]
    pub badge: HasOne<Badge>,
}

/// A badge, whose key is its member.
#[derive(Model, Debug, Clone)]
#[model(app = "club", ordering = ["-member"])]
pub struct Badge {
    /// The key.
    #[field(primary_key, on_delete = CASCADE)]
    pub member: OneToOne<Member>,
    /// The number on it.
    pub number: i32,
    /// The locker that it opens.
    #[field(on_delete = SET_NULL)]
    pub locker: Option<OneToOne<Locker>>,
}

/// A team.
#[derive(Model, Debug, Clone)]
#[model(app = "club", ordering = ["name"])]
pub struct Team {
    /// The key.
    pub id: i16,
    /// The name.
    #[field(max_length = 50)]
    pub name: String,
    /// Who plays in it.
    #[field(through = Membership)]
    pub members: ManyToMany<Member>,
}

/// A place in a team.
#[derive(Model, Debug, Clone)]
#[model(app = "club")]
pub struct Membership {
    /// The key.
    pub id: i64,
    /// In which.
    #[field(on_delete = CASCADE)]
    pub team: ForeignKey<Team>,
    /// Of whom.
    #[field(on_delete = CASCADE)]
    pub member: ForeignKey<Member>,
    /// On which board.
    pub board: i32,
}

/// A game, whose key is a UUID.
#[derive(Model, Debug, Clone)]
#[model(app = "club")]
pub struct Game {
    /// The key.
    #[field(primary_key)]
    pub id: Uuid,
    /// With the white pieces.
    #[field(on_delete = CASCADE)]
    pub white: ForeignKey<Member>,
    /// With the black pieces.
    #[field(on_delete = CASCADE)]
    pub black: ForeignKey<Member>,
    /// Who reported it, by code.
    #[field(on_delete = SET_NULL, to_field = "code")]
    pub reporter: Option<ForeignKey<Member, String>>,
    /// When.
    pub played_on: NaiveDate,
    /// How long it took.
    pub took: Option<TimeDelta>,
    /// All of its moves.
    pub moves: Deferred<String>,
    /// What was said of it.
    pub notes: Deferred<Option<String>>,
}

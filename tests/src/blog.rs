//! The blog that tests and the book speak of: its models as the design has them.

use nuages::meta::ModelMeta;
use nuages::prelude::*;

/// All of them.
pub fn models() -> Vec<&'static ModelMeta> {
    vec![
        Author::meta(),
        Category::meta(),
        Tag::meta(),
        Post::meta(),
        Comment::meta(),
    ]
}

/// Who writes.
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["name"])]
pub struct Author {
    /// The key.
    pub id: i64,
    /// The name.
    #[field(max_length = 100)]
    pub name: String,
    /// The address.
    #[field(unique)]
    pub email: String,
    /// What was written.
    #[related(Post::author)]
    pub posts: HasMany<Post>,
}

/// What posts are about.
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["name"])]
pub struct Category {
    /// The key.
    pub id: i64,
    /// The name.
    #[field(max_length = 50, unique)]
    pub name: String,
    /// The posts about it.
    #[related(Post::category)]
    pub posts: HasMany<Post>,
}

/// A word on a post.
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["name"])]
pub struct Tag {
    /// The key.
    pub id: i64,
    /// The word.
    #[field(max_length = 50, unique)]
    pub name: String,
    /// The posts that bear it.
    #[related(Post::tags)]
    pub posts: ManyToMany<Post>,
}

/// How far a post is.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being written.
    Draft,
    /// Being read by the editor.
    InReview,
    /// To be read by all.
    Published,
}

/// What is read.
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["-created_at"], index(fields = ["status", "-created_at"]),
        check(name = "views_not_negative", |p| p.view_count().gte(0)))]
pub struct Post {
    /// The key.
    pub id: i64,
    /// The title.
    #[field(max_length = 200)]
    pub title: String,
    /// Its name in addresses.
    #[field(max_length = 200, unique)]
    pub slug: String,
    /// Who wrote it.
    #[field(on_delete = CASCADE)]
    pub author: ForeignKey<Author>,
    /// What it is about.
    #[field(on_delete = SET_NULL)]
    pub category: Option<ForeignKey<Category>>,
    /// The words on it.
    pub tags: ManyToMany<Tag>,
    /// The text.
    pub body: String,
    /// How far it is.
    #[field(default = Status::Draft)]
    pub status: Status,
    /// How often it was read.
    #[field(default = 0)]
    pub view_count: i32,
    /// When it became readable.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was begun.
    #[field(auto_now_add)]
    pub created_at: DateTime<Utc>,
    /// When it was last saved.
    #[field(auto_now)]
    pub updated_at: DateTime<Utc>,
}

/// What readers say.
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["id"])]
pub struct Comment {
    /// The key.
    pub id: i64,
    /// On what.
    #[field(on_delete = CASCADE, related_name = "comments")]
    pub post: ForeignKey<Post>,
    /// What it answers.
    #[field(on_delete = CASCADE)]
    pub parent: Option<ForeignKey<Self>>,
    /// Who says it; a guest is nobody.
    #[field(on_delete = SET_NULL)]
    pub author: Option<ForeignKey<Author>>,
    /// What is said.
    pub body: String,
    /// The answers.
    #[related(Comment::parent)]
    pub answers: HasMany<Comment>,
}

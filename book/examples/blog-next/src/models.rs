//! The models of the blog after the change that the chapter "A change, with data" makes.

// ANCHOR: author
use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["name"])]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    #[field(unique)]
    pub email: String,
    #[related(Post::author)]
    pub posts: HasMany<Post>,
}
// ANCHOR_END: author

// ANCHOR: category
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["name"])]
pub struct Category {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
    #[related(Post::category)]
    pub posts: HasMany<Post>,
}

#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["name"])]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
    #[related(Post::tags)]
    pub posts: ManyToMany<Post>,
}
// ANCHOR_END: category

// ANCHOR: status
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Draft,
    InReview,
    Published,
}
// ANCHOR_END: status

// ANCHOR: post
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["-created_at"], index(fields = ["status", "-created_at"]),
        check(name = "views_not_negative", |p| p.view_count().gte(0)))]
pub struct Post {
    pub id: i64,
    #[field(max_length = 200)]
    pub title: String,
    #[field(max_length = 200, unique)]
    pub slug: String,
    #[field(on_delete = CASCADE)]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SET_NULL)]
    pub category: Option<ForeignKey<Category>>,
    pub tags: ManyToMany<Tag>,
    // ANCHOR: change
    pub text: String, // was `body`
    #[field(max_length = 300)]
    pub summary: String, // is new
    // ANCHOR_END: change
    #[field(default = Status::Draft)]
    pub status: Status,
    #[field(default = 0)]
    pub view_count: i32,
    pub published_at: Option<DateTime<Utc>>,
    #[field(auto_now_add)]
    pub created_at: DateTime<Utc>,
    #[field(auto_now)]
    pub updated_at: DateTime<Utc>,
}
// ANCHOR_END: post

// ANCHOR: comment
#[derive(Model, Debug, Clone)]
#[model(app = "blog", ordering = ["id"])]
pub struct Comment {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub post: ForeignKey<Post>,
    #[field(on_delete = CASCADE)]
    pub parent: Option<ForeignKey<Self>>,
    #[field(on_delete = SET_NULL)]
    pub author: Option<ForeignKey<Author>>,
    pub body: String,
    #[related(Comment::parent)]
    pub answers: HasMany<Comment>,
}
// ANCHOR_END: comment

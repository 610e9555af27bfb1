//! The tables as models.

use nuages::prelude::*;

#[derive(Model, Debug)]
#[model(app = "bench", table = "users")]
pub struct User {
    pub id: i64,
    #[field(max_length = 255)]
    pub name: String,
    #[field(max_length = 255)]
    pub hair_color: Option<String>,
    #[related(Post::user)]
    pub posts: HasMany<Post>,
}

#[derive(Model, Debug)]
#[model(app = "bench", table = "posts")]
pub struct Post {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub user: ForeignKey<User>,
    #[field(max_length = 255)]
    pub title: String,
    pub body: Option<String>,
    pub tags: ManyToMany<Tag>,
    #[related(Comment::post)]
    pub comments: HasMany<Comment>,
}

#[derive(Model, Debug)]
#[model(app = "bench", table = "comments")]
pub struct Comment {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub post: ForeignKey<Post>,
    pub text: String,
}

#[derive(Model, Debug)]
#[model(app = "bench", table = "tags")]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 255)]
    pub name: String,
}

/// Users as the work `medium` sees them: with the post that each has, or none.
#[derive(Model, Debug)]
#[model(app = "bench", table = "users", managed = false)]
pub struct Owner {
    pub id: i64,
    #[field(max_length = 255)]
    pub name: String,
    #[field(max_length = 255)]
    pub hair_color: Option<String>,
    #[related(Article::user)]
    pub article: HasOne<Article>,
}

#[derive(Model, Debug)]
#[model(app = "bench", table = "posts", managed = false)]
pub struct Article {
    pub id: i64,
    #[field(on_delete = CASCADE)]
    pub user: OneToOne<Owner>,
    #[field(max_length = 255)]
    pub title: String,
    pub body: Option<String>,
}

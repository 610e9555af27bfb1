//! A reverse relation names a key to another model.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    id: i64,
    #[related(Post::category)]
    posts: HasMany<Post>,
}

#[derive(Model, Debug, Clone)]
struct Category {
    id: i64,
}

#[derive(Model, Debug, Clone)]
struct Post {
    id: i64,
    #[field(on_delete = CASCADE)]
    category: ForeignKey<Category>,
}

fn main() {}

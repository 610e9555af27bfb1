//! A reverse relation names a field that is not there.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    id: i64,
    #[related(Post::autor)]
    posts: HasMany<Post>,
}

#[derive(Model, Debug, Clone)]
struct Post {
    id: i64,
    #[field(on_delete = CASCADE)]
    author: ForeignKey<Author>,
}

fn main() {}

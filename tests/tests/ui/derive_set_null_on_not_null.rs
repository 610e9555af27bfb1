//! SET_NULL needs a key that may be NULL.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    id: i64,
}

#[derive(Model, Debug, Clone)]
struct Post {
    id: i64,
    #[field(on_delete = SET_NULL)]
    author: ForeignKey<Author>,
}

fn main() {}

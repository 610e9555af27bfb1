//! The column of a foreign key has its name already.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    id: i64,
}

#[derive(Model, Debug, Clone)]
struct Post {
    id: i64,
    #[field(on_delete = CASCADE)]
    author: ForeignKey<Author>,
    author_id: i64,
}

fn main() {}

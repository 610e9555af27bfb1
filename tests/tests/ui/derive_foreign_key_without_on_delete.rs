//! A foreign key says what becomes of its row.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    id: i64,
}

#[derive(Model, Debug, Clone)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
}

fn main() {}

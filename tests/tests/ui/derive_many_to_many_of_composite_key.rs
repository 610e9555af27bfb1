//! The rows between cannot lead to a model whose key is several fields.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Tag {
    id: i64,
}

#[derive(Model, Debug, Clone)]
struct Seat {
    #[field(primary_key)]
    row: i32,
    #[field(primary_key)]
    number: i32,
    tags: ManyToMany<Tag>,
}

fn main() {}

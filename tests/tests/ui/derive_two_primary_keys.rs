//! A model has one primary key.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    #[field(primary_key)]
    id: i64,
    #[field(primary_key)]
    name: String,
}

fn main() {}

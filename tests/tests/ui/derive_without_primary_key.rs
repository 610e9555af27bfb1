//! A model has a primary key.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    name: String,
}

fn main() {}

//! An ordering by a field that is not there.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(ordering = ["-nam"])]
struct Author {
    id: i64,
    name: String,
}

fn main() {}

//! A misspelled option of a model.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
#[model(ordring = ["name"])]
struct Author {
    id: i64,
    name: String,
}

fn main() {}

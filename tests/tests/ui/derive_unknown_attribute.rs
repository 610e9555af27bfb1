//! A misspelled option of a field.

use nuages::prelude::*;

#[derive(Model, Debug, Clone)]
struct Author {
    id: i64,
    #[field(max_lenght = 100)]
    name: String,
}

fn main() {}
